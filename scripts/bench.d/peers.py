"""Processor time by request and requests a second, beside the peers: interleaved rounds, and ratios pair by pair."""

from statistics import median

import load
import servers
from servers import JSON_SEARCH, PAGE_SEARCH, PORTS

WARM_UP_S = 1


class Case:
    """One server with one kind of request. `against` is the case that it is compared with, `must` the most that the ratio of processor
    time may be, or the least that the ratio of rates may be."""

    def __init__(self, name, server, run, *, against=None, must=None, by_rate=False):
        self.name, self.server, self.run = name, server, run
        self.against, self.must, self.by_rate = against, must, by_rate
        self.samples = []

    def round(self, seconds):
        return self.run(self.server, seconds)


def _wrk(url, **options):
    return lambda server, seconds: load.wrk(server, url, seconds, **options)


def _h2load(url, protocol, streams=1):
    def run(server, seconds):
        return load.timed(server, url, seconds, connections=10 // streams, protocol=protocol, streams=streams)

    return run


def _new_connections(url):
    """Each request over a new TLS connection."""

    def run(server, seconds):
        requests = 100 * seconds
        before = server.cpu_ns()
        load.h2load(url, requests=requests, connections=requests, arguments=["-r10"])
        return load.Sample((server.cpu_ns() - before) / 1000 / requests, requests / seconds)

    return run


def cases(program):
    nginx, lua = servers.nginx_peer(), servers.lua_peer()
    haproxy, searx = servers.haproxy_peer(), servers.searx_peer()
    ours = servers.Proxy(program)
    tls = servers.Proxy(program, "qsproxy-tls", tls=True)
    two = servers.Proxy(program, "qsproxy-two", workers=2)

    def local(port, path, scheme="http"):
        return f"{scheme}://127.0.0.1:{PORTS[port]}{path}"

    clicks = ours.click_paths(3000)
    found = [
        Case("nginx, passing 8 KB of JSON", nginx, _wrk(local("NGINX", JSON_SEARCH))),
        Case("HAProxy, passing 8 KB of JSON", haproxy, _wrk(local("HAPROXY", JSON_SEARCH))),
        Case("nginx with lua, the same work", lua, _wrk(local("LUA", JSON_SEARCH))),
        Case("qsproxy, JSON search", ours, _wrk(ours.url(JSON_SEARCH)), against="nginx, passing 8 KB of JSON", must=1.8),
        Case("qsproxy, the same search", ours, _wrk(ours.url(JSON_SEARCH)), against="nginx with lua, the same work", must=0.25),
        Case("qsproxy, two workers", two, _wrk(two.url(JSON_SEARCH), threads=2), against="nginx, passing 8 KB of JSON"),
        Case("nginx, sub_filter, 24 KB page", nginx, _wrk(local("NGINX", "/page"))),
        Case("qsproxy, page search", ours, _wrk(ours.url(PAGE_SEARCH)), against="nginx, sub_filter, 24 KB page", must=2.5),
        Case("nginx, 8 KB over TLS, HTTP/1.1", nginx, _h2load(local("NGINX_TLS", JSON_SEARCH, "https"), "http/1.1")),
        Case("qsproxy, JSON over TLS, HTTP/1.1", tls, _h2load(tls.url(JSON_SEARCH), "http/1.1"), against="nginx, 8 KB over TLS, HTTP/1.1", must=1.5),
        Case("nginx, 8 KB over TLS, HTTP/2", nginx, _h2load(local("NGINX_TLS", JSON_SEARCH, "https"), "h2", 2)),
        Case("qsproxy, JSON over TLS, HTTP/2", tls, _h2load(tls.url(JSON_SEARCH), "h2", 2), against="nginx, 8 KB over TLS, HTTP/2", must=1.5),
        Case("nginx, new TLS connections", nginx, _new_connections(local("NGINX_TLS", JSON_SEARCH, "https"))),
        Case("qsproxy, new TLS connections", tls, _new_connections(tls.url(JSON_SEARCH)), against="nginx, new TLS connections"),
        Case("qsproxy, clicks, each durable", ours, _wrk(ours.url("/"), paths=clicks, may_redirect=True), against="qsproxy, JSON search", by_rate=True),
        Case("searx, one offline engine", searx, _wrk(local("SEARX", "/search?q=titan&format=json"), connections=4)),
        Case("qsproxy, searches", ours, _wrk(ours.url(JSON_SEARCH)), against="searx, one offline engine", must=350, by_rate=True),
    ]
    return found


def measure(program, rounds, seconds):
    all_cases = cases(program)
    for case in all_cases:
        case.round(WARM_UP_S)
    for number in range(rounds):
        for case in all_cases if number % 2 == 0 else reversed(all_cases):
            case.samples.append(case.round(seconds))
    by_name = {case.name: case for case in all_cases}
    print(f"{rounds} rounds of {seconds} s, medians; ratios pair by pair, with least and most")
    print(f"{'':34} {'CPU µs':>8} {'a second':>10}")
    for case in all_cases:
        cpu, rate = (median(getattr(sample, part) for sample in case.samples) for part in ("cpu_us", "rate"))
        print(f"{case.name:34} {cpu:8.1f} {rate:10,.0f}{_ratio(case, by_name)}")


def _ratio(case, by_name):
    if not case.against:
        return ""
    part = "rate" if case.by_rate else "cpu_us"
    pairs = zip(case.samples, by_name[case.against].samples, strict=True)
    ratios = [getattr(ours, part) / getattr(theirs, part) for ours, theirs in pairs]
    text = f"   {median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})"
    if case.must is None:
        return text
    holds = median(ratios) >= case.must if case.by_rate else median(ratios) <= case.must
    return f"{text}, must be {'≥' if case.by_rate else '≤'} {case.must}: {'holds' if holds else 'MISSED'}"
