/* Pipes and FIFOs: a ring of page buffers, as Linux has it.
 *
 * Rules that programs see (pipe(7)): 16 buffers at first; a write of at most PIPE_BUF bytes goes
 * in whole or waits; small writes share a page with what is before them, unless the file is in
 * packet mode (O_DIRECT), where every write is a buffer and every read takes one.
 */
#ifndef PITH_VFS_PIPE_H
#define PITH_VFS_PIPE_H

#include "vfs/file.h"

#define PIPE_SLOTS 16u
#define PIPE_ATOMIC 4096u
#define PIPE_SLOTS_MAX 256u /* 1 MiB, /proc/sys/fs/pipe-max-size */

struct pipe_buffer {
    u8 *page;
    u32 off, len;
    bool packet;
};
struct pipe {
    struct pipe_buffer *ring;
    unsigned slots; /* a power of two */
    unsigned head;  /* next buffer to read; counts up */
    unsigned used;
    bool lent;                   /* a splice or tee is at its buffers: other readers wait */
    u8 *spare;                   /* one page kept */
    unsigned readers, writers;   /* open ends */
    unsigned opened_r, opened_w; /* ends ever opened, for a FIFO's open */
    struct waitq waitq;          /* readers and writers */
    u64 ino;
};

/* A pipe without ends, or 0. pipe_free when it has none again. */
struct pipe *pipe_new(void);
void pipe_free(struct pipe *p);
extern const struct file_ops pipe_ops; /* f->priv is the pipe */

/* Waits until there is something to read: 1; 0 at the end, -EAGAIN, -ERESTARTSYS. Hold the file. */
int pipe_wait_data(struct pipe *p, bool nonblock);
/* The first n bytes have been taken: n is at most what the first buffer has. */
void pipe_consume(struct pipe *p, size_t n);

/* splice(2)'s two directions (vfs/pipe_splice.c): at most n bytes between a pipe and a file at
 * *pos, whatever kind that is. Bytes, 0 at the end, or -errno; what `out` did not take stays in the
 * pipe. nonblock is about the pipe; the file knows for itself. May sleep. */
ssize_t pipe_splice_out(struct pipe *p, struct file *out, loff_t *pos, size_t n, bool nonblock);
ssize_t pipe_splice_in(struct pipe *p, struct file *in, loff_t *pos, size_t n, bool nonblock);

/* Both ends as files of a new pipe; flags: O_NONBLOCK, O_DIRECT. 0 or -ENOMEM. */
int pipe_files(struct file *end[2], u32 flags);

#endif
