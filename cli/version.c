/* `pith version`: the version of the tools and of the boundary they speak.
 *
 * PITH_VERSION comes from the top Makefile. The ABI number is what `pith run` demands of an image.
 */
#include "cli/cli.h"

#include <pith/abi.h>

#include <stdio.h>

int cmd_version(int argc, char **argv)
{
    if (argc > 1) {
        fprintf(stderr, "pith version: takes no argument (got '%s')\n", argv[1]);
        return 2;
    }
    printf("pith %s (ABI %u)\n", PITH_VERSION, PITH_ABI);
    return 0;
}
