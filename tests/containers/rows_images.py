"""Rows: images made, saved, loaded, pushed, pulled."""
import os
import subprocess
import time

import cage
from rows import execute, row
from rows_net import ask


@row("save and load", "images")
def save_load(c):
    file, name = f"{c.folder()}/saved.tar", c.name("image")
    c("tag", "probe", name)
    c("save", "-o", file, name)
    c("rmi", name)
    c("load", "-i", file)
    c.stack.callback(lambda: execute(c.engine.command("rmi", name)))
    c.run("args", "1", image=name, out="[1]\n")


@row("an image of pith pack: user, folder, labels, ports", "images", quick=True)
def packed(c):
    build, file = os.environ.get("BUILD", "build"), f"{c.folder()}/image.tar"
    name = c.name("packed")
    subprocess.run([f"{build}/bin/pith", "pack", f"{build}/tests/containers/probe", "-t", f"{name}:1.2",
                    "--user", "12:34", "--workdir", "/place", "--label", "x=y z", "--expose", "80",
                    "--cmd", "who", "--stop-signal", "SIGUSR1", "-o", file], check=True)
    c("load", "-i", file)
    c.stack.callback(lambda: execute(c.engine.command("rmi", f"{name}:1.2")))
    c.match(c.run(image=f"{name}:1.2").out, "^uid 12 gid 34.*^folder /place$", "what it sees")
    c.equal(c("inspect", "-f", '{{index .Config.Labels "x"}} {{index .Config.Labels "pith.abi"}}',
              f"{name}:1.2").text, "y z 2", "labels")


@row("build: a Dockerfile that ends FROM scratch", "images", quick=True)
def build(c):
    folder, name = c.folder(), c.name("built")
    execute(["cp", f"{os.environ.get('BUILD', 'build')}/tests/containers/probe", folder])
    with open(f"{folder}/Dockerfile", "w", encoding="ascii") as file:
        file.write("FROM scratch\nCOPY probe /bin/probe\nENV A=built\nUSER 7:8\nWORKDIR /bin\n"
                   'ENTRYPOINT ["probe"]\nCMD ["env", "A"]\n')
    c("build", "-q", "-t", name, folder)
    c.stack.callback(lambda: execute(c.engine.command("rmi", name)))
    c.run(image=name, out="A=built\n")


@row("push to a registry and pull", "images")
def registry(c):
    config, port = f"{c.folder()}/registry.yml", {"runc": 5000, "pith": 5001}[c.runtime]
    with open(config, "w", encoding="ascii") as file:
        file.write(f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {cage.SCRATCH}/registry-"
                   f"{c.runtime}\nhttp:\n  addr: 127.0.0.1:{port}\n")
    with subprocess.Popen(["docker-registry", "serve", config], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            ask("tcp", "127.0.0.1", port, "GET /v2/ HTTP/1.0\r\n\r")
            name = f"127.0.0.1:{port}/{c.name('image')}"
            c("tag", "probe", name)
            c("push", "-q", name)
            c("rmi", name)
            c("pull", "-q", name)
            c.run("args", "1", image=name, out="[1]\n")
            c("rmi", name)
        finally:
            server.terminate()
            server.wait()
            time.sleep(0.1)
