/* Path resolution: dots, slashes, symbolic links, loops, lengths, what is not a directory. */
#include "t.h"
#include <limits.h>

static void look(const char *path)
{
    struct stat st;

    errno = 0;
    int r = stat(path, &st);
    if (r)
        say("%s: %s", path, t_errno(errno));
    else
        say("%s: %s", path,
            S_ISDIR(st.st_mode)   ? "directory"
            : S_ISREG(st.st_mode) ? "file"
                                  : "other");
}

int main(void)
{
    static const char *const paths[] = {
        "",           ".",        "./",           "..",
        "../",        "a",        "a/",           "a//",
        "a/.",        "a/./",     "a/..",         "a/../a",
        "a/b",        "a/b/",     "a/b/..",       "a/b/../..",
        "f",          "f/",       "f/.",          "f/..",
        "f/x",        "a/f/../b", "./a/./b/./f2", "none",
        "none/",      "none/..",  "none/x",       "a/none/../b",
        "la",         "la/",      "la/b",         "la/..",
        "lf",         "lf/",      "lf/x",         "ld",
        "ld/",        "ld/x",     "loop1",        "loop1/x",
        "self",       "self/x",   "chain",        "chain/b",
        "abs",        "abs/b",    "up/b",         "slash",
        "slash/b/f2", "dot",      "dot/a",        "a///b////f2",
        "empty/",     "..../x",   "...",          "a/b/../../a/b/../../a/b/f2",
        "la/lb/f2",   "lb2"};
    char buf[PATH_MAX + 20], cwd[PATH_MAX];

    t_scratch();
    getcwd(cwd, sizeof cwd);
    mkdir("a", 0755), mkdir("a/b", 0755), t_put("f", "f"), t_put("a/b/f2", "f2"), t_put("a/f", "x");
    symlink("a", "la"), symlink("f", "lf"), symlink("gone", "ld"), symlink("loop2", "loop1");
    symlink("loop1", "loop2"), symlink("self", "self"), symlink("la", "chain");
    snprintf(buf, sizeof buf, "%s/a", cwd), symlink(buf, "abs");
    symlink("../a", "a/up"), symlink("a/../a", "up"), symlink("a/", "slash"), symlink(".", "dot");
    symlink("b", "a/lb"), symlink("f/", "lb2");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        look(paths[i]);

    /* Chains of links: 40 are followed, 41 are not. */
    symlink("f", "c1");
    for (int i = 2; i <= 45; i++) {
        char from[10], to[10];
        snprintf(from, sizeof from, "c%d", i), snprintf(to, sizeof to, "c%d", i - 1);
        symlink(to, from);
    }
    look("c39"), look("c40"), look("c41"), look("c45");

    /* Lengths: a component of 255 bytes, a path of 4,095. */
    memset(buf, 'n', 256), buf[256] = 0;
    look(buf);
    buf[255] = 0;
    R(close(open(buf, O_CREAT | O_RDWR, 0644)));
    look(buf);
    R(mkdir("nnn", 0755));
    buf[255] = 'n';
    R(mkdir(buf, 0755));
    R(symlink("x", buf));
    R(rename("f", buf));
    R(unlink(buf));
    for (size_t n = 4090; n <= 4098; n++) {
        for (size_t i = 0; i < n; i++)
            buf[i] = i % 2 ? '/' : '.';
        if (n % 2 == 0)
            buf[n - 1] = '/';
        buf[n] = 0;
        errno = 0;
        int r = access(buf, F_OK);
        say("%zu bytes: %d %s", n, r, t_errno(errno));
    }
    memset(buf, '/', 4095), buf[4095] = 0;
    R(access(buf, F_OK));
    R(access(t_wild, F_OK));
    memset(buf, 'l', 4095), buf[4095] = 0;
    R(symlink(buf, "long"));
    R(symlink("", "emptylink"));
    R(readlink("long", buf, sizeof buf));

    /* realpath. */
    static const char *const real[] = {"a/b/../b/f2", "la/lb", "self", "none",
                                       "abs/b",       "f/x",   "f/"};
    for (size_t i = 0; i < sizeof real / sizeof *real; i++) {
        errno = 0;
        char *p = realpath(real[i], buf);
        say("realpath %s: %s", real[i],
            p ? (strncmp(p, cwd, strlen(cwd)) ? "elsewhere" : p + strlen(cwd)) : t_errno(errno));
    }
    S(realpath("/dev/../dev/./null", buf));
    S(realpath("/../..", buf));
    return 0;
}
