# What cannot be: refused with the compiler's kind of message, naming the user's file.
# shellcheck shell=sh disable=SC2154

test_no_input() {
    fails 'no input files' "$CC"
    fails 'nope.c' "$CC" nope.c
    fails 'nope.o' "$CC" nope.o
}

test_syntax_error() {
    echo 'int main(void) { return x; }' >bad.c
    fails "bad.c:1" "$CC" bad.c -o bad
    [ ! -e bad ]
    fails "bad.c:1" "$CC" -c bad.c
    [ ! -e bad.o ]
}

test_undefined_symbol() {
    printf 'int f(void);\nint main(void)\n{\n    return f();\n}\n' >un.c
    fails "undefined reference to \`f'" "$CC" un.c -o un
    grep -q 'un.c' err
    [ ! -e un ]
    "$CC" -c un.c
    fails 'un.o' "$CC" un.o -o un
}

test_missing_library() {
    hello
    fails 'cannot find -lnope' "$CC" hello.c -lnope -o hello
    [ ! -e hello ]
    # The machine's libraries are for another C library: never taken.
    for lib in /usr/lib/x86_64-linux-gnu/lib*.a; do
        name=${lib##*/lib}
        name=${name%.a}
        [ -e "$BUILD/lib/pith/linux/lib$name.a" ] && continue
        case $name in *[!a-z0-9]*) continue ;; esac
        fails "cannot find -l$name" "$CC" hello.c "-l$name" -o hello
        break
    done
}

test_refused_options() {
    hello
    fails "pith-cc: error: unsupported option '-shared'" "$CC" -shared hello.c -o libx.so
    fails "pith-cc: error: unsupported option '-m32'" "$CC" -m32 -c hello.c
    fails "pith-cc: error: unsupported option '-fsanitize=address'" "$CC" -fsanitize=address hello.c
    fails "pith-cc: error: unsupported option '-shared'" "$CC" hello.c -Wl,-shared
    fails "pith-cc: error: unsupported option '-pg'" "$CC" -pg hello.c
    "$CC" -shared -c hello.c
    [ ! -e libx.so ]
}

test_unwritable_output() {
    hello
    fails 'no/such/folder' "$CC" hello.c -o no/such/folder/x
    "$CC" hello.c -o /dev/null
    [ -c /dev/null ]
}

test_bad_embedded_files() {
    hello
    fails 'nowhere: No such file' "$CC" --pith-files=nowhere hello.c -o hello
    fails 'hello.c: it is not a folder' "$CC" --pith-files=hello.c hello.c -o hello
    mkdir t && mkfifo t/p
    fails 't/p: only files' "$CC" --pith-files=t hello.c -o hello
    fails "must start with '/'" "$CC" --pith-files=t:x hello.c -o hello
}

test_process_warning() {
    cat >app.c <<'C'
#include <stdlib.h>
#include <unistd.h>
int never(void) { return system("x"); }
int main(void) { if (fork() == 0) execl("/bin/true", "true", (char *)0); return 0; }
C
    "$CC" app.c -o app 2>err
    grep -q 'warning: app.o calls fork' err
    grep -q 'warning: app.o calls execl' err
    ! grep system err
    printf 'int fork(void)\n{\n    return 1;\n}\nint main(void)\n{\n    return fork() - 1;\n}\n' >own.c
    "$CC" own.c -o own 2>err
    [ ! -s err ] || fail "$(cat err)"
}

test_name_clashes() {
    # Names the library OS uses inside are free for programs.
    nm -g --defined-only "$BUILD/lib/pith/guest/libpith.a" 2>/dev/null |
        sed -n 's/^[0-9a-f]* [TDBRVW] //p' | grep -v '^pith_' >names || :
    [ ! -s names ] || fail "libpith.a defines $(head -n 3 names | tr '\n' ' ')"
    printf 'int mem_total(void)\n{\n    return 3;\n}\nint vfs_open(void)\n{\n    return 4;\n}\nint main(void)\n{\n    return mem_total() + vfs_open();\n}\n' >c.c
    "$CC" c.c -o c
    both c
}

test_no_temporary_files() {
    hello
    mkdir tmp
    echo 'int main(void) { return f(); }' >bad.c
    TMPDIR=$PWD/tmp "$CC" hello.c -o hello
    TMPDIR=$PWD/tmp "$CC" -w bad.c -o bad 2>/dev/null || :
    TMPDIR=$PWD/tmp "$CC" hello.c -lnope -o x 2>/dev/null || :
    [ -z "$(ls tmp)" ] || fail "left behind: $(ls tmp)"
}

test_ended_by_signal() {
    # A linker that hangs stands for a long link.
    hello
    "$CC" -c hello.c
    mkdir bin tmp
    printf '#!/bin/sh\nexec sleep 30\n' >bin/ld.bfd
    chmod +x bin/ld.bfd
    TMPDIR=$PWD/tmp PATH=$PWD/bin:$PATH "$BUILD/lib/pith/libexec/ld" hello.o -o hello &
    child=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -z "$(ls tmp)" ] || break
        sleep 0.1
    done
    sleep 0.3
    kill -TERM $child
    status=0
    wait $child || status=$?
    [ $status = 143 ] || fail "status $status"
    [ -z "$(ls tmp)" ] || fail "left behind: $(ls tmp)"
    [ ! -e hello ]
}
