"""Bad requests to a control socket: hostile.py PATH. Says nothing; the caller sees whether the
monitor still answers and the guest still lives."""
import os
import socket
import sys
import time

path = sys.argv[1]


def ask(text, *fds):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.settimeout(2)
    s.connect(path)
    for _ in range(50):
        try:
            socket.send_fds(s, [text], list(fds)) if fds else s.send(text)
            return
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:
            return


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def answer(text):
    a, b = pair()
    a.settimeout(3)
    ask(text, b.fileno())
    b.close()
    got = b""
    while True:
        try:
            part = a.recv(65536)
        except OSError:
            return got + b"!"
        if not part:
            return got
        got += part


for text in [b"", b"\n", b"threads", b"x" * 200, b"\0" * 100 + b"\n", b"connect \n", b"connect 1 2 3\n",
             b"connect 127.0.0.1 0\n", b"connect 127.0.0.1 99999\n", b"connect 127.0.0.1 8080\n" + b"y" * 2000,
             b"connect " + b"9" * 3000 + b"\n", b"threads \n", b"mem\nmem\n", b"z" * 60000]:
    ask(text)
    answer(text)
# Descriptors that are no socket, too many of them, a pipe that is full, an asker who has gone.
r, w = os.pipe()
os.set_blocking(w, False)
try:
    while True:
        os.write(w, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(w, True)
ask(b"threads\n", w)
ask(b"threads\n", os.open("/dev/null", os.O_RDWR))
ask(b"threads\n", *[w] * 20)
# Two descriptors where one is wanted, more often than the monitor may have files open.
for i in range(400):
    a, b = pair()
    ask(b"mem\n", b.fileno(), b.fileno())
    a.close()
    b.close()
a, b = pair()
a.close()
ask(b"metrics\n", b.fileno())
# Connections whose askers never read, or leave.
kept = []
for i in range(40):
    a, b = pair()
    ask(b"connect 127.0.0.1 8080\nGET /big HTTP/1.1\r\n\r\n", b.fileno())
    if i % 2:
        a.close()
    kept.append((a, b))
# A flood.
for i in range(500):
    ask(b"mem\n")
