/* Telling the engine why: one sentence into its log and on stderr, as runc does. */
#ifndef OCI_SAY_H
#define OCI_SAY_H

#include "oci/call.h"

/* Writes the sentence in the format the engine asked for; 1, runc's status for every refusal.
 * Engines make 125, 126 or 127 of it by what the sentence says. */
int oci_refuse(const struct oci_call *call, const char *sentence);

/* The same as a warning: into the log alone (on stderr if there is none). */
void oci_warn(const struct oci_call *call, const char *sentence);

#endif
