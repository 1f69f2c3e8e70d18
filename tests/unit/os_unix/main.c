/* AF_UNIX, called at random: whatever the calls say, no memory is touched that is not theirs, and
 * when all is closed nothing is left: no socket, no file, no message, however they were inside each
 * other. Calls do not block here (the fake's sleep is an interruption). */
#include <stdio.h>
#include <stdlib.h>

#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "net/linux.h"
#include "net/unix.h"
#include "sys/fs.h"
#include "sys/net.h"

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "not ok os_unix: %s:%d: %s\n", __FILE__, __LINE__, #x);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The families that are not tested. */
int inet_socket(int family, int type, int protocol, struct socket **out)
{
    (void)family, (void)type, (void)protocol, (void)out;
    return -EAFNOSUPPORT;
}

int netlink_socket(int type, int protocol, struct socket **out)
{
    (void)type, (void)protocol, (void)out;
    return -EAFNOSUPPORT;
}

static u64 seed;
static unsigned rnd(unsigned n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)((seed >> 33) % n);
}

#define FIRST 3 /* descriptors below are the console's */
#define LAST 60
static int any(void)
{
    return (int)(FIRST + rnd(rnd(20) ? 30 : LAST));
}

static unsigned name(char *a)
{
    *(u16 *)(void *)a = rnd(30) ? AF_UNIX : (u16)rnd(3);
    int which = (int)rnd(12);
    if (which < 6)
        return 2 + (unsigned)snprintf(a + 2, 100, "%c%d", 0, which) + rnd(20) / 19;
    if (which < 11)
        return 3 + (unsigned)snprintf(a + 2, 100, "/tmp/s%d", which);
    return rnd(SOCK_NAME_MAX + 8);
}

static void send_some(int fd)
{
    static char data[70000];
    struct {
        u64 len;
        s32 level, type;
        s32 fd[8];
    } c;
    char to[SOCK_NAME_MAX + 16];
    struct iovec_os v[2] = {{data, rnd(rnd(4) ? 300 : sizeof data)}, {data, rnd(10)}};
    struct msghdr_os m = {.iov = v, .iov_len = rnd(3), .control = &c};
    unsigned n = rnd(5);
    if (rnd(3) == 0)
        m.name = to, m.name_len = (s32)name(to);
    c.level = rnd(50) ? 1 : (s32)rnd(3);
    c.type = rnd(8) ? SCM_RIGHTS : (s32)rnd(5);
    for (unsigned i = 0; i < 8; i++)
        c.fd[i] = any();
    if (c.type == SCM_CREDENTIALS) {
        c.fd[0] = 77;
        c.fd[1] = c.fd[2] = (s32)rnd(2);
        n = 3;
    }
    c.len = 16 + n * 4 + (rnd(40) ? 0 : rnd(30));
    m.control_len = rnd(2) ? rnd(40) ? 16 + n * 4 : rnd(48) : 0;
    pith_sys_sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL | (rnd(30) ? 0 : MSG_OOB));
}

static void receive_some(int fd)
{
    static char data[70000];
    char control[64], from[SOCK_NAME_MAX];
    struct iovec_os v[2] = {{data, rnd(rnd(4) ? 300 : sizeof data)}, {data, rnd(10)}};
    struct msghdr_os m = {.iov = v, .iov_len = rnd(3)};
    static const unsigned flags[] = {0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_CMSG_CLOEXEC};
    if (rnd(2))
        m.name = from, m.name_len = (s32)rnd(sizeof from);
    if (rnd(4))
        m.control = control, m.control_len = rnd(sizeof control);
    pith_sys_recvmsg(fd, &m, MSG_DONTWAIT | flags[rnd(7)]);
}

static void make(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW};
    int s[2], type = types[rnd(5)] | SOCK_NONBLOCK;
    if (fd_next(LAST - 4) >= 0)
        return;
    if (rnd(2))
        pith_sys_socketpair(AF_UNIX, type, 0, s);
    else
        pith_sys_socket(AF_UNIX, type, 0);
}

/* A listener and who connects to it, so that this happens often. */
static void meet(bool listens)
{
    char a[SOCK_NAME_MAX + 16];
    unsigned n = rnd(3) ? 2 + 2 : name(a);
    if (n == 4)
        a[0] = AF_UNIX, a[1] = a[2] = 0, a[3] = (char)('0' + rnd(3));
    if (fd_next(LAST - 4) >= 0)
        return;
    int type = rnd(4) ? SOCK_STREAM : SOCK_SEQPACKET;
    int fd = (int)pith_sys_socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
    if (!listens)
        pith_sys_connect(fd, a, (int)n);
    else if (pith_sys_bind(fd, a, (int)n) == 0)
        pith_sys_listen(fd, (int)rnd(5) - 1);
}

static void option(int fd)
{
    static const int names[] = {16 /* PASSCRED */, 42 /* PEEK_OFF */, 7, 8, 18 /* RCVLOWAT */, 17};
    int v = rnd(3) ? (int)rnd(3) : (int)rnd(5000), len = sizeof(v), n = names[rnd(6)];
    if (rnd(2))
        pith_sys_setsockopt(fd, 1, n, &v, sizeof(v));
    else
        pith_sys_getsockopt(fd, 1, n, &v, &len);
}

static void one_call(int ep)
{
    char a[SOCK_NAME_MAX + 16];
    int len = sizeof(a), fd = any();
    struct epoll_event e = {.events = rnd(2) ? EPOLLIN | EPOLLOUT : EPOLLIN | EPOLLET};
    unsigned n;
    switch (rnd(28)) {
    case 0 ... 1:
        make();
        break;
    case 2:
        n = name(a);
        pith_sys_bind(fd, a, (int)n);
        break;
    case 3:
        pith_sys_listen(fd, (int)rnd(5) - 1);
        break;
    case 4:
        meet(rnd(3) == 0);
        break;
    case 5:
        n = name(a);
        pith_sys_connect(fd, a, (int)n);
        break;
    case 6 ... 7:
        for (int l = FIRST; l < LAST && fd_next(LAST - 4) < 0; l++)
            if (pith_sys_accept4(l, rnd(2) ? a : 0, &len, SOCK_NONBLOCK) >= 0)
                break;
        break;
    case 8 ... 11:
        send_some(fd);
        break;
    case 12 ... 16:
        receive_some(fd);
        break;
    case 17:
        if (rnd(4) == 0)
            pith_sys_shutdown(fd, (int)rnd(4));
        break;
    case 18:
        if (fd_next(LAST - 4) < 0)
            pith_sys_dup(fd);
        break;
    case 19:
        option(fd);
        break;
    case 20:
        if (rnd(2))
            pith_sys_getsockname(fd, a, &len);
        else
            pith_sys_getpeername(fd, a, &len);
        break;
    case 21:
        if (fd != ep)
            pith_sys_epoll_ctl(ep, 1 + (int)rnd(3), fd, &e);
        pith_sys_epoll_wait(ep, &e, 1, 0);
        break;
    case 22:
        if (rnd(2))
            pith_sys_ioctl(fd, rnd(2) ? 0x541b /* FIONREAD */ : 0x5411 /* SIOCOUTQ */, (u64)&len);
        break;
    case 23:
        if (rnd(3) == 0) {
            n = name(a);
            a[n] = 0;
            if (a[2])
                pith_sys_unlink(a + 2);
        }
        break;
    default:
        if (fd != ep)
            pith_sys_close(fd);
        break;
    }
}

/* A table of all sockets is readable whatever they are doing. */
static void read_table(void)
{
    static char text[1 << 16];
    long fd = pith_sys_open("/proc/net/unix", O_RDONLY, 0);
    CHECK(fd >= 0);
    CHECK(pith_sys_read((int)fd, text, sizeof(text)) > 50);
    pith_sys_close((int)fd);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 150;
    for (unsigned round = 0; round < rounds; round++) {
        int pair[2];
        seed = round * 7919 + 1;
        long ep = pith_sys_epoll_create1(0);
        CHECK(ep >= 0);
        for (unsigned i = 0; i < 3000; i++)
            one_call((int)ep);
        read_table();
        for (int fd; (fd = fd_next(FIRST)) >= 0;)
            pith_sys_close(fd);
        /* What is only inside messages ends when the next socket does. */
        CHECK(pith_sys_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        pith_sys_close(pair[0]);
        pith_sys_close(pair[1]);
        CHECK(list_empty(&unix_all));
        CHECK(list_empty(&unix_flying));
        CHECK(unix_files_flying == 0);
    }
    printf("ok os_unix (%u rounds)\n", rounds);
    return 0;
}
