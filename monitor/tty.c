/* PITH_HC_TTY: terminal settings of the host's stdin, stdout and stderr (abi.h).
 *
 * The structures are the kernel's own and pass through unread. A program that ends by
 * itself leaves the terminal as it set it, as on Linux (stty is such a program); one that is
 * killed does not leave the shell in raw mode: then the first settings are put back.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run.h"

#define KERNEL_TERMIOS 36u /* sizeof(struct termios) of asm-generic/termbits.h */

static struct {
    bool changed;
    char before[KERNEL_TERMIOS];
} saved[3];

static long host(unsigned fd, unsigned long request, void *arg)
{
    long got = syscall(SYS_ioctl, fd, request, arg);
    return got < 0 ? -errno : got;
}

static long set(struct mon *m, unsigned fd, unsigned long request, uint64_t addr)
{
    char settings[KERNEL_TERMIOS];
    if (mon_copy_in(m, settings, addr, sizeof settings))
        return -EFAULT;
    if (!saved[fd].changed) {
        long error = host(fd, TCGETS, saved[fd].before);
        if (error < 0)
            return error;
        saved[fd].changed = true;
    }
    return host(fd, request, settings);
}

static long get(struct mon *m, unsigned fd, unsigned long request, uint64_t addr, size_t size)
{
    char answer[KERNEL_TERMIOS];
    long error = host(fd, request, answer);
    if (error < 0)
        return error;
    return mon_copy_out(m, addr, answer, size) ? -EFAULT : 0;
}

long mon_tty(struct mon *m, uint64_t op, uint64_t fd, uint64_t addr, uint64_t size)
{
    struct winsize window;
    if (fd > 2)
        return -EBADF;
    bool termios = op >= PITH_TTY_GET && op <= PITH_TTY_SETF;
    bool winsize = op == PITH_TTY_WINSZ || op == PITH_TTY_SETWINSZ;
    if ((termios && size != KERNEL_TERMIOS) || (winsize && size != sizeof window))
        return -EINVAL;
    switch (op) {
    case PITH_TTY_GET:
        return get(m, (unsigned)fd, TCGETS, addr, KERNEL_TERMIOS);
    case PITH_TTY_SET:
        return set(m, (unsigned)fd, TCSETS, addr);
    case PITH_TTY_SETW:
        return set(m, (unsigned)fd, TCSETSW, addr);
    case PITH_TTY_SETF:
        return set(m, (unsigned)fd, TCSETSF, addr);
    case PITH_TTY_WINSZ:
        return get(m, (unsigned)fd, TIOCGWINSZ, addr, sizeof window);
    case PITH_TTY_SETWINSZ:
        if (mon_copy_in(m, &window, addr, sizeof window))
            return -EFAULT;
        return host((unsigned)fd, TIOCSWINSZ, &window);
    case PITH_TTY_FLUSH:
        return host((unsigned)fd, TCFLSH, (void *)(uintptr_t)size);
    default:
        return -EINVAL;
    }
}

void mon_tty_restore(void)
{
    for (unsigned fd = 0; fd < 3; fd++) {
        if (!saved[fd].changed)
            continue;
        /* From the background this would stop us: the shell has the terminal back already. */
        mon_sigaction(SIGTTOU, (void (*)(int, void *, void *))(uintptr_t)SIG_IGN, 0);
        host(fd, TCSETSW, saved[fd].before);
        saved[fd].changed = false;
    }
}
