/* The driver's side of a split virtqueue (VIRTIO 1.2, 2.7) on pith's own machines: rings come
 * ready-made in the boot information, the host looks at them at every PITH_HC_WAIT. */
#ifndef PITH_DEV_VQ_H
#define PITH_DEV_VQ_H

#include "base/types.h"

#define VQ_NEXT 1
#define VQ_WRITE 2
#define VQ_INDIRECT 4
#define VIRTIO_F_INDIRECT_DESC (1ull << 28)

struct vq {
    struct pith_desc *desc;
    struct pith_avail *avail;
    struct pith_used *used;
    void **token; /* of the request whose chain begins at this descriptor */
    u16 size, free, nfree, seen;
};
struct vq_piece {
    const void *addr;
    u32 len;
    bool device_writes;
};

/* A queue of the boot information; token is the caller's zeroed array of q->size entries. */
void vq_init(struct vq *vq, const struct pith_queue *q, void **token);
/* Offers a chain of at least one piece to the device; token is not 0. 0, or -ENOSPC: try after
 * vq_get gave some back. The memory is the device's until vq_get returns the token. */
int vq_add(struct vq *vq, const struct vq_piece *pieces, unsigned n, void *token);
/* The same where the device's features have VIRTIO_F_INDIRECT_DESC: the chain is in `table`, of at
 * least n entries, which is the device's as well, and takes one descriptor of the ring. */
int vq_add_indirect(struct vq *vq, struct pith_desc *table, const struct vq_piece *pieces,
                    unsigned n, void *token);
/* Of vq_add and vq_add_indirect: the chain that begins at `head` goes to the device. */
void vq_offer(struct vq *vq, u16 head, void *token);
/* The token of a finished request, or 0 if there is none; len as the device said. Entries that name
 * no request in flight are skipped. */
void *vq_get(struct vq *vq, u32 *len);

/* The boot information's device of a type, or 0. */
const struct pith_device *dev_find(u32 type);

#endif
