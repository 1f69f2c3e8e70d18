/* Sizes and offsets past 4 GiB, holes and where they are, truncation, fallocate. */
#include "t.h"
#include <linux/falloc.h>
#include <sys/uio.h>

#define GIB (1ll << 30)

static unsigned long sum(int fd, off_t at, size_t n)
{
    unsigned long h = 5381;
    unsigned char buf[5000];
    ssize_t got;
    while (n && (got = pread(fd, buf, n < sizeof buf ? n : sizeof buf, at)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            h = h * 33 + buf[i];
        at += got;
        n -= (size_t)got;
    }
    return h;
}

static long long size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) ? -1 : (long long)st.st_size;
}

int main(void)
{
    char buf[100000];
    t_scratch();
    int fd = open("big", O_RDWR | O_CREAT | O_EXCL, 0644);
    memset(buf, 'q', sizeof buf);
    R(pwrite(fd, "start", 5, 0));
    R(pwrite(fd, "four", 4, 4 * GIB));
    R(pwrite(fd, "five", 4, 5 * GIB + 4094));
    V(size_of(fd));
    R(pread(fd, buf, 10, 4 * GIB - 3));
    V(buf[2]), V(buf[3]), V(buf[6]), V(buf[9]);
    R(pread(fd, buf, 10, 5 * GIB + 4092));
    V(buf[1]), V(buf[2]), V(buf[5]);
    R(pread(fd, buf, 10, 6 * GIB));
    R(lseek(fd, 0, SEEK_END) == 5 * GIB + 4098);
    YES(lseek(fd, 100 * 1000 * 1000, SEEK_DATA) == 4 * GIB);
    YES(lseek(fd, 4 * GIB, SEEK_HOLE) < 5 * GIB);
    R(lseek(fd, 6 * GIB, SEEK_DATA));
    R(lseek(fd, 6 * GIB, SEEK_HOLE));
    R(lseek(fd, -1, SEEK_DATA));
    YES(lseek(fd, 5 * GIB + 4095, SEEK_HOLE) == size_of(fd));
    R(ftruncate(fd, 4 * GIB + 2));
    V(size_of(fd));
    R(pread(fd, buf, 10, 4 * GIB));
    R(ftruncate(fd, 4 * GIB + 10));
    R(pread(fd, buf, 10, 4 * GIB));
    V(buf[1]), V(buf[2]), V(buf[9]);
    R(truncate("big", 3));
    t_cat("big");
    R(truncate("big", 20000));
    V(sum(fd, 0, 30000));
    R(pwrite(fd, "y", 1, 0x7ffffffffffffff0) == -1 ? errno == EFBIG || errno == EINVAL : 1);
    R(lseek(fd, 0x7fffffffffffffff, SEEK_SET) == -1 ? errno == EINVAL : 1);
    R(pwrite(fd, "y", 1, -5));
    R(pread(fd, buf, 1, -5));
    close(fd);

    /* Blocks of all sizes at odd places. */
    fd = open("odd", O_RDWR | O_CREAT, 0644);
    for (int i = 0, at = 0; i < 60; i++) {
        int n = (i * 7919) % 9000 + 1;
        memset(buf, 'a' + i % 26, n);
        if (pwrite(fd, buf, n, at) != n)
            say("short at %d", i);
        at += n - (i % 3 ? 500 * (i % 5) : -3000);
        if (at < 0)
            at = 0;
    }
    V(size_of(fd)), V(sum(fd, 0, 1 << 20));
    struct iovec v[5] = {{buf, 1}, {buf + 10, 0}, {buf + 20, 5000}, {buf + 6000, 70000}, {buf, 3}};
    memset(buf, 'V', sizeof buf);
    R(pwritev(fd, v, 5, 4000));
    memset(buf, 0, sizeof buf);
    R(preadv(fd, v, 5, 3999));
    V(sum(fd, 0, 1 << 20)), V(buf[0]), V(buf[20]), V(buf[6000 + 69999]);
    R(pread(fd, buf, sizeof buf, 70000));

    R(fallocate(fd, 0, 100000, 50000));
    V(size_of(fd));
    R(fallocate(fd, FALLOC_FL_KEEP_SIZE, 200000, 5000));
    V(size_of(fd));
    R(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 5000, 20000));
    V(sum(fd, 0, 1 << 20));
    R(pread(fd, buf, 4, 6000)), V(buf[0]);
    R(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 5000, 20000));
    R(fallocate(fd, 0, 0, 0));
    R(fallocate(fd, 0, -1, 5));
    close(fd);
    fd = open("odd", O_RDONLY);
    R(fallocate(fd, 0, 0, 10));
    R(ftruncate(fd, 0));
    R(write(fd, "x", 1));
    V(sum(fd, 0, 1 << 20));
    close(fd);
    fd = open("odd", O_WRONLY | O_TRUNC);
    V(size_of(fd));
    R(read(fd, buf, 1));
    R(write(fd, "new", 3));
    close(fd);
    t_cat("odd");
    return 0;
}
