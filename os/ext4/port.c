/* What libext2fs calls of a C library, under names of its own (third_party/e2fsprogs/build.mk): a
 * few lines each over the library OS. And what is never reached, since features that need it are
 * refused before (ext4_mount.c): multiple mount protection, case folding, journals elsewhere. */
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/inode.h"

/* Sizes stand before the memory: realloc needs them. */
struct head {
    size_t size, reserved;
};

void *e2_malloc(size_t n)
{
    struct head *h = n < ~0ul - sizeof(*h) ? mem_alloc(n + sizeof(*h)) : 0;
    if (!h)
        return 0;
    h->size = n;
    return h + 1;
}

void e2_free(void *p)
{
    if (p)
        mem_free((struct head *)p - 1);
}

void *e2_calloc(size_t n, size_t size)
{
    return size && n > ~0ul / size ? 0 : e2_malloc(n * size); /* zeroed as it is */
}

void *e2_realloc(void *p, size_t n)
{
    void *q = e2_malloc(n);
    if (p && q) {
        memcpy(q, p, MIN(n, ((struct head *)p - 1)->size));
        e2_free(p);
    }
    return q;
}

size_t e2_strlen(const char *s)
{
    return str_len(s);
}

char *e2_strcpy(char *to, const char *from)
{
    return memcpy(to, from, str_len(from) + 1);
}

char *e2_strcat(char *to, const char *from)
{
    e2_strcpy(to + str_len(to), from);
    return to;
}

char *e2_strncpy(char *to, const char *from, size_t n)
{
    size_t len = str_nlen(from, n);
    memcpy(to, from, len);
    memset(to + len, 0, n - len);
    return to;
}

int e2_strcmp(const char *a, const char *b)
{
    return str_cmp(a, b);
}

int e2_strncmp(const char *a, const char *b, size_t n)
{
    for (; n && *a && *a == *b; n--)
        a++, b++;
    return n ? (u8)*a - (u8)*b : 0;
}

char *e2_strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (!*s)
            return 0;
    return (char *)(uintptr_t)s;
}

void *e2_memchr(const void *p, int c, size_t n)
{
    for (const u8 *s = p; n; n--, s++)
        if (*s == (u8)c)
            return (void *)(uintptr_t)s;
    return 0;
}

unsigned long e2_strtoul(const char *s, char **end, int base)
{
    (void)base;
    unsigned long n = 0;
    for (; *s >= '0' && *s <= '9'; s++)
        n = n * 10 + (unsigned long)(*s - '0');
    if (end)
        *end = (char *)(uintptr_t)s;
    return n;
}

char *e2_getenv(const char *name)
{
    (void)name; /* nothing of the program's environment is for it */
    return 0;
}

long e2_time(long *t)
{
    long now = (long)inode_now().sec;
    if (t)
        *t = now;
    return now;
}

int e2_printf(const char *format, ...)
{
    (void)format; /* its own debugging */
    return 0;
}

NORETURN void e2_abort(void)
{
    base_bug("libext2fs: abort");
}

NORETURN void e2___assert_fail(const char *what, const char *file, unsigned line,
                               const char *function)
{
    (void)file, (void)line, (void)function;
    base_bug(what);
}

/* By insertion: what is sorted is a block of a directory, or fewer. */
void e2_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    u8 *a = base, t[64];
    ASSERT(size <= sizeof(t));
    for (size_t i = 1; i < n; i++) {
        size_t j = i;
        memcpy(t, a + i * size, size);
        for (; j && compare(a + (j - 1) * size, t) > 0; j--)
            memcpy(a + j * size, a + (j - 1) * size, size);
        memcpy(a + j * size, t, size);
    }
}

u32 htonl(u32 v)
{
    return __builtin_bswap32(v);
}

u32 ntohl(u32 v)
{
    return __builtin_bswap32(v);
}

/* ---- of e2fsprogs' other files and libraries ---- */
void com_err(const char *who, long code, const char *format, ...)
{
    (void)who, (void)code, (void)format; /* the call it is about fails as well */
}

int uuid_is_null(const unsigned char *uuid)
{
    for (unsigned i = 0; i < 16; i++)
        if (uuid[i])
            return 0;
    return 1;
}

void uuid_unparse(const unsigned char *uuid, char *text)
{
    (void)uuid;
    *text = 0;
}

int blkid_get_cache(void **cache, const char *name)
{
    (void)name;
    *cache = 0;
    return -1;
}

void blkid_put_cache(void *cache)
{
    (void)cache;
}

char *blkid_get_devname(void *cache, const char *token, const char *value)
{
    (void)cache, (void)token, (void)value;
    return 0;
}

char *blkid_devno_to_devname(u64 number)
{
    (void)number;
    return 0;
}

io_manager unix_io_manager;

errcode_t ext2fs_mmp_start(ext2_filsys fs)
{
    (void)fs;
    return EXT2_ET_UNSUPP_FEATURE;
}

errcode_t ext2fs_mmp_stop(ext2_filsys fs)
{
    (void)fs;
    return 0;
}

errcode_t ext2fs_mmp_update2(ext2_filsys fs, int immediately)
{
    (void)fs, (void)immediately;
    return 0;
}

const struct ext2fs_nls_table *ext2fs_load_nls_table(int encoding)
{
    (void)encoding;
    return 0;
}

/* The target is in the inode, not in a block. */
int ext2fs_is_fast_symlink(struct ext2_inode *inode)
{
    return LINUX_S_ISLNK(inode->i_mode) && inode->i_size && inode->i_size < sizeof(inode->i_block);
}

int ext2fs_journal_sb_start(int blocksize)
{
    return blocksize == EXT2_MIN_BLOCK_SIZE ? 2 : 1;
}

errcode_t ext2fs_zero_blocks2(ext2_filsys fs, blk64_t block, int count, blk64_t *failed, int *left)
{
    (void)failed, (void)left;
    if (!fs)
        return 0; /* gives back what it keeps elsewhere */
    errcode_t r = EXT2_ET_NO_MEMORY;
    void *zeros = mem_alloc(fs->blocksize);
    if (!zeros)
        return r;
    for (r = 0; !r && count > 0; block++, count--)
        r = io_channel_write_blk64(fs->io, block, 1, zeros);
    mem_free(zeros);
    return r;
}
