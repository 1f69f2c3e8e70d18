/* memmove: forward through memcpy's loop where the ranges allow it, else backward. */
#include "base/string.h"

void *pith_memmove(void *dst, const void *src, size_t n)
{
    char *to = dst;
    const char *from = src;
    if (to <= from || to >= from + n) {
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
        return dst;
    }
    for (; n >= 8; n -= 8)
        *(volatile u64 *)(to + n - 8) = *(const u64 *)(from + n - 8);
    while (n--)
        *(volatile char *)(to + n) = from[n];
    return dst;
}
