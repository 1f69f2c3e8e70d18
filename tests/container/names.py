"""A name server for the tests: answers every question for an A record with one address, by UDP.

names.py ADDRESS PORT ANSWER            from itself
names.py ADDRESS PORT --ask SERVER      with what SERVER says, as Docker's asks those outside
"""
import socket
import sys

me = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
me.bind((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True:
    question, who = me.recvfrom(4096)
    if sys.argv[3] == "--ask":
        up = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        up.settimeout(2)
        up.connect((sys.argv[4], 53))
        up.send(question)
        try:
            me.sendto(up.recv(4096), who)
        except OSError:
            pass
        continue
    end = 12
    while question[end]:
        end += question[end] + 1
    kind = question[end + 2]
    head = question[:2] + b"\x81\x80" + b"\0\1" + (b"\0\1" if kind == 1 else b"\0\0") + b"\0\0\0\0"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(sys.argv[3])
    me.sendto(head + question[12 : end + 5] + (answer if kind == 1 else b""), who)
