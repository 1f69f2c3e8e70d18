/* A cursor over the buffers of a request. See fs_server.h.
 *
 * The buffers are memory of the guest: copying is guarded, since pages of a mapped file may be
 * gone (copy.S).
 */
#include <errno.h>

#include "fs_server.h"

long mon_copy_guarded(void *to, const void *from, size_t len); /* run.h */

void fs_buffer(struct fs_buffer *b, const struct iovec *iov, unsigned n)
{
    *b = (struct fs_buffer){.iov = iov, .n = n};
    for (unsigned i = 0; i < n; i++)
        b->left += iov[i].iov_len;
}

void fs_skip(struct fs_buffer *b, uint64_t n)
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
static char *piece(struct fs_buffer *b, size_t *n)
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

int fs_take(struct fs_buffer *b, void *to, size_t n)
{
    if (n > b->left)
        return -EINVAL;
    for (char *at = to; n;) {
        size_t some = n;
        const char *from = piece(b, &some);
        if (mon_copy_guarded(at, from, some))
            return -EFAULT;
        fs_skip(b, some);
        at += some;
        n -= some;
    }
    return 0;
}

int fs_put(struct fs_buffer *b, const void *from, size_t n)
{
    if (n > b->left)
        return -EINVAL;
    for (const char *at = from; n;) {
        size_t some = n;
        char *to = piece(b, &some);
        if (mon_copy_guarded(to, at, some))
            return -EFAULT;
        fs_skip(b, some);
        at += some;
        n -= some;
    }
    return 0;
}

unsigned fs_pieces(const struct fs_buffer *b, struct iovec *to, unsigned max, uint64_t bytes)
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
