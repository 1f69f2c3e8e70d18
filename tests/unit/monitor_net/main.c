/* Runs the unit tests of the network; exit status 1 if one failed. */
#include "fake.h"

#include <signal.h>

const char *unit_why;
char unit_text[256];
static int failed;

void unit_run(const char *name, void (*test)(void))
{
    unit_why = NULL;
    test();
    if (unit_why) {
        printf("not ok %s: %s%s%s\n", name, unit_why, broken[0] ? "; " : "", broken);
        failed = 1;
    } else {
        printf("ok %s\n", name);
    }
    fflush(stdout);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    test_receive();
    test_send();
    test_left();
    test_fuzz();
    test_options();
    test_guard();
    return failed;
}
