"""podman for the container tests, root or rootless: no daemon; its stores lie in the cage."""
import os
import re
import subprocess

import cage
from rows import execute

CONF = "/run/podman-test"
USER = 4242  # of the rootless half; /etc/passwd, subuid and subgid of the cage know it

CONTAINERS = """[containers]
default_ulimits=["nofile=20000:20000","nproc=32768:32768"]
[engine]
cgroup_manager="cgroupfs"
events_logger="file"
runtime="runc"
[engine.runtimes]
pith=["{pith_oci}"]
"""
STORAGE = """[storage]
driver="overlay"
graphroot="{store}/graph"
runroot="{run}/store"
"""


class Podman:
    name = "podman"
    loses_output = True  # podman 4.3 attaches late to a program that ends at once; then: again
    programs = ("podman", "conmon", "runc", "iptables", "ip")
    rootless = False

    def __init__(self, pith_oci):
        self.pith_oci = os.path.abspath(pith_oci)
        self.runtimes = ["runc", "pith"] if os.path.exists(pith_oci) else ["runc"]
        self.log = f"{CONF}/log"
        self.prefix = []

    def begin(self):
        os.makedirs(CONF)
        self.configure(f"{cage.SCRATCH}/podman", "/run/podman")

    def configure(self, store, run):
        for folder in (store, run):
            os.makedirs(folder, exist_ok=True)
        for name, text in (("containers.conf", CONTAINERS), ("storage.conf", STORAGE)):
            with open(f"{CONF}/{name}", "w", encoding="ascii") as file:
                file.write(text.format(store=store, run=run,
                                       pith_oci=self.pith_oci))
        os.environ["CONTAINERS_CONF"] = f"{CONF}/containers.conf"
        os.environ["CONTAINERS_STORAGE_CONF"] = f"{CONF}/storage.conf"

    def prepare(self):
        result = execute(self.command("run", "--rm", *self.runtime_options("runc"), "probe", "exit",
                                      "0"))
        if result.status:
            raise OSError(f"a first container does not run: {result}")

    def end(self):
        execute(self.command("system", "prune", "-f", "--volumes"))

    def command(self, *arguments):
        # conmon leaves a file `oom` where it was started.
        return [*self.prefix, "env", "-C", cage.SCRATCH, "podman", *map(str, arguments)]

    def runtime_options(self, runtime):
        return ["--runtime", runtime, "--cgroup-parent", f"/{cage.group()}"]

    def give(self, folder):
        """Makes a folder of the host the engine's user's."""
        if self.rootless:
            os.chown(folder, USER, USER)

    def gateway(self):
        return "10.88.0.1"  # of its first network

    def load(self, file):
        result = execute(self.command("load", "-q", "-i", os.path.abspath(file)))
        if result.status:
            raise OSError(f"podman load {file}: {result}")

    def remove(self, name):
        execute(self.command("rm", "-f", "-v", "-t", "0", name))


class Rootless(Podman):
    """As a user of no rights, whose ids come from subuid; without control groups, as on any host
    with version 1 of them."""
    name = "podman rootless"
    programs = (*Podman.programs, "newuidmap", "slirp4netns", "setpriv")
    rootless = True

    def begin(self):
        home, run = f"{cage.SCRATCH}/home", f"/run/user/{USER}"
        os.makedirs(CONF)
        self.cover("/etc/passwd", f"pith:x:{USER}:{USER}::{home}:/bin/sh\n", add=True)
        self.cover("/etc/group", f"pith:x:{USER}:\n", add=True)
        for path in ("/etc/subuid", "/etc/subgid"):
            self.cover(path, "pith:100000:65536\n")
        self.tun()
        for folder in (home, run):
            os.makedirs(folder)
            os.chown(folder, USER, USER)
        for folder in ("/run", "/run/user", cage.SCRATCH):
            os.chmod(folder, 0o755)
        self.configure(f"{home}/store", f"{run}/run")
        for folder in (f"{home}/store", f"{run}/run"):
            os.chown(folder, USER, USER)
        os.environ.update(HOME=home, XDG_RUNTIME_DIR=run)
        self.prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]

    @staticmethod
    def cover(path, text, add=False):
        scratch = f"{CONF}/{os.path.basename(path)}"
        old = ""
        if add:
            with open(path, encoding="utf-8") as file:
                old = re.sub(r"\n*$", "\n", file.read())
        elif not os.path.exists(path):
            with open(path, "w", encoding="ascii"):
                pass
        with open(scratch, "w", encoding="utf-8") as file:
            file.write(old + text)
        cage.mount("--bind", scratch, path)

    @staticmethod
    def tun():
        """/dev/net/tun as every distribution has it: for all users. slirp4netns needs it."""
        node = f"{CONF}/tun"
        subprocess.run(["mknod", "-m", "666", node, "c", "10", "200"], check=True)
        cage.mount("--bind", node, "/dev/net/tun")

    def runtime_options(self, runtime):
        return ["--runtime", runtime]

    def load(self, file):
        copy = f"{cage.SCRATCH}/{os.path.basename(file)}"
        subprocess.run(["install", "-m", "644", file, copy], check=True)
        super().load(copy)
