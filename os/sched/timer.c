/* Timers: a pairing heap (constant-time insertion, amortised logarithmic removal). A node's
 * `prev` is its left sibling, or its parent if it is the first child. */
#include "sched/timer.h"

static struct timer *root;

static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->when < a->when) {
        struct timer *t = a;
        a = b;
        b = t;
    }
    b->next = a->child;
    if (a->child)
        a->child->prev = b;
    b->prev = a;
    a->child = b;
    a->next = a->prev = NULL;
    return a;
}

/* Melds a list of siblings in two passes, pairwise and then from the last back. */
static struct timer *meld_children(struct timer *t)
{
    struct timer *pairs = NULL;
    while (t) {
        struct timer *a = t, *b = t->next;
        t = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    struct timer *all = NULL;
    while (pairs) {
        struct timer *next = pairs->next;
        pairs->next = NULL;
        all = meld(all, pairs);
        pairs = next;
    }
    return all;
}

void timer_cancel(struct timer *t)
{
    if (!t->set)
        return;
    t->set = false;
    struct timer *rest = meld_children(t->child);
    t->child = NULL;
    if (t == root) {
        root = rest;
        return;
    }
    if (t->prev->child == t)
        t->prev->child = t->next;
    else
        t->prev->next = t->next;
    if (t->next)
        t->next->prev = t->prev;
    root = meld(root, rest);
}

void timer_set(struct timer *t, nsec_t when, void (*fire)(struct timer *))
{
    timer_cancel(t);
    t->when = when;
    t->fire = fire;
    t->child = t->next = t->prev = NULL;
    t->set = true;
    root = meld(root, t);
}

nsec_t timer_next(void)
{
    return root ? root->when : NEVER;
}

void timer_run(nsec_t now)
{
    while (root && root->when <= now) {
        struct timer *t = root;
        timer_cancel(t);
        t->fire(t);
    }
}
