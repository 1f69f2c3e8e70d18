/* The system calls the common monitor makes after the jail has closed. See jail.h.
 *
 * Often used ones come first. What is not here: anything that opens, names, executes, forks,
 * traces, or changes identity; connects do only the sockets made for a container's name server.
 * ioctl is limited to terminal settings; TIOCSTI, which types into the shell behind us, is not
 * among them.
 */
#include "jail.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define FD(call, fd, who)                                                                          \
    {                                                                                              \
        SYS_##call, MON_JAIL_EQUAL, 0, fd, who                                                     \
    }
#define ANY(call, who)                                                                             \
    {                                                                                              \
        SYS_##call, MON_JAIL_ANY, 0, 0, who                                                        \
    }
#define ARG(call, arg, value, who)                                                                 \
    {                                                                                              \
        SYS_##call, MON_JAIL_EQUAL, arg, value, who                                                \
    }

#define FS(call, who)                                                                              \
    {                                                                                              \
        SYS_##call, MON_JAIL_FS, 0, 0, who                                                         \
    }
#define WRITE(call, who)                                                                           \
    {                                                                                              \
        SYS_##call, MON_JAIL_WRITE, 0, 0, who                                                      \
    }

const struct mon_jail_rule mon_jail_rules[] = {
    {SYS_recvmmsg, MON_JAIL_NET, 0, 0, "net.c: receive, net_ring.c, net_left.c: receive"},
    {SYS_sendmmsg, MON_JAIL_NET, 0, 0, "net.c: transmit"},
    ANY(ppoll, "wait.c: poll_host"),
    FD(write, 1, "console.c: send_some"),
    FD(write, 2, "console.c: send_some, say.c: mon_say"),
    {SYS_write, MON_JAIL_CORE, 0, 0, "core.c: put"},
    FD(writev, 1, "console.c: send_some"),
    FD(writev, 2, "console.c: send_some"),
    {SYS_writev, MON_JAIL_TAP, 0, 0, "net.c: transmit"},
    FD(pwritev2, 1, "console.c: send_some"),
    FD(pwritev2, 2, "console.c: send_some"),
    WRITE(pwritev2, "fs_data.c: fs_write, appending"),
    FD(readv, 0, "console.c: input"),
    {SYS_readv, MON_JAIL_TAP, 0, 0, "net.c: receive"},
    ANY(poll, "console.c: output"),
    FD(sendmsg, 1, "console.c: send_some"),
    FD(sendmsg, 2, "console.c: send_some"),
    ANY(rt_sigreturn, "signal.c: mon_sigreturn"),
    ANY(timer_settime, "clock.c: arm"),
    ANY(timer_create, "clock.c: arm"),
    ANY(clock_gettime, "clock.c: read_clock, where the vdso has no answer"),
    ANY(getrandom, "rng.c: fill"),
    ARG(ioctl, 1, KVM_RUN, "kvm_run.c"),
    ARG(ioctl, 1, KVM_SET_USER_MEMORY_REGION, "kvm_frames.c"),
    ARG(ioctl, 1, TCGETS, "tty.c"),
    ARG(ioctl, 1, TCSETS, "tty.c"),
    ARG(ioctl, 1, TCSETSW, "tty.c"),
    ARG(ioctl, 1, TCSETSF, "tty.c"),
    ARG(ioctl, 1, TIOCGWINSZ, "tty.c"),
    ARG(ioctl, 1, TIOCSWINSZ, "tty.c"),
    ARG(ioctl, 1, TCFLSH, "tty.c"),
    /* Memory without execute permission, whatever it is; with it only for a guest that makes code.
     */
    {SYS_mmap, MON_JAIL_CLEAR, 2, PROT_EXEC, "memory.c: new_table, the machine, symbols.c"},
    {SYS_mmap, MON_JAIL_JIT, 0, 0, "process_frames.c: name_frames"},
    /* The kernel restarts a sleep that a stop interrupted by this. */
    ANY(restart_syscall, "wait.c: poll_host, after SIGCONT"),
    ANY(sigaltstack, "process_run.c: process_run"),
    ANY(rt_sigaction, "signal.c: mon_sigaction"),
    ANY(getpid, "signal.c, end.c"),
    {SYS_kill, MON_JAIL_PID, 0, 0, "signal.c: mon_stop, end.c: die_by"},
    ANY(rt_sigprocmask, "end.c: die_by"),
    ARG(prlimit64, 1, RLIMIT_CORE, "end.c: die_by"),
    {SYS_lseek, MON_JAIL_CORE, 0, 0, "core.c: put"},
    FS(lseek, "fs_data.c: fs_lseek, fs_dir.c: read_entries"),
    /* The file server. What these can reach is Landlock's business (jail.c); openat2 because its
     * lookups stay beneath a directory. */
    FS(preadv, "fs_data.c: fs_read"),
    {SYS_preadv, MON_JAIL_DISK, 0, 0, "blk.c: transfer"},
    FS(statx, "fs_attr.c"),
    FS(openat2, "fs_descriptor.c: open_once"),
    FS(close, "fs_descriptor.c: fs_close_fd"),
    FS(getdents64, "fs_dir.c: read_entries"),
    FS(readlinkat, "fs_lookup.c: fs_readlink"),
    FS(fsync, "fs_data.c: sync_handle"),
    FS(fdatasync, "fs_data.c: sync_handle"),
    {SYS_fdatasync, MON_JAIL_DISK_WRITE, 0, 0, "blk.c: serve"},
    FS(flock, "fs_lock.c: set_flock"),
    {SYS_fcntl, MON_JAIL_LOCKS, 1, F_OFD_SETLK, "fs_lock.c: fs_setlk"},
    {SYS_fcntl, MON_JAIL_LOCKS, 1, F_OFD_GETLK, "fs_lock.c: fs_getlk"},
    FS(fstatfs, "fs_whole.c: fs_statfs"),
    FS(faccessat2, "fs_whole.c: fs_access"),
    FS(fgetxattr, "fs_xattr.c: get"),
    FS(flistxattr, "fs_xattr.c: get"),
    WRITE(pwritev, "fs_data.c: fs_write"),
    {SYS_pwritev, MON_JAIL_DISK_WRITE, 0, 0, "blk.c: transfer"},
    WRITE(ftruncate, "fs_attr.c: change_size"),
    WRITE(fallocate, "fs_data.c: fs_fallocate"),
    {SYS_fallocate, MON_JAIL_DISK_WRITE, 0, 0, "blk.c: clear"},
    WRITE(copy_file_range, "fs_data.c: fs_copy_file_range"),
    WRITE(syncfs, "fs_whole.c: fs_syncfs"),
    WRITE(mkdirat, "fs_change.c: fs_mkdir"),
    WRITE(mknodat, "fs_change.c: fs_mknod"),
    WRITE(symlinkat, "fs_change.c: fs_symlink"),
    WRITE(unlinkat, "fs_change.c: remove_name"),
    WRITE(renameat2, "fs_change.c: rename_name"),
    WRITE(linkat, "fs_change.c: fs_link"),
    WRITE(fchmod, "fs_attr.c: change_mode, fs_kill_set_id"),
    WRITE(fchown, "fs_attr.c: change_owner"),
    WRITE(fsetxattr, "fs_xattr.c: fs_setxattr"),
    WRITE(fremovexattr, "fs_xattr.c: fs_removexattr"),
    /* With a path, these reach files that Landlock does not guard: not where the guest could make
     * the calls itself. */
    {SYS_utimensat, MON_JAIL_NULL, 1, 0, "fs_attr.c: change_times"},
    {SYS_utimensat, MON_JAIL_PATH, 0, 0, "fs_attr.c: change_times"},
    {SYS_fchmodat, MON_JAIL_PATH, 0, 0, "fs_attr.c: change_mode"},
    {SYS_fchownat, MON_JAIL_PATH, 0, 0, "fs_attr.c: change_owner"},
    {SYS_recvmsg, MON_JAIL_CONTROL, 0, 0, "control.c: mon_control_look"},
    {SYS_sendto, MON_JAIL_CONTROL_NULL, 4, 0, "control.c: mon_control_send"},
    {SYS_connect, MON_JAIL_NAMES, 0, 0, "inside_names.c: join; where to is Landlock's business"},
    {SYS_shutdown, MON_JAIL_NAMES, 0, 0, "inside_names.c: pass_up"},
    {SYS_pread64, MON_JAIL_STATM, 0, 0, "control_tell.c: mon_resident"},
    {SYS_pread64, MON_JAIL_LIMIT, 0, 0, "container.c: mon_container_more"},
    ANY(exit_group, "end.c: mon_finish"),
    {0, 0, 0, 0, NULL},
};
