/* What the image can ask for, in the order of abi.h. */
#include "internal.h"

#define TERMIOS 36u /* of asm-generic/termbits.h */
#define WINSIZE 8u
#define MESSAGE_MAX 1024u

static long die(u64 sig, u64 regs, u64 text, u64 len)
{
    static SCRATCH char message[MESSAGE_MAX + 1];
    struct pith_regs r;
    if (sig < 1 || sig > 64)
        return -VM_EINVAL;
    bool have = regs && vm_copy_in(&r, regs, sizeof r) == 0;
    size_t n = len < MESSAGE_MAX ? len : MESSAGE_MAX;
    if (text == 0 || vm_copy_in(message, text, n))
        n = 0;
    while (n && message[n - 1] == '\n')
        n--;
    message[n] = 0;
    /* One line that cannot be taken for the base's own. */
    for (size_t i = 0; i < n; i++)
        if (message[i] < ' ' || message[i] > '~')
            message[i] = '?';
    vm_report((unsigned)sig, have ? &r : NULL, n ? message : NULL);
    vm_killed((unsigned)sig);
}

static long tty(u64 op, u64 fd, u64 addr, u64 size)
{
    u8 data[TERMIOS];
    if (fd > 2)
        return -VM_EBADF;
    bool termios = op >= PITH_TTY_GET && op <= PITH_TTY_SETF;
    bool winsize = op == PITH_TTY_WINSZ || op == PITH_TTY_SETWINSZ;
    if ((termios && size != TERMIOS) || (winsize && size != WINSIZE) || op < PITH_TTY_GET ||
        op > PITH_TTY_FLUSH)
        return -VM_EINVAL;
    bool out = op == PITH_TTY_GET || op == PITH_TTY_WINSZ;
    if (op == PITH_TTY_FLUSH)
        return vm_link->tty(op, fd, NULL, size);
    if (!out && vm_copy_in(data, addr, size))
        return -VM_EFAULT;
    long result = vm_link->tty(op, fd, data, size);
    if (result >= 0 && out && vm_copy_out(addr, data, size))
        return -VM_EFAULT;
    return result;
}

static long timer(u64 deadline)
{
    vm_alarm = 0;
    if (deadline == 0 || deadline == PITH_NEVER)
        return 0;
    if (deadline >> 63)
        return -VM_EINVAL;
    vm_alarm = deadline;
    vm_timer_arm(deadline);
    return 0;
}

static long clock(u64 which)
{
    if (which > 1)
        return -VM_EINVAL;
    u64 now = vm_now();
    vm_clock_publish();
    return (long)(which ? vm_real() : now);
}

static u64 caught, ignored;

static long signals(u64 want, u64 drop)
{
    caught = want;
    ignored = drop & ~want;
    vm_link->signals(caught, ignored);
    return 0;
}

void vm_signal(unsigned sig)
{
    if (sig < 1 || sig > 64)
        return;
    u64 bit = 1ull << (sig - 1);
    if (caught & bit) {
        __atomic_fetch_or(&vm_vcpu->signals, bit, __ATOMIC_RELAXED);
        vm_pend(PITH_PEND_SIGNAL);
    } else if (!(ignored & bit)) {
        vm_killed(sig);
    }
}

/* For those who want to know how long a start takes. Said when both are known: saying it, and
 * asking for the time, take time themselves. Under QEMU's -icount the ticks are instructions. */
static long stamp(u64 which)
{
    static u64 entry;
    u64 ticks = vm_rdtsc() - vm_tsc_entry;
    if (vm_link->stamp && (which == PITH_STAMP_ENTRY || which == PITH_STAMP_MAIN)) {
        vm_link->stamp(which);
        return 0;
    }
    if (which == PITH_STAMP_ENTRY) {
        entry = ticks;
        return 0;
    }
    if (which != PITH_STAMP_MAIN)
        return -VM_EINVAL;
    vm_log("pith: main", 10); /* first of all, for somebody who looks at his own clock */
    vm_say("        %8lu us after the base's entry, %lu ticks\n", vm_ticks_ns(ticks) / 1000, ticks);
    vm_say("pith: guest entry %8lu us after the base's entry, %lu ticks\n",
           vm_ticks_ns(entry) / 1000, entry);
    return 0;
}

long vm_hypercall(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
    switch (nr) {
    case PITH_HC_WAIT:
        return vm_wait(a);
    case PITH_HC_MEM:
        return vm_memory(a, b, c, d);
    case PITH_HC_EXIT:
        vm_end((unsigned)a & 0xff);
    case PITH_HC_DIE:
        return die(a, b, c, d);
    case PITH_HC_TIMER:
        return timer(a);
    case PITH_HC_CLOCK:
        return clock(a);
    case PITH_HC_SIGNALS:
        return signals(a, b);
    case PITH_HC_TTY:
        return tty(a, b, c, d);
    case PITH_HC_STAMP:
        return stamp(a);
    case PITH_HC_STOP: /* SIGSTOP SIGTSTP SIGTTIN SIGTTOU */
        return a >= 19 && a <= 22 ? vm_link->stop(a) : -VM_EINVAL;
    case PITH_HC_CPUTIME:
        return (long)(vm_uptime() - vm_idle());
    case PITH_HC_LISTENING:
        if ((a != 6 && a != 17) || b > 65535 || c > 1)
            return -VM_EINVAL;
        vm_link->listening(a, b, c);
        return 0;
    default:
        return -VM_ENOSYS;
    }
}
