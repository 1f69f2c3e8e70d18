/* See tty.h. Honoured: ICRNL, ICANON with its erase, kill and end characters, ECHO, ISIG, OPOST
 * with ONLCR. Other settings are kept and told, and change nothing. The size of the window is not
 * known.
 */
#include "tty.h"

#include "internal.h"

#define ICRNL 0400u
#define OPOST 1u
#define ONLCR 4u
#define ISIG 1u
#define ICANON 2u
#define ECHO 010u
#define NOFLSH 0200u
enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VSUSP = 10 };

#define SIGINT 2
#define SIGQUIT 3
#define SIGTSTP 20

static struct {
    u32 iflag, oflag, cflag, lflag;
    u8 line, cc[19];
} t = {ICRNL | 02000,
       OPOST | ONLCR,
       010002 | 060 | 0200,
       ISIG | ICANON | ECHO | 0105060,
       0,
       {3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026}};

bool vm_tty_here;

/* What has come: [first, ready) may be read, [ready, last) is a line that is being edited. END is
 * the end character. */
#define ROOM 1024u
#define END 0x100u
static u16 queue[ROOM];
static u32 first, ready, last;

static void echo(u8 c)
{
    static const char erase[] = "\b \b";
    if (!(t.lflag & ECHO))
        return;
    if (c == t.cc[VERASE])
        vm_serial_put(false, erase, 3);
    else
        vm_tty_output(false, &c, 1);
}

static void add(u16 c)
{
    if (last - first < ROOM) /* else it is lost, as on any line without flow control */
        queue[last++ % ROOM] = c;
}

static bool signal_of(u8 c)
{
    unsigned sig = c == t.cc[VINTR] ? SIGINT : c == t.cc[VQUIT] ? SIGQUIT : SIGTSTP;
    if (!(t.lflag & ISIG) || c == 0 || (sig == SIGTSTP && c != t.cc[VSUSP]))
        return false;
    if (!(t.lflag & NOFLSH))
        first = ready = last;
    if (sig != SIGTSTP) /* nobody could continue it */
        vm_signal(sig);
    return true;
}

void vm_tty_input(u8 c)
{
    if (!vm_tty_here) {
        add(c);
        ready = last;
        return;
    }
    if (c == '\r' && (t.iflag & ICRNL))
        c = '\n';
    if (signal_of(c))
        return;
    if (!(t.lflag & ICANON)) {
        echo(c);
        add(c);
        ready = last;
    } else if (c == t.cc[VERASE] || c == t.cc[VKILL]) {
        while (last != ready) {
            last--;
            echo(t.cc[VERASE]);
            if (c == t.cc[VERASE])
                break;
        }
    } else if (c == t.cc[VEOF]) {
        add(END);
        ready = last;
    } else {
        echo(c);
        add(c);
        if (c == '\n')
            ready = last;
    }
}

long vm_tty_read(void *data, size_t n)
{
    u8 *to = data;
    size_t got = 0;
    bool lines = vm_tty_here && t.lflag & ICANON;
    if (first == ready)
        return -VM_EAGAIN;
    while (got < n && first != ready) {
        u16 c = queue[first % ROOM];
        if (c == END && got)
            break; /* what is before it first; a line that it ended has no end of its own */
        first++;
        if (c == END)
            return 0;
        to[got++] = (u8)c;
        if (lines && c == '\n')
            break;
    }
    if (got && first != ready && queue[first % ROOM] == END && to[got - 1] != '\n')
        first++;
    return (long)got;
}

long vm_tty_output(bool err, const void *data, size_t n)
{
    const u8 *at = data;
    size_t done = 0;
    bool cr = (t.oflag & OPOST) && (t.oflag & ONLCR);
    while (done < n) {
        size_t run = 0;
        while (done + run < n && !(cr && at[done + run] == '\n'))
            run++;
        size_t put = vm_serial_put(err, at + done, run);
        done += put;
        if (put < run)
            break;
        if (done < n) {
            if (vm_serial_put(err, "\r\n", 2) == 0)
                break;
            done++;
        }
    }
    return (long)done;
}

long vm_tty_call(u64 op, u64 fd, void *data, size_t size)
{
    (void)fd;
    if (!vm_tty_here)
        return -VM_ENOTTY;
    switch (op) {
    case PITH_TTY_GET:
        memcpy(data, &t, size);
        return 0;
    case PITH_TTY_SETF:
        first = ready = last;
        /* fall through */
    case PITH_TTY_SET:
    case PITH_TTY_SETW:
        memcpy(&t, data, size);
        if (!(t.lflag & ICANON))
            ready = last;
        return 0;
    case PITH_TTY_WINSZ: /* 0 by 0, as Linux says of a serial line */
        memset(data, 0, size);
        return 0;
    case PITH_TTY_FLUSH:
        if (size > 2)
            return -VM_EINVAL;
        if (size != 1) /* TCIFLUSH, TCIOFLUSH */
            first = ready = last;
        return 0;
    default:
        return -VM_EINVAL;
    }
}
