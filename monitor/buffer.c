/* A cursor over the buffers of a request. See buffer.h. */
#include "buffer.h"

#include <errno.h>

long mon_copy_guarded(void *to, const void *from, size_t len); /* run.h */

void mon_buffer(struct mon_buffer *b, const struct iovec *iov, unsigned n)
{
    *b = (struct mon_buffer){.iov = iov, .n = n};
    for (unsigned i = 0; i < n; i++)
        b->left += iov[i].iov_len;
}

void mon_skip(struct mon_buffer *b, uint64_t n)
{
    b->left -= n;
    while (b->n && n >= b->iov->iov_len - b->skip) {
        n -= b->iov->iov_len - b->skip;
        b->iov++;
        b->n--;
        b->skip = 0;
    }
    b->skip += n;
}

/* The next contiguous piece of at most n bytes, n > 0 and not more than are left. */
static char *piece(struct mon_buffer *b, size_t *n)
{
    while (b->skip == b->iov->iov_len) {
        b->iov++;
        b->n--;
        b->skip = 0;
    }
    if (*n > b->iov->iov_len - b->skip)
        *n = b->iov->iov_len - b->skip;
    return (char *)b->iov->iov_base + b->skip;
}

int mon_take(struct mon_buffer *b, void *to, size_t n)
{
    if (n > b->left)
        return -EINVAL;
    for (char *at = to; n;) {
        size_t some = n;
        const char *from = piece(b, &some);
        if (mon_copy_guarded(at, from, some))
            return -EFAULT;
        mon_skip(b, some);
        at += some;
        n -= some;
    }
    return 0;
}

int mon_put(struct mon_buffer *b, const void *from, size_t n)
{
    if (n > b->left)
        return -EINVAL;
    for (const char *at = from; n;) {
        size_t some = n;
        char *to = piece(b, &some);
        if (mon_copy_guarded(to, at, some))
            return -EFAULT;
        mon_skip(b, some);
        at += some;
        n -= some;
    }
    return 0;
}

unsigned mon_pieces(const struct mon_buffer *b, struct iovec *to, unsigned max, uint64_t bytes)
{
    unsigned n = 0;
    size_t skip = b->skip;
    for (unsigned i = 0; i < b->n && n < max && bytes; i++, skip = 0) {
        size_t len = b->iov[i].iov_len - skip;
        if (len > bytes)
            len = bytes;
        if (len == 0)
            continue;
        to[n++] = (struct iovec){(char *)b->iov[i].iov_base + skip, len};
        bytes -= len;
    }
    return n;
}
