/* Mappings of files beside reading and writing them: what one writes the others see, and the file
 * has it afterwards. */
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

static unsigned long sum(const unsigned char *p, size_t n)
{
    unsigned long h = 5381;
    for (size_t i = 0; i < n; i++)
        h = h * 33 + p[i];
    return h;
}

static unsigned long sum_file(const char *path)
{
    static unsigned char buf[400000];
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, buf, sizeof buf);
    close(fd);
    return n < 0 ? 0 : sum(buf, (size_t)n) + (unsigned long)n;
}

int main(void)
{
    unsigned char buf[PAGE * 3];
    t_scratch();
    signal(SIGBUS, on_fault);
    signal(SIGSEGV, on_fault);
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    for (size_t i = 0; i < 70; i++) {
        for (size_t k = 0; k < PAGE; k++)
            buf[k] = (unsigned char)(i * 31 + k * 7);
        write(fd, buf, PAGE);
    }
    write(fd, "tail", 4);
    size_t size = 70 * PAGE + 4;
    unsigned char *s = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    unsigned char *t = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 32 * PAGE);
    unsigned char *p = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    unsigned char *r = mmap(0, size, PROT_READ, MAP_SHARED, fd, 0);
    YES(sum(s, size) == sum(p, size));
    YES(sum(r, size) == sum(p, size));
    s[33 * PAGE + 5] = 'S';
    V(t[PAGE + 5]), V(r[33 * PAGE + 5]);
    R(pread(fd, buf, 1, 33 * PAGE + 5)), V(buf[0]);
    t[2 * PAGE] = 'T';
    R(pread(fd, buf, 1, 34 * PAGE)), V(buf[0]);
    R(pwrite(fd, "WWWW", 4, 33 * PAGE + 4));
    V(s[33 * PAGE + 5]), V(t[PAGE + 7]), V(r[33 * PAGE + 4]);
    p[40 * PAGE] = 'P';
    V(s[40 * PAGE] == 'P'), R(pread(fd, buf, 1, 40 * PAGE)), V(buf[0] == 'P');
    R(msync(s, size, MS_SYNC));
    V(sum_file("f"));
    s[10] = 'm';
    R(msync(s, PAGE, MS_ASYNC));
    R(msync(s, PAGE, MS_SYNC | MS_ASYNC));
    R(msync(s + 1, PAGE, MS_SYNC));
    s[10] = 'M', s[50 * PAGE] = 'L';
    R(fsync(fd));
    V(sum_file("f"));
    s[10] = 'N';
    R(mprotect(s, PAGE, PROT_READ));
    TRY("write of what is read only", s[11] = 1);
    R(mprotect(s, PAGE, PROT_READ | PROT_WRITE));
    TRY("write again", s[11] = 'n');
    TRY("write of a read-only mapping", r[11] = 1);
    R(pread(fd, buf, 2, 10)), V(buf[0]), V(buf[1]);
    V(s[size]), V(s[71 * PAGE - 1]);
    s[size] = 'x'; /* past the end, in its last page: nobody's */
    R(munmap(t, 8 * PAGE));
    /* Shorter, and longer again. */
    R(ftruncate(fd, 20 * PAGE + 100));
    V(s[20 * PAGE + 99] != 0), V(s[20 * PAGE + 100]);
    TRY("past the end", buf[0] = s[21 * PAGE]);
    TRY("past the end, private", buf[0] = p[21 * PAGE]);
    R(ftruncate(fd, 30 * PAGE));
    TRY("past what was the end", buf[0] = s[25 * PAGE]);
    V(buf[0]), V(s[20 * PAGE + 200]);
    s[29 * PAGE] = 'z';
    R(pwrite(fd, "grown", 5, 30 * PAGE));
    V(s[30 * PAGE]), V(s[30 * PAGE + 4]);
    close(fd);
    s[1] = 'c'; /* the file is closed, its mapping is not */
    V(sum_file("f") != 0);
    R(rename("f", "g"));
    s[2] = 'd';
    R(munmap(s, size));
    R(munmap(r, size));
    V(sum_file("g"));
    /* Read straight into a mapping of the same file, and written from one. */
    fd = open("g", O_RDWR);
    s = mmap(0, 30 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    R(pread(fd, s + 3 * PAGE, PAGE + 10, 7 * PAGE));
    R(pwrite(fd, s + 8 * PAGE, 2 * PAGE, 9 * PAGE + 100));
    V(sum(s, 30 * PAGE));
    R(unlink("g"));
    s[5] = 'u';
    R(pread(fd, buf, 1, 5)), V(buf[0]);
    close(fd);
    V(s[5]);
    R(munmap(s, 30 * PAGE));
    /* What is written at exit is for the next program to see; here nobody looks. */
    fd = open("h", O_RDWR | O_CREAT, 0644);
    R(ftruncate(fd, PAGE));
    s = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    strcpy((char *)s, "written by a mapping");
    t_cat("h");
    fd = open("h", O_WRONLY);
    P(mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
    fd = open("h", O_RDONLY);
    P(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
    r = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    R(mprotect(r, PAGE, PROT_READ | PROT_WRITE));
    r = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    r[0] = 'p';
    t_cat("h");
    return 0;
}
