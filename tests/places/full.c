/* A place without room: $ORACLE_TREE is empty and takes a MiB or so. What answers ENOSPC, what goes
 * on working, and that room which is given back can be used. */
#include "../oracle/t.h"
#include <sys/statvfs.h>
#include <sys/uio.h>

static char block[4096], back[4096];

/* Writes blocks until no more go in; how many bytes did. */
static long fill(int fd, size_t piece)
{
    long all = 0;
    ssize_t n;

    while ((n = write(fd, block, piece)) > 0)
        all += n;
    say("full: %s", t_errno(n < 0 ? errno : 0));
    return all;
}

static int right(int fd, long bytes)
{
    ssize_t n;

    for (long at = 0; at < bytes; at += n) {
        n = pread(fd, back, sizeof back, at);
        if (n <= 0)
            return 0;
        for (ssize_t i = 0; i < n; i++)
            if (back[i] != block[(at + i) % (long)sizeof block])
                return 0;
    }
    return 1;
}

int main(void)
{
    struct statvfs fs;
    struct stat st;
    char name[20];

    if (!getenv("ORACLE_TREE") || chdir(getenv("ORACLE_TREE")))
        return 99;
    umask(022);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i * 31 + i / 200);
    R(mkdir("d", 0755)), t_put("d/small", "small"), t_put("there", "before");
    int fd = open("big", O_RDWR | O_CREAT | O_EXCL, 0644);
    long all = fill(fd, sizeof block);
    YES(all > 300000), YES(all < 3000000);
    R(fstat(fd, &st)), YES(st.st_size == all);
    YES(right(fd, all));
    R(fsync(fd)), R(fdatasync(fd));
    R(statvfs(".", &fs)), YES(fs.f_bavail * fs.f_frsize < 65536);
    /* What needs no room works. */
    R(pwrite(fd, block, 4096, 0)), R(pwrite(fd, block, 4096, 40960)), YES(right(fd, all));
    t_cat("d/small"), t_cat("there");
    R(rename("there", "d/there")), R(rename("d/there", "there")), R(link("there", "hard")),
        R(unlink("hard"));
    R(chmod("there", 0600)), R(utimensat(AT_FDCWD, "there", 0, 0)), R(access("d", F_OK));
    R(truncate("there", 3)), t_cat("there");
    /* What needs some does not. */
    int other = open("d/small", O_RDWR);
    R(pwrite(other, block, 4096, 1 << 20));
    R(fallocate(other, 0, 0, 1 << 20));
    R(fallocate(other, FALLOC_FL_KEEP_SIZE, 1 << 20, 1 << 20));
    R(ftruncate(other, 1 << 20)), R(pwrite(other, block, 4096, 500000)), R(ftruncate(other, 5)),
        t_cat("d/small");
    struct iovec v[2] = {{block, 4096}, {block, 4096}};
    R(pwritev(other, v, 2, 8192));
    R(fstat(other, &st)), V(st.st_size);
    close(other);
    /* Room that is given back can be used: by truncation, ... */
    R(ftruncate(fd, all / 2 / 4096 * 4096));
    R(lseek(fd, 0, SEEK_END) == all / 2 / 4096 * 4096);
    long more = fill(fd, 1000);
    YES(more > all / 4);
    /* ... by removal while it is open (not before it is closed), ... */
    R(unlink("big"));
    other = open("next", O_RDWR | O_CREAT, 0644);
    YES(fill(other, 4096) < 100000);
    R(close(fd));
    YES(fill(other, 4096) > 300000);
    close(other);
    R(unlink("next"));
    /* ... and of many small ones. */
    int n = 0;
    for (; n < 5000; n++) {
        snprintf(name, sizeof name, "d/%d", n);
        fd = open(name, O_WRONLY | O_CREAT, 0644);
        ssize_t put = fd < 0 ? -1 : write(fd, block, 3000);
        int e = errno;
        if (fd >= 0)
            close(fd);
        if (put < 0) {
            say("small files: %s", t_errno(e));
            break;
        }
    }
    YES(n > 50 && n < 1000);
    for (int i = 0; i <= n; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        unlink(name);
    }
    fd = open("last", O_RDWR | O_CREAT, 0644);
    all = fill(fd, 4096);
    YES(all > 300000), YES(right(fd, all));
    close(fd);
    R(unlink("last")), R(unlink("there")), R(unlink("d/small")), R(rmdir("d"));
    return 0;
}
