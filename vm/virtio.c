/* What is the same for both transports. See virtio.h; section numbers are VIRTIO 1.2's. */
#include "virtio.h"

#include "vm.h"

/* 2.1 */
#define ACKNOWLEDGE 1u
#define DRIVER 2u
#define DRIVER_OK 4u
#define FEATURES_OK 8u
#define FAILED 128u

/* How often a device may change its configuration while it is read, and be asked whether its reset
 * is done. */
#define TRIES 100000u

struct vm_virtio vm_virtio[VM_VIRTIO_MAX];
unsigned vm_nvirtio;

struct vm_virtio *vm_virtio_found(void)
{
    if (vm_nvirtio == VM_VIRTIO_MAX)
        vm_stop("there are more than %u virtio devices", VM_VIRTIO_MAX);
    return &vm_virtio[vm_nvirtio++];
}

void vm_virtio_bad(const struct vm_virtio *v, const char *what)
{
    v->t->set_status((struct vm_virtio *)v, FAILED);
    vm_stop("the %s device at %x (type %u): %s", v->t->name, v->where, v->type, what);
}

uint64_t vm_virtio_offered(struct vm_virtio *v)
{
    return v->t->offered(v, 0) | (uint64_t)v->t->offered(v, 1) << 32;
}

void vm_virtio_start(struct vm_virtio *v, uint64_t wanted)
{
    const struct vm_transport *t = v->t;
    t->set_status(v, 0);
    /* 4.1.4.3.2: after a reset the driver waits until it reads 0. */
    for (unsigned i = 0; t->get_status(v); i++)
        if (i == TRIES)
            vm_virtio_bad(v, "its reset does not end");
    t->set_status(v, ACKNOWLEDGE);
    t->set_status(v, ACKNOWLEDGE | DRIVER);
    uint64_t offered = vm_virtio_offered(v);
    if (!(offered & VM_F_VERSION_1))
        vm_virtio_bad(v, "it is a legacy device; it must offer VIRTIO 1");
    /* Behind an IOMMU whose address translation is not set up, plain physical addresses are right;
     * a device that offers this may refuse to work without (6.1). */
    v->features = offered & (wanted | VM_F_VERSION_1 | VM_F_ACCESS_PLATFORM);
    t->accept(v, 0, (uint32_t)v->features);
    t->accept(v, 1, (uint32_t)(v->features >> 32));
    t->set_status(v, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    if (!(t->get_status(v) & FEATURES_OK))
        vm_virtio_bad(v, "it refuses the features it offered");
    v->used = true;
}

void *vm_ring_memory(size_t bytes, uint64_t *phys)
{
    static uint8_t *at;
    static uint64_t at_phys;
    static size_t left;
    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > left) {
        unsigned pages = (unsigned)((bytes + PITH_PAGE - 1) / PITH_PAGE);
        at = vm_vq_pages(pages, &at_phys);
        if (!at)
            vm_stop("there is no memory for the rings of its devices");
        left = (size_t)pages * PITH_PAGE;
    }
    void *mem = at;
    *phys = at_phys;
    at += bytes;
    at_phys += bytes;
    left -= bytes;
    return mem;
}

bool vm_virtio_queue(struct vm_virtio *v, unsigned queue, unsigned size, struct vm_vq *vq)
{
    unsigned most = v->t->queue_max(v, queue);
    if (!most)
        return false;
    size = size < most ? size : most;
    while (size & (size - 1)) /* 2.7: a power of two */
        size &= size - 1;
    uint64_t phys;
    void *mem = vm_ring_memory(vm_vq_bytes(size), &phys);
    vm_vq_init(vq, size, mem, phys);
    vq->indirect = v->features & VM_F_INDIRECT_DESC;
    if (!v->t->queue_set(v, queue, vq))
        vm_virtio_bad(v, "it does not take a queue");
    return true;
}

void vm_virtio_go(struct vm_virtio *v)
{
    v->t->set_status(v, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

void vm_virtio_config(struct vm_virtio *v, unsigned at, void *to, unsigned len)
{
    uint8_t *out = to;
    unsigned width = (at | len) & 1 ? 1 : (at | len) & 2 ? 2 : 4;
    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t before = v->t->generation(v);
        for (unsigned k = 0; k < len; k += width) {
            uint32_t value = v->t->config(v, at + k, width);
            for (unsigned b = 0; b < width; b++)
                out[k + b] = (uint8_t)(value >> 8 * b);
        }
        if (v->t->generation(v) == before)
            return;
    }
    vm_virtio_bad(v, "its configuration does not settle");
}

void vm_virtio_kick(struct vm_virtio *v, unsigned queue, struct vm_vq *vq)
{
    if (vm_vq_publish(vq))
        v->t->notify(v, queue);
}

void vm_virtio_interrupt(void)
{
    for (unsigned i = 0; i < vm_nvirtio; i++)
        if (vm_virtio[i].used && vm_virtio[i].t->ack)
            vm_virtio[i].t->ack(&vm_virtio[i]);
}
