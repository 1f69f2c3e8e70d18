/* The changed configuration, where the runtime reads it and nobody else sees it. */
#ifndef OCI_COVER_H
#define OCI_COVER_H

#include <stddef.h>

#include "host/error.h"

/* Gives this process a mount namespace of its own and lays `text` over the file `name` of the
 * folder `bundle`. What is mounted on the host later still shows here; nothing that happens here
 * shows on the host. -1 with a sentence. */
int oci_cover(const char *bundle, const char *name, const char *text, size_t size,
              struct host_error *err);

#endif
