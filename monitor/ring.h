/* The device side of a split virtqueue (VIRTIO 1.2, 2.7), hostile driver assumed.
 *
 * A ring lies in the boot window, so its own addresses are the monitor's; what it says is the
 * guest's and is read once. A chain is decoded whole before anything is done with it.
 *
 *   mon_ring_take(&ring, &chain)  -> 1 a chain, 0 nothing new, -1 the driver broke a rule
 *   ... serve it ...
 *   mon_ring_put(&ring, &chain, written)
 *
 * A taken chain may be kept and completed later, in any order.
 */
#ifndef MON_RING_H
#define MON_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pith/abi.h>

/* Largest ring the monitor lays out; a chain is never longer than its ring. */
#define MON_RING_MAX 16u

struct mon_ring {
    struct pith_desc *desc;
    struct pith_avail *avail;
    struct pith_used *used;
    uint16_t size;
    uint16_t seen;      /* avail entries taken so far */
    uint16_t done;      /* used entries given back so far */
    const char *broken; /* after -1: which rule, as half a sentence */
};

struct mon_piece {
    uint64_t addr; /* guest */
    uint32_t len;
    bool write; /* the device writes it */
};

struct mon_chain {
    uint16_t head;
    uint16_t count;
    uint64_t bytes; /* of all pieces */
    struct mon_piece piece[MON_RING_MAX];
};

/* Bytes a ring of `size` entries takes, each part aligned as VIRTIO 1.2, 2.7 demands. */
size_t mon_ring_bytes(unsigned size);
/* Lays one out in zeroed memory at host, guest address va; fills *queue for the guest. */
void mon_ring_init(struct mon_ring *ring, unsigned size, void *host, uint64_t va,
                   struct pith_queue *queue);
int mon_ring_take(struct mon_ring *ring, struct mon_chain *chain);
/* Is there an entry that take has not seen? */
bool mon_ring_more(const struct mon_ring *ring);
void mon_ring_put(struct mon_ring *ring, const struct mon_chain *chain, uint32_t written);

#endif
