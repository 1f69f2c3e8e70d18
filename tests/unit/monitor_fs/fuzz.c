/* Requests at random: well-formed ones with wild fields, and changed bytes of anything. SEED and
 * ROUNDS in the environment repeat or lengthen a run. */
#include "client.h"

static uint64_t state;

static uint32_t roll(uint32_t n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return n ? (uint32_t)(state >> 33) % n : 0;
}

static uint64_t nodes[64], handles[64];

static uint64_t wild(void)
{
    static const uint64_t odd[] = {0,          1,          2,           4095,       4096,
                                   0x7fffffff, 0xffffffff, 1ull << 32,  1ull << 62, INT64_MAX,
                                   1ull << 63, ~0ull,      ~0ull - 4095};
    switch (roll(4)) {
    case 0:
        return odd[roll(sizeof odd / sizeof *odd)];
    case 1:
        return nodes[roll(64)];
    case 2:
        return handles[roll(64)];
    default:
        return roll(10000);
    }
}

static const char *name(void)
{
    static const char *const names[] = {"a",  "b",  "dir", "in",     "..",   ".",  "x/y",
                                        "ln", "ff", "d2",  "secret", "race", "to", ""};
    return names[roll(sizeof names / sizeof *names)];
}

static void remember(uint32_t op)
{
    uint64_t first;
    if (answer_bytes < 16)
        return;
    memcpy(&first, answer, 8);
    if (op == FUSE_OPEN || op == FUSE_OPENDIR)
        handles[roll(64)] = first;
    if (op == FUSE_LOOKUP || op == FUSE_MKDIR || op == FUSE_MKNOD || op == FUSE_SYMLINK ||
        op == FUSE_LINK || op == FUSE_CREATE || op == FUSE_TMPFILE)
        nodes[roll(64)] = first;
    if ((op == FUSE_CREATE || op == FUSE_TMPFILE) &&
        answer_bytes >= (ssize_t)(sizeof(struct fuse_entry_out) + 8))
        memcpy(&handles[roll(64)], answer + sizeof(struct fuse_entry_out), 8);
}

static void one(void)
{
    uint64_t words[16];
    unsigned char request[512];
    struct part parts[3];
    unsigned n = 0;
    uint32_t op = roll(20) ? roll(54) : (uint32_t)state;
    /* Some places in arguments hold small numbers: flags, modes, sizes. */
    for (unsigned i = 0; i < 16; i++)
        words[i] = roll(3) ? wild() : (uint64_t)roll(70000) << 32 | roll(70000);
    static const unsigned char sizes[54] = {[FUSE_GETATTR] = 16,
                                            [FUSE_SETATTR] = 88,
                                            [FUSE_MKNOD] = 16,
                                            [FUSE_MKDIR] = 8,
                                            [FUSE_RENAME] = 8,
                                            [FUSE_LINK] = 8,
                                            [FUSE_OPEN] = 8,
                                            [FUSE_READ] = 40,
                                            [FUSE_WRITE] = 40,
                                            [FUSE_RELEASE] = 24,
                                            [FUSE_FSYNC] = 16,
                                            [FUSE_SETXATTR] = 8,
                                            [FUSE_GETXATTR] = 8,
                                            [FUSE_LISTXATTR] = 8,
                                            [FUSE_FLUSH] = 24,
                                            [FUSE_OPENDIR] = 8,
                                            [FUSE_READDIR] = 40,
                                            [FUSE_RELEASEDIR] = 24,
                                            [FUSE_FSYNCDIR] = 16,
                                            [FUSE_GETLK] = 48,
                                            [FUSE_SETLK] = 48,
                                            [FUSE_SETLKW] = 48,
                                            [FUSE_ACCESS] = 8,
                                            [FUSE_CREATE] = 16,
                                            [FUSE_FALLOCATE] = 32,
                                            [FUSE_READDIRPLUS] = 40,
                                            [FUSE_RENAME2] = 16,
                                            [FUSE_LSEEK] = 24,
                                            [FUSE_COPY_FILE_RANGE] = 56,
                                            [FUSE_SETUPMAPPING] = 40,
                                            [FUSE_REMOVEMAPPING] = 4,
                                            [FUSE_SYNCFS] = 8,
                                            [FUSE_TMPFILE] = 16,
                                            [FUSE_FORGET] = 8,
                                            [FUSE_BATCH_FORGET] = 8};
    size_t fixed = op < 54 ? sizes[op] : roll(100);
    if (op == FUSE_READ || op == FUSE_READDIR || op == FUSE_READDIRPLUS)
        words[2] = roll(60000);          /* else nearly all are refused for their size */
    if (op == FUSE_FALLOCATE && roll(8)) /* nor fill the disk */
        words[1] = roll(1 << 20), words[2] = roll(1 << 20);
    else if (op == FUSE_FALLOCATE)
        return;
    if (op == FUSE_SETATTR)
        words[2] = roll(1 << 24);
    if (fixed)
        parts[n++] = (struct part){words, fixed};
    if (op == FUSE_LOOKUP || op == FUSE_MKNOD || op == FUSE_MKDIR || op == FUSE_SYMLINK ||
        op == FUSE_UNLINK || op == FUSE_RMDIR || op == FUSE_RENAME || op == FUSE_RENAME2 ||
        op == FUSE_LINK || op == FUSE_CREATE || op == FUSE_SETXATTR || op == FUSE_GETXATTR) {
        const char *s = op == FUSE_SETXATTR || op == FUSE_GETXATTR ? "user.fuzz" : name();
        parts[n++] = (struct part){s, strlen(s) + 1};
    }
    if (op == FUSE_RENAME || op == FUSE_RENAME2 || op == FUSE_SYMLINK) {
        const char *s = name();
        parts[n++] = (struct part){s, strlen(s) + 1};
    }
    if (op == FUSE_WRITE) {
        static const char data[4096] = "data";
        uint32_t size = roll(sizeof data);
        ((uint32_t *)words)[4] = roll(10) ? size : roll(~0u);
        parts[n++] = (struct part){data, size};
    }
    if (roll(6)) {
        ask(op, roll(5) ? nodes[roll(64)] : wild(), parts, n);
        remember(op);
        return;
    }
    /* The same with changed bytes and any length. */
    struct fuse_in_header h = {.opcode = op, .nodeid = nodes[roll(64)], .unique = 1};
    size_t len = sizeof h;
    for (unsigned i = 0; i < n && len + parts[i].len < sizeof request; len += parts[i++].len)
        memcpy(request + len, parts[i].data, parts[i].len);
    if (roll(2))
        len = roll((uint32_t)len + 20);
    h.len = roll(4) ? (uint32_t)len : roll(~0u);
    memcpy(request, &h, sizeof h);
    for (unsigned i = roll(4); i; i--)
        request[roll((uint32_t)sizeof request)] = (unsigned char)roll(256);
    ask_raw(request, len, roll(3) ? 65536 : roll(200));
}

static void requests(void)
{
    const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");
    unsigned long n = rounds ? strtoul(rounds, NULL, 0) : 60000;
    state = seed ? strtoull(seed, NULL, 0) : 1;
    mkdir(at("fuzz"), 0755);
    mkdir(at("fuzz/dir"), 0755);
    put_file("fuzz/a", "a");
    put_file("fuzz/dir/b", "b");
    CHECK(symlink("../outside", at("fuzz/in")) == 0);
    CHECK(symlink("../outside/secret", at("fuzz/ln")) == 0);
    CHECK(mkfifo(at("fuzz/ff"), 0600) == 0);
    CHECK(init(serve("fuzz", &(struct fs_options){.descriptors = 60})) == 0);
    for (unsigned i = 0; i < 64; i++)
        nodes[i] = 1;
    for (unsigned long i = 0; i < n && !unit_why; i++) {
        one();
        if (i % 1000 == 0) {
            unsigned descriptors, count, open;
            nodes[roll(64)] = 1;
            init(fs); /* it may have been ended */
            fs_count(fs, &descriptors, &count, &open);
            CHECK(descriptors <= 60);
            CHECK(!outside_changed());
        }
    }
    unsigned descriptors, count, open;
    ask(FUSE_DESTROY, 0, NULL, 0);
    fs_count(fs, &descriptors, &count, &open);
    CHECK(descriptors == 0 && count == 1 && open == 0);
    if (unit_why)
        printf("# SEED=%s\n", seed ? seed : "1");
    fs_close(fs);
}

void test_fs_fuzz(void)
{
    unit_run("fs-fuzz", requests);
}
