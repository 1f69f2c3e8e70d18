/* Chains in tables of their own (VIRTIO 1.2, 2.7.5.3): see dev/vq.h. */
#include "dev/vq.h"

int vq_add_indirect(struct vq *vq, struct pith_desc *table, const struct vq_piece *pieces,
                    unsigned n, void *token)
{
    if (!vq->nfree)
        return -ENOSPC;
    for (unsigned i = 0; i < n; i++)
        table[i] = (struct pith_desc){
            (u64)pieces[i].addr, pieces[i].len,
            (u16)((pieces[i].device_writes ? VQ_WRITE : 0) | (i + 1 < n ? VQ_NEXT : 0)),
            (u16)(i + 1)};
    u16 head = vq->free;
    struct pith_desc *d = &vq->desc[head];
    d->addr = (u64)table;
    d->len = n * (u32)sizeof(*table);
    d->flags = VQ_INDIRECT;
    vq->free = d->next;
    vq->nfree--;
    vq_offer(vq, head, token);
    return 0;
}
