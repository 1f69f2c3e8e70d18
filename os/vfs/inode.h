/* Inodes and names: what the path calls work on, and what a file system must offer.
 *
 * A dentry is one name in one directory; an inode is what it names. The tree of dentries that is
 * in memory is the truth: ramfs keeps every entry there (a "pinned" dentry: the directory holds
 * one reference), generated file systems such as /proc make dentries as they are looked up
 * (unpinned: freed with the last reference). Mounts are inodes of another `super` in the tree.
 *
 * Rules
 *  - A dentry holds references on its parent and its inode; open files, the working directory
 *    and walks hold dentries. After unlink a dentry lives on, marked DENTRY_DEAD, as long as it
 *    is held.
 *  - An inode ends (ops->release) when its last reference is gone; whether it still has names is
 *    the file system's business.
 *  - Nothing here sleeps for ramfs, /dev and /proc; an op of another file system may.
 *  - The caller of a directory op has checked permissions, kinds and existence; the op does it.
 */
#ifndef PITH_VFS_INODE_H
#define PITH_VFS_INODE_H

#include "vfs/file.h"

struct inode;
struct dentry;
struct walk;

struct time_os {
    s64 sec;
    u32 nsec;
};

struct attr {
    u32 valid; /* ATTR_* */
    u32 mode;  /* permission bits only */
    u32 uid, gid;
    struct time_os atime, mtime;
};
#define ATTR_MODE 1u
#define ATTR_UID 2u
#define ATTR_GID 4u
#define ATTR_ATIME 8u
#define ATTR_MTIME 16u
#define ATTR_NOW 32u /* with both of them: the times are the moment of the call */

struct fs_space {
    u64 type;       /* magic number */
    u64 block_size; /* 0 = a page */
    u64 blocks, free, files, files_free;
    u64 available; /* of free, what not only root may have; 0 = all */
    u64 name_len;  /* 0 = NAME_LEN */
};

/* A mounted file system. */
struct super {
    u64 dev;          /* st_dev */
    const char *type; /* for /proc/mounts */
    bool read_only;   /* all changes are -EROFS */
    bool fixed;       /* names cannot be made or removed: -EPERM as in /proc */
    bool remote;      /* the other side keeps the times; open truncates by itself (O_TRUNC) */
    u64 limit, used;  /* of a ramfs with a limit: most pages of content, and those there are */
    int (*sync)(struct super *s); /* sync and syncfs; may be 0 */
    void (*space)(struct super *s, struct fs_space *out);
};

/* A null member: -EPERM for the ones that change, -ENOENT for lookup. */
struct inode_ops {
    /* The entry `name` of directory `dir`, which is not among its dentries or is one of those
     * that are only cached: *out referenced, or -ENOENT. */
    int (*lookup)(struct dentry *dir, const char *name, size_t len, struct dentry **out);
    /* Makes an entry of type mode & S_IFMT; target is a symbolic link's. *out referenced. */
    int (*make)(struct dentry *dir, const char *name, size_t len, u32 mode, u64 rdev,
                const char *target, struct dentry **out);
    /* Makes a regular file and opens it with O_* flags: *out is opened next, by ops->open. Null:
     * make is used. An existing file is opened, unless O_EXCL is in flags (-EEXIST). */
    int (*create)(struct dentry *dir, const char *name, size_t len, u32 mode, u32 flags,
                  struct dentry **out);
    /* O_TMPFILE: an inode without a name, opened next as well; null: -EOPNOTSUPP. */
    int (*tmpfile)(struct dentry *dir, u32 mode, u32 flags, struct inode **out);
    int (*link)(struct inode *old, struct dentry *dir, const char *name, size_t len);
    /* Removes a name; of a directory too, which is empty (ops->empty). */
    int (*remove)(struct dentry *d);
    /* Moves d to (dir, name). over: what is there now and goes, or 0. */
    int (*rename)(struct dentry *d, struct dentry *dir, const char *name, size_t len,
                  struct dentry *over);
    int (*exchange)(struct dentry *a, struct dentry *b);
    bool (*empty)(struct dentry *dir);
    int (*setattr)(struct inode *i, const struct attr *a);
    int (*truncate)(struct inode *i, loff_t size);
    /* The target of a symbolic link, at most size bytes, not NUL-ended: its length. */
    ssize_t (*readlink)(struct inode *i, char *buf, size_t size);
    /* Instead of a path to walk on: sets w->dentry (referenced) or w->file. */
    int (*follow)(struct inode *i, struct walk *w);
    /* Called on open with f->ops set to inode->fops; may change ops and priv. */
    int (*open)(struct inode *i, struct file *f);
    /* Fresh size and times before stat; may be 0. */
    void (*refresh)(struct inode *i);
    void (*release)(struct inode *i);
    /* Extended attributes, as getxattr(2) and its like; null: -EOPNOTSUPP, and none to list. */
    ssize_t (*getxattr)(struct inode *i, const char *name, void *buf, size_t size);
    ssize_t (*listxattr)(struct inode *i, void *buf, size_t size);
    int (*setxattr)(struct inode *i, const char *name, const void *buf, size_t size, int flags);
    int (*removexattr)(struct inode *i, const char *name);
};

struct inode {
    const struct inode_ops *ops;
    const struct file_ops *fops;
    struct super *super;
    u64 ino;
    u32 mode, nlink;
    u32 uid, gid;
    u64 rdev;
    loff_t size;
    u64 blocks; /* of 512 bytes */
    struct time_os atime, mtime, ctime, btime;
    u32 refs;
    struct dentry *alias; /* a name of it that is in memory, not referenced, or 0 */
    /* of a directory whose dentries are pinned */
    struct list children; /* by cookie, rising */
    u64 next_cookie;
    u64 removals; /* how often a child went: a reader's place in the list may be gone */
    void *data;   /* of what a special file stands for: a FIFO's pipe, a bound socket */
};

#define DENTRY_DEAD 1u  /* no longer in its directory */
#define DENTRY_MOUNT 2u /* root of a mount: cannot be removed or renamed */
#define DENTRY_PINNED 4u
#define DENTRY_CACHED 16u /* pinned for speed alone: see dentry_cache */
#define DENTRY_NEGATIVE                                                                            \
    32u                    /* a cached one that says: there is no such name; its inode is no file */
#define DENTRY_VIRTUAL 64u /* its directory's file system does not know of it: a mount point */
#define DENTRY_UNNAMED 8u  /* of an O_TMPFILE: never had a name, may still get one by linkat */

struct dentry {
    struct dentry *parent; /* itself for the root */
    struct inode *inode;
    struct dentry *hash_next;
    struct list sibling;
    u64 cookie;
    u32 refs;
    u32 hash;
    u16 len;
    u16 flags;
    char *name; /* NUL-ended; `small` or allocated */
    char small[32];
    struct list lru; /* of a cached one */
    u64 expires;     /* of a cached one: mono time up to which it may be believed */
};

/* A zeroed inode becomes one with one reference, owned by the caller (cred), times now; a
 * directory gets nlink 2. */
void inode_init(struct inode *i, struct super *s, u32 mode);
void inode_put(struct inode *i);
static inline void inode_get(struct inode *i)
{
    i->refs++;
}
struct time_os inode_now(void);
#define TOUCH_ATIME 1u /* by relatime's rule */
#define TOUCH_MTIME 2u /* and ctime */
#define TOUCH_CTIME 4u
void inode_touch(struct inode *i, unsigned what);
void inode_stat(struct inode *i, struct stat *st);
u64 inode_next_ino(void);

/* 0, -EACCES, or -EROFS for MAY_WRITE. */
#define MAY_EXEC 1
#define MAY_WRITE 2
#define MAY_READ 4
int inode_permission(struct inode *i, int mask);
/* The same as the real user, for access(2). */
int inode_permission_as(struct inode *i, int mask, u32 uid, u32 gid);
/* 0 or -EPERM: the caller owns it or is root. */
int inode_owner_check(struct inode *i);

static inline bool inode_is(const struct inode *i, u32 type)
{
    return (i->mode & 0170000) == type;
}

/* ---- dentries ---- */
/* A dentry for a name in dir, referenced once, not yet in any table; takes over the caller's
 * reference on the inode. 0: no memory (the inode reference stays the caller's). */
struct dentry *dentry_new(struct dentry *dir, const char *name, size_t len, struct inode *i);
static inline void dentry_get(struct dentry *d)
{
    d->refs++;
}
void dentry_put(struct dentry *d);
/* Pins d into its directory: one more reference, found by dentry_find and dir listings. */
void dentry_pin(struct dentry *d);
/* Takes it out again and marks it dead. */
void dentry_unpin(struct dentry *d);
/* Pins d as one that may be forgotten: its file system's lookup checks and renews it. Drops cached
 * ones that were not used for long if there are many. */
void dentry_cache(struct dentry *d, u64 expires);
/* It was used. */
void dentry_used(struct dentry *d);
/* Takes a cached one out: it is wrong, or its name went. */
void dentry_uncache(struct dentry *d);
/* The same for what is cached under this name, if anything is. */
void dentry_forget(struct dentry *dir, const char *name, size_t len);
/* d was renamed to this: known there from now on, or nowhere if memory is short. */
void dentry_renamed(struct dentry *d, struct dentry *dir, const char *name, size_t len);
/* It and those above it are needed, and stay: they lead to a mount. */
void dentry_keep(struct dentry *d);
/* The pinned entry, not referenced, or 0. */
struct dentry *dentry_find(struct dentry *dir, const char *name, size_t len);
/* Gives a pinned d another place and name. 0 or -ENOMEM. */
int dentry_move(struct dentry *d, struct dentry *dir, const char *name, size_t len);
/* Two pinned dentries change places. */
void dentry_swap(struct dentry *a, struct dentry *b);
/* The first pinned child of the directory whose cookie is >= cookie, or 0. */
struct dentry *dentry_child(struct inode *dir, u64 cookie);
/* The path of d from the process's root into the end of buf: its start within buf, or 0 if it
 * does not fit. *reachable: it lies below the root. A dead one gets " (deleted)" if `mark`. */
char *dentry_path(struct dentry *d, char *buf, size_t size, bool mark, bool *reachable);
/* The name of a mapping of the inode (struct mem_object_ops, `name`); buf stays as it is if it has
 * none. */
void inode_object_name(const struct inode *inode, char *buf, size_t size);
bool dentry_below(const struct dentry *d, const struct dentry *ancestor);

#endif
