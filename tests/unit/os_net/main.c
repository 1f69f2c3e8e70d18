/* Prints "ok NAME" or "not ok NAME: why" for each test, and ends with 1 if one failed. */
#include <stdio.h>

#include "peer.h"

int user_touch(const void *p, size_t n, bool write)
{
    (void)p, (void)n, (void)write;
    return 0;
}

int main(void)
{
    static const struct {
        const char *name;
        const char *(*run)(void);
    } tests[] = {
        {"addresses", test_addresses}, {"tcp", test_tcp},
        {"large sends", test_large},   {"indirect tables", test_indirect},
        {"left", test_left},           {"loss", test_loss},
        {"timers", test_timers},       {"many", test_many},
        {"no memory", test_starved},   {"fuzz", test_fuzz},
        {"liar", test_liar},
    };
    int bad = 0;
    fake_start(FEATURES);
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        const char *why = tests[i].run();
        if (why)
            printf("not ok os_net %s: %s\n", tests[i].name, why);
        else
            printf("ok os_net %s\n", tests[i].name);
        bad |= why != NULL;
        fflush(stdout);
    }
    return bad;
}
