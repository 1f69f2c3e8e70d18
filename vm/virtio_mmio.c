/* virtio-mmio, version 2 (VIRTIO 1.2, 4.2). Devices are named on the command line, as Linux takes
 * them: virtio_mmio.device=SIZE[K]@ADDRESS:IRQ. What a device has said by its line is acknowledged
 * by the interrupt handler, so that the line is low until there is news. */
#include "virtio.h"

#include "memory.h"
#include "vm.h"

/* 4.2.2 */
enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
    OFFERED = 0x010,
    OFFERED_SEL = 0x014,
    ACCEPTED = 0x020,
    ACCEPTED_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_MAX = 0x034,
    QUEUE_SIZE = 0x038,
    QUEUE_READY = 0x044,
    NOTIFY = 0x050,
    INTERRUPT_ACK = 0x064,
    STATUS = 0x070,
    QUEUE_DESC = 0x080,
    QUEUE_DRIVER = 0x090,
    QUEUE_DEVICE = 0x0a0,
    GENERATION = 0x0fc,
    CONFIG = 0x100,
};
#define MAGIC_VALUE 0x74726976u

static volatile uint32_t *reg(struct vm_virtio *v, unsigned at)
{
    return (volatile uint32_t *)(volatile void *)(v->common + at);
}

static uint32_t get_status(struct vm_virtio *v)
{
    return *reg(v, STATUS);
}

static void set_status(struct vm_virtio *v, uint32_t status)
{
    *reg(v, STATUS) = status;
}

static uint32_t offered(struct vm_virtio *v, unsigned word)
{
    *reg(v, OFFERED_SEL) = word;
    return *reg(v, OFFERED);
}

static void accept(struct vm_virtio *v, unsigned word, uint32_t bits)
{
    *reg(v, ACCEPTED_SEL) = word;
    *reg(v, ACCEPTED) = bits;
}

static unsigned queue_max(struct vm_virtio *v, unsigned queue)
{
    *reg(v, QUEUE_SEL) = queue;
    return *reg(v, QUEUE_READY) ? 0 : *reg(v, QUEUE_MAX);
}

static void set64(struct vm_virtio *v, unsigned at, uint64_t value)
{
    *reg(v, at) = (uint32_t)value;
    *reg(v, at + 4) = (uint32_t)(value >> 32);
}

static bool queue_set(struct vm_virtio *v, unsigned queue, const struct vm_vq *vq)
{
    (void)queue;
    *reg(v, QUEUE_SIZE) = vq->size;
    set64(v, QUEUE_DESC, vq->phys);
    set64(v, QUEUE_DRIVER, vq->phys + vm_vq_avail(vq->size));
    set64(v, QUEUE_DEVICE, vq->phys + vm_vq_used(vq->size));
    *reg(v, QUEUE_READY) = 1;
    return *reg(v, QUEUE_READY) == 1;
}

static void notify(struct vm_virtio *v, unsigned queue)
{
    *reg(v, NOTIFY) = queue;
}

static uint32_t config(struct vm_virtio *v, unsigned at, unsigned width)
{
    volatile uint8_t *p = v->common + CONFIG + at;
    return width == 1   ? *p
           : width == 2 ? *(volatile uint16_t *)(volatile void *)p
                        : *(volatile uint32_t *)(volatile void *)p;
}

static uint32_t generation(struct vm_virtio *v)
{
    return *reg(v, GENERATION);
}

static void ack(struct vm_virtio *v)
{
    *reg(v, INTERRUPT_ACK) = 3; /* used buffers, configuration changes */
}

static const struct vm_transport mmio = {"virtio-mmio", get_status, set_status, offered,
                                         accept,        queue_max,  queue_set,  notify,
                                         config,        generation, ack};

static void found(uint64_t size, uint64_t at, unsigned irq)
{
    volatile uint8_t *regs = vm_map_io(at, size);
    volatile uint32_t *r = (volatile uint32_t *)(volatile void *)regs;
    if (!regs || r[MAGIC / 4] != MAGIC_VALUE)
        vm_stop("virtio_mmio.device: there is no virtio device at %lx", at);
    /* 4.2.2.2: an empty place says 0. */
    if (r[DEVICE_ID / 4] == 0)
        return;
    if (r[VERSION / 4] != 2)
        vm_stop("the virtio-mmio device at %lx is a legacy one, version %u; version 2 is needed "
                "(QEMU: -global virtio-mmio.force-legacy=false)",
                at, r[VERSION / 4]);
    struct vm_virtio *v = vm_virtio_found();
    v->t = &mmio;
    v->type = r[DEVICE_ID / 4];
    v->common = regs;
    v->where = (uint32_t)at;
    vm_irq_route(irq);
}

void vm_mmio_probe(const char *word)
{
    const char *at = word;
    uint64_t size, addr, irq;
    bool ok = vm_number(at, &size, &at);
    if (ok && (*at | 0x20) == 'k') {
        size <<= 10;
        at++;
    }
    ok =
        ok && *at++ == '@' && vm_number(at, &addr, &at) && *at++ == ':' && vm_number(at, &irq, &at);
    /* A third number, Linux's platform device id, is nothing to us. */
    if (!ok || (*at && *at != ':') || size < 0x200 || size > 0x100000 || irq > 255)
        vm_stop("virtio_mmio.device=%s: that is not SIZE@ADDRESS:IRQ", word);
    found(size, addr, (unsigned)irq);
}
