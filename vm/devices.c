/* Finding the devices, and what those have in common whose rings are the image's (shadow.h). */
#include "devices.h"

#include "vm.h"

bool vm_virtio_wanted(uint32_t type)
{
    return type == PITH_DEV_CONSOLE || type == PITH_DEV_RNG || vm_wants(type);
}

static void push(struct vm_device *d)
{
    struct vm_virtio *v = d->priv;
    for (u32 q = 0; q < d->nqueues; q++) {
        struct vm_shadow *s = &d->shadow[q];
        if (vm_shadow_push(s) < 0)
            vm_broken("it broke queue %u of a device of type %u: %s", q, d->type, s->broken);
        vm_virtio_kick(v, q, &s->vq);
    }
}

static bool pull(struct vm_device *d)
{
    struct vm_virtio *v = d->priv;
    bool any = false, room = false;
    for (u32 q = 0; q < d->nqueues; q++) {
        struct vm_shadow *s = &d->shadow[q];
        int got = vm_shadow_pull(s);
        if (got < 0)
            vm_virtio_bad(v, s->vq.broken);
        room |= got && vm_shadow_more(s);
        any |= got && vm_shadow_wanted(s);
    }
    if (room) /* for what the device's ring could not hold before */
        push(d);
    return any;
}

static void arm(struct vm_device *d, bool on)
{
    for (u32 q = 0; q < d->nqueues; q++) {
        struct vm_shadow *s = &d->shadow[q];
        vm_vq_interrupts(&s->vq, on && (vm_shadow_wanted(s) || vm_shadow_more(s)));
    }
}

static void go(struct vm_device *d)
{
    vm_virtio_go(d->priv);
}

const struct vm_device *vm_shadowed_add(struct vm_virtio *v, struct vm_device *d, const u16 *most)
{
    static const struct vm_device_ops ops = {.start = go, .push = push, .pull = pull, .arm = arm};
    u64 phys;
    d->ops = &ops;
    d->type = v->type;
    d->priv = v;
    d->shadow = vm_ring_memory(d->nqueues * sizeof *d->shadow, &phys);
    for (u32 q = 0; q < d->nqueues; q++) {
        if (!vm_virtio_queue(v, q, VM_VQ_SIZE, &d->shadow[q].vq))
            vm_virtio_bad(v, "a queue is missing");
        d->queue_size[q] = most[q];
        d->shadow[q].indirect = d->features & VM_F_INDIRECT_DESC;
    }
    return vm_device_add(d);
}

void vm_devices_probe(void)
{
    const char *word;
    for (unsigned n = 0; (word = vm_option("virtio_mmio.device", n)); n++)
        vm_mmio_probe(word);
    for (unsigned n = 0; (word = vm_hint(n)); n++)
        vm_mmio_probe(word);
    vm_pci_probe();
    for (unsigned i = 0; i < vm_nvirtio; i++) {
        struct vm_virtio *v = &vm_virtio[i];
        switch (v->type) {
        case PITH_DEV_NET:
            vm_net_add(v);
            break;
        case PITH_DEV_BLK:
            vm_blk_add(v);
            break;
        case PITH_DEV_CONSOLE:
            vm_virtio_console_add(v);
            break;
        case PITH_DEV_FS:
            vm_fs_add(v);
            break;
        default: /* entropy: when it is asked for */
            break;
        }
    }
}
