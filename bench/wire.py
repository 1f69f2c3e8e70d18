"""Two network namespaces with a veth pair between them, and the servers at its far end.

The bench itself lives in the client's namespace (`enter` starts it anew there); the server's belongs
to a process that sleeps. Both vanish with their last process, and every process here is killed when
the bench ends, however it ends: nothing is left behind.

A server is started afresh for every measurement, on core 0, as one of
  linux    the program itself, chroot into the folder the container has as its root
  runc     the same file in a container, in the server's namespace
  process, kvm   the unikernel in it: `pith run --net packet:eth0`
The clients are plain Linux programs on core 1.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
INSIDE = "PITH_BENCH_NET_INSIDE"
DIE = ["setpriv", "--pdeathsig", "KILL", "--"]
SERVER_CORE, CLIENT_CORE = "0", "1"


def enter():
    """Goes on in a network namespace of our own; needs root."""
    if os.environ.get(INSIDE):
        return
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])


class Wire:
    """The namespaces; `with Wire() as wire:`."""

    def __enter__(self):
        self.holder = subprocess.Popen([*DIE, "unshare", "-n", "sleep", "infinity"])
        pid = self.holder.pid
        own = os.readlink("/proc/self/ns/net")
        for _ in range(200):
            try:
                if os.readlink(f"/proc/{pid}/ns/net") != own:
                    break
            except OSError:
                pass
            time.sleep(0.01)
        self.path = f"/proc/{pid}/ns/net"
        for command in (f"ip link set lo up;ip link add client type veth peer name eth0 netns {pid};"
                        f"ip addr add {CLIENT}/24 dev client;ip link set client up").split(";"):
            subprocess.run(command.split(), check=True)
        for command in (f"ip link set lo up;ip addr add {SERVER}/24 dev eth0;"
                        "ip link set eth0 up").split(";"):
            subprocess.run([*self.there(), *command.split()], check=True)
        # Clients close first: rounds would run out of their ports, which stay taken for a minute.
        for name, value in (("ip_local_port_range", "1024 65535"), ("tcp_tw_reuse", "1")):
            with open(f"/proc/sys/net/ipv4/{name}", "w", encoding="ascii") as file:
                file.write(value)
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait()

    def there(self):
        return ["nsenter", f"--net={self.path}", "--"]


def on_client(command):
    return [*DIE, "taskset", "-c", CLIENT_CORE, *command]


class Server:
    """One server on one side, ready when the constructor returns; `with Server(...) as s:`."""

    def __init__(self, wire, pith, side, root, command, port, memory=None, patience=10.0):
        self.side, self.container = side, None
        base = [*wire.there(), *DIE, "taskset", "-c", SERVER_CORE]
        if side == "linux":
            run = [*base, "chroot", root, *command]
        elif side == "runc":
            self.container = f"pith-bench-{os.getpid()}"
            self.bundle = container_bundle(root, command, wire.path)
            run = [*DIE, "taskset", "-c", SERVER_CORE, "runc", "run", "--bundle", self.bundle,
                   self.container]
        else:
            size = ["-m", memory] if memory else []
            run = [*base, pith, "run", "--on", side, "--net", "packet:eth0", *size,
                   root + command[0], *command[1:]]
        self.log = open(f"{root}/../{side}.log", "w+b")  # pylint: disable=consider-using-with
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        try:
            self.wait_for(port, patience)
        except BaseException:
            self.stop()
            raise

    def wait_for(self, port, patience):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise OSError(f"{self.side}: the server ended: {self.last_words()}")
            try:
                socket.create_connection((SERVER, port), timeout=0.5).close()
                return
            except OSError:
                time.sleep(0.02)
        raise OSError(f"{self.side}: the server does not answer: {self.last_words()}")

    def last_words(self):
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def pid(self):
        """The process that does the work."""
        if self.container:
            state = subprocess.run(["runc", "state", self.container], capture_output=True, text=True,
                                   check=True).stdout
            return json.loads(state)["pid"]
        pid = self.process.pid
        while True:  # a helper that waits for its child (setpriv and the others execute in place)
            with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
                children = file.read().split()
            if len(children) != 1:
                return pid
            pid = int(children[0])

    def memory(self):
        """Bytes of memory resident in the server's process."""
        with open(f"/proc/{self.pid()}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def cpu(self):
        """Seconds its process has run, in the kernel too; a guest's time is its monitor's."""
        total, pid = 0, self.pid()
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="utf-8") as file:
                total += int(file.read().split()[0])
        return total / 1e9

    def stop(self):
        if self.container:
            subprocess.run(["runc", "kill", self.container, "KILL"], capture_output=True)
        else:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.container:
            subprocess.run(["runc", "delete", "-f", self.container], capture_output=True)
            shutil.rmtree(self.bundle, ignore_errors=True)
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def container_bundle(root, command, netns):
    """A bundle beside the root: runc's own default configuration, in the server's namespace."""
    folder = f"{root}/../bundle-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    with open(f"{folder}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    config["root"] = {"path": os.path.abspath(root), "readonly": False}
    config["process"].update(terminal=False, args=command)
    config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "hard": 20000, "soft": 20000}]
    for namespace in config["linux"]["namespaces"]:
        if namespace["type"] == "network":
            namespace["path"] = netns
    with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    return folder
