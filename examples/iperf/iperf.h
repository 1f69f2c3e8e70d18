/* Throughput and latency of a network, between a server and a client that may be anywhere.
 *
 * A client says what it wants with the 16 bytes of `struct wish`, both numbers little-endian:
 *   'S' sink     the client sends `bytes` (0: until it shuts down); the server answers with how
 *                many it took (8 bytes) and closes
 *   'G' generate the server sends `bytes` and closes
 *   'E' echo     the server sends back what comes
 * The stream of bytes is always the same pattern (pattern.c), so that either end can check it. */
#ifndef IPERF_H
#define IPERF_H
#include <stddef.h>
#include <stdint.h>

struct wish {
    char kind, check; /* check: 1 = a sink compares what arrives with the pattern */
    char reserved[6];
    uint64_t bytes;
};

/* The pattern: PATTERN_PERIOD bytes over and over. */
#define PATTERN_PERIOD 65521u /* a prime: no block of a file or frame repeats at the same place */
#define CHUNK (256u << 10)    /* the most that one call sends or receives */
/* CHUNK bytes of the stream from position `at`; valid for ever. */
const char *pattern(uint64_t at);

/* Time in ns, and a socket that did not work: prints why and ends the program. */
uint64_t now(void);
_Noreturn void fail(const char *what);

/* A histogram of durations: 64 steps a power of two, from 1 ns. */
void histogram_add(uint64_t ns);
uint64_t histogram_count(void);
/* The duration below which `share` (0..1) of all lie, in ns, to within 2 %. */
uint64_t histogram_at(double share);
void histogram_print(const char *what);

int serve(const char *port);
int dial(const char *host, const char *port);
int client_bulk(char kind, int argc, char **argv); /* 'S' and 'G' */
int client_echo(int argc, char **argv);
int client_ask(int argc, char **argv);
int client_connect(int argc, char **argv);
int client_idle(int argc, char **argv);

#endif
