/* Moving data between the OS and a program's buffers, piece by piece. A fault ends a move short;
 * only if nothing moved at all it is -EFAULT, as Linux has it. */
#include "base/string.h"
#include "base/uaccess.h"
#include "vfs/file.h"

void iter_skip(struct iter *it, size_t n)
{
    it->left -= n;
    it->skip += n;
    while (it->nvec && it->skip >= it->vec->len) {
        it->skip -= it->vec->len;
        it->vec++;
        it->nvec--;
    }
}

void *iter_peek(const struct iter *it, size_t *n)
{
    *n = it->left ? MIN(it->vec->len - it->skip, it->left) : 0;
    return *n ? (char *)it->vec->base + it->skip : 0;
}

ssize_t iter_put(struct iter *it, const void *src, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t piece;
        void *p = iter_peek(it, &piece);
        piece = MIN(piece, n - done);
        size_t got = user_copy_partial(p, (const char *)src + done, piece);
        iter_skip(it, got);
        done += got;
        if (got < piece)
            break;
    }
    return done || !n ? (ssize_t)done : -EFAULT;
}

ssize_t iter_get(struct iter *it, void *dst, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t piece;
        const void *p = iter_peek(it, &piece);
        piece = MIN(piece, n - done);
        size_t got = user_copy_partial((char *)dst + done, p, piece);
        iter_skip(it, got);
        done += got;
        if (got < piece)
            break;
    }
    return done || !n ? (ssize_t)done : -EFAULT;
}

ssize_t iter_zero(struct iter *it, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t piece;
        void *p = iter_peek(it, &piece);
        piece = MIN(MIN(piece, n - done), PAGE_SIZE);
        if (user_zero(p, piece) < 0)
            break;
        iter_skip(it, piece);
        done += piece;
    }
    return done || !n ? (ssize_t)done : -EFAULT;
}
