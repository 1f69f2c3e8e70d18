/* Lets the monitor's system calls through the container's seccomp profile.
 *
 * A profile is made for the program, which here never reaches the kernel: what does is the monitor,
 * whose own filter is stricter than any profile and is in force before the guest's first
 * instruction (monitor/jail_rules.c). The calls below are those it makes until then and after.
 * Rules of the profile that deny one of them lose that name; other calls stay as the profile says.
 */
#include "oci/rewrite.h"

#include <stdlib.h>
#include <string.h>

/* Names between spaces. */
static const char calls[] =
    /* memory */
    " brk madvise mmap mprotect mremap munmap memfd_create msync mincore process_madvise mlock"
    " mlock2 munlock membarrier"
    /* files: the image, and all that a guest does with the container's files */
    " access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2"
    " fadvise64 fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr"
    " flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync ftruncate getcwd getdents64"
    " getxattr lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat"
    " mkdir mkdirat mknod mknodat newfstatat open openat openat2 pipe pipe2 pread64 preadv"
    " preadv2 pwrite64 pwritev pwritev2 read readlink readlinkat readv rename renameat"
    " renameat2 rmdir setxattr splice stat statfs statx symlink symlinkat sync_file_range"
    " syncfs umask unlink unlinkat utimensat write writev"
    /* network and control */
    " accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg"
    " recvmsg sendmmsg sendmsg sendto setsockopt shutdown socket socketpair bpf ioctl"
    /* waiting, time and signals */
    " clock_getres clock_gettime clock_nanosleep epoll_create1 epoll_ctl epoll_pwait"
    " epoll_wait eventfd2 futex gettimeofday inotify_add_watch inotify_init1 inotify_rm_watch"
    " kill nanosleep pause poll ppoll pselect6 restart_syscall rt_sigaction rt_sigpending"
    " rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_yield sigaltstack"
    " signalfd4 tgkill time timer_create timer_delete timer_gettime timer_settime"
    " timerfd_create timerfd_settime tkill"
    /* itself */
    " arch_prctl execve exit exit_group getegid geteuid getgid getgroups getpgrp getpid"
    " getppid getrandom getrlimit getrusage gettid getuid prlimit64 rseq sched_getaffinity"
    " sched_setaffinity set_robust_list set_tid_address setrlimit sysinfo uname"
    /* what it gives up */
    " capget capset landlock_add_rule landlock_create_ruleset landlock_restrict_self prctl"
    " seccomp setgid setgroups setresgid setresuid setuid";

#define CALLS_MAX 256

/* A call that the profile says nothing good of yet. */
struct wanted {
    const char *name;
    bool allowed;
};

struct list {
    char text[sizeof calls]; /* the names, each ended with NUL */
    struct wanted call[CALLS_MAX];
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct wanted *)a)->name, ((const struct wanted *)b)->name);
}

/* bpf is wanted by whom may use it alone. */
static void make_list(struct list *all, bool bpf)
{
    char *rest;
    memcpy(all->text, calls, sizeof calls);
    all->count = 0;
    for (char *name = strtok_r(all->text, " ", &rest); name && all->count < CALLS_MAX;
         name = strtok_r(NULL, " ", &rest))
        if (bpf || strcmp(name, "bpf"))
            all->call[all->count++] = (struct wanted){.name = name};
    qsort(all->call, all->count, sizeof *all->call, by_name);
}

static struct wanted *find(struct list *all, const char *name)
{
    struct wanted key = {.name = name};
    return bsearch(&key, all->call, all->count, sizeof *all->call, by_name);
}

static bool allows(const cJSON *rule, const char *member)
{
    const cJSON *action = cJSON_GetObjectItemCaseSensitive(rule, member);
    return cJSON_IsString(action) && !strcmp(action->valuestring, "SCMP_ACT_ALLOW");
}

/* One rule. What it allows, be it under conditions, is left to it (other programs of the container
 * are under this profile, too); what it denies under conditions as well. Names that it denies
 * altogether leave it. True if no name is left. */
static bool read_rule(cJSON *rule, struct list *all)
{
    cJSON *names = cJSON_GetObjectItemCaseSensitive(rule, "names");
    const cJSON *args = cJSON_GetObjectItemCaseSensitive(rule, "args");
    bool allow = allows(rule, "action"), conditions = args && args->child;
    for (cJSON *n = names ? names->child : NULL, *next; n; n = next) {
        next = n->next;
        struct wanted *w = find(all, n->valuestring);
        if (w && allow)
            w->allowed = true;
        else if (w && !conditions)
            cJSON_Delete(cJSON_DetachItemViaPointer(names, n));
    }
    return names && !names->child;
}

bool oci_rewrite_seccomp(struct oci_spec *spec, bool bpf)
{
    struct list all;
    make_list(&all, bpf);
    for (cJSON *rule = spec->syscalls ? spec->syscalls->child : NULL, *next; rule; rule = next) {
        next = rule->next;
        if (read_rule(rule, &all))
            cJSON_Delete(cJSON_DetachItemViaPointer(spec->syscalls, rule));
    }
    if (allows(spec->seccomp, "defaultAction"))
        return true;
    if (!spec->syscalls)
        spec->syscalls = cJSON_AddArrayToObject(spec->seccomp, "syscalls");
    cJSON *rule = cJSON_CreateObject();
    cJSON *names = cJSON_AddArrayToObject(rule, "names");
    bool done =
        spec->syscalls && names && cJSON_AddStringToObject(rule, "action", "SCMP_ACT_ALLOW");
    for (size_t i = 0; done && i < all.count; i++) {
        const struct wanted *w = &all.call[i];
        cJSON *name = w->allowed ? NULL : cJSON_CreateString(w->name);
        done = w->allowed || (name && cJSON_AddItemToArray(names, name));
    }
    /* An empty rule is an error for some runtimes. */
    if (done && names->child && cJSON_AddItemToArray(spec->syscalls, rule))
        return true;
    cJSON_Delete(rule);
    return done;
}
