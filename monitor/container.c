/* See container.h.
 *
 * Memory. The limit of a container counts all that its processes use: guest memory, the monitor's
 * own, page tables, what KVM keeps of the guest, sockets' buffers. So the guest gets the limit
 * less MON_CONTAINER_SHARE and a MON_CONTAINER_PART'th. A program that needs more ends as it would
 * in any container: killed, with the kernel's note that memory was short. That note is made only by
 * the kernel itself, so the monitor then uses what is left until the limit acts.
 */
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <unistd.h>

#include "limits.h"

/* What a program's open files are numbered below, in any guest. */
#define FILES_MAX (1u << 20)
#define STARVE_STEP (2ull << 20)

_Static_assert(sizeof((struct mon_run *)0)->rlimit / sizeof(struct pith_rlimit) == RLIM_NLIMITS,
               "every limit of Linux");

void mon_container_start(struct mon *m)
{
    struct mon_run *run = m->common;
    for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit now;
        if (getrlimit((int)i, &now))
            return;
        struct pith_rlimit *told = &run->rlimit[run->nrlimits++];
        *told = (struct pith_rlimit){now.rlim_cur, now.rlim_max};
        if (i == RLIMIT_NOFILE && told->hard > FILES_MAX)
            told->hard = FILES_MAX;
        if (told->soft > told->hard)
            told->soft = told->hard;
    }
}

/* Does a program of the host's kernel listen in this network namespace, other than on its loopback?
 * The lines of /proc/net/tcp and the like: "N: ADDRESS:PORT ADDRESS:PORT STATE ...", in hexadecimal
 * digits, an address as the words that lie in memory. */
static unsigned listens(const char *path, const char *state)
{
    char line[512], local[40], now[8];
    unsigned port = 0;
    FILE *f = fopen(path, "re");
    while (f && !port && fgets(line, sizeof line, f)) {
        unsigned at;
        if (sscanf(line, " %*d: %39[0-9A-F]:%x %*s %7s", local, &at, now) != 3 ||
            strcmp(now, state) != 0)
            continue;
        bool four = strlen(local) == 8;
        bool loopback = four ? strcmp(local + 6, "7F") == 0
                             : strcmp(local, "00000000000000000000000001000000") == 0;
        if (!loopback)
            port = at;
    }
    if (f)
        fclose(f);
    return port;
}

/* A program of Linux that shares the namespace (--network container:NAME) would lose its network.
 */
static int not_in_use(struct host_error *err)
{
    static const char *const files[][2] = {{"/proc/net/tcp", "0A"},
                                           {"/proc/net/tcp6", "0A"},
                                           {"/proc/net/udp", "07"},
                                           {"/proc/net/udp6", "07"}};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        unsigned port = listens(files[i][0], files[i][1]);
        if (port)
            return host_fail(err,
                             "another program uses the interfaces of this network namespace (it "
                             "listens on port %u); a unikernel would take them from it",
                             port);
    }
    return 0;
}

/* Abstract names belong to the network namespace and go with the process, however it ends. */
int mon_container_claim(struct host_error *err)
{
    static const char name[] = "\0pith/interfaces";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, name, sizeof name - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return host_fail(err, "its network cannot be claimed: %s", strerror(errno));
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof name - 1);
    if (bind(fd, (const void *)&at, len) == 0)
        return not_in_use(err); /* stays open */
    int why = errno;
    close(fd);
    if (why == EADDRINUSE)
        return host_fail(err,
                         "another unikernel has the interfaces of this network namespace; only "
                         "one in a pod can");
    return host_fail(err, "its network cannot be claimed: %s", strerror(why));
}

/* What the file server needs for its work, in the words of capabilities(7). */
#define KEPT                                                                                       \
    (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_DAC_READ_SEARCH |                  \
     1ull << CAP_FOWNER | 1ull << CAP_FSETID)

static int keep_only(uint64_t capabilities, struct host_error *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct now[2], want[2] = {0};
    if (syscall(SYS_capget, &head, now))
        return host_fail(err, "its capabilities cannot be read: %s", strerror(errno));
    for (unsigned i = 0; i < 2; i++)
        want[i].effective = want[i].permitted =
            now[i].permitted & (uint32_t)(capabilities >> 32 * i);
    if (syscall(SYS_capset, &head, want))
        return host_fail(err, "capabilities cannot be given up: %s", strerror(errno));
    return 0;
}

int mon_container_become(const struct mon_container *c, struct host_error *err)
{
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    /* The kernel's own calls: a libc's would look for other threads. */
    if (syscall(SYS_setgroups, (size_t)c->ngroups, c->groups))
        return host_fail(err, "its groups cannot be set: %s", strerror(errno));
    if (syscall(SYS_setresgid, c->gid, c->gid, c->gid))
        return host_fail(err, "it cannot become group %u: %s", c->gid, strerror(errno));
    if (syscall(SYS_setresuid, c->uid, c->uid, c->uid))
        return host_fail(err, "it cannot become user %u: %s", c->uid, strerror(errno));
    return keep_only(c->uid == 0 ? c->capabilities & KEPT : 0, err);
}

uint64_t mon_container_memory(uint64_t limit)
{
    static uint64_t all; /* asked for once: the jail does not let it be asked */
    struct sysinfo host;
    if (all == 0)
        all = sysinfo(&host) == 0 ? (uint64_t)host.totalram * host.mem_unit : MON_CONTAINER_MOST;
    if (all > MON_CONTAINER_MOST)
        all = MON_CONTAINER_MOST;
    uint64_t share = MON_CONTAINER_SHARE + limit / MON_CONTAINER_PART;
    if (limit == 0 || limit - share > all)
        return limit > share || limit == 0 ? all : 0;
    return limit > share ? limit - share : 0;
}

/* Where a container finds its own control group: version 2 and version 1. */
static const char *const limit_files[] = {"/sys/fs/cgroup/memory.max",
                                          "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
static int limit_file = -1;
static uint64_t limit_now; /* 0: that of the start */

/* 0: it cannot be read. */
static uint64_t limit_read(void)
{
    char text[32], *end;
    long n = limit_file < 0 ? -1 : syscall(SYS_pread64, limit_file, text, sizeof text - 1, 0);
    if (n <= 0)
        return 0;
    text[n] = 0;
    uint64_t limit = strtoull(text, &end, 10);
    return end == text || limit > INT64_MAX ? INT64_MAX : limit; /* "max" */
}

void mon_container_limit_open(struct mon *m)
{
    uint64_t limit = m->common->options->container->limit / PITH_PAGE;
    for (unsigned i = 0; limit && i < sizeof limit_files / sizeof *limit_files; i++) {
        limit_file = open(limit_files[i], O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (limit_read() / PITH_PAGE == limit)
            return;
        /* Not the one that the guest was given: less was asked for, or it is another's group. */
        if (limit_file >= 0)
            close(limit_file);
        limit_file = -1;
    }
}

int mon_container_limit_fd(void)
{
    return limit_file;
}

uint64_t mon_container_limit(const struct mon *m)
{
    const struct mon_container *c = m->common->options->container;
    return !c ? 0 : limit_now ? limit_now : c->limit;
}

bool mon_container_more(struct mon *m)
{
    uint64_t limit = limit_read();
    if (limit == 0)
        return false;
    uint64_t memory = mon_container_memory(limit) & ~(uint64_t)(PITH_PAGE - 1);
    if (memory > m->ram_most)
        memory = m->ram_most;
    if (memory <= m->ram_bytes)
        return false;
    limit_now = limit;
    m->ram_bytes = memory;
    return true;
}

void mon_container_starve(const struct mon *m)
{
    uint64_t limit = mon_container_limit(m);
    /* The limit may count swap as as much again. */
    for (uint64_t used = 0; used / 2 < limit + (64u << 20); used += STARVE_STEP) {
        char *more = mmap(NULL, STARVE_STEP, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (more == MAP_FAILED)
            return;
        for (uint64_t at = 0; at < STARVE_STEP; at += PITH_PAGE)
            *(volatile char *)(more + at) = 1;
    }
}
