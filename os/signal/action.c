/* The table of dispositions: linked by rt_sigaction, and with it all that handlers need. */
#include "signal/core.h"

static struct signal_action actions[SIG_COUNT];

struct signal_action *signal_action(int signal)
{
    return &actions[signal - 1];
}
