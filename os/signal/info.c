/* The siginfo of kill and its like: see signal/core.h. */
#include "base/string.h"
#include "signal/core.h"

void signal_info_user(siginfo_t *info, int signal, int code)
{
    memset(info, 0, sizeof(*info));
    info->si_signo = signal;
    info->si_code = code;
    info->si_pid = (int)host_boot->pid;
    info->si_uid = id_uid ? id_uid() : host_boot->uid;
}
