/* The monitor as the command line sees it: one call runs one guest.
 *
 * mon_start prepares everything, and returns only if that fails, with the sentence to print.
 * From the first guest instruction on, the process ends as the guest does: with its exit status
 * or, killed by a signal, by that signal (so that a shell shows 128+n).
 */
#ifndef MON_MONITOR_H
#define MON_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "host/error.h"
#include "mount_options.h"
#include "net_options.h"

/* Moments for --time. */
enum mon_stamp { MON_AT_START, MON_AT_READY, MON_AT_ENTRY, MON_AT_MAIN, MON_AT_EXIT, MON_STAMPS };

struct mon_machine;

/* The run is the first process of a container: made by its root, who becomes this user before the
 * guest runs (docs/containers.md). */
#define MON_GROUPS 64
struct mon_container {
    uint32_t uid, gid;
    unsigned ngroups;
    uint32_t groups[MON_GROUPS];
    uint64_t capabilities;  /* those the program would have had; few of them are kept */
    uint64_t limit;         /* of the memory of all that is in the container, 0 = none */
    const uint64_t *barred; /* fs.h: of its root, 0 ends them */
};

struct mon_options {
    const char *program;
    int argc;
    char **argv;           /* argv[0] is the program's name; ends with NULL */
    char **env;            /* ends with NULL */
    const char *directory; /* -w: the guest's working directory, NULL = ours */
    const char *core;      /* --core: file to write when the guest is killed, NULL = none */
    uint64_t memory;       /* -m in bytes */
    const struct mon_machine *machine;      /* --on, NULL = kvm where it works, else process */
    const struct mon_net_options *net;      /* NULL = the default */
    const struct mon_mount_options *mounts; /* NULL = none */
    const struct mon_container *container;  /* NULL = not in one */
    const char *control;                    /* --control: where its socket is made, NULL = none */
    bool time;                              /* --time: print the moments on stderr at the end */
    uint64_t started;                       /* with `time`: mono ns when the run began */
    bool stats; /* --stats: print what it has cost in exits and requests on stderr at the end */
};

/* The machine of this name, or NULL. */
const struct mon_machine *mon_machine_named(const char *name);

/* Returns -1, or MON_REFUSED: the program could run, but not with the network that was asked for.
 */
#define MON_REFUSED (-2)
int mon_start(const struct mon_options *options, struct host_error *err);

#endif
