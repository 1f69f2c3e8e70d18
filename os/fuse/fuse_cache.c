/* Content of files in memory, in chunks of 64 KiB; see struct fuse_chunk.
 *
 * A chunk is read whole. What is written goes to the server and into the pages
 * that are there, so pages are never ahead of the file, but for those that
 * shared mappings changed (dirty). At most a quarter of the guest's memory is
 * used, and all that is clean is given back when memory is short.
 */
#include "fuse/fuse.h"

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "mem/heap.h"
#include "vfs/shared_page.h"

#define BUCKETS 1024u

extern __typeof__(vma_truncate) vma_truncate WEAK; /* absent: nothing is mapped */

static struct fuse_chunk **table;
static struct list lru = LIST_INIT(lru);
static u64 pages_used;

static struct fuse_chunk **slot(const struct fuse_node *n, u64 index)
{
    u64 h = (index + ((u64)n >> 5)) * 0x9e3779b97f4a7c15ull;
    return &table[h >> 32 & (BUCKETS - 1)];
}

static struct fuse_chunk *find(struct fuse_node *n, u64 index)
{
    if (list_empty(&n->chunks))
        return 0;
    struct fuse_chunk *c = *slot(n, index);
    while (c && !(c->owner == n && c->index == index))
        c = c->hash_next;
    return c;
}

/* Whole chunks' memory for the next ones: a reader of a long file takes no new memory, which would
 * cost more than its content. */
#define SPARE_MAX 64u
static void *spare; /* linked through their first word */
static unsigned spares;

static void *take_run(unsigned pages)
{
    void *run = spare;
    if (!run || pages != FUSE_CHUNK_PAGES)
        return mem_pages_dirty(pages);
    spare = *(void **)run;
    spares--;
    return run;
}

static void give_run(void *run, unsigned pages)
{
    if (pages != FUSE_CHUNK_PAGES || spares == SPARE_MAX) {
        mem_pages_free(run, pages);
        return;
    }
    *(void **)run = spare;
    spare = run;
    spares++;
}

static void free_run(struct fuse_chunk *c)
{
    if (c->run)
        give_run(c->run, c->run_pages);
    pages_used -= c->run_pages;
    c->run = 0;
    c->run_pages = 0;
}

static void free_shared(struct fuse_chunk *c, unsigned page)
{
    if (!(c->shared >> page & 1))
        return;
    if (c->dirty >> page & 1)
        c->owner->dirty--;
    c->dirty &= (u16) ~(1u << page);
    c->shared &= (u16) ~(1u << page);
    shared_page_free(c->page[page]);
    c->page[page] = 0;
    if (c->given[page])
        mem_pages_free(c->given[page], 1);
    c->given[page] = 0;
}

static void free_chunk(struct fuse_chunk *c)
{
    for (unsigned i = 0; i < FUSE_CHUNK_PAGES; i++)
        free_shared(c, i);
    free_run(c);
    mem_free(c);
}

/* Out of the tables; its memory goes with its last user. */
static void discard(struct fuse_chunk *c)
{
    struct fuse_chunk **p = slot(c->owner, c->index);
    while (*p != c)
        p = &(*p)->hash_next;
    *p = c->hash_next;
    list_del(&c->node);
    list_del(&c->lru);
    c->gone = true;
    if (!c->refs)
        free_chunk(c);
}

struct fuse_chunk *fuse_chunk(struct fuse_node *n, u64 index)
{
    struct fuse_chunk *c = find(n, index);
    if (c) {
        c->refs++;
        list_del(&c->lru);
        list_add_tail(&lru, &c->lru);
    }
    return c;
}

void fuse_chunk_put(struct fuse_chunk *c)
{
    if (--c->refs == 0 && c->gone)
        free_chunk(c);
}

bool mem_cache_reclaim(void)
{
    bool any = disk_cache_reclaim && disk_cache_reclaim();
    list_foreach_safe(it, &lru)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, lru);
        if (c->refs || c->shared)
            continue;
        discard(c);
        any = true;
    }
    for (; spares; any = true)
        mem_pages_free(take_run(FUSE_CHUNK_PAGES), FUSE_CHUNK_PAGES);
    return any;
}

static void make_room(u64 pages)
{
    list_foreach_safe(it, &lru)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, lru);
        if (pages_used + pages <= mem_total() / 4 / PAGE_SIZE)
            return;
        if (!c->refs && !c->shared)
            discard(c);
    }
}

/* An empty chunk for the pages of [index * FUSE_CHUNK, size), in no table yet.
 */
static struct fuse_chunk *new_chunk(struct fuse_node *n, u64 index)
{
    u64 left = PAGE_UP((u64)n->inode.size - index * FUSE_CHUNK);
    unsigned pages = (unsigned)(MIN(left, FUSE_CHUNK) / PAGE_SIZE);
    make_room(pages);
    struct fuse_chunk *c = mem_alloc(sizeof(*c));
    if (c)
        c->run = take_run(pages);
    if (!c || !c->run) {
        mem_free(c);
        return 0;
    }
    pages_used += pages;
    c->owner = n;
    c->index = index;
    c->run_pages = (u16)pages;
    for (unsigned i = 0; i < pages; i++)
        c->page[i] = c->run + i * PAGE_SIZE;
    list_init(&c->node);
    list_init(&c->lru);
    return c;
}

static void insert(struct fuse_chunk *c)
{
    struct fuse_chunk **s = slot(c->owner, c->index);
    c->hash_next = *s;
    *s = c;
    list_add_tail(&c->owner->chunks, &c->node);
    list_add_tail(&lru, &c->lru);
}

/* One request's part of a fill. */
#define FILL_MAX 16u
struct fill {
    struct fuse_req r;
    struct fuse_read_in in;
    struct fuse_node *node;
    struct fuse_handle *handle;
    u64 index;
    unsigned k;
    struct fuse_chunk *chunk[FILL_MAX];
};

/* Asks for up to `count` chunks from f->index on that are not there; f->k of them. */
static void ask(struct fill *f, unsigned count)
{
    struct fuse_node *n = f->node;
    struct fuse_handle *h = f->handle;
    struct vq_piece p[3 + FILL_MAX];
    unsigned k = 0;
    f->in = (struct fuse_read_in){.fh = h->fh, .offset = f->index * FUSE_CHUNK, .flags = h->flags};
    while (k < count && (f->index + k) * FUSE_CHUNK < (u64)n->inode.size &&
           !find(n, f->index + k)) {
        struct fuse_chunk *c = new_chunk(n, f->index + k);
        if (!c)
            break;
        f->chunk[k] = c;
        /* A server whose requests are smaller than a chunk is asked for the rest later. */
        u32 len = (u32)MIN(c->run_pages * PAGE_SIZE, fuse_of(n)->max_read);
        p[3 + k] = (struct vq_piece){c->run, len, true};
        f->in.size += len;
        k++;
    }
    f->k = k;
    p[1] = (struct vq_piece){&f->in, sizeof(f->in), false};
    if (k)
        fuse_queue(fuse_of(n), FUSE_READ, n->nodeid, p, 2, 1 + k, &f->r);
}

/* What came is in the cache. 0 or -errno. */
static int take(struct fill *f)
{
    struct fuse_node *n = f->node;
    long r = fuse_await(fuse_of(n), &f->r), some = 0;
    u64 start = f->index * FUSE_CHUNK,
        left = (u64)n->inode.size > start ? (u64)n->inode.size - start : 0;
    u64 end = MIN((u64)MAX(r, 0), left);
    for (unsigned i = 0; i < f->k; i++) {
        u8 *run = f->chunk[i]->run;
        u64 at = i * FUSE_CHUNK, len = f->chunk[i]->run_pages * PAGE_SIZE;
        u64 there = MIN(left > at ? left - at : 0, len), good = MIN(end > at ? end - at : 0, len);
        /* Less than was asked for: until a server says that there is nothing, there may be more. */
        if (good < there && r > 0) {
            some = fuse_read_all(f->handle, run + good, (u32)(there - good), start + at + good);
            good += (u64)MAX(some, 0);
            r = some < 0 ? some : good < there ? 0 : r;
        }
        /* Behind what came, and behind the end of the file, are zeros. */
        memset(run + good, 0, len - good);
        if (r < 0 || find(n, f->index + i))
            free_chunk(f->chunk[i]);
        else
            insert(f->chunk[i]);
    }
    return (int)MIN(r, 0);
}

int fuse_fill(struct fuse_node *n, struct fuse_handle *h, u64 index, unsigned count)
{
    if (!table && !(table = mem_alloc(BUCKETS * sizeof(*table))))
        return -ENOMEM;
    const unsigned each = MIN(FILL_MAX, MAX(fuse_of(n)->max_read / FUSE_CHUNK, 1u));
    struct fill first = {.node = n, .handle = h, .index = index}, *more = 0;
    /* All further requests go along in the same exit; without memory for them they are not made. */
    unsigned nmore = count > each ? (MIN(count, FUSE_WINDOW_MAX) - 1) / each : 0, made = 0;
    if (nmore)
        more = mem_alloc(nmore * sizeof(*more));
    ask(&first, MIN(count, each));
    if (!first.k) {
        mem_free(more);
        return (u64)n->inode.size <= index * FUSE_CHUNK || find(n, index) ? 0 : -ENOMEM;
    }
    bool whole = first.k == each;
    for (; more && whole && made < nmore; made++) {
        more[made].node = n;
        more[made].handle = h;
        more[made].index = index + (made + 1) * each;
        ask(&more[made], each);
        whole = more[made].k == each;
    }
    int err = take(&first);
    for (unsigned i = 0; i < made; i++)
        if (more[i].k)
            take(&more[i]);
    mem_free(more);
    return err;
}

u8 *fuse_page(struct fuse_chunk *c, struct fuse_handle *h, unsigned page, int *err)
{
    *err = 0;
    if (c->page[page])
        return c->page[page];
    /* The file grew since: this page comes alone. */
    u8 *p = shared_page();
    *err = -ENOMEM;
    if (!p)
        return 0;
    long r = h ? fuse_read_all(h, p, PAGE_SIZE, c->index * FUSE_CHUNK + page * PAGE_SIZE) : -EIO;
    if (r < 0) {
        shared_page_free(p);
        *err = (int)r;
        return 0;
    }
    c->page[page] = p;
    c->shared |= (u16)(1u << page);
    return p;
}

/* Pages that mappings show cannot go: they are read again where they are.
 * Without that the mapping shows what was. */
static void read_again(struct fuse_chunk *c)
{
    struct fuse_node *n = c->owner;
    for (unsigned i = 0; i < FUSE_CHUNK_PAGES; i++) {
        u64 at = c->index * FUSE_CHUNK + i * PAGE_SIZE;
        bool ours = c->dirty >> i & 1 && !(c->given[i] && fuse_as_given(c, i));
        if (!(c->shared >> i & 1) || ours || !n->map_read || at >= (u64)n->inode.size)
            continue;
        long r = fuse_read_all(n->map_read, c->page[i], PAGE_SIZE, at);
        if (r >= 0)
            memset(c->page[i] + r, 0, PAGE_SIZE - (size_t)r);
        if (r >= 0 && c->given[i])
            memcpy(c->given[i], c->page[i], PAGE_SIZE);
    }
}

void fuse_drop(struct fuse_node *n, u64 start, u64 end)
{
    list_foreach_safe(it, &n->chunks)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, node);
        u64 at = c->index * FUSE_CHUNK;
        if (at >= end || at + FUSE_CHUNK <= start)
            continue;
        if (!c->shared || !n->maps) {
            if (c->dirty)
                continue;
            discard(c);
            continue;
        }
        for (unsigned i = 0; i < FUSE_CHUNK_PAGES && !c->refs; i++)
            if (!(c->shared >> i & 1))
                c->page[i] = 0;
        if (!c->refs)
            free_run(c);
        read_again(c);
    }
}

void fuse_cut(struct fuse_node *n, u64 size)
{
    if (n->maps && vma_truncate && size < (u64)n->inode.size)
        vma_truncate(&n->object, size);
    list_foreach_safe(it, &n->chunks)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, node);
        u64 at = c->index * FUSE_CHUNK;
        if (at + FUSE_CHUNK <= size)
            continue;
        if (at >= size && !c->refs) {
            discard(c);
            continue;
        }
        for (unsigned i = 0; i < FUSE_CHUNK_PAGES; i++) {
            u64 from = at + i * PAGE_SIZE;
            if (!c->page[i] || from + PAGE_SIZE <= size)
                continue;
            size_t keep = size > from ? size - from : 0;
            memset(c->page[i] + keep, 0, PAGE_SIZE - keep);
            if (!keep && c->dirty >> i & 1) {
                c->dirty &= (u16) ~(1u << i);
                n->dirty--;
            }
        }
    }
}

void fuse_drop_clean(struct fuse_node *n)
{
    list_foreach_safe(it, &n->chunks)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, node);
        if (!c->dirty && !c->refs)
            discard(c);
    }
}

void fuse_drop_behind(struct fuse_node *n, u64 index)
{
    list_foreach_safe(it, &n->chunks)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, node);
        if (c->index < index && !c->shared && !c->refs)
            discard(c);
    }
}

void fuse_drop_all(struct fuse_node *n)
{
    while (!list_empty(&n->chunks))
        discard(list_first(&n->chunks, struct fuse_chunk, node));
}

void fuse_written(struct fuse_node *n, struct iter *from, u64 pos, size_t len)
{
    if (list_empty(&n->chunks))
        return;
    struct iter it = *from;
    if (from->vec == &from->one)
        it.vec = &it.one;
    while (len) {
        size_t part = MIN(PAGE_SIZE - pos % PAGE_SIZE, len);
        struct fuse_chunk *c = fuse_chunk(n, pos / FUSE_CHUNK);
        unsigned i = (unsigned)(pos % FUSE_CHUNK / PAGE_SIZE);
        if (!c) {
            part = MIN(FUSE_CHUNK - pos % FUSE_CHUNK, len);
            iter_skip(&it, part);
        } else if (!c->page[i]) {
            iter_skip(&it, part);
        } else if (iter_get(&it, c->page[i] + pos % PAGE_SIZE, part) != (ssize_t)part) {
            fuse_chunk_put(c);
            fuse_drop(n, pos, pos + len);
            return;
        }
        if (c) {
            /* The file goes on where the chunk has no pages yet: then it is read
             * anew. */
            if (!c->page[i] && !c->shared && c->refs == 1)
                discard(c);
            fuse_chunk_put(c);
        }
        pos += part;
        len -= part;
    }
}
