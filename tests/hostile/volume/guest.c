/* A guest without a library OS that speaks to its volume (pith/abi.h, Files) as its argument says:
 * properly ("works"), against the rules of the ring, or, where it shares the monitor's process,
 * with system calls that it makes through the monitor's own code.
 *
 * It exits with 0 if every answer was what it should be, else with 1 and a line on stdout. The
 * runner (run) knows which attacks must end it.
 */
#include <pith/note.h>

#include <linux/fuse.h>
#include <linux/openat2.h>

typedef pith_u64 u64;
typedef long (*hypercall_fn)(u64 nr, u64 a, u64 b, u64 c, u64 d);

static const pith_u32 notes[] __attribute__((section(".note.pith"), used)) = {
    5,          16,        PITH_NOTE_IMAGE,
    0x68746970, 0,         PITH_ABI,
    0,          192 << 10, 0,
    5,          4,         PITH_NOTE_DEVICE,
    0x68746970, 0,         PITH_DEV_CONSOLE,
    5,          4,         PITH_NOTE_DEVICE,
    0x68746970, 0,         PITH_DEV_FS,
    5,          4,         PITH_NOTE_DEVICE,
    0x68746970, 0,         PITH_DEV_BLK,
};

static const struct pith_boot *boot;
static hypercall_fn hypercall;
static struct pith_queue *console, *volume, *disk;
static char buffer[2 * PITH_PAGE] __attribute__((aligned(PITH_PAGE)));

#define O_PATH 010000000
#define O_RDWR 2
#define O_CREAT 0100
#define EACCES 13
#define EFAULT 14
#define EINVAL 22

static unsigned length(const char *s)
{
    unsigned n = 0;
    while (s[n])
        n++;
    return n;
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static struct pith_desc *desc(struct pith_queue *q)
{
    return (struct pith_desc *)q->desc;
}

static void offer(struct pith_queue *q, unsigned head)
{
    struct pith_avail *avail = (void *)q->avail;
    avail->ring[avail->idx % q->size] = (pith_u16)head;
    __atomic_store_n(&avail->idx, avail->idx + 1, __ATOMIC_RELEASE);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void say(const char *text)
{
    static volatile pith_s64 result;
    desc(&console[1])[0] = (struct pith_desc){(u64)&result, 8, 3, 1};
    desc(&console[1])[1] = (struct pith_desc){(u64)text, length(text), 1, 2};
    desc(&console[1])[2] = (struct pith_desc){(u64) "\n", 1, 0, 0};
    offer(&console[1], 0);
}

static _Noreturn void done(int status)
{
    hypercall(PITH_HC_EXIT, (u64)status, 0, 0, 0);
    __builtin_trap();
}

static void expect(int truth, const char *claim)
{
    if (truth)
        return;
    say(claim);
    done(1);
}
#define EXPECT(truth) expect(truth, #truth)

/* ---- requests ---- */
static struct fuse_in_header head;
static struct fuse_out_header reply;
static char args[256], result[4096];

/* Descriptors 0 header, 1 arguments, 2 reply header, 3 result. */
static void lay_out(unsigned op, u64 node, u64 data, unsigned in, u64 out, unsigned room)
{
    head = (struct fuse_in_header){
        .len = (pith_u32)sizeof head + in, .opcode = op, .unique = 4711, .nodeid = node};
    reply.error = 1;
    desc(&volume[1])[0] = (struct pith_desc){(u64)&head, sizeof head, 1, 1};
    desc(&volume[1])[1] = (struct pith_desc){data, in, 1, 2};
    desc(&volume[1])[2] = (struct pith_desc){(u64)&reply, sizeof reply, 3, 3};
    desc(&volume[1])[3] = (struct pith_desc){out, room, 2, 0};
}

static int request(unsigned op, u64 node, unsigned in)
{
    lay_out(op, node, (u64)args, in, (u64)result, sizeof result);
    offer(&volume[1], 0);
    EXPECT(reply.unique == 4711);
    return reply.error;
}

static void copy(char *to, const void *from, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        to[i] = ((const char *)from)[i];
}

static int lookup(const char *name)
{
    copy(args, name, length(name) + 1);
    return request(FUSE_LOOKUP, 1, length(name) + 1);
}

static void init(void)
{
    struct fuse_init_in in = {.major = 7, .minor = 38};
    copy(args, &in, sizeof in);
    EXPECT(request(FUSE_INIT, 0, sizeof in) == 0);
}

static u64 open_as(unsigned flags)
{
    struct fuse_open_in in = {.flags = flags};
    EXPECT(lookup("file") == 0);
    u64 node = ((struct fuse_entry_out *)result)->nodeid;
    copy(args, &in, sizeof in);
    EXPECT(request(FUSE_OPEN, node, sizeof in) == 0);
    return ((struct fuse_open_out *)result)->fh;
}

static u64 open_file(void)
{
    return open_as(O_RDWR);
}

static void works(void)
{
    init();
    u64 fh = open_file();
    struct fuse_read_in in = {.fh = fh, .size = 100};
    copy(args, &in, sizeof in);
    EXPECT(request(FUSE_READ, 0, sizeof in) == 0 && reply.len == 16 + 6);
    EXPECT(result[0] == 'i' && result[5] == '\n');
    EXPECT(lookup("..") == -EINVAL && lookup("link") == 0);
    EXPECT(lookup("none") == -2);
    for (unsigned op = 0; op < 60; op++)
        for (unsigned n = 0; n < sizeof args; n += 8)
            if (op != FUSE_DESTROY && op != FUSE_FORGET && op != FUSE_BATCH_FORGET &&
                op != FUSE_INTERRUPT)
                request(op, 1, n);
}

/* Memory that is not the guest's to use: the request fails, the guest goes on. */
static void wild_data(void)
{
    static const u64 wild[] = {
        0,     8,     0x10000,    PITH_BOOT_START - 8, PITH_ARENA_START,
        ~0ull, ~7ull, 1ull << 47, PITH_ARENA_END,      PITH_BOOT_START + (8 << 20)};
    init();
    for (unsigned i = 0; i < sizeof wild / sizeof *wild; i++) {
        lay_out(FUSE_LOOKUP, 1, wild[i], 8, (u64)result, sizeof result);
        offer(&volume[1], 0);
        EXPECT(reply.error == -EFAULT);
        lay_out(FUSE_STATFS, 1, (u64)args, 0, wild[i], 200);
        offer(&volume[1], 0);
        EXPECT(reply.error == -EFAULT);
        lay_out(FUSE_READ, 1, (u64)args, 40, wild[i], 0xffffff00);
        offer(&volume[1], 0);
        EXPECT(reply.error == -EFAULT);
    }
    /* What it may only read is not written either: its own code. */
    lay_out(FUSE_STATFS, 1, (u64)args, 0, 0x400800, 200);
    offer(&volume[1], 0);
    EXPECT(reply.error == -EFAULT);
}

/* The host's own pages of a file, where the machine has them, and what lies behind its end. */
static int map(u64 fh, u64 node, u64 at, u64 len, u64 flags)
{
    struct fuse_setupmapping_in in = {.fh = fh, .len = len, .flags = flags, .moffset = at};
    copy(args, &in, sizeof in);
    return request(FUSE_SETUPMAPPING, node, sizeof in);
}

static int unmap(u64 at, u64 len)
{
    struct {
        struct fuse_removemapping_in head;
        struct fuse_removemapping_one one;
    } __attribute__((packed)) in = {{1}, {at, len}};
    copy(args, &in, sizeof in);
    return request(FUSE_REMOVEMAPPING, 1, sizeof in);
}

static void mapping(void)
{
    const u64 at = 1ull << 33;
    volatile char *page = (char *)(PITH_ARENA_START + at);
    init();
    u64 fh = open_file();
    EXPECT(lookup("file") == 0);
    u64 node = ((struct fuse_entry_out *)result)->nodeid;
    if (boot->machine != PITH_MACHINE_PROCESS) {
        EXPECT(map(fh, node, at, PITH_PAGE, 3) == -38);
        return;
    }
    EXPECT(map(fh, node, at, 0, 3) == -EINVAL && map(fh, node, at + 1, PITH_PAGE, 3) == -EINVAL);
    EXPECT(map(fh, node, at, 1ull << 45, 3) < 0 && map(fh, node, ~0xfffull, PITH_PAGE, 3) < 0);
    EXPECT(map(fh ^ 1, node, at, PITH_PAGE, 3) == -9 && map(fh, 1, at, PITH_PAGE, 3) < 0);
    EXPECT(map(fh, node, PITH_STACK_TOP - PITH_PAGE - PITH_ARENA_START, PITH_PAGE, 3) == -EINVAL);
    EXPECT(map(~0ull, node, at, PITH_PAGE, 1) == 0);
    EXPECT(page[0] == 'i' && page[5] == '\n' && page[6] == 0);
    EXPECT(unmap(at, PITH_PAGE) == 0 && unmap(at, PITH_PAGE) == 0);
    EXPECT(map(fh, node, at, 2 * PITH_PAGE, 3) == 0);
    page[0] = 'I';
    struct fuse_read_in in = {.fh = fh, .size = 100};
    copy(args, &in, sizeof in);
    EXPECT(request(FUSE_READ, node, sizeof in) == 0 && result[0] == 'I');
    /* Into itself; and where there is no page, which is not the monitor's end. */
    lay_out(FUSE_READ, node, (u64)args, sizeof in, (u64)page, 100);
    offer(&volume[1], 0);
    EXPECT(reply.error == 0);
    lay_out(FUSE_READ, node, (u64)args, sizeof in, (u64)page + PITH_PAGE, 100);
    offer(&volume[1], 0);
    EXPECT(reply.error == -EFAULT);
    lay_out(FUSE_GETATTR, node, (u64)page + PITH_PAGE, 16, (u64)result, sizeof result);
    offer(&volume[1], 0);
    EXPECT(reply.error == -EFAULT);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_DECOMMIT, (u64)page, PITH_PAGE, 0) == 0);
    EXPECT(map(fh, node, at, PITH_PAGE, 3) == 0 && page[0] == 'I');
    /* No more rights than the open file has, neither at once nor later. */
    u64 ro = open_as(0), wo = open_as(1), there = at + (1ull << 22);
    EXPECT(map(ro, node, there, PITH_PAGE, 3) == -EACCES);
    EXPECT(map(wo, node, there, PITH_PAGE, 2) == -EACCES);
    EXPECT(map(ro, node, there, PITH_PAGE, 2) == 0);
    EXPECT((long)hypercall(PITH_HC_MEM, PITH_MEM_PROTECT, PITH_ARENA_START + there, PITH_PAGE, 3) ==
           -EACCES);
    EXPECT(unmap(there, PITH_PAGE) == 0);
    /* As many as there may be, and no more; each counts, also those cut out of others. */
    unsigned n = 0;
    while (map(fh, node, there + n * 2ull * PITH_PAGE, PITH_PAGE, 2) == 0)
        n++;
    EXPECT(n > 1000 && n < 60000);
    EXPECT(unmap(there, 2ull * n * PITH_PAGE) == 0 && map(fh, node, there, PITH_PAGE, 2) == 0);
    page[PITH_PAGE] = 1; /* a fault of its own */
}

/* ---- rules of the ring ---- */
static void backwards(void)
{
    struct pith_desc *d = desc(&volume[1]);
    lay_out(FUSE_STATFS, 1, (u64)args, 0, (u64)result, sizeof result);
    d[0].flags = 3;
    d[1].flags = 1;
    offer(&volume[1], 0);
}

static void short_header(void)
{
    struct pith_desc *d = desc(&volume[1]);
    lay_out(FUSE_STATFS, 1, (u64)args, 0, (u64)result, sizeof result);
    d[0].len = 39;
    offer(&volume[1], 0);
}

static void no_room(void)
{
    struct pith_desc *d = desc(&volume[1]);
    lay_out(FUSE_STATFS, 1, (u64)args, 0, (u64)result, sizeof result);
    d[1].flags = 0;
    offer(&volume[1], 0);
}

static void wild_header(void)
{
    struct pith_desc *d = desc(&volume[1]);
    lay_out(FUSE_STATFS, 1, (u64)args, 0, (u64)result, sizeof result);
    d[0].addr = 0x1000;
    offer(&volume[1], 0);
}

static void wild_reply(void)
{
    struct pith_desc *d = desc(&volume[1]);
    lay_out(FUSE_STATFS, 1, (u64)args, 0, (u64)result, sizeof result);
    d[2].addr = 0x400800;
    offer(&volume[1], 0);
}

static void loop(void)
{
    struct pith_desc *d = desc(&volume[1]);
    lay_out(FUSE_STATFS, 1, (u64)args, 0, (u64)result, sizeof result);
    d[3] = (struct pith_desc){(u64)result, 8, 3, 0};
    offer(&volume[1], 0);
}

static void priority_queue(void)
{
    struct pith_desc *d = desc(&volume[0]);
    d[0] = (struct pith_desc){(u64)&head, 5, 0, 0};
    offer(&volume[0], 0);
}

static u64 roll(u64 n)
{
    static u64 state = 88172645463325252ull;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (state >> 11) % n;
}

/* Chains that are laid out as requests, of anything, anywhere, many times. */
static void random_chains(struct pith_queue *q)
{
    init();
    for (int round = 0; round < 3000; round++) {
        unsigned in = 1 + (unsigned)roll(4), all = in + 1 + (unsigned)roll(3);
        for (unsigned i = 0; i < all; i++) {
            const u64 places[] = {(u64)buffer + roll(4096), (u64)result + roll(2048), (u64)args,
                                  (u64)boot + roll(4096),   roll(1ull << 47),         0x400800};
            unsigned place = (unsigned)roll(40);
            u64 addr = places[place < 6 ? place : place % 3];
            desc(q)[i] = (struct pith_desc){addr, (pith_u32)roll(roll(8) ? 200 : 100000),
                                            (pith_u16)((i >= in ? 2 : 0) | (i + 1 < all ? 1 : 0)),
                                            (pith_u16)(i + 1)};
        }
        head =
            (struct fuse_in_header){.opcode = (pith_u32)roll(54), .unique = 1, .nodeid = roll(9)};
        desc(q)[0].addr = (u64)&head;
        desc(q)[0].len = sizeof head;
        desc(q)[in].addr = (u64)&reply;
        desc(q)[in].len = sizeof reply + (pith_u32)roll(2) * 100;
        for (unsigned i = 0; i < in; i++)
            head.len += desc(q)[i].len;
        for (unsigned i = 0; i < 20; i++)
            buffer[roll(4096)] = (char)roll(256);
        offer(q, 0);
    }
}

static void random_requests(void)
{
    random_chains(&volume[1]);
}

/* ---- disks (VIRTIO 1.2, 5.2) ---- */
static struct {
    pith_u32 type, priority;
    u64 sector;
} order;
static unsigned char status;

static int block(unsigned type, u64 sector, u64 data, unsigned n, int writes)
{
    struct pith_desc *d = desc(disk);
    order.type = type;
    order.sector = sector;
    status = 0xee;
    d[0] = (struct pith_desc){(u64)&order, sizeof order, 1, n ? 1 : 2};
    d[1] = (struct pith_desc){data, n, writes ? 3 : 1, 2};
    d[2] = (struct pith_desc){(u64)&status, 1, 2, 0};
    offer(disk, 0);
    return status;
}

static void disk_works(void)
{
    struct {
        u64 sector;
        pith_u32 n, flags;
    } range = {8, 8, 0};
    EXPECT(block(0, 1, (u64)buffer, 512, 1) == 0 && buffer[0] == 'd');
    for (unsigned i = 0; i < 512; i++)
        buffer[i] = (char)i;
    EXPECT(block(1, 2, (u64)buffer, 512, 0) == 0 && block(4, 0, 0, 0, 0) == 0);
    EXPECT(block(0, 2, (u64)result, 512, 1) == 0 && result[511] == (char)511);
    EXPECT(block(0, 16, (u64)result, 512, 1) == 1 && block(0, ~0ull, (u64)result, 512, 1) == 1);
    EXPECT(block(0, 1, (u64)result, 513, 1) == 1 && block(99, 1, (u64)result, 512, 1) == 2);
    EXPECT(block(11, 0, (u64)&range, sizeof range, 0) == 0);
    EXPECT(block(13, 0, (u64)&range, sizeof range, 0) == 0);
    EXPECT(block(0, 1, 0x1000, 512, 1) == 1 && block(1, 1, ~0xfffull, 512, 0) == 1);
    EXPECT(block(0, 1, 0x400800, 512, 1) == 1 && block(0, 1, (u64)buffer, ~511u, 1) == 1);
}

static void disk_random(void)
{
    random_chains(disk);
}

static void disk_no_header(void)
{
    struct pith_desc *d = desc(disk);
    d[0] = (struct pith_desc){(u64)&status, 1, 2, 0};
    offer(disk, 0);
}

static void disk_no_status(void)
{
    struct pith_desc *d = desc(disk);
    d[0] = (struct pith_desc){(u64)&order, sizeof order, 0, 0};
    offer(disk, 0);
}

static void disk_backwards(void)
{
    struct pith_desc *d = desc(disk);
    d[0] = (struct pith_desc){(u64)&status, 1, 3, 1};
    d[1] = (struct pith_desc){(u64)&order, sizeof order, 0, 0};
    offer(disk, 0);
}

static void disk_wild_status(void)
{
    struct pith_desc *d = desc(disk);
    d[0] = (struct pith_desc){(u64)&order, sizeof order, 1, 1};
    d[1] = (struct pith_desc){0x400800, 1, 2, 0};
    offer(disk, 0);
}

/* ---- the monitor's own system calls, on the machine where its code is in reach ---- */
static u64 gadget; /* syscall; ret */

static long call(long nr, long a, long b, long c, long d)
{
    long r;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("call *%[gadget]"
                     : "=a"(r)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), [gadget] "r"(gadget)
                     : "rcx", "r11", "memory");
    return r;
}

static int find_gadget(void)
{
    /* Behind the monitor's hypercall function comes its C library. */
    const unsigned char *p = (const unsigned char *)boot->hypercall;
    for (const unsigned char *at = p; at < p + (100 << 10); at++)
        if (at[0] == 0x0f && at[1] == 0x05 && at[2] == 0xc3) {
            gadget = (u64)at;
            return 1;
        }
    return 0;
}

static long open_any(const char *path, u64 flags, u64 mode)
{
    struct open_how how = {.flags = flags, .mode = mode};
    return call(437, -100, (long)path, (long)&how, sizeof how);
}

/* argv[2] is the directory above the volume. */
static const char *path_of(const char *dir, const char *name)
{
    static char path[512];
    unsigned n = length(dir);
    copy(path, dir, n);
    copy(path + n, name, length(name) + 1);
    return path;
}

static void escape(const char *top)
{
    EXPECT(find_gadget());
    EXPECT(open_any("/etc/passwd", 0, 0) == -EACCES);
    EXPECT(open_any("/", 0, 0) == -EACCES && open_any("/proc/self/mem", O_RDWR, 0) == -EACCES);
    EXPECT(open_any(path_of(top, "/outside/secret"), 0, 0) == -EACCES);
    EXPECT(open_any(path_of(top, "/outside/secret"), O_RDWR, 0) == -EACCES);
    EXPECT(open_any(path_of(top, "/outside/new"), O_RDWR | O_CREAT, 0600) == -EACCES);
    EXPECT(open_any(path_of(top, "/tree/link"), O_RDWR, 0) == -EACCES);
    /* unlinkat, mkdirat, symlinkat, renameat2 and linkat to and from */
    EXPECT(call(263, -100, (long)path_of(top, "/outside/secret"), 0, 0) == -EACCES);
    EXPECT(call(258, -100, (long)path_of(top, "/outside/made"), 0700, 0) == -EACCES);
    EXPECT(call(266, (long)"x", -100, (long)path_of(top, "/outside/made"), 0) == -EACCES);
    copy(buffer, top, length(top));
    copy(buffer + length(top), "/tree/file", 11);
    EXPECT(call(316, -100, (long)buffer, -100, (long)path_of(top, "/outside/moved")) < 0);
    EXPECT(call(316, -100, (long)path_of(top, "/outside/secret"), -100, (long)buffer) < 0);
    EXPECT(call(265, -100, (long)path_of(top, "/outside/secret"), -100, (long)buffer) < 0);
    EXPECT(call(259, -100, (long)path_of(top, "/outside/pipe"), 010600, 0) == -EACCES);
    /* What a descriptor of the outside is good for: nothing that changes it. */
    long fd = open_any(path_of(top, "/outside/secret"), O_PATH, 0);
    EXPECT(fd < 0 || call(91, fd, 0777, 0, 0) < 0); /* fchmod */
    EXPECT(fd < 0 || call(93, fd, 1, 1, 0) < 0);    /* fchown */
    EXPECT(fd < 0 || call(280, fd, 0, 0, 0) < 0);   /* utimensat */
    EXPECT(fd < 0 || call(77, fd, 0, 0, 0) < 0);    /* ftruncate */
    /* Inside, what the volume allows. */
    long in = open_any(path_of(top, "/tree/file"), 0, 0);
    EXPECT(in >= 0);
}

static void escape_fchmodat(const char *top)
{
    EXPECT(find_gadget());
    call(268, -100, (long)path_of(top, "/outside/secret"), 0777, 0);
}

static void escape_utimensat(const char *top)
{
    EXPECT(find_gadget());
    call(280, -100, (long)path_of(top, "/outside/secret"), 0, 0);
}

static void escape_fchownat(const char *top)
{
    EXPECT(find_gadget());
    call(260, -100, (long)path_of(top, "/outside/secret"), 1, 1);
}

static void escape_setxattr(const char *top)
{
    EXPECT(find_gadget());
    call(188, (long)path_of(top, "/outside/secret"), (long)"user.x", (long)"1", 1);
}

static void escape_execve(const char *top)
{
    (void)top;
    EXPECT(find_gadget());
    call(59, (long)"/bin/sh", 0, 0, 0);
}

/* A path whose address has a low half of zero is not "no path". */
static void escape_null(const char *top)
{
    char *page = (char *)(PITH_ARENA_START + (1ull << 33));
    EXPECT(find_gadget());
    hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, (u64)page, PITH_PAGE, 3);
    const char *path = path_of(top, "/outside/secret");
    copy(page, path, length(path) + 1);
    call(280, -100, (long)page, 0, 0);
}

static const struct {
    const char *name;
    void (*run)(void);
    void (*with)(const char *top);
} attacks[] = {
    {"works", works, 0},
    {"wild-data", wild_data, 0},
    {"mapping", mapping, 0},
    {"random", random_requests, 0},
    {"disk-random", disk_random, 0},
    {"disk-works", disk_works, 0},
    {"disk-no-header", disk_no_header, 0},
    {"disk-no-status", disk_no_status, 0},
    {"disk-backwards", disk_backwards, 0},
    {"disk-wild-status", disk_wild_status, 0},
    {"backwards", backwards, 0},
    {"short-header", short_header, 0},
    {"no-room", no_room, 0},
    {"wild-header", wild_header, 0},
    {"wild-reply", wild_reply, 0},
    {"loop", loop, 0},
    {"priority-queue", priority_queue, 0},
    {"escape", 0, escape},
    {"escape-fchmodat", 0, escape_fchmodat},
    {"escape-utimensat", 0, escape_utimensat},
    {"escape-fchownat", 0, escape_fchownat},
    {"escape-setxattr", 0, escape_setxattr},
    {"escape-execve", 0, escape_execve},
    {"escape-null", 0, escape_null},
};

__attribute__((used)) static void guest(const struct pith_boot *b)
{
    const struct pith_device *devices = (void *)b->devices;
    boot = b;
    hypercall = (hypercall_fn)b->hypercall;
    for (unsigned i = 0; i < b->ndevices; i++) {
        if (devices[i].type == PITH_DEV_CONSOLE)
            console = (void *)devices[i].queues;
        if (devices[i].type == PITH_DEV_FS)
            volume = (void *)devices[i].queues;
        if (devices[i].type == PITH_DEV_BLK)
            disk = (void *)devices[i].queues;
    }
    char **argv = (void *)b->argv;
    for (unsigned i = 0; b->argc > 2 && volume && disk && i < sizeof attacks / sizeof *attacks; i++)
        if (same(argv[1], attacks[i].name)) {
            if (attacks[i].run)
                attacks[i].run();
            else
                attacks[i].with(argv[2]);
            done(0);
        }
    done(2);
}
__asm__(".globl _start\n_start: xor %ebp, %ebp\n call guest\n");
