/* Which blocks of the disk a file's content has: extents, or the block lists of older file systems
 * (which are read and written a block at a time). */
#include "ext4/ext4.h"

#define PUNCH_BLOCKS 32768u /* given back in one step: a group or two of blocks */
#define SET_BLOCKS 64u      /* looked at one by one where there are no extents */

static bool has_extents(struct ext4_node *n)
{
    return ext4_raw(n)->i_flags & EXT4_EXTENTS_FL;
}

u64 ext4_size_max(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    u64 per = x->block_size / 4;
    if (has_extents(n))
        return (u64)x->block_size * 0xffffffffu;
    return MIN((12 + per + per * per + per * per * per) * x->block_size, 1ull << 41);
}

static errcode_t map_extent(struct ext4_node *n, u64 logical, struct ext4_run *run)
{
    ext2_extent_handle_t h;
    struct ext2fs_extent e;
    errcode_t r = ext2fs_extent_open2(ext4_of(n)->fs, ext4_ino(n), ext4_raw(n), &h);
    if (r)
        return r;
    *run = (struct ext4_run){.logical = logical, .len = (1ull << 32) - logical, .hole = true};
    r = ext2fs_extent_goto(h, logical);
    bool found = !r;
    if (r && r != EXT2_ET_EXTENT_NOT_FOUND)
        goto out;
    r = ext2fs_extent_get(h, EXT2_EXTENT_CURRENT, &e);
    if (!r && found) {
        bool sane = e.e_lblk <= logical && logical - e.e_lblk < e.e_len &&
                    e.e_pblk + e.e_len <= ext2fs_blocks_count(ext4_of(n)->fs->super);
        if (!sane)
            r = EXT2_ET_EXTENT_HEADER_BAD;
        *run = (struct ext4_run){.logical = e.e_lblk,
                                 .physical = e.e_pblk,
                                 .len = e.e_len,
                                 .written = !(e.e_flags & EXT2_EXTENT_FLAGS_UNINIT)};
        goto out;
    }
    /* A hole up to the next extent. */
    if (!r && e.e_lblk <= logical)
        r = ext2fs_extent_get(h, EXT2_EXTENT_NEXT_LEAF, &e);
    if (!r && e.e_lblk > logical)
        run->len = e.e_lblk - logical;
    if (r == EXT2_ET_EXTENT_NO_NEXT || r == EXT2_ET_NO_CURRENT_NODE)
        r = 0;
out:
    ext2fs_extent_free(h);
    return r;
}

static errcode_t map_blocks(struct ext4_node *n, u64 logical, struct ext4_run *run)
{
    ext2_filsys fs = ext4_of(n)->fs;
    *run = (struct ext4_run){.logical = logical, .written = true};
    for (; run->len < SET_BLOCKS; run->len++) {
        blk64_t at;
        errcode_t r = ext2fs_bmap2(fs, ext4_ino(n), ext4_raw(n), 0, 0, logical + run->len, 0, &at);
        if (r)
            return r;
        if (at >= ext2fs_blocks_count(fs->super))
            return EXT2_ET_BAD_BLOCK_NUM;
        if (run->len && (run->hole != !at || (at && at != run->physical + run->len)))
            break;
        if (!run->len) {
            run->physical = at;
            run->hole = !at;
        }
    }
    return 0;
}

int ext4_map(struct ext4_node *n, u64 logical, struct ext4_run *run)
{
    if (n->run.len && logical - n->run.logical < n->run.len) {
        *run = n->run;
        return 0;
    }
    if (logical >> 32)
        return -EFBIG;
    errcode_t e = has_extents(n) ? map_extent(n, logical, run) : map_blocks(n, logical, run);
    if (!e)
        n->run = *run;
    return ext4_errno(e);
}

/* Allocated blocks become written ones, a block at a time as libext2fs does it. */
static int set_written(struct ext4_node *n, u64 logical, u64 end)
{
    ext2_filsys fs = ext4_of(n)->fs;
    while (logical < end) {
        struct ext4_run run;
        int r = ext4_map(n, logical, &run);
        if (r < 0)
            return r;
        u64 stop = MIN(run.logical + run.len, end);
        if (run.hole || run.written) {
            logical = stop;
            continue;
        }
        for (; logical < stop; logical++) {
            blk64_t at = run.physical + (logical - run.logical);
            errcode_t e = ext2fs_bmap2(fs, ext4_ino(n), ext4_raw(n), 0, BMAP_SET, logical, 0, &at);
            n->run.len = 0;
            if (e)
                return ext4_errno(e);
        }
    }
    return 0;
}

int ext4_allocate(struct ext4_node *n, u64 logical, u64 count, bool written)
{
    ext2_filsys fs = ext4_of(n)->fs;
    struct ext4_run run;
    u64 end = logical + count, at = logical;
    bool missing = false, unwritten = false;
    while (at < end) {
        int r = ext4_map(n, at, &run);
        if (r < 0)
            return r;
        missing |= run.hole;
        unwritten |= !run.hole && !run.written;
        at = run.logical + run.len;
    }
    if (missing) {
        errcode_t e = 0;
        n->run.len = 0;
        if (has_extents(n)) {
            int flags = written ? EXT2_FALLOCATE_FORCE_INIT : EXT2_FALLOCATE_FORCE_UNINIT;
            e = ext2fs_fallocate(fs, flags | EXT2_FALLOCATE_INIT_BEYOND_EOF, ext4_ino(n),
                                 ext4_raw(n), ~0ull, logical, count);
        } else {
            for (at = logical; at < end && !e; at++) {
                blk64_t block;
                e = ext2fs_bmap2(fs, ext4_ino(n), ext4_raw(n), 0, BMAP_ALLOC, at, 0, &block);
            }
        }
        ext4_changed(n, true);
        if (e)
            return ext4_errno(e);
    }
    if (!written || !unwritten)
        return 0;
    ext4_changed(n, true);
    return set_written(n, logical, end);
}

/* A tree of one block whose extents would have room in the inode goes back there, as Linux and
 * e2fsck want it. */
static int shorten(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    struct ext3_extent_header *root = (struct ext3_extent_header *)ext4_raw(n)->i_block;
    int err;
    if (!has_extents(n) || root->eh_depth != 1 || root->eh_entries != 1)
        return 0;
    const struct ext3_extent_idx *index = (const struct ext3_extent_idx *)(root + 1);
    u64 block = index->ei_leaf | (u64)index->ei_leaf_hi << 32;
    const struct ext4_buf *b = ext4_buf(x, block, false, &err);
    if (!b)
        return err;
    const struct ext3_extent_header *leaf = (const struct ext3_extent_header *)b->data;
    if (leaf->eh_magic != EXT3_EXT_MAGIC || leaf->eh_depth || leaf->eh_entries > 4)
        return leaf->eh_magic != EXT3_EXT_MAGIC || leaf->eh_depth ? -EUCLEAN : 0;
    memcpy(root + 1, leaf + 1, leaf->eh_entries * sizeof(struct ext3_extent));
    root->eh_entries = leaf->eh_entries;
    root->eh_depth = 0;
    ext2fs_block_alloc_stats2(x->fs, block, -1);
    return ext4_errno(ext2fs_iblk_sub_blocks(x->fs, ext4_raw(n), 1));
}

int ext4_punch(struct ext4_node *n, u64 first, u64 last)
{
    n->run.len = 0;
    errcode_t e = ext2fs_punch(ext4_of(n)->fs, ext4_ino(n), ext4_raw(n), 0, first, last);
    n->run.len = 0;
    int r = ext4_errno(e);
    if (r == 0)
        r = shorten(n);
    ext4_changed(n, true);
    return r;
}

/* The first block of the last PUNCH_BLOCKS ones that the file has from `first` on, or ~0. */
static int last_part(struct ext4_node *n, u64 first, u64 *part)
{
    struct ext4_run run;
    u64 seen = 0;
    *part = ~0ull;
    for (u64 at = first; !(at >> 32); at = run.logical + run.len) {
        int r = ext4_map(n, at, &run);
        if (r < 0)
            return r;
        if (run.hole)
            continue;
        if (*part == ~0ull || seen > PUNCH_BLOCKS) {
            *part = at;
            seen = 0;
        }
        u64 len = run.logical + run.len - at;
        if (len > PUNCH_BLOCKS) {
            *part = at + len - PUNCH_BLOCKS;
            len = PUNCH_BLOCKS;
        }
        seen += len;
    }
    return 0;
}

/* In steps from the end, so that no transaction is too large. While there is more than one, the
 * file is in the list of orphans: recovery goes on with it. */
int ext4_resize(struct ext4_node *n, u64 size)
{
    struct ext4 *x = ext4_of(n);
    u64 first = (size + x->block_size - 1) / x->block_size, part = 0;
    bool listed = false;
    for (;;) {
        int r = ext4_begin(x, 0);
        if (r < 0)
            return r;
        if ((u64)n->inode.size != size) {
            n->inode.size = (loff_t)size;
            ext4_changed(n, true);
        }
        r = last_part(n, first, &part);
        bool all = part == ~0ull || part == first;
        if (r == 0 && !all && !n->orphan) {
            r = ext4_orphan_add(n);
            listed = true;
        }
        if (r == 0 && part != ~0ull)
            r = ext4_punch(n, part, ~0ull);
        if (r == 0 && all && listed)
            r = ext4_orphan_remove(n);
        r = ext4_end(x, r);
        if (r < 0 || all)
            return r;
    }
}
