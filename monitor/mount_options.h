/* What the command line says about the guest's files (docs/files.md): -v, --root, --tmpfs,
 * --disk, --read-only. cli/run_mounts.c fills one; paths inside the guest are absolute and plain
 * (no "//",
 * ".", ".." or final "/"), nothing has been tried on the host.
 */
#ifndef MON_MOUNT_OPTIONS_H
#define MON_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* All that is mounted; with console, entropy and interfaces the devices fit MON_DEVICES. */
#define MON_VOLUMES 20

enum mon_volume_kind { MON_VOLUME_TREE, MON_VOLUME_TMPFS, MON_VOLUME_DISK };

struct mon_volume {
    enum mon_volume_kind kind;
    const char *option; /* as given, for messages */
    const char *host;   /* tree: directory or file of the host; disk: file or device */
    const char *guest;  /* where; a disk may be NULL: only /dev/vdX */
    bool read_only;
    bool fixed; /* tree: it does not change while the guest runs */
    bool noexec;
    uint32_t mode; /* tmpfs: of its root */
    uint64_t size; /* tmpfs: bytes, 0 = half of guest memory */
};

struct mon_mount_options {
    unsigned n;
    struct mon_volume volumes[MON_VOLUMES];
    bool read_only; /* the root, whatever it is */
};

#endif
