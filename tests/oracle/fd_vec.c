/* readv, writev, preadv, pwritev: gathering, limits, bad vectors. */
#include "t.h"
#include <limits.h>
#include <sys/uio.h>

int main(void)
{
    static struct iovec many[1025];
    static char blk[1025];
    char a[4] = "", b[4] = "", c[20] = "";
    int fd, p[2];

    t_scratch();
    fd = open("f", O_RDWR | O_CREAT, 0644);
    struct iovec w[4] = {{"one", 3}, {"", 0}, {"two", 3}, {"three", 5}};
    R(writev(fd, w, 4));
    t_cat("f");
    struct iovec r[3] = {{a, 3}, {b, 3}, {c, 19}};
    R(preadv(fd, r, 3, 0));
    say("%s %s %s", a, b, c);
    R(preadv(fd, r, 3, 8));
    say("%s", a);
    R(lseek(fd, 2, SEEK_SET));
    R(readv(fd, r, 2));
    say("%s %s", a, b);
    R(pwritev(fd, w, 1, 20));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(fd, 0, SEEK_END));
    R(preadv(fd, r, 3, -1));
    R(readv(fd, r, 0));
    R(readv(fd, r, -1));
    R(readv(fd, r, IOV_MAX + 1));
    R(writev(-1, w, 1));
    R(writev(fd, 0, 1));
    R(writev(fd, 0, 0));
    struct iovec neg[2] = {{a, 1}, {b, (size_t)-1}};
    R(readv(fd, neg, 2));
    R(writev(fd, neg, 2));
    struct iovec wild[2] = {{(char *)"ok", 2}, {(void *)16, 5}};
    R(pwritev(fd, wild + 1, 1, 0));
    R(pwritev(fd, wild, 2, 0));
    for (int i = 0; i < 1025; i++)
        blk[i] = (char)('a' + i % 26), many[i].iov_base = blk + i, many[i].iov_len = 1;
    R(ftruncate(fd, 0));
    R(pwritev(fd, many, 1024, 0));
    R(pwritev(fd, many, 1025, 0));
    memset(blk, 0, sizeof blk);
    R(preadv(fd, many, 1024, 0));
    int bad = 0;
    for (int i = 0; i < 1024; i++)
        bad += blk[i] != 'a' + i % 26;
    V(bad);
    pipe(p);
    R(writev(p[1], w, 4));
    memset(c, 0, sizeof c);
    R(readv(p[0], r, 3));
    say("%s %s %s", a, b, c);
    R(preadv(p[0], r, 1, 0));
    R(lseek(fd, 0, SEEK_END));
    return 0;
}
