/* Two threads take turns without ever making a call: each can only go on if the other, which
 * spins, loses the processor. */
#include "threads.h"

static volatile int turn;
static int turns;

static void *player(void *arg)
{
    int me = (int)(long)arg;
    for (int i = 0; i < turns; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != me)
            ;
        __atomic_store_n(&turn, !me, __ATOMIC_RELEASE);
    }
    return NULL;
}

void part_spin(int scale)
{
    turns = 5 * scale;
    turn = 0;
    pthread_t a = spawn(player, (void *)0), b = spawn(player, (void *)1);
    join(a);
    join(b);
    printf("spin: %d turns each\n", turns);
}
