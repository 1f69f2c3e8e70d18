/* The host's end of the guest's lo against a guest made by hand: see run. The device below it and
 * the askers above it are fakes that note what they are given. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/control.h"
#include "monitor/inside_tcp.h"

#include <sys/socket.h>
#include <unistd.h>

#define FIN INSIDE_FIN
#define SYN INSIDE_SYN
#define RST INSIDE_RST
#define ACK INSIDE_ACK
#define ASKER 77

static const char *why;
#define CHECK(claim)                                                                               \
    do {                                                                                           \
        if (!(claim) && !why)                                                                      \
            why = #claim;                                                                          \
    } while (0)

/* ---- fakes ---- */
static struct {
    uint8_t packet[INSIDE_PACKET];
    size_t n;
    unsigned count;
} sent; /* the last packet to the guest */
static struct {
    char out[1 << 16];
    size_t n;
    char err[256];
    int status; /* -1: not ended */
    bool blocked, gone;
} asker;
static uint8_t question[2048], answer[2048];
static long question_n, answer_n;
static bool full, local; /* the guest has no room; a packet for lo has come */
uint8_t inside_address[4] = {127, 0, 0, 11};

bool inside_put(uint8_t *packet, size_t n, uint8_t protocol, const uint8_t *from, const uint8_t *to)
{
    if (full)
        return false;
    packet[9] = protocol;
    memcpy(packet + 12, from, 4);
    memcpy(packet + 16, to, 4);
    memcpy(sent.packet, packet, n);
    sent.n = n;
    sent.count++;
    return true;
}

bool inside_put6(uint8_t *packet, size_t n, uint8_t protocol)
{
    packet[6] = protocol;
    memcpy(sent.packet, packet, n);
    sent.n = n;
    sent.count++;
    return true;
}

bool inside_local_out(uint8_t *packet, size_t n, size_t at)
{
    (void)packet;
    (void)n;
    (void)at;
    return local;
}

bool mon_control_send(int to, char kind, const void *data, size_t n, bool *again)
{
    (void)to;
    if (again)
        *again = asker.blocked;
    if (asker.blocked || asker.gone)
        return false;
    if (kind == 'e') {
        snprintf(asker.err, sizeof asker.err, "%.*s", (int)n, (const char *)data);
    } else if (asker.n + n <= sizeof asker.out) {
        memcpy(asker.out + asker.n, data, n);
        asker.n += n;
    }
    return true;
}

void mon_control_end(int to, int status)
{
    (void)to;
    asker.status = status;
}

long inside_send(int fd, const void *bytes, size_t n)
{
    (void)fd;
    if (n <= sizeof question)
        memcpy(question, bytes, n);
    question_n = (long)n;
    return (long)n;
}

long inside_receive(int fd, void *bytes, size_t n)
{
    (void)fd;
    long got = answer_n;
    errno = EAGAIN;
    if (got < 0 || (size_t)got > n)
        return -1;
    memcpy(bytes, answer, (size_t)got);
    answer_n = -1;
    return got;
}

void mon_say(const char *fmt, ...)
{
    (void)fmt;
}

uint64_t mon_now(void)
{
    return 1;
}

/* ---- the guest ---- */
static struct mon mon;
static uint32_t seq, ack; /* the guest's numbers */
static uint16_t port;     /* of the other side */

static uint16_t own_port = 80, own_window = 1000;

static void segment6(uint32_t at, unsigned flags)
{
    uint8_t p[100] = {0x60};
    uint8_t *tcp = p + INSIDE_IP6;
    inside_put16(tcp, 80);
    inside_put16(tcp + 2, port);
    inside_put32(tcp + 4, at);
    inside_put32(tcp + 8, ack);
    tcp[12] = 0x50;
    tcp[13] = (uint8_t)flags;
    inside_tcp(p, INSIDE_IP6 + 20, INSIDE_IP6);
}

static void segment(uint32_t at, unsigned flags, const char *data, size_t n)
{
    uint8_t p[4096] = {0x45};
    uint8_t *tcp = p + INSIDE_IP;
    const uint8_t own[4] = {127, 0, 0, 1};
    inside_put16(p + 2, (uint32_t)(INSIDE_IP + 20 + n));
    p[9] = 6;
    memcpy(p + 12, own, 4);
    memcpy(p + 16, inside_address, 4);
    inside_put16(tcp, own_port);
    inside_put16(tcp + 2, port);
    inside_put32(tcp + 4, at);
    inside_put32(tcp + 8, ack);
    tcp[12] = 0x50;
    tcp[13] = (uint8_t)flags;
    inside_put16(tcp + 14, own_window);
    memcpy(tcp + 20, data, n);
    inside_tcp(p, INSIDE_IP + 20 + n, INSIDE_IP);
}

static unsigned sent_flags(void)
{
    return sent.packet[INSIDE_IP + 13];
}

static void ask(void)
{
    memset(&asker, 0, sizeof asker);
    asker.status = -1;
    inside_connect(&mon, "127.0.0.1 80", 12, "GET", 3, ASKER);
    port = inside_get16(sent.packet + INSIDE_IP);
    ack = inside_get32(sent.packet + INSIDE_IP + 4) + 1;
    seq = 1000;
}

static void accept_it(void)
{
    ask();
    segment(seq++, SYN | ACK, "", 0);
}

static void test_whole(void)
{
    ask();
    CHECK(sent_flags() == SYN && inside_get16(sent.packet + INSIDE_IP + 2) == 80);
    segment(seq++, SYN | ACK, "", 0);
    CHECK(sent.n == INSIDE_IP + 20 + 3 && !memcmp(sent.packet + INSIDE_IP + 20, "GET", 3));
    segment(seq, ACK, "hello ", 6);
    CHECK(inside_get32(sent.packet + INSIDE_IP + 8) == seq + 6);
    segment(seq + 6, ACK | FIN, "world", 5);
    CHECK(asker.n == 11 && !memcmp(asker.out, "hello world", 11) && asker.status == 0);
    CHECK(sent_flags() & RST);
}

static void test_refused(void)
{
    ask();
    segment(0, RST | ACK, "", 0);
    CHECK(asker.status == 1 && strstr(asker.err, "refused"));
    ask();
    segment(seq, SYN | ACK, "", 0);
    segment(seq + 1, RST, "", 0);
    CHECK(asker.status == 1 && strstr(asker.err, "reset"));
}

static void test_order(void)
{
    accept_it();
    segment(seq + 3, ACK, "def", 3); /* too early */
    CHECK(asker.n == 0 && inside_get32(sent.packet + INSIDE_IP + 8) == seq);
    segment(seq, ACK, "abc", 3);
    segment(seq, ACK, "abc", 3); /* again */
    segment(seq + 3, ACK, "def", 3);
    segment(seq + 6, ACK | FIN, "", 0);
    CHECK(asker.n == 6 && !memcmp(asker.out, "abcdef", 6) && asker.status == 0);
}

static void test_slow_asker(void)
{
    char data[1000];
    memset(data, 'x', sizeof data);
    accept_it();
    asker.blocked = true;
    for (unsigned i = 0; i < 30; i++) /* more than the window lets come */
        segment(seq + i * 1000, ACK, data, sizeof data);
    CHECK(asker.n == 0 && inside_get16(sent.packet + INSIDE_IP + 14) < 1000);
    CHECK(inside_get32(sent.packet + INSIDE_IP + 8) == seq + 16000);
    struct pollfd fds[4];
    CHECK(inside_tcp_wanted(fds, 4) == 1 && fds[0].fd == ASKER);
    asker.blocked = false;
    inside_tcp_again();
    CHECK(asker.n == 16000 && inside_get16(sent.packet + INSIDE_IP + 14) == 16384);
    asker.gone = true;
    segment(seq + 16000, ACK, data, sizeof data);
    CHECK(asker.status == 1 && sent_flags() & RST && inside_tcp_wanted(fds, 4) == 0);
    accept_it();
    CHECK(inside_tcp_wanted(fds, 4) == 1 && fds[0].events == 0);
    inside_tcp_gone(ASKER); /* he hangs up */
    CHECK(asker.status == 1 && sent_flags() & RST && inside_tcp_wanted(fds, 4) == 0);
}

static void test_six(void)
{
    memset(&asker, 0, sizeof asker);
    asker.status = -1;
    inside_connect(&mon, "::1 80", 6, "GET", 3, ASKER);
    const uint8_t *tcp = sent.packet + INSIDE_IP6;
    port = inside_get16(tcp);
    ack = inside_get32(tcp + 4) + 1;
    CHECK(tcp[13] == SYN && inside_get16(tcp + 2) == 80);
    segment(seq, SYN | ACK, "", 0); /* of another family */
    CHECK(asker.status == -1 && sent.packet[INSIDE_IP + 13] & RST);
    segment6(500, SYN | ACK);
    CHECK(tcp[13] == (ACK | INSIDE_PSH) && !memcmp(tcp + 20, "GET", 3));
    segment6(501, ACK | FIN);
    CHECK(asker.status == 0);
}

static void test_words(void)
{
    static const char *const bad[] = {
        "",          "127.0.0.1",      "127.0.0.1 ",      "::2 80",
        "a.b.c.d 1", "127.0.0.1 0",    "127.0.0.1 65536", "127.0.0.1 80x",
        " 80",       "127.0.0.1 80 1", "256.0.0.1 80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memset(&asker, 0, sizeof asker);
        inside_connect(&mon, bad[i], strlen(bad[i]), "", 0, ASKER);
        CHECK(asker.status == 2);
    }
    mon.image.devices = 0;
    inside_connect(&mon, "127.0.0.1 80", 12, "", 0, ASKER);
    CHECK(asker.status == 1 && strstr(asker.err, "no sockets"));
    mon.image.devices = ~0ull;
}

static void test_stray(void)
{
    port = 53;
    sent.count = 0;
    segment(5, SYN, "", 0); /* nobody takes connections on this side */
    CHECK(sent.count == 1 && sent_flags() == (RST | ACK));
    segment(5, RST, "", 0); /* no answer to that */
    CHECK(sent.count == 1);
    local = true; /* or it goes to lo of the host's namespace */
    segment(5, SYN, "", 0);
    CHECK(sent.count == 1);
    local = false;
}

/* ---- connections to the name server: sockets and connect are real, bytes are the fakes' ---- */
static int listener = -1;

static void begin_name_server(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (void *)&at, n) || listen(listener, 10) ||
        getsockname(listener, (void *)&at, &n))
        abort();
    inside_names_open(&at);
    port = 53;
    answer_n = -1;
}

static void open_line(void)
{
    own_port++;
    own_window = 1000;
    seq = 7000;
    answer_n = -1;
    segment(seq++, SYN, "", 0);
    for (int i = 0; i < 1000 && sent_flags() != (SYN | ACK); i++) {
        usleep(100);
        inside_names_again();
    }
    ack = inside_get32(sent.packet + INSIDE_IP + 4) + 1;
    segment(seq, ACK, "", 0);
}

static uint32_t sent_seq(void)
{
    return inside_get32(sent.packet + INSIDE_IP + 4);
}

static void test_names(void)
{
    begin_name_server();
    open_line();
    CHECK(sent_flags() == (SYN | ACK) && inside_get32(sent.packet + INSIDE_IP + 8) == seq);
    segment(seq, ACK, "query", 5);
    CHECK(question_n == 5 && !memcmp(question, "query", 5));
    CHECK(inside_get32(sent.packet + INSIDE_IP + 8) == seq + 5);
    seq += 5;
    segment(seq - 5, ACK, "query", 5); /* again: acknowledged, not passed on */
    question_n = 0;
    CHECK(inside_get32(sent.packet + INSIDE_IP + 8) == seq && question_n == 0);
    answer_n = 1800; /* more than the window, and than a segment */
    memset(answer, 'a', sizeof answer);
    answer[0] = '1';
    inside_names_again();
    CHECK(sent_seq() == ack && sent.n == INSIDE_IP + 20 + 1000 && sent.packet[40] == '1');
    own_window = 3000;
    segment(seq, ACK, "", 0); /* it takes more, and has nothing yet */
    CHECK(sent_seq() == ack + 1000 && sent.n == INSIDE_IP + 20 + 800);
    segment(seq, ACK, "", 0); /* it misses the first: all comes again */
    CHECK(sent_seq() == ack + 1400 && sent.n == INSIDE_IP + 20 + 400);
    ack += 1800;
    segment(seq, ACK, "", 0);
    unsigned count = sent.count;
    inside_names_again();
    CHECK(sent.count == count);
    segment(seq++, ACK | FIN, "", 0);
    CHECK(sent_flags() == ACK && inside_get32(sent.packet + INSIDE_IP + 8) == seq);
    answer_n = 0; /* the server ends, too */
    inside_names_again();
    CHECK(sent_flags() == (FIN | ACK) && sent_seq() == ack);
    struct pollfd fds[8];
    CHECK(inside_names_wanted(fds, 8) == 0); /* nothing of the server's is waited for */
    ack++;
    segment(seq, ACK, "", 0);
    segment(seq, ACK, "", 0);
    CHECK(sent_flags() & RST); /* it is over: nobody knows of it */
}

/* No room at the guest now; more connections than there are; a server that does not listen. */
static void test_names_short(void)
{
    open_line();
    answer_n = 100;
    full = true;
    inside_names_again();
    unsigned count = sent.count;
    full = false;
    inside_names_again();
    CHECK(sent.count == count + 1 && sent.n == INSIDE_IP + 20 + 100);
    uint16_t first = own_port;
    for (unsigned i = 0; i < INSIDE_LINES; i++) {
        open_line();
        CHECK(sent_flags() == (SYN | ACK));
    }
    own_port = first;
    segment(seq, ACK, "q", 1);
    CHECK(sent_flags() & RST); /* made room */
    own_port = (uint16_t)(first + INSIDE_LINES);
    close(listener);
    open_line();
    CHECK(sent_flags() & RST);
}

static void udp(const uint8_t *message, size_t n, uint16_t from)
{
    uint8_t p[2048] = {0x45};
    const uint8_t own[4] = {127, 0, 0, 1};
    memcpy(p + 12, own, 4);
    memcpy(p + 16, inside_address, 4);
    inside_put16(p + INSIDE_IP, from);
    inside_put16(p + INSIDE_IP + 2, 53);
    inside_put16(p + INSIDE_IP + 4, (uint32_t)n + 8);
    memcpy(p + INSIDE_IP + 8, message, n);
    inside_udp(p, INSIDE_IP + 8 + n, INSIDE_IP);
}

/* Without a server nothing is passed on, and nothing breaks. */
static void test_no_server(void)
{
    uint8_t message[20] = {1, 2};
    question_n = 0;
    udp(message, sizeof message, 4000);
    CHECK(question_n == 0);
    answer_n = 20;
    sent.count = 0;
    memcpy(answer, message, sizeof message);
    inside_dns_answers();
    CHECK(sent.count == 0);
}

/* Whatever comes. What it must not do the sanitizers see. */
static void test_anything(void)
{
    uint16_t get = 0;
    srandom(7);
    for (unsigned i = 0; i < 300000; i++) {
        uint8_t *p = malloc(INSIDE_IP + 60);
        size_t n = INSIDE_IP + (size_t)random() % 60, at = INSIDE_IP;
        if (!p)
            return;
        for (size_t k = 0; k < INSIDE_IP + 60; k++)
            p[k] = (uint8_t)random();
        inside_put32(p + 12, 0x7f000001);
        if (i % 50 == 0) {
            ask();
            get = port;
        }
        if (i % 3) { /* near enough to be looked at */
            inside_put16(p + at, i % 2 ? 80 : 53);
            inside_put16(p + at + 2, i % 2 ? get : 53);
            p[at + 12] = i % 5 ? 0x50 : p[at + 12];
            p[at + 13] = (uint8_t)(random() % 32);
            if (i % 7 == 0)
                inside_put32(p + at + 8, ack);
        }
        uint8_t *cut = realloc(p, n); /* reads past the end are seen */
        if (!cut)
            abort();
        asker.blocked = i % 11 == 0;
        asker.gone = i % 97 == 0;
        if (i % 4)
            inside_tcp(cut, n, at);
        else
            inside_udp(cut, n, at);
        if (i % 13 == 0)
            inside_tcp_again();
        answer_n = random() % 5000 - 3000;
        if (i % 17 == 0)
            inside_names_again();
        full = i % 19 == 0;
        if (asker.n > sizeof asker.out / 2)
            asker.n = 0;
        free(cut);
    }
}

static void run(const char *name, void (*test)(void))
{
    why = NULL;
    test();
    if (why)
        printf("not ok monitor-inside/%s: %s\n", name, why);
    else
        printf("ok monitor-inside/%s\n", name);
}

int main(void)
{
    mon.image.devices = ~0ull;
    run("whole", test_whole);
    run("refused", test_refused);
    run("order", test_order);
    run("slow-asker", test_slow_asker);
    run("words", test_words);
    run("stray", test_stray);
    run("no-server", test_no_server);
    run("six", test_six);
    run("names", test_names);
    run("names-short", test_names_short);
    run("anything", test_anything);
    return 0;
}
