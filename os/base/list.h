/* Doubly linked lists with a head, the nodes inside their owners. An unlinked node points to
 * itself; list_del leaves it so, and deleting twice is harmless. */
#ifndef PITH_BASE_LIST_H
#define PITH_BASE_LIST_H

#include "base/types.h"

struct list {
    struct list *next, *prev;
};
#define LIST_INIT(name)                                                                            \
    {                                                                                              \
        &(name), &(name)                                                                           \
    }

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}
/* Puts n before `at`: at the end, if `at` is the head. */
static inline void list_add_tail(struct list *at, struct list *n)
{
    n->next = at;
    n->prev = at->prev;
    at->prev->next = n;
    at->prev = n;
}
static inline void list_add(struct list *at, struct list *n)
{
    list_add_tail(at->next, n);
}
static inline void list_del(struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->next = n->prev = n;
}
#define list_entry(p, type, member) container_of(p, type, member)
#define list_first(l, type, member) list_entry((l)->next, type, member)
#define list_foreach(it, l) for (struct list *it = (l)->next; it != (l); it = it->next)
/* Safe against deletion of `it`. */
#define list_foreach_safe(it, l)                                                                   \
    for (struct list *it = (l)->next, *it##_next = it->next; it != (l);                            \
         it = it##_next, it##_next = it->next)

#endif
