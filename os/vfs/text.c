/* Growing text for generated files. */
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/tree.h"

char *text_room(struct text *t, size_t n)
{
    static char nowhere[TEXT_LINE]; /* where a line goes that there is no memory for */
    if (t->len + n > t->size) {
        size_t size = MAX(t->size * 2, t->len + n);
        char *buf = mem_alloc(size);
        if (!buf) {
            t->failed = true;
            return nowhere;
        }
        memcpy(buf, t->buf ? t->buf : "", t->len);
        mem_free(t->buf);
        t->buf = buf;
        t->size = size;
    }
    return t->buf + t->len;
}

void text_added(struct text *t, size_t n)
{
    if (!t->failed)
        t->len += MIN(n, TEXT_LINE - 1);
}

void text_raw(struct text *t, const void *p, size_t n)
{
    for (const char *from = p; n;) {
        size_t piece = MIN(n, TEXT_LINE);
        char *to = text_room(t, piece);
        memcpy(to, from, piece);
        if (!t->failed)
            t->len += piece;
        from += piece;
        n -= piece;
    }
}
