/* libc is ready and main comes next: noted if the host wants to know (pith run --time). */
#include "base/host.h"

void pith_main_reached(void);

void pith_main_reached(void)
{
    if (host_boot->flags & PITH_BOOT_STAMPS)
        host_call(PITH_HC_STAMP, PITH_STAMP_MAIN, 0, 0, 0);
}
