"""Rows: published ports, networks, names, containers of both kinds talking to each other."""
import re
import socket
import subprocess
import threading

from rows import Wrong, execute, row

OTHER = "cage-other"  # a network namespace beside the engine's, at 10.250.0.2

def other_namespace():
    """Called once, before the first row (docker.py)."""
    for line in (f"ip netns add {OTHER}", f"ip link add toother type veth peer name eth0 netns {OTHER}",
                 "ip addr add 10.250.0.1/24 dev toother", "ip link set toother up",
                 f"ip -n {OTHER} addr add 10.250.0.2/24 dev eth0",
                 f"ip -n {OTHER} link set eth0 up",
                 f"ip -n {OTHER} route add default via 10.250.0.1"):
        subprocess.run(line.split(), check=True)


def ask(kind, address, port, text, seconds=10):
    """What a server of the cage's own namespace answers; asks again until somebody is there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for attempt in range(int(seconds * 5)):
        with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as s:
            s.settimeout(0.2 + attempt * 0.05)
            try:
                s.connect((address, port))
                s.sendall(text.encode() + b"\n")
                answer = s.recv(4096)
                while kind == "tcp" and (more := s.recv(4096)):
                    answer += more
                if answer:
                    return answer.decode()
            except OSError as error:
                last = error
                if not isinstance(error, socket.timeout):
                    threading.Event().wait(0.2)
    raise Wrong(f"nobody answers at {address} port {port}/{kind}: {last}")


def port_of(c, name, inner):
    """The host's port that leads to it."""
    return int(re.search(r":(\d+)$", c("port", name, inner).out.strip().split("\n")[0])[1])


def server(c, *options, **more):
    return c.start("serve", "8080", more.pop("says", "it"), options=options, ready="serving", **more)


@row("published port, TCP: localhost and the host's address (-p)", "network", quick=True)
def published(c):
    name = server(c, "-p", "8080")
    port = port_of(c, name, "8080/tcp")
    for address in ("127.0.0.1", c.engine.gateway()):
        c.equal(ask("tcp", address, port, "hello"), "it said hello\n", address)
    c.match(ask("tcp", "127.0.0.1", port, "GET / HTTP/1.0\r\n\r"), "200 OK.*it serves /", "HTTP")


@row("published port, UDP", "network")
def published_udp(c):
    name = server(c, "-p", "8080/udp")
    port = port_of(c, name, "8080/udp")
    for address in ("127.0.0.1", c.engine.gateway()):
        c.equal(ask("udp", address, port, "hello"), "it said hello\n", address)


@row("published port, from another network namespace", "network")
def published_other(c):
    name = server(c, "-p", "8080", "-p", "8080/udp")
    for kind in ("tcp", "udp"):
        port = port_of(c, name, f"8080/{kind}")
        script = ("import sys; sys.dont_write_bytecode = True; "
                  "sys.path.insert(0, 'tests/containers'); "
                  f"import rows_net; print(rows_net.ask('{kind}', '10.250.0.1', {port}, 'far'))")
        result = execute(["ip", "netns", "exec", OTHER, "python3", "-c", script])
        c.equal(result.text, "it said far", f"{kind}: {result}")


@row("published port of localhost only, over IPv6", "network")
def published_narrow(c):
    name = server(c, "-p", "127.0.0.1::8080", "-p", "[::1]::8080")
    for line in c("port", name, "8080/tcp").out.split():
        address, port = line.rsplit(":", 1)
        c.equal(ask("tcp", address.strip("[]"), int(port), "x"), "it said x\n", line)


@row("IPv6 in the container", "network")
def six(c):
    network = c.network("--ipv6", "--subnet", f"fd00:{abs(hash(c.runtime)) % 0xffff:x}::/64")
    name = server(c, "--network", network)
    out = c.run("interfaces", options=["--network", network]).out
    c.match(out, r"^eth0 fd00:.*/64$", "address")
    address = c.look(name, f'(index .NetworkSettings.Networks "{network}").GlobalIPv6Address')
    c.equal(ask("tcp", address, 8080, "six"), "it said six\n", "from the host")
    c.run("ask", "udp", name, "8080", "x", options=["--network", network], out="it said x\n")


@row("what the program sees of its interfaces", "network")
def interfaces(c):
    out = c.run("interfaces").out
    c.match(out, r"^lo 127\.0\.0\.1/8$", "lo")
    c.match(out, r"^eth0 (172|10)\.\d+\.\d+\.\d+/16$", "eth0")


@row("--network none", "network", quick=True)
def none(c):
    out = c.run("interfaces", options=["--network", "none"]).out
    c.equal([line for line in out.split("\n") if line and ":" not in line], ["lo 127.0.0.1/8"],
            "interfaces")


@row("--network host", "network")
def host(c):
    words = ["serve", "18080", "it"]
    if c.differs("the host's own interfaces are never taken from it: refused with a sentence",
                 runc=True, pith=False):
        c.start(*words, options=["--network", "host"], ready="serving")
        c.equal(ask("tcp", "127.0.0.1", 18080, "x"), "it said x\n", "answer")
    else:
        result = c.run(*words, options=["--network", "host"], status=125)
        c.match(result.err, "(?i)network", "the sentence")


@row("container to container by address", "network")
def by_address(c):
    name = server(c)
    address = c.look(name, ".NetworkSettings.IPAddress")
    for kind in ("tcp", "udp"):
        c.run("ask", kind, address, "8080", "x", out="it said x\n")


@row("names: Docker's own name server, network aliases", "network", quick=True)
def names(c):
    network = c.network()
    name = server(c, "--network", network, "--network-alias", "nick")
    for who in (name, "nick"):
        c.run("ask", "tcp", who, "8080", "x", options=["--network", network], out="it said x\n")
    c.run("resolve", "no-such-name.invalid", options=["--network", network], status=1,
          out="no-such-name.invalid: no such name\n")


@row("both kinds talk to each other", "network", quick=True)
def mixed(c):
    network, other = c.network(), {"runc": "pith", "pith": "runc"}[c.runtime]
    if other not in c.engine.runtimes:
        return
    name = server(c, "--network", network)
    for kind in ("tcp", "udp"):
        asker = c.name()
        c.stack.callback(c.engine.remove, asker)
        result = c("run", "--rm", "--name", asker, *c.engine.runtime_options(other), "--network",
                   network, "probe", "ask", kind, name, "8080", "x")
        c.equal(result.out, "it said x\n", f"asked from a container of {other} over {kind}")


@row("two networks, connected later", "network")
def two(c):
    one, two_ = c.network(), c.network()
    first, second = server(c, "--network", one, says="first"), \
        server(c, "--network", two_, says="second")
    name = c.name()
    c.stack.callback(c.engine.remove, name)
    c("create", "--name", name, *c.create_options(["--network", one]), "probe", "interfaces")
    c("network", "connect", two_, name)
    c("start", name)
    c.ended(name, 0)
    log = c.log(name)
    c.true(re.search("^eth0 172|^eth0 192", log, re.M) and re.search("^eth1 172|^eth1 192", log, re.M),
           f"interfaces: {log!r}")
    for network, peer, said in ((one, first, "first"), (two_, second, "second")):
        c.run("ask", "tcp", peer, "8080", "x", options=["--network", network],
              out=f"{said} said x\n")


@row("a network connected to a running container", "network")
def hot(c):
    network = c.network()
    name = server(c)
    if c.differs("interfaces are taken over at the start: one that comes later stays unused",
                 runc=True, pith=False):
        c("network", "connect", network, name)
        c.run("ask", "tcp", name, "8080", "x", options=["--network", network], out="it said x\n")


@row("--network container:NAME", "network")
def shared(c):
    name = server(c)
    result = c.run("ask", "tcp", "127.0.0.1", "8080", "x", options=["--network", f"container:{name}"],
                   status=None)
    if c.differs("one unikernel owns the interfaces of a network namespace: a second is refused "
                 "with a sentence", runc=True, pith=False):
        c.equal((result.status, result.out), (0, "it said x\n"), "localhost of another container")
    else:
        c.true(result.status != 0 and result.err.strip(), f"refused: {result}")


@row("localhost: from exec and from a Linux program in the same network", "network", quick=True)
def localhost_outside(c):
    name = server(c)
    address = c.look(name, ".NetworkSettings.IPAddress")
    for kind in ("tcp", "udp"):
        for at in ("127.0.0.1", address):
            c.equal(c("exec", name, "/linux", "ask", kind, at, "8080", "x").out, "it said x\n",
                    f"exec, {kind}, {at}")
        at = "localhost" if kind == "tcp" else "127.0.0.1"  # by UDP nobody turns from ::1 to that
        c.run("ask", kind, at, "8080", "x", out="it said x\n",
              options=["--network", f"container:{name}", "--entrypoint", "/linux"])
    c.equal(c("exec", name, "/linux", "ask", "tcp", "127.0.0.1", "9", "x", status=1).out,
            "connect: ECONNREFUSED\n", "a port that nobody serves")


@row("localhost inside", "network")
def localhost(c):
    c.run("ask", "tcp", "localhost", "9", "x", status=1, out="connect: ECONNREFUSED\n")


@row("--dns, --mac-address, --ip", "network")
def given(c):
    network = c.network("--subnet", {"runc": "10.77.1.0/24", "pith": "10.77.2.0/24"}[c.runtime])
    address = {"runc": "10.77.1.9", "pith": "10.77.2.9"}[c.runtime]
    out = c.run("interfaces", options=["--network", network, "--ip", address]).out
    c.match(out, f"^eth0 {re.escape(address)}/24$", "--ip")
