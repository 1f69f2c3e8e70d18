/* See mount.h. */
#include <linux/magic.h>
#include <linux/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/ramfs.h"

struct list mount_list = LIST_INIT(mount_list);

static NORETURN void refuse(const char *what, const char *path)
{
    char text[256];
    str_format(text, sizeof(text), "pith: %s: %s", path, what);
    host_die(9, 0, text);
}

void mount_note(struct dentry *d, const char *source)
{
    struct mounted *m = mem_alloc(sizeof(*m));
    if (!m)
        refuse("too little memory to mount it", source);
    dentry_get(d);
    m->at = d;
    m->super = d->inode->super;
    m->source = source;
    list_add_tail(&mount_list, &m->node);
}

void mount_over(struct dentry *d, struct inode *fs_root, const char *source)
{
    struct inode *hidden = d->inode;
    dentry_keep(d);
    if (hidden->alias == d)
        hidden->alias = 0;
    d->inode = fs_root;
    d->flags |= DENTRY_MOUNT;
    fs_root->alias = d;
    inode_put(hidden); /* for good: nothing is ever unmounted */
    mount_note(d, source);
}

struct dentry *mount_entry(struct dentry *dir, const char *name, size_t len, struct inode *i)
{
    struct dentry *d = dentry_find(dir, name, len);
    if (d && d->flags & DENTRY_CACHED)
        dentry_uncache(d);
    if (dir->inode->ops == &ramfs_dir_ops)
        return i && ramfs_add(dir, name, len, i) == 0 ? dentry_find(dir, name, len) : 0;
    d = i ? dentry_new(dir, name, len, i) : 0;
    if (!d)
        return 0;
    dentry_keep(dir);
    dentry_pin(d);
    d->flags |= DENTRY_MOUNT | DENTRY_VIRTUAL;
    dentry_put(d);
    return d;
}

/* Where a link in the way to a mount point leads. */
static struct dentry *behind(const char *path, size_t len)
{
    struct walk w;
    struct dentry *d = 0;
    char *prefix = mem_alloc(len + 1);
    if (!prefix)
        return 0;
    memcpy(prefix, path, len);
    if (walk_path(&w, prefix, WALK_FOLLOW) == 0)
        d = w.dentry;
    /* It is pinned, or kept by whoever mounts below it. */
    if (d)
        dentry_keep(d);
    walk_done(&w);
    mem_free(prefix);
    return d;
}

static struct dentry *make(struct dentry *dir, const char *name, size_t len, bool file)
{
    struct inode *i = ramfs_inode(&ramfs_super, file ? S_IFREG | 0644 : S_IFDIR | 0755, 0, 0);
    if (i)
        i->uid = i->gid = 0;
    return mount_entry(dir, name, len, i);
}

struct dentry *mount_point(const char *path, bool file)
{
    struct dentry *d = path_tree();
    for (const char *p = path;;) {
        while (*p == '/')
            p++;
        size_t len = 0;
        while (p[len] && p[len] != '/')
            len++;
        if (!len)
            return d;
        struct dentry *next;
        bool last = !p[len];
        int r = S_ISDIR(d->inode->mode) ? path_lookup(d, p, len, &next) : -ENOTDIR;
        if (r == 0) {
            dentry_keep(next);
            dentry_put(next);
            if (S_ISLNK(next->inode->mode))
                next = behind(path, (size_t)(p + len - path));
        } else {
            next = r == -ENOENT ? make(d, p, len, last && file) : 0;
        }
        if (!next || (last && S_ISDIR(next->inode->mode) == file))
            refuse(file ? "no file can be mounted there" : "no directory can be mounted there",
                   path);
        d = next;
        p += len;
    }
}

static void space(struct super *s, struct fs_space *out)
{
    ramfs_super.space(s, out);
    if (!s->limit)
        return;
    out->blocks = s->limit;
    out->free = MIN(out->free, s->limit - MIN(s->used, s->limit));
}

static struct inode *tmpfs(const struct pith_mount *m)
{
    static u64 dev = 128;
    struct super *s = mem_alloc(sizeof(*s));
    if (!s)
        return 0;
    *s = (struct super){.dev = dev, .type = "tmpfs", .space = space};
    dev++;
    s->limit = (m->size ? m->size + PAGE_SIZE - 1 : mem_total() / 2) / PAGE_SIZE;
    struct inode *i = ramfs_inode(s, S_IFDIR | (m->mode & 07777), 0, 0);
    if (i)
        i->uid = i->gid = 0;
    return i;
}

static struct inode *root_of(const struct pith_mount *m)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices + m->device;
    struct inode *i = 0;
    int r = -ENODEV;
    if (m->type == PITH_MOUNT_TMPFS) {
        i = tmpfs(m);
        r = i ? 0 : -ENOMEM;
    } else if (m->device < host_boot->ndevices) {
        if (m->type == PITH_MOUNT_FS && d->type == PITH_DEV_FS)
            r = fuse_mount(d, &i);
        else if (m->type == PITH_MOUNT_DISK && d->type == PITH_DEV_BLK && disk_mount)
            r = disk_mount(m, d, &i);
    }
    if (r < 0)
        refuse(
            r == -ENODEV
                ? "this program has no driver to mount it (pith-cc --pith-ext4 links that of disks)"
                : "it cannot be mounted",
            (const char *)m->path);
    return i;
}

static const char *source_of(const struct pith_mount *m)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices + m->device;
    return m->type == PITH_MOUNT_TMPFS ? "tmpfs"
           : m->type == PITH_MOUNT_FS  ? ((const struct pith_fs_config *)d->config)->tag
                                       : disk_name(d);
}

static bool is_root(const struct pith_mount *m)
{
    const char *path = (const char *)m->path;
    return path[0] == '/' && !path[1];
}

static void protect(struct inode *i, const struct pith_mount *m)
{
    if (m->flags & PITH_MOUNT_READ_ONLY)
        i->super->read_only = true;
}

void mount_root(struct inode **out)
{
    const struct pith_mount *m = (const struct pith_mount *)host_boot->mounts;
    *out = 0;
    /* A root in memory is the one that is there without a mount, embedded files and /tmp in it. */
    if (host_boot->nmounts && is_root(m) && m->type != PITH_MOUNT_TMPFS)
        *out = root_of(m);
}

void mount_all(void)
{
    const struct pith_mount *m = (const struct pith_mount *)host_boot->mounts;
    for (u32 i = 0; i < host_boot->nmounts; i++) {
        if (is_root(&m[i]))
            continue;
        struct inode *fs = root_of(&m[i]);
        struct dentry *at = mount_point((const char *)m[i].path, !S_ISDIR(fs->mode));
        mount_over(at, fs, source_of(&m[i]));
        protect(fs, &m[i]);
    }
    /* Last, because mount points may have had to be made in it. */
    if (host_boot->nmounts && is_root(m)) {
        struct inode *i = path_tree()->inode;
        if (m->type == PITH_MOUNT_TMPFS) {
            i->mode = S_IFDIR | (m->mode & 07777);
            i->super->limit = (m->size + PAGE_SIZE - 1) / PAGE_SIZE;
        }
        protect(i, m);
    }
}
