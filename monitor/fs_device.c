/* The rings of a volume. See fs_device.h.
 *
 * A request is one chain: what the device reads, then what it writes (VIRTIO 1.2, 2.7.4.2). Both
 * queues are served alike and at once: a request has its answer when PITH_HC_WAIT returns.
 * A chain that is no request ends the guest; one that names memory the guest may not use itself is
 * answered with EFAULT, as a file system would.
 */
#include "fs_device.h"

#include <errno.h>

#include "limits.h"
#include "run.h"

/* Pieces of guest memory of one request. The largest is 1 MiB and its headers; page by page that
 * is 257, and each descriptor may add one. */
#define PIECES 1024u
#define BYTES (MON_FS_DATA + (64u << 10))

struct side {
    struct iovec iov[PIECES];
    unsigned n;
    uint64_t bytes;
    bool wrong; /* the guest may not use all of it, or it is too much */
};

static void add(struct mon *m, struct side *s, const struct mon_piece *p)
{
    uint64_t at = p->addr, left = p->len;
    if (s->bytes + left > BYTES)
        s->wrong = true;
    while (left && !s->wrong) {
        void *host;
        size_t n = mon_span(m, at, left, p->write, &host);
        if (n == 0 || s->n == PIECES) {
            s->wrong = true;
            return;
        }
        s->iov[s->n++] = (struct iovec){host, n};
        s->bytes += n;
        at += n;
        left -= n;
    }
}

/* One request; false if the guest has ended. */
static bool request(struct mon *m, struct mon_device *d, struct mon_ring *ring,
                    const struct mon_chain *chain)
{
    static struct side in, out;
    struct fs *fs = d->priv;
    in.n = out.n = 0;
    in.bytes = out.bytes = 0;
    in.wrong = out.wrong = false;
    for (unsigned i = 0; i < chain->count; i++) {
        const struct mon_piece *p = &chain->piece[i];
        if (!p->write && out.n) {
            mon_broken(m, "it broke a volume's queue: what is read stands behind what is written");
            return false;
        }
        add(m, p->write ? &out : &in, p);
    }
    ssize_t n = in.wrong || out.wrong ? fs_refuse(fs, in.iov, in.n, out.iov, out.n, -EFAULT)
                                      : fs_request(fs, in.iov, in.n, out.iov, out.n);
    if (n < 0) {
        mon_broken(m, "it broke a volume's queue: %s", fs_broken(fs));
        return false;
    }
    mon_ring_put(ring, chain, (uint32_t)n);
    return true;
}

static bool serve(struct mon *m, struct mon_device *d, const struct pollfd *fds, unsigned nfds)
{
    struct mon_chain chain;
    bool any = false;
    (void)fds;
    (void)nfds;
    for (unsigned queue = 0; queue < d->nqueues; queue++) {
        struct mon_ring *ring = &d->ring[queue];
        /* Bounded: the guest does not run while its ring is emptied. */
        for (int got; (got = mon_ring_take(ring, &chain)) != 0; any = true) {
            if (got < 0) {
                mon_broken(m, "it broke a volume's queue: %s", ring->broken);
                return any;
            }
            if (!request(m, d, ring, &chain))
                return any;
        }
    }
    return any;
}

const struct mon_device_ops mon_fs_ops = {.serve = serve};
