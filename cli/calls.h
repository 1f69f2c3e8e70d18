/* The system calls of a program, from the record of its link. */
#ifndef CLI_CALLS_H
#define CLI_CALLS_H

#include "host/why.h"

#define CALLS_PREFIX "pith_sys_"
#define CALLS_CLONE "pith_clone" /* the C library's one call that is not made by number */

/* Names without the prefix, sorted, each once. They live as long as the record. */
struct calls {
    const char **name;
    uint32_t count;
};

/* `inside`: calls that code outside the library OS refers to and that the image has. `missing`:
 * those that answer ENOSYS. An empty record gives empty lists; so does running out of memory. */
void calls_find(const struct why *why, struct calls *inside, struct calls *missing);
void calls_free(struct calls *calls);

#endif
