/* Locks, taken on the host's files, so that other programs there see them. See fs_server.h.
 *
 * flock's locks belong to open files: they are taken on the handle's own descriptor. POSIX locks
 * belong to an owner and an inode: each pair has a descriptor of its own here, with open file
 * description locks on it, and gives it back when the owner closes the file (FLUSH, RELEASE).
 *
 * Nothing ever waits: SETLKW is answered like SETLK, with EAGAIN where somebody else holds the
 * lock, and the client asks again. What two owners inside the guest want is the client's to sort
 * out before it asks at all.
 */
#include <errno.h>
#include <sys/file.h>

#include "fs_server.h"

#define LEFT_TO_NODES 16u
#define END_OF_FILE 0x7fffffffffffffffull

static struct fs_lock *find(struct fs *fs, const struct fs_node *n, uint64_t owner)
{
    for (uint32_t i = 0; i < MON_FS_LOCKS; i++)
        if (fs->locks[i].node == fs_index(fs, n) && fs->locks[i].owner == owner)
            return &fs->locks[i];
    return NULL;
}

static struct fs_lock *make(struct fs *fs, struct fs_node *n, uint64_t owner, int *error)
{
    struct fs_lock *l = fs->locks;
    while (l < fs->locks + MON_FS_LOCKS && l->node != FS_NONE)
        l++;
    *error = -ENOLCK;
    if (l == fs->locks + MON_FS_LOCKS ||
        fs->handles_count + fs->locks_used + LEFT_TO_NODES >= fs->descriptors_max)
        return NULL;
    int fd = fs->options.read_only ? -EACCES : fs_open_data(fs, n, O_RDWR);
    if (fd == -EACCES || fd == -EROFS || fd == -ETXTBSY)
        fd = fs_open_data(fs, n, O_RDONLY);
    if (fd == -EACCES)
        fd = fs_open_data(fs, n, O_WRONLY);
    *error = fd;
    if (fd < 0)
        return NULL;
    *l = (struct fs_lock){.fd = fd, .node = fs_index(fs, n), .owner = owner};
    fs->locks_used++;
    fs_pin(n);
    return l;
}

static void drop(struct fs *fs, struct fs_lock *l)
{
    struct fs_node *n = &fs->nodes[l->node];
    fs_close_fd(fs, l->fd);
    l->node = FS_NONE;
    fs->locks_used--;
    fs_unpin(fs, n);
}

int fs_unlock_owner(struct fs *fs, struct fs_node *n, uint64_t owner)
{
    struct fs_lock *l = fs->locks_used ? find(fs, n, owner) : NULL;
    if (l)
        drop(fs, l);
    return 0;
}

void fs_unlock_all(struct fs *fs)
{
    for (uint32_t i = 0; i < MON_FS_LOCKS && fs->locks_used; i++)
        if (fs->locks[i].node)
            drop(fs, &fs->locks[i]);
}

/* The request, checked; *h is the open file it is about. */
static int decode(struct fs_call *c, struct fuse_lk_in *in, struct fs_handle **h, size_t room)
{
    int error = FS_ARGS(c, *in);
    if (error || (error = fs_end(c, room)))
        return error;
    *h = fs_handle(c->fs, in->fh);
    if (!*h || (*h)->node != fs_index(c->fs, c->node))
        return -EBADF;
    if (in->lk.start > in->lk.end || in->lk.end > END_OF_FILE)
        return -EINVAL;
    return in->lk.type == F_RDLCK || in->lk.type == F_WRLCK || in->lk.type == F_UNLCK ? 0 : -EINVAL;
}

static struct flock range(const struct fuse_lk_in *in)
{
    return (struct flock){
        .l_type = (short)in->lk.type,
        .l_whence = SEEK_SET,
        .l_start = (off_t)in->lk.start,
        .l_len = in->lk.end == END_OF_FILE ? 0 : (off_t)(in->lk.end - in->lk.start + 1),
    };
}

static int set_flock(const struct fs_handle *h, unsigned type)
{
    int how = type == F_UNLCK ? LOCK_UN : type == F_RDLCK ? LOCK_SH : LOCK_EX;
    return syscall(SYS_flock, h->fd, how | LOCK_NB) ? fs_errno() : 0;
}

int fs_setlk(struct fs_call *c)
{
    struct fuse_lk_in in;
    struct fs_handle *h;
    int error = decode(c, &in, &h, 0);
    if (error)
        return error;
    if (in.lk_flags & FUSE_LK_FLOCK)
        return set_flock(h, in.lk.type);
    if (h->directory)
        return -EBADF;
    struct fs_lock *l = find(c->fs, c->node, in.owner);
    if (!l && in.lk.type == F_UNLCK)
        return 0;
    if (!l)
        l = make(c->fs, c->node, in.owner, &error);
    if (!l)
        return error;
    if (in.lk.type == F_UNLCK && in.lk.start == 0 && in.lk.end == END_OF_FILE) {
        drop(c->fs, l); /* nothing of it is left */
        return 0;
    }
    struct flock want = range(&in);
    if (syscall(SYS_fcntl, l->fd, F_OFD_SETLK, &want) == 0)
        return 0;
    return errno == EACCES ? -EAGAIN : fs_errno();
}

int fs_setlkw(struct fs_call *c)
{
    return fs_setlk(c);
}

int fs_getlk(struct fs_call *c)
{
    struct fuse_lk_in in;
    struct fuse_lk_out out = {.lk = {.type = F_UNLCK}};
    struct fs_handle *h;
    int error = decode(c, &in, &h, sizeof out);
    if (error)
        return error;
    if (in.lk_flags & FUSE_LK_FLOCK || in.lk.type == F_UNLCK || h->directory)
        return -EINVAL;
    struct fs_lock *l = find(c->fs, c->node, in.owner);
    struct flock found = range(&in);
    if (syscall(SYS_fcntl, l ? l->fd : h->fd, F_OFD_GETLK, &found))
        return fs_errno();
    if (found.l_type != F_UNLCK) {
        out.lk.type = (uint32_t)found.l_type;
        out.lk.start = (uint64_t)found.l_start;
        out.lk.end = found.l_len ? (uint64_t)(found.l_start + found.l_len - 1) : END_OF_FILE;
        out.lk.pid =
            (uint32_t)found.l_pid; /* -1 for open file description locks, as fcntl has it */
    }
    return mon_put(&c->out, &out, sizeof out);
}
