/* Ten megabytes through stdout in all block sizes, and 100,000 lines to stderr and stdout.
 * pith-test: timeout=40
 */
#include "t.h"
#include <sys/uio.h>

int main(void)
{
    static char block[1 << 20];
    unsigned rnd = 3;
    size_t total = 0;

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i % 64 == 63 ? '\n' : 'A' + i % 57);
    for (int i = 0; i < 200; i++) {
        size_t n = (rnd = rnd * 1664525 + 1013904223) % 60000;
        if (write(1, block, n) != (ssize_t)n)
            return 1;
        total += n;
    }
    if (write(1, block, sizeof block) != sizeof block)
        return 2;
    total += sizeof block;
    for (int i = 0; i < 100000; i++)
        total += printf("line %d of stdout\n", i);
    fflush(stdout);
    for (int i = 0; i < 3000; i++)
        fprintf(stderr, "line %d of stderr\n", i);
    struct iovec v[3] = {{block, 100}, {block + 64, 0}, {block + 128, 64000}};
    for (int i = 0; i < 20; i++)
        total += writev(1, v, 3);
    fprintf(stderr, "%zu\n", total);
    return 0;
}
