/* Extended attributes of "user.", by libext2fs: in the inode behind its fields, or in a block. */
#include "ext4/ext4.h"

#include <linux/xattr.h>

#include "mem/alloc.h"

#define STEP_BLOCKS 4u

static bool ours(const char *name)
{
    return !memcmp(name, "user.", MIN(str_len(name) + 1, 5u));
}

/* Reads all of them; ext2fs_xattrs_close afterwards. */
static int open(struct ext4_node *n, struct ext2_xattr_handle **h)
{
    /* libext2fs takes the inode from its block. */
    int r = n->store ? ext4_store(n) : 0;
    if (r < 0)
        return r;
    errcode_t e = ext2fs_xattrs_open(ext4_of(n)->fs, ext4_ino(n), h);
    if (e)
        return ext4_errno(e);
    e = ext2fs_xattrs_read(*h);
    if (e)
        ext2fs_xattrs_close(h);
    return ext4_errno(e);
}

ssize_t ext4_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
    struct ext2_xattr_handle *h;
    void *value = 0;
    size_t len = 0;
    if (!ours(name))
        return -EOPNOTSUPP;
    int r = open(ext4_node(i), &h);
    if (r < 0)
        return r;
    r = ext4_errno(ext2fs_xattr_get(h, name, &value, &len));
    if (r == 0 && size && size < len)
        r = -ERANGE;
    if (r == 0 && size && len)
        memcpy(buf, value, len);
    if (value)
        e2_free(value);
    ext2fs_xattrs_close(&h);
    return r < 0 ? r : (ssize_t)len;
}

struct listing {
    char *buf;
    size_t size, len;
    bool short_of;
};

static int list_one(char *name, char *value, size_t value_len, void *arg)
{
    struct listing *l = arg;
    size_t len = str_len(name) + 1;
    (void)value, (void)value_len;
    if (!ours(name))
        return 0;
    if (l->size && l->len + len > l->size)
        l->short_of = true;
    else if (l->size)
        memcpy(l->buf + l->len, name, len);
    l->len += len;
    return 0;
}

ssize_t ext4_listxattr(struct inode *i, void *buf, size_t size)
{
    struct listing l = {.buf = buf, .size = size};
    struct ext2_xattr_handle *h;
    int r = open(ext4_node(i), &h);
    if (r < 0)
        return r;
    r = ext4_errno(ext2fs_xattrs_iterate(h, list_one, &l));
    ext2fs_xattrs_close(&h);
    return r < 0 ? r : l.short_of ? -ERANGE : (ssize_t)l.len;
}

static int change(struct inode *i, const char *name, const void *buf, size_t size, int flags)
{
    struct ext4_node *n = ext4_node(i);
    struct ext4 *x = ext4_of(n);
    struct ext2_xattr_handle *h;
    void *old = 0;
    size_t len;
    int r = ext4_begin(x, STEP_BLOCKS);
    if (r == 0)
        r = ext4_end(x, open(n, &h));
    if (r < 0)
        return r;
    x->busy++;
    r = ext4_errno(ext2fs_xattr_get(h, name, &old, &len));
    if (old)
        e2_free(old);
    if (r == -ENODATA ? (flags & XATTR_REPLACE) || !buf : r < 0) {
        ext2fs_xattrs_close(&h);
        return ext4_end(x, r);
    }
    if (r == 0 && flags & XATTR_CREATE)
        r = -EEXIST;
    else
        r = ext4_errno(buf ? ext2fs_xattr_set(h, name, buf, size) : ext2fs_xattr_remove(h, name));
    ext2fs_xattrs_close(&h);
    if (r == 0)
        r = ext4_load(n);
    if (r == 0) {
        inode_touch(i, TOUCH_CTIME);
        ext4_changed(n, false);
    }
    return ext4_end(x, r);
}

int ext4_setxattr(struct inode *i, const char *name, const void *buf, size_t size, int flags)
{
    if (!ours(name))
        return -EOPNOTSUPP;
    return name[5] ? change(i, name, buf ? buf : "", size, flags) : -EINVAL;
}

int ext4_removexattr(struct inode *i, const char *name)
{
    return ours(name) ? change(i, name, 0, 0, 0) : -EOPNOTSUPP;
}
