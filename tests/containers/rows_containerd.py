"""Rows of containerd: its own client ctr, and pods by Kubernetes' runtime interface with a handler
for each runtime."""
import contextlib
import os
import time

import cage
import grpc
from cri import Client
from rows import Wrong, row
from rows_net import ask

SOCKET = "/run/containerd-test/sock"
IMAGE = "docker.io/library/probe:latest"


def ctr_run(c, *words, options=(), status=0):
    name = c.name()
    c.stack.callback(c.engine.remove, name)
    return c("run", "--rm", *c.engine.runtime_options(c.runtime), "--cgroup",
             f"/{cage.group()}/{name}", *options, IMAGE, name, *words, status=status)


@row("ctr: run, arguments, environment, status", "ctr", quick=True)
def ctr_basic(c):
    c.equal(ctr_run(c, "/probe", "args", "a b", "").out, "[a b]\n[]\n", "arguments")
    c.equal(ctr_run(c, "/probe", "env", "A", "FROM_IMAGE", options=["--env", "A=1"]).out,
            "A=1\nFROM_IMAGE=yes\n", "environment")
    for n in (1, 42, 255):
        ctr_run(c, "/probe", "exit", n, status=n)


@row("ctr: binds, read-only root, folder, memory limit", "ctr")
def ctr_options(c):
    folder = c.folder()
    ctr_run(c, "/probe", "write", "/v/x", "1",
            options=["--mount", f"type=bind,src={folder},dst=/v,options=rbind:rw"])
    c.equal(os.listdir(folder), ["x"], "what was made on the bind")
    c.equal(ctr_run(c, "/probe", "write", "/data/x", "1", options=["--read-only"], status=1).out,
            "/data/x: EROFS\n", "read-only root")
    out = ctr_run(c, "/probe", "who", options=["--cwd", "/work"]).out
    c.match(out, "^uid 0 gid 0.*^folder /work$", "folder")
    ctr_run(c, "/probe", "eat", "300", options=["--memory-limit", str(64 << 20)], status=137)


@row("ctr: detached, signals, exec of a Linux program, metrics", "ctr", quick=True)
def ctr_detached(c):
    name, log = c.name(), f"{c.folder()}/log"
    c.stack.callback(c.engine.remove, name)
    c("run", "-d", "--log-uri", f"file://{log}", *c.engine.runtime_options(c.runtime), "--cgroup",
      f"/{cage.group()}/{name}", IMAGE, name, "/probe", "term")

    def said():
        with contextlib.suppress(OSError), open(log, encoding="utf-8") as file:
            return file.read()
        return ""

    c.until(lambda: "ready" in said(), "the program is ready")
    c.equal(c("task", "exec", "--exec-id", "e", name, "/linux", "args", "1").out, "[1]\n", "exec")
    c.match(c("task", "metrics", name).out, "(?i)memory", "metrics")
    c("task", "pause", name)
    c("task", "resume", name)
    c("task", "kill", "-s", "TERM", name)
    c.until(lambda: "STOPPED" in c("task", "ls").out.split(name)[1].split("\n")[0], "it ends")
    c.equal(said(), "ready\ncaught 15\ndone\n", "output")
    c("task", "delete", name, status=None)


def first_pod():
    cri = Client(SOCKET)
    name = {"name": "first", "uid": "first", "namespace": "default"}
    pod = cri("RunPodSandbox", config={"metadata": name, "linux": {
        "cgroup_parent": f"/{cage.group()}"}}, runtime_handler="runc")["pod_sandbox_id"]
    cri("StopPodSandbox", pod_sandbox_id=pod)
    cri("RemovePodSandbox", pod_sandbox_id=pod)
    cri.close()


class Pod:
    """A pod whose containers use the handler of the row's runtime."""

    def __init__(self, c, annotations=()):
        self.c, self.cri, name = c, Client(SOCKET), c.name("pod")
        self.logs, self.made = c.folder(), 0
        self.config = {"metadata": {"name": name, "uid": name, "namespace": "default"},
                       "hostname": name, "log_directory": self.logs,
                       "linux": {"cgroup_parent": f"/{cage.group()}"},
                       "annotations": [{"key": k, "value": v} for k, v in annotations]}
        self.id = self.cri("RunPodSandbox", config=self.config,
                           runtime_handler=c.runtime)["pod_sandbox_id"]
        c.stack.callback(self.remove)

    def remove(self):
        self.cri("StopPodSandbox", pod_sandbox_id=self.id)
        self.cri("RemovePodSandbox", pod_sandbox_id=self.id)
        self.cri.close()

    def address(self):
        return self.cri("PodSandboxStatus", pod_sandbox_id=self.id)["status"]["network"]["ip"]

    def start(self, *words, ready=None, **config):
        self.made += 1
        name = f"c{self.made}"
        made = {"metadata": {"name": name}, "image": {"image": IMAGE}, "args": words,
                "log_path": name, **config}
        container = self.cri("CreateContainer", pod_sandbox_id=self.id, config=made,
                             sandbox_config=self.config)["container_id"]
        self.cri("StartContainer", container_id=container)
        if ready:
            self.c.until(lambda: ready in self.log(name), f"{ready} in the log")
        return container

    def log(self, name):
        """Without the time and stream that the interface puts in front of each line."""
        try:
            with open(f"{self.logs}/{name}", encoding="utf-8") as file:
                return "".join(line.split(" ", 3)[3] for line in file)
        except OSError:
            return ""

    def ended(self, container, status, seconds=20):
        find = lambda: self.cri("ContainerStatus", container_id=container)["status"]
        self.c.until(lambda: find()["state"] == 2, "the container ends", seconds)
        found = find()
        self.c.equal(found["exit_code"], status, "exit status")
        return found


@row("CRI: a pod with its own address, log, exec, stop", "CRI", quick=True)
def pod_life(c):
    pod = Pod(c)
    server = pod.start("serve", "8080", "it", ready="serving")
    c.equal(ask("tcp", pod.address(), 8080, "x"), "it said x\n", "from the host")
    got = pod.cri("ExecSync", container_id=server, cmd=["/linux", "args", "1"], timeout=10)
    c.equal((got["stdout"], got["exit_code"]), ("[1]\n", 0), "exec")
    if c.pith:
        got = pod.cri("ExecSync", container_id=server, timeout=10,
                      cmd=["pith", "get", "http://localhost:8080/x"])
        c.match(got["stdout"], "it serves /x", "a probe by exec: pith get")
    pod.cri("StopContainer", container_id=server, timeout=0)
    pod.ended(server, 137)


@row("CRI: environment, folder, mounts, user, exit status, SIGTERM", "CRI")
def pod_options(c):
    pod, folder = Pod(c), c.folder()
    with open(f"{folder}/given", "w", encoding="ascii") as file:
        file.write("mounted\n")
    one = pod.start("env", "A", "FROM_IMAGE", envs=[{"key": "A", "value": "1"}])
    pod.ended(one, 0)
    c.equal(pod.log("c1"), "A=1\nFROM_IMAGE=yes\n", "environment")
    pod.ended(pod.start("cat", "/v/given", mounts=[{"container_path": "/v", "host_path": folder,
                                                     "readonly": 1}]), 0)
    c.equal(pod.log("c2"), "mounted\n", "mount")
    pod.ended(pod.start("who", working_dir="/work",
                        linux={"security_context": {"run_as_user": {"value": 77}}}), 0)
    c.match(pod.log("c3"), "^uid 77 .*^folder /work$", "user and folder")
    pod.ended(pod.start("exit", "33"), 33)
    term = pod.start("term", ready="ready")
    pod.cri("StopContainer", container_id=term, timeout=10)
    pod.ended(term, 7)


@row("CRI: a sidecar that is an ordinary Linux program", "CRI")
def pod_sidecar(c):
    pod = Pod(c)
    app = pod.start("serve", "8080", "it", ready="serving")
    sidecar = pod.start(command=["/linux", "sleep", "60"], ready="sleeping")
    got = pod.cri("ExecSync", container_id=sidecar, cmd=["/linux", "args", "here"], timeout=10)
    c.equal(got["stdout"], "[here]\n", "exec in the sidecar")
    for where in (app, sidecar):
        got = pod.cri("ExecSync", container_id=where, timeout=10,
                      cmd=["/linux", "ask", "tcp", "localhost", "8080", "x"])
        c.equal(got["stdout"], "it said x\n", "localhost")
    c.equal(ask("tcp", pod.address(), 8080, "x"), "it said x\n", "the app beside it")
    for container in (app, sidecar):
        pod.cri("StopContainer", container_id=container, timeout=0)


@row("CRI: memory limit, out of memory", "CRI")
def pod_memory(c):
    pod = Pod(c)
    container = pod.start("eat", "300",
                          linux={"resources": {"memory_limit_in_bytes": 64 << 20}})
    status = pod.ended(container, 137)
    c.equal(status["reason"], "OOMKilled", "reason")


@row("CRI: no such program: one sentence, nothing left", "CRI")
def pod_missing(c):
    pod = Pod(c)
    try:
        pod.start(command=["/nothing"])
    except grpc.RpcError as error:
        c.match(error.details(), "(?i)no such file", "the sentence")
        return
    raise Wrong("a program that is not there was started")
