/* memset of the library OS (see memcpy.c for why `rep`). */
#include "base/string.h"

void *pith_memset(void *dst, int c, size_t n)
{
    void *d = dst;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
    return dst;
}
