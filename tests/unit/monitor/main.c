/* Runs the monitor's unit tests; exit status 1 if one failed. See unit.h. */
#include "unit.h"

const char *unit_why;
char unit_text[256];
static int failed;

void unit_run(const char *name, void (*test)(void))
{
    unit_why = NULL;
    test();
    if (unit_why) {
        printf("not ok %s: %s\n", name, unit_why);
        failed = 1;
    } else {
        printf("ok %s\n", name);
    }
    fflush(stdout);
}

int main(void)
{
    test_ring();
    test_memory();
    test_span();
    test_pack();
    test_jail();
    test_image();
    test_file_windows();
    return failed;
}
