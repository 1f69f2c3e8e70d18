/* Mounting a disk, and leaving it in order when the program ends.
 *
 * What this does not write rightly it does not mount for writing: file systems without a journal,
 * with features that are not in the lists below, or with an error noted. Each is refused with a
 * sentence. A journal that was not emptied is recovered first (by e2fsprogs' own code), then the
 * inodes that had no name any more are freed.
 */
#include "ext4/ext4.h"

#include "base/host.h"
#include "mem/alloc.h"
#include "vfs/mount.h"

/* Defined by e2fsprogs' debugfs/journal.c. */
errcode_t ext2fs_run_ext3_journal(ext2_filsys *fs);

#define READ_FEATURES                                                                              \
    (EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_RECOVER |                              \
     EXT2_FEATURE_INCOMPAT_META_BG | EXT3_FEATURE_INCOMPAT_EXTENTS | EXT4_FEATURE_INCOMPAT_64BIT | \
     EXT4_FEATURE_INCOMPAT_FLEX_BG | EXT4_FEATURE_INCOMPAT_CSUM_SEED |                             \
     EXT4_FEATURE_INCOMPAT_LARGEDIR)
#define WRITE_FEATURES                                                                             \
    (EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |                     \
     EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_GDT_CSUM |                          \
     EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |                       \
     EXT4_FEATURE_RO_COMPAT_METADATA_CSUM)

struct list ext4_all = LIST_INIT(ext4_all);

static NORETURN void refuse(const struct pith_mount *m, const char *why)
{
    char text[256];
    str_format(text, sizeof(text), "pith: %s: %s", (const char *)m->path, why);
    host_die(9, 0, text);
}

static void need(const struct pith_mount *m, bool ok, const char *why)
{
    if (!ok)
        refuse(m, why);
}

/* What the superblock alone says. */
static void judge(const struct pith_mount *m, struct disk *d, bool read_only)
{
    struct ext2_super_block *s = mem_alloc(SUPERBLOCK_SIZE);
    need(m, s && disk_size(d) >= 4096, "the disk is too small for a file system");
    need(m, disk_io(d, false, SUPERBLOCK_OFFSET, s, SUPERBLOCK_SIZE) == 0,
         "the disk cannot be read");
    need(m, s->s_magic == EXT2_SUPER_MAGIC,
         "the disk holds no ext4 file system (mkfs.ext4 makes one)");
    need(m, s->s_rev_level == EXT2_DYNAMIC_REV && s->s_log_block_size <= 2,
         "its file system is of a kind that is not supported");
    u32 cannot = s->s_feature_incompat & ~(u32)READ_FEATURES;
    if (cannot) {
        char text[128];
        str_format(text, sizeof(text),
                   "its file system has features that are not supported (incompat 0x%x)", cannot);
        refuse(m, text);
    }
    if (read_only) {
        need(m, !(s->s_feature_incompat & EXT3_FEATURE_INCOMPAT_RECOVER),
             "its journal has to be recovered: mount it once without ro, or run e2fsck -p");
        mem_free(s);
        return;
    }
    cannot = s->s_feature_ro_compat & ~(u32)WRITE_FEATURES;
    if (cannot) {
        char text[128];
        str_format(text, sizeof(text),
                   "its file system has features that can only be read (ro_compat 0x%x): use ro",
                   cannot);
        refuse(m, text);
    }
    need(m, s->s_feature_compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL && s->s_journal_inum,
         "its file system has no journal of its own: use ro, or tune2fs -j");
    need(m, !(s->s_state & EXT2_ERROR_FS), "its file system has errors: run e2fsck, or use ro");
    need(m,
         !(s->s_feature_compat & EXT4_FEATURE_COMPAT_FAST_COMMIT) ||
             !(s->s_feature_incompat & EXT3_FEATURE_INCOMPAT_RECOVER),
         "its journal has fast commits: run e2fsck -p");
    mem_free(s);
}

static const char broken_text[] = "its file system is damaged: run e2fsck";

static void open(struct ext4 *x, const struct pith_mount *m, bool read_only)
{
    char name[2] = {(char)('a' + disk_number(x->disk)), 0};
    int flags = EXT2_FLAG_64BITS | (read_only ? 0 : EXT2_FLAG_RW);
    errcode_t e = ext2fs_open(name, flags, 0, 0, &ext4_io_manager, &x->fs);
    need(m, !e, broken_text);
    u64 bytes = ext2fs_blocks_count(x->fs->super) * x->fs->blocksize;
    need(m, bytes <= disk_size(x->disk), "its file system is larger than the disk");
    need(m, !ext2fs_check_desc(x->fs), broken_text);
    if (ext2fs_has_feature_journal_needs_recovery(x->fs->super)) {
        need(m, !ext2fs_run_ext3_journal(&x->fs), "its journal cannot be recovered: run e2fsck");
        need(m, !(x->fs->super->s_state & EXT2_ERROR_FS) && !ext2fs_check_desc(x->fs), broken_text);
        x->fs->flags &= ~EXT2_FLAG_DIRTY;
        need(m, ext4_write_super(x) == 0 && disk_flush(x->disk) == 0, "the disk cannot be written");
    }
}

/* Files that had no name any more, and those whose end was being cut off. */
static void free_orphans(struct ext4 *x, const struct pith_mount *m)
{
    struct ext2_super_block *s = x->fs->super;
    for (u32 left = s->s_inodes_count; s->s_last_orphan; left--) {
        struct ext4_node *n = 0;
        u32 ino = s->s_last_orphan;
        need(m, left && ino >= EXT2_FIRST_INODE(s) && ext4_get(x, ino, &n) == 0, broken_text);
        n->orphan = true;
        int r = 0;
        if (n->inode.nlink) {
            r = ext4_resize(n, (u64)n->inode.size);
            if (r == 0)
                r = ext4_begin(x, 0);
            if (r == 0)
                r = ext4_end(x, ext4_orphan_remove(n));
        }
        inode_put(&n->inode);
        need(m, r == 0 && !x->broken && s->s_last_orphan != ino, broken_text);
    }
}

/* The superblock says that the file system is in use: as Linux does. */
static int mark_mounted(struct ext4 *x, const struct pith_mount *m)
{
    struct ext2_super_block *s = x->fs->super;
    struct time_os now = inode_now();
    s->s_mnt_count++;
    s->s_mtime = (u32)now.sec;
    s->s_mtime_hi = (u8)(now.sec >> 32);
    memset(s->s_last_mounted, 0, sizeof(s->s_last_mounted));
    str_copy((char *)s->s_last_mounted, (const char *)m->path, sizeof(s->s_last_mounted));
    ext2fs_set_feature_journal_needs_recovery(s);
    int r = ext4_write_super(x);
    return r ? r : disk_flush(x->disk);
}

static void unmount(struct ext4 *x)
{
    struct ext2_super_block *s = x->fs->super;
    /* Still open, and nobody reads it any more. */
    for (u32 left = s->s_inodes_count; s->s_last_orphan && left; left--) {
        struct ext4_node *n;
        if (ext4_get(x, s->s_last_orphan, &n) < 0)
            return;
        ext4_pages_end(n);
        if (n->inode.nlink || ext4_delete(n) < 0)
            break;
    }
    if (ext4_commit(x, true) < 0 || ext4_checkpoint(x) < 0 || ext4_journal_close(x) < 0)
        return;
    ext2fs_clear_feature_journal_needs_recovery(s);
    if (ext4_write_super(x) == 0)
        disk_flush(x->disk);
}

static void (*next_before_end)(void);

static void unmount_all(void)
{
    if (next_before_end)
        next_before_end();
    list_foreach(it, &ext4_all)
    {
        struct ext4 *x = list_entry(it, struct ext4, node);
        /* In the middle of a step the last commit is what there is. */
        if (x->live && !x->busy && !x->broken && !x->super.read_only)
            unmount(x);
    }
}

static void space(struct super *super, struct fs_space *out)
{
    struct ext4 *x = (struct ext4 *)super;
    struct ext2_super_block *s = x->fs->super;
    u64 kept = ext2fs_r_blocks_count(s), overhead = s->s_overhead_clusters;
    out->type = EXT2_SUPER_MAGIC;
    out->block_size = x->block_size;
    out->blocks = ext2fs_blocks_count(s) - MIN(overhead, ext2fs_blocks_count(s));
    out->free = ext2fs_free_blocks_count(s);
    out->available = out->free > kept ? out->free - kept : 0;
    out->files = s->s_inodes_count;
    out->files_free = s->s_free_inodes_count;
    out->name_len = EXT2_NAME_LEN;
}

static int sync_all(struct super *s)
{
    struct ext4 *x = (struct ext4 *)s;
    return x->super.read_only ? x->broken : ext4_commit(x, true);
}

int disk_mount(const struct pith_mount *m, const struct pith_device *d, struct inode **out)
{
    struct disk *disk = disk_of(d);
    struct ext4 *x = mem_alloc(sizeof(*x));
    if (!disk || !x)
        return disk ? -ENOMEM : -ENODEV;
    bool read_only = m->flags & PITH_MOUNT_READ_ONLY || disk_read_only(disk);
    need(m, !disk_claimed(disk), "the disk is mounted already");
    judge(m, disk, read_only);
    x->disk = disk;
    x->super = (struct super){.dev = 254 << 8 | disk_number(disk) * 16,
                              .type = "ext4",
                              .sync = sync_all,
                              .space = space,
                              .read_only = read_only};
    list_init(&x->lru);
    list_init(&x->dirty);
    list_init(&x->pending);
    list_init(&x->changed);
    list_add_tail(&ext4_all, &x->node);
    open(x, m, read_only);
    x->block_size = x->fs->blocksize;
    x->bufs_most = (unsigned)MAX(mem_total() / 16 / x->block_size, 128u);
    x->bufs = mem_alloc(1024 * sizeof(*x->bufs));
    int r = x->bufs ? ext4_alloc_open(x) : -ENOMEM;
    need(m, r != -ENOMEM, "too little memory for its file system: use a larger -m");
    need(m, r == 0, broken_text);
    x->live = true;
    if (!read_only) {
        r = ext4_journal_open(x);
        need(m, r == 0, "its journal is not in order: run e2fsck");
        /* In this order: a journal with content in a file system that says it needs no recovery
         * is an error. */
        need(m, mark_mounted(x, m) == 0 && ext4_checkpoint(x) == 0, "the disk cannot be written");
        disk_claim(disk);
        if (host_before_end != unmount_all) {
            next_before_end = host_before_end;
            host_before_end = unmount_all;
        }
        free_orphans(x, m);
        x->super.read_only = false;
    }
    struct ext4_node *root;
    need(m, ext4_get(x, EXT2_ROOT_INO, &root) == 0 && inode_is(&root->inode, LINUX_S_IFDIR),
         broken_text);
    *out = &root->inode;
    return 0;
}
