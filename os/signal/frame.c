/* Building and reading signal frames: see signal/frame.h. */
#include "signal/frame.h"

#include "arch/context.h"
#include "base/string.h"
#include "base/uaccess.h"

_Static_assert(offsetof(struct signal_frame, fpu) - offsetof(struct signal_frame, context) == 424,
               "musl's ucontext_t");
_Static_assert(offsetof(struct signal_frame, fpu) % 16 == 8, "rsp at a function's entry");

#define RED_ZONE 128
#define FXSAVE_SIZE 512
#define XSAVE_HEADER 64
#define XFEATURES_LEGACY 3
#define FCW_INIT 0x37f
#define MXCSR_INIT 0x1f80
#define MXCSR_MASK 0xffff
/* Flags a handler may change in the ucontext: AC OF DF TF SF ZF AF PF CF RF (Intel SDM). */
#define FLAGS_USER 0x50dd5ul
#define FLAG_DF 0x400ul
#define FLAG_TF 0x100ul
#define FLAG_RF 0x10000ul

/* ucontext.uc_flags of Linux: XSAVE state, ss saved, ss restored strictly. */
#define UC_XSTATE 1
#define UC_SS 6

static struct _fpx_sw_bytes *fpu_kind(u8 *fpu)
{
    return (struct _fpx_sw_bytes *)(fpu + FXSAVE_SIZE - sizeof(struct _fpx_sw_bytes));
}

static u64 xfeatures(void)
{
    u32 low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (u64)high << 32 | low;
}

static void fpu_store(u8 *to, size_t size, const struct signal_fpu *fpu)
{
    if (size > FXSAVE_SIZE)
        memset(to + FXSAVE_SIZE, 0, XSAVE_HEADER);
    if (fpu->area)
        memcpy(to, fpu->area, size);
    else if (size > FXSAVE_SIZE)
        arch_fpu_save(to);
    else
        __asm__ volatile("fxsave64 (%0)" ::"r"(to) : "memory");
    struct _fpx_sw_bytes *kind = fpu_kind(to);
    memset(kind, 0, sizeof(*kind));
    if (size > FXSAVE_SIZE) {
        kind->magic1 = FP_XSTATE_MAGIC1;
        kind->extended_size = (u32)size;
        kind->xfeatures = xfeatures();
        kind->xstate_size = (u32)size;
        /* x87 and SSE are always told, so what a handler changes there counts. */
        *(u64 *)(to + FXSAVE_SIZE) |= XFEATURES_LEGACY;
    }
}

static void fpu_reset(const struct signal_fpu *fpu)
{
    static const u32 mxcsr = MXCSR_INIT;
    u8 *area = fpu->area;
    if (!area) {
        __asm__ volatile("fninit; ldmxcsr %0" ::"m"(mxcsr));
        return;
    }
    memset(area, 0, FXSAVE_SIZE);
    area[0] = FCW_INIT & 0xff;
    area[1] = FCW_INIT >> 8;
    memcpy(area + 24, &mxcsr, sizeof(mxcsr));
    if (arch_fpu_size() > FXSAVE_SIZE)
        memset(area + FXSAVE_SIZE, 0, XSAVE_HEADER);
}

/* A program may have written anything there: what the CPU would refuse is taken out. */
static void fpu_load(u8 *fpu)
{
    u32 mxcsr;
    memcpy(&mxcsr, fpu + 24, sizeof(mxcsr));
    mxcsr &= MXCSR_MASK;
    memcpy(fpu + 24, &mxcsr, sizeof(mxcsr));
    size_t size = arch_fpu_size();
    bool whole = size > FXSAVE_SIZE && fpu_kind(fpu)->magic1 == FP_XSTATE_MAGIC1;
    if (!whole || user_touch(fpu, size, true)) {
        __asm__ volatile("fxrstor64 (%0)" ::"r"(fpu) : "memory");
        return;
    }
    u64 *header = (u64 *)(fpu + FXSAVE_SIZE);
    header[0] &= xfeatures();
    memset(header + 1, 0, XSAVE_HEADER - sizeof(*header));
    arch_fpu_load(fpu);
}

static void machine_store(struct sigcontext *m, const struct pith_regs *r, sigset_os mask)
{
    m->r8 = r->r8;
    m->r9 = r->r9;
    m->r10 = r->r10;
    m->r11 = r->r11;
    m->r12 = r->r12;
    m->r13 = r->r13;
    m->r14 = r->r14;
    m->r15 = r->r15;
    m->rdi = r->rdi;
    m->rsi = r->rsi;
    m->rbp = r->rbp;
    m->rbx = r->rbx;
    m->rdx = r->rdx;
    m->rax = r->rax;
    m->rcx = r->rcx;
    m->rsp = r->rsp;
    m->rip = r->rip;
    m->eflags = r->rflags;
    m->cs = (u16)r->cs;
    m->ss = (u16)r->ss;
    m->err = r->error;
    m->trapno = r->vector < PITH_VECTOR_UPCALL ? r->vector : 0;
    m->oldmask = mask;
    m->cr2 = r->addr;
}

static void machine_load(struct pith_regs *r, const struct sigcontext *m)
{
    r->r8 = m->r8;
    r->r9 = m->r9;
    r->r10 = m->r10;
    r->r11 = m->r11;
    r->r12 = m->r12;
    r->r13 = m->r13;
    r->r14 = m->r14;
    r->r15 = m->r15;
    r->rdi = m->rdi;
    r->rsi = m->rsi;
    r->rbp = m->rbp;
    r->rbx = m->rbx;
    r->rdx = m->rdx;
    r->rax = m->rax;
    r->rcx = m->rcx;
    r->rsp = m->rsp;
    r->rip = m->rip;
    r->rflags = (r->rflags & ~FLAGS_USER) | (m->eflags & FLAGS_USER);
}

static void alt_store(stack_t *user, struct thread *t, u64 sp)
{
    user->ss_sp = (void *)t->sig.alt_sp;
    user->ss_size = t->sig.alt_size;
    user->ss_flags = (int)t->sig.alt_flags;
    if (!t->sig.alt_size)
        user->ss_flags |= SS_DISABLE;
    else if (signal_on_alt(t, sp))
        user->ss_flags |= SS_ONSTACK;
    if (t->sig.alt_flags & SS_AUTODISARM)
        t->sig.alt_sp = t->sig.alt_size = t->sig.alt_flags = 0;
}

/* As sigaltstack, but what it would refuse changes nothing. */
static void alt_load(const stack_t *user, struct thread *t, u64 sp)
{
    if (signal_on_alt(t, sp))
        return;
    if (user->ss_flags & SS_DISABLE) {
        t->sig.alt_sp = t->sig.alt_size = t->sig.alt_flags = 0;
    } else if (user->ss_size >= MINSIGSTKSZ) {
        t->sig.alt_sp = (u64)user->ss_sp;
        t->sig.alt_size = user->ss_size;
        t->sig.alt_flags = (u32)user->ss_flags & (u32)SS_AUTODISARM;
    }
}

/* The address of the frame, or 0 if the alternate stack is too small. */
static u64 place(const struct pith_regs *regs, const struct signal_action *a, size_t fpu_size)
{
    struct thread *t = sched_current();
    bool alt = signal_on_alt(t, regs->rsp);
    u64 sp = regs->rsp - RED_ZONE;
    if (!alt && a->flags & SA_ONSTACK && t->sig.alt_size) {
        sp = t->sig.alt_sp + t->sig.alt_size;
        alt = true;
    }
    u64 frame = ROUND_DOWN(sp - fpu_size, 64ul) - offsetof(struct signal_frame, fpu);
    return alt && (frame <= t->sig.alt_sp || frame > sp) ? 0 : frame;
}

int signal_frame_push(struct pith_regs *regs, const siginfo_t *info, const struct signal_action *a,
                      sigset_os mask, const struct signal_fpu *fpu)
{
    struct thread *t = sched_current();
    size_t size = fpu->call ? FXSAVE_SIZE : arch_fpu_size();
    struct signal_frame *f = (struct signal_frame *)place(regs, a, size);
    if (!f || user_touch(f, offsetof(struct signal_frame, fpu) + size, true))
        return -EFAULT;
    memset(&f->context, 0, sizeof(f->context));
    f->back = (u64)signal_return;
    f->info = *info;
    f->cancel = t->sig.cancel;
    t->sig.cancel = false;
    f->context.flags = UC_SS | (size > FXSAVE_SIZE ? UC_XSTATE : 0);
    f->context.mask = mask;
    alt_store(&f->context.stack, t, regs->rsp);
    machine_store(&f->context.machine, regs, mask);
    f->context.machine.fpstate = (struct _fpstate *)f->fpu;
    fpu_store(f->fpu, size, fpu);
    fpu_reset(fpu);
    regs->rsp = (u64)f;
    regs->rip = a->handler;
    regs->rdi = (u64)info->si_signo;
    regs->rsi = (u64)&f->info;
    regs->rdx = (u64)&f->context;
    regs->rax = 0;
    regs->rflags &= ~(FLAG_DF | FLAG_TF | FLAG_RF);
    return 0;
}

int signal_frame_pop(struct pith_regs *regs, sigset_os *mask, u64 sp)
{
    struct signal_frame *f = (struct signal_frame *)(sp - sizeof(f->back));
    if (user_touch(f, sizeof(*f), true))
        return -EFAULT;
    machine_load(regs, &f->context.machine);
    *mask = f->context.mask;
    sched_current()->sig.cancel = f->cancel;
    alt_load(&f->context.stack, sched_current(), regs->rsp);
    if (f->context.machine.fpstate)
        fpu_load(f->fpu);
    else
        fpu_reset(&(struct signal_fpu){0});
    return regs->rip >> 47 ? -EFAULT : 0;
}
