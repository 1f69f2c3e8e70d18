/* The treap of mem/range.h. Priorities come from a xorshift generator: the order of insertion is
 * the program's, the shape of the tree is not. */
#include "mem/range.h"

static u64 next_priority(void)
{
    static u64 state = 0x9e3779b97f4a7c15ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void update(struct range *n)
{
    n->lo = n->start;
    n->hi = n->end;
    n->gap = 0;
    n->biggest = n->end - n->start;
    if (n->left) {
        n->lo = n->left->lo;
        n->gap = MAX(n->left->gap, n->start - n->left->hi);
        n->biggest = MAX(n->biggest, n->left->biggest);
    }
    if (n->right) {
        n->hi = n->right->hi;
        n->gap = MAX(n->gap, MAX(n->right->gap, n->right->lo - n->end));
        n->biggest = MAX(n->biggest, n->right->biggest);
    }
}

/* Splits into ranges before and from key on. */
static void split(struct range *t, u64 key, struct range **below, struct range **above)
{
    if (!t) {
        *below = *above = NULL;
        return;
    }
    if (t->start < key) {
        split(t->right, key, &t->right, above);
        *below = t;
    } else {
        split(t->left, key, below, &t->left);
        *above = t;
    }
    update(t);
}

static struct range *merge(struct range *a, struct range *b)
{
    if (!a || !b)
        return a ? a : b;
    if (a->priority > b->priority) {
        a->right = merge(a->right, b);
        update(a);
        return a;
    }
    b->left = merge(a, b->left);
    update(b);
    return b;
}

void range_insert(struct range **root, struct range *n)
{
    struct range *below, *above;
    n->left = n->right = NULL;
    n->priority = next_priority();
    update(n);
    if (!*root) {
        *root = n;
        return;
    }
    split(*root, n->start, &below, &above);
    *root = merge(merge(below, n), above);
}

static struct range *without(struct range *t, struct range *n)
{
    ASSERT(t);
    if (t == n)
        return merge(t->left, t->right);
    if (n->start < t->start)
        t->left = without(t->left, n);
    else
        t->right = without(t->right, n);
    update(t);
    return t;
}

void range_remove(struct range **root, struct range *n)
{
    *root = without(*root, n);
}

static void update_path(struct range *t, struct range *n)
{
    if (t != n)
        update_path(n->start < t->start ? t->left : t->right, n);
    update(t);
}

void range_resize(struct range **root, struct range *n, u64 start, u64 end)
{
    n->start = start;
    n->end = end;
    update_path(*root, n);
}

struct range *range_find(struct range *t, u64 addr)
{
    struct range *best = NULL;
    while (t) {
        if (t->end > addr) {
            best = t;
            t = t->left;
        } else {
            t = t->right;
        }
    }
    return best;
}

struct range *range_before(struct range *t, u64 addr)
{
    struct range *best = NULL;
    while (t) {
        if (t->start < addr) {
            best = t;
            t = t->right;
        } else {
            t = t->left;
        }
    }
    return best;
}

struct range *range_first_fit(struct range *t, u64 len)
{
    while (t && t->biggest >= len) {
        if (t->left && t->left->biggest >= len)
            t = t->left;
        else if (t->end - t->start >= len)
            return t;
        else
            t = t->right;
    }
    return NULL;
}

/* The lowest hole inside the subtree's own bounds, from lo on; 0 if there is none. Subtrees whose
 * largest gap is too small are passed over; those below lo are left by their bounds. */
static u64 gap_within(struct range *t, u64 lo, u64 len)
{
    if (!t || t->gap < len || t->hi <= lo)
        return 0;
    u64 found = gap_within(t->left, lo, len);
    if (found)
        return found;
    if (t->left) {
        u64 from = MAX(t->left->hi, lo);
        if (t->start >= from && t->start - from >= len)
            return from;
    }
    if (t->right) {
        u64 from = MAX(t->end, lo);
        if (t->right->lo >= from && t->right->lo - from >= len)
            return from;
    }
    return gap_within(t->right, lo, len);
}

u64 range_find_gap(struct range *root, u64 lo, u64 hi, u64 len)
{
    u64 found;
    if (!root || root->lo >= lo + len)
        found = lo;
    else if (!(found = gap_within(root, lo, len)))
        found = MAX(root->hi, lo);
    return found + len <= hi && found + len > found ? found : 0;
}
