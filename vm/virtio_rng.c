/* Entropy (VIRTIO 1.2, 5.4): asked once, before the image runs. */
#include "devices.h"

#include "memory.h"

/* A device without entropy lets us wait: ticks of the time-stamp counter, two seconds and more. */
#define PATIENCE 16000000000ull

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
    u64 begun = vm_rdtsc();
    for (size_t at = 0; at < n; at += len) {
        struct vm_seg seg = {phys + at, (u32)(n - at), true};
        vm_vq_add(&vq, &seg, 1, 0);
        vm_virtio_kick(v, 0, &vq);
        int got;
        while (!(got = vm_vq_get(&vq, &token, &len)) && vm_rdtsc() - begun < PATIENCE)
            __asm__ volatile("pause");
        if (got < 0 || (got && !len)) /* 5.4.6.2: at least one byte */
            vm_virtio_bad(v, got < 0 ? vq.broken : "it gave nothing");
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
