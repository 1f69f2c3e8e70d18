/* The configuration of a container (OCI runtime specification 1.0, config.json), decoded whole as
 * far as a unikernel's container depends on it: types, ranges, and members that come once.
 *
 * Nothing is acted upon before all of it is known to be valid. Members that nobody here reads are
 * not looked at: they stay in the tree and reach the runtime as they were.
 */
#ifndef OCI_SPEC_H
#define OCI_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "oci/json.h"

enum oci_machine { OCI_MACHINE_AUTO, OCI_MACHINE_KVM, OCI_MACHINE_PROCESS };

struct oci_mount {
    const char *destination, *type, *source; /* "" where absent */
    bool bind;
};

struct oci_spec {
    cJSON *tree; /* owns all strings here */
    cJSON *process, *args, *env, *user, *capabilities, *namespaces, *mounts;
    cJSON *linux_, *sysctl, *resources, *devices, *device_rules, *seccomp, *syscalls;

    cJSON *first;        /* the argument that names the program: behind an engine's init */
    const char *program; /* its text */
    const char *cwd;
    const char *path; /* PATH of the environment, NULL: not set */
    bool home;        /* HOME is set */
    uint32_t uid, gid;
    uint32_t *groups;
    uint32_t ngroups;
    uint64_t caps; /* what the program would have: bit n = capability n */

    const char *rootfs; /* as written: may be relative to the bundle */
    struct oci_mount *mount;
    uint32_t nmounts;
    bool user_namespace;
    bool root_mapped;         /* container root exists */
    bool network;             /* a network namespace is named */
    const char *network_path; /* the one to join, NULL: a new one */

    enum oci_machine machine; /* annotation pith.machine, else PITH_MACHINE */
    uint64_t memory;         /* the limit in bytes: the cgroup's, or pith.memory if less; 0: none */
    struct host_error wrong; /* what a unikernel cannot be given, "" if nothing: a traditional
                              * container does not care about our words */
};

/* Decodes a tree, which belongs to *spec from then on, even after a failure. -1 with a sentence.
 * A configuration without a process or without arguments decodes to program NULL: what that means,
 * the runtime says. oci_spec_free takes a zeroed struct too. */
int oci_spec_decode(struct oci_spec *spec, cJSON *tree, struct host_error *err);
void oci_spec_free(struct oci_spec *spec);

#endif
