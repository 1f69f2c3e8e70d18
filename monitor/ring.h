/* The device side of a split virtqueue (VIRTIO 1.2, 2.7), hostile driver assumed.
 *
 * A ring lies in the boot window, so its own addresses are the monitor's; what it says is the
 * guest's and is read once. A chain is decoded whole before anything is done with it.
 *
 *   mon_ring_take(&ring, &chain)  -> 1 a chain, 0 nothing new, -1 the driver broke a rule
 *   ... serve it ...
 *   mon_ring_put(&ring, &chain, written)
 *
 * A taken chain may be kept and completed later, in any order. Devices with traffic take and
 * complete many at once:
 *
 *   mon_ring_new(&ring)                      -> chains that wait, -1 the driver broke a rule
 *   mon_ring_head(&ring, i)                  -> the head of the i-th of them
 *   mon_ring_walk(m, &ring, head, pieces)    -> how many pieces it has, -1 ...
 *   mon_ring_skip(&ring, n)                  n of them are taken
 *   mon_ring_add(&ring, head, written)       completed, not yet seen by the driver
 *   mon_ring_publish(&ring)                  now it is
 *
 * Indirect descriptors (2.7.5.3) are for devices that offer them; a table is copied before it is
 * looked at, and counts against the same bound as a chain.
 */
#ifndef MON_RING_H
#define MON_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pith/abi.h>

/* Largest ring the monitor lays out; a chain is never longer than its ring. */
#define MON_RING_MAX 256u

struct mon;

struct mon_ring {
    struct pith_desc *desc;
    struct pith_avail *avail;
    struct pith_used *used;
    uint16_t size;
    uint16_t seen;      /* avail entries taken so far */
    uint16_t done;      /* used entries given back so far */
    bool indirect;      /* the device offers INDIRECT_DESC */
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

int mon_ring_new(struct mon_ring *ring);
uint16_t mon_ring_head(const struct mon_ring *ring, unsigned i);
/* Room for MON_RING_MAX pieces. */
int mon_ring_walk(struct mon *m, struct mon_ring *ring, uint16_t head, struct mon_piece *piece);
static inline void mon_ring_skip(struct mon_ring *ring, unsigned n)
{
    ring->seen = (uint16_t)(ring->seen + n);
}
void mon_ring_add(struct mon_ring *ring, uint16_t head, uint32_t written);
void mon_ring_publish(struct mon_ring *ring);
/* Does the driver want to hear of completed chains (2.7.7: VIRTQ_AVAIL_F_NO_INTERRUPT is not set)?
 */
bool mon_ring_wanted(const struct mon_ring *ring);

#endif
