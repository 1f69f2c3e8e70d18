/* The heap under threads that make, resize, hand over and free blocks of all sizes: every block
 * keeps what was written to it, no block is given twice, calloc's are zero, and the memory of ended
 * threads comes back. Freeing a block twice or writing past its end still ends the program. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 6
#define HELD 300
#define ROUNDS 20000

struct block {
    unsigned char *at;
    size_t n;
    unsigned char mark;
};

static struct block shared[64]; /* blocks that change hands */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void bad(const char *what)
{
    puts(what);
    exit(1);
}

static void check(const struct block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->at[i] != b->mark) {
            bad("a block has lost its content");
        }
    }
    if (malloc_usable_size(b->at) < b->n) {
        bad("a block is smaller than it was asked for");
    }
}

static void *churn(void *arg)
{
    unsigned x = (unsigned)(uintptr_t)arg * 7919u + 1;
    static __thread struct block held[HELD];
    for (int i = 0; i < ROUNDS; i++) {
        x = x * 1103515245u + 12345u;
        struct block *b = &held[(x >> 8) % HELD];
        size_t n = (x >> 20) % 10 < 8 ? (x >> 4) % 400 : (x >> 4) % 9000;
        if (b->at) {
            check(b);
            if (x >> 30 == 0) {
                size_t keep = n < b->n ? n : b->n;
                b->at = realloc(b->at, n ? n : 1);
                for (size_t j = 0; j < keep; j++) {
                    if (b->at[j] != b->mark) {
                        bad("realloc has lost something");
                    }
                }
            } else {
                free(b->at);
                b->at = NULL;
            }
        }
        if (!b->at && x & 1024) {
            b->at = calloc(1, n);
            for (size_t j = 0; j < n; j++) {
                if (b->at[j]) {
                    bad("calloc gives what is not zero");
                }
            }
        } else if (!b->at) {
            b->at = x & 2048 ? malloc(n) : aligned_alloc((size_t)16 << (x >> 12) % 5, n);
        }
        b->n = n;
        b->mark = (unsigned char)(x >> 16);
        memset(b->at, b->mark, n);
        if (i % 16 == 0) {
            pthread_mutex_lock(&lock);
            struct block *s = &shared[x >> 26], other = *s;
            *s = *b;
            *b = other;
            pthread_mutex_unlock(&lock);
        }
    }
    for (int i = 0; i < HELD; i++) {
        if (held[i].at) {
            check(&held[i]);
        }
        free(held[i].at);
    }
    return NULL;
}

static sigjmp_buf back;

static void crashed(int sig)
{
    (void)sig;
    siglongjmp(back, 1);
}

static void crashes(const char *what, int how)
{
    unsigned char *volatile p = malloc(40), *volatile q = malloc(40);
    if (sigsetjmp(back, 1)) {
        printf("%s: found\n", what);
        return;
    }
    if (how == 0) {
        free(p);
        free(p);
    } else if (how == 1) {
        p[malloc_usable_size(p)] = 1;
        free(p);
    } else {
        free(q + 16);
    }
    printf("%s: not found\n", what);
}

int main(void)
{
    for (int round = 0; round < 3; round++) {
        pthread_t t[THREADS];
        for (int i = 0; i < THREADS; i++) {
            pthread_create(&t[i], NULL, churn, (void *)(uintptr_t)(round * THREADS + i + 1));
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(t[i], NULL);
        }
    }
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        if (shared[i].at) {
            check(&shared[i]);
        }
        free(shared[i].at);
    }
    puts("every block was whole");
    struct sigaction sa = {.sa_handler = crashed, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGILL, &sa, NULL);
    sigaction(SIGABRT, &sa, NULL);
    crashes("freed twice", 0);
    crashes("written past its end", 1);
    crashes("freed in its middle", 2);
    return 0;
}
