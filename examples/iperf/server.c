/* The server: one thread, epoll, any number of clients, each a small machine that first reads its
 * wish and then sinks, generates or echoes. */
#define _GNU_SOURCE
#include "iperf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd, writing;
    struct wish wish;
    size_t wish_got; /* bytes of it that came so far */
    uint64_t at;     /* position in the stream */
    char *held;      /* echo: what the socket did not take */
    size_t held_at, held_end;
};

static char buffer[CHUNK];
static int epoll;

static void watch(struct client *c, int writing)
{
    struct epoll_event e = {.events = writing ? EPOLLOUT : EPOLLIN, .data.ptr = c};
    if (c->writing != writing)
        epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
    c->writing = writing;
}

/* All has been taken: says how much. */
static int sunk(const struct client *c)
{
    send(c->fd, &c->at, sizeof c->at, MSG_NOSIGNAL);
    return -1;
}

/* Each step: 1 go on, 0 wait, -1 done with this client. */
static int sink(struct client *c)
{
    size_t want = sizeof buffer;
    if (c->wish.bytes && c->wish.bytes - c->at < want)
        want = c->wish.bytes - c->at;
    ssize_t n = recv(c->fd, buffer, want, 0);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    if (n == 0)
        return sunk(c);
    if (c->wish.check && memcmp(buffer, pattern(c->at), (size_t)n) != 0) {
        fprintf(stderr, "iperf: wrong bytes after %llu\n", (unsigned long long)c->at);
        return -1;
    }
    c->at += (uint64_t)n;
    /* At once: nothing more comes that would tell us to look again. */
    return c->wish.bytes && c->at == c->wish.bytes ? sunk(c) : 1;
}

static int generate(struct client *c)
{
    uint64_t left = c->wish.bytes - c->at;
    ssize_t n = left ? send(c->fd, pattern(c->at), left < CHUNK ? left : CHUNK, MSG_NOSIGNAL) : 0;
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? 0 : -1;
    c->at += (uint64_t)n;
    return 1;
}

static int echo(struct client *c)
{
    if (!c->held) {
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
        if (n <= 0)
            return n < 0 && errno == EAGAIN ? 0 : -1;
        ssize_t sent = send(c->fd, buffer, (size_t)n, MSG_NOSIGNAL);
        if (sent == n)
            return 1;
        if (sent < 0 && errno != EAGAIN)
            return -1;
        sent = sent < 0 ? 0 : sent;
        if (!(c->held = malloc((size_t)(n - sent))))
            return -1;
        memcpy(c->held, buffer + sent, c->held_end = (size_t)(n - sent));
        c->held_at = 0;
        watch(c, 1);
    }
    ssize_t sent = send(c->fd, c->held + c->held_at, c->held_end - c->held_at, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN ? 0 : -1;
    if ((c->held_at += (size_t)sent) == c->held_end) {
        free(c->held);
        c->held = NULL;
        watch(c, 0);
    }
    return 1;
}

static int greet(struct client *c)
{
    ssize_t n = recv(c->fd, (char *)&c->wish + c->wish_got, sizeof c->wish - c->wish_got, 0);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? 0 : -1;
    c->wish_got += (size_t)n;
    if (c->wish_got == sizeof c->wish && c->wish.kind == 'G')
        watch(c, 1);
    return 1;
}

static int step(struct client *c)
{
    if (c->wish_got < sizeof c->wish)
        return greet(c);
    switch (c->wish.kind) {
    case 'S':
        return sink(c);
    case 'G':
        return generate(c);
    case 'E':
        return echo(c);
    default:
        return -1;
    }
}

static void go_on(struct client *c)
{
    int state = 1;
    /* A few steps, then it is the others' turn (level-triggered: we are told again). */
    for (int i = 0; i < 16 && state > 0; i++)
        state = step(c);
    if (state >= 0)
        return;
    free(c->held);
    close(c->fd);
    free(c);
}

int serve(const char *port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
    int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), no = 0, yes = 1;
    struct epoll_event events[256];
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof any) != 0 ||
        listen(listener, 4096) != 0)
        fail("cannot listen");
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN});
    printf("iperf: serving on port %s\n", port);
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) {
                go_on(events[i].data.ptr);
                continue;
            }
            int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            struct client *c = fd >= 0 ? calloc(1, sizeof *c) : NULL;
            if (!c) {
                if (fd >= 0)
                    close(fd);
                continue;
            }
            c->fd = fd;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd,
                      &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
        }
    }
}
