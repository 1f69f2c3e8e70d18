/* Inodes: one in memory for each number that is in use, their attributes to and from the disk's
 * form, and the list of those that have no name any more (orphans), which recovery frees. */
#include "ext4/ext4.h"

#include <linux/stat.h>

#include "dev/random.h"
#include "mem/alloc.h"

#define BUCKETS 1024u
#define EXTRA_ALL 32 /* bytes behind the first 128 that we use: times and the upper checksum */

static struct ext4_node *table[BUCKETS];
static struct super cache_super = {.dev = 0}; /* counts pages: see ext4_cache.c */

static struct ext4_node **slot(const struct ext4 *x, u32 ino)
{
    return &table[((ino ^ (u64)x >> 6) * 0x9e3779b97f4a7c15ull) >> 32 & (BUCKETS - 1)];
}

static struct ext4_node *find(struct ext4 *x, u32 ino)
{
    struct ext4_node *n = *slot(x, ino);
    while (n && !(n->inode.ino == ino && ext4_of(n) == x))
        n = n->hash_next;
    return n;
}

static void free_node(struct ext4_node *n)
{
    struct ext4_node **p = slot(ext4_of(n), ext4_ino(n));
    while (*p && *p != n)
        p = &(*p)->hash_next;
    if (*p)
        *p = n->hash_next;
    ext4_of(n)->nstore -= n->store;
    list_del(&n->changed);
    list_del(&n->recent);
    mem_free(n->raw);
    mem_free(n);
}

struct ext4_node *ext4_new_node(struct ext4 *x, u32 ino, u32 mode)
{
    struct ext4_node *n = mem_alloc(sizeof(*n));
    if (n)
        n->raw = mem_alloc(EXT2_INODE_SIZE(x->fs->super));
    if (!n || !n->raw) {
        mem_free(n);
        return 0;
    }
    struct inode *i = &n->inode;
    inode_init(i, &x->super, mode);
    i->ino = ino;
    i->ops = S_ISREG(mode) ? &ext4_file_ops : S_ISDIR(mode) ? &ext4_dir_ops : &ext4_special_ops;
    i->fops = S_ISREG(mode) ? &ext4_file_fops : S_ISDIR(mode) ? &ext4_dir_fops : 0;
    n->object.ops = &ext4_object_ops;
    n->pages.inode.super = &cache_super;
    n->pages.inode.mode = S_IFREG;
    list_init(&n->changed);
    list_init(&n->recent);
    struct ext4_node **s = slot(x, ino);
    n->hash_next = *s;
    *s = n;
    return n;
}

/* ---- attributes ---- */
static struct ext2_inode_large *large(struct ext4_node *n)
{
    return (struct ext2_inode_large *)n->raw;
}

/* Are the bytes up to the end of `field` there? */
#define HAS(n, field)                                                                              \
    (EXT2_INODE_SIZE(ext4_of(n)->fs->super) > EXT2_GOOD_OLD_INODE_SIZE &&                          \
     EXT2_GOOD_OLD_INODE_SIZE + (size_t)large(n)->i_extra_isize >=                                 \
         offsetof(struct ext2_inode_large, field) + sizeof(large(n)->field))

static struct time_os get_time(u32 sec, u32 extra)
{
    return (struct time_os){(s32)sec + (s64)((u64)(extra & 3) << 32), extra >> 2};
}

static u32 extra_of(const struct time_os *t)
{
    return t->nsec << 2 | ((u32)((u64)(t->sec - (s32)t->sec) >> 32) & 3);
}

void ext4_limit_time(struct ext4 *x, struct time_os *t)
{
    s64 most = EXT2_INODE_SIZE(x->fs->super) > EXT2_GOOD_OLD_INODE_SIZE
                   ? (1ll << 34) - (1ll << 31) - 1
                   : INT32_MAX;
    if (t->sec > most)
        *t = (struct time_os){most, 0};
    if (t->sec < INT32_MIN)
        *t = (struct time_os){INT32_MIN, 0};
}

static u64 device(const struct ext2_inode *r)
{
    u32 old = r->i_block[0], new = r->i_block[1];
    if (old)
        return (u64)(old >> 8 & 0xff) << 8 | (old & 0xff);
    return (u64)(new >> 8 & 0xfff) << 8 | (new & 0xff) | (u64)(new >> 20) << 20;
}

static void blocks_of(struct ext4_node *n)
{
    struct ext2_inode *r = ext4_raw(n);
    struct ext4 *x = ext4_of(n);
    u64 blocks = r->i_blocks;
    if (ext2fs_has_feature_huge_file(x->fs->super)) {
        blocks |= (u64)r->osd2.linux2.l_i_blocks_hi << 32;
        if (r->i_flags & EXT4_HUGE_FILE_FL)
            blocks *= x->block_size / 512;
    }
    n->inode.blocks = blocks;
}

int ext4_load(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    struct inode *i = &n->inode;
    struct ext2_inode *r = ext4_raw(n);
    errcode_t e = ext2fs_read_inode_full(x->fs, ext4_ino(n), r, EXT2_INODE_SIZE(x->fs->super));
    n->run.len = 0;
    if (e)
        return ext4_errno(e);
    i->mode = r->i_mode;
    i->nlink = r->i_links_count;
    i->uid = r->i_uid | (u32)r->osd2.linux2.l_i_uid_high << 16;
    i->gid = r->i_gid | (u32)r->osd2.linux2.l_i_gid_high << 16;
    i->size = (loff_t)(r->i_size | (u64)r->i_size_high << 32);
    if (i->size < 0 || (S_ISDIR(i->mode) && i->size % x->block_size))
        return -EUCLEAN;
    const struct ext2_inode_large *l = large(n);
    i->atime = get_time(r->i_atime, HAS(n, i_atime_extra) ? l->i_atime_extra : 0);
    i->mtime = get_time(r->i_mtime, HAS(n, i_mtime_extra) ? l->i_mtime_extra : 0);
    i->ctime = get_time(r->i_ctime, HAS(n, i_ctime_extra) ? l->i_ctime_extra : 0);
    i->btime = (struct time_os){0, 0};
    if (HAS(n, i_crtime_extra))
        i->btime = get_time(l->i_crtime, l->i_crtime_extra);
    i->rdev = S_ISCHR(i->mode) || S_ISBLK(i->mode) ? device(r) : 0;
    blocks_of(n);
    return 0;
}

static void put_times(struct ext4_node *n)
{
    struct ext2_inode *r = ext4_raw(n);
    struct ext2_inode_large *l = large(n);
    const struct inode *i = &n->inode;
    r->i_atime = (u32)i->atime.sec;
    r->i_mtime = (u32)i->mtime.sec;
    r->i_ctime = (u32)i->ctime.sec;
    if (HAS(n, i_atime_extra))
        l->i_atime_extra = extra_of(&i->atime);
    if (HAS(n, i_mtime_extra))
        l->i_mtime_extra = extra_of(&i->mtime);
    if (HAS(n, i_ctime_extra))
        l->i_ctime_extra = extra_of(&i->ctime);
    if (HAS(n, i_crtime_extra)) {
        l->i_crtime = (u32)i->btime.sec;
        l->i_crtime_extra = extra_of(&i->btime);
    }
}

int ext4_store(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    struct ext2_inode *r = ext4_raw(n);
    const struct inode *i = &n->inode;
    r->i_mode = (u16)i->mode;
    r->i_links_count = (u16)i->nlink;
    r->i_uid = (u16)i->uid;
    r->osd2.linux2.l_i_uid_high = (u16)(i->uid >> 16);
    r->i_gid = (u16)i->gid;
    r->osd2.linux2.l_i_gid_high = (u16)(i->gid >> 16);
    r->i_size = (u32)i->size;
    r->i_size_high = (u32)((u64)i->size >> 32);
    if (r->i_size_high && S_ISREG(i->mode) && !ext2fs_has_feature_large_file(x->fs->super))
        ext2fs_set_feature_large_file(x->fs->super);
    put_times(n);
    blocks_of(n);
    x->nstore -= n->store;
    n->store = false;
    errcode_t e = ext2fs_write_inode_full(x->fs, ext4_ino(n), r, EXT2_INODE_SIZE(x->fs->super));
    return ext4_errno(e);
}

void ext4_changed(struct ext4_node *n, bool size)
{
    struct ext4 *x = ext4_of(n);
    n->touched = x->journal.sequence;
    if (size)
        n->resized = x->journal.sequence;
    if (size)
        blocks_of(n);
    if (!n->store) {
        n->store = true;
        x->nstore++;
    }
    if (list_empty(&n->changed))
        list_add_tail(&x->changed, &n->changed);
    ext4_commit_soon(x);
}

int ext4_store_all(struct ext4 *x)
{
    int r = 0;
    list_foreach_safe(it, &x->changed)
    {
        struct ext4_node *n = list_entry(it, struct ext4_node, changed);
        if (n->store && r == 0)
            r = ext4_store(n);
        if (!n->dirty)
            list_del(&n->changed);
    }
    return r;
}

/* ---- coming and going ---- */
int ext4_get(struct ext4 *x, u32 ino, struct ext4_node **out)
{
    struct ext4_node *n = find(x, ino);
    if (n) {
        inode_get(&n->inode);
        *out = n;
        return 0;
    }
    const struct ext2_super_block *s = x->fs->super;
    if (ino > s->s_inodes_count ||
        (ino < EXT2_FIRST_INODE(s) && ino != EXT2_ROOT_INO && ino != s->s_journal_inum))
        return -EUCLEAN;
    struct ext2_inode small;
    errcode_t e = ext2fs_read_inode(x->fs, ino, &small);
    if (e)
        return ext4_errno(e);
    u32 type = small.i_mode & S_IFMT;
    const u32 cannot = EXT4_INLINE_DATA_FL | EXT4_ENCRYPT_FL | EXT4_EA_INODE_FL | EXT4_CASEFOLD_FL;
    bool known = type == S_IFREG || type == S_IFDIR || type == S_IFLNK || type == S_IFCHR ||
                 type == S_IFBLK || type == S_IFIFO || type == S_IFSOCK;
    if (!known || small.i_flags & cannot || !small.i_mode)
        return known ? -EOPNOTSUPP : -EUCLEAN;
    n = ext4_new_node(x, ino, small.i_mode);
    if (!n)
        return -ENOMEM;
    int r = ext4_load(n);
    if (r < 0) {
        free_node(n);
        return r;
    }
    *out = n;
    return 0;
}

static bool same(const struct time_os *a, u32 sec)
{
    return (u32)a->sec == sec;
}

void ext4_release(struct inode *i)
{
    struct ext4_node *n = ext4_node(i);
    struct ext4 *x = ext4_of(n);
    if (x->live && !x->broken && !x->super.read_only) {
        if (!i->nlink) {
            ext4_pages_end(n);
            int r = ext4_delete(n);
            if (r < 0)
                ext4_broken(x, r);
            free_node(n);
            return;
        }
        ext4_write_back(n, 0, ~0ull);
        /* Reading may have changed the time of access. */
        if (!n->store && !same(&i->atime, ext4_raw(n)->i_atime))
            ext4_changed(n, false);
        if (n->store && ext4_store(n) < 0)
            ext4_broken(x, -EIO);
    }
    ext4_pages_end(n);
    free_node(n);
}

int ext4_setattr(struct inode *i, const struct attr *a)
{
    struct ext4_node *n = ext4_node(i);
    struct ext4 *x = ext4_of(n);
    int r = ext4_begin(x, 0);
    if (r < 0)
        return r;
    if (a->valid & ATTR_MODE)
        i->mode = (i->mode & S_IFMT) | (a->mode & 07777);
    if (a->valid & ATTR_UID)
        i->uid = a->uid;
    if (a->valid & ATTR_GID)
        i->gid = a->gid;
    inode_touch(i, TOUCH_CTIME);
    if (a->valid & ATTR_ATIME)
        i->atime = a->atime;
    if (a->valid & ATTR_MTIME)
        i->mtime = a->mtime;
    ext4_limit_time(x, &i->atime);
    ext4_limit_time(x, &i->mtime);
    ext4_changed(n, false);
    return ext4_end(x, 0);
}

/* ---- those without a name: a list through i_dtime, its head in the superblock ---- */
int ext4_orphan_add(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    if (n->orphan)
        return 0;
    n->orphan = true;
    ext4_raw(n)->i_dtime = x->fs->super->s_last_orphan;
    x->fs->super->s_last_orphan = ext4_ino(n);
    ext4_changed(n, true);
    return ext4_store(n);
}

int ext4_orphan_remove(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    struct ext2_super_block *s = x->fs->super;
    u32 next = ext4_raw(n)->i_dtime, at = s->s_last_orphan;
    if (!n->orphan)
        return 0;
    n->orphan = false;
    ext4_raw(n)->i_dtime = 0;
    ext4_changed(n, true);
    if (at == ext4_ino(n)) {
        s->s_last_orphan = next;
        return 0;
    }
    /* All of them are in memory: they are there because somebody uses them. */
    for (u32 left = s->s_inodes_count; at && left; left--) {
        struct ext4_node *before = find(x, at);
        if (!before)
            break;
        at = ext4_raw(before)->i_dtime;
        if (at == ext4_ino(n)) {
            ext4_raw(before)->i_dtime = next;
            ext4_changed(before, true);
            return ext4_store(before);
        }
    }
    return -EUCLEAN;
}

static bool has_blocks(struct ext4_node *n)
{
    return ext2fs_inode_has_valid_blocks2(ext4_of(n)->fs, ext4_raw(n));
}

/* The block of extended attributes that several inodes may share. */
static int drop_attributes(struct ext4_node *n)
{
    errcode_t e =
        ext2fs_free_ext_attr(ext4_of(n)->fs, ext4_ino(n), (struct ext2_inode_large *)n->raw);
    return ext4_errno(e);
}

int ext4_delete(struct ext4_node *n)
{
    struct ext4 *x = ext4_of(n);
    int r = has_blocks(n) ? ext4_resize(n, 0) : 0;
    if (r == 0)
        r = ext4_begin(x, 0);
    if (r < 0)
        return r;
    r = ext4_orphan_remove(n);
    if (r == 0 && ext2fs_file_acl_block(x->fs, ext4_raw(n)))
        r = drop_attributes(n);
    if (r == 0) {
        u32 mode = n->inode.mode;
        n->inode.size = 0;
        ext4_raw(n)->i_dtime = (u32)inode_now().sec;
        r = ext4_store(n);
        ext4_inode_free(x, ext4_ino(n), mode);
    }
    return ext4_end(x, r);
}
