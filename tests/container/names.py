"""A name server for the tests: answers every question for an A record with one address, by UDP and
TCP. Names that begin with `many` have 300, which by UDP is said to be too much.

names.py ADDRESS PORT ANSWER            from itself
names.py ADDRESS PORT --ask SERVER      with what SERVER says, as Docker's asks those outside
"""
import socket
import struct
import sys
import threading

me = (sys.argv[1], int(sys.argv[2]))


def answer(question, tcp):
    end = 12
    while question[end]:
        end += question[end] + 1
    kind = question[end + 2]
    count = 0 if kind != 1 else 300 if question[13:17] == b"many" else 1
    short = count > 1 and not tcp
    head = question[:2] + (b"\x83\x80" if short else b"\x81\x80") + b"\0\1" + \
        struct.pack(">H", 0 if short else count) + b"\0\0\0\0"
    first = struct.unpack(">I", socket.inet_aton(sys.argv[3]))[0]
    records = b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + struct.pack(">I", first + i)
                       for i in range(0 if short else count))
    return head + question[12:end + 5] + records


def exactly(s, n):
    data = b""
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            raise OSError("it ended")
        data += part
    return data


def message(s):
    return exactly(s, struct.unpack(">H", exactly(s, 2))[0])


def outside(question, tcp):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as up:
        up.settimeout(2)
        up.connect((sys.argv[4], 53))
        up.sendall(struct.pack(">H", len(question)) + question if tcp else question)
        return message(up) if tcp else up.recv(4096)


def reply(question, tcp):
    return outside(question, tcp) if sys.argv[3] == "--ask" else answer(question, tcp)


def one(s):
    """Questions of one connection, until it ends."""
    try:
        while True:
            said = reply(message(s), True)
            s.sendall(struct.pack(">H", len(said)) + said)
    except OSError:
        s.close()


def connections():
    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


listener = socket.create_server(me)
threading.Thread(target=connections, daemon=True).start()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(me)
print("ready", flush=True)
while True:
    asked, who = udp.recvfrom(4096)
    try:
        udp.sendto(reply(asked, False), who)
    except OSError:
        pass
