/* See virtio_blk.h. */
#include "dev/virtio_blk.h"

#include <linux/virtio_blk.h>

#include "base/host.h"
#include "mem/alloc.h"
#include "sched/sched.h"

#define DISKS 8u
#define REQUESTS 16u /* in flight for one disk */

struct request {
    struct disk *disk;
    struct virtio_blk_outhdr h;
    struct virtio_blk_discard_write_zeroes range;
    u32 bytes; /* that the device is to write, the status with it */
    u8 status;
    bool busy;
};
struct disk {
    struct vq vq;
    unsigned number, flying;
    int error;
    u64 sectors, features;
    u32 segment, segments; /* largest piece, most pieces of a request */
    u32 discard_most, zero_most;
    bool claimed;
    struct request request[REQUESTS];
};

static struct disk *disks[DISKS];
static bool known;

/* The image's note that it drives such devices (pith/note.h). */
__asm__(".pushsection .note.pith, \"aR\", @note\n"
        ".balign 4\n"
        ".long 5, 4, 2\n"
        ".asciz \"pith\"\n"
        ".balign 4\n"
        ".long 2\n"
        ".popsection");

static void take(struct disk *d)
{
    struct request *r;
    u32 len;
    while ((r = vq_get(&d->vq, &len))) {
        /* A failed read need not have filled what it was to fill. */
        if (r->status != VIRTIO_BLK_S_OK || len != r->bytes)
            d->error = r->status == VIRTIO_BLK_S_UNSUPP ? -EOPNOTSUPP
                       : r->status == PITH_BLK_S_NOSPC  ? -ENOSPC
                                                        : -EIO;
        r->busy = false;
        d->flying--;
    }
}

static void take_in(void)
{
    for (unsigned i = 0; i < DISKS && disks[i]; i++)
        take(disks[i]);
}
SET_ENTRY(poll, virtio_blk, *take_in);

/* Lets the host look at the ring; what else came is taken in later. */
static void look(struct disk *d, nsec_t deadline)
{
    sched_untaken |= host_call(PITH_HC_WAIT, (long)deadline, 0, 0, 0);
    take(d);
}

static struct disk *open(const struct pith_device *device, unsigned number)
{
    const struct virtio_blk_config *c = (const struct virtio_blk_config *)device->config;
    const struct pith_queue *q = (const struct pith_queue *)device->queues;
    if (device->nqueues < 1 || q->size < 4 || q->size > 1024 || q->size & (q->size - 1) ||
        device->config_len < offsetof(struct virtio_blk_config, seg_max) + sizeof(c->seg_max))
        return 0;
    struct disk *d = mem_alloc(sizeof(*d));
    void **token = mem_alloc(q->size * sizeof(*token));
    if (!d || !token) {
        mem_free(d);
        mem_free(token);
        return 0;
    }
    vq_init(&d->vq, q, token);
    d->number = number;
    d->features = device->features;
    d->sectors = MIN(c->capacity, (u64)INT64_MAX / DISK_SECTOR);
    d->segment = d->features >> VIRTIO_BLK_F_SIZE_MAX & 1 ? c->size_max : 128u << 10;
    d->segment = (u32)ROUND_DOWN(MIN(d->segment, 128u << 10), DISK_SECTOR);
    d->segments = d->features >> VIRTIO_BLK_F_SEG_MAX & 1 ? c->seg_max : 1;
    d->segments = MIN(MIN(d->segments, q->size - 2), DISK_PIECES * 2);
    if (device->config_len >= offsetof(struct virtio_blk_config, write_zeroes_may_unmap)) {
        d->discard_most = d->features >> VIRTIO_BLK_F_DISCARD & 1 ? c->max_discard_sectors : 0;
        d->zero_most =
            d->features >> VIRTIO_BLK_F_WRITE_ZEROES & 1 ? c->max_write_zeroes_sectors : 0;
    }
    for (unsigned i = 0; i < REQUESTS; i++)
        d->request[i].disk = d;
    return d->segment && d->segments ? d : 0;
}

static void find_all(void)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices;
    unsigned n = 0;
    known = true;
    for (u32 i = 0; i < host_boot->ndevices && n < DISKS; i++)
        if (d[i].type == PITH_DEV_BLK && !(disks[n] = open(&d[i], n)))
            return;
        else if (d[i].type == PITH_DEV_BLK)
            n++;
}

struct disk *disk_get(unsigned number)
{
    if (!known)
        find_all();
    return number < DISKS ? disks[number] : 0;
}

struct disk *disk_of(const struct pith_device *device)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices;
    unsigned n = 0;
    for (; d < device; d++)
        n += d->type == PITH_DEV_BLK;
    return device->type == PITH_DEV_BLK ? disk_get(n) : 0;
}

unsigned disk_number(const struct disk *d)
{
    return d->number;
}

u64 disk_size(const struct disk *d)
{
    return d->sectors * DISK_SECTOR;
}

bool disk_read_only(const struct disk *d)
{
    return d->features >> VIRTIO_BLK_F_RO & 1;
}

void disk_claim(struct disk *d)
{
    d->claimed = true;
}

bool disk_claimed(const struct disk *d)
{
    return d->claimed;
}

static struct request *new_request(struct disk *d, u32 type, u64 sector)
{
    for (;;) {
        for (unsigned i = 0; i < REQUESTS; i++) {
            struct request *r = &d->request[i];
            if (r->busy)
                continue;
            r->busy = true;
            r->h = (struct virtio_blk_outhdr){.type = type, .sector = sector};
            r->status = 0xff;
            r->bytes = 1;
            d->flying++;
            return r;
        }
        look(d, NEVER);
    }
}

/* p[0] and p[n + 1] are left for header and status. */
static void submit(struct disk *d, struct request *r, struct vq_piece *p, unsigned n)
{
    p[0] = (struct vq_piece){&r->h, sizeof(r->h), false};
    p[n + 1] = (struct vq_piece){&r->status, 1, true};
    while (vq_add(&d->vq, p, n + 2, r) < 0)
        look(d, d->flying > 1 ? NEVER : 0);
}

void disk_begin(struct disk *d, bool write, u64 at, const struct vq_piece *pieces, unsigned n)
{
    struct vq_piece p[DISK_PIECES + 2];
    unsigned most = MIN(d->segments, DISK_PIECES), i = 0;
    u32 skip = 0;
    while (i < n) {
        unsigned k = 0;
        u64 bytes = 0;
        for (; k < most && i < n; k++) {
            u32 len = MIN(pieces[i].len - skip, d->segment);
            p[k + 1] = (struct vq_piece){(const char *)pieces[i].addr + skip, len, !write};
            bytes += len;
            skip += len;
            if (skip == pieces[i].len) {
                i++;
                skip = 0;
            }
        }
        if (at % DISK_SECTOR || bytes % DISK_SECTOR || at > disk_size(d) ||
            bytes > disk_size(d) - at || (write && disk_read_only(d))) {
            d->error = -EIO;
            return;
        }
        struct request *r =
            new_request(d, write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, at / DISK_SECTOR);
        r->bytes += write ? 0 : (u32)bytes;
        submit(d, r, p, k);
        at += bytes;
    }
}

int disk_wait(struct disk *d)
{
    if (d->flying)
        look(d, 0);
    while (d->flying)
        look(d, NEVER);
    int error = d->error;
    d->error = 0;
    return error;
}

int disk_io(struct disk *d, bool write, u64 at, void *buf, size_t len)
{
    int error = 0;
    while (len && !error) {
        u32 some = (u32)MIN(len, 1ul << 30);
        const struct vq_piece p = {buf, some, !write};
        disk_begin(d, write, at, &p, 1);
        error = disk_wait(d);
        buf = (char *)buf + some;
        at += some;
        len -= some;
    }
    return error;
}

int disk_flush(struct disk *d)
{
    struct vq_piece p[2];
    int error = disk_wait(d);
    if (error || !(d->features >> VIRTIO_BLK_F_FLUSH & 1) || disk_read_only(d))
        return error;
    submit(d, new_request(d, VIRTIO_BLK_T_FLUSH, 0), p, 0);
    return disk_wait(d);
}

int disk_clear(struct disk *d, u64 at, u64 len, bool zero)
{
    struct vq_piece p[3];
    u64 sector = at / DISK_SECTOR, left = len / DISK_SECTOR;
    u32 most = zero ? d->zero_most : d->discard_most;
    int error = disk_wait(d);
    if (at % DISK_SECTOR || len % DISK_SECTOR || sector > d->sectors || left > d->sectors - sector)
        return -EINVAL;
    if (!most)
        return -EOPNOTSUPP;
    while (left && !error) {
        u32 some = (u32)MIN(left, most);
        struct request *r =
            new_request(d, zero ? VIRTIO_BLK_T_WRITE_ZEROES : VIRTIO_BLK_T_DISCARD, 0);
        r->range = (struct virtio_blk_discard_write_zeroes){
            .sector = sector,
            .num_sectors = some,
            .flags = zero ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0};
        p[1] = (struct vq_piece){&r->range, sizeof(r->range), false};
        submit(d, r, p, 1);
        error = disk_wait(d);
        sector += some;
        left -= some;
    }
    return error;
}
