/* Names: making, removing, renaming, linking; files that have lost theirs; trees that are
 * read-only, fixed, or a single file. */
#include "client.h"

#include <linux/fs.h>

static uint64_t node, fh, dir, other;

static int rename_to(uint64_t from, const char *a, uint64_t to, const char *b, unsigned flags)
{
    struct fuse_rename2_in in = {.newdir = to, .flags = flags};
    return ASK(FUSE_RENAME2, from, ARG(in), NAME(a), NAME(b));
}

static int make(unsigned op, uint64_t parent, const char *name, unsigned mode)
{
    struct fuse_mknod_in mknod = {.mode = mode};
    struct fuse_mkdir_in mkdir = {.mode = mode};
    int error = op == FUSE_MKDIR ? ASK(op, parent, ARG(mkdir), NAME(name))
                                 : ASK(op, parent, ARG(mknod), NAME(name));
    other = entry().nodeid;
    return error;
}

static int getattr(uint64_t id)
{
    struct fuse_getattr_in in = {0};
    return ASK(FUSE_GETATTR, id, ARG(in));
}

static void making(void)
{
    CHECK(make(FUSE_MKDIR, 1, "d", 0751) == 0 && (entry().attr.mode & 07777) == 0751);
    dir = other;
    CHECK(make(FUSE_MKDIR, 1, "d", 0751) == -EEXIST);
    CHECK(make(FUSE_MKNOD, dir, "regular", S_IFREG | 0600) == 0);
    CHECK(make(FUSE_MKNOD, dir, "fifo", S_IFIFO | 0600) == 0 && S_ISFIFO(entry().attr.mode));
    CHECK(open_node(other, O_RDONLY, &fh) == -ENXIO);
    CHECK(make(FUSE_MKNOD, dir, "socket", S_IFSOCK | 0600) == 0);
    CHECK(open_node(other, O_RDWR, &fh) == -ENXIO);
    CHECK(make(FUSE_MKNOD, dir, "device", S_IFCHR | 0600) == -EPERM);
    CHECK(make(FUSE_MKNOD, dir, "device", S_IFBLK | 0600) == -EPERM);
    CHECK(make(FUSE_MKNOD, dir, "odd", S_IFDIR | 0600) == -EINVAL);
    CHECK(ASK(FUSE_SYMLINK, dir, NAME("link"), NAME("/etc/passwd")) == 0);
    other = entry().nodeid;
    CHECK(ask(FUSE_READLINK, other, NULL, 0) == 0 && answer_bytes == 11 &&
          !memcmp(answer, "/etc/passwd", 11));
    CHECK(open_node(other, O_RDONLY, &fh) == -ELOOP);
    CHECK(create(dir, "link", O_RDWR, 0600, &node, &fh) == -ELOOP);
    CHECK(create(dir, "fifo", O_RDWR, 0600, &node, &fh) == -ENXIO);
    CHECK(create(1, "d", O_RDWR, 0600, &node, &fh) == -EISDIR);
    CHECK(ask(FUSE_READLINK, dir, NULL, 0) == -EINVAL);
    CHECK(ASK(FUSE_RMDIR, 1, NAME("d")) == -ENOTEMPTY);
    CHECK(ASK(FUSE_UNLINK, 1, NAME("d")) == -EISDIR || ASK(FUSE_UNLINK, 1, NAME("d")) == -EPERM);
    CHECK(lookup(1, "nothing", &node) == -ENOENT);
    /* Every byte that a name can hold. */
    for (int c = 1; c < 256; c++) {
        char name[3] = {'n', (char)c, 0};
        if (c == '/')
            continue;
        CHECK(create(dir, name, O_RDWR, 0600, &node, &fh) == 0 && release(fh, false) == 0);
        CHECK(lookup(dir, name, &other) == 0 && other == node);
        CHECK(ASK(FUSE_UNLINK, dir, NAME(name)) == 0);
    }
    if (geteuid() == 0) {
        struct fuse_mkdir_in in = {.mode = 0700};
        unsigned char request[sizeof(struct fuse_in_header) + sizeof in + 4];
        struct fuse_in_header h = {
            .len = sizeof request, .opcode = FUSE_MKDIR, .nodeid = 1, .uid = 33, .gid = 44};
        struct stat st;
        memcpy(request, &h, sizeof h);
        memcpy(request + sizeof h, &in, sizeof in);
        memcpy(request + sizeof h + sizeof in, "own", 4);
        CHECK(ask_raw(request, sizeof request, 4096) == 16 + sizeof(struct fuse_entry_out));
        CHECK(stat(at("tree/own"), &st) == 0 && st.st_uid == 33 && st.st_gid == 44);
    }
}

static void renames(void)
{
    put_file("tree/a", "a");
    put_file("tree/b", "b");
    CHECK(lookup(1, "a", &node) == 0 && lookup(1, "b", &other) == 0);
    CHECK(make(FUSE_MKDIR, 1, "into", 0755) == 0);
    dir = other;
    CHECK(rename_to(1, "a", dir, "moved", 0) == 0);
    CHECK(open_node(node, O_RDONLY, &fh) == 0 && read_at(node, fh, 0, 1) == 0 && *answer == 'a');
    CHECK(release(fh, false) == 0);
    CHECK(rename_to(1, "b", dir, "moved", RENAME_NOREPLACE) == -EEXIST);
    CHECK(rename_to(1, "b", dir, "moved", RENAME_WHITEOUT) == -EINVAL);
    CHECK(rename_to(1, "b", dir, "moved", RENAME_EXCHANGE) == 0);
    CHECK(lookup(1, "b", &other) == 0 && other == node);
    CHECK(rename_to(1, "into", dir, "self", 0) == -EINVAL);
    CHECK(rename_to(1, "b", 999, "x", 0) == -ESTALE);
    struct fuse_link_in in = {.oldnodeid = node};
    CHECK(ASK(FUSE_LINK, dir, ARG(in), NAME("second")) == 0 && entry().nodeid == node);
    CHECK(entry().attr.nlink == 2);
    in.oldnodeid = dir;
    CHECK(ASK(FUSE_LINK, 1, ARG(in), NAME("third")) == -EPERM);
    CHECK(ASK(FUSE_SYMLINK, 1, NAME("soft"), NAME("../outside/secret")) == 0);
    in.oldnodeid = entry().nodeid;
    CHECK(ASK(FUSE_LINK, 1, ARG(in), NAME("soft2")) == 0 && S_ISLNK(entry().attr.mode));
}

static void nameless(void)
{
    uint64_t fh2;
    CHECK(create(1, "gone", O_RDWR, 0600, &node, &fh) == 0);
    CHECK(write_at(node, fh, 0, "still here", 10) == 10);
    CHECK(ASK(FUSE_UNLINK, 1, NAME("gone")) == 0);
    CHECK(read_at(node, fh, 0, 10) == 0 && !memcmp(answer, "still here", 10));
    CHECK(getattr(node) == 0);
    CHECK(open_node(node, O_RDWR, &fh2) == 0 && release(fh2, false) == 0);
    /* The name can be somebody else's now. */
    CHECK(create(1, "gone", O_RDWR, 0600, &other, &fh2) == 0 && other != node);
    CHECK(release(fh2, false) == 0 && release(fh, false) == 0);
    /* Renamed over. */
    CHECK(create(1, "over", O_RDWR, 0600, &node, &fh) == 0 && write_at(node, fh, 0, "old", 3) == 3);
    CHECK(rename_to(1, "gone", 1, "over", 0) == 0);
    CHECK(read_at(node, fh, 0, 3) == 0 && !memcmp(answer, "old", 3) && getattr(node) == 0);
    CHECK(release(fh, false) == 0);
    /* Never had one. */
    struct fuse_create_in in = {.flags = O_RDWR, .mode = S_IFREG | 0600};
    int error = ASK(FUSE_TMPFILE, 1, ARG(in), NAME("/"));
    if (error != -EOPNOTSUPP) {
        CHECK(error == 0);
        node = entry().nodeid;
        memcpy(&fh, answer + sizeof(struct fuse_entry_out), sizeof fh);
        CHECK(write_at(node, fh, 0, "temp", 4) == 4);
        struct fuse_link_in link = {.oldnodeid = node};
        CHECK(ASK(FUSE_LINK, 1, ARG(link), NAME("named")) == 0 && entry().nodeid == node);
        CHECK(release(fh, false) == 0 && access(at("tree/named"), R_OK) == 0);
    }
    CHECK(ASK(FUSE_RMDIR, 1, NAME("into")) == -ENOTEMPTY);
    CHECK(make(FUSE_MKDIR, 1, "empty", 0755) == 0);
    CHECK(ASK(FUSE_RMDIR, 1, NAME("empty")) == 0 && getattr(other) == 0);
    CHECK(create(other, "x", O_RDWR, 0600, &node, &fh) == -ENOENT);
}

static void read_only(void)
{
    struct fuse_setattr_in set = {.valid = FATTR_MODE, .mode = 0600};
    struct fuse_access_in may = {.mask = W_OK};
    struct fuse_link_in link = {.oldnodeid = 1};
    struct {
        uint32_t size, flags;
    } x = {1, 0};
    CHECK(init(serve("tree", &(struct fs_options){.read_only = true})) == 0);
    CHECK(lookup(1, "b", &node) == 0);
    CHECK(open_node(node, O_RDWR, &fh) == -EROFS && open_node(node, O_WRONLY, &fh) == -EROFS);
    CHECK(open_node(node, O_RDONLY | O_TRUNC, &fh) == -EROFS);
    CHECK(create(1, "b", O_RDONLY, 0600, &other, &fh) == -EROFS);
    CHECK(make(FUSE_MKDIR, 1, "x", 0700) == -EROFS && make(FUSE_MKNOD, 1, "x", S_IFREG) == -EROFS);
    CHECK(ASK(FUSE_UNLINK, 1, NAME("b")) == -EROFS && ASK(FUSE_RMDIR, 1, NAME("into")) == -EROFS);
    CHECK(rename_to(1, "b", 1, "c", 0) == -EROFS);
    CHECK(ASK(FUSE_LINK, 1, ARG(link), NAME("x")) == -EROFS);
    CHECK(ASK(FUSE_SYMLINK, 1, NAME("x"), NAME("y")) == -EROFS);
    CHECK(ASK(FUSE_SETATTR, node, ARG(set)) == -EROFS);
    CHECK(ASK(FUSE_SETXATTR, node, ARG(x), NAME("user.x"), {"1", 1}) == -EROFS);
    CHECK(ASK(FUSE_REMOVEXATTR, node, NAME("user.x")) == -EROFS);
    CHECK(ASK(FUSE_ACCESS, node, ARG(may)) == -EROFS);
    CHECK(open_node(node, O_RDONLY, &fh) == 0 && read_at(node, fh, 0, 1) == 0 && answer_bytes == 1);
    CHECK(write_at(node, fh, 0, "x", 1) == -EROFS);
    struct fuse_fallocate_in hole = {.fh = fh, .length = 1};
    CHECK(ASK(FUSE_FALLOCATE, node, ARG(hole)) == -EROFS);
    CHECK(release(fh, false) == 0);
    fs_close(fs);
}

static void fixed_tree(void)
{
    CHECK(init(serve("tree", &(struct fs_options){.read_only = true, .fixed = true})) == 0);
    CHECK(lookup(1, "b", &node) == 0 && entry().entry_valid > 1000 && entry().attr_valid > 1000);
    CHECK(lookup(1, "no such name", &node) == 0 && node == 0 && entry().entry_valid > 1000);
    fs_close(fs);
}

static void one_file(void)
{
    put_file("tree/single", "content");
    struct fs *server = serve("tree/single", &(struct fs_options){0});
    CHECK(server && fs_is_file(server) && init(server) == 0);
    CHECK(getattr(1) == 0);
    CHECK(open_node(1, O_RDWR, &fh) == 0 && read_at(1, fh, 0, 7) == 0 && answer_bytes == 7);
    CHECK(write_at(1, fh, 0, "CON", 3) == 3 && release(fh, false) == 0);
    CHECK(lookup(1, "x", &node) == -ENOTDIR && opendir_node(1, &fh) == -ENOTDIR);
    CHECK(create(1, "x", O_RDWR, 0600, &node, &fh) == -ENOTDIR);
    fs_close(fs);
    struct host_error err;
    CHECK(fs_open(&server, at("tree/none"), &(struct fs_options){0}, &err) == -1);
    CHECK(fs_open(&server, "/dev/null", &(struct fs_options){0}, &err) == -1);
    CHECK(access(at("tree/none"), F_OK) == -1);
}

/* What a strict server does differently: links and special files keep their metadata. */
static void strict(void)
{
    struct fuse_setattr_in in = {.valid = FATTR_MTIME, .mtime = 1};
    CHECK(init(serve("tree", &(struct fs_options){.strict = true})) == 0);
    CHECK(lookup(1, "soft", &node) == 0 && ASK(FUSE_SETATTR, node, ARG(in)) == -EPERM);
    CHECK(lookup(1, "b", &node) == 0 && ASK(FUSE_SETATTR, node, ARG(in)) == 0);
    CHECK(lookup(1, "into", &node) == 0 && ASK(FUSE_SETATTR, node, ARG(in)) == 0);
    fs_close(fs);
}

void test_fs_names(void)
{
    CHECK(init(serve("tree", &(struct fs_options){0})) == 0);
    unit_run("fs-making", making);
    unit_run("fs-renames", renames);
    unit_run("fs-nameless", nameless);
    fs_close(fs);
    unit_run("fs-read-only", read_only);
    unit_run("fs-fixed", fixed_tree);
    unit_run("fs-one-file", one_file);
    unit_run("fs-strict", strict);
}
