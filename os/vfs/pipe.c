/* See pipe.h. */
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "signal/signal.h"
#include "vfs/pipe.h"
#include "vfs/inode.h"

struct pipe *pipe_new(void)
{
    struct pipe *p = mem_alloc(sizeof(*p));
    if (!p)
        return 0;
    p->ring = mem_alloc(PIPE_SLOTS * sizeof(*p->ring));
    if (!p->ring) {
        mem_free(p);
        return 0;
    }
    p->slots = PIPE_SLOTS;
    p->ino = file_anon_ino();
    waitq_init(&p->waitq);
    return p;
}

void pipe_free(struct pipe *p)
{
    for (; p->used; p->used--)
        mem_pages_free(p->ring[p->head++ & (p->slots - 1)].page, 1);
    if (p->spare)
        mem_pages_free(p->spare, 1);
    mem_free(p->ring);
    mem_free(p);
}

static struct pipe_buffer *first(struct pipe *p)
{
    return &p->ring[p->head & (p->slots - 1)];
}

static struct pipe_buffer *last(struct pipe *p)
{
    return &p->ring[(p->head + p->used - 1) & (p->slots - 1)];
}

static void drop_first(struct pipe *p)
{
    u8 *page = first(p)->page;
    if (p->spare)
        mem_pages_free(page, 1);
    else
        p->spare = page;
    p->head++;
    p->used--;
}

static ssize_t take(struct pipe *p, struct iter *it)
{
    size_t done = 0;
    while (p->used && it->left) {
        struct pipe_buffer *b = first(p);
        bool packet = b->packet;
        ssize_t got = iter_put(it, b->page + b->off, MIN(b->len, it->left));
        if (got < 0)
            return done ? (ssize_t)done : got;
        done += (size_t)got;
        b->off += (u32)got;
        b->len -= (u32)got;
        if (!b->len || packet)
            drop_first(p); /* what a packet's reader had no room for is gone */
        if (packet)
            break;
    }
    return (ssize_t)done;
}

int pipe_wait_data(struct pipe *p, bool nonblock)
{
    while (!p->used || p->lent) {
        if (!p->lent && !p->writers)
            return 0;
        if (nonblock)
            return -EAGAIN;
        if (waitq_sleep(&p->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    return 1;
}

void pipe_consume(struct pipe *p, size_t n)
{
    struct pipe_buffer *b = first(p);
    b->off += (u32)n;
    b->len -= (u32)n;
    if (!b->len)
        drop_first(p);
}

static ssize_t pipe_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct pipe *p = f->priv;
    (void)pos;
    if (!it->left)
        return 0;
    int some = pipe_wait_data(p, f->flags & O_NONBLOCK);
    if (some <= 0)
        return some;
    bool was_full = p->used >= p->slots;
    ssize_t r = take(p, it);
    if (was_full && p->used < p->slots)
        waitq_wake(&p->waitq, EPOLLOUT | EPOLLWRNORM);
    return r;
}

/* Copies n <= PAGE_SIZE bytes into a buffer of its own: n, -EFAULT or -ENOMEM. */
static ssize_t add_buffer(struct pipe *p, struct iter *it, size_t n, bool packet)
{
    u8 *page = p->spare ? p->spare : mem_pages(1);
    p->spare = 0;
    ssize_t got = page ? iter_get(it, page, n) : -ENOMEM;
    if (got <= 0) {
        p->spare = page;
        return got;
    }
    p->used++;
    *last(p) = (struct pipe_buffer){page, 0, (u32)got, packet};
    return got;
}

/* Appends to the last buffer if all of a small write, or a large one's odd bytes, fits there. */
static ssize_t merge(struct pipe *p, struct iter *it)
{
    size_t odd = it->left % PAGE_SIZE;
    if (!p->used || !odd)
        return 0;
    struct pipe_buffer *b = last(p);
    if (b->packet || b->off + b->len + odd > PAGE_SIZE)
        return 0;
    ssize_t got = iter_get(it, b->page + b->off + b->len, odd);
    if (got > 0)
        b->len += (u32)got;
    return got;
}

static ssize_t pipe_write(struct file *f, struct iter *it, loff_t *pos)
{
    struct pipe *p = f->priv;
    size_t done = 0;
    ssize_t r = 0;
    (void)pos;
    if (!it->left)
        return 0;
    bool packet = f->flags & O_DIRECT, was_empty = !p->used;
    if (p->readers && !packet) {
        r = merge(p, it);
        if (r > 0)
            done = (size_t)r;
    }
    while (r >= 0 && it->left) {
        if (!p->readers) {
            r = -EPIPE;
            signal_send_or_die(SIGPIPE);
            break;
        }
        if (p->used < p->slots) {
            r = add_buffer(p, it, MIN(it->left, PAGE_SIZE), packet);
            if (r > 0)
                done += (size_t)r;
            continue;
        }
        r = -EAGAIN;
        if (f->flags & O_NONBLOCK)
            break;
        if (was_empty)
            waitq_wake(&p->waitq, EPOLLIN | EPOLLRDNORM);
        r = waitq_sleep(&p->waitq, NEVER);
        if (r == -EINTR)
            r = -ERESTARTSYS;
        was_empty = !p->used;
    }
    if (done)
        waitq_wake(&p->waitq, EPOLLIN | EPOLLRDNORM);
    return done ? (ssize_t)done : r;
}

static u32 pipe_poll(struct file *f, struct waiter *w)
{
    struct pipe *p = f->priv;
    u32 events = 0;
    if (w)
        waitq_add(&p->waitq, w);
    if (file_readable(f)) {
        if (p->used)
            events |= EPOLLIN | EPOLLRDNORM;
        if (!p->writers && p->opened_w)
            events |= EPOLLHUP;
    }
    if (file_writable(f)) {
        if (p->used < p->slots)
            events |= EPOLLOUT | EPOLLWRNORM;
        if (!p->readers)
            events |= EPOLLERR;
    }
    return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    struct pipe *p = f->priv;
    int n = 0;
    if (cmd != FIONREAD)
        return -ENOTTY;
    for (unsigned i = 0; i < p->used; i++)
        n += (int)p->ring[(p->head + i) & (p->slots - 1)].len;
    return USER_PUT((int *)arg, &n);
}

static long set_size(struct pipe *p, unsigned long size)
{
    unsigned slots = 1;
    if (size > INT32_MAX)
        return -EINVAL;
    while (slots * PAGE_SIZE < size && slots < PIPE_SLOTS_MAX)
        slots *= 2;
    if (slots * PAGE_SIZE < size)
        return -EPERM;
    if (slots < p->used)
        return -EBUSY;
    struct pipe_buffer *ring = mem_alloc(slots * sizeof(*ring));
    if (!ring)
        return -ENOMEM;
    for (unsigned i = 0; i < p->used; i++)
        ring[i] = p->ring[(p->head + i) & (p->slots - 1)];
    mem_free(p->ring);
    p->ring = ring;
    p->head = 0;
    p->slots = slots;
    waitq_wake(&p->waitq, EPOLLOUT | EPOLLWRNORM);
    return (long)(slots * PAGE_SIZE);
}

static long pipe_fcntl(struct file *f, unsigned cmd, unsigned long arg)
{
    struct pipe *p = f->priv;
    if (cmd == F_GETPIPE_SZ)
        return (long)(p->slots * PAGE_SIZE);
    return cmd == F_SETPIPE_SZ ? set_size(p, arg) : -EINVAL;
}

static int pipe_stat(struct file *f, struct stat *st)
{
    if (f->dentry)
        inode_stat(f->dentry->inode, st);
    else
        file_anon_stat(st, S_IFIFO | 0600, ((struct pipe *)f->priv)->ino);
    return 0;
}

static void pipe_release(struct file *f)
{
    struct pipe *p = f->priv;
    if (file_readable(f))
        p->readers--;
    if (file_writable(f))
        p->writers--;
    waitq_wake(&p->waitq, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR);
    if (p->readers || p->writers)
        return;
    if (f->dentry)
        f->dentry->inode->data = 0;
    pipe_free(p);
}

static int pipe_reopen(struct file *f, struct file *again)
{
    struct pipe *p = f->priv;
    p->readers += file_readable(again);
    p->writers += file_writable(again);
    return 0;
}

static void pipe_describe(struct file *f, char *buf, size_t size)
{
    str_format(buf, size, "pipe:[%lu]", (unsigned long)((struct pipe *)f->priv)->ino);
}

const struct file_ops pipe_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .fcntl = pipe_fcntl,
    .stat = pipe_stat,
    .release = pipe_release,
    .reopen = pipe_reopen,
    .describe = pipe_describe,
};

int pipe_files(struct file *end[2], u32 flags)
{
    struct pipe *p = pipe_new();
    if (!p)
        return -ENOMEM;
    end[0] = file_new(&pipe_ops, O_RDONLY | flags, p);
    end[1] = file_new(&pipe_ops, O_WRONLY | flags, p);
    if (end[0] && end[1]) {
        p->readers = p->writers = p->opened_r = p->opened_w = 1;
        return 0;
    }
    mem_free(end[0]);
    mem_free(end[1]);
    pipe_free(p);
    return -ENOMEM;
}
