"""Rows: limits, what an operator sees and does: stats, top, exec, health, pause, events, rename."""
import json
import os
import re
import subprocess
import time

import cage
import rows_net
from rows import Wrong, execute, row


@row("--memory: out of memory is 137 and OOMKilled", "limits", quick=True)
def memory(c):
    name = c.start("eat", "400", options=["--memory", "128m"])
    c.ended(name, 137)
    if c.engine.name == "docker":  # podman 4.3 does not tell with version 1 of control groups
        c.equal(c.look(name, ".State.OOMKilled"), "true", "OOMKilled")


@row("--memory: what fits, fits", "limits")
def memory_fits(c):
    c.run("eat", "60", options=["--memory", "128m"], out="eaten\n")


def group_file(c, controller, name, file):
    """A file of the container's control group."""
    full = c.look(name, ".Id")
    for folder in cage.cgroup_folders(cage.group()):
        if folder.endswith(f"/{full}") and f"/{controller}/" in folder:
            with open(f"{folder}/{file}", encoding="ascii") as text:
                return text.read()
    raise Wrong(f"no control group {controller} of {name}")


@row("--cpus holds", "limits")
def cpus(c):
    name = c.start("spin", "60", options=["--cpus", "0.25"])
    time.sleep(0.5)
    before, begun = int(group_file(c, "cpuacct", name, "cpuacct.usage")), time.monotonic()
    time.sleep(2)
    used = (int(group_file(c, "cpuacct", name, "cpuacct.usage")) - before) / 1e9
    share = used / (time.monotonic() - begun)
    c.true(0.02 < share < 0.35, f"share of a processor: {share:.2f}")
    c("kill", name)


@row("--pids-limit", "limits")
def pids(c):
    result = c.run("threads", "100", options=["--pids-limit", "20"], status=None)
    made = int(result.out.split()[1])
    if c.differs("threads of a unikernel are its own: they are no processes of the host and do not "
                 "count", runc=True, pith=False):
        c.true(made < 20 and result.status == 1, f"threads: {made}")
    else:
        c.equal((made, result.status), (100, 0), "threads")


@row("--ulimit", "limits")
def ulimit(c):
    out = c.run("limits", options=["--ulimit", "nofile=300:400"]).out
    c.match(out, "^nofile 300 400$", "RLIMIT_NOFILE")


@row("update", "limits")
def update(c):
    name = c.start("spin", "60", options=["--memory", "200m"])
    c("update", "--cpus", "0.1", "--memory", "300m", "--memory-swap", "300m", name)
    c.equal(group_file(c, "memory", name, "memory.limit_in_bytes").strip(), str(300 << 20), "limit")
    time.sleep(0.3)
    before, begun = int(group_file(c, "cpuacct", name, "cpuacct.usage")), time.monotonic()
    time.sleep(2)
    share = (int(group_file(c, "cpuacct", name, "cpuacct.usage")) - before) / 1e9 / \
        (time.monotonic() - begun)
    c.true(share < 0.2, f"share of a processor after the update: {share:.2f}")
    c("kill", name)


@row("update: more memory is there, less is kept to", "limits")
def update_memory(c):
    name = c.start("eat", "60", "3", "200", options=["--memory", "128m"], ready="eaten")
    c("update", "--memory", "400m", "--memory-swap", "400m", name)
    c.ended(name, 0)
    c.equal(c.log(name), "eaten\neaten\n", "output")
    name = c.start("eat", "40", "3", "200", options=["--memory", "400m"], ready="eaten")
    c("update", "--memory", "128m", "--memory-swap", "128m", name)
    c.ended(name, 137)
    c.equal(c.look(name, ".State.OOMKilled"), "true", "OOMKilled")


@row("stats tells the memory that is used", "limits")
def stats(c):
    name = c.start("eat", "80", "60", ready="eaten")
    out = c("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", name).text
    used = re.match(r"([\d.]+)MiB", out)
    c.true(used and 80 <= float(used[1]) < 130, f"memory: {out}")


@row("top", "limits")
def top(c):
    name = c.start("term", ready="ready")
    lines = c("top", name, "-o", "pid,comm").out.strip().split("\n")[1:]
    c.equal([line.split()[1] for line in lines], ["probe"], "processes")


@row("pause and unpause", "life", quick=True)
def pause(c):
    name = c.start("sync", "/tmp/x", ready="1\n")
    c("pause", name)
    c.equal(c.look(name, ".State.Status"), "paused", "state")
    time.sleep(0.2)
    before = len(c.log(name))
    time.sleep(0.4)
    c.equal(len(c.log(name)), before, "output while paused")
    c("unpause", name)
    c.until(lambda: len(c.log(name)) > before, "goes on")


@row("rename", "life")
def rename(c):
    name, other = c.start("term", ready="ready"), c.name()
    c.stack.callback(c.engine.remove, other)
    c("rename", name, other)
    c("stop", other)
    c.ended(other, 7)


@row("wait", "life")
def wait(c):
    name = c.start("term", ready="ready")
    waiting = subprocess.Popen(c.engine.command("wait", name), stdout=subprocess.PIPE)
    c("stop", name)
    c.equal(waiting.communicate(timeout=20)[0], b"7\n", "what wait prints")


@row("events", "life")
def events(c):
    since = time.time()
    name = c.start("exit", "5")
    c.ended(name, 5)
    c("rm", name)
    time.sleep(0.2)
    out = c("events", "--since", f"{since:.3f}", "--until", f"{time.time():.3f}", "--filter",
            f"container={name}", "--format", "{{json .}}").out
    seen = [json.loads(line) for line in out.splitlines()]
    c.equal([e["Action"] for e in seen], ["create", "attach", "start", "die", "destroy"]
            if "attach" in out else ["create", "start", "die", "destroy"], "events")
    died = [e for e in seen if e["Action"] == "die"][0]
    c.equal(died["Actor"]["Attributes"]["exitCode"], "5", "exit code of the event")


@row("exec of a Linux program in the image", "exec", quick=True)
def exec_linux(c):
    name = c.start("term", ready="ready", options=["-e", "A=1"])
    c.equal(c("exec", name, "/linux", "args", "a b").out, "[a b]\n", "output")
    c("exec", name, "/linux", "exit", "42", status=42)
    c.equal(c("exec", "-e", "B=2", "-w", "/work/deep", "-u", "1000:1000", name, "/linux", "env", "A",
              "B").out, "A=1\nB=2\n", "environment")
    c.equal(c("exec", "-i", name, "/linux", "cat", stdin=b"through").out, "through", "input")
    missing = c("exec", name, "/nothing", status=None).status
    c.true(missing in (126, 127), f"status of a program that is not there: {missing}")
    c("stop", name)
    c.ended(name, 7)


@row("exec pith: verbs for a container without a shell", "exec", quick=True)
def exec_pith(c):
    name = c.start("serve", "8080", "it", ready="serving")
    verbs = [("threads", "(?i)main|thread"), ("mem", "(?i)mem|limit|free"), ("net", "(eth0|tap0).*8080"),
             ("mounts", "/"), ("metrics", "(?m)^# (TYPE|HELP) .*\n.*^pith_")]
    if c.differs("exec pith is served by the monitor; a traditional container has none and answers "
                 "as for any program that is not in the image", runc=False, pith=True):
        for verb, pattern in verbs:
            c.match(c("exec", name, "pith", verb).out, pattern, verb)
        c.match(c("exec", name, "pith", "get", "http://localhost:8080/x").out, "it serves /x", "get")
        c("exec", name, "pith", "get", "http://localhost:8080/sick")
        c("exec", name, "pith", "get", "http://localhost:8080/health", status=1)


def health_image(c, command):
    """An image with HEALTHCHECK, by docker build."""
    folder, name = c.folder(), c.name("health")
    with open(f"{folder}/Dockerfile", "w", encoding="ascii") as file:
        file.write(f"FROM probe\nHEALTHCHECK --interval=1s --timeout=5s --retries=1 CMD {command}\n")
    c.stack.callback(lambda: execute(c.engine.command("rmi", name)))
    c("build", "-q", "-t", name, folder)
    return name


def turns(c, command):
    name = c.start("serve", "8080", "it", image=health_image(c, command), ready="serving",
                   options=["-p", "8080"])
    port = rows_net.port_of(c, name, "8080/tcp")
    state = lambda: c.look(name, ".State.Health.Status")
    c.until(lambda: state() == "healthy", "healthy", 15)
    rows_net.ask("tcp", "127.0.0.1", port, "GET /sick HTTP/1.0\r\n\r")
    c.until(lambda: state() == "unhealthy", "unhealthy", 15)
    rows_net.ask("tcp", "127.0.0.1", port, "GET /well HTTP/1.0\r\n\r")
    c.until(lambda: state() == "healthy", "healthy again", 15)


@row("health check by a program of the image: healthy, unhealthy and healthy again", "exec", quick=True)
def health(c):
    turns(c, '["/linux", "fetch", "8080", "/health"]')


@row("health check by pith get, in an image without any client", "exec")
def health_get(c):
    if c.differs("HEALTHCHECK CMD [\"pith\", \"get\", URL] is served by the monitor; a traditional "
                 "container needs a program for it", runc=False, pith=True):
        turns(c, '["pith", "get", "http://localhost:8080/health"]')


@row("--device, --cap-drop ALL, no-new-privileges", "limits")
def hardened(c):
    c.run("who", options=["--cap-drop", "ALL", "--security-opt", "no-new-privileges"])
    c.run("cat", "/data/read-me", options=["--cap-drop", "ALL", "-u", "1000", "--read-only"],
          out="from the image\n")


@row("without seccomp, without /dev/kvm: the machine is chosen and said", "limits")
def machine(c):
    c.run("exit", "3", options=["--security-opt", "seccomp=unconfined"], status=3)
    for which in ("process", "kvm"):
        if which == "process" or os.access("/dev/kvm", os.R_OK):
            c.run("exit", "4", options=["-e", f"PITH_MACHINE={which}"], status=4)
