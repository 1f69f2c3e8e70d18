/* Extended attributes: the server's. */
#include "fuse/fuse.h"

#include "base/string.h"

static ssize_t get(struct inode *i, u32 op, const char *name, void *buf, size_t size)
{
    struct fuse_node *n = fuse_node(i);
    const struct fuse_getxattr_in in = {.size = (u32)size};
    struct fuse_getxattr_out o = {0};
    struct fuse_args a = {.in = {&in, name},
                          .in_len = {sizeof(in), name ? (u32)str_len(name) + 1 : 0},
                          .out = size ? buf : &o,
                          .out_len = size ? (u32)size : sizeof(o),
                          .least = size ? 0 : sizeof(o)};
    long r = fuse_call(fuse_of(n), op, n->nodeid, &a);
    if (r < 0)
        return r == -ENOSYS ? -EOPNOTSUPP : r;
    return size ? r : (ssize_t)o.size;
}

ssize_t fuse_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
    return get(i, FUSE_GETXATTR, name, buf, size);
}

ssize_t fuse_listxattr(struct inode *i, void *buf, size_t size)
{
    return get(i, FUSE_LISTXATTR, 0, buf, size);
}

int fuse_setxattr(struct inode *i, const char *name, const void *buf, size_t size, int flags)
{
    struct fuse_node *n = fuse_node(i);
    const struct fuse_setxattr_in in = {.size = (u32)size, .flags = (u32)flags};
    /* Without FUSE_SETXATTR_EXT the structure is its first half. */
    const struct fuse_args a = {
        .in = {&in, name, size ? buf : 0},
        .in_len = {FUSE_COMPAT_SETXATTR_IN_SIZE, (u32)str_len(name) + 1, (u32)size}};
    long r = fuse_call(fuse_of(n), FUSE_SETXATTR, n->nodeid, &a);
    fuse_stale(n);
    return r == -ENOSYS ? -EOPNOTSUPP : (int)MIN(r, 0);
}

int fuse_removexattr(struct inode *i, const char *name)
{
    struct fuse_node *n = fuse_node(i);
    const struct fuse_args a = {.in = {name}, .in_len = {(u32)str_len(name) + 1}};
    long r = fuse_call(fuse_of(n), FUSE_REMOVEXATTR, n->nodeid, &a);
    fuse_stale(n);
    return r == -ENOSYS ? -EOPNOTSUPP : (int)MIN(r, 0);
}
