/* See dev/vq.h. */
#include "dev/vq.h"

#include "base/host.h"

void vq_init(struct vq *vq, const struct pith_queue *q, void **token)
{
    vq->desc = (struct pith_desc *)q->desc;
    vq->avail = (struct pith_avail *)q->avail;
    vq->used = (struct pith_used *)q->used;
    vq->token = token;
    vq->size = (u16)q->size;
    vq->nfree = vq->size;
    vq->free = 0;
    vq->seen = 0;
    for (u16 i = 0; i < vq->size; i++)
        vq->desc[i].next = (u16)(i + 1);
}

void vq_offer(struct vq *vq, u16 head, void *token)
{
    vq->token[head] = token;
    u16 idx = vq->avail->idx;
    vq->avail->ring[idx % vq->size] = head;
    __atomic_store_n(&vq->avail->idx, (u16)(idx + 1), __ATOMIC_RELEASE);
}

int vq_add(struct vq *vq, const struct vq_piece *pieces, unsigned n, void *token)
{
    if (n > vq->nfree)
        return -ENOSPC;
    u16 head = vq->free, at = head;
    for (unsigned i = 0; i < n; i++) {
        struct pith_desc *d = &vq->desc[at];
        d->addr = (u64)pieces[i].addr;
        d->len = pieces[i].len;
        d->flags = (u16)((pieces[i].device_writes ? VQ_WRITE : 0) | (i + 1 < n ? VQ_NEXT : 0));
        at = d->next;
    }
    vq->free = at;
    vq->nfree = (u16)(vq->nfree - n);
    vq_offer(vq, head, token);
    return 0;
}

void *vq_get(struct vq *vq, u32 *len)
{
    for (;;) {
        if (__atomic_load_n(&vq->used->idx, __ATOMIC_ACQUIRE) == vq->seen)
            return NULL;
        const struct pith_used_elem *e = &vq->used->ring[vq->seen++ % vq->size];
        *len = e->len;
        u32 head = e->id;
        /* What was not offered cannot come back. */
        void *token = head < vq->size ? vq->token[head] : NULL;
        if (unlikely(!token))
            continue;
        vq->token[head] = NULL;
        u16 last = (u16)head, n = 1;
        for (; vq->desc[last].flags & VQ_NEXT; n++) {
            last = vq->desc[last].next;
            ASSERT(last < vq->size && n < vq->size);
        }
        vq->desc[last].next = vq->free;
        vq->free = (u16)head;
        vq->nfree = (u16)(vq->nfree + n);
        return token;
    }
}

const struct pith_device *dev_find(u32 type)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices;
    for (u32 i = 0; i < host_boot->ndevices; i++)
        if (d[i].type == type)
            return &d[i];
    return NULL;
}
