/* The file options of `pith run`: -v, --root, --tmpfs, --read-only, parsed strictly into struct
 * mon_mount_options. */
#ifndef CLI_RUN_MOUNTS_H
#define CLI_RUN_MOUNTS_H

#include <stdbool.h>

#include "host/error.h"
#include "monitor/mount_options.h"

/* Is this one of them that takes a value? (--read-only takes none.) */
bool run_mounts_is(const char *option);
/* Takes one; keeps pointers into value, which it changes. 0, or -1 with the reason. */
int run_mounts_take(struct mon_mount_options *mounts, const char *option, char *value,
                    struct host_error *err);
/* After the last: what does not go together. */
int run_mounts_check(struct mon_mount_options *mounts, struct host_error *err);

#endif
