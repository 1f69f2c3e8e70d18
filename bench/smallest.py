"""What the bench and the demo both ask of a program: its image, its least memory, its moments."""
import re
import subprocess
import time

STEP = 16 << 10  # memory is searched in steps of this many bytes
MOST = 64 << 20  # where the search begins

# What a program must still do with its smallest memory: arguments, stdin.
JOBS = {
    "hello": ([], ""),
    "write": ([], ""),
    "lua": (["-"], "local t = {} for i = 1, 1000 do t[i] = i * i end print(#t, t[1000])\n"),
    "sqlite3": ([":memory:"], "CREATE TABLE t(a, b);\n"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)\n"
                "INSERT INTO t SELECT i, 'row ' || i FROM n;\n"
                "SELECT count(*), sum(a), max(b) FROM t;\n"),
}


def clock():
    return time.monotonic()


def image_bytes(program):
    """Size of the unikernel in a program, or None if it carries none."""
    listing = subprocess.run(["readelf", "-SW", program], capture_output=True, text=True).stdout
    match = re.search(r"\] \.pith +\S+ +\S+ +\S+ +(\S+)", listing)
    return int(match.group(1), 16) if match else None


def moments(stderr):
    """{'start': us, 'ready': ..., 'entry': ..., 'main': ..., 'exit': ...} of `pith run --time`."""
    found = {}
    for name in ("start", "ready", "entry", "main", "exit"):
        match = re.search(rf"\b{name}\b[^\n\d]*(\d[\d.]*)", stderr)
        if match:
            found[name] = float(match.group(1))
    return found


def memory(pith, machine, program, arguments, stdin):
    """The least -m, in bytes, with which the program still gives its full answer."""
    def answer(size):
        try:
            result = subprocess.run(
                [pith, "run", "--on", machine, "-m", f"{size // 1024}K", program, *arguments],
                input=stdin, capture_output=True, text=True, timeout=20)
        except subprocess.TimeoutExpired:
            return None
        return result.stdout if result.returncode == 0 else None

    wanted = answer(MOST)
    if wanted is None:
        return None
    low, high = 0, MOST // STEP
    while high - low > 1:
        middle = (low + high) // 2
        if answer(middle * STEP) == wanted:
            high = middle
        else:
            low = middle
    return high * STEP
