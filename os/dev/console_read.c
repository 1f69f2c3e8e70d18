/* Reading stdin, through a buffer of the OS: so that poll can tell whether there is input, and a
 * signal can break off a read without losing any. Reading ahead begins with the first read or
 * poll: a program that does neither leaves the host's stdin alone. */
#include "dev/console.h"

#include "mem/alloc.h"
#include "sys/restart.h"

#include <asm-generic/fcntl.h>
#include <linux/eventpoll.h>

#define BUFFER_PAGES 4

static struct {
    struct console_request request;
    char *data;
    size_t from, to;    /* unread bytes */
    bool flying, ended; /* ended: the last request said end of file, not yet told */
    s64 error;
} in;

static void arrived(struct console_request *r)
{
    in.flying = false;
    in.from = in.to = 0;
    if (r->result < 0)
        in.error = r->result;
    else if (r->result == 0)
        in.ended = true;
    else
        in.to = (size_t)MIN(r->result, (s64)(BUFFER_PAGES * PAGE_SIZE));
}

/* Asks the host for input if there is none and none is under way. */
static int ask(struct console_stream *s)
{
    if (in.flying || in.ended || in.error || in.from < in.to)
        return 0;
    if (!in.data && !(in.data = mem_pages(BUFFER_PAGES)))
        return -ENOMEM;
    in.flying = true;
    in.request.done = arrived;
    struct vq_piece pieces[2] = {[1] = {in.data, BUFFER_PAGES * PAGE_SIZE, true}};
    int err = console_submit(s, &in.request, pieces, 1);
    if (err)
        in.flying = false;
    return err;
}

ssize_t console_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)pos;
    struct console_stream *s = console_stream(f);
    if (console_index(f) != PITH_CONSOLE_STDIN)
        return -EBADF;
    if (!it->left)
        return 0;
    for (;;) {
        int err = ask(s);
        if (err)
            return err;
        if (in.from < in.to) {
            ssize_t n = iter_put(it, in.data + in.from, MIN(it->left, in.to - in.from));
            if (n > 0)
                in.from += (size_t)n;
            return n;
        }
        if (in.error) {
            s64 e = in.error;
            in.error = 0;
            return (ssize_t)e;
        }
        if (in.ended) {
            in.ended = false;
            return 0;
        }
        if (f->flags & O_NONBLOCK)
            return -EAGAIN;
        if (waitq_sleep(&s->waitq, NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
}

u32 console_poll_in(struct console_stream *s)
{
    if (ask(s) < 0 || in.error)
        return EPOLLIN | EPOLLERR;
    return in.from < in.to || in.ended ? EPOLLIN | EPOLLRDNORM : 0;
}

size_t console_buffered(void)
{
    return in.to - in.from;
}
