/* memcmp of the library OS. */
#include "base/string.h"

int pith_memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;
    for (; n; n--, x++, y++)
        if (*(volatile const unsigned char *)x != *y)
            return *x - *y;
    return 0;
}
