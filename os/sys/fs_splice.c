/* splice(2), tee(2), vmsplice(2): by copying; one side is a pipe. */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/pipe.h"
#include "vfs/rw.h"

#define SPLICE_F_MASK 15u /* MOVE, NONBLOCK, MORE, GIFT */
#define SPLICE_F_NONBLOCK 2u

static struct pipe *pipe_of(const struct file *f)
{
    return f->ops == &pipe_ops ? f->priv : 0;
}

/* Where a file that is not a pipe is read or written. */
static int position(struct file *f, loff_t *user, loff_t *pos)
{
    if (pipe_of(f))
        return user ? -ESPIPE : 0;
    if (!f->ops->seek)
        return user ? -EINVAL : 0; /* as Linux: a file without positions */
    if (!user)
        *pos = f->pos;
    else if (USER_GET(pos, user) < 0)
        return -EFAULT;
    return *pos < 0 ? -EINVAL : 0;
}

static ssize_t move(struct file *in, loff_t *from, struct file *out, loff_t *to, size_t n,
                    bool nonblock)
{
    struct pipe *a = pipe_of(in), *b = pipe_of(out);
    if (!a)
        return pipe_splice_in(b, in, from, n, nonblock || out->flags & O_NONBLOCK);
    nonblock |= (in->flags & O_NONBLOCK) != 0;
    if (b) {
        nonblock |= (out->flags & O_NONBLOCK) != 0;
        if (nonblock && b->used >= b->slots && a->used)
            return -EAGAIN;
        /* No more than what it can take now: the call does not wait twice. */
        if (b->used < b->slots)
            n = MIN(n, (b->slots - b->used) * PAGE_SIZE);
    }
    return pipe_splice_out(a, out, to, n, nonblock);
}

static long splice_once(int in_fd, loff_t *in_user, int out_fd, loff_t *out_user, size_t n,
                        unsigned flags)
{
    struct file *in = fd_open_file(in_fd), *out = fd_open_file(out_fd);
    loff_t from = 0, to = 0;
    if (!in || !out || !file_readable(in) || !file_writable(out))
        return -EBADF;
    struct pipe *a = pipe_of(in), *b = pipe_of(out);
    if ((!a && !b) || a == b || out->flags & O_APPEND)
        return -EINVAL;
    int r = position(in, in_user, &from);
    if (r == 0)
        r = position(out, out_user, &to);
    if (r < 0)
        return r;
    file_get(in);
    file_get(out);
    ssize_t done = move(in, &from, out, &to, MIN(n, FILE_RW_MAX), flags & SPLICE_F_NONBLOCK);
    if (done > 0 && !a && !in_user && in->ops->seek)
        in->pos = from;
    if (done > 0 && !b && !out_user && out->ops->seek)
        out->pos = to;
    file_put(in);
    file_put(out);
    if (done <= 0)
        return done;
    if ((in_user && USER_PUT(in_user, &from) < 0) || (out_user && USER_PUT(out_user, &to) < 0))
        return -EFAULT;
    return done;
}

long pith_sys_splice(int in_fd, loff_t *in_user, int out_fd, loff_t *out_user, size_t n,
                     unsigned flags)
{
    if (flags & ~SPLICE_F_MASK)
        return -EINVAL;
    if (!n)
        return 0;
    SYS_RETURN(splice_once(in_fd, in_user, out_fd, out_user, n, flags));
}

static long tee_once(int in_fd, int out_fd, size_t n, unsigned flags)
{
    struct file *in = fd_open_file(in_fd), *out = fd_open_file(out_fd);
    if (!in || !out || !file_readable(in) || !file_writable(out))
        return -EBADF;
    struct pipe *a = pipe_of(in), *b = pipe_of(out);
    if (!a || !b || a == b)
        return -EINVAL;
    file_get(in);
    int some = pipe_wait_data(a, flags & SPLICE_F_NONBLOCK || in->flags & O_NONBLOCK);
    file_put(in);
    if (some <= 0)
        return some;
    if (fd_open_file(in_fd) != in || fd_open_file(out_fd) != out)
        return -EBADF;
    if (flags & SPLICE_F_NONBLOCK && b->used >= b->slots)
        return -EAGAIN;
    size_t done = 0;
    file_get(in);
    file_get(out);
    a->lent = true;
    ssize_t r = 0;
    for (unsigned i = 0; i < a->used && done < n && (i == 0 || b->used < b->slots); i++) {
        const struct pipe_buffer *buf = &a->ring[(a->head + i) & (a->slots - 1)];
        struct iter it;
        iter_one(&it, buf->page + buf->off, MIN(buf->len, n - done));
        r = file_write(out, &it, &out->pos);
        if (r <= 0)
            break;
        done += (size_t)r;
    }
    a->lent = false;
    waitq_wake(&a->waitq, EPOLLIN | EPOLLRDNORM);
    file_put(in);
    file_put(out);
    return done ? (long)done : r;
}

long pith_sys_tee(int in_fd, int out_fd, size_t n, unsigned flags)
{
    if (flags & ~SPLICE_F_MASK)
        return -EINVAL;
    if (!n)
        return 0;
    SYS_RETURN(tee_once(in_fd, out_fd, n, flags));
}

static long vmsplice_once(int fd, const void *vec, unsigned long n, unsigned flags)
{
    struct file *f = fd_open_file(fd);
    if (!f || !pipe_of(f))
        return -EBADF;
    struct pipe *p = pipe_of(f);
    if (flags & SPLICE_F_NONBLOCK && file_writable(f) && p->used >= p->slots)
        return -EAGAIN;
    struct iter it;
    struct iovec_copy copy;
    int r = iovec_import(&it, &copy, vec, n);
    if (r < 0)
        return r;
    ssize_t done = file_writable(f) ? file_write(f, &it, &f->pos) : file_read(f, &it, &f->pos);
    iovec_done(&copy);
    return done;
}

long pith_sys_vmsplice(int fd, const void *vec, unsigned long n, unsigned flags)
{
    if (flags & ~SPLICE_F_MASK)
        return -EINVAL;
    SYS_RETURN(vmsplice_once(fd, vec, n, flags));
}
