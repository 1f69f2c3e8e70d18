/* The path of a name, written from its end. */
#include "base/string.h"
#include "vfs/inode.h"
#include "vfs/path.h"

char *dentry_path(struct dentry *d, char *buf, size_t size, bool mark, bool *reachable)
{
    static const char deleted[] = " (deleted)";
    struct dentry *root = path_root();
    char *at = buf + size;
    *--at = 0;
    if (mark && d->flags & DENTRY_DEAD) {
        at -= sizeof(deleted) - 1;
        memcpy(at, deleted, sizeof(deleted) - 1);
    }
    char *end = at;
    while (d != root && d->parent != d) {
        if ((size_t)(at - buf) < d->len + 1u)
            return 0;
        at -= d->len;
        memcpy(at, d->name, d->len);
        *--at = '/';
        d = d->parent;
    }
    if (at == end) {
        if (at == buf)
            return 0;
        *--at = '/';
    }
    if (reachable)
        *reachable = d == root;
    return at;
}
