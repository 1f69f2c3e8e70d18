/* The tree that a program finds: who contributes to it, and how it is made.
 *
 * It is made at the first path that is looked up. Its pieces are linker sets, so it shows what
 * the link reached: an object that is not in the image adds nothing.
 */
#ifndef PITH_VFS_TREE_H
#define PITH_VFS_TREE_H

#include "vfs/inode.h"

/* A character device. It gets a node in /dev, and any node made with its number opens it. */
struct chrdev {
    const char *name;
    u32 major, minor;
    u32 mode; /* permission bits */
    const struct file_ops *ops;
    int (*open)(struct file *f); /* may be 0; may change f->ops and f->priv */
};
SET_DECLARE(chrdev, const struct chrdev);
#define CHRDEV(dev) SET_ENTRY(chrdev, dev, dev)

/* Text that a reader of a generated file gets: append with text_add, a line at a time. */
struct text {
    char *buf; /* allocated, grows */
    size_t len, size;
    bool failed; /* no memory: the read fails with -ENOMEM */
};
#define TEXT_LINE 256u /* the most that one text_add adds */
char *text_room(struct text *t, size_t n);
void text_added(struct text *t, size_t n);
#define text_add(t, ...)                                                                           \
    text_added(t, (size_t)str_format(text_room(t, TEXT_LINE), TEXT_LINE, __VA_ARGS__))
void text_raw(struct text *t, const void *p, size_t n);

/* A generated file. `path` is relative to the file system's root; directories follow from the
 * paths. A component in capitals stands for numbers (struct numbered); `arg` is then the number
 * that is there. The process's own directory is "PID".
 * show makes the whole text when it is read from the start, or a link's target; store takes what
 * one write brought (at most a page, NUL-ended) and returns 0 or -errno; follow leads a magic
 * link to its end (inode_ops.follow). All but one of them may be 0. */
struct generated {
    const char *path;
    u32 mode; /* S_IFREG or S_IFLNK with permissions */
    int (*show)(struct text *t, long arg);
    int (*store)(const char *text, size_t n, long arg);
    int (*follow)(struct walk *w, long arg);
};
struct numbered {
    const char *path;     /* ends with the component in capitals */
    long (*next)(long n); /* the lowest number >= n that is there, or -1 */
};
SET_DECLARE(proc, const struct generated);
#define PROC_FILE(entry) SET_ENTRY(proc, entry, entry)
SET_DECLARE(sys, const struct generated);
#define SYS_FILE(entry) SET_ENTRY(sys, entry, entry)

/* The root with a reference, and then, when paths work, what is below it. They end the guest if
 * memory is too little for that. */
struct dentry *tree_root(void);
void tree_fill(void);
/* mkdir -p: the directory, not referenced, or 0 if it cannot be. */
struct dentry *tree_make_dirs(const char *path);

/* Of os/net, 0 in a program without it: an inode for a file of the host's whose content the network
 * knows better, or 0. */
struct inode *net_host_file(const struct pith_file *f) WEAK;
/* Of os/dev, 0 in a program without disks: their nodes in /dev. */
void disk_nodes(struct dentry *dev) WEAK;

/* The roots of the file systems in it; 0: no memory. */
struct inode *devfs_root(void);
struct inode *procfs_root(void);
struct inode *sysfs_root(void);
/* Makes the nodes below /dev. */
void devfs_fill(struct dentry *dev);

/* A file system of generated files: tables of its own, and a linker set for other rooms. */
struct genfs {
    struct super super;
    const struct generated *const *tables; /* arrays, each ended by an entry without path */
    const struct numbered *numbered;       /* ended by an entry without path */
    const struct generated *const *start, *const *stop;
};
struct inode *genfs_root(struct genfs *g);

#endif
