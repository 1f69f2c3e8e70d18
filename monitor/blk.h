/* The disk behind virtio-blk (VIRTIO 1.2, 5.2): requests on one regular file or block device of the
 * host.
 *
 * Like the file server (fs.h) it knows no guest: a request is buffers in, buffers out.
 *
 *     struct virtio_blk_outhdr | data to write, or ranges      (in)
 *     data read                | one byte of status            (out)
 *
 * A write has reached the host's page cache when it is answered; FLUSH puts everything answered
 * before it on the host's disk (fdatasync). Sectors have 512 bytes; the size is the host's at the
 * start and never changes.
 */
#ifndef MON_BLK_H
#define MON_BLK_H

#include <linux/virtio_blk.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "host/error.h"

struct blk {
    int fd;
    bool read_only;
    uint64_t sectors;
    uint64_t features; /* of virtio-blk */
    struct virtio_blk_config config;
    char id[VIRTIO_BLK_ID_BYTES];
    const char *broken;
};

/* Opens the disk and locks it against other guests (one that writes, or any that read). -1 with the
 * reason. */
int blk_open(struct blk *b, const char *path, bool read_only, unsigned number,
             struct host_error *err);
/* Bytes written to `out`, at least the status. -1: it is no request (b->broken). Never waits for
 * another one. */
ssize_t blk_request(struct blk *b, const struct iovec *in, unsigned nin, const struct iovec *out,
                    unsigned nout);

/* blk_device.c: a disk for the guest; the index of its device, or -1 with the reason. */
struct mon;
int mon_blk_add(struct mon *m, const char *path, bool read_only, struct host_error *err);
/* How many disks there are, and how many may be written: for the jail. */
void mon_blk_count(int *disks, int *writable);

#endif
