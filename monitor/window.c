/* The boot window: boot information, clock, devices, vcpu, rings, strings (abi.h).
 *
 *     read only:  struct pith_boot | devices, mounts, files (window_tables.c)
 *     writable:   struct pith_vcpu | struct pith_clock | rings | argv[] envp[] | strings
 *
 * Strings and their arrays are writable because programs change their argv; the clock because on
 * the process machine guest and monitor have one view of it, and a guest that writes to its own
 * clock only misleads itself. mon_window_size
 * measures before the machine maps it, mon_window_fill writes once it is there, in the same
 * order: both walk the same layout.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "monitor/limits.h" /* <limits.h> is the system's */
#include "run.h"

/* Where the tables begin. */
#define TABLES ((sizeof(struct pith_boot) + 63) & ~(uint64_t)63)

/* The start of the writable part. */
struct shared {
    struct pith_vcpu vcpu;
    struct pith_clock clock __attribute__((aligned(64)));
};

static struct {
    uint64_t envc, rings, pointers, strings; /* offsets in the window */
    char hostname[65];
} plan;

static int working_directory(struct mon_run *run, struct host_error *err)
{
    static char usual[128]; /* nearly every path is shorter */
    run->cwd = run->options->directory;
    if (run->cwd && run->cwd[0] != '/')
        return host_fail(err, "-w %s: the working directory must be absolute", run->cwd);
    if (run->cwd && strlen(run->cwd) >= PATH_MAX)
        return host_fail(err, "-w: the path is too long");
    if (!run->cwd)
        run->cwd = getcwd(usual, sizeof usual);
    if (!run->cwd)
        run->cwd = getcwd(NULL, 0);
    /* None, or one outside our root, which Linux spells "(unreachable)". */
    if (!run->cwd || run->cwd[0] != '/')
        run->cwd = "/";
    return 0;
}

int mon_window_size(struct mon *m, struct host_error *err)
{
    const struct mon_options *o = m->common->options;
    if (working_directory(m->common, err))
        return -1;
    struct utsname name;
    if (o->net && o->net->hostname)
        snprintf(plan.hostname, sizeof plan.hostname, "%s", o->net->hostname);
    else
        strcpy(plan.hostname, uname(&name) == 0 ? name.nodename : "localhost");
    uint64_t strings = strlen(m->common->cwd) + strlen(plan.hostname) + strlen(o->program) + 3;
    for (int i = 0; i < o->argc; i++)
        strings += strlen(o->argv[i]) + 1;
    for (plan.envc = 0; o->env[plan.envc]; plan.envc++)
        strings += strlen(o->env[plan.envc]) + 1;
    uint64_t pointers = ((uint64_t)o->argc + plan.envc + 2) * 8;
    if (strings + pointers > MON_STRINGS_MAX)
        return host_fail(err, "arguments and environment take %llu bytes, more than %llu",
                         (unsigned long long)(strings + pointers), MON_STRINGS_MAX);
    uint64_t tables = TABLES + mon_tables_size(m);
    m->window_ro = (tables + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1);
    plan.rings = m->window_ro + sizeof(struct shared);
    plan.pointers = plan.rings + mon_rings_size(m);
    plan.strings = plan.pointers + pointers;
    uint64_t end = plan.strings + strings;
    m->window_rw = ((end + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1)) - m->window_ro;
    if (m->window_ro + m->window_rw > PITH_BOOT_MAX)
        return host_fail(err, "devices, mounts and files of the guest do not fit the boot window");
    return 0;
}

/* Appends a string; returns its guest address. */
static uint64_t put(struct mon *m, const char *s)
{
    size_t n = strlen(s) + 1;
    memcpy(m->window_host + plan.strings, s, n);
    plan.strings += n;
    return PITH_BOOT_START + plan.strings - n;
}

static uint64_t put_array(struct mon *m, char *const *list, uint64_t n)
{
    uint64_t *at = (uint64_t *)(void *)(m->window_host + plan.pointers);
    uint64_t va = PITH_BOOT_START + plan.pointers;
    for (uint64_t i = 0; i < n; i++)
        at[i] = put(m, list[i]);
    at[n] = 0;
    plan.pointers += (n + 1) * 8;
    return va;
}

/* The memory devices (major 1: null, zero, full) need not be asked. */
static bool is_terminal(int fd, const struct stat *st)
{
    return S_ISCHR(st->st_mode) && major(st->st_rdev) != 1 && isatty(fd);
}

static void fill_stdio(struct mon *m)
{
    for (int fd = 0; fd < 3; fd++) {
        struct pith_stdio *s = &m->common->stdio[fd];
        struct stat st;
        int flags;
        if (fstat(fd, &st) < 0 || (flags = fcntl(fd, F_GETFL)) < 0 || flags & O_PATH)
            continue;
        s->mode = st.st_mode;
        int access = flags & O_ACCMODE;
        s->flags = (access != O_WRONLY ? PITH_STDIO_READ : 0) |
                   (access != O_RDONLY ? PITH_STDIO_WRITE : 0) |
                   (is_terminal(fd, &st) ? PITH_STDIO_TTY : 0);
    }
}

/* Bytes XSAVE needs with what the host switched on. CPUID costs microseconds under a hypervisor
 * and is asked only for CPUs with more than AVX: the layout up to there is architectural (Intel
 * SDM vol. 1, 13.4), and AT_MINSIGSTKSZ tells that the kernel uses XSAVE at all. */
static uint64_t xsave_size(void)
{
    unsigned a = 0xd, b, c = 0, d;
    if (getauxval(AT_MINSIGSTKSZ) >= 1700) {
        unsigned low, high;
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        if (high == 0 && (low == 7 || low == 3))
            return low == 7 ? 512 + 64 + 256 : 512 + 64;
    }
    unsigned a1 = 1, b1, c1 = 0, d1;
    __asm__("cpuid" : "+a"(a1), "=b"(b1), "+c"(c1), "=d"(d1));
    if (!(c1 & (1u << 27))) /* OSXSAVE */
        return 0;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return b;
}

static unsigned processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* 64 bytes nobody can guess. */
static int fill_seed(struct pith_boot *b, struct host_error *err)
{
    for (size_t got = 0; got < sizeof b->seed;) {
        ssize_t n = getrandom(b->seed + got, sizeof b->seed - got, 0);
        if (n > 0)
            got += (size_t)n;
        else if (errno != EINTR)
            return host_fail(err, "the host gives no random numbers: %s", strerror(errno));
    }
    return 0;
}

int mon_window_fill(struct mon *m, struct host_error *err)
{
    const struct mon_options *o = m->common->options;
    struct pith_boot *b = (void *)m->window_host;
    m->boot = PITH_BOOT_START;
    struct shared *shared = (void *)(m->window_host + m->window_ro);
    m->vcpu = &shared->vcpu;
    m->common->clock = &shared->clock;
    mon_tables_fill(m, b, TABLES, plan.rings);
    fill_stdio(m);
    memcpy(b->stdio, m->common->stdio, sizeof b->stdio);
    if (fill_seed(b, err))
        return -1;
    b->abi = PITH_ABI;
    b->size = sizeof *b;
    b->machine = m->machine->id;
    b->flags = PITH_BOOT_FSGSBASE | (o->time ? PITH_BOOT_STAMPS : 0);
    b->hypercall = m->hypercall;
    b->ram_bytes = m->ram_bytes;
    b->ram_free = m->ram_bytes - m->common->used;
    b->mem_start = PITH_STACK_TOP - PITH_BOOT_STACK;
    b->mem_end = PITH_STACK_TOP + PITH_BOOT_HEAP;
    b->vcpu = PITH_BOOT_START + m->window_ro;
    b->clock = b->vcpu + offsetof(struct shared, clock);
    b->argc = (unsigned)o->argc;
    b->argv = put_array(m, o->argv, (uint64_t)o->argc);
    b->envp = put_array(m, o->env, plan.envc);
    b->cwd = put(m, m->common->cwd);
    b->hostname = put(m, plan.hostname);
    b->execfn = put(m, o->program);
    const struct mon_container *in = o->container;
    b->uid = in ? in->uid : (unsigned)getauxval(AT_UID);
    b->gid = in ? in->gid : (unsigned)getauxval(AT_GID);
    b->euid = in ? in->uid : (unsigned)getauxval(AT_EUID);
    b->egid = in ? in->gid : (unsigned)getauxval(AT_EGID);
    b->pid = (unsigned)getpid();
    mode_t mask = umask(0);
    umask(mask);
    b->umask = mask;
    b->hwcap = getauxval(AT_HWCAP);
    b->hwcap2 = getauxval(AT_HWCAP2);
    b->xsave_size = xsave_size();
    b->image_start = m->image.start;
    b->image_end = m->image.end;
    b->phdr = m->image.phdr;
    b->phnum = m->image.phnum;
    b->ncpus = processors();
    return 0;
}
