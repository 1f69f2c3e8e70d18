/* Split virtqueue, device side. See ring.h. Section numbers are VIRTIO 1.2's. */
#include "ring.h"

#include "run.h"

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

int mon_ring_new(struct mon_ring *ring)
{
    uint16_t idx = __atomic_load_n(&ring->avail->idx, __ATOMIC_ACQUIRE);
    uint16_t n = (uint16_t)(idx - ring->seen);
    /* 2.7.6.1: "A driver MUST NOT decrement the available idx on a virtqueue"; there are never
     * more entries than the ring holds. */
    return n > ring->size ? broken(ring, "its available index jumped") : n;
}

uint16_t mon_ring_head(const struct mon_ring *ring, unsigned i)
{
    unsigned at = (ring->seen + i) & (ring->size - 1u);
    return __atomic_load_n(&ring->avail->ring[at], __ATOMIC_RELAXED);
}

/* One table, the ring's own or a copy of an indirect one: appends its pieces from `at` on. Returns
 * how many there are then; *indirect is the descriptor of an indirect table, if there is one. */
static int walk(struct mon_ring *ring, const struct pith_desc *table, unsigned size, uint16_t at,
                struct mon_piece *piece, unsigned count, struct pith_desc *indirect)
{
    uint64_t bytes = 0;
    for (;;) {
        if (at >= size)
            return broken(ring, "a descriptor index lies outside the table");
        /* 2.7.5.3.1: "A driver MUST NOT create a descriptor chain longer than the Queue Size of
         * the device"; 2.7.5.2 forbids loops, which end here. */
        if (count == ring->size)
            return broken(ring, "a chain is longer than the queue");
        volatile const struct pith_desc *desc = &table[at];
        uint16_t flags = desc->flags;
        uint64_t addr = desc->addr;
        uint32_t len = desc->len;
        /* 2.7.5.3.1: INDIRECT only where it was negotiated, and only once in a chain. */
        if (flags & ~(indirect ? 7u : 3u))
            return broken(ring, "a descriptor has flags that were not offered");
        if (indirect && flags & 4) {
            /* 2.7.5.3.1: "A driver MUST NOT set both INDIRECT and NEXT". */
            if (flags & 1)
                return broken(ring, "a chain goes on behind an indirect table");
            *indirect = (struct pith_desc){addr, len, flags, 0};
            return (int)count;
        }
        piece[count++] = (struct mon_piece){addr, len, flags & 2};
        bytes += len;
        /* 2.7.5.2: "Drivers MUST NOT add a descriptor chain longer than 2^32 bytes in total". */
        if (bytes > UINT32_MAX)
            return broken(ring, "a chain is longer than 4 GiB");
        if (!(flags & 1))
            return (int)count;
        at = desc->next;
    }
}

int mon_ring_walk(struct mon *m, struct mon_ring *ring, uint16_t head, struct mon_piece *piece)
{
    struct pith_desc indirect = {0};
    int n = walk(ring, ring->desc, ring->size, head, piece, 0, ring->indirect ? &indirect : NULL);
    if (n < 0 || !(indirect.flags & 4))
        return n;
    struct pith_desc table[MON_RING_MAX];
    unsigned size = indirect.len / sizeof *table;
    if (indirect.len % sizeof *table || size == 0 || size > ring->size)
        return broken(ring, "an indirect table has no possible length");
    if (mon_copy_in(m, table, indirect.addr, indirect.len))
        return broken(ring, "an indirect table lies in memory it cannot read");
    return walk(ring, table, size, 0, piece, (unsigned)n, NULL);
}

int mon_ring_take(struct mon_ring *ring, struct mon_chain *chain)
{
    int n = mon_ring_new(ring);
    if (n <= 0)
        return n;
    chain->head = mon_ring_head(ring, 0);
    n = mon_ring_walk(NULL, ring, chain->head, chain->piece);
    if (n < 0)
        return n;
    chain->count = (uint16_t)n;
    chain->bytes = 0;
    for (int i = 0; i < n; i++)
        chain->bytes += chain->piece[i].len;
    mon_ring_skip(ring, 1);
    return 1;
}

void mon_ring_add(struct mon_ring *ring, uint16_t head, uint32_t written)
{
    volatile struct pith_used_elem *elem = &ring->used->ring[ring->done & (ring->size - 1u)];
    elem->id = head;
    elem->len = written;
    ring->done++;
}

void mon_ring_publish(struct mon_ring *ring)
{
    __atomic_store_n(&ring->used->idx, ring->done, __ATOMIC_RELEASE);
}

void mon_ring_put(struct mon_ring *ring, const struct mon_chain *chain, uint32_t written)
{
    mon_ring_add(ring, chain->head, written);
    mon_ring_publish(ring);
}

bool mon_ring_wanted(const struct mon_ring *ring)
{
    return !(__atomic_load_n(&ring->avail->flags, __ATOMIC_RELAXED) & 1);
}
