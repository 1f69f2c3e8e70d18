/* pith-cc: which of its two roles it was called in. See cc.h. */
#include "cc/cc.h"

#include <string.h>

int main(int argc, char **argv)
{
    const char *name = cc_base(argv[0]);
    bool linker = strcmp(name, "ld") == 0 || cc_starts(name, "ld.");
    return linker ? cc_link(argc, argv) : cc_driver(argc, argv);
}
