/* ramfs: files and directories in memory; the root of every tree, /dev, /tmp and memfds.
 *
 * A regular file is a tree of pages, 64 ways a level, as high as its last page needs:
 *
 *   height 0   root -> page 0
 *   height 1   root -> [64 pages]
 *   height 2   root -> [64 nodes] -> [64 pages] ...
 *
 * A missing page is a hole and reads as zeros, or, below lower_size, as the bytes of an embedded
 * file in the image's read-only memory; the first write to such a page copies it. Bit 0 of a page
 * pointer marks pages that mappings may share (shared_page.h).
 */
#ifndef PITH_VFS_RAMFS_H
#define PITH_VFS_RAMFS_H

#include "mem/vma.h"
#include "vfs/inode.h"

#define RAMFS_SHIFT 6
#define RAMFS_WAYS (1u << RAMFS_SHIFT)
#define RAMFS_SHARED ((uintptr_t)1)
#define RAMFS_SIZE_MAX INT64_MAX

struct ramfs_node {
    struct inode inode;
    struct mem_object object; /* for mappings of it */
    uintptr_t root;
    uintptr_t *leaf; /* the 64 pages last used ... */
    u64 leaf_base;   /* ... and the first one's index */
    const u8 *lower; /* a file's embedded content, or a directory's entry not yet read */
    union {
        u64 lower_size; /* of a file */
        char *target;   /* of a symbolic link */
    };
    struct list *xattrs; /* of a file or directory that has some (ramfs_xattr.c) */
    u8 height;
    u8 seals; /* F_SEAL_* of a memfd */
    u32 maps; /* mappings of it */
};
static inline struct ramfs_node *ramfs_node(struct inode *i)
{
    return (struct ramfs_node *)i;
}

extern const struct inode_ops ramfs_dir_ops, ramfs_file_ops_inode, ramfs_special_ops;
extern const struct file_ops ramfs_file_ops, dir_file_ops;
extern const struct mem_object_ops ramfs_object_ops;
extern struct super ramfs_super;

/* A new inode of the type in mode with one reference, or 0. target: of a symbolic link. */
struct inode *ramfs_inode(struct super *s, u32 mode, u64 rdev, const char *target);
void ramfs_release(struct inode *i);
/* An entry in dir without checks: the tree's builders use it. 0 or -errno. */
int ramfs_add(struct dentry *dir, const char *name, size_t len, struct inode *i);
/* Makes the entries of an embedded directory known, once; 0 or -errno. Absent (0) where nothing
 * is embedded. */
int embed_read_dir(struct dentry *dir) WEAK;

/* Pages. index counts pages. */
uintptr_t ramfs_page(struct ramfs_node *n, u64 index); /* as stored, 0 = missing */
/* The page for writing, made if it is missing (with its lower content): 0 = no memory. */
u8 *ramfs_page_make(struct ramfs_node *n, u64 index);
/* Where the page pointer is, made if missing: 0 = no memory. */
uintptr_t *ramfs_slot(struct ramfs_node *n, u64 index);
/* Frees the pages [first, last]. */
void ramfs_pages_drop(struct ramfs_node *n, u64 first, u64 last);
/* The first page >= index that is there, or ~0. */
u64 ramfs_page_next(struct ramfs_node *n, u64 index);
static inline u8 *ramfs_page_ptr(uintptr_t page)
{
    return (u8 *)(page & ~RAMFS_SHARED);
}
/* Lower bytes that lie in page `index`. */
static inline size_t ramfs_lower_bytes(const struct ramfs_node *n, u64 index)
{
    u64 at = index * PAGE_SIZE;
    return n->lower_size > at ? MIN(n->lower_size - at, PAGE_SIZE) : 0;
}
/* RLIMIT_FSIZE: no write or truncation makes a file longer. */
extern u64 ramfs_size_limit;
/* 0, or -EFBIG with SIGXFSZ sent: may a file become this long? */
int ramfs_size_check(u64 size);
/* Is there memory for one more page of file data? */
bool ramfs_room(void);
/* The same, within the file system's own limit; ramfs_took counts the page. */
bool ramfs_room_in(const struct super *s);
static inline void ramfs_took(struct inode *i, int pages)
{
    i->blocks += (u64)pages * (PAGE_SIZE / 512);
    i->super->used += (u64)pages;
}

/* Attributes of the user's, in memory as everything here. */
ssize_t ramfs_getxattr(struct inode *i, const char *name, void *buf, size_t size);
ssize_t ramfs_listxattr(struct inode *i, void *buf, size_t size);
int ramfs_setxattr(struct inode *i, const char *name, const void *buf, size_t size, int flags);
int ramfs_removexattr(struct inode *i, const char *name);
/* All of them go with their inode; 0 in a program that sets none. */
void ramfs_drop_xattrs(struct ramfs_node *n) WEAK;

int ramfs_truncate(struct inode *i, loff_t size);
/* Zeroes [off, off+len) of the content without changing the size; 0 or -ENOSPC. */
int ramfs_zero(struct ramfs_node *n, u64 off, u64 len);
int ramfs_fallocate(struct file *f, int mode, loff_t off, loff_t len);

#endif
