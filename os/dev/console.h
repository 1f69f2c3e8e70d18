/* Of os/dev alone: the console's three streams, one queue each (pith/abi.h). */
#ifndef PITH_DEV_CONSOLE_H
#define PITH_DEV_CONSOLE_H

#include "dev/vq.h"
#include "vfs/file.h"

struct console_stream {
    struct vq vq;
    void *token[PITH_CONSOLE_QUEUE_SIZE];
    struct waitq waitq;
};

/* A request in flight. `done` is called when the device has finished it; result is bytes moved
 * or -errno. */
struct console_request {
    s64 result;
    void (*done)(struct console_request *r);
    struct console_stream *stream;
    bool finished;
};

/* The stream behind a file of console_ops. Set up at the first use. */
struct console_stream *console_stream(const struct file *f);
#define CONSOLE_PIECES (PITH_CONSOLE_QUEUE_SIZE - 1)

/* Hands a request to the device and lets the host look at it at once. pieces[0] is left free for
 * the result, the data is pieces[1 .. n], n <= CONSOLE_PIECES. 0 or -ENOSPC. */
int console_submit(struct console_stream *s, struct console_request *r, struct vq_piece *pieces,
                   unsigned n);
static inline unsigned console_index(const struct file *f)
{
    return (unsigned)(u64)f->priv;
}

ssize_t console_read(struct file *f, struct iter *it, loff_t *pos);
ssize_t console_write(struct file *f, struct iter *it, loff_t *pos);
u32 console_poll(struct file *f, struct waiter *w);
long console_ioctl(struct file *f, unsigned cmd, unsigned long arg);
int console_stat(struct file *f, struct stat *st);
/* Of console_read.c: bytes read ahead from stdin. */
u32 console_poll_in(struct console_stream *s);
size_t console_buffered(void);
u32 console_poll_out(struct console_stream *s);

#endif
