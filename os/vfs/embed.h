/* Embedded files: a read-only tree that pith-cc linked into the image (--pith-files=DIR[:MOUNT]).
 *
 * pith-cc (cc/embed.c) writes an object in this format; os/vfs reads it. Everything lies in
 * read-only data, addresses are absolute (the image is position-dependent), nothing is copied
 * or unpacked at boot. The two sides share no code: the layout below is the contract, and
 * the assertions pin it.
 *
 * How it gets into an image: the object puts one `const struct pith_embed_tree *` per option
 * into the linker set `embed` and refers strongly to `pith_embed_init`, so the reader is linked
 * when there are embedded files and only then. The core refers to pith_embed_init weakly
 * and calls it once, after the root file system is there.
 *
 * Tree: node 0 is the directory that the mount point shows. The children of a directory are the
 * `count` nodes from index `first` on, sorted by name as strcmp() does, so a name is found by
 * binary search; a node's index is less than its children's. Names are single components,
 * never "." or "..". Only directories, regular files and symbolic links occur.
 * File data of PITH_PAGE bytes or more starts on a page boundary, so that it can be mapped in
 * place; the bytes from its end to the end of its last page may belong to something else.
 */
#ifndef PITH_VFS_EMBED_H
#define PITH_VFS_EMBED_H

#include <pith/abi.h>

struct pith_embed_node {
    const char *name; /* NUL terminated; "" for node 0 */
    const void *data; /* regular: `size` bytes. Link: target, `size` bytes and a NUL. Else 0 */
    pith_u64 size;    /* regular: bytes; link: length of the target; directory: 0 */
    pith_u32 mode;    /* st_mode: type and 0755/0644 permissions (0777 for a link) */
    pith_u32 parent;  /* index of the directory that holds this node; 0 for node 0 */
    pith_u32 first;   /* directory: index of its first child */
    pith_u32 count;   /* directory: number of its children */
};

struct pith_embed_tree {
    const char *mount; /* absolute path, no trailing slash unless it is "/" */
    const struct pith_embed_node *nodes;
    pith_u64 count; /* nodes */
    pith_u64 mtime; /* seconds; one time for all nodes: SOURCE_DATE_EPOCH of the link, or 0 */
};

_Static_assert(sizeof(struct pith_embed_node) == 40, "cc/embed.c writes this layout");
_Static_assert(sizeof(struct pith_embed_tree) == 32, "cc/embed.c writes this layout");

/* The reader's entry: mounts every tree of the set `embed`. Defined by os/vfs. */
void pith_embed_init(void);

#endif
