/* From a path to a name in the tree.
 *
 * A walk owns what it finds and the buffers it needs: walk_done after every walk_* call that was
 * made, whether it failed or not. Components are checked for search permission; symbolic links
 * are followed 40 times at most (-ELOOP); names are at most 255 bytes, paths 4095
 * (-ENAMETOOLONG). An empty path is -ENOENT unless WALK_EMPTY is given.
 */
#ifndef PITH_VFS_PATH_H
#define PITH_VFS_PATH_H

#include "vfs/inode.h"

#define PATH_SIZE 4096
#define NAME_LEN 255
#define LINK_MAX_DEPTH 40

#define WALK_FOLLOW 1u   /* follow a link in the last place too */
#define WALK_EMPTY 2u    /* "" is dirfd itself (AT_EMPTY_PATH) */
#define WALK_NO_LINKS 4u /* RESOLVE_NO_SYMLINKS */
#define WALK_NO_MAGIC 8u /* RESOLVE_NO_MAGICLINKS */
#define WALK_NO_XDEV 16u
#define WALK_BENEATH 32u
#define WALK_IN_ROOT 64u

/* LAST_HERE: there is no component left, w->dentry (or file) is itself the end: "/", or what a
 * magic link led to. */
enum walk_last { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_HERE };

struct walk {
    struct dentry *dentry; /* what was found, or the directory of the last component */
    struct file *file;     /* instead: an open file without a name (/proc/self/fd/N) */
    const char *name;      /* walk_parent: the last component */
    size_t len;
    enum walk_last last;
    bool slash; /* a slash followed it: it must be a directory */
    unsigned flags, links;
    struct dentry *root; /* for WALK_BENEATH and WALK_IN_ROOT, else the process's */
    const char *rest;
    char *buf; /* holds name and rest */
    bool big;  /* buf is longer than a path: links led to links */
};

/* Resolves user's path to an existing dentry (or file). 0 or -errno. */
int walk_user(struct walk *w, int dirfd, const char *user, unsigned flags);
/* Resolves all but the last component: w->dentry is its directory, w->name the component. */
int walk_parent(struct walk *w, int dirfd, const char *user, unsigned flags);
/* After walk_parent: looks up the last component into *out (referenced), -ENOENT if absent. */
int walk_child(struct walk *w, struct dentry **out);
/* After walk_parent, if the component is the link `d` (whose reference is taken over): goes on
 * to the parent of what it points to. */
int walk_link(struct walk *w, struct dentry *d);
/* walk_user for a path of the OS's own, from the root. */
int walk_path(struct walk *w, const char *path, unsigned flags);
/* walk_user for a path in memory of the OS. The string is copied. */
int walk_from(struct walk *w, int dirfd, const char *path, unsigned flags);
void walk_done(struct walk *w);

/* One component below dir: the pinned one, or by the file system's lookup. */
int path_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out);

/* The process's root and working directory, not referenced; made at the first call. */
struct dentry *path_root(void);
struct dentry *path_cwd(void);
void path_set_root(struct dentry *d);
void path_set_cwd(struct dentry *d);
/* The tree's own root, whatever chroot said. */
struct dentry *path_tree(void);

/* A buffer of PATH_SIZE bytes; name_put gives it back. */
char *name_get(void);
void name_put(char *buf);

extern u32 path_umask_set; /* umask + 1, or 0: still the host's */
u32 path_umask(void);

#endif
