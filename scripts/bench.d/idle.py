"""Memory of a connection that was used once and is idle now."""

import re
import resource
import socket
import ssl
import time

import servers
from servers import JSON_SEARCH, PORTS, WORK, Proxy

# The least time after which the programs have given back what the last requests needed.
SETTLING_S = 3
PLAIN, TLS = 4000, 2000


def _connect(port, path, context):
    connection = socket.create_connection(("127.0.0.1", port))
    if context:
        connection = context.wrap_socket(connection, server_hostname="127.0.0.1")
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: {servers.AGENT}\r\nAccept: application/json\r\n\r\n"
    connection.sendall(head.encode())
    received = b""
    while not (length := re.search(rb"(?i)content-length: (\d+)", received)) or b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    while len(received.split(b"\r\n\r\n", 1)[1]) < int(length.group(1)):
        received += connection.recv(65536)
    return connection


def _bytes_each(server, port, path, count, tls):
    context = ssl.create_default_context(cafile=WORK / "certificate.pem") if tls else None
    for connection in [_connect(port, path, context) for _ in range(50)]:
        connection.close()
    time.sleep(SETTLING_S)
    before = server.memory_kib()
    connections = [_connect(port, path, context) for _ in range(count)]
    time.sleep(SETTLING_S)
    each = (server.memory_kib() - before) * 1024 / count
    for connection in connections:
        connection.close()
    return each


def measure(program):
    resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
    nginx = servers.nginx_peer()
    many = "[limits]\nconnections = 10000\nidle_time = \"5m\"\n[limits.client]"
    for label, tls, count, nginx_port in (("plain", False, PLAIN, "NGINX"), ("TLS", True, TLS, "NGINX_TLS")):
        for path, what in (("/robots.txt", "a small answer"), (JSON_SEARCH, "a search")):
            proxy = Proxy(program, f"idle-{label}-{path[1:3]}", tls=tls, replace=[("[limits.client]", many)])
            each = _bytes_each(proxy, proxy.port, path, count, tls)
            print(f"qsproxy, {label}, after {what}: {each:,.0f} bytes a connection ({count} connections)", flush=True)
            proxy.stop()
        each = _bytes_each(nginx, PORTS[nginx_port], JSON_SEARCH, count, tls)
        print(f"nginx, {label}, after 8 KB: {each:,.0f} bytes a connection", flush=True)
