/* The file server behind virtio-fs: FUSE requests (linux/fuse.h, 7.38) on one tree of the host.
 *
 * A server knows no guest: a request is buffers in, buffers out. fs_device.c puts it behind a ring;
 * unit tests, fuzzers and the attack suite call it as it is.
 *
 *     fs_open(&fs, "/srv/data", &options, err)      before the jail: the only path ever resolved
 *     fs_request(fs, in, nin, out, nout)            -> bytes of the reply
 *
 * Rules that keep it inside its tree (docs/security.md):
 *   - the root is a descriptor; every name is one component ("/", "." and ".." are refused) looked
 *     up from the O_PATH descriptor of a directory that was found the same way;
 *   - no symbolic link is ever followed for the guest: it gets the text and walks by itself;
 *   - only regular files and directories are opened, after a look at what they are;
 *   - node and handle numbers are checked against tables, generation included;
 *   - a request is decoded whole before anything is done;
 *   - what is mounted inside is part of the tree, but for file systems that show the host's kernel
 *     (proc and its like, and those in `barred`): their mount points can be seen, not entered.
 * Memory and descriptors are bounded (limits.h); nothing is allocated after fs_open.
 *
 * What the server does, the host's kernel does in the name of the user who runs the monitor: owners
 * and modes are the host's, errors are passed on.
 */
#ifndef MON_FS_H
#define MON_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "host/error.h"

struct fs;

struct fs_options {
    bool read_only;
    /* The tree does not change behind the guest's back: what it has seen stays true for a day. */
    bool fixed;
    /* Metadata changes only through descriptors of opened files, never through a path: what the
     * jail of a monitor shares its process with the guest can enforce (docs/security.md). */
    bool strict;
    /* Whose rights the server will have when it serves, if not the caller's of fs_open. */
    bool other_user;
    uid_t uid;
    gid_t gid;
    /* File systems (st_dev) of the host that are no part of the tree where they are mounted in it;
     * 0 ends the list, NULL: none but those that are never (fs_barred in fs_node.c). */
    const uint64_t *barred;
    /* PITH_FS_BEHIND: replies tell how much room there is. */
    bool behind;
    unsigned descriptors; /* most it may hold open, 0 = MON_FS_DESCRIPTORS */
    /* PITH_FS_MAP: file pages [offset, +len) of fd appear at `at` (an offset into the arena) with
     * PITH_PROT_* `prot`; or, with fd -1, what was put there disappears. 0 or -errno. NULL: not
     * offered. All values are the guest's. */
    int (*map)(void *ctx, int fd, uint64_t offset, uint64_t len, uint64_t at, unsigned prot);
    void *ctx;
};

/* Opens the tree below `path`, which may also be a regular file (then the root is that file). -1
 * with the reason. `*fs` lives until the process ends or fs_close. */
int fs_open(struct fs **fs, const char *path, const struct fs_options *options,
            struct host_error *err);
void fs_close(struct fs *fs);

/* Is the root a file? */
bool fs_is_file(const struct fs *fs);
/* The root's descriptor (O_PATH). */
int fs_root(const struct fs *fs);

/* Serves one request. The buffers of `in` are the guest's and are read once; `out` is written only
 * by the reply, whose length is returned: 0 for requests that have none. -1: not even a header fits
 * (fs_broken says what is wrong), the sender is no FUSE client. Never waits for other requests. */
ssize_t fs_request(struct fs *fs, const struct iovec *in, unsigned nin, const struct iovec *out,
                   unsigned nout);
/* A request whose buffers are not all usable: its header is answered with the error. */
ssize_t fs_refuse(struct fs *fs, const struct iovec *in, unsigned nin, const struct iovec *out,
                  unsigned nout, int error);
const char *fs_broken(const struct fs *fs);

/* With `behind`: the last request was one after which the client may queue. */
bool fs_lingers(const struct fs *fs);

/* How many requests there were of each opcode (linux/fuse.h); 0: of those there are none of. */
#define FS_OPCODES 64
const uint64_t *fs_requests(const struct fs *fs);

/* Descriptors and nodes in use, for tests. */
void fs_count(const struct fs *fs, unsigned *descriptors, unsigned *nodes, unsigned *handles);

#endif
