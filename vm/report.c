/* What the user reads when a program was killed: why, its registers, and the calls that led there
 * as addresses (`pith run` puts names to them; the lines are those of monitor/report.c and
 * monitor/backtrace.c).
 *
 * Images keep no frame pointers: the stack is searched for words behind call instructions. Old
 * words can mislead it. All of it is the image's memory, read with its own rights.
 */
#include "internal.h"

#define FRAMES 32u
#define SCAN (64u << 10)

static const char *const names[] = {
    [1] = "SIGHUP",   [2] = "SIGINT",   [3] = "SIGQUIT",    [4] = "SIGILL",   [5] = "SIGTRAP",
    [6] = "SIGABRT",  [7] = "SIGBUS",   [8] = "SIGFPE",     [9] = "SIGKILL",  [10] = "SIGUSR1",
    [11] = "SIGSEGV", [12] = "SIGUSR2", [13] = "SIGPIPE",   [14] = "SIGALRM", [15] = "SIGTERM",
    [24] = "SIGXCPU", [25] = "SIGXFSZ", [26] = "SIGVTALRM", [31] = "SIGSYS",
};

static bool is_fault(unsigned sig)
{
    return sig == 11 || sig == 7 || sig == 4 || sig == 8 || sig == 5 || sig == 31;
}

static bool in_code(u64 va)
{
    return (vm_page(va) & PITH_PROT_EXEC) != 0;
}

static void say_page_fault(const struct pith_regs *r)
{
    const char *what = r->error & 16 ? "ran code at" : r->error & 2 ? "wrote to" : "read";
    const char *why = "where nothing is mapped";
    if (r->rsp >= PITH_ARENA_START && r->rsp < PITH_ARENA_END && r->addr + (64u << 10) >= r->rsp &&
        r->addr < r->rsp + 256 && !(vm_page(r->addr) & PITH_PROT_WRITE))
        why = "the stack overflowed";
    else if (r->addr < PAGE)
        why = "a null pointer";
    else if (vm_page(r->addr))
        why = r->error & 16  ? "which is data"
              : r->error & 2 ? "which is read-only"
                             : "which is protected";
    vm_say("pith: it %s 0x%lx, %s\n", what, r->addr, why);
}

static void say_cause(const struct pith_regs *r)
{
    const char *why = NULL;
    switch (r->vector) {
    case 0:
        why = "it divided by zero, or the quotient was too large";
        break;
    case 1:
        why = "debug exception";
        break;
    case 3:
        why = "it ran a breakpoint instruction";
        break;
    case 6:
        why = "it ran an invalid instruction";
        break;
    case 13:
        why = "general protection: a privileged instruction or a non-canonical address";
        break;
    case 14:
        say_page_fault(r);
        break;
    case 16:
        why = "floating point exception";
        break;
    case 17:
        why = "unaligned access";
        break;
    case 19:
        why = "SIMD floating point exception";
        break;
    default:
        break;
    }
    if (why)
        vm_say("pith: %s\n", why);
}

static void say_registers(const struct pith_regs *r)
{
    static const char name[][4] = {"rip", "rsp", "flg", "rax", "rbx", "rcx", "rdx", "rsi", "rdi",
                                   "rbp", "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15"};
    const u64 value[] = {r->rip, r->rsp, r->rflags, r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi,
                         r->rbp, r->r8,  r->r9,     r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};
    for (unsigned i = 0; i < ARRAY_LEN(value); i += 3)
        vm_say("  %s %016lx  %s %016lx  %s %016lx\n", name[i], value[i], name[i + 1], value[i + 1],
               name[i + 2], value[i + 2]);
}

/* Does a call end at `va`? Direct (e8) or indirect (ff /2). */
static bool call_before(u64 va)
{
    u8 code[7];
    if (!in_code(va - 1) || vm_copy_in(code, va - sizeof code, sizeof code))
        return false;
    s32 rel;
    memcpy(&rel, code + 3, 4);
    if (code[2] == 0xe8 && in_code(va + (u64)(s64)rel))
        return true;
    for (unsigned n = 2; n <= 7; n++) {
        const u8 *p = code + sizeof code - n;
        unsigned mod = p[1] >> 6, rm = p[1] & 7;
        if (p[0] == 0xff && (p[1] >> 3 & 7) == 2 &&
            n == 2u + (rm == 4 && mod != 3) +
                     (mod == 1   ? 1
                      : mod == 2 ? 4
                                 : 0) +
                     (mod == 0 && rm == 5 ? 4 : 0))
            return true;
    }
    return false;
}

static void say_frame(unsigned n, u64 va)
{
    if (vm_link->frame)
        vm_link->frame(n, va);
    else
        vm_say("  #%-2u 0x%lx\n", n, va);
}

static void backtrace(const struct pith_regs *r)
{
    u64 sp = r->rsp & ~7ull, word;
    vm_say("pith: backtrace\n");
    if (in_code(r->rip))
        say_frame(0, r->rip);
    else
        vm_say("  #0  0x%lx, not code\n", r->rip);
    for (unsigned i = 0, n = 1; i < SCAN / 8 && n < FRAMES; i++) {
        if (vm_copy_in(&word, sp + i * 8, sizeof word))
            break;
        if (in_code(word) && call_before(word))
            say_frame(n++, word);
    }
}

void vm_report(unsigned sig, const struct pith_regs *regs, const char *text)
{
    if (text)
        vm_say("pith: %s: %s\n", vm_name(), text);
    if (!is_fault(sig) && !regs)
        return;
    const char *name = sig < ARRAY_LEN(names) && names[sig] ? names[sig] : "signal";
    vm_say("pith: %s was killed by %s (%u)\n", vm_name(), name, sig);
    if (!regs)
        return;
    say_cause(regs);
    say_registers(regs);
    backtrace(regs);
}
