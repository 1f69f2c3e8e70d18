/* rename and renameat2 over every pair of kinds, into itself, across links, with flags. */
#include "t.h"
#include <sys/syscall.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static void make(void)
{
    mkdir("dir", 0755), mkdir("full", 0755), t_put("full/x", "x"), mkdir("dir2", 0755);
    t_put("file", "file"), t_put("file2", "file2"), symlink("file", "link"),
        symlink("dir", "dlink");
    symlink("none", "dangling"), mkfifo("fifo", 0644), link("file", "hard");
}

static void clean(void)
{
    char cwd[300];

    getcwd(cwd, sizeof cwd);
    nftw(cwd, t_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mkdir(cwd, 0700);
    if (chdir(cwd))
        say("clean: %s", t_errno(errno));
}

static int rename2(const char *a, const char *b, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

int main(void)
{
    static const char *const names[] = {
        "dir",  "full",  "file",   "file2",  "link",     "dlink",     "dangling",
        "fifo", "hard",  "none",   "full/x", "dir/",     "file/",     "none/",
        ".",    "dir/.", "dir/..", "",       "full/new", "dir/sub/x", "file/x"};
    struct stat st;
    int n = sizeof names / sizeof *names;

    t_scratch();
    make();
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            errno = 0;
            int r = rename(names[i], names[k]);
            int e = errno, left = lstat(names[i], &st) == 0, there = lstat(names[k], &st) == 0;
            say("rename %s -> %s: %s, %d %d", names[i], names[k], r ? t_errno(e) : "ok", left,
                there);
            if (r) /* then all is as it was */
                continue;
            clean();
            make();
        }
    R(mkdir("dir/sub", 0755));
    R(rename("dir", "dir/sub/dir"));
    R(rename("dir", "dir/new"));
    R(rename("dir/sub", "dir"));
    R(rename("dir/sub", "moved"));
    R(stat("moved/..", &st));
    R(rename("moved", "full/moved"));
    R(access("full/moved/../x", F_OK));
    R(rename("full", "filled"));
    t_cat("filled/x");
    /* An open file goes on under its new name. */
    int fd = open("file2", O_RDWR);
    R(rename("file2", "renamed"));
    R(pwrite(fd, "NEW", 3, 0));
    t_cat("renamed");
    R(rename("file", "renamed"));
    char buf[8] = "";
    R(pread(fd, buf, 5, 0));
    S(buf);
    R(fstat(fd, &st));
    V(st.st_nlink);
    t_cat("renamed");
    clean();

    make();
    R(rename2("file", "file2", RENAME_NOREPLACE));
    R(rename2("file", "new", RENAME_NOREPLACE));
    R(rename2("new", "file2", RENAME_EXCHANGE));
    t_cat("new"), t_cat("file2");
    R(rename2("new", "full", RENAME_EXCHANGE));
    t_cat("full"), t_cat("new/x");
    R(rename2("new", "none", RENAME_EXCHANGE));
    R(rename2("new", "x", RENAME_EXCHANGE | RENAME_NOREPLACE));
    R(rename2("new", "x", 0x1000));
    R(rename2("new", "new/inside", RENAME_EXCHANGE));
    int d = open("new", O_RDONLY);
    R(renameat(d, "x", AT_FDCWD, "out"));
    t_cat("out");
    R(renameat(fd, "x", AT_FDCWD, "out2"));
    R(renameat(-1, "out", AT_FDCWD, "out2"));
    return 0;
}
