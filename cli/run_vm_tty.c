/* The guest's terminal calls (PITH_HC_TTY) on our own streams; see monitor/tty.c, whose rules are
 * the same: the kernel's structures pass through unread, and a guest that is killed does not leave
 * the shell in raw mode. */
#include "cli/run_vm.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pith/link.h>

#define KERNEL_TERMIOS 36u /* sizeof(struct termios) of asm-generic/termbits.h */

static struct {
    bool changed;
    char before[KERNEL_TERMIOS];
} saved[3];

static long host(unsigned fd, unsigned long request, void *arg)
{
    /* A process in the background that sets a terminal is stopped; its guest asks STOP for that. */
    long got = syscall(SYS_ioctl, fd, request, arg);
    return got < 0 ? -errno : got;
}

static long set(unsigned fd, unsigned long request, void *data)
{
    if (!saved[fd].changed) {
        long error = host(fd, TCGETS, saved[fd].before);
        if (error < 0)
            return error;
        saved[fd].changed = true;
    }
    return host(fd, request, data);
}

long run_vm_tty(unsigned op, unsigned fd, void *data, size_t len)
{
    bool termios = op >= PITH_TTY_GET && op <= PITH_TTY_SETF;
    bool winsize = op == PITH_TTY_WINSZ || op == PITH_TTY_SETWINSZ;
    if (fd > 2)
        return -EBADF;
    if ((termios && len != KERNEL_TERMIOS) || (winsize && len != sizeof(struct winsize)) ||
        (op == PITH_TTY_FLUSH && len != sizeof(uint64_t)))
        return -EINVAL;
    switch (op) {
    case PITH_TTY_GET:
        return host(fd, TCGETS, data);
    case PITH_TTY_SET:
        return set(fd, TCSETS, data);
    case PITH_TTY_SETW:
        return set(fd, TCSETSW, data);
    case PITH_TTY_SETF:
        return set(fd, TCSETSF, data);
    case PITH_TTY_WINSZ:
        return host(fd, TIOCGWINSZ, data);
    case PITH_TTY_SETWINSZ:
        return host(fd, TIOCSWINSZ, data);
    case PITH_TTY_FLUSH: {
        uint64_t queue;
        memcpy(&queue, data, sizeof queue);
        return host(fd, TCFLSH, (void *)(uintptr_t)queue);
    }
    default:
        return -EINVAL;
    }
}

void run_vm_tty_restore(void)
{
    for (unsigned fd = 0; fd < 3; fd++)
        if (saved[fd].changed)
            host(fd, TCSETS, saved[fd].before);
}
