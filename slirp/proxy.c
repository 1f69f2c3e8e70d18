/* IPv6 connections to a forwarded port, handed on to the same port at 127.0.0.1, where libslirp
 * listens for the guest. Bytes are moved both ways, ends of input one by one.
 */
#include "slirp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS 256
/* Connections at a time; further ones wait in the backlog. */
#define PAIRS 4096
#define BUFFER 65536u

/* One direction: bytes [start, end) wait to be written. */
struct half {
    int from, to;
    unsigned start, end;
    bool no_more, finished; /* from has ended; to has been told */
    int in, out;            /* poll indices, -1 = not asked */
    uint8_t *data;
};

struct pair {
    struct pair *next;
    struct half half[2];
    bool connecting;
};

static struct {
    int fd, index;
    uint16_t port;
} listeners[LISTENERS];
static unsigned nlisteners, npairs;
static struct pair *pairs;

int proxy_add(uint16_t port)
{
    const int yes = 1;
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (nlisteners == LISTENERS) {
        errno = EMFILE;
        return -1;
    }
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) ||
        bind(fd, (const void *)&at, sizeof at) || listen(fd, 128)) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    listeners[nlisteners].fd = fd;
    listeners[nlisteners].index = -1;
    listeners[nlisteners++].port = port;
    return 0;
}

static void destroy(struct pair *p)
{
    close(p->half[0].from);
    close(p->half[1].from);
    free(p->half[0].data);
    free(p->half[1].data);
    free(p);
    npairs--;
}

static void accept_one(int listener, uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int a = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (a < 0)
        return;
    int b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pair *p = calloc(1, sizeof *p);
    uint8_t *one = malloc(BUFFER), *two = malloc(BUFFER);
    if (b < 0 || !p || !one || !two ||
        (connect(b, (const void *)&to, sizeof to) && errno != EINPROGRESS)) {
        close(a);
        if (b >= 0)
            close(b);
        free(p);
        free(one);
        free(two);
        return;
    }
    p->half[0] = (struct half){.from = a, .to = b, .in = -1, .out = -1, .data = one};
    p->half[1] = (struct half){.from = b, .to = a, .in = -1, .out = -1, .data = two};
    p->connecting = true;
    p->next = pairs;
    pairs = p;
    npairs++;
}

void proxy_poll(void)
{
    for (unsigned i = 0; i < nlisteners; i++)
        listeners[i].index = npairs < PAIRS ? loop_add(listeners[i].fd, POLLIN) : -1;
    for (struct pair *p = pairs; p; p = p->next)
        for (unsigned i = 0; i < 2; i++) {
            struct half *h = &p->half[i];
            bool wait = p->connecting;
            h->in = !wait && !h->no_more && h->end < BUFFER ? loop_add(h->from, POLLIN) : -1;
            h->out = (wait && i == 0) || h->start < h->end ? loop_add(h->to, POLLOUT) : -1;
        }
}

static bool ready(int index)
{
    return index >= 0 && loop_events(index);
}

/* Moves what can be moved; false: the connection is broken. */
static bool move(struct half *h)
{
    if (ready(h->in)) {
        ssize_t n = read(h->from, h->data + h->end, BUFFER - h->end);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n == 0)
            h->no_more = true;
        h->end += n > 0 ? (unsigned)n : 0;
    }
    if (h->start < h->end) {
        ssize_t n = send(h->to, h->data + h->start, h->end - h->start, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        h->start += n > 0 ? (unsigned)n : 0;
    }
    if (h->start == h->end) {
        h->start = h->end = 0;
        if (h->no_more && !h->finished) {
            shutdown(h->to, SHUT_WR);
            h->finished = true;
        }
    } else if (h->end == BUFFER && h->start) {
        memmove(h->data, h->data + h->start, h->end - h->start);
        h->end -= h->start;
        h->start = 0;
    }
    return true;
}

/* True: over, for whatever reason. */
static bool serve(struct pair *p)
{
    if (p->connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        if (!ready(p->half[0].out))
            return false;
        if (getsockopt(p->half[0].to, SOL_SOCKET, SO_ERROR, &error, &size) || error)
            return true;
        p->connecting = false;
        return false;
    }
    if (!move(&p->half[0]) || !move(&p->half[1]))
        return true;
    return p->half[0].finished && p->half[1].finished;
}

void proxy_serve(void)
{
    for (struct pair **at = &pairs; *at;) {
        struct pair *p = *at;
        if (serve(p)) {
            *at = p->next;
            destroy(p);
        } else
            at = &p->next;
    }
    for (unsigned i = 0; i < nlisteners; i++)
        if (ready(listeners[i].index))
            accept_one(listeners[i].fd, listeners[i].port);
}
