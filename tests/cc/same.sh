# Equal inputs give equal files, wherever and whenever they are built.
# shellcheck shell=sh disable=SC2154

sources() {
    printf '#include <stdio.h>\nint f(int);\nint main(int c, char **v)\n{\n    (void)v;\n    printf("%%d\\n", f(c));\n    return 0;\n}\n' >m.c
    printf 'int f(int x)\n{\n    return x * 3;\n}\n' >f.c
    mkdir -p tree
    echo x >tree/b
    echo y >tree/a
}

build() { # in the current folder
    "$CC" -O2 m.c f.c -o one
    "$CC" -O2 -c m.c f.c
    "$CC" m.o f.o -o two
    ar rcsD libf.a f.o
    "$CC" "$PWD/m.o" "$PWD/libf.a" -o three
    "$CC" -O2 -flto m.c f.c -o four
    "$CC" --pith-files=tree:/t m.o f.o -o five
}

test_same_twice() {
    sources
    build
    mkdir first && mv one two three four five first
    sleep 1
    touch tree/* ./*.c
    build
    for p in one two three four five; do cmp "$p" "first/$p"; done
}

test_same_elsewhere() {
    mkdir a 'b b'
    (cd a && sources && build)
    (cd 'b b' && sources && mv tree t && mkdir tree && cp t/a tree && cp t/b tree &&
        TMPDIR=$PWD build)
    for p in one two three four five; do cmp "a/$p" "b b/$p"; done
}

test_no_paths_inside() {
    sources
    build
    for p in one two three four five; do
        ! grep -qaF "$PWD" $p || fail "$p names its folder"
        ! grep -qaF "$BUILD" $p || fail "$p names pith's folder"
        ! grep -qaE '/tmp/cc|pith-cc-[A-Za-z0-9]{6}' $p || fail "$p names a temporary file"
    done
}
