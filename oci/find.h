/* Finding files of a container before it exists, as its first process would see them.
 *
 * Paths are walked one name at a time through the bundle's root file system and the bind mounts
 * laid over it, symbolic links included: absolute ones begin at the container's root, and `..`
 * never leaves it. What the walk opens, it opens beneath a descriptor and without following links,
 * so that nobody who changes the tree meanwhile leads it out. Where another kind of file system
 * will be mounted there is nothing yet.
 */
#ifndef OCI_FIND_H
#define OCI_FIND_H

#include "oci/limits.h"
#include "oci/spec.h"

struct oci_found {
    int fd;                  /* O_PATH, close-on-exec; -1: nothing */
    char path[OCI_PATH_MAX]; /* in the container, without symbolic links */
};

/* The file `path` (relative to the root if it does not begin with a slash). `bundle`: a descriptor
 * of the bundle's folder. 0, or -1 with errno. */
int oci_find(const struct oci_spec *spec, int bundle, const char *path, struct oci_found *found);

/* The program, as execvp in the container would find it: by PATH or as a path from cwd. `path` of
 * *found is the way the program is called by then, symbolic links included. -1 with errno: ENOENT,
 * or EACCES where there is one that its user may not execute. */
int oci_find_program(const struct oci_spec *spec, int bundle, struct oci_found *found);

#endif
