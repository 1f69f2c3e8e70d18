"""nginx: files, ranges, conditions, compression, rewriting, lists, limits, connections kept."""
import gzip
import hashlib
import os
import re
import signal
import time

from servers.http import make_pages
from servers.sides import Server, until

HERE = os.path.dirname(os.path.abspath(__file__))

# section: requests (path, more header lines); each on a connection of its own, which is closed.
ASK = {
    "files": [("/", ""), ("/index.html", ""), ("/style.css", ""), ("/empty.txt", ""),
              ("/large.bin", ""), ("/nosendfile/large.bin", ""), ("/nothing", ""),
              ("/folder", ""), ("/folder/", ""), ("/list/", ""), ("/private/text.txt", ""),
              ("/%2e%2e/%2e%2e/etc/passwd", ""), ("/text.txt%00", ""), ("//text.txt", ""),
              ("/./folder/../style.css", "")],
    "ranges": [("/text.txt", "Range: bytes=0-99"), ("/text.txt", "Range: bytes=-5"),
               ("/text.txt", "Range: bytes=119990-"), ("/text.txt", "Range: bytes=0-0,10-19,-1"),
               ("/text.txt", "Range: bytes=999999-"), ("/text.txt", "Range: lines=1-2"),
               ("/large.bin", "Range: bytes=1000000-2999999"),
               ("/text.txt", 'Range: bytes=0-9\r\nIf-Range: "wrong"')],
    "conditions": [("/text.txt", "If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT"),
                   ("/text.txt", "If-Modified-Since: Sat, 12 Sep 2020 12:26:40 GMT"),
                   ("/text.txt", 'If-None-Match: "5f5e1000-1d4c0"'),
                   ("/text.txt", 'If-None-Match: "other"'), ("/text.txt", 'If-Match: "other"'),
                   ("/text.txt", "If-Unmodified-Since: Sat, 12 Sep 2020 12:26:40 GMT")],
    "compression": [("/text.txt", "Accept-Encoding: gzip"), ("/style.css", "Accept-Encoding: gzip"),
                    ("/large.bin", "Accept-Encoding: gzip"),
                    ("/text.txt", "Accept-Encoding: gzip;q=0"),
                    ("/text.txt", "Accept-Encoding: gzip\r\nRange: bytes=0-9")],
    "rewriting": [("/old/style.css", ""), ("/moved/abc/12", ""), ("/moved/ABC/12", ""),
                  ("/words/one-two", ""), ("/words/one-two", "X-Kind: special case"),
                  ("/words/none", ""), ("/fallback/none", ""), ("/expire/style.css", "")],
    "limits": [("/secret/text.txt", ""), ("/secret/style.css", "Authorization: Basic bWU6eA=="),
               ("/secret/style.css", "Authorization: Basic bWU6c2VzYW1l"),
               ("/limited", ""), ("/limited", ""), ("/" + "x" * 5000, ""),
               ("/", "X-Long: " + "y" * 5000)],
}
RAW = [b"GET /\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.0\r\n"
       b"Content-Length: 3\r\n\r\nabc", b"GET / HTTP/1.1\r\n\r\n", b"TRACE / HTTP/1.0\r\n\r\n",
       b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"PUT / HTTP/1.1\r\nHost: a\r\n"
       b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]


def shown(answer):
    """Head and body as text that is the same in every run; compressed bodies are opened."""
    head, _, body = answer.partition(b"\r\n\r\n")
    text = re.sub(r"(?m)^(Date|Expires): .*\r?\n?", "", head.decode("latin-1"))
    boundary = re.search(r"boundary=(\w+)", text)
    if boundary:
        body = body.replace(boundary.group(1).encode(), b"BOUNDARY")
        text = text.replace(boundary.group(1), "BOUNDARY")
    if "Content-Encoding: gzip" in text:
        data, rest = b"", body
        while rest and "chunked" in text:  # length, data, empty line
            length, _, rest = rest.partition(b"\r\n")
            data += rest[:int(length, 16)]
            rest = rest[int(length, 16) + 2:]
        body = gzip.decompress(data or body)
    if len(body) <= 200:
        return f"{text}\n{body!r}"
    return f"{text}\n{len(body)} bytes {hashlib.sha256(body).hexdigest()}"


def ask(server, path, headers):
    with server.connect() as s:
        more = headers + "\r\n" if headers else ""
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n".encode())
        return f"== {path[:40]} {headers[:60]}\n{shown(until(s, lambda _: False))}"


def raw(server):
    text = []
    for request in RAW:
        with server.connect() as s:
            s.sendall(request)
            text.append(f"{request[:30]!r}: {shown(until(s, lambda _: False))}")
    return "\n".join(text)


def kept(server):
    """300 requests on one connection one after the other, then 200 at once."""
    request = b"GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n"
    with server.connect() as s:
        s.sendall(request)
        first = until(s, lambda data: data.endswith(b"}\n"))
        same = 0
        for _ in range(300):
            s.sendall(request)
            same += len(until(s, lambda data: data.endswith(b"}\n"))) == len(first)
        s.sendall(request * 200)
        burst = until(s, lambda data: len(data) >= 200 * len(first))
    return f"{same} alike, {burst.count(b'200 OK')} in the burst, {len(burst)} bytes"


def slow_reader(server):
    """A client that takes 3 MB in small sips, beside one that wants something quickly."""
    with server.connect() as slow, server.connect() as quick:
        slow.sendall(b"GET /large.bin HTTP/1.0\r\n\r\n")
        time.sleep(0.05)
        quick.sendall(b"GET /style.css HTTP/1.0\r\n\r\n")
        text = shown(until(quick, lambda _: False))
        data = bytearray()
        while piece := slow.recv(20000):
            data += piece
    return f"{text}\n{shown(bytes(data))}"


def many(server):
    clients = [server.connect() for _ in range(250)]
    for c in clients:
        c.sendall(b"GET /text.txt HTTP/1.0\r\n\r\n")
    whole = sum(len(until(c, lambda _: False)) > 120000 for c in clients)
    for c in clients:
        c.close()
    return f"{whole} of {len(clients)} whole"


def plant(folder):
    """4,000 small files in 80 folders."""
    for i in range(80):
        os.makedirs(f"{folder}/{i % 8}/{i}")
        for k in range(50):
            with open(f"{folder}/{i % 8}/{i}/{k}.txt", "w", encoding="utf-8") as file:
                file.write(f"{i} {k}\n" * (1 + (i * 50 + k) % 700))


def gather(server, names):
    """Status, length and digest of each, asked for on kept connections, 100 at a time."""
    text = []
    for i in range(0, len(names), 100):
        some = names[i:i + 100]
        with server.connect() as s:
            s.sendall(b"".join(f"GET /tree/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                               for name in some))
            rest = b""
            for name in some:
                while b"\r\n\r\n" not in rest:
                    rest += s.recv(1 << 16)
                head, _, rest = rest.partition(b"\r\n\r\n")
                length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
                while len(rest) < length:
                    rest += s.recv(1 << 16)
                body, rest = rest[:length], rest[length:]
                text.append(f"{name} {head[9:12]} {length} {hashlib.sha256(body).hexdigest()}")
    return text


def tree(server, folder):
    """All of a tree of thousands of files, twice; then what another program of the host changes,
    removes and adds, after the second for which a name may be remembered."""
    names = [f"{i % 8}/{i}/{k}.txt" for i in range(80) for k in range(50)]
    first = gather(server, names)
    text = [hashlib.sha256("\n".join(first).encode()).hexdigest(), sum(" b'200' " in t for t in first),
            gather(server, names) == first]
    for i in range(0, 80, 8):
        with open(f"{folder}/0/{i}/1.txt", "a", encoding="utf-8") as file:
            file.write("more\n")
        os.replace(f"{folder}/0/{i}/2.txt", f"{folder}/0/{i}/3.txt")
        os.remove(f"{folder}/0/{i}/4.txt")
        with open(f"{folder}/0/{i}/new.txt", "w", encoding="utf-8") as file:
            file.write(f"new {i}\n")
    time.sleep(1.1)
    changed = [f"0/{i}/{k}.txt" for i in range(0, 80, 8) for k in (0, 1, 2, 3, 4, "new")]
    return "\n".join(map(str, text + gather(server, changed)))


def conversation(side, folder):
    out = {}
    site = f"{folder}/site"
    make_pages(f"{site}/www")
    plant(f"{site}/www/tree")
    os.makedirs(f"{site}/temp")
    with open(f"{site}/passwd", "w", encoding="utf-8") as file:
        file.write("me:{PLAIN}sesame\n")
    seen = site if side == "linux" else "/site"
    with open(f"{HERE}/nginx.conf", encoding="utf-8") as file:
        config = file.read().replace("ROOT", f"{seen}/www").replace("TEMP", f"{seen}/temp")

    # The port is known only when the server is made: it is the Linux program's alone.
    class Made(Server):
        def prepare(self):
            with open(f"{site}/nginx.conf", "w", encoding="utf-8") as file:
                file.write(config.replace("PORT", str(self.port if side == "linux" else 80)))

    with Made(side, "nginx", ["-c", "{site}/nginx.conf", "-p", "{site}", "-g", "user root root;"],
              80, {"site": (site, "/site")}) as server:
        for section, requests in ASK.items():
            out[section] = "\n".join(ask(server, path, headers) for path, headers in requests)
        out["raw requests"] = raw(server)
        out["connections kept"] = kept(server)
        out["a slow reader"] = slow_reader(server)
        out["many connections"] = many(server)
        out["a tree of thousands"] = tree(server, f"{site}/www/tree")
        out["end"] = f"status {server.stop(signal.SIGQUIT)}"
    return out
