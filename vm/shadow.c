/* See shadow.h. Section numbers are VIRTIO 1.2's. */
#include "shadow.h"

#include "memory.h"

#define NEXT 1u
#define WRITE 2u
#define INDIRECT 4u
#define BOUNCE_PAGES 257u /* a request of 1 MiB and its headers */

static size_t avail_at(unsigned size)
{
    return size * sizeof(struct pith_desc);
}

static size_t used_at(unsigned size)
{
    return (avail_at(size) + sizeof(struct pith_avail) + size * sizeof(pith_u16) + 3) & ~(size_t)3;
}

size_t vm_shadow_bytes(unsigned size)
{
    size_t end = used_at(size) + sizeof(struct pith_used) + size * sizeof(struct pith_used_elem);
    return (end + 15) & ~(size_t)15;
}

void vm_shadow_init(struct vm_shadow *s, unsigned size, void *ring, uint64_t va,
                    struct pith_queue *queue)
{
    char *base = ring;
    s->desc = ring;
    s->avail = (void *)(base + avail_at(size));
    s->used = (void *)(base + used_at(size));
    s->size = (uint16_t)size;
    *queue = (struct pith_queue){
        .desc = va, .avail = va + avail_at(size), .used = va + used_at(size), .size = size};
}

static int broken(struct vm_shadow *s, const char *rule)
{
    s->broken = rule;
    return -1;
}

int vm_shadow_new(struct vm_shadow *s, uint16_t *head)
{
    uint16_t idx = __atomic_load_n(&s->avail->idx, __ATOMIC_ACQUIRE);
    uint16_t n = (uint16_t)(idx - s->seen);
    /* 2.7.6.1: the available index never goes back, and never runs ahead of the ring. */
    if (n > s->size)
        return broken(s, "its available index jumped");
    if (n)
        *head = __atomic_load_n(&s->avail->ring[s->seen & (s->size - 1u)], __ATOMIC_RELAXED);
    return n;
}

/* One table, the ring's or a copy of an indirect one. */
static int walk(struct vm_shadow *s, const struct pith_desc *table, unsigned size, uint16_t at,
                struct vm_piece *piece, unsigned most, struct pith_desc *indirect)
{
    uint64_t bytes = 0;
    for (unsigned n = 0;; n++) {
        if (at >= size)
            return broken(s, "a descriptor index lies outside the table");
        /* 2.7.5.3.1 and 2.7.5.2: no chain is longer than its queue, none has a loop. */
        if (n == most || n == s->size)
            return broken(s, "a chain is too long");
        volatile const struct pith_desc *d = &table[at];
        struct vm_piece p = {d->addr, d->len, d->flags & WRITE};
        uint16_t flags = d->flags;
        /* 2.7.5.3.1: INDIRECT only where offered, alone in its chain, without NEXT. */
        if (flags & ~(indirect ? 7u : 3u))
            return broken(s, "a descriptor has flags that were not offered");
        if (indirect && flags & INDIRECT) {
            if (flags & NEXT || n)
                return broken(s, "an indirect table is not alone in its chain");
            *indirect = (struct pith_desc){p.addr, p.len, INDIRECT, 0};
            return 0;
        }
        p.write = flags & WRITE;
        piece[n] = p;
        bytes += p.len;
        if (bytes > UINT32_MAX)
            return broken(s, "a chain is longer than 4 GiB");
        if (!(flags & NEXT))
            return (int)n + 1;
        at = d->next;
    }
}

int vm_shadow_chain(struct vm_shadow *s, uint16_t head, struct vm_piece *piece, unsigned most)
{
    struct pith_desc indirect = {0};
    int n = walk(s, s->desc, s->size, head, piece, most, s->indirect ? &indirect : NULL);
    if (n < 0 || !(indirect.flags & INDIRECT))
        return n;
    static struct pith_desc table[VM_VQ_SIZE];
    unsigned size = indirect.len / sizeof *table;
    if (indirect.len % sizeof *table || size == 0 || size > s->size || size > VM_VQ_SIZE)
        return broken(s, "an indirect table has no possible length");
    if (vm_copy_in(table, indirect.addr, indirect.len))
        return broken(s, "an indirect table lies in memory it cannot read");
    return walk(s, table, size, 0, piece, most, NULL);
}

unsigned vm_shadow_cut(struct vm_seg *seg, unsigned n, unsigned most, uint64_t addr, uint32_t len,
                       bool write)
{
    while (len) {
        uint64_t phys;
        size_t got = vm_span(addr, len, write, &phys);
        if (got == 0)
            return 0;
        struct vm_seg *last = n ? &seg[n - 1] : NULL;
        if (last && last->write == write && last->phys + last->len == phys &&
            (uint64_t)last->len + got <= UINT32_MAX) {
            last->len += (uint32_t)got;
        } else if (n == most) {
            return 0;
        } else {
            seg[n++] = (struct vm_seg){phys, (uint32_t)got, write};
        }
        addr += got;
        len -= (uint32_t)got;
    }
    return n;
}

/* The pieces of the chain at head, physical; 0: it is broken. */
static unsigned decode(struct vm_shadow *s, uint16_t head, struct vm_seg *seg)
{
    static SCRATCH struct vm_piece piece[VM_VQ_SIZE];
    int count = vm_shadow_chain(s, head, piece, VM_VQ_SIZE);
    unsigned n = 0;
    bool writes = false;
    for (int i = 0; i < count; i++) {
        if (writes && !piece[i].write) {
            broken(s, "what is read stands behind what is written");
            return 0;
        }
        writes = piece[i].write;
        unsigned more =
            vm_shadow_cut(seg, n, VM_VQ_SEGS, piece[i].addr, piece[i].len, piece[i].write);
        if (!more && piece[i].len) {
            broken(s, "a request lies in memory it cannot use, or in too many pieces");
            return 0;
        }
        n = more ? more : n;
    }
    if (count >= 0 && !n)
        broken(s, "a chain is empty");
    return n;
}

/* Copies what the device reads into the buffer, and remembers where what it writes belongs. The
 * pieces become two; false: not possible now (or ever: *never). */
static bool bounce(struct vm_shadow *s, struct vm_seg *seg, unsigned *n, bool *never)
{
    uint64_t in = 0, out = 0;
    for (unsigned i = 0; i < *n; i++)
        *(seg[i].write ? &out : &in) += seg[i].len;
    *never = !s->bounce || in + out > BOUNCE_PAGES * PITH_PAGE;
    if (*never || s->bounced.n)
        return false;
    if (!s->bounced.at) {
        uint64_t phys;
        uint8_t *at = vm_vq_pages(BOUNCE_PAGES, &s->bounced.phys);
        s->bounced.seg = at ? vm_vq_pages(2, &phys) : NULL;
        *never = !s->bounced.seg;
        if (*never)
            return false;
        s->bounced.at = at;
    }
    uint8_t *to = s->bounced.at;
    for (unsigned i = 0; i < *n; i++) {
        s->bounced.seg[i] = seg[i];
        if (!seg[i].write) {
            vm_copy(to, vm_at(seg[i].phys), seg[i].len);
            to += seg[i].len;
        }
    }
    s->bounced.n = (uint16_t)*n;
    s->bounced.readable = (uint32_t)in;
    *n = 0;
    if (in)
        seg[(*n)++] = (struct vm_seg){s->bounced.phys, (uint32_t)in, false};
    if (out)
        seg[(*n)++] = (struct vm_seg){s->bounced.phys + in, (uint32_t)out, true};
    return true;
}

static void bounce_back(struct vm_shadow *s, uint32_t len)
{
    const uint8_t *from = s->bounced.at + s->bounced.readable;
    for (unsigned i = 0; i < s->bounced.n && len; i++) {
        const struct vm_seg *seg = &s->bounced.seg[i];
        if (!seg->write)
            continue;
        uint32_t part = seg->len < len ? seg->len : len;
        vm_copy(vm_at(seg->phys), from, part);
        from += part;
        len -= part;
    }
    s->bounced.n = 0;
}

#define BOUNCED 0x10000u /* in a token, beside the head */

int vm_shadow_push(struct vm_shadow *s)
{
    static SCRATCH struct vm_seg seg[VM_VQ_SEGS];
    uint16_t head;
    int any = 0;
    for (int left; (left = vm_shadow_new(s, &head)) != 0; any = 1) {
        if (left < 0)
            return -1;
        if (!s->vq.nfree)
            break;
        unsigned n = decode(s, head, seg);
        if (!n)
            return -1;
        uint32_t token = head;
        if (!vm_vq_fits(&s->vq, n)) {
            bool never;
            if (!bounce(s, seg, &n, &never)) {
                if (never)
                    return broken(s, "a request has more pieces than the device takes");
                break;
            }
            token |= BOUNCED;
        }
        if (vm_vq_add(&s->vq, seg, n, token)) {
            if (token & BOUNCED)
                s->bounced.n = 0;
            break;
        }
        s->seen++;
    }
    return any;
}

void vm_shadow_done(struct vm_shadow *s, uint16_t head, uint32_t len)
{
    volatile struct pith_used_elem *e = &s->used->ring[s->done & (s->size - 1u)];
    e->id = head;
    e->len = len;
    s->done++;
}

void vm_shadow_show(struct vm_shadow *s)
{
    __atomic_store_n(&s->used->idx, s->done, __ATOMIC_RELEASE);
}

int vm_shadow_pull(struct vm_shadow *s)
{
    uint32_t token, len;
    int got, any = 0;
    while ((got = vm_vq_get(&s->vq, &token, &len)) > 0) {
        if (token & BOUNCED)
            bounce_back(s, len);
        vm_shadow_done(s, (uint16_t)token, len);
        any = 1;
    }
    if (any)
        vm_shadow_show(s);
    return got < 0 ? -1 : any;
}

bool vm_shadow_wanted(const struct vm_shadow *s)
{
    return !(__atomic_load_n(&s->avail->flags, __ATOMIC_RELAXED) & 1u);
}

bool vm_shadow_more(const struct vm_shadow *s)
{
    return __atomic_load_n(&s->avail->idx, __ATOMIC_ACQUIRE) != s->seen;
}
