/* Free blocks and inodes: what libext2fs' bitmaps say, and what of them is to be written.
 *
 * A block that is freed stays marked as used in the bitmap in memory until its freeing is
 * committed, so nothing allocates it; `freed` remembers it, and what is written to the disk has it
 * free. Which groups changed is known from libext2fs' callbacks.
 */
#include "ext4/ext4.h"

#include "mem/alloc.h"
#include "vfs/cred.h"

static void group_changed(struct ext4 *x, u32 group, u8 what)
{
    x->group_first = MIN(x->group_first, group);
    x->group_last = MAX(x->group_last, group);
    x->ngroups += !x->group[group];
    x->group[group] |= what;
}

static void changed(ext2_filsys fs, blk64_t block, int inuse)
{
    struct ext4 *x = fs->priv_data;
    group_changed(x, (u32)ext2fs_group_of_blk2(fs, block), GROUP_BLOCKS);
    if (inuse > 0)
        return;
    ext2fs_mark_block_bitmap2(fs->block_map, block);
    ext2fs_mark_block_bitmap2(x->freed, block);
    x->nfreed++;
    ext4_forget(x, block);
}

static void changed_range(ext2_filsys fs, blk64_t block, blk_t count, int inuse)
{
    struct ext4 *x = fs->priv_data;
    (void)inuse; /* ranges are only taken */
    while (count) {
        u32 group = (u32)ext2fs_group_of_blk2(fs, block);
        u64 end = ext2fs_group_last_block2(fs, group) + 1;
        group_changed(x, group, GROUP_BLOCKS);
        count -= (blk_t)MIN(count, end - block);
        block = end;
    }
}

int ext4_alloc_open(struct ext4 *x)
{
    ext2_filsys fs = x->fs;
    fs->priv_data = x;
    x->group = mem_alloc(fs->group_desc_count);
    x->group_first = ~0u;
    errcode_t e = x->group ? ext2fs_read_bitmaps(fs) : EXT2_ET_NO_MEMORY;
    if (!e)
        e = ext2fs_allocate_block_bitmap(fs, "freed", &x->freed);
    ext2fs_set_block_alloc_stats_callback(fs, changed, 0);
    ext2fs_set_block_alloc_stats_range_callback(fs, changed_range, 0);
    return ext4_errno(e);
}

u64 ext4_available(struct ext4 *x, bool *waiting)
{
    const struct ext2_super_block *s = x->fs->super;
    u64 free = ext2fs_free_blocks_count(x->fs->super);
    u64 kept = ext2fs_r_blocks_count(x->fs->super);
    u32 uid = cred_uid();
    if (uid == 0 || uid == s->s_def_resuid || (s->s_def_resgid && cred_in_group(s->s_def_resgid)))
        kept = 0;
    *waiting = x->nfreed > 0;
    kept += x->nfreed;
    return free > kept ? free - kept : 0;
}

/* The bits of a group that are to be written, the freed ones free. */
static int block_bitmap(struct ext4 *x, u32 group)
{
    ext2_filsys fs = x->fs;
    u32 bytes = EXT2_CLUSTERS_PER_GROUP(fs->super) / 8;
    u64 first = ext2fs_group_first_block2(fs, group);
    u64 there = ext2fs_group_last_block2(fs, group) - first + 1;
    int err;
    struct ext4_buf *b = ext4_buf(x, ext2fs_block_bitmap_loc(fs, group), true, &err);
    if (!b)
        return err;
    memset(b->data, 0xff, x->block_size);
    errcode_t e = ext2fs_get_block_bitmap_range2(fs->block_map, first, there, b->data);
    for (u64 bit = there; bit < bytes * 8u; bit++) /* behind the end: used */
        b->data[bit / 8] |= (u8)(1u << bit % 8);
    blk64_t block = first, end = first + there - 1;
    while (!e && x->nfreed && block <= end &&
           !ext2fs_find_first_set_block_bitmap2(x->freed, block, end, &block)) {
        b->data[(block - first) / 8] &= (u8) ~(1u << (block - first) % 8);
        block++;
    }
    if (!e)
        e = ext2fs_block_bitmap_csum_set(fs, group, (char *)b->data, (int)bytes);
    ext4_dirty(x, b);
    return ext4_errno(e);
}

static int inode_bitmap(struct ext4 *x, u32 group)
{
    ext2_filsys fs = x->fs;
    u32 count = EXT2_INODES_PER_GROUP(fs->super);
    int err;
    struct ext4_buf *b = ext4_buf(x, ext2fs_inode_bitmap_loc(fs, group), true, &err);
    if (!b)
        return err;
    memset(b->data, 0xff, x->block_size);
    errcode_t e = ext2fs_get_inode_bitmap_range2(fs->inode_map, group * count + 1, count, b->data);
    if (!e)
        e = ext2fs_inode_bitmap_csum_set(fs, group, (char *)b->data, (int)(count / 8));
    ext4_dirty(x, b);
    return ext4_errno(e);
}

static int descriptors(struct ext4 *x, u32 index)
{
    ext2_filsys fs = x->fs;
    u64 at = ext2fs_descriptor_block_loc2(fs, fs->super->s_first_data_block, index);
    int err;
    struct ext4_buf *b = ext4_buf(x, at, true, &err);
    if (!b)
        return err;
    memcpy(b->data, (char *)fs->group_desc + (u64)index * x->block_size, x->block_size);
    ext4_dirty(x, b);
    return 0;
}

static int super(struct ext4 *x)
{
    struct ext2_super_block *s = x->fs->super;
    u64 at = SUPERBLOCK_OFFSET / x->block_size;
    int err;
    struct ext4_buf *b = ext4_buf(x, at, false, &err);
    if (!b)
        return err;
    struct time_os now = inode_now();
    s->s_wtime = (u32)now.sec;
    s->s_wtime_hi = (u8)(now.sec >> 32);
    ext2fs_superblock_csum_set(x->fs, s);
    memcpy(b->data + SUPERBLOCK_OFFSET % x->block_size, s, SUPERBLOCK_SIZE);
    ext4_dirty(x, b);
    return 0;
}

int ext4_alloc_store(struct ext4 *x)
{
    u32 per_block = EXT2_DESC_PER_BLOCK(x->fs->super), last = ~0u;
    int err = 0;
    for (u32 g = x->group_first; g <= x->group_last && !err && x->group_first != ~0u; g++) {
        if (!x->group[g])
            continue;
        if (x->group[g] & GROUP_BLOCKS)
            err = block_bitmap(x, g);
        if (!err && x->group[g] & GROUP_INODES)
            err = inode_bitmap(x, g);
        ext2fs_group_desc_csum_set(x->fs, g);
        x->group[g] = 0;
    }
    if (x->group_first != ~0u)
        last = x->group_last / per_block;
    for (u32 i = x->group_first / per_block; last != ~0u && i <= last && !err; i++)
        err = descriptors(x, i);
    x->group_first = ~0u;
    x->group_last = x->ngroups = 0;
    return err ? err : super(x);
}

void ext4_alloc_committed(struct ext4 *x)
{
    blk64_t block = 0, end = ext2fs_blocks_count(x->fs->super) - 1;
    if (!x->nfreed)
        return;
    block = x->fs->super->s_first_data_block;
    while (block <= end && !ext2fs_find_first_set_block_bitmap2(x->freed, block, end, &block)) {
        blk64_t past = end + 1;
        if (ext2fs_find_first_zero_block_bitmap2(x->freed, block, end, &past))
            past = end + 1;
        ext2fs_unmark_block_bitmap_range2(x->fs->block_map, block, (unsigned)(past - block));
        block = past;
    }
    ext2fs_clear_block_bitmap(x->freed);
    x->nfreed = 0;
}

int ext4_inode_new(struct ext4 *x, u32 near, u32 mode, u32 *ino)
{
    ext2_ino_t got;
    errcode_t e = ext2fs_new_inode(x->fs, near, (int)mode, 0, &got);
    if (e)
        return ext4_errno(e);
    ext2fs_inode_alloc_stats2(x->fs, got, +1, LINUX_S_ISDIR(mode));
    group_changed(x, (u32)ext2fs_group_of_ino(x->fs, got), GROUP_INODES);
    *ino = got;
    return 0;
}

void ext4_inode_free(struct ext4 *x, u32 ino, u32 mode)
{
    ext2fs_inode_alloc_stats2(x->fs, ino, -1, LINUX_S_ISDIR(mode));
    group_changed(x, (u32)ext2fs_group_of_ino(x->fs, ino), GROUP_INODES);
}
