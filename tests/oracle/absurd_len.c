/* Lengths, counts and offsets that are zero, negative, or larger than anything there is. */
#include "t.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define C(...) R(syscall(__VA_ARGS__))

int main(void)
{
    static const long lens[] = {0, -1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7ffff000};
    static char buf[100];
    int fd, p[2];

    t_scratch();
    fd = open("f", O_RDWR | O_CREAT, 0644);
    write(fd, "0123456789", 10);
    pipe2(p, O_NONBLOCK);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        long n = lens[i];
        say("%lx", n);
        C(SYS_readlink, "f", buf, n);
        C(SYS_ftruncate, open("/dev/null", O_RDWR), n);
        C(SYS_lseek, fd, n, 99);
        C(SYS_pread64, fd, buf, 0, n);
        C(SYS_readv, fd, buf, n);
        C(SYS_writev, fd, buf, n);
        C(SYS_poll, 0, n, 0);
        C(SYS_munmap, 0x10001, n);
        C(SYS_mprotect, 0x10001, n, PROT_READ);
        C(SYS_madvise, 0x10000, n, 9999);
        C(SYS_select, (int)n, 0, 0, 0, buf);
        C(SYS_fallocate, p[0], 0, 0, n);
        C(SYS_epoll_create, (int)n > 0 ? -2 : (int)n);
        C(SYS_rt_sigprocmask, 0, 0, 0, n);
        C(SYS_rt_sigaction, SIGUSR1, 0, 0, n);
        C(SYS_rt_sigpending, buf, n);
        C(SYS_sched_getaffinity, 0, n & 7, buf);
        C(SYS_setrlimit, n | 0x100, buf);
    }
    struct iovec v[2] = {{buf, 0x7ffffffffffffff0}, {buf, 0x7ffffffffffffff0}};
    C(SYS_readv, fd, v, 2);
    C(SYS_lseek, fd, 0, SEEK_SET);
    C(SYS_read, fd, buf, 100);
    R(getrandom(buf, 0, 0));
    return 0;
}
