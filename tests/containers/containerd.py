"""containerd for the container tests: its own ctr, and Kubernetes' interface with a handler for
each runtime. See cage.py."""
import json
import os
import subprocess
import time

import cage
import rows_containerd
from rows import execute
from rows_containerd import SOCKET

CONFIG = """version = 2
root = "{scratch}/containerd"
state = "/run/containerd-test/state"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/pause:latest"
  disable_tcp_service = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/run/containerd-test/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
{runtimes}
"""
RUNTIME = """    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{name}]
      runtime_type = "io.containerd.runc.v2"
      pod_annotations = ["pith.*"]
      container_annotations = ["pith.*"]
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{name}.options]
        BinaryName = "{path}"
"""
NETWORK = {"cniVersion": "0.4.0", "name": "pods", "plugins": [
    {"type": "bridge", "bridge": "pods0", "isGateway": True, "ipMasq": False,
     "ipam": {"type": "host-local", "dataDir": "/run/containerd-test/ipam",
              "ranges": [[{"subnet": "10.88.9.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}


class Containerd:
    name = "containerd"
    programs = ("containerd", "ctr", "runc", "ip")
    loses_output = False

    def __init__(self, pith_oci):
        self.paths = {"runc": "/usr/sbin/runc"}
        if os.path.exists(pith_oci):
            self.paths["pith"] = os.path.abspath(pith_oci)
        self.runtimes = list(self.paths)
        self.daemon, self.log = None, "/run/containerd-test.log"

    def begin(self):
        os.makedirs("/run/containerd-test/cni")
        with open("/run/containerd-test/cni/10-pods.conflist", "w", encoding="ascii") as file:
            json.dump(NETWORK, file)
        with open("/run/containerd-test/config.toml", "w", encoding="ascii") as file:
            file.write(CONFIG.format(scratch=cage.SCRATCH, socket=SOCKET, runtimes="".join(
                RUNTIME.format(name=name, path=path) for name, path in self.paths.items())))
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                ["containerd", "-c", "/run/containerd-test/config.toml"], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while execute(self.command("version")).status:
            if self.daemon.poll() is not None or time.monotonic() > end:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise OSError(f"containerd does not start: {log.read()[-600:]}")
            time.sleep(0.05)

    def prepare(self):
        result = execute(self.command("run", "--rm", *self.runtime_options("runc"),
                                      "docker.io/library/probe:latest", "first", "/probe", "exit", "0"))
        if result.status:
            raise OSError(f"a first container does not run: {result}")
        # The bridge and its list of addresses stay once there was a pod.
        rows_containerd.first_pod()

    def end(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(20)

    def command(self, *arguments):
        return ["ctr", "-a", SOCKET, "-n", "k8s.io", *map(str, arguments)]

    def runtime_options(self, runtime):
        return ["--runc-binary", self.paths[runtime], "--runtime", "io.containerd.runc.v2"]

    def give(self, folder):
        """The folders are root's, as the engine is."""

    def load(self, file):
        result = execute(self.command("image", "import", file))
        if result.status:
            raise OSError(f"ctr image import {file}: {result}")

    def remove(self, name):
        execute(self.command("task", "kill", "-s", "KILL", name))
        for _ in range(100):
            if execute(self.command("task", "delete", name)).status == 0:
                break
            if name not in execute(self.command("task", "ls")).out:
                break
            time.sleep(0.05)
        execute(self.command("container", "delete", name))
