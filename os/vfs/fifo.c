/* Named FIFOs: a pipe for as long as any end is open, and fifo(7)'s rules of opening. */
#include <linux/fcntl.h>

#include "vfs/open.h"
#include "vfs/pipe.h"

static int wait_for(struct pipe *p, const unsigned *count)
{
    unsigned before = *count;
    while (*count == before)
        if (waitq_sleep(&p->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    return 0;
}

static int fifo_open(struct inode *i, struct file *f)
{
    struct pipe *p = i->data;
    bool reads = file_readable(f), writes = file_writable(f);
    if (!reads && !writes)
        return -EINVAL;
    if (!p)
        p = i->data = pipe_new();
    if (!p)
        return -ENOMEM;
    if (writes && !reads && f->flags & O_NONBLOCK && !p->readers) {
        if (!p->writers) {
            i->data = 0;
            pipe_free(p);
        }
        return -ENXIO;
    }
    p->readers += reads;
    p->opened_r += reads;
    p->writers += writes;
    p->opened_w += writes;
    waitq_wake(&p->waitq, ~0u);
    int r = 0;
    if (reads && !writes && !p->writers && !(f->flags & O_NONBLOCK))
        r = wait_for(p, &p->opened_w);
    else if (writes && !reads && !p->readers)
        r = wait_for(p, &p->opened_r);
    if (r < 0) {
        p->readers -= reads;
        p->writers -= writes;
        waitq_wake(&p->waitq, ~0u);
        if (!p->readers && !p->writers) {
            i->data = 0;
            pipe_free(p);
        }
        return r;
    }
    /* A reader that did not wait for a writer sees no end of file from before it came. */
    if (reads && !writes && !p->writers)
        p->opened_w = 0;
    f->ops = &pipe_ops;
    f->priv = p;
    return 0;
}

void fifo_link(void)
{
    open_fifo = fifo_open;
}
