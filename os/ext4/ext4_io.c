/* Blocks of metadata in memory, and the io_manager through which libext2fs reads and writes them.
 *
 * While a file system is being opened and its journal recovered (not `live`), blocks go straight to
 * the disk. After that a write changes the block in memory, and only commits and checkpoints
 * (ext4_journal.c) write it. Blocks that are neither changed nor waiting can be dropped.
 */
#include "ext4/ext4.h"

#include "mem/alloc.h"

#define BUCKETS 1024u

static struct ext4_buf **slot(struct ext4 *x, u64 block)
{
    return &x->bufs[(block * 0x9e3779b97f4a7c15ull) >> 32 & (BUCKETS - 1)];
}

static struct ext4_buf *find(struct ext4 *x, u64 block)
{
    struct ext4_buf *b = *slot(x, block);
    while (b && b->block != block)
        b = b->hash_next;
    return b;
}

static void discard(struct ext4 *x, struct ext4_buf *b)
{
    struct ext4_buf **p = slot(x, b->block);
    while (*p != b)
        p = &(*p)->hash_next;
    *p = b->hash_next;
    x->ndirty -= !list_empty(&b->dirty);
    x->npending -= !list_empty(&b->pending);
    list_del(&b->dirty);
    list_del(&b->pending);
    list_del(&b->lru);
    x->nbufs--;
    mem_free(b->data);
    mem_free(b);
}

bool ext4_shrink(struct ext4 *x, unsigned keep)
{
    bool any = false;
    list_foreach_safe(it, &x->lru)
    {
        struct ext4_buf *b = list_entry(it, struct ext4_buf, lru);
        if (x->nbufs <= keep)
            break;
        if (!list_empty(&b->dirty) || !list_empty(&b->pending))
            continue;
        discard(x, b);
        any = true;
    }
    return any;
}

struct ext4_buf *ext4_buf(struct ext4 *x, u64 block, bool fresh, int *err)
{
    struct ext4_buf *b = find(x, block);
    *err = 0;
    if (b) {
        list_del(&b->lru);
        list_add_tail(&x->lru, &b->lru);
        return b;
    }
    *err = -EUCLEAN;
    if (block >= ext2fs_blocks_count(x->fs->super))
        return 0;
    *err = -ENOMEM;
    b = mem_alloc(sizeof(*b));
    if (b)
        b->data = mem_alloc(x->block_size);
    if (!b || !b->data) {
        mem_free(b);
        return 0;
    }
    *err = fresh ? 0 : disk_io(x->disk, false, block * x->block_size, b->data, x->block_size);
    if (*err) {
        mem_free(b->data);
        mem_free(b);
        return 0;
    }
    b->block = block;
    list_init(&b->dirty);
    list_init(&b->pending);
    list_add_tail(&x->lru, &b->lru);
    struct ext4_buf **s = slot(x, block);
    b->hash_next = *s;
    *s = b;
    x->nbufs++;
    return b;
}

void ext4_dirty(struct ext4 *x, struct ext4_buf *b)
{
    if (list_empty(&b->dirty)) {
        list_add_tail(&x->dirty, &b->dirty);
        x->ndirty++;
    }
}

void ext4_forget(struct ext4 *x, u64 block)
{
    struct ext4_buf *b = find(x, block);
    if (!b)
        return;
    /* If the journal holds it, recovery would write it over whatever comes there next. */
    x->reclaimed |= !list_empty(&b->pending);
    discard(x, b);
}

/* ---- libext2fs' side ---- */
static struct ext4 *opening; /* the name that libext2fs passes says nothing */

static errcode_t io_open(const char *name, int flags, io_channel *out)
{
    io_channel c = mem_alloc(sizeof(*c));
    (void)flags;
    /* Its name is the number of the mount. */
    list_foreach(it, &ext4_all)
    {
        struct ext4 *x = list_entry(it, struct ext4, node);
        if (name[0] == (char)('a' + disk_number(x->disk)))
            opening = x;
    }
    if (!c || !opening) {
        mem_free(c);
        return EXT2_ET_NO_MEMORY;
    }
    c->magic = EXT2_ET_MAGIC_IO_CHANNEL;
    c->manager = &ext4_io_manager;
    c->block_size = 1024;
    c->refcount = 1;
    c->private_data = opening;
    *out = c;
    return 0;
}

static errcode_t io_close(io_channel c)
{
    if (--c->refcount == 0)
        mem_free(c);
    return 0;
}

static errcode_t io_set_blksize(io_channel c, int size)
{
    c->block_size = size;
    return 0;
}

/* Before it is mounted: straight, whatever the block size is. */
static errcode_t straight(io_channel c, u64 block, int count, void *data, bool write)
{
    struct ext4 *x = c->private_data;
    u64 at = block * (u64)c->block_size;
    size_t len = count < 0 ? (size_t)-count : (size_t)count * (size_t)c->block_size;
    if (block > disk_size(x->disk) || at % DISK_SECTOR || len % DISK_SECTOR)
        return EIO;
    return disk_io(x->disk, write, at, data, len) < 0 ? EIO : 0;
}

static errcode_t live(io_channel c, u64 block, int count, void *data, bool write)
{
    struct ext4 *x = c->private_data;
    int err;
    if (count <= 0 || (u32)c->block_size != x->block_size)
        return EIO; /* nothing asks for that */
    for (; count; block++, count--, data = (char *)data + x->block_size) {
        struct ext4_buf *b = ext4_buf(x, block, write, &err);
        if (!b)
            return -err;
        if (!write) {
            memcpy(data, b->data, x->block_size);
            continue;
        }
        memcpy(b->data, data, x->block_size);
        ext4_dirty(x, b);
    }
    return 0;
}

static errcode_t io_read64(io_channel c, unsigned long long block, int count, void *data)
{
    return ((struct ext4 *)c->private_data)->live ? live(c, block, count, data, false)
                                                  : straight(c, block, count, data, false);
}

static errcode_t io_write64(io_channel c, unsigned long long block, int count, const void *data)
{
    return ((struct ext4 *)c->private_data)->live
               ? live(c, block, count, (void *)(uintptr_t)data, true)
               : straight(c, block, count, (void *)(uintptr_t)data, true);
}

static errcode_t io_read(io_channel c, unsigned long block, int count, void *data)
{
    return io_read64(c, block, count, data);
}

static errcode_t io_write(io_channel c, unsigned long block, int count, const void *data)
{
    return io_write64(c, block, count, data);
}

static errcode_t io_flush(io_channel c)
{
    struct ext4 *x = c->private_data;
    return !x->live && disk_flush(x->disk) < 0 ? EIO : 0;
}

static errcode_t io_zeroout(io_channel c, unsigned long long block, unsigned long long count)
{
    (void)c, (void)block, (void)count;
    return EXT2_ET_UNIMPLEMENTED; /* then zeros are written */
}

struct struct_io_manager ext4_io_manager = {
    .magic = EXT2_ET_MAGIC_IO_MANAGER,
    .name = "pith",
    .open = io_open,
    .close = io_close,
    .set_blksize = io_set_blksize,
    .read_blk = io_read,
    .write_blk = io_write,
    .flush = io_flush,
    .read_blk64 = io_read64,
    .write_blk64 = io_write64,
    .zeroout = io_zeroout,
};

int ext4_write_super(struct ext4 *x)
{
    struct ext2_super_block *s = x->fs->super;
    ext2fs_superblock_csum_set(x->fs, s);
    return disk_io(x->disk, true, SUPERBLOCK_OFFSET, s, SUPERBLOCK_SIZE);
}
