/* Of os/fuse alone: the client of a FUSE server (the wire of <linux/fuse.h>) behind a virtio-fs
 * device (VIRTIO 1.2, 5.11).
 *
 * Rules
 *  - A name or an attribute is believed for as long as the server said; after that it is asked for
 *    again. Content is believed while size and modification time stay what they were.
 *  - Writes are the server's when write returns. Only pages of shared mappings are written later:
 *    at msync, fsync, munmap, close and exit.
 *  - What the server does not do (-ENOSYS) it is not asked a second time.
 *  - On pith's own machines a request is answered within one PITH_HC_WAIT, so nothing here
 *    sleeps; behind another transport a request sleeps, except from a page fault.
 *  - A node's number stays good until it was forgotten as often as it was looked up.
 */
#ifndef PITH_FUSE_FUSE_H
#define PITH_FUSE_FUSE_H

#include <linux/fuse.h>

#include "dev/vq.h"
#include "mem/vma.h"
#include "vfs/inode.h"

/* ---- the server (fuse_conn.c) ---- */
#define FUSE_FORGETS 126 /* with its headers, a batch is as large as half a page */
struct fuse_forget {
    struct fuse_in_header in;
    struct fuse_batch_forget_in head;
    struct fuse_forget_one one[FUSE_FORGETS];
};
/* A request with the device. */
struct fuse_req {
    struct fuse_in_header in;
    struct fuse_out_header out;
    u32 used;
    bool done;
    bool posted; /* nobody waits; it is freed when it is done */
    struct thread *thread;
};
struct fuse_behind;
struct fuse_missing;
struct fuse_conn {
    struct super super; /* first: a super of this kind is a conn */
    struct vq high, requests;
    bool can_wait;               /* PITH_FS_BEHIND */
    bool can_map;                /* PITH_FS_MAP */
    nsec_t sent;                 /* when the host was last given reason to look by itself */
    struct fuse_handle *synced;  /* of the directory synced last, or 0 */
    struct fuse_missing *missed; /* names that are not there, or 0 */
    struct fuse_behind *behind;  /* what is queued to be written, or 0 */
    u64 unique;
    u64 missing;                    /* bit n: opcode n was answered with -ENOSYS */
    u32 flags;                      /* FUSE_* of INIT in effect */
    u32 max_write, max_read;        /* bytes of one request */
    struct fuse_forget *forget;     /* being filled */
    struct fuse_forget *forget_out; /* with the device, or 0 */
};
static inline struct fuse_conn *fuse_conn(struct super *s)
{
    return (struct fuse_conn *)s;
}

/* One request. Pieces: p[0] is left for the header and followed by nin - 1 to the server, p[nin] is
 * left for the answer's header and followed by nout - 1 from it. Returns the bytes that came behind
 * the answer's header, or -errno. */
long fuse_request(struct fuse_conn *c, u32 op, u64 nodeid, struct vq_piece *p, unsigned nin,
                  unsigned nout);
/* Its two halves: queues it as r, which stays where it is; waits for it. */
void fuse_queue(struct fuse_conn *c, u32 op, u64 nodeid, struct vq_piece *p, unsigned nin,
                unsigned nout, struct fuse_req *r);
long fuse_await(struct fuse_conn *c, struct fuse_req *r);
/* May what is queued now be left to the host to find (fuse_behind.c)? */
bool fuse_may_wait(const struct fuse_conn *c);
/* What the host has done by itself is taken note of. */
void fuse_take_in(struct fuse_conn *c);
/* All that is queued is done after it. */
void fuse_send(struct fuse_conn *c);
void fuse_head(struct fuse_conn *c, struct fuse_in_header *in, u32 op, u64 nodeid);
/* What came back of an answer: bytes behind its header or -errno. */
long fuse_verdict(const struct fuse_in_header *in, const struct fuse_out_header *out, u32 used);
/* The usual request: up to four pieces in a row, an answer. An answer shorter than `least`
 * is -EIO. Bytes or -errno. */
struct fuse_args {
    const void *in[4];
    u32 in_len[4];
    void *out;
    u32 out_len, least;
};
long fuse_call(struct fuse_conn *c, u32 op, u64 nodeid, const struct fuse_args *a);
/* Sends without waiting for the answer, of which nobody wants to know; the argument is copied. */
void fuse_post(struct fuse_conn *c, u32 op, u64 nodeid, const void *arg, u32 len);
#define FUSE_POST_MAX sizeof(struct fuse_setattr_in)
/* `count` lookups of the node are given back; `now`: do not wait for the batch to fill. */
void fuse_forget(struct fuse_conn *c, u64 nodeid, u64 count, bool now);

/* When something that is valid for this long from now expires. */
nsec_t fuse_expiry(u64 sec, u32 nsec);

/* ---- inodes (fuse_node.c) ---- */
struct fuse_handle {
    u64 fh;
    u32 flags;      /* O_* it was opened with */
    u32 open_flags; /* FOPEN_* */
    u32 room;       /* MiB the file could still grow by, 0 = not known */
    u32 refs;
    struct fuse_node *node;
};
struct fuse_node {
    struct inode inode; /* first */
    u64 nodeid, generation, nlookup;
    struct fuse_node *hash_next;
    nsec_t attr_expires;        /* of all attributes */
    nsec_t data_expires;        /* of size and content: our own writes leave them valid */
    bool own;                   /* written by us since the modification time was read */
    bool may_read;              /* the server let us open it for reading, with these permissions */
    struct fuse_locks *locks;   /* record locks that are known here, or 0 */
    int error;                  /* of a write that had returned before it was made, or 0 */
    bool blind;                 /* whatever the modification time is next, content was dropped */
    struct fuse_handle *reader; /* shared by all plain O_RDONLY opens, not referenced; or 0 */
    struct fuse_handle *fresh;  /* what CREATE opened, until open takes it */
    struct fuse_handle *map_read, *map_write; /* held while it is mapped */
    struct mem_object object;
    bool mapping; /* mmap is about to make one more: the two above are its */
    bool shown;   /* mappings that may change it show the host's own pages: nothing is cached */
    bool no_show; /* the host cannot map it */
    bool windows; /* there may be some on it (fuse_window.c) */
    bool asking;  /* ... there are to be none: asking the server is cheaper */
    u32 maps;
    u32 dirty; /* pages of shared mappings to be written */
    struct list dirty_node;
    u64 map_next;       /* the chunk where touching a mapping in order would go on ... */
    u32 map_window;     /* ... and how many were read at once */
    u32 changes;        /* of a directory: names made or removed by us */
    u32 looked;         /* of a directory: names looked up below it */
    u64 ahead;          /* of a directory: up to where names were looked up in advance */
    u16 missed;         /* ... names that had to be asked for one by one since */
    u16 wrong;          /* ... how often looking up in advance did not find what was wanted */
    struct list chunks; /* cached content */
    char *target;       /* of a symbolic link, once read; NUL-ended */
};
static inline struct fuse_node *fuse_node(struct inode *i)
{
    return (struct fuse_node *)i;
}
static inline struct fuse_conn *fuse_of(struct fuse_node *n)
{
    return fuse_conn(n->inode.super);
}
/* The inode of an answer, referenced and counted as looked up; 0: no memory (then forgotten). */
struct fuse_node *fuse_get(struct fuse_conn *c, const struct fuse_entry_out *e);
/* Is it the same file still? */
bool fuse_same(const struct fuse_node *n, const struct fuse_entry_out *e);
void fuse_attr(struct fuse_node *n, const struct fuse_attr *a, u64 sec, u32 nsec);
/* Attributes are asked for if they expired. 0 or -errno. */
int fuse_refresh(struct fuse_node *n);
/* The same where only size and content matter. */
int fuse_refresh_data(struct fuse_node *n);
/* Size and content could be anybody's: what is needed next is asked for. */
void fuse_distrust(struct fuse_node *n);
/* Attributes changed by something we did. */
static inline void fuse_stale(struct fuse_node *n)
{
    n->attr_expires = 0;
}
int fuse_setattr_size(struct fuse_node *n, const struct fuse_handle *h, u64 size);
int fuse_setattr(struct inode *i, const struct attr *a);
void fuse_stat_refresh(struct inode *i);
void fuse_release(struct inode *i);
/* The handle that is kept of a directory goes. */
void fuse_synced_end(struct fuse_node *n);
int fuse_truncate(struct inode *i, loff_t size);
ssize_t fuse_getxattr(struct inode *i, const char *name, void *buf, size_t size);
ssize_t fuse_listxattr(struct inode *i, void *buf, size_t size);
int fuse_setxattr(struct inode *i, const char *name, const void *buf, size_t size, int flags);
int fuse_removexattr(struct inode *i, const char *name);

extern const struct inode_ops fuse_dir_ops, fuse_file_ops, fuse_special_ops;
extern const struct file_ops fuse_dir_fops, fuse_file_fops;
extern const struct mem_object_ops fuse_object_ops;

/* ---- names (fuse_dir.c) ---- */
/* Names of dir are asked for one by one: asks for the next ones of it all at once. */
void fuse_look_ahead(struct dentry *dir);
/* A name whose answer came with a directory's entries. */
void fuse_enter(struct dentry *dir, const char *name, size_t len, const struct fuse_entry_out *e);

/* ---- names that are not there (fuse_missing.c) ---- */
/* The server, or our removing it, has just told that there is no such name. */
void fuse_missing(struct fuse_node *dir, const char *name, size_t len);
/* Is that all that can be known of it now? */
bool fuse_is_missing(struct fuse_node *dir, const char *name, size_t len);
/* It is there now. */
void fuse_not_missing(struct fuse_node *dir, const char *name, size_t len);
/* Around a request to the server that is about to be waited for: those of the directory that are
 * asked for again and again are looked up in the same exit. */
void fuse_missing_ask(struct fuse_node *dir);
void fuse_missing_heard(struct fuse_conn *c);

/* ---- open files (fuse_open.c, fuse_file.c) ---- */
struct fuse_file {
    struct fuse_handle *handle; /* 0: not opened at the server yet */
    loff_t follow;              /* where the last read ended ... */
    u64 streak;                 /* ... and how many bytes were read in order until there */
    struct fuse_cost {
        u64 ns, bytes;
    } cost[2];  /* of reading them: by asking, through windows */
    u64 next;   /* where reading in order would go on, in chunks */
    u32 window; /* chunks to be read at once */
};
/* The handle through which f's requests go, opened now if need be. 0 or -errno. */
int fuse_handle_of(struct file *f, struct fuse_handle **out);
/* A new handle with one reference. */
int fuse_open_node(struct fuse_node *n, u32 flags, struct fuse_handle **out);
void fuse_handle_put(struct fuse_handle *h);
int fuse_file_open(struct inode *i, struct file *f);
int fuse_handle_new(struct fuse_node *n, const struct fuse_open_out *o, u32 flags,
                    struct fuse_handle **out);
/* FSYNC of a file or directory. */
int fuse_fsync(struct fuse_handle *h, u32 op, bool data_only);

/* One request that moves data between the pieces of `it` and the file, without moving `it`: bytes
 * or -errno. */
ssize_t fuse_read_some(struct fuse_handle *h, const struct iter *it, u64 pos);
/* Reads [pos, pos + len) to memory of the OS's or committed memory: fewer bytes only where the file
 * ends. Bytes or -errno. A server may answer with less than it was asked for. */
ssize_t fuse_read_all(struct fuse_handle *h, void *to, u32 len, u64 pos);
ssize_t fuse_write_some(struct fuse_handle *h, const struct iter *it, u64 pos, u32 flags);

/* ---- the host's own pages (fuse_window.c) ---- */
/* Pages of the file from `offset` on appear at [at, at + len), where nothing is committed. 0;
 * -EINVAL: something is; -ENOMEM: the host has room for no more mappings; -EOPNOTSUPP: never. */
int fuse_show(struct fuse_handle *h, u64 offset, u64 at, u64 len, bool write);
/* Reads at pos, before the known end of the file, through a window: bytes, 0 if it has to be asked
 * for in another way. */
size_t fuse_window_read(struct fuse_handle *h, struct iter *it, u64 pos);
/* Windows on the file go. */
void fuse_window_end(struct fuse_node *n);

/* ---- locks (fuse_lock.c) ---- */
int fuse_lock(struct file *f, int op, const void *owner, struct lock_range *l, bool flock);
/* FUSE_FLUSH: a last word about what was written; the owner's record locks end. */
int fuse_flush(struct fuse_node *n, struct fuse_handle *h, u64 owner);
/* What was queued about the file's locks is done, if it is, and tells what it has to. */
void fuse_lock_settle(struct fuse_node *n);
/* The inode ends. */
void fuse_lock_end(struct fuse_node *n);

/* ---- writes that are queued (fuse_behind.c) ---- */
/* The next len bytes of `it` are to be written at pos: true if they are queued as a copy, false if
 * they have to be written at once. */
bool fuse_behind(struct fuse_handle *h, const struct iter *it, size_t len, u64 pos, u32 flags);
/* The server for which something may be queued, or 0: what goes to two goes in order. */
extern struct fuse_conn *fuse_busy;
/* Those of the file are made now. */
void fuse_behind_end(struct fuse_node *n);
/* What went wrong with one of the file's that is done: told once. 0 or -errno. */
int fuse_behind_error(struct fuse_node *n);

/* ---- content in memory (fuse_cache.c) ---- */
#define FUSE_CHUNK_PAGES 16u
#define FUSE_CHUNK (FUSE_CHUNK_PAGES * PAGE_SIZE)
#define FUSE_WINDOW_MAX 64u /* chunks read at once, at most: 4 MiB */
/* 64 KiB of a file, aligned. Pages past the end of the file are absent; what lies behind the end
 * in the last page is zero. Pages that mappings share are the host's to name twice. */
struct fuse_chunk {
    struct fuse_chunk *hash_next;
    struct list node, lru;
    struct fuse_node *owner;
    u64 index;
    u32 refs; /* users; it goes when it is `gone` and nobody uses it */
    bool gone;
    u16 shared, dirty; /* bit n: of page n */
    u16 times;         /* how often pages were found dirty, up to a bound */
    /* Of pages that a mapping changes all the time: what the file was last given, or 0. Such a page
     * stays dirty and writable; where it is like this it is as the file has it (fuse_map.c). */
    u8 *given[FUSE_CHUNK_PAGES];
    u16 run_pages;
    u8 *run; /* memory of the pages that are not shared */
    u8 *page[FUSE_CHUNK_PAGES];
};
/* The chunk in memory, used once more, or 0. */
struct fuse_chunk *fuse_chunk(struct fuse_node *n, u64 index);
void fuse_chunk_put(struct fuse_chunk *c);
/* Reads up to `count` chunks from `index` on into memory, as far as the file goes. 0 or -errno; on
 * 0 the first one is there unless the file ends before it. */
int fuse_fill(struct fuse_node *n, struct fuse_handle *h, u64 index, unsigned count);
/* The page of a chunk, read if it is absent; 0 and *err otherwise. */
u8 *fuse_page(struct fuse_chunk *c, struct fuse_handle *h, unsigned page, int *err);
/* Drops what is cached of [start, end), but for pages that mappings show: those are read anew. */
void fuse_drop(struct fuse_node *n, u64 start, u64 end);
/* The file ends at `size` now. */
void fuse_cut(struct fuse_node *n, u64 size);
/* What no mapping names any more and can be read again. */
void fuse_drop_clean(struct fuse_node *n);
/* Chunks before `index`: a reader of a long file has passed them. */
void fuse_drop_behind(struct fuse_node *n, u64 index);
/* All of it, when the inode ends. */
void fuse_drop_all(struct fuse_node *n);
/* What was just written at pos is now in the pages that are cached. */
void fuse_written(struct fuse_node *n, struct iter *it, u64 pos, size_t len);
/* Is the page, which is `given`, as it was given to the file? */
bool fuse_as_given(const struct fuse_chunk *c, unsigned page);
/* Writes the changed pages of mappings in [start, end). 0 or the first error. */
int fuse_write_back(struct fuse_node *n, u64 start, u64 end);
/* Every file's. */
void fuse_write_back_all(void);
/* A file is mapped for writing: its pages are written when the program ends. */
void fuse_write_back_at_exit(void);
#endif
