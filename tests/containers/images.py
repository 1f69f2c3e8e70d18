"""The images every engine runs, made without any of them: probe and what is beside it, packed by
`pith pack`. The same file is loaded by docker, podman and containerd."""
import os
import shutil
import subprocess

BUILD = os.environ.get("BUILD", "build")
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = ["probe.c", "probe_files.c", "probe_net.c", "probe_process.c"]
OUT = f"{BUILD}/tests/containers"


def newer(target, *sources):
    return os.path.exists(target) and all(
        os.path.getmtime(target) >= os.path.getmtime(s) for s in sources if os.path.exists(s))


def compile_probe():
    """probe: a pith program; linux: the same as an ordinary Linux program, which pith passes by."""
    os.makedirs(OUT, exist_ok=True)
    sources = [f"{HERE}/{s}" for s in SOURCES]
    flags = ["-std=gnu11", "-O2", "-g", "-D_GNU_SOURCE", "-I", HERE]
    if not newer(f"{OUT}/probe", *sources, f"{HERE}/probe.h", f"{BUILD}/bin/pith-cc",
                 f"{BUILD}/lib/pith/guest/libpith.a"):
        subprocess.run([f"{BUILD}/bin/pith-cc", *flags, "-o", f"{OUT}/probe", *sources], check=True,
                       stderr=subprocess.DEVNULL)
    if not newer(f"{OUT}/linux", *sources, f"{HERE}/probe.h"):
        subprocess.run([f"{BUILD}/bin/host-cc", *flags, "-o", f"{OUT}/linux", *sources], check=True)


def root():
    """The files of the image beside the program."""
    folder = f"{OUT}/root"
    shutil.rmtree(folder, ignore_errors=True)
    for path in ("etc", "data", "tmp", "run", "work/deep", "bin"):
        os.makedirs(f"{folder}/{path}")
    os.chmod(f"{folder}/tmp", 0o1777)
    files = {"etc/passwd": "root:x:0:0:root:/:/probe\napp:x:1234:1235:app:/work:/probe\n",
             "etc/group": "root:x:0:\napp:x:1235:\nstaff:x:50:app\n",
             "data/read-me": "from the image\n", "data/second": "2\n",
             "work/deep/file": "deep\n", "broken": "this is no program\n",
             "not-executable": "neither is this\n"}
    for path, text in files.items():
        with open(f"{folder}/{path}", "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(f"{folder}/{path}", 0o644)
    os.chmod(f"{folder}/broken", 0o755)
    shutil.copy(f"{OUT}/linux", f"{folder}/linux")
    shutil.copy(f"{BUILD}/bin/pith", f"{folder}/bin/pith")
    return folder


def pack(name="probe", program=None, options=()):
    """Packs an image and returns its file, which every engine can load."""
    file = f"{OUT}/{name.replace(':', '_').replace('/', '_')}.tar"
    subprocess.run([f"{BUILD}/bin/pith", "pack", program or f"{OUT}/probe", "-t", name, "-o", file,
                    *options], check=True)
    return file


IMAGES = {
    "probe:latest": ["--env", "FROM_IMAGE=yes", "--env", "BOTH=image", "--label", "a.b=c"],
    "pause:latest": ["--entrypoint", "/linux", "--entrypoint", "sleep"],
    "default:latest": ["--entrypoint", "/probe", "--entrypoint", "args", "--entrypoint", "from",
                       "--entrypoint", "entrypoint", "--cmd", "default"],
}


def make():
    """Packs all of them."""
    compile_probe()
    files = root()
    for name, options in IMAGES.items():
        pack(name, options=["--files", files, *options])


def files():
    return [f"{OUT}/{name.replace(':', '_')}.tar" for name in IMAGES]
