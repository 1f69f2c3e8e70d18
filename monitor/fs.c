/* The file server: opening a tree, and the way of one request. See fs.h.
 *
 * Request and reply (linux/fuse.h):
 *
 *     struct fuse_in_header  | arguments | name NUL | name NUL | data
 *     struct fuse_out_header | result    | data
 *
 * The header's len is the request's whole length. An error reply is a header alone.
 */
#include "fs.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fs_server.h"

enum { NODE = 1, WRITES = 2, SILENT = 4, EARLY = 8, LINGERS = 16 };

static const struct {
    fs_op *op;
    unsigned flags;
} table[] = {
    [FUSE_LOOKUP] = {fs_lookup, NODE},
    [FUSE_FORGET] = {fs_forget_one, SILENT},
    [FUSE_GETATTR] = {fs_getattr, NODE},
    [FUSE_SETATTR] = {fs_setattr, NODE | WRITES},
    [FUSE_READLINK] = {fs_readlink, NODE},
    [FUSE_SYMLINK] = {fs_symlink, NODE | WRITES},
    [FUSE_MKNOD] = {fs_mknod, NODE | WRITES},
    [FUSE_MKDIR] = {fs_mkdir, NODE | WRITES},
    [FUSE_UNLINK] = {fs_unlink, NODE | WRITES},
    [FUSE_RMDIR] = {fs_rmdir, NODE | WRITES},
    [FUSE_RENAME] = {fs_rename, NODE | WRITES},
    [FUSE_LINK] = {fs_link, NODE | WRITES},
    [FUSE_OPEN] = {fs_open_file, NODE | LINGERS},
    [FUSE_READ] = {fs_read, 0},
    [FUSE_WRITE] = {fs_write, WRITES | LINGERS},
    [FUSE_STATFS] = {fs_statfs, NODE},
    [FUSE_RELEASE] = {fs_release, 0},
    [FUSE_FSYNC] = {fs_fsync, 0},
    [FUSE_SETXATTR] = {fs_setxattr, NODE | WRITES},
    [FUSE_GETXATTR] = {fs_getxattr, NODE},
    [FUSE_LISTXATTR] = {fs_listxattr, NODE},
    [FUSE_REMOVEXATTR] = {fs_removexattr, NODE | WRITES},
    [FUSE_FLUSH] = {fs_flush, NODE},
    [FUSE_INIT] = {fs_init, EARLY},
    [FUSE_OPENDIR] = {fs_opendir, NODE},
    [FUSE_READDIR] = {fs_readdir, NODE},
    [FUSE_RELEASEDIR] = {fs_releasedir, 0},
    [FUSE_FSYNCDIR] = {fs_fsyncdir, 0},
    [FUSE_GETLK] = {fs_getlk, NODE},
    [FUSE_SETLK] = {fs_setlk, NODE | LINGERS},
    [FUSE_SETLKW] = {fs_setlkw, NODE},
    [FUSE_ACCESS] = {fs_access, NODE},
    [FUSE_CREATE] = {fs_create, NODE | WRITES | LINGERS},
    [FUSE_DESTROY] = {fs_destroy, 0},
    [FUSE_BATCH_FORGET] = {fs_forget_many, SILENT},
    [FUSE_FALLOCATE] = {fs_fallocate, WRITES},
    [FUSE_READDIRPLUS] = {fs_readdirplus, NODE},
    [FUSE_RENAME2] = {fs_rename2, NODE | WRITES},
    [FUSE_LSEEK] = {fs_lseek, 0},
    [FUSE_COPY_FILE_RANGE] = {fs_copy_file_range, WRITES},
    [FUSE_SETUPMAPPING] = {fs_setup_mapping, NODE},
    [FUSE_REMOVEMAPPING] = {fs_remove_mapping, 0},
    [FUSE_SYNCFS] = {fs_syncfs, NODE},
    [FUSE_TMPFILE] = {fs_tmpfile, NODE | WRITES},
};

int fs_errno(void)
{
    return errno ? -errno : -EIO;
}

int fs_name(struct fs_call *c, char name[FS_NAME_MAX + 1])
{
    for (unsigned i = 0; i <= FS_NAME_MAX; i++) {
        int error = mon_take(&c->body, &name[i], 1);
        if (error)
            return error;
        if (name[i] == '/')
            return -EINVAL;
        if (name[i] == 0)
            return i == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? -EINVAL : 0;
    }
    return -ENAMETOOLONG;
}

int fs_end(const struct fs_call *c, size_t n)
{
    return c->body.left || c->out.left < n ? -EINVAL : 0;
}

/* What may be done now, for this opcode; *op gets who does it. */
static int judge(struct fs_call *c, fs_op **op, unsigned *flags)
{
    uint32_t opcode = c->in.opcode;
    *op = NULL;
    *flags = opcode == FUSE_INTERRUPT ? SILENT : 0;
    /* Nothing is ever left open, so there is nothing to interrupt. */
    if (opcode == FUSE_INTERRUPT)
        return 0;
    if (opcode == FUSE_IOCTL)
        return -ENOTTY;
    if (opcode >= sizeof table / sizeof *table || !table[opcode].op)
        return -ENOSYS;
    *op = table[opcode].op;
    *flags = table[opcode].flags;
    if (!c->fs->ready && !(*flags & EARLY))
        return -EIO;
    if (*flags & NODE) {
        c->node = fs_node(c->fs, c->in.nodeid);
        if (!c->node || c->node->stale)
            return -ESTALE;
    }
    return *flags & WRITES && c->fs->options.read_only ? -EROFS : 0;
}

ssize_t fs_request(struct fs *fs, const struct iovec *in, unsigned nin, const struct iovec *out,
                   unsigned nout)
{
    struct fs_call c = {.fs = fs};
    struct mon_buffer header;
    struct fuse_out_header reply;
    unsigned flags;
    fs_op *op;
    mon_buffer(&c.body, in, nin);
    mon_buffer(&c.out, out, nout);
    header = c.out;
    uint64_t length = c.body.left, room = c.out.left;
    if (mon_take(&c.body, &c.in, sizeof c.in)) {
        fs->broken = "a request has no header";
        return -1;
    }
    fs->requests[c.in.opcode < FS_OPCODES ? c.in.opcode : 0]++;
    int error = judge(&c, &op, &flags);
    bool silent = flags & SILENT;
    fs->lingers = fs->options.behind && flags & LINGERS;
    if (!silent && room < sizeof reply) {
        fs->broken = "a request leaves no room for the reply's header";
        return -1;
    }
    if (!silent)
        mon_skip(&c.out, sizeof reply);
    if (c.in.len != length)
        error = -EINVAL;
    if (!error && op)
        error = op(&c);
    if (silent)
        return 0;
    reply.len = (uint32_t)(error ? sizeof reply : room - c.out.left);
    reply.error = error;
    reply.unique = c.in.unique;
    if (mon_put(&header, &reply, sizeof reply)) {
        fs->broken = "the reply's header cannot be written";
        return -1;
    }
    return reply.len;
}

ssize_t fs_refuse(struct fs *fs, const struct iovec *in, unsigned nin, const struct iovec *out,
                  unsigned nout, int error)
{
    struct mon_buffer body, answer;
    struct fuse_in_header header;
    mon_buffer(&body, in, nin);
    mon_buffer(&answer, out, nout);
    struct fuse_out_header reply = {.len = sizeof reply, .error = error};
    if (mon_take(&body, &header, sizeof header) == 0) {
        reply.unique = header.unique;
        if (mon_put(&answer, &reply, sizeof reply) == 0)
            return sizeof reply;
    }
    fs->broken = "a request lies in memory it cannot use";
    return -1;
}

const char *fs_broken(const struct fs *fs)
{
    return fs->broken;
}

#define OFFERED                                                                                    \
    ((uint64_t)(FUSE_ASYNC_READ | FUSE_POSIX_LOCKS | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES |       \
                FUSE_FLOCK_LOCKS | FUSE_AUTO_INVAL_DATA | FUSE_DO_READDIRPLUS |                    \
                FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIO | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES |   \
                FUSE_CACHE_SYMLINKS | FUSE_HANDLE_KILLPRIV_V2))

int fs_init(struct fs_call *c)
{
    struct fuse_init_in in;
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION};
    size_t n = c->body.left < sizeof in ? c->body.left : sizeof in;
    memset(&in, 0, sizeof in);
    /* Clients before 7.36 send 16 bytes. */
    if (n < 16 || c->fs->ready)
        return -EINVAL;
    int error = mon_take(&c->body, &in, n);
    if (error)
        return error;
    /* A newer major version is answered by ours, and the client starts again. READDIRPLUS, the
     * newest part that a client cannot do without here, came with 7.21; replies have had their size
     * since 7.23. */
    if (in.major > FUSE_KERNEL_VERSION)
        return mon_put(&c->out, &out, sizeof out);
    if (in.major < FUSE_KERNEL_VERSION || in.minor < 23)
        return -EPROTO;
    uint64_t offered = OFFERED | (c->fs->options.map ? FUSE_MAP_ALIGNMENT : 0);
    out.max_readahead = in.max_readahead < MON_FS_DATA ? in.max_readahead : MON_FS_DATA;
    out.flags = (uint32_t)(in.flags & offered);
    out.max_background = 16;
    out.congestion_threshold = 12;
    out.max_write = MON_FS_DATA;
    out.time_gran = 1;
    out.max_pages = MON_FS_DATA_PAGES;
    out.map_alignment = 12;
    error = mon_put(&c->out, &out, sizeof out);
    c->fs->ready = !error;
    return error;
}

/* Everything the guest had is given back; what it says from now on is refused until INIT. */
int fs_destroy(struct fs_call *c)
{
    fs_unlock_all(c->fs);
    fs_handles_close(c->fs);
    fs_forget_all(c->fs);
    c->fs->ready = false;
    return 0;
}
