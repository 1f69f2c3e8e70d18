/* stat, lstat, fstat, statx, statfs: which fields hold what for each kind of file. */
#include "t.h"
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <linux/stat.h>

static void kind(const char *p)
{
    struct stat a, b;

    if (lstat(p, &a))
        return say("%s: %s", p, t_errno(errno));
    stat(p, &b);
    say("%s: %o links %d size %ld, followed %o; blksize %s, inode %s", p, a.st_mode,
        S_ISDIR(a.st_mode) ? -1 : (int)a.st_nlink, S_ISDIR(a.st_mode) ? -1 : (long)a.st_size,
        b.st_mode, a.st_blksize >= 512 ? "fine" : "odd", a.st_ino ? "fine" : "zero");
}

int main(void)
{
    struct statx x;
    struct stat st, st2;
    struct statfs fs;
    struct statvfs vfs;
    char big[10000];

    t_scratch();
    t_put("f", "12345");
    mkdir("d", 0750);
    symlink("f", "s");
    symlink("nothing", "dangling");
    mkfifo("p", 0622);
    link("f", "hard");
    kind("f"), kind("d"), kind("s"), kind("p"), kind("hard"), kind("/dev/null"), kind("/dev/zero");
    kind("/dev/urandom"), kind("/dev/full");
    stat("/dev/null", &st);
    say("%x", (unsigned)st.st_rdev);
    stat("/dev/full", &st);
    say("%x", (unsigned)st.st_rdev);
    stat("f", &st), stat("hard", &st2);
    YES(st.st_ino == st2.st_ino && st.st_dev == st2.st_dev);
    stat("d", &st2);
    YES(st.st_ino != st2.st_ino && st.st_dev == st2.st_dev);
    stat("d/..", &st), stat(".", &st2);
    YES(st.st_ino == st2.st_ino);
    stat("/", &st), stat("/..", &st2);
    YES(st.st_ino == st2.st_ino);
    int fd = open("f", O_RDONLY);
    fstat(fd, &st), stat("f", &st2);
    YES(st.st_ino == st2.st_ino && st.st_size == 5);
    YES(st.st_mtime > 1600000000 && st.st_ctime >= st.st_mtime - 1);

    memset(big, 'b', sizeof big);
    fd = open("big", O_CREAT | O_RDWR, 0644);
    write(fd, big, sizeof big);
    fsync(fd);
    fstat(fd, &st);
    YES(st.st_blocks * 512 >= 10000 && st.st_blocks * 512 < 100000);

    memset(&x, 0, sizeof x);
    R(syscall(SYS_statx, AT_FDCWD, "s", 0, STATX_BASIC_STATS, &x));
    say("%o %u %llu %d", x.stx_mode, x.stx_nlink, (unsigned long long)x.stx_size,
        (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    R(syscall(SYS_statx, AT_FDCWD, "s", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x));
    say("%o %llu", x.stx_mode, (unsigned long long)x.stx_size);
    R(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &x));
    say("%llu", (unsigned long long)x.stx_size);
    R(syscall(SYS_statx, fd, "", 0, STATX_SIZE, &x));
    R(syscall(SYS_statx, AT_FDCWD, "none", 0, STATX_SIZE, &x));
    R(syscall(SYS_statx, AT_FDCWD, "f", 0x10000, STATX_SIZE, &x));
    R(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000u, &x));
    R(syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_SIZE, 8));
    R(syscall(SYS_statx, -1, "f", 0, STATX_SIZE, &x));
    R(syscall(SYS_statx, -1, "/dev/null", 0, STATX_SIZE, &x));

    R(statfs(".", &fs));
    YES(fs.f_bsize >= 512 && fs.f_namelen == 255);
    R(statfs("none", &fs));
    R(fstatfs(fd, &fs));
    R(fstatfs(-1, &fs));
    R(statvfs(".", &vfs));
    YES(vfs.f_namemax == 255);
    R(statfs("/proc", &fs));
    V(fs.f_type);
    R(pathconf(".", _PC_NAME_MAX));
    R(pathconf(".", _PC_PATH_MAX));
    R(sysconf(_SC_PAGESIZE));
    R(sysconf(_SC_OPEN_MAX) > 0);
    R(sysconf(_SC_NPROCESSORS_ONLN) > 0);
    R(sysconf(_SC_CLK_TCK));
    R(sysconf(12345));
    return 0;
}
