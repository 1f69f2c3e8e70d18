/* Bounds: descriptors that are given up and found again, numbers that are no longer valid, tables
 * that are full. */
#include "client.h"

#include <sys/resource.h>

#define FEW 48u

static uint64_t node[600], fh[600], dir;

static int getattr(uint64_t id)
{
    struct fuse_getattr_in in = {0};
    return ASK(FUSE_GETATTR, id, ARG(in));
}

static unsigned held(unsigned *nodes)
{
    unsigned descriptors, handles;
    fs_count(fs, &descriptors, nodes, &handles);
    return descriptors;
}

/* Far more files and levels than descriptors, all of them reachable all the time. */
static void few_descriptors(void)
{
    char name[64];
    unsigned nodes;
    uint64_t at_dir = 1;
    CHECK(init(serve("tree", &(struct fs_options){.descriptors = FEW})) == 0);
    for (int i = 0; i < 150; i++) {
        struct fuse_mkdir_in in = {.mode = 0700};
        CHECK(ASK(FUSE_MKDIR, at_dir, ARG(in), NAME("level")) == 0);
        node[i] = at_dir = entry().nodeid;
        CHECK(held(&nodes) <= FEW);
    }
    for (int i = 0; i < 400; i++) {
        snprintf(name, sizeof name, "file %d", i);
        CHECK(create(node[i % 150], name, O_RDWR, 0600, &node[150 + i], &fh[0]) == 0);
        CHECK(write_at(node[150 + i], fh[0], 0, name, (uint32_t)strlen(name)) > 0);
        CHECK(release(fh[0], false) == 0);
    }
    for (int i = 399; i >= 0; i--) {
        snprintf(name, sizeof name, "file %d", i);
        CHECK(getattr(node[150 + i]) == 0 && open_node(node[150 + i], O_RDONLY, &fh[0]) == 0);
        CHECK(read_at(node[150 + i], fh[0], 0, 64) == 0);
        CHECK(answer_bytes == (ssize_t)strlen(name) && !memcmp(answer, name, strlen(name)));
        CHECK(release(fh[0], false) == 0 && held(&nodes) <= FEW);
    }
    CHECK(nodes == 551);
    /* A directory high above moves: what is below is found through the new name. */
    struct fuse_rename_in in = {.newdir = 1};
    CHECK(ASK(FUSE_RENAME, node[0], ARG(in), NAME("level"), NAME("elsewhere")) == 0);
    CHECK(getattr(node[149]) == 0 && getattr(node[150 + 149]) == 0);
}

/* The host takes names away and puts other files there: never one for the other. */
static void changed_by_others(void)
{
    char path[1024] = "tree/elsewhere";
    for (int i = 0; i < 3; i++)
        strcat(path, "/level");
    snprintf(path + strlen(path), 32, "/file %d", 4);
    uint64_t id = node[150 + 4];
    for (int i = 20; i < 150; i++)
        getattr(node[i]); /* its descriptor is given up */
    CHECK(rename(at(path), at("tree/kept")) == 0);
    put_file(path, "another");
    CHECK(getattr(id) == -ESTALE && open_node(id, O_RDONLY, &fh[0]) == -ESTALE);
    uint64_t again;
    CHECK(lookup(1, "kept", &again) == 0 && again == id && getattr(id) == 0);
    for (int i = 20; i < 150; i++)
        getattr(node[i]);
    CHECK(unlink(at("tree/kept")) == 0 && symlink("../outside/secret", at("tree/kept")) == 0);
    CHECK(getattr(id) == -ESTALE && open_node(id, O_RDONLY, &fh[0]) == -ESTALE);
}

/* Names come, move and go while descriptors are given up and found again all the time; at the end
 * every one of them is given back. */
static void churn(void)
{
    static uint64_t id[300], handle;
    char name[32], to[32];
    unsigned nodes;
    uint64_t seed = 7, dirs[8];
    CHECK(init(serve("tree", &(struct fs_options){.descriptors = FEW})) == 0);
    for (int i = 0; i < 8; i++) {
        struct fuse_mkdir_in in = {.mode = 0700};
        snprintf(name, sizeof name, "churn %d", i);
        CHECK(ASK(FUSE_MKDIR, 1, ARG(in), NAME(name)) == 0);
        dirs[i] = entry().nodeid;
    }
    for (int round = 0; round < 6000 && !unit_why; round++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        unsigned i = (unsigned)(seed >> 33) % 300, k = (unsigned)(seed >> 45) % 300;
        snprintf(name, sizeof name, "%u", i);
        snprintf(to, sizeof to, "%u", k);
        if (!id[i]) {
            CHECK(create(dirs[i % 8], name, O_RDWR, 0600, &id[i], &handle) == 0);
            CHECK(release(handle, false) == 0);
        } else if (i % 3 == 0 && i != k) {
            struct fuse_rename_in in = {.newdir = dirs[k % 8]};
            CHECK(ASK(FUSE_RENAME, dirs[i % 8], ARG(in), NAME(name), NAME(to)) == 0);
            CHECK(getattr(id[i]) == 0);
            if (id[k]) {
                struct fuse_forget_in one = {~0ull};
                CHECK(getattr(id[k]) == 0 && ASK(FUSE_FORGET, id[k], ARG(one)) == 0);
            }
            id[k] = id[i];
            id[i] = 0;
        } else if (i % 3 == 1) {
            struct fuse_forget_in one = {~0ull};
            CHECK(ASK(FUSE_UNLINK, dirs[i % 8], NAME(name)) == 0 && getattr(id[i]) == 0);
            CHECK(ASK(FUSE_FORGET, id[i], ARG(one)) == 0);
            id[i] = 0;
        } else {
            CHECK(open_node(id[i], O_RDWR, &handle) == 0 && release(handle, false) == 0);
        }
        CHECK(held(&nodes) <= FEW);
    }
    for (unsigned i = 0; i < 308; i++) {
        struct fuse_forget_in one = {~0ull};
        CHECK(ASK(FUSE_FORGET, i < 300 ? id[i] : dirs[i - 300], ARG(one)) == 0);
    }
    CHECK(held(&nodes) == 0 && nodes == 1);
    fs_close(fs);
}

static void full_of_handles(void)
{
    unsigned n = 0, nodes;
    int error = 0;
    while (n < 600 && !(error = open_node(node[150], O_RDONLY, &fh[n])))
        n++;
    CHECK(error == -ENFILE && n > 16 && n <= FEW && held(&nodes) <= FEW);
    CHECK(getattr(node[149]) == 0 && getattr(node[300]) == 0);
    for (unsigned i = 0; i < n; i++)
        CHECK(release(fh[i], false) == 0);
    CHECK(open_node(node[150], O_RDONLY, &fh[0]) == 0 && release(fh[0], false) == 0);
    /* Files without names keep descriptors, which are bounded as well. */
    char name[32];
    for (n = 0, error = 0; n < 600; n++) {
        snprintf(name, sizeof name, "soon gone %u", n);
        uint64_t id, handle;
        if ((error = create(1, name, O_RDWR, 0600, &id, &handle)))
            break;
        CHECK(release(handle, false) == 0);
        if ((error = ASK(FUSE_UNLINK, 1, NAME(name))))
            break;
        fh[n] = id;
    }
    CHECK(error == -ENFILE && held(&nodes) <= FEW);
    for (unsigned i = 0; i < n; i++) {
        struct fuse_forget_in forget = {~0ull};
        CHECK(ASK(FUSE_FORGET, fh[i], ARG(forget)) == 0 && getattr(fh[i]) == -ESTALE);
    }
    CHECK(getattr(node[300]) == 0);
}

static void forgetting(void)
{
    unsigned nodes;
    struct {
        struct fuse_batch_forget_in head;
        struct fuse_forget_one one[600];
    } many = {.head = {.count = 600}};
    for (unsigned i = 0; i < 550; i++)
        many.one[i] = (struct fuse_forget_one){node[i], 1000};
    for (unsigned i = 550; i < 600; i++)
        many.one[i] = (struct fuse_forget_one){i * 0x123456789ull, 1};
    CHECK(ASK(FUSE_BATCH_FORGET, 0, ARG(many)) == 0);
    CHECK(held(&nodes) <= FEW && nodes == 1);
    CHECK(getattr(node[3]) == -ESTALE && getattr(1) == 0);
    struct fuse_forget_in forget = {~0ull};
    CHECK(ASK(FUSE_FORGET, 1, ARG(forget)) == 0 && getattr(1) == 0);
    /* A slot that is used again has another number. */
    uint64_t id;
    CHECK(lookup(1, "elsewhere", &id) == 0 && id != node[0] && id != node[1]);
    CHECK(ask(FUSE_DESTROY, 0, NULL, 0) == 0 && getattr(id) == -EIO);
    CHECK(held(&nodes) == 0 && nodes == 1);
    CHECK(init(fs) == 0 && getattr(id) == -ESTALE && getattr(1) == 0);
    fs_close(fs);
}

/* The process itself has fewer descriptors left than the server was told. */
static void none_left(void)
{
    struct rlimit was, few;
    char name[32];
    CHECK(init(serve("tree", &(struct fs_options){0})) == 0);
    getrlimit(RLIMIT_NOFILE, &was);
    few = was;
    few.rlim_cur = 40;
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "scarce %d", i);
        uint64_t id, handle;
        CHECK(create(1, name, O_RDWR, 0600, &id, &handle) == 0 && release(handle, false) == 0);
        CHECK(getattr(id) == 0);
    }
    setrlimit(RLIMIT_NOFILE, &was);
    fs_close(fs);
}

void test_fs_limits(void)
{
    unit_run("fs-few-descriptors", few_descriptors);
    unit_run("fs-changed-by-others", changed_by_others);
    unit_run("fs-full-of-handles", full_of_handles);
    unit_run("fs-forgetting", forgetting);
    unit_run("fs-none-left", none_left);
    unit_run("fs-churn", churn);
    (void)dir;
}
