/* Reading directories. See fs_server.h.
 *
 * Offsets are the host's own (d_off); the descriptor stands where the last answer ended, so that
 * reading on needs no seek. Entries that do not fit the reply are read again next time.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "fs_server.h"

struct entry { /* struct linux_dirent64 */
    uint64_t ino;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
};

int fs_opendir(struct fs_call *c)
{
    struct fuse_open_in in;
    struct fuse_open_out out = {0};
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, sizeof out)))
        return error;
    if (!S_ISDIR(c->node->type))
        return -ENOTDIR;
    int fd = fs_open_data(c->fs, c->node, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return fd;
    int64_t fh = fs_handle_new(c->fs, c->node, fd, O_RDONLY);
    if (fh < 0)
        return (int)fh;
    out.fh = (uint64_t)fh;
    out.open_flags = c->fs->options.fixed ? FOPEN_CACHE_DIR | FOPEN_KEEP_CACHE : 0;
    return mon_put(&c->out, &out, sizeof out);
}

static bool is_dots(const char *name)
{
    return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

/* One entry into the reply: 1, 0 if it does not fit, -errno. */
static int put_entry(struct fs_call *c, const struct fs_handle *h, const struct entry *e, bool plus)
{
    struct fs *fs = c->fs;
    size_t len = strnlen(e->name, FS_NAME_MAX);
    size_t head = plus ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
    size_t size = FUSE_DIRENT_ALIGN(head + len);
    struct fuse_direntplus out = {
        .dirent = {
            .ino = e->ino, .off = (uint64_t)e->next, .namelen = (uint32_t)len, .type = e->type}};
    struct fs_node *n = NULL;
    struct statx st;
    if (size > c->out.left)
        return 0;
    /* What is above the tree is nobody's business. */
    if (strcmp(e->name, "..") == 0 && c->node == &fs->nodes[FS_ROOT])
        out.dirent.ino = c->node->inode.ino;
    /* A name that cannot be looked at now has no node: the client looks it up by itself. */
    if (plus && !is_dots(e->name) && fs_stat_name(h->fd, e->name, &st) == 0 &&
        (n = fs_found(fs, c->node, e->name, &st)))
        fs_entry(fs, &out.entry_out, n, &st);
    static const char zeros[8];
    int error = plus ? mon_put(&c->out, &out, head) : mon_put(&c->out, &out.dirent, head);
    if (!error)
        error = mon_put(&c->out, e->name, len);
    if (!error)
        error = mon_put(&c->out, zeros, size - head - len);
    if (error && n)
        fs_forget(fs, n, 1);
    return error ? error : 1;
}

/* Entries from the handle's position on, as many as fit. */
static int fill(struct fs_call *c, struct fs_handle *h, bool plus)
{
    static char buffer[32768] __attribute__((aligned(8)));
    bool any = false;
    for (;;) {
        /* An entry takes at least 24 bytes of the host's format and more of ours: what is read but
         * does not fit is read twice. */
        uint64_t want = plus ? c->out.left / 4 : c->out.left;
        if (want > sizeof buffer)
            want = sizeof buffer;
        if (want < 280) /* the longest name */
            want = 280;
        long n = syscall(SYS_getdents64, h->fd, buffer, want);
        if (n < 0 && any)
            return 0;
        if (n <= 0)
            return n ? fs_errno() : 0;
        for (long at = 0; at < n;) {
            const struct entry *e = (const void *)(buffer + at);
            int put = put_entry(c, h, e, plus);
            if (put <= 0) {
                if (syscall(SYS_lseek, h->fd, h->position, SEEK_SET) < 0)
                    return fs_errno();
                return any || put < 0 ? put : -EINVAL; /* not even one fits */
            }
            any = true;
            h->position = (uint64_t)e->next;
            at += e->size;
        }
    }
}

static int read_entries(struct fs_call *c, bool plus)
{
    struct fuse_read_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, in.size)))
        return error;
    struct fs_handle *h = fs_handle(c->fs, in.fh);
    if (!h || h->node != fs_index(c->fs, c->node))
        return -EBADF;
    if (!h->directory)
        return -ENOTDIR;
    if (in.offset > INT64_MAX || in.size > MON_FS_DATA)
        return -EINVAL;
    if (h->position != in.offset && syscall(SYS_lseek, h->fd, in.offset, SEEK_SET) < 0)
        return fs_errno();
    h->position = in.offset;
    uint64_t spare = c->out.left - in.size;
    c->out.left = in.size;
    error = fill(c, h, plus);
    c->out.left += spare;
    return error;
}

int fs_readdir(struct fs_call *c)
{
    return read_entries(c, false);
}

int fs_readdirplus(struct fs_call *c)
{
    return read_entries(c, true);
}
