/* What server and client share: the pattern, the clock, the histogram. */
#include "iperf.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char *pattern(uint64_t at)
{
    static char bytes[PATTERN_PERIOD + CHUNK];
    static int made;
    if (!made) {
        uint32_t x = 1;
        for (size_t i = 0; i < sizeof bytes; i++) {
            x = i % PATTERN_PERIOD ? x * 1664525u + 1013904223u : 1;
            bytes[i] = (char)(x >> 24);
        }
        made = 1;
    }
    return bytes + at % PATTERN_PERIOD;
}

uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void fail(const char *what)
{
    fprintf(stderr, "iperf: ");
    perror(what);
    exit(1);
}

/* Bucket b holds durations from (64 + b % 64) << (b / 64 - 1), b >= 64; below 64 one each. */
static uint64_t buckets[64 * 40], total;

void histogram_add(uint64_t ns)
{
    unsigned power = ns < 64 ? 0 : (unsigned)(58 - __builtin_clzll(ns));
    size_t b = power ? 64u * power + ((ns >> (power - 1)) & 63) : ns;
    buckets[b < sizeof buckets / sizeof *buckets ? b : sizeof buckets / sizeof *buckets - 1]++;
    total++;
}

uint64_t histogram_count(void)
{
    return total;
}

uint64_t histogram_at(double share)
{
    uint64_t seen = 0, wanted = (uint64_t)(share * (double)total);
    for (size_t b = 0; b < sizeof buckets / sizeof *buckets; b++) {
        seen += buckets[b];
        if (seen > wanted || seen == total)
            return b < 64 ? b : (64 + b % 64) << (b / 64 - 1);
    }
    return 0;
}

void histogram_print(const char *what)
{
    printf("%s: %llu answers, us: p50 %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f, most %.1f\n", what,
           (unsigned long long)total, (double)histogram_at(0.5) / 1e3,
           (double)histogram_at(0.9) / 1e3, (double)histogram_at(0.99) / 1e3,
           (double)histogram_at(0.999) / 1e3, (double)histogram_at(1) / 1e3);
}
