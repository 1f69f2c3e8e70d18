/* The entropy device (VIRTIO 1.2, 5.4): every device-writable byte of a request gets randomness
 * from the host. */
#include <sys/random.h>

#include "run.h"

/* Fills one piece; false if the guest may not write there. */
static bool fill(struct mon *m, uint64_t at, uint64_t len)
{
    while (len) {
        void *host;
        size_t n = mon_span(m, at, len, true, &host);
        if (n == 0)
            return false;
        /* getrandom of up to 256 bytes is never short (getrandom(2)). */
        if (n > 256)
            n = 256;
        if (getrandom(host, n, 0) != (ssize_t)n)
            return false;
        at += n;
        len -= n;
    }
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
    for (int got; (got = mon_ring_take(ring, &chain)) != 0;) {
        if (got < 0) {
            mon_broken(m, "it broke the entropy device's queue: %s", ring->broken);
            return any;
        }
        for (unsigned i = 0; i < chain.count; i++)
            if (!chain.piece[i].write || !fill(m, chain.piece[i].addr, chain.piece[i].len)) {
                /* 5.4.6.1: "The driver MUST NOT place driver-readable buffers into the queue." */
                mon_broken(m, "it asked the entropy device for bytes where it cannot write");
                return any;
            }
        mon_ring_put(ring, &chain, (uint32_t)chain.bytes);
        any = true;
    }
    return any;
}

int mon_rng_add(struct mon *m, struct host_error *err)
{
    static const struct mon_device_ops ops = {.serve = serve};
    const struct mon_device device = {
        .ops = &ops, .type = PITH_DEV_RNG, .nqueues = 1, .queue_size = {4}};
    return mon_device_add(m, &device, err) < 0 ? -1 : 0;
}
