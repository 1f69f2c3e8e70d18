/* Strings of the program: see base/uaccess.h. Read page by page: a string may end right before
 * an unmapped page. */
#include "base/string.h"
#include "base/uaccess.h"

ssize_t user_strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max) {
        size_t part = MIN(max - n, PAGE_SIZE - ((u64)(s + n) & ~PAGE_MASK));
        if (user_touch(s + n, 1, false) < 0)
            return -EFAULT;
        size_t got = str_nlen(s + n, part);
        n += got;
        if (got < part)
            return (ssize_t)n;
    }
    return (ssize_t)max;
}

ssize_t user_string(char *dst, const char *src, size_t size)
{
    ssize_t n = user_strnlen(src, size);
    if (n < 0)
        return n;
    if ((size_t)n == size)
        return -ENAMETOOLONG;
    memcpy(dst, src, (size_t)n);
    dst[n] = 0;
    return n;
}
