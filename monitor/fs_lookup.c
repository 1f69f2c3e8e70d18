/* Names to nodes and back: LOOKUP, FORGET, READLINK. See fs_server.h. */
#include <errno.h>
#include <string.h>

#include "fs_server.h"

int fs_lookup(struct fs_call *c)
{
    char name[FS_NAME_MAX + 1];
    struct fuse_entry_out out = {0};
    struct statx st;
    int error = fs_name(c, name);
    if (error || (error = fs_end(c, sizeof out)))
        return error;
    int dir = fs_node_fd(c->fs, c->node);
    if (dir < 0)
        return dir;
    error = fs_stat_name(dir, name, &st);
    if (error == -ENOENT && c->fs->options.fixed) {
        /* A node number of 0 is an absence that the client may remember. */
        out.entry_valid = c->fs->timeout;
        return mon_put(&c->out, &out, sizeof out);
    }
    if (error)
        return error;
    struct fs_node *n = fs_found(c->fs, c->node, name, &st);
    if (!n)
        return -ENFILE;
    fs_entry(c->fs, &out, n, &st);
    error = mon_put(&c->out, &out, sizeof out);
    if (error)
        fs_forget(c->fs, n, 1);
    return error;
}

static void forget(struct fs *fs, uint64_t id, uint64_t lookups)
{
    struct fs_node *n = fs_node(fs, id);
    if (n)
        fs_forget(fs, n, lookups);
}

int fs_forget_one(struct fs_call *c)
{
    struct fuse_forget_in in;
    int error = FS_ARGS(c, in);
    if (!error)
        forget(c->fs, c->in.nodeid, in.nlookup);
    return error;
}

int fs_forget_many(struct fs_call *c)
{
    struct fuse_batch_forget_in in;
    struct fuse_forget_one one;
    int error = FS_ARGS(c, in);
    /* The request's own length bounds the loop. */
    for (uint32_t i = 0; i < in.count && !error; i++) {
        error = FS_ARGS(c, one);
        if (!error)
            forget(c->fs, one.nodeid, one.nlookup);
    }
    return error;
}

int fs_readlink(struct fs_call *c)
{
    char text[4096]; /* PATH_MAX: no link is longer */
    int error = fs_end(c, 0);
    if (error)
        return error;
    if (!S_ISLNK(c->node->type))
        return -EINVAL;
    int fd = fs_node_fd(c->fs, c->node);
    if (fd < 0)
        return fd;
    long n = syscall(SYS_readlinkat, fd, "", text, sizeof text);
    if (n < 0)
        return fs_errno();
    return (uint64_t)n > c->out.left ? -EINVAL : mon_put(&c->out, text, (size_t)n);
}
