/* Pointers that point nowhere, at read-only memory, at the end of a mapping: EFAULT, never death.
 */
#include "t.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#define C(...) R(syscall(__VA_ARGS__))

static int fd, p[2], ep, tfd;

/* Calls that write through the pointer. */
static void out(const char *what, void *b)
{
    long l = (long)b;

    say("out: %s", what);
    C(SYS_read, fd, l, 100);
    C(SYS_pread64, fd, l, 100, 0);
    C(SYS_read, p[0], l, 1);
    C(SYS_getcwd, l, 4096);
    C(SYS_pipe2, l, 0);
    C(SYS_uname, l);
    C(SYS_sysinfo, l);
    C(SYS_getrlimit, RLIMIT_NOFILE, l);
    C(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, l);
    C(SYS_getrusage, 0, l);
    C(SYS_times, l);
    C(SYS_clock_gettime, CLOCK_REALTIME, l);
    C(SYS_clock_getres, CLOCK_REALTIME, l);
    C(SYS_gettimeofday, l, 0);
    C(SYS_fstat, fd, l);
    C(SYS_stat, "/", l);
    C(SYS_newfstatat, AT_FDCWD, "/", l, 0);
    C(SYS_fstatfs, fd, l);
    C(SYS_readlink, "link", l, 100);
    C(SYS_getdents64, open(".", O_RDONLY), l, 1000);
    C(SYS_getrandom, l, 100, 0);
    C(SYS_rt_sigprocmask, 0, 0, l, 8);
    C(SYS_rt_sigpending, l, 8);
    C(SYS_rt_sigaction, SIGUSR1, 0, l, 8);
    C(SYS_sigaltstack, 0, l);
    C(SYS_getitimer, ITIMER_REAL, l);
    C(SYS_timerfd_gettime, tfd, l);
    C(SYS_getgroups, 100, l);
    C(SYS_getresuid, l, l, l);
    C(SYS_sched_getaffinity, 0, 128, l);
    C(SYS_sched_getparam, 0, l);
    C(SYS_ioctl, p[0], 0x541b, l);
    C(SYS_epoll_wait, ep, l, 1, 0);
    C(SYS_prctl, 16, l, 0, 0, 0);
}

/* Calls that read through it. */
static void in(const char *what, void *b)
{
    long l = (long)b;

    say("in: %s", what);
    C(SYS_write, fd, l, 100);
    C(SYS_pwrite64, fd, l, 100, 0);
    C(SYS_write, p[1], l, 100);
    C(SYS_open, l, O_RDONLY);
    C(SYS_openat, AT_FDCWD, l, O_RDONLY, 0);
    C(SYS_stat, l, l);
    C(SYS_access, l, 0);
    C(SYS_chdir, l);
    C(SYS_mkdir, l, 0);
    C(SYS_rmdir, l);
    C(SYS_unlink, l);
    C(SYS_rename, l, "x");
    C(SYS_rename, "link", l);
    C(SYS_link, l, "x");
    C(SYS_symlink, l, "x");
    C(SYS_symlink, "x", l);
    C(SYS_readlink, l, l, 10);
    C(SYS_chmod, l, 0);
    C(SYS_truncate, l, 0);
    C(SYS_statfs, l, l);
    C(SYS_utimensat, AT_FDCWD, "link", l, 0);
    C(SYS_readv, fd, l, 1);
    C(SYS_writev, fd, l, 1);
    C(SYS_poll, l, 1, 0);
    C(SYS_ppoll, 0, 0, l, 0, 8);
    C(SYS_select, 10, l, 0, 0, 0);
    C(SYS_nanosleep, l, 0);
    C(SYS_clock_nanosleep, CLOCK_REALTIME, 0, l, 0);
    C(SYS_rt_sigprocmask, 0, l, 0, 8);
    C(SYS_rt_sigaction, SIGUSR1, l, 0, 8);
    C(SYS_rt_sigtimedwait, l, 0, 0, 8);
    C(SYS_rt_sigsuspend, l, 8);
    C(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, l);
    C(SYS_sigaltstack, l, 0);
    C(SYS_setitimer, ITIMER_REAL, l, 0);
    C(SYS_setrlimit, RLIMIT_NOFILE, l);
    C(SYS_timer_create, CLOCK_REALTIME, l, l);
    C(SYS_timerfd_settime, tfd, 0, l, 0);
    C(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, p[0], l);
    C(SYS_futex, l, 0, 0, 0, 0, 0);
    C(SYS_fcntl, fd, F_SETLK, l);
    C(SYS_sched_setaffinity, 0, 8, l);
    C(SYS_prctl, 15, l, 0, 0, 0);
    C(SYS_sendfile, fd, fd, l, 1);
}

int main(void)
{
    t_scratch();
    t_put("f", "0123456789");
    symlink("f", "link");
    fd = open("f", O_RDWR);
    pipe(p);
    write(p[1], "abcdefghijklmnopqrstuvwxyz", 26);
    ep = epoll_create1(0);
    tfd = timerfd_create(CLOCK_MONOTONIC, 0);
    int e = eventfd(1, 0);
    epoll_ctl(ep, EPOLL_CTL_ADD, e, &(struct epoll_event){.events = EPOLLIN});
    char *none = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *ro = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *edge = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(edge + 4096, 4096, PROT_NONE);
    memset(edge, 'e', 4096);
    out("8", (void *)8), out("beyond", edge + 4096), out("no access", none), out("read only", ro);
    out("last byte", edge + 4095), out("kernel half", (void *)0xffff800000000000);
    out("non-canonical", (void *)0x1234567890abcdef), out("-1", (void *)-1l);
    out("text", (void *)(uintptr_t)out);
    in("8", (void *)8), in("beyond", edge + 4096), in("no access", none);
    in("kernel half", (void *)0xffff800000000000), in("-1", (void *)-1l);
    in("non-canonical", (void *)0x1234567890abcdef);
    /* A string or buffer that runs over the edge. */
    memset(edge, 'e', 4096);
    C(SYS_open, edge + 4090, O_RDONLY);
    C(SYS_write, p[1], edge + 4090, 6);
    C(SYS_pwrite64, fd, edge + 4000, 1000, 0);
    C(SYS_pread64, fd, edge + 4092, 10, 0);
    C(SYS_pipe2, edge + 4092, 0);
    int lowest = open("/dev/null", O_RDONLY);
    R(lowest > 0 && lowest < 100);
    return 0;
}
