/* The program's address space: mappings in the arena, committed when touched.
 *
 * File mappings reach the file only through struct mem_object, which os/vfs implements for
 * files that can be mapped; anonymous programs link none of it.
 */
#ifndef PITH_MEM_VMA_H
#define PITH_MEM_VMA_H

#include "base/types.h"

struct mem_object;
struct mem_object_ops {
    /* Fills `len` bytes at dst (zeroed before, committed) with the content at offset; what lies
     * past the end of file stays zero. Returns 0, or -EIO / -ENXIO (wholly past the end of file:
     * SIGBUS). Used for private mappings. Must not sleep. */
    int (*fill)(struct mem_object *o, u64 offset, void *dst, size_t len);
    /* The address of the page at `offset`, committed with PITH_PROT_SHARED, in *page; the object
     * keeps it there as long as it is mapped. 0 = MAP_SHARED writable is not possible (mmap says
     * -ENODEV). Returns 0, -ENXIO past the end of file (SIGBUS), -ENOMEM. Must not sleep. */
    int (*share)(struct mem_object *o, u64 offset, void **page);
    /* The page at `offset` is about to be written through a shared mapping: from then on it is
     * writable there, until vma_clean. 0 = nobody wants to know, it is writable from the start. */
    void (*dirty)(struct mem_object *o, u64 offset);
    /* Puts the content's own pages, from `offset` on, at [at, at + len), where nothing is
     * committed: readable, and for `write` writable. What lies past the end of the content faults
     * when it is touched. Returns 0, -EINVAL if something is there, -ENOMEM if there can be no more
     * of them, -EOPNOTSUPP: it is not done (for this object, ever). Must not sleep. 0 = never done.
     */
    int (*show)(struct mem_object *o, u64 offset, u64 at, u64 len, bool shared, bool write);
    /* Bytes of content. 0 = a private page is filled alone, else some with its neighbours. */
    u64 (*size)(struct mem_object *o);
    /* All mappings lost their pages: those of its own that `share` gave are not named any more. */
    void (*unnamed)(struct mem_object *o);
    /* A mapping was made or copied / is gone. */
    void (*get)(struct mem_object *o);
    void (*put)(struct mem_object *o);
    /* msync(MS_SYNC) of a shared mapping; may be 0. */
    int (*sync)(struct mem_object *o, u64 offset, u64 len);
    /* Path for /proc/self/maps; may be 0. */
    void (*name)(struct mem_object *o, char *buf, size_t size);
};
struct mem_object {
    const struct mem_object_ops *ops;
};

/* mmap's work, after the file has been turned into an object (0 = anonymous; else it must be
 * vma_map_object, which brings the code for file pages in). prot and flags
 * are Linux's PROT_ and MAP_ values (MAP_DENYWRITE: the file is not open for writing), already
 * checked for consistency with the file's mode. Takes a reference on the object by ops->get.
 * Returns the address or -errno. */
long vma_map_object(u64 addr, u64 len, u32 prot, u32 flags, struct mem_object *object, u64 offset);
long vma_map(u64 addr, u64 len, u32 prot, u32 flags, struct mem_object *object, u64 offset);

/* May this image have executable memory? 0, or -EACCES unless it was linked with --pith-jit. */
int vma_exec(void);

/* The file was truncated to `size`: pages of shared and private mappings wholly past it are
 * dropped, so that a touch is SIGBUS. */
void vma_truncate(struct mem_object *object, u64 size);

/* The pages [start, end) of the object are as the file has them: its `dirty` is told of the next
 * write to each. */
void vma_clean(struct mem_object *object, u64 start, u64 end);

/* Walks mappings in address order for /proc/self/maps: the first one that ends after addr, as a
 * line of Linux's format with newline. Returns the end address of that mapping, 0 if there is
 * none. */
u64 vma_describe(u64 addr, char *line, size_t size);
/* Totals in bytes, for /proc/self/status and statm. */
u64 vma_virtual_bytes(void);
u64 vma_resident_bytes(void);

#endif
