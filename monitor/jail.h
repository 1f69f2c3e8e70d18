/* What the monitor gives up before the first guest instruction, and what it keeps.
 *
 * Kept are the system calls of the rule tables: jail.c's for the common part and one table a
 * machine. A rule is one line: a system call, a condition on one argument, and the function that
 * needs it. A call with several rules is allowed if one of them holds. Everything else, and every
 * call made from guest addresses, ends the guest with one sentence (SECCOMP_RET_TRAP).
 *
 * The filter is made from the tables by mon_jail_filter (some 150 instructions, a microsecond);
 * conditions whose value only the run knows are named by MON_JAIL_PID and MON_JAIL_CORE.
 */
#ifndef MON_JAIL_H
#define MON_JAIL_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"

struct mon;

enum mon_jail_test {
    MON_JAIL_ANY,          /* whatever the arguments */
    MON_JAIL_EQUAL,        /* low 32 bits of the argument == value */
    MON_JAIL_CLEAR,        /* argument & value == 0 */
    MON_JAIL_JIT,          /* the image makes code at run time */
    MON_JAIL_PID,          /* argument == our process id */
    MON_JAIL_CORE,         /* argument == the descriptor of --core, if there is one */
    MON_JAIL_NET,          /* argument == the socket of a network interface, if there is one */
    MON_JAIL_NAMES,        /* argument == a socket that leads to a name server, if there is one */
    MON_JAIL_TAP,          /* argument == the descriptor of a tap device, if there is one */
    MON_JAIL_FS,           /* the guest has volumes (fs_device.h) */
    MON_JAIL_LOCKS,        /* the same, and argument == value */
    MON_JAIL_WRITE,        /* one of them may be written */
    MON_JAIL_NULL,         /* the same, and all 64 bits of the argument are 0 */
    MON_JAIL_DISK,         /* the guest has disks */
    MON_JAIL_DISK_WRITE,   /* one of them may be written */
    MON_JAIL_CONTROL,      /* argument == the control socket, if there is one */
    MON_JAIL_CONTROL_NULL, /* there is one, and all 64 bits of the argument are 0 */
    MON_JAIL_STATM,        /* argument == the descriptor of /proc/self/statm, if there is one */
    MON_JAIL_LIMIT,        /* argument == the descriptor of a container's limit, if there is one */
    MON_JAIL_PATH,         /* one may be written, and the monitor is out of the guest's reach */
};

struct mon_jail_rule {
    uint16_t call;
    uint8_t test; /* enum mon_jail_test */
    uint8_t arg;  /* 0..5 */
    uint32_t value;
    const char *who; /* the function that makes this call */
};

/* Values only the run knows. */
struct mon_jail_run {
    uint32_t pid;
    int core; /* descriptor, -1 = none */
    int jit;
    const int *net, *names, *tap; /* descriptors, -1 ends them; NULL = none */
    int fs, write;                /* volumes; those that may be written */
    int disk, disk_write;         /* the same for disks */
    int control, statm, limit;    /* descriptors, 0 and less = none */
    int shared;                   /* the guest's memory is the monitor's */
};

struct sock_filter;

/* A table ends with a rule without `who`; rules of one call stand together, in one table. Writes
 * at most `room` instructions; returns how many, or 0 if they do not fit (a bug in a table). */
size_t mon_jail_filter(struct sock_filter *out, size_t room, const struct mon_jail_rule *common,
                       const struct mon_jail_rule *machine, const struct mon_jail_run *run);

extern const struct mon_jail_rule mon_jail_rules[];

/* Closes the jail for this process: no_new_privs, Landlock where the host has it, seccomp. */
int mon_jail(struct mon *m, int core, struct host_error *err);

#endif
