/* Which objects are in the image for nothing but their own linker-set entries. See graph.h.
 *
 * An archive member that only unreachable code asked for is still linked; the linker drops
 * its functions, but keeps its entries, and through them what they refer to. So: walk from the
 * entry point and from the constructors, and take an entry only when something else of its
 * object was reached.
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
        if (w->graph->nodes[i].object == object && (w->graph->nodes[i].flags & NODE_OS_ENTRY))
            reach(w, i);
}

void graph_dead(const struct graph *graph, bool *dead)
{
    struct walk w = {.graph = graph};
    w.node = cc_alloc(graph->nnodes + 1);
    w.object = cc_alloc(graph->nobjects + 1);
    w.todo = cc_alloc((graph->nnodes + 1) * sizeof *w.todo);
    w.first = cc_alloc((graph->nnodes + 2) * sizeof *w.first);
    for (uint32_t i = 0, node = 0; node <= graph->nnodes; node++) {
        while (i < graph->nedges && graph->edges[i].from < node)
            i++;
        w.first[node] = i;
    }
    for (uint32_t i = 0; i < graph->nnodes; i++) {
        const struct node *node = &graph->nodes[i];
        enum object_kind kind = graph->objects[node->object].kind;
        /* Only members of libpith.a have entries of pith; all else is a root as the linker
         * found it worth keeping, which errs on the side of keeping. */
        if (i == graph->entry || (kind != OBJECT_OS && !(node->flags & NODE_OS_ENTRY)))
            reach(&w, i);
    }
    while (w.count) {
        uint32_t at = w.todo[--w.count];
        if (!(graph->nodes[at].flags & NODE_OS_ENTRY))
            reach_object(&w, graph->nodes[at].object);
        for (uint32_t i = w.first[at]; i < graph->nedges && graph->edges[i].from == at; i++)
            reach(&w, graph->edges[i].to);
    }
    for (uint32_t i = 0; i < graph->nnodes; i++)
        if ((graph->nodes[i].flags & NODE_OS_ENTRY) && !w.object[graph->nodes[i].object])
            dead[graph->nodes[i].object] = true;
}
