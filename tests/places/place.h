/* The tree that the programs of tests/places work on: `PROGRAM make` makes it in the working
 * folder, on Linux; without a word the program works in $ORACLE_TREE, where it is already (or is
 * made first, where $MAKE is set). Modes are those that embedded files can have, times nobody
 * prints. */
#ifndef PLACES_PLACE_H
#define PLACES_PLACE_H

#include "../oracle/t.h"

static const long place_sizes[] = {0, 1, 511, 512, 4095, 4096, 4097, 65536, 1000000};
#define PLACE_SIZES ((int)(sizeof place_sizes / sizeof *place_sizes))
#define PLACE_MANY 300

static unsigned char place_byte(long size, long at)
{
    return (unsigned char)(at * 7 + at / 251 + size);
}

T_UNUSED static void place_file(const char *path, long size)
{
    static unsigned char buf[1000000];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    for (long i = 0; i < size; i++)
        buf[i] = place_byte(size, i);
    if (fd < 0 || write(fd, buf, (size_t)size) != size || close(fd))
        say("%s: %s", path, t_errno(errno));
}

T_UNUSED static int place_make(void)
{
    char path[300];

    umask(022);
    mkdir("empty", 0755), mkdir("deep", 0755), mkdir("deep/a", 0755), mkdir("deep/a/b", 0755);
    mkdir("many", 0755), mkdir("names", 0755), mkdir("sizes", 0755), mkdir("full", 0755);
    t_put("deep/a/b/file", "at the bottom"), t_put("deep/file", "in deep");
    t_put("file", "content"), t_put("other", "other content"), t_put("full/x", "x");
    t_put("exe", "#!/bin/sh\n"), chmod("exe", 0755);
    t_put("log", "");
    symlink("file", "link"), symlink("deep", "dlink"), symlink("none", "dangling");
    symlink("loop", "loop"), symlink("deep/a/b/file", "far"), symlink("dlink/file", "over");
    for (int i = 0; i < PLACE_SIZES; i++) {
        snprintf(path, sizeof path, "sizes/%ld", place_sizes[i]);
        place_file(path, place_sizes[i]);
    }
    for (int i = 0; i < PLACE_MANY; i++) {
        snprintf(path, sizeof path, "many/n%d-%.*s", i, i % 50,
                 "a tail that makes entries of many different sizes");
        t_put(path, "m");
    }
    for (int c = 1; c < 256; c++)
        if (c != '/' && c != '.') {
            snprintf(path, sizeof path, "names/%c", c);
            t_put(path, path + 6);
        }
    memset(path, 'L', sizeof path);
    memcpy(path, "names/", 6);
    path[6 + 255] = 0;
    t_put(path, "long");
    return 0;
}

/* Enters the tree; or makes it, and says so by 1. */
T_UNUSED static int place_enter(int argc, char **argv)
{
    const char *tree = getenv("ORACLE_TREE");

    if (argc > 1 && !strcmp(argv[1], "make"))
        return place_make(), 1;
    umask(022);
    if (!tree || chdir(tree)) {
        say("no tree: %s", t_errno(errno));
        _exit(99);
    }
    if (getenv("MAKE"))
        place_make();
    return 0;
}

/* What open answers, for every one of these paths with every one of these flags. What it made goes
 * away again. */
T_UNUSED static void place_opens(int truncating)
{
    static const char *const paths[] = {"file",     "file/",  "file/x", "empty", "empty/", "link",
                                        "dlink",    "dlink/", "loop",   "exe",   "none",   "none/",
                                        "dangling", "none/x", "over",   "",      "."};
    static const struct {
        const char *name;
        int flags;
    } kinds[] = {
#define F(f) {#f, f}
        F(O_RDONLY),
        F(O_WRONLY),
        F(O_RDWR),
        F(O_RDONLY | O_CREAT),
        F(O_WRONLY | O_CREAT),
        F(O_RDWR | O_CREAT | O_EXCL),
        F(O_RDONLY | O_DIRECTORY),
        F(O_RDWR | O_DIRECTORY),
        F(O_RDONLY | O_NOFOLLOW),
        F(O_WRONLY | O_NOFOLLOW),
        F(O_PATH),
        F(O_PATH | O_NOFOLLOW),
        F(O_PATH | O_DIRECTORY),
        F(O_WRONLY | O_APPEND),
        F(O_RDONLY | O_NONBLOCK),
        F(O_RDONLY | O_CLOEXEC),
        F(O_RDWR | O_SYNC),
        F(O_RDONLY | O_CREAT | O_NOFOLLOW),
        F(O_WRONLY | O_TRUNC),
        F(O_RDWR | O_CREAT | O_TRUNC)
#undef F
    };
    struct stat st;
    char before[64], after[64];

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            if (!truncating && kinds[k].flags & O_TRUNC)
                continue;
            int there = lstat("none", &st) == 0;
            int fd = open(paths[i], kinds[k].flags, 0644), e = errno;
            if (fd < 0) {
                say("open %s, %s: %s", paths[i], kinds[k].name, t_errno(e));
                continue;
            }
            fstat(fd, &st);
            snprintf(before, sizeof before, "%o", st.st_mode);
            snprintf(after, sizeof after, "%ld", S_ISREG(st.st_mode) ? (long)st.st_size : -1l);
            say("open %s, %s: %s of %s", paths[i], kinds[k].name, before, after);
            close(fd);
            if (!there)
                unlink("none");
        }
}

#endif
