/* Opening and closing, in one place: the only calls of the file server that yield descriptors. See
 * fs_server.h.
 *
 * Nothing here follows a symbolic link, leaves the directory it is given, or opens a FIFO, device
 * or socket: names are single components, and what is opened for data is what an O_PATH descriptor,
 * already looked at, stands for. O_NONBLOCK because a lease on a file must not keep the monitor.
 */
#include <errno.h>
#include <linux/openat2.h>

#include "fs_server.h"

static int open_once(int dir, const char *name, int flags, unsigned mode, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = resolve};
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
        how.mode = mode;
    long fd = syscall(SYS_openat2, dir, name, &how, sizeof how);
    return fd < 0 ? fs_errno() : (int)fd;
}

/* The process may have fewer descriptors left than the server thinks. */
static int open_with_room(struct fs *fs, int dir, const char *name, int flags, unsigned mode,
                          uint64_t resolve)
{
    int fd = fs_make_room(fs);
    if (fd)
        return fd;
    fd = open_once(dir, name, flags, mode, resolve);
    for (unsigned tries = 0; (fd == -EMFILE || fd == -ENFILE) && tries < 64 && fs_give_up(fs);
         tries++)
        fd = open_once(dir, name, flags, mode, resolve);
    if (fd >= 0)
        fs->descriptors++;
    return fd;
}

int fs_open_name(struct fs *fs, int dir, const char *name, int flags, unsigned mode)
{
    return open_with_room(fs, dir, name, flags, mode,
                          RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

const char *fs_number(int fd, char text[12])
{
    char *at = text + 11;
    *at = 0;
    do
        *--at = (char)('0' + fd % 10);
    while (fd /= 10);
    return at;
}

int fs_open_data(struct fs *fs, struct fs_node *n, int flags)
{
    char text[12];
    if (n->type != S_IFREG && n->type != S_IFDIR)
        return n->type == S_IFLNK ? -ELOOP : -ENXIO;
    int fd = fs_node_fd(fs, n);
    if (fd < 0)
        return fd;
    /* Making room must not close what is about to be opened. */
    fs_hold(fs, n);
    fd = open_with_room(fs, fs->proc, fs_number(fd, text), flags | O_NONBLOCK | O_NOCTTY, 0, 0);
    fs_unhold(fs, n);
    return fd;
}

int fs_open_path(struct fs *fs, const char *number)
{
    return open_with_room(fs, fs->proc, number, O_PATH, 0, 0);
}

void fs_close_fd(struct fs *fs, int fd)
{
    close(fd);
    fs->descriptors--;
}
