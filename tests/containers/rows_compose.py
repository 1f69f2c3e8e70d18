"""Rows: examples/compose with Debian's docker-compose, and examples/web/Dockerfile where the builder
image is at hand ($PITH_BUILDER, written by `tools/builder-image -o FILE`)."""
import os
import shutil
import subprocess

from rows import Skip, execute, row
from rows_net import ask, port_of

BUILD = os.environ.get("BUILD", "build")


def http(port):
    return ask("tcp", "127.0.0.1", port, "GET / HTTP/1.0\r\n\r")


@row("Compose: nginx, a C application and Redis; depends_on healthy, names, a volume kept", "compose")
def compose(c):
    if not shutil.which("docker-compose"):
        c.true(False, "docker-compose is not installed (tools/install-deps containers)")
    images = c.folder()
    subprocess.run(["examples/compose/images", images], check=True, stdout=subprocess.DEVNULL)
    for name in ("nginx", "redis", "web"):
        c.engine.load(f"{images}/{name}-example.tar")
    check = c.differs("the health check is `pith get` under pith, a program of the image under runc",
                      runc=("/web", "--check"), pith=("pith", "get"))
    project = c.name("compose")
    environment = {**os.environ, **{f"{service}_RUNTIME": c.runtime
                                    for service in ("NGINX", "WEB", "REDIS")},
                   "WEB_CHECK": check[0], "WEB_CHECK_HOW": check[1],
                   "NGINX_PORT": "0", "WEB_PORT": "0"}
    command = ["docker-compose", "-p", project, "-f", "examples/compose/docker-compose.yml"]

    def call(*words):
        result = execute([*command, *words], timeout=120, env=environment)
        c.true(result.status == 0, f"docker-compose {words[0]}: {result}")

    c.stack.callback(lambda: execute([*command, "down", "-v", "-t", "5"], timeout=120,
                                     env=environment))
    call("up", "-d")
    name = {service: f"{project}_{service}_1" for service in ("nginx", "web", "redis")}
    c.equal(c.look(name["web"], ".State.Health.Status"), "healthy", "web before nginx")
    c.match(http(port_of(c, name["nginx"], "80/tcp")), "Server: nginx.*Served from a volume", "nginx")
    c.match(http(port_of(c, name["web"], "80/tcp")), "Good day from [0-9a-f]{12}, answer", "web")
    redis = lambda *words: c("run", "--rm", "--network", f"{project}_default",  # noqa: E731
                             *c.engine.runtime_options(c.runtime), "-v",
                             f"{os.path.abspath(BUILD)}/examples/redis-cli:/redis-cli:ro",
                             "--entrypoint", "/redis-cli", "probe", "-h", "redis", *words, status=None).text
    c.until(lambda: redis("ping") == "PONG", "Redis answers by its name")
    c.equal(redis("incr", "visits"), "1", "what Redis counts")
    call("stop", "redis")
    call("start", "redis")
    c.until(lambda: "eady to accept" in c.log(name["redis"]).rsplit("oo0Oo", 1)[-1] and
            redis("get", "visits") == "1", "what Redis kept on its volume")
    call("down", "-v", "-t", "20")


@row("build with the builder image: examples/web/Dockerfile, classic and BuildKit", "compose")
def dockerfile(c):
    file = os.environ.get("PITH_BUILDER")
    if not file:
        raise Skip("PITH_BUILDER names no archive of tools/builder-image")
    with open(file, "rb") as tar:
        subprocess.run(c.engine.command("import", "--change", "WORKDIR /src", "-", "pith"), stdin=tar,
                       check=True, stdout=subprocess.DEVNULL)
    for kit in ("0", "1"):
        name = c.name("web")
        result = execute(c.engine.command("build", "-t", name, "examples/web"), timeout=300,
                         env={**os.environ, "DOCKER_BUILDKIT": kit})
        c.true(result.status == 0, f"build with DOCKER_BUILDKIT={kit}: {result}")
        c.stack.callback(lambda image=name: execute(c.engine.command("rmi", "-f", image)))
        server = c.start(image=name, options=["-p", "80", "-e", "GREETING=Built"], ready="listening")
        c.match(http(port_of(c, server, "80/tcp")), "Built from ", f"the page, BuildKit {kit}")
        c("stop", server)
        c.ended(server, 0)
