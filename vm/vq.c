/* See vq.h. Section numbers are VIRTIO 1.2's. */
#include "vq.h"

#define NEXT 1u
#define WRITE 2u
#define INDIRECT 4u
#define NO_INTERRUPT 1u /* 2.7.7: VIRTQ_AVAIL_F_NO_INTERRUPT */
#define NO_NOTIFY 1u    /* 2.7.10: VIRTQ_USED_F_NO_NOTIFY */
#define TABLE_ENTRIES (VM_VQ_TABLE_PAGES * PITH_PAGE / (unsigned)sizeof(struct pith_desc))

size_t vm_vq_avail(unsigned size)
{
    return size * sizeof(struct pith_desc);
}

/* 2.7: the used ring is aligned to 4. */
size_t vm_vq_used(unsigned size)
{
    size_t end = vm_vq_avail(size) + sizeof(struct pith_avail) + (size + 1) * sizeof(uint16_t);
    return (end + 3) & ~(size_t)3;
}

static size_t slots(unsigned size)
{
    size_t end = vm_vq_used(size) + sizeof(struct pith_used) + sizeof(uint16_t) +
                 size * sizeof(struct pith_used_elem);
    return (end + 15) & ~(size_t)15;
}

size_t vm_vq_bytes(unsigned size)
{
    return (slots(size) + size * sizeof(struct vm_vq_slot) + 15) & ~(size_t)15;
}

void vm_vq_init(struct vm_vq *vq, unsigned size, void *mem, uint64_t phys)
{
    char *base = mem;
    vq->desc = mem;
    vq->avail = (void *)(base + vm_vq_avail(size));
    vq->used = (void *)(base + vm_vq_used(size));
    vq->slot = (void *)(base + slots(size));
    vq->phys = phys;
    vq->size = vq->nfree = (uint16_t)size;
    for (unsigned i = 0; i < size; i++)
        vq->slot[i].next = (uint16_t)(i + 1);
    vm_vq_interrupts(vq, false);
}

bool vm_vq_fits(const struct vm_vq *vq, unsigned n)
{
    /* 2.7.5.3.1: "A driver MUST NOT create a descriptor chain longer than the Queue Size". */
    return n <= vq->size && n <= TABLE_ENTRIES;
}

static void describe(volatile struct pith_desc *d, const struct vm_seg *seg, bool last,
                     uint16_t next)
{
    d->addr = seg->phys;
    d->len = seg->len;
    d->flags = (uint16_t)((seg->write ? WRITE : 0) | (last ? 0 : NEXT));
    d->next = last ? 0 : next;
}

/* A free table's number, -1 if there is none. */
static int find_table(struct vm_vq *vq)
{
    for (unsigned i = 0; i < VM_VQ_TABLES; i++) {
        if (vq->table[i].busy)
            continue;
        if (!vq->table[i].at)
            vq->table[i].at = vm_vq_pages(VM_VQ_TABLE_PAGES, &vq->table[i].phys);
        return vq->table[i].at ? (int)i : -1;
    }
    return -1;
}

static bool add_indirect(struct vm_vq *vq, const struct vm_seg *seg, unsigned n, uint16_t head)
{
    int i = vq->indirect && n <= TABLE_ENTRIES ? find_table(vq) : -1;
    if (i < 0)
        return false;
    for (unsigned k = 0; k < n; k++)
        describe(&vq->table[i].at[k], &seg[k], k + 1 == n, (uint16_t)(k + 1));
    vq->table[i].busy = true;
    vq->slot[head].table = (uint16_t)(i + 1);
    vq->desc[head].addr = vq->table[i].phys;
    vq->desc[head].len = n * (uint32_t)sizeof(struct pith_desc);
    vq->desc[head].flags = INDIRECT;
    vq->desc[head].next = 0;
    return true;
}

int vm_vq_add(struct vm_vq *vq, const struct vm_seg *seg, unsigned n, uint32_t token)
{
    uint16_t head = vq->free, at = head, used = (uint16_t)n;
    if (!vq->nfree)
        return -1;
    vq->slot[head].table = 0;
    if (n > vq->nfree) {
        if (!add_indirect(vq, seg, n, head))
            return -1;
        used = 1;
        at = vq->slot[head].next;
    } else {
        for (unsigned i = 0; i < n; i++) {
            uint16_t next = vq->slot[at].next;
            describe(&vq->desc[at], &seg[i], i + 1 == n, next);
            at = next;
        }
    }
    uint32_t room = 0;
    for (unsigned i = 0; i < n; i++)
        room += seg[i].write ? seg[i].len : 0;
    vq->slot[head].token = token;
    vq->slot[head].room = room;
    vq->slot[head].count = used;
    vq->free = at;
    vq->nfree = (uint16_t)(vq->nfree - used);
    vq->in_flight++;
    vq->avail->ring[vq->given & (vq->size - 1u)] = head;
    vq->given++;
    return 0;
}

bool vm_vq_publish(struct vm_vq *vq)
{
    if (vq->avail->idx == vq->given)
        return false;
    __atomic_store_n(&vq->avail->idx, vq->given, __ATOMIC_RELEASE);
    /* 2.7.13.4.1: the index is seen before its wish not to be told is read. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !(vq->used->flags & NO_NOTIFY);
}

bool vm_vq_ready(const struct vm_vq *vq)
{
    return __atomic_load_n(&vq->used->idx, __ATOMIC_ACQUIRE) != vq->seen;
}

static int broken(struct vm_vq *vq, const char *rule)
{
    vq->broken = rule;
    return -1;
}

int vm_vq_get(struct vm_vq *vq, uint32_t *token, uint32_t *len)
{
    uint16_t idx = __atomic_load_n(&vq->used->idx, __ATOMIC_ACQUIRE);
    if (idx == vq->seen)
        return 0;
    if ((uint16_t)(idx - vq->seen) > vq->in_flight)
        return broken(vq, "it completed more than there was");
    volatile struct pith_used_elem *e = &vq->used->ring[vq->seen & (vq->size - 1u)];
    uint32_t id = e->id, written = e->len;
    if (id >= vq->size || !vq->slot[id].count)
        return broken(vq, "it completed what was not in flight");
    struct vm_vq_slot *s = &vq->slot[id];
    /* What the device only reads has no length that could matter. */
    if (s->room && written > s->room)
        return broken(vq, "it wrote more than there was room for");
    *len = s->room ? written : 0;
    *token = s->token;
    uint16_t last = (uint16_t)id;
    for (unsigned i = 1; i < s->count; i++)
        last = vq->slot[last].next;
    if (s->table)
        vq->table[s->table - 1].busy = false;
    vq->nfree = (uint16_t)(vq->nfree + s->count);
    vq->slot[last].next = vq->free;
    vq->free = (uint16_t)id;
    s->count = 0;
    vq->seen++;
    vq->in_flight--;
    return 1;
}

void vm_vq_interrupts(struct vm_vq *vq, bool on)
{
    vq->avail->flags = on ? 0 : NO_INTERRUPT;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
