/* The two command lines of one link: the Linux half and the guest half.
 *
 * Both get the user's objects and libraries in the user's order. Folders and libraries that the
 * compiler adds for the machine are replaced: the search path is the user's, then that half's own
 * folder in lib/pith; start files, libc and libgcc are named by their full path. In the guest
 * half libpith.a joins libc and libgcc in one group.
 */
#ifndef CC_HALVES_H
#define CC_HALVES_H

#include "cc/ldargs.h"

/* The path of the real GNU ld. */
const char *halves_ld(void);

void halves_linux(const struct ld_args *args, const char *output, struct cc_list *command);

struct halves_guest {
    const char *output, *map, *script;
    const char *os;       /* libpith.a or a part of it */
    const char *embedded; /* object with the embedded files, or NULL */
    bool unwind;          /* keep the tables that unwinding the stack needs */
};
void halves_guest(const struct ld_args *args, const struct halves_guest *guest,
                  struct cc_list *command);

#endif
