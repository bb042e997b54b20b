"""Compares two presets with the software of others that asks the same services: Microsoft's SDK `webiq` and the MCP server
`staan-mcp`. Each is pointed at a local recorder and asked what `tests/golden/presets` asks. Its request must say the same as the
golden one, which tests/integration compares with what the program sends; and it must read the golden answer as the program does.

Usage: sdks.py GOLDEN_FOLDER, with both packages on PYTHONPATH
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

KEYWORD = "red shoes & more"
PATIENCE = 30  # seconds for the exchange with one SDK

# What an SDK sends and the preset does not, each with the reason.
ON_PURPOSE = {
    "webiq": {},
    "staan": {
        "offset": "0 is the default",
        "extra_snippets": "only the snippet is shown",
    },
}


def sections(path):
    """The sections of a golden file, by name."""
    found, name = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name = line[3:]
            found[name] = []
        elif name:
            found[name].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


class Recorder(http.server.BaseHTTPRequestHandler):
    """Records each request and answers it."""

    requests, answer = [], b""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.requests.append((self.requestline.split()[:2], headers, json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        pass


def ask_webiq(origin):
    """Asks with Microsoft's SDK; returns the results that it read."""
    from webiq import WebIQClient
    from webiq.types import ContentFormat

    with WebIQClient(api_key="KEY", base_url=f"{origin}/v3") as client:
        response = client.web.search(
            KEYWORD, max_results=20, language="de", content_format=ContentFormat.passage, max_length=300
        )
    return [(result.url, result.title, result.content) for result in response.webResults]


def ask_staan(origin):
    """Asks through the MCP server over standard input and output; returns the results that it read."""
    messages = [
        {
            "id": 1,
            "method": "initialize",
            "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "check", "version": "1"}},
        },
        {"method": "notifications/initialized"},
        {
            "id": 2,
            "method": "tools/call",
            "params": {"name": "web_search", "arguments": {"query": KEYWORD, "market": "de-de"}},
        },
    ]
    lines = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    environment = {**os.environ, "STAAN_API_KEY": "KEY", "STAAN_BASE_URL": f"{origin}/v2"}
    command = [sys.executable, "-m", "staan_mcp.stdio_server"]
    run = subprocess.run(command, input=lines, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    replies = [json.loads(line) for line in run.stdout.splitlines()]
    reply = next((reply for reply in replies if reply.get("id") == 2), None)
    assert reply and "result" in reply and not reply["result"].get("isError"), f"{run.stdout}\n{run.stderr}"
    texts = [json.loads(content["text"]) for content in reply["result"]["content"]]
    results = texts[0] if len(texts) == 1 and isinstance(texts[0], list) else texts
    return [(result["url"], result["title"], result["snippet"]) for result in results]


def words(text):
    """A text without what the program changes about white space."""
    return " ".join((text or "").split())


def compare(preset, golden, ask, origin):
    Recorder.requests.clear()
    Recorder.answer = golden["answer"].encode()
    read = [tuple(words(text) for text in result) for result in ask(origin)]

    head, body = golden["request"].split("\n\n")
    request_line, *lines = head.splitlines()
    expected_headers = dict(line.split(": ", 1) for line in lines)
    expected_body = json.loads(body)
    assert len(Recorder.requests) == 1, f"{preset}: {len(Recorder.requests)} requests"
    (method, path), headers, sent = Recorder.requests[0]

    assert [method, path] == request_line.split()[:2], f"{preset}: {method} {path}, not {request_line}"
    for name, value in expected_headers.items():
        # httpx accepts any media type; what we accept is what we can read.
        if name != "accept":
            assert headers.get(name) == value, f"{preset}: header {name} is {headers.get(name)!r}, not {value!r}"
    more = sent.keys() - expected_body.keys()
    assert more == ON_PURPOSE[preset].keys(), f"{preset}: the SDK also sends {sorted(more)}"
    for name, value in expected_body.items():
        assert name in sent, f"{preset}: the SDK does not know {name}"
        # JSON distinguishes true, 1 and "1"; Python's == does not distinguish the first two.
        assert (type(sent[name]), sent[name]) == (type(value), value), f"{preset}: {name} is {sent[name]!r}, not {value!r}"

    expected = [line.split("\t") for line in golden["results"].splitlines()]
    expected = [(url, title, snippet) for _, url, title, snippet in expected]
    assert read == expected, f"{preset}: the SDK reads {read}, not {expected}"
    print(f"ok {preset}: method, path, key, {len(expected_body)} fields and {len(read)} results as in the golden file")
    for name, reason in ON_PURPOSE[preset].items():
        print(f"   {preset}: not sent on purpose: {name} ({reason})")


def main():
    folder = pathlib.Path(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    for preset, ask in (("webiq", ask_webiq), ("staan", ask_staan)):
        compare(preset, sections(folder / f"{preset}.txt"), ask, origin)


if __name__ == "__main__":
    main()
