# Options of compilers: each does what gcc's does, and the results run both ways.
# shellcheck shell=sh disable=SC2154

test_hello() {
    hello
    "$CC" -O2 -Wall -Wextra -Werror hello.c -o hello
    both hello
}

test_default_output() {
    hello
    "$CC" hello.c
    [ -x a.out ] && both a.out
}

test_compile_then_link() {
    printf 'int f(void)\n{\n    return 5;\n}\n' >f.c
    printf 'int f(void);\nint main(void)\n{\n    return f();\n}\n' >m.c
    "$CC" -c f.c m.c
    "$CC" f.o m.o -o prog
    both prog
    "$CC" -c -o other.o f.c
    "$CC" m.c other.o -oprog2
    both prog2
}

test_archive() {
    printf 'int f(void)\n{\n    return 6;\n}\n' >f.c
    printf 'int f(void);\nint main(void)\n{\n    return f();\n}\n' >m.c
    "$CC" -c f.c
    mkdir lib
    ar rcs lib/libf.a f.o
    "$CC" m.c -Llib -lf -o prog
    both prog
    "$CC" m.c lib/libf.a -o prog
    both prog
}

test_preprocess_and_assemble() {
    hello
    "$CC" -E hello.c | grep -q 'int puts'
    "$CC" -S hello.c && grep -q main hello.s
    "$CC" hello.s -o hello && both hello
    "$CC" -S -o - hello.c | grep -q main
    printf '#define X 7\n .globl f\nf: mov $X, %%eax\n ret\n.section .note.GNU-stack,""\n' >f.S
    printf 'int f(void);\nint main(void)\n{\n    return f();\n}\n' | "$CC" -x c - -x none f.S -o prog
    both prog
}

test_dependencies() {
    hello
    [ "$("$CC" -MM hello.c)" = "hello.o: hello.c" ]
    "$CC" -M hello.c | grep -q 'lib/pith/include/stdio.h'
    "$CC" -MMD -MP -MF deps -MT target -c hello.c -o x.o
    grep -q '^target: hello.c' deps
}

test_response_file() {
    hello
    mkdir 'a folder'
    cp hello.c 'a folder/my hello.c'
    printf -- '-O2 "a folder/my hello.c"\n-o a\\ program' >args
    "$CC" @args
    './a program' | grep -qx hello
    printf -- '-c hello.c' >inner
    printf '@inner' >outer
    "$CC" @outer && [ -f hello.o ]
}

test_many_objects_in_a_response_file() {
    i=0
    while [ $i -lt 300 ]; do
        echo "int f$i(void) { return $i; }" >f$i.c
        i=$((i + 1))
    done
    "$CC" -c f*.c
    printf 'int f299(void);\nint main(void)\n{\n    return f299() - 290;\n}\n' >m.c
    ls f*.o >args
    "$CC" m.c @args -o prog
    both prog
}

test_threads() {
    cat >t.c <<'C'
#include <pthread.h>
#include <stdio.h>
static __thread int mine = 3;
static void *run(void *p) { mine++; printf("%d %d\n", mine, *(int *)p); return 0; }
int main(void)
{
    pthread_t t;
    int x = 9;
    pthread_create(&t, 0, run, &x);
    pthread_join(t, 0);
    printf("%d\n", mine);
    return 0;
}
C
    "$CC" -O2 -pthread t.c -o t -lpthread -lm -lrt -ldl
    both t
}

test_constructors_and_sets() {
    cat >c.c <<'C'
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor(200))) static void second(void) { puts("second"); }
__attribute__((constructor(101))) static void first(void) { puts("first"); }
__attribute__((destructor)) static void last(void) { puts("last"); }
static void at(void) { puts("atexit"); }
static int a __attribute__((used, section("my_set"))) = 4;
static int b __attribute__((used, section("my_set"))) = 5;
extern int __start_my_set[], __stop_my_set[];
static const int table[] = {1, 2, 3};
static const int *const pointers[] = {table, table + 2};
int main(void)
{
    int sum = 0;
    for (int *p = __start_my_set; p < __stop_my_set; p++)
        sum += *p;
    atexit(at);
    printf("%d %d %d %d\n", sum, a, b, *pointers[1]);
    return sum;
}
C
    "$CC" -O2 c.c -o c && both c
    "$CC" -O2 -fPIC -c c.c && "$CC" c.o -o c && both c
}

test_link_time_optimisation() {
    printf 'int f(int x)\n{\n    return x + 1;\n}\n' >f.c
    printf '#include <string.h>\n#include <stdio.h>\nint f(int);\nint main(int c, char **v)\n{\n    char b[64];\n    memset(b, c, 64);\n    printf("%%d %%d\\n", f(b[9]), (int)strlen(v[0]) > 0);\n    return 0;\n}\n' >m.c
    "$CC" -O2 -flto -c f.c m.c
    "$CC" -O2 -flto f.o m.o -o prog
    both prog
    "$PITH" why prog printf
}

test_clang() {
    command -v clang >/dev/null || skip "clang is not installed"
    hello
    PITH_CC=clang "$CC" -O2 -Wall -Wextra -Werror hello.c -o hello
    both hello
    PITH_CC=clang "$CC" -Werror -c hello.c
    PITH_CC=clang "$CC" -Werror hello.o -o hello
    both hello
    PITH_CC=clang "$CC" --version | grep -q clang
    "$CC" hello.o -o hello
    both hello
}

test_static_and_position_options() {
    hello
    for flags in -static -pie -static-pie -no-pie '-fPIC -rdynamic' '-fPIE -pie' -fuse-ld=gold \
        '-Wl,--as-needed -Wl,-rpath,/x -Wl,-z,relro,-z,now' '-Wl,-O1 -Wl,--hash-style=gnu -s' \
        '-Wl,--gc-sections -Wl,--build-id' '-static-libgcc -fstack-protector-all'; do
        echo "$flags"
        # shellcheck disable=SC2086
        "$CC" $flags hello.c -o hello
        both hello
    done
}

test_stack_protector() {
    cat >s.c <<'C'
#include <string.h>
#include <stdio.h>
static __attribute__((noinline)) void f(const char *s) { char b[8]; strcpy(b, s); puts(b); }
int main(int c, char **v) { f(c > 1 ? v[1] : "fits"); return 0; }
C
    "$CC" -O1 -fstack-protector-all -U_FORTIFY_SOURCE s.c -o s
    both s
}

test_relocatable_link() {
    hello
    "$CC" -c hello.c
    "$CC" -r hello.o -o part.o
    "$CC" part.o -o hello
    both hello
}

test_linker_options() {
    cat >m.c <<'C'
#include <stdio.h>
int __real_puts(const char *);
int __wrap_puts(const char *s) { printf("wrapped %s\n", s); return 0; }
extern char marker[];
int main(void) { puts("x"); printf("%d\n", (int)(long)marker); return 0; }
C
    "$CC" -fno-builtin m.c -Wl,--wrap=puts -Wl,--defsym -Xlinker marker=77 -Wl,-Map,map -o m
    both m
    [ -s map ]
}

test_embedded_files() {
    mkdir -p tree/sub
    echo hello >tree/a.txt
    echo 'inner' >tree/sub/b
    ln -s ../a.txt tree/sub/link
    : >tree/empty
    head -c 20000 /dev/zero | tr '\0' x >tree/big
    echo odd >'tree/o"d\d name'
    cat >e.c <<'C'
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
static void show(const char *name)
{
    char b[32768] = "";
    int fd = open(name, O_RDONLY);
    long n = fd < 0 ? -1 : read(fd, b, sizeof b);
    printf("%s %ld %.5s\n", name, n, n > 0 ? b : "");
}
int main(void)
{
    struct stat st;
    show("/tree/a.txt");
    show("/tree/sub/link");
    show("/tree/empty");
    show("/tree/big");
    show("/tree/o\"d\\d name");
    printf("%d\n", stat("/tree/sub", &st) == 0 && S_ISDIR(st.st_mode));
    return 0;
}
C
    "$CC" --pith-files=tree:/tree e.c -o e
    timeout 20 "$PITH" run ./e >out
    cat >want <<'T'
/tree/a.txt 6 hello
/tree/sub/link 6 hello
/tree/empty 0 
/tree/big 20000 xxxxx
/tree/o"d\d name 4 odd

1
T
    cmp out want || fail "$(cat out)"
    "$CC" -c e.c && "$CC" -Wl,--pith-files=tree:/tree e.o -o e2 && cmp e e2
    "$CC" -fpith-files=tree:/tree e.c -o e3 && cmp e e3
}

test_jit_note() {
    hello
    "$CC" hello.c -o plain
    "$CC" --pith-jit hello.c -o jit
    "$PITH" inspect plain | grep -q '^makes code  *no'
    "$PITH" inspect jit | grep -q '^makes code  *yes'
    both jit
}

# Code made at run time runs in a program linked for it, and is refused in any other.
test_jit_runs() {
    cat >j.c <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
int main(void)
{
    static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
    void *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(p, code, sizeof code);
    if (mprotect(p, 4096, PROT_READ | PROT_EXEC))
        return perror("mprotect"), 1;
    printf("%d\n", ((int (*)(void))p)());
    return 0;
}
C
    "$CC" --pith-jit j.c -o j
    both j
    "$CC" j.c -o refused
    "$PITH" run --on process ./refused 2>out && fail "it ran"
    grep -q 'mprotect: Permission denied' out
}

# Unwind tables are in the image when something unwinds.
test_unwind_tables() {
    cat >u.c <<'C'
#include <stdio.h>
int _Unwind_Of_Mine(int x);
__attribute__((noinline)) int _Unwind_Of_Mine(int x) { return printf("%d\n", x); }
int main(void) { return _Unwind_Of_Mine(3); }
C
    "$CC" -O1 u.c -o u
    both u
    "$PITH" inspect u | grep -q unwind
    hello
    "$CC" hello.c -o hello
    ! "$PITH" inspect hello | grep -q unwind
}

test_stack_size() {
    hello
    "$CC" -Wl,-z,stack-size=0x30000 hello.c -o hello
    both hello
    "$PITH" image hello -o image
    readelf -lW image | grep 'GNU_STACK' | grep -q 0x030000
}
