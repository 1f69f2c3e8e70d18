/* Entropy (VIRTIO 1.2, 5.4): asked once, before the image runs. */
#include "devices.h"

#include "memory.h"

#define PATIENCE 2000000000ull /* ns; a device without entropy lets us wait */

static bool fill(struct vm_virtio *v, u8 *to, size_t n)
{
    struct vm_vq vq = {.size = 0};
    u64 phys;
    u32 token, len;
    vm_virtio_start(v, 0);
    if (!vm_virtio_queue(v, 0, 4, &vq))
        vm_virtio_bad(v, "a queue is missing");
    u8 *from = vm_ring_memory(n, &phys);
    vm_virtio_go(v);
    u64 end = vm_now() + PATIENCE;
    for (size_t at = 0; at < n; at += len) {
        struct vm_seg seg = {phys + at, (u32)(n - at), true};
        vm_vq_add(&vq, &seg, 1, 0);
        vm_virtio_kick(v, 0, &vq);
        int got;
        while (!(got = vm_vq_get(&vq, &token, &len)) && vm_now() < end)
            __asm__ volatile("pause");
        if (got < 0)
            vm_virtio_bad(v, vq.broken);
        if (!got) {
            v->t->set_status(v, 0);
            return false;
        }
    }
    /* Reset: its ring is nobody's from now on. */
    v->t->set_status(v, 0);
    memcpy(to, from, n);
    memset(from, 0, n);
    return true;
}

bool vm_rng_fill(void *to, size_t n)
{
    for (unsigned i = 0; i < vm_nvirtio; i++)
        if (vm_virtio[i].type == PITH_DEV_RNG && !vm_virtio[i].used)
            return fill(&vm_virtio[i], to, n);
    return false;
}
