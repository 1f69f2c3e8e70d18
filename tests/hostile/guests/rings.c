/* Attacks on the shared rings and on the shared page of the virtual CPU.
 *
 * attack: loop-chain broken
 * attack: next-range broken
 * attack: head-range broken
 * attack: index-jump broken
 * attack: index-back broken
 * attack: long-chain broken
 * attack: wild-address broken
 * attack: text-target broken
 * attack: boot-target broken
 * attack: wrapping broken
 * attack: giant-length broken
 * attack: no-result broken
 * attack: result-readonly broken
 * attack: wrong-direction broken
 * attack: indirect broken
 * attack: empty-chain broken
 * attack: random-descriptors broken
 * attack: stdin-text broken
 * attack: fault-busy 139
 * attack: fault-entry-wild any
 * attack: fault-entry-data any
 * attack: fault-stack-wild any
 * attack: fault-in-fault any
 * attack: upcall-entry-wild any
 * attack: upcall-stack-wild any
 * attack: upcall-busy-int 130
 * attack: os-text-all-int 130
 * attack: pending-garbage any
 */
#include "attack.h"
#include <sys/time.h>

static const struct pith_queue *queue(unsigned n)
{
    const struct pith_device *d = (const struct pith_device *)(uintptr_t)host_boot->devices;

    for (unsigned i = 0; i < host_boot->ndevices; i++)
        if (d[i].type == PITH_DEV_CONSOLE && n < d[i].nqueues)
            return (const struct pith_queue *)(uintptr_t)d[i].queues + n;
    puts("no console");
    exit(97);
}

static struct pith_vcpu *vcpu(void)
{
    return (struct pith_vcpu *)(uintptr_t)host_boot->vcpu;
}

static long long result;
static char text[64] = "must not be seen as an error\n";

/* Offers one chain whose descriptors the attack has filled in, and waits for the host. */
static void offer(const struct pith_queue *q, unsigned head, unsigned advance)
{
    struct pith_avail *a = (struct pith_avail *)(uintptr_t)q->avail;

    a->ring[a->idx & (q->size - 1)] = (pith_u16)head;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    a->idx = (pith_u16)(a->idx + advance);
    for (int i = 0; i < 5; i++)
        hyper(PITH_HC_WAIT, 0, 0, 0, 0);
}

static struct pith_desc *desc(const struct pith_queue *q)
{
    return (struct pith_desc *)(uintptr_t)q->desc;
}

static void chain(unsigned n, uint64_t addr, unsigned len, unsigned flags, unsigned next)
{
    desc(queue(1))[n] = (struct pith_desc){addr, len, (pith_u16)flags, (pith_u16)next};
}

static void good_result(void)
{
    chain(0, (uintptr_t)&result, 8, 2 | 1, 1);
}

static void loop_chain(void)
{
    good_result();
    chain(1, (uintptr_t)text, 5, 1, 2), chain(2, (uintptr_t)text, 5, 1, 1);
    offer(queue(1), 0, 1);
}
static void next_range(void)
{
    good_result();
    chain(1, (uintptr_t)text, 5, 1, 60000);
    offer(queue(1), 0, 1);
}
static void head_range(void)
{
    offer(queue(1), 65535, 1);
}
static void index_jump(void)
{
    good_result();
    chain(1, (uintptr_t)text, 5, 0, 0);
    offer(queue(1), 0, 30000);
}
static void index_back(void)
{
    good_result();
    chain(1, (uintptr_t)text, 5, 0, 0);
    offer(queue(1), 0, 65535);
}
static void long_chain(void)
{
    for (unsigned i = 0; i < queue(1)->size; i++)
        chain(i, (uintptr_t)text, 1, 1, (i + 1) % queue(1)->size);
    offer(queue(1), 0, 1);
}
static void one(uint64_t addr, unsigned len, unsigned flags)
{
    good_result();
    chain(1, addr, len, flags, 0);
    offer(queue(1), 0, 1);
}
static void wild_address(void)
{
    one(0x123456789000, 100, 0);
}
static void text_target(void)
{
    chain(0, (uintptr_t)offer, 8, 2 | 1, 1); /* the result would overwrite code */
    chain(1, (uintptr_t)text, 5, 0, 0);
    offer(queue(1), 0, 1);
}
static void boot_target(void)
{
    chain(0, (uintptr_t)host_boot, 8, 2 | 1, 1);
    chain(1, (uintptr_t)text, 5, 0, 0);
    offer(queue(1), 0, 1);
}
static void wrapping(void)
{
    one(~0ull - 10, 4096, 0);
}
static void giant_length(void)
{
    one((uintptr_t)text, ~0u, 0);
}
static void no_result(void)
{
    chain(0, (uintptr_t)text, 5, 0, 0);
    offer(queue(1), 0, 1);
}
static void result_readonly(void)
{
    chain(0, (uintptr_t)&result, 8, 1, 1);
    chain(1, (uintptr_t)text, 5, 0, 0);
    offer(queue(1), 0, 1);
}
static void wrong_direction(void)
{
    one((uintptr_t)text, 5, 2);
}
static void indirect(void)
{
    static struct pith_desc table[4];
    chain(0, (uintptr_t)table, sizeof table, 4, 0);
    offer(queue(1), 0, 1);
}
static void empty_chain(void)
{
    chain(0, 0, 0, 0, 0);
    offer(queue(1), 0, 1);
}
static void random_descriptors(void)
{
    unsigned rnd = 1;
    for (int round = 0; round < 300; round++) {
        for (unsigned i = 0; i < queue(1)->size; i++) {
            unsigned char *p = (unsigned char *)&desc(queue(1))[i];
            for (size_t k = 0; k < sizeof(struct pith_desc); k++)
                p[k] = (unsigned char)((rnd = rnd * 1664525 + 1013904223) >> 20);
        }
        offer(queue(1), rnd >> 24 & 15, rnd >> 28);
    }
}
static void stdin_text(void)
{
    const struct pith_queue *q = queue(0);
    desc(q)[0] = (struct pith_desc){(uintptr_t)&result, 8, 2 | 1, 1};
    desc(q)[1] = (struct pith_desc){(uintptr_t)offer, 4096, 2, 0};
    offer(q, 0, 1);
}

static volatile int *volatile nowhere;

static void fault(void)
{
    *nowhere = 1;
}
static void fault_busy(void)
{
    vcpu()->fault_busy = 1;
    fault();
}
static void fault_entry_wild(void)
{
    vcpu()->fault_entry = 0x123456789000;
    fault();
}
static void fault_entry_data(void)
{
    vcpu()->fault_entry = (uintptr_t)text;
    fault();
}
static void fault_stack_wild(void)
{
    vcpu()->fault_stack = 0x1000;
    fault();
}
static void fault_in_fault(void)
{
    vcpu()->fault_entry = (uintptr_t)fault;
    fault();
}
/* The first tick must find the program spinning: one that comes within setitimer is SIGALRM's. */
static void tick(void)
{
    struct itimerval it = {{0, 1000}, {0, 200000}};
    setitimer(ITIMER_REAL, &it, 0);
}
static void spin(void)
{
    for (;;)
        ;
}
static void upcall_entry_wild(void)
{
    tick();
    vcpu()->upcall_entry = 0x123456789000;
    spin();
}
static void upcall_stack_wild(void)
{
    tick();
    vcpu()->upcall_stack = 8;
    spin();
}
static void upcall_busy_int(void)
{
    vcpu()->upcall_busy = 1;
    spin();
}
static void os_text_all_int(void)
{
    vcpu()->os_text_start = 0;
    vcpu()->os_text_end = ~0ull;
    spin();
}
static void pending_garbage(void)
{
    for (int i = 0; i < 1000; i++) {
        vcpu()->pending = ~0u;
        vcpu()->signals = ~0ull;
        hyper(PITH_HC_WAIT, 0, 0, 0, 0);
    }
    usleep(1000);
    fault();
}

static const struct attack list[] = {
    {"loop-chain", loop_chain},
    {"next-range", next_range},
    {"head-range", head_range},
    {"index-jump", index_jump},
    {"index-back", index_back},
    {"long-chain", long_chain},
    {"wild-address", wild_address},
    {"text-target", text_target},
    {"boot-target", boot_target},
    {"wrapping", wrapping},
    {"giant-length", giant_length},
    {"no-result", no_result},
    {"result-readonly", result_readonly},
    {"wrong-direction", wrong_direction},
    {"indirect", indirect},
    {"empty-chain", empty_chain},
    {"random-descriptors", random_descriptors},
    {"stdin-text", stdin_text},
    {"fault-busy", fault_busy},
    {"fault-entry-wild", fault_entry_wild},
    {"fault-entry-data", fault_entry_data},
    {"fault-stack-wild", fault_stack_wild},
    {"fault-in-fault", fault_in_fault},
    {"upcall-entry-wild", upcall_entry_wild},
    {"upcall-stack-wild", upcall_stack_wild},
    {"upcall-busy-int", upcall_busy_int},
    {"os-text-all-int", os_text_all_int},
    {"pending-garbage", pending_garbage},
};
ATTACKS(list)
