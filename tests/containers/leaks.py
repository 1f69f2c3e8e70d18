"""What containers may leave behind: processes, mounts, interfaces, network namespaces, control
groups, files in /run, descriptors of the engine. A snapshot before, one after; the difference is
named."""
import os
import re
import subprocess
import time

import cage

# Caches of the engines that stay by their own rules, and the sockets that a killed shim or dockerd
# leaves under runc as well: what listened there is counted as a process.
STAYS = re.compile(r"/run/(docker|containerd).*/(buildkit|fifo)|/run/docker/netns/default$|"
                   r"/run/docker/swarm|/run/lock|/run/containers/|/run/xtables\.lock|\.log$|/io.containerd.grpc.v1.cri/containers$|/ipam/.*last_reserved|/buckets|/run/docker-config$|/run/runc$|/run/containerd/s(/[0-9a-f]+)?$|/libnetwork/\w+\.sock$")


def processes():
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            if words[0] and int(pid) not in (1, os.getpid()):
                found.append(b" ".join(words[:3]).decode(errors="replace").strip())
        except OSError:
            pass
    return found


def descriptors():
    """Of the engine's daemons, which live as long as they do."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                name = file.read().strip()
            if name in ("dockerd", "containerd"):
                kinds = [re.sub(r"\d+", "N", os.readlink(f"/proc/{pid}/fd/{fd}"))
                         for fd in os.listdir(f"/proc/{pid}/fd")]
                found += [f"{name}: {kind}" for kind in kinds]
        except OSError:
            pass
    return found


def run_files():
    found = []
    for top, folders, files in os.walk("/run"):
        if re.search(r"/io\.containerd\.(snapshotter|content|metadata)|/docker-config", top):
            folders[:] = []
            continue
        found += [f"{top}/{name}" for name in folders + files]
    # dockerd unmounts a network namespace at once and removes the empty file within a minute.
    return [f for f in found if not STAYS.search(f) and not f.startswith("/run/docker/netns/")]


def snapshot():
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split()[4] for line in file if not STAYS.search(line.split()[4])]
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=False).stdout
    return {"process": processes(), "mount": mounts,
            "interface": [re.sub(r"@.*", "", line.split(": ")[1]) for line in links.splitlines()],
            "control group": cage.cgroup_folders(cage.group()), "file": run_files(),
            "descriptor": descriptors()}


# Pools grow a little by themselves; a leak grows with the number of containers.
SPARE = {"descriptor": 12, "control group": 0}


def difference(before, after):
    found = []
    for kind, had in before.items():
        left = list(had)
        new = []
        for item in after[kind]:
            if item in left:
                left.remove(item)
            else:
                new.append(item)
        if kind == "control group":  # the engines keep the parents
            new = [n for n in new if re.search("[0-9a-f]{12}", os.path.basename(n))]
        if len(new) > SPARE.get(kind, 0):
            found.append(f"{len(new)} x {kind}: {', '.join(sorted(set(new))[:4])}")
    return found


def report(title, before, seconds=15):
    """Waits until nothing more than before is there; prints the line of a test."""
    end = time.monotonic() + seconds
    while True:
        found = difference(before, snapshot())
        if not found or time.monotonic() > end:
            break
        time.sleep(0.3)
    print(f"not ok {title}: {'; '.join(found)}" if found else f"ok {title}", flush=True)
    return not found
