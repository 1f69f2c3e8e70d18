/* link, unlink, symlink, readlink, mkdir, rmdir, mknod: counts, refusals, lives after names. */
#include "t.h"
#include <sys/sysmacros.h>

static void nlink(const char *p)
{
    struct stat st;

    if (lstat(p, &st))
        say("%s: %s", p, t_errno(errno));
    else
        say("%s: %lu links, size %ld", p, (unsigned long)st.st_nlink,
            S_ISDIR(st.st_mode) ? -1l : (long)st.st_size);
}

int main(void)
{
    char buf[20] = "";
    int fd;

    t_scratch();
    t_put("f", "text");
    R(link("f", "g"));
    nlink("f"), nlink("g");
    R(link("f", "g"));
    R(link("none", "h"));
    R(link(".", "h"));
    R(link("f", "none/h"));
    R(link("f/", "h"));
    R(link("f", "h/"));
    t_put("g", "through g");
    t_cat("f");
    R(unlink("f"));
    nlink("g");
    R(unlink("f"));
    R(unlink("."));
    R(unlink(""));
    R(unlink("g/"));
    R(unlink("g/x"));
    R(mkdir("d", 0755));
    R(unlink("d"));
    R(unlink("d/"));
    R(rmdir("g"));
    R(rmdir("none"));
    R(rmdir("d/."));
    R(rmdir("d/.."));
    R(rmdir("."));
    R(rmdir("/"));
    R(mkdir("d", 0755));
    R(mkdir("g", 0755));
    R(mkdir("none/x", 0755));
    R(mkdir("g/x", 0755));
    R(mkdir("e/", 0755));
    R(mkdir("", 0755));
    R(mkdir("/", 0755));
    R(mkdir(".", 0755));
    R(mkdir("d/sub", 0755));
    R(rmdir("d"));
    R(rmdir("d/sub/"));
    R(rmdir("d"));
    R(rmdir("e"));

    R(symlink("g", "s"));
    R(symlink("g", "s"));
    R(symlink("", "s2"));
    R(symlink("x", "none/s"));
    R(symlink("x", "s3/"));
    nlink("s");
    R(readlink("s", buf, sizeof buf));
    R(readlink("s", buf, 1));
    R(readlink("g", buf, sizeof buf));
    R(readlink("none", buf, sizeof buf));
    R(readlink("s/", buf, sizeof buf));
    R(readlink("s", buf, 0));
    R(link("s", "s-hard"));
    R(readlink("s-hard", buf, sizeof buf));
    R(linkat(AT_FDCWD, "s", AT_FDCWD, "s-follow", AT_SYMLINK_FOLLOW));
    nlink("g");
    R(unlink("s"));
    nlink("g");
    R(rmdir("s-hard"));
    R(mkdir("dd", 0755));
    R(symlink("dd", "sd"));
    R(rmdir("sd"));
    R(unlink("sd/"));
    R(rmdir("sd/"));
    R(mkdir("sd", 0755));
    R(mkdir("sd/in", 0755));
    R(rmdir("dd/in"));

    /* A file without a name. */
    fd = open("g", O_RDWR);
    R(unlink("g"));
    R(unlink("s-follow"));
    R(pread(fd, buf, 7, 0));
    R(pwrite(fd, "more text", 9, 0));
    struct stat st;
    R(fstat(fd, &st));
    say("%lu links, %ld bytes", (unsigned long)st.st_nlink, (long)st.st_size);
    R(linkat(fd, "", AT_FDCWD, "back", AT_EMPTY_PATH));
    R(close(fd));

    /* The current directory removed. */
    R(mkdir("cur", 0755));
    R(chdir("cur"));
    R(rmdir("../cur"));
    R(open("x", O_CREAT | O_RDWR, 0644));
    R(mkdir("x", 0755));
    R(access(".", F_OK));
    R(access("x", F_OK));
    P(getcwd(buf, sizeof buf));
    R(chdir(".."));
    P(getcwd(buf, 1));

    /* 1,000 links to one file. */
    t_put("one", "1");
    int bad = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(buf, sizeof buf, "l%d", i);
        bad += link("one", buf) != 0;
    }
    nlink("l999");
    for (int i = 0; i < 999; i++) {
        snprintf(buf, sizeof buf, "l%d", i);
        bad += unlink(buf) != 0;
    }
    V(bad);
    nlink("one");
    R(mkfifo("fifo", 0600));
    R(mkfifo("fifo", 0600));
    R(mknod("reg", S_IFREG | 0644, 0));
    nlink("reg");
    R(mknod("dirnode", S_IFDIR | 0755, 0));
    R(mknod("bad", 0170000, 0));
    R(remove("reg"));
    R(remove("dd"));
    R(remove("none"));
    return 0;
}
