/* AF_UNIX messages in one thread: SOCK_DGRAM and SOCK_SEQPACKET, pairs, names, connecting. */
#include "t.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/sockios.h>

static char buf[300000];

static void bits(const char *what, int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    int n = poll(&p, 1, 0);
    say("%s: %d%s%s%s%s%s", what, n, p.revents & POLLIN ? " IN" : "",
        p.revents & POLLOUT ? " OUT" : "", p.revents & POLLERR ? " ERR" : "",
        p.revents & POLLHUP ? " HUP" : "", p.revents & POLLRDHUP ? " RDHUP" : "");
}

static const char *got(ssize_t n)
{
    static char text[80];
    if (n < 0)
        return t_errno(errno);
    snprintf(text, sizeof text, "%zd \"%.*s\"", n, (int)(n > 40 ? 40 : n), buf);
    return text;
}

/* Abstract names are the whole machine's: each ends with what no other run has. */
static char own[9];

static const char *name_of(const struct sockaddr_un *a, socklen_t len)
{
    static char text[200];
    if (len <= 2)
        return len == 2 ? "unnamed" : len ? "odd" : "none";
    int n = snprintf(text, sizeof text, "%d ", (int)len);
    for (unsigned i = 0; i < len - 2; i++)
        text[n++] = a->sun_path[i] ? a->sun_path[i] : '@';
    text[n] = 0;
    if (!a->sun_path[0] && n > 8)
        text[n - 8] = 0;
    return text;
}

static const char *get(int fd, int flags)
{
    static char text[300];
    struct sockaddr_un a;
    socklen_t len = sizeof a;
    ssize_t n = recvfrom(fd, buf, 100, flags | MSG_DONTWAIT, (void *)&a, &len);
    if (n < 0)
        return t_errno(errno);
    snprintf(text, sizeof text, "%s from %s", got(n), name_of(&a, len));
    return text;
}

static socklen_t address(struct sockaddr_un *a, const char *name)
{
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    if (name[0] == '@') {
        sprintf(a->sun_path + 1, "%s%s", name + 1, own);
        return 2 + strlen(name) + 8;
    }
    strcpy(a->sun_path, name);
    return 2 + strlen(name) + 1;
}

static int do_bind(int fd, const char *name)
{
    struct sockaddr_un a;
    return bind(fd, (void *)&a, address(&a, name));
}

static int do_connect(int fd, const char *name)
{
    struct sockaddr_un a;
    return connect(fd, (void *)&a, address(&a, name));
}

static long to(int fd, const char *name, const char *text)
{
    struct sockaddr_un a;
    return sendto(fd, text, strlen(text), MSG_DONTWAIT, (void *)&a, address(&a, name));
}

static void pairs(int type)
{
    int s[2], n;
    struct msghdr m;
    struct iovec v = {buf, 3};
    say("pair of type %d", type);
    R(socketpair(AF_UNIX, type, 0, s));
    bits("fresh", s[0]);
    R(write(s[0], "first", 5));
    R(write(s[0], "", 0));
    R(write(s[0], "second", 6));
    ioctl(s[1], FIONREAD, &n);
    V(n);
    bits("three", s[1]);
    S(got(recv(s[1], buf, 2, MSG_PEEK)));
    S(got(recv(s[1], buf, 2, MSG_PEEK | MSG_TRUNC)));
    memset(&m, 0, sizeof m);
    m.msg_iov = &v;
    m.msg_iovlen = 1;
    R(recvmsg(s[1], &m, 0));
    V(m.msg_flags == MSG_TRUNC);
    S(got(recv(s[1], buf, 9, 0)));
    R(recvmsg(s[1], &m, MSG_TRUNC));
    V(m.msg_flags == MSG_TRUNC);
    S(got(recv(s[1], buf, 9, MSG_DONTWAIT)));
    R(send(s[0], "eor", 3, MSG_EOR));
    m.msg_flags = 0;
    R(recvmsg(s[1], &m, MSG_WAITALL));
    V(m.msg_flags);
    R(send(s[0], buf, 250000, 0));
    R(send(s[0], buf, 200000, MSG_DONTWAIT));
    R(send(s[0], buf, 200000, MSG_DONTWAIT) == 200000);
    R(recv(s[1], buf, sizeof buf, MSG_DONTWAIT));
    while (recv(s[1], buf, sizeof buf, MSG_DONTWAIT) >= 0)
        ;
    for (n = 0; send(s[0], "x", 1, MSG_DONTWAIT) == 1; n++)
        ;
    YES(n > 100 && n < 1000);
    bits("full", s[0]);
    R(send(s[0], "x", 1, MSG_DONTWAIT));
    while (recv(s[1], buf, 1, MSG_DONTWAIT) == 1)
        n--;
    V(n);
    bits("empty", s[0]);
    R(send(s[0], "x", 1, MSG_OOB));
    R(recv(s[0], buf, 1, MSG_OOB));
    R(to(s[0], "@none", "x"));
    S(get(s[1], 0));

    signal(SIGPIPE, SIG_IGN);
    R(write(s[1], "unread", 6));
    R(write(s[0], "unread too", 10));
    R(shutdown(s[0], SHUT_WR));
    bits("here", s[0]);
    bits("there", s[1]);
    R(send(s[0], "x", 1, 0));
    R(send(s[1], "x", 1, 0));
    R(shutdown(s[0], SHUT_RD));
    R(send(s[1], "x", 1, 0));
    S(get(s[0], 0));
    S(get(s[0], 0));
    S(got(recv(s[0], buf, 9, type == SOCK_DGRAM ? MSG_DONTWAIT : 0)));
    bits("here", s[0]);
    bits("there", s[1]);
    close(s[0]);
    bits("alone", s[1]);
    S(get(s[1], 0));
    S(get(s[1], 0));
    S(get(s[1], 0));
    R(send(s[1], "x", 1, 0));
    R(send(s[1], "x", 1, 0));
    bits("alone", s[1]);
    close(s[1]);

    R(socketpair(AF_UNIX, type, 0, s));
    write(s[0], "abc", 3);
    write(s[1], "xyz", 3);
    close(s[1]); /* with something unread */
    bits("left", s[0]);
    S(get(s[0], 0));
    S(get(s[0], 0));
    R(send(s[0], "x", 1, 0));
    close(s[0]);
}

static void named(void)
{
    int a, b, c, n;
    socklen_t len;
    struct sockaddr_un un;
    t_scratch();
    a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
    c = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    bits("unbound", a);
    R(send(a, "x", 1, 0));
    len = sizeof un;
    R(getpeername(a, (void *)&un, &len));
    R(do_bind(a, "a"));
    R(do_bind(b, "@b"));
    R(to(a, "@b", "from a"));
    R(to(c, "@b", "from c"));
    R(to(b, "a", "from b"));
    S(get(b, MSG_PEEK));
    S(get(b, 0));
    S(get(b, 0));
    S(get(a, 0));
    R(to(a, "a", "to itself"));
    S(get(a, 0));
    R(to(c, "none", "x"));
    R(to(c, "@none", "x"));
    t_put("file", "");
    R(to(c, "file", "x"));
    R(to(c, "file/x", "x"));
    R(to(c, "", "x"));
    R(sendto(c, "x", 1, 0, (void *)&un, 0));
    R(sendto(c, "x", 1, 0, (void *)&un, 1));
    un.sun_family = AF_INET;
    R(sendto(c, "x", 1, 0, (void *)&un, sizeof un));
    un.sun_family = AF_UNIX;
    R(sendto(c, "x", 1, 0, (void *)&un, 2));
    R(sendto(c, "x", 1, 0, (void *)&un, 111));

    /* The queue of a stranger takes eleven. */
    for (n = 0; to(c, "@b", "more") == 4; n++)
        ;
    YES(n == 11 || n > 100); /* net.unix.max_dgram_qlen may have been raised */
    R(to(c, "@b", "more"));
    bits("not connected", c);
    R(do_connect(c, "@b"));
    bits("connected to a full one", c);
    R(send(c, "x", 1, 0));
    S(get(b, 0));
    bits("room", c);
    while (recv(b, buf, 9, MSG_DONTWAIT) > 0)
        ;
    R(write(c, "conn", 4));
    S(get(b, 0));
    len = sizeof un;
    R(getpeername(c, (void *)&un, &len));
    S(name_of(&un, len));
    R(to(c, "a", "elsewhere"));
    S(get(a, 0));

    /* One that is connected hears only from there. */
    R(do_connect(b, "a"));
    R(to(c, "@b", "x"));
    R(send(c, "x", 1, 0));
    R(do_connect(c, "@b"));
    R(to(a, "@b", "fine"));
    S(get(b, 0));
    R(do_connect(b, "a"));
    R(to(a, "@b", "waits"));
    un.sun_family = AF_UNSPEC;
    R(connect(b, (void *)&un, sizeof un));
    S(get(b, 0));
    len = sizeof un;
    R(getpeername(b, (void *)&un, &len));
    R(send(c, "again", 5, 0));
    S(get(b, 0));
    R(connect(b, (void *)&un, 1));

    /* Connecting elsewhere throws away what came. */
    R(do_connect(a, "@b"));
    R(do_connect(b, "a"));
    R(send(a, "void", 4, 0));
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    R(do_bind(d, "@d"));
    R(do_connect(b, "@d"));
    bits("was thrown away", b);
    bits("its sender", a);
    R(send(a, "x", 1, 0));
    R(send(a, "x", 1, 0));

    /* The other one ends. */
    close(b);
    R(send(c, "x", 1, 0));
    R(send(c, "x", 1, 0));
    R(do_connect(c, "@b"));
    R(to(c, "@b", "x"));
    close(a);
    R(to(c, "a", "x"));
    R(unlink("a"));
    R(to(c, "a", "x"));
    bits("c", c);
    R(listen(c, 1));
    R(accept(c, 0, 0));
    R(shutdown(c, SHUT_RD));
    R(recv(c, buf, 1, 0));
    R(shutdown(d, SHUT_RD));
    R(to(c, "@d", "x"));
    R(shutdown(c, SHUT_RDWR));
    bits("c shut", c);
    R(to(c, "@d", "x"));
    close(c), close(d);
}

int main(void)
{
    snprintf(own, sizeof own, "%08x", (unsigned)(getpid() ^ (unsigned)(t_now() * 1e6)));
    pairs(SOCK_DGRAM);
    pairs(SOCK_SEQPACKET);
    named();
    return 0;
}
