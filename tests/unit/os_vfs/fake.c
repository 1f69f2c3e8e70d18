/* The rooms below os/vfs, as small as a test needs them: memory is the C library's, so that the
 * sanitizers see every mistake; nobody else runs, so a sleep is an interrupted one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "fake.h"

#include "base/host.h"
#include "dev/random.h"
#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/vma.h"
#include "sched/sched.h"
#include "signal/mask.h"
#include "vfs/embed.h"
#include "vfs/mount.h"
#include "vfs/tree.h"

#undef memcpy
#undef memset

/* Of a test that has devices (../os_fuse). */
long fake_wait(void) __attribute__((weak));
void fake_boot(struct pith_boot *boot) __attribute__((weak));

static long hypercall(long nr, long a, long b, long c, long d)
{
    (void)a, (void)b, (void)c, (void)d;
    if (nr == PITH_HC_WAIT && fake_wait)
        return fake_wait();
    return nr == PITH_HC_CPUTIME ? 0 : -ENOSYS;
}

static const char *argv[] = {"test", 0};
/* What a host gives: a file of its own, one over a default, two that cannot be, a second try. */
static const struct pith_file files[] = {
    {(u64) "/etc/resolv.conf", (u64) "nameserver 10.0.2.3\n", 20, 0644, 0},
    {(u64) "/etc/hosts", (u64) "127.0.0.1 here\n", 15, 0444, 0},
    {(u64) "/opt//deep/er/secret", (u64) "s", 1, 0600, 0},
    {(u64) "/proc/none/x", (u64) "x", 1, 0644, 0},
    {(u64) "/opt/", (u64) "x", 1, 0644, 0},
    {(u64) "/etc/hosts/x", (u64) "x", 1, 0644, 0},
    {(u64) "/etc/resolv.conf", (u64) "late", 4, 0644, 0},
};
static struct pith_vcpu vcpu; /* nothing is ever pending */
static struct pith_boot boot = {.hypercall = 0,
                                .ram_bytes = 1ull << 30,
                                .ram_free = 1ull << 30,
                                .argc = 1,
                                .argv = (u64)argv,
                                .envp = (u64)(argv + 1),
                                .cwd = (u64) "/srv",
                                .hostname = (u64) "test",
                                .execfn = (u64) "/bin/test",
                                .stdio = {{0100600, 7}, {0100600, 7}, {0100600, 7}},
                                .pid = 77,
                                .umask = 022,
                                .files = (u64)files,
                                .nfiles = sizeof(files) / sizeof(*files)};
const struct pith_boot *host_boot = &boot;
struct thread sched_main = {.tid = 77};
struct thread *sched_current_ptr = &sched_main;
struct list sched_threads = LIST_INIT(sched_threads);
unsigned sched_count = 1;
const struct file_ops console_ops;

__attribute__((constructor)) static void start(void)
{
    boot.hypercall = (u64)hypercall;
    boot.vcpu = (u64)&vcpu;
    list_add_tail(&sched_threads, &sched_main.all);
    if (fake_boot)
        fake_boot(&boot);
}

NORETURN void host_die(int signal, const struct pith_regs *regs, const char *msg)
{
    (void)signal, (void)regs, (void)msg;
    abort();
}

NORETURN void base_bug(const char *where)
{
    (void)where;
    abort();
}

/* ---- memory ---- */
void *mem_alloc(size_t size)
{
    return calloc(1, size);
}

void mem_free(void *p)
{
    free(p);
}

void *mem_pages(size_t n)
{
    void *p = aligned_alloc(PAGE_SIZE, n * PAGE_SIZE);
    memset(p, 0, n * PAGE_SIZE);
    return p;
}

void *mem_pages_dirty(size_t n)
{
    return memset(aligned_alloc(PAGE_SIZE, n * PAGE_SIZE), 0xa5, n * PAGE_SIZE);
}

void mem_pages_free(void *p, size_t n)
{
    (void)n;
    free(p);
}

u64 mem_total(void)
{
    return boot.ram_bytes;
}

u64 mem_free_bytes(void)
{
    return boot.ram_free;
}

u64 mem_idle_bytes(void)
{
    return 0;
}

int mem_commit(u64 addr, u64 len, u32 prot)
{
    (void)prot;
    void *p = mmap((void *)addr, len, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return p == (void *)addr ? 0 : -ENOMEM;
}

void mem_decommit(u64 addr, u64 len)
{
    munmap((void *)addr, len);
}

u64 vma_describe(u64 addr, char *line, size_t size)
{
    (void)addr, (void)line, (void)size;
    return 0;
}

u64 vma_virtual_bytes(void)
{
    return 1 << 20;
}

u64 vma_resident_bytes(void)
{
    return 1 << 20;
}

/* ---- the program's memory: all there, but for the first page ---- */
static bool wild(const void *p)
{
    return (u64)p < PAGE_SIZE;
}

size_t user_copy_partial(void *dst, const void *src, size_t n)
{
    if (wild(dst) || wild(src))
        return 0;
    memcpy(dst, src, n);
    return n;
}

int user_copy(void *dst, const void *src, size_t n)
{
    return user_copy_partial(dst, src, n) == n ? 0 : -EFAULT;
}

int user_zero(void *dst, size_t n)
{
    if (wild(dst))
        return -EFAULT;
    memset(dst, 0, n);
    return 0;
}

ssize_t user_string(char *dst, const char *src, size_t size)
{
    if (wild(src))
        return -EFAULT;
    size_t n = strnlen(src, size);
    if (n == size)
        return -ENAMETOOLONG;
    memcpy(dst, src, n + 1);
    return (ssize_t)n;
}

int user_touch(const void *p, size_t n, bool write)
{
    (void)n, (void)write;
    return wild(p) ? -EFAULT : 0;
}

/* ---- others ---- */
__attribute__((weak)) int fuse_mount(const struct pith_device *d, struct inode **out)
{
    (void)d, (void)out;
    return -ENODEV;
}

void random_fill(void *dst, size_t n)
{
    memset(dst, 7, n);
}

size_t random_fill_user(void *dst, size_t n)
{
    memset(dst, 7, n);
    return n;
}

nsec_t time_mono(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * NSEC_PER_SEC + (u64)t.tv_nsec;
}

nsec_t time_real(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (u64)t.tv_sec * NSEC_PER_SEC + (u64)t.tv_nsec;
}

int sched_sleep(nsec_t deadline, bool interruptible)
{
    (void)deadline, (void)interruptible;
    return -EINTR;
}

long sched_untaken;
u32 sched_heard;
void (*host_before_end)(void);

void sched_take_in(long waited)
{
    sched_heard++;
    if (waited & PITH_WAIT_RING)
        SET_FOREACH(fn, poll)
    (*fn)();
}

void sched_wake(struct thread *t)
{
    (void)t;
}

void sched_pending(void)
{
    abort();
}

int waitq_sleep(struct waitq *q, nsec_t deadline)
{
    (void)q, (void)deadline;
    return -EINTR;
}

void waitq_add(struct waitq *q, struct waiter *w)
{
    list_add_tail(&q->waiters, &w->node);
}

void waitq_wake(struct waitq *q, u32 events)
{
    list_foreach_safe(it, &q->waiters) list_entry(it, struct waiter, node)
        ->wake(list_entry(it, struct waiter, node), events);
}

bool waiter_thread(struct waiter *w, u32 events)
{
    (void)w, (void)events;
    return true;
}

int signal_mask_push(const void *user, size_t size)
{
    (void)user, (void)size;
    return 0;
}

long signal_mask_pop(long ret)
{
    return ret;
}

/* ---- an embedded tree: /lower/{data,dir/link} ---- */
unsigned char fake_lower[FAKE_LOWER] __attribute__((aligned(4096)));
static const struct pith_embed_node nodes[] = {
    {"", 0, 0, 040755, 0, 1, 2},
    {"data", fake_lower, FAKE_LOWER, 0100644, 0, 0, 0},
    {"dir", 0, 0, 040755, 0, 3, 1},
    {"link", "../data", 7, 0120777, 2, 0, 0},
};
static const struct pith_embed_tree tree = {"/lower", nodes, 4, 12345};
SET_ENTRY(embed, test, tree);
