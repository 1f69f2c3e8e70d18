/* memcpy and memmove of the library OS. `rep movsb` is what current CPUs make fastest for
 * anything but tiny sizes, and it needs no vector registers, which belong to the program. */
#include "base/string.h"

void *pith_memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    void *d = dst;
    if (n < 64) { /* start-up of rep costs more than the copy */
        char *to = dst;
        const char *from = src;
        for (; n >= 8; n -= 8, to += 8, from += 8)
            *(u64 *)to = *(const u64 *)from;
        for (; n; n--)
            *(volatile char *)to++ = *from++;
        return dst;
    }
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n)::"memory");
    return dst;
}
