/* Where the process stands in the tree: root, working directory, umask. */
#include "vfs/path.h"
#include "base/host.h"
#include "vfs/tree.h"

static struct dentry *tree, *root, *cwd;
u32 path_umask_set;

u32 path_umask(void)
{
    return path_umask_set ? path_umask_set - 1 : host_boot->umask & 0777;
}

static void setup(void)
{
    struct walk w;
    tree = root = cwd = tree_root();
    dentry_get(root);
    dentry_get(cwd);
    tree_fill();
    tree_make_dirs((const char *)host_boot->cwd);
    if (walk_path(&w, (const char *)host_boot->cwd, WALK_FOLLOW) == 0 && w.dentry)
        path_set_cwd(w.dentry);
    walk_done(&w);
}

struct dentry *path_tree(void)
{
    if (!tree)
        setup();
    return tree;
}

struct dentry *path_root(void)
{
    path_tree();
    return root;
}

struct dentry *path_cwd(void)
{
    path_tree();
    return cwd;
}

void path_set_root(struct dentry *d)
{
    dentry_get(d);
    dentry_put(root);
    root = d;
}

void path_set_cwd(struct dentry *d)
{
    dentry_get(d);
    dentry_put(cwd);
    cwd = d;
}
