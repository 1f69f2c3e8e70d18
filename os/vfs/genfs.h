/* Of the generated file systems alone (genfs.c, genfs_file.c). */
#ifndef PITH_VFS_GENFS_H
#define PITH_VFS_GENFS_H

#include "vfs/tree.h"

struct gen_inode {
    struct inode inode;
    struct genfs *fs;
    const struct generated *entry; /* 0 for a directory */
    const char *path;              /* of a table; its first `len` bytes are this one's path */
    u16 len;
    long arg; /* the number in the path */
};
static inline struct gen_inode *gen_inode(struct inode *i)
{
    return (struct gen_inode *)i;
}

extern const struct inode_ops genfs_dir_ops, genfs_leaf_ops, genfs_magic_ops;
extern const struct file_ops genfs_dir_fops, genfs_leaf_fops;
int genfs_stat(struct file *f, struct stat *st);

#endif
