/* SETUPMAPPING and REMOVEMAPPING: the host's own pages of a file in the guest's memory (abi.h,
 * PITH_FS_MAP). Addresses are judged by who maps (fs_options.map). */
#include <errno.h>

#include <pith/abi.h>

#include "fs_server.h"

int fs_setup_mapping(struct fs_call *c)
{
    struct fuse_setupmapping_in in;
    struct fs *fs = c->fs;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    if (!fs->options.map)
        return -ENOSYS;
    bool write = in.flags & FUSE_SETUPMAPPING_FLAG_WRITE;
    if (in.flags & ~(FUSE_SETUPMAPPING_FLAG_WRITE | FUSE_SETUPMAPPING_FLAG_READ) ||
        !S_ISREG(c->node->type) || in.foffset % PITH_PAGE || in.moffset % PITH_PAGE ||
        in.len % PITH_PAGE || in.len == 0 || in.foffset > INT64_MAX ||
        in.len > INT64_MAX - in.foffset)
        return -EINVAL;
    if (write && fs->options.read_only)
        return -EROFS;
    unsigned prot = PITH_PROT_READ | (write ? PITH_PROT_WRITE : 0);
    /* Linux's client names no handle: then the file is opened here, for the mapping alone. */
    if (in.fh == ~0ull) {
        int fd = fs_open_data(fs, c->node, write ? O_RDWR : O_RDONLY);
        if (fd < 0)
            return fd;
        error = fs->options.map(fs->options.ctx, fd, in.foffset, in.len, in.moffset, prot);
        fs_close_fd(fs, fd);
        return error;
    }
    const struct fs_handle *h = fs_handle(fs, in.fh);
    if (!h || h->directory || h->node != fs_index(fs, c->node))
        return -EBADF;
    if (write && !h->writable)
        return -EACCES;
    return fs->options.map(fs->options.ctx, h->fd, in.foffset, in.len, in.moffset, prot);
}

int fs_remove_mapping(struct fs_call *c)
{
    struct fuse_removemapping_in in;
    struct fuse_removemapping_one one;
    int error = FS_ARGS(c, in);
    if (error)
        return error;
    if (!c->fs->options.map)
        return -ENOSYS;
    if (c->body.left != (uint64_t)in.count * sizeof one)
        return -EINVAL;
    for (uint32_t i = 0; i < in.count && !error; i++) {
        error = FS_ARGS(c, one);
        if (!error)
            error = c->fs->options.map(c->fs->options.ctx, -1, 0, one.len, one.moffset, 0);
    }
    return error;
}
