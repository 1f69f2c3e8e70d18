"""Rows: volumes, binds, tmpfs, read-only roots, secrets, cp, commit, diff."""
import os
import tarfile
import io

from rows import execute, row


@row("bind of a folder, read-write and read-only (-v)", "files", quick=True)
def bind(c):
    folder = c.folder()
    with open(f"{folder}/given", "w", encoding="ascii") as file:
        file.write("by the host\n")
    c.run("cat", "/v/given", options=["-v", f"{folder}:/v"], out="by the host\n")
    c.run("write", "/v/made", "inside", options=["-v", f"{folder}:/v"], out="")
    with open(f"{folder}/made", encoding="ascii") as file:
        c.equal(file.read(), "inside\n", "what the host sees")
    c.run("write", "/v/x", "1", options=["-v", f"{folder}:/v:ro"], status=1, out="/v/x: EROFS\n")
    c.run("ls", "/v", options=["-v", f"{folder}:/v:ro"], out="given\nmade\n")


@row("bind of a file", "files")
def bind_file(c):
    path = f"{c.folder()}/file"
    with open(path, "w", encoding="ascii") as file:
        file.write("one file\n")
    c.run("cat", "/data/read-me", options=["-v", f"{path}:/data/read-me"], out="one file\n")
    c.run("write", "/data/read-me", "new", options=["-v", f"{path}:/data/read-me"], out="")
    with open(path, encoding="ascii") as file:
        c.equal(file.read(), "new\n", "what the host sees")


@row("a bind inside a volume", "files")
def nested(c):
    outer, inner = c.folder(), c.folder()
    for folder, text in ((outer, "outer"), (inner, "inner")):
        with open(f"{folder}/which", "w", encoding="ascii") as file:
            file.write(f"{text}\n")
    c.run("cat", "/v/which", "/v/in/which",
          options=["-v", f"{outer}:/v", "-v", f"{inner}:/v/in"], out="outer\ninner\n")


@row("who owns what a user makes on a bind", "files")
def owner(c):
    folder = c.folder()
    os.chmod(folder, 0o777)
    c.run("write", "/v/made", "x", options=["-u", "1000:1001", "-v", f"{folder}:/v"], out="")
    st = os.stat(f"{folder}/made")
    c.equal((st.st_uid, st.st_gid, st.st_mode & 0o777), (1000, 1001, 0o644), "owner and mode")
    os.chmod(folder, 0o755)
    c.run("write", "/v/no", "x", options=["-u", "1000:1001", "-v", f"{folder}:/v"], status=1,
          out="/v/no: EACCES\n")


@row("named volumes: filled from the image, kept, shared", "files", quick=True)
def named(c):
    volume = c.volume()
    c.run("ls", "/data", options=["-v", f"{volume}:/data"], out="read-me\nsecond\n")
    c.run("write", "/data/third", "3", options=["-v", f"{volume}:/data"], out="")
    c.run("cat", "/data/third", options=["-v", f"{volume}:/data:ro"], out="3\n")
    writer = c.start("sync", "/data/shared", options=["-v", f"{volume}:/data"], ready="3\n")
    out = c.run("cat", "/data/shared", options=["-v", f"{volume}:/data"]).out
    c.true(out.startswith("1\n2\n3\n"), f"what another container sees: {out[:40]!r}")
    c("kill", writer)


@row("a volume outlives a killed container: all that was synced is there", "files")
def survives(c):
    volume = c.volume()
    name = c.start("sync", "/data/log", options=["-v", f"{volume}:/data"], ready="20\n")
    c("kill", name)
    c.ended(name, 137)
    said = c.log(name).split()
    kept = c.run("cat", "/data/log", options=["-v", f"{volume}:/data"]).out.split()
    c.equal(kept[:len(said)], said, "lines that were said to be safe")


@row("tmpfs", "files", quick=True)
def tmpfs(c):
    options = ["--tmpfs", "/scratch:size=1m,mode=1777"]
    c.run("ls", "/scratch", options=options, out="")
    c.run("write", "/scratch/x", "1", options=[*options, "-u", "app"], out="")
    c.run("stat", "/scratch", options=options, out="/scratch: directory 1777 0:0\n")


@row("read-only root", "files")
def read_only(c):
    options = ["--read-only", "--tmpfs", "/tmp"]
    c.run("write", "/data/x", "1", options=options, status=1, out="/data/x: EROFS\n")
    c.run("write", "/tmp/x", "1", options=options, out="")
    c.run("cat", "/data/read-me", options=options, out="from the image\n")


@row("secrets: files below /run/secrets, for their user only", "files")
def secrets(c):
    path = f"{c.folder()}/password"
    with open(path, "w", encoding="ascii") as file:
        file.write("hush\n")
    os.chown(path, 1000, 1000)
    os.chmod(path, 0o400)
    options = ["-v", f"{path}:/run/secrets/password:ro"]
    c.run("cat", "/run/secrets/password", options=["-u", "1000:1000", *options], out="hush\n")
    c.run("cat", "/run/secrets/password", options=["-u", "1001:1001", *options], status=1,
          out="/run/secrets/password: EACCES\n")


@row("cp, both ways, running and stopped", "files")
def copy(c):
    name = c.start("term", ready="ready")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("given")
        info.size = 6
        tar.addfile(info, io.BytesIO(b"given\n"))
    c("cp", "-", f"{name}:/data", stdin=archive.getvalue())
    c("stop", name)
    c("cp", f"{name}:/data/given", f"/mnt/{name}")
    with open(f"/mnt/{name}", encoding="ascii") as file:
        c.equal(file.read(), "given\n", "what came back")


@row("diff and commit", "files")
def commit(c):
    name = c.start("write", "/data/new", "kept")
    c.ended(name, 0)
    changed = c("diff", name).out.split("\n")
    c.equal(sorted(filter(None, changed)), ["A /data/new", "C /data"], "diff")
    image = c.name("image")
    c.stack.callback(lambda: execute(c.engine.command("rmi", image)))
    c("commit", name, image)
    c.run("cat", "/data/new", image=image, out="kept\n",
          options=["--entrypoint", "/probe"])
