/* SOL_SOCKET: what each option is at first, takes, refuses, and gives back afterwards.
 */
#include "tcp.h"
#include <sys/time.h>

static void get(int fd, const char *name, int opt)
{
    unsigned char v[64];
    socklen_t len = sizeof v;
    memset(v, 0xee, sizeof v);
    if (getsockopt(fd, SOL_SOCKET, opt, v, &len) < 0) {
        say("  %s: %s", name, t_errno(errno));
        return;
    }
    int n;
    memcpy(&n, v, 4);
    if (len == 4)
        say("  %s: %d", name, n);
    else
        say("  %s: length %d, first %d", name, (int)len, len ? n : 0);
}
#define G(o) get(fd, #o, o)

static void set(int fd, const char *name, int opt, int value)
{
    int r = setsockopt(fd, SOL_SOCKET, opt, &value, sizeof value);
    char label[64];
    snprintf(label, sizeof label, "%s = %d", name, value);
    say(" %s: %s", label, r < 0 ? t_errno(errno) : "ok");
    get(fd, name, opt);
}
#define SET(o, v) set(fd, #o, o, v)

static void both(int fd)
{
    static const int odd[] = {0, 1, 2, 100, 3000};
    G(SO_TYPE), G(SO_PROTOCOL), G(SO_DOMAIN), G(SO_ERROR), G(SO_ACCEPTCONN), G(SO_SNDLOWAT);
    for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
        int v = odd[i];
        SET(SO_DEBUG, v), SET(SO_REUSEADDR, v), SET(SO_DONTROUTE, v);
        SET(SO_BROADCAST, v), SET(SO_KEEPALIVE, v), SET(SO_OOBINLINE, v), SET(SO_NO_CHECK, v);
        SET(SO_PRIORITY, v), SET(SO_RCVLOWAT, v), SET(SO_TIMESTAMP, v), SET(SO_TIMESTAMPNS, v);
        SET(SO_SNDBUF, v), SET(SO_RCVBUF, v), SET(SO_MARK, v), SET(SO_BSDCOMPAT, v);
        SET(SO_TYPE, v), SET(SO_PROTOCOL, v), SET(SO_DOMAIN, v), SET(SO_ERROR, v),
            SET(SO_ACCEPTCONN, v);
        SET(SO_SNDLOWAT, v), SET(SO_DETACH_FILTER, v);
    }
    SET(SO_SNDBUF, 10000), SET(SO_RCVBUF, 10000), SET(SO_SNDBUF, 100000), SET(SO_RCVBUF, 100000);
    SET(SO_SNDBUFFORCE, 400000), SET(SO_RCVBUFFORCE, 400000), SET(SO_SNDBUFFORCE, -5);
    G(SO_SNDBUF), G(SO_RCVBUF);
}

static void structures(int fd)
{
    struct linger l = {1, 5};
    struct timeval tv = {2, 500000};
    struct {
        int pid, uid, gid;
    } cred;
    socklen_t len;
    R(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, 4));
    R(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    l = (struct linger){9, 9};
    len = sizeof l;
    R(getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
    say("linger %d %d, %d", l.l_onoff, l.l_linger, (int)len);
    l = (struct linger){0, 77};
    R(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    R(getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
    say("linger %d %d", l.l_onoff, l.l_linger);
    for (int i = 0; i < 2; i++) {
        int o = i ? SO_SNDTIMEO : SO_RCVTIMEO;
        tv = (struct timeval){2, 500000};
        len = sizeof tv;
        R(setsockopt(fd, SOL_SOCKET, o, &tv, 8));
        R(setsockopt(fd, SOL_SOCKET, o, &tv, sizeof tv));
        tv = (struct timeval){0, 0};
        R(getsockopt(fd, SOL_SOCKET, o, &tv, &len));
        say("timeout %ld.%06ld, %d", (long)tv.tv_sec, (long)tv.tv_usec, (int)len);
        tv.tv_usec = 1000000;
        R(setsockopt(fd, SOL_SOCKET, o, &tv, sizeof tv));
        tv = (struct timeval){-1, 0};
        R(setsockopt(fd, SOL_SOCKET, o, &tv, sizeof tv));
        R(getsockopt(fd, SOL_SOCKET, o, &tv, &len));
        say("timeout %ld.%06ld", (long)tv.tv_sec, (long)tv.tv_usec);
        tv = (struct timeval){0, 0};
        R(setsockopt(fd, SOL_SOCKET, o, &tv, sizeof tv));
    }
    len = sizeof cred;
    R(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len));
    say("peer %d %d %d", cred.pid, cred.uid, cred.gid);
    len = 5;
    R(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len));
    V(len);
    char name[32] = "lo";
    R(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "nodev0", 7));
    R(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, 3));
    len = sizeof name;
    memset(name, 0, sizeof name);
    R(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    say("device %s %d", name, (int)len);
    len = 3;
    R(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    R(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
    len = sizeof name;
    R(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    V(len);
    len = 1;
    unsigned char c = 0xee;
    R(getsockopt(fd, SOL_SOCKET, SO_TYPE, &c, &len));
    V(c);
    V(len);
    len = 0;
    R(getsockopt(fd, SOL_SOCKET, SO_TYPE, &c, &len));
    V(len);
    len = 100;
    long big[16];
    R(getsockopt(fd, SOL_SOCKET, SO_TYPE, big, &len));
    V(len);
}

int main(void)
{
    say("tcp");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    G(SO_SNDBUF), G(SO_RCVBUF);
    both(fd);
    SET(SO_PRIORITY, -1), SET(SO_RCVBUF, 1), SET(SO_RCVLOWAT, -1), SET(SO_KEEPALIVE, -1);
    SET(SO_REUSEPORT, 1), SET(SO_REUSEPORT, 0);
    structures(fd);
    say("udp");
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    G(SO_SNDBUF), G(SO_RCVBUF);
    both(fd);
    structures(fd);
    int l = tcp_listener(3), p[2];
    fd = l;
    G(SO_ACCEPTCONN);
    tcp_pair(p);
    fd = p[0];
    G(SO_ACCEPTCONN), G(SO_ERROR), G(SO_TYPE);
    /* What an accepted socket takes from its listener. */
    int one = 1, rcv = 20000;
    struct timeval tv = {3, 0};
    struct linger lg = {1, 7};
    setsockopt(l, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(l, SOL_SOCKET, SO_RCVBUF, &rcv, sizeof rcv);
    setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    setsockopt(l, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
    setsockopt(l, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(l, IPPROTO_TCP, TCP_KEEPIDLE, &rcv, sizeof rcv);
    int c = tcp_client(l);
    fd = accept(l, NULL, NULL);
    G(SO_KEEPALIVE), G(SO_REUSEADDR), G(SO_RCVBUF), G(SO_RCVTIMEO), G(SO_LINGER), G(SO_ACCEPTCONN);
    socklen_t len = 4;
    int v = 0;
    R(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &v, &len));
    V(v);
    R(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &v, &len));
    V(v);
    lg.l_onoff = 0;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
    close(c);
    return 0;
}
