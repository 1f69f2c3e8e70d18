/* Guests that break the ABI (include/pith/abi.h), without a library OS in between.
 *
 * argv[1] names the attack. A guest that survives what it did exits with 0 if every answer was
 * what abi.h says, and 1 with a line on stdout if not; attacks that must kill it never return.
 * The runner (run) knows which status and which words belong to each.
 */
#include <pith/note.h>

typedef pith_u64 u64;
typedef long (*hypercall_fn)(u64 nr, u64 a, u64 b, u64 c, u64 d);

/* Two notes in their words: name size, description size, type, "pith", description. */
static const pith_u32 notes[] __attribute__((section(".note.pith"), used)) = {
    5, 16, PITH_NOTE_IMAGE,  0x68746970, 0, PITH_ABI,         0, 192 << 10, 0, /* memory: 192 KiB */
    5, 4,  PITH_NOTE_DEVICE, 0x68746970, 0, PITH_DEV_CONSOLE,
};

static const struct pith_boot *boot;
static struct pith_vcpu *vcpu;
static hypercall_fn hypercall;
static struct pith_queue *queues;
static char page[2 * PITH_PAGE] __attribute__((aligned(PITH_PAGE)));

#define EFAULT 14
#define EINVAL 22
#define ENOSYS 38

static unsigned length(const char *s)
{
    unsigned n = 0;
    while (s[n])
        n++;
    return n;
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static struct pith_desc *desc(unsigned queue)
{
    return (struct pith_desc *)queues[queue].desc;
}

static void offer(unsigned queue, unsigned head)
{
    struct pith_avail *avail = (void *)queues[queue].avail;
    avail->ring[avail->idx % queues[queue].size] = (pith_u16)head;
    __atomic_store_n(&avail->idx, avail->idx + 1, __ATOMIC_RELEASE);
}

/* One request as abi.h lays it out; returns its result. */
static long request(unsigned queue, u64 data, pith_u32 n)
{
    static volatile pith_s64 result;
    result = -9999;
    desc(queue)[0] = (struct pith_desc){(u64)&result, 8, 3, 1};
    desc(queue)[1] = (struct pith_desc){data, n, queue == 0 ? 2 : 0, 0};
    offer(queue, 0);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
    return result;
}

static _Noreturn void done(int status)
{
    hypercall(PITH_HC_EXIT, (u64)status, 0, 0, 0);
    __builtin_trap();
}

static void expect(int truth, const char *claim)
{
    if (truth)
        return;
    request(PITH_CONSOLE_STDOUT, (u64)claim, length(claim));
    request(PITH_CONSOLE_STDOUT, (u64) "\n", 1);
    done(1);
}
#define EXPECT(truth) expect(truth, #truth)

/* ---- rings ---- */
static void ring_index_jumps(void)
{
    ((struct pith_avail *)queues[1].avail)->idx = 1000;
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void ring_head_outside(void)
{
    offer(1, 0x7fff);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void ring_loop(void)
{
    desc(1)[0] = (struct pith_desc){(u64)page, 8, 3, 1};
    desc(1)[1] = (struct pith_desc){(u64)page, 8, 1, 1};
    offer(1, 0);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void ring_indirect(void)
{
    desc(1)[0] = (struct pith_desc){(u64)page, 16, 4, 0};
    offer(1, 0);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void ring_no_result(void)
{
    desc(1)[0] = (struct pith_desc){(u64)page, 100, 0, 0};
    offer(1, 0);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void result_at(u64 where)
{
    desc(2)[0] = (struct pith_desc){where, 8, 3, 1};
    desc(2)[1] = (struct pith_desc){(u64)page, 1, 0, 0};
    offer(2, 0);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void ring_result_in_text(void)
{
    result_at(0x400800);
}

static void ring_result_null(void)
{
    result_at(0);
}

static void ring_result_in_boot(void)
{
    result_at((u64)boot);
}

static void ring_wild_data(void)
{
    static const u64 wild[] = {
        0,     8,     0x10000,    PITH_BOOT_START - 8, PITH_ARENA_START,
        ~0ull, ~7ull, 1ull << 47, PITH_ARENA_END,      PITH_BOOT_START + (8 << 20)};
    for (unsigned i = 0; i < sizeof wild / sizeof *wild; i++) {
        EXPECT(request(PITH_CONSOLE_STDOUT, wild[i], 8) == -EFAULT);
        EXPECT(request(PITH_CONSOLE_STDERR, wild[i], 0xfffffff0) == -EFAULT);
    }
    EXPECT(request(PITH_CONSOLE_STDIN, 0x400800, 8) == -EFAULT);
    EXPECT(request(PITH_CONSOLE_STDIN, (u64)boot, 8) == -EFAULT);
}

/* ---- hypercalls ---- */
static void absurd_hypercalls(void)
{
    static const u64 value[] = {0,
                                1,
                                4095,
                                4096,
                                0x400000,
                                ~0ull,
                                1ull << 63,
                                PITH_ARENA_START,
                                PITH_ARENA_END - 4096,
                                PITH_BOOT_START};
    const unsigned n = sizeof value / sizeof *value;
    for (u64 nr = 0; nr < 40; nr++) {
        /* Those that end, stop or sleep by design. */
        if (nr == PITH_HC_EXIT || nr == PITH_HC_DIE || nr == PITH_HC_STOP || nr == PITH_HC_WAIT)
            continue;
        for (unsigned i = 0; i < n * n * n; i++) {
            long r = hypercall(nr, value[i % n], value[i / n % n], value[i / n / n], 1);
            if (nr == 0 || nr > PITH_HC_LISTENING)
                EXPECT(r == -ENOSYS);
        }
    }
    EXPECT(hypercall(~0ull, 1, 2, 3, 4) == -ENOSYS);
    EXPECT(hypercall(PITH_HC_STOP, 9, 0, 0, 0) == -EINVAL);
    EXPECT(hypercall(PITH_HC_CLOCK, 0, 0, 0, 0) > 0);
    hypercall(PITH_HC_TIMER, 0, 0, 0, 0);
    hypercall(PITH_HC_WAIT, 1, 0, 0, 0);
}

static void absurd_memory(void)
{
    const u64 a = PITH_ARENA_START + (1ull << 32);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, 0x400000, 4096, 3) == -EINVAL);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, a + 1, 4096, 3) == -EINVAL);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, a, ~0ull - 4095, 3) == -EINVAL);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, a, 1ull << 43, 3) == -12);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, a, 4096, 7) == -13);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_COMMIT, a, 8192, 3) == 2);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_PROTECT, a, 4096, 0) == 0);
    EXPECT(request(PITH_CONSOLE_STDOUT, a, 1) == -EFAULT);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_PROTECT, a, 4096, 1) == 0);
    EXPECT(request(PITH_CONSOLE_STDIN, a, 1) == -EFAULT);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_DECOMMIT, PITH_ARENA_START + (2ull << 30), 1ull << 43,
                     0) == 2);
    EXPECT(hypercall(PITH_HC_MEM, PITH_MEM_PROTECT, 0x400000, 4096, 3) == -EINVAL);
}

static void absurd_death(void)
{
    EXPECT(hypercall(PITH_HC_DIE, 0, 0, 0, 0) == -EINVAL);
    EXPECT(hypercall(PITH_HC_DIE, 65, 0, 0, 0) == -EINVAL);
    hypercall(PITH_HC_DIE, 11, 1, ~0ull - 3, ~0ull);
}

static void long_message(void)
{
    for (unsigned i = 0; i < sizeof page; i++)
        page[i] = i % 2 ? 'x' : 27; /* escape sequences must not reach the terminal */
    hypercall(PITH_HC_DIE, 6, 0, (u64)page, sizeof page);
}

/* ---- faults and upcalls ---- */
static void fault_entry_nowhere(void)
{
    vcpu->fault_stack = 0x1000;
    vcpu->fault_entry = 0x2000;
    *(volatile int *)0x3000 = 1;
}

static void fault_stack_nowhere(void)
{
    extern const char push_stack[];
    vcpu->fault_stack = 0;
    vcpu->fault_entry = (u64)push_stack;
    *(volatile int *)0x3000 = 1;
}
__asm__("push_stack: push %rax\n jmp push_stack\n");

static void upcall_nowhere(void)
{
    vcpu->upcall_entry = 0xdead000;
    vcpu->upcall_stack = ~0ull;
    hypercall(PITH_HC_TIMER, (u64)hypercall(PITH_HC_CLOCK, 0, 0, 0, 0) + 1000000, 0, 0, 0);
    for (;;)
        __asm__ volatile("pause");
}

static void write_text(void)
{
    *(volatile char *)0x400800 = 1;
}

static void write_boot(void)
{
    *(volatile char *)PITH_BOOT_START = 1;
}

static void run_data(void)
{
    page[0] = (char)0xc3;
    ((void (*)(void))page)();
    done(1);
}

static void run_stack(void)
{
    volatile char code = (char)0xc3;
    ((void (*)(void))(u64)&code)();
    done(1);
}

static void null_call(void)
{
    __asm__ volatile("xor %%eax, %%eax\n\tcall *%%rax" : : : "rax");
}

static void privileged(void)
{
    __asm__ volatile("mov %%rax, %%cr3" : : "a"(0));
}

static void system_call(void)
{
    __asm__ volatile("syscall" : : "a"(39) : "rcx", "r11", "memory");
    done(0); /* a machine may ignore it, not serve it */
}

static const struct {
    const char *name;
    void (*run)(void);
} attacks[] = {
    {"ring-index-jumps", ring_index_jumps},
    {"ring-head-outside", ring_head_outside},
    {"ring-loop", ring_loop},
    {"ring-indirect", ring_indirect},
    {"ring-no-result", ring_no_result},
    {"ring-result-in-text", ring_result_in_text},
    {"ring-result-null", ring_result_null},
    {"ring-result-in-boot", ring_result_in_boot},
    {"ring-wild-data", ring_wild_data},
    {"absurd-hypercalls", absurd_hypercalls},
    {"absurd-memory", absurd_memory},
    {"absurd-death", absurd_death},
    {"long-message", long_message},
    {"fault-entry-nowhere", fault_entry_nowhere},
    {"fault-stack-nowhere", fault_stack_nowhere},
    {"upcall-nowhere", upcall_nowhere},
    {"write-text", write_text},
    {"write-boot", write_boot},
    {"run-data", run_data},
    {"run-stack", run_stack},
    {"null-call", null_call},
    {"privileged", privileged},
    {"system-call", system_call},
};

__attribute__((used)) static void guest(const struct pith_boot *b)
{
    boot = b;
    vcpu = (void *)b->vcpu;
    hypercall = (hypercall_fn)b->hypercall;
    queues = (void *)((const struct pith_device *)b->devices)->queues;
    char **argv = (void *)b->argv;
    for (unsigned i = 0; b->argc > 1 && i < sizeof attacks / sizeof *attacks; i++)
        if (same(argv[1], attacks[i].name)) {
            attacks[i].run();
            done(0);
        }
    done(2);
}
__asm__(".globl _start\n_start: xor %ebp, %ebp\n call guest\n");
