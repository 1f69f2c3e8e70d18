/* Attacks by name, number and length. Whatever happens, nothing outside is read (client.c looks for
 * the canary in every reply) or changed (main.c compares after every test). */
#include "client.h"

#include <sys/socket.h>
#include <sys/un.h>

static uint64_t node, fh, id;

static const char *const ways_out[] = {"..",
                                       "../outside",
                                       "../outside/secret",
                                       "/",
                                       "/etc/passwd",
                                       "./../outside",
                                       "in/../..",
                                       "in/secret",
                                       ".",
                                       "",
                                       "//",
                                       "a/../../outside",
                                       "in/..",
                                       "proc/self/root"};

static void by_name(void)
{
    char text[512];
    CHECK(symlink("../outside", at("tree/in")) == 0);
    CHECK(symlink(at("outside"), at("tree/absolute")) == 0);
    CHECK(symlink("/proc/self/root", at("tree/proc")) == 0);
    CHECK(symlink("/proc/self/fd", at("tree/fds")) == 0);
    CHECK(symlink("in/secret", at("tree/chain")) == 0);
    CHECK(symlink("loop", at("tree/loop")) == 0);
    for (unsigned i = 0; i < sizeof ways_out / sizeof *ways_out; i++) {
        const char *s = ways_out[i];
        struct fuse_mkdir_in mkdir = {.mode = 0700};
        struct fuse_mknod_in mknod = {.mode = S_IFREG | 0600};
        struct fuse_link_in link = {.oldnodeid = 1};
        struct fuse_rename_in rename = {.newdir = 1};
        CHECK(lookup(1, s, &id) == -EINVAL);
        CHECK(create(1, s, O_RDWR, 0600, &id, &fh) == -EINVAL);
        CHECK(ASK(FUSE_MKDIR, 1, ARG(mkdir), NAME(s)) == -EINVAL);
        CHECK(ASK(FUSE_MKNOD, 1, ARG(mknod), NAME(s)) == -EINVAL);
        CHECK(ASK(FUSE_SYMLINK, 1, NAME(s), NAME("x")) == -EINVAL);
        CHECK(ASK(FUSE_LINK, 1, ARG(link), NAME(s)) == -EINVAL);
        CHECK(ASK(FUSE_UNLINK, 1, NAME(s)) == -EINVAL);
        CHECK(ASK(FUSE_RMDIR, 1, NAME(s)) == -EINVAL);
        CHECK(ASK(FUSE_RENAME, 1, ARG(rename), NAME(s), NAME("x")) == -EINVAL);
        CHECK(ASK(FUSE_RENAME, 1, ARG(rename), NAME("b"), NAME(s)) == -EINVAL);
    }
    memset(text, 'x', 300);
    text[300] = 0;
    CHECK(lookup(1, text, &id) == -ENAMETOOLONG);
    /* Without its end, and with something behind it. */
    CHECK(ASK(FUSE_LOOKUP, 1, {"abc", 3}) == -EINVAL);
    CHECK(ASK(FUSE_LOOKUP, 1, {"b\0../outside", 13}) == -EINVAL);
    CHECK(ask(FUSE_LOOKUP, 1, NULL, 0) == -EINVAL);
}

/* Links lead the guest nowhere: it gets them as links. */
static void by_link(void)
{
    static const char *const links[] = {"in", "absolute", "proc", "fds", "chain", "loop"};
    for (unsigned i = 0; i < sizeof links / sizeof *links; i++) {
        struct fuse_setattr_in set = {.valid = FATTR_SIZE, .size = 0};
        uint64_t below;
        CHECK(lookup(1, links[i], &node) == 0 && S_ISLNK(entry().attr.mode));
        CHECK(open_node(node, O_RDONLY, &fh) == -ELOOP && open_node(node, O_RDWR, &fh) == -ELOOP);
        CHECK(opendir_node(node, &fh) == -ENOTDIR);
        CHECK(lookup(node, "secret", &below) == -ENOTDIR);
        CHECK(create(node, "new", O_RDWR, 0600, &below, &fh) == -ENOTDIR);
        CHECK(create(1, links[i], O_RDWR | O_TRUNC, 0600, &below, &fh) == -ELOOP);
        CHECK(ASK(FUSE_SETATTR, node, ARG(set)) == -EINVAL);
        CHECK(ASK(FUSE_UNLINK, node, NAME("secret")) == -ENOTDIR);
        struct fuse_link_in link = {.oldnodeid = node};
        char name[32];
        snprintf(name, sizeof name, "hard %u", i);
        CHECK(ASK(FUSE_LINK, 1, ARG(link), NAME(name)) == 0 && S_ISLNK(entry().attr.mode));
        /* Its owner and times are its own, not its target's. */
        set = (struct fuse_setattr_in){
            .valid = FATTR_MTIME | FATTR_UID, .mtime = 3, .uid = geteuid()};
        CHECK(ASK(FUSE_SETATTR, node, ARG(set)) == 0);
        set = (struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 0777};
        CHECK(ASK(FUSE_SETATTR, node, ARG(set)) == -EOPNOTSUPP);
    }
}

/* A volume of /proc: magic links stay links, and lead nowhere. */
static void magic_links(void)
{
    struct host_error err;
    struct fs *server;
    struct fs *before = fs;
    if (fs_open(&server, "/proc/self", &(struct fs_options){.read_only = true}, &err) == 0) {
        CHECK(init(server) == 0);
        CHECK(lookup(1, "root", &node) == 0 && S_ISLNK(entry().attr.mode));
        CHECK(open_node(node, O_RDONLY, &fh) == -ELOOP && opendir_node(node, &fh) == -ENOTDIR);
        CHECK(lookup(node, "etc", &id) == -ENOTDIR);
        CHECK(lookup(1, "exe", &node) == 0 && open_node(node, O_RDONLY, &fh) == -ELOOP);
        CHECK(lookup(1, "fd", &node) == 0 && lookup(node, "0", &id) == 0);
        CHECK(open_node(id, O_RDONLY, &fh) == -ELOOP);
        fs_close(server);
    }
    fs = before;
}

static void special_files(void)
{
    uint64_t handle;
    CHECK(mkfifo(at("tree/pipe"), 0666) == 0);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof name.sun_path, "%s", at("tree/sock"));
    CHECK(bind(s, (struct sockaddr *)&name, sizeof name) == 0);
    static const char *const specials[] = {"pipe", "sock"};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned flags = 0; flags < 3; flags++) {
            CHECK(lookup(1, specials[i], &node) == 0);
            CHECK(open_node(node, flags, &fh) == -ENXIO);
            CHECK(create(1, specials[i], flags | O_TRUNC, 0600, &id, &handle) == -ENXIO);
        }
    close(s);
    /* A reader or writer that came to the FIFO by us would be seen here. */
    CHECK(open(at("tree/pipe"), O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO);
    if (geteuid() == 0 && mknod(at("tree/zero"), S_IFCHR | 0666, 1 << 8 | 5) == 0) {
        CHECK(lookup(1, "zero", &node) == 0 && open_node(node, O_RDWR, &fh) == -ENXIO);
        CHECK(create(1, "zero", O_RDWR, 0600, &id, &handle) == -ENXIO);
    }
}

static void by_number(void)
{
    struct fuse_getattr_in in = {0};
    uint64_t good;
    CHECK(lookup(1, "b", &good) == 0);
    static const uint64_t guesses[] = {
        0,          2,          3,          ~0ull,          1ull << 32, 1ull << 32 | 1,
        1ull << 63, 0xffffffff, 1ull << 18, 1ull << 18 | 1, 0x7fffffff, 0x100000002};
    for (unsigned i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        uint64_t guess = guesses[i];
        if (guess == good)
            continue;
        int error = ASK(FUSE_GETATTR, guess, ARG(in));
        if (error == 0) /* somebody's: then it is a node inside */
            continue;
        CHECK(error == -ESTALE && lookup(guess, "b", &id) == -ESTALE);
        CHECK(open_node(guess, O_RDONLY, &fh) == -ESTALE && opendir_node(guess, &fh) == -ESTALE);
        struct fuse_rename_in rename = {.newdir = guess};
        CHECK(ASK(FUSE_RENAME, 1, ARG(rename), NAME("b"), NAME("c")) == -ESTALE);
        struct fuse_link_in link = {.oldnodeid = guess};
        CHECK(ASK(FUSE_LINK, 1, ARG(link), NAME("linked")) == -ESTALE);
    }
    CHECK(open_node(good, O_RDWR, &fh) == 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t guess = fh ^ 1ull << bit;
        struct fuse_fsync_in sync = {.fh = guess};
        struct fuse_lk_in lk = {.fh = guess, .lk = {.type = F_RDLCK}};
        struct fuse_lseek_in seek = {.fh = guess, .whence = SEEK_DATA};
        struct fuse_fallocate_in allocate = {.fh = guess, .length = 1};
        CHECK(read_at(good, guess, 0, 1) == -EBADF && write_at(good, guess, 0, "x", 1) == -EBADF);
        CHECK(ASK(FUSE_FSYNC, good, ARG(sync)) == -EBADF &&
              ASK(FUSE_SETLK, good, ARG(lk)) == -EBADF);
        CHECK(ASK(FUSE_LSEEK, good, ARG(seek)) == -EBADF);
        CHECK(ASK(FUSE_FALLOCATE, good, ARG(allocate)) == -EBADF);
        CHECK(release(guess, false) == -EBADF && release(guess, true) == -EBADF);
        struct fuse_setattr_in set = {.valid = FATTR_SIZE | FATTR_FH, .fh = guess};
        CHECK(ASK(FUSE_SETATTR, good, ARG(set)) == -EBADF);
    }
    /* A handle belongs to its node. */
    struct fuse_getattr_in with = {.getattr_flags = FUSE_GETATTR_FH, .fh = fh};
    CHECK(ASK(FUSE_GETATTR, good, ARG(with)) == 0 && ASK(FUSE_GETATTR, 1, ARG(with)) == -EBADF);
    CHECK(release(fh, false) == 0);
}

static void by_length(void)
{
    struct fuse_read_in read = {.size = 4096};
    CHECK(lookup(1, "b", &node) == 0 && open_node(node, O_RDWR, &fh) == 0);
    read.fh = fh;
    /* More than there is room for, and than there is at all. */
    CHECK(ask_room(FUSE_READ, node, (struct part[]){ARG(read)}, 1, 100) == -EINVAL);
    read.size = ~0u;
    CHECK(ASK(FUSE_READ, node, ARG(read)) == -EINVAL);
    read.size = 16, read.offset = ~0ull;
    CHECK(ASK(FUSE_READ, node, ARG(read)) == -EINVAL);
    read.offset = INT64_MAX;
    CHECK(ASK(FUSE_READ, node, ARG(read)) == -EINVAL);
    struct fuse_write_in write = {.fh = fh, .size = 1000};
    CHECK(ASK(FUSE_WRITE, node, ARG(write), {"abc", 3}) == -EINVAL);
    write.size = 2;
    CHECK(ASK(FUSE_WRITE, node, ARG(write), {"abc", 3}) == -EINVAL);
    write.size = ~0u;
    CHECK(ASK(FUSE_WRITE, node, ARG(write), {"abc", 3}) == -EINVAL);
    write.size = 3, write.offset = 1ull << 63;
    CHECK(ASK(FUSE_WRITE, node, ARG(write), {"abc", 3}) == -EINVAL);
    struct fuse_getxattr_in get = {.size = ~0u};
    CHECK(ASK(FUSE_GETXATTR, node, ARG(get), NAME("user.x")) == -EINVAL);
    struct {
        uint32_t size, flags;
    } set = {~0u, 0};
    CHECK(ASK(FUSE_SETXATTR, node, ARG(set), NAME("user.x"), {"v", 1}) == -E2BIG);
    set.size = 100;
    CHECK(ASK(FUSE_SETXATTR, node, ARG(set), NAME("user.x"), {"v", 1}) == -EINVAL);
    struct fuse_batch_forget_in forget = {.count = ~0u};
    CHECK(ASK(FUSE_BATCH_FORGET, 0, ARG(forget)) == 0);
    struct fuse_removemapping_in remove = {.count = ~0u};
    CHECK(ASK(FUSE_REMOVEMAPPING, 0, ARG(remove)) == -ENOSYS);
    CHECK(release(fh, false) == 0);
    /* Nothing is made where the answer would not fit. */
    struct fuse_create_in in = {.flags = O_RDWR, .mode = 0600};
    CHECK(ask_room(FUSE_CREATE, 1, (struct part[]){ARG(in), NAME("unheard")}, 2, 100) == -EINVAL);
    CHECK(access(at("tree/unheard"), F_OK) == -1);
    /* Every opcode with every short length. */
    unsigned char request[200] = {0};
    for (uint32_t op = 0; op < 60; op++)
        for (uint32_t len = 0; len < sizeof request; len += len < 90 ? 1 : 13) {
            struct fuse_in_header h = {.len = len, .opcode = op, .nodeid = 1};
            if (op == FUSE_INIT || op == FUSE_DESTROY)
                continue;
            memcpy(request, &h, sizeof h);
            ssize_t n = ask_raw(request, len, len % 3 ? 4096 : 16);
            CHECK(len >= sizeof h ? n >= 0 : n == -1);
            h.len = len ^ 1; /* lies about its length */
            memcpy(request, &h, sizeof h);
            ask_raw(request, len, 16);
        }
    CHECK(ask_raw(request, 100, 15) == -1 && fs_broken(fs));
}

static void out_of_order(void)
{
    struct fs *good = fs;
    struct fuse_getattr_in in = {0};
    fs = serve("tree", &(struct fs_options){0});
    for (unsigned op = 0; op < 60; op++)
        if (op != FUSE_INIT && op != FUSE_FORGET && op != FUSE_BATCH_FORGET &&
            op != FUSE_INTERRUPT) {
            int error = ASK(op, 1, NAME("b"));
            CHECK(error == -EIO || error == -ENOSYS || error == -ENOTTY);
        }
    struct fuse_init_in old = {.major = 7, .minor = 12}, newer = {.major = 8, .minor = 1};
    CHECK(ASK(FUSE_INIT, 0, ARG(old)) == -EPROTO);
    CHECK(ASK(FUSE_INIT, 0, ARG(newer)) == 0 && ASK(FUSE_GETATTR, 1, ARG(in)) == -EIO);
    CHECK(ASK(FUSE_INIT, 0, {"short", 5}) == -EINVAL);
    CHECK(init(fs) == 0);
    CHECK(init(fs) == -EINVAL && ASK(FUSE_GETATTR, 1, ARG(in)) == 0);
    CHECK(ask(FUSE_IOCTL, 1, NULL, 0) == -ENOTTY && ask(FUSE_POLL, 1, NULL, 0) == -ENOSYS);
    CHECK(ask(CUSE_INIT, 1, NULL, 0) == -ENOSYS && ask(~0u, 1, NULL, 0) == -ENOSYS);
    CHECK(ask(FUSE_DESTROY, 0, NULL, 0) == 0);
    CHECK(ask(FUSE_DESTROY, 0, NULL, 0) == -EIO);
    fs_close(fs);
    fs = good;
}

/* The number of what lies above the root is not told either. */
static void above_the_root(void)
{
    struct stat above = {0};
    CHECK(stat(top, &above) == 0);
    CHECK(opendir_node(1, &fh) == 0);
    struct fuse_read_in in = {.fh = fh, .size = 60000};
    for (int plus = 0; plus < 2; plus++) {
        in.offset = 0;
        CHECK(ASK(plus ? FUSE_READDIRPLUS : FUSE_READDIR, 1, ARG(in)) == 0 && answer_bytes > 0);
        for (ssize_t i = 0; i + 8 <= answer_bytes; i += 8) {
            uint64_t word = 0;
            memcpy(&word, answer + i, 8);
            CHECK(word != above.st_ino);
        }
    }
    CHECK(release(fh, true) == 0);
}

void test_fs_attacks(void)
{
    CHECK(init(serve("tree", &(struct fs_options){0})) == 0);
    unit_run("fs-attack-by-name", by_name);
    unit_run("fs-attack-by-link", by_link);
    unit_run("fs-attack-magic-links", magic_links);
    unit_run("fs-attack-special-files", special_files);
    unit_run("fs-attack-by-number", by_number);
    unit_run("fs-attack-by-length", by_length);
    unit_run("fs-attack-out-of-order", out_of_order);
    unit_run("fs-attack-above-the-root", above_the_root);
    fs_close(fs);
}
