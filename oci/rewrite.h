/* Changes the configuration of a pith program's container so that its first process is the monitor.
 *
 * Only what the monitor needs is changed: arguments, user, capabilities, one folder in /dev,
 * /dev/kvm and the system calls of the monitor. All else stays the engine's.
 */
#ifndef OCI_REWRITE_H
#define OCI_REWRITE_H

#include "oci/program.h"
#include "oci/spec.h"

#define OCI_PLACE "/dev/.pith"
#define OCI_MONITOR OCI_PLACE "/pith"
#define OCI_CONTROL OCI_PLACE "/control"
/* /dev/kvm, by Linux' list of devices. */
#define KVM_MAJOR 10
#define KVM_MINOR 232

#define OCI_HOME_MAX 4096 /* bytes of HOME */

struct oci_change {
    const char *monitor; /* path of the pith binary on the host */
    const char *program; /* path of the program in the container */
    const char *home;    /* HOME that runc would set for the user, NULL: leave that to it */
    bool network;        /* the network namespace is the container's own */
    bool kvm;            /* /dev/kvm can be used here */
    bool bpf;            /* CAP_BPF can be given */
    bool ports;          /* the namespace is new, and the program will own it but for a few ports */
};

/* Refuses what a unikernel cannot be given: -1 with a sentence. Changes nothing. */
int oci_rewrite_check(const struct oci_spec *spec, const struct oci_program *program,
                      const struct oci_change *change, struct host_error *err);

/* Changes spec->tree, which passed the check. False if memory is short. */
bool oci_rewrite(struct oci_spec *spec, const struct oci_change *change);

/* The system calls of the monitor are let through a profile (rewrite_seccomp.c). */
bool oci_rewrite_seccomp(struct oci_spec *spec, bool bpf);

#endif
