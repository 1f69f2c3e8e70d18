/* What the container tests run inside: one program with a verb for each question.
 *
 * A verb gets what follows it (words[0..count-1]) and returns the exit status; what it prints is
 * the same whichever way the program runs, unless a row of the table says what differs. Errors
 * are printed by name ("ENOENT"), so that rows can compare them.
 */
#ifndef PROBE_H
#define PROBE_H

struct verb {
    const char *name;
    int (*run)(int count, char **words);
};

extern const struct verb file_verbs[], net_verbs[], process_verbs[]; /* each ends with {0} */

/* Prints "WHAT: ERRNO" for the current errno; returns 1. */
int probe_failed(const char *what);

#endif
