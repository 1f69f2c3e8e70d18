# pith image, inspect, why, size.
# shellcheck shell=sh disable=SC2154

app() {
    cat >app.c <<'C'
#include <pthread.h>
#include <stdio.h>
static void *run(void *p) { return p; }
static void start(void) { pthread_t t; pthread_create(&t, 0, run, 0); pthread_join(t, 0); }
int main(void) { start(); puts("x"); return 0; }
C
    "$CC" -O0 app.c -o app
}

test_image() {
    hello
    "$CC" hello.c -o hello
    "$PITH" image hello -o image
    "$PITH" image hello && cmp image hello.pith
    "$PITH" image hello -o - | cmp - image
    objcopy --dump-section .pith=dumped hello /dev/null
    cmp image dumped
    [ "$(readelf -hW image | sed -n 's/ *Type: *\([A-Z]*\).*/\1/p')" = EXEC ]
    "$PITH" run image | grep -qx hello
    offset=$(readelf -SW hello | sed -n 's/.* \.pith  *PROGBITS  *[0-9a-f]* \([0-9a-f]*\).*/\1/p')
    [ $((0x$offset % 4096)) = 0 ]
}

test_image_segments() {
    app
    "$PITH" image app -o image
    readelf -lW image >headers
    ! grep -E 'LOAD.*RWE|LOAD.* WE' headers
    [ "$(grep -c ' LOAD ' headers)" = 3 ]
    grep -q ' TLS ' headers || : # only if something in it is thread-local
    grep -q ' NOTE ' headers
    # neighbours share a page of the file: nothing is padded to pages
    size=$(wc -c <image)
    sum=0
    for bytes in $(awk '/ LOAD /{ print $5 }' headers); do sum=$((sum + bytes)); done
    [ $((size - sum)) -lt 64 ] || fail "$size bytes for $sum"
}

test_note_memory() {
    # pith.ld knows PITH_BOOT_STACK + PITH_BOOT_HEAP as a number
    printf '#include <pith/abi.h>\n_Static_assert(PITH_BOOT_STACK + PITH_BOOT_HEAP == 0x20000, "cc/pith.ld.in");\n' >n.c
    gcc -I"$TOP/include" -fsyntax-only n.c
}

test_inspect() {
    app
    "$PITH" inspect app >text
    grep -q '^ABI  *[0-9]' text
    grep -q 'console' text
    grep -qw clone text
    grep -qw writev text
    ! grep -qw socket text
    "$PITH" inspect app --json >json
    python3 -c 'import json; j = json.load(open("json")); assert "clone" in j["system_calls"] and j["abi"] > 0 and len([s for s in j["segments"] if s["type"] == "load"]) == 3, j' ||
        fail "$(cat json)"
}

test_size_sums() {
    app
    hello
    "$CC" hello.c -o hello
    for p in app hello; do
        "$PITH" image $p -o image
        "$PITH" size $p --json >json
        python3 -c '
import json, os
j = json.load(open("json"))
size = os.path.getsize("image")
assert j["size"] == size
for t in "subsystems", "libraries", "objects":
    assert sum(r["bytes"] for r in j[t]) == size, t
    assert all(r["bytes"] >= 0 for r in j[t])'
        [ "$("$PITH" size $p | grep -c "^ *$(wc -c <image) .* total$")" = 3 ]
    done
    "$PITH" size hello app --json >json
    python3 -c '
import json
j = json.load(open("json"))
for t in "subsystems", "libraries", "objects":
    assert sum(r["change"] for r in j[t]) == j["other_size"] - j["size"], t'
    "$PITH" size hello app | grep -q 'sys.thread_clone.o'
}

test_why() {
    app
    "$PITH" why app pthread_create >out
    printf 'start pthread_create ' >want
    sed -n 's/^  \([a-z_]*\) .*/\1/p' out | tr '\n' ' ' | cmp - want || fail "$(cat out)"
    "$PITH" why app threads | grep -q 'sys.thread_clone.o'
    "$PITH" why app call:clone | grep -q '^  start '
    "$PITH" why app call:writev | tail -n 1 | grep -q 'pith_sys_writev'
    "$PITH" why app pith_sys_writev --json >json
    python3 -c '
import json
j = json.load(open("json"))
assert j["inside"] and j["root"] == "program" and j["chain"][-1]["symbol"] == "pith_sys_writev"
assert j["chain"][0]["object"] == "app.o"'
    "$PITH" why app mem | grep -q 'subsystem mem'
    "$PITH" why app vfprintf.o || [ $? = 1 ]
    "$PITH" why app libpith.a | grep -q '^library'
}

test_why_not() {
    hello
    "$CC" hello.c -o hello
    for name in files threads pipes network polling pipe open ramfs epoll clone socket nonsense; do
        status=0
        "$PITH" why hello $name >out || status=$?
        [ $status = 1 ] || fail "$(cat out)"
        grep -q "^$name is not in hello" out
    done
    "$PITH" why hello pipe --json 2>/dev/null | grep -q '"inside":false' || fail "json"
}

# Each step of a chain must be a reference that the objects have: nm of the step's object knows the
# next step's symbol (chains inside one object are not seen by nm and are passed over).
test_why_is_true() {
    program=$BUILD/examples/sqlite3
    [ -e "$program" ] || skip "build/examples/sqlite3 is not built"
    # what the archives' members refer to, once for all names
    for lib in libc.a libpith.a; do
        nm -A "$BUILD/lib/pith/guest/$lib" 2>/dev/null | sed "s|^[^:]*/$lib:|$lib:|"
    done >symbols
    for name in call:mmap call:clone call:unlink call:fstat call:pipe2 call:utimensat ramfs popen \
        getpwuid qsort strtod __libc_malloc_impl signal.deliver.o vfs.fd.o mem.vma_edit.o \
        call:ftruncate call:wait4 call:getcwd localtime_r fclose sys.futex.o; do
        "$PITH" why "$program" $name --json >json || { echo "$name: not inside"; continue; }
        NAME=$name python3 - <<'P'
import json, os, re
name = os.environ["NAME"]
j = json.load(open("json"))
refs = {}
for line in open("symbols"):
    m = re.match(r"(\S+?):(\S+?):\s*(?:[0-9a-f]+\s)?\s*([A-Za-z]) (\S+)", line)
    if m:
        refs.setdefault((m[1], m[2]), {})[m[4]] = m[3]
chain = j["chain"]
assert chain, name
for a, b in zip(chain, chain[1:]):
    if b["entry"]:
        assert a["object"] == b["object"], (name, a, b)
        continue
    known = refs.get((a["library"], a["object"]))
    if known is None or a["object"] == b["object"]:
        continue
    assert b["symbol"] in known, (name, a, b)
P
    done
}

test_damaged_programs() {
    hello
    "$CC" hello.c -o hello
    size=$(wc -c <hello)
    for cut in 0 3 20 63 64 4096 $((size / 2)) $((size - 1)); do
        head -c $cut hello >cut
        for verb in inspect size image 'why'; do
            status=0
            word=
            [ $verb != why ] || word=printf
            # shellcheck disable=SC2086
            "$PITH" $verb cut $word >out 2>err || status=$?
            [ $status = 1 ] || fail "$verb of $cut bytes: status $status"
            [ "$(wc -l <err)" = 1 ] || fail "$verb of $cut bytes: $(cat err)"
            grep -q "^pith $verb: " err
        done
    done
    echo 'int main(void) { return 0; }' >plain.c
    gcc plain.c -o plain
    fails 'not a pith program' "$PITH" inspect plain
    fails 'No such file' "$PITH" size nowhere
    fails 'not a regular file' "$PITH" size .
    fails 'usage: pith why' "$PITH" why hello
}

# What only unreachable code asks for is not in the image.
test_dead_code_pulls_nothing() {
    cat >dead.c <<'C'
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
static void *run(void *p) { return p; }
int dead(void);
int dead(void)
{
    struct pollfd p = {0};
    pthread_t t;
    signal(SIGINT, SIG_IGN);
    return poll(&p, 1, 0) + open("x", 0) + pthread_create(&t, 0, run, 0);
}
int main(void) { puts("alive"); return 0; }
C
    "$CC" -O2 dead.c -o dead
    both dead
    for name in files polling threads signals vfs.pollset.o signal.deliver.o call:poll call:open; do
        ! "$PITH" why dead $name || fail "$name is inside"
    done
}

test_raw_system_calls() {
    cat >raw.c <<'C'
#include <sys/syscall.h>
#include <unistd.h>
int main(int c, char **v) { (void)v; return syscall(SYS_getpid + c - 1) > 0 ? 7 : 1; }
C
    "$CC" raw.c -o raw
    both raw
    "$PITH" inspect raw >out
    for call in getpid mmap socket; do grep -qw $call out || fail "no $call: $(cat out)"; done
}
