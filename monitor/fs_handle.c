/* The table of open files and directories. See fs_server.h. */
#include <errno.h>

#include "fs_server.h"

/* Descriptors that handles and locks leave to nodes, so that the tree can still be walked. */
#define LEFT_TO_NODES 16u

struct fs_handle *fs_handle(struct fs *fs, uint64_t fh)
{
    uint32_t index = (uint32_t)fh;
    if (index == 0 || index > fs->handles_used)
        return NULL;
    struct fs_handle *h = &fs->handles[index];
    return h->node && h->generation == fh >> 32 ? h : NULL;
}

int fs_handle_room(const struct fs *fs)
{
    bool full = !fs->handles_free && fs->handles_used == MON_FS_HANDLES;
    return full || fs->handles_count + fs->locks_used + LEFT_TO_NODES >= fs->descriptors_max
               ? -ENFILE
               : 0;
}

int64_t fs_handle_new(struct fs *fs, struct fs_node *n, int fd, int flags)
{
    uint32_t index = fs->handles_free;
    if (fs_handle_room(fs)) {
        fs_close_fd(fs, fd);
        return -ENFILE;
    }
    if (index)
        fs->handles_free = fs->handles[index].next;
    else
        index = ++fs->handles_used;
    struct fs_handle *h = &fs->handles[index];
    /* 31 bits, so that a handle is never negative. */
    *h = (struct fs_handle){.fd = fd,
                            .node = fs_index(fs, n),
                            .generation = (h->generation + 1) & 0x7fffffff,
                            .directory = S_ISDIR(n->type),
                            .writable = (flags & O_ACCMODE) != O_RDONLY};
    fs->handles_count++;
    fs_pin(n);
    return (int64_t)((uint64_t)h->generation << 32 | index);
}

void fs_handle_close(struct fs *fs, struct fs_handle *h)
{
    struct fs_node *n = &fs->nodes[h->node];
    fs_close_fd(fs, h->fd);
    h->node = FS_NONE;
    h->next = fs->handles_free;
    fs->handles_free = (uint32_t)(h - fs->handles);
    fs->handles_count--;
    fs_unpin(fs, n);
}

void fs_handles_close(struct fs *fs)
{
    for (uint32_t i = 1; i <= fs->handles_used; i++)
        if (fs->handles[i].node)
            fs_handle_close(fs, &fs->handles[i]);
}
