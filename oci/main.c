/* pith-oci [OPTION...] COMMAND [ARGUMENT...]: an OCI runtime over another one. README says how. */
#include <stdio.h>
#include <string.h>

#include "oci/commands.h"
#include "oci/runtime.h"

static const struct {
    const char *name;
    int (*run)(struct oci_call *call);
} commands[] = {
    {"create", oci_create},
    {"run", oci_create},
    {"exec", oci_exec},
    {"checkpoint", oci_checkpoint},
};

/* Behind this come the words of the runtime below. */
static void help(void)
{
    puts("pith-oci: runs pith programs as unikernels, and hands all else to runc.\n"
         "\n"
         "   --pith-runtime RUNTIME   the runtime below, a name or a path (default: runc,\n"
         "                            or crun where there is no runc)\n"
         "   install                  register with Docker, podman and containerd\n"
         "                            (pith-oci install --help)\n"
         "\n"
         "All other options and commands are those of the runtime below:\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct oci_call call;
    if (argc > 1 && !strcmp(argv[1], "install"))
        return oci_install(argc - 1, argv + 1);
    if (argc < 1 || !oci_call_read(&call, argc, argv)) {
        fputs("pith-oci: memory is short\n", stderr);
        return 1;
    }
    for (unsigned i = 0; call.command && i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(call.command, commands[i].name))
            return commands[i].run(&call);
    if (argc == 2 &&
        (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")))
        help();
    return oci_runtime(&call);
}
