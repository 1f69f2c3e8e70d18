/* What the crash test kills: a program that says what it has made safe, and checks afterwards.
 *
 *   victim write FILE          appends records, each with fdatasync; prints its number when it is
 *                              safe, for ever
 *   victim sqlite FILE MODE    inserts three rows a transaction into a database with this journal
 *                              mode and synchronous=FULL; prints the last row's number
 *   victim fill FILE           appends records until the disk is full (ENOSPC, nothing else);
 * prints how many are safe victim fill-sqlite FILE MODE    the same with a database victim
 * check-write FILE N  at least N records are there, all whole but for the last victim check-sqlite
 * FILE N the database is sound and has at least N rows, none missing Numbers go on where the file
 * ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD 200

static void fail(const char *what)
{
    fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void record(char buf[RECORD], long n)
{
    int len = snprintf(buf, RECORD, "%ld ", n);
    unsigned x = (unsigned)n * 2654435761u;
    for (int i = len; i < RECORD - 1; i++, x = x * 1664525u + 1013904223u)
        buf[i] = (char)('a' + (x >> 24) % 26);
    buf[RECORD - 1] = '\n';
}

static void say(long n)
{
    char line[24];
    int len = snprintf(line, sizeof line, "%ld\n", n);
    if (write(1, line, (size_t)len) != len)
        exit(1);
}

/* Whole records at the start of the file; a last one that is not whole is no error. */
static long count(const char *path)
{
    char have[RECORD], want[RECORD];
    int fd = open(path, O_RDONLY);
    long n = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : (fail(path), 0);
    for (;;) {
        ssize_t got = read(fd, have, sizeof have);
        if (got < 0)
            fail(path);
        record(want, n + 1);
        if (got < RECORD)
            break;
        if (memcmp(have, want, RECORD)) {
            struct stat st;
            fstat(fd, &st);
            if ((n + 1) * RECORD + RECORD <= st.st_size) { /* more than the last one is wrong */
                fprintf(stderr, "victim: record %ld is broken\n", n + 1);
                exit(1);
            }
            break;
        }
        n++;
    }
    close(fd);
    return n;
}

static int write_records(const char *path, int until_full)
{
    char buf[RECORD];
    long n = count(path);
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (fd < 0 || ftruncate(fd, n * RECORD))
        fail(path);
    for (;;) {
        record(buf, n + 1);
        ssize_t put = pwrite(fd, buf, RECORD, n * RECORD);
        if (put != RECORD || fdatasync(fd)) {
            if (!until_full || (put < 0 || put == RECORD ? errno : ENOSPC) != ENOSPC)
                fail(path);
            break;
        }
        n++;
        if (!until_full)
            say(n);
    }
    say(n);
    return 0;
}

/* victim_sqlite.c, where SQLite is built. */
int sqlite_main(int argc, char **argv) __attribute__((weak));

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (!strcmp(what, "write"))
        return write_records(argv[2], 0);
    if (!strcmp(what, "fill"))
        return write_records(argv[2], 1);
    if (!strcmp(what, "check-write") && argc > 3) {
        long n = count(argv[2]);
        if (n < atol(argv[3]))
            fprintf(stderr, "victim: %s records were safe, %ld are there\n", argv[3], n);
        return n < atol(argv[3]);
    }
    if (sqlite_main)
        return sqlite_main(argc, argv);
    return 2;
}
