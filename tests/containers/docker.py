"""dockerd for the container tests: started in the cage, with pith as a second runtime."""
import os
import subprocess
import time

import cage
import rows_net
from rows import execute

CLIENT = "/usr/bin/docker" if os.access("/usr/bin/docker", os.X_OK) else "docker"
SOCKET = "/run/docker-test.sock"


class Docker:
    name = "docker"
    loses_output = False
    programs = ("dockerd", "containerd", "runc", "iptables", "docker", "ip")

    def __init__(self, pith_oci, options=()):
        self.pith_oci, self.options, self.daemon = pith_oci, list(options), None
        self.runtimes = ["runc", "pith"] if os.path.exists(pith_oci) else ["runc"]
        self.log = "/run/dockerd.log"
        os.environ["DOCKER_HOST"] = f"unix://{SOCKET}"
        os.environ["DOCKER_CONFIG"] = "/run/docker-config"

    def begin(self):
        runtimes = ["--add-runtime", f"pith={os.path.abspath(self.pith_oci)}"] \
            if os.path.exists(self.pith_oci) else []
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                ["dockerd", "--data-root", f"{cage.SCRATCH}/docker", "--exec-root", "/run/docker",
                 "--pidfile", "/run/docker-test.pid", "-H", f"unix://{SOCKET}",
                 "--cgroup-parent", f"/{cage.group()}", "--shutdown-timeout", "5",
                 "--ipv6", "--fixed-cidr-v6", "fd00:d0c::/64", "--log-level", "info",
                 *runtimes, *self.options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while execute(self.command("version")).status:
            if self.daemon.poll() is not None or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise OSError(f"dockerd does not start: {log.read()[-600:]}")
            time.sleep(0.05)

    def end(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            try:
                self.daemon.wait(20)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()

    def command(self, *arguments):
        return [CLIENT, *map(str, arguments)]

    def runtime_options(self, runtime):
        return [f"--runtime={runtime}"]

    def give(self, folder):
        """Makes a folder of the host the engine's user's."""

    def gateway(self):
        """An address of the host."""
        return execute(self.command("network", "inspect", "-f",
                                    "{{(index .IPAM.Config 0).Gateway}}", "bridge")).text

    def load(self, file):
        result = execute(self.command("load", "-q", "-i", file))
        if result.status:
            raise OSError(f"docker load {file}: {result}")

    def prepare(self):
        """What the rows need beside the images; the engine's own folders come with the first run."""
        result = execute(self.command("run", "--rm", "probe", "exit", "0"))
        if result.status:
            raise OSError(f"a first container does not run: {result}")
        rows_net.other_namespace()

    def remove(self, name):
        execute(self.command("rm", "-f", "-v", name))
