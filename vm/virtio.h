/* Devices of a standard hypervisor (VIRTIO 1.2): what a transport found, and how it is set up.
 *
 *   vm_mmio_probe, vm_pci_probe      find devices; nothing is negotiated yet
 *   vm_virtio_start(v, wanted)       3.1.1 up to FEATURES_OK; v->features is what both have
 *   vm_virtio_queue(v, i, size, &vq) one queue, rings included
 *   vm_virtio_go(v)                  DRIVER_OK
 *
 * A device that is not VIRTIO 1 or refuses what it must offer ends the base with a sentence: a
 * guest without the disk that it was given must not run. Interrupts only end a sleep (vm.h).
 */
#ifndef VM_VIRTIO_H
#define VM_VIRTIO_H

#include "vq.h"

#define VM_VIRTIO_MAX 32u

#define VM_F_INDIRECT_DESC (1ull << 28)
#define VM_F_VERSION_1 (1ull << 32)
#define VM_F_ACCESS_PLATFORM (1ull << 33)

struct vm_virtio;
struct vm_transport {
    const char *name;
    uint32_t (*get_status)(struct vm_virtio *v);
    void (*set_status)(struct vm_virtio *v, uint32_t status); /* 0: reset */
    uint32_t (*offered)(struct vm_virtio *v, unsigned word);
    void (*accept)(struct vm_virtio *v, unsigned word, uint32_t bits);
    /* Selects the queue: its largest size, 0 = not there. */
    unsigned (*queue_max)(struct vm_virtio *v, unsigned queue);
    /* The selected queue gets its rings; false: the device does not take it. */
    bool (*queue_set)(struct vm_virtio *v, unsigned queue, const struct vm_vq *vq);
    void (*notify)(struct vm_virtio *v, unsigned queue);
    /* Of its configuration structure: width 1, 2 or 4, aligned. */
    uint32_t (*config)(struct vm_virtio *v, unsigned at, unsigned width);
    uint32_t (*generation)(struct vm_virtio *v);
    void (*ack)(struct vm_virtio *v); /* lowers its line; NULL: it has none */
};

struct vm_virtio {
    const struct vm_transport *t;
    uint32_t type; /* VIRTIO 1.2, 5 */
    uint64_t features;
    bool used;                                     /* somebody drives it */
    volatile uint8_t *common, *device, *notify_at; /* virtio-mmio: its registers */
    uint32_t multiplier;                           /* virtio-pci: of notify offsets */
    uint32_t device_len, notify_len;
    uint16_t notify_off[12]; /* virtio-pci: of its queues */
    uint32_t where;          /* for sentences: address, or bus/slot/function */
};

extern struct vm_virtio vm_virtio[VM_VIRTIO_MAX];
extern unsigned vm_nvirtio;

/* `virtio_mmio.device=SIZE@ADDR:IRQ` (the text behind '='); a word that is none ends the base. */
void vm_mmio_probe(const char *word);
void vm_pci_probe(void);
/* The next found device, in the order of finding; NULL: no room (the base ends). */
struct vm_virtio *vm_virtio_found(void);

/* What the device offers; asking changes nothing. */
uint64_t vm_virtio_offered(struct vm_virtio *v);
void vm_virtio_start(struct vm_virtio *v, uint64_t wanted);
/* size: the most entries wanted. False: the device has no such queue. */
bool vm_virtio_queue(struct vm_virtio *v, unsigned queue, unsigned size, struct vm_vq *vq);
void vm_virtio_go(struct vm_virtio *v);
/* len bytes of the configuration structure from `at` on, read until they are consistent (2.5.3);
 * `at` and len are multiples of 4 or the fields of that width are read one by one. */
void vm_virtio_config(struct vm_virtio *v, unsigned at, void *to, unsigned len);
/* Tells the device of new entries if it wants to be told. */
void vm_virtio_kick(struct vm_virtio *v, unsigned queue, struct vm_vq *vq);
/* From the interrupt handler: devices lower their lines. */
void vm_virtio_interrupt(void);
/* n bytes of a device of entropy; false: there is none. */
bool vm_rng_fill(void *to, size_t n);
/* A sentence about this device, and the end. */
_Noreturn void vm_virtio_bad(const struct vm_virtio *v, const char *what);

/* Memory for rings and devices: contiguous, zeroed, aligned to 16, never given back. */
void *vm_ring_memory(size_t bytes, uint64_t *phys);

#endif
