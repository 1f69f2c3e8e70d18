/* The program's iovec arrays, copied before use: another thread may change them meanwhile. */
#include <linux/uio.h>

#include "base/uaccess.h"
#include "mem/alloc.h"
#include "vfs/rw.h"

int iovec_import(struct iter *it, struct iovec_copy *copy, const void *user, unsigned long n)
{
    copy->big = 0;
    if (n > UIO_MAXIOV)
        return -EINVAL;
    struct iovec_os *v = copy->small;
    if (n > IOVEC_SMALL) {
        v = copy->big = mem_alloc(n * sizeof(*v));
        if (!v)
            return -ENOMEM;
    }
    int r = user_copy(v, user, n * sizeof(*v));
    size_t total = 0;
    for (unsigned long i = 0; !r && i < n; i++) {
        if ((ssize_t)v[i].len < 0 || (ssize_t)(total + v[i].len) < 0)
            r = -EINVAL;
        else if (iter_wild(v[i].base, v[i].len))
            r = -EFAULT;
        total += v[i].len;
    }
    if (r < 0) {
        iovec_done(copy);
        return r;
    }
    it->vec = v;
    it->nvec = (unsigned)n;
    it->skip = 0;
    it->left = MIN(total, FILE_RW_MAX);
    iter_skip(it, 0); /* past empty pieces */
    return 0;
}

void iovec_done(struct iovec_copy *copy)
{
    mem_free(copy->big);
    copy->big = 0;
}
