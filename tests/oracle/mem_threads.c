/* Eight threads map, fill, protect, move and free memory at once, each checking its own.
 * pith-test: mem=64M timeout=40
 */
#include "t.h"
#include <pthread.h>
#include <sys/mman.h>

#define PAGE 4096ul

static volatile int stop;

static void *work(void *arg)
{
    unsigned rnd = (unsigned)(long)arg * 7919 + 1;
    long bad = 0;
    struct {
        char *p;
        size_t pages;
        char v;
    } slot[12] = {0};

    for (int step = 0; step < 3000; step++) {
        rnd = rnd * 1664525 + 1013904223;
        int i = (rnd >> 8) % 12;
        size_t pages = 1 + (rnd >> 12) % 40;
        char *p = slot[i].p;
        if (p)
            for (size_t k = 0; k < slot[i].pages; k++)
                bad += p[k * PAGE + (rnd & 4095)] != slot[i].v;
        switch (rnd >> 20 & 3) {
        case 0:
            if (p)
                bad += munmap(p, slot[i].pages * PAGE) != 0;
            p = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (p == MAP_FAILED)
                return (void *)-1l;
            for (size_t k = 0; k < pages * PAGE; k += 512)
                bad += p[k] != 0;
            break;
        case 1:
            if (!p)
                continue;
            p = mremap(p, slot[i].pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
            if (p == MAP_FAILED)
                return (void *)-2l;
            break;
        case 2:
            if (!p)
                continue;
            bad += mprotect(p, slot[i].pages * PAGE, PROT_READ) != 0;
            bad += p[0] != slot[i].v;
            bad += mprotect(p, slot[i].pages * PAGE, PROT_READ | PROT_WRITE) != 0;
            pages = slot[i].pages;
            break;
        case 3:
            if (!p)
                continue;
            bad += madvise(p, slot[i].pages * PAGE, MADV_DONTNEED) != 0;
            bad += p[slot[i].pages * PAGE - 1] != 0;
            pages = slot[i].pages;
            break;
        }
        slot[i].p = p, slot[i].pages = pages, slot[i].v = (char)(step | 1);
        memset(p, slot[i].v, pages * PAGE);
        char *m = malloc(rnd >> 16 & 8191);
        m[0] = 1;
        free(m);
    }
    for (int i = 0; i < 12; i++)
        if (slot[i].p)
            munmap(slot[i].p, slot[i].pages * PAGE);
    return (void *)bad;
}

/* Never calls anything: the others go on only because it is preempted. */
static void *spin(void *arg)
{
    while (!stop)
        ;
    return arg;
}

int main(void)
{
    pthread_t t[8], s;
    void *r;

    pthread_create(&s, 0, spin, 0);
    for (long i = 0; i < 8; i++)
        pthread_create(&t[i], 0, work, (void *)i);
    for (int i = 0; i < 8; i++) {
        pthread_join(t[i], &r);
        V(r);
    }
    stop = 1;
    pthread_join(s, 0);
    return 0;
}
