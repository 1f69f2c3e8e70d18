/* What a fault means: memory to commit, a copy to break off, a signal, or the end.
 *
 * Entered from arch/fault.S on the fault stack, from any code of the program or of the OS; the
 * OS's own data never faults, so the trees are whole. May not sleep.
 */
#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/heap.h"
#include "mem/layout.h"
#include "mem/vma_tree.h"
#include "signal/signal.h"

#include <asm-generic/mman-common.h>
#include <asm/siginfo.h>
#include <asm/signal.h>

/* x86 exception vectors and page fault error bits (Intel SDM volume 3, 6.15). */
#define VECTOR_DE 0
#define VECTOR_DB 1
#define VECTOR_BP 3
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_XM 19
#define PF_WRITE 2u
#define PF_FETCH 16u

SET_DECLARE(fixup, void);

int vma_fault_anonymous(struct vma *v, u64 addr)
{
    /* Steps double where touching goes on where it was, and begin anew where it jumps. */
    u64 limit = MAX(mem_free_bytes() / 16, PAGE_SIZE);
    u64 chunk = MEM_CHUNK_MIN;
    if (v->chunk && addr + v->chunk * 2 >= v->near && addr < v->near + v->chunk * 2)
        chunk = MIN(v->chunk * 2, MEM_CHUNK_MAX);
    while (chunk > PAGE_SIZE && chunk > limit)
        chunk /= 2;
    v->chunk = chunk;
    v->near = addr;
    for (;; chunk = PAGE_SIZE) {
        u64 start = MAX(ROUND_DOWN(addr, chunk), v->r.start);
        u64 end = MIN(ROUND_DOWN(addr, chunk) + chunk, v->r.end);
        int err = mem_commit(start, end - start, vma_host_prot(v->prot));
        if (!err)
            v->touched += end - start;
        if (!err || chunk == PAGE_SIZE)
            return err;
    }
}

static NORETURN void out_of_memory(void)
{
    host_die(SIGKILL, NULL, "out of memory: all of the guest's is in use");
}

static bool allowed(const struct vma *v, u64 error)
{
    if (error & PF_FETCH)
        return v->prot & PROT_EXEC;
    if (error & PF_WRITE)
        return v->prot & PROT_WRITE;
    return v->prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* A copy of base/uaccess.h that hit a bad page: continue where it says. */
static bool fix_up(struct pith_regs *regs)
{
    for (u64 *p = (u64 *)__start_pith_set_fixup; p < (u64 *)__stop_pith_set_fixup; p += 2) {
        if (p[0] == regs->rip) {
            regs->rip = p[1];
            return true;
        }
    }
    return false;
}

/* Which exception the unmasked flags of the FPU or of MXCSR tell: Linux's order. */
static int float_code(u64 vector)
{
    u32 mxcsr;
    u16 control, status;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(control));
    __asm__ volatile("fnstsw %0" : "=m"(status));
    u32 flags = vector == VECTOR_XM ? mxcsr & ~(mxcsr >> 7) : status & ~(u32)control;
    if (flags & 1)
        return FPE_FLTINV;
    if (flags & 4)
        return FPE_FLTDIV;
    if (flags & 8)
        return FPE_FLTOVF;
    if (flags & 0x12)
        return FPE_FLTUND;
    return flags & 0x20 ? FPE_FLTRES : 0;
}

static void signal_or_die(int signal, int code, u64 addr, struct pith_regs *regs)
{
    struct pith_vcpu *vcpu = host_vcpu();
    bool ours = regs->rip >= vcpu->os_text_start && regs->rip < vcpu->os_text_end;
    if (ours && (signal == SIGSEGV || signal == SIGBUS) && fix_up(regs))
        return;
    if (!ours && signal_fault)
        signal_fault(signal, code, addr, regs);
    else
        host_die(signal, regs, NULL);
}

static int bring_in(struct vma *v, u64 addr, bool write)
{
    return v->object ? vma_fault_object(v, ROUND_DOWN(addr, PAGE_SIZE), write)
                     : vma_fault_anonymous(v, addr);
}

static void page_fault(struct pith_regs *regs)
{
    struct vma *v = vma_at(regs->addr);
    if (!v || !allowed(v, regs->error)) {
        bool image = regs->addr >= host_boot->image_start && regs->addr < host_boot->image_end;
        signal_or_die(SIGSEGV, v || image ? SEGV_ACCERR : SEGV_MAPERR, regs->addr, regs);
        return;
    }
    bool write = regs->error & PF_WRITE;
    int err = bring_in(v, regs->addr, write);
    if (err == -ENOMEM && ((heap_reclaim && heap_reclaim()) || (vma_reclaim && vma_reclaim())))
        err = bring_in(vma_at(regs->addr), regs->addr, write); /* the tree may have been cut anew */
    if (err == -ENOMEM)
        out_of_memory();
    if (err)
        signal_or_die(SIGBUS, BUS_ADRERR, regs->addr, regs);
}

struct pith_regs *mem_fault(void)
{
    struct pith_vcpu *vcpu = host_vcpu();
    struct pith_regs *regs = &vcpu->fault;
    switch (regs->vector) {
    case VECTOR_PF:
        page_fault(regs);
        break;
    case VECTOR_DE:
        signal_or_die(SIGFPE, FPE_INTDIV, regs->rip, regs);
        break;
    case VECTOR_MF:
    case VECTOR_XM:
        signal_or_die(SIGFPE, float_code(regs->vector), regs->rip, regs);
        break;
    case VECTOR_DB:
        signal_or_die(SIGTRAP, TRAP_TRACE, regs->rip, regs);
        break;
    case VECTOR_BP:
        signal_or_die(SIGTRAP, SI_KERNEL, 0, regs);
        break;
    case VECTOR_UD:
        signal_or_die(SIGILL, ILL_ILLOPN, regs->rip, regs);
        break;
    case VECTOR_AC:
        signal_or_die(SIGBUS, BUS_ADRALN, 0, regs);
        break;
    default:
        signal_or_die(SIGSEGV, SI_KERNEL, 0, regs);
    }
    vcpu->fault_busy = 0;
    return regs;
}
