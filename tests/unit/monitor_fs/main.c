/* Runs the tests of the file server in a directory of its own. See client.h. */
#include "client.h"

const char *unit_why;
char unit_text[256];
static int failed;

void unit_run(const char *name, void (*test)(void))
{
    unit_why = NULL;
    test();
    CHECK(!outside_changed());
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
    snprintf(top, sizeof top, "%s/pith-fs-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(top))
        return 1;
    umask(0);
    mkdir(at("outside"), 0755);
    mkdir(at("outside/dir"), 0755);
    put_file("outside/secret", CANARY "\n");
    put_file("outside/dir/inner", CANARY " too\n");
    outside_changed();
    test_fs_files();
    test_fs_names();
    test_fs_limits();
    test_fs_attacks();
    test_fs_races();
    test_fs_fuzz();
    char command[600];
    snprintf(command, sizeof command, "chmod -R u+rwX '%s'; rm -rf '%s'", top, top);
    return system(command) != 0 || failed;
}
