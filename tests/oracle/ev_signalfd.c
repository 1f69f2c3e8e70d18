/* signalfd: blocked signals read as records, order, poll, mask changes. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

static void *kick(void *arg)
{
    (void)arg;
    t_sleep_ms(20);
    kill(getpid(), SIGUSR1);
    return 0;
}

int main(void)
{
    struct signalfd_siginfo si[4];
    sigset_t set;
    pthread_t t;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1), sigaddset(&set, SIGUSR2), sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, 0);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    struct pollfd p = {fd, POLLIN, 0};
    R(fd);
    R(read(fd, si, sizeof si));
    R(poll(&p, 1, 0));
    raise(SIGUSR2);
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 42});
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 43});
    R(poll(&p, 1, 0));
    V(p.revents);
    R(read(fd, si, sizeof si[0] - 1));
    ssize_t n = read(fd, si, sizeof si);
    V(n);
    /* The thread's own pending signals come before the process's. */
    for (int i = 0; i < n / (int)sizeof *si; i++)
        say("%d: code %d int %d mine %d", si[i].ssi_signo, si[i].ssi_code, si[i].ssi_int,
            si[i].ssi_pid == (unsigned)getpid());
    R(read(fd, si, sizeof si));
    sigdelset(&set, SIGUSR2);
    R(signalfd(fd, &set, 0));
    raise(SIGUSR2);
    R(poll(&p, 1, 0));
    sigset_t pend;
    sigpending(&pend);
    R(sigismember(&pend, SIGUSR2));
    fcntl(fd, F_SETFL, 0);
    pthread_create(&t, 0, kick, 0);
    R(read(fd, si, sizeof si));
    V(si[0].ssi_signo);
    pthread_join(t, 0);
    pthread_create(&t, 0, kick, 0);
    R(poll(&p, 1, 5000));
    R(read(fd, si, sizeof si));
    pthread_join(t, 0);
    R(signalfd(-1, &set, 0x10000));
    R(signalfd(0x7000, &set, 0));
    R(signalfd(open("/dev/null", O_RDONLY), &set, 0));
    R(syscall(SYS_signalfd4, -1, &set, 4, 0));
    R(syscall(SYS_signalfd4, -1, 8, 8, 0));
    R(write(fd, si, 8));
    return 0;
}
