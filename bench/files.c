/* What file access costs: one operation on a directory, timed. bench/run-files runs it as Linux
 * program and as guest on the same files.
 *
 *   files write FILE BYTES BLOCK      makes FILE by writes of BLOCK bytes
 *   files read FILE BLOCK             reads it from the start to its end
 *   files map FILE                    the same through a private mapping
 *   files make DIR N BYTES            makes N files of BYTES each
 *   files small DIR N                 reads what of them there is twice; the second time counts
 *   files sync FILE N                 N writes of 100 bytes, each with fdatasync
 * Prints the seconds it took and a checksum.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void need(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static uint64_t seen;

static void look(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i += 512) /* as little as keeps it honest */
        seen = seen * 31 + p[i];
}

static void write_file(const char *path, size_t bytes, size_t block)
{
    char *buf = malloc(block);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    need(buf && fd >= 0, path);
    memset(buf, 'x', block);
    for (size_t done = 0; done < bytes; done += block) {
        memcpy(buf, &done, sizeof done);
        need(write(fd, buf, block) == (ssize_t)block, path);
    }
    need(close(fd) == 0, path);
    free(buf);
}

static void read_file(const char *path, size_t block)
{
    unsigned char *buf = malloc(block);
    int fd = open(path, O_RDONLY);
    ssize_t n;
    need(buf && fd >= 0, path);
    while ((n = read(fd, buf, block)) > 0)
        look(buf, (size_t)n);
    need(n == 0, path);
    close(fd);
    free(buf);
}

static void map_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    need(fd >= 0 && fstat(fd, &st) == 0, path);
    unsigned char *p = mmap(0, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    need(p != MAP_FAILED, path);
    look(p, (size_t)st.st_size);
    munmap(p, (size_t)st.st_size);
    close(fd);
}

static void name(char *path, size_t size, const char *dir, int i)
{
    snprintf(path, size, "%s/%02d/file-%05d", dir, i % 100, i);
}

static void make_files(const char *dir, int n, size_t bytes)
{
    char path[512], *buf = malloc(bytes);
    memset(buf, 'y', bytes);
    for (int i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "%s/%02d", dir, i);
        mkdir(path, 0755);
    }
    for (int i = 0; i < n; i++) {
        name(path, sizeof path, dir, i);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        need(fd >= 0 && write(fd, buf, bytes) == (ssize_t)bytes, path);
        close(fd);
    }
    free(buf);
}

static void small_files(const char *dir, int n)
{
    char path[512];
    static unsigned char buf[16384];
    for (int i = 0; i < n; i++) {
        name(path, sizeof path, dir, i);
        int fd = open(path, O_RDONLY);
        ssize_t got;
        need(fd >= 0, path);
        while ((got = read(fd, buf, sizeof buf)) > 0)
            look(buf, (size_t)got);
        close(fd);
    }
}

static void sync_file(const char *path, int n)
{
    char buf[100];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    need(fd >= 0, path);
    memset(buf, 'z', sizeof buf);
    for (int i = 0; i < n; i++)
        need(write(fd, buf, sizeof buf) == sizeof buf && fdatasync(fd) == 0, path);
    close(fd);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    size_t a = argc > 3 ? strtoull(argv[3], 0, 0) : 0, b = argc > 4 ? strtoull(argv[4], 0, 0) : 0;
    if (!strcmp(what, "small"))
        small_files(argv[2], (int)a);
    double start = now();
    if (!strcmp(what, "write"))
        write_file(argv[2], a, b);
    else if (!strcmp(what, "read"))
        read_file(argv[2], a);
    else if (!strcmp(what, "map"))
        map_file(argv[2]);
    else if (!strcmp(what, "make"))
        make_files(argv[2], (int)a, b);
    else if (!strcmp(what, "small"))
        small_files(argv[2], (int)a);
    else if (!strcmp(what, "sync"))
        sync_file(argv[2], (int)a);
    else
        return 2;
    printf("%.6f %llx\n", now() - start, (unsigned long long)seen);
    return 0;
}
