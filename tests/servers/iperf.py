"""Bulk data with every byte checked, both ways, through a helper of the host and with the client
inside a guest; many short connections."""
import re
import subprocess

from servers import sides
from servers.sides import Server


def client(server, *words):
    """The last line of the Linux program as a client, without its figures."""
    done = subprocess.run([f"{sides.EXAMPLES}/iperf", words[0], server.host, str(server.port),
                           *words[1:]], capture_output=True, text=True, timeout=60)
    return shown(done)


def shown(done):
    return re.sub(r"(in|us:|connections in) .*", r"\1", done.stdout) + done.stderr


def inside(side, server):
    """The client in a guest, the server as it is: the host is 10.0.2.2 to a guest."""
    out = ""
    for words in (("send", "24M", "check"), ("receive", "24M", "check"), ("echo", "1000", "100")):
        run = [f"{sides.EXAMPLES}/iperf", words[0], "127.0.0.1", str(server.port), *words[1:]]
        if side != "linux":
            run[2] = "10.0.2.2"
            run = [sides.PITH, "run", "--on", side, "--net", "slirp,loopback", *run]
        out += shown(subprocess.run(run, capture_output=True, text=True, timeout=60,
                                    stdin=subprocess.DEVNULL))
    return out


def conversation(side, folder):  # pylint: disable=unused-argument
    out = {}
    with Server(side, "iperf", ["serve", "{port}"], 5201) as server:
        out["send"] = client(server, "send", "48M", "check")
        out["receive"] = client(server, "receive", "48M", "check")
        out["echo"] = client(server, "echo", "3000", "500")
        out["large echo"] = client(server, "echo", "200K", "50")
        out["connections"] = client(server, "connect", "500", "50")
        out["client inside"] = inside(side, server)
    return out
