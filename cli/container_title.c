/* The command line that ps, top and the engines' `top` show is the program's, not the monitor's.
 *
 * It stands in the memory of the process that the kernel filled at exec, from argv[0] to the end of
 * the last argument. Where its last byte is not zero, the kernel takes what is written there for a
 * title and shows it up to the first zero. The words stand apart by spaces, as ps shows them.
 */
#include "cli/container.h"

#include <string.h>
#include <sys/prctl.h>

void container_title(int argc, char **argv, int titles, char *const *title)
{
    char *at = argv[0], *end = argv[argc - 1] + strlen(argv[argc - 1]);
    const char *name = strrchr(title[0], '/');
    prctl(PR_SET_NAME, name ? name + 1 : title[0], 0, 0, 0);
    for (int i = 1; i < argc; i++)
        if (argv[i] != argv[i - 1] + strlen(argv[i - 1]) + 1)
            return; /* somebody has moved them */
    memset(at, 0, (size_t)(end - at));
    for (int i = 0; i < titles; i++) {
        size_t n = strlen(title[i]), room = (size_t)(end - at);
        if (n + 1 > room)
            n = room ? room - 1 : 0;
        memcpy(at, title[i], n);
        at += n;
        if (i + 1 < titles && at < end - 1)
            *at++ = ' ';
    }
    *end = '.'; /* which nobody sees */
}
