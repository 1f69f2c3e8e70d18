/* The tree as a whole, and rights: STATFS, SYNCFS, ACCESS. See fs_server.h. */
#include <errno.h>
#include <sys/vfs.h>

#include "fs_server.h"

int fs_statfs(struct fs_call *c)
{
    struct fuse_statfs_out out = {0};
    struct statfs st;
    int error = fs_end(c, sizeof out);
    if (error)
        return error;
    int fd = fs_node_fd(c->fs, c->node);
    if (fd < 0)
        return fd;
    if (syscall(SYS_fstatfs, fd, &st))
        return fs_errno();
    out.st.blocks = st.f_blocks;
    out.st.bfree = st.f_bfree;
    out.st.bavail = st.f_bavail;
    out.st.files = st.f_files;
    out.st.ffree = st.f_ffree;
    out.st.bsize = (uint32_t)st.f_bsize;
    out.st.namelen = (uint32_t)st.f_namelen;
    out.st.frsize = (uint32_t)st.f_frsize;
    return mon_put(&c->out, &out, sizeof out);
}

int fs_syncfs(struct fs_call *c)
{
    struct fuse_syncfs_in in;
    struct fs_node *root = &c->fs->nodes[FS_ROOT];
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    if (c->fs->options.read_only)
        return 0;
    int fd = fs_open_data(c->fs, root, O_RDONLY);
    if (fd < 0)
        return fd;
    error = syscall(SYS_syncfs, fd) ? fs_errno() : 0;
    fs_close_fd(c->fs, fd);
    return error;
}

int fs_access(struct fs_call *c)
{
    struct fuse_access_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    if (in.mask & ~(uint32_t)(R_OK | W_OK | X_OK))
        return -EINVAL;
    int fd = fs_node_fd(c->fs, c->node);
    if (fd < 0)
        return fd;
    if (in.mask & W_OK && c->fs->options.read_only &&
        (S_ISREG(c->node->type) || S_ISDIR(c->node->type) || S_ISLNK(c->node->type)))
        return -EROFS;
    return syscall(SYS_faccessat2, fd, "", in.mask, AT_EMPTY_PATH | AT_EACCESS) ? fs_errno() : 0;
}
