"""A bit of everything that scripts do, with what it prints the same in every run."""
import collections
import concurrent.futures
import contextlib
import csv
import datetime
import decimal
import gzip
import hashlib
import io
import json
import os
import pathlib
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile


def files(folder):
    for i in range(200):
        path = folder / f"{i % 7}" / f"é{i}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"line {i}\n" * i, encoding="utf-8")
    sizes = collections.Counter(p.parent.name for p in folder.rglob("*.txt"))
    print(sorted(sizes.items()), sum(p.stat().st_size for p in folder.rglob("*")
                                     if p.is_file()))
    with tarfile.open(folder / "all.tar.gz", "w:gz") as tar:
        tar.add(folder / "3", "three")
    with tarfile.open(folder / "all.tar.gz") as tar:
        print(len(tar.getnames()), sorted(tar.getnames())[:3])
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "5").iterdir()):
            archive.write(path, path.name)
    with zipfile.ZipFile(folder / "all.zip") as archive:
        print(archive.testzip(), len(archive.namelist()))
    os.link(folder / "1" / "é1.txt", folder / "hard")
    os.symlink("hard", folder / "soft")
    print((folder / "soft").resolve().name, os.stat(folder / "hard").st_nlink)


def database(folder):
    with contextlib.closing(sqlite3.connect(folder / "d.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        with db:
            db.execute("CREATE TABLE t(n INTEGER PRIMARY KEY, s TEXT)")
            db.executemany("INSERT INTO t VALUES (?, ?)", ((i, str(i) * 3) for i in range(2000)))
        with contextlib.suppress(sqlite3.IntegrityError), db:
            db.execute("DELETE FROM t")
            db.execute("INSERT INTO t VALUES (1, 'a'), (1, 'b')")
        print(db.execute("SELECT count(*), sum(n), max(s) FROM t").fetchone())


def threads():
    lock, total = threading.Lock(), [0]

    def work(n):
        digest = hashlib.sha256(bytes(n)).hexdigest()
        with lock:
            total[0] += n
        return digest[:8]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        print(list(pool.map(work, range(100, 108))), total)
    a, b = socket.socketpair()
    with a, b:
        threading.Timer(0.05, a.sendall, [b"later"]).start()
        print(select.select([b], [], [], 5)[0] == [b], b.recv(9))


def signals():
    got = []
    signal.signal(signal.SIGALRM, lambda number, _: got.append(signal.Signals(number).name))
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    time.sleep(0.2)
    print(got)


def values():
    decimal.getcontext().prec = 50
    print(decimal.Decimal(2).sqrt(), 3 ** 200 % 10 ** 20, round(2.675, 2), 0.1 + 0.2, 1e308 * 10)
    print(datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc).isoformat())
    print(json.dumps({"a": [1, 2.5, None, "é"]}, ensure_ascii=False), sys.argv[1:])
    text = io.StringIO()
    csv.writer(text).writerows([["a", 'b"c', "d,e"], [1, 2, 3]])
    print(repr(text.getvalue()), len(gzip.compress(b"x" * 10000, mtime=0)))


def main():
    with tempfile.TemporaryDirectory(dir=".") as folder:
        files(pathlib.Path(folder))
        database(pathlib.Path(folder))
    print(os.listdir("made") if os.path.exists("made") else "nothing is left")
    threads()
    signals()
    values()
    try:
        print(subprocess.run(["/bin/true"], check=False).returncode == 0)
    except OSError as error:
        print("no other program:", error.strerror, file=sys.stderr)
    sys.exit(3)


if __name__ == "__main__":
    main()
