/* pith-oci install */
#include "oci/commands.h"
int oci_install(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
