/* Volumes (VIRTIO 1.2, 5.11): the image's rings are the device's. A request of 1 MiB whose pages
 * are no neighbours is longer than the queues of some devices; it goes through a buffer then. */
#include "devices.h"

#define VOLUMES 24u
static const struct vm_device *volumes[VOLUMES];
static unsigned nvolumes;

const struct vm_device *vm_fs_device(const char *tag, size_t len)
{
    for (unsigned i = 0; i < nvolumes; i++) {
        const struct pith_fs_config *c = volumes[i]->config;
        if (len <= sizeof c->tag && memcmp(c->tag, tag, len) == 0 &&
            (len == sizeof c->tag || c->tag[len] == 0))
            return volumes[i];
    }
    return NULL;
}

void vm_fs_add(struct vm_virtio *v)
{
    static const u16 most[] = {PITH_FS_QUEUE_SIZE, PITH_FS_QUEUE_SIZE};
    u64 phys;
    if (!vm_wants(PITH_DEV_FS))
        return;
    if (nvolumes == VOLUMES)
        vm_stop("there are more than %u volumes", VOLUMES);
    vm_virtio_start(v, VM_F_INDIRECT_DESC);
    struct pith_fs_config *c = vm_ring_memory(sizeof *c, &phys);
    vm_virtio_config(v, 0, c, sizeof c->tag + sizeof c->num_request_queues);
    struct vm_device d = {.nqueues = PITH_FS_QUEUES, .config = c, .config_len = sizeof *c};
    volumes[nvolumes++] = vm_shadowed_add(v, &d, most);
    d.shadow[PITH_FS_REQUEST].bounce = true;
}
