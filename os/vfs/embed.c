/* Embedded files (vfs/embed.h) as part of the tree.
 *
 * A directory's entries become ordinary ramfs entries when something first looks into it: an
 * inode and a name each, while content stays in the image and is read there until it is written
 * (vfs/ramfs.h). After that the directory is like any other, so nothing else knows of embedding.
 */
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/embed.h"
#include "vfs/mount.h"
#include "vfs/ramfs.h"
#include "vfs/tree.h"

SET_DECLARE(embed, const struct pith_embed_tree);

/* What ramfs_node.lower of a directory points to. */
struct lower_dir {
    const struct pith_embed_tree *tree;
    const struct pith_embed_node *node;
    struct lower_dir *next; /* another tree's directory at the same place */
};

static int set_lower(struct ramfs_node *dir, const struct pith_embed_tree *tree,
                     const struct pith_embed_node *node)
{
    struct lower_dir *l = mem_alloc(sizeof(*l));
    if (!l)
        return -ENOMEM;
    *l = (struct lower_dir){tree, node, (struct lower_dir *)dir->lower};
    dir->lower = (const u8 *)l;
    return 0;
}

static int add_node(struct dentry *dir, const struct pith_embed_tree *tree,
                    const struct pith_embed_node *n)
{
    size_t len = str_len(n->name);
    struct dentry *old = dentry_find(dir, n->name, len);
    if (old) /* trees that meet: directories are joined, else the first one stays */
        return S_ISDIR(old->inode->mode) && S_ISDIR(n->mode)
                   ? set_lower(ramfs_node(old->inode), tree, n)
                   : 0;
    struct inode *i = ramfs_inode(dir->inode->super, n->mode, 0, n->data);
    if (!i)
        return -ENOMEM;
    i->uid = i->gid = 0;
    i->atime = i->mtime = i->ctime = i->btime = (struct time_os){(s64)tree->mtime, 0};
    int r = 0;
    if (S_ISREG(n->mode)) {
        ramfs_node(i)->lower = n->data;
        ramfs_node(i)->lower_size = n->size;
        i->size = (loff_t)n->size;
        i->blocks = (n->size + 511) / 512;
    } else if (S_ISDIR(n->mode)) {
        r = set_lower(ramfs_node(i), tree, n);
    }
    if (r == 0)
        r = ramfs_add(dir, n->name, len, i);
    if (r < 0)
        inode_put(i);
    return r;
}

int embed_read_dir(struct dentry *dir)
{
    struct ramfs_node *node = ramfs_node(dir->inode);
    while (node->lower) {
        struct lower_dir *l = (struct lower_dir *)node->lower;
        const struct pith_embed_node *n = &l->tree->nodes[l->node->first];
        struct time_os before = node->inode.mtime;
        for (u32 i = 0; i < l->node->count; i++, n++) {
            int r = add_node(dir, l->tree, n);
            if (r < 0)
                return r; /* what is there is found again when it is tried anew */
        }
        node->inode.mtime = node->inode.ctime = before;
        node->lower = (const u8 *)l->next;
        mem_free(l);
    }
    return 0;
}

/* The directory in memory that a tree belongs into; over a directory of the host it is a mount. A
 * root of the host's takes the place of a tree for "/": then 0. */
static struct dentry *place(const char *path)
{
    struct dentry *d = tree_make_dirs(path);
    if (d && d->inode->ops == &ramfs_dir_ops)
        return d;
    if (!path[1])
        return 0;
    d = mount_point(path, false);
    struct inode *i = ramfs_inode(&ramfs_super, S_IFDIR | 0755, 0, 0);
    if (d->inode->ops != &ramfs_dir_ops && i)
        mount_over(d, i, "embedded");
    return d;
}

void pith_embed_init(void)
{
    SET_FOREACH(it, embed)
    {
        struct dentry *d = place((*it)->mount);
        if (!d)
            continue;
        if (!S_ISDIR(d->inode->mode) || d->inode->ops != &ramfs_dir_ops ||
            set_lower(ramfs_node(d->inode), *it, (*it)->nodes) < 0)
            base_bug("an embedded tree cannot be put where it belongs");
        d->inode->uid = d->inode->gid = 0;
    }
}
