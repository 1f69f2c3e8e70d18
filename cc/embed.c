/* Packs folders into an object file. See embed.h, and os/vfs/embed.h for the format.
 *
 * The object is assembled: tables are written as assembler text, contents are pulled in with
 * .incbin, so a big file is never held in memory. Nodes are numbered breadth first, the
 * children of a folder in the order of their names.
 */
#include "cc/embed.h"

#include "cc/run.h"

#include <pith/abi.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    char *path;       /* on the host */
    const char *name; /* last component, "" for the root */
    char *target;     /* of a symbolic link */
    struct stat st;
    uint32_t parent, first, count;
};

struct tree {
    struct entry *entries;
    uint32_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add(struct tree *tree, char *path, const char *name, uint32_t parent)
{
    if (!(tree->count & (tree->count - 1)))
        tree->entries =
            cc_grow(tree->entries, (tree->count ? 2 * tree->count : 1) * sizeof *tree->entries);
    struct entry *e = &tree->entries[tree->count++];
    memset(e, 0, sizeof *e);
    e->path = path;
    e->name = name;
    e->parent = parent;
    if (*name ? lstat(path, &e->st) : stat(path, &e->st))
        cc_fail("--pith-files: %s: %s", path, strerror(errno));
    if (S_ISLNK(e->st.st_mode)) {
        e->target = cc_alloc((size_t)e->st.st_size + 2);
        ssize_t n = readlink(path, e->target, (size_t)e->st.st_size + 1);
        if (n < 0 || n > e->st.st_size)
            cc_fail("--pith-files: %s: it changes while it is read", path);
    } else if (!S_ISDIR(e->st.st_mode) && !S_ISREG(e->st.st_mode)) {
        cc_fail("--pith-files: %s: only files, folders and symbolic links can be embedded", path);
    }
}

static void children(struct tree *tree, uint32_t at)
{
    const char *path = tree->entries[at].path;
    DIR *dir = opendir(path);
    if (!dir)
        cc_fail("--pith-files: %s: %s", path, strerror(errno));
    struct cc_list names = {0};
    struct dirent *d;
    while ((d = readdir(dir)))
        if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
            cc_push(&names, cc_copy(d->d_name, strlen(d->d_name)));
    closedir(dir);
    if (names.count)
        qsort(names.item, names.count, sizeof *names.item, by_name);
    tree->entries[at].first = tree->count;
    tree->entries[at].count = (uint32_t)names.count;
    for (size_t i = 0; i < names.count; i++)
        add(tree, cc_format("%s/%s", path, names.item[i]), names.item[i], at);
}

/* A string as the assembler takes it: everything but plain characters as octal. */
static void quoted(struct cc_bytes *out, const char *text)
{
    cc_text(out, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            cc_text(out, "\\%03o", c);
        else
            cc_add(out, text, 1);
    }
    cc_text(out, "\"");
}

static void content(struct cc_bytes *out, const struct entry *e, uint32_t tree, uint32_t node)
{
    if (e->target) {
        cc_text(out, ".Ld%u_%u: .asciz ", tree, node);
        quoted(out, e->target);
        cc_text(out, "\n");
    } else if (S_ISREG(e->st.st_mode) && e->st.st_size) {
        cc_text(out, ".balign %u\n.Ld%u_%u: .incbin ", e->st.st_size >= PITH_PAGE ? PITH_PAGE : 16,
                tree, node);
        quoted(out, e->path);
        cc_text(out, ", 0, %lld\n.if . - .Ld%u_%u != %lld\n.error \"a file changed\"\n.endif\n",
                (long long)e->st.st_size, tree, node, (long long)e->st.st_size);
    }
}

static unsigned mode_of(const struct entry *e)
{
    if (e->target)
        return S_IFLNK | 0777;
    if (S_ISDIR(e->st.st_mode))
        return S_IFDIR | 0755;
    return S_IFREG | (e->st.st_mode & 0111 ? 0755 : 0644);
}

static void write_tree(struct cc_bytes *out, const struct tree *tree, uint32_t t, const char *mount,
                       unsigned long long mtime)
{
    cc_text(out, ".balign 8\n.Lnodes%u:\n", t);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct entry *e = &tree->entries[i];
        bool data = e->target || (S_ISREG(e->st.st_mode) && e->st.st_size);
        cc_text(out, ".quad .Ln%u_%u, ", t, i);
        cc_text(out, data ? ".Ld%u_%u" : "0", t, i);
        cc_text(out, ", %llu\n.long %u, %u, %u, %u\n",
                e->target                ? (unsigned long long)strlen(e->target)
                : S_ISREG(e->st.st_mode) ? (unsigned long long)e->st.st_size
                                         : 0,
                mode_of(e), e->parent, e->first, e->count);
    }
    cc_text(out, ".Ltree%u: .quad .Lm%u, .Lnodes%u, %u, %llu\n", t, t, t, tree->count, mtime);
    cc_text(out, ".Lm%u: .asciz ", t);
    quoted(out, mount);
    cc_text(out, "\n");
    for (uint32_t i = 0; i < tree->count; i++) {
        cc_text(out, ".Ln%u_%u: .asciz ", t, i);
        quoted(out, tree->entries[i].name);
        cc_text(out, "\n");
    }
    /* Small contents first: only what is a page or more is aligned to pages. */
    for (int big = 0; big < 2; big++)
        for (uint32_t i = 0; i < tree->count; i++)
            if ((S_ISREG(tree->entries[i].st.st_mode) &&
                 tree->entries[i].st.st_size >= PITH_PAGE) == big)
                content(out, &tree->entries[i], t, i);
    cc_text(out,
            ".pushsection pith_set_embed, \"aR\", @progbits\n.balign 8\n.quad .Ltree%u\n"
            ".popsection\n",
            t);
}

static char *mount_of(const char *spec, char **folder)
{
    const char *colon = strrchr(spec, ':');
    *folder = cc_copy(spec, colon ? (size_t)(colon - spec) : strlen(spec));
    char *mount = cc_format("%s", colon ? colon + 1 : "/");
    size_t size = strlen(mount);
    if (mount[0] != '/')
        cc_fail("--pith-files=%s: the place in the program must start with '/'", spec);
    while (size > 1 && mount[size - 1] == '/')
        mount[--size] = 0;
    return mount;
}

char *embed_object(const struct cc_list *trees)
{
    if (!trees->count)
        return NULL;
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    unsigned long long mtime = epoch ? strtoull(epoch, NULL, 10) : 0;
    struct cc_bytes out = {0};
    cc_text(&out, ".file \"embedded-files\"\n.section .pith_embed, \"aR\", @progbits\n");
    for (uint32_t t = 0; t < trees->count; t++) {
        struct tree tree = {0};
        char *folder, *mount = mount_of(trees->item[t], &folder);
        add(&tree, folder, "", 0);
        if (!S_ISDIR(tree.entries[0].st.st_mode))
            cc_fail("--pith-files: %s: it is not a folder", folder);
        for (uint32_t i = 0; i < tree.count; i++)
            if (S_ISDIR(tree.entries[i].st.st_mode))
                children(&tree, i);
        write_tree(&out, &tree, t, mount, mtime);
    }
    /* The reader comes in with the files. */
    cc_text(&out, ".balign 8\n.quad pith_embed_init\n"
                  ".section .note.GNU-stack, \"\", @progbits\n");
    char *source = run_temp("embed.s"), *object = run_temp("embed.o");
    cc_write(source, out.data, out.size);
    char *as[] = {(char[]){"as"}, (char[]){"--64"}, (char[]){"-o"}, object, source, NULL};
    if (run_wait(run_start(as, NULL)))
        cc_fail("the embedded files cannot be assembled");
    return object;
}
