/* The home directory that runc would give a program whose environment names none. */
#ifndef OCI_HOME_H
#define OCI_HOME_H

#include <stddef.h>

#include "oci/spec.h"

/* That of the user in the container's /etc/passwd, "/" if it is not named there. False: it does not
 * fit. (runc sets it itself, for the user it knows of, which for a unikernel is root.) */
bool oci_home(const struct oci_spec *spec, int bundle, char *home, size_t size);

#endif
