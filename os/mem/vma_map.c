/* vma_map: see mem/vma.h. */
#include "mem/alloc.h"
#include "mem/layout.h"
#include "mem/vma_tree.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

#define KEPT_FLAGS (MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN)

u64 vma_limit = ~0ull, vma_data_limit = ~0ull;

u64 vma_data_bytes(void)
{
    u64 sum = 0;
    for (struct range *r = range_find(vma_root, 0); r; r = range_find(vma_root, r->end)) {
        struct vma *v = vma_of(r);
        if (v->prot & PROT_WRITE && v->flags & MAP_PRIVATE)
            sum += r->end - r->start;
    }
    return sum;
}

/* The program may map anywhere above the OS's own part of the arena, and over its first stack. */
static bool inside(u64 addr, u64 len)
{
    if (addr + len < addr)
        return false;
    return (addr >= MEM_BRK_START && addr + len <= MEM_MMAP_END) ||
           (addr >= PITH_ARENA_START && addr + len <= PITH_STACK_TOP);
}

static bool is_free(u64 addr, u64 len)
{
    struct range *r = range_find(vma_root, addr);
    return !r || r->start >= addr + len;
}

/* Where the mapping goes, or -errno. */
static long place(u64 addr, u64 len, u32 flags)
{
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        if (addr & ~PAGE_MASK)
            return -EINVAL;
        if (!inside(addr, len))
            return -ENOMEM;
        if (flags & MAP_FIXED_NOREPLACE)
            return is_free(addr, len) ? (long)addr : -EEXIST;
        return (long)addr;
    }
    if (flags & MAP_32BIT)
        return -ENOMEM;
    addr = PAGE_UP(addr);
    if (addr >= MEM_MMAP_START && inside(addr, len) && is_free(addr, len))
        return (long)addr;
    addr = range_find_gap(vma_root, MEM_MMAP_START, MEM_MMAP_END, len);
    return addr ? (long)addr : -ENOMEM;
}

static int populate(struct vma *v)
{
    for (u64 at = v->r.start; at < v->r.end; at += PAGE_SIZE) {
        int err = v->object ? vma_fault_object(v, at, false) : vma_fault_anonymous(v, at);
        if (err)
            return err;
        v->touched += PAGE_SIZE;
    }
    return 0;
}

long vma_map(u64 addr, u64 len, u32 prot, u32 flags, struct mem_object *object, u64 offset)
{
    len = PAGE_UP(len);
    bool data = prot & PROT_WRITE && !(flags & MAP_SHARED);
    if (len > vma_limit - MIN(vma_bytes, vma_limit) ||
        (data && vma_data_limit != NEVER && len + vma_data_bytes() > vma_data_limit))
        return -ENOMEM;
    if (!len || len > MEM_MMAP_END - MEM_MMAP_START)
        return -ENOMEM;
    long at = place(addr, len, flags);
    if (at < 0)
        return at;
    addr = (u64)at;
    struct vma *v = mem_alloc(sizeof(*v));
    if (!v)
        return -ENOMEM;
    if (!is_free(addr, len)) {
        int err = vma_split_range(addr, addr + len);
        if (err) {
            mem_free(v);
            return err;
        }
        vma_remove(addr, addr + len);
    }
    v->r.start = addr;
    v->r.end = addr + len;
    v->prot = prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
    v->flags = flags & KEPT_FLAGS;
    v->read_only = flags & MAP_DENYWRITE;
    v->written = prot & PROT_WRITE;
    v->object = object;
    v->offset = offset;
    range_insert(&vma_root, &v->r);
    vma_bytes += len;
    if (object)
        object->ops->get(object);
    /* Small private file mappings are read at once; pages past the end of file fault later. */
    bool small = object && !(flags & MAP_SHARED) && len <= MEM_POPULATE_MAX && v->prot;
    if (small || (flags & (MAP_POPULATE | MAP_LOCKED) && v->prot))
        populate(v);
    if (!object)
        vma_join(v);
    return (long)addr;
}
