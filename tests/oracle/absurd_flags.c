/* Flags, commands and modes nobody defined. */
#include "t.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define C(...) R(syscall(__VA_ARGS__))

int main(void)
{
    static char buf[200];
    int fd, p[2];

    t_scratch();
    fd = open("f", O_RDWR | O_CREAT, 0644);
    pipe(p);
    for (int bit = 8; bit < 32; bit += 3) {
        long f = 1l << bit;
        say("bit %d", bit);
        C(SYS_pipe2, buf, bit > 19 ? f : 1l << 30);
        C(SYS_dup3, fd, 50, bit == 20 ? 1 << 21 : f | 1);
        C(SYS_eventfd2, 0, f | 2);
        C(SYS_epoll_create1, f | 1);
        C(SYS_timerfd_create, 1, f | 1);
        C(SYS_getrandom, buf, 1, f);
        C(SYS_newfstatat, AT_FDCWD, "f", buf, f | 1);
        C(SYS_unlinkat, AT_FDCWD, "f", f | 1);
        C(SYS_linkat, AT_FDCWD, "f", AT_FDCWD, "g", f | 1);
        C(SYS_faccessat2, AT_FDCWD, "f", 0, f | 1);
        C(SYS_utimensat, AT_FDCWD, "f", 0, f | 1);
        C(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "g", f | 8);
        C(SYS_access, "f", f | 8);
        C(SYS_msync, fd, 4096, f);
        C(SYS_mremap, 0x10000, 4096, 4096, f | 32);
        C(SYS_mprotect, 0x10000, 4096, f);
        C(SYS_flock, fd, f | 16);
        C(SYS_fallocate, fd, f, 0, 10);
        C(SYS_sync_file_range, fd, 0, 0, f | 8);
        C(SYS_splice, fd, 0, p[1], 0, 1, f | 0x100);
    }
    static const int cmds[] = {-1, 99, 500, 1100, 0x7fffffff};
    for (int i = 0; i < 5; i++) {
        int c = cmds[i];
        say("command %d", c);
        C(SYS_fcntl, fd, c, 0);
        C(SYS_ioctl, fd, c, 0);
        C(SYS_lseek, fd, 0, c);
        C(SYS_epoll_ctl, fd, c, p[0], buf);
        C(SYS_prctl, c, 0, 0, 0, 0);
        C(SYS_madvise, 0x10000, 4096, c);
        C(SYS_getrlimit, c, buf);
        C(SYS_getrusage, c == -1 ? 7 : c, buf);
        C(SYS_getpriority, c, 0);
        C(SYS_clock_gettime, c == -1 ? 77 : c, buf);
        C(SYS_clock_nanosleep, 77, c, buf, 0);
        C(SYS_timer_create, 77, 0, buf);
        C(SYS_timer_delete, c);
        C(SYS_timer_gettime, c, buf);
        C(SYS_getitimer, c, buf);
        C(SYS_futex, buf, c == -1 ? 77 : c & 0x7f, 0, 0, 0, 0);
        C(SYS_kill, getpid(), c);
        C(SYS_tkill, c, 0);
        C(SYS_rt_sigaction, c, 0, buf, 8);
        C(SYS_rt_sigprocmask, c, buf, 0, 8);
        C(SYS_sched_get_priority_max, c);
        C(SYS_sched_setscheduler, 0, c, buf);
        C(SYS_arch_prctl, c, buf);
        C(SYS_membarrier, c, 0, 0);
        C(SYS_getsid, c == -1 ? -7 : 0x7ffffff0);
        C(SYS_waitid, c, 0, buf, 0, 0);
        C(SYS_fadvise64, fd, 0, 0, c);
        C(SYS_mknod, "n", c & ~0777, 0);
        C(SYS_personality, 0xffffffff);
    }
    return 0;
}
