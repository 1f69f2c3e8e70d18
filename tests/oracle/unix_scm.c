/* Descriptors and credentials inside messages: order, borders, truncation, peeking, refusals,
 * sockets inside messages inside each other. */
#include "t.h"
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static char data[200];
static union {
    struct cmsghdr h;
    char raw[2000];
} ctl;
static int fds[300];

/* Sends len bytes with n descriptors. */
static long give(int s, const char *text, size_t len, const int *fd, int n, int flags)
{
    struct iovec v = {(char *)text, len};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    memset(&ctl, 0, sizeof ctl);
    if (n) {
        m.msg_control = ctl.raw;
        m.msg_controllen = CMSG_SPACE(n * sizeof(int));
        ctl.h.cmsg_level = SOL_SOCKET;
        ctl.h.cmsg_type = SCM_RIGHTS;
        ctl.h.cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(&ctl.h), fd, n * sizeof(int));
    }
    return sendmsg(s, &m, flags);
}

/* Receives and prints it; the descriptors go to fds. How many there were. */
static int take(const char *what, int s, size_t len, size_t room, int flags)
{
    struct iovec v = {data, len};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    char line[300];
    int at = 0, n = 0;
    memset(&ctl, 0, sizeof ctl);
    m.msg_control = room ? ctl.raw : 0;
    m.msg_controllen = room;
    ssize_t r = recvmsg(s, &m, flags | MSG_DONTWAIT);
    if (r < 0) {
        say("%s: %s", what, t_errno(errno));
        return 0;
    }
    at +=
        sprintf(line, "%zd \"%.*s\" control %d%s%s", r, (int)r, data, (int)m.msg_controllen,
                m.msg_flags & MSG_CTRUNC ? " CTRUNC" : "", m.msg_flags & MSG_TRUNC ? " TRUNC" : "");
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_type == SCM_RIGHTS) {
            int got = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds + n, CMSG_DATA(c), got * sizeof(int));
            n += got;
            at += sprintf(line + at, ", %d descriptors (len %d)", got, (int)c->cmsg_len);
        } else if (c->cmsg_type == SCM_CREDENTIALS) {
            struct ucred u;
            memcpy(&u, CMSG_DATA(c), sizeof u);
            at += sprintf(line + at, ", credentials: %s",
                          u.pid == getpid() && u.uid == getuid() && u.gid == getgid() ? "mine"
                          : u.pid == 0 && u.uid == 65534                              ? "nobody's"
                                                                                      : "odd");
        } else {
            at += sprintf(line + at, ", type %d", c->cmsg_type);
        }
    }
    say("%s: %s", what, line);
    return n;
}

static void drop(int n)
{
    for (int i = 0; i < n; i++)
        close(fds[i]);
}

static int open_fds(void)
{
    int n = 0;
    for (int i = 0; i < 1000; i++)
        n += fcntl(i, F_GETFD) != -1;
    return n;
}

static void files(int type)
{
    int s[2], p[2], n, many[300], before = open_fds();
    char c[10] = "";
    say("type %d", type);
    socketpair(AF_UNIX, type, 0, s);
    pipe(p);
    R(give(s[0], "one", 3, p, 2, 0));
    n = take("both ends", s[1], 99, 100, 0);
    R(write(fds[1], "piped", 5));
    R(read(fds[0], c, 9));
    R(fcntl(fds[0], F_GETFD));
    YES(fds[0] > p[1] && fds[1] > fds[0]);
    close(p[1]);
    drop(n);
    R(read(p[0], c, 9));

    give(s[0], "cloexec", 7, p, 1, 0);
    n = take("close on exec", s[1], 99, 100, MSG_CMSG_CLOEXEC);
    R(fcntl(fds[0], F_GETFD));
    drop(n);
    give(s[0], "two", 3, (int[]){p[0], s[0], s[1]}, 3, 0);
    n = take("look ahead", s[1], 99, 100, MSG_PEEK);
    drop(n);
    n = take("room for one", s[1], 99, CMSG_LEN(sizeof(int)), 0);
    drop(n);
    give(s[0], "rst", 3, (int[]){p[0], p[0], p[0]}, 3, 0);
    n = take("room for one and a half", s[1], 99, CMSG_LEN(6), 0);
    drop(n);
    give(s[0], "none", 4, p, 1, 0);
    n = take("room for a header", s[1], 99, sizeof(struct cmsghdr), 0);
    drop(n);
    give(s[0], "tiny", 4, p, 1, 0);
    n = take("no room", s[1], 99, 3, 0);
    give(s[0], "null", 4, p, 1, 0);
    n = take("no buffer", s[1], 99, 0, 0);
    give(s[0], "plain read", 10, p, 1, 0);
    R(read(s[1], c, 4));
    n = take("what is left", s[1], 99, 100, 0);

    /* Borders. */
    write(s[0], "aa", 2);
    give(s[0], "bb", 2, p, 1, 0);
    give(s[0], "cc", 2, p, 1, 0);
    write(s[0], "dd", 2);
    for (int i = 0; i < 4; i++)
        drop(take("in order", s[1], 99, 100, 0));
    give(s[0], "half", 4, p, 1, 0);
    drop(take("first half", s[1], 2, 100, 0));
    drop(take("second half", s[1], 2, 100, 0));
    R(give(s[0], "", 0, p, 1, 0));
    drop(take("no data", s[1], 9, 100, 0));

    /* Refusals; nothing arrives. */
    R(give(s[0], "x", 1, (int[]){-1}, 1, 0));
    R(give(s[0], "x", 1, (int[]){p[0], 999}, 2, 0));
    for (int i = 0; i < 300; i++)
        many[i] = p[0];
    R(give(s[0], "x", 1, many, 254, 0));
    R(give(s[0], "x", 1, many, 253, 0));
    n = take("the most", s[1], 9, sizeof ctl, 0);
    YES(fds[252] > fds[0]);
    drop(n);
    struct iovec v = {"x", 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = ctl.raw};
    memset(&ctl, 0, sizeof ctl);
    m.msg_controllen = sizeof(struct cmsghdr) - 1;
    R(sendmsg(s[0], &m, 0));
    m.msg_controllen = sizeof(struct cmsghdr);
    R(sendmsg(s[0], &m, 0));
    ctl.h.cmsg_len = CMSG_LEN(4);
    ctl.h.cmsg_level = SOL_SOCKET;
    ctl.h.cmsg_type = SCM_RIGHTS;
    R(sendmsg(s[0], &m, 0));
    m.msg_controllen = CMSG_SPACE(4);
    ctl.h.cmsg_type = 77;
    R(sendmsg(s[0], &m, 0));
    ctl.h.cmsg_level = 77;
    R(sendmsg(s[0], &m, 0));
    ctl.h.cmsg_level = SOL_SOCKET;
    ctl.h.cmsg_type = SCM_RIGHTS;
    ctl.h.cmsg_len = CMSG_LEN(0);
    R(sendmsg(s[0], &m, 0));
    m.msg_control = t_wild;
    R(sendmsg(s[0], &m, 0));
    while (recv(s[1], data, 9, MSG_DONTWAIT) > 0)
        ;

    /* Two messages with descriptors in one send. */
    memset(&ctl, 0, sizeof ctl);
    m.msg_control = ctl.raw;
    m.msg_controllen = 2 * CMSG_SPACE(4);
    struct cmsghdr *h = &ctl.h;
    for (int i = 0; i < 2; i++, h = CMSG_NXTHDR(&m, h)) {
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(4);
        memcpy(CMSG_DATA(h), &p[0], 4);
    }
    R(sendmsg(s[0], &m, 0));
    drop(take("two in one", s[1], 9, 100, 0));

    /* No descriptors left. */
    struct rlimit old, few;
    getrlimit(RLIMIT_NOFILE, &old);
    n = open_fds();
    give(s[0], "lim", 3, (int[]){p[0], p[0], p[0]}, 3, 0);
    few = old;
    few.rlim_cur = n + 1; /* one number was given back */
    setrlimit(RLIMIT_NOFILE, &few);
    n = take("two fit", s[1], 9, 100, 0);
    setrlimit(RLIMIT_NOFILE, &old);
    drop(n);
    close(p[0]), close(s[0]), close(s[1]);
    V(open_fds() - before);
}

static void creds(int type)
{
    int s[2], on = 1, off = 0;
    struct ucred u = {getpid(), getuid(), getgid()};
    struct iovec v = {"cred", 4};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = ctl.raw};
    say("credentials, type %d", type);
    socketpair(AF_UNIX, type, 0, s);
    write(s[0], "before", 6);
    R(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    write(s[0], "after", 5);
    take("sent before it was asked for", s[1], 6, 100, 0);
    take("sent after", s[1], 99, 100, 0);
    give(s[0], "with", 4, s, 1, 0);
    drop(take("both kinds", s[1], 99, 200, 0));
    write(s[0], "short", 5);
    take("no room", s[1], 99, 10, 0);
    write(s[0], "short", 5);
    take("little room", s[1], 99, sizeof(struct cmsghdr) + 4, 0);
    write(s[0], "null", 4);
    take("no buffer", s[1], 99, 0, 0);
    R(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &off, sizeof off));
    memset(&ctl, 0, sizeof ctl);
    m.msg_controllen = CMSG_SPACE(sizeof u);
    ctl.h.cmsg_level = SOL_SOCKET;
    ctl.h.cmsg_type = SCM_CREDENTIALS;
    ctl.h.cmsg_len = CMSG_LEN(sizeof u);
    memcpy(CMSG_DATA(&ctl.h), &u, sizeof u);
    R(sendmsg(s[0], &m, 0));
    take("nobody asked", s[1], 99, 100, 0);
    memset(&ctl, 0, sizeof ctl);
    ctl.h.cmsg_level = SOL_SOCKET;
    ctl.h.cmsg_type = SCM_CREDENTIALS;
    ctl.h.cmsg_len = CMSG_LEN(sizeof u) - 1;
    memcpy(CMSG_DATA(&ctl.h), &u, sizeof u);
    R(sendmsg(s[0], &m, 0));
    ctl.h.cmsg_len = CMSG_LEN(sizeof u);
    R(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    R(sendmsg(s[0], &m, 0));
    write(s[0], "tail", 4);
    take("its own word for it", s[1], 99, 100, 0);
    take("and the rest", s[1], 99, 100, 0);
    u.pid = 0x3fffffff;
    memcpy(CMSG_DATA(&ctl.h), &u, sizeof u);
    m.msg_controllen = CMSG_SPACE(sizeof u);
    ctl.h.cmsg_level = SOL_SOCKET;
    ctl.h.cmsg_type = SCM_CREDENTIALS;
    ctl.h.cmsg_len = CMSG_LEN(sizeof u);
    YES(sendmsg(s[0], &m, 0) == -1 && (errno == ESRCH || errno == EPERM));
    close(s[0]), close(s[1]);
}

/* Sockets inside messages: what becomes of them is seen at a pipe that travels along. */
static int watched(int p[2])
{
    char c;
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    close(p[1]);
    for (int i = 0; i < 100; i++) { /* Linux ends them in the background */
        ssize_t r = read(p[0], &c, 1);
        if (r == 0)
            return close(p[0]), 1;
        int t[2];
        socketpair(AF_UNIX, SOCK_STREAM, 0, t);
        close(t[0]), close(t[1]);
        t_sleep_ms(i ? 5 : 0);
    }
    close(p[0]);
    return 0;
}

static void cycles(void)
{
    int a[2], b[2], p[2];
    pipe(p);
    socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    give(a[0], "p", 1, &p[1], 1, 0);
    close(a[0]), close(a[1]);
    say("in a closed pair: %s", watched(p) ? "ended" : "alive");

    pipe(p);
    socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    give(a[0], "self", 4, (int[]){a[1], p[1]}, 2, 0);
    close(a[0]), close(a[1]);
    say("in its own queue: %s", watched(p) ? "ended" : "alive");

    pipe(p);
    socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, b);
    give(a[0], "b1", 2, (int[]){b[1], p[1]}, 2, 0);
    give(b[0], "a1", 2, &a[1], 1, 0);
    give(a[1], "a0", 2, &a[0], 1, 0);
    close(a[0]), close(a[1]), close(b[0]), close(b[1]);
    say("in each other's: %s", watched(p) ? "ended" : "alive");

    /* The same, but one of them is still open: nothing ends, and all can be had back. */
    socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    socketpair(AF_UNIX, SOCK_STREAM, 0, b);
    give(a[0], "b1", 2, &b[1], 1, 0);
    give(b[0], "a1", 2, &a[1], 1, 0);
    write(a[0], "hello", 5);
    close(a[0]), close(a[1]), close(b[1]);
    int t[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, t);
    close(t[0]), close(t[1]);
    R(write(b[0], "x", 1));
    close(b[0]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    socketpair(AF_UNIX, SOCK_STREAM, 0, b);
    give(a[0], "inner", 5, &b[1], 1, 0);
    write(b[0], "deep", 4);
    close(b[1]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, t);
    close(t[0]), close(t[1]);
    int n = take("the inner one", a[1], 99, 100, 0);
    R(read(fds[0], data, 99));
    drop(n);
    close(a[0]), close(a[1]), close(b[0]);

    /* A listener in flight, with a connection nobody accepted. */
    struct sockaddr_un un = {AF_UNIX, "listener"};
    pipe(p);
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(l, (void *)&un, sizeof un);
    listen(l, 1);
    connect(c, (void *)&un, sizeof un);
    R(give(c, "l", 1, (int[]){l, p[1]}, 2, 0));
    close(l), close(c);
    say("in a connection to itself: %s", watched(p) ? "ended" : "alive");
    unlink("listener");

    /* A chain, each in a message to the next, ends without using up the stack. */
    int before = open_fds(), ok = 1;
    pipe(p);
    socketpair(AF_UNIX, SOCK_STREAM, 0, a);
    give(a[0], "p", 1, &p[1], 1, 0);
    for (int i = 0; i < 2000 && ok; i++) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, b);
        ok = give(b[0], "c", 1, a, 2, 0) == 1;
        close(a[0]), close(a[1]);
        a[0] = b[0], a[1] = b[1];
    }
    YES(ok || errno == ETOOMANYREFS);
    close(a[0]), close(a[1]);
    say("a chain: %s", watched(p) ? "ended" : "alive");
    V(open_fds() - before);
}

int main(void)
{
    t_scratch();
    files(SOCK_STREAM);
    files(SOCK_DGRAM);
    files(SOCK_SEQPACKET);
    creds(SOCK_STREAM);
    creds(SOCK_DGRAM);
    cycles();
    return 0;
}
