"""memcached: its text protocol, the meta commands, large values, many connections; as itself."""
import signal

from servers.sides import Server, until

# One conversation, line by line: what is sent, and how the answer ends.
TALK = [
    ("store", [
        (b"set a 5 0 3\r\nabc\r\n", b"\r\n"), (b"get a\r\n", b"END\r\n"),
        (b"add a 0 0 1\r\nx\r\n", b"\r\n"), (b"add b 0 0 1\r\nx\r\n", b"\r\n"),
        (b"replace b 1 0 2\r\nyy\r\n", b"\r\n"), (b"replace none 0 0 1\r\nz\r\n", b"\r\n"),
        (b"append a 0 0 2\r\nde\r\n", b"\r\n"), (b"prepend a 0 0 2\r\n__\r\n", b"\r\n"),
        (b"get a b none\r\n", b"END\r\n"), (b"set empty 0 0 0\r\n\r\n", b"\r\n"),
        (b"get empty\r\n", b"END\r\n"), (b"delete b\r\n", b"\r\n"), (b"delete b\r\n", b"\r\n"),
        (b"set quiet 0 0 1 noreply\r\nq\r\nget quiet\r\n", b"END\r\n"),
    ]),
    ("count", [
        (b"set n 0 0 2\r\n10\r\n", b"\r\n"), (b"incr n 5\r\n", b"\r\n"), (b"decr n 100\r\n", b"\r\n"),
        (b"incr n 18446744073709551615\r\n", b"\r\n"), (b"incr n 1\r\n", b"\r\n"),
        (b"incr none 1\r\n", b"\r\n"), (b"set s 0 0 1\r\nx\r\n", b"\r\n"),
        (b"incr s 1\r\n", b"\r\n"), (b"incr n minus\r\n", b"\r\n"),
    ]),
    ("compare and swap", [
        (b"flush_all\r\n", b"\r\n"), (b"set c 0 0 1\r\n1\r\n", b"\r\n"),
        (b"cas c 0 0 1 99999999\r\n2\r\n", b"\r\n"), (b"cas none 0 0 1 1\r\n2\r\n", b"\r\n"),
        (b"get c\r\n", b"END\r\n"),
    ]),
    ("time", [
        (b"set gone 0 -1 1\r\nx\r\n", b"\r\n"), (b"get gone\r\n", b"END\r\n"),
        (b"set long 0 1000 1\r\nx\r\n", b"\r\n"), (b"touch long 2000\r\n", b"\r\n"),
        (b"touch none 1\r\n", b"\r\n"), (b"gat 500 long\r\n", b"END\r\n"),
        (b"mg long t f s v\r\n", b"x\r\n"),
    ]),
    ("meta", [
        (b"ms m 2 T0 F7\r\nhi\r\n", b"\r\n"), (b"mg m v f s k\r\n", b"hi\r\n"),
        (b"mg none v\r\n", b"\r\n"), (b"ma count N0 J13 v\r\n", b"13\r\n"),
        (b"ma count D4 v\r\n", b"17\r\n"), (b"md m\r\n", b"\r\n"), (b"md m\r\n", b"\r\n"),
        (b"mn\r\n", b"\r\n"), (b"me none\r\n", b"\r\n"),
    ]),
    ("mistakes", [
        (b"nonsense\r\n", b"\r\n"), (b"get\r\n", b"\r\n"), (b"set a\r\n", b"\r\n"),
        (b"set a 0 0 -1\r\n", b"\r\n"), (b"set a b c d\r\n", b"\r\n"),
        (b"get " + b"k" * 251 + b"\r\n", b"\r\n"), (b"set a 0 0 3\r\nabcdef\r\n", b"\r\n"),
        (b"\r\n", b"\r\n"), (b"verbosity\r\n", b"\r\n"), (b"version\r\n", b"\r\n"),
    ]),
]


def talk(server, lines):
    text = []
    with server.connect() as s:
        for line, end in lines:
            s.sendall(line)
            answer = until(s, lambda data, e=end: data.endswith(e))
            text.append(f"{line[:60]!r} => {answer[:200]!r}")
        s.sendall(b"quit\r\n")
        text.append(f"quit => {until(s, lambda _: False)!r}")
    return "\n".join(text)


def large(server):
    text = []
    with server.connect() as s:
        for size in (1000, 100_000, 900_000, 1_500_000):
            body = bytes(i * 7 % 251 for i in range(1000)) * (size // 1000)
            s.sendall(b"set large 0 0 %d\r\n" % size + body + b"\r\n")
            stored = until(s, lambda data: data.endswith(b"\r\n"))
            s.sendall(b"get large\r\n")
            answer = until(s, lambda data: data.endswith(b"END\r\n"))
            text.append(f"{size}: {stored!r}, {len(answer)} bytes, whole: {body in answer}")
    return "\n".join(text)


def many(server):
    """200 connections at once, over all worker threads, each asking in its turn."""
    sockets = [server.connect() for _ in range(200)]
    right = 0
    for i, s in enumerate(sockets):
        s.sendall(b"set key%d 0 0 %d\r\n%d\r\n" % (i, len(str(i)), i))
    for s in sockets:
        until(s, lambda data: data.endswith(b"\r\n"))
    for i, s in enumerate(sockets):
        s.sendall(b"get key%d\r\n" % ((i * 7) % 200))
    for i, s in enumerate(sockets):
        answer = until(s, lambda data: data.endswith(b"END\r\n"))
        right += answer.split(b"\r\n")[1] == b"%d" % ((i * 7) % 200)
        s.close()
    return f"{right} of {len(sockets)} right"


def stats(server):
    with server.connect() as s:
        s.sendall(b"stats\r\n")
        lines = until(s, lambda data: data.endswith(b"END\r\n")).decode().split("\r\n")
    same = ("threads", "version", "pointer_size", "cmd_flush", "incr_hits", "cas_badval")
    return "\n".join(sorted(line for line in lines if line.split()[1:2] and
                            line.split()[1] in same))


def conversation(side, folder):  # pylint: disable=unused-argument
    out = {}
    with Server(side, "memcached", ["-u", "root", "-U", "0", "-p", "{port}"], 11211) as server:
        for name, lines in TALK:
            out[name] = talk(server, lines)
        out["large values"] = large(server)
        out["many connections"] = many(server)
        out["stats"] = stats(server)
        out["end"] = f"status {server.stop(signal.SIGTERM)}"
    return out
