/* Volumes of the guest: the file server (fs.h) behind virtio-fs rings (VIRTIO 1.2, 5.11), and what
 * is mounted where.
 *
 *   fs_mount.c    which volumes there are: opens them, before the jail
 *   fs_device.c   the rings of one
 *   fs_*.c        the server itself
 */
#ifndef MON_FS_DEVICE_H
#define MON_FS_DEVICE_H

#include "device.h"
#include "fs.h"

extern const struct mon_device_ops mon_fs_ops;

/* Opens the volumes of m's options and offers their devices; fills the table of mounts. */
int mon_fs_add(struct mon *m, struct host_error *err);

/* For the jail: the trees that stay open. */
struct mon_fs_tree {
    int fd; /* O_PATH, -1 ends the list */
    bool file, writable;
};
const struct mon_fs_tree *mon_fs_trees(void);

#endif
