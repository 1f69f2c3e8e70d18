/* Buffers for paths. One stays, so that a walk allocates nothing as a rule; a second is in use
 * only while a symbolic link is read or another thread sleeps in a walk. */
#include "mem/alloc.h"
#include "vfs/path.h"

static char *spare;

char *name_get(void)
{
    char *buf = spare;
    spare = 0;
    return buf ? buf : mem_pages(1);
}

void name_put(char *buf)
{
    if (!buf)
        return;
    if (spare)
        mem_pages_free(buf, 1);
    else
        spare = buf;
}
