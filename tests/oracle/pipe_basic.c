/* Pipes within one process: ends, blocking answers, atomicity, sizes, SIGPIPE. */
#include "t.h"
#include <limits.h>
#include <sys/ioctl.h>

static volatile int pipes;
static void on_pipe(int sig)
{
    (void)sig;
    pipes++;
}

int main(void)
{
    static char buf[1 << 20];
    int p[2], q[2], n;
    struct stat st;

    R(pipe(p));
    say("%d %d", p[0], p[1]);
    R(write(p[1], "hello", 5));
    R(read(p[0], buf, 2));
    R(read(p[0], buf + 2, 100));
    say("%.5s", buf);
    R(write(p[0], "x", 1));
    R(read(p[1], buf, 1));
    R(write(p[1], "", 0));
    R(read(p[0], buf, 0));
    R(pipe2(q, O_NONBLOCK | O_CLOEXEC));
    R(fcntl(q[0], F_GETFD));
    YES(fcntl(q[1], F_GETFL) & O_NONBLOCK);
    R(read(q[0], buf, 1));
    memset(buf, 'x', sizeof buf);
    R(write(q[1], buf, sizeof buf));
    R(write(q[1], buf, 1));
    R(ioctl(q[0], FIONREAD, &n));
    V(n);
    R(read(q[0], buf, 4096));
    R(write(q[1], buf, 4096));
    R(write(q[1], buf, 1));
    /* Up to PIPE_BUF all or nothing. */
    R(read(q[0], buf, 4095));
    R(write(q[1], buf, 4096));
    R(read(q[0], buf, 1));
    R(write(q[1], buf, 4096));
    R(read(q[0], buf, sizeof buf));
    R(read(q[0], buf, sizeof buf));
    R(fcntl(q[0], F_GETPIPE_SZ));
    R(fcntl(q[0], F_SETPIPE_SZ, 4096));
    R(fcntl(q[1], F_GETPIPE_SZ));
    R(write(q[1], buf, 10000));
    R(fcntl(q[0], F_SETPIPE_SZ, 5000));
    R(write(q[1], buf, 10000));
    R(fcntl(q[0], F_SETPIPE_SZ, 4096));
    R(fcntl(q[0], F_SETPIPE_SZ, 1 << 20));
    R(read(q[0], buf, 10000));
    R(fcntl(q[0], F_SETPIPE_SZ, 1));
    R(fcntl(q[0], F_SETPIPE_SZ, -1));
    R(fcntl(0x7000, F_GETPIPE_SZ));
    R(pipe2(q, O_APPEND));
    R(pipe(t_wild));

    /* The ends going away. */
    R(close(p[1]));
    R(read(p[0], buf, 10));
    R(read(p[0], buf, 10));
    R(close(p[0]));
    signal(SIGPIPE, on_pipe);
    pipe(p);
    write(p[1], "left", 4);
    close(p[0]);
    R(write(p[1], "x", 1));
    R(write(p[1], "", 0));
    V(pipes);
    signal(SIGPIPE, SIG_IGN);
    R(write(p[1], "x", 1));
    V(pipes);
    close(p[1]);
    pipe(p);
    write(p[1], "left", 4);
    close(p[1]);
    R(read(p[0], buf, 100));
    R(read(p[0], buf, 100));
    R(fstat(p[0], &st));
    say("%o", st.st_mode);
    close(p[0]);

    /* 500 pipes at once. */
    static int many[400][2];
    int bad = 0;
    for (int i = 0; i < 400; i++) {
        bad += pipe(many[i]) != 0;
        bad += write(many[i][1], &i, sizeof i) != sizeof i;
    }
    for (int i = 399; i >= 0; i--) {
        bad += read(many[i][0], &n, sizeof n) != sizeof n || n != i;
        bad += close(many[i][0]) || close(many[i][1]);
    }
    V(bad);
    return 0;
}
