/* The commands that pith-oci looks into, one a file; each ends in runc or with a sentence, and
 * returns the exit status of the latter. */
#ifndef OCI_COMMANDS_H
#define OCI_COMMANDS_H

#include "oci/call.h"

int oci_create(struct oci_call *call);     /* create, run */
int oci_exec(struct oci_call *call);       /* exec */
int oci_checkpoint(struct oci_call *call); /* checkpoint */
int oci_install(int argc, char **argv);    /* install: our own */

/* Is the container `call->id` one of a unikernel that runs? Where that cannot be found out: no. */
bool oci_runs_unikernel(const struct oci_call *call);

#endif
