/* Extended attributes of ramfs: those of "user.", in a list at the inode. */
#include <linux/limits.h>
#include <linux/xattr.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/ramfs.h"

struct xattr {
    struct list node;
    size_t name_len, size; /* of the name with its NUL */
    char data[];           /* name, value */
};

static bool ours(const char *name)
{
    return !memcmp(name, "user.", MIN(str_len(name) + 1, 5u));
}

static struct xattr *find(struct ramfs_node *n, const char *name)
{
    for (struct list *it = n->xattrs ? n->xattrs->next : 0; it && it != n->xattrs; it = it->next) {
        struct xattr *x = list_entry(it, struct xattr, node);
        if (!str_cmp(x->data, name))
            return x;
    }
    return 0;
}

static void drop(struct xattr *x)
{
    list_del(&x->node);
    mem_free(x);
}

ssize_t ramfs_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
    if (!ours(name))
        return -EOPNOTSUPP;
    struct xattr *x = find(ramfs_node(i), name);
    if (!x)
        return -ENODATA;
    if (!size)
        return (ssize_t)x->size;
    if (size < x->size)
        return -ERANGE;
    memcpy(buf, x->data + x->name_len, x->size);
    return (ssize_t)x->size;
}

ssize_t ramfs_listxattr(struct inode *i, void *buf, size_t size)
{
    struct ramfs_node *n = ramfs_node(i);
    size_t len = 0;
    for (struct list *it = n->xattrs ? n->xattrs->next : 0; it && it != n->xattrs; it = it->next) {
        struct xattr *x = list_entry(it, struct xattr, node);
        if (size && len + x->name_len > size)
            return -ERANGE;
        if (size)
            memcpy((char *)buf + len, x->data, x->name_len);
        len += x->name_len;
    }
    return (ssize_t)len;
}

int ramfs_setxattr(struct inode *i, const char *name, const void *buf, size_t size, int flags)
{
    struct ramfs_node *n = ramfs_node(i);
    if (!ours(name))
        return -EOPNOTSUPP;
    if (!name[5])
        return -EINVAL;
    struct xattr *old = find(n, name);
    if (old && flags & XATTR_CREATE)
        return -EEXIST;
    if (!old && flags & XATTR_REPLACE)
        return -ENODATA;
    size_t len = str_len(name) + 1;
    if (!n->xattrs && (n->xattrs = mem_alloc(sizeof(struct list))))
        list_init(n->xattrs);
    struct xattr *x = n->xattrs && ramfs_room() ? mem_alloc(sizeof(*x) + len + size) : 0;
    if (!x)
        return -ENOSPC;
    x->name_len = len;
    x->size = size;
    memcpy(x->data, name, len);
    memcpy(x->data + len, buf ? buf : "", size);
    if (old)
        drop(old);
    list_add(n->xattrs, &x->node);
    inode_touch(i, TOUCH_CTIME);
    return 0;
}

int ramfs_removexattr(struct inode *i, const char *name)
{
    if (!ours(name))
        return -EOPNOTSUPP;
    struct xattr *x = find(ramfs_node(i), name);
    if (!x)
        return -ENODATA;
    drop(x);
    inode_touch(i, TOUCH_CTIME);
    return 0;
}

void ramfs_drop_xattrs(struct ramfs_node *n)
{
    while (!list_empty(n->xattrs))
        drop(list_first(n->xattrs, struct xattr, node));
    mem_free(n->xattrs);
}
