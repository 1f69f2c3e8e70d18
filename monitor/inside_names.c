/* Connections of the guest to the name server on a loopback address of its container: TCP on port
 * 53, to which a resolver turns when an answer does not fit a datagram. See inside.h.
 *
 * A connection of the guest is a line: it ends here, and a socket in the container's namespace goes
 * on to the server. The jail lets nobody make sockets, so a few are made before it; connect(2) on
 * these alone is kept, and where the kernel has Landlock for it only to this port. A line that is
 * over gives its socket back to the next one (connect to AF_UNSPEC, tcp_disconnect in the kernel).
 * When all are in use the one that has been silent longest is reset.
 *
 *     guest --up[]--> socket      bytes are acknowledged when they stand in up[]
 *     guest <-down[]- socket      down[] begins with the first byte not yet acknowledged (una)
 *
 * What the guest did not take it asks for again by acknowledging the same byte twice; then
 * everything from there on is sent again.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside_tcp.h"

#define LINES INSIDE_LINES
#define PORT INSIDE_NAMES_PORT
#define UP 4096u
#define DOWN 16384u

enum state { FREE, CONNECTING, OPEN };

static struct line {
    enum state state;
    bool told;     /* the guest has sent its last byte */
    bool shut;     /* and the server knows */
    bool answered; /* the server has sent its last byte */
    bool ended;    /* and the guest has been sent a FIN for it */
    bool stuck;    /* the server takes nothing now */
    struct inside_end end;
    uint32_t una, next; /* ours: the first byte not acknowledged, the next to send */
    uint16_t window;    /* what the guest takes from una on */
    unsigned long used;
    size_t nup, ndown;
    uint8_t up[UP], down[DOWN];
} line[LINES];
static int sockets[LINES + 1] = {-1};
static struct sockaddr_in server;
static unsigned long uses;

const int *inside_lines(void)
{
    return sockets;
}

void inside_names_open(const struct sockaddr_in *at)
{
    unsigned n = 0;
    server = *at;
    while (n < LINES) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            break;
        sockets[n++] = fd;
    }
    sockets[n] = -1;
}

static int fd_of(const struct line *l)
{
    return sockets[l - line];
}

static int join(const struct line *l, const void *at, size_t n)
{
    return (int)syscall(SYS_connect, fd_of(l), at, n);
}

/* The line is free, its socket as new. */
static void release(struct line *l)
{
    static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    char byte = 0;
    join(l, &nobody, sizeof nobody);
    inside_receive(fd_of(l), &byte, 1); /* takes the error that this may have left */
    l->state = FREE;
}

static void reset(struct line *l)
{
    inside_segment(&l->end, l->next, INSIDE_RST | INSIDE_ACK, NULL, 0);
    release(l);
}

static struct line *find(const struct inside_got *s)
{
    for (struct line *l = line; l < line + LINES; l++)
        if (l->state != FREE && l->end.port == s->port && memcmp(l->end.guest, s->from, 4) == 0)
            return l;
    return NULL;
}

static struct line *room(void)
{
    struct line *oldest = NULL;
    for (struct line *l = line; l < line + LINES && fd_of(l) >= 0; l++) {
        if (l->state == FREE)
            return l;
        if (!oldest || l->used < oldest->used)
            oldest = l;
    }
    if (oldest)
        reset(oldest);
    return oldest;
}

static bool acknowledge(struct line *l, unsigned flags, uint32_t seq)
{
    l->end.window = (uint16_t)(UP - l->nup);
    return inside_segment(&l->end, seq, flags | INSIDE_ACK, NULL, 0);
}

/* From the guest to the server. False: the line is gone. */
static bool pass_up(struct line *l)
{
    size_t before = l->nup;
    l->stuck = false;
    while (l->nup && !l->stuck) {
        long n = inside_send(fd_of(l), l->up, l->nup);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            reset(l);
            return false;
        }
        l->stuck = n <= 0;
        if (n > 0) {
            l->nup -= (size_t)n;
            memmove(l->up, l->up + n, l->nup);
        }
    }
    if (l->told && l->nup == 0 && !l->shut) {
        syscall(SYS_shutdown, fd_of(l), SHUT_WR);
        l->shut = true;
    }
    if (before == UP && l->nup < UP) /* the window was closed */
        acknowledge(l, 0, l->next);
    return true;
}

/* What the server says. False: the line is gone. */
static bool pass_down(struct line *l)
{
    while (!l->answered && l->ndown < DOWN) {
        long n = inside_receive(fd_of(l), l->down + l->ndown, DOWN - l->ndown);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0) {
            reset(l);
            return false;
        }
        l->answered = n == 0;
        l->ndown += (size_t)n;
    }
    return true;
}

/* Sends the guest what it takes. */
static void push(struct line *l)
{
    while (!l->ended) {
        size_t sent = l->next - l->una, n = l->ndown - sent;
        if (n > INSIDE_SEGMENT)
            n = INSIDE_SEGMENT;
        if (n > (sent < l->window ? l->window - sent : 0))
            n = l->window > sent ? l->window - sent : 0;
        l->end.window = (uint16_t)(UP - l->nup);
        if (n) {
            if (!inside_segment(&l->end, l->next, INSIDE_ACK | INSIDE_PSH, l->down + sent, n))
                return;
            l->next += (uint32_t)n;
            continue;
        }
        if (!l->answered || sent < l->ndown || !acknowledge(l, INSIDE_FIN, l->next))
            return;
        l->next++;
        l->ended = true;
    }
}

/* As far as it goes now. */
static void go_on(struct line *l)
{
    if (l->state == CONNECTING) {
        if (join(l, &server, sizeof server) && errno != EISCONN) {
            if (errno != EALREADY && errno != EINPROGRESS)
                reset(l); /* nobody listens */
            return;
        }
        l->state = OPEN;
        acknowledge(l, INSIDE_SYN, l->una - 1);
        return;
    }
    if (!pass_up(l) || !pass_down(l))
        return;
    push(l);
    if (l->told && l->shut && l->ended && l->una == l->next)
        release(l);
}

static bool begin(const struct inside_got *s)
{
    struct line *l = room();
    if (!l)
        return false;
    l->state = CONNECTING;
    l->told = l->shut = l->answered = l->ended = l->stuck = false;
    l->end = (struct inside_end){
        .port = s->port, .our_port = PORT, .expected = s->seq + 1, .window = UP};
    memcpy(l->end.guest, s->from, sizeof l->end.guest);
    l->una = l->next = inside_first() + 1;
    l->window = s->window;
    l->used = ++uses;
    l->nup = l->ndown = 0;
    join(l, &server, sizeof server);
    go_on(l); /* on the loopback it is connected by now, or refused */
    return true;
}

/* What the guest has got. */
static void take_acknowledgement(struct line *l, const struct inside_got *s)
{
    uint32_t got = s->ack - l->una, sent = l->next - l->una;
    if (got > sent)
        return; /* of bytes that there are not */
    if (got == 0 && sent && s->n == 0 && s->window == l->window && !(s->flags & INSIDE_FIN)) {
        l->next = l->una;
        l->ended = false;
    }
    size_t data = got < l->ndown ? got : l->ndown;
    l->ndown -= data;
    memmove(l->down, l->down + data, l->ndown);
    l->una = s->ack;
    l->window = s->window;
}

static void take_data(struct line *l, const struct inside_got *s)
{
    if (s->seq != l->end.expected || l->told || s->n > UP - l->nup)
        return; /* it will come again */
    memcpy(l->up + l->nup, s->data, s->n);
    l->nup += s->n;
    l->told = (s->flags & INSIDE_FIN) != 0;
    l->end.expected += (uint32_t)s->n + l->told;
}

bool inside_names(const struct inside_got *s)
{
    if (s->six || s->our_port != PORT || sockets[0] < 0)
        return false;
    struct line *l = find(s);
    if ((s->flags & (INSIDE_SYN | INSIDE_ACK)) == INSIDE_SYN) {
        if (l && s->seq + 1 == l->end.expected) { /* it did not hear us */
            if (l->state == OPEN)
                acknowledge(l, INSIDE_SYN, l->una - 1);
            return true;
        }
        if (l)
            release(l); /* the guest has forgotten it */
        return begin(s);
    }
    if (!l)
        return false;
    if (s->flags & INSIDE_RST) {
        release(l);
        return true;
    }
    if (l->state != OPEN || !(s->flags & INSIDE_ACK))
        return true;
    l->used = ++uses;
    take_acknowledgement(l, s);
    take_data(l, s);
    if (s->n || s->flags & (INSIDE_FIN | INSIDE_SYN))
        acknowledge(l, 0, l->next);
    go_on(l);
    return true;
}

unsigned inside_names_wanted(struct pollfd *fds, unsigned most)
{
    unsigned n = 0;
    for (struct line *l = line; l < line + LINES && n < most; l++) {
        short events = l->state == CONNECTING ? POLLOUT : 0;
        if (l->state == OPEN)
            events =
                (short)((l->stuck ? POLLOUT : 0) | (!l->answered && l->ndown < DOWN ? POLLIN : 0));
        if (events) /* else it would be told of the server's end without end */
            fds[n++] = (struct pollfd){.fd = fd_of(l), .events = events};
    }
    return n;
}

void inside_names_again(void)
{
    for (struct line *l = line; l < line + LINES; l++)
        if (l->state != FREE)
            go_on(l);
}
