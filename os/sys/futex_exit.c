/* See sys/futex.h. A program that waits on no futex links futex_wake not at all: then nobody
 * can be waiting. */
#include "base/uaccess.h"
#include "sys/futex.h"

#include <linux/futex.h>

/* Linux, robust-futexes: the kernel walks at most this many entries (ROBUST_LIST_LIMIT). */
#define LIST_LIMIT 2048

static void owner_died(u64 entry, long offset, u32 tid)
{
    u32 *word = (u32 *)(entry + (u64)offset), value;
    if (USER_GET(&value, word) < 0 || (value & FUTEX_TID_MASK) != tid)
        return;
    u32 died = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
    if (USER_PUT(word, &died) == 0 && value & FUTEX_WAITERS && futex_wake)
        futex_wake(word, 1, ~0u);
}

static void release_robust(struct thread *t)
{
    struct {
        u64 next;
        long offset;
        u64 pending;
    } head;
    if (!t->robust || user_copy(&head, t->robust, sizeof(head)) < 0)
        return;
    u64 entry = head.next;
    for (int i = 0; i < LIST_LIMIT && (entry & ~1ull) != (u64)t->robust; i++) {
        u64 next;
        if (USER_GET(&next, (u64 *)(entry & ~1ull)) < 0)
            return;
        if (entry != head.pending)
            owner_died(entry & ~1ull, head.offset, (u32)t->tid);
        entry = next;
    }
    if (head.pending)
        owner_died(head.pending & ~1ull, head.offset, (u32)t->tid);
}

void futex_release(struct thread *t)
{
    release_robust(t);
    if (t->clear_tid) {
        int zero = 0;
        if (USER_PUT(t->clear_tid, &zero) == 0 && futex_wake)
            futex_wake((u32 *)t->clear_tid, 1, ~0u);
    }
}
