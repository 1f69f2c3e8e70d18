/* AF_UNIX streams in one thread: data, looking ahead, shutdown, poll, errors, limits, options. */
#include "t.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <linux/sockios.h>

static char buf[300000];
static int pipes;

static void on_pipe(int sig)
{
    (void)sig;
    pipes++;
}

static void bits(const char *what, int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRBAND, 0};
    int n = poll(&p, 1, 0);
    say("%s: %d%s%s%s%s%s%s%s%s%s", what, n, p.revents & POLLIN ? " IN" : "",
        p.revents & POLLOUT ? " OUT" : "", p.revents & POLLPRI ? " PRI" : "",
        p.revents & POLLERR ? " ERR" : "", p.revents & POLLHUP ? " HUP" : "",
        p.revents & POLLNVAL ? " NVAL" : "", p.revents & POLLRDHUP ? " RDHUP" : "",
        p.revents & POLLRDNORM ? " RDNORM" : "", p.revents & POLLWRBAND ? " WRBAND" : "");
}

static long inq(int fd)
{
    int n = -1;
    return ioctl(fd, FIONREAD, &n) ? -1 : n;
}

static int outq(int fd)
{
    int n = -1;
    return ioctl(fd, SIOCOUTQ, &n) ? -1 : n > 0;
}

static long opt(int fd, int level, int name)
{
    int v = -7;
    socklen_t len = sizeof v;
    return getsockopt(fd, level, name, &v, &len) ? -1 : v;
}

static const char *got(ssize_t n)
{
    static char text[80];
    if (n < 0)
        return t_errno(errno);
    snprintf(text, sizeof text, "%zd \"%.*s\"", n, (int)(n > 40 ? 40 : n), buf);
    return text;
}

static void pair(int s[2], int flags)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | flags, 0, s))
        say("socketpair: %s", t_errno(errno));
}

static void making(void)
{
    int s[2];
    struct stat st;
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    R(fstat(s[0], &st));
    YES(S_ISSOCK(st.st_mode));
    V(st.st_mode & 07777);
    V(st.st_size);
    V(opt(s[0], SOL_SOCKET, SO_TYPE));
    V(opt(s[0], SOL_SOCKET, SO_DOMAIN));
    V(opt(s[0], SOL_SOCKET, SO_PROTOCOL));
    V(opt(s[0], SOL_SOCKET, SO_ACCEPTCONN));
    V(opt(s[0], SOL_SOCKET, SO_ERROR));
    R(lseek(s[0], 0, SEEK_CUR));
    R(pread(s[0], buf, 1, 0));
    R(ftruncate(s[0], 0));
    close(s[0]), close(s[1]);
    R(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s));
    R(fcntl(s[0], F_GETFD));
    R(fcntl(s[1], F_GETFL) == (O_RDWR | O_NONBLOCK));
    R(read(s[0], buf, 1));
    close(s[0]), close(s[1]);
    R(socketpair(AF_UNIX, SOCK_STREAM, AF_UNIX, s));
    close(s[0]), close(s[1]);
    R(socketpair(AF_UNIX, SOCK_RAW, 0, s));
    V(opt(s[0], SOL_SOCKET, SO_TYPE));
    close(s[0]), close(s[1]);
    R(socketpair(AF_UNIX, SOCK_STREAM, 2, s));
    R(socketpair(AF_UNIX, SOCK_RDM, 0, s));
    R(socketpair(AF_UNIX, 0, 0, s));
    R(socketpair(AF_UNIX, 77, 0, s));
    R(socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, s));
    R(socketpair(AF_INET, SOCK_STREAM, 0, s));
    R(socketpair(99, SOCK_STREAM, 0, s));
    R(socketpair(-1, SOCK_STREAM, 0, s));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, t_wild));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, 0));
    R(socket(AF_UNIX, SOCK_RDM, 0));
    R(socket(AF_UNIX, SOCK_STREAM, 5));
}

static void data(void)
{
    int s[2];
    struct iovec v[3] = {{"one", 3}, {"", 0}, {"two", 3}};
    pair(s, 0);
    bits("fresh", s[0]);
    R(write(s[0], "hello", 5));
    R(send(s[0], " world", 6, 0));
    R(writev(s[0], v, 3));
    bits("data", s[1]);
    V(inq(s[1]));
    V(outq(s[0]));
    R(inq(s[0]));
    S(got(recv(s[1], buf, 3, MSG_PEEK)));
    S(got(recv(s[1], buf, 99, MSG_PEEK)));
    S(got(read(s[1], buf, 7)));
    S(got(recv(s[1], buf, 99, 0)));
    V(outq(s[0]));
    S(got(recv(s[1], buf, 99, MSG_DONTWAIT)));
    S(got(recv(s[1], buf, 99, MSG_DONTWAIT | MSG_PEEK)));
    R(write(s[0], "", 0));
    R(send(s[0], "", 0, 0));
    S(got(recv(s[1], buf, 99, MSG_DONTWAIT)));
    R(read(s[1], buf, 0));
    R(recv(s[1], buf, 0, MSG_DONTWAIT));
    R(write(s[0], "abcdef", 6));
    R(recv(s[1], buf, 0, 0));
    struct iovec w[2] = {{buf + 10, 2}, {buf, 3}};
    R(readv(s[1], w, 2));
    say("%.2s %.3s", buf + 10, buf);
    S(got(recv(s[1], buf, 99, MSG_TRUNC)));
    R(write(s[0], "abcdef", 6));
    S(got(recv(s[1], buf, 6, MSG_WAITALL)));
    R(write(s[0], "xyz", 3));
    S(got(recv(s[1], buf, 9, MSG_WAITALL | MSG_DONTWAIT)));
    R(write(s[0], "xyz", 3));
    S(got(recv(s[1], buf, 9, MSG_WAITALL | MSG_PEEK)));
    S(got(recv(s[1], buf, 9, 0)));

    /* Names that do not belong here. */
    struct sockaddr_un a = {AF_UNIX, "nowhere"};
    R(sendto(s[0], "x", 1, 0, (void *)&a, sizeof a));
    socklen_t len = sizeof a;
    memset(&a, 77, sizeof a);
    R(getsockname(s[0], (void *)&a, &len));
    V(len);
    V(a.sun_family);
    len = sizeof a;
    R(getpeername(s[0], (void *)&a, &len));
    V(len);
    len = 1;
    R(getsockname(s[0], (void *)&a, &len));
    V(len);
    len = -1;
    R(getsockname(s[0], (void *)&a, &len));
    R(getsockname(s[0], t_wild, &len));
    R(getsockname(s[0], (void *)&a, t_wild));
    R(write(s[1], "from", 4));
    len = sizeof a;
    S(got(recvfrom(s[0], buf, 9, 0, (void *)&a, &len)));
    V(len);

    R(connect(s[0], (void *)&a, sizeof a));
    R(listen(s[0], 5));
    R(accept(s[0], 0, 0));
    R(send(s[0], t_wild, 5, 0));
    R(write(s[0], "ok", 2));
    R(recv(s[1], t_wild, 5, 0));
    S(got(recv(s[1], buf, 5, MSG_DONTWAIT)));
    R(ioctl(s[0], FIONREAD, t_wild));
    R(ioctl(s[0], 0x1234567, 0));
    R(recv(s[0], buf, 5, MSG_ERRQUEUE | MSG_DONTWAIT));
    close(s[0]), close(s[1]);
}

static void ends(void)
{
    int s[2];
    signal(SIGPIPE, on_pipe);
    pair(s, 0);
    write(s[0], "last", 4);
    R(close(s[0]));
    bits("closed, data left", s[1]);
    S(got(read(s[1], buf, 99)));
    bits("closed, read", s[1]);
    S(got(read(s[1], buf, 99)));
    R(write(s[1], "x", 1));
    V(pipes);
    R(send(s[1], "x", 1, MSG_NOSIGNAL));
    V(pipes);
    R(write(s[1], "", 0));
    V(pipes);
    R(shutdown(s[1], SHUT_RDWR));
    V(opt(s[1], SOL_SOCKET, SO_ERROR));
    socklen_t len = sizeof(struct sockaddr_un);
    R(getpeername(s[1], (void *)buf, &len));
    close(s[1]);

    pair(s, 0);
    write(s[0], "unread", 6);
    write(s[1], "mine", 4);
    close(s[1]);
    bits("reset", s[0]);
    S(got(read(s[0], buf, 99)));
    bits("then data", s[0]);
    S(got(read(s[0], buf, 99)));
    S(got(read(s[0], buf, 99)));
    close(s[0]);

    pair(s, 0);
    write(s[0], "unread", 6);
    close(s[1]);
    V(opt(s[0], SOL_SOCKET, SO_ERROR) == ECONNRESET);
    V(opt(s[0], SOL_SOCKET, SO_ERROR));
    R(write(s[0], "x", 1));
    close(s[0]);

    pair(s, 0);
    write(s[0], "unread", 6);
    close(s[1]);
    R(write(s[0], "x", 1));
    R(recv(s[0], buf, 1, MSG_PEEK));
    R(recv(s[0], buf, 1, MSG_PEEK));
    close(s[0]);

    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        say("shutdown %d", how);
        pair(s, SOCK_NONBLOCK);
        write(s[0], "to1", 3);
        write(s[1], "to0", 3);
        R(shutdown(s[0], how));
        bits("here", s[0]);
        bits("there", s[1]);
        pipes = 0;
        R(write(s[0], "a", 1));
        R(write(s[1], "b", 1));
        V(pipes);
        S(got(read(s[0], buf, 99)));
        S(got(read(s[0], buf, 99)));
        S(got(read(s[1], buf, 99)));
        S(got(read(s[1], buf, 99)));
        R(shutdown(s[0], how));
        bits("here", s[0]);
        bits("there", s[1]);
        close(s[0]);
        bits("there at last", s[1]);
        close(s[1]);
    }
    pair(s, 0);
    R(shutdown(s[0], 3));
    R(shutdown(s[0], -1));
    R(shutdown(s[0], SHUT_WR));
    R(shutdown(s[1], SHUT_WR));
    bits("both half", s[0]);
    close(s[0]), close(s[1]);
    R(shutdown(s[0], 0));
    R(shutdown(1, 0));
}

/* How much fits without a reader, and that room comes back. */
static long fill(int fd, size_t piece)
{
    long n = 0, r;
    while ((r = send(fd, buf, piece, MSG_DONTWAIT)) > 0)
        n += r;
    if (errno != EAGAIN)
        say("fill: %s", t_errno(errno));
    return n;
}

static long drain(int fd, size_t piece)
{
    long n = 0, r;
    while ((r = recv(fd, buf, piece, MSG_DONTWAIT)) > 0)
        n += r;
    return n;
}

static void limits(void)
{
    int s[2], v;
    long n;
    pair(s, 0);
    YES(opt(s[0], SOL_SOCKET, SO_SNDBUF) >= 100000);
    n = fill(s[0], 8192);
    YES(n >= 100000 && n < 400000);
    bits("full", s[0]);
    V(fill(s[0], 1));
    YES(inq(s[1]) == n);
    R(recv(s[1], buf, 1, 0));
    V(fill(s[0], 1));
    YES(drain(s[1], sizeof buf) == n - 1);
    bits("drained", s[0]);
    n = fill(s[0], 1); /* bookkeeping counts too */
    YES(n > 100 && n < 20000);
    YES(drain(s[1], 7) == n);
    n = send(s[0], buf, sizeof buf, MSG_DONTWAIT);
    YES(n > 100000 && n < (long)sizeof buf);
    YES(drain(s[1], 999) == n);
    v = 1000;
    R(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof v));
    V(opt(s[0], SOL_SOCKET, SO_SNDBUF));
    v = 20000;
    R(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof v));
    V(opt(s[0], SOL_SOCKET, SO_SNDBUF));
    n = fill(s[0], 1000);
    YES(n > 10000 && n < 80000);
    bits("small and full", s[0]);
    close(s[1]);
    bits("nobody will read", s[0]);
    close(s[0]);
}

static void options(void)
{
    int s[2], v = 1;
    struct timeval tv = {0, 30000};
    struct linger l = {1, 5};
    socklen_t len = sizeof l;
    pair(s, 0);
    R(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
    double t = t_now();
    S(got(read(s[0], buf, 1)));
    YES(t_now() - t >= 0.029 && t_now() - t < 2);
    R(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
    fill(s[0], 8192);
    t = t_now();
    R(write(s[0], buf, 100));
    YES(t_now() - t >= 0.029 && t_now() - t < 2);
    drain(s[1], 65536);
    long n = write(s[0], buf, sizeof buf);
    YES(n > 100000 && n < (long)sizeof buf);
    YES(drain(s[1], 65536) == n);
    v = 10;
    R(setsockopt(s[1], SOL_SOCKET, SO_RCVLOWAT, &v, sizeof v));
    V(opt(s[1], SOL_SOCKET, SO_RCVLOWAT));
    write(s[0], "12345", 5);
    bits("below the mark", s[1]);
    S(got(recv(s[1], buf, 20, MSG_DONTWAIT)));
    write(s[0], "12345678901234", 14);
    S(got(recv(s[1], buf, 20, 0)));
    v = 1;
    R(setsockopt(s[1], SOL_SOCKET, SO_RCVLOWAT, &v, sizeof v));
    R(setsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, sizeof l));
    memset(&l, 0, sizeof l);
    R(getsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, &len));
    say("linger %d %d", l.l_onoff, l.l_linger);
    R(setsockopt(s[0], 6, 1, &v, sizeof v));
    R(getsockopt(s[0], 6, 1, &v, &len));
    R(setsockopt(s[0], SOL_SOCKET, 9999, &v, sizeof v));
    R(getsockopt(s[0], SOL_SOCKET, 9999, &v, &len));
    R(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, 2));
    R(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, t_wild, 4));

    /* Looking ahead from an offset. */
    V(opt(s[1], SOL_SOCKET, SO_PEEK_OFF));
    v = 2;
    R(setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &v, sizeof v));
    write(s[0], "abc", 3);
    write(s[0], "defg", 4);
    S(got(recv(s[1], buf, 2, MSG_PEEK)));
    V(opt(s[1], SOL_SOCKET, SO_PEEK_OFF));
    S(got(recv(s[1], buf, 9, MSG_PEEK)));
    S(got(recv(s[1], buf, 9, MSG_PEEK | MSG_DONTWAIT)));
    S(got(recv(s[1], buf, 4, 0)));
    V(opt(s[1], SOL_SOCKET, SO_PEEK_OFF));
    write(s[0], "hi", 2);
    S(got(recv(s[1], buf, 9, MSG_PEEK)));
    S(got(recv(s[1], buf, 9, 0)));
    V(opt(s[1], SOL_SOCKET, SO_PEEK_OFF));
    close(s[0]), close(s[1]);
}

int main(void)
{
    making();
    data();
    ends();
    limits();
    options();
    return 0;
}
