/* What `pith container` finds around itself: the container's files, interfaces, and its own name.
 * See container.c. */
#ifndef CLI_CONTAINER_H
#define CLI_CONTAINER_H

#include <stdint.h>

#include "host/error.h"
#include "monitor/mount_options.h"
#include "monitor/net_options.h"

/* File systems of the container that the guest has of its own: see container_mounts.c. */
#define CONTAINER_BARRED 8

/* The root and what is mounted in it, as volumes; `barred` gets the file systems behind /proc,
 * /sys and /dev, 0 ends them. -1 with the reason. */
int container_mounts(struct mon_mount_options *mounts, uint64_t barred[CONTAINER_BARRED + 1],
                     struct host_error *err);

/* The Ethernet interfaces of the network namespace that are up, but lo. */
int container_interfaces(struct mon_net_options *net, struct host_error *err);

/* From now on tools that list processes show this command line. Strings of argv itself must no
 * longer be used. */
void container_title(int argc, char **argv, int titles, char *const *title);

#endif
