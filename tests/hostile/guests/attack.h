/* Hostile guests: what their attacks share. A guest is an ordinary program; it reaches the
 * boundary itself through the library OS's host_boot, which is not there in the Linux half. */
#ifndef ATTACK_H
#define ATTACK_H

#include <errno.h>
#include <pith/abi.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern const struct pith_boot *host_boot __asm__("pith_host_boot") __attribute__((weak));

static inline long hyper(long nr, long a, long b, long c, long d)
{
    return ((long (*)(long, long, long, long, long))(uintptr_t)host_boot->hypercall)(nr, a, b, c,
                                                                                     d);
}

struct attack {
    const char *name;
    void (*run)(void);
};

/* Runs the attack that argv names; -1: it lists them. An attack that returns exits with 0. */
static inline int attack_main(int argc, char **argv, const struct attack *list, size_t n)
{
    if (!&host_boot) {
        fprintf(stderr, "a guest only\n");
        return 99;
    }
    for (size_t i = 0; i < n; i++)
        if (argc > 1 && !strcmp(argv[1], list[i].name)) {
            list[i].run();
            puts("survived");
            return 0;
        }
    fprintf(stderr, "no such attack\n");
    return 98;
}

#define ATTACKS(list)                                                                              \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return attack_main(argc, argv, list, sizeof list / sizeof *list);                          \
    }

#endif
