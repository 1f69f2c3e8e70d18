/* Disks of the guest: virtio-blk rings (VIRTIO 1.2, 5.2) before blk.c. A chain that is no request
 * ends the guest; memory it may not use itself fails the request, and if that is the status, the
 * guest. */
#include <stddef.h>

#include "blk.h"
#include "buffer.h"
#include "limits.h"
#include "run.h"

static struct blk disks[MON_DISKS];
static unsigned ndisks;

void mon_blk_count(int *all, int *writable)
{
    *all = (int)ndisks;
    *writable = 0;
    for (unsigned i = 0; i < ndisks; i++)
        *writable += !disks[i].read_only;
}

static bool request(struct mon *m, struct mon_device *d, const struct mon_chain *chain)
{
    static struct mon_side in, out;
    struct blk *b = d->priv;
    if (!mon_gather(m, chain, &in, &out, MON_BLK_DATA + 4096)) {
        mon_broken(m, "it broke a disk's queue: what is read stands behind what is written");
        return false;
    }
    ssize_t n = -1;
    if (!in.wrong && !out.wrong) {
        n = blk_request(b, in.iov, in.n, out.iov, out.n);
    } else if (chain->piece[chain->count - 1].write && chain->piece[chain->count - 1].len) {
        const struct mon_piece *last = &chain->piece[chain->count - 1];
        const uint8_t status = VIRTIO_BLK_S_IOERR;
        b->broken = "a request's status cannot be written";
        if (mon_copy_out(m, last->addr + last->len - 1, &status, 1) == 0)
            n = 1;
    } else {
        b->broken = "a request leaves no room for its status";
    }
    if (n < 0) {
        mon_broken(m, "it broke a disk's queue: %s", b->broken);
        return false;
    }
    mon_ring_put(&d->ring[0], chain, (uint32_t)n);
    return true;
}

static bool serve(struct mon *m, struct mon_device *d, const struct pollfd *fds, unsigned nfds)
{
    struct mon_ring *ring = &d->ring[0];
    struct mon_chain chain;
    bool any = false;
    (void)fds;
    (void)nfds;
    /* Bounded: the guest does not run while its ring is emptied. */
    for (int got; (got = mon_ring_take(ring, &chain)) != 0; any = true) {
        if (got < 0) {
            mon_broken(m, "it broke a disk's queue: %s", ring->broken);
            return any;
        }
        if (!request(m, d, &chain))
            return any;
    }
    return any;
}

int mon_blk_add(struct mon *m, const char *path, bool read_only, struct host_error *err)
{
    static const struct mon_device_ops ops = {.serve = serve};
    if (ndisks == MON_DISKS)
        return host_fail(err, "there are more than %d disks", MON_DISKS);
    struct blk *b = &disks[ndisks];
    if (blk_open(b, path, read_only, ndisks, err))
        return -1;
    ndisks++;
    const struct mon_device device = {
        .ops = &ops,
        .type = PITH_DEV_BLK,
        .nqueues = 1,
        .queue_size = {PITH_BLK_QUEUE_SIZE},
        .features = b->features,
        .config = &b->config,
        .config_len = offsetof(struct virtio_blk_config, max_secure_erase_sectors),
        .priv = b,
    };
    return mon_device_add(m, &device, err);
}
