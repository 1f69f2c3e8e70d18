/* Files on a disk beside their copies in memory: random writes, cuts, holes, reservations,
 * mappings, renames and removals, after each of which file and copy must be the same.
 *
 *   disk_stress DIR SEED OPERATIONS        prints "same", or what was not
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 40
#define LONGEST 300000

static struct copy {
    unsigned char *data;
    long size;
    int there;
} copies[FILES];
static const char *dir;
static unsigned long long seed;
static unsigned char buf[LONGEST + 1];
static int now;

static unsigned pick(unsigned n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % n;
}

static void need(int ok, const char *what)
{
    if (ok)
        return;
    printf("operation %d: %s: %s\n", now, what, strerror(errno));
    exit(1);
}

static void path_of(char *path, const char *kind, int i)
{
    sprintf(path, "%s/%s%d", dir, kind, i);
}

static void compare(int fd, const struct copy *c)
{
    need(pread(fd, buf, sizeof buf, 0) == c->size, "the size is wrong");
    need(!memcmp(buf, c->data, (size_t)c->size), "the content is wrong");
}

static void map(int fd, struct copy *c)
{
    if (!c->size)
        return;
    unsigned char *m = mmap(0, (size_t)c->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    need(m != MAP_FAILED, "mmap");
    need(!memcmp(m, c->data, (size_t)c->size), "a mapping is wrong");
    long at = pick((unsigned)c->size), len = pick(5000);
    for (long k = at; k < at + len && k < c->size; k++)
        m[k] = c->data[k] = (unsigned char)pick(256);
    munmap(m, (size_t)c->size);
}

static void change(int fd, struct copy *c, const char *path, int i)
{
    char other[256];
    long at = pick(3) ? pick(LONGEST) : pick(73) * 4096, len = pick(4) ? pick(9000) : pick(200000);
    len = at + len > LONGEST ? LONGEST - at : len;
    if (!len)
        return;
    switch (pick(12)) {
    case 4:
        need(!ftruncate(fd, at), "ftruncate");
        memset(c->data + at, 0, LONGEST - (size_t)at);
        c->size = at;
        break;
    case 5:
        need(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len), "a hole");
        memset(c->data + at, 0, (size_t)len);
        break;
    case 6:
        need(!fallocate(fd, 0, at, len), "fallocate");
        c->size = at + len > c->size ? at + len : c->size;
        break;
    case 7:
        need(!fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, at, len), "zeros");
        memset(c->data + at, 0, (size_t)len);
        break;
    case 8:
        map(fd, c);
        break;
    case 9:
        need(!unlink(path), "unlink");
        c->there = 0;
        break;
    case 10:
        need(!fsync(fd), "fsync");
        break;
    case 11:
        path_of(other, "other", i);
        need(!rename(path, other) && !rename(other, path), "rename");
        break;
    default:
        for (long k = 0; k < len; k++)
            c->data[at + k] = (unsigned char)pick(256);
        need(pwrite(fd, c->data + at, (size_t)len, at) == len, "pwrite");
        c->size = at + len > c->size ? at + len : c->size;
    }
}

int main(int argc, char **argv)
{
    char path[256];
    if (argc < 4)
        return 2;
    dir = argv[1];
    seed = strtoull(argv[2], 0, 0);
    for (int i = 0; i < FILES; i++)
        copies[i].data = calloc(1, LONGEST + 1);
    for (now = 0; now < atoi(argv[3]); now++) {
        int i = (int)pick(FILES);
        struct copy *c = &copies[i];
        path_of(path, "f", i);
        int fd = open(path, O_RDWR | (c->there ? 0 : O_CREAT | O_EXCL), 0644);
        need(fd >= 0, "open");
        if (!c->there) {
            memset(c->data, 0, LONGEST);
            c->size = 0;
        }
        c->there = 1;
        change(fd, c, path, i);
        compare(fd, c);
        close(fd);
    }
    puts("same");
    return 0;
}
