/* Handing over to runc. */
#ifndef OCI_RUNTIME_H
#define OCI_RUNTIME_H

#include "oci/call.h"

/* Executes the runtime with the call's arguments. Returns only if that fails: the status. */
int oci_runtime(const struct oci_call *call);

/* The file `name` beside this program: -1 if it is not there or cannot be executed. */
int oci_beside(const char *name, char *path, unsigned long size);

#endif
