/* See warn.h. */
#include "cc/warn.h"

#include <stdlib.h>
#include <string.h>

/* Functions of the C library that need a second process. When the library OS learns to make one,
 * this list shrinks. */
static const char *const functions[] = {
    "fork",    "_Fork",  "vfork",   "forkpty", "daemon",      "execve",
    "execv",   "execvp", "execvpe", "execl",   "execle",      "execlp",
    "fexecve", "system", "popen",   "wordexp", "posix_spawn", "posix_spawnp",
};

void warn_calls(const struct graph *graph)
{
    enum { COUNT = sizeof functions / sizeof *functions };
    bool *said = cc_alloc(((size_t)graph->nobjects * COUNT + 1) * sizeof *said);
    for (uint32_t i = 0; i < graph->nedges; i++) {
        const struct edge *e = &graph->edges[i];
        uint32_t from = graph->nodes[e->from].object;
        const struct object *caller = &graph->objects[from];
        if ((caller->kind != OBJECT_PROGRAM && caller->kind != OBJECT_LIBRARY) ||
            graph->objects[graph->nodes[e->to].object].kind != OBJECT_LIBC)
            continue;
        for (size_t f = 0; f < COUNT; f++) {
            if (strcmp(e->symbol, functions[f]) != 0 || said[from * COUNT + f])
                continue;
            said[from * COUNT + f] = true;
            const char *library = caller->library;
            cc_warn("%s%s%s%s calls %s, which fails with ENOSYS in the unikernel: it runs one "
                    "process",
                    library, *library ? "(" : "", caller->name, *library ? ")" : "", functions[f]);
        }
    }
}
