/* A hypervisor of our own in front of a volume (cli/run_vm_vhost.h). The guest's physical memory is
 * a memory file, shown twice: as the hypervisor's at `memory`, as the guest's from GUEST on. Each
 * test has a connection of its own. */
#include <errno.h>
#include <linux/fuse.h>
#include <linux/vhost_types.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../monitor/unit.h"
#include "cli/run_vm_vhost.h"

#define GUEST 0x40000000ull
#define BYTES (4u << 20)
#define SIZE 8u /* entries of the ring */
/* Where things lie in the memory. */
#define DESC 0x1000u
#define AVAIL 0x2000u
#define USED 0x3000u
#define IN 0x4000u
#define OUT 0x5000u

const char *unit_why;
char unit_text[256];
static int failed;
static char dir[] = "/tmp/pith-vhost-XXXXXX";
static uint8_t *memory;
static int file, hypervisor, kick, call;
static pthread_t thread;
static struct vhost volume;
static bool well; /* what vhost_run returned */
static uint16_t asked;

static struct pith_desc *desc(void)
{
    return (void *)(memory + DESC);
}

static struct pith_avail *avail(void)
{
    return (void *)(memory + AVAIL);
}

static struct pith_used *used(void)
{
    return (void *)(memory + USED);
}

static void *server(void *unused)
{
    (void)unused;
    well = vhost_run(&volume, 1);
    return NULL;
}

static void begin(void)
{
    struct host_error err;
    struct fs *fs;
    int pair[2];
    memset(memory, 0, BYTES);
    asked = 0;
    if (fs_open(&fs, dir, &(struct fs_options){0}, &err) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        exit(1);
    hypervisor = pair[0];
    kick = eventfd(0, EFD_NONBLOCK);
    call = eventfd(0, EFD_NONBLOCK);
    vhost_open(&volume, pair[1], fs);
    pthread_create(&thread, NULL, server, NULL);
}

static void end(void)
{
    close(hypervisor);
    pthread_join(thread, NULL);
    close(kick);
    close(call);
    for (unsigned i = 0; i < PITH_FS_QUEUES; i++) /* of a volume that a guest broke */
        for (int *fd = (int[]){volume.queue[i].kick, volume.queue[i].call, -2}; *fd != -2; fd++)
            if (*fd >= 0)
                close(*fd);
    if (volume.link >= 0)
        close(volume.link);
    fs_close(volume.fs);
}

static void say(uint32_t request, const void *body, uint32_t size, const int *fds, unsigned nfds)
{
    uint32_t head[3] = {request, 1, size};
    struct iovec iov[2] = {{head, sizeof head}, {(void *)(uintptr_t)body, size}};
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(8 * sizeof(int))];
    } control = {0};
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};
    if (nfds) {
        m.msg_control = control.space;
        m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
    }
    sendmsg(hypervisor, &m, MSG_NOSIGNAL);
}

static void say_state(uint32_t request, unsigned index, unsigned num)
{
    say(request, &(struct vhost_vring_state){index, num}, sizeof(struct vhost_vring_state), NULL,
        0);
}

static void say_fd(uint32_t request, uint64_t index, int fd)
{
    say(request, &index, sizeof index, &fd, 1);
}

struct region {
    uint64_t guest, size, user, offset;
};

static void say_memory(uint32_t n, uint64_t size, uint64_t offset, unsigned nfds)
{
    struct {
        uint32_t n, padding;
        struct region region[8];
    } t = {.n = n};
    const int fds[8] = {file, file, file, file, file, file, file, file};
    for (unsigned i = 0; i < 8; i++)
        t.region[i] = (struct region){GUEST, size, (uint64_t)(uintptr_t)memory + offset, offset};
    say(5, &t, n <= 8 ? 8 + n * 32 : 8, fds, nfds);
}

/* Where the ring lies, `more` bytes further on. */
static void say_address(unsigned index, uint64_t more)
{
    uint64_t at = (uint64_t)(uintptr_t)memory + more;
    const struct vhost_vring_addr a = {.index = index,
                                       .desc_user_addr = at + DESC,
                                       .used_user_addr = at + USED,
                                       .avail_user_addr = at + AVAIL};
    say(9, &a, sizeof a, NULL, 0);
}

static void started(void)
{
    say(3, NULL, 0, NULL, 0);
    say_memory(1, BYTES, 0, 1);
    say_state(8, 1, SIZE);
    say_state(10, 1, 0);
    say_address(1, 0);
    say_fd(13, 1, call);
    say_fd(12, 1, kick);
}

/* The connection was ended by the other side, in time. */
static bool dropped(void)
{
    struct pollfd p = {.fd = hypervisor, .events = POLLIN};
    char byte;
    return poll(&p, 1, 5000) == 1 && recv(hypervisor, &byte, 1, MSG_DONTWAIT) <= 0;
}

static void notify(unsigned head)
{
    const uint64_t one = 1;
    avail()->ring[asked & (SIZE - 1)] = (uint16_t)head;
    __atomic_store_n(&avail()->idx, ++asked, __ATOMIC_RELEASE);
    if (write(kick, &one, sizeof one) < 0)
        CHECK(!"kick");
}

/* A request in place; the reply lies at OUT. */
static void put(uint32_t opcode, uint64_t node, const void *body, size_t n)
{
    struct fuse_in_header h = {
        .len = (uint32_t)(sizeof h + n), .opcode = opcode, .unique = 7, .nodeid = node};
    memset(memory + OUT, 0xee, 4096);
    memcpy(memory + IN, &h, sizeof h);
    memcpy(memory + IN + sizeof h, body, n);
    desc()[0] = (struct pith_desc){GUEST + IN, 20, 1, 1};
    desc()[1] = (struct pith_desc){GUEST + IN + 20, (uint32_t)(sizeof h + n - 20), 1, 2};
    desc()[2] = (struct pith_desc){GUEST + OUT, 16, 3, 3};
    desc()[3] = (struct pith_desc){GUEST + OUT + 16, 1000, 2, 0};
}

/* The reply's error; 1 if there was none in time. */
static int reply(void)
{
    struct fuse_out_header h;
    for (unsigned i = 0; i < 5000; i++) {
        if (__atomic_load_n(&used()->idx, __ATOMIC_ACQUIRE) == asked) {
            memcpy(&h, memory + OUT, sizeof h);
            CHECK(h.unique == 7 && used()->ring[(asked - 1) & (SIZE - 1)].len == h.len);
            return h.error;
        }
        usleep(1000);
    }
    return 1;
}

static int ask(uint32_t opcode, uint64_t node, const void *body, size_t n)
{
    put(opcode, node, body, n);
    notify(0);
    return reply();
}

static int greet(void)
{
    const struct fuse_init_in init = {.major = 7, .minor = 38, .max_readahead = 1 << 20};
    return ask(FUSE_INIT, 0, &init, sizeof init);
}

static bool called(void)
{
    struct pollfd p = {.fd = call, .events = POLLIN};
    uint64_t times;
    return poll(&p, 1, 200) == 1 && read(call, &times, sizeof times) > 0;
}

static void serves(void)
{
    uint64_t features = 0;
    uint32_t head[3];
    say(1, NULL, 0, NULL, 0);
    CHECK(recv(hypervisor, head, sizeof head, MSG_WAITALL) == sizeof head && head[1] == 5 &&
          head[2] == 8);
    CHECK(recv(hypervisor, &features, 8, MSG_WAITALL) == 8 &&
          features == (1ull << 32 | 1ull << 30));
    say(2, &features, 8, NULL, 0);
    started();
    CHECK(greet() == 0);
    CHECK(called());
    CHECK(ask(FUSE_LOOKUP, 1, "there", 6) == 0);
    CHECK(called());
    avail()->flags = 1; /* NO_INTERRUPT */
    CHECK(ask(FUSE_LOOKUP, 1, "nowhere", 8) == -ENOENT);
    CHECK(!called());
    for (unsigned i = 0; i < 20; i++) /* more than the ring holds */
        CHECK(ask(FUSE_LOOKUP, 1, "there", 6) == 0);
    /* Stopped: where it was is told, and it goes on from there. */
    struct vhost_vring_state state;
    say_state(11, 1, 0);
    CHECK(recv(hypervisor, head, sizeof head, MSG_WAITALL) == sizeof head &&
          head[2] == sizeof state);
    CHECK(recv(hypervisor, &state, sizeof state, MSG_WAITALL) == sizeof state &&
          state.num == asked);
    put(FUSE_LOOKUP, 1, "there", 6);
    notify(0);
    say_state(10, 1, state.num);
    say_fd(12, 1, kick);
    CHECK(reply() == 0);
    /* Memory may move. */
    say_memory(1, BYTES, 0, 1);
    CHECK(ask(FUSE_LOOKUP, 1, "there", 6) == 0);
}

static void wrong(const char *what, void (*how)(void))
{
    if (unit_why)
        return;
    begin();
    how();
    if (!dropped())
        unit_why = what;
    end();
    if (!unit_why && !well)
        unit_why = what;
}

static void table_without_memory(void)
{
    say_memory(1, BYTES, 0, 0);
}
static void table_with_more(void)
{
    say_memory(1, BYTES, 0, 2);
}
static void table_too_long(void)
{
    say_memory(9, BYTES, 0, 8);
}
static void table_past_the_end(void)
{
    say_memory(1, BYTES + 1, 0, 1);
}
static void table_offset(void)
{
    say_memory(1, 4096, BYTES + 4096, 1);
}
static void table_odd_offset(void)
{
    say_memory(1, 4096, 5, 1);
}
static void table_of_all(void)
{
    say_memory(1, ~0ull - 5, 0, 1);
}
static void ring_of_three(void)
{
    say_state(8, 1, 3);
}
static void ring_too_long(void)
{
    say_state(8, 1, 2048);
}
static void ring_of_nobody(void)
{
    say_state(8, 7, 8);
}
static void ring_outside(void)
{
    say_memory(1, BYTES, 0, 1);
    say_state(8, 1, SIZE);
    say_address(1, BYTES - USED);
    say_fd(12, 1, kick);
}
static void ring_odd(void)
{
    say_memory(1, BYTES, 0, 1);
    say_state(8, 1, SIZE);
    say_address(1, 1);
    say_fd(12, 1, kick);
}
static void ring_without_memory(void)
{
    say_state(8, 1, SIZE);
    say_address(1, 0);
    say_fd(12, 1, kick);
}
static void ring_taken_away(void)
{
    started();
    say_memory(1, 4096, 0, 1);
}
static void no_kick(void)
{
    const uint64_t none = 0x101;
    say_memory(1, BYTES, 0, 1);
    say_state(8, 1, SIZE);
    say_address(1, 0);
    say(12, &none, sizeof none, NULL, 0);
}
static void unknown(void)
{
    say(77, NULL, 0, NULL, 0);
}
static void too_long(void)
{
    static const char body[4096];
    say(5, body, sizeof body, NULL, 0);
}
static void too_short(void)
{
    say(9, memory, 8, NULL, 0);
}
static void features(void)
{
    const uint64_t all = ~0ull;
    say(2, &all, sizeof all, NULL, 0);
}

static void refuses(void)
{
    end(); /* the one of unit_run */
    wrong("a table without memory", table_without_memory);
    wrong("more descriptors than regions", table_with_more);
    wrong("a table that is too long", table_too_long);
    wrong("memory past the end", table_past_the_end);
    wrong("an offset past the end", table_offset);
    wrong("an odd offset", table_odd_offset);
    wrong("memory without an end", table_of_all);
    wrong("a ring of three", ring_of_three);
    wrong("a ring that is too long", ring_too_long);
    wrong("a ring of no queue", ring_of_nobody);
    wrong("a ring outside", ring_outside);
    wrong("a ring at an odd address", ring_odd);
    wrong("a ring without memory", ring_without_memory);
    wrong("memory that is taken away", ring_taken_away);
    wrong("a ring without a kick", no_kick);
    wrong("an unknown message", unknown);
    wrong("a message that is too long", too_long);
    wrong("a message that is too short", too_short);
    wrong("features that were not offered", features);
    begin();
}

/* A guest that breaks a rule: the server ends, and says which. */
static void hostile(const char *rule, void (*how)(void))
{
    if (unit_why)
        return;
    begin();
    started();
    CHECK(greet() == 0);
    put(FUSE_LOOKUP, 1, "there", 6);
    how();
    pthread_join(thread, NULL);
    if (well || !volume.broken || !strstr(volume.broken, rule)) {
        snprintf(unit_text, sizeof unit_text, "\"%s\" wanted, \"%s\" said", rule,
                 volume.broken ? volume.broken : "nothing");
        unit_why = unit_text;
    }
    pthread_create(&thread, NULL, server, NULL);
    end();
}

static void outside(void)
{
    desc()[1].next = SIZE;
    notify(0);
}
static void head(void)
{
    notify(0xffff);
}
static void loop(void)
{
    desc()[1].next = 0;
    notify(0);
}
static void order(void)
{
    desc()[3].flags = 1;
    desc()[3].next = 0;
    notify(0);
}
static void indirect(void)
{
    desc()[0].flags = 4;
    notify(0);
}
static void jump(void)
{
    asked = (uint16_t)(asked + SIZE);
    notify(0);
}
static void no_header(void)
{
    desc()[0].len = 10;
    desc()[0].flags = 0;
    notify(0);
}
static void header_nowhere(void)
{
    desc()[0].addr = GUEST + BYTES;
    notify(0);
}
static void reply_nowhere(void)
{
    desc()[2].addr = GUEST - 1;
    desc()[2].flags = 2;
    notify(0);
}

static void ends(void)
{
    end();
    hostile("outside the table", outside);
    hostile("outside the table", head);
    hostile("longer than the queue", loop);
    hostile("behind what is written", order);
    hostile("not offered", indirect);
    hostile("jumped", jump);
    hostile("no header", no_header);
    hostile("cannot use", header_nowhere);
    hostile("cannot use", reply_nowhere);
    begin();
}

/* Buffers that are not all there: the request is answered, nothing is touched. */
static void answers_efault(void)
{
    started();
    CHECK(greet() == 0);
    put(FUSE_LOOKUP, 1, "there", 6);
    desc()[0].len = sizeof(struct fuse_in_header);
    desc()[1] = (struct pith_desc){GUEST + BYTES - 1, 6, 1, 2};
    notify(0);
    CHECK(reply() == -EFAULT);
    put(FUSE_LOOKUP, 1, "there", 6);
    desc()[3].addr = ~0ull - 2;
    notify(0);
    CHECK(reply() == -EFAULT);
    put(FUSE_LOOKUP, 1, "there", 6);
    desc()[3].len = 0xfffffff0u;
    notify(0);
    CHECK(reply() == -EFAULT);
    CHECK(ask(FUSE_LOOKUP, 1, "there", 6) == 0);
}

void unit_run(const char *name, void (*test)(void))
{
    unit_why = NULL;
    begin();
    test();
    end();
    printf("%s %s%s%s\n", unit_why ? "not ok" : "ok", name, unit_why ? ": " : "",
           unit_why ? unit_why : "");
    fflush(stdout);
    failed |= unit_why != NULL;
}

int main(void)
{
    char path[64];
    file = memfd_create("guest", MFD_CLOEXEC);
    if (!mkdtemp(dir) || file < 0 || ftruncate(file, BYTES))
        return 1;
    memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    snprintf(path, sizeof path, "%s/there", dir);
    FILE *f = fopen(path, "w");
    if (!f || fclose(f))
        return 1;
    unit_run("vhost: a volume is served", serves);
    unit_run("vhost: what no hypervisor says ends the volume", refuses);
    unit_run("vhost: a guest that breaks a rule ends it", ends);
    unit_run("vhost: buffers that are not there", answers_efault);
    unlink(path);
    rmdir(dir);
    return failed;
}
