/* Disks: the driver of virtio-blk devices (VIRTIO 1.2, 5.2).
 *
 * A disk is addressed in bytes, by multiples of 512. What is begun is in flight, up to as many
 * requests as the ring takes, until disk_wait; their memory must be committed and stay till then.
 * A write that was answered survives the end of the guest; after disk_flush it survives that of the
 * host. Nothing here sleeps: no other thread of the guest runs while a request is waited for, so
 * whoever calls needs no locks, and a page fault may call as well.
 *
 * The driver does not believe its device: sizes are taken once, a request that was answered in any
 * way but fully is an error, and so is one that nobody made.
 */
#ifndef PITH_DEV_VIRTIO_BLK_H
#define PITH_DEV_VIRTIO_BLK_H

#include "dev/vq.h"

#define DISK_SECTOR 512ul

struct disk;

/* The disk with this number, counted in the order of the boot information; 0 if there is none, or
 * none that can be used. */
struct disk *disk_get(unsigned number);
/* The disk of a device of the boot information, or 0. */
struct disk *disk_of(const struct pith_device *d);
unsigned disk_number(const struct disk *d);
u64 disk_size(const struct disk *d); /* bytes */
bool disk_read_only(const struct disk *d);
/* A file system is on it and may change: nobody else writes to it. */
void disk_claim(struct disk *d);
bool disk_claimed(const struct disk *d);

/* Begins to read (write: to write) the pieces, one behind another, from byte `at` on. At most
 * DISK_PIECES; split into several requests where they are large. What goes wrong, disk_wait says.
 */
#define DISK_PIECES 32u
void disk_begin(struct disk *d, bool write, u64 at, const struct vq_piece *pieces, unsigned n);
/* Waits for all that was begun. 0, or if something of it failed -EIO; -ENOSPC: the host is full. */
int disk_wait(struct disk *d);
/* The two together, for one buffer. */
int disk_io(struct disk *d, bool write, u64 at, void *buf, size_t len);
/* What was written before is on the medium. 0 or as disk_wait. */
int disk_flush(struct disk *d);
/* The range holds nothing of value any more; with `zero` it reads as zeros then. -EOPNOTSUPP: the
 * device cannot. */
int disk_clear(struct disk *d, u64 at, u64 len, bool zero);

/* Of os/dev alone: the file operations of /dev/vdX. */
extern const struct file_ops disk_file_ops;

#endif
