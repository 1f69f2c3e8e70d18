/* open(2), openat(2), creat(2), openat2(2). */
#include <linux/fcntl.h>
#include <linux/openat2.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/open.h"

#define KNOWN_FLAGS                                                                                \
    (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | __O_SYNC |        \
     O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |            \
     O_CLOEXEC | O_PATH | __O_TMPFILE)

static long open_once(int dirfd, const char *path, u32 flags, u32 mode, unsigned resolve)
{
    struct file *f = 0;
    int r = fd_room();
    if (r == 0)
        r = open_path(dirfd, path, flags, mode, resolve, &f);
    return r < 0 ? r : fd_publish(f, flags & O_CLOEXEC);
}

long pith_sys_openat(int dirfd, const char *path, u32 flags, u32 mode)
{
    SYS_RETURN(open_once(dirfd, path, flags & KNOWN_FLAGS, mode, 0));
}

long pith_sys_open(const char *path, u32 flags, u32 mode)
{
    SYS_RETURN(open_once(AT_FDCWD, path, flags & KNOWN_FLAGS, mode, 0));
}

long pith_sys_creat(const char *path, u32 mode)
{
    SYS_RETURN(open_once(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, 0));
}

long pith_sys_openat2(int dirfd, const char *path, const struct open_how *user, size_t size)
{
    static const struct {
        u64 resolve;
        unsigned walk;
    } map[] = {
        {RESOLVE_NO_XDEV, WALK_NO_XDEV},      {RESOLVE_NO_MAGICLINKS, WALK_NO_MAGIC},
        {RESOLVE_NO_SYMLINKS, WALK_NO_LINKS}, {RESOLVE_BENEATH, WALK_BENEATH},
        {RESOLVE_IN_ROOT, WALK_IN_ROOT},      {RESOLVE_CACHED, 0},
    };
    struct open_how how;
    unsigned walk = 0;
    if (size < sizeof(how))
        return -EINVAL;
    if (USER_GET(&how, user) < 0)
        return -EFAULT;
    for (size_t at = sizeof(how); at < size; at++) {
        char more;
        if (USER_GET(&more, (const char *)user + at) < 0)
            return -EFAULT;
        if (more)
            return -E2BIG;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(map); i++) {
        if (how.resolve & map[i].resolve)
            walk |= map[i].walk;
        how.resolve &= ~map[i].resolve;
    }
    if (how.resolve || how.flags & ~(u64)KNOWN_FLAGS || how.mode & ~07777ull)
        return -EINVAL;
    if (how.mode && !(how.flags & (O_CREAT | __O_TMPFILE)))
        return -EINVAL;
    if ((walk & (WALK_BENEATH | WALK_IN_ROOT)) == (WALK_BENEATH | WALK_IN_ROOT))
        return -EINVAL;
    SYS_RETURN(open_once(dirfd, path, (u32)how.flags, (u32)how.mode, walk));
}
