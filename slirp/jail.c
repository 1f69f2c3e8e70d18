/* What pith-slirp gives up before it reads the guest's first frame: new privileges, every file but
 * the resolver's configuration, every system call that libslirp does not need. What stays is what
 * it is for: sockets of IP, with the rights of this user.
 *
 * Calls that are not in the list answer EPERM; those that would start or trace a program kill.
 */
#include "slirp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint16_t allowed[] = {
    /* link.c, loop.c, proxy.c, libslirp */
    SYS_poll, SYS_ppoll, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_read, SYS_write,
    SYS_readv, SYS_writev, SYS_close, SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4,
    SYS_getsockname, SYS_getpeername, SYS_setsockopt, SYS_getsockopt, SYS_shutdown, SYS_fcntl,
    SYS_ioctl, SYS_clock_gettime, SYS_gettimeofday, SYS_time,
    /* libslirp: get_dns_addr; what can be opened is Landlock's matter */
    SYS_openat, SYS_newfstatat, SYS_fstat, SYS_stat, SYS_lseek,
    /* malloc, GLib, signals that come back, the end */
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_getrandom, SYS_getpid,
    SYS_gettid, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall,
    SYS_exit, SYS_exit_group};

static const uint16_t deadly[] = {SYS_execve,
                                  SYS_execveat,
                                  SYS_fork,
                                  SYS_vfork,
                                  SYS_clone,
                                  SYS_clone3,
                                  SYS_ptrace,
                                  SYS_process_vm_readv,
                                  SYS_bpf,
                                  SYS_mount,
                                  SYS_open_by_handle_at};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct sock_filter load(size_t offset)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static struct sock_filter give(uint32_t verdict)
{
    return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
}

/* If the loaded word is `value` the next instruction counts, else it is skipped. */
static struct sock_filter when(uint32_t value)
{
    return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

static int no_calls(void)
{
    struct sock_filter f[2 * (COUNT(allowed) + COUNT(deadly)) + 16];
    unsigned short n = 0;
    f[n++] = load(offsetof(struct seccomp_data, arch));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    f[n++] = give(SECCOMP_RET_KILL_PROCESS);
    f[n++] = load(offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < COUNT(allowed); i++) {
        f[n++] = when(allowed[i]);
        f[n++] = give(SECCOMP_RET_ALLOW);
    }
    for (unsigned i = 0; i < COUNT(deadly); i++) {
        f[n++] = when(deadly[i]);
        f[n++] = give(SECCOMP_RET_KILL_PROCESS);
    }
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0);
    f[n++] = give(SECCOMP_RET_ERRNO | EPERM);
    f[n++] = load(offsetof(struct seccomp_data, args));
    f[n++] = when(AF_INET);
    f[n++] = give(SECCOMP_RET_ALLOW);
    f[n++] = when(AF_INET6);
    f[n++] = give(SECCOMP_RET_ALLOW);
    f[n++] = give(SECCOMP_RET_ERRNO | EPERM);
    const struct sock_fprog program = {.len = n, .filter = f};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* Reading the resolver's configuration stays possible: the file, or, where /etc/resolv.conf leads
 * elsewhere, the folder in which the host's resolver replaces it. */
static void keep_resolver(int rules)
{
    char path[PATH_MAX];
    if (!realpath("/etc/resolv.conf", path))
        return;
    char *slash = strrchr(path, '/');
    if (slash && slash != path && strncmp(path, "/etc/", 5) != 0)
        *slash = 0;
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr beneath = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
                                                 .parent_fd = fd};
    if (fd >= 0) {
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
        close(fd);
    }
}

/* All file rights of each version of Landlock, newest first: a kernel refuses bits it does not
 * know. Not there before Linux 5.13: then nothing but the user's own rights limits what libslirp
 * opens, and it opens one file. */
static int no_files(void)
{
    for (unsigned bits = 16; bits >= 13; bits--) {
        uint64_t attr = (1ull << bits) - 1;
        long rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
        if (rules < 0 && errno == EINVAL)
            continue;
        if (rules < 0)
            return 0;
        keep_resolver((int)rules);
        int bad = (int)syscall(SYS_landlock_restrict_self, rules, 0);
        close((int)rules);
        return bad;
    }
    return 0;
}

int jail(char *why, size_t room)
{
    const char *what = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? "no_new_privs"
                       : no_files()                           ? "Landlock"
                       : no_calls()                           ? "the system call filter"
                                                              : NULL;
    if (what)
        snprintf(why, room, "%s is refused: %s", what, strerror(errno));
    return what ? -1 : 0;
}
