/* Which members of libpith.a are in the link and should not be. See graph.h.
 *
 * An archive member that only unreachable code asked for is still linked. The linker drops its
 * functions, but keeps its linker-set entries and what live code refers to weakly, and
 * through them all they refer to. So: walk from what the linker kept of the program and its
 * libraries and from the entry point, along strong references; take an entry only when something
 * else of its object was reached, and a weak reference only when its target's object was.
 */
#include "cc/graph.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    const struct graph *graph;
    bool *node, *object;
    uint32_t *todo;
    uint32_t count;
    uint32_t *first; /* first edge of each node */
};

static void reach(struct walk *w, uint32_t node)
{
    if (w->node[node])
        return;
    w->node[node] = true;
    w->todo[w->count++] = node;
}

/* The object was reached: its entries follow. */
static void reach_object(struct walk *w, uint32_t object)
{
    if (w->object[object])
        return;
    w->object[object] = true;
    for (uint32_t i = 0; i < w->graph->nnodes; i++)
        if (w->graph->nodes[i].object == object && (w->graph->nodes[i].flags & NODE_ENTRY))
            reach(w, i);
}

static bool is_root(const struct graph *graph, uint32_t i)
{
    const struct node *node = &graph->nodes[i];
    const struct object *object = &graph->objects[node->object];
    if (object->kind == OBJECT_OS)
        return i == graph->entry || !*object->library; /* its own objects are always linked */
    return object->kind != OBJECT_MERGED && object->kind != OBJECT_LINKER;
}

static void follow(struct walk *w)
{
    while (w->count) {
        uint32_t at = w->todo[--w->count];
        reach_object(w, w->graph->nodes[at].object);
        for (uint32_t i = w->first[at]; i < w->first[at + 1]; i++)
            if (!w->graph->edges[i].weak)
                reach(w, w->graph->edges[i].to);
    }
}

/* Weak references that are bound because their target is linked anyway; false if there are no
 * more. */
static bool follow_weak(struct walk *w)
{
    for (uint32_t i = 0; i < w->graph->nedges; i++) {
        const struct edge *e = &w->graph->edges[i];
        if (e->weak && w->node[e->from] && w->object[w->graph->nodes[e->to].object])
            reach(w, e->to);
    }
    return w->count > 0;
}

uint32_t graph_dead(const struct graph *graph, bool *dead)
{
    struct walk w = {.graph = graph};
    w.node = cc_alloc((size_t)graph->nnodes + 1);
    w.object = cc_alloc((size_t)graph->nobjects + 1);
    w.todo = cc_alloc(((size_t)graph->nnodes + 1) * sizeof *w.todo);
    w.first = cc_alloc(((size_t)graph->nnodes + 2) * sizeof *w.first);
    for (uint32_t i = 0, node = 0; node <= graph->nnodes; node++) {
        while (i < graph->nedges && graph->edges[i].from < node)
            i++;
        w.first[node] = i;
    }
    for (uint32_t i = 0; i < graph->nnodes; i++)
        if (is_root(graph, i))
            reach(&w, i);
    do
        follow(&w);
    while (follow_weak(&w));
    uint32_t count = 0;
    for (uint32_t i = 0; i < graph->nobjects; i++) {
        const struct object *object = &graph->objects[i];
        dead[i] = object->kind == OBJECT_OS && *object->library && !w.object[i];
        count += dead[i];
    }
    return count;
}
