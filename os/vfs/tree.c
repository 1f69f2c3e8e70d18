/* The tree that a program finds: what the host mounts at "/" or, without that, what a container
 * made from scratch has; and nothing more.
 *
 *   /  /dev  /etc/{hosts,hostname}  /proc  /sys  /tmp
 *
 * An embedded file (vfs/embed.h) comes before anything made here, and a file that the host made
 * for the program (struct pith_file) before the ones above. Everything belongs to root, but for the
 * working directory, which is made for the program where the host says it is. In a root of the
 * host's only /dev, /proc, /sys and the files for the program are added, and in memory alone.
 */
#include <linux/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "vfs/cred.h"
#include "vfs/embed.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/ramfs.h"

extern __typeof__(pith_embed_init) pith_embed_init WEAK; /* there if files are embedded */

static struct dentry *root;

static void need(bool ok)
{
    if (!ok)
        host_die(9, 0, "pith: too little memory for the file tree");
}

static bool exists(struct dentry *dir, const char *name)
{
    struct dentry *d;
    if (path_lookup(dir, name, str_len(name), &d) < 0)
        return false;
    dentry_put(d);
    return true;
}

/* Puts the inode at the name, unless something is there already. */
static void put(struct dentry *dir, const char *name, struct inode *i)
{
    need(i);
    if (exists(dir, name))
        inode_put(i);
    else
        need(mount_entry(dir, name, str_len(name), i));
}

static struct inode *owned_by_root(struct inode *i)
{
    if (i)
        i->uid = i->gid = 0;
    return i;
}

static void mount(const char *name, struct inode *fs_root)
{
    need(fs_root);
    put(root, name, owned_by_root(ramfs_inode(&ramfs_super, S_IFDIR | 0755, 0, 0)));
    struct dentry *d = dentry_find(root, name, str_len(name));
    if (d && S_ISDIR(d->inode->mode))
        mount_over(d, fs_root, fs_root->super->type);
}

static void file(struct dentry *dir, const char *name, const void *text, size_t len, u32 mode)
{
    struct inode *i = owned_by_root(ramfs_inode(&ramfs_super, S_IFREG | (mode & 07777), 0, 0));
    need(i);
    ramfs_node(i)->lower = text;
    ramfs_node(i)->lower_size = len;
    i->size = (loff_t)len;
    put(dir, name, i);
}

static void make_etc(void)
{
    static const char hosts[] = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    static char hostname[66];
    put(root, "etc", owned_by_root(ramfs_inode(&ramfs_super, S_IFDIR | 0755, 0, 0)));
    struct dentry *etc = dentry_find(root, "etc", 3);
    if (!etc || !S_ISDIR(etc->inode->mode))
        return;
    file(etc, "hosts", hosts, sizeof(hosts) - 1, 0644);
    size_t len = str_copy(hostname, (const char *)host_boot->hostname, sizeof(hostname) - 1);
    len = MIN(len, sizeof(hostname) - 2);
    hostname[len++] = '\n';
    file(etc, "hostname", hostname, len, 0644);
}

/* mkdir -p of the first n bytes of path; what is made belongs to root if the tree makes it. */
static struct dentry *make_dirs(const char *path, size_t n, bool by_root)
{
    const char *end = path + n;
    struct dentry *d = root;
    for (;;) {
        while (path < end && *path == '/')
            path++;
        size_t len = 0;
        while (path + len < end && path[len] != '/')
            len++;
        if (!len)
            return d;
        struct dentry *next;
        if (path_lookup(d, path, len, &next) < 0) {
            if (d->inode->ops != &ramfs_dir_ops && !(by_root && d->inode->super->remote))
                return 0;
            struct inode *i = ramfs_inode(&ramfs_super, S_IFDIR | 0755, 0, 0);
            need(i);
            if (by_root)
                owned_by_root(i);
            next = mount_entry(d, path, len, i);
            need(next);
        } else {
            dentry_put(next);
        }
        if (!S_ISDIR(next->inode->mode) || !(next->flags & DENTRY_PINNED))
            return 0;
        d = next;
        path += len;
    }
}

struct dentry *tree_make_dirs(const char *path)
{
    return make_dirs(path, str_len(path), false);
}

/* The host's files; their content stays in the boot window until it is written. */
static void host_files(void)
{
    const struct pith_file *f = (const struct pith_file *)host_boot->files;
    for (u32 n = host_boot->nfiles; n; n--, f++) {
        const char *path = (const char *)f->path;
        size_t dir = 0, len = str_len(path);
        for (size_t k = 0; k < len; k++)
            if (path[k] == '/')
                dir = k + 1;
        struct dentry *d = dir < len ? make_dirs(path, dir, true) : 0;
        if (!d || !S_ISDIR(d->inode->mode))
            continue;
        struct inode *i = net_host_file ? net_host_file(f) : 0;
        if (i)
            put(d, path + dir, owned_by_root(i));
        else
            file(d, path + dir, (const void *)f->data, f->len, f->mode);
    }
}

struct dentry *tree_root(void)
{
    struct inode *i;
    mount_root(&i);
    bool own = !i;
    if (own)
        i = owned_by_root(ramfs_inode(&ramfs_super, S_IFDIR | 0755, 0, 0));
    need(i);
    root = dentry_new(0, "", 0, i);
    need(root);
    root->flags |= DENTRY_MOUNT;
    mount_note(root, i->super->type);
    return root;
}

void tree_fill(void)
{
    if (pith_embed_init)
        pith_embed_init();
    if (root->inode->super == &ramfs_super)
        put(root, "tmp", owned_by_root(ramfs_inode(&ramfs_super, S_IFDIR | 01777, 0, 0)));
    mount("dev", devfs_root());
    mount("proc", procfs_root());
    mount("sys", sysfs_root());
    struct dentry *dev = dentry_find(root, "dev", 3);
    devfs_fill(dev);
    if (disk_nodes)
        disk_nodes(dev);
    mount_all();
    host_files();
    make_etc();
}
