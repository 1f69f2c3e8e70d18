/* The extended attributes' calls. Memory file systems keep those of "user.". */
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/stat.h>
#include <linux/xattr.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sys/fs.h"
#include "vfs/path.h"
#include "vfs/ramfs.h"

/* One call, whose file is found in the end. */
struct ask {
    enum { GET, SET, LIST, REMOVE } what;
    const char *name; /* of the program; 0 for LIST */
    void *buf;        /* of the program */
    size_t size;
    int flags;
};

/* What a file system in memory does, without naming this in its table: only a program that makes
 * these calls has the code. */
static const struct inode_ops in_memory = {
    .getxattr = ramfs_getxattr,
    .listxattr = ramfs_listxattr,
    .setxattr = ramfs_setxattr,
    .removexattr = ramfs_removexattr,
};

/* Attributes of the user belong to files and directories alone, and are theirs to read and write
 * who may read and write those. */
static int allowed(struct inode *i, const struct ask *a, const char *name)
{
    bool changes = a->what == SET || a->what == REMOVE;
    if (changes && i->super->read_only)
        return -EROFS;
    if (a->what == LIST || memcmp(name, "user.", MIN(str_len(name) + 1, 5u)))
        return 0;
    if (!S_ISREG(i->mode) && !S_ISDIR(i->mode))
        return changes ? -EPERM : -ENODATA;
    return inode_permission(i, changes ? MAY_WRITE : MAY_READ);
}

static long with_name(struct inode *i, const struct ask *a, const char *name, void *buf)
{
    const struct inode_ops *ops = i->ops;
    if (ops == &ramfs_dir_ops || ops == &ramfs_file_ops_inode)
        ops = &in_memory;
    long r = allowed(i, a, name);
    if (r < 0)
        return r;
    switch (a->what) {
    case GET:
        return ops->getxattr ? ops->getxattr(i, name, buf, a->size) : -EOPNOTSUPP;
    case LIST:
        return ops->listxattr ? ops->listxattr(i, buf, a->size) : 0;
    case SET:
        return ops->setxattr ? ops->setxattr(i, name, buf, a->size, a->flags) : -EOPNOTSUPP;
    default:
        return ops->removexattr ? ops->removexattr(i, name) : -EOPNOTSUPP;
    }
}

static long on_inode(struct inode *i, struct ask *a)
{
    char name[XATTR_NAME_MAX + 1];
    if (a->what == SET && a->flags & ~(XATTR_CREATE | XATTR_REPLACE))
        return -EINVAL;
    ssize_t n = a->name ? user_string(name, a->name, sizeof(name)) : 1;
    if (n <= 0)
        return n == 0 || n == -ENAMETOOLONG ? -ERANGE : n;
    if (a->what == SET && a->size > XATTR_SIZE_MAX)
        return -E2BIG;
    a->size = MIN(a->size, (size_t)XATTR_SIZE_MAX);
    void *buf = a->size ? mem_alloc(a->size) : 0;
    if (a->size && !buf)
        return -ENOMEM;
    long r = a->what == SET ? user_copy(buf, a->buf, a->size) : 0;
    if (r == 0)
        r = with_name(i, a, name, buf);
    if (r > 0 && a->size && user_copy(a->buf, buf, MIN((size_t)r, a->size)) < 0)
        r = -EFAULT;
    mem_free(buf);
    return r;
}

static long on_path(const char *path, bool follow, struct ask a)
{
    struct walk w;
    long r = walk_user(&w, AT_FDCWD, path, follow ? WALK_FOLLOW : 0);
    if (r == 0)
        r = w.dentry ? on_inode(w.dentry->inode, &a) : -EOPNOTSUPP;
    walk_done(&w);
    return r;
}

static long on_fd(int fd, struct ask a)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    return f->dentry ? on_inode(f->dentry->inode, &a) : a.what == LIST ? 0 : -EOPNOTSUPP;
}

long pith_sys_getxattr(const char *path, const char *name, void *buf, size_t size)
{
    return on_path(path, true, (struct ask){GET, name, buf, size, 0});
}

long pith_sys_lgetxattr(const char *path, const char *name, void *buf, size_t size)
{
    return on_path(path, false, (struct ask){GET, name, buf, size, 0});
}

long pith_sys_fgetxattr(int fd, const char *name, void *buf, size_t size)
{
    return on_fd(fd, (struct ask){GET, name, buf, size, 0});
}

long pith_sys_setxattr(const char *path, const char *name, void *buf, size_t size, int flags)
{
    return on_path(path, true, (struct ask){SET, name, buf, size, flags});
}

long pith_sys_lsetxattr(const char *path, const char *name, void *buf, size_t size, int flags)
{
    return on_path(path, false, (struct ask){SET, name, buf, size, flags});
}

long pith_sys_fsetxattr(int fd, const char *name, void *buf, size_t size, int flags)
{
    return on_fd(fd, (struct ask){SET, name, buf, size, flags});
}

long pith_sys_removexattr(const char *path, const char *name)
{
    return on_path(path, true, (struct ask){REMOVE, name, 0, 0, 0});
}

long pith_sys_lremovexattr(const char *path, const char *name)
{
    return on_path(path, false, (struct ask){REMOVE, name, 0, 0, 0});
}

long pith_sys_fremovexattr(int fd, const char *name)
{
    return on_fd(fd, (struct ask){REMOVE, name, 0, 0, 0});
}

long pith_sys_listxattr(const char *path, void *buf, size_t size)
{
    return on_path(path, true, (struct ask){LIST, 0, buf, size, 0});
}

long pith_sys_llistxattr(const char *path, void *buf, size_t size)
{
    return on_path(path, false, (struct ask){LIST, 0, buf, size, 0});
}

long pith_sys_flistxattr(int fd, void *buf, size_t size)
{
    return on_fd(fd, (struct ask){LIST, 0, buf, size, 0});
}
