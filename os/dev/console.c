/* The console device: its streams, and taking in what the device has finished. */
#include "dev/console.h"

#include "base/host.h"
#include "sched/sched.h"

static struct console_stream streams[PITH_CONSOLE_QUEUES];

/* The image's note that it drives a console (pith/note.h). */
__asm__(".pushsection .note.pith, \"aR\", @note\n"
        ".balign 4\n"
        ".long 5, 4, 2\n"
        ".asciz \"pith\"\n"
        ".balign 4\n"
        ".long 3\n"
        ".popsection");

struct console_stream *console_stream(const struct file *f)
{
    struct console_stream *s = &streams[console_index(f)];
    if (!s->waitq.waiters.next) {
        const struct pith_device *d = dev_find(PITH_DEV_CONSOLE);
        ASSERT(d && d->nqueues == PITH_CONSOLE_QUEUES);
        const struct pith_queue *q = (const struct pith_queue *)d->queues + console_index(f);
        ASSERT(q->size == PITH_CONSOLE_QUEUE_SIZE);
        vq_init(&s->vq, q, s->token);
        waitq_init(&s->waitq);
    }
    return s;
}

static void take_in(void)
{
    for (unsigned i = 0; i < PITH_CONSOLE_QUEUES; i++) {
        struct console_stream *s = &streams[i];
        struct console_request *r;
        u32 len;
        if (!s->waitq.waiters.next)
            continue;
        bool any = false;
        while ((r = vq_get(&s->vq, &len))) {
            r->finished = any = true;
            if (r->done)
                r->done(r);
        }
        if (any)
            waitq_wake(&s->waitq, ~0u);
    }
}
SET_ENTRY(poll, console, *take_in);

int console_submit(struct console_stream *s, struct console_request *r, struct vq_piece *pieces,
                   unsigned n)
{
    pieces[0] = (struct vq_piece){&r->result, sizeof(r->result), true};
    r->stream = s;
    r->finished = false;
    int err = vq_add(&s->vq, pieces, n + 1, r);
    if (!err)
        sched_take_in(host_call(PITH_HC_WAIT, 0, 0, 0, 0));
    return err;
}

const struct file_ops console_ops = {
    .read = console_read,
    .write = console_write,
    .poll = console_poll,
    .ioctl = console_ioctl,
    .stat = console_stat,
};
