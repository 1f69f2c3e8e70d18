/* Ordered, disjoint address ranges in a treap, with what finding room needs: each node knows of
 * its subtree the bounds, the largest gap between ranges and the largest range.
 *
 * The node lies inside its owner. Keys (start, end) may be changed by the owner only through
 * range_remove and range_insert, or range_resize. Depth is logarithmic in expectation;
 * recursion uses about 64 bytes of stack a level.
 */
#ifndef PITH_MEM_RANGE_H
#define PITH_MEM_RANGE_H

#include "base/types.h"

struct range {
    u64 start, end;
    struct range *left, *right;
    u64 lo, hi;  /* bounds of the subtree */
    u64 gap;     /* largest hole between neighbours in the subtree */
    u64 biggest; /* largest range in the subtree */
    u64 priority;
};

void range_insert(struct range **root, struct range *n);
void range_remove(struct range **root, struct range *n);
/* Changes the bounds of n in place; it must stay between its neighbours. */
void range_resize(struct range **root, struct range *n, u64 start, u64 end);
/* The first range that ends after addr (it may contain it), or 0. */
struct range *range_find(struct range *root, u64 addr);
/* The last range that starts before addr, or 0. */
struct range *range_before(struct range *root, u64 addr);
/* The lowest range of at least len bytes, or 0. */
struct range *range_first_fit(struct range *root, u64 len);
/* The lowest address in [lo, hi) with len free bytes between ranges, or 0 if there is none. */
u64 range_find_gap(struct range *root, u64 lo, u64 hi, u64 len);

#endif
