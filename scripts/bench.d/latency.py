"""Latency at half of the load that the slower of both can take. h2load sends at a constant rate over many connections, so that a slow
answer delays few others."""

from statistics import median

import load
import servers
from servers import JSON_SEARCH, PORTS, WORK

CONNECTIONS = 64
PARTS = (0.5, 0.99, 0.999)


def _run(url, rate, seconds):
    """Latencies in µs, in order."""
    log = WORK / "latencies"
    log.unlink(missing_ok=True)
    arguments = [f"-D{seconds}", f"--rps={rate / CONNECTIONS:.2f}", f"--log-file={log}"]
    load.h2load(url, connections=CONNECTIONS, arguments=arguments)
    return sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())


def measure(program, rounds, seconds):
    ours = servers.Proxy(program)
    targets = {"nginx": (servers.nginx_peer(), PORTS["NGINX"]), "qsproxy": (ours, ours.port)}
    urls = {name: f"http://127.0.0.1:{port}{JSON_SEARCH}" for name, (_, port) in targets.items()}
    rate = min(load.wrk(server, urls[name], 2).rate for name, (server, _) in targets.items()) / 2
    found = {name: {part: [] for part in PARTS} for name in targets}
    for number in range(rounds):
        for name in targets if number % 2 == 0 else reversed(targets):
            latencies = _run(urls[name], rate, seconds)
            for part in PARTS:
                found[name][part].append(latencies[int(len(latencies) * part)])
    print(f"{rate:,.0f} searches a second over {CONNECTIONS} connections, {rounds} rounds of {seconds} s, medians, µs")
    for name, parts in found.items():
        print(f"{name:8}" + "".join(f"  p{100 * part:g} {median(values):7,.0f}" for part, values in parts.items()))
    for part in PARTS:
        ratios = [a / b for a, b in zip(found["qsproxy"][part], found["nginx"][part], strict=True)]
        print(f"p{100 * part:g} against nginx: {median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})")
