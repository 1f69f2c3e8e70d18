/* pith VERB [ARGUMENT...]: finds the verb and hands over. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"container", cmd_container},
    {"threads", cmd_control},
    {"mem", cmd_control},
    {"net", cmd_control},
    {"mounts", cmd_control},
    {"log", cmd_control},
    {"metrics", cmd_control},
    {"get", cmd_get},
    {"run", cmd_run},
    {"image", cmd_image},
    {"pack", cmd_pack},
    {"inspect", cmd_inspect},
    {"why", cmd_why},
    {"size", cmd_size},
    {"doctor", cmd_doctor},
    {"help", cmd_help},
    {"version", cmd_version},
    {"--help", cmd_help},
    {"-h", cmd_help},
    {"--version", cmd_version},
};

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("pith: which verb? `pith help` lists them\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    fprintf(stderr, "pith: there is no verb '%s'; `pith help` lists them\n", argv[1]);
    return 2;
}
