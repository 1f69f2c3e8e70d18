/* A cursor over the buffers of a request, and how a chain of guest memory becomes such buffers.
 *
 * The memory is the guest's: it is copied by mon_take once, what was copied is judged, and copying
 * is guarded, since pages of a mapped file may be gone (copy.S).
 */
#ifndef MON_BUFFER_H
#define MON_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct mon_buffer {
    const struct iovec *iov;
    unsigned n;    /* entries left */
    size_t skip;   /* bytes of the first that are done */
    uint64_t left; /* bytes in all */
};
void mon_buffer(struct mon_buffer *b, const struct iovec *iov, unsigned n);
/* 0, -EINVAL if it holds less, -EFAULT if it cannot be touched. */
int mon_take(struct mon_buffer *b, void *to, size_t n);
int mon_put(struct mon_buffer *b, const void *from, size_t n);
/* Up to `max` pieces of at most `bytes` bytes, which the cursor does not pass; returns how many. */
unsigned mon_pieces(const struct mon_buffer *b, struct iovec *to, unsigned max, uint64_t bytes);
void mon_skip(struct mon_buffer *b, uint64_t n);

/* gather.c: one side of a request, as host memory. */
/* 16 MiB page by page, and one more for each descriptor. */
#define MON_SIDE_PIECES 4352u
struct mon_side {
    struct iovec iov[MON_SIDE_PIECES];
    unsigned n;
    uint64_t bytes;
    bool wrong; /* the guest may not use all of it, or it is too much */
};
struct mon;
struct mon_chain;
/* Both sides of a chain: what the device reads, then what it writes (VIRTIO 1.2, 2.7.4.2), each at
 * most `most` bytes. False if they stand in another order. */
bool mon_gather(struct mon *m, const struct mon_chain *chain, struct mon_side *in,
                struct mon_side *out, uint64_t most);

#endif
