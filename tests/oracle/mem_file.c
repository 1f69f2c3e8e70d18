/* mmap of files: private copies, shared writes, ends of files, offsets, protections. */
#include "t.h"
#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096ul

static sigjmp_buf back;
static void on_fault(int sig)
{
    siglongjmp(back, sig);
}

#define TRY(what, action)                                                                          \
    do {                                                                                           \
        int sig = sigsetjmp(back, 1);                                                              \
        if (!sig) {                                                                                \
            action;                                                                                \
            say("%s: fine", what);                                                                 \
        } else                                                                                     \
            say("%s: %s", what, t_signal(sig));                                                    \
    } while (0)

static int make(const char *name, size_t n)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    char buf[4096];

    for (size_t i = 0; i < n;) {
        size_t k = n - i < sizeof buf ? n - i : sizeof buf;
        for (size_t j = 0; j < k; j++)
            buf[j] = (char)('a' + (i + j) % 26);
        if (write(fd, buf, k) != (ssize_t)k)
            say("short");
        i += k;
    }
    return fd;
}

int main(void)
{
    char *p, *q, c[8] = "";
    int fd, ro;

    t_scratch();
    signal(SIGSEGV, on_fault);
    signal(SIGBUS, on_fault);
    fd = make("file", 10000);
    /* Private: reads the file, writes stay ours. */
    p = mmap(0, 10000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    YES(p != MAP_FAILED);
    say("%.5s %c %d %d", p, p[9999], p[10000], p[3 * PAGE - 1]);
    memcpy(p, "HELLO", 5);
    p[9999] = '!';
    pread(fd, c, 5, 0);
    S(c);
    /* Shared: a write through one is seen by read, by another mapping, and the other way. */
    q = mmap(0, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *r = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 2 * PAGE);
    YES(q != MAP_FAILED && r != MAP_FAILED);
    memcpy(q + 2 * PAGE, "SHARE", 5);
    pread(fd, c, 5, 2 * PAGE);
    S(c);
    say("%.5s", r);
    pwrite(fd, "write", 5, 2 * PAGE);
    say("%.5s %.5s", q + 2 * PAGE, r);
    say("%.5s %.5s", p, q);
    R(msync(q, 10000, MS_SYNC));
    q[10000] = 'Z'; /* past the end: not part of the file */
    R(lseek(fd, 0, SEEK_END));
    close(fd);
    say("after close %.5s", q + 2 * PAGE);
    R(munmap(q, 10000));
    say("%.5s", r);
    R(unlink("file"));

    /* Past the last page of the file: SIGBUS; after ftruncate up it is memory. */
    fd = make("short", 100);
    p = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    TRY("first page", p[PAGE - 1] = 1);
    TRY("second page", (void)*(volatile char *)(p + PAGE));
    R(ftruncate(fd, 3 * PAGE));
    TRY("second page", p[PAGE] = 'B');
    TRY("fourth page", p[3 * PAGE] = 'B');
    pread(fd, c, 1, PAGE);
    say("%c", c[0]);
    R(ftruncate(fd, 10));
    TRY("second page", (void)*(volatile char *)(p + PAGE));
    say("%c %d", p[9], p[10]);
    R(munmap(p, 4 * PAGE));

    /* What the descriptor allows. */
    ro = open("short", O_RDONLY);
    R((long)mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0));
    YES(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0) != MAP_FAILED);
    p = mmap(0, PAGE, PROT_READ, MAP_SHARED, ro, 0);
    R(mprotect(p, PAGE, PROT_READ | PROT_WRITE));
    TRY("write ro shared", p[0] = 1);
    int wo = open("short", O_WRONLY);
    R((long)mmap(0, PAGE, PROT_READ, MAP_PRIVATE, wo, 0));
    R((long)mmap(0, PAGE, PROT_WRITE, MAP_SHARED, wo, 0));
    R((long)mmap(0, PAGE, PROT_READ, MAP_PRIVATE, ro, 100));
    R((long)mmap(0, 0, PROT_READ, MAP_PRIVATE, ro, 0));
    R((long)mmap(0, PAGE, PROT_READ, 0, ro, 0));
    R((long)mmap(0, PAGE, PROT_READ, MAP_SHARED, ro, -4096));
    int dir = open(".", O_RDONLY), pfd[2];
    R((long)mmap(0, PAGE, PROT_READ, MAP_PRIVATE, dir, 0));
    pipe(pfd);
    R((long)mmap(0, PAGE, PROT_READ, MAP_PRIVATE, pfd[0], 0));
    int zero = open("/dev/zero", O_RDWR);
    p = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    YES(p != MAP_FAILED && p[0] == 0);
    TRY("dev zero", p[0] = 3);

    /* An unlinked file lives as long as its mapping. */
    int u = make("unlinked", 2 * PAGE);
    p = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, u, 0);
    R(unlink("unlinked"));
    close(u);
    p[PAGE + 1] = '#';
    say("%c%c", p[PAGE + 1], p[PAGE + 2]);
    R(munmap(p, 2 * PAGE));
    /* Reading a file into its own mapping. */
    u = make("self", 3 * PAGE);
    p = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, u, 0);
    R(pread(u, p + PAGE, PAGE, 0));
    YES(memcmp(p, p + PAGE, PAGE) == 0);
    R(pwrite(u, p, PAGE, 2 * PAGE));
    YES(memcmp(p, p + 2 * PAGE, PAGE) == 0);
    return 0;
}
