/* Capabilities by name and number. */
#ifndef OCI_CAPS_H
#define OCI_CAPS_H

#include <stdint.h>

/* "CAP_NET_RAW" -> 13; -1 for a name nobody knows (yet). Case does not matter, as in runc. */
int oci_cap_number(const char *name);

/* The names of those the monitor needs until it has set itself up; ends with NULL. */
extern const char *const oci_caps_monitor[];

/* And one that it can do without: its filter in front of the interfaces is faster with it. */
#define OCI_CAP_BPF "CAP_BPF"

#endif
