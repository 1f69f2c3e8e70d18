/* Names of AF_UNIX sockets: a path, whose inode says which socket is bound to it; or an abstract
 * name (it begins with NUL), found through a table, apart for each type. */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/linux.h"
#include "net/unix.h"
#include "vfs/change.h"

#define TABLE 64u
#define PATH_AT ((unsigned)sizeof(u16)) /* offsetof(struct sockaddr_un, sun_path) */
#define AUTOBIND_MAX 0xfffffu           /* five hexadecimal digits */

static struct unix_name *table[TABLE];

static struct unix_name **bucket(const char *path, unsigned len, int type)
{
    u32 h = (u32)type;
    for (unsigned i = 0; i < len; i++)
        h = h * 31 + (u8)path[i];
    return &table[(h ^ h >> 16) % TABLE];
}

/* Where the abstract name is, or where it would go. */
static struct unix_name **find_abstract(const char *path, unsigned len, int type)
{
    struct unix_name **at = bucket(path, len, type);
    while (*at && !((*at)->type == type && (*at)->len == PATH_AT + len &&
                    memcmp((*at)->path, path, len) == 0))
        at = &(*at)->hash_next;
    return at;
}

static struct unix_name *name_new(const char *path, unsigned len, int type)
{
    struct unix_name *n = mem_alloc(sizeof(*n) + len + 1);
    if (!n)
        return 0;
    n->refs = 1;
    n->family = AF_UNIX;
    n->type = (u16)type;
    n->len = (u16)(PATH_AT + len);
    memcpy(n->path, path, len);
    return n;
}

static int bind_abstract(struct unix_sock *u, const char *path, unsigned len)
{
    struct unix_name **at = find_abstract(path, len, u->s.type);
    if (*at)
        return -EADDRINUSE;
    struct unix_name *n = name_new(path, len, u->s.type);
    if (!n)
        return -ENOMEM;
    n->owner = u;
    *at = n;
    u->name = n;
    return 0;
}

int unix_autobind(struct unix_sock *u)
{
    static u32 next = 1;
    char name[8];
    if (u->name)
        return 0;
    for (u32 tries = 0; tries <= AUTOBIND_MAX; tries++) {
        name[0] = 0;
        str_format(name + 1, sizeof(name) - 1, "%05x", next++ & AUTOBIND_MAX);
        int r = bind_abstract(u, name, 6);
        if (r != -EADDRINUSE)
            return r;
    }
    return -ENOSPC;
}

static int bind_path(struct unix_sock *u, const char *path, unsigned len)
{
    struct unix_name *n = name_new(path, len, u->s.type); /* NUL-ended, whatever path is */
    if (!n)
        return -ENOMEM;
    n->len = (u16)(PATH_AT + str_len(n->path) + 1);
    struct inode *i;
    int r = change_make(AT_FDCWD, n->path, S_IFSOCK | (0777 & ~path_umask()), 0, 0, &i);
    if (r < 0) {
        unix_name_put(n);
        return r == -EEXIST ? -EADDRINUSE : r;
    }
    i->data = u;
    u->inode = i;
    u->name = n;
    return 0;
}

/* 0: a path or abstract name; or -EINVAL. */
static int check(const void *name, unsigned len)
{
    u16 family;
    memcpy(&family, name, sizeof(family));
    return len <= PATH_AT || len > UNIX_NAME_MAX || family != AF_UNIX ? -EINVAL : 0;
}

int unix_bind(struct socket *s, const void *name, unsigned len)
{
    struct unix_sock *u = unix_of(s);
    const char *path = (const char *)name + PATH_AT;
    u16 family;
    memcpy(&family, name, sizeof(family));
    if (len == PATH_AT && family == AF_UNIX)
        return unix_autobind(u);
    int r = check(name, len);
    if (r < 0)
        return r;
    if (u->name)
        return -EINVAL;
    return path[0] ? bind_path(u, path, len - PATH_AT) : bind_abstract(u, path, len - PATH_AT);
}

void unix_unname(struct unix_sock *u)
{
    if (u->inode) {
        u->inode->data = 0;
        inode_put(u->inode);
        u->inode = 0;
    }
    struct unix_name *n = u->name;
    if (!n || n->owner != u)
        return;
    struct unix_name **at = find_abstract(n->path, n->len - PATH_AT, n->type);
    *at = n->hash_next;
    n->owner = 0;
}

static int find_path(const char *path, unsigned len, int type, struct unix_sock **out)
{
    char copy[UNIX_PATH_MAX + 1];
    struct walk w;
    memcpy(copy, path, len);
    copy[len] = 0;
    int r = walk_from(&w, AT_FDCWD, copy, WALK_FOLLOW);
    struct inode *i = r == 0 && w.dentry ? w.dentry->inode : 0;
    if (i)
        r = inode_permission(i, MAY_WRITE);
    else if (r == 0)
        r = -ECONNREFUSED;
    if (r == 0) {
        struct unix_sock *u = inode_is(i, S_IFSOCK) ? i->data : 0;
        r = !u ? -ECONNREFUSED : u->s.type != type ? -EPROTOTYPE : 0;
        if (r == 0) {
            unix_get(u);
            *out = u;
        }
    }
    walk_done(&w);
    return r;
}

int unix_find(const void *name, unsigned len, int type, struct unix_sock **out)
{
    const char *path = (const char *)name + PATH_AT;
    int r = check(name, len);
    if (r < 0)
        return r;
    if (path[0])
        return find_path(path, len - PATH_AT, type, out);
    struct unix_name *n = *find_abstract(path, len - PATH_AT, type);
    if (!n)
        return -ECONNREFUSED;
    unix_get(n->owner);
    *out = n->owner;
    return 0;
}
