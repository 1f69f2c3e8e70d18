/* Strings: see base/string.h. */
#include "base/string.h"

size_t str_nlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

size_t str_len(const char *s)
{
    return str_nlen(s, SIZE_MAX);
}

int str_cmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

size_t str_copy(char *dst, const char *src, size_t size)
{
    size_t n = str_len(src);
    if (size) {
        size_t part = MIN(n, size - 1);
        memcpy(dst, src, part);
        dst[part] = 0;
    }
    return n;
}
