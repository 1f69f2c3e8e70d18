/* The monitor as the first process of a container (docs/containers.md): what it takes over as the
 * container's root, and how it becomes the user the program runs as.
 *
 *     mon_container_start     before anything else: limits of the process
 *     mon_container_claim     before the interfaces are taken: one unikernel a network namespace
 *     mon_container_become    after everything that needs root, before the jail
 *     mon_container_starve    the guest ended because its memory is used up
 */
#ifndef MON_CONTAINER_H
#define MON_CONTAINER_H

#include "run.h"

void mon_container_start(struct mon *m);
int mon_container_claim(struct host_error *err);
int mon_container_become(const struct mon_container *c, struct host_error *err);
/* Uses memory until the container's limit acts, so that whoever watches the container sees why it
 * ended; returns if nothing happened. */
void mon_container_starve(const struct mon *m);

/* The container's limit may change while it runs (`docker update --memory`): the file that tells
 * it, opened before the jail, -1: not found. And, when the guest's memory is used up: is the limit
 * larger now? Then m->ram_bytes is, too. A smaller one is the kernel's business alone. */
void mon_container_limit_open(struct mon *m);
int mon_container_limit_fd(void);
bool mon_container_more(struct mon *m);
/* The limit as far as it is known, 0: none. */
uint64_t mon_container_limit(const struct mon *m);

/* Guest memory in a container with this limit (0: none), 0 if that leaves nothing. */
uint64_t mon_container_memory(uint64_t limit);

#endif
