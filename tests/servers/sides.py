"""A server on one side (`linux`, or what `--on` names), and conversations with it.

Ports of the host are taken free ones on 127.0.0.1; a unikernel has its own port behind `-p`. A
conversation gives a transcript: {section: text}. The one with the Linux program is the expected
answer of all others.
"""
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
PITH = os.environ.get("PITH", f"{BUILD}/bin/pith")
EXAMPLES = f"{BUILD}/examples"
PATIENCE = 20.0  # seconds; a loaded machine is slow, a broken server does not answer at all


def free_port(host="127.0.0.1", kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


class Server:
    """Started and listening; `with Server(...) as server:` ends it.

    command: (program, arguments); {port} and {NAME} of volumes in an argument are replaced by
    what the server itself sees. volumes: {NAME: (folder of the host, folder of the guest)}. probe: a
    request, and how its answer begins once the server can do its work.
    """

    def __init__(self, side, program, arguments, port, volumes=None, memory="128M", options=(),
                 probe=None):
        self.side, self.host, self.probe = side, "127.0.0.1", probe
        self.port = free_port()
        volumes = volumes or {}
        inside = {name: there if side != "linux" else here
                  for name, (here, there) in volumes.items()}
        inside["port"] = self.port if side == "linux" else port
        self.prepare()
        words = [word.format(**inside) for word in arguments]
        run = [f"{EXAMPLES}/{program}", *words]
        if side != "linux":
            mounts = [w for here, there in volumes.values() for w in ("-v", f"{here}:{there}")]
            run = [PITH, "run", "--on", side, "-m", memory, "-p", f"{self.port}:{port}", *mounts,
                   *options, *run]
        # pylint: disable-next=consider-using-with
        self.log = tempfile.TemporaryFile()
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)
        self.status = None
        try:
            self.wait()
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    def prepare(self):
        """For servers that read their port from a file: what is to be done before the start."""

    def wait(self):
        """Until it listens, and answers. A connection tells that of a Linux program only: behind a
        forwarded port somebody else takes it, long before the guest does; of a guest its monitor tells."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise OSError(f"the server ended with {self.process.returncode}: {self.words()}")
            if self.side == "linux" or re.search(rf"pith: listening on \S+:{self.port} ", self.said()):
                try:
                    with self.connect(1) as s:
                        if not self.probe:
                            return
                        s.sendall(self.probe[0])
                        if until(s, lambda data: len(data) >= len(self.probe[1])).startswith(self.probe[1]):
                            return
                except OSError:
                    pass
            time.sleep(0.02)
        raise OSError(f"the server does not listen: {self.words()}")

    def said(self):
        """What it has written so far; where it writes on is not moved, though the file is shared."""
        return os.pread(self.log.fileno(), 1 << 24, 0).decode(errors="replace")

    def words(self):
        return " / ".join(self.said().strip().splitlines()[-3:])

    def connect(self, timeout=PATIENCE):
        s = socket.create_connection((self.host, self.port), timeout=timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def stop(self, how=signal.SIGTERM):
        """Its exit status; None of a server that had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.status = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        return self.status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def until(s, done, most=1 << 26):
    """What comes on a socket until done(bytes) is true or the peer has closed."""
    data = bytearray()
    while len(data) < most and not done(data):
        piece = s.recv(1 << 16)
        if not piece:
            break
        data += piece
    return bytes(data)
