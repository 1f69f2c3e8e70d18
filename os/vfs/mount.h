/* What is mounted where: the tree's own file systems, and what the host mounts (struct pith_mount).
 *
 * A mount is an inode of another super under a name of the tree. A name that the directory's own
 * file system does not have is made up for it (DENTRY_VIRTUAL), never made there.
 */
#ifndef PITH_VFS_MOUNT_H
#define PITH_VFS_MOUNT_H

#include "vfs/tree.h"

struct mounted {
    struct list node;
    struct dentry *at;
    struct super *super;
    const char *source;
};
extern struct list mount_list; /* of struct mounted, in the order of mounting */

/* The root of the tree, as the host wants it: *out referenced. Ends the guest with a sentence if it
 * cannot be had, as all of these. */
void mount_root(struct inode **out);
/* Notes that the root of `super` is at d. */
void mount_note(struct dentry *d, const char *source);
/* Puts the root inode (its reference is taken over) over d, which leads there from now on. */
void mount_over(struct dentry *d, struct inode *fs_root, const char *source);
/* What the host mounts below the root; the tree's paths work already. */
void mount_all(void);
/* The directory (or file) that is or is made at `path`; not referenced. */
struct dentry *mount_point(const char *path, bool file);
/* An entry of dir for the inode (reference taken over), in memory alone if dir is not ramfs's. */
struct dentry *mount_entry(struct dentry *dir, const char *name, size_t len, struct inode *i);

/* The root of what the device serves. 0 or -errno. (os/fuse) */
int fuse_mount(const struct pith_device *d, struct inode **out);
/* The same for a disk (os/ext4); 0 in a program without disks. */
int disk_mount(const struct pith_mount *m, const struct pith_device *d, struct inode **out) WEAK;
/* Its node in /dev. */
const char *disk_name(const struct pith_device *d) WEAK;

/* Lines for /proc/self/mounts and mountinfo. */
int mount_show(struct text *t, long arg);
int mount_show_info(struct text *t, long arg);

#endif
