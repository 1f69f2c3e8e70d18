/* The main stack: deep recursion within the usual 8 MiB, large frames, alloca.
 * pith-test: mem=64M
 */
#include "t.h"
#include <alloca.h>
#include <sys/resource.h>

__attribute__((noinline)) static int depth(int n)
{
    volatile char frame[1000];

    frame[0] = (char)n;
    frame[999] = (char)(n >> 8);
    int d = n ? depth(n - 1) + 1 : 0;
    return frame[0] == (char)n && frame[999] == (char)(n >> 8) ? d : -1000000;
}

__attribute__((noinline)) static int wide(void)
{
    volatile char frame[4 << 20];

    frame[0] = 1;
    frame[sizeof frame - 1] = 2;
    return frame[0] + frame[sizeof frame - 1] + frame[sizeof frame / 2] * 0;
}

__attribute__((noinline)) static long chunks(size_t n)
{
    long sum = 0;

    for (size_t i = 0; i < n; i++) {
        volatile char *p = alloca(10000);
        p[0] = 1;
        sum += p[0];
    }
    return sum;
}

int main(void)
{
    V(depth(10));
    V(depth(1000));
    V(depth(6000));
    V(wide());
    V(chunks(600));
    V(depth(6000));
    struct rlimit r;
    R(getrlimit(RLIMIT_STACK, &r));
    YES(r.rlim_cur >= 8 << 20);
    return 0;
}
