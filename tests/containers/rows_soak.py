"""Rows of `make soak-containers`: many containers, and everything killed at random moments. They run
one after another, and after each nothing may be left."""
import os
import random
import re
import signal
import subprocess
import threading
import time

import leaks
from rows import Wrong, execute, row

MANY, AT_ONCE, KILLS = 100, 50, 12


def clean(c, before, what):
    """Waits until nothing more is there than before."""
    end = time.monotonic() + 20
    while True:
        found = leaks.difference(before, leaks.snapshot())
        if not found:
            return
        if time.monotonic() > end:
            raise Wrong(f"{what} left {'; '.join(found)}")
        time.sleep(0.2)


def by_name(pattern):
    """Process ids of the cage whose command line matches."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
            if re.search(pattern, line) and int(pid) != os.getpid():
                found.append(int(pid))
        except OSError:
            pass
    return found


@row("100 containers, one after another", "soak")
def one_by_one(c):
    before = leaks.snapshot()
    for n in range(MANY):
        c.run("exit", n % 256, status=n % 256)
    clean(c, before, f"{MANY} containers")


@row("50 containers at once", "soak")
def at_once(c):
    before = leaks.snapshot()
    names, wrong = [c.name() for _ in range(AT_ONCE)], []

    def start(some):
        try:
            for name in some:
                c("run", "-d", "--name", name, *c.engine.runtime_options(c.runtime), "probe",
                  "serve", "8080", "it", timeout=300)
        except Wrong as error:
            wrong.append(str(error))

    threads = [threading.Thread(target=start, args=(names[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        c.equal(wrong, [], "containers that did not start")
        asked = [c.look(name, ".NetworkSettings.IPAddress") for name in names]
        c.equal(len(set(asked)), AT_ONCE, "addresses")
        from rows_net import ask
        for address in asked[::5]:
            c.equal(ask("tcp", address, 8080, "x"), "it said x\n", address)
    finally:
        execute(c.engine.command("rm", "-f", *names), timeout=300)
    clean(c, before, f"{AT_ONCE} containers at once")


@row("the first process of a container killed", "soak")
def kill_monitor(c):
    before = leaks.snapshot()
    volume = c.volume()
    for n in range(KILLS):
        name = c.start("sync", "/data/log", options=["-v", f"{volume}:/data"])
        time.sleep(random.random() * 0.5)
        os.kill(int(c.look(name, ".State.Pid")), signal.SIGKILL)
        c.ended(name, 137)
        said = c.log(name).split()
        kept = c.run("cat", "/data/log", options=["-v", f"{volume}:/data"]).out.split()
        # The volume has what this run said at its end, all that it said.
        c.true(not said or f" {' '.join(said)} " in f" {' '.join(kept)} ", f"lost in round {n}")
        c("rm", name)
    c("volume", "rm", volume)
    clean(c, before, "killed monitors")


@row("the runtime killed while it creates, starts or deletes", "soak")
def kill_runtime(c):
    before = leaks.snapshot()
    for _ in range(KILLS):
        name = c.name()
        client = subprocess.Popen(c.engine.command("run", "--name", name, *c.engine.runtime_options(
            c.runtime), "probe", "exit", "5"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 3
        delay = random.random() * 0.05
        while time.monotonic() < end and client.poll() is None:
            victims = by_name(r"^[^ ]*(runc|pith-oci) .*--root")
            if victims:
                time.sleep(delay)
                for victim in victims[:1]:
                    try:
                        os.kill(victim, signal.SIGKILL)
                    except OSError:
                        pass
                break
            time.sleep(0.002)
        try:
            client.wait(40)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait()
        c("rm", "-f", "-v", name, status=None)
    # A runtime that is killed between making a control group and writing its state leaves the empty
    # group: so runc by itself. What was put in it is gone.
    c.differs("runc, killed while it creates, leaves empty control groups; with pith the same",
              runc=None, pith=None)
    before["control group"] = leaks.snapshot()["control group"]
    clean(c, before, "killed runtimes")


@row("the shim killed", "soak")
def kill_shim(c):
    before = leaks.snapshot()
    for _ in range(KILLS // 2):
        name = c.start("sleep", ready="sleeping")
        pid, full = int(c.look(name, ".State.Pid")), c.look(name, ".Id")
        time.sleep(random.random() * 0.3)
        for shim in by_name(f"containerd-shim.*{full}"):
            os.kill(shim, signal.SIGKILL)
        c.until(lambda: c.look(name, ".State.Running") == "false", "the container ends")
        c.until(lambda: not os.path.exists(f"/proc/{pid}"), "its process ends")
        c("rm", "-f", name)
    clean(c, before, "killed shims")


@row("dockerd killed, and started again", "soak")
def kill_engine(c):
    before = leaks.snapshot()
    volume = c.volume()
    for _ in range(3):
        name = c.start("sync", "/data/log", options=["-v", f"{volume}:/data"], ready="5\n")
        c.engine.daemon.kill()
        c.engine.daemon.wait()
        c.until(lambda: not by_name("^containerd --config"), "its containerd ends", 10)
        c.engine.begin()
        c("rm", "-f", name)
        out = c.run("cat", "/data/log", options=["-v", f"{volume}:/data"]).out
        c.true("1\n2\n3\n4\n5\n" in out, f"what was synced is there: {out[:60]!r}")
    c("volume", "rm", volume)
    clean(c, before, "a killed engine")
