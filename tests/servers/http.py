"""Our own web server: its files, several requests on a connection, what is wrong; IPv6."""
import hashlib
import os
import signal
import socket

from servers.sides import Server, free_port, until

ASK = [
    ("a page", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("only the head", b"HEAD /index.html HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ("two at once", b"GET /style.css HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
    ("a large file", b"GET /large.bin HTTP/1.0\r\n\r\n"),
    ("an empty file", b"GET /empty.txt?with=query HTTP/1.0\r\n\r\n"),
    ("nothing there", b"GET /nothing HTTP/1.0\r\n\r\n"),
    ("a folder", b"GET /folder HTTP/1.0\r\n\r\n"),
    ("a way out", b"GET /../secret HTTP/1.0\r\n\r\n"),
    ("another method", b"DELETE / HTTP/1.1\r\nConnection: close\r\n\r\n"),
    ("no request", b"once upon a time\r\n\r\n"),
    ("too long", b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n"),
]


def make_pages(folder):
    """What http and nginx serve; every file has the same content and time on every side."""
    os.makedirs(f"{folder}/folder")
    files = {"index.html": b"<h1>A page</h1>\n" * 40, "style.css": b"h1 { color: teal }\n",
             "empty.txt": b"", "text.txt": b"the same line again and again\n" * 4000,
             "large.bin": bytes(i * i % 251 for i in range(65521)) * 48,
             "folder/one.txt": b"1\n", "folder/two.txt": b"22\n"}
    for name, content in files.items():
        with open(f"{folder}/{name}", "wb") as file:
            file.write(content)
        os.utime(f"{folder}/{name}", (1600000000, 1600000000))
    os.utime(f"{folder}/folder", (1600000000, 1600000000))


def asked(server, request):
    """The answer's head, and of a body its length and sum. Data that the server has not read makes
    its close a reset, which the helper of `-p` passes on as an end."""
    with server.connect() as s:
        s.sendall(request)
        try:
            answer = until(s, lambda _: False)
        except ConnectionResetError:
            return "\n0 bytes " + hashlib.sha256(b"").hexdigest()
    head, _, body = answer.partition(b"\r\n\r\n")
    return f"{head.decode('latin-1')}\n{len(body)} bytes {hashlib.sha256(body).hexdigest()}"


def conversation(side, folder):
    out = {}
    make_pages(f"{folder}/www")
    six = free_port("::1")
    with Server(side, "http", ["{port}", "{www}"], 80, {"www": (f"{folder}/www", "/www")},
                options=["-p", f"[::1]:{six}:80"]) as server:
        for name, request in ASK:
            out[name] = asked(server, request)
        with socket.create_connection(("::1", six if side != "linux" else server.port), 20) as s:
            s.sendall(b"GET /style.css HTTP/1.0\r\n\r\n")
            out["IPv6"] = until(s, lambda _: False).decode()
        out["end"] = f"status {server.stop(signal.SIGKILL)}"
    return out
