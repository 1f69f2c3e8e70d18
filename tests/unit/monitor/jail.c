/* The filter that the rule tables make, run by a small BPF interpreter of this test. */
#include "unit.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "monitor/inside.h"
#include "monitor/jail.h"
#include "monitor/net_options.h"
#include "monitor/process.h"

#define MONITOR 0x7f0000001000ull
#define GUEST 0x401000ull

static struct sock_filter filter[256];
static size_t length;

/* The instructions jail_filter.c makes; anything else fails the test. */
static uint32_t verdict(const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t i = 0; i < length; i++) {
        const struct sock_filter *f = &filter[i];
        bool hit;
        switch (f->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            memcpy(&a, (const char *)data + f->k, sizeof a);
            continue;
        case BPF_RET | BPF_K:
            return f->k;
        case BPF_JMP | BPF_JEQ | BPF_K:
            hit = a == f->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            hit = a >= f->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            hit = a & f->k;
            break;
        default:
            return 1;
        }
        i += hit ? f->jt : f->jf;
    }
    return 2;
}

static bool allows(uint64_t from, int nr, uint64_t a, uint64_t b, uint64_t c)
{
    struct seccomp_data data = {
        .nr = nr, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = from, .args = {a, b, c}};
    uint32_t v = verdict(&data);
    CHECK(v == SECCOMP_RET_ALLOW || v == SECCOMP_RET_TRAP);
    return v == SECCOMP_RET_ALLOW;
}

static void make(int core, int jit)
{
    struct mon_jail_run run = {.pid = 1234, .core = core, .jit = jit};
    length = mon_jail_filter(filter, 256, mon_jail_rules, process_jail_rules, &run);
    CHECK(length > 0);
}

static void what_is_kept(void)
{
    make(-1, 0);
    CHECK(allows(MONITOR, SYS_write, 1, 0, 0) && allows(MONITOR, SYS_write, 2, 0, 0));
    CHECK(allows(MONITOR, SYS_ppoll, 0, 0, 0) && allows(MONITOR, SYS_readv, 0, 0, 0));
    CHECK(allows(MONITOR, SYS_ioctl, 0, TCGETS, 0) && allows(MONITOR, SYS_exit_group, 0, 0, 0));
    CHECK(allows(MONITOR, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE));
    CHECK(allows(MONITOR, SYS_kill, 1234, 9, 0));
}

static void what_is_gone(void)
{
    make(-1, 0);
    CHECK(!allows(MONITOR, SYS_write, 0, 0, 0) && !allows(MONITOR, SYS_write, 5, 0, 0));
    CHECK(!allows(MONITOR, SYS_readv, 3, 0, 0) && !allows(MONITOR, SYS_read, 0, 0, 0));
    CHECK(!allows(MONITOR, SYS_ioctl, 0, TIOCSTI, 0));
    CHECK(!allows(MONITOR, SYS_kill, 1, 9, 0) && !allows(MONITOR, SYS_kill, ~0ull, 9, 0));
    CHECK(!allows(MONITOR, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC));
    CHECK(!allows(MONITOR, SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC));
    static const int never[] = {SYS_open,
                                SYS_openat,
                                SYS_execve,
                                SYS_fork,
                                SYS_clone,
                                SYS_ptrace,
                                SYS_socket,
                                SYS_setuid,
                                SYS_unlink,
                                SYS_connect,
                                SYS_prctl,
                                SYS_seccomp,
                                SYS_bpf,
                                SYS_vfork,
                                SYS_clone3,
                                SYS_mount,
                                SYS_tgkill,
                                SYS_tkill,
                                SYS_dup2,
                                SYS_sendfile,
                                SYS_process_vm_writev,
                                SYS_io_uring_setup,
                                SYS_openat2};
    for (unsigned i = 0; i < sizeof never / sizeof *never; i++)
        CHECK(!allows(MONITOR, never[i], 0, 0, 0));
    CHECK(!allows(MONITOR, 0x40000000 | SYS_write, 1, 0, 0)); /* x32 */
}

/* Every number: allowed for some arguments only if a rule names it. */
static void only_the_tables(void)
{
    make(-1, 0);
    for (int nr = 0; nr < 1024; nr++) {
        bool named = false;
        for (const struct mon_jail_rule *r = mon_jail_rules; r->who; r++)
            named |= r->call == nr;
        for (const struct mon_jail_rule *r = process_jail_rules; r->who; r++)
            named |= r->call == nr;
        if (!named)
            CHECK(!allows(MONITOR, nr, 0, 0, 0) && !allows(MONITOR, nr, 1, 1, 1));
    }
}

static void guest_addresses(void)
{
    make(-1, 0);
    CHECK(!allows(GUEST, SYS_write, 1, 0, 0));
    CHECK(!allows(PITH_ARENA_START, SYS_write, 1, 0, 0));
    CHECK(!allows(PITH_ARENA_END - 1, SYS_exit_group, 0, 0, 0));
    CHECK(allows(PITH_ARENA_END, SYS_write, 1, 0, 0));
    struct seccomp_data data = {.nr = 4, .arch = AUDIT_ARCH_I386, .instruction_pointer = MONITOR};
    CHECK(verdict(&data) == SECCOMP_RET_TRAP);
}

static void core_and_jit(void)
{
    make(7, 1);
    CHECK(allows(MONITOR, SYS_write, 7, 0, 0) && !allows(MONITOR, SYS_write, 6, 0, 0));
    CHECK(allows(MONITOR, SYS_mprotect, 0, 4096, PROT_READ | PROT_EXEC));
}

static void make_files(int fs, int write, int disk, int disk_write, int shared)
{
    struct mon_jail_run run = {.pid = 1234,
                               .core = -1,
                               .fs = fs,
                               .write = write,
                               .disk = disk,
                               .disk_write = disk_write,
                               .shared = shared};
    const struct mon_jail_rule no_machine = {0};
    length = mon_jail_filter(filter, 256, mon_jail_rules, &no_machine, &run);
    CHECK(length > 0);
}

static bool any_allowed(const int *calls, unsigned n)
{
    bool any = false;
    for (unsigned i = 0; i < n; i++)
        any |= allows(MONITOR, calls[i], 5, 0, 0);
    return any;
}

static bool all_allowed(const int *calls, unsigned n)
{
    bool all = true;
    for (unsigned i = 0; i < n; i++)
        all &= allows(MONITOR, calls[i], 5, 0, 0);
    return all;
}

#define N(list) (sizeof(list) / sizeof *(list))

/* What volumes and disks add, each only where there is one, and only as much as it may do. */
static void volumes_and_disks(void)
{
    static const int reading[] = {SYS_preadv,     SYS_openat2,    SYS_statx, SYS_close,
                                  SYS_getdents64, SYS_readlinkat, SYS_fsync, SYS_flock,
                                  SYS_fgetxattr,  SYS_lseek};
    static const int writing[] = {SYS_pwritev,   SYS_ftruncate, SYS_mkdirat,   SYS_unlinkat,
                                  SYS_renameat2, SYS_linkat,    SYS_symlinkat, SYS_mknodat,
                                  SYS_fchmod,    SYS_fchown,    SYS_fsetxattr, SYS_copy_file_range};
    static const int by_path[] = {SYS_fchmodat, SYS_fchownat};
    static const int never[] = {SYS_open,   SYS_openat, SYS_chmod,  SYS_chown, SYS_setxattr,
                                SYS_rename, SYS_link,   SYS_unlink, SYS_mknod, SYS_truncate};
    make_files(0, 0, 0, 0, 0);
    CHECK(!any_allowed(reading, N(reading)) && !any_allowed(writing, N(writing)));
    CHECK(!allows(MONITOR, SYS_fcntl, 5, F_OFD_SETLK, 0));
    make_files(1, 0, 0, 0, 0);
    CHECK(all_allowed(reading, N(reading)) && !any_allowed(writing, N(writing)));
    CHECK(!any_allowed(by_path, N(by_path)) && !allows(MONITOR, SYS_utimensat, 5, 0, 0));
    CHECK(allows(MONITOR, SYS_fcntl, 5, F_OFD_SETLK, 0) &&
          !allows(MONITOR, SYS_fcntl, 5, F_SETFL, 0));
    CHECK(!allows(MONITOR, SYS_fcntl, 5, F_SETOWN, 0) &&
          !allows(MONITOR, SYS_fcntl, 5, F_DUPFD, 0));
    make_files(2, 1, 0, 0, 1);
    CHECK(all_allowed(reading, N(reading)) && all_allowed(writing, N(writing)));
    CHECK(!any_allowed(by_path, N(by_path)) && !any_allowed(never, N(never)));
    /* Times of an open file, never of a path: not even one at an address whose low half is 0. */
    CHECK(allows(MONITOR, SYS_utimensat, 5, 0, 0));
    CHECK(!allows(MONITOR, SYS_utimensat, 5, 1ull << 32, 0));
    CHECK(!allows(MONITOR, SYS_utimensat, 5, PITH_ARENA_START, 0));
    CHECK(!allows(MONITOR, SYS_utimensat, 5, 4096, 0));
    make_files(2, 1, 0, 0, 0);
    CHECK(all_allowed(by_path, N(by_path)) && !any_allowed(never, N(never)));
    CHECK(allows(MONITOR, SYS_utimensat, 5, 4096, 0));
    make_files(0, 0, 1, 0, 0);
    CHECK(allows(MONITOR, SYS_preadv, 5, 0, 0) && !allows(MONITOR, SYS_openat2, 5, 0, 0));
    CHECK(!any_allowed(writing, N(writing)) && !allows(MONITOR, SYS_fdatasync, 5, 0, 0));
    make_files(0, 0, 1, 1, 0);
    CHECK(allows(MONITOR, SYS_pwritev, 5, 0, 0) && allows(MONITOR, SYS_fdatasync, 5, 0, 0));
    CHECK(allows(MONITOR, SYS_fallocate, 5, 0, 0) && !allows(MONITOR, SYS_unlinkat, 5, 0, 0));
}

/* "file.c: function, other.c: ...": the file is there and holds the function. Words without a
 * file before them explain. */
static void check_who(const char *who)
{
    static char text[64 << 10];
    char file[64], path[128];
    const char *end = strstr(who, ".c");
    CHECK(end && (size_t)(end - who) + 3 < sizeof file);
    if (unit_why)
        return;
    snprintf(file, sizeof file, "%.*s", (int)(end - who) + 2, who);
    snprintf(path, sizeof path, "monitor/%s", file);
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    if (!f)
        return;
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    if (end[2] != ':')
        return;
    char function[64] = "";
    sscanf(end + 3, " %63[a-z_]", function);
    if (strchr(function, '_') || strlen(function) == strcspn(end + 4, ","))
        CHECK(strstr(text, function) != NULL);
}

/* Interfaces: each call on its own descriptors; and all that a guest can have at once fits. */
static void interfaces(void)
{
    static const int net[] = {7, 9, -1}, tap[] = {8, -1};
    static const int many[] = {5, 6, 7, 8, 9, 10, 11, 12, -1};
    struct mon_jail_run run = {.pid = 1, .core = -1, .net = net, .tap = tap};
    make(-1, 0);
    CHECK(!allows(MONITOR, SYS_recvmmsg, 7, 0, 0) && !allows(MONITOR, SYS_sendmmsg, 0, 0, 0));
    length = mon_jail_filter(filter, 256, mon_jail_rules, process_jail_rules, &run);
    for (unsigned fd = 0; fd < 12; fd++) {
        CHECK(allows(MONITOR, SYS_recvmmsg, fd, 0, 0) == (fd == 7 || fd == 9));
        CHECK(allows(MONITOR, SYS_sendmmsg, fd, 0, 0) == (fd == 7 || fd == 9));
        CHECK(allows(MONITOR, SYS_readv, fd, 0, 0) == (fd == 0 || fd == 8));
        CHECK(allows(MONITOR, SYS_writev, fd, 0, 0) == (fd == 1 || fd == 2 || fd == 8));
    }
    CHECK(!allows(GUEST, SYS_sendmmsg, 7, 0, 0) && !allows(MONITOR, SYS_sendto, 7, 0, 0));
    run = (struct mon_jail_run){.pid = 1,
                                .core = 4,
                                .jit = 1,
                                .net = many,
                                .tap = many,
                                .fs = 1,
                                .write = 1,
                                .disk = 1,
                                .disk_write = 1};
    length = mon_jail_filter(filter, 256, mon_jail_rules, process_jail_rules, &run);
    CHECK(length > 0);
}

/* A rule names who needs it, so that nobody keeps a right that is not used any more. */
static void rules_name_their_user(void)
{
    for (const struct mon_jail_rule *r = mon_jail_rules; r->who; r++)
        check_who(r->who);
    for (const struct mon_jail_rule *r = process_jail_rules; r->who; r++)
        check_who(r->who);
}

static void too_small_a_place(void)
{
    struct mon_jail_run run = {.pid = 1, .core = -1};
    length = mon_jail_filter(filter, 256, mon_jail_rules, process_jail_rules, &run);
    for (size_t room = 0; room < length; room++)
        CHECK(mon_jail_filter(filter, room, mon_jail_rules, process_jail_rules, &run) == 0);
}

/* A container with as much of everything as there can be: it fits, and its name server's sockets,
 * and no others, may connect. */
static void whole_container(void)
{
    int net[INSIDE_DESCRIPTORS + MON_NET_IFS + 1], names[INSIDE_LINES + 1];
    for (unsigned i = 0; i < N(net); i++)
        net[i] = i + 1 < N(net) ? 10 + (int)i : -1;
    for (unsigned i = 0; i < N(names); i++)
        names[i] = i + 1 < N(names) ? 10 + (int)i : -1;
    struct mon_jail_run run = {.pid = 1234,
                               .core = 7,
                               .jit = 1,
                               .net = net,
                               .names = names,
                               .fs = 9,
                               .write = 9,
                               .disk = 1,
                               .disk_write = 1,
                               .control = 5,
                               .statm = 6,
                               .limit = 8};
    length = mon_jail_filter(filter, 256, mon_jail_rules, process_jail_rules, &run);
    CHECK(length > 0);
    CHECK(allows(MONITOR, SYS_connect, 10, 0, 0) && allows(MONITOR, SYS_shutdown, 13, 1, 0));
    CHECK(!allows(MONITOR, SYS_connect, 14, 0, 0) && !allows(MONITOR, SYS_connect, 3, 0, 0));
    CHECK(!allows(MONITOR, SYS_socket, 2, 1, 0) && !allows(MONITOR, SYS_bind, 10, 0, 0));
    CHECK(allows(MONITOR, SYS_pread64, 8, 0, 0) && allows(MONITOR, SYS_pread64, 6, 0, 0));
    CHECK(!allows(MONITOR, SYS_pread64, 7, 0, 0));
    CHECK(allows(MONITOR, SYS_recvmmsg, 10, 0, 0));
}

void test_jail(void)
{
    unit_run("jail-what-is-kept", what_is_kept);
    unit_run("jail-what-is-gone", what_is_gone);
    unit_run("jail-only-the-tables", only_the_tables);
    unit_run("jail-guest-addresses", guest_addresses);
    unit_run("jail-core-and-jit", core_and_jit);
    unit_run("jail-volumes-and-disks", volumes_and_disks);
    unit_run("jail-interfaces", interfaces);
    unit_run("jail-whole-container", whole_container);
    unit_run("jail-rules-name-their-user", rules_name_their_user);
    unit_run("jail-too-small-a-place", too_small_a_place);
}
