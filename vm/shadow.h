/* A ring of the image and the ring of the device behind it.
 *
 * The image's ring lies in the boot window and holds addresses of the image; the device's (vq.h)
 * holds physical ones. vm_shadow_push takes what is new on the first and puts it on the second, its
 * buffers cut where pages are no neighbours; vm_shadow_pull brings completions back. Nothing is
 * copied but the descriptors, except where a chain is cut into more pieces than the device takes:
 * then its data goes through one buffer (`bounce`), one chain at a time.
 *
 * The image is hostile: its rings are read once, chains are bounded and in the order of 2.7.4.2,
 * and every byte of them must be memory that it may read or write itself. So is the device: see
 * vq.h. Pages in flight may be taken from the image meanwhile; the base never makes anything of
 * its own out of a page that an image once had (memory.c), so a device can only spoil what is the
 * image's.
 */
#ifndef VM_SHADOW_H
#define VM_SHADOW_H

#include "vq.h"

struct vm_shadow {
    struct pith_desc *desc; /* the image's */
    struct pith_avail *avail;
    struct pith_used *used;
    uint16_t size, seen, done;
    bool indirect;      /* the image was offered INDIRECT_DESC */
    bool bounce;        /* chains may go through the buffer */
    struct vm_vq vq;    /* the device's */
    const char *broken; /* by the image, as half a sentence */
    struct {
        uint8_t *at;
        uint64_t phys;
        uint16_t n; /* pieces to copy back to, 0 = not in use */
        uint32_t readable;
        struct vm_seg *seg;
    } bounced;
};

/* Bytes of an image's ring, and where its parts lie in it. */
size_t vm_shadow_bytes(unsigned size);
/* ring: zeroed memory of that size at address va of the image. Fills *queue for the image. */
void vm_shadow_init(struct vm_shadow *s, unsigned size, void *ring, uint64_t va,
                    struct pith_queue *queue);

/* 1: something was handed over; 0: nothing (or no room yet); -1: the image broke a rule. */
int vm_shadow_push(struct vm_shadow *s);
/* 1: something completed; 0: nothing; -1: the device broke a rule (vq.broken). */
int vm_shadow_pull(struct vm_shadow *s);
/* Does the image wait for completions of this ring (VIRTQ_AVAIL_F_NO_INTERRUPT is not set)? */
bool vm_shadow_wanted(const struct vm_shadow *s);
/* Are there entries of the image that have not been handed over? */
bool vm_shadow_more(const struct vm_shadow *s);

/* One chain of an image's ring, for devices that the base serves itself. head: of the next new
 * entry. Returns the number of pieces, addresses still the image's; -1 the image broke a rule. */
struct vm_piece {
    uint64_t addr;
    uint32_t len;
    bool write;
};
int vm_shadow_new(struct vm_shadow *s, uint16_t *head);
int vm_shadow_chain(struct vm_shadow *s, uint16_t head, struct vm_piece *piece, unsigned most);
void vm_shadow_done(struct vm_shadow *s, uint16_t head, uint32_t len);
void vm_shadow_show(struct vm_shadow *s); /* what is done, to the image */
/* Appends [addr, addr+len) of the image to seg[0..n), cut and merged. The new n, or 0: it is not
 * the image's to read or write, or does not fit `most`. */
unsigned vm_shadow_cut(struct vm_seg *seg, unsigned n, unsigned most, uint64_t addr, uint32_t len,
                       bool write);

#endif
