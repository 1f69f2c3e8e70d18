/* Names in memory: one hash table over all pinned entries, and each directory's children in the
 * order in which they came, which is the order of reading a directory.
 *
 * Cookies only rise, so that a position in a directory stays good while entries come and go.
 */
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/inode.h"

static struct dentry **table;
static unsigned table_size, table_used;
#define TABLE_FIRST 64 /* entries of the first table: 512 bytes */

static u32 hash_of(const struct dentry *dir, const char *name, size_t len)
{
    u64 h = (u64)(uintptr_t)dir >> 4;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (u8)name[i]) * 0x100000001b3ull;
    return (u32)(h ^ h >> 32);
}

static bool table_grow(void)
{
    unsigned size = table_size ? table_size * 2 : TABLE_FIRST;
    struct dentry **t = mem_alloc(size * sizeof(*t));
    if (!t)
        return table_size != 0; /* longer chains will do */
    for (unsigned i = 0; i < table_size; i++) {
        for (struct dentry *d = table[i], *next; d; d = next) {
            next = d->hash_next;
            d->hash_next = t[d->hash & (size - 1)];
            t[d->hash & (size - 1)] = d;
        }
    }
    mem_free(table);
    table = t;
    table_size = size;
    return true;
}

static int set_name(struct dentry *d, const char *name, size_t len)
{
    char *to = d->small;
    if (len >= sizeof(d->small)) {
        to = mem_alloc(len + 1);
        if (!to)
            return -ENOMEM;
    }
    if (d->name && d->name != d->small)
        mem_free(d->name);
    memmove(to, name, len);
    to[len] = 0;
    d->name = to;
    d->len = (u16)len;
    return 0;
}

struct dentry *dentry_new(struct dentry *dir, const char *name, size_t len, struct inode *i)
{
    if (!table && !table_grow())
        return 0;
    struct dentry *d = mem_alloc(sizeof(*d));
    if (!d || set_name(d, name, len) < 0) {
        mem_free(d);
        return 0;
    }
    d->refs = 1;
    d->inode = i;
    i->alias = d;
    d->parent = dir ? dir : d;
    list_init(&d->sibling);
    list_init(&d->lru);
    if (dir)
        dentry_get(dir);
    return d;
}

void dentry_put(struct dentry *d)
{
    while (d) {
        ASSERT(d->refs);
        if (--d->refs)
            return;
        struct dentry *parent = d->parent != d ? d->parent : 0;
        if (d->inode->alias == d)
            d->inode->alias = 0;
        inode_put(d->inode);
        if (d->name != d->small)
            mem_free(d->name);
        mem_free(d);
        d = parent;
    }
}

static void hash_in(struct dentry *d)
{
    if (table_used >= table_size)
        table_grow();
    d->hash = hash_of(d->parent, d->name, d->len);
    struct dentry **slot = &table[d->hash & (table_size - 1)];
    d->hash_next = *slot;
    *slot = d;
    table_used++;
}

static void hash_out(struct dentry *d)
{
    struct dentry **p = &table[d->hash & (table_size - 1)];
    while (*p != d)
        p = &(*p)->hash_next;
    *p = d->hash_next;
    table_used--;
}

static void enter(struct dentry *d)
{
    struct inode *dir = d->parent->inode;
    d->cookie = dir->next_cookie++;
    list_add_tail(&dir->children, &d->sibling);
    hash_in(d);
}

static void leave(struct dentry *d)
{
    hash_out(d);
    list_del(&d->sibling);
    d->parent->inode->removals++;
}

void dentry_pin(struct dentry *d)
{
    dentry_get(d);
    d->flags |= DENTRY_PINNED;
    enter(d);
}

void dentry_unpin(struct dentry *d)
{
    leave(d);
    d->flags = (u16)((d->flags & ~DENTRY_PINNED) | DENTRY_DEAD);
    dentry_put(d);
}

struct dentry *dentry_find(struct dentry *dir, const char *name, size_t len)
{
    if (!table)
        return 0;
    u32 h = hash_of(dir, name, len);
    struct dentry *d = table[h & (table_size - 1)];
    while (d && !(d->hash == h && d->parent == dir && d->len == len && !memcmp(d->name, name, len)))
        d = d->hash_next;
    return d;
}

int dentry_move(struct dentry *d, struct dentry *dir, const char *name, size_t len)
{
    struct dentry *old = d->parent;
    leave(d);
    int r = set_name(d, name, len);
    if (r == 0) {
        dentry_get(dir);
        d->parent = dir;
    }
    enter(d);
    if (r == 0)
        dentry_put(old);
    return r;
}

void dentry_swap(struct dentry *a, struct dentry *b)
{
    leave(a);
    leave(b);
    struct dentry *adir = a->parent;
    a->parent = b->parent;
    b->parent = adir;
    char small[sizeof(a->small)];
    memcpy(small, a->small, sizeof(small));
    memcpy(a->small, b->small, sizeof(small));
    memcpy(b->small, small, sizeof(small));
    char *aname = a->name == a->small ? b->small : a->name;
    a->name = b->name == b->small ? a->small : b->name;
    b->name = aname;
    u16 alen = a->len;
    a->len = b->len;
    b->len = alen;
    enter(a);
    enter(b);
}

struct dentry *dentry_child(struct inode *dir, u64 cookie)
{
    list_foreach(it, &dir->children)
    {
        struct dentry *d = list_entry(it, struct dentry, sibling);
        if (d->cookie >= cookie)
            return d;
    }
    return 0;
}

bool dentry_below(const struct dentry *d, const struct dentry *ancestor)
{
    for (; d != ancestor; d = d->parent)
        if (d->parent == d)
            return false;
    return true;
}
