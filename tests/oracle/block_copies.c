/* memcpy, memmove and memcmp at every small length, alignment and distance, and around the lengths
 * where they change their ways, against loops that do one byte after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 1500
#define EDGE 400

static unsigned char buffer[MOST + 2 * EDGE], expected[MOST + 2 * EDGE], from[MOST + 2 * EDGE];
static unsigned state = 1;

static unsigned char any(void)
{
    state = state * 1103515245u + 12345u;
    return (unsigned char)(state >> 16);
}

static void fill(void)
{
    for (size_t i = 0; i < sizeof buffer; i++) {
        buffer[i] = expected[i] = any();
        from[i] = any();
    }
}

static int wrong(const char *what, size_t n, long a, long b)
{
    if (memcmp(buffer, expected, sizeof buffer) == 0) {
        return 0;
    }
    printf("%s of %zu bytes is wrong at %ld, %ld\n", what, n, a, b);
    exit(1);
}

static size_t next(size_t n)
{
    return n < 300 ? n + 1 : n + 61;
}

int main(void)
{
    long copies = 0, moves = 0, compares = 0;
    volatile size_t length;
    for (size_t n = 0; n < MOST; n = next(n)) {
        for (long to = 0; to < 18; to += n < 140 ? 1 : 5) {
            for (long at = 0; at < 18; at += n < 140 ? 3 : 7) {
                fill();
                for (size_t i = 0; i < n; i++) {
                    expected[EDGE + to + i] = from[at + i];
                }
                length = n;
                if (memcpy(buffer + EDGE + to, from + at, length) != buffer + EDGE + to) {
                    puts("memcpy does not return where it copied to");
                }
                copies += !wrong("memcpy", n, to, at);
            }
        }
        for (long by = -EDGE; by <= EDGE; by += (labs(by) < 70 && n < 140) ? 3 : 37) {
            fill();
            for (size_t i = 0; i < n; i++) {
                expected[EDGE + by + i] = buffer[EDGE + i];
            }
            length = n;
            if (memmove(buffer + EDGE + by, buffer + EDGE, length) != buffer + EDGE + by) {
                puts("memmove does not return where it moved to");
            }
            moves += !wrong("memmove", n, by, 0);
        }
    }
    for (size_t n = 1; n < 150; n++) {
        for (size_t at = 0; at < n; at++) {
            fill();
            memcpy(buffer + 3, from, n);
            length = n;
            compares += memcmp(buffer + 3, from, length) == 0;
            buffer[3 + at] ^= 0x80 | any();
            for (size_t i = at + 1; i < n; i++) {
                buffer[3 + i] = any();
            }
            int is = memcmp(buffer + 3, from, length), should = buffer[3 + at] - from[at];
            compares += (is > 0) == (should > 0) && (is < 0) == (should < 0);
        }
    }
    printf("%ld copies, %ld moves, %ld comparisons\n", copies, moves, compares);
    return 0;
}
