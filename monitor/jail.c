/* Closes the jail, in view: each step gives something up. See jail.h. */
#include "jail.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blk.h"
#include "container.h"
#include "control.h"
#include "fs_device.h"
#include "inside.h"
#include "machine.h"
#include "net.h"

#define FILTER_MAX 256

/* File system rights by Landlock version, newest first: a kernel refuses bits it does not know.
 * Version 3 (6.2) added TRUNCATE, 2 (5.19) REFER, 5 (6.10) IOCTL_DEV. */
#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TRUNCATE (1ull << 14)
#define REFER (1ull << 13)
/* Neither devices nor execution. */
#define WRITES                                                                                     \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |  \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |   \
     REFER | TRUNCATE)
#define ON_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
static const uint64_t landlock_rights[] = {(1ull << 16) - 1, (1ull << 15) - 1, (1ull << 14) - 1,
                                           (1ull << 13) - 1};

/* What lies beneath the volumes, with the rights they give. */
static int allow_trees(int ruleset, uint64_t known, struct host_error *err)
{
    for (const struct mon_fs_tree *t = mon_fs_trees(); t->fd >= 0; t++) {
        uint64_t rights = (t->writable ? READS | WRITES : READS) & (t->file ? ON_FILES : ~0ull);
        struct landlock_path_beneath_attr beneath = {.allowed_access = rights & known,
                                                     .parent_fd = t->fd};
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0))
            return host_fail(err, "Landlock refuses a volume: %s", strerror(errno));
    }
    return 0;
}

/* struct landlock_ruleset_attr and landlock_net_port_attr of Linux 6.7. */
#define LANDLOCK_CONNECT_TCP 2u
#define LANDLOCK_NET_PORT 2
struct rules {
    uint64_t fs, net;
};
struct net_port {
    uint64_t allowed, port;
};

/* A ruleset that knows what this kernel knows, of `rules`; or -1 with errno. One ruleset for all: a
 * second one would forbid renaming from folder to folder, which each has to allow. */
static int newest_ruleset(struct rules *rules)
{
    for (unsigned i = 0; i < sizeof landlock_rights / sizeof *landlock_rights;) {
        rules->fs = landlock_rights[i];
        size_t size = rules->net ? sizeof *rules : sizeof rules->fs;
        long fd = syscall(SYS_landlock_create_ruleset, rules, size, 0);
        if (fd >= 0)
            return (int)fd;
        if (errno == E2BIG && rules->net)
            rules->net = 0;
        else if (errno == EINVAL)
            i++;
        else
            return -1;
    }
    return -1;
}

/* No file can be opened, made, moved or removed any more, by whatever call, outside the volumes;
 * and the sockets that may connect reach the name server's port alone. Not there before Linux 5.13
 * (ports: 6.7) or when switched off: without volumes the filter alone forbids the same, and says
 * which sockets connect; with volumes only the file server's own care is left, which is not enough
 * where the guest can make the calls itself. */
static int no_files(const struct mon *m, struct host_error *err)
{
    static const struct net_port names = {LANDLOCK_CONNECT_TCP, INSIDE_NAMES_PORT};
    struct rules rules = {.net = *inside_lines() >= 0 ? LANDLOCK_CONNECT_TCP : 0};
    int fd = newest_ruleset(&rules);
    if (fd < 0 && m->machine == &mon_process && mon_fs_trees()->fd >= 0)
        return host_fail(err, "--on process: volumes need Landlock (Linux 5.13), which this host "
                              "does not have; kvm does without");
    if (fd < 0)
        return 0;
    if (allow_trees(fd, rules.fs, err))
        return -1;
    if (rules.net && syscall(SYS_landlock_add_rule, fd, LANDLOCK_NET_PORT, &names, 0))
        return host_fail(err, "Landlock refuses the name server's port: %s", strerror(errno));
    if (syscall(SYS_landlock_restrict_self, fd, 0))
        return host_fail(err, "Landlock refuses: %s", strerror(errno));
    /* Closing it would cost 5 us; the filter lets nobody use it. */
    return 0;
}

static int no_calls(struct mon *m, int core, struct host_error *err)
{
    struct sock_filter filter[FILTER_MAX];
    struct mon_jail_run run = {.pid = (uint32_t)getpid(),
                               .core = core,
                               .jit = m->image.jit,
                               .net = mon_net_descriptors(false),
                               .names = inside_lines(),
                               .tap = mon_net_descriptors(true),
                               .control = mon_control_fd(),
                               .statm = mon_resident_fd(),
                               .limit = mon_container_limit_fd(),
                               .shared = m->machine == &mon_process};
    mon_blk_count(&run.disk, &run.disk_write);
    for (const struct mon_fs_tree *t = mon_fs_trees(); t->fd >= 0; t++) {
        run.fs++;
        run.write += t->writable;
    }
    size_t n = mon_jail_filter(filter, FILTER_MAX, mon_jail_rules, m->machine->jail, &run);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = filter};
    if (n == 0)
        return host_fail(err, "the system call filter does not fit");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
        return host_fail(err, "the system call filter is refused: %s", strerror(errno));
    return 0;
}

int mon_jail(struct mon *m, int core, struct host_error *err)
{
    /* No set-uid program or capability can raise what we have; the next two need it. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return host_fail(err, "no_new_privs is refused: %s", strerror(errno));
    /* No new file, no new connection. */
    if (no_files(m, err))
        return -1;
    /* No system call but those of the tables. */
    return no_calls(m, core, err);
}
