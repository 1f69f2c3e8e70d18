/* ioctl and fstat on the console: the host's descriptors as the host sees them. */
#include "base/host.h"
#include "base/uaccess.h"
#include "dev/console.h"

#include <asm/ioctls.h>
#include <asm/stat.h>

/* sizeof(struct termios) of the kernel and struct winsize (asm-generic/termbits.h, termios.h). */
#define TERMIOS_BYTES 36
#define WINSIZE_BYTES 8
#define TTY_RDEV (136 << 8) /* a pseudo terminal: Linux Documentation/admin-guide/devices.txt */

static long tty_get(unsigned stream, int op, unsigned long arg, size_t size)
{
    char buf[TERMIOS_BYTES];
    long r = host_call(PITH_HC_TTY, op, stream, (long)buf, (long)size);
    return r < 0 ? r : user_copy((void *)arg, buf, size);
}

static long tty_set(unsigned stream, int op, unsigned long arg, size_t size)
{
    char buf[TERMIOS_BYTES];
    if (user_copy(buf, (void *)arg, size) < 0)
        return -EFAULT;
    return host_call(PITH_HC_TTY, op, stream, (long)buf, (long)size);
}

long console_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    unsigned i = console_index(f);
    int value = 0;
    if (cmd == FIONREAD && i == PITH_CONSOLE_STDIN) {
        value = (int)console_buffered();
        return USER_PUT((int *)arg, &value);
    }
    if (!(host_boot->stdio[i].flags & PITH_STDIO_TTY))
        return -ENOTTY;
    switch (cmd) {
    case TCGETS:
        return tty_get(i, PITH_TTY_GET, arg, TERMIOS_BYTES);
    case TCSETS:
        return tty_set(i, PITH_TTY_SET, arg, TERMIOS_BYTES);
    case TCSETSW:
        return tty_set(i, PITH_TTY_SETW, arg, TERMIOS_BYTES);
    case TCSETSF:
        return tty_set(i, PITH_TTY_SETF, arg, TERMIOS_BYTES);
    case TIOCGWINSZ:
        return tty_get(i, PITH_TTY_WINSZ, arg, WINSIZE_BYTES);
    case TIOCSWINSZ:
        return tty_set(i, PITH_TTY_SETWINSZ, arg, WINSIZE_BYTES);
    case TCFLSH:
        return host_call(PITH_HC_TTY, PITH_TTY_FLUSH, i, 0, (long)arg);
    case TIOCGPGRP:
    case TIOCGSID:
        value = (int)host_boot->pid; /* the guest is alone on its terminal */
        return USER_PUT((int *)arg, &value);
    case TIOCSPGRP:
        if (USER_GET(&value, (int *)arg) < 0)
            return -EFAULT;
        return value == (int)host_boot->pid ? 0 : -EPERM;
    default:
        return -ENOTTY;
    }
}

int console_stat(struct file *f, struct stat *st)
{
    const struct pith_stdio *io = &host_boot->stdio[console_index(f)];
    *st = (struct stat){
        .st_ino = console_index(f) + 3,
        .st_nlink = 1,
        .st_mode = io->mode,
        .st_uid = host_boot->uid,
        .st_gid = host_boot->gid,
        .st_rdev = io->flags & PITH_STDIO_TTY ? TTY_RDEV : 0,
        .st_blksize = io->flags & PITH_STDIO_TTY ? 1024 : 4096,
    };
    return 0;
}
