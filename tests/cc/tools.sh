# Build systems that take pith-cc for the compiler of the machine.
# shellcheck shell=sh disable=SC2154

test_queries() {
    "$CC" --version | head -n 1 | grep -q '^pith-cc .*gcc'
    "$CC" --version | grep -q 'Free Software Foundation'
    [ "$("$CC" -dumpmachine)" = x86_64-linux-musl ]
    [ -z "$("$CC" -print-multiarch)" ]
    [ -z "$("$CC" --print-multiarch)" ]
    [ "$("$CC" -print-file-name=libc.a)" -ef "$BUILD/lib/pith/linux/libc.a" ]
    [ "$("$CC" -print-file-name=libm.so)" = libm.so ]
    [ -f "$("$CC" -print-libgcc-file-name)" ]
    [ "$("$CC" -print-file-name=libgcc.a)" -ef "$("$CC" -print-libgcc-file-name)" ]
    command -v "$("$CC" -print-prog-name=ld)"
    "$CC" -dumpversion | grep -q '^[0-9]'
    "$CC" -v 2>&1 | grep -q 'gcc version'
    "$CC" -print-search-dirs | grep -q '^install:'
    "$CC" -E -dM -x c /dev/null | grep -q __linux__
    hello
    "$CC" -v hello.c -o hello 2>&1 | grep -q collect2
    rm -f hello
    "$CC" '-###' hello.c -o hello 2>&1 | grep -q collect2
    [ ! -e hello ]
}

# What configure scripts ask, in the ways they ask it.
test_configure_probes() {
    # does a function exist
    printf 'char pthread_create();\nint main(void)\n{\n    return pthread_create() == 0;\n}\n' >conftest.c
    "$CC" -o conftest -fno-builtin -w conftest.c -lpthread
    printf 'char no_such_function();\nint main(void)\n{\n    return no_such_function();\n}\n' >conftest.c
    fails 'undefined reference' "$CC" -o conftest -w conftest.c
    # the size of a type, by running
    printf '#include <stdio.h>\nint main(void)\n{\n    printf("%%d", (int)sizeof(long));\n    return 0;\n}\n' >conftest.c
    "$CC" -o conftest conftest.c && [ "$(./conftest)" = 8 ]
    # no cross compilation, the suffixes, object names
    "$CC" conftest.c && [ -x a.out ] && ./a.out >/dev/null
    "$CC" -c conftest.c && [ -f conftest.o ]
    # which C library: not glibc
    printf '#include <features.h>\n#ifdef __GLIBC__\n#error glibc\n#endif\n' >conftest.c
    "$CC" -E conftest.c >/dev/null
    # headers of the kernel
    printf '#include <linux/fs.h>\n#include <asm/types.h>\n#include <sys/ioctl.h>\nint x = FIONREAD;\n' >conftest.c
    "$CC" -Wall -Werror -c conftest.c
    # strict flags must not trip over pith-cc itself
    printf 'int main(void)\n{\n    return 0;\n}\n' >conftest.c
    "$CC" -Wall -Wextra -Werror -pedantic -std=c99 -o conftest conftest.c 2>err
    [ ! -s err ] || fail "$(cat err)"
}

test_make() {
    hello
    printf 'hello: hello.o\n\t$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@\n' >Makefile
    make -s CC="$CC" CFLAGS=-O2 LDLIBS=-lm
    both hello
    # several links at once
    i=0
    while [ $i -lt 8 ]; do
        echo "int main(void) { return $i; }" >p$i.c
        i=$((i + 1))
    done
    printf 'all: p0 p1 p2 p3 p4 p5 p6 p7\n' >Makefile
    make -s -j8 CC="$CC" all
    i=0
    while [ $i -lt 8 ]; do
        status=0
        ./p$i || status=$?
        [ $status = $i ]
        both p$i
        i=$((i + 1))
    done
}

test_cmake() {
    command -v cmake >/dev/null || skip "cmake is not installed"
    mkdir src
    cat >src/CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.10)
project(demo C)
include(CheckFunctionExists)
include(CheckCSourceRuns)
find_package(Threads REQUIRED)
check_function_exists(getpid HAVE_GETPID)
check_function_exists(no_such_function HAVE_NONE)
check_c_source_runs("int main(void) { return 0; }" RUNS)
find_library(Z z)
if(NOT HAVE_GETPID OR HAVE_NONE OR NOT RUNS OR Z)
    message(FATAL_ERROR "probes: ${HAVE_GETPID} ${HAVE_NONE} ${RUNS} ${Z}")
endif()
add_library(answer answer.c)
add_executable(app app.c)
target_link_libraries(app answer Threads::Threads m)
enable_testing()
add_test(NAME runs COMMAND app)
C
    printf 'int answer(void);\nint answer(void)\n{\n    return 42;\n}\n' >src/answer.c
    printf '#include <stdio.h>\nint answer(void);\nint main(void)\n{\n    printf("%%d\\n", answer());\n    return 0;\n}\n' >src/app.c
    cmake -S src -B out -DCMAKE_TOOLCHAIN_FILE="$BUILD/lib/pith/pith.cmake" -DCMAKE_BUILD_TYPE=Release
    cmake --build out
    (cd out && ctest)
    cd out && both app
}

test_strip() {
    hello
    "$CC" -g hello.c -o hello
    cp hello stripped
    strip stripped
    both stripped
    "$PITH" why stripped puts
    install -s hello installed
    both installed
    "$CC" -s hello.c -o small
    readelf -SW small | grep -q '\.pith '
    ! readelf -SW small | grep -q '\.pith\.sym'
}
