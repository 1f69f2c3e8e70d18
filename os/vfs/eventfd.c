/* eventfd(2): a counter to wait for. */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/eventfd.h"

struct eventfd {
    u64 count;
    bool semaphore;
    struct waitq waitq;
};

static ssize_t event_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct eventfd *e = f->priv;
    (void)pos;
    if (it->left < sizeof(u64))
        return -EINVAL;
    while (!e->count) {
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (waitq_sleep(&e->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    u64 value = e->semaphore ? 1 : e->count;
    e->count -= value;
    waitq_wake(&e->waitq, EPOLLOUT);
    return iter_put(it, &value, sizeof(value));
}

static ssize_t event_write(struct file *f, struct iter *it, loff_t *pos)
{
    struct eventfd *e = f->priv;
    u64 value;
    (void)pos;
    if (it->left < sizeof(value))
        return -EINVAL;
    if (iter_get(it, &value, sizeof(value)) != sizeof(value))
        return -EFAULT;
    if (value == ~0ull)
        return -EINVAL;
    while (~0ull - e->count <= value) {
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (waitq_sleep(&e->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    e->count += value;
    waitq_wake(&e->waitq, EPOLLIN);
    return sizeof(value);
}

static u32 event_poll(struct file *f, struct waiter *w)
{
    struct eventfd *e = f->priv;
    if (w)
        waitq_add(&e->waitq, w);
    return (e->count ? EPOLLIN : 0) | (e->count < ~0ull - 1 ? EPOLLOUT : 0);
}

static int event_stat(struct file *f, struct stat *st)
{
    (void)f;
    file_anon_stat(st, 0600, 1);
    return 0;
}

static void event_release(struct file *f)
{
    mem_free(f->priv);
}

static void event_describe(struct file *f, char *buf, size_t size)
{
    (void)f;
    str_copy(buf, "anon_inode:[eventfd]", size);
}

static const struct file_ops event_ops = {
    .read = event_read,
    .write = event_write,
    .poll = event_poll,
    .seek = file_noop_seek,
    .stat = event_stat,
    .release = event_release,
    .describe = event_describe,
};

struct file *eventfd_new(u64 count, unsigned flags)
{
    struct eventfd *e = mem_alloc(sizeof(*e));
    struct file *f = e ? file_new(&event_ops, O_RDWR | (flags & O_NONBLOCK), e) : 0;
    if (!f) {
        mem_free(e);
        return 0;
    }
    e->count = count;
    e->semaphore = flags & EFD_SEMAPHORE;
    waitq_init(&e->waitq);
    return f;
}
