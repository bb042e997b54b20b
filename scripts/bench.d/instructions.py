"""User instructions by request (valgrind's callgrind) and system calls by request (strace), for each kind of request. Both repeat
within one per cent whatever else the machine does."""

import re
import subprocess
import tomllib
from collections import Counter

import load
from servers import HERE, JSON_SEARCH, LIST_SEARCH, PAGE_SEARCH, WORK, Proxy

# A budget is exceeded by more than this. The same build repeats within 1 %.
TOLERANCE = 0.05
WARM_UP = 60

COST_LINES = tuple("+-*0123456789")


class Kind:
    """A kind of request, sent this many times over HTTP/1.1."""

    def __init__(self, requests, path=None, *, clicks=False, accepted=(2,), protocol="http/1.1"):
        self.requests, self.path, self.clicks, self.accepted, self.protocol = requests, path, clicks, accepted, protocol

    def send(self, proxy, requests):
        if self.clicks:
            paths = WORK / "clicks"
            paths.write_text("\n".join(map(proxy.url, proxy.click_paths(-(-requests // 10))[:requests])))
            proxy.measuring()
            load.h2load(proxy.url("/"), requests=requests, arguments=[f"-i{paths}"], accepted=(3,))
        else:
            proxy.measuring()
            load.h2load(proxy.url(self.path), requests=requests, accepted=self.accepted, protocol=self.protocol)


PLAIN = {
    "json": Kind(400, JSON_SEARCH),
    "list": Kind(300, LIST_SEARCH),
    "page": Kind(150, PAGE_SEARCH),
    "click": Kind(400, clicks=True),
    "privacy": Kind(300, "/privacy"),
    "refused": Kind(400, "/search?q=&format=json", accepted=(4,)),
}
TLS = {"json over TLS": Kind(400, JSON_SEARCH), "json over HTTP/2": Kind(400, JSON_SEARCH, protocol="h2")}


class CountingProxy(Proxy):
    """qsproxy under callgrind. It is some fifty times slower, which its time limits must allow."""

    def __init__(self, program, **options):
        self.output = WORK / f"callgrind.{options['name']}"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.output}", "--dump-line=no"]
        super().__init__(program, before=command, replace=[('timeout = "5s"', 'timeout = "30s"')], **options)

    def measuring(self):
        self._control("--zero")

    def _control(self, command):
        run = subprocess.run(["callgrind_control", command, str(self.process.pid)], capture_output=True, text=True)
        if run.returncode or "OK" not in run.stdout:
            raise SystemExit(f"callgrind_control {command}: {run.stdout}{run.stderr}")

    def dump(self):
        """Writes what was counted since `measuring`; returns the instructions by function."""
        for old in WORK.glob(self.output.name + "*"):
            old.unlink()
        self._control("--dump")
        functions = Counter()
        for dump in WORK.glob(self.output.name + "*"):
            functions.update(_functions(dump.read_text(errors="replace")))
        return functions


def _functions(text):
    """Instructions by function, without what these call (callgrind's format, version 1)."""
    counts, names, current, is_call = Counter(), {}, None, False
    for line in text.splitlines():
        if line.startswith("fn="):
            number, name = re.match(r"fn=(\(\d+\))\s*(.*)", line).groups()
            current = names.setdefault(number, name)
        elif line.startswith("cfn="):
            number, name = re.match(r"cfn=(\(\d+\))\s*(.*)", line).groups()
            if name:
                names.setdefault(number, name)
        elif line.startswith("calls="):
            is_call = True
        elif line.startswith(COST_LINES):
            # The line after `calls=` tells what the call cost, which the called function tells, too.
            if not is_call:
                counts[current] += int(line.split()[-1])
            is_call = False
    return counts


def measure(program, show=0):
    """Instructions by request for each kind. With `show`, prints so many functions of each."""
    results = {}
    for name, tls, kinds in (("plain", False, PLAIN), ("tls", True, TLS)):
        proxy = CountingProxy(program, name=name, tls=tls)
        for label, kind in kinds.items():
            kind.send(proxy, WARM_UP)
            kind.send(proxy, kind.requests)
            functions = proxy.dump()
            results[label] = sum(functions.values()) / kind.requests
            print(f"{label:18s} {results[label]:12,.0f} user instructions a request", flush=True)
            for function, count in functions.most_common(show):
                print(f"    {count / kind.requests:10,.0f}  {function}")
        proxy.stop()
    return results


def system_calls(program, requests=2000):
    """System calls by request, with one worker and with two."""
    for workers in (1, 2):
        proxy = Proxy(program, f"calls-{workers}", workers=workers)
        for label in ("json", "page"):
            path = PLAIN[label].path
            load.h2load(proxy.url(path), requests=500)
            counts = WORK / f"strace.{workers}.{label}"
            command = ["strace", "-f", "-c", "-qq", "-o", counts, "-p", str(proxy.process.pid)]
            tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            _wait_until_traced(proxy.process.pid)
            load.h2load(proxy.url(path), requests=requests, connections=16)
            tracer.terminate()
            tracer.wait()
            print(f"{label}, {workers} worker{'s' * (workers > 1)}: {_calls(counts.read_text(), requests)}", flush=True)
        proxy.stop()


def _wait_until_traced(pid):
    import time

    for _ in range(100):
        if "TracerPid:\t0\n" not in open(f"/proc/{pid}/status").read():
            time.sleep(0.3)
            return
        time.sleep(0.05)
    raise SystemExit("strace does not attach")


def _calls(table, requests):
    rows = [line.split() for line in table.splitlines()]
    calls = {row[-1]: int(row[3]) / requests for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"}
    shown = {name: count for name, count in calls.items() if count >= 0.01}
    listed = ", ".join(f"{name} {count:.2f}" for name, count in sorted(shown.items(), key=lambda pair: -pair[1]))
    return f"{sum(calls.values()):.2f} system calls a request ({listed})"


def check(results):
    """Compares with budgets.toml. Returns whether all are kept."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text())["instructions"]
    if budgets.keys() != results.keys():
        raise SystemExit(f"budgets.toml must name {', '.join(results)}")
    exceeded = False
    for label, budget in budgets.items():
        ratio = results[label] / budget
        if ratio > 1 + TOLERANCE:
            print(f"{label}: {results[label]:,.0f} instructions exceed the budget of {budget:,} by {100 * (ratio - 1):.0f} %")
            exceeded = True
        elif ratio < 1 - TOLERANCE:
            print(f"{label}: {results[label]:,.0f} instructions, {100 * (1 - ratio):.0f} % below the budget: lower it in budgets.toml")
    return not exceeded
