/* Writing to stdout and stderr. The device reads the program's own memory; the call returns when
 * the host has taken it. With O_NONBLOCK a page is copied, and a second write while it is in
 * flight is EAGAIN. A request that the host cannot finish yet cannot be taken back, so a signal
 * does not break off a blocking write. */
#include "base/uaccess.h"
#include "dev/console.h"
#include "mem/alloc.h"
#include "signal/signal.h"
#include "sys/restart.h"

#include <asm-generic/fcntl.h>
#include <asm/signal.h>
#include <linux/eventpoll.h>

#define PIECE_MAX (1u << 30)

struct later { /* an O_NONBLOCK write in flight */
    struct console_request request;
    char data[PAGE_SIZE - sizeof(struct console_request)];
};
static struct later *later[PITH_CONSOLE_QUEUES];

static void wait_for(struct console_stream *s)
{
    struct waiter w = {.wake = waiter_thread, .thread = sched_current()};
    waitq_add(&s->waitq, &w);
    sched_sleep(NEVER, false);
    waitq_del(&w);
}

/* One request of as many pieces as fit: what one writev gives comes out in one. Bytes written or
 * -errno; *asked is what was asked for. */
static s64 write_some(struct console_stream *s, const struct iter *from, size_t *asked)
{
    struct console_request r = {.done = NULL};
    struct vq_piece pieces[CONSOLE_PIECES + 1];
    struct iter it = *from;
    unsigned n = 0;
    *asked = 0;
    while (it.left && n < CONSOLE_PIECES) {
        size_t len;
        const void *data = iter_peek(&it, &len);
        len = MIN(len, PIECE_MAX);
        if (user_touch(data, len, false) < 0)
            break;
        pieces[++n] = (struct vq_piece){data, (u32)len, false};
        *asked += len;
        iter_skip(&it, len);
    }
    if (!n)
        return -EFAULT;
    while (console_submit(s, &r, pieces, n) < 0)
        wait_for(s);
    while (!r.finished)
        wait_for(s);
    return r.result;
}

static ssize_t write_later(struct console_stream *s, unsigned i, struct iter *it)
{
    if (!later[i] && !(later[i] = mem_pages(1)))
        return -ENOMEM;
    struct later *l = later[i];
    if (l->request.stream && !l->request.finished)
        return -EAGAIN;
    if (l->request.stream && l->request.result < 0) { /* of the last one: told now */
        l->request.stream = NULL;
        return (ssize_t)l->request.result;
    }
    ssize_t n = iter_get(it, l->data, MIN(it->left, sizeof(l->data)));
    if (n <= 0)
        return n;
    struct vq_piece pieces[2] = {[1] = {l->data, (u32)n, false}};
    int err = console_submit(s, &l->request, pieces, 1);
    return err ? -EAGAIN : n;
}

ssize_t console_write(struct file *f, struct iter *it, loff_t *pos)
{
    (void)pos;
    struct console_stream *s = console_stream(f);
    ssize_t done = 0;
    s64 r = 0;
    if (!it->left)
        return 0;
    if (f->flags & O_NONBLOCK) {
        r = write_later(s, console_index(f), it);
        done = MAX(r, 0);
    } else {
        while (it->left && r >= 0) {
            size_t asked;
            r = write_some(s, it, &asked);
            if (r > 0) {
                done += r;
                iter_skip(it, (size_t)r);
            }
            if (r >= 0 && (size_t)r < asked)
                break;
        }
    }
    if (done)
        return done;
    if (r == -EPIPE)
        signal_send_or_die(SIGPIPE);
    return (ssize_t)r;
}

u32 console_poll_out(struct console_stream *s)
{
    for (unsigned i = 0; i < PITH_CONSOLE_QUEUES; i++)
        if (later[i] && later[i]->request.stream == s && !later[i]->request.finished)
            return 0;
    return EPOLLOUT | EPOLLWRNORM;
}
