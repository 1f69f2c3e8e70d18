/* Child processes and the temporary folder of one link.
 *
 * The folder is made at the first run_temp, holds plain files only, and is removed by run_clean:
 * at the end, by cc_fail, and when SIGINT, SIGTERM, SIGHUP or SIGQUIT ends the link (children
 * get that signal too). Each pith-cc has a folder of its own, so links in parallel do not meet.
 */
#ifndef CC_RUN_H
#define CC_RUN_H

#include "cc/cc.h"

#include <sys/types.h>

/* The path of file `name` in the temporary folder. */
char *run_temp(const char *name);
void run_clean(void);

/* Starts argv[0] (looked up in PATH), stderr to the file `errors` unless that is NULL. */
pid_t run_start(char **argv, const char *errors);
/* Its exit status; 128 + n for signal n. */
int run_wait(pid_t child);

/* The first line `argv` prints on stdout, without the newline; NULL if it fails. */
char *run_line(char **argv);

/* Full path of a program in PATH, or NULL. */
char *run_find(const char *name);

#endif
