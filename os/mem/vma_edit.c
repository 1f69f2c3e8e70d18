/* Cutting, joining and removing mappings: see mem/vma_tree.h. */
#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/vma_tree.h"

bool vma_covers(u64 start, u64 end)
{
    while (start < end) {
        struct vma *v = vma_at(start);
        if (!v)
            return false;
        start = v->r.end;
    }
    return true;
}

int vma_split(u64 addr)
{
    struct vma *v = vma_at(addr);
    if (!v || v->r.start == addr)
        return 0;
    struct vma *n = mem_alloc(sizeof(*n));
    if (!n)
        return -ENOMEM;
    *n = *v;
    n->r.start = addr;
    n->offset = v->offset + (addr - v->r.start);
    range_resize(&vma_root, &v->r, v->r.start, addr);
    range_insert(&vma_root, &n->r);
    if (n->object)
        n->object->ops->get(n->object);
    return 0;
}

int vma_split_range(u64 start, u64 end)
{
    int err = vma_split(start);
    return err ? err : vma_split(end);
}

static void discard(struct vma *v)
{
    range_remove(&vma_root, &v->r);
    if (v->r.end != PITH_STACK_TOP) /* the first stack's node is not from mem_alloc */
        mem_free(v);
}

void vma_remove(u64 start, u64 end)
{
    u64 touched_from = end, touched_to = start;
    struct vma *v;
    while ((v = vma_of(range_find(vma_root, start))) && v->r.start < end) {
        if (v->touched) {
            touched_from = MIN(touched_from, v->r.start);
            touched_to = MAX(touched_to, v->r.end);
        }
        vma_bytes -= v->r.end - v->r.start;
        struct mem_object *o = v->object;
        discard(v);
        if (o)
            o->ops->put(o);
    }
    if (touched_from < touched_to)
        mem_decommit(touched_from, touched_to - touched_from);
}

static bool alike(const struct vma *a, const struct vma *b)
{
    return a && b && a->r.end == b->r.start && !a->object && !b->object && a->prot == b->prot &&
           a->flags == b->flags && b->r.end != PITH_STACK_TOP;
}

static void absorb(struct vma *a, struct vma *b)
{
    u64 end = b->r.end;
    a->touched += b->touched;
    discard(b);
    range_resize(&vma_root, &a->r, a->r.start, end);
}

void vma_join(struct vma *v)
{
    struct vma *next = vma_of(range_find(vma_root, v->r.end));
    if (alike(v, next))
        absorb(v, next);
    struct vma *before = vma_of(range_before(vma_root, v->r.start));
    if (alike(before, v))
        absorb(before, v);
}
