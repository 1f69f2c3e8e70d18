"""A place for a container engine that leaves no trace: its own network, mounts, processes, IPC and
host name. /run and a scratch folder are empty file systems in memory. When the first process in it
ends, however it ends, the kernel ends the others and drops mounts and interfaces with them; the
control groups, which have no namespace, are removed by the process outside.

enter(title) must be the first thing a program does: it starts the program again inside and returns
there; outside it waits, cleans up and ends with the same status.
"""
import glob
import os
import signal
import subprocess
import sys
import time

SCRATCH = "/mnt"  # an empty file system inside the cage
CGROUPS = "/sys/fs/cgroup"


def group():
    """Every control group that belongs to this cage has this name in its path."""
    return os.environ["PITH_CAGE"]


def cgroup_folders(name):
    """All below a folder of that name, deepest first."""
    found = []
    for top, folders, _ in os.walk(CGROUPS, topdown=False):
        found += [os.path.join(top, f) for f in folders
                  if name in os.path.join(top, f).split("/")]
    return found


def sweep_one(folder):
    try:
        os.rmdir(folder)
    except OSError:
        pass


def sweep(name):
    for folder in cgroup_folders(name):
        sweep_one(folder)


def stale():
    """Groups of cages whose outer process was killed."""
    for folder in glob.glob(f"{CGROUPS}/*/pith-cage-*") + glob.glob(f"{CGROUPS}/*/*/*/pith-cage-*"):
        owner = folder.rsplit("-", 1)[1]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            sweep(os.path.basename(folder))


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def prepare():
    """Inside: what an engine expects to find."""
    mount("-t", "tmpfs", "none", "/run")
    os.makedirs("/run/lock", exist_ok=True)
    mount("-t", "tmpfs", "none", SCRATCH)
    # With both hierarchies in sight crun takes the host for a version 2 one.
    if os.path.ismount(f"{CGROUPS}/unified"):
        subprocess.run(["umount", f"{CGROUPS}/unified"], check=False, stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["hostname", "cage"], check=False)
    for setting, value in (("net/ipv4/ip_forward", "1"), ("net/ipv6/conf/all/forwarding", "1"),
                           ("net/ipv6/conf/all/accept_dad", "0"),
                           ("net/ipv6/conf/default/accept_dad", "0")):
        try:
            with open(f"/proc/sys/{setting}", "w", encoding="ascii") as file:
                file.write(value)
        except OSError:
            pass


def missing(*programs):
    """Why an engine cannot be tried here, or None."""
    if os.getuid() != 0:
        return "it needs root"
    for program in programs:
        if not any(os.access(f"{folder}/{program}", os.X_OK)
                   for folder in os.environ["PATH"].split(":") + ["/usr/sbin", "/sbin"]):
            return f"{program} is not installed (tools/install-deps containers)"
    return None


def reap():
    """Process 1 takes in the orphans, as an init does; the test goes on in a child of it."""
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 255)


def enter():
    """See above."""
    if os.environ.get("PITH_CAGE"):
        if os.getpid() == 1:
            reap()
        prepare()
        return
    stale()
    others = set(cgroup_folders("libpod_parent"))  # conmon's, for which podman takes no name
    name = f"pith-cage-{os.getpid()}"
    inside = subprocess.Popen(
        ["unshare", "-n", "-m", "-p", "-u", "-i", "--fork", "--kill-child", "--mount-proc",
         sys.executable, *sys.argv], env={**os.environ, "PITH_CAGE": name})
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: inside.kill())
    status = inside.wait()
    for _ in range(50):  # the last processes may still be ending
        sweep(name)
        if not cgroup_folders(name):
            break
        time.sleep(0.1)
    for folder in [f for f in cgroup_folders("libpod_parent") if f not in others]:
        sweep_one(folder)
    left = cgroup_folders(name)
    if left:
        print(f"not ok containers/cage: control groups are left: {left[0]}")
        status = status or 1
    sys.exit(status if status >= 0 else 128 - status)
