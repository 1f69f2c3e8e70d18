"""Rows: how a program is started, what it sees, how it ends."""
import os
import pty
import re
import select
import subprocess
import termios
import time

from rows import Wrong, row


@row("run", "run", quick=True)
def run(c):
    c.run("args", "a b", "", "*", out="[a b]\n[]\n[*]\n")


@row("arguments", "run")
def arguments(c):
    c.run("args", "a b", "", "*", "$HOME", "ä", out="[a b]\n[]\n[*]\n[$HOME]\n[ä]\n")
    c.run("args", *map(str, range(500)), out="".join(f"[{n}]\n" for n in range(500)))


@row("environment", "run", quick=True)
def environment(c):
    out = c.run("env", options=["-e", "A=1", "-e", "B=two words", "-e", "BOTH=run", "-h", "me"]).out
    out = re.sub("^(TERM=xterm|container=podman)\n", "", out, flags=re.M)  # podman's own
    c.equal(out, "A=1\nB=two words\nBOTH=run\nFROM_IMAGE=yes\nHOME=/\nHOSTNAME=me\n"
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n", "environment")


@row("entrypoint and command", "run")
def entrypoint(c):
    c.run(options=["--entrypoint", "/probe"], status=2, err="no verb")
    c.run("x", image="default", out="[from]\n[entrypoint]\n[x]\n")
    c.run(image="default", out="[from]\n[entrypoint]\n[default]\n")
    c.run("/probe", "args", "1", options=["--entrypoint", ""], out="[1]\n")


@row("program found in PATH and relative to the folder", "run")
def found(c):
    c.run("args", "1", options=["--entrypoint", "probe", "-e", "PATH=/nowhere:/"], out="[1]\n")
    c.run("args", "1", options=["--entrypoint", "../../probe", "-w", "/work/deep"], out="[1]\n")


@row("working folder", "run", quick=True)
def folder(c):
    c.run("cat", "file", options=["-w", "/work/deep"], out="deep\n")
    if c.engine.name == "docker":
        c.match(c.run("who", options=["-w", "/new/one"]).out, "folder /new/one$", "made on demand")


@row("user", "run", quick=True)
def user(c):
    for given, want in (("1000:1001", "uid 1000 gid 1001 groups"),
                        ("app", "uid 1234 gid 1235 groups 50"),
                        ("app:staff", "uid 1234 gid 50 groups"),
                        ("0", "uid 0 gid 0 groups 0")):
        out = c.run("who", options=["-u", given]).out
        groups = sorted(set(re.search("groups ?(.*)", out)[1].split()) -
                        {re.search("gid (\\d+)", out)[1]})
        line = f"{out.split(' groups')[0]} groups {' '.join(groups)}".strip()
        wanted = want if want != "uid 0 gid 0 groups 0" else "uid 0 gid 0 groups"
        c.equal(line, wanted, f"-u {given}")
    out = c.run("who", options=["-u", "app", "--group-add", "77"]).out
    c.match(out, r"groups.* 77\b", "--group-add")
    c.run("write", "/data/x", "1", options=["-u", "app"], status=1, out="/data/x: EACCES\n")
    c.run("stat", "/tmp", options=["-u", "app"], out="/tmp: directory 1777 0:0\n")


@row("host name, hosts and names of --add-host", "network")
def host_name(c):
    c.match(c.run("who", options=["-h", "here"]).out, "^host here$", "host name")
    c.run("resolve", "there", options=["--add-host", "there:10.1.2.3"], out="there 10.1.2.3\n")
    out = c.run("cat", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
                options=["-h", "here", "--dns", "10.9.8.7"]).out
    c.match(out, r"127\.0\.0\.1\s+localhost.*\shere$.*^here$.*nameserver 10\.9\.8\.7", "files")


@row("process 1", "run")
def process_one(c):
    c.match(c.run("who").out, "^pid 1$", "pid")


@row("standard input (-i)", "run", quick=True)
def standard_input(c):
    text = os.urandom(200000).hex()
    c.run("cat", options=["-i"], stdin=text.encode(), out=text)
    c.run("cat", options=["-i"], stdin=b"", out="")


@row("standard error apart from output", "run")
def standard_error(c):
    result = c.run("tty")
    c.equal((result.out, c.plain(result.err)), ("tty 0 0 0\n", "to stderr\n"), "streams")


class Terminal:
    """An engine's client on a terminal of 33 lines and 99 columns."""

    def __init__(self, command):
        self.master, slave = pty.openpty()
        self.resize(33, 99)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        os.close(slave)
        self.text = ""

    def resize(self, lines, columns):
        termios.tcsetwinsize(self.master, (lines, columns))

    def expect(self, pattern, seconds=15):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text, re.S):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise Wrong(f"{pattern!r} did not come on the terminal: {self.text[-300:]!r}")
            try:
                self.text += os.read(self.master, 4096).decode("utf-8", "replace")
            except OSError:
                raise Wrong(f"{pattern!r} did not come before the end: {self.text[-300:]!r}") \
                    from None

    def type(self, text):
        os.write(self.master, text.encode())

    def status(self, seconds=20):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Wrong(f"the client does not end: {self.text[-300:]!r}") from None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


def on_terminal(c, *words, options=("-it",)):
    name = c.name()
    c.stack.callback(c.engine.remove, name)
    terminal = Terminal(c.engine.command("run", "--rm", "--name", name,
                                         *c.create_options(options), "probe", *words))
    c.stack.callback(terminal.close)
    return name, terminal


@row("terminal (-it): size, echo, end of input", "run", quick=True)
def terminal(c):
    _, t = on_terminal(c, "tty")
    t.expect(r"tty 1 1 1\r\n.*to stderr\r\n")
    c.equal(t.status(), 0, "status")
    _, t = on_terminal(c, "cat")
    t.type("hello\r")
    t.expect("hello\r\nhello\r\n")
    t.type("\x04")
    c.equal(t.status(), 0, "status after ^D")


@row("terminal: new window size, Ctrl-C to the program", "run")
def terminal_signals(c):
    _, t = on_terminal(c, "term")
    t.expect("ready")
    time.sleep(0.3)
    t.resize(50, 120)
    os.kill(t.process.pid, 28)
    t.expect("size 50 120")
    t.type("\x03")
    t.expect("caught 2")
    c.equal(t.status(), 7, "status")


@row("detach and logs", "run", quick=True)
def detach(c):
    name = c.start("tty")
    c.ended(name, 0)
    result = c("logs", name)
    c.equal((result.out, c.plain(result.err)), ("tty 0 0 0\n", "to stderr\n"), "log")
    c.match(c("logs", "-t", name).out, r"^\d{4}-\d\d-\d\dT.*Z tty", "times")


@row("attach and detach keys", "run")
def attach(c):
    name = c.start("cat", options=["-it"])
    t = Terminal(c.engine.command("attach", name))
    c.stack.callback(t.close)
    time.sleep(0.3)
    t.type("x\r")
    t.expect("x\r\nx\r\n")
    t.type("\x10\x11")
    t.status()
    c.equal(c.look(name, ".State.Running"), "true", "still runs")


@row("exit statuses", "end", quick=True)
def statuses(c):
    for n in (0, 1, 125, 126, 127, 255):
        c.run("exit", n, status=n)


@row("exit statuses 0 to 255, all of them", "end")
def all_statuses(c):
    for n in range(0, 256, 5):
        c.run("exit", n, status=n)


@row("ended by its own signal", "end")
def own_signal(c):
    # Linux spares process 1 of a container the default action of a signal it sends itself.
    for number in (15, 10):
        want = c.differs("a signal without handler that the program sends itself: Linux drops it "
                         "for process 1 of a container, in pith the default action is taken",
                         runc=0, pith=128 + number)
        c.run("raise", number, status=want)
    c.run("abort", status=c.differs("the same for abort(): musl then ends with SIGSEGV there",
                                    runc=139, pith=134))


@row("crash: 139, and why is in the log", "end", quick=True)
def crash(c):
    result = c.run("crash", status=139)
    c.equal(result.out, "crashing\n", "output")
    if c.differs("the log has the reason, registers and a backtrace with names", runc=0, pith=1):
        c.match(result.err, "SIGSEGV.*break_it.*verb_crash", "backtrace")


@row("stop: the program's handler runs", "end", quick=True)
def stop(c):
    name = c.start("term", ready="ready")
    begun = time.monotonic()
    c("stop", name)
    c.true(time.monotonic() - begun < 5, "stop took its whole grace time")
    c.ended(name, 7)
    c.equal(c.log(name), "ready\ncaught 15\ndone\n", "log")


@row("stop: grace time, then SIGKILL", "end")
def stop_late(c):
    name = c.start("term", "30", ready="ready")
    c("stop", "-t", "1", name)
    c.ended(name, 137)
    name = c.start("term", "1", ready="ready")
    c("stop", "-t", "10", name)
    c.ended(name, 7)
    name = c.start("term", ready="ready", options=["--stop-signal", "SIGUSR1"])
    c("stop", name)
    c.ended(name, 7)
    c.equal(c.log(name), "ready\ncaught 10\ndone\n", "--stop-signal")


@row("kill", "end")
def kill(c):
    name = c.start("term", ready="ready")
    c("kill", "-s", "HUP", name)
    c.logged(name, "caught 1\n")
    c("kill", "-s", "INT", name)
    c.ended(name, 7)
    name = c.start("sleep", ready="sleeping")
    c("kill", name)
    c.ended(name, 137)


@row("a signal without handler: process 1 of a container is spared", "end")
def no_handler(c):
    name = c.start("sleep", ready="sleeping")
    c("kill", "-s", "TERM", name)
    time.sleep(0.5)
    c.equal(c.look(name, ".State.Running"), "true", "runs on")
    c("stop", "-t", "1", name)
    c.ended(name, 137)


@row("--init", "end")
def init(c):
    name = c.start("term", ready="ready", options=["--init"])
    c("stop", name)
    c.ended(name, 7)


@row("restart on failure", "end")
def restart(c):
    name = c.start("exit", "3", options=["--restart", "on-failure:2"])
    c.until(lambda: c.look(name, ".RestartCount") == "2", "two restarts")
    c.ended(name, 3)


@row("start again, restart", "end")
def again(c):
    name = c.start("append", "/tmp/x", "line")
    c.ended(name, 0)
    c("start", name)
    c.ended(name, 0)
    c("cp", f"{name}:/tmp/x", f"/mnt/{name}")
    with open(f"/mnt/{name}", encoding="ascii") as file:
        c.equal(file.read(), "line\nline\n", "what two runs wrote")
    name = c.start("term", ready="ready")
    c("restart", name)
    c.until(lambda: c.log(name).count("ready") == 2, "runs again")


@row("no such program, not executable, no program: 127, 126, and one sentence", "end", quick=True)
def no_program(c):
    for path, want, text in (("/nothing", 127, "no such file"),
                             ("/not-executable", 126, "permission denied"),
                             ("/data", 126, "permission denied|is a directory")):
        result = c.run(options=["--entrypoint", path], status=want)
        c.match(result.err, f"(?i){text}", path)
    result = c.run(options=["--entrypoint", "/broken"], status=1)
    c.match(result.err, "(?i)exec format error", "/broken")


@row("an image of another ABI, a damaged one, too little memory: one sentence", "end")
def bad_image(c):
    """Such an image is a good Linux program still: runc runs it."""
    with open(f"{os.environ.get('BUILD', 'build')}/tests/containers/probe", "rb") as file:
        good = file.read()
    note = re.search(rb"\x05\0\0\0\x10\0\0\0\x01\0\0\0pith\0\0\0\0", good).end()

    def bad(text):
        folder = c.folder()
        with open(f"{folder}/bad", "wb") as file:
            file.write(text)
        os.chmod(f"{folder}/bad", 0o755)
        return ["-v", f"{folder}:/v", "--entrypoint", "/v/bad"]

    for sentence, text, more in (
            ("ABI 99", good[:note] + b"\x63" + good[note + 1:], []),
            ("note|damaged|image", good[:note - 12] + b"\x77" + good[note - 11:], []),
            # note.h: the memory it needs stands behind ABI and reserved.
            (r"needs at least 65536 KiB of memory.*32768",
             good[:note + 8] + (64 << 20).to_bytes(8, "little") + good[note + 16:], ["--memory", "32m"]),
            ("machine kvm|/dev/kvm|toaster", good, ["-e", "PITH_MACHINE=toaster"])):
        if c.differs("a program whose unikernel cannot run is still a Linux program: runc runs it, "
                     "pith refuses it with a sentence", runc=True, pith=False):
            c.run("exit", "3", options=[*bad(text), *more], status=3)
        else:
            result = c.run("exit", "3", options=[*bad(text), *more], status=125)
            c.match(result.err, sentence, "the sentence")


@row("a Linux program in the same image", "run", quick=True)
def linux(c):
    c.run("args", "1", options=["--entrypoint", "/linux"], out="[1]\n")
    c.run("exit", "9", options=["--entrypoint", "/linux"], status=9)
