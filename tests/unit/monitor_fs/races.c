/* A helper of the attacker on the host swaps files, directories and links as fast as it can while
 * requests go through them: by name, by number, with descriptors given up all the time. */
#include "client.h"

#include <linux/fs.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static void swap(const char *a, const char *b)
{
    syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

/* race/dir <-> race/link (-> ../../outside), race/file <-> race/softlink, race/deep/x moves about
 */
static void helper(void)
{
    static const char dir[] = "tree/race/dir", link[] = "tree/race/link", file[] = "tree/race/file",
                      soft[] = "tree/race/softlink", pipe[] = "tree/race/pipe",
                      deep[] = "tree/race/deep", away[] = "tree/moved";
    if (chdir(top))
        _exit(1);
    for (;;) {
        swap(dir, link);
        swap(file, soft);
        swap(file, pipe);
        rename(deep, away);
        swap(file, soft);
        rename(away, deep);
    }
}

static void try_all(uint64_t parent, const char *name)
{
    uint64_t id, below, fh;
    struct fuse_getattr_in get = {0};
    if (lookup(parent, name, &id) == 0) {
        struct fuse_setattr_in set = {
            .valid = FATTR_MODE | FATTR_MTIME | FATTR_UID, .mode = 0711, .uid = geteuid()};
        ASK(FUSE_GETATTR, id, ARG(get));
        if (open_node(id, O_RDWR, &fh) == 0) {
            read_at(id, fh, 0, 4096);
            write_at(id, fh, 0, "scribble", 8);
            release(fh, false);
        }
        if (opendir_node(id, &fh) == 0) {
            struct fuse_read_in in = {.fh = fh, .size = 8192};
            ASK(FUSE_READDIRPLUS, id, ARG(in));
            release(fh, true);
        }
        if (lookup(id, "secret", &below) == 0 && open_node(below, O_RDWR | O_TRUNC, &fh) == 0)
            release(fh, false);
        if (create(id, "planted", O_RDWR, 0600, &below, &fh) == 0)
            release(fh, false);
        ASK(FUSE_UNLINK, id, NAME("secret"));
        ASK(FUSE_UNLINK, id, NAME("planted"));
        ASK(FUSE_SETATTR, id, ARG(set));
        set = (struct fuse_setattr_in){.valid = FATTR_SIZE, .size = 3};
        ASK(FUSE_SETATTR, id, ARG(set));
        struct fuse_link_in link = {.oldnodeid = id};
        if (ASK(FUSE_LINK, 1, ARG(link), NAME("caught")) == 0)
            ASK(FUSE_UNLINK, 1, NAME("caught"));
    }
    if (create(parent, name, O_RDWR | O_TRUNC, 0600, &id, &fh) == 0) {
        write_at(id, fh, 0, "scribble", 8);
        release(fh, false);
    }
}

static void swapping(void)
{
    static const char *const names[] = {"dir", "link", "file", "softlink", "pipe", "deep"};
    uint64_t race, deep = 0, ids[100];
    char name[32];
    mkdir(at("tree/race"), 0755);
    mkdir(at("tree/race/dir"), 0755);
    mkdir(at("tree/race/deep"), 0755);
    put_file("tree/race/dir/secret", "inside");
    put_file("tree/race/file", "inside");
    CHECK(symlink("../../outside", at("tree/race/link")) == 0);
    CHECK(symlink("../../outside/secret", at("tree/race/softlink")) == 0);
    CHECK(mkfifo(at("tree/race/pipe"), 0600) == 0);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "tree/race/deep/%d", i);
        put_file(name, "inside");
    }
    CHECK(init(serve("tree", &(struct fs_options){.descriptors = 40})) == 0);
    CHECK(lookup(1, "race", &race) == 0 && lookup(race, "deep", &deep) == 0);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        CHECK(lookup(deep, name, &ids[i]) == 0);
    }
    pid_t child = fork();
    if (child == 0)
        helper();
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            try_all(race, names[i]);
        for (int i = 0; i < 100; i += 7) { /* through a directory that moves */
            uint64_t fh;
            if (open_node(ids[i], O_RDWR, &fh) == 0) {
                read_at(ids[i], fh, 0, 100);
                release(fh, false);
            }
        }
        CHECK(!outside_changed());
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec - begin.tv_sec < 3 && !unit_why);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    fs_close(fs);
}

void test_fs_races(void)
{
    unit_run("fs-races", swapping);
}
