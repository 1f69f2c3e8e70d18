/* What the engine asks: the command line, understood as far as the runtime needs to.
 *
 * runc and crun share their options but for a few; both spellings of all of them are known here,
 * and an option that is unknown is taken for one without a value. Nothing is refused: what is
 * wrong with a command line, runc says. The strings are those of argv.
 */
#ifndef OCI_CALL_H
#define OCI_CALL_H

#include <stdbool.h>

struct oci_call {
    int argc;
    char **argv; /* without the options that are ours (--pith-...); ends with NULL */
    char *name;  /* argv[0] as we were called */

    const char *runtime; /* --pith-runtime; NULL: runc, or crun if there is no runc */
    const char *root;    /* --root, NULL: the runtime's default */
    const char *log;     /* --log, NULL: none */
    bool log_json;

    const char *command; /* "create", ...; NULL: none */
    int command_at;      /* its place in argv */
    const char *bundle;  /* -b of create and run; NULL: the working directory */
    const char *config;  /* crun's -f: another name for config.json */
    const char *process; /* -p of exec; NULL: none */
    int process_at;      /* the argument that ends with it */
    const char *id;      /* the container: the first word behind the command; NULL: none */
    int id_at;           /* its place in argv */
};

/* Reads argv, which must stay. False if memory is short. */
bool oci_call_read(struct oci_call *call, int argc, char **argv);

#endif
