/* Of os/ext4 alone: ext4 on a disk, by libext2fs (third_party/e2fsprogs).
 *
 * Who does what: libext2fs knows the formats (extents, directories, bitmaps, checksums) and changes
 * blocks in memory (ext4_io.c); this room joins them to the tree, keeps content in pages
 * (ext4_cache.c), and writes changed blocks through the journal (ext4_journal.c).
 *
 * Rules
 *  - A change of the tree is one step between ext4_begin and ext4_end. All blocks of metadata that
 *    it changes stay in memory until a commit, which happens between steps only: the disk holds the
 *    file system as it was after some step.
 *  - Content is written before the commit of what makes it reachable (ordered mode).
 *  - A block that was freed is not used again before the commit of its freeing.
 *  - What fails in the middle of a step makes the file system read-only, as nothing is undone
 *    (ext4_broken). So a step asks first whether there is room.
 *  - Nothing sleeps (dev/virtio_blk.h), so a step is never interrupted by another thread. Memory of
 *    the program is made present (user_touch) before a step, so not by a page fault either.
 */
#ifndef PITH_EXT4_EXT4_H
#define PITH_EXT4_EXT4_H

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#include <ext2fs/ext3_extents.h>

#include "dev/virtio_blk.h"
#include "mem/vma.h"
#include "sched/timer.h"
#include "vfs/inode.h"
#include "vfs/ramfs.h"

#include "base/string.h"

/* A block of metadata in memory. */
struct ext4_buf {
    struct ext4_buf *hash_next;
    struct list lru;     /* of all of them */
    struct list dirty;   /* in the running transaction, or unlinked */
    struct list pending; /* committed to the journal, not yet where it belongs; or unlinked */
    u64 block;
    bool checked; /* a directory's: the checksum was right */
    u8 *data;
};

struct ext4_run { /* of a file's blocks */
    u64 logical, physical;
    u64 len;
    bool hole;    /* nothing there */
    bool written; /* else it is allocated, and reads as zeros */
};

struct ext4_journal {
    struct ext4_run *map; /* where its blocks are */
    unsigned nmap;
    u32 blocks, first; /* its length, and the first one that is not its superblock */
    u32 head, used;    /* where the next transaction begins; blocks that are not free */
    u32 sequence;      /* its number */
    u32 seed;          /* of checksums */
    bool checksums;    /* JBD2_FEATURE_INCOMPAT_CSUM_V3 */
    bool wide;         /* JBD2_FEATURE_INCOMPAT_64BIT */
    u8 *super;         /* its first block */
};

struct ext4 {
    struct super super; /* first */
    struct list node;   /* in ext4_all */
    struct disk *disk;
    ext2_filsys fs;
    u32 block_size;
    unsigned busy;  /* steps being made */
    bool live;      /* mounted: blocks are kept in memory */
    int broken;     /* 0, or what further changes are answered with */
    bool unflushed; /* something was written since the disk was last flushed */
    bool uncommitted;
    bool reclaimed; /* a block that the journal still holds was freed */
    u32 nstore;     /* nodes whose attributes are to be written */
    u32 ngroups;    /* groups that changed */

    /* ext4_io.c */
    struct ext4_buf **bufs;
    unsigned nbufs, ndirty, npending, bufs_most;
    struct list lru, dirty, pending;

    /* ext4_alloc.c */
    ext2fs_block_bitmap freed; /* since the last commit: not to be used before it */
    u64 nfreed;
    u8 *group; /* what changed in each: GROUP_* */
    u32 group_first, group_last;

    struct ext4_journal journal;
    struct timer timer; /* of the next commit */

    struct list changed; /* nodes to be written */
    u32 orphan;          /* first of the list */
};
#define GROUP_BLOCKS 1u
#define GROUP_INODES 2u

struct ext4_node {
    struct inode inode;      /* first */
    struct ramfs_node pages; /* content in memory; its inode is not one */
    struct mem_object object;
    struct ext4_node *hash_next;
    struct list changed; /* in ext4.changed */
    struct list recent;  /* of those with pages */
    u8 *raw;             /* the inode as it is on disk */
    struct ext4_run run; /* where content was last looked for; len 0: nowhere */
    u32 dirty;           /* pages to be written */
    u32 maps;
    bool writable_map;
    bool synced; /* fsync was called for it */
    bool store;  /* attributes are to be written */
    u32 touched; /* the transaction that last changed anything of it ... */
    u32 resized; /* ... or what fdatasync is for: size and blocks */
    u64 next;    /* page where reading in order would go on */
    u32 window;  /* and how many were read at once */
    u64 room;    /* of a directory: blocks before this one are full */
    bool orphan; /* in the list of those without a name */
    int error;   /* of content that could not be written: for the next fsync */
};
static inline struct ext4_node *ext4_node(struct inode *i)
{
    return (struct ext4_node *)i;
}
static inline struct ext4 *ext4_of(const struct ext4_node *n)
{
    return (struct ext4 *)n->inode.super;
}
static inline struct ext2_inode *ext4_raw(struct ext4_node *n)
{
    return (struct ext2_inode *)n->raw;
}
static inline u32 ext4_ino(const struct ext4_node *n)
{
    return (u32)n->inode.ino;
}

extern struct list ext4_all;

/* Memory that libext2fs allocated (port.c). */
void e2_free(void *p);

/* -errno of what libext2fs says (0 for 0). */
int ext4_errno(errcode_t e);

/* ---- steps (ext4_journal.c) ---- */
/* Begins one that needs up to `blocks` new blocks: 0, -EROFS, -EIO, -ENOSPC, -ENOMEM. */
int ext4_begin(struct ext4 *x, u64 blocks);
/* Ends it; with an error that left something half done it is the last one. Returns r. */
int ext4_end(struct ext4 *x, int r);
/* The file system is not what it should be, or a commit failed (why: -errno): no more changes.
 * Returns -EIO, or -ENOSPC if that is why: the disk's file cannot grow on a host that is full. */
int ext4_broken(struct ext4 *x, int why);
/* Something changed outside of a step, or a step did: it will be committed after some seconds. */
void ext4_commit_soon(struct ext4 *x);
/* Writes all that changed. With `sync` it is on the medium when this returns. 0, -EIO or -ENOSPC.
 */
int ext4_commit(struct ext4 *x, bool sync);
/* All that was written is on the medium. */
int ext4_flush(struct ext4 *x);
/* Committed blocks go where they belong, the journal is free. */
int ext4_checkpoint(struct ext4 *x);
/* Reads what the journal is; the first checkpoint says on the disk where it begins. */
int ext4_journal_open(struct ext4 *x);
/* The journal is empty and says so. */
int ext4_journal_close(struct ext4 *x);

/* ---- blocks of metadata (ext4_io.c) ---- */
extern struct struct_io_manager ext4_io_manager;
/* The block, read unless `fresh` (then its content is whatever). 0: *err. */
struct ext4_buf *ext4_buf(struct ext4 *x, u64 block, bool fresh, int *err);
/* It was changed. */
void ext4_dirty(struct ext4 *x, struct ext4_buf *b);
/* Block was freed: its content is nobody's. */
void ext4_forget(struct ext4 *x, u64 block);
/* Drops what can be read again, down to `keep` blocks. True if that was anything. */
bool ext4_shrink(struct ext4 *x, unsigned keep);
int ext4_write_super(struct ext4 *x);

/* ---- free space (ext4_alloc.c) ---- */
int ext4_alloc_open(struct ext4 *x);
/* Blocks that may be allocated now by who asks. */
u64 ext4_available(struct ext4 *x, bool *waiting);
/* Bitmaps, group descriptors and the superblock as they are now become blocks to be written. */
int ext4_alloc_store(struct ext4 *x);
/* The transaction is committed: what it freed can be used. */
void ext4_alloc_committed(struct ext4 *x);
int ext4_inode_new(struct ext4 *x, u32 near, u32 mode, u32 *ino);
void ext4_inode_free(struct ext4 *x, u32 ino, u32 mode);

/* ---- a file's blocks (ext4_map.c) ---- */
/* Where logical block and its followers are. 0 or -errno. */
int ext4_map(struct ext4_node *n, u64 logical, struct ext4_run *run);
/* Makes blocks for [logical, logical + count); `written`: they count as written, as content is
 * about to come. Within a step. */
int ext4_allocate(struct ext4_node *n, u64 logical, u64 count, bool written);
/* Gives back those from `first` to `last`. Within a step. */
int ext4_punch(struct ext4_node *n, u64 first, u64 last);
/* The file becomes this long: content and blocks behind that go, in steps of their own. */
int ext4_resize(struct ext4_node *n, u64 size);
u64 ext4_size_max(struct ext4_node *n);

/* ---- inodes (ext4_node.c) ---- */
int ext4_get(struct ext4 *x, u32 ino, struct ext4_node **out);
/* The one of an inode that is about to be made. */
struct ext4_node *ext4_new_node(struct ext4 *x, u32 ino, u32 mode);
/* Its attributes changed. `size`: what fdatasync must write as well. */
void ext4_changed(struct ext4_node *n, bool size);
/* Attributes go into the inode and that into its block; and back. */
int ext4_store(struct ext4_node *n);
int ext4_load(struct ext4_node *n);
/* The list of inodes without a name. Within a step. */
int ext4_orphan_add(struct ext4_node *n);
int ext4_orphan_remove(struct ext4_node *n);
/* Ends the inode: it has no name and nobody uses it. */
int ext4_delete(struct ext4_node *n);
void ext4_release(struct inode *i);
int ext4_setattr(struct inode *i, const struct attr *a);
void ext4_limit_time(struct ext4 *x, struct time_os *t);
/* For all in memory: those with attributes not yet written are written. */
int ext4_store_all(struct ext4 *x);

extern const struct inode_ops ext4_dir_ops, ext4_file_ops, ext4_special_ops;
extern const struct file_ops ext4_dir_fops, ext4_file_fops;

/* ---- directories (ext4_entry.c) ---- */
struct ext4_entry {
    struct ext4_buf *buf;
    u32 offset, before; /* of it and the entry before it in the block; before == offset: none */
    u32 ino;
    u8 type; /* EXT2_FT_* */
};
/* The block of a directory, in memory and sound. 0: *err (-ENOENT: a hole). */
struct ext4_buf *ext4_dir_block(struct ext4_node *dir, u64 logical, int *err);
/* The entry at `offset` of a block that ext4_dir_block gave, if it is sound: its length, else 0. */
u32 ext4_entry_len(struct ext4 *x, const struct ext4_buf *b, u32 offset);
/* 0, -ENOENT, -errno. */
int ext4_find(struct ext4_node *dir, const char *name, size_t len, struct ext4_entry *e);
int ext4_add(struct ext4_node *dir, const char *name, size_t len, u32 ino, u32 mode);
int ext4_remove(struct ext4_node *dir, const struct ext4_entry *e);
/* The entry stands for another inode from now on. */
int ext4_replace(struct ext4_node *dir, const struct ext4_entry *e, u32 ino, u32 mode);
bool ext4_dir_empty(struct ext4_node *dir, int *err);
u8 ext4_type(u32 mode);

/* ---- content (ext4_cache.c, ext4_file.c) ---- */
#define EXT4_PAGE_DIRTY ((uintptr_t)2) /* beside RAMFS_SHARED in a page's slot */
static inline u8 *ext4_page_ptr(uintptr_t page)
{
    return (u8 *)(page & PAGE_MASK);
}
/* The page of a file, read with those behind it (`ahead`, as many as make sense) if it is absent;
 * 0 and *err otherwise. */
u8 *ext4_page(struct ext4_node *n, u64 index, unsigned ahead, int *err);
/* The same, but it is about to be overwritten as a whole. */
u8 *ext4_page_blank(struct ext4_node *n, u64 index, int *err);
void ext4_page_dirty(struct ext4_node *n, u64 index);
/* Forgets pages [first, last], changed ones too. */
void ext4_pages_drop(struct ext4_node *n, u64 first, u64 last);
/* Writes changed pages of the file; 0 or the first error. */
int ext4_write_back(struct ext4_node *n, u64 first, u64 last);
int ext4_write_back_all(struct ext4 *x);
/* There are more pages than may be: some go. */
void ext4_pages_limit(struct ext4 *x);
void ext4_pages_end(struct ext4_node *n);
int ext4_fsync(struct ext4_node *n, bool data_only);
int ext4_truncate(struct inode *i, loff_t size);
int ext4_fallocate(struct file *f, int mode, loff_t off, loff_t len);
extern const struct mem_object_ops ext4_object_ops;

ssize_t ext4_getxattr(struct inode *i, const char *name, void *buf, size_t size);
ssize_t ext4_listxattr(struct inode *i, void *buf, size_t size);
int ext4_setxattr(struct inode *i, const char *name, const void *buf, size_t size, int flags);
int ext4_removexattr(struct inode *i, const char *name);

#endif
