/* Long files read in order, in pieces of all sizes, while they change: what was written ahead of
 * the reader is read, what was cut off is not, two readers do not disturb each other. */
#include "t.h"
#include <sys/mman.h>
#include <sys/uio.h>

#define MIB (1ul << 20)

static unsigned long sum = 5381, total;

static void take(const unsigned char *p, ssize_t n)
{
    for (ssize_t i = 0; i < n; i++)
        sum = sum * 33 + p[i];
    total += n > 0 ? (unsigned long)n : 0;
}

static unsigned char buf[3 * MIB];

static void fill(int fd, size_t from, size_t to, unsigned seed)
{
    for (size_t at = from; at < to;) {
        size_t n = to - at < 100000 ? to - at : 100000;
        for (size_t i = 0; i < n; i++)
            buf[i] = (unsigned char)((at + i) * seed >> 7);
        if (pwrite(fd, buf, n, (off_t)at) != (ssize_t)n)
            say("short write");
        at += n;
    }
}

/* Pieces that begin small and grow, and some that are odd. */
static void stream(int fd, size_t until)
{
    for (size_t n = 1; total < until; n = n * 3 % 70001) {
        ssize_t r = read(fd, buf, n);
        take(buf, r);
        if (r <= 0)
            break;
    }
}

int main(void)
{
    t_scratch();
    int fd = open("long", O_RDWR | O_CREAT, 0644), ro = open("long", O_RDONLY);
    fill(fd, 0, 9 * MIB + 777, 977);
    stream(ro, 3 * MIB);
    V(total), V(sum);
    /* Ahead of the reader, near and far. */
    fill(fd, 3 * MIB + 90000, 3 * MIB + 200000, 13);
    fill(fd, 7 * MIB, 7 * MIB + 5, 1777);
    stream(ro, 5 * MIB);
    V(total), V(sum);
    /* A second reader of the same file, and one of another. */
    int again = open("long", O_RDONLY), other = open("other", O_RDWR | O_CREAT, 0644);
    fill(other, 0, 6 * MIB, 31);
    lseek(other, 0, SEEK_SET);
    for (int i = 0; i < 200; i++) {
        take(buf, read(again, buf, 30000));
        take(buf, read(other, buf, 20000));
        take(buf, read(ro, buf, 100));
    }
    V(total), V(sum);
    /* Large pieces, into several places, and at an offset. */
    struct iovec v[3] = {{buf, 10}, {buf + 100, 1 * MIB}, {buf + 2 * MIB, 1 * MIB}};
    R(readv(again, v, 3));
    take(buf, 10), take(buf + 100, 1 * MIB), take(buf + 2 * MIB, 1 * MIB);
    R(pread(again, buf, 3 * MIB, 4 * MIB + 1));
    take(buf, 3 * MIB);
    V(total), V(sum);
    /* Cut in front of the readers, where they stand, and grown again. */
    R(lseek(again, 2 * MIB, SEEK_SET));
    for (int i = 0; i < 30; i++)
        take(buf, read(again, buf, 65536));
    R(ftruncate(fd, 4 * MIB + 100));
    R(read(again, buf, 200000));
    R(read(again, buf, 200000));
    R(read(again, buf, 200000));
    R(ftruncate(fd, 6 * MIB));
    fill(fd, 5 * MIB, 5 * MIB + 40, 91);
    for (int i = 0; i < 40; i++)
        take(buf, read(again, buf, 65536));
    V(total), V(sum), R(lseek(again, 0, SEEK_CUR));
    /* Into a mapping of the very file, and into memory that is not there. */
    unsigned char *m = mmap(0, 2 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    R(lseek(again, 2 * MIB, SEEK_SET));
    for (int i = 0; i < 32; i++)
        take(m, read(again, m + i * 65536, 65536));
    take(m, 2 * MIB);
    R(munmap(m, MIB));
    R(read(again, m, 100)), R(read(again, m + MIB - 50, 100));
    V(sum);
    R(unlink("long"));
    take(buf, pread(again, buf, 100, MIB));
    V(sum);
    return 0;
}
