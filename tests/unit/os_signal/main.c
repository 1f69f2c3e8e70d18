/* Signals, timers and random numbers against what Linux's man pages and RFC 8439 say. Prints
 * "ok NAME" or "not ok NAME: why" and ends with 1 if one failed. */
#include <stdio.h>
#include <string.h>

#include "fake.h"

#include "signal/frame.h"
#include "sys/periodic.h"

#undef memset
#undef memcpy
#undef memcmp
#define block chacha_block
#include "../../../os/dev/random.c"
#undef block
#undef memset
#undef memcpy
#undef memcmp

#define WANT(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return #cond;                                                                          \
    } while (0)

static struct signal_action actions[SIG_COUNT];
struct signal_action *signal_action(int signal)
{
    return &actions[signal - 1];
}

static unsigned long state = 88172645463325252ul;
static unsigned pick(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % n);
}

static void fresh(void)
{
    if (sched_threads.next)
        signal_drop(~0ull);
    fake_reset();
    for (int i = 0; i < SIG_COUNT; i++)
        actions[i] = (struct signal_action){.handler = 2};
}

static int send(struct thread *t, int signal, int value)
{
    siginfo_t info;
    signal_info_user(&info, signal, SI_QUEUE);
    info.si_value.sival_int = value;
    return signal_send_info(t, &info);
}

/* ---- random sends and takes against a plain list ---- */
#define MODEL 4096
static struct {
    int thread, signal, value; /* thread 0: the process */
} model[MODEL];
static int in_model;

static bool model_has(int thread, int signal)
{
    for (int i = 0; i < in_model; i++)
        if (model[i].thread == thread && model[i].signal == signal)
            return true;
    return false;
}

/* What thread 1 (the current one) must get next out of set; the index or -1. */
static int model_next(sigset_os set)
{
    for (int thread = 1; thread >= 0; thread--) {
        int best = -1;
        for (int i = 0; i < in_model; i++)
            if (model[i].thread == thread && set & SIG_BIT(model[i].signal) &&
                (best < 0 || model[i].signal < model[best].signal))
                best = i;
        if (best >= 0)
            return best;
    }
    return -1;
}

static const char *queues(void)
{
    fresh();
    sched_main.sig.mask = fake_second.sig.mask = ~SIG_UNBLOCKABLE;
    in_model = 0;
    for (int step = 0; step < 20000; step++) {
        int signal = 1 + (int)pick(64), thread = (int)pick(2);
        if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCONT ||
            (signal >= SIGTSTP && signal <= SIGTTOU))
            continue;
        if (pick(5) < 2 && in_model < 3000) {
            WANT(send(thread ? &sched_main : NULL, signal, step) == 0);
            if (signal >= SIGRTMIN || !model_has(thread, signal)) {
                model[in_model].thread = thread;
                model[in_model].signal = signal;
                model[in_model++].value = step;
            }
        } else {
            sigset_os set = pick(3) ? ~0ull : SIG_BIT(signal) | state;
            siginfo_t info;
            int i = model_next(set), got = signal_take(set, &info);
            WANT(got == (i < 0 ? 0 : model[i].signal));
            if (i < 0)
                continue;
            WANT(info.si_signo == got && info.si_value.sival_int == model[i].value);
            in_model--;
            memmove(&model[i], &model[i + 1], sizeof(model[0]) * (size_t)(in_model - i));
        }
        WANT(!sched_main.sig_ready && !fake_second.sig_ready);
    }
    signal_drop(~0ull);
    WANT(!signal_shared.queued && !signal_pending(&sched_main));
    return NULL;
}

static const char *limits(void)
{
    fresh();
    sched_main.sig.mask = fake_second.sig.mask = ~0ull;
    signal_queue_max = 10;
    for (int i = 0; i < 10; i++)
        WANT(send(NULL, 40, i) == 0);
    WANT(send(NULL, 40, 0) == -EAGAIN);
    WANT(send(NULL, SIGUSR1, 0) == 0); /* merely loses its siginfo */
    siginfo_t info;
    WANT(signal_take(~0ull, &info) == SIGUSR1 && info.si_code == SI_USER);
    WANT(signal_take(~0ull, &info) == 40 && send(NULL, 40, 0) == 0);
    signal_queue_max = SIGNAL_QUEUE_DEFAULT;
    return NULL;
}

static const char *default_actions(void)
{
    fresh();
    memset(actions, 0, sizeof(actions));
    WANT(FAKE_DIES(send(NULL, SIGTERM, 0)) == SIGTERM);
    WANT(FAKE_DIES(send(NULL, 40, 0)) == 40);
    WANT(FAKE_DIES(send(NULL, SIGCHLD, 0); send(NULL, SIGURG, 0); send(NULL, SIGWINCH, 0)) == 0);
    WANT(!signal_pending(&sched_main));
    send(NULL, SIGTSTP, 0);
    WANT(fake_stopped == SIGTSTP);
    actions[SIGTERM - 1].handler = SIGNAL_IGN;
    WANT(FAKE_DIES(send(NULL, SIGTERM, 0)) == 0 && !signal_pending(&sched_main));
    actions[SIGKILL - 1].handler = 2;
    sched_main.sig.mask = fake_second.sig.mask = ~0ull;
    WANT(FAKE_DIES(send(NULL, SIGKILL, 0)) == SIGKILL);
    /* Blocked: pending, even what would be ignored; dies when unblocked. */
    WANT(FAKE_DIES(send(NULL, SIGHUP, 0); send(NULL, SIGCHLD, 0)) == 0);
    WANT(signal_pending(&sched_main) == (SIG_BIT(SIGHUP) | SIG_BIT(SIGCHLD)));
    signal_mask_set(~SIG_BIT(SIGCHLD));
    WANT(signal_pending(&sched_main) == SIG_BIT(SIGHUP) && !sched_main.sig_ready);
    WANT(FAKE_DIES(signal_mask_set(0)) == SIGHUP);
    /* Stopping and continuing cancel each other. */
    sched_main.sig.mask = ~0ull;
    signal_drop(~0ull);
    send(NULL, SIGTSTP, 0);
    send(NULL, SIGCONT, 0);
    WANT(signal_pending(&sched_main) == SIG_BIT(SIGCONT));
    send(&sched_main, SIGTTIN, 0);
    WANT(signal_pending(&sched_main) == SIG_BIT(SIGTTIN));
    return NULL;
}

static const char *choosing(void)
{
    fresh();
    send(NULL, SIGUSR1, 0);
    WANT(sched_main.sig_ready && !fake_second.sig_ready);
    siginfo_t info;
    WANT(signal_take(~0ull, &info) == SIGUSR1 && !sched_main.sig_ready);
    sched_main.sig.mask = SIG_BIT(SIGUSR1);
    send(NULL, SIGUSR1, 0);
    WANT(!sched_main.sig_ready && fake_second.sig_ready);
    /* The other one blocks it before it could run the handler: nobody; then main takes it. */
    sched_current_ptr = &fake_second;
    signal_mask_set(SIG_BIT(SIGUSR1));
    sched_current_ptr = &sched_main;
    WANT(!fake_second.sig_ready);
    signal_mask_set(0);
    WANT(sched_main.sig_ready);
    /* Main blocks it again: handed over to who has it unblocked. */
    fake_second.sig.mask = 0;
    signal_mask_set(SIG_BIT(SIGUSR1));
    WANT(!sched_main.sig_ready && fake_second.sig_ready);
    signal_drop(~0ull);
    WANT(!fake_second.sig_ready);
    /* Somebody waits for it: woken, but no handler is due. */
    fake_second.sig.mask = sched_main.sig.mask = ~0ull;
    fake_second.sig.waiting = SIG_BIT(SIGUSR2);
    int woken = fake_woken;
    send(NULL, SIGUSR2, 0);
    WANT(fake_woken == woken + 1 && !fake_second.sig_ready && !sched_main.sig_ready);
    /* It ends: what was for it goes, what was for all stays. */
    sched_main.sig.mask = 0;
    send(&fake_second, SIGHUP, 0);
    signal_thread_gone(&fake_second);
    WANT(!fake_second.sig.pending && sched_main.sig_ready && signal_shared.queued == 1);
    return NULL;
}

static const char *masks(void)
{
    sigset_os none = 0;
    fresh();
    sched_main.sig.mask = SIG_BIT(SIGUSR1);
    send(&sched_main, SIGUSR1, 0);
    WANT(signal_mask_push(&none, 4) == -EINVAL && signal_mask_push(NULL, 4) == 0);
    WANT(signal_mask_push(&none, 8) == 0 && signal_interrupts());
    WANT(signal_mask_pop(3) == 3); /* the call succeeded: the signal goes on waiting */
    WANT(sched_main.sig.mask == SIG_BIT(SIGUSR1) && !signal_interrupts());
    WANT(signal_mask_push(&none, 8) == 0 && signal_mask_pop(-EINTR) == -EINTR);
    WANT(sched_main.sig.mask == 0 && sched_main.sig.restore && signal_interrupts());
    signal_mask_set(~0ull);
    WANT(sched_main.sig.mask == ~SIG_UNBLOCKABLE);
    return NULL;
}

long pith_cancel_enter(void);
void pith_cancel_leave(long old);

static const char *cancelling(void)
{
    fresh();
    sched_main.sig.mask = SIG_BIT(SIGNAL_CANCEL);
    send(&sched_main, SIGNAL_CANCEL, 0);
    WANT(!sched_main.sig_ready);
    long old = pith_cancel_enter();
    WANT(old == 0 && sched_main.sig_ready && !signal_due(&sched_main));
    pith_cancel_leave(old);
    WANT(!sched_main.sig_ready);
    signal_drop(~0ull);
    old = pith_cancel_enter();
    WANT(!sched_main.sig_ready);
    int woken = fake_woken;
    send(&sched_main, SIGNAL_CANCEL, 0);
    WANT(sched_main.sig_ready && fake_woken > woken);
    pith_cancel_leave(old);
    return NULL;
}

static const char *frames(void)
{
    fresh();
    u8 *stack = fake_pages(16), fpu[832];
    struct pith_regs before, regs, after;
    u8 *raw = (u8 *)&before;
    for (size_t i = 0; i < sizeof(before); i++)
        raw[i] = (u8)pick(256);
    before.rip = 0x401234;
    before.rflags = 0x246;
    before.rsp = (u64)stack + (8 << 12) + 0x123;
    struct signal_action a = {.handler = 0x405678};
    siginfo_t info = {.si_signo = SIGUSR1};
    sched_main.sig.cancel = true;

    /* In the program's code: the FPU is in an area. */
    memset(fpu, 0x5a, sizeof(fpu));
    regs = before;
    WANT(!signal_frame_push(&regs, &info, &a, 0x1234, &(struct signal_fpu){.area = fpu}));
    struct signal_frame *f = (struct signal_frame *)regs.rsp;
    WANT(regs.rip == a.handler && regs.rdi == SIGUSR1 && regs.rsi == (u64)&f->info);
    WANT(regs.rdx == (u64)&f->context && regs.rsp % 16 == 8 && (u64)f->fpu % 64 == 0);
    WANT(regs.rsp + sizeof(*f) < before.rsp - 128 && f->back == (u64)signal_return);
    WANT(f->fpu[0] == 0x5a && fpu[0] == 0x7f && fpu[1] == 3 && !sched_main.sig.cancel);
    after = regs;
    sigset_os mask;
    f->context.machine.eflags |= 0x3000; /* IOPL: not the program's to set */
    WANT(!signal_frame_pop(&after, &mask, regs.rsp + 8) && mask == 0x1234);
    WANT(sched_main.sig.cancel && fake_fpu == 0x5a5a5a5a5a5a5a5aul);
    after.vector = before.vector, after.error = before.error, after.addr = before.addr;
    after.cs = before.cs, after.ss = before.ss;
    WANT(!memcmp(&after, &before, sizeof(after)));
    /* A changed rip holds; one outside the address space does not. */
    f->context.machine.rip = 0x777;
    WANT(!signal_frame_pop(&after, &mask, regs.rsp + 8) && after.rip == 0x777);
    f->context.machine.rip = 1ull << 63;
    WANT(signal_frame_pop(&after, &mask, regs.rsp + 8) == -EFAULT);

    /* No stack. */
    regs = before;
    regs.rsp = (u64)stack + 100;
    WANT(signal_frame_push(&regs, &info, &a, 0, &(struct signal_fpu){.area = fpu}) == -EFAULT);

    /* The alternate stack, and no deeper than it goes. */
    a.flags = SA_ONSTACK;
    sched_main.sig.alt_sp = (u64)stack;
    sched_main.sig.alt_size = 4096;
    regs = before;
    WANT(!signal_frame_push(&regs, &info, &a, 0, &(struct signal_fpu){.area = fpu}));
    WANT(regs.rsp > (u64)stack && regs.rsp < (u64)stack + 4096);
    f = (struct signal_frame *)regs.rsp;
    WANT(f->context.stack.ss_flags == 0 && f->context.stack.ss_size == 4096);
    WANT(!signal_frame_push(&regs, &info, &a, 0, &(struct signal_fpu){.area = fpu}));
    f = (struct signal_frame *)regs.rsp;
    WANT(f->context.stack.ss_flags == SS_ONSTACK && regs.rsp > (u64)stack);
    int err = 0, n = 0;
    while (!err && n++ < 10)
        err = signal_frame_push(&regs, &info, &a, 0, &(struct signal_fpu){.area = fpu});
    WANT(err == -EFAULT && n < 4);
    return NULL;
}

/* ---- timers ---- */
static unsigned fired;
static u64 passed;
static void on_expiry(struct periodic *p)
{
    fired++;
    passed += periodic_next(p);
}

static const char *timers(void)
{
    fresh();
    fake_now = 1000000000;
    struct periodic p = {.expired = on_expiry, .clock = 1};
    struct time_ispec left;
    periodic_set(&p, fake_now + 100, 0);
    periodic_get(&p, &left);
    WANT(left.value.nsec == 100 && !fake_timer());
    fake_now += 100;
    WANT(fake_timer() && fired == 1 && passed == 1 && !p.when && !fake_timer());
    fired = 0, passed = 0;
    periodic_set(&p, fake_now + 10, 10);
    for (u64 total = 0; fired < 1000;) {
        u64 step = pick(100);
        fake_now += step, total += step;
        while (fake_timer())
            ;
        WANT(passed == total / 10);
        periodic_get(&p, &left);
        WANT((u64)left.value.nsec == 10 - total % 10 && left.interval.nsec == 10);
    }
    periodic_stop(&p);
    fake_now += 1000;
    WANT(!fake_timer());
    fired = 0;
    periodic_set(&p, fake_now - 5, 0); /* past: at once */
    WANT(fired == 1 && !p.when);
    u64 ns;
    WANT(time_from_spec(&(struct time_spec){-1, 0}, &ns) == -EINVAL);
    WANT(time_from_spec(&(struct time_spec){0, 1000000000}, &ns) == -EINVAL);
    WANT(!time_from_spec(&(struct time_spec){0x7fffffffffffffff, 0}, &ns) && ns + ns < NEVER);
    return NULL;
}

/* ---- random numbers ---- */
static const char *chacha(void)
{
    /* RFC 8439, A.1, test vectors 1 and 2: zero key, zero nonce, counters 0 and 1. */
    static const u8 first[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
                                 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
    static const u8 second[16] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
                                  0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
    u32 zero[KEY_WORDS] = {0}, out[16], before[KEY_WORDS];
    chacha_block(zero, 0, out);
    WANT(!memcmp(out, first, sizeof(first)));
    chacha_block(zero, 1, out);
    WANT(!memcmp(out, second, sizeof(second)));
    /* The key of a request is gone when it is served, and no two requests agree. */
    u8 a[300] = {0}, b[300] = {0};
    random_fill(a, sizeof(a));
    memcpy(before, key, sizeof(key));
    random_fill(b, sizeof(b));
    WANT(memcmp(before, key, sizeof(key)) && memcmp(a, b, sizeof(a)));
    WANT(random_fill_user((void *)8, 10) == 0 && random_fill_user(a, 65) == 65);
    unsigned ones = 0;
    for (int round = 0; round < 100; round++) {
        random_fill(a, sizeof(a));
        for (size_t i = 0; i < sizeof(a); i++)
            ones += (unsigned)__builtin_popcount(a[i]);
    }
    WANT(ones > 119000 && ones < 121000);
    return NULL;
}

size_t user_copy_partial(void *dst, const void *src, size_t n)
{
    if ((u64)dst < PAGE_SIZE)
        return 0;
    memcpy(dst, src, n);
    return n;
}

int main(void)
{
    static const struct {
        const char *name;
        const char *(*run)(void);
    } tests[] = {
        {"queues", queues},
        {"limits", limits},
        {"default actions", default_actions},
        {"choosing a thread", choosing},
        {"temporary masks", masks},
        {"cancellation points", cancelling},
        {"frames", frames},
        {"timers", timers},
        {"random numbers", chacha},
    };
    int bad = 0;
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        const char *why = tests[i].run();
        printf(why ? "not ok %s: %s\n" : "ok %s\n", tests[i].name, why);
        bad |= why != NULL;
    }
    fresh();
    return bad;
}
