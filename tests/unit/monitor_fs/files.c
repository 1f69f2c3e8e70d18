/* What a good client gets: content, attributes, directories, locks. */
#include "client.h"

#include <dirent.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/xattr.h>

static uint64_t node, fh, dir, other, fh2;

static int setattr(uint64_t id, const struct fuse_setattr_in *in)
{
    return ASK(FUSE_SETATTR, id, ARG(*in));
}

static struct fuse_attr attr(uint64_t id)
{
    struct fuse_getattr_in in = {0};
    struct fuse_attr_out out = {0};
    CHECK(ASK(FUSE_GETATTR, id, ARG(in)) == 0);
    memcpy(&out, answer, sizeof out);
    return out.attr;
}

static void content(void)
{
    struct stat st;
    CHECK(create(1, "file", O_RDWR, 0640, &node, &fh) == 0);
    CHECK(write_at(node, fh, 0, "hello world", 11) == 11);
    CHECK(write_at(node, fh, 4096, "far", 3) == 3);
    CHECK(read_at(node, fh, 0, 5) == 0 && answer_bytes == 5 && !memcmp(answer, "hello", 5));
    CHECK(read_at(node, fh, 4090, 100) == 0 && answer_bytes == 9);
    CHECK(read_at(node, fh, 5000, 100) == 0 && answer_bytes == 0);
    CHECK(stat(at("tree/file"), &st) == 0 && st.st_size == 4099 && (st.st_mode & 07777) == 0640);
    CHECK(attr(node).size == 4099 && attr(node).ino == st.st_ino);
    CHECK(write_at(node, fh, 5ull << 30, "x", 1) == 1 && attr(node).size == (5ull << 30) + 1);
    struct fuse_lseek_in seek = {.fh = fh, .offset = 8192, .whence = SEEK_DATA};
    CHECK(ASK(FUSE_LSEEK, node, ARG(seek)) == 0);
    struct fuse_fallocate_in hole = {.fh = fh, .offset = 0, .length = 4096, .mode = 3};
    int error = ASK(FUSE_FALLOCATE, node, ARG(hole));
    CHECK(error == 0 || error == -EOPNOTSUPP);
    struct fuse_setattr_in cut = {.valid = FATTR_SIZE | FATTR_FH, .fh = fh, .size = 7};
    CHECK(setattr(node, &cut) == 0 && attr(node).size == 7);
    struct fuse_fsync_in sync = {.fh = fh, .fsync_flags = 1};
    CHECK(ASK(FUSE_FSYNC, node, ARG(sync)) == 0);
    CHECK(release(fh, false) == 0);
    CHECK(release(fh, false) == -EBADF);
    CHECK(read_at(node, fh, 0, 5) == -EBADF);
    CHECK(open_node(node, O_RDONLY, &fh) == 0 && write_at(node, fh, 0, "x", 1) == -EBADF);
    CHECK(release(fh, false) == 0);
    CHECK(open_node(node, O_WRONLY | O_TRUNC, &fh) == 0 && attr(node).size == 0);
    CHECK(release(fh, false) == 0);
    /* Appending: the offset says nothing, the request's flags say that it is appending. */
    CHECK(open_node(node, O_WRONLY | O_APPEND, &fh) == 0);
    struct fuse_write_in more = {.fh = fh, .offset = 100, .size = 2, .flags = O_WRONLY | O_APPEND};
    CHECK(ASK(FUSE_WRITE, node, ARG(more), {"ab", 2}) == 0 && attr(node).size == 2);
    more.offset = 0;
    CHECK(ASK(FUSE_WRITE, node, ARG(more), {"cd", 2}) == 0 && attr(node).size == 4);
    CHECK(write_at(node, fh, 1, "x", 1) == 1 && attr(node).size == 4);
    more.write_flags = FUSE_WRITE_CACHE; /* a page of a mapping has its place */
    CHECK(ASK(FUSE_WRITE, node, ARG(more), {"AB", 2}) == 0 && attr(node).size == 4);
    CHECK(release(fh, false) == 0);
    struct fuse_open_out out;
    CHECK(open_node(node, O_RDONLY, &fh) == 0 && release(fh, false) == 0);
    CHECK(open_node(node, O_RDONLY, &fh) == 0 && release(fh, false) == 0);
    memcpy(&out, answer, sizeof out);
    CHECK(create(1, "file", O_RDWR, 0640, &other, &fh) == 0 && other == node);
    CHECK(release(fh, false) == 0);
    CHECK(create(1, "file", O_RDWR | O_EXCL, 0640, &other, &fh) == -EEXIST);
    CHECK(open_node(node, O_ACCMODE, &fh) == -EINVAL);
}

static void keeps_cache(void)
{
    struct fuse_open_out out;
    put_file("tree/cached", "one");
    usleep(30000); /* of a file changed just now nothing is kept */
    CHECK(lookup(1, "cached", &node) == 0);
    CHECK(open_node(node, O_RDONLY, &fh) == 0 && release(fh, false) == 0);
    CHECK(open_node(node, O_RDONLY, &fh) == 0);
    memcpy(&out, answer, sizeof out);
    CHECK(out.open_flags & FOPEN_KEEP_CACHE);
    CHECK(release(fh, false) == 0);
    put_file("tree/cached", "three");
    CHECK(open_node(node, O_RDONLY, &fh) == 0);
    memcpy(&out, answer, sizeof out);
    CHECK(!(out.open_flags & FOPEN_KEEP_CACHE));
    CHECK(release(fh, false) == 0);
}

static void copies(void)
{
    put_file("tree/from", "0123456789");
    CHECK(lookup(1, "from", &node) == 0 && open_node(node, O_RDONLY, &fh) == 0);
    CHECK(create(1, "to", O_RDWR, 0600, &other, &fh2) == 0);
    struct fuse_copy_file_range_in in = {
        .fh_in = fh, .off_in = 3, .nodeid_out = other, .fh_out = fh2, .off_out = 1, .len = 4};
    CHECK(ASK(FUSE_COPY_FILE_RANGE, node, ARG(in)) == 0);
    CHECK(read_at(other, fh2, 0, 100) == 0 && answer_bytes == 5 && !memcmp(answer, "\0003456", 5));
    in.fh_out = fh;
    CHECK(ASK(FUSE_COPY_FILE_RANGE, node, ARG(in)) == -EBADF);
    CHECK(release(fh, false) == 0 && release(fh2, false) == 0);
}

static void attributes(void)
{
    put_file("tree/attr", "x");
    CHECK(lookup(1, "attr", &node) == 0);
    struct fuse_setattr_in in = {.valid = FATTR_MODE | FATTR_MTIME,
                                 .mode = S_IFREG | 0604,
                                 .mtime = 12345,
                                 .mtimensec = 6789};
    CHECK(setattr(node, &in) == 0);
    CHECK((attr(node).mode & 07777) == 0604 && attr(node).mtime == 12345 &&
          attr(node).mtimensec == 6789);
    in = (struct fuse_setattr_in){.valid = FATTR_ATIME, .atimensec = 1000000000};
    CHECK(setattr(node, &in) == -EINVAL);
    in = (struct fuse_setattr_in){.valid = FATTR_SIZE, .size = ~0ull};
    CHECK(setattr(node, &in) == -EINVAL);
    in = (struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 0x10000 | 0644};
    CHECK(setattr(node, &in) == -EINVAL);
    in = (struct fuse_setattr_in){.valid = FATTR_SIZE, .size = 5};
    CHECK(setattr(1, &in) == -EISDIR);
    CHECK(ASK(FUSE_SYMLINK, 1, NAME("link"), NAME("nowhere")) == 0);
    other = entry().nodeid;
    CHECK(S_ISLNK(entry().attr.mode));
    in = (struct fuse_setattr_in){.valid = FATTR_MTIME, .mtime = 77};
    CHECK(setattr(other, &in) == 0 && attr(other).mtime == 77);
    in = (struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 0600};
    CHECK(setattr(other, &in) == -EOPNOTSUPP);
    if (geteuid() == 0) {
        in = (struct fuse_setattr_in){.valid = FATTR_UID | FATTR_GID, .uid = 12, .gid = 34};
        CHECK(setattr(node, &in) == 0 && attr(node).uid == 12 && attr(node).gid == 34);
        CHECK(setattr(other, &in) == 0 && attr(other).uid == 12);
        /* Writing by somebody else takes the set-user bit away. */
        in = (struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 04755};
        CHECK(setattr(node, &in) == 0 && attr(node).mode & S_ISUID);
        CHECK(open_node(node, O_WRONLY, &fh) == 0);
        struct fuse_write_in w = {.fh = fh, .size = 1, .write_flags = FUSE_WRITE_KILL_SUIDGID};
        CHECK(ASK(FUSE_WRITE, node, ARG(w), {"y", 1}) == 0 && !(attr(node).mode & S_ISUID));
        CHECK(release(fh, false) == 0);
    }
    /* Unreadable, and still itself. */
    in = (struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 0};
    CHECK(setattr(node, &in) == 0);
    in.mode = 0644;
    CHECK(setattr(node, &in) == 0 && (attr(node).mode & 07777) == 0644);
    struct fuse_access_in may = {.mask = R_OK};
    CHECK(ASK(FUSE_ACCESS, node, ARG(may)) == 0);
    may.mask = 99;
    CHECK(ASK(FUSE_ACCESS, node, ARG(may)) == -EINVAL);
    CHECK(ask(FUSE_STATFS, 1, NULL, 0) == 0 && answer_bytes == sizeof(struct fuse_statfs_out));
}

static void xattrs(void)
{
    struct {
        uint32_t size, flags;
    } set = {5, 0};
    struct fuse_getxattr_in get = {.size = 100};
    put_file("tree/xattr", "x");
    CHECK(lookup(1, "xattr", &node) == 0);
    int error = ASK(FUSE_SETXATTR, node, ARG(set), NAME("user.pith"), {"value", 5});
    if (error == -EOPNOTSUPP && setxattr(at("tree/xattr"), "user.a", "b", 1, 0) && errno == ENOTSUP)
        return; /* a file system without */
    CHECK(error == 0);
    CHECK(ASK(FUSE_GETXATTR, node, ARG(get), NAME("user.pith")) == 0 && answer_bytes == 5);
    CHECK(!memcmp(answer, "value", 5));
    CHECK(ASK(FUSE_LISTXATTR, node, ARG(get)) == 0 && !memcmp(answer, "user.pith", 10));
    get.size = 2;
    CHECK(ASK(FUSE_GETXATTR, node, ARG(get), NAME("user.pith")) == -ERANGE);
    get.size = 0;
    CHECK(ASK(FUSE_GETXATTR, node, ARG(get), NAME("user.pith")) == 0 && answer_bytes == 8);
    CHECK(ASK(FUSE_SETXATTR, node, ARG(set), NAME("security.capability"), {"value", 5}) ==
          -EOPNOTSUPP);
    CHECK(ASK(FUSE_SETXATTR, node, ARG(set), NAME("trusted.pith"), {"value", 5}) == -EOPNOTSUPP);
    CHECK(ASK(FUSE_REMOVEXATTR, node, NAME("user.pith")) == 0);
    get.size = 100;
    CHECK(ASK(FUSE_GETXATTR, node, ARG(get), NAME("user.pith")) == -ENODATA);
}

static void directories(void)
{
    char name[32], seen[300] = {0};
    CHECK(mkdir(at("tree/many"), 0755) == 0);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "tree/many/f%d", i);
        put_file(name, "");
    }
    CHECK(lookup(1, "many", &dir) == 0 && opendir_node(dir, &fh) == 0);
    for (int plus = 0; plus < 2; plus++) {
        struct fuse_read_in in = {.fh = fh, .size = 2000};
        memset(seen, 0, sizeof seen);
        int entries = 0;
        for (int round = 0; round < 400; round++) {
            CHECK(ASK(plus ? FUSE_READDIRPLUS : FUSE_READDIR, dir, ARG(in)) == 0);
            if (answer_bytes == 0)
                break;
            CHECK(answer_bytes <= 2000);
            for (ssize_t i = 0; i < answer_bytes;) {
                const struct fuse_direntplus *e = (const void *)(answer + i);
                const struct fuse_dirent *d = plus ? &e->dirent : (const void *)(answer + i);
                int number = -1;
                entries++;
                if (d->namelen > 1 && d->name[0] == 'f' && sscanf(d->name, "f%d", &number) == 1 &&
                    number >= 0 && number < 300)
                    seen[number]++;
                if (plus && number >= 0) {
                    CHECK(e->entry_out.nodeid > 1 && S_ISREG(e->entry_out.attr.mode));
                    struct fuse_forget_in forget = {1};
                    CHECK(ASK(FUSE_FORGET, e->entry_out.nodeid, ARG(forget)) == 0);
                }
                in.offset = d->off;
                i += (ssize_t)(plus ? FUSE_DIRENTPLUS_SIZE(e) : FUSE_DIRENT_SIZE(d));
            }
        }
        CHECK(entries == 302);
        for (int i = 0; i < 300; i++)
            CHECK(seen[i] == 1);
    }
    struct fuse_read_in in = {.fh = fh, .size = 8};
    CHECK(ASK(FUSE_READDIR, dir, ARG(in)) == -EINVAL);
    in.size = 4096;
    in.offset = ~0ull;
    CHECK(ASK(FUSE_READDIR, dir, ARG(in)) == -EINVAL);
    struct fuse_fsync_in sync = {.fh = fh};
    CHECK(ASK(FUSE_FSYNCDIR, dir, ARG(sync)) == 0);
    CHECK(ASK(FUSE_FSYNC, dir, ARG(sync)) == -EBADF);
    CHECK(read_at(dir, fh, 0, 100) == -EBADF);
    CHECK(release(fh, false) == -EBADF && release(fh, true) == 0);
    unsigned descriptors, nodes, handles;
    fs_count(fs, &descriptors, &nodes, &handles);
    CHECK(handles == 0);
}

static int lock(unsigned op, uint64_t owner, int type, uint64_t start, uint64_t end, unsigned flags)
{
    struct fuse_lk_in in = {.fh = fh,
                            .owner = owner,
                            .lk = {.start = start, .end = end, .type = (uint32_t)type},
                            .lk_flags = flags};
    return ASK(op, node, ARG(in));
}

static void locks(void)
{
    struct fuse_lk_out out;
    struct flock theirs = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10};
    put_file("tree/locked", "0123456789");
    CHECK(lookup(1, "locked", &node) == 0 && open_node(node, O_RDWR, &fh) == 0);
    int fd = open(at("tree/locked"), O_RDWR);
    CHECK(lock(FUSE_SETLK, 1, F_WRLCK, 0, 4, 0) == 0);
    /* Seen by others: by other owners here, and by other programs there. */
    CHECK(lock(FUSE_SETLK, 2, F_RDLCK, 4, 4, 0) == -EAGAIN);
    CHECK(lock(FUSE_SETLKW, 2, F_RDLCK, 4, 4, 0) == -EAGAIN);
    CHECK(lock(FUSE_SETLK, 2, F_WRLCK, 5, 9, 0) == 0);
    CHECK(lock(FUSE_GETLK, 2, F_RDLCK, 0, 100, 0) == 0);
    memcpy(&out, answer, sizeof out);
    CHECK(out.lk.type == F_WRLCK && out.lk.start == 0 && out.lk.end == 4);
    theirs.l_start = 2, theirs.l_len = 1;
    CHECK(fcntl(fd, F_OFD_SETLK, &theirs) == -1 && errno == EAGAIN);
    theirs.l_start = 20;
    CHECK(fcntl(fd, F_OFD_SETLK, &theirs) == 0);
    CHECK(lock(FUSE_SETLK, 1, F_RDLCK, 0, 0x7fffffffffffffff, 0) == -EAGAIN);
    /* Closing any descriptor gives an owner's locks back. */
    struct fuse_flush_in flush = {.fh = fh, .lock_owner = 1};
    CHECK(ASK(FUSE_FLUSH, node, ARG(flush)) == 0);
    CHECK(lock(FUSE_SETLK, 2, F_WRLCK, 0, 9, 0) == 0);
    CHECK(lock(FUSE_SETLK, 2, F_UNLCK, 0, 9, 0) == 0 && lock(FUSE_SETLK, 3, F_UNLCK, 0, 9, 0) == 0);
    CHECK(lock(FUSE_SETLK, 1, F_WRLCK, 5, 4, 0) == -EINVAL);
    CHECK(lock(FUSE_SETLK, 1, F_WRLCK, 0, ~0ull, 0) == -EINVAL);
    CHECK(lock(FUSE_SETLK, 1, 77, 0, 4, 0) == -EINVAL);
    CHECK(flock(fd, LOCK_SH) == 0);
    CHECK(lock(FUSE_SETLK, 1, F_WRLCK, 0, 0, FUSE_LK_FLOCK) == -EAGAIN);
    CHECK(lock(FUSE_SETLK, 1, F_RDLCK, 0, 0, FUSE_LK_FLOCK) == 0);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) == -1);
    CHECK(release(fh, false) == 0);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);
    close(fd);
    flush.lock_owner = 2;
    CHECK(ASK(FUSE_FLUSH, node, ARG(flush)) == -EBADF);
    CHECK(open_node(node, O_RDWR, &fh) == 0);
    flush.fh = fh;
    CHECK(ASK(FUSE_FLUSH, node, ARG(flush)) == 0 && release(fh, false) == 0);
}

void test_fs_files(void)
{
    mkdir(at("tree"), 0755);
    CHECK(init(serve("tree", &(struct fs_options){0})) == 0);
    unit_run("fs-content", content);
    unit_run("fs-keeps-cache", keeps_cache);
    unit_run("fs-copies", copies);
    unit_run("fs-attributes", attributes);
    unit_run("fs-xattrs", xattrs);
    unit_run("fs-directories", directories);
    unit_run("fs-locks", locks);
    fs_close(fs);
}
