/* Ways to end: see base/host.h. */
#include "base/host.h"

#include "base/string.h"

const struct pith_boot *host_boot;

void (*host_before_end)(void);

static void before_end(void)
{
    void (*save)(void) = host_before_end;
    host_before_end = 0; /* it may come here itself */
    if (save)
        save();
}

void host_exit(int status)
{
    before_end();
    if (host_exit_net)
        host_exit_net();
    for (;;)
        host_call(PITH_HC_EXIT, status, 0, 0, 0);
}

void host_die(int signal, const struct pith_regs *regs, const char *msg)
{
    before_end();
    for (;;)
        host_call(PITH_HC_DIE, signal, (long)regs, (long)msg, msg ? (long)str_len(msg) : 0);
}

void base_bug(const char *where)
{
    host_die(6 /* SIGABRT */, 0, where);
}
