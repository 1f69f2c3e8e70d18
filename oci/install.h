/* `pith-oci install`: making an engine know the runtime.
 *
 * Each engine has one configuration file and one function that changes its text; what is not about
 * this runtime stays byte for byte. The rest, showing, asking, keeping a copy, is shared.
 */
#ifndef OCI_INSTALL_H
#define OCI_INSTALL_H

#include <stdbool.h>

#include "host/error.h"

#define OCI_RUNTIME_NAME "pith"

/* What an engine's function gets and gives. */
struct oci_edit {
    const char *old;     /* the file's text, NULL: there is no file */
    const char *runtime; /* path of pith-oci */
    bool undo;
    char *text;       /* the new text, malloc'ed, or NULL: nothing is to be changed */
    bool empty;       /* nothing of anybody is left in it: a file we made can go */
    const char *note; /* one more sentence for the user, or NULL */
};

struct oci_engine {
    const char *name;
    const char *file;              /* below --root */
    const char *const programs[4]; /* the engine is there if one of these is */
    int (*edit)(struct oci_edit *edit, struct host_error *err);
    const char *then; /* what makes it read the file */
};

int oci_install_docker(struct oci_edit *edit, struct host_error *err);
int oci_install_podman(struct oci_edit *edit, struct host_error *err);
int oci_install_containerd(struct oci_edit *edit, struct host_error *err);

/* Changes one engine's file: 0 done or nothing to do, 1 not done, with a line that says why. */
int oci_install_file(const struct oci_engine *engine, const char *root, const char *runtime,
                     bool undo, bool yes);

/* A new text: `text` with bytes from..to replaced by what the format makes. NULL: no memory. */
char *oci_splice(const char *text, unsigned long from, unsigned long to, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Frees a text and forgets it. */
void oci_drop(char **text);

#endif
