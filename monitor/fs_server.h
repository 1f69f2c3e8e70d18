/* Inside the file server (fs.h): nodes, handles, buffers, and one request. Of monitor/fs_*.c only.
 *
 * A node stands for an inode of the host that the guest has a number for. It remembers the
 * directory and name where it was found last, and while there is room an O_PATH descriptor. A
 * descriptor that was given up is got again from parent and name, and must then be the same inode
 * (device, number, time of birth), or the node is stale: ESTALE, and the guest looks the name up
 * again.
 *
 *     node number   generation << 32 | index     1 is the root
 *     handle        generation << 32 | index
 *
 * All functions return 0 (or what they say) or -errno.
 */
#ifndef MON_FS_SERVER_H
#define MON_FS_SERVER_H

#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buffer.h"
#include "fs.h"
#include "limits.h"

#define FS_NAME_MAX 255u /* NAME_MAX of every file system Linux has */
#define FS_ROOT FUSE_ROOT_ID
#define FS_NONE 0u

/* ---- nodes (fs_node.c) ------------------------------------------------------------------------*/
struct fs_inode { /* what makes an inode of the host that inode */
    uint64_t dev, ino, birth;
};

struct fs_node {
    struct fs_inode inode;
    uint64_t lookups;        /* what the guest has to forget */
    uint32_t generation;     /* of this slot */
    uint32_t parent;         /* index of the directory, FS_NONE = none known */
    uint32_t next;           /* in its hash chain, or in the list of free slots */
    uint32_t older, younger; /* among the nodes whose descriptor may be given up */
    uint32_t pins;           /* children, handles and locks that need it */
    int fd;                  /* O_PATH, -1 = given up */
    uint16_t type;           /* S_IFMT bits; 0 = a free slot */
    uint16_t held;           /* fs_hold */
    bool kept;               /* its name is gone: the descriptor is all there is */
    bool stale;
    bool opened;                    /* by the guest, ever */
    uint64_t seen_size, seen_mtime; /* when it opened it last, or before; 0 = not known */
    char name[FS_NAME_MAX + 1];
};

/* ---- handles (fs_handle.c) and locks (fs_lock.c)
 * -----------------------------------------------*/
struct fs_handle {
    int fd; /* -1 = a free slot */
    uint32_t node, generation, next;
    bool directory, writable;
    uint64_t position; /* directories: where the descriptor stands */
};

/* The POSIX locks of one owner on one inode: open file description locks of one descriptor. */
struct fs_lock {
    int fd; /* -1 = free */
    uint32_t node;
    uint64_t owner;
};

struct fs {
    struct fs_options options;
    const char *broken;
    bool ready; /* between INIT and DESTROY */
    int proc;   /* O_PATH of /proc/self/fd: how an O_PATH descriptor is opened for data */
    uid_t uid;  /* whose rights the server has */
    gid_t gid;
    uint64_t timeout; /* seconds that attributes and names stay true */

    struct fs_node *nodes; /* [MON_FS_NODES + 1], 0 unused, 1 the root */
    uint32_t *hash;        /* [MON_FS_NODES] */
    uint32_t used, free;   /* slots ever used; list of those free again */
    uint32_t count;
    uint32_t oldest, youngest;

    struct fs_handle *handles; /* [MON_FS_HANDLES + 1], 0 unused */
    uint32_t handles_used, handles_free, handles_count;
    struct fs_lock *locks; /* [MON_FS_LOCKS] */
    uint32_t locks_used;

    unsigned descriptors, descriptors_max;
    uint64_t requests[FS_OPCODES]; /* by opcode */
    bool lingers;
};

/* One request being served. */
struct fs_call {
    struct fs *fs;
    struct fuse_in_header in;
    struct fs_node *node;   /* of in.nodeid, if the request has one */
    struct mon_buffer body; /* behind the header */
    struct mon_buffer out;  /* behind the reply's header */
};

/* A request's fixed part. The next two end it. */
#define FS_ARGS(c, args) mon_take(&(c)->body, &(args), sizeof(args))
/* One component of a path, NUL-ended. -EINVAL, -ENAMETOOLONG. */
int fs_name(struct fs_call *c, char name[FS_NAME_MAX + 1]);
/* Nothing is left in the request and the reply has room for n bytes: 0 or -EINVAL. To be asked
 * before anything is done. */
int fs_end(const struct fs_call *c, size_t n);

/* fs_node.c */
int fs_nodes_start(struct fs *fs, int root, const struct statx *st);
struct fs_node *fs_node(struct fs *fs, uint64_t id); /* NULL: no such node */
uint32_t fs_index(const struct fs *fs, const struct fs_node *n);
uint64_t fs_id(const struct fs *fs, const struct fs_node *n);
/* The node with these attributes, found as parent/name (parent NULL: nameless); new if there is
 * none yet, NULL if the table is full. */
struct fs_node *fs_found(struct fs *fs, struct fs_node *parent, const char *name,
                         const struct statx *st);
/* The same if the guest knows it already, else NULL. */
struct fs_node *fs_known(struct fs *fs, const struct statx *st);
void fs_named(struct fs *fs, struct fs_node *n, struct fs_node *parent, const char *name);
/* The O_PATH descriptor, or -errno. It stays valid until the next call that opens something. */
int fs_node_fd(struct fs *fs, struct fs_node *n);
/* Between these two it is not given up, whatever is opened. */
void fs_hold(struct fs *fs, struct fs_node *n);
void fs_unhold(struct fs *fs, struct fs_node *n);
/* From now on the descriptor is all that leads to it. */
void fs_keep(struct fs *fs, struct fs_node *n);
void fs_pin(struct fs_node *n);
void fs_unpin(struct fs *fs, struct fs_node *n);
void fs_forget(struct fs *fs, struct fs_node *n, uint64_t lookups);
void fs_forget_all(struct fs *fs);

/* fs_descriptor.c: every descriptor after fs_open comes from here. */
/* openat2 beneath dir, one component; O_PATH|O_NOFOLLOW opens links and specials themselves. */
int fs_open_name(struct fs *fs, int dir, const char *name, int flags, unsigned mode);
/* A descriptor for data of what the O_PATH descriptor is (a regular file or directory). */
int fs_open_data(struct fs *fs, struct fs_node *n, int flags);
/* O_PATH of what a descriptor stands for. */
int fs_open_path(struct fs *fs, const char *number);
void fs_close_fd(struct fs *fs, int fd);
/* Gives node descriptors up until one more may be opened; -ENFILE. fs_node.c */
int fs_make_room(struct fs *fs);
/* Gives the oldest descriptor up; false if there is none. */
bool fs_give_up(struct fs *fs);
/* "/proc/self/fd/N" relative to fs->proc */
const char *fs_number(int fd, char text[12]);

/* fs_handle.c */
int fs_handles_start(struct fs *fs);
struct fs_handle *fs_handle(struct fs *fs, uint64_t fh); /* NULL: no such handle */
/* -ENFILE if there can be no more of them: to be asked before something is made for one. */
int fs_handle_room(const struct fs *fs);
/* Takes the descriptor over; the number, or -ENFILE (then fd is closed). */
int64_t fs_handle_new(struct fs *fs, struct fs_node *n, int fd, int flags);
void fs_handle_close(struct fs *fs, struct fs_handle *h);
void fs_handles_close(struct fs *fs);

/* fs_lock.c */
int fs_unlock_owner(struct fs *fs, struct fs_node *n, uint64_t owner);
void fs_unlock_all(struct fs *fs);

/* fs_data.c */
/* Room for an open file to grow, in MiB, as far as `behind` wants to know; 0 if it is not known. */
uint32_t fs_room(const struct fs *fs, int fd);

/* fs_attr.c */
#define FS_STATX (STATX_BASIC_STATS | STATX_BTIME)
int fs_stat_fd(int fd, struct statx *st);
int fs_stat_name(int dir, const char *name, struct statx *st);
int fs_stat_node(struct fs *fs, struct fs_node *n, struct statx *st);
void fs_attr(struct fuse_attr *attr, const struct statx *st);
void fs_entry(struct fs *fs, struct fuse_entry_out *out, struct fs_node *n, const struct statx *st);
/* A descriptor on which fchmod and the like work, of a handle or opened: *mine = to be closed. */
int fs_meta_fd(struct fs *fs, struct fs_node *n, bool *mine);
void fs_seen(struct fs_node *n, const struct statx *st);
/* New files belong to who asked, as far as our rights go. Is that somebody else than us? Then *uid
 * and *gid are what chown takes. */
bool fs_other_owner(struct fs_call *c, uid_t *uid, gid_t *gid);
/* Gives a new file away; true if that was tried. */
bool fs_give_owner(struct fs_call *c, struct fs_node *n);
int fs_kill_set_id(int fd);

/* The operations: decode the body, act, put the reply's body. 0 or -errno. */
typedef int fs_op(struct fs_call *c);
fs_op fs_init, fs_destroy, fs_statfs, fs_syncfs, fs_access;
fs_op fs_lookup, fs_forget_one, fs_forget_many, fs_readlink, fs_symlink, fs_mknod, fs_mkdir;
fs_op fs_unlink, fs_rmdir, fs_rename, fs_rename2, fs_link;
fs_op fs_getattr, fs_setattr;
fs_op fs_open_file, fs_create, fs_tmpfile, fs_read, fs_write, fs_flush, fs_release, fs_fsync;
fs_op fs_fallocate, fs_lseek, fs_copy_file_range;
fs_op fs_opendir, fs_readdir, fs_readdirplus, fs_releasedir, fs_fsyncdir;
fs_op fs_setxattr, fs_getxattr, fs_listxattr, fs_removexattr;
fs_op fs_getlk, fs_setlk, fs_setlkw;
fs_op fs_setup_mapping, fs_remove_mapping;

/* After a failed system call. */
int fs_errno(void);

#endif
