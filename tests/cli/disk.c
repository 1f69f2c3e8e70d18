/* What tests/run-disks runs in the guest: each word of the command line is a thing to do, and
 * prints one line. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static const char *why(long r)
{
    return r < 0 ? strerror(errno) : "ok";
}

/* The device: its size, a pattern over a sector's border and far out, what is there after it. */
static void device(const char *path)
{
    unsigned long long size = 0;
    char in[3000], out[3000];
    int fd = open(path, O_RDWR), sector = 0;
    if (fd < 0) {
        printf("device %s: %s\n", path, why(-1));
        return;
    }
    ioctl(fd, BLKGETSIZE64, &size);
    ioctl(fd, BLKSSZGET, &sector);
    printf("device %s: %llu bytes in sectors of %d\n", path, size, sector);
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (char)(i * 7 + i / 256);
    off_t far = (off_t)size - 3100;
    long a = pwrite(fd, in, sizeof in, 1000), b = pwrite(fd, in, sizeof in, far);
    int same = pread(fd, out, sizeof out, 1000) == sizeof out && !memcmp(in, out, sizeof in);
    memset(out, 0, sizeof out);
    same &= pread(fd, out, sizeof out, far) == sizeof out && !memcmp(in, out, sizeof in);
    printf("written %ld and %ld, read %s, sync %s\n", a, b, same ? "the same" : "otherwise",
           why(fsync(fd)));
    errno = 0;
    printf("at the end %zd", pread(fd, out, sizeof out, (off_t)size));
    printf(", write %s\n", why(pwrite(fd, in, 1, (off_t)size)));
    unsigned long long range[2] = {1ull << 20, 1ull << 20};
    long big = pwrite(fd, in, 4, 1 << 20);
    int zero = ioctl(fd, BLKZEROOUT, range);
    pread(fd, out, 4, 1 << 20);
    printf("zeroed %s%s\n", big == 4 && zero == 0 ? "" : why(-1), out[0] || out[3] ? "not" : "yes");
    close(fd);
}

/* Reads all that is there, deep down; says how much. */
static long walk(const char *path, int depth)
{
    struct stat st;
    long n = 0;
    char name[4096], buf[8192];
    if (lstat(path, &st) < 0)
        return -1;
    if (S_ISREG(st.st_mode)) {
        int fd = open(path, O_RDONLY);
        for (int i = 0; fd >= 0 && i < 1000 && read(fd, buf, sizeof buf) > 0; i++)
            n++;
        close(fd);
        return n;
    }
    if (!S_ISDIR(st.st_mode) || depth > 8)
        return readlink(path, buf, sizeof buf);
    DIR *d = opendir(path);
    for (int i = 0; d && i < 10000; i++) {
        struct dirent *e = readdir(d);
        if (!e)
            break;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            n += walk(name, depth + 1);
    }
    if (d)
        closedir(d);
    return n;
}

/* Tries whatever changes things. */
static void change(const char *dir)
{
    char a[256], b[256];
    for (int i = 0; i < 20; i++) {
        snprintf(a, sizeof a, "%s/new%d", dir, i);
        snprintf(b, sizeof b, "%s/d%d", dir, i);
        int fd = open(a, O_CREAT | O_RDWR, 0600);
        if (fd >= 0) {
            if (write(fd, a, sizeof a) > 0)
                fsync(fd);
            close(fd);
        }
        mkdir(b, 0700);
        rename(a, strcat(b, "/moved"));
        truncate(b, i * 10000);
        if (i % 2)
            unlink(b);
    }
}

static void fill(const char *path)
{
    static char buf[65536];
    long long n = 0;
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    ssize_t r;
    while ((r = write(fd, buf, sizeof buf)) > 0)
        n += r;
    printf("fill: %s after %s\n", why(r), n > 1 << 20 ? "more than a MiB" : "little");
    close(fd);
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *what = argv[i], *path = argv[i + 1];
        struct stat st;
        struct statfs fs;
        if (!strcmp(what, "device"))
            device(path);
        else if (!strcmp(what, "open"))
            printf("open %s: %s\n", path, why(open(path, O_RDWR)));
        else if (!strcmp(what, "stat"))
            stat(path, &st) < 0
                ? printf("stat %s: %s\n", path, why(-1))
                : printf("stat %s: ok %llx\n", path, (unsigned long long)st.st_rdev);
        else if (!strcmp(what, "make"))
            printf("make %s: %s\n", path, why(open(path, O_CREAT | O_WRONLY, 0644)));
        else if (!strcmp(what, "fs"))
            statfs(path, &fs) < 0 ? printf("fs %s: %s\n", path, why(-1))
                                  : printf("fs %s: ok %lx %lld GiB\n", path, (long)fs.f_type,
                                           (long long)fs.f_blocks * fs.f_bsize >> 30);
        else if (!strcmp(what, "fill"))
            fill(path);
        else if (!strcmp(what, "walk"))
            printf("walk %s: %s\n", path, walk(path, 0) >= 0 ? "ok" : why(-1));
        else if (!strcmp(what, "change"))
            change(path);
        fflush(stdout);
    }
    return 0;
}
