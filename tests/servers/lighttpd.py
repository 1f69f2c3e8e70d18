"""lighttpd: the conversation with nginx, as far as both can the same, and the log it wrote."""
import collections
import os
import signal

from servers import nginx
from servers.http import make_pages
from servers.sides import Server, until

HERE = os.path.dirname(os.path.abspath(__file__))

# What is not asked as of nginx: section: requests. ETAG is the tag of text.txt.
ASK = {
    "conditions": [("/text.txt", "If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT"),
                   ("/text.txt", "If-Modified-Since: Sat, 12 Sep 2020 12:26:40 GMT"),
                   ("/text.txt", "If-None-Match: ETAG"), ("/text.txt", 'If-None-Match: "other"'),
                   ("/text.txt", "Range: bytes=0-9\r\nIf-Range: ETAG")],
    "rewriting": [("/old/style.css", ""), ("/moved/abc/12", ""), ("/moved/ABC/12", ""),
                  ("/fallback/none", ""), ("/handled/none", ""), ("/expire/style.css", ""),
                  ("/style.css", "X-Kind: special case"), ("/style.css", "X-Kind: other")],
    "limits": [("/secret/text.txt", ""), ("/secret/style.css", "Authorization: Basic bWU6eA=="),
               ("/secret/style.css", "Authorization: Basic bWU6c2VzYW1l"),
               ("/" + "x" * 5000, ""), ("/", "X-Long: " + "y" * 5000)],
}


def tag(server):
    with server.connect() as s:
        s.sendall(b"HEAD /text.txt HTTP/1.0\r\n\r\n")
        head = until(s, lambda _: False).decode("latin-1")
    return head.partition("ETag: ")[2].partition("\r\n")[0]


def conversation(side, folder):
    out = {}
    os.environ["TZ"] = "UTC"  # of the times in lists of folders; a guest has no other
    site = f"{folder}/site"
    make_pages(f"{site}/www")
    os.makedirs(f"{site}/temp")
    with open(f"{site}/passwd", "w", encoding="utf-8") as file:
        file.write("me:sesame\n")
    seen = site if side == "linux" else "/site"
    with open(f"{HERE}/lighttpd.conf", encoding="utf-8") as file:
        config = file.read().replace("ROOT", f"{seen}/www").replace("TEMP", f"{seen}/temp")

    # The port is known only when the server is made: it is the Linux program's alone.
    class Made(Server):
        def prepare(self):
            with open(f"{site}/lighttpd.conf", "w", encoding="utf-8") as file:
                file.write(config.replace("PORT", str(self.port if side == "linux" else 80)))

    with Made(side, "lighttpd", ["-D", "-f", "{site}/lighttpd.conf"], 80,
              {"site": (site, "/site")}) as server:
        etag = tag(server)
        for section, requests in (nginx.ASK | ASK).items():
            out[section] = "\n".join(nginx.ask(server, path, headers.replace("ETAG", etag))
                                     for path, headers in requests)
        out["raw requests"] = nginx.raw(server)
        out["connections kept"] = nginx.kept(server)
        out["a slow reader"] = nginx.slow_reader(server)
        out["many connections"] = nginx.many(server)
        out["end"] = f"status {server.stop(signal.SIGINT)}"
    with open(f"{site}/temp/access.log", encoding="utf-8") as file:
        lines = collections.Counter(file.read().splitlines())
    out["access log"] = "\n".join(f"{n} {line}" for line, n in sorted(lines.items()))
    return out
