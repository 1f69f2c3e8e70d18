/* The serial line (16550): the user's end where there is no better one (vm.h, struct vm_link).
 *
 * COM1 is stdin, stdout and stderr, a terminal (tty.c); `pith.console=raw` makes it a line for
 * bytes as they are, `pith.stderr=PORT` gives stderr a port of its own, and on `pith.status=PORT`
 * the status is written at the end, "exit N".
 */
#include "internal.h"
#include "tty.h"

#define COM1 0x3f8
#define COM1_LINE 4

#define IER 1
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5
#define LSR_DATA 1u
#define LSR_EMPTY 0x20u
#define FIFO 16u
/* Looks at a full transmitter before it is given up for now: a byte at 115200 baud takes 87 us,
 * and a look at least 20 ns. */
#define LOOKS 2000u
#define LOOKS_AT_LAST 50000000u

#define S_IFCHR 0020000u

static u16 err_port = COM1;
static bool there, err_there;

static bool port_start(u16 port, u8 interrupts)
{
    vm_out8(port + IER, 0);
    if (vm_in8(port + LSR) == 0xff)
        return false;
    vm_out8(port + LCR, 0x83); /* 115200 baud */
    vm_out8(port, 1);
    vm_out8(port + IER, 0);
    vm_out8(port + LCR, 3); /* 8 bits, no parity */
    vm_out8(port + FCR, 7);
    vm_out8(port + MCR, 0x0b);
    vm_out8(port + IER, interrupts);
    return true;
}

/* How many of n bytes the port took, looking at most so often. */
static size_t port_put(u16 port, const u8 *at, size_t n, unsigned looks)
{
    size_t done = 0;
    while (done < n) {
        unsigned i = 0;
        while (!(vm_in8(port + LSR) & LSR_EMPTY))
            if (++i == looks)
                return done;
        size_t part = n - done < FIFO ? n - done : FIFO, left = part;
        const u8 *from = at + done;
        __asm__ volatile("rep outsb" : "+S"(from), "+c"(left) : "d"(port) : "memory");
        done += part;
    }
    return done;
}

size_t vm_serial_put(bool err, const void *data, size_t n)
{
    if (!(err ? err_there : there))
        return n; /* nobody listens */
    return port_put(err ? err_port : COM1, data, n, LOOKS);
}

/* From the interrupt and before a sleep; bounded, for a port that always has something. */
void vm_serial_take(void)
{
    for (unsigned i = 0; there && i < 256 && (vm_in8(COM1 + LSR) & LSR_DATA); i++)
        vm_tty_input(vm_in8(COM1));
}

static void log_text(const char *text, size_t n)
{
    if (!err_there)
        return;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\n' && vm_tty_here)
            port_put(err_port, (const u8 *)"\r", 1, LOOKS_AT_LAST);
        port_put(err_port, (const u8 *)&text[i], 1, LOOKS_AT_LAST);
    }
}

/* Behind the output, for a `pith run` whose hypervisor has no other way to it. */
static void end_here(const char *how, unsigned value)
{
    char text[] = "\x1epith ...... 000\n";
    for (unsigned i = 0; i < 6; i++)
        text[6 + i] = how[i];
    for (unsigned i = 0; i < 3; i++, value /= 10)
        text[15 - i] = (char)('0' + value % 10);
    port_put(COM1, (const u8 *)text, sizeof text - 1, LOOKS_AT_LAST);
}

static void end(unsigned status, unsigned sig)
{
    const char *where = vm_option("pith.status", 0);
    u64 port;
    if (where && vm_streq(where, "serial"))
        end_here(sig ? "signal" : "exit  ", sig ? sig : status);
    if (where && vm_number(where, &port, NULL) && port < 0x10000 && port_start((u16)port, 0)) {
        char text[] = "exit 000\n";
        status = sig ? 128 + sig : status;
        for (unsigned i = 0; i < 3; i++, status /= 10)
            text[7 - i] = (char)('0' + status % 10);
        port_put((u16)port, (const u8 *)text, sizeof text - 1, LOOKS_AT_LAST);
    }
}

static void signals(u64 caught, u64 ignored)
{
    (void)caught;
    (void)ignored;
}

/* Nobody here could continue it. */
static long stop(u64 sig)
{
    (void)sig;
    return -VM_ENOSYS;
}

/* As the monitor says it; stderr of a terminal is the program's. */
static void listening(u64 protocol, u64 port, u64 reachable)
{
    if (reachable)
        vm_say("pith: listening on port %u/%s\n", (u32)port, protocol == 17 ? "udp" : "tcp");
}

static const struct vm_link serial_link = {log_text, end,       signals, vm_tty_call,
                                           stop,     listening, NULL,    NULL};
const struct vm_link *vm_link = &serial_link;

static long put_out(struct vm_stream *s, const void *data, size_t n)
{
    return vm_tty_here ? vm_tty_output(s->priv != NULL, data, n)
                       : (long)vm_serial_put(s->priv != NULL, data, n);
}

static long get(struct vm_stream *s, void *data, size_t n)
{
    (void)s;
    vm_serial_take();
    return vm_tty_read(data, n);
}

static struct vm_stream in = {.read = get, .flags = PITH_STDIO_READ};
static struct vm_stream out = {.write = put_out, .flags = PITH_STDIO_WRITE};
static struct vm_stream err = {.write = put_out, .flags = PITH_STDIO_WRITE, .priv = &err_port};
struct vm_stream *vm_stdio[3] = {&in, &out, &err};

/* Early, so that there are words for what goes wrong. */
void vm_serial_start(void)
{
    err_there = there = port_start(COM1, 1);
}

void vm_serial_ready(void)
{
    const char *mode = vm_option("pith.console", 0), *other = vm_option("pith.stderr", 0);
    u64 port;
    vm_tty_here = !mode || !vm_streq(mode, "raw");
    if (mode && !vm_streq(mode, "raw") && !vm_streq(mode, "tty"))
        vm_stop("pith.console=%s: it is raw or tty", mode);
    if (other) {
        if (!vm_number(other, &port, NULL) || port > 0xfff8)
            vm_stop("pith.stderr=%s: that is no port", other);
        err_port = (u16)port;
        err_there = port_start(err_port, 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        vm_stdio[i]->mode = S_IFCHR | 0620;
        vm_stdio[i]->flags |= vm_tty_here ? PITH_STDIO_TTY | PITH_STDIO_READ | PITH_STDIO_WRITE : 0;
    }
    vm_serial_wakes = there && vm_irq_serial(COM1_LINE);
}
bool vm_serial_wakes;
