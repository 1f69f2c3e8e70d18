/* Finds what a name means, and the shortest chain of references to it. See chain.h.
 *
 * A breadth-first search from the program's own code; if that does not lead there, from the
 * entry point as well, and last along weak references too. Linker-set entries, notes and
 * constructors follow from any other piece of their object at no cost of a step of its own.
 */
#include "cli/chain.h"

#include "cli/calls.h"
#include "cli/subsystems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a name means ---------------------------------------------------------------------*/

static bool mark_symbol(const struct why *why, const char *name, bool *node, const char **found)
{
    bool any = false;
    for (uint32_t i = 0; i < why->nsymbols; i++)
        if (strcmp(why->symbols[i].name, name) == 0) {
            node[why->symbols[i].node] = any = true;
            *found = why->symbols[i].name;
        }
    return any;
}

static bool object_fits(const struct why_object *o, const char *name, enum chain_what what)
{
    if (what == CHAIN_SUBSYSTEM)
        return subsystem_has(name, o);
    if (what == CHAIN_LIBRARY)
        return *name && strcmp(o->library, name) == 0;
    size_t size = strlen(name), library = strlen(o->library);
    const char *last = strrchr(o->name, '/');
    last = last ? last + 1 : o->name;
    if (strcmp(o->name, name) == 0 || strcmp(last, name) == 0)
        return true;
    if (strncmp(last, name, size) == 0 && strcmp(last + size, ".o") == 0)
        return true;
    return library && strncmp(name, o->library, library) == 0 && name[library] == '(' &&
           strncmp(name + library + 1, o->name, strlen(o->name)) == 0 &&
           strcmp(name + library + 1 + strlen(o->name), ")") == 0;
}

static bool mark_objects(const struct why *why, const char *name, enum chain_what what, bool *node)
{
    bool any = false;
    for (uint32_t i = 0; i < why->nnodes; i++)
        if (object_fits(&why->objects[why->nodes[i].object], name, what))
            node[i] = any = true;
    return any;
}

static bool mark(const struct why *why, const char *name, enum chain_what what,
                 struct chain_target *target)
{
    char full[256];
    target->what = what;
    target->name = name;
    if (what == CHAIN_SYMBOL) {
        if (mark_symbol(why, name, target->node, &target->name))
            return true;
        snprintf(full, sizeof full, "pith_%s", name); /* of the library OS */
        return mark_symbol(why, full, target->node, &target->name);
    }
    if (what != CHAIN_CALL)
        return mark_objects(why, name, what, target->node);
    if (strcmp(name, "clone") == 0)
        return mark_symbol(why, CALLS_CLONE, target->node, &target->name);
    snprintf(full, sizeof full, "%s%s", CALLS_PREFIX, name);
    if (!mark_symbol(why, full, target->node, &target->name))
        return false;
    for (uint32_t i = 0; i < why->nmissing; i++)
        target->enosys |= strcmp(why->missing[i], name) == 0;
    /* A stand-in is defined for every call; what counts is that something refers to it. */
    for (uint32_t i = 0; i < why->nedges; i++)
        if (target->node[why->edges[i].to] && strcmp(why->edges[i].symbol, full) == 0)
            return true;
    for (uint32_t i = 0; i < why->nnodes; i++)
        if (target->node[i] && strcmp(why->nodes[i].input, ".text.pith_enosys") != 0)
            return true;
    return false;
}

int chain_target(const struct why *why, const char *name, struct chain_target *target)
{
    static const char *const prefix[] = {"symbol:", "call:", "subsystem:", "object:", "library:"};
    memset(target, 0, sizeof *target);
    target->node = calloc((size_t)why->nnodes + 1, sizeof *target->node);
    if (!target->node)
        return -1;
    if (strncmp(name, CALLS_PREFIX, sizeof CALLS_PREFIX - 1) == 0)
        return mark(why, name + sizeof CALLS_PREFIX - 1, CHAIN_CALL, target) ? 0 : 1;
    for (int what = CHAIN_SYMBOL; what <= CHAIN_LIBRARY; what++) {
        size_t size = strlen(prefix[what]);
        if (strncmp(name, prefix[what], size) == 0)
            return mark(why, name + size, (enum chain_what)what, target) ? 0 : 1;
    }
    for (int what = CHAIN_SYMBOL; what <= CHAIN_LIBRARY; what++) {
        memset(target->node, 0, why->nnodes);
        if (mark(why, name, (enum chain_what)what, target))
            return 0;
    }
    return 1;
}

/* ---- the search ----------------------------------------------------------------------------*/

struct search {
    const struct why *why;
    const struct chain_target *target;
    uint32_t *from; /* node before, or the node itself for a root; WHY_NONE: not reached */
    uint32_t *edge; /* edge taken, WHY_NONE if none */
    uint32_t *queue;
    bool *object;                       /* its entries are in the queue */
    uint32_t *entry_next, *entry_first; /* entries of each object */
    uint32_t head, tail;
    bool weak;
};

static void reach(struct search *s, uint32_t node, uint32_t from, uint32_t edge)
{
    if (s->from[node] != WHY_NONE)
        return;
    s->from[node] = from;
    s->edge[node] = edge;
    s->queue[s->tail++] = node;
}

/* For a symbol in a node with several, only a reference by that name counts. */
static bool hits(const struct search *s, const struct why_edge *edge)
{
    if (!s->target->node[edge->to])
        return false;
    return !s->target->enosys || strcmp(edge->symbol, s->target->name) == 0;
}

/* One round; the node where the target was found, or WHY_NONE. */
static uint32_t search(struct search *s)
{
    const struct why *why = s->why;
    while (s->head < s->tail) {
        uint32_t at = s->queue[s->head++];
        const struct why_node *node = &why->nodes[at];
        if (s->target->node[at] && !s->target->enosys)
            return at;
        for (uint32_t e = node->first; e < node->first + node->edges; e++) {
            const struct why_edge *edge = &why->edges[e];
            if ((edge->flags & WHY_WEAK) && !s->weak)
                continue;
            if (s->target->enosys && hits(s, edge)) {
                s->from[edge->to] = at;
                s->edge[edge->to] = e;
                return edge->to;
            }
            reach(s, edge->to, at, e);
        }
        uint32_t kind = why->objects[node->object].kind;
        if (!s->object[node->object] && kind != WHY_MERGED && kind != WHY_LINKER) {
            s->object[node->object] = true;
            for (uint32_t n = s->entry_first[node->object]; n != WHY_NONE; n = s->entry_next[n])
                reach(s, n, at, WHY_NONE);
        }
    }
    return WHY_NONE;
}

static void roots(struct search *s, enum chain_root root)
{
    const struct why *why = s->why;
    s->head = s->tail = 0;
    s->weak = root >= CHAIN_FROM_WEAK;
    memset(s->object, 0, why->nobjects);
    for (uint32_t i = 0; i < why->nnodes; i++)
        s->from[i] = WHY_NONE;
    for (uint32_t i = 0; i < why->nnodes; i++) {
        uint32_t kind = why->objects[why->nodes[i].object].kind;
        bool own = kind == WHY_PROGRAM || kind == WHY_EMBED;
        bool start = root >= CHAIN_FROM_START && i == why->entry;
        if (own || start || root == CHAIN_FROM_NOTHING)
            reach(s, i, i, WHY_NONE);
    }
}

static int unwind(const struct search *s, uint32_t at, struct chain *chain)
{
    chain->count = 1;
    for (uint32_t n = at; s->from[n] != n; n = s->from[n])
        chain->count++;
    chain->steps = calloc(chain->count, sizeof *chain->steps);
    if (!chain->steps)
        return -1;
    for (uint32_t i = chain->count; i--; at = s->from[at]) {
        struct chain_step *step = &chain->steps[i];
        const struct why_edge *edge = s->edge[at] == WHY_NONE ? NULL : &s->why->edges[s->edge[at]];
        step->node = at;
        step->symbol = edge ? edge->symbol : NULL;
        step->weak = edge && (edge->flags & WHY_WEAK);
        step->entry = !edge && i > 0;
    }
    return 0;
}

int chain_find(const struct why *why, const struct chain_target *target, struct chain *chain)
{
    struct search s = {.why = why, .target = target};
    size_t nodes = (size_t)why->nnodes + 1, objects = (size_t)why->nobjects + 1;
    int result = -1;
    memset(chain, 0, sizeof *chain);
    s.from = calloc(nodes, sizeof *s.from);
    s.edge = calloc(nodes, sizeof *s.edge);
    s.queue = calloc(nodes, sizeof *s.queue);
    s.object = calloc(objects, sizeof *s.object);
    s.entry_next = calloc(nodes, sizeof *s.entry_next);
    s.entry_first = calloc(objects, sizeof *s.entry_first);
    if (s.from && s.edge && s.queue && s.object && s.entry_next && s.entry_first) {
        memset(s.entry_first, 0xff, objects * sizeof *s.entry_first);
        for (uint32_t i = why->nnodes; i--;)
            if (why->nodes[i].flags & WHY_ENTRY) {
                s.entry_next[i] = s.entry_first[why->nodes[i].object];
                s.entry_first[why->nodes[i].object] = i;
            }
        uint32_t at = WHY_NONE;
        for (int root = CHAIN_FROM_PROGRAM; root <= CHAIN_FROM_NOTHING && at == WHY_NONE; root++) {
            chain->root = (enum chain_root)root;
            roots(&s, chain->root);
            at = search(&s);
        }
        result = at == WHY_NONE ? 1 : unwind(&s, at, chain);
    }
    free(s.from);
    free(s.edge);
    free(s.queue);
    free(s.object);
    free(s.entry_next);
    free(s.entry_first);
    return result;
}

void chain_free(struct chain_target *target, struct chain *chain)
{
    free(target->node);
    free(chain->steps);
}
