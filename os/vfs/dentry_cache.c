/* Names of file systems whose truth lies elsewhere: kept as long as there is room, the ones not
 * used for longest go first. A cached dentry is pinned like any other, so it is found like any
 * other; what it costs to forget it is one more lookup. */
#include "mem/alloc.h"
#include "vfs/inode.h"

static struct list lru = LIST_INIT(lru);
static unsigned count;

/* A name with its inode is half a KiB and more: a 32nd of memory, but never fewer than 256. */
static unsigned limit(void)
{
    return (unsigned)MAX(mem_total() / 32 / 512, 256u);
}

void dentry_cache(struct dentry *d, u64 expires)
{
    dentry_pin(d);
    d->flags |= DENTRY_CACHED;
    d->expires = expires;
    list_add_tail(&lru, &d->lru);
    count++;
    unsigned tries = 8; /* those in use, and directories of such, are passed over */
    while (count > limit() && tries--) {
        struct dentry *old = list_first(&lru, struct dentry, lru);
        if (old->refs == 1)
            dentry_uncache(old);
        else
            dentry_used(old);
    }
}

void dentry_used(struct dentry *d)
{
    list_del(&d->lru);
    list_add_tail(&lru, &d->lru);
}

void dentry_uncache(struct dentry *d)
{
    list_del(&d->lru);
    count--;
    d->flags &= (u16)~DENTRY_CACHED;
    dentry_unpin(d);
}

void dentry_forget(struct dentry *dir, const char *name, size_t len)
{
    struct dentry *d = dentry_find(dir, name, len);
    if (d && d->flags & DENTRY_CACHED)
        dentry_uncache(d);
}

void dentry_renamed(struct dentry *d, struct dentry *dir, const char *name, size_t len)
{
    dentry_forget(dir, name, len);
    if (dentry_move(d, dir, name, len) < 0 && d->flags & DENTRY_CACHED)
        dentry_uncache(d);
}

void dentry_keep(struct dentry *d)
{
    for (; d->parent != d; d = d->parent) {
        if (!(d->flags & DENTRY_CACHED))
            continue;
        list_del(&d->lru);
        count--;
        d->flags &= (u16)~DENTRY_CACHED;
    }
}
