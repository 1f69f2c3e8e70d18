/* Connections of `pith get` to the guest: see inside.h.
 *
 * As much of TCP (RFC 9293) as one side needs that connects, sends one segment and then receives,
 * over a link that loses nothing but what the guest has no room for. What does not come in order is
 * answered with what is expected, so the guest sends it again. What an asker's socket does not
 * take now is held, as much as the window lets come. When the guest has sent its last byte the
 * connection is reset, which leaves nothing behind in it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "control.h"
#include "inside_tcp.h"

/* At a time; the oldest makes room. */
#define CONNECTIONS 8u
/* Ports of ours: below those that Linux gives out, which are others' (inside_local.c). */
#define PORT_FIRST 1024u
#define PORTS 4000u
#define WINDOW 16384u

#define FIN INSIDE_FIN
#define SYN INSIDE_SYN
#define RST INSIDE_RST
#define PSH INSIDE_PSH
#define ACK INSIDE_ACK

static struct connection {
    bool open, answered; /* used; the guest has taken the connection */
    bool finished;       /* and has sent its last byte */
    int to;
    struct inside_end end;
    uint32_t next; /* our sequence number */
    unsigned long age;
    size_t n;
    uint8_t request[INSIDE_SEGMENT];
    size_t held;
    uint8_t hold[WINDOW];
} connection[CONNECTIONS];
static unsigned long born;

bool inside_segment(const struct inside_end *e, uint32_t seq, unsigned flags, const void *data,
                    size_t n)
{
    uint8_t packet[INSIDE_IP6 + INSIDE_TCP + 4 + INSIDE_SEGMENT] = {0};
    size_t at = e->six ? INSIDE_IP6 : INSIDE_IP, head = INSIDE_TCP + (flags & SYN ? 4 : 0);
    uint8_t *tcp = packet + at;
    inside_put16(tcp, e->our_port);
    inside_put16(tcp + 2, e->port);
    inside_put32(tcp + 4, seq);
    inside_put32(tcp + 8, flags & ACK ? e->expected : 0);
    tcp[12] = (uint8_t)(head / 4 << 4);
    tcp[13] = (uint8_t)flags;
    inside_put16(tcp + 14, e->window);
    if (flags & SYN) {
        tcp[INSIDE_TCP] = 2;
        tcp[INSIDE_TCP + 1] = 4;
        inside_put16(tcp + INSIDE_TCP + 2, INSIDE_SEGMENT);
    }
    if (n)
        memcpy(tcp + head, data, n);
    return e->six ? inside_put6(packet, at + head + n, IPPROTO_TCP)
                  : inside_put(packet, at + head + n, IPPROTO_TCP, inside_address, e->guest);
}

uint32_t inside_first(void)
{
    uint32_t first;
    if (getrandom(&first, sizeof first, GRND_NONBLOCK) != (ssize_t)sizeof first)
        first = (uint32_t)mon_now();
    return first;
}

static bool segment(struct connection *c, unsigned flags, const void *data, size_t n)
{
    c->end.window = (uint16_t)(WINDOW - c->held);
    return inside_segment(&c->end, c->next, flags, data, n);
}

static void end(struct connection *c, int status, const char *why)
{
    if (why)
        mon_control_send(c->to, 'e', why, strlen(why), NULL);
    mon_control_end(c->to, status);
    c->open = false;
}

/* An address of the guest's in words: "ADDRESS PORT". */
static bool target(const char *words, size_t n, struct connection *c)
{
    char text[64], *space, *rest;
    if (n >= sizeof text)
        return false;
    memcpy(text, words, n);
    text[n] = 0;
    space = strchr(text, ' ');
    if (!space)
        return false;
    *space++ = 0;
    unsigned long port = strtoul(space, &rest, 10);
    c->end.port = (uint16_t)port;
    c->end.six = strcmp(text, "::1") == 0;
    return (c->end.six || inet_pton(AF_INET, text, c->end.guest) == 1) && rest != space && !*rest &&
           port > 0 && port < 65536;
}

static struct connection *room(void)
{
    struct connection *oldest = connection;
    for (struct connection *c = connection; c < connection + CONNECTIONS; c++) {
        if (!c->open)
            return c;
        if (c->age < oldest->age)
            oldest = c;
    }
    segment(oldest, RST, NULL, 0);
    end(oldest, 1, "pith: too many ask at once\n");
    return oldest;
}

void inside_connect(struct mon *m, const char *words, size_t n, const char *data, size_t len,
                    int to)
{
    struct connection *c = room();
    memset(c, 0, offsetof(struct connection, hold));
    c->to = to;
    c->age = ++born;
    if (!(m->image.devices & 1ull << PITH_DEV_NET)) {
        end(c, 1, "pith: the program opens no sockets\n");
        return;
    }
    if (!target(words, n, c) || len > INSIDE_SEGMENT) {
        end(c, 2, "pith: a connection needs ::1 or an IPv4 address, a port, and a short request\n");
        return;
    }
    c->open = true;
    c->end.our_port = (uint16_t)(PORT_FIRST + c->age % PORTS);
    c->n = len;
    memcpy(c->request, data, len);
    c->next = inside_first();
    if (!segment(c, SYN, NULL, 0))
        end(c, 1, "pith: the guest takes no connections now\n");
    c->next++;
}

static struct connection *find(const struct inside_got *s)
{
    for (struct connection *c = connection; c < connection + CONNECTIONS; c++)
        if (c->open && c->end.our_port == s->our_port && c->end.port == s->port &&
            c->end.six == s->six && (s->six || memcmp(c->end.guest, s->from, 4) == 0))
            return c;
    return NULL;
}

/* To nobody: whoever tries to connect is told so. */
static void refuse(const struct inside_got *s)
{
    struct inside_end none = {.six = s->six, .port = s->port, .our_port = s->our_port};
    if (s->flags & RST)
        return;
    if (!s->six)
        memcpy(none.guest, s->from, 4);
    none.expected = s->seq + (uint32_t)s->n + !!(s->flags & SYN) + !!(s->flags & FIN);
    inside_segment(&none, s->flags & ACK ? s->ack : 0, s->flags & ACK ? RST : RST | ACK, NULL, 0);
}

/* Hands on what is held, as far as the asker takes it. */
static void pass(struct connection *c)
{
    size_t done = 0;
    bool again = false;
    while (done < c->held && !again) {
        size_t n =
            c->held - done < MON_CONTROL_PACKET - 1 ? c->held - done : MON_CONTROL_PACKET - 1;
        if (mon_control_send(c->to, 'o', c->hold + done, n, &again)) {
            done += n;
        } else if (!again) { /* he has gone */
            segment(c, RST | ACK, NULL, 0);
            end(c, 1, NULL);
            return;
        }
    }
    c->held -= done;
    memmove(c->hold, c->hold + done, c->held);
    if (c->finished && c->held == 0) {
        segment(c, RST | ACK, NULL, 0);
        end(c, 0, NULL);
    }
}

/* A segment of a connection of ours. */
static void take(struct connection *c, const struct inside_got *s)
{
    if (s->flags & RST) {
        end(c, 1,
            c->answered ? "pith: the connection was reset\n"
                        : "pith: connection refused: nobody listens there\n");
        return;
    }
    if (!c->answered) {
        if ((s->flags & (SYN | ACK)) != (SYN | ACK) || s->ack != c->next)
            return;
        c->answered = true;
        c->end.expected = s->seq + 1;
        segment(c, ACK | PSH, c->request, c->n);
        c->next += (uint32_t)c->n;
        return;
    }
    if (s->seq == c->end.expected && s->n <= WINDOW - c->held && !c->finished) {
        memcpy(c->hold + c->held, s->data, s->n);
        c->held += s->n;
        c->finished = (s->flags & FIN) != 0;
        c->end.expected += (uint32_t)s->n + c->finished;
    }
    pass(c);
    if (c->open && (s->n || s->flags & (FIN | SYN)))
        segment(c, ACK, NULL, 0);
}

static bool decode(const uint8_t *packet, size_t n, size_t at, struct inside_got *s)
{
    if (n < at + INSIDE_TCP)
        return false;
    const uint8_t *tcp = packet + at;
    size_t head = (tcp[12] >> 4) * 4u;
    if (head < INSIDE_TCP || head > n - at)
        return false;
    *s = (struct inside_got){.six = packet[0] >> 4 == 6,
                             .from = packet + 12,
                             .port = inside_get16(tcp),
                             .our_port = inside_get16(tcp + 2),
                             .window = inside_get16(tcp + 14),
                             .seq = inside_get32(tcp + 4),
                             .ack = inside_get32(tcp + 8),
                             .flags = tcp[13],
                             .data = tcp + head,
                             .n = n - at - head};
    return true;
}

void inside_tcp(uint8_t *packet, size_t n, size_t at)
{
    struct inside_got s;
    if (!decode(packet, n, at, &s))
        return;
    struct connection *c = find(&s);
    if (c)
        take(c, &s);
    else if (!inside_names(&s) && !inside_local_out(packet, n, at))
        refuse(&s);
}

unsigned inside_tcp_wanted(struct pollfd *fds, unsigned room)
{
    unsigned n = 0;
    for (struct connection *c = connection; c < connection + CONNECTIONS && n < room; c++)
        if (c->open) /* without events: whether he hangs up */
            fds[n++] = (struct pollfd){.fd = c->to, .events = c->held ? POLLOUT : 0};
    return n;
}

void inside_tcp_gone(int to)
{
    for (struct connection *c = connection; c < connection + CONNECTIONS; c++)
        if (c->open && c->to == to) {
            segment(c, RST | ACK, NULL, 0);
            end(c, 1, NULL);
        }
}

void inside_tcp_again(void)
{
    for (struct connection *c = connection; c < connection + CONNECTIONS; c++) {
        size_t held = c->held;
        if (!c->open || !held)
            continue;
        pass(c);
        if (c->open && c->held < held) /* the window is larger again */
            segment(c, ACK, NULL, 0);
    }
}
