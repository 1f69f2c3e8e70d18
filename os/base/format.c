/* str_format: see base/string.h. */
#include "base/string.h"

#include <stdarg.h>

struct out {
    char *dst;
    size_t size, len;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->dst[o->len] = c;
    o->len++;
}

struct spec {
    int width;
    bool zero, left;
};

static void put_padded(struct out *o, const struct spec *s, const char *text, size_t n, bool minus)
{
    int pad = s->width - (int)n - minus;
    if (!s->left && !s->zero)
        for (; pad > 0; pad--)
            put(o, ' ');
    if (minus)
        put(o, '-');
    if (!s->left && s->zero)
        for (; pad > 0; pad--)
            put(o, '0');
    for (size_t i = 0; i < n; i++)
        put(o, text[i]);
    for (; pad > 0; pad--)
        put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, u64 v, unsigned base, bool minus)
{
    char digits[24];
    size_t n = sizeof(digits);
    do
        digits[--n] = "0123456789abcdef"[v % base];
    while (v /= base);
    put_padded(o, s, digits + n, sizeof(digits) - n, minus);
}

static u64 get_unsigned(va_list ap, int longs)
{
    return longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);
}

int str_format(char *dst, size_t size, const char *fmt, ...)
{
    struct out o = {dst, size, 0};
    va_list ap;
    va_start(ap, fmt);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(&o, *fmt);
            continue;
        }
        struct spec s = {0, false, false};
        for (fmt++; *fmt == '0' || *fmt == '-'; fmt++)
            *fmt == '0' ? (s.zero = true) : (s.left = true);
        for (; *fmt >= '0' && *fmt <= '9'; fmt++)
            s.width = s.width * 10 + *fmt - '0';
        int longs = 0;
        for (; *fmt == 'l' || *fmt == 'z'; fmt++)
            longs++;
        switch (*fmt) {
        case 's': {
            const char *text = va_arg(ap, const char *);
            put_padded(&o, &s, text, str_len(text), false);
            break;
        }
        case 'c': {
            char c = (char)va_arg(ap, int);
            put_padded(&o, &s, &c, 1, false);
            break;
        }
        case 'd':
        case 'i': {
            s64 v = longs ? va_arg(ap, long) : va_arg(ap, int);
            put_number(&o, &s, v < 0 ? -(u64)v : (u64)v, 10, v < 0);
            break;
        }
        case 'u':
            put_number(&o, &s, get_unsigned(ap, longs), 10, false);
            break;
        case 'x':
            put_number(&o, &s, get_unsigned(ap, longs), 16, false);
            break;
        case 'o':
            put_number(&o, &s, get_unsigned(ap, longs), 8, false);
            break;
        case 'p':
            put_number(&o, &s, (u64)va_arg(ap, void *), 16, false);
            break;
        case '%':
            put(&o, '%');
            break;
        default: /* our own bug: the compiler checks formats */
            base_bug("str_format: unknown conversion");
        }
    }
    va_end(ap);
    if (size)
        dst[MIN(o.len, size - 1)] = 0;
    return (int)o.len;
}
