/* splice(2): data between a pipe's buffers and another file.
 *
 * Out of a pipe, the file reads from the buffers themselves; only what it took is consumed, so
 * that a socket that is full loses nothing. While it may sleep the pipe is `lent`: Linux holds the
 * pipe's lock there. Into a pipe, the file writes to fresh pages, which become buffers.
 */
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/eventpoll.h>

#include "mem/alloc.h"
#include "signal/signal.h"
#include "vfs/pipe.h"
#include "vfs/rw.h"

#define BATCH 8u /* buffers in one write */

static ssize_t write_buffers(struct pipe *p, struct file *out, loff_t *pos, size_t n)
{
    struct iovec_os vec[BATCH];
    struct iter it = {.vec = vec};
    for (unsigned i = 0; i < p->used && i < BATCH && it.left < n; i++) {
        const struct pipe_buffer *b = &p->ring[(p->head + i) & (p->slots - 1)];
        vec[i].base = b->page + b->off;
        vec[i].len = MIN(b->len, n - it.left);
        it.left += vec[i].len;
        it.nvec++;
    }
    return file_write(out, &it, pos);
}

ssize_t pipe_splice_out(struct pipe *p, struct file *out, loff_t *pos, size_t n, bool nonblock)
{
    size_t done = 0;
    ssize_t r = pipe_wait_data(p, nonblock);
    if (r <= 0)
        return r;
    bool was_full = p->used >= p->slots;
    p->lent = true;
    while (done < n && p->used) {
        r = write_buffers(p, out, pos, n - done);
        if (r <= 0)
            break;
        done += (size_t)r;
        for (size_t left = (size_t)r; left;) {
            size_t piece = MIN(left, p->ring[p->head & (p->slots - 1)].len);
            pipe_consume(p, piece);
            left -= piece;
        }
    }
    p->lent = false;
    if (was_full && p->used < p->slots)
        waitq_wake(&p->waitq, EPOLLOUT | EPOLLWRNORM);
    if (p->used || !p->writers) /* who wants to read waited for us */
        waitq_wake(&p->waitq, EPOLLIN | EPOLLRDNORM);
    return done ? (ssize_t)done : r;
}

static int wait_room(struct pipe *p, bool nonblock)
{
    for (;;) {
        if (!p->readers) {
            signal_send_or_die(SIGPIPE);
            return -EPIPE;
        }
        if (p->used < p->slots)
            return 0;
        if (nonblock)
            return -EAGAIN;
        if (waitq_sleep(&p->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
}

/* How many bytes the file is likely to have: fresh pages for more would be wasted. */
static size_t expected(struct file *in, size_t n)
{
    int there = 0;
    if (in->ops->seek || !in->ops->ioctl)
        return n;
    if (in->ops->ioctl(in, FIONREAD, (unsigned long)&there) < 0 || there <= 0)
        return MIN(n, PAGE_SIZE);
    return MIN(n, (size_t)there);
}

/* The pages of a run become buffers with n bytes in all; those that stay empty are freed. */
static void add_pages(struct pipe *p, u8 *run, size_t npages, size_t n)
{
    for (size_t i = 0; i < npages; i++, run += PAGE_SIZE) {
        size_t len = MIN(n, PAGE_SIZE);
        n -= len;
        if (!len) {
            mem_pages_free(run, npages - i);
            return;
        }
        p->ring[(p->head + p->used++) & (p->slots - 1)] =
            (struct pipe_buffer){run, 0, (u32)len, false};
    }
}

ssize_t pipe_splice_in(struct pipe *p, struct file *in, loff_t *pos, size_t n, bool nonblock)
{
    int r = wait_room(p, nonblock);
    if (r < 0)
        return r;
    n = expected(in, n);
    size_t npages = MIN((n + PAGE_SIZE - 1) / PAGE_SIZE, (size_t)(p->slots - p->used));
    u8 *run = mem_pages_dirty(npages);
    if (!run)
        return -ENOMEM;
    struct iter it;
    iter_one(&it, run, MIN(n, npages * PAGE_SIZE));
    ssize_t got = file_read(in, &it, pos);
    size_t room = p->slots - p->used; /* others may have written while this slept */
    if (got > 0 && room * PAGE_SIZE < (size_t)got) {
        iter_one(&it, run, (size_t)got);
        loff_t none = 0;
        struct file into = {.ops = &pipe_ops, .flags = 1 /* O_WRONLY */, .refs = 2, .priv = p};
        got = file_write(&into, &it, &none);
        mem_pages_free(run, npages);
        return got;
    }
    add_pages(p, run, npages, got > 0 ? (size_t)got : 0);
    if (got > 0)
        waitq_wake(&p->waitq, EPOLLIN | EPOLLRDNORM);
    return got;
}
