/* The clients: bulk transfers, request and answer, new connections, idle connections. All but the
 * idle ones use blocking sockets: what is measured is the network, not the client's loop. */
#define _GNU_SOURCE
#include "iperf.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[CHUNK];

int dial(const char *host, const char *port)
{
    static struct addrinfo *found; /* the first call's: one server a run */
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int yes = 1, fd = -1;
    int error = found ? 0 : getaddrinfo(host, port, &hints, &found);
    if (error) {
        fprintf(stderr, "iperf: %s: %s\n", host, gai_strerror(error));
        exit(1);
    }
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    if (fd < 0)
        fail("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

static void put(int fd, const void *data, size_t n)
{
    for (ssize_t done; n; n -= (size_t)done, data = (const char *)data + done)
        if ((done = send(fd, data, n, MSG_NOSIGNAL)) < 0)
            fail("cannot send");
}

static void take(int fd, void *data, size_t n)
{
    for (ssize_t done; n; n -= (size_t)done, data = (char *)data + done)
        if ((done = recv(fd, data, n, 0)) <= 0) {
            errno = done ? errno : ECONNRESET;
            fail("cannot receive");
        }
}

/* "64M" and the like. */
static uint64_t number(const char *text)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);
    return n << (*end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0);
}

int client_bulk(char kind, int argc, char **argv)
{
    struct wish wish = {.kind = kind, .check = argc > 3, .bytes = number(argv[2])};
    int fd = dial(argv[0], argv[1]);
    uint64_t at = 0, taken, begun = now();
    put(fd, &wish, sizeof wish);
    while (at < wish.bytes) {
        size_t n = wish.bytes - at < CHUNK ? wish.bytes - at : CHUNK;
        ssize_t done =
            kind == 'S' ? send(fd, pattern(at), n, MSG_NOSIGNAL) : recv(fd, buffer, n, 0);
        if (done <= 0)
            fail(done ? "the transfer failed" : "the transfer ended early");
        if (kind == 'G' && wish.check && memcmp(buffer, pattern(at), (size_t)done) != 0) {
            fprintf(stderr, "iperf: wrong bytes after %llu\n", (unsigned long long)at);
            return 1;
        }
        at += (uint64_t)done;
    }
    if (kind == 'S') {
        take(fd, &taken, sizeof taken);
        if (taken != wish.bytes) {
            fprintf(stderr, "iperf: %llu bytes were sent, the server took %llu\n",
                    (unsigned long long)wish.bytes, (unsigned long long)taken);
            return 1;
        }
    }
    double seconds = (double)(now() - begun) / 1e9;
    printf("%s: %llu bytes in %.3f s, %.1f MB/s\n", kind == 'S' ? "sent" : "received",
           (unsigned long long)at, seconds, (double)at / seconds / 1e6);
    return 0;
}

int client_echo(int argc, char **argv)
{
    struct wish wish = {.kind = 'E'};
    size_t size = number(argv[2]);
    uint64_t count = number(argv[3]), at = 0;
    int fd = dial(argv[0], argv[1]);
    if (argc != 4 || size == 0 || size > CHUNK)
        return 2;
    put(fd, &wish, sizeof wish);
    for (uint64_t i = 0; i < count; i++, at += size) {
        uint64_t begun = now();
        put(fd, pattern(at), size);
        take(fd, buffer, size);
        histogram_add(now() - begun);
        if (memcmp(buffer, pattern(at), size) != 0) {
            fprintf(stderr, "iperf: wrong bytes after %llu\n", (unsigned long long)at);
            return 1;
        }
    }
    histogram_print("echo");
    return 0;
}

/* \r and \n as one would write them in C. */
static size_t unescape(const char *in, char *out, size_t size)
{
    size_t n = 0;
    for (; *in && n < size; in++)
        out[n++] = *in != '\\'    ? *in
                   : in[1] == 'r' ? (in++, '\r')
                   : in[1] == 'n' ? (in++, '\n')
                                  : *in;
    return n;
}

/* The first answer tells how long all others will be: all that comes within 100 ms. */
static size_t first_answer(int fd)
{
    size_t length = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, length ? 100 : 5000) == 1) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        if (n <= 0)
            fail("the first answer did not come");
        length += (size_t)n;
    }
    if (length == 0 || length > sizeof buffer)
        fail("the first answer did not come");
    return length;
}

int client_ask(int argc, char **argv)
{
    char text[4096];
    size_t size = unescape(argv[2], text, sizeof text), length;
    uint64_t rate = number(argv[3]), count = number(argv[4]);
    int fd = dial(argv[0], argv[1]);
    if (argc != 5 || rate == 0)
        return 2;
    put(fd, text, size);
    length = first_answer(fd);
    uint64_t start = now();
    for (uint64_t i = 0; i < count; i++) {
        /* Counted from when the request was due: a late answer makes the next ones late too. */
        uint64_t due = start + i * 1000000000u / rate;
        struct timespec t = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        uint64_t begun = now();
        put(fd, text, size);
        take(fd, buffer, length);
        histogram_add(now() - (begun - due > 1000000 ? due : begun));
    }
    histogram_print("ask");
    return 0;
}

/* AT-ONCE connections are open at a time; each is greeted, echoes one byte and is closed. */
int client_connect(int argc, char **argv)
{
    static int open_ones[10000];
    struct wish wish = {.kind = 'E'};
    uint64_t count = number(argv[2]), at_once = argc > 3 ? number(argv[3]) : 1, begun = now();
    char byte = 'x';
    if (at_once == 0 || at_once > sizeof open_ones / sizeof *open_ones)
        return 2;
    for (uint64_t i = 0; i < count + at_once; i++) {
        int *slot = &open_ones[i % at_once];
        if (i >= at_once && i - at_once < count) {
            take(*slot, &byte, 1);
            close(*slot);
            histogram_add(1);
        }
        if (i < count) {
            *slot = dial(argv[0], argv[1]);
            struct {
                struct wish wish;
                char byte;
            } __attribute__((packed)) both = {wish, byte};
            put(*slot, &both, sizeof both);
        }
    }
    double seconds = (double)(now() - begun) / 1e9;
    printf("connect: %llu connections in %.3f s, %.0f a second\n",
           (unsigned long long)histogram_count(), seconds, (double)histogram_count() / seconds);
    return 0;
}

int client_idle(int argc, char **argv)
{
    uint64_t count = number(argv[2]);
    if (argc != 3)
        return 2;
    for (uint64_t i = 0; i < count; i++)
        dial(argv[0], argv[1]);
    printf("idle: %llu connections are open\n", (unsigned long long)count);
    fflush(stdout);
    while (read(0, buffer, sizeof buffer) > 0)
        ;
    return 0;
}
