/* The *at family: relative to descriptors, AT_EMPTY_PATH, bad descriptors; fchdir, getcwd. */
#include "t.h"
#include <limits.h>

int main(void)
{
    struct stat st;
    char buf[PATH_MAX], cwd[PATH_MAX], small[4];
    int d, f, fd;

    t_scratch();
    mkdir("d", 0755);
    t_put("d/f", "in d");
    t_put("top", "on top");
    d = open("d", O_RDONLY | O_DIRECTORY);
    f = open("top", O_RDONLY);
    R(fd = openat(d, "f", O_RDONLY));
    R(read(fd, buf, 10));
    R(openat(d, "../top", O_RDONLY));
    R(openat(d, "none", O_RDONLY));
    R(openat(f, "x", O_RDONLY));
    R(openat(-1, "x", O_RDONLY));
    R(openat(99, "x", O_RDONLY));
    R(fd = openat(-1, "/dev/null", O_RDONLY)); /* absolute: the descriptor does not matter */
    R(openat(d, "new", O_CREAT | O_RDWR, 0644));
    R(openat(d, "", O_RDONLY));
    R(fstatat(d, "f", &st, 0));
    V(st.st_size);
    R(fstatat(d, "", &st, 0));
    R(fstatat(f, "", &st, AT_EMPTY_PATH));
    V(st.st_size);
    R(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
    YES(S_ISDIR(st.st_mode));
    R(fstatat(f, "x", &st, 0));
    R(fstatat(d, "f", &st, 0x8000));
    R(mkdirat(d, "sub", 0755));
    R(mkdirat(f, "sub", 0755));
    R(symlinkat("f", d, "s"));
    R(readlinkat(d, "s", buf, sizeof buf));
    R(fstatat(d, "s", &st, AT_SYMLINK_NOFOLLOW));
    YES(S_ISLNK(st.st_mode));
    R(linkat(d, "f", AT_FDCWD, "linked", 0));
    R(linkat(d, "f", AT_FDCWD, "linked2", 0x8000));
    t_cat("linked");
    R(unlinkat(d, "sub", 0));
    R(unlinkat(d, "f", AT_REMOVEDIR));
    R(unlinkat(d, "sub", AT_REMOVEDIR));
    R(unlinkat(d, "s", 0));
    R(unlinkat(d, "f", 0x8000));
    R(unlinkat(-1, "f", 0));
    R(mkfifoat(d, "fifo", 0644));
    R(renameat(d, "fifo", d, "fifo2"));
    R(faccessat(d, "fifo2", R_OK, 0));
    R(fchmodat(d, "f", 0600, 0));
    R(fchownat(d, "f", -1, -1, 0));

    getcwd(cwd, sizeof cwd);
    R(fchdir(d));
    getcwd(buf, sizeof buf);
    S(buf + strlen(cwd));
    t_cat("f");
    R(fchdir(f));
    R(fchdir(-1));
    R(chdir(".."));
    R(chdir("top"));
    R(chdir("none"));
    R(chdir(""));
    R(chdir("d/../d"));
    getcwd(buf, sizeof buf);
    S(buf + strlen(cwd));
    /* Renamed under our feet. */
    R(rename("../d", "../moved"));
    getcwd(buf, sizeof buf);
    S(buf + strlen(cwd));
    t_cat("f");
    P(getcwd(small, sizeof small));
    P(getcwd(buf, 0));
    char *own = getcwd(0, 0);
    YES(own && !strcmp(own, buf));
    R(chdir("/"));
    S(getcwd(buf, sizeof buf));
    R(chdir("/dev"));
    S(getcwd(buf, sizeof buf));
    R(chdir("../.."));
    S(getcwd(buf, sizeof buf));
    chdir(cwd);
    return 0;
}
