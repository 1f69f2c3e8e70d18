/* A program that uses POSIX threads heavily: threads [SCALE [PART...]]. SCALE (default 1)
 * multiplies the work. The output is the same on every machine and in every run. */
#include "threads.h"

static const struct part {
    const char *name;
    void (*run)(int scale);
} parts[] = {
    {"sieve", part_sieve},   {"bank", part_bank},       {"queue", part_queue},
    {"rwlock", part_rwlock}, {"barrier", part_barrier}, {"local", part_local},
    {"cancel", part_cancel}, {"spin", part_spin},       {"many", part_many},
};

int main(int argc, char **argv)
{
    int scale = argc > 1 ? atoi(argv[1]) : 1;
    if (scale < 1) {
        fprintf(stderr, "usage: threads [SCALE [PART...]]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int wanted = argc <= 2;
        for (int a = 2; a < argc; a++)
            wanted |= strcmp(argv[a], parts[i].name) == 0;
        if (wanted)
            parts[i].run(scale);
        fflush(stdout);
    }
    return 0;
}
