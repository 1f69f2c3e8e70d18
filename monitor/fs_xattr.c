/* Extended attributes. See fs_server.h.
 *
 * Those of users and access control lists pass; the rest (security.*, trusted.*) speak to the
 * host's kernel about its own trust, and a guest has no say there: EOPNOTSUPP, and lists do not
 * show them. The calls act on opened files, so links and special files have none, as user.* on
 * Linux.
 */
#include <errno.h>
#include <string.h>

#include "fs_server.h"

#define VALUE_MAX 65536u /* XATTR_SIZE_MAX, XATTR_LIST_MAX */
static char value[VALUE_MAX];

static bool shown(const char *name)
{
    return strncmp(name, "user.", 5) == 0 || strcmp(name, "system.posix_acl_access") == 0 ||
           strcmp(name, "system.posix_acl_default") == 0;
}

/* A name of an attribute: any bytes, at most 255. */
static int take_name(struct fs_call *c, char name[FS_NAME_MAX + 1])
{
    for (unsigned i = 0; i <= FS_NAME_MAX; i++) {
        int error = mon_take(&c->body, &name[i], 1);
        if (error || name[i] == 0)
            return error ? error : i ? 0 : -ERANGE;
    }
    return -ERANGE;
}

int fs_setxattr(struct fs_call *c)
{
    char name[FS_NAME_MAX + 1];
    struct {
        uint32_t size, flags;
    } in; /* FUSE_SETXATTR_EXT, which adds to it, is not offered */
    bool mine;
    int error = FS_ARGS(c, in);
    if (error || (error = take_name(c, name)))
        return error;
    if (in.size > VALUE_MAX)
        return -E2BIG;
    if ((error = mon_take(&c->body, value, in.size)) || (error = fs_end(c, 0)))
        return error;
    if (!shown(name))
        return -EOPNOTSUPP;
    int fd = fs_meta_fd(c->fs, c->node, &mine);
    if (fd < 0)
        return fd == -ELOOP || fd == -ENXIO ? -EPERM : fd;
    error = syscall(SYS_fsetxattr, fd, name, value, in.size, in.flags) ? fs_errno() : 0;
    fs_close_fd(c->fs, fd);
    return error;
}

int fs_removexattr(struct fs_call *c)
{
    char name[FS_NAME_MAX + 1];
    bool mine;
    int error = take_name(c, name);
    if (error || (error = fs_end(c, 0)))
        return error;
    if (!shown(name))
        return -EOPNOTSUPP;
    int fd = fs_meta_fd(c->fs, c->node, &mine);
    if (fd < 0)
        return fd == -ELOOP || fd == -ENXIO ? -EPERM : fd;
    error = syscall(SYS_fremovexattr, fd, name) ? fs_errno() : 0;
    fs_close_fd(c->fs, fd);
    return error;
}

/* Takes out of a list of n bytes what is not shown; the new length. */
static size_t shorten(size_t n)
{
    size_t to = 0;
    for (size_t at = 0; at < n;) {
        size_t len = strnlen(value + at, n - at) + 1;
        if (at + len > n)
            break;
        if (shown(value + at)) {
            memmove(value + to, value + at, len);
            to += len;
        }
        at += len;
    }
    return to;
}

/* The reply to a question for the size (want == 0) or for the data. */
static int answer(struct fs_call *c, uint32_t want, size_t n)
{
    struct fuse_getxattr_out out = {.size = (uint32_t)n};
    if (want == 0)
        return mon_put(&c->out, &out, sizeof out);
    return n > want ? -ERANGE : mon_put(&c->out, value, n);
}

static int get(struct fs_call *c, const char *name, uint32_t want)
{
    bool mine;
    int fd = fs_meta_fd(c->fs, c->node, &mine);
    if (fd == -ELOOP || fd == -ENXIO)
        return name ? -ENODATA : answer(c, want, 0);
    if (fd < 0)
        return fd;
    long n = name ? syscall(SYS_fgetxattr, fd, name, value, sizeof value)
                  : syscall(SYS_flistxattr, fd, value, sizeof value);
    int error = n < 0 ? fs_errno() : 0;
    fs_close_fd(c->fs, fd);
    return error ? error : answer(c, want, name ? (size_t)n : shorten((size_t)n));
}

static int take_get(struct fs_call *c, struct fuse_getxattr_in *in)
{
    return mon_take(&c->body, in, sizeof *in);
}

int fs_getxattr(struct fs_call *c)
{
    struct fuse_getxattr_in in;
    char name[FS_NAME_MAX + 1];
    int error = take_get(c, &in);
    if (error || (error = take_name(c, name)) ||
        (error = fs_end(c, in.size ? in.size : sizeof(struct fuse_getxattr_out))))
        return error;
    return shown(name) ? get(c, name, in.size) : -EOPNOTSUPP;
}

int fs_listxattr(struct fs_call *c)
{
    struct fuse_getxattr_in in;
    int error = take_get(c, &in);
    if (error || (error = fs_end(c, in.size ? in.size : sizeof(struct fuse_getxattr_out))))
        return error;
    return get(c, NULL, in.size);
}
