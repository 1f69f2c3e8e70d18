/* dup, dup2, dup3, fcntl F_DUPFD: numbers, flags, shared offsets, EMFILE under RLIMIT_NOFILE. */
#include "t.h"
#include <sys/resource.h>

int main(void)
{
    char c[4] = "";
    int fd, d, n;
    struct rlimit r;

    t_scratch();
    t_put("file", "0123456789");
    fd = open("file", O_RDWR);
    R(d = dup(fd));
    read(fd, c, 1), read(d, c + 1, 1);
    S(c);
    R(lseek(d, 5, SEEK_SET));
    R(lseek(fd, 0, SEEK_CUR));
    R(fcntl(d, F_SETFL, O_APPEND));
    YES(fcntl(fd, F_GETFL) & O_APPEND);
    R(fcntl(d, F_SETFD, FD_CLOEXEC));
    R(fcntl(fd, F_GETFD));
    R(fcntl(d, F_GETFD));
    R(dup2(d, 20));
    R(fcntl(20, F_GETFD));
    R(dup2(d, d));
    R(dup2(99, 99));
    R(dup2(99, 20));
    R(fcntl(20, F_GETFD));
    R(dup2(d, -1));
    R(dup2(d, 1 << 30));
    R(dup3(d, d, 0));
    R(dup3(d, 21, O_CLOEXEC));
    R(fcntl(21, F_GETFD));
    R(dup3(d, 22, O_APPEND));
    R(fcntl(d, F_DUPFD, 10));
    R(fcntl(d, F_DUPFD, 10));
    R(fcntl(d, F_DUPFD, 20));
    R(fcntl(d, F_DUPFD_CLOEXEC, 0));
    R(fcntl(5, F_GETFD));
    R(fcntl(d, F_DUPFD, -1));
    R(fcntl(d, F_DUPFD, 1 << 30));
    R(fcntl(99, F_DUPFD, 0));
    R(fcntl(99, F_GETFL));
    R(fcntl(d, 9999, 0));
    R(dup(-1));
    /* dup2 closes the target: the reading end sees the end of the pipe. */
    int p[2];
    pipe(p);
    R(dup2(fd, p[1]));
    R(read(p[0], c, 1));
    R(write(p[1], "A", 1));
    close(p[0]), close(p[1]);
    t_cat("file");

    R(getrlimit(RLIMIT_NOFILE, &r));
    YES(r.rlim_cur >= 256);
    r.rlim_cur = 64;
    R(setrlimit(RLIMIT_NOFILE, &r));
    for (n = 0; dup(fd) >= 0; n++)
        ;
    say("then %s", t_errno(errno));
    int open_now = 0;
    for (int i = 0; i < 100; i++)
        open_now += fcntl(i, F_GETFD) >= 0;
    V(open_now);
    R(open("file", O_RDONLY));
    R(open("new", O_RDWR | O_CREAT, 0644));
    R(access("new", F_OK)); /* not made when no descriptor was free */
    R(pipe(p));
    R(fcntl(fd, F_DUPFD, 64));
    R(dup2(fd, 64));
    R(dup2(fd, 63));
    close(40);
    R(pipe(p));
    R(dup(fd));
    R(dup(fd));
    for (int i = 30; i <= 50; i++)
        close(i);
    open_now = 0;
    for (int i = 0; i < 100; i++)
        open_now += fcntl(i, F_GETFD) >= 0;
    V(open_now);
    R(dup(fd));
    r.rlim_cur = 10;
    R(setrlimit(RLIMIT_NOFILE, &r));
    R(write(55, "Z", 1)); /* above the limit, still open */
    R(dup(fd));
    return 0;
}
