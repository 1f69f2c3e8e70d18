/* JSON for the runtime: cJSON (third_party/cjson), and strict ways to ask it.
 *
 * Rules
 *  - A text is read once and bounded; it is refused if it is no JSON, is nested too deeply, has
 *    anything behind the value, or a string with \u0000, which C would cut.
 *  - A member is asked for with the type it must have. null counts as absent, as in the runtimes
 *    written in Go. Of two members of one name, runtimes differ in which they take: refused.
 *  - Numbers keep the text they were read from; oci_json_u64 takes whole ones alone.
 * int results: 0, or -1 with the reason in *err.
 */
#ifndef OCI_JSON_H
#define OCI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cJSON.h>

#include "host/error.h"

/* The file at `path` (from directory `at`), at most `max` bytes, ended with NUL (not counted). The
 * caller frees *text. */
int oci_json_file(int at, const char *path, size_t max, char **text, size_t *size,
                  struct host_error *err);

/* `what` is for sentences ("config.json"). The caller deletes *tree. */
int oci_json_parse(const char *what, const char *text, size_t size, cJSON **tree,
                   struct host_error *err);

/* Member `name` of `object`; *member is NULL if it is absent, or `object` is NULL. `type` is
 * cJSON_Object, cJSON_Array, cJSON_String, cJSON_Number or cJSON_True (for both bools). `where` is
 * the object's name for sentences, ending with a dot or empty. */
int oci_json_member(const cJSON *object, const char *where, const char *name, int type,
                    cJSON **member, struct host_error *err);

/* A number in whole, 0 to 2^64-1; with `below` a negative one is taken and *negative set. */
int oci_json_u64(const cJSON *number, const char *what, uint64_t *value, bool *negative,
                 struct host_error *err);

#endif
