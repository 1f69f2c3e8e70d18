/* Steps and the journal (jbd2) that makes several of them one change of the disk.
 *
 * A transaction in the journal, which is a ring of blocks behind its superblock:
 *
 *   descriptor | blocks it names | descriptor | blocks ... | commit
 *
 * Commit: content first, then all changed blocks of metadata into the journal, flush, the commit
 * block, flush. From then on they are waiting ("pending") until a checkpoint writes them where they
 * belong, flushes, and gives the journal free; that happens only right after a commit, when what is
 * in memory is what was committed. A pending block that is freed forces a checkpoint after the
 * commit of its freeing, so nothing has to be revoked.
 *
 * The number of blocks of a transaction is bounded by ext4_begin; the superblock says at any time
 * where recovery (by ourselves at the next mount, by Linux, by e2fsck) has to begin.
 */
#include "ext4/ext4.h"

#include "mem/alloc.h"
#include "mem/heap.h"
#include "sched/timer.h"

#define MAGIC 0xc03b3998u
#define DESCRIPTOR 1u
#define COMMIT 2u
#define SUPERBLOCK_V2 4u
#define TAG_ESCAPE 1u
#define TAG_SAME_UUID 2u
#define TAG_LAST 8u
#define COMMIT_EVERY (5 * NSEC_PER_SEC)
#define MEMORY_LEAST (512u << 10) /* free before a step */
#define CRC32C 4                  /* checksum type */

/* Places in the journal's superblock. */
enum {
    SB_BLOCK_SIZE = 12,
    SB_BLOCKS = 16,
    SB_FIRST = 20,
    SB_SEQUENCE = 24,
    SB_START = 28,
    SB_COMPAT = 36,
    SB_INCOMPAT = 40,
    SB_UUID = 48,
    SB_CHECKSUM_TYPE = 80,
    SB_CHECKSUM = 252,
    SB_SIZE = 1024
};
#define INCOMPAT_REVOKE 1u
#define INCOMPAT_64BIT 2u
#define INCOMPAT_CSUM_V3 16u

static void put32(u8 *p, u32 v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, 4);
}

static u32 get32(const u8 *p)
{
    u32 v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

/* ---- its blocks ---- */
static u64 place(const struct ext4_journal *j, u32 block)
{
    for (unsigned i = 0; i < j->nmap; i++)
        if (block - j->map[i].logical < j->map[i].len)
            return j->map[i].physical + (block - j->map[i].logical);
    base_bug("the journal's map has a hole");
}

/* Blocks on their way into the journal, joined where they lie one behind another. */
struct stream {
    struct ext4 *x;
    struct vq_piece piece[DISK_PIECES];
    unsigned n;
    u64 at; /* of the first one */
};

static void stream_send(struct stream *s)
{
    if (s->n)
        disk_begin(s->x->disk, true, s->at * s->x->block_size, s->piece, s->n);
    s->n = 0;
}

static void stream_put(struct stream *s, const u8 *data)
{
    struct ext4_journal *j = &s->x->journal;
    u64 at = place(j, j->head);
    if (s->n == DISK_PIECES || (s->n && at != s->at + s->n))
        stream_send(s);
    if (!s->n)
        s->at = at;
    s->piece[s->n++] = (struct vq_piece){data, s->x->block_size, false};
    j->used++;
    if (++j->head == j->blocks)
        j->head = j->first;
}

static void header(u8 *block, u32 type, u32 sequence)
{
    put32(block, MAGIC);
    put32(block + 4, type);
    put32(block + 8, sequence);
}

static int write_super(struct ext4 *x, u32 start)
{
    struct ext4_journal *j = &x->journal;
    put32(j->super + SB_SEQUENCE, j->sequence);
    put32(j->super + SB_START, start);
    put32(j->super + SB_CHECKSUM, 0);
    if (j->checksums)
        put32(j->super + SB_CHECKSUM, ext2fs_crc32c_le(~0u, j->super, SB_SIZE));
    int r = disk_io(x->disk, true, place(j, 0) * x->block_size, j->super, x->block_size);
    return r ? r : disk_flush(x->disk);
}

/* ---- a transaction ---- */
static u32 tag_size(const struct ext4_journal *j)
{
    return j->checksums ? 16 : j->wide ? 12 : 8;
}

static u32 tags_of(const struct ext4 *x)
{
    const struct ext4_journal *j = &x->journal;
    return (x->block_size - 12 - 16 - (j->checksums ? 4 : 0)) / tag_size(j);
}

static u8 *put_tag(const struct ext4 *x, u8 *p, u64 block, u32 flags, const u8 *data)
{
    const struct ext4_journal *j = &x->journal;
    put32(p, (u32)block);
    if (j->checksums) {
        u8 number[4];
        put32(number, j->sequence);
        u32 crc = ext2fs_crc32c_le(j->seed, number, 4);
        put32(p + 4, flags);
        put32(p + 8, (u32)(block >> 32));
        put32(p + 12, ext2fs_crc32c_le(crc, data, x->block_size));
    } else {
        put32(p + 4, flags); /* 16 bits without checksum before them */
        if (j->wide)
            put32(p + 8, (u32)(block >> 32));
    }
    p += tag_size(j);
    if (!(flags & TAG_SAME_UUID)) {
        memcpy(p, j->super + SB_UUID, 16);
        p += 16;
    }
    return p;
}

static void seal(const struct ext4 *x, u8 *block, u32 at)
{
    if (x->journal.checksums)
        put32(block + at, ext2fs_crc32c_le(x->journal.seed, block, x->block_size));
}

static bool looks_like_ours(const struct ext4_buf *b)
{
    return get32(b->data) == MAGIC;
}

/* Blocks of our own that a transaction needs: descriptors, the commit, copies of those blocks that
 * look like one of these and so are changed in the journal (TAG_ESCAPE). */
static u32 scratch_blocks(struct ext4 *x)
{
    u32 n = (x->ndirty + tags_of(x) - 1) / tags_of(x) + 1;
    list_foreach(it, &x->dirty) n += looks_like_ours(list_entry(it, struct ext4_buf, dirty));
    return n;
}

/* All changed blocks with their descriptors. Returns where the commit block can be made. */
static u8 *write_blocks(struct ext4 *x, u8 *scratch)
{
    struct stream s = {.x = x};
    u32 left = x->ndirty;
    struct list *it = x->dirty.next;
    while (left) {
        u32 n = MIN(left, tags_of(x));
        u8 *d = scratch, *p = d + 12, *copy = d + x->block_size;
        struct list *first = it;
        scratch = copy;
        header(d, DESCRIPTOR, x->journal.sequence);
        for (u32 i = 0; i < n; i++, it = it->next) {
            struct ext4_buf *b = list_entry(it, struct ext4_buf, dirty);
            const u8 *data = b->data;
            u32 flags = (i ? TAG_SAME_UUID : 0) | (i + 1 == n ? TAG_LAST : 0);
            if (looks_like_ours(b)) {
                data = memcpy(scratch, data, x->block_size);
                put32(scratch, 0);
                scratch += x->block_size;
                flags |= TAG_ESCAPE;
            }
            p = put_tag(x, p, b->block, flags, data);
        }
        seal(x, d, x->block_size - 4);
        stream_put(&s, d);
        for (it = first; n; n--, left--, it = it->next) {
            struct ext4_buf *b = list_entry(it, struct ext4_buf, dirty);
            stream_put(&s, looks_like_ours(b) ? copy : b->data);
            copy += looks_like_ours(b) ? x->block_size : 0;
        }
    }
    stream_send(&s);
    return scratch;
}

static void write_commit(struct ext4 *x, u8 *block)
{
    struct stream s = {.x = x};
    struct time_os now = inode_now();
    header(block, COMMIT, x->journal.sequence);
    put32(block + 48, (u32)(now.sec >> 32)); /* h_commit_sec, h_commit_nsec */
    put32(block + 52, (u32)now.sec);
    put32(block + 56, now.nsec);
    seal(x, block, 16); /* h_chksum */
    stream_put(&s, block);
    stream_send(&s);
}

int ext4_flush(struct ext4 *x)
{
    if (!x->unflushed)
        return 0;
    x->unflushed = false;
    return disk_flush(x->disk);
}

int ext4_checkpoint(struct ext4 *x)
{
    struct ext4_journal *j = &x->journal;
    ASSERT(!x->ndirty);
    list_foreach(it, &x->pending)
    {
        struct ext4_buf *b = list_entry(it, struct ext4_buf, pending);
        const struct vq_piece p = {b->data, x->block_size, false};
        disk_begin(x->disk, true, b->block * x->block_size, &p, 1);
    }
    int r = disk_flush(x->disk);
    if (r == 0)
        r = write_super(x, j->head);
    if (r < 0)
        return ext4_broken(x, r);
    list_foreach_safe(it, &x->pending) list_del(it);
    x->npending = j->used = 0;
    x->reclaimed = false;
    return 0;
}

/* The blocks that changed become a transaction. */
static int write_transaction(struct ext4 *x)
{
    struct ext4_journal *j = &x->journal;
    u32 own = scratch_blocks(x), need = x->ndirty + own;
    size_t pages = PAGE_UP((u64)own * x->block_size) / PAGE_SIZE;
    /* ext4_begin sees to it that there is room. */
    u8 *scratch = need < j->blocks - j->first - j->used ? mem_pages(pages) : 0;
    if (!scratch)
        return -ENOMEM;
    u8 *commit = write_blocks(x, scratch);
    int r = disk_flush(x->disk);
    if (r == 0) {
        memset(commit, 0, x->block_size);
        write_commit(x, commit);
        r = disk_flush(x->disk);
    }
    mem_pages_free(scratch, pages);
    return r;
}

static int commit(struct ext4 *x)
{
    int r = ext4_write_back_all(x); /* content that fails to be written is its file's matter */
    if (r == 0 || !x->broken)
        r = ext4_store_all(x);
    if (r == 0 && (x->ndirty || x->ngroups))
        r = ext4_alloc_store(x);
    if (r < 0 || !x->ndirty)
        return r;
    r = write_transaction(x);
    if (r < 0)
        return r;
    list_foreach_safe(it, &x->dirty)
    {
        struct ext4_buf *b = list_entry(it, struct ext4_buf, dirty);
        list_del(&b->dirty);
        if (list_empty(&b->pending)) {
            list_add_tail(&x->pending, &b->pending);
            x->npending++;
        }
    }
    x->ndirty = 0;
    x->unflushed = false;
    x->journal.sequence++;
    ext4_alloc_committed(x);
    if (x->reclaimed || x->journal.used > (x->journal.blocks - x->journal.first) / 2 ||
        x->npending > x->bufs_most / 2)
        r = ext4_checkpoint(x);
    return r;
}

int ext4_commit(struct ext4 *x, bool sync)
{
    if (x->broken)
        return x->broken;
    if (x->busy || !x->live || x->super.read_only)
        return 0; /* somebody else's step is being made; its end is not ours to wait for */
    x->busy++;
    timer_cancel(&x->timer);
    x->uncommitted = false;
    int r = commit(x);
    x->busy--;
    if (r < 0)
        return ext4_broken(x, r);
    ext4_shrink(x, x->bufs_most);
    return sync ? ext4_flush(x) : 0;
}

/* ---- steps ---- */
static void time_to_commit(struct timer *t)
{
    struct ext4 *x = container_of(t, struct ext4, timer);
    if (x->busy)
        timer_set(t, time_mono() + NSEC_PER_SEC / 100, time_to_commit);
    else
        ext4_commit(x, false);
}

void ext4_commit_soon(struct ext4 *x)
{
    if (x->uncommitted)
        return;
    x->uncommitted = true;
    timer_set(&x->timer, time_mono() + COMMIT_EVERY, time_to_commit);
}

static bool little_memory(void)
{
    return mem_free_bytes() + mem_idle_bytes() < MEMORY_LEAST;
}

int ext4_begin(struct ext4 *x, u64 blocks)
{
    const struct ext4_journal *j = &x->journal;
    bool waiting;
    if (x->broken || x->super.read_only)
        return x->broken ? x->broken : -EROFS;
    if (x->busy++) /* part of another one */
        return 0;
    x->busy--;
    if (little_memory() && !ext4_shrink(x, 0) && little_memory() &&
        !(mem_cache_reclaim && mem_cache_reclaim() && !little_memory()))
        return -ENOMEM;
    int r = 0;
    if (x->ndirty + x->nstore + 2 * x->ngroups > (j->blocks - j->first) / 8)
        r = ext4_commit(x, false);
    if (r == 0 && ext4_available(x, &waiting) < blocks) {
        if (waiting)
            r = ext4_commit(x, false);
        if (r == 0 && ext4_available(x, &waiting) < blocks)
            r = -ENOSPC;
    }
    if (r < 0)
        return r;
    x->busy++;
    ext4_commit_soon(x);
    return 0;
}

int ext4_broken(struct ext4 *x, int why)
{
    if (x->broken)
        return x->broken;
    x->broken = why == -ENOSPC ? why : -EIO;
    x->super.read_only = true;
    timer_cancel(&x->timer);
    /* e2fsck is to look at it; with the journal as it is, nothing newer than the last commit. */
    x->fs->super->s_state |= EXT2_ERROR_FS;
    return x->broken;
}

int ext4_end(struct ext4 *x, int r)
{
    ASSERT(x->busy);
    x->busy--;
    if (r == -EIO || r == -EUCLEAN || r == -ENOMEM)
        ext4_broken(x, r);
    return r;
}

/* ---- its beginning and end ---- */
static int map_journal(struct ext4 *x, struct ext4_node *n)
{
    struct ext4_journal *j = &x->journal;
    for (u64 at = 0; at < j->blocks;) {
        struct ext4_run run;
        int r = ext4_map(n, at, &run);
        if (r < 0 || run.hole || !run.written)
            return r < 0 ? r : -EUCLEAN;
        struct ext4_run *more = mem_alloc((j->nmap + 1) * sizeof(*more));
        if (!more)
            return -ENOMEM;
        if (j->nmap)
            memcpy(more, j->map, j->nmap * sizeof(*more));
        mem_free(j->map);
        j->map = more;
        more[j->nmap++] = run;
        at = run.logical + run.len;
    }
    return 0;
}

int ext4_journal_open(struct ext4 *x)
{
    struct ext4_journal *j = &x->journal;
    struct ext2_super_block *s = x->fs->super;
    struct ext4_node *n;
    int r = ext4_get(x, s->s_journal_inum, &n);
    if (r < 0)
        return r;
    j->blocks = (u32)MIN((u64)n->inode.size / x->block_size, 1u << 31);
    r = j->blocks < 64 ? -EUCLEAN : map_journal(x, n);
    inode_put(&n->inode);
    j->super = mem_alloc(x->block_size);
    if (r == 0 && !j->super)
        r = -ENOMEM;
    if (r == 0)
        r = disk_io(x->disk, false, place(j, 0) * x->block_size, j->super, x->block_size);
    if (r < 0)
        return r;
    u32 length = get32(j->super + SB_BLOCKS);
    j->first = get32(j->super + SB_FIRST);
    j->sequence = get32(j->super + SB_SEQUENCE);
    if (get32(j->super) != MAGIC || get32(j->super + 4) != SUPERBLOCK_V2 ||
        get32(j->super + SB_BLOCK_SIZE) != x->block_size || length > j->blocks || length < 64 ||
        !j->first || j->first > length / 2 || get32(j->super + SB_START))
        return -EUCLEAN;
    j->blocks = length;
    j->head = j->first;
    /* It is empty, so its format is ours to choose, as Linux does. */
    j->checksums = ext2fs_has_feature_metadata_csum(s);
    j->wide = ext2fs_has_feature_64bit(s);
    put32(j->super + SB_COMPAT, 0);
    put32(j->super + SB_INCOMPAT, (get32(j->super + SB_INCOMPAT) & INCOMPAT_REVOKE) |
                                      (j->wide ? INCOMPAT_64BIT : 0) |
                                      (j->checksums ? INCOMPAT_CSUM_V3 : 0));
    j->super[SB_CHECKSUM_TYPE] = j->checksums ? CRC32C : 0;
    j->seed = ext2fs_crc32c_le(~0u, j->super + SB_UUID, 16);
    return 0;
}

int ext4_journal_close(struct ext4 *x)
{
    return write_super(x, 0);
}
