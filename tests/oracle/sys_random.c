/* getrandom, getentropy, arc4random-like use: lengths, flags, no repetition. */
#include "t.h"
#include <sys/random.h>

int main(void)
{
    static unsigned char a[70000], b[70000];
    int hist[256] = {0}, odd = 0;

    R(getrandom(a, 64, 0));
    R(getrandom(b, 64, 0));
    YES(memcmp(a, b, 64) != 0);
    R(getrandom(a, 0, 0));
    R(getrandom(a, 256, GRND_NONBLOCK));
    R(getrandom(a, 256, GRND_RANDOM));
    R(getrandom(a, sizeof a, 0));
    for (size_t i = 0; i < sizeof a; i++)
        hist[a[i]]++;
    for (int i = 0; i < 256; i++)
        odd += hist[i] < 150 || hist[i] > 400;
    V(odd);
    R(getrandom(a, 10, 0x100));
    R(getrandom(t_wild, 10, 0));
    R(getentropy(a, 256));
    R(getentropy(b, 256));
    YES(memcmp(a, b, 256) != 0);
    R(getentropy(a, 257));
    R(getentropy(a, 0));
    memset(a, 0, 16);
    R(getrandom(a, 1, 0));
    int rest = 0;
    for (int i = 1; i < 16; i++)
        rest += a[i];
    V(rest);
    return 0;
}
