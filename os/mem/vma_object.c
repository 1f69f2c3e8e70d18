/* Pages of file mappings: see vma_fault_object in mem/vma_tree.h.
 *
 * Where the host can show its own pages of the content, they are what is mapped, but for private
 * mappings that may be written. Else private pages are filled by the object when first touched, and
 * shared ones are second names of the object's pages.
 */
#include "base/host.h"
#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/vma_tree.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

/* Pages that are filled together: more and more where touching goes on where it was. */
#define AROUND_MIN (16 * PAGE_SIZE)
#define AROUND_MAX (PITH_QUERY_MAX * PAGE_SIZE)

/* How many bytes from page on are to be filled: up to the next multiple of the step, the end of the
 * mapping or of the content, or a page that is there (which may have been written to). */
static u64 cluster(struct vma *v, u64 page, u64 offset)
{
    u8 there[PITH_QUERY_MAX];
    if (!v->object->ops->size)
        return PAGE_SIZE;
    v->chunk = page == v->near && v->chunk ? MIN(v->chunk * 2, AROUND_MAX) : AROUND_MIN;
    while (v->chunk > AROUND_MIN && v->chunk > mem_free_bytes() / 16)
        v->chunk /= 2;
    u64 end = MIN(ROUND_DOWN(page, v->chunk) + v->chunk, v->r.end);
    u64 size = PAGE_UP(v->object->ops->size(v->object));
    u64 len = offset < size ? MIN(end - page, size - offset) : PAGE_SIZE, n = PAGE_SIZE;
    if (len > PAGE_SIZE &&
        host_call(PITH_HC_MEM, PITH_MEM_QUERY, (long)page, (long)len, (long)there) == 0)
        while (n < len && !there[n / PAGE_SIZE])
            n += PAGE_SIZE;
    v->near = page + n;
    return n;
}

static int fill_private(struct vma *v, u64 page, u64 offset)
{
    u64 len = cluster(v, page, offset);
    int err = mem_commit(page, len, PITH_PROT_READ | PITH_PROT_WRITE);
    if (err && len > PAGE_SIZE)
        err = mem_commit(page, len = PAGE_SIZE, PITH_PROT_READ | PITH_PROT_WRITE);
    if (err)
        return err;
    err = v->object->ops->fill(v->object, offset, (void *)page, len);
    if (err) {
        mem_decommit(page, len);
        return err == -ENOMEM ? err : -EFAULT;
    }
    if (vma_host_prot(v->prot) != (PITH_PROT_READ | PITH_PROT_WRITE))
        return mem_protect(page, len, vma_host_prot(v->prot));
    return 0;
}

static int alias_shared(struct vma *v, u64 page, u64 offset, bool write)
{
    void *source;
    u32 prot = vma_host_prot(v->prot);
    if (v->object->ops->dirty && !write)
        prot &= ~PITH_PROT_WRITE;
    int err = v->object->ops->share(v->object, offset, &source);
    if (err)
        return err == -ENOMEM ? err : -EFAULT;
    long got = host_call(PITH_HC_MEM, PITH_MEM_ALIAS, (long)page, PAGE_SIZE, (long)source);
    /* Decommitting it will count as a page given back. */
    if (got >= 0)
        mem_committed += PAGE_SIZE;
    /* A page that was read before and is written now is there already. */
    if (got < 0 && (got == -ENOMEM || !write || !v->object->ops->dirty))
        return (int)got;
    if (write && v->object->ops->dirty)
        v->object->ops->dirty(v->object, offset);
    return mem_protect(page, PAGE_SIZE, prot);
}

/* Shown at once: costs nothing until it is touched. */
#define SHOW_MAX (64ul << 20)

/* How many bytes from page on have nothing committed, of the next few. */
static u64 free_run(const struct vma *v, u64 page)
{
    u8 there[PITH_QUERY_MAX];
    u64 n = 0, len = MIN(v->r.end - page, sizeof(there) * PAGE_SIZE);
    if (host_call(PITH_HC_MEM, PITH_MEM_QUERY, (long)page, (long)len, (long)there))
        return 0;
    while (n < len && !there[n / PAGE_SIZE])
        n += PAGE_SIZE;
    return n;
}

/* The content's own pages around `page`. 0; -EFAULT: they are there, so it was touched past the
 * end; -EOPNOTSUPP. */
static int show(struct vma *v, u64 page)
{
    struct mem_object *o = v->object;
    bool shared = v->flags & MAP_SHARED, write = shared && v->prot & PROT_WRITE;
    u64 run;
    if (!o->ops->show || (!shared && (v->written || v->prot & PROT_EXEC)))
        return -EOPNOTSUPP;
    if (!v->shown && v->touched)
        return -EOPNOTSUPP; /* it was not possible before */
    if (v->shown && !free_run(v, page))
        return -EFAULT;
    u64 start = MAX(ROUND_DOWN(page, SHOW_MAX), v->r.start);
    u64 len = MIN(ROUND_DOWN(page, SHOW_MAX) + SHOW_MAX, v->r.end) - start;
    int err = o->ops->show(o, v->offset + (start - v->r.start), start, len, shared, write);
    if (err == -EINVAL && (run = free_run(v, page)) > 0) {
        start = page;
        len = run;
        err = o->ops->show(o, v->offset + (start - v->r.start), start, len, shared, write);
    }
    /* A mapping through which others are to see writes cannot become copies half way. */
    if (err)
        return v->shown && shared && !v->read_only ? -EFAULT : -EOPNOTSUPP;
    v->shown = true;
    v->touched += len;
    return v->prot & PROT_EXEC ? mem_protect(start, len, vma_host_prot(v->prot)) : 0;
}

void vma_unshow(struct vma *v)
{
    if (!v->shown)
        return;
    mem_decommit(v->r.start, v->r.end - v->r.start);
    v->shown = false;
    v->touched = 0;
}

int vma_fault_object(struct vma *v, u64 page, bool write)
{
    u64 offset = v->offset + (page - v->r.start);
    int err = show(v, page);
    if (err != -EOPNOTSUPP)
        return err;
    err = v->flags & MAP_SHARED ? alias_shared(v, page, offset, write)
                                : fill_private(v, page, offset);
    if (!err)
        v->touched += PAGE_SIZE;
    return err;
}

long vma_map_object(u64 addr, u64 len, u32 prot, u32 flags, struct mem_object *object, u64 offset)
{
    return vma_map(addr, len, prot, flags, object, offset);
}

void vma_truncate(struct mem_object *object, u64 size)
{
    for (struct vma *v = vma_of(range_find(vma_root, 0)); v;
         v = vma_of(range_find(vma_root, v->r.end))) {
        u64 keep = PAGE_UP(size) > v->offset ? PAGE_UP(size) - v->offset : 0;
        if (v->object == object && v->touched && keep < v->r.end - v->r.start)
            mem_decommit(v->r.start + keep, v->r.end - v->r.start - keep);
    }
}

void vma_clean(struct mem_object *object, u64 start, u64 end)
{
    for (struct vma *v = vma_of(range_find(vma_root, 0)); v;
         v = vma_of(range_find(vma_root, v->r.end))) {
        u64 last = v->offset + (v->r.end - v->r.start);
        if (v->object != object || !(v->flags & MAP_SHARED) || !(v->prot & PROT_WRITE) ||
            v->shown || start >= last || end <= v->offset)
            continue;
        u64 from = MAX(start, v->offset), to = MIN(end, last);
        mem_protect(v->r.start + (from - v->offset), to - from,
                    vma_host_prot(v->prot) & ~PITH_PROT_WRITE);
    }
}

bool vma_reclaim(void)
{
    bool any = false;
    for (struct vma *v = vma_of(range_find(vma_root, 0)); v;
         v = vma_of(range_find(vma_root, v->r.end))) {
        if (!v->object || !v->touched || v->shown)
            continue;
        if (v->flags & MAP_SHARED ? !v->object->ops->unnamed : v->written)
            continue;
        mem_decommit(v->r.start, v->r.end - v->r.start);
        v->touched = 0;
        any = true;
    }
    for (struct vma *v = vma_of(range_find(vma_root, 0)); v && any;
         v = vma_of(range_find(vma_root, v->r.end)))
        if (v->object && v->object->ops->unnamed)
            v->object->ops->unnamed(v->object);
    return any;
}
