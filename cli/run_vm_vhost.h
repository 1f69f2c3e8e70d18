/* A volume's device for another hypervisor: the back end of vhost-user (QEMU's docs/interop/
 * vhost-user.rst), with the monitor's own file server (monitor/fs.h) behind it. The hypervisor
 * keeps the device's registers and shares the guest's memory and the places of the rings; requests
 * come from the rings straight to this process.
 *
 *   run_vm_vhost.c   messages of the hypervisor
 *   run_vm_ring.c    the guest's memory, and requests on the rings
 *
 * Rings and buffers are the guest's and hostile: an address is used only through the table of
 * memory, lengths are checked, an entry is read once, loops are bounded by the ring. The hypervisor
 * is trusted as far as it can be: what it says is checked, for the guest may have broken it.
 */
#ifndef PITH_CLI_RUN_VM_VHOST_H
#define PITH_CLI_RUN_VM_VHOST_H

#include <pith/abi.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/fs.h"

/* Regions of memory in one message (VHOST_MEMORY_BASELINE_NREGIONS). */
#define VHOST_REGIONS 8u
/* Longest ring: room for a request of 1 MiB whose pages lie anywhere. */
#define VHOST_RING_MAX 1024u

struct vhost_region {
    uint64_t guest, size, user; /* physical address, bytes, address in the hypervisor */
    uint8_t *host;
};

struct vhost_queue {
    unsigned size;
    uint64_t desc_at, avail_at, used_at; /* addresses in the hypervisor */
    const volatile struct pith_desc *desc;
    struct pith_avail *avail;
    struct pith_used *used;
    uint16_t seen, done; /* entries taken and given back so far */
    int kick, call;      /* eventfds; kick -1: the queue stands still */
};

struct vhost {
    int link; /* to the hypervisor, -1 once it has gone */
    struct fs *fs;
    struct vhost_region region[VHOST_REGIONS];
    unsigned nregions;
    struct vhost_queue queue[PITH_FS_QUEUES];
    const char *broken; /* which rule the guest has broken, as half a sentence */
};

void vhost_open(struct vhost *v, int link, struct fs *fs);

/* Serves all of them until every hypervisor has gone (true) or a guest broke a rule (false). */
bool vhost_run(struct vhost *list, unsigned n);

/* run_vm_ring.c */
/* Finds the ring of a queue that is about to start; false if it lies in no memory. */
bool vhost_ring_find(struct vhost *v, struct vhost_queue *q);
/* Answers every request on it. False: the guest broke a rule. */
bool vhost_ring_serve(struct vhost *v, struct vhost_queue *q);

#endif
