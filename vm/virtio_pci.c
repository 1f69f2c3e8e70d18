/* virtio-pci, modern (VIRTIO 1.2, 4.1): structures found by capabilities, interrupts by MSI-X. A
 * device that only has the legacy interface is refused. */
#include "devices.h"
#include "pci.h"

#define VENDOR 0x1af4u
#define FIRST_TRANSITIONAL 0x1000u
#define FIRST_MODERN 0x1040u
#define LAST 0x107fu

#define CAP_VENDOR 9u
enum { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_DEVICE = 4 };

/* 4.1.4.3 */
enum {
    OFFERED_SEL = 0x00,
    OFFERED = 0x04,
    ACCEPTED_SEL = 0x08,
    ACCEPTED = 0x0c,
    CONFIG_VECTOR = 0x10,
    STATUS = 0x14,
    GENERATION = 0x15,
    QUEUE_SEL = 0x16,
    QUEUE_SIZE = 0x18,
    QUEUE_VECTOR = 0x1a,
    QUEUE_ENABLE = 0x1c,
    QUEUE_NOTIFY_OFF = 0x1e,
    QUEUE_DESC = 0x20,
    QUEUE_DRIVER = 0x28,
    QUEUE_DEVICE = 0x30,
    COMMON_SIZE = 0x38,
};
#define NO_VECTOR 0xffffu

static volatile uint32_t *reg32(struct vm_virtio *v, unsigned at)
{
    return (volatile uint32_t *)(volatile void *)(v->common + at);
}

static volatile uint16_t *reg16(struct vm_virtio *v, unsigned at)
{
    return (volatile uint16_t *)(volatile void *)(v->common + at);
}

static uint32_t get_status(struct vm_virtio *v)
{
    return v->common[STATUS];
}

static void set_status(struct vm_virtio *v, uint32_t status)
{
    v->common[STATUS] = (uint8_t)status;
}

static uint32_t offered(struct vm_virtio *v, unsigned word)
{
    *reg32(v, OFFERED_SEL) = word;
    return *reg32(v, OFFERED);
}

static void accept(struct vm_virtio *v, unsigned word, uint32_t bits)
{
    *reg32(v, ACCEPTED_SEL) = word;
    *reg32(v, ACCEPTED) = bits;
}

static unsigned queue_max(struct vm_virtio *v, unsigned queue)
{
    if (queue >= sizeof v->notify_off / sizeof *v->notify_off)
        return 0;
    *reg16(v, QUEUE_SEL) = (uint16_t)queue;
    return *reg16(v, QUEUE_SIZE);
}

static void set64(struct vm_virtio *v, unsigned at, uint64_t value)
{
    *reg32(v, at) = (uint32_t)value;
    *reg32(v, at + 4) = (uint32_t)(value >> 32);
}

static bool queue_set(struct vm_virtio *v, unsigned queue, const struct vm_vq *vq)
{
    *reg16(v, QUEUE_SIZE) = vq->size;
    *reg16(v, QUEUE_VECTOR) = 0;
    /* 4.1.5.1.3: a device short of vectors answers with none. */
    if (*reg16(v, QUEUE_VECTOR) != 0)
        return false;
    v->notify_off[queue] = *reg16(v, QUEUE_NOTIFY_OFF);
    set64(v, QUEUE_DESC, vq->phys);
    set64(v, QUEUE_DRIVER, vq->phys + vm_vq_avail(vq->size));
    set64(v, QUEUE_DEVICE, vq->phys + vm_vq_used(vq->size));
    *reg16(v, QUEUE_ENABLE) = 1;
    /* 4.1.4.4: where its doorbell lies must be inside the structure. */
    return (uint64_t)v->notify_off[queue] * v->multiplier + 2 <= v->notify_len;
}

static void notify(struct vm_virtio *v, unsigned queue)
{
    *(volatile uint16_t *)(volatile void *)(v->notify_at + (uint64_t)v->notify_off[queue] *
                                                               v->multiplier) = (uint16_t)queue;
}

static uint32_t config(struct vm_virtio *v, unsigned at, unsigned width)
{
    volatile uint8_t *p = v->device + at;
    if (!v->device || at > v->device_len || width > v->device_len - at)
        return 0;
    return width == 1   ? *p
           : width == 2 ? *(volatile uint16_t *)(volatile void *)p
                        : *(volatile uint32_t *)(volatile void *)p;
}

static uint32_t generation(struct vm_virtio *v)
{
    return v->common[GENERATION];
}

static const struct vm_transport pci = {"virtio-pci", get_status, set_status, offered,
                                        accept,       queue_max,  queue_set,  notify,
                                        config,       generation, NULL};

/* 4.1.4: the first structure of each type that can be used. */
static void structures(uint32_t fn, struct vm_virtio *v)
{
    for (unsigned at = 0; (at = vm_pci_capability(fn, CAP_VENDOR, at)) != 0;) {
        unsigned type = vm_pci_read8(fn, at + 3), bar = vm_pci_read8(fn, at + 4);
        uint32_t offset = vm_pci_read(fn, at + 8), len = vm_pci_read(fn, at + 12);
        if (bar > 5)
            continue; /* 4.1.4.1: reserved values are to be ignored */
        if (type == CAP_COMMON && !v->common && len >= COMMON_SIZE) {
            v->common = vm_pci_map(fn, bar, offset, len);
        } else if (type == CAP_NOTIFY && !v->notify_at) {
            v->notify_at = vm_pci_map(fn, bar, offset, len);
            v->notify_len = len;
            v->multiplier = vm_pci_read(fn, at + 16);
        } else if (type == CAP_DEVICE && !v->device) {
            v->device = vm_pci_map(fn, bar, offset, len);
            v->device_len = len;
        }
    }
}

static void each(uint32_t fn, uint32_t id)
{
    /* The types of transitional devices, 4.1.2.1, by the last digit of their id. */
    static const uint8_t old[] = {1, 2, 5, 3, 8, 4, 0, 0, 0, 9};
    uint32_t device = id >> 16;
    if ((id & 0xffff) != VENDOR || device < FIRST_TRANSITIONAL || device > LAST)
        return;
    uint32_t type = device >= FIRST_MODERN                     ? device - FIRST_MODERN
                    : device - FIRST_TRANSITIONAL < sizeof old ? old[device - FIRST_TRANSITIONAL]
                                                               : 0;
    if (!type || !vm_virtio_wanted(type))
        return;
    struct vm_virtio *v = vm_virtio_found();
    v->t = &pci;
    v->type = type;
    v->where = fn >> 8;
    structures(fn, v);
    if (!v->common || !v->notify_at)
        vm_stop("the virtio-pci device at %x is a legacy one; a modern one is needed (QEMU: "
                "disable-legacy=on)",
                v->where);
    if (!vm_pci_msix(fn))
        vm_stop("the virtio-pci device at %x has no MSI-X", v->where);
}

void vm_pci_probe(void)
{
    vm_pci_scan(each);
}
