/* Transfers between accounts, each behind a lock of its own, taken in order of address. The total
 * never changes; an auditor checks it under all locks while the others work. */
#include "threads.h"

enum { ACCOUNTS = 64, TELLERS = 12, START = 1000 };

static struct account {
    pthread_mutex_t lock;
    long balance;
    unsigned moves;
} account[ACCOUNTS];
static int rounds;

static void *teller(void *arg)
{
    unsigned state = (unsigned)(long)arg;
    for (int i = 0; i < rounds; i++) {
        unsigned from = draw(&state) % ACCOUNTS, to = draw(&state) % ACCOUNTS;
        long amount = (long)(draw(&state) % 50);
        if (from == to)
            to = (to + 1) % ACCOUNTS;
        struct account *a = &account[from], *b = &account[to];
        pthread_mutex_lock(a < b ? &a->lock : &b->lock);
        pthread_mutex_lock(a < b ? &b->lock : &a->lock);
        a->balance -= amount;
        b->balance += amount;
        a->moves++;
        b->moves++;
        pthread_mutex_unlock(&a->lock);
        pthread_mutex_unlock(&b->lock);
    }
    return NULL;
}

static void *auditor(void *arg)
{
    for (int i = 0; i < 100; i++) {
        long total = 0;
        for (int n = 0; n < ACCOUNTS; n++)
            pthread_mutex_lock(&account[n].lock);
        for (int n = 0; n < ACCOUNTS; n++)
            total += account[n].balance;
        for (int n = 0; n < ACCOUNTS; n++)
            pthread_mutex_unlock(&account[n].lock);
        must(total == (long)ACCOUNTS * START, "the audited total");
    }
    return arg;
}

void part_bank(int scale)
{
    pthread_t t[TELLERS + 1];
    rounds = 20000 * scale;
    for (int n = 0; n < ACCOUNTS; n++) {
        must(pthread_mutex_init(&account[n].lock, NULL) == 0, "pthread_mutex_init");
        account[n].balance = START;
        account[n].moves = 0;
    }
    for (int i = 0; i < TELLERS; i++)
        t[i] = spawn(teller, (void *)(long)(i + 1));
    t[TELLERS] = spawn(auditor, NULL);
    for (int i = 0; i <= TELLERS; i++)
        join(t[i]);
    long total = 0, moves = 0;
    unsigned long mixed = 0;
    for (int n = 0; n < ACCOUNTS; n++) {
        total += account[n].balance;
        moves += account[n].moves;
        mixed = mixed * 31 + (unsigned long)account[n].balance;
        pthread_mutex_destroy(&account[n].lock);
    }
    printf("bank: %ld transfers, total %ld, balances %lu\n", moves / 2, total, mixed);
}
