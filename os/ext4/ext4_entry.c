/* Entries of directories, read and changed in their blocks.
 *
 * A directory is read as a list of blocks, whether it has an index (htree) or not: the blocks of an
 * index look like empty ones. Entries are added by libext2fs where there is an index; elsewhere
 * into the first block with room. Directories made here have none: `e2fsck -D` adds it.
 */
#include "ext4/ext4.h"

#include <linux/stat.h>

#include "mem/alloc.h"

#define TAIL 12u /* bytes at the end of a block with a checksum */

u8 ext4_type(u32 mode)
{
    static const u8 types[16] = {
        [S_IFREG >> 12] = EXT2_FT_REG_FILE, [S_IFDIR >> 12] = EXT2_FT_DIR,
        [S_IFLNK >> 12] = EXT2_FT_SYMLINK,  [S_IFCHR >> 12] = EXT2_FT_CHRDEV,
        [S_IFBLK >> 12] = EXT2_FT_BLKDEV,   [S_IFIFO >> 12] = EXT2_FT_FIFO,
        [S_IFSOCK >> 12] = EXT2_FT_SOCK};
    return types[mode >> 12 & 15];
}

static u64 blocks_of(const struct ext4_node *dir)
{
    return (u64)dir->inode.size / ext4_of(dir)->block_size;
}

static struct ext2_dir_entry_2 *entry_at(const struct ext4_buf *b, u32 offset)
{
    return (struct ext2_dir_entry_2 *)(b->data + offset);
}

u32 ext4_entry_len(struct ext4 *x, const struct ext4_buf *b, u32 offset)
{
    if (offset + 8 > x->block_size)
        return 0;
    const struct ext2_dir_entry_2 *e = entry_at(b, offset);
    u32 len = e->rec_len; /* blocks are smaller than 64 KiB */
    if (len < 8 || len % 4 || len > x->block_size - offset || 8u + e->name_len > len)
        return 0;
    return len;
}

struct ext4_buf *ext4_dir_block(struct ext4_node *dir, u64 logical, int *err)
{
    struct ext4 *x = ext4_of(dir);
    struct ext4_run run;
    *err = ext4_map(dir, logical, &run);
    if (*err < 0)
        return 0;
    if (run.hole || !run.written) {
        *err = -ENOENT;
        return 0;
    }
    struct ext4_buf *b = ext4_buf(x, run.physical + (logical - run.logical), false, err);
    if (!b || b->checked)
        return b;
    if (!ext2fs_dir_block_csum_verify(x->fs, ext4_ino(dir), (struct ext2_dir_entry *)b->data)) {
        *err = -EUCLEAN;
        return 0;
    }
    b->checked = true;
    return b;
}

/* Looks for a name in a block: 1 found, 0 not, -EUCLEAN. */
static int find_in(struct ext4 *x, struct ext4_buf *b, const char *name, size_t len,
                   struct ext4_entry *out)
{
    u32 before = 0;
    for (u32 at = 0, size; at < x->block_size; before = at, at += size) {
        size = ext4_entry_len(x, b, at);
        if (!size)
            return -EUCLEAN;
        const struct ext2_dir_entry_2 *e = entry_at(b, at);
        if (!e->inode || e->name_len != len || memcmp(e->name, name, len))
            continue;
        *out = (struct ext4_entry){b, at, before, e->inode, e->file_type};
        return 1;
    }
    return 0;
}

int ext4_find(struct ext4_node *dir, const char *name, size_t len, struct ext4_entry *e)
{
    for (u64 i = 0; i < blocks_of(dir); i++) {
        int r;
        struct ext4_buf *b = ext4_dir_block(dir, i, &r);
        if (!b && r != -ENOENT)
            return r;
        r = b ? find_in(ext4_of(dir), b, name, len, e) : 0;
        if (r)
            return r > 0 ? 0 : r;
    }
    return -ENOENT;
}

static void changed(struct ext4_node *dir, struct ext4_buf *b)
{
    struct ext4 *x = ext4_of(dir);
    ext2fs_dir_block_csum_set(x->fs, ext4_ino(dir), (struct ext2_dir_entry *)b->data);
    ext4_dirty(x, b);
    inode_touch(&dir->inode, TOUCH_MTIME);
    ext4_changed(dir, true);
}

static void fill(struct ext4 *x, struct ext2_dir_entry_2 *e, const char *name, size_t len, u32 ino,
                 u32 mode)
{
    e->inode = ino;
    e->name_len = (u8)len;
    e->file_type = ext2fs_has_feature_filetype(x->fs->super) ? ext4_type(mode) : 0;
    memcpy(e->name, name, len);
}

/* 1: added; 0: no room. */
static int add_to(struct ext4_node *dir, struct ext4_buf *b, const char *name, size_t len, u32 ino,
                  u32 mode)
{
    struct ext4 *x = ext4_of(dir);
    u32 need = EXT2_DIR_REC_LEN((u32)len);
    u32 end = x->block_size - (ext2fs_has_feature_metadata_csum(x->fs->super) ? TAIL : 0);
    for (u32 at = 0, size; at < end; at += size) {
        size = ext4_entry_len(x, b, at);
        if (!size || at + size > end)
            return -EUCLEAN;
        struct ext2_dir_entry_2 *e = entry_at(b, at);
        u32 used = e->inode ? EXT2_DIR_REC_LEN((u32)e->name_len) : 0;
        if (size < used + need)
            continue;
        if (used) {
            e->rec_len = (u16)used;
            e = entry_at(b, at + used);
            e->rec_len = (u16)(size - used);
        }
        fill(x, e, name, len, ino, mode);
        changed(dir, b);
        return 1;
    }
    return 0;
}

/* By libext2fs, which reads the directory's inode itself. */
static int by_library(struct ext4_node *dir, const char *name, size_t len, u32 ino, u32 mode)
{
    struct ext4 *x = ext4_of(dir);
    errcode_t e = 0;
    char *ended = 0;
    int r = ext4_store(dir);
    if (r == 0 && name && !(ended = mem_alloc(len + 1)))
        r = -ENOMEM;
    if (r < 0)
        return r;
    if (name) {
        memcpy(ended, name, len);
        e = ext2fs_link(x->fs, ext4_ino(dir), ended, ino, ext4_type(mode));
        mem_free(ended);
    } else {
        e = ext2fs_expand_dir(x->fs, ext4_ino(dir));
    }
    r = ext4_load(dir);
    if (r < 0 || (e && e != EXT2_ET_DIR_NO_SPACE))
        return r < 0 ? r : ext4_errno(e);
    inode_touch(&dir->inode, TOUCH_MTIME);
    ext4_changed(dir, true);
    return e ? -ENOSPC : 0;
}

int ext4_add(struct ext4_node *dir, const char *name, size_t len, u32 ino, u32 mode)
{
    if (ext4_raw(dir)->i_flags & EXT2_INDEX_FL)
        return by_library(dir, name, len, ino, mode);
    for (bool grown = false;; grown = true) {
        for (; dir->room < blocks_of(dir); dir->room++) {
            int r;
            struct ext4_buf *b = ext4_dir_block(dir, dir->room, &r);
            if (!b && r != -ENOENT)
                return r;
            r = b ? add_to(dir, b, name, len, ino, mode) : 0;
            if (r)
                return r > 0 ? 0 : r;
        }
        int r = grown ? -EUCLEAN : by_library(dir, 0, 0, 0, 0);
        if (r < 0)
            return r;
    }
}

int ext4_remove(struct ext4_node *dir, const struct ext4_entry *e)
{
    struct ext2_dir_entry_2 *d = entry_at(e->buf, e->offset);
    if (e->before != e->offset)
        entry_at(e->buf, e->before)->rec_len =
            (u16)(entry_at(e->buf, e->before)->rec_len + d->rec_len);
    d->inode = 0;
    dir->room = 0;
    changed(dir, e->buf);
    return 0;
}

int ext4_replace(struct ext4_node *dir, const struct ext4_entry *e, u32 ino, u32 mode)
{
    struct ext2_dir_entry_2 *d = entry_at(e->buf, e->offset);
    d->inode = ino;
    d->file_type = ext2fs_has_feature_filetype(ext4_of(dir)->fs->super) ? ext4_type(mode) : 0;
    changed(dir, e->buf);
    return 0;
}

bool ext4_dir_empty(struct ext4_node *dir, int *err)
{
    struct ext4 *x = ext4_of(dir);
    *err = 0;
    for (u64 i = 0; i < blocks_of(dir); i++) {
        struct ext4_buf *b = ext4_dir_block(dir, i, err);
        if (!b && *err != -ENOENT)
            return false;
        *err = 0;
        for (u32 at = 0, size; b && at < x->block_size; at += size) {
            size = ext4_entry_len(x, b, at);
            const struct ext2_dir_entry_2 *e = entry_at(b, at);
            if (!size)
                *err = -EUCLEAN;
            bool dots = e->name_len == 1   ? e->name[0] == '.'
                        : e->name_len == 2 ? e->name[0] == '.' && e->name[1] == '.'
                                           : false;
            if (!size || (e->inode && !dots))
                return false;
        }
    }
    return true;
}
