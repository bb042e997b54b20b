"""Growth: user instructions of a request, or memory, by how much there is of something; as tables and as SVG plots."""

import random
import re
from pathlib import Path

import load
import servers
from instructions import CountingProxy
from servers import JSON_SEARCH, PAGE_SEARCH, WORK, Proxy

REQUESTS = 150


def _codes(count):
    return "".join(f'[[code]]\nname = "code{at}"\npartners = ["bench"]\n' for at in range(count))


def _partners(count):
    bench = re.search(r'\[\[partner\]\]\nname = "bench"\n(.*)', (servers.HERE / "proxy.toml").read_text(), re.S).group(1)
    bench = bench.replace("@PARTNER@", str(servers.PORTS["PARTNER"]))
    one = '[[partner]]\nname = "partner{0}"\n{1}\n[[code]]\nname = "of-partner{0}"\npartners = ["partner{0}"]\n'
    return "".join(one.format(at, bench) for at in range(count))


def _groups(count):
    words = random.Random(1)
    term = lambda: " ".join("".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(2))
    group = '[[keyword_group]]\nname = "group{}"\nterms = [{}]\n'
    return "".join(group.format(at, ", ".join(f'"{term()}"' for _ in range(100))) for at in range(count))


def _answer(results):
    def change():
        ten = (WORK / "search.ten").read_bytes()
        start, entries = ten.split(b'"results":[', 1)
        entries = entries.removesuffix(b"]}}")
        (WORK / "search").write_bytes(start + b'"results":[' + b",".join([entries] * (results // 10)) + b"]}}")

    return change


def _page(copies):
    def change():
        page = (servers.ROOT / "tests/golden/pages/page-24k.html").read_bytes()
        body = page.split(b"<body", 1)[1]
        (WORK / "page").write_bytes(page + (b"<div" + body) * (copies - 1))

    return change


def _code(name):
    return JSON_SEARCH.replace("toolbar-main", name)


# What grows: its sizes, and for each the configuration, what changes before, and the request.
GROWTH = {
    "results": ([10, 20, 50, 100], lambda n: ("", _answer(n), JSON_SEARCH)),
    "pages of 24 KB": ([1, 2, 4, 8], lambda n: ("", _page(n), PAGE_SEARCH)),
    "codes": ([1, 100, 500, 1000], lambda n: (_codes(n), None, _code(f"code{n - 1}"))),
    "partners": ([1, 50, 200, 500], lambda n: (_partners(n), None, _code(f"of-partner{n - 1}"))),
    "keyword groups of 100 terms": ([0, 8, 32, 64], lambda n: (_groups(n), None, JSON_SEARCH)),
}


def measure(program, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (WORK / "search.ten").write_bytes((WORK / "search").read_bytes())
    for what, (sizes, setting) in GROWTH.items():
        points = []
        for size in sizes:
            extra, change, path = setting(size)
            (change or _answer(10))()
            proxy = CountingProxy(program, name=f"scale-{size}", extra=extra)
            load.h2load(proxy.url(path), requests=30)
            proxy.measuring()
            load.h2load(proxy.url(path), requests=REQUESTS)
            points.append((size, sum(proxy.dump().values()) / REQUESTS))
            proxy.stop()
            print(f"{what} {size}: {points[-1][1]:,.0f} user instructions a search", flush=True)
        _plot(folder / f"{what.replace(' ', '-')}.svg", f"user instructions a search, by {what}", points)
    _answer(10)()
    points = []
    for size in (1_000, 10_000, 50_000):
        proxy = Proxy(program, f"scale-clicks-{size}")
        before = proxy.memory_kib()
        load.wrk(proxy, proxy.url("/"), max(2, size // 5000), paths=proxy.click_paths(size // 10), may_redirect=True)
        points.append((size, proxy.memory_kib() - before))
        print(f"{size} clicked links: {points[-1][1]:,} KiB more", flush=True)
        proxy.stop()
    _plot(folder / "clicked-links.svg", "memory, KiB, by clicked links", points)


def _plot(path, title, points):
    """A line over linear axes from zero, with the value at each point."""
    width, height, left, bottom = 640, 320, 90, 40
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points)
    at = [(left + x / most_x * (width - left - 40), height - bottom - y / most_y * (height - bottom - 50)) for x, y in points]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in at)
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"/><text x="{x:.0f}" y="{y - 10:.0f}">{value:,.0f}</text>'
        f'<text x="{x:.0f}" y="{height - bottom + 20}">{size:,}</text>'
        for (x, y), (size, value) in zip(at, points, strict=True)
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" '
        f'text-anchor="middle"><title>{title}</title><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{width / 2}" y="20" font-size="15">{title}</text>'
        f'<path d="M{left} 40V{height - bottom}H{width - 20}" fill="none" stroke="#888"/>'
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/><g fill="#123">{marks}</g></svg>\n'
    )
