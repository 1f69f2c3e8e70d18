/* Raw system calls by number, known and unknown, with run-time numbers. */
#include "t.h"
#include <sys/syscall.h>

int main(void)
{
    static volatile long wild[] = {-1,    400,        423,        500,        511,
                                   512,   547,        600,        1000,       4096,
                                   65536, 0x40000000, 0x40000001, 0x7fffffff, -100000};
    volatile long nr;
    char buf[10];
    int fd;

    for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
        errno = 0;
        long r = syscall(wild[i], 1, 2, 3, 4, 5, 6);
        say("syscall %ld: %ld %s", wild[i], r, t_errno(errno));
    }
    t_scratch();
    nr = SYS_open;
    R(fd = syscall(nr, "f", O_RDWR | O_CREAT, 0644));
    nr = SYS_write;
    R(syscall(nr, fd, "by number", 9));
    nr = SYS_pread64;
    R(syscall(nr, fd, buf, 9, 0));
    say("%.9s", buf);
    nr = SYS_close;
    R(syscall(nr, fd));
    R(syscall(nr, fd));
    nr = SYS_getpid;
    YES(syscall(nr) == getpid());
    nr = SYS_gettid;
    YES(syscall(nr) == gettid());
    nr = SYS_getuid;
    YES(syscall(nr) == getuid());
    nr = SYS_write;
    R(syscall(nr, 1, "straight out\n", 13));
    nr = SYS_mkdir;
    R(syscall(nr, "d", 0755));
    nr = SYS_rename;
    R(syscall(nr, "f", "d/g"));
    nr = SYS_sched_yield;
    R(syscall(nr));
    nr = SYS_exit_group;
    syscall(nr, 12);
    return 1;
}
