/* What others may rely on though a write or an unlock need not be the host's when it returns
 * (docs/files.md): run on a volume by tests/run-volumes, which looks at the host's side.
 *
 *   behind tell FILE    appends records, and says on stdout how many are written, for ever
 *   behind spin FILE    writes for some milliseconds, then "end", and computes without a call
 *   behind lock FILE    locks and unlocks for some milliseconds, then computes without a call
 *   behind mix FILE     small writes through two descriptors, a mapping and truncation, all read
 * back
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int failed(const char *what)
{
    perror(what);
    return 1;
}

static int compute(void)
{
    for (volatile unsigned long n = 0;; n++)
        ;
}

static int tell(int fd)
{
    char text[64];
    for (int n = 0;;) {
        /* More and more at once, so that some are queued. */
        for (int k = 0; k <= n % 9; k++, n++) {
            int len = snprintf(text, sizeof text, "record %07d\n", n);
            if (write(fd, text, (size_t)len) != len)
                return failed("write");
        }
        int len = snprintf(text, sizeof text, "%d\n", n);
        if (write(1, text, (size_t)len) != len)
            return 1;
    }
}

static int spin(int fd)
{
    for (double end = now() + 0.05; now() < end;)
        if (write(fd, "more\n", 5) != 5)
            return failed("write");
    if (write(fd, "end\n", 4) != 4)
        return failed("write");
    return compute();
}

static int lock(int fd)
{
    struct flock l = {.l_whence = SEEK_SET, .l_len = 1};
    if (write(fd, "x", 1) != 1)
        return failed("write");
    for (double end = now() + 0.05; now() < end;)
        for (int type = 0; type < 3; type++) {
            l.l_type = (short)(type == 0 ? F_RDLCK : type == 1 ? F_WRLCK : F_UNLCK);
            if (fcntl(fd, F_SETLK, &l))
                return failed("lock");
        }
    if (write(1, "let go\n", 7) != 7)
        return 1;
    return compute();
}

#define BYTES 300000u
static unsigned char want[BYTES], got[BYTES];

static int mix(int fd, const char *path)
{
    unsigned seed = 1;
    int other = open(path, O_RDWR);
    if (other < 0 || ftruncate(fd, BYTES))
        return failed("open");
    unsigned char *map = mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
    if (map == MAP_FAILED)
        return failed("mmap");
    for (int i = 0; i < 2000; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned at = (seed >> 8) % (BYTES - 5000), len = 1 + (seed >> 4) % 4999, how = seed >> 28;
        if (how < 9) {
            memset(want + at, i, len);
            if (pwrite(how & 1 ? fd : other, want + at, len, at) != (ssize_t)len)
                return failed("pwrite");
        } else if (how < 11) {
            memset(want + at, i, len);
            memset(map + at, i, len);
        } else if (how < 13) {
            if (pread(how & 1 ? fd : other, got, len, at) != (ssize_t)len ||
                memcmp(got, want + at, len) != 0)
                return printf("read %d: wrong\n", i), 1;
        } else if (how < 14) {
            if (memcmp(map + at, want + at, len) != 0)
                return printf("mapping %d: wrong\n", i), 1;
        } else if (how < 15 && i % 8 == 0) {
            memset(want + at, 0, BYTES - at);
            if (ftruncate(fd, at) || ftruncate(other, BYTES))
                return failed("ftruncate");
        } else if (i % 16 == 0 && fdatasync(fd)) {
            return failed("fdatasync");
        }
    }
    if (msync(map, BYTES, MS_SYNC) || pread(fd, got, BYTES, 0) != BYTES ||
        memcmp(got, want, BYTES) != 0)
        return printf("the end: wrong\n"), 1;
    unsigned long sum = 0;
    for (unsigned i = 0; i < BYTES; i++)
        sum = sum * 31 + want[i];
    printf("%lx\n", sum);
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    int fd = argc > 2 ? open(argv[2], O_RDWR | O_CREAT, 0644) : -1;
    if (fd < 0)
        return failed("open");
    if (strcmp(what, "tell") == 0)
        return tell(fd);
    if (strcmp(what, "spin") == 0)
        return spin(fd);
    if (strcmp(what, "lock") == 0)
        return lock(fd);
    return strcmp(what, "mix") == 0 ? mix(fd, argv[2]) : 2;
}
