/* The rings of a volume. See fs_device.h.
 *
 * A request is one chain: what the device reads, then what it writes (VIRTIO 1.2, 2.7.4.2). Both
 * queues are served alike and at once: a request has its answer when PITH_HC_WAIT returns.
 * A chain that is no request ends the guest; one that names memory the guest may not use itself is
 * answered with EFAULT, as a file system would.
 */
#include "fs_device.h"

#include <errno.h>

#include "buffer.h"
#include "limits.h"
#include "run.h"

/* The largest request is 1 MiB and its headers. */
#define BYTES (MON_FS_DATA + (64u << 10))

/* One request; false if the guest has ended. */
static bool request(struct mon *m, struct mon_device *d, struct mon_ring *ring,
                    const struct mon_chain *chain)
{
    static struct mon_side in, out;
    struct fs *fs = d->priv;
    if (!mon_gather(m, chain, &in, &out, BYTES)) {
        mon_broken(m, "it broke a volume's queue: what is read stands behind what is written");
        return false;
    }
    ssize_t n = in.wrong || out.wrong ? fs_refuse(fs, in.iov, in.n, out.iov, out.n, -EFAULT)
                                      : fs_request(fs, in.iov, in.n, out.iov, out.n);
    if (n < 0) {
        mon_broken(m, "it broke a volume's queue: %s", fs_broken(fs));
        return false;
    }
    mon_ring_put(ring, chain, (uint32_t)n);
    if (fs_lingers(fs))
        mon_linger(m);
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

const struct mon_device_ops mon_fs_ops = {.serve = serve, .first = true};
