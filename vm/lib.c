/* What a libc would offer, as far as the base needs it. */
#include "internal.h"

ONCE void *memcpy(void *to, const void *from, size_t n)
{
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n)::"memory");
    return to;
}

ONCE void *memset(void *to, int c, size_t n)
{
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
    return to;
}

ONCE void vm_clear(void *at, u64 bytes)
{
    u64 n = bytes / 8;
    __asm__ volatile("rep stosq" : "+D"(at), "+c"(n) : "a"(0) : "memory");
}

int memcmp(const void *a, const void *b, size_t n)
{
    const u8 *x = a, *y = b;
    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

ONCE size_t vm_strlen(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

bool vm_streq(const char *a, const char *b)
{
    const char *rest = vm_after(a, b);
    return rest && *rest == 0;
}

const char *vm_after(const char *s, const char *prefix)
{
    while (*prefix)
        if (*s++ != *prefix++)
            return NULL;
    return s;
}

static int digit(char c, unsigned base)
{
    int d = c >= '0' && c <= '9'                 ? c - '0'
            : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 87
                                                 : 99;
    return d < (int)base ? d : -1;
}

bool vm_number(const char *s, u64 *value, const char **end)
{
    unsigned base = 10;
    u64 v = 0;
    if (s[0] == '0' && (s[1] | 32) == 'x') {
        base = 16;
        s += 2;
    }
    if (digit(*s, base) < 0)
        return false;
    for (int d; (d = digit(*s, base)) >= 0; s++) {
        if (v > (~0ull - (unsigned)d) / base)
            return false;
        v = v * base + (unsigned)d;
    }
    *value = v;
    if (end)
        *end = s;
    return true;
}
