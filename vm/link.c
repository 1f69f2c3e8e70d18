/* The base's end of pith/link.h: what `pith run` does for a guest that it started. Output goes out
 * by two ports as it is; everything else is messages. The host is trusted no further than any
 * device: lengths are checked, what is asked for is waited for. */
#include "console.h"

#include <pith/link.h>

#define ASK 4096u /* bytes of input asked for at once */

static struct vm_port *control;

/* The message that is arriving. */
static struct pith_link head;
static u32 nhead, nbody;
static union {
    u8 tty[PITH_LINK_TTY_MAX];
    u8 skip;
} body;

static u8 *input; /* ASK bytes */
static u32 input_at, input_end;
static bool asked, ended;
static long input_error;

static u32 answer; /* type of the answer that is waited for, 0 = none */
static long answer_value;
static long closed[3]; /* of stdout, stderr: errno */

static void send(u32 type, u64 a, u64 b, const void *data, u32 len)
{
    u8 whole[sizeof(struct pith_link) + PITH_LINK_TTY_MAX];
    const struct pith_link m = {type, len, a, b};
    memcpy(whole, &m, sizeof m);
    if (len)
        memcpy(whole + sizeof m, data, len);
    while (!vm_port_write(control, whole, sizeof m + len))
        __asm__ volatile("pause");
}

/* A message whose body has come whole. */
static void act(void)
{
    switch (head.type) {
    case PITH_LINK_INPUT:
        asked = false;
        ended = head.a == 0;
        input_error = (s64)head.a < 0 ? (long)head.a : 0;
        input_end = head.len;
        break;
    case PITH_LINK_SIGNAL:
        if (head.a >= 1 && head.a <= 64)
            vm_signal((unsigned)head.a);
        break;
    case PITH_LINK_CLOSED:
        if (head.a == 1 || head.a == 2)
            closed[head.a] = head.b > 0 && head.b < 4096 ? (long)head.b : VM_EIO;
        break;
    default: /* an answer */
        if (head.type != answer)
            vm_stop("the link to the host: a message of type %u that nobody asked for", head.type);
        answer_value = (long)head.a;
        answer = 0;
    }
}

/* Where the body of this message goes, and how long it may be. */
static u8 *place(u32 *room)
{
    *room = 0;
    if (head.type == PITH_LINK_INPUT && asked) {
        *room = ASK;
        return input;
    }
    if (head.type == PITH_LINK_TTY)
        *room = PITH_LINK_TTY_MAX;
    return body.tty;
}

static void take_in(void)
{
    for (;;) {
        if (nhead < sizeof head) {
            size_t n = vm_port_read(control, (u8 *)&head + nhead, sizeof head - nhead);
            nhead += (u32)n;
            if (nhead < sizeof head && !n)
                return;
            if (nhead < sizeof head)
                continue;
            nbody = 0;
        }
        u32 room;
        u8 *to = place(&room);
        if (head.len > room)
            vm_stop("the link to the host: a message of type %u and %u bytes", head.type, head.len);
        if (nbody < head.len) {
            size_t n = vm_port_read(control, to + nbody, head.len - nbody);
            if (!n)
                return;
            nbody += (u32)n;
            continue;
        }
        nhead = 0;
        act();
    }
}

static long ask(u32 type, u64 a, u64 b, void *data, u32 len)
{
    answer = type;
    send(type, a, b, data, len);
    while (answer) {
        take_in();
        __asm__ volatile("pause");
    }
    memcpy(data, body.tty, len);
    return answer_value;
}

static void signals(u64 caught, u64 ignored)
{
    send(PITH_LINK_SIGNALS, caught, ignored, NULL, 0);
}

static long stop(u64 sig)
{
    ask(PITH_LINK_STOP, sig, 0, NULL, 0);
    return 0;
}

static void stamp(u64 which)
{
    send(PITH_LINK_STAMP, which, 0, NULL, 0);
}

static void listening(u64 protocol, u64 port, u64 reachable)
{
    send(PITH_LINK_LISTENING, protocol << 16 | port, reachable, NULL, 0);
}

static long tty(u64 op, u64 fd, void *data, size_t size)
{
    u64 queue = size;
    if (op == PITH_TTY_FLUSH)
        return ask(PITH_LINK_TTY, op, fd, &queue, sizeof queue);
    if (size > PITH_LINK_TTY_MAX)
        return -VM_EINVAL;
    return ask(PITH_LINK_TTY, op, fd, data, (u32)size);
}

/* ---- Streams ---- */

static long write_out(struct vm_stream *s, const void *data, size_t len)
{
    unsigned fd = s == vm_stdio[1] ? 1 : 2;
    take_in();
    return closed[fd] ? -closed[fd] : (long)vm_port_write(s->priv, data, len);
}

static long read_in(struct vm_stream *s, void *data, size_t len)
{
    (void)s;
    take_in();
    if (input_at < input_end) {
        size_t n = input_end - input_at < len ? input_end - input_at : len;
        memcpy(data, input + input_at, n);
        input_at += (u32)n;
        return (long)n;
    }
    long error = input_error;
    input_error = 0;
    if (error)
        return error;
    if (ended) {
        ended = false; /* a terminal goes on behind its end */
        return 0;
    }
    if (!asked) {
        u64 phys;
        if (!input && !(input = vm_vq_pages(ASK / PITH_PAGE, &phys)))
            return -VM_ENOMEM;
        input_at = input_end = 0;
        asked = true;
        send(PITH_LINK_READ, len < ASK ? len : ASK, 0, NULL, 0);
    }
    return -VM_EAGAIN;
}

static struct vm_stream streams[3] = {
    {.read = read_in}, {.write = write_out}, {.write = write_out}};

/* ---- The device behind them, which the image does not see ---- */

static void push(struct vm_device *d)
{
    (void)d;
    for (unsigned i = 1; i < 3; i++)
        vm_port_sent(streams[i].priv);
}

static bool pull(struct vm_device *d)
{
    push(d);
    take_in();
    return false;
}

static void arm(struct vm_device *d, bool on)
{
    (void)d;
    vm_port_arm(control, on);
    vm_vq_interrupts(&control->rx, true); /* a signal stops a program that computes */
    for (unsigned i = 1; i < 3; i++)
        vm_port_arm(streams[i].priv, on);
}

static void sent(struct vm_port *p)
{
    while (!vm_port_sent(p))
        __asm__ volatile("pause");
}

/* Sentences of the base's own. */
static void say(const char *text, size_t n)
{
    struct vm_port *p = streams[2].priv;
    for (size_t at = 0; at < n && !closed[2];) {
        take_in();
        at += vm_port_write(p, text + at, n - at);
    }
}

/* Behind what was said before. */
static void frame(unsigned n, u64 va)
{
    sent(streams[2].priv);
    send(PITH_LINK_FRAME, n, va, NULL, 0);
}

/* Output before the status, so that whoever reads the status has it all. */
static void end(unsigned status, unsigned sig)
{
    for (unsigned i = 1; i < 3; i++)
        sent(streams[i].priv);
    send(sig ? PITH_LINK_DIE : PITH_LINK_EXIT, sig ? sig : status, 0, NULL, 0);
    sent(control);
}

/* pith.stdio=MODE:FLAGS,MODE:FLAGS,MODE:FLAGS */
static void describe(void)
{
    const char *at = vm_option("pith.stdio", 0);
    for (unsigned i = 0; i < 3 && at; i++) {
        u64 mode, flags;
        if (!vm_number(at, &mode, &at) || *at++ != ':' || !vm_number(at, &flags, &at) ||
            *at++ != (i < 2 ? ',' : 0))
            vm_stop("pith.stdio: that is not MODE:FLAGS three times");
        streams[i].mode = (u32)mode;
        streams[i].flags = (u32)flags;
    }
}

void vm_link_start(struct vm_port *to_host, struct vm_port *out, struct vm_port *err)
{
    static const struct vm_device_ops ops = {.push = push, .pull = pull, .arm = arm};
    static const struct vm_link to = {say, end, signals, tty, stop, listening, frame, stamp};
    control = to_host;
    streams[1].priv = out;
    streams[2].priv = err;
    for (unsigned i = 0; i < 3; i++) {
        streams[i].mode = 010600; /* pipes, unless we are told */
        streams[i].flags = i ? PITH_STDIO_WRITE : PITH_STDIO_READ;
        vm_stdio[i] = &streams[i];
    }
    describe();
    vm_link = &to;
    vm_vq_interrupts(&control->rx, true);
    vm_device_add(&(struct vm_device){.ops = &ops});
}
