/* The driver's side of a device's split virtqueue (VIRTIO 1.2, 2.7): rings in physical memory, and
 * a device that may lie.
 *
 *   vm_vq_add(&vq, seg, n, token)  -> 0 queued, -1 no room until something has completed
 *   vm_vq_publish(&vq)             -> true if the device wants to be told
 *   vm_vq_get(&vq, &token, &len)   -> 1 a completed chain, 0 none, -1 the device broke a rule
 *
 * What is in flight is known from our own slots and never from the rings: an id that is not in
 * flight, or a length past what was given, ends in -1 and a sentence. A chain that does not fit the
 * free descriptors goes into a table of its own where the device takes them (2.7.5.3).
 */
#ifndef VM_VQ_H
#define VM_VQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pith/abi.h>

#define VM_VQ_SIZE 256u      /* largest queue we use */
#define VM_VQ_SEGS 320u      /* pieces of one chain: 1 MiB at odd addresses and its headers */
#define VM_VQ_TABLES 4u      /* indirect tables of one queue, made when first needed */
#define VM_VQ_TABLE_PAGES 2u /* of one: VM_VQ_SEGS entries */

struct vm_seg {
    uint64_t phys;
    uint32_t len;
    bool write; /* the device writes it */
};

struct vm_vq_slot {
    uint32_t token;
    uint32_t room;  /* bytes the device may write */
    uint16_t count; /* descriptors from here on; 0 = no chain in flight begins here */
    uint16_t next;  /* of the chain, or of the free ones */
    uint16_t table; /* 1 + the indirect table's number, 0 = none */
};

struct vm_vq {
    volatile struct pith_desc *desc;
    volatile struct pith_avail *avail;
    volatile struct pith_used *used;
    struct vm_vq_slot *slot;
    uint64_t phys; /* of desc; the others follow as vm_vq_avail and vm_vq_used say */
    uint16_t size, nfree, free, given, seen;
    uint16_t in_flight;
    bool indirect; /* the device takes indirect tables */
    struct {
        struct pith_desc *at;
        uint64_t phys;
        bool busy;
    } table[VM_VQ_TABLES];
    const char *broken; /* after -1: which rule, as half a sentence */
};

/* Bytes of rings and slots of a queue, and where the rings' parts begin. */
size_t vm_vq_avail(unsigned size);
size_t vm_vq_used(unsigned size);
size_t vm_vq_bytes(unsigned size);
/* mem: vm_vq_bytes(size) zeroed bytes aligned to 16, contiguous at physical address phys. */
void vm_vq_init(struct vm_vq *vq, unsigned size, void *mem, uint64_t phys);

/* n of 1..VM_VQ_SEGS; in the order of 2.7.4.2: what the device reads first. */
int vm_vq_add(struct vm_vq *vq, const struct vm_seg *seg, unsigned n, uint32_t token);
/* Could a chain of n ever be added? */
bool vm_vq_fits(const struct vm_vq *vq, unsigned n);
bool vm_vq_publish(struct vm_vq *vq);
/* len: bytes written, 0 for a chain without room for any. */
int vm_vq_get(struct vm_vq *vq, uint32_t *token, uint32_t *len);
/* Interrupts for completions: off while we look ourselves, on before a sleep. */
void vm_vq_interrupts(struct vm_vq *vq, bool on);
/* Has anything completed that vm_vq_get has not given? */
bool vm_vq_ready(const struct vm_vq *vq);

/* Of the base (memory.c): zeroed physically contiguous pages for the base's own use, which are
 * never given back; *phys their address. NULL: there are none. */
void *vm_vq_pages(unsigned pages, uint64_t *phys);

#endif
