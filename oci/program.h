/* Is a file a pith program, and can this pith serve it? */
#ifndef OCI_PROGRAM_H
#define OCI_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "host/error.h"

struct oci_program {
    bool pith;       /* it carries a unikernel */
    bool network;    /* which drives a network device */
    uint64_t memory; /* bytes below which it cannot start */
};

/* Looks into the file behind descriptor `fd` (O_PATH will do). What is no pith program, or cannot
 * be read, is none: 0, and the runtime deals with it. -1 with a sentence about `name`: it is one,
 * and damaged or of another ABI. */
int oci_program_look(int fd, const char *name, struct oci_program *program, struct host_error *err);

#endif
