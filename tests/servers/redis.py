"""Redis: a few hundred commands, publishing, blocking commands, what it keeps on disk (its log and
its snapshots, read back by itself and by the Linux program), big values and pipelines."""
import hashlib
import os
import signal
import subprocess

from servers import sides
from servers.sides import Server

HERE = os.path.dirname(os.path.abspath(__file__))
ARGUMENTS = ["--port", "{port}", "--protected-mode", "no", "--dir", "{data}", "--loglevel", "warning",
             "--enable-debug-command", "yes", "--save", "", "--maxclients", "500"]


def start(side, folder, *more):
    return Server(side, "redis-server", [*ARGUMENTS, *more], 6379,
                  {"data": (folder, "/data")}, probe=(b"PING\r\n", b"+PONG"))


def cli(server, commands, *options):
    """What redis-cli prints for commands on its standard input."""
    done = subprocess.run([f"{sides.EXAMPLES}/redis-cli", "-p", str(server.port), *options],
                          input=commands, capture_output=True, timeout=sides.PATIENCE)
    return (done.stdout + done.stderr).decode("utf-8", "backslashreplace")


def commands(server):
    """The script, a section for each hundred lines, each answer behind its command (one from MULTI
    to its end behind one, for in between every answer is QUEUED)."""
    with open(f"{HERE}/redis.txt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    groups = []
    for line in lines:
        if groups and groups[-1][0] == "MULTI" and groups[-1][-1] not in ("EXEC", "DISCARD"):
            groups[-1].append(line)
        else:
            groups.append([line])
    everything = "".join("\n".join(group) + "\nECHO \"-- end --\"\n" for group in groups)
    answers = cli(server, everything.encode()).split("-- end --\n")
    sections = {}
    for i, (group, answer) in enumerate(zip(groups, answers + [""] * len(groups))):
        section = f"commands, part {i // 100 + 1}"
        sections[section] = sections.get(section, "") + f"{' / '.join(group)} => {answer}"
    return sections


def resp(*words):
    out = b"*%d\r\n" % len(words)
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        out += b"$%d\r\n%s\r\n" % (len(word), word)
    return out


class Client:
    """A connection that speaks Redis's protocol; `with Client(server) as c:`."""

    def __init__(self, server):
        self.socket = server.connect()
        self.file = self.socket.makefile("rb")

    def say(self, *words):
        self.socket.sendall(resp(*words))

    def reply(self):
        """The next answer, as lists and strings; b'' if the server has closed."""
        line = self.file.readline()
        if line[:1] == b"*":
            return [self.reply() for _ in range(int(line[1:]))]
        if line[:1] == b"$" and int(line[1:]) >= 0:
            return self.file.read(int(line[1:]) + 2)[:-2]
        return line.strip()

    def ask(self, *words):
        self.say(*words)
        return self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


def publishing(server):
    text = []
    with Client(server) as one, Client(server) as two, Client(server) as three:
        text += [one.ask("SUBSCRIBE", "news", "weather"), one.reply(), two.ask("PSUBSCRIBE", "n*")]
        for i in range(100):
            three.say("PUBLISH", "news", f"item {i}")
        text += [three.reply() for _ in range(100)]
        text += [one.reply() for _ in range(100)]
        text += [two.reply() for _ in range(100)]
        text += [one.ask("GET", "x"), sorted([one.ask("UNSUBSCRIBE")[1],
                                                          one.reply()[1]]), one.ask("GET", "x")]
    return "\n".join(map(str, text))


def until_blocked(c, wanted):
    for _ in range(10000):
        info = c.ask("INFO", "clients")
        if int(info.split(b"blocked_clients:")[1].split()[0]) == wanted:
            return
    raise OSError(f"{wanted} clients should be blocked: {info.decode()}")


def blocking(server):
    text = []
    with Client(server) as one, Client(server) as two, Client(server) as three:
        text += [one.ask("FLUSHALL")]
        one.say("BLPOP", "queue", "0")
        two.say("BZPOPMIN", "sorted", "0")
        until_blocked(three, 2)
        text += [three.ask("RPUSH", "queue", "job"), one.reply()]
        text += [three.ask("ZADD", "sorted", "1", "member"), two.reply()]
        text += [one.ask("BLPOP", "queue", "0.05")]
        one.say("XREAD", "BLOCK", "0", "STREAMS", "events", "$")
        two.say("BLMOVE", "from", "to", "LEFT", "RIGHT", "0")
        until_blocked(three, 2)
        text += [three.ask("XADD", "events", "5-5", "k", "v"), one.reply()]
        text += [three.ask("LPUSH", "from", "thing"), two.reply()]
        one.say("BLPOP", "never", "0")
        until_blocked(three, 1)
        text += [three.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"), one.reply()]
    return "\n".join(map(str, text))


def large(server):
    text = []
    with Client(server) as c:
        for size in (1, 1000, 65536, 1 << 20, 20 << 20):
            value = (b"0123456789abcdef" * (size // 16 + 1))[:size]
            text += [c.ask("SET", "large", value), c.ask("GET", "large") == value]
        text += [c.ask("DEL", "large")]
    return "\n".join(map(str, text))


def pipeline(server):
    """40,000 commands in two streams, answers read only afterwards (the server must not stall)."""
    with Client(server) as c, Client(server) as other:
        c.socket.sendall(b"".join(resp("SET", f"key:{i}", f"value {i * i}") for i in range(20000)))
        text = [{c.reply() for _ in range(20000)}]
        c.socket.sendall(b"".join(resp("GET", f"key:{i}") for i in range(20000)))
        text += [other.ask("PING")]
        text += [all(c.reply() == b"value %d" % (i * i) for i in range(20000))]
        values = c.ask("MGET", *[f"key:{i}" for i in range(0, 20000, 7)])
        text += [hashlib.sha256(b"\n".join(values)).hexdigest(), c.ask("FLUSHALL")]
    return "\n".join(map(str, text))


def many(server):
    """300 clients at once, each asking in its turn."""
    clients = [Client(server) for _ in range(300)]
    for i, c in enumerate(clients):
        c.say("SET", f"client:{i}", i)
    kept = sum(c.reply() == b"OK" for c in clients)
    for i, c in enumerate(clients):
        c.say("GET", f"client:{(i + 150) % 300}")
    right = sum(c.reply() == b"%d" % ((i + 150) % 300) for i, c in enumerate(clients))
    for c in clients:
        c.__exit__()
    return f"{kept} kept, {right} right"


FILL = b"".join(resp("SET", f"k{i}", f"v{i}") + resp("RPUSH", f"l{i % 10}", i) +
                resp("HSET", "h", f"f{i}", i) + resp("ZADD", "z", i * 0.5, f"m{i}") +
                resp("XADD", "x", f"{i + 1}-1", "n", i) for i in range(500))


def digest(server):
    return cli(server, b"DEBUG DIGEST\nDBSIZE\n")


def persistence(side, folder):
    """Written through the append-only log, killed, read again, saved; then the Linux program reads
    what this side has written."""
    text = []
    log = ["--appendonly", "yes", "--appendfsync", "always"]
    with start(side, folder, *log) as server:
        with Client(server) as c:
            c.socket.sendall(FILL)
            text.append(sum(c.reply()[:1] != b"-" for _ in range(2500)))
        text.append(digest(server))
        server.stop(signal.SIGKILL)
    text.append(sorted(os.listdir(f"{folder}/appendonlydir")))
    with start(side, folder, *log) as server:
        text.append(digest(server))
        text.append(cli(server, b"SAVE\nSET after save\nDEBUG RELOAD\nGET after\n"))
        text.append(digest(server))
        text.append(cli(server, b"SHUTDOWN SAVE\n"))
        text.append(server.stop())
    with start("linux", folder, *log) as server:
        text.append(digest(server))
    with start("linux", folder) as server:
        text.append(digest(server))
    return "\n".join(map(str, text))


def conversation(side, folder):
    out = {}
    os.makedirs(f"{folder}/one")
    os.makedirs(f"{folder}/two")
    with start(side, f"{folder}/one") as server:
        out.update(commands(server))
        out["publishing"] = publishing(server)
        out["blocking"] = blocking(server)
        out["large values"] = large(server)
        out["a pipeline"] = pipeline(server)
        out["many clients"] = many(server)
        out["end"] = f"status {server.stop(signal.SIGTERM)}"
    out["files"] = persistence(side, f"{folder}/two")
    return out
