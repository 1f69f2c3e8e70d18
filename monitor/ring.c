/* Split virtqueue, device side. See ring.h. Section numbers are VIRTIO 1.2's. */
#include "ring.h"

/* 2.7: descriptor table aligned to 16, available ring to 2, used ring to 4. */
static size_t avail_offset(unsigned size)
{
    return size * sizeof(struct pith_desc);
}

static size_t used_offset(unsigned size)
{
    size_t end = avail_offset(size) + sizeof(struct pith_avail) + size * sizeof(pith_u16);
    return (end + 3) & ~(size_t)3;
}

size_t mon_ring_bytes(unsigned size)
{
    size_t end =
        used_offset(size) + sizeof(struct pith_used) + size * sizeof(struct pith_used_elem);
    return (end + 15) & ~(size_t)15;
}

void mon_ring_init(struct mon_ring *ring, unsigned size, void *host, uint64_t va,
                   struct pith_queue *queue)
{
    char *base = host;
    *ring = (struct mon_ring){.desc = (void *)base,
                              .avail = (void *)(base + avail_offset(size)),
                              .used = (void *)(base + used_offset(size)),
                              .size = (uint16_t)size};
    *queue = (struct pith_queue){
        .desc = va, .avail = va + avail_offset(size), .used = va + used_offset(size), .size = size};
}

static int broken(struct mon_ring *ring, const char *rule)
{
    ring->broken = rule;
    return -1;
}

bool mon_ring_more(const struct mon_ring *ring)
{
    return __atomic_load_n(&ring->avail->idx, __ATOMIC_ACQUIRE) != ring->seen;
}

int mon_ring_take(struct mon_ring *ring, struct mon_chain *chain)
{
    uint16_t idx = __atomic_load_n(&ring->avail->idx, __ATOMIC_ACQUIRE);
    uint16_t mask = (uint16_t)(ring->size - 1);
    if (idx == ring->seen)
        return 0;
    /* 2.7.6.1: "A driver MUST NOT decrement the available idx on a virtqueue"; there are never
     * more entries than the ring holds. */
    if ((uint16_t)(idx - ring->seen) > ring->size)
        return broken(ring, "its available index jumped");
    uint16_t at = __atomic_load_n(&ring->avail->ring[ring->seen & mask], __ATOMIC_RELAXED);
    chain->head = at;
    chain->count = 0;
    chain->bytes = 0;
    for (;;) {
        if (at >= ring->size)
            return broken(ring, "a descriptor index lies outside the table");
        /* 2.7.5.3.1: "A driver MUST NOT create a descriptor chain longer than the Queue Size of
         * the device"; 2.7.5.2 forbids loops, which end here. */
        if (chain->count == ring->size)
            return broken(ring, "a chain is longer than the queue");
        volatile const struct pith_desc *desc = &ring->desc[at];
        struct mon_piece *piece = &chain->piece[chain->count++];
        uint16_t flags = desc->flags;
        piece->addr = desc->addr;
        piece->len = desc->len;
        piece->write = flags & 2;
        chain->bytes += piece->len;
        /* 2.7.5.3.1: INDIRECT only where it was negotiated; no device here offers it. */
        if (flags & ~3u)
            return broken(ring, "a descriptor has flags that were not offered");
        /* 2.7.5.2: "Drivers MUST NOT add a descriptor chain longer than 2^32 bytes in total". */
        if (chain->bytes > UINT32_MAX)
            return broken(ring, "a chain is longer than 4 GiB");
        if (!(flags & 1))
            break;
        at = desc->next;
    }
    ring->seen++;
    return 1;
}

void mon_ring_put(struct mon_ring *ring, const struct mon_chain *chain, uint32_t written)
{
    uint16_t mask = (uint16_t)(ring->size - 1);
    volatile struct pith_used_elem *elem = &ring->used->ring[ring->done & mask];
    elem->id = chain->head;
    elem->len = written;
    ring->done++;
    __atomic_store_n(&ring->used->idx, ring->done, __ATOMIC_RELEASE);
}
