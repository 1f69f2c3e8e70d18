/* Memory as the base hands it out (pages.c, tables.c) and as the image sees it (span.c).
 *
 * phys: physical. A page that was the image's may be the image's again, never the base's: what a
 * device still writes into it spoils nothing but the image (pages.c keeps two stocks).
 */
#ifndef VM_MEMORY_H
#define VM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For variables that are written before they are read: not zeroed at the start. */
#define SCRATCH __attribute__((section(".bss.scratch")))

/* RAM that was handed out, to the base's eyes. */
#define VM_DIRECT 0xffff800000000000ull
static inline void *vm_at(uint64_t phys)
{
    return (void *)(VM_DIRECT + phys);
}

/* memcpy, for those who may not see a libc. */
static inline void vm_copy(void *to, const void *from, size_t n)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
}

/* How many bytes from the image's address va on (0..len) are neighbours in physical memory and the
 * image itself may read (or write); *phys where they are. 0: va is not the image's to use. */
size_t vm_span(uint64_t va, size_t len, bool write, uint64_t *phys);
/* 0, or -1 (then some bytes may have been copied). */
int vm_copy_in(void *to, uint64_t va, size_t len);
int vm_copy_out(uint64_t va, const void *from, size_t len);

/* n zeroed neighbouring pages for the base's own use, never given back; NULL: there are none. */
void *vm_vq_pages(unsigned pages, uint64_t *phys);

/* Is all of [phys, phys + len) RAM by the memory map? What a loader points to is asked this; then
 * vm_reach makes vm_at(phys) usable for what the functions above did not hand out (boot
 * information, tables of the firmware). False: out of reach. */
bool vm_is_ram(uint64_t phys, uint64_t len);
/* Is any of it? */
bool vm_has_ram(uint64_t phys, uint64_t len);
bool vm_reach(uint64_t phys, uint64_t len);
/* Registers of a device, uncached; NULL: that is RAM, or there is no memory for the tables. */
volatile uint8_t *vm_map_io(uint64_t phys, uint64_t len);

#endif
