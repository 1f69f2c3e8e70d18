/* Of os/mem alone: the tree of the program's mappings.
 *
 * Rules: a vma's node is changed only through the functions here; nothing in here touches the
 * program's memory, so a fault always finds the tree whole.
 */
#ifndef PITH_MEM_VMA_TREE_H
#define PITH_MEM_VMA_TREE_H

#include "mem/range.h"
#include "mem/vma.h"

struct vma {
    struct range r;
    u32 prot;       /* Linux PROT_* */
    bool written;   /* of a private file mapping: it may have been, since it was made */
    bool read_only; /* a shared mapping of a file not open for writing: mprotect stays off it */
    bool shown;     /* pages are the content's own (mem_object_ops.show), none is memory */
    u32 flags;      /* MAP_SHARED or MAP_PRIVATE, MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_STACK */
    struct mem_object *object; /* 0 = anonymous */
    u64 offset;                /* of r.start in the object */
    u64 chunk, near;           /* of the last fault: how much it committed, and where */
    u64 touched;               /* about how much of it was committed; 0 = certainly nothing */
};

extern struct range *vma_root;
extern u64 vma_bytes;

static inline struct vma *vma_of(struct range *r)
{
    return r ? container_of(r, struct vma, r) : NULL;
}
/* The mapping that contains addr, or 0. */
struct vma *vma_at(u64 addr);
/* True if every page of [start, end) is mapped. */
bool vma_covers(u64 start, u64 end);
/* Makes addr a boundary between mappings. 0 or -ENOMEM. */
int vma_split(u64 addr);
/* Splits at both ends. */
int vma_split_range(u64 start, u64 end);
/* Removes all mappings in [start, end), whose ends are boundaries, and their memory. */
void vma_remove(u64 start, u64 end);
/* Joins v with like neighbours, and those with theirs. */
void vma_join(struct vma *v);

/* PITH_PROT_* for Linux's PROT_*. */
static inline u32 vma_host_prot(u32 prot)
{
    return prot & (PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_EXEC) ? (prot & 7) | PITH_PROT_READ
                                                                      : PITH_PROT_NONE;
}

/* The limits RLIMIT_AS and RLIMIT_DATA: bytes that all mappings, and the private writable ones,
 * may take. */
extern u64 vma_limit, vma_data_limit;
/* Bytes of private writable mappings. */
u64 vma_data_bytes(void);

/* Brings in the page of a file mapping for a fault by reading or writing. 0, -EFAULT (SIGBUS) or
 * -ENOMEM. Absent in a program that maps no file. */
int vma_fault_object(struct vma *v, u64 page, bool write) WEAK;
/* A private mapping may be written from now on: what it shows goes, and becomes copies when it is
 * touched again. Absent in a program that maps no file. */
void vma_unshow(struct vma *v) WEAK;
/* Memory is short: pages of file mappings that can be had again go. True if there were any. Absent
 * in a program that maps no file. */
bool vma_reclaim(void) WEAK;
/* Commits memory around addr in an anonymous mapping. 0 or -ENOMEM. */
int vma_fault_anonymous(struct vma *v, u64 addr);

#endif
