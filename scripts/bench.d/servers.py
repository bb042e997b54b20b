"""The servers of a measurement: the partner, its peers, and qsproxy. All of them end with the process."""

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WORK = Path(tempfile.mkdtemp(prefix="bench-"))
# nginx reads it as a different user.
WORK.chmod(0o755)

JSON_SEARCH = "/search?q=blue+shoes&lang=en&code=toolbar-main&format=json"
LIST_SEARCH = "/search?q=blue+shoes&lang=en&code=toolbar-main"
PAGE_SEARCH = "/search?q=blue+shoes&lang=en&code=pages"

_running = []


def _stop_all():
    for server in reversed(_running):
        server.stop()
    shutil.rmtree(WORK, ignore_errors=True)


atexit.register(_stop_all)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PORTS = {name.upper(): free_port() for name in ("partner", "nginx", "nginx_tls", "lua", "haproxy", "searx")}


class Server:
    """A process that listens on a port of the loopback address."""

    def __init__(self, name, command, port, env=None, log=None, wait_s=30):
        self.name, self.port, self.log = name, port, log or WORK / f"{name}.log"
        with open(self.log, "ab") as output:
            environment = {**os.environ, **(env or {})}
            self.process = subprocess.Popen(command, stdout=output, stderr=output, cwd=WORK, env=environment)
        _running.append(self)
        self._wait(wait_s)

    def _wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{self.name} does not listen:\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        if self in _running:
            _running.remove(self)
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def pids(self):
        """The process and all that descend from it."""
        found, new = [], [self.process.pid]
        while new:
            found += new
            children = subprocess.run(["pgrep", "-P", ",".join(map(str, new))], capture_output=True, text=True)
            new = [int(pid) for pid in children.stdout.split()]
        return found

    def cpu_ns(self):
        """Nanoseconds of processor time of all threads."""
        total = 0
        for pid in self.pids():
            for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                try:
                    total += int(stat.read_text().split()[0])
                except OSError:
                    pass
        return total

    def memory_kib(self):
        """Proportional set size of all processes."""
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids())
        return sum(int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) for text in rollups)


def filled(template, target, **values):
    """Writes a template with its @NAME@ replaced, and returns its path."""
    text = (HERE / template).read_text()
    for name, value in {"WORK": WORK, **PORTS, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = WORK / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def certificate():
    """Makes a certificate for 127.0.0.1 once; returns the paths of certificate and key."""
    paths = WORK / "certificate.pem", WORK / "key.pem"
    if not paths[0].exists():
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=127.0.0.1"
        command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {paths[1]} -out {paths[0]}"
        subprocess.run(command.split(), check=True, capture_output=True)
    return paths


def nginx(name, template, port_name):
    config = filled(template, f"{name}.conf")
    return Server(name, ["nginx", "-c", config, "-e", WORK / f"{name}.err"], PORTS[port_name])


def partner():
    """A partner with fixed answers: /search in JSON (8 KB), /page in HTML (24 KB)."""
    (WORK / "search").write_bytes(subprocess.check_output([HERE / "answer"]))
    shutil.copy(ROOT / "tests/golden/pages/page-24k.html", WORK / "page")
    return nginx("partner", "partner.conf", "PARTNER")


def nginx_peer():
    """nginx: passing through, with sub_filter (/page), from its cache (/cached), over TLS."""
    certificate()
    return nginx("nginx", "nginx.conf", "NGINX")


def lua_peer():
    """nginx with a script that does the same work."""
    shutil.copy(HERE / "seal.lua", WORK / "seal.lua")
    return nginx("lua", "lua.conf", "LUA")


def haproxy_peer():
    return Server("haproxy", ["haproxy", "-db", "-f", filled("haproxy.cfg", "haproxy.cfg")], PORTS["HAPROXY"])


def searx_peer():
    """Debian's searx with one offline engine over a file."""
    example = Path("/usr/share/doc/searx/examples/settings.yml")
    if not example.exists():
        # Images of Debian leave the documentation of packages out.
        subprocess.run(["apt-get", "download", "-qq", "searx"], cwd=WORK, check=True, capture_output=True)
        package = next(WORK.glob("searx_*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, WORK / "searx"], check=True)
        example = WORK / "searx" / example.relative_to("/")
    facts = WORK / "facts.db"
    table = "create table d (title text, url text, content text)"
    subprocess.run(["sqlite3", facts, table, ".mode tabs", f".import {ROOT}/tests/e2e/facts.tsv d"], check=True)
    settings = WORK / "settings.yml"
    maker = ["python3", ROOT / "tests/e2e/searx_settings.py", example, facts, str(PORTS["SEARX"])]
    settings.write_bytes(subprocess.check_output(maker))
    return Server("searx", ["searx-run"], PORTS["SEARX"], env={"SEARX_SETTINGS_PATH": str(settings)}, wait_s=60)


class Proxy(Server):
    """qsproxy, in a folder of its own."""

    def __init__(self, program, name="qsproxy", *, before=(), tls=False, workers=1, extra="", replace=(), wait_s=120):
        folder = WORK / name
        shutil.rmtree(folder, ignore_errors=True)
        port = free_port()
        config = filled("proxy.toml", f"{name}/proxy.toml", OURS=port, ADMIN=free_port())
        text = config.read_text().replace("workers = 1", f"workers = {workers}")
        if tls:
            chain, key = certificate()
            keys = f'certificate = "{chain}"\nkey = "{key}"\npublic_url = "https:'
            text = text.replace('public_url = "http:', keys)
        for old, new in replace:
            if old not in text:
                raise SystemExit(f"proxy.toml has no {old!r}")
            text = text.replace(old, new)
        config.write_text(text + extra)
        self.scheme = "https" if tls else "http"
        super().__init__(name, [*before, program, "--config", config, "serve"], port, wait_s=wait_s)

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def get(self, path):
        """The body of a response, to a request like a browser's."""
        command = ["curl", "-sk", "-A", AGENT, self.url(path)]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def click_paths(self, searches):
        """Paths of unused click links: ten for each search."""
        config = "".join(f'url = "{self.url(JSON_SEARCH)}"\n' for _ in range(searches))
        answers = subprocess.run(["curl", "-sk", "-K", "-"], input=config.encode(), capture_output=True, check=True).stdout
        return [path.decode() for path in re.findall(rb"/click/[A-Za-z0-9_-]+", answers)]


AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# As Firefox sends them.
BROWSER_HEADERS = [
    f"user-agent: {AGENT}",
    "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language: en-US,en;q=0.5",
    "accept-encoding: gzip, deflate, br, zstd",
    "sec-gpc: 1",
    "upgrade-insecure-requests: 1",
    "sec-fetch-dest: document",
    "sec-fetch-mode: navigate",
    "sec-fetch-site: same-origin",
    "priority: u=0, i",
]
