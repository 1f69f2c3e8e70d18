/* Sentences for the user: formatted, then given to whoever carries standard error. */
#include "internal.h"

struct line {
    char text[256];
    unsigned n;
};

static void put(struct line *l, char c)
{
    if (l->n == sizeof l->text) {
        vm_log(l->text, l->n);
        l->n = 0;
    }
    l->text[l->n++] = c;
}

static void put_number(struct line *l, u64 v, unsigned base, unsigned width, char pad, bool minus)
{
    char digits[24];
    unsigned n = 0;
    do
        digits[n++] = "0123456789abcdef"[v % base];
    while (v /= base);
    if (minus)
        put(l, '-');
    for (unsigned i = n; i < width; i++)
        put(l, pad);
    while (n)
        put(l, digits[--n]);
}

void vm_vsay(const char *fmt, __builtin_va_list args)
{
    struct line l = {.n = 0};
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(&l, *fmt);
            continue;
        }
        bool left = *++fmt == '-';
        fmt += left;
        char pad = *fmt == '0' ? '0' : ' ';
        unsigned width = 0, longs = 0;
        while (*fmt >= '0' && *fmt <= '9')
            width = width * 10 + (unsigned)(*fmt++ - '0');
        for (; *fmt == 'l'; fmt++)
            longs++;
        unsigned before = l.n;
        if (*fmt == 's') {
            for (const char *s = __builtin_va_arg(args, const char *); *s; s++)
                put(&l, *s);
        } else if (*fmt == 'c') {
            put(&l, (char)__builtin_va_arg(args, int));
        } else if (*fmt == 'd') {
            s64 v = longs ? __builtin_va_arg(args, s64) : __builtin_va_arg(args, int);
            put_number(&l, v < 0 ? 0 - (u64)v : (u64)v, 10, left ? 0 : width, pad, v < 0);
        } else {
            u64 v = longs ? __builtin_va_arg(args, u64) : __builtin_va_arg(args, u32);
            put_number(&l, v, *fmt == 'x' ? 16 : 10, left ? 0 : width, pad, false);
        }
        while (left && l.n > before && l.n - before < width)
            put(&l, ' ');
    }
    vm_log(l.text, l.n);
}

void vm_say(const char *fmt, ...)
{
    __builtin_va_list args;
    __builtin_va_start(args, fmt);
    vm_vsay(fmt, args);
    __builtin_va_end(args);
}
