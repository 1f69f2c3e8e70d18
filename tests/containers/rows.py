"""The table of docs/containers-table.md as a program: a row is a function that does the same to the
same image under runc and under pith and says what must come of it.

    @row("environment", "run")
    def environment(c):
        c.run("env", "A", "B", options=["-e", "A=1"], out="A=1\\nB=(unset)\\n")

Where the two must differ the row says so with the reason, which goes into the table:

        limit = c.differs("why", runc=20, pith=64)
"""
import concurrent.futures
import contextlib
import itertools
import os
import re
import subprocess
import threading
import time
import traceback

ROWS = []
PATIENCE = 60  # seconds for one command of an engine


class Wrong(Exception):
    """What a row says when it did not get what it wanted."""


class Skip(Exception):
    """Why a row cannot be run here."""


class Row:
    def __init__(self, name, group, quick, function):
        self.name, self.group, self.quick, self.function = name, group, quick, function
        self.engine = "docker"


def row(name, group, quick=False):
    """Registers a row; `quick` ones are part of make test."""
    def register(function):
        ROWS.append(Row(name, group, quick, function))
        return function
    return register


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out.strip()

    def __repr__(self):
        return f"status {self.status}, {self.out[-300:]!r}, {self.err[-400:]!r}"


def execute(arguments, stdin=None, timeout=PATIENCE, env=None):
    """Runs a command; bytes that are no UTF-8 pass."""
    try:
        done = subprocess.run(arguments, input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, env=env, check=False) \
            if stdin is None else subprocess.run(arguments, input=stdin, capture_output=True,
                                                 timeout=timeout, env=env, check=False)
    except subprocess.TimeoutExpired as late:
        raise Wrong(f"{' '.join(arguments[:6])}... took longer than {timeout} s: "
                    f"{(late.stdout or b'')[-200:]!r} {(late.stderr or b'')[-200:]!r}") from late
    return Result(done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                  done.stderr.decode("utf-8", "surrogateescape"))


class Case:
    """One row under one runtime: its commands, its names, and the removal of all it made."""
    numbers = itertools.count(1)

    def __init__(self, engine, runtime, group=""):
        self.engine, self.runtime = engine, runtime
        self.pith, self.group = runtime == "pith", group
        self.reasons, self.stack = [], contextlib.ExitStack()

    # ---- what must be ----
    def equal(self, got, want, what):
        if got != want:
            raise Wrong(f"{what}: want {want!r}, got {got!r}"[:700])

    def true(self, fact, what):
        if not fact:
            raise Wrong(str(what)[:700])

    def match(self, text, pattern, what):
        if not re.search(pattern, text, re.S | re.M):
            raise Wrong(f"{what}: {pattern!r} is not in {text[-500:]!r}")

    def differs(self, why, **by_runtime):
        if why not in self.reasons:
            self.reasons.append(why)
        return by_runtime[self.runtime]

    def until(self, question, what, seconds=20):
        end = time.monotonic() + seconds
        while True:
            answer = question()
            if answer:
                return answer
            if time.monotonic() > end:
                raise Wrong(f"{what}: not within {seconds} s")
            time.sleep(0.05)

    # ---- commands ----
    def __call__(self, *arguments, status=0, stdin=None, timeout=PATIENCE):
        """A command of the engine; `status` None takes any."""
        result = execute(self.engine.command(*arguments), stdin, timeout)
        if status is not None and result.status != status:
            raise Wrong(f"{self.engine.name} {' '.join(map(str, arguments))}: "
                        f"status {status} wanted: {result}"[:900])
        return result

    def name(self, kind="c"):
        return f"{kind}{next(Case.numbers)}-{self.runtime}"

    def create_options(self, options):
        """Rows that are not about the network do without one: it takes most of a start's time."""
        alone = [] if self.group in ("network", "exec", "images", "compose") or "--network" in options else \
            ["--network", "none"]
        return [*self.engine.runtime_options(self.runtime), *alone, *options]

    def plain(self, text):
        """Without the line that says which machine it is, where it is not the one asked for."""
        kept = re.sub("^pith: it runs on process, not on kvm: .*\n", "", text, flags=re.M)
        if kept != text:
            self.differs("without /dev/kvm the log says so", runc=None, pith=None)
        return kept

    def run(self, *words, options=(), image="probe", out=None, err=None, status=0, stdin=None,
            timeout=PATIENCE):
        """run --rm: waits; `out` is all of its output, `err` is found in its errors."""
        name = self.name()
        self.stack.callback(self.engine.remove, name)
        result = self("run", "--rm", "--name", name, *self.create_options(options), image, *words,
                      status=status, stdin=stdin, timeout=timeout)
        if out and not result.out and self.engine.loses_output and stdin is None:
            return self.run(*words, options=options, image=image, out=out, err=err, status=status)
        if out is not None:
            self.equal(result.out, out, f"output of {' '.join(words)}")
        if err is not None:
            self.match(result.err, err, f"errors of {' '.join(words)}")
        return result

    def start(self, *words, options=(), image="probe", ready=None, name=None):
        """run -d; with `ready`, waits until that is in the log. Returns the name."""
        name = name or self.name()
        self.stack.callback(self.engine.remove, name)
        self("run", "-d", "--name", name, *self.create_options(options), image, *words)
        if ready:
            self.logged(name, ready)
        return name

    def log(self, name):
        result = self("logs", name)
        return result.out + self.plain(result.err)

    def logged(self, name, text, seconds=20):
        try:
            self.until(lambda: text in self.log(name), text, seconds)
        except Wrong:
            raise Wrong(f"{text!r} is not in the log of {name}: {self.log(name)[-400:]!r}") from None

    def look(self, name, template):
        return self("inspect", "-f", "{{" + template + "}}", name).text

    def ended(self, name, status, seconds=20):
        self.until(lambda: self.look(name, ".State.Status") == "exited", f"{name} ends", seconds)
        self.equal(int(self.look(name, ".State.ExitCode")), status, f"exit status of {name}")

    def volume(self):
        name = self.name("v")
        self("volume", "create", name)
        self.stack.callback(lambda: self("volume", "rm", "-f", name, status=None))
        return name

    def network(self, *options):
        name = self.name("n")
        self("network", "create", *options, name)
        self.stack.callback(lambda: self("network", "rm", name, status=None))
        return name

    def folder(self):
        """A folder on the host that is the row's own."""
        path = f"/mnt/{self.name('f')}"
        os.makedirs(path)
        self.engine.give(path)
        return path


def one(the_row, engine, runtime):
    """(None or what was wrong, seconds, reasons)"""
    case, begun, wrong = Case(engine, runtime, the_row.group), time.monotonic(), None
    try:
        with case.stack:
            the_row.function(case)
    except Wrong as error:
        wrong = str(error)
    except Skip as reason:
        wrong = f"known: {reason}"
    except Exception:  # a mistake in the row itself
        wrong = " / ".join(traceback.format_exc().splitlines()[-3:])
    return wrong, time.monotonic() - begun, case.reasons


def play(rows, engine, runtimes, jobs, known, say=print):
    """Runs them all; prints a line each. Returns {(row, runtime): (wrong, reasons)}.

    `known` is {(engine/row, runtime): reason}: what is known not to work; such a failure is
    printed as a skip with the reason, and its passing is a failure of the list."""
    results, lock = {}, threading.Lock()

    def job(the_row, runtime):
        wrong, seconds, reasons = one(the_row, engine, runtime)
        title = f"{engine.name}/{the_row.name} [{runtime}]"
        excuse = known.get((f"{engine.name}/{the_row.name}", runtime))
        if wrong and wrong.startswith("known: "):
            excuse = wrong.removeprefix("known: ")
        with lock:
            outcome = wrong if not excuse else f"known: {excuse}" if wrong else "it works, though known"
            results[the_row.name, runtime] = (outcome, reasons)
            if excuse and wrong:
                say(f"skip {title}: {excuse}", flush=True)
            elif excuse:
                say(f"not ok {title}: it works, so tests/containers/known should not name it",
                    flush=True)
            elif wrong:
                say(f"not ok {title}: {' '.join(wrong.split())}", flush=True)
            else:
                say(f"ok {title}", flush=True)
            if seconds > 5:
                say(f"   {title} took {seconds:.1f} s", flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(job, r, runtime) for r in rows for runtime in runtimes]:
            future.result()
    return results
