/* For the oracle programs about TCP: addresses, connected pairs, poll bits as text. Ports are never
 * printed: they are the system's choice. */
#ifndef ORACLE_TCP_H
#define ORACLE_TCP_H

#include "t.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SA(a) ((struct sockaddr *)(a))

T_UNUSED static struct sockaddr_in v4(const char *ip, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, ip, &a.sin_addr);
    return a;
}

T_UNUSED static struct sockaddr_in6 v6(const char *ip, int port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, ip, &a.sin6_addr);
    return a;
}

/* The local port of a socket, either family. */
T_UNUSED static int port_of(int fd)
{
    struct sockaddr_in6 a;
    socklen_t len = sizeof a;
    if (getsockname(fd, SA(&a), &len) < 0)
        return -1;
    return ntohs(a.sin6_port); /* at the same place in both */
}

/* A listening IPv4 socket on 127.0.0.1. */
T_UNUSED static int tcp_listener(int backlog)
{
    struct sockaddr_in a = v4("127.0.0.1", 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, SA(&a), sizeof a) < 0 || listen(fd, backlog) < 0) {
        say("listener: %s", t_errno(errno));
        exit(99);
    }
    return fd;
}

T_UNUSED static int tcp_client(int listener)
{
    struct sockaddr_in a = v4("127.0.0.1", port_of(listener));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, SA(&a), sizeof a) < 0) {
        say("client: %s", t_errno(errno));
        exit(99);
    }
    return fd;
}

/* Two ends of a connection over 127.0.0.1: p[0] connected, p[1] was accepted. */
T_UNUSED static void tcp_pair(int p[2])
{
    int l = tcp_listener(5);
    p[0] = tcp_client(l);
    p[1] = accept(l, NULL, NULL);
    if (p[1] < 0) {
        say("accept: %s", t_errno(errno));
        exit(99);
    }
    close(l);
}

T_UNUSED static void nonblock(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

T_UNUSED static const char *poll_names(int ev)
{
    static char s[100];
    snprintf(s, sizeof s, "%s%s%s%s%s%s%s%s", ev & POLLIN ? " IN" : "", ev & POLLPRI ? " PRI" : "",
             ev & POLLOUT ? " OUT" : "", ev & POLLRDHUP ? " RDHUP" : "", ev & POLLHUP ? " HUP" : "",
             ev & POLLERR ? " ERR" : "", ev & POLLNVAL ? " NVAL" : "", ev ? "" : " -");
    return s;
}

/* Everything that poll says now, or within ms if nothing of `until` is there yet. */
T_UNUSED static int polled(int fd, int until, int ms)
{
    struct pollfd p = {fd, (short)until, 0};
    if (until)
        poll(&p, 1, ms);
    p.events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP;
    poll(&p, 1, 0);
    return p.revents;
}
#define POLL(fd) say("poll " #fd ":%s", poll_names(polled(fd, 0, 0)))
#define POLL_FOR(fd, bits) say("poll " #fd " for " #bits ":%s", poll_names(polled(fd, bits, 5000)))

T_UNUSED static int so_error(int fd)
{
    int e = -1;
    socklen_t len = sizeof e;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len);
    return e;
}
#define SO_ERR(fd) say("SO_ERROR of " #fd ": %s", t_errno(so_error(fd)))

/* An address without its port. */
T_UNUSED static const char *show(const void *sa, socklen_t len)
{
    static char s[128];
    char ip[64] = "";
    const struct sockaddr_in *a = sa;
    const struct sockaddr_in6 *b = sa;
    if (len < sizeof a->sin_family)
        return "none";
    if (a->sin_family == AF_INET)
        inet_ntop(AF_INET, &a->sin_addr, ip, sizeof ip);
    else if (a->sin_family == AF_INET6)
        inet_ntop(AF_INET6, &b->sin6_addr, ip, sizeof ip);
    snprintf(s, sizeof s, "family %d len %d %s%s", a->sin_family, (int)len, ip,
             a->sin_port ? " with a port" : "");
    return s;
}
#define NAME(fd) name_of(#fd, fd, 0)
#define PEER(fd) name_of(#fd, fd, 1)
T_UNUSED static void name_of(const char *what, int fd, int peer)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    memset(&a, 0, sizeof a);
    int r = peer ? getpeername(fd, SA(&a), &len) : getsockname(fd, SA(&a), &len);
    if (r < 0)
        say("%s of %s: %s", peer ? "peer" : "name", what, t_errno(errno));
    else
        say("%s of %s: %s", peer ? "peer" : "name", what, show(&a, len));
}

#endif
