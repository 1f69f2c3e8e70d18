/* Ends as its argument says: what the base reports of it is compared by tests/machine/run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

static volatile int sink;
static volatile int *volatile nowhere;

__attribute__((noinline)) static void inner(volatile int *p)
{
    sink = *p;
}

static int deep(int n)
{
    volatile char room[512];
    if (n < 0)
        return 0;
    room[0] = (char)n;
    return deep(n + 1) + room[0];
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    if (!strcmp(how, "null"))
        inner(nowhere);
    if (!strcmp(how, "text"))
        *(volatile char *)(unsigned long)main = 0;
    if (!strcmp(how, "data")) {
        static char code[16] = {(char)0xc3};
        ((void (*)(void))(unsigned long)code)();
    }
    if (!strcmp(how, "stack"))
        return deep(0);
    if (!strcmp(how, "base")) /* the base's own memory, and its view of all memory */
        sink = *(volatile int *)(strcmp(argv[2], "direct") ? 0xffffffff80100000ul
                                                           : 0xffff800000000000ul);
    if (!strcmp(how, "abort"))
        abort();
    if (!strcmp(how, "cli"))
        __asm__ volatile("cli");
    if (!strcmp(how, "port"))
        __asm__ volatile("outb %%al, $0xf4" ::"a"(0));
    if (!strcmp(how, "clock")) { /* 300 ms by our clock */
        struct timespec a, b, t = {0, 300000000};
        clock_gettime(CLOCK_MONOTONIC, &a);
        puts("start");
        fflush(stdout);
        nanosleep(&t, NULL);
        do
            clock_gettime(CLOCK_MONOTONIC, &b);
        while ((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec < 600000000);
        puts("stop");
        fflush(stdout);
        printf("%ld\n", (long)time(NULL));
        return 0;
    }
    if (!strcmp(how, "random")) {
        unsigned char r[16];
        if (getrandom(r, sizeof r, 0) != sizeof r)
            return 1;
        for (unsigned i = 0; i < sizeof r; i++)
            printf("%02x", r[i]);
        puts("");
        return 0;
    }
    if (!strcmp(how, "fill")) { /* nearly all memory there is, then most of it again */
        struct sysinfo info;
        char *last = NULL, *p;
        sysinfo(&info);
        size_t n = info.freeram / 65536 * 7 / 8;
        for (size_t i = 0; i < n; i++) {
            if ((p = malloc(65536)) == NULL)
                return 7;
            memset(p, 0x5a, 65536);
            *(char **)p = last;
            last = p;
        }
        for (size_t i = 0; i < n; i++) {
            char *before = *(char **)last;
            for (size_t k = sizeof p; k < 65536; k++)
                if (last[k] != 0x5a)
                    return 9;
            free(last);
            last = before;
        }
        p = calloc(n * 3 / 4, 65536);
        for (size_t k = 0; p && k < n * 3 / 4 * 65536; k += 4096)
            if (p[k])
                return 8;
        printf("filled %s\n", p ? "twice" : "once");
        return 0;
    }
    return atoi(how);
}
