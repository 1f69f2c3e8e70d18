/* Prints "ok NAME" or "not ok NAME: why" and ends with 1 if one failed.
 *
 * names: the same random call goes to the library OS and to Linux (a directory of its own on
 * tmpfs); results, errno values, attributes and listings must agree.
 * contents: random writes, holes, truncations and shared pages of an embedded file against bytes.
 * given: the files that the host made for the program.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake.h"

long pith_sys_openat(int, const char *, unsigned, unsigned);
long pith_sys_read(int, void *, size_t);
long pith_sys_close(int);
long pith_sys_pread64(int, void *, size_t, long);
long pith_sys_pwrite64(int, const void *, size_t, long);
long pith_sys_mkdirat(int, const char *, unsigned);
long pith_sys_unlinkat(int, const char *, unsigned);
long pith_sys_renameat2(int, const char *, int, const char *, unsigned);
long pith_sys_linkat(int, const char *, int, const char *, unsigned);
long pith_sys_symlinkat(const char *, int, const char *);
long pith_sys_mknodat(int, const char *, unsigned, unsigned long);
long pith_sys_newfstatat(int, const char *, struct stat *, unsigned);
long pith_sys_readlinkat(int, const char *, char *, int);
long pith_sys_ftruncate(int, long);
long pith_sys_fallocate(int, int, long, long);
long pith_sys_lseek(int, long, int);
long pith_sys_getdents64(int, void *, unsigned);
long pith_sys_chdir(const char *);
long pith_sys_fstat(int, struct stat *);
int test_share(int fd, long off, unsigned char **page, int map);

static unsigned long state = 88172645463325252ul;
static unsigned long pick(unsigned long n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* ---- names ---- */
static const char *part(void)
{
    static const char *const parts[] = {
        "a",
        "b",
        "c",
        "d",
        "a",
        "b",
        "c",
        ".",
        "..",
        "e",
        "a-name-too-long-to-lie-inside-a-dentry-of-this-library-os"};
    return parts[pick(sizeof(parts) / sizeof(*parts))];
}

static void path(char *out)
{
    *out = 0;
    for (unsigned long n = 1 + pick(3); n; n--) {
        strcat(out, part());
        if (n > 1 || pick(8) == 0)
            strcat(out, pick(10) ? "/" : "//");
    }
    /* Never above the test's own directory. */
    if (strstr(out, ".."))
        strcpy(out, pick(2) ? "a/../b" : "b/c/..");
}

static long linux_result(long r)
{
    return r < 0 ? -errno : r;
}

static int differ(const char *call, const char *p, const char *q, long ours, long theirs)
{
    if (ours == theirs || (ours >= 0 && theirs >= 0))
        return 0;
    printf("not ok names: %s(%s, %s) = %ld, Linux %ld\n", call, p, q, ours, theirs);
    return 1;
}

static int compare_stat(int fd, const char *p, unsigned flags)
{
    struct stat a = {0}, b = {0};
    long ours = pith_sys_newfstatat(AT_FDCWD, p, &a, flags);
    long theirs = linux_result(fstatat(fd, p, &b, (int)flags));
    if (differ("stat", p, flags ? "nofollow" : "", ours, theirs))
        return 1;
    if (ours == 0 && (a.st_mode != b.st_mode || a.st_nlink != b.st_nlink ||
                      a.st_size != b.st_size || a.st_rdev != b.st_rdev)) {
        printf("not ok names: stat %s: mode %o %o nlink %lu %lu size %ld %ld\n", p, a.st_mode,
               b.st_mode, a.st_nlink, b.st_nlink, a.st_size, b.st_size);
        return 1;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

struct entry {
    unsigned long ino;
    long off;
    unsigned short len;
    unsigned char type;
    char name[];
};

static int list(int fd, char out[][64], int ours)
{
    char buf[200];
    int n = 0;
    long got;
    while ((got = ours ? pith_sys_getdents64(fd, buf, sizeof(buf))
                       : syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
        for (long at = 0; at < got;) {
            struct entry *e = (struct entry *)(buf + at);
            snprintf(out[n++], 64, "%d %s", e->type, e->name);
            at += e->len;
        }
    }
    qsort(out, (size_t)n, 64, by_name);
    return n;
}

static int compare_list(int fd, const char *p)
{
    static char a[64][64], b[64][64];
    long ours = pith_sys_openat(AT_FDCWD, p, O_RDONLY | O_DIRECTORY, 0);
    long theirs = linux_result(openat(fd, p, O_RDONLY | O_DIRECTORY));
    int bad = differ("opendir", p, "", ours, theirs);
    if (!bad && ours >= 0) {
        int n = list((int)ours, a, 1), m = list((int)theirs, b, 0);
        bad = n != m;
        for (int i = 0; i < n && !bad; i++)
            bad = strcmp(a[i], b[i]) != 0;
        if (bad)
            printf("not ok names: listing of %s: %d and %d entries\n", p, n, m);
    }
    if (ours >= 0)
        pith_sys_close((int)ours);
    if (theirs >= 0)
        close((int)theirs);
    return bad;
}

static int open_both(int fd, const char *p)
{
    static const int flags[] = {O_RDONLY,
                                O_CREAT | O_WRONLY,
                                O_CREAT | O_EXCL | O_RDWR,
                                O_RDWR | O_TRUNC,
                                O_CREAT | O_NOFOLLOW | O_WRONLY,
                                O_RDONLY | O_DIRECTORY,
                                O_PATH | O_NOFOLLOW,
                                O_TMPFILE | O_RDWR};
    int f = flags[pick(8)] | O_NONBLOCK;
    long ours = pith_sys_openat(AT_FDCWD, p, (unsigned)f, 0640);
    long theirs = linux_result(openat(fd, p, f, 0640));
    char what[20];
    snprintf(what, sizeof(what), "%o", (unsigned)f);
    int bad = differ("open", p, what, ours, theirs);
    if (ours >= 0)
        pith_sys_close((int)ours);
    if (theirs >= 0)
        close((int)theirs);
    return bad;
}

static int step(int fd)
{
    char p[300], q[300], buf[64], copy[64];
    path(p);
    path(q);
    unsigned flags = 0;
    switch (pick(12)) {
    case 0:
        return differ("mkdir", p, "", pith_sys_mkdirat(AT_FDCWD, p, 0755),
                      linux_result(mkdirat(fd, p, 0755)));
    case 1:
    case 2:
        return open_both(fd, p);
    case 3:
        flags = pick(2) ? AT_REMOVEDIR : 0;
        return differ("unlink", p, flags ? "dir" : "", pith_sys_unlinkat(AT_FDCWD, p, flags),
                      linux_result(unlinkat(fd, p, (int)flags)));
    case 4:
    case 5:
        flags = pick(3) ? 0 : pick(2) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
        snprintf(buf, sizeof(buf), "rename%u", flags);
        return differ(buf, p, q, pith_sys_renameat2(AT_FDCWD, p, AT_FDCWD, q, flags),
                      linux_result(syscall(SYS_renameat2, fd, p, fd, q, flags)));
    case 6:
        flags = pick(2) ? AT_SYMLINK_FOLLOW : 0;
        return differ("link", p, q, pith_sys_linkat(AT_FDCWD, p, AT_FDCWD, q, flags),
                      linux_result(linkat(fd, p, fd, q, (int)flags)));
    case 7:
        return differ("symlink", p, q, pith_sys_symlinkat(p, AT_FDCWD, q),
                      linux_result(symlinkat(p, fd, q)));
    case 8:
        return differ("mkfifo", p, "", pith_sys_mknodat(AT_FDCWD, p, S_IFIFO | 0600, 0),
                      linux_result(mknodat(fd, p, S_IFIFO | 0600, 0)));
    case 9:
        return compare_stat(fd, p, pick(2) ? AT_SYMLINK_NOFOLLOW : 0);
    case 10:
        memset(buf, 0, sizeof(buf));
        memset(copy, 0, sizeof(copy));
        if (differ("readlink", p, "", pith_sys_readlinkat(AT_FDCWD, p, buf, 60),
                   linux_result(readlinkat(fd, p, copy, 60))))
            return 1;
        return memcmp(buf, copy, 64) != 0;
    default:
        return compare_list(fd, p);
    }
}

static int steps = 300000;

static int names(void)
{
    char dir[] = "/dev/shm/pith-test-XXXXXX";
    umask(022);
    if (!mkdtemp(dir) || chdir(dir) < 0) {
        puts("skip names: no /dev/shm");
        return 0;
    }
    chmod(dir, 0755);
    /* Links with ".." lead upwards: deep enough that both sides see only the test's own. */
    pith_sys_chdir("/tmp");
    for (int i = 0; i < 8; i++) {
        pith_sys_mkdirat(AT_FDCWD, "in", 0755);
        pith_sys_chdir("in");
        if (mkdir("in", 0755) < 0 || chdir("in") < 0)
            return 1;
    }
    int fd = open(".", O_RDONLY | O_DIRECTORY), bad = 0;
    for (int i = 0; i < steps && !bad; i++)
        bad = step(fd);
    char cmd[100];
    snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
    close(fd);
    if (chdir("/") < 0 || system(cmd) != 0)
        puts("# the directory stays");
    if (!bad)
        puts("ok names");
    return bad;
}

/* ---- contents ---- */
#define SPACE (FAKE_LOWER * 3)
static unsigned char model[SPACE], back[SPACE];
static long size;

static int fail(const char *what, long round)
{
    printf("not ok contents: %s in round %ld\n", what, round);
    return 1;
}

static void set_size(long n)
{
    if (n < size)
        memset(model + n, 0, (size_t)(size - n));
    size = n;
}

static int without_ranges; /* the files are on a tmpfs of the host, which moves none */

static int change(int fd)
{
    static unsigned char bytes[20000];
    long off = (long)pick(SPACE - 30000), len = 1 + (long)pick(pick(2) ? 100 : 20000);
    unsigned char *page;
    switch (pick(9)) {
    case 0:
    case 1:
    case 2:
        for (long i = 0; i < len; i++)
            bytes[i] = (unsigned char)pick(256);
        if (pith_sys_pwrite64(fd, bytes, (size_t)len, off) != len)
            return 1;
        memcpy(model + off, bytes, (size_t)len);
        size = off + len > size ? off + len : size;
        return 0;
    case 3:
        set_size(off);
        return pith_sys_ftruncate(fd, off) != 0;
    case 4:
        if (pith_sys_fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, len))
            return 1;
        memset(model + off, 0, (size_t)len);
        return 0;
    case 5:
        if (without_ranges)
            return 0;
        if (pith_sys_fallocate(fd, FALLOC_FL_ZERO_RANGE, off, len))
            return 1;
        memset(model + off, 0, (size_t)len);
        size = off + len > size ? off + len : size;
        return 0;
    case 6:
        if (without_ranges)
            return 0;
        off = off / 4096 * 4096;
        len = (len + 4095) / 4096 * 4096;
        if (off + len >= size)
            return pith_sys_fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, off, len) != -EINVAL;
        memmove(model + off, model + off + len, (size_t)(size - off - len));
        set_size(size - len);
        return pith_sys_fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, off, len) != 0;
    case 7:
        if (size > SPACE / 2 || without_ranges)
            return 0;
        off = off / 4096 * 4096;
        if (off >= size)
            return pith_sys_fallocate(fd, FALLOC_FL_INSERT_RANGE, off, 4096) != -EINVAL;
        memmove(model + off + 4096, model + off, (size_t)(size - off));
        memset(model + off, 0, 4096);
        size += 4096;
        return pith_sys_fallocate(fd, FALLOC_FL_INSERT_RANGE, off, 4096) != 0;
    default:
        off = off / 4096 * 4096;
        if (test_share(fd, off, &page, (int)pick(3)) < 0)
            return off < (size + 4095) / 4096 * 4096;
        return memcmp(page, model + off, 4096) != 0;
    }
}

static int contents_of(int fd, int rounds)
{
    for (long round = 0; round < rounds; round++) {
        struct stat st;
        if (change(fd))
            return fail("a call", round);
        if (pith_sys_fstat(fd, &st) || st.st_size != size)
            return fail("the size", round);
        memset(back, 1, sizeof(back));
        long off = (long)pick((unsigned long)size + 1);
        long got = pith_sys_pread64(fd, back, sizeof(back), off);
        if (got != size - off || memcmp(back, model + off, (size_t)got))
            return fail("what is read", round);
        long hole = pith_sys_lseek(fd, off, SEEK_HOLE);
        if (off < size && (hole < off || hole > size))
            return fail("SEEK_HOLE", round);
        for (long i = hole; i < size && i < hole / 4096 * 4096 + 4096; i++)
            if (hole >= 0 && model[i])
                return fail("a hole with data", round);
    }
    return 0;
}

static int contents(void)
{
    for (int i = 0; i < FAKE_LOWER; i++)
        fake_lower[i] = (unsigned char)pick(256);
    unsigned char before[64];
    memcpy(before, fake_lower, 64);
    memcpy(model, fake_lower, FAKE_LOWER);
    size = FAKE_LOWER;
    int fd = (int)pith_sys_openat(AT_FDCWD, "/lower/dir/link", O_RDWR, 0);
    if (fd < 0 || contents_of(fd, 20000))
        return fail("embedded", fd);
    pith_sys_close(fd);
    if (memcmp(before, fake_lower, 64))
        return fail("the image was written", 0);
    memset(model, 0, sizeof(model));
    size = 0;
    fd = (int)pith_sys_openat(AT_FDCWD, "/tmp/plain", O_RDWR | O_CREAT, 0600);
    without_ranges = steps != 300000;
    if (fd < 0 || contents_of(fd, 20000))
        return fail("plain", fd);
    pith_sys_unlinkat(AT_FDCWD, "/tmp/plain", 0);
    pith_sys_close(fd);
    /* Sparse, at the ends of what an offset can say. */
    fd = (int)pith_sys_openat(AT_FDCWD, "/tmp/sparse", O_RDWR | O_CREAT, 0600);
    for (int bit = 12; bit < 62; bit++)
        if (pith_sys_pwrite64(fd, &bit, 4, 1l << bit) != 4)
            return fail("sparse write", bit);
    for (int bit = 12; bit < 62; bit++) {
        int got = 0;
        if (pith_sys_pread64(fd, &got, 4, 1l << bit) != 4 || got != bit)
            return fail("sparse read", bit);
        if (pith_sys_lseek(fd, (1l << bit) - 4096 * (bit > 12), SEEK_DATA) > 1l << bit)
            return fail("sparse SEEK_DATA", bit);
    }
    if (pith_sys_ftruncate(fd, 1l << 40) ||
        pith_sys_lseek(fd, 1l << 39 | 4096, SEEK_DATA) != -ENXIO)
        return fail("sparse truncate", 0);
    pith_sys_close(fd);
    puts("ok contents");
    return 0;
}

/* ---- what the host made for the program (fake.c) ---- */
static const char *text_of(const char *p, unsigned mode)
{
    static char buf[200];
    struct stat st;
    int fd = (int)pith_sys_openat(AT_FDCWD, p, O_RDONLY, 0);
    long n = fd < 0 ? fd : pith_sys_read(fd, buf, sizeof(buf) - 1);
    if (n < 0 || pith_sys_fstat(fd, &st) || st.st_mode != (S_IFREG | mode) || st.st_uid ||
        st.st_size != n)
        return "?";
    buf[n] = 0;
    pith_sys_close(fd);
    return buf;
}

static int given(void)
{
    struct stat st;
    int bad = strcmp(text_of("/etc/resolv.conf", 0644), "nameserver 10.0.2.3\n") != 0 ||
              strcmp(text_of("/etc/hosts", 0444), "127.0.0.1 here\n") != 0 ||
              strcmp(text_of("/etc/hostname", 0644), "test\n") != 0 ||
              strcmp(text_of("/opt/deep/er/secret", 0600), "s") != 0 ||
              pith_sys_newfstatat(AT_FDCWD, "/opt/deep", &st, 0) != 0 || st.st_uid != 0 ||
              pith_sys_newfstatat(AT_FDCWD, "/proc/none", &st, 0) != -ENOENT;
    int fd = (int)pith_sys_openat(AT_FDCWD, "/etc/resolv.conf", O_RDWR | O_APPEND, 0);
    bad |= pith_sys_pwrite64(fd, "options x\n", 10, 20) != 10 ||
           strcmp(text_of("/etc/resolv.conf", 0644), "nameserver 10.0.2.3\noptions x\n") != 0;
    pith_sys_close(fd);
    puts(bad ? "not ok given: a file of the host's" : "ok given");
    return bad;
}

/* ---- /proc and /dev: every file can be read, every directory listed ---- */
static int walk_all(const char *dir, int depth)
{
    static char seen[4][400][64];
    long fd = pith_sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return 1;
    int n = list((int)fd, seen[depth], 1), bad = 0;
    pith_sys_close((int)fd);
    for (int i = 0; i < n && !bad; i++) {
        char p[400], buf[500];
        const char *name = strchr(seen[depth][i], ' ') + 1;
        snprintf(p, sizeof(p), "%s/%s", dir, name);
        /* The descriptor that listed fdinfo is in it, and gone by now. */
        if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "fdinfo"))
            continue;
        if (depth < 3 && seen[depth][i][0] == '4') {
            bad = walk_all(p, depth + 1);
        } else if (seen[depth][i][0] == '8') {
            fd = pith_sys_openat(AT_FDCWD, p, O_RDONLY, 0);
            bad = fd < 0;
            while (!bad && pith_sys_read((int)fd, buf, sizeof(buf)) > 0)
                ;
            pith_sys_close((int)fd);
        }
        if (bad)
            printf("not ok generated: %s\n", p);
    }
    return bad;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    if (argc > 1) /* another sequence */
        state += strtoul(argv[1], 0, 0) * 0x9e3779b97f4a7c15ul;
    if (argc > 2)
        steps = atoi(argv[2]);
    int bad = names() | contents() | given();
    if (walk_all("/proc", 0) | walk_all("/sys", 0))
        bad = 1;
    else
        puts("ok generated");
    return bad;
}
