/* Disks (VIRTIO 1.2, 5.2): the image's ring is the device's. What the image is told of the size of
 * requests leaves room for each segment to be cut at every page. */
#include "devices.h"

#define F_SIZE_MAX (1ull << 1)
#define F_SEG_MAX (1ull << 2)
#define F_RO (1ull << 5)
#define F_BLK_SIZE (1ull << 6)
#define F_FLUSH (1ull << 9)
#define F_TOPOLOGY (1ull << 10)
#define F_CONFIG_WCE (1ull << 11)
#define F_DISCARD (1ull << 13)
#define F_WRITE_ZEROES (1ull << 14)
#define USED                                                                                       \
    (F_SIZE_MAX | F_SEG_MAX | F_RO | F_BLK_SIZE | F_FLUSH | F_TOPOLOGY | F_DISCARD | F_WRITE_ZEROES)

#define CONFIG 60u /* 5.2.4, up to write_zeroes_may_unmap and its padding */
#define SIZE_MAX_AT 8u
#define SEG_MAX_AT 12u

/* A segment of 16 KiB touches 5 pages at most. */
#define SEGMENT (16u << 10)
#define CUTS 5u

#define DISKS 16u
static const struct vm_device *disks[DISKS];
static unsigned ndisks;

const struct vm_device *vm_blk_device(unsigned n)
{
    return n < ndisks ? disks[n] : NULL;
}

void vm_blk_add(struct vm_virtio *v)
{
    static const u16 most[] = {PITH_BLK_QUEUE_SIZE};
    u64 phys;
    if (!vm_wants(PITH_DEV_BLK))
        return;
    if (ndisks == DISKS)
        vm_stop("there are more than %u disks", DISKS);
    vm_virtio_start(v, USED | VM_F_INDIRECT_DESC);
    u8 *config = vm_ring_memory(64, &phys);
    vm_virtio_config(v, 0, config, 8);
    vm_virtio_config(v, 8, config + 8, CONFIG - 8);
    u32 size_max, seg_max;
    memcpy(&size_max, config + SIZE_MAX_AT, 4);
    memcpy(&seg_max, config + SEG_MAX_AT, 4);
    if (!(v->features & F_SIZE_MAX) || size_max > SEGMENT)
        size_max = SEGMENT;
    if (size_max < PITH_PAGE)
        vm_virtio_bad(v, "it takes no segment of a page");
    if (!(v->features & F_SEG_MAX) || seg_max > VM_VQ_SIZE - 2)
        seg_max = VM_VQ_SIZE - 2;
    struct vm_device d = {.nqueues = 1, .config = config, .config_len = CONFIG};
    d.features = (v->features & USED) | F_SIZE_MAX | F_SEG_MAX;
    const struct vm_device *device = vm_shadowed_add(v, &d, most);
    /* Header and status are pieces too, and a chain is no longer than its queue. */
    u32 room = d.shadow[0].vq.size > 4 ? d.shadow[0].vq.size - 4u : 1;
    seg_max = (seg_max < room ? seg_max : room) / CUTS;
    if (!seg_max) {
        seg_max = 1;
        size_max = PITH_PAGE;
    }
    memcpy(config + SIZE_MAX_AT, &size_max, 4);
    memcpy(config + SEG_MAX_AT, &seg_max, 4);
    disks[ndisks++] = device;
}
