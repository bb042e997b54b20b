"""Load: wrk for requests a second, h2load for an exact number of requests, HTTP/2, TLS and a constant rate."""

import re
import subprocess
from dataclasses import dataclass

from servers import BROWSER_HEADERS, WORK

# As many as a partner may have in flight whatever its latency (`MIN_LIMIT` of its adaptive limit): more would be refused at times.
CONNECTIONS = 10

HEADER_ARGUMENTS = [argument for header in BROWSER_HEADERS for argument in ("-H", header)]


@dataclass
class Sample:
    """One round: processor time by request in µs, requests a second."""

    cpu_us: float
    rate: float


def h2load(url, *, requests=None, connections=8, protocol="http/1.1", streams=1, arguments=(), accepted=(2,)):
    """Sends requests. Fails if one was not answered by a status of an accepted class. Returns the output."""
    command = ["h2load", "-t1", f"-c{connections}", f"-m{streams}"]
    command += ["--h1"] if protocol == "http/1.1" else []
    command += [f"-n{requests}"] if requests else []
    run = subprocess.run([*command, *HEADER_ARGUMENTS, *arguments, url], capture_output=True, text=True, timeout=600)
    classes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", run.stdout)
    total = re.search(r"requests: \d+ total, \d+ started, (\d+) done", run.stdout)
    if not classes or not total:
        raise SystemExit(f"{url}: {run.stdout[-1000:]}{run.stderr[-1000:]}")
    by_class = {digit: int(classes.group(digit - 1)) for digit in range(2, 6)}
    good = sum(count for digit, count in by_class.items() if digit in accepted)
    # By time, answers that arrive after the end have a status and are not done.
    if good != sum(by_class.values()) or good != (requests or max(good, int(total.group(1)))):
        raise SystemExit(f"{url}: {good} good answers of {requests or total.group(1)}\n{run.stdout[-1000:]}")
    return run.stdout


def timed(server, url, seconds, **options):
    """One round of h2load by time."""
    before = server.cpu_ns()
    output = h2load(url, arguments=[f"-D{seconds}", *options.pop("arguments", ())], **options)
    cpu = server.cpu_ns() - before
    done = int(re.search(r", (\d+) done", output).group(1))
    return Sample(cpu / 1000 / done, done / seconds)


def _wrk_script(paths):
    script = WORK / "browser.lua"
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in (header.split(": ", 1) for header in BROWSER_HEADERS)]
    script.write_text("\n".join(lines) + "\n")
    if not paths:
        return script
    (WORK / "paths").write_text("\n".join(paths))
    script = WORK / "paths.lua"
    lines += [
        "local paths, at = {}, 0",
        f'for line in io.lines("{WORK}/paths") do paths[#paths + 1] = line end',
        'request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end',
    ]
    script.write_text("\n".join(lines) + "\n")
    return script


def wrk(server, url, seconds, *, connections=CONNECTIONS, threads=1, paths=(), may_redirect=False):
    """One round of wrk. With `paths`, these one after the other."""
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", _wrk_script(paths), url]
    before = server.cpu_ns()
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = server.cpu_ns() - before
    # wrk counts a redirect as an error.
    if "Socket errors" in output or ("Non-2xx" in output and not may_redirect):
        raise SystemExit(f"{url}:\n{output}")
    done = int(re.search(r"(\d+) requests in", output).group(1))
    return Sample(cpu / 1000 / done, float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)))
