/* See calls.h. */
#include "cli/calls.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int is_missing(const struct why *why, const char *name)
{
    for (uint32_t i = 0; i < why->nmissing; i++)
        if (strcmp(why->missing[i], name) == 0)
            return 1;
    return 0;
}

static void sort_unique(struct calls *calls)
{
    uint32_t kept = 0;
    if (calls->count)
        qsort(calls->name, calls->count, sizeof *calls->name, by_name);
    for (uint32_t i = 0; i < calls->count; i++)
        if (!kept || strcmp(calls->name[kept - 1], calls->name[i]) != 0)
            calls->name[kept++] = calls->name[i];
    calls->count = kept;
}

/* The object with the table of all calls, there when the program makes calls by a number that is
 * only known at run time. WHY_NONE without it. */
static uint32_t table_object(const struct why *why)
{
    for (uint32_t i = 0; i < why->nsymbols; i++)
        if (strcmp(why->symbols[i].name, "pith_syscall") == 0)
            return why->nodes[why->symbols[i].node].object;
    return WHY_NONE;
}

void calls_find(const struct why *why, struct calls *inside, struct calls *missing)
{
    static const size_t prefix = sizeof CALLS_PREFIX - 1;
    inside->count = missing->count = 0;
    inside->name = calloc((size_t)why->nedges + 1, sizeof *inside->name);
    missing->name = calloc((size_t)why->nmissing + 1, sizeof *missing->name);
    if (!inside->name || !missing->name)
        return;
    uint32_t table = table_object(why);
    for (uint32_t n = 0; n < why->nnodes; n++) {
        const struct why_node *node = &why->nodes[n];
        if (why->objects[node->object].kind == WHY_OS && node->object != table)
            continue;
        for (uint32_t e = node->first; e < node->first + node->edges; e++) {
            const char *symbol = why->edges[e].symbol;
            if (strcmp(symbol, CALLS_CLONE) == 0)
                inside->name[inside->count++] = "clone";
            if (strncmp(symbol, CALLS_PREFIX, prefix) == 0 && !is_missing(why, symbol + prefix))
                inside->name[inside->count++] = symbol + prefix;
        }
    }
    for (uint32_t i = 0; i < why->nmissing; i++)
        missing->name[missing->count++] = why->missing[i];
    sort_unique(inside);
    sort_unique(missing);
}

void calls_free(struct calls *calls)
{
    free(calls->name);
    calls->name = NULL;
    calls->count = 0;
}
