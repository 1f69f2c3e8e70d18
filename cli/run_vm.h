/* `pith run --on qemu|firecracker|cloud-hypervisor`: the guest on somebody else's hypervisor.
 *
 *   run_vm.c          files and sockets, starting and ending the hypervisor
 *   run_vm_text.c     what the guest is told at boot (docs/vm.md, "Boot parameters")
 *   run_vm_relay.c    input, output and messages of the guest, signals (include/pith/link.h)
 *   run_vm_tty.c      the guest's terminal calls
 *   run_vm_names.c    names for the addresses of a crash
 *   run_vm_host.c     volumes and interfaces, opened as for the own machines
 *   run_vm_vhost.c, run_vm_ring.c   the file server behind -v (run_vm_vhost.h)
 *   run_qemu.c, run_firecracker.c, run_cloud.c   the command lines of the three
 *   run_qemu_probe.c  whether QEMU's kvm works here
 *
 * The hypervisor and the file server are children that die with us, whatever kills us. This
 * process ends as the guest does.
 */
#ifndef PITH_CLI_RUN_VM_H
#define PITH_CLI_RUN_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "host/error.h"
#include "monitor/monitor.h"

#define RUN_VM_CHILDREN 4

struct run_vm_args {
    char **list; /* ends with NULL */
    size_t n;
};

/* A run on its way. Descriptors are -1 where there is none; those of the hypervisor (vm_*) are
 * inherited by it and closed here once it runs. */
struct run_vm {
    const struct run_vm_kind *kind;
    const char *machine_type; /* --machine-type, NULL = the kind's usual one */
    const char *accel;        /* --accel, NULL = what works */
    bool verbose;
    const struct mon_options *o;
    uint64_t devices; /* of the image's note: bit n = it drives type n */
    const char *binary;

    int image; /* the bootable ELF, in memory */
    int text;  /* boot parameters, in memory */
    size_t text_len;
    char *words; /* the same as a string */
    int control, out, err, serial, noise;
    int vm_control, vm_out, vm_err, vm_serial, vm_noise;
    int volume[MON_VOLUMES];    /* to the file server, for the device of that volume */
    bool file[MON_VOLUMES];     /* the volume is a single file */
    int interface[MON_NET_IFS]; /* what opens for that interface (monitor/net.h) */
    unsigned ninterfaces;
    uint64_t stamps[MON_STAMPS]; /* of --time */

    pid_t vm, files; /* the hypervisor, the file server */
    pid_t child[RUN_VM_CHILDREN];
    unsigned nchildren;
};

struct run_vm_kind {
    const char *name;       /* of --on */
    const char *binary;     /* in PATH */
    const char *package;    /* what to install */
    bool link;              /* it has named console ports; else the serial line is all */
    bool files, interfaces; /* it takes what run_vm_host.c opens */
    /* The command line; files and sockets are there. */
    int (*command)(struct run_vm *r, struct run_vm_args *args, struct host_error *err);
    /* After the start: requests over its own interface. NULL: none are needed. */
    int (*started)(struct run_vm *r, struct host_error *err);
};
extern const struct run_vm_kind run_qemu, run_firecracker, run_cloud;

/* The kind of this name, NULL if there is none. */
const struct run_vm_kind *run_vm_named(const char *name);

/* Runs the guest to its end. Returns only if it could not be started: -1, or MON_REFUSED. */
int run_vm(struct run_vm *r, struct host_error *err);

/* Appends an argument; memory that is short ends the program. */
void run_vm_arg(struct run_vm_args *args, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A copy in which a comma is two, as QEMU's options take values. */
char *run_vm_commas(const char *text);

int run_vm_text(struct run_vm *r, struct host_error *err);
/* A word of boot parameters: odd bytes as %XX. */
void run_vm_encode(FILE *f, const char *text, size_t n);
/* Opens the volumes and starts their server, where the kind takes them. */
int run_vm_volumes(struct run_vm *r, struct host_error *err);
/* Opens the interfaces; 0, -1 or MON_REFUSED. */
int run_vm_interfaces(struct run_vm *r, struct host_error *err);
/* fork with all that a child of ours needs: it dies with us, takes default signals, has no
 * descriptors but 0-2 (0 and 1 /dev/null) and `keep` (ends with -1). 0 in the child. */
pid_t run_vm_fork(struct run_vm *r, const int *keep, int stderr_fd);
/* Before the first child: signals are taken by the relay from now on. */
void run_vm_signals_start(void);
/* Serves the guest until it ends; does not return. */
_Noreturn void run_vm_relay(struct run_vm *r);
/* Ends every child and removes what was made. Async-signal-safe but for the removal. */
void run_vm_clean(struct run_vm *r);

/* One line of a backtrace on stderr, with the name that the program's symbols give it. */
void run_vm_frame(const struct run_vm *r, unsigned n, uint64_t va);

/* One PITH_LINK_TTY message; data has PITH_LINK_TTY_MAX bytes. Returns the result. */
long run_vm_tty(unsigned op, unsigned fd, void *data, size_t len);
void run_vm_tty_restore(void);

/* "kvm" or "tcg": whether this QEMU runs guests by kvm, found out once and remembered. */
const char *run_qemu_accel(struct run_vm *r);

#endif
