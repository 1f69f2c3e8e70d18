/* The numbers of POSIX timers: see time_posix_timer.h. */
#include "sys/time_posix_timer.h"

#include "base/string.h"
#include "mem/alloc.h"

static struct posix_timer **table;
static int size;

struct posix_timer *posix_timer(int id)
{
    return id >= 0 && id < size ? table[id] : NULL;
}

int posix_timer_number(struct posix_timer *t)
{
    int id = 0;
    while (id < size && table[id])
        id++;
    if (id == size) {
        int more = size ? 2 * size : 8;
        struct posix_timer **bigger = mem_alloc((size_t)more * sizeof(*table));
        if (!bigger)
            return -EAGAIN;
        memcpy(bigger, table, (size_t)size * sizeof(*table));
        mem_free(table);
        table = bigger;
        size = more;
    }
    table[id] = t;
    return id;
}

void posix_timer_forget(int id)
{
    table[id] = NULL;
}
