/* The table of nodes. See fs_server.h.
 *
 * Nodes are found by number (an index and its generation) and by inode (a hash). A node lives as
 * long as the guest knows it, a child, handle or lock pins it, or it is the root. Descriptors of
 * nodes are a cache: the one unused longest is given up first (a ring of older and younger, by
 * index), except where nothing else leads to the inode any more.
 */
#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

#include "fs_server.h"

uint32_t fs_index(const struct fs *fs, const struct fs_node *n)
{
    return (uint32_t)(n - fs->nodes);
}

uint64_t fs_id(const struct fs *fs, const struct fs_node *n)
{
    return (uint64_t)n->generation << 32 | fs_index(fs, n);
}

struct fs_node *fs_node(struct fs *fs, uint64_t id)
{
    uint32_t index = (uint32_t)id;
    if (index == FS_NONE || index > fs->used)
        return NULL;
    struct fs_node *n = &fs->nodes[index];
    return n->type && n->generation == id >> 32 ? n : NULL;
}

/* ---- descriptors that may be given up
 * ----------------------------------------------------------*/
static bool may_give_up(const struct fs *fs, const struct fs_node *n)
{
    return n->fd >= 0 && !n->kept && !n->held && n != &fs->nodes[FS_ROOT];
}

static void leave(struct fs *fs, struct fs_node *n)
{
    uint32_t index = fs_index(fs, n);
    if (fs->oldest != index && n->older == FS_NONE) /* it is not among them */
        return;
    if (n->older)
        fs->nodes[n->older].younger = n->younger;
    else
        fs->oldest = n->younger;
    if (n->younger)
        fs->nodes[n->younger].older = n->older;
    else
        fs->youngest = n->older;
    n->older = n->younger = FS_NONE;
}

/* As the youngest, if it may be given up at all. */
static void enter(struct fs *fs, struct fs_node *n)
{
    leave(fs, n);
    if (!may_give_up(fs, n))
        return;
    n->older = fs->youngest;
    n->younger = FS_NONE;
    if (fs->youngest)
        fs->nodes[fs->youngest].younger = fs_index(fs, n);
    else
        fs->oldest = fs_index(fs, n);
    fs->youngest = fs_index(fs, n);
}

bool fs_give_up(struct fs *fs)
{
    if (fs->oldest == FS_NONE)
        return false;
    struct fs_node *n = &fs->nodes[fs->oldest];
    leave(fs, n);
    fs_close_fd(fs, n->fd);
    n->fd = -1;
    return true;
}

int fs_make_room(struct fs *fs)
{
    while (fs->descriptors >= fs->descriptors_max)
        if (!fs_give_up(fs))
            return -ENFILE;
    return 0;
}

void fs_hold(struct fs *fs, struct fs_node *n)
{
    n->held++;
    leave(fs, n);
}

void fs_unhold(struct fs *fs, struct fs_node *n)
{
    n->held--;
    enter(fs, n);
}

void fs_keep(struct fs *fs, struct fs_node *n)
{
    if (n->fd < 0)
        return;
    leave(fs, n);
    n->kept = true;
}

/* ---- by inode
 * ----------------------------------------------------------------------------------*/
/* Hosts number files that belong together one after another: their buckets share pages. */
static uint32_t *bucket(const struct fs *fs, const struct fs_inode *inode)
{
    uint64_t h = inode->ino ^ inode->ino >> 18 ^ inode->ino >> 36;
    h += inode->dev * 0x9e3779b97f4a7c15ull >> 40;
    return &fs->hash[h & (MON_FS_NODES - 1)];
}

static void unhash(struct fs *fs, struct fs_node *n)
{
    uint32_t index = fs_index(fs, n);
    for (uint32_t *at = bucket(fs, &n->inode); *at; at = &fs->nodes[*at].next)
        if (*at == index) {
            *at = n->next;
            n->next = FS_NONE;
            return;
        }
}

static struct fs_inode inode_of(const struct statx *st)
{
    return (struct fs_inode){
        .dev = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor,
        .ino = st->stx_ino,
        .birth = st->stx_mask & STATX_BTIME
                     ? (uint64_t)st->stx_btime.tv_sec * 1000000000u + st->stx_btime.tv_nsec
                     : 0,
    };
}

/* Is it still what the node was made for? */
static bool same(const struct fs_node *n, const struct statx *st)
{
    struct fs_inode now = inode_of(st);
    return n->inode.ino == now.ino && n->inode.dev == now.dev && n->inode.birth == now.birth &&
           n->type == (st->stx_mode & S_IFMT);
}

struct fs_node *fs_known(struct fs *fs, const struct statx *st)
{
    struct fs_inode inode = inode_of(st);
    for (uint32_t at = *bucket(fs, &inode); at; at = fs->nodes[at].next) {
        struct fs_node *n = &fs->nodes[at];
        if (n->inode.ino != inode.ino || n->inode.dev != inode.dev)
            continue;
        if (same(n, st))
            return n;
        /* The number has gone to another file: whoever holds this node holds a file that is no
         * more. With a descriptor open that cannot be. */
        if (at != FS_ROOT) {
            n->stale = true;
            unhash(fs, n);
        }
        return NULL;
    }
    return NULL;
}

/* ---- life
 * --------------------------------------------------------------------------------------*/
static void free_if_unused(struct fs *fs, struct fs_node *n)
{
    while (n->lookups == 0 && n->pins == 0 && n != &fs->nodes[FS_ROOT]) {
        struct fs_node *parent = n->parent ? &fs->nodes[n->parent] : NULL;
        leave(fs, n);
        if (n->fd >= 0)
            fs_close_fd(fs, n->fd);
        if (!n->stale)
            unhash(fs, n);
        n->type = 0;
        n->fd = -1;
        n->generation++;
        n->next = fs->free;
        fs->free = fs_index(fs, n);
        fs->count--;
        if (!parent)
            return;
        parent->pins--;
        n = parent;
    }
}

void fs_pin(struct fs_node *n)
{
    n->pins++;
}

void fs_unpin(struct fs *fs, struct fs_node *n)
{
    n->pins--;
    free_if_unused(fs, n);
}

void fs_forget(struct fs *fs, struct fs_node *n, uint64_t lookups)
{
    n->lookups -= lookups < n->lookups ? lookups : n->lookups;
    free_if_unused(fs, n);
}

/* Handles and locks are gone already. */
void fs_forget_all(struct fs *fs)
{
    for (uint32_t i = FS_ROOT + 1; i <= fs->used; i++)
        if (fs->nodes[i].type && fs->nodes[i].fd >= 0)
            fs_close_fd(fs, fs->nodes[i].fd);
    for (uint32_t i = FS_ROOT + 1; i <= fs->used; i++) {
        struct fs_node *n = &fs->nodes[i];
        if (!n->type)
            continue;
        if (!n->stale)
            unhash(fs, n);
        *n = (struct fs_node){.generation = n->generation + 1, .next = fs->free, .fd = -1};
        fs->free = i;
        fs->count--;
    }
    fs->nodes[FS_ROOT].pins = 0;
    fs->nodes[FS_ROOT].lookups = 0;
    fs->oldest = fs->youngest = FS_NONE;
}

void fs_named(struct fs *fs, struct fs_node *n, struct fs_node *parent, const char *name)
{
    if (n == &fs->nodes[FS_ROOT] || n == parent)
        return;
    if (parent)
        fs_pin(parent);
    struct fs_node *old = n->parent ? &fs->nodes[n->parent] : NULL;
    n->parent = parent ? fs_index(fs, parent) : FS_NONE;
    strcpy(n->name, name);
    if (n->kept && parent) {
        n->kept = false;
        enter(fs, n);
    }
    if (old)
        fs_unpin(fs, old);
}

struct fs_node *fs_found(struct fs *fs, struct fs_node *parent, const char *name,
                         const struct statx *st)
{
    struct fs_node *n = fs_known(fs, st);
    if (n) {
        if (parent)
            fs_named(fs, n, parent, name);
        return n;
    }
    uint32_t index = fs->free;
    if (index)
        fs->free = fs->nodes[index].next;
    else if (fs->used < MON_FS_NODES)
        index = ++fs->used;
    else
        return NULL;
    n = &fs->nodes[index];
    uint32_t *head;
    *n = (struct fs_node){.inode = inode_of(st),
                          .generation = n->generation,
                          .fd = -1,
                          .type = st->stx_mode & S_IFMT};
    head = bucket(fs, &n->inode);
    n->next = *head;
    *head = index;
    fs->count++;
    if (parent)
        fs_named(fs, n, parent, name);
    return n;
}

int fs_nodes_start(struct fs *fs, int root, const struct statx *st)
{
    fs->used = fs->count = FS_ROOT;
    struct fs_node *n = &fs->nodes[FS_ROOT];
    *n = (struct fs_node){.inode = inode_of(st), .fd = root, .type = st->stx_mode & S_IFMT};
    *bucket(fs, &n->inode) = FS_ROOT;
    return 0;
}

/* ---- descriptors
 * -------------------------------------------------------------------------------*/
/* File systems through which the host's kernel and its processes, the monitor among them, can be
 * changed: wherever they are mounted in the tree, they are not of it (linux/magic.h). */
static const uint32_t never[] = {
    0x00009fa0, /* proc */ 0x62656572,    /* sysfs */ 0x00001cd1,    /* devpts */
    0x0027e0eb, /* cgroup */ 0x63677270,  /* cgroup2 */ 0xcafe4a11,  /* bpf */
    0x64626720, /* debugfs */ 0x74726163, /* tracefs */ 0x73636673,  /* securityfs */
    0x6165676c, /* pstore */ 0x62656570,  /* configfs */ 0xde5e81e4, /* efivarfs */
    0x6e736673, /* nsfs */ 0x19800202,    /* mqueue */ 0x42494e4d,   /* binfmt_misc */
    0xf97cff8c,                                                      /* selinux */
};

/* Asked where a step leads from one file system into another. */
static bool barred(const struct fs *fs, int fd, uint64_t dev)
{
    struct statfs whole;
    for (const uint64_t *b = fs->options.barred; b && *b; b++)
        if (*b == dev)
            return true;
    if (syscall(SYS_fstatfs, fd, &whole))
        return true;
    for (unsigned i = 0; i < sizeof never / sizeof *never; i++)
        if ((uint32_t)whole.f_type == never[i])
            return true;
    return false;
}

/* One step down: the child's descriptor from its parent's, which is open. */
static int step(struct fs *fs, struct fs_node *n, int dir)
{
    struct statx st;
    int fd = fs_open_name(fs, dir, n->name, O_PATH | O_NOFOLLOW, 0);
    if (fd < 0)
        return fd == -ENOENT || fd == -ENOTDIR ? -ESTALE : fd;
    int error = fs_stat_fd(fd, &st);
    if (!error && !same(n, &st))
        error = -ESTALE;
    if (!error && n->inode.dev != fs->nodes[n->parent].inode.dev && barred(fs, fd, n->inode.dev))
        error = -EACCES;
    if (error) {
        fs_close_fd(fs, fd);
        return error;
    }
    if (!n->opened)
        fs_seen(n, &st);
    n->fd = fd;
    enter(fs, n);
    return fd;
}

int fs_node_fd(struct fs *fs, struct fs_node *n)
{
    /* Up to the first that has a descriptor, noting the way back in `older`, which only nodes with
     * a descriptor use. */
    struct fs_node *at = n;
    uint32_t below = FS_NONE;
    for (unsigned depth = 0; at->fd < 0; depth++) {
        if (at->stale || at->parent == FS_NONE || depth == MON_FS_DEPTH) {
            while (below) { /* undo */
                uint32_t next = fs->nodes[below].older;
                fs->nodes[below].older = FS_NONE;
                below = next;
            }
            at->older = FS_NONE;
            return -ESTALE;
        }
        at->older = below;
        below = fs_index(fs, at);
        at = &fs->nodes[at->parent];
    }
    if (below == FS_NONE) {
        enter(fs, n); /* the youngest now */
        return n->fd;
    }
    int fd = at->fd, error = 0;
    while (below) {
        struct fs_node *child = &fs->nodes[below];
        below = child->older;
        child->older = FS_NONE;
        if (error)
            continue;
        /* `at` must outlive the step, which may give descriptors up. */
        fs_hold(fs, at);
        fd = step(fs, child, fd);
        fs_unhold(fs, at);
        error = fd < 0 ? fd : 0;
        at = child;
    }
    return error ? error : fd;
}
