/* Pipes beyond reading and writing: sizes, packets, splice, tee, vmsplice, and FIFOs that wait. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static char buf[200000];

static void sizes(void)
{
    int p[2], n;
    R(pipe2(p, O_NONBLOCK));
    R(write(p[1], buf, 100000));
    R(write(p[1], buf, 1));
    R(ioctl(p[0], FIONREAD, &n));
    V(n);
    R(fcntl(p[1], F_GETPIPE_SZ));
    R(fcntl(p[1], F_SETPIPE_SZ, 4096));
    R(read(p[0], buf, 60000));
    R(write(p[1], buf, 4096));
    R(write(p[1], buf, 4097));
    R(fcntl(p[1], F_SETPIPE_SZ, 200000));
    R(fcntl(p[1], F_GETPIPE_SZ));
    R(read(p[0], buf, 200000));
    R(read(p[0], buf, 1));
    close(p[0]);
    R(write(p[1], buf, 1));
    close(p[1]);
}

static void packets(void)
{
    int p[2];
    R(pipe2(p, O_DIRECT | O_NONBLOCK));
    R(write(p[1], "abc", 3));
    R(write(p[1], "defgh", 5));
    R(read(p[0], buf, 2));
    R(read(p[0], buf, 10));
    R(read(p[0], buf, 10));
    close(p[1]);
    R(read(p[0], buf, 1));
    struct pollfd pf = {p[0], POLLIN, 0};
    R(poll(&pf, 1, 0));
    V(pf.revents);
    close(p[0]);
    R(pipe2(p, 1));
    R(pipe(t_wild));
}

static void moving(void)
{
    int p[2], q[2], fd = open("file", O_CREAT | O_RDWR, 0600);
    off_t at = 2;
    pipe(p), pipe(q);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    R(tee(p[0], p[1], 5, 0));
    R(tee(p[0], q[1], 5, SPLICE_F_NONBLOCK));
    write(p[1], "teedata", 7);
    R(tee(p[0], q[1], 4, 0));
    R(read(q[0], buf, 10));
    R(splice(p[0], 0, q[1], 0, 100, 0));
    R(read(q[0], buf, 10));
    write(p[1], "splice!", 7);
    R(splice(p[0], 0, fd, 0, 100, 0));
    R(splice(fd, &at, q[1], 0, 3, 0));
    V(at);
    memset(buf, 0, 10);
    R(read(q[0], buf, 10));
    S(buf);
    R(splice(fd, 0, fd, 0, 1, 0));
    R(splice(p[0], &at, q[1], 0, 1, 0));
    R(splice(p[0], 0, q[1], 0, 1, SPLICE_F_NONBLOCK));
    struct iovec iv = {"vms", 3};
    R(vmsplice(q[1], &iv, 1, 0));
    R(read(q[0], buf, 10));
    R(vmsplice(fd, &iv, 1, 0));
}

static void *reader(void *arg)
{
    char got[100];
    int fd = open("fifo", O_RDONLY);
    ssize_t n, total = 0;
    say("the reader is there");
    while ((n = read(fd, got, sizeof got)) > 0)
        total += n;
    say("read %zd", total);
    close(fd);
    return arg;
}

int main(void)
{
    pthread_t t;
    t_scratch();
    signal(SIGPIPE, SIG_IGN);
    sizes();
    packets();
    moving();
    mkfifo("fifo", 0600);
    pthread_create(&t, 0, reader, 0);
    usleep(20000);
    int fd = open("fifo", O_WRONLY);
    write(fd, "hello", 5);
    close(fd);
    pthread_join(t, 0);
    return 0;
}
