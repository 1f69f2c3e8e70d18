/* personality(2): kept and told, as on Linux; no bit of it changes anything here. */
#include "sys/misc.h"

long pith_sys_personality(unsigned persona)
{
    static unsigned now;
    unsigned old = now;
    if (persona != 0xffffffff)
        now = persona;
    return old;
}
