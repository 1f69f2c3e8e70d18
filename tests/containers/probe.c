/* probe VERB [WORD...]: finds the verb and hands over. Without a verb it says so and ends with 2,
 * so that an image's default command can be tested as well. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int probe_failed(const char *what)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {EACCES, "EACCES"}, {EAGAIN, "EAGAIN"}, {EEXIST, "EEXIST"}, {EINVAL, "EINVAL"},
        {EISDIR, "EISDIR"}, {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"}, {ENOTDIR, "ENOTDIR"},
        {EPERM, "EPERM"},   {EROFS, "EROFS"},   {ENOSPC, "ENOSPC"}, {ECONNREFUSED, "ECONNREFUSED"},
    };
    int number = errno;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) {
            printf("%s: %s\n", what, names[i].name);
            return 1;
        }
    printf("%s: %s\n", what, strerror(number));
    return 1;
}

int main(int argc, char **argv)
{
    static const struct verb *const tables[] = {file_verbs, net_verbs, process_verbs};
    setvbuf(stdout, 0, _IOLBF, 0);
    for (size_t t = 0; argc > 1 && t < sizeof tables / sizeof *tables; t++)
        for (const struct verb *verb = tables[t]; verb->name; verb++)
            if (strcmp(verb->name, argv[1]) == 0)
                return verb->run(argc - 2, argv + 2);
    fprintf(stderr, "probe: no verb '%s'\n", argc > 1 ? argv[1] : "");
    return 2;
}
