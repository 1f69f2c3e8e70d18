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
#include "inside.h"

/* At a time; the oldest makes room. */
#define CONNECTIONS 8u
/* Ports of ours: above those that a guest gives out itself (32768 to 60999). */
#define PORT_FIRST 61000u
#define PORTS 4000u
#define TCP_HEADER 20u
#define WINDOW 16384u
#define SEGMENT 1400u /* most bytes of data in either direction */

#define FIN 1u
#define SYN 2u
#define RST 4u
#define PSH 8u
#define ACK 16u

static struct connection {
    bool open, answered; /* used; the guest has taken the connection */
    bool finished;       /* and has sent its last byte */
    int to;
    uint8_t guest[4];
    uint16_t port, our_port;
    uint32_t next, expected; /* sequence numbers: ours, the guest's */
    unsigned long age;
    size_t n;
    uint8_t request[SEGMENT];
    size_t held;
    uint8_t hold[WINDOW];
} connection[CONNECTIONS];
static unsigned long born;

static bool segment(const struct connection *c, uint32_t seq, unsigned flags, const void *data,
                    size_t n)
{
    uint8_t packet[INSIDE_IP + TCP_HEADER + 4 + SEGMENT] = {0}, *tcp = packet + INSIDE_IP;
    size_t head = TCP_HEADER + (flags & SYN ? 4 : 0);
    inside_put16(tcp, c->our_port);
    inside_put16(tcp + 2, c->port);
    inside_put32(tcp + 4, seq);
    inside_put32(tcp + 8, flags & ACK ? c->expected : 0);
    tcp[12] = (uint8_t)(head / 4 << 4);
    tcp[13] = (uint8_t)flags;
    inside_put16(tcp + 14, (uint32_t)(WINDOW - c->held));
    if (flags & SYN) { /* the largest segment we want */
        tcp[TCP_HEADER] = 2;
        tcp[TCP_HEADER + 1] = 4;
        inside_put16(tcp + TCP_HEADER + 2, SEGMENT);
    }
    if (n)
        memcpy(tcp + head, data, n);
    return inside_put(packet, INSIDE_IP + head + n, IPPROTO_TCP, inside_address, c->guest);
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
    c->port = (uint16_t)port;
    return inet_pton(AF_INET, text, c->guest) == 1 && rest != space && !*rest && port > 0 &&
           port < 65536;
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
    segment(oldest, oldest->next, RST, NULL, 0);
    end(oldest, 1, "pith: too many ask at once\n");
    return oldest;
}

void inside_connect(struct mon *m, const char *words, size_t n, const char *data, size_t len,
                    int to)
{
    struct connection *c = room();
    uint32_t first;
    memset(c, 0, offsetof(struct connection, hold));
    c->to = to;
    c->age = ++born;
    if (!(m->image.devices & 1ull << PITH_DEV_NET)) {
        end(c, 1, "pith: the program opens no sockets\n");
        return;
    }
    if (!target(words, n, c) || len > SEGMENT) {
        end(c, 2, "pith: a connection needs an IPv4 address, a port, and a short request\n");
        return;
    }
    if (getrandom(&first, sizeof first, GRND_NONBLOCK) != (ssize_t)sizeof first)
        first = (uint32_t)mon_now();
    c->open = true;
    c->our_port = (uint16_t)(PORT_FIRST + c->age % PORTS);
    c->n = len;
    memcpy(c->request, data, len);
    c->next = first + 1;
    if (!segment(c, first, SYN, NULL, 0))
        end(c, 1, "pith: the guest takes no connections now\n");
}

static struct connection *find(const uint8_t *packet, size_t at)
{
    for (struct connection *c = connection; c < connection + CONNECTIONS; c++)
        if (c->open && c->our_port == inside_get16(packet + at + 2) &&
            c->port == inside_get16(packet + at) && memcmp(c->guest, packet + 12, 4) == 0)
            return c;
    return NULL;
}

/* To nobody: whoever tries to connect is told so. */
static void refuse(const uint8_t *packet, size_t n, size_t at)
{
    static struct connection none;
    none.port = inside_get16(packet + at);
    none.our_port = inside_get16(packet + at + 2);
    unsigned flags = packet[at + 13];
    size_t head = (packet[at + 12] >> 4) * 4u;
    if (flags & RST || head > n - at)
        return;
    memcpy(none.guest, packet + 12, 4);
    none.expected = inside_get32(packet + at + 4) + (uint32_t)(n - at - head) + !!(flags & SYN) +
                    !!(flags & FIN);
    segment(&none, flags & ACK ? inside_get32(packet + at + 8) : 0, flags & ACK ? RST : RST | ACK,
            NULL, 0);
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
            segment(c, c->next, RST | ACK, NULL, 0);
            end(c, 1, NULL);
            return;
        }
    }
    c->held -= done;
    memmove(c->hold, c->hold + done, c->held);
    if (c->finished && c->held == 0) {
        segment(c, c->next, RST | ACK, NULL, 0);
        end(c, 0, NULL);
    }
}

void inside_tcp(const uint8_t *packet, size_t n, size_t at)
{
    if (n < at + TCP_HEADER)
        return;
    const uint8_t *tcp = packet + at;
    size_t head = (tcp[12] >> 4) * 4u;
    unsigned flags = tcp[13];
    struct connection *c = find(packet, at);
    if (!c) {
        refuse(packet, n, at);
        return;
    }
    if (head < TCP_HEADER || head > n - at)
        return;
    uint32_t seq = inside_get32(tcp + 4);
    if (flags & RST) {
        end(c, 1,
            c->answered ? "pith: the connection was reset\n"
                        : "pith: connection refused: nobody listens there\n");
        return;
    }
    if (!c->answered) {
        if ((flags & (SYN | ACK)) != (SYN | ACK) || inside_get32(tcp + 8) != c->next)
            return;
        c->answered = true;
        c->expected = seq + 1;
        segment(c, c->next, ACK | PSH, c->request, c->n);
        c->next += (uint32_t)c->n;
        return;
    }
    size_t len = n - at - head;
    if (seq == c->expected && len <= WINDOW - c->held && !c->finished) {
        memcpy(c->hold + c->held, tcp + head, len);
        c->held += len;
        c->finished = (flags & FIN) != 0;
        c->expected += (uint32_t)len + c->finished;
    }
    pass(c);
    if (c->open && (len || flags & (FIN | SYN)))
        segment(c, c->next, ACK, NULL, 0);
}

unsigned inside_tcp_wanted(struct pollfd *fds, unsigned room)
{
    unsigned n = 0;
    for (struct connection *c = connection; c < connection + CONNECTIONS && n < room; c++)
        if (c->open && c->held)
            fds[n++] = (struct pollfd){.fd = c->to, .events = POLLOUT};
    return n;
}

void inside_tcp_again(void)
{
    for (struct connection *c = connection; c < connection + CONNECTIONS; c++) {
        size_t held = c->held;
        if (!c->open || !held)
            continue;
        pass(c);
        if (c->open && c->held < held) /* the window is larger again */
            segment(c, c->next, ACK, NULL, 0);
    }
}
