/* The processor: what it can do, its descriptor tables, and the way in from ring 3 (AMD64 APM vol.
 * 2, 4.8, 6.1, 8.2, 12.2). Protections are switched on as far as it has them. */
#include "internal.h"

#define CR4_UMIP (1ull << 11)
#define CR4_FSGSBASE (1ull << 16)
#define CR4_OSXSAVE (1ull << 18)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)

#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_FMASK 0xc0000084

/* XCR0: x87, SSE, AVX, AVX-512. What needs more than an XSAVE area of its own stays off. */
#define VECTOR_STATE 0xe7u

/* Flags that a hypercall must not bring along: all but the one that is always set. */
#define FMASK 0x3f7fd5u

struct vm_cpu vm_cpu;

static struct {
    u32 reserved0;
    u64 rsp0, rsp1, rsp2, reserved1, ist[7], reserved2;
    u16 reserved3, bitmap;
} __attribute__((packed)) tss;

static u64 idt[256][2] __attribute__((aligned(16)));
extern u64 vm_gdt[];

static inline void gate(unsigned vector, u64 at)
{
    idt[vector][0] = (at & 0xffff) | SEL_CODE << 16 | 0x8eull << 40 | (at >> 16 & 0xffff) << 48;
    idt[vector][1] = at >> 32;
}
#define GATE_RING3 (3ull << 45)
#define GATE_STACK (1ull << 32) /* the one for faults in bad places */

static void tables(void)
{
    u64 at = (u64)&tss;
    tss.rsp0 = (u64)vm_stack_top - 16; /* above the frame: pith_regs.addr */
    tss.ist[0] = (u64)vm_fault_stack_top - 16;
    tss.bitmap = sizeof tss;
    vm_gdt[SEL_TASK / 8] =
        (sizeof tss - 1) | (at & 0xffffff) << 16 | 0x89ull << 40 | (at >> 24 & 0xff) << 56;
    vm_gdt[SEL_TASK / 8 + 1] = at >> 32;
    for (unsigned i = 0; i <= VECTOR_WAKE; i++)
        gate(i, (u64)vm_stubs + 16 * i);
    gate(VECTOR_SPURIOUS, (u64)vm_stub_ignore);
    idt[2][0] |= GATE_STACK;
    idt[3][0] |= GATE_RING3;
    idt[4][0] |= GATE_RING3;
    idt[8][0] |= GATE_STACK;
    idt[18][0] |= GATE_STACK;
    struct {
        u16 limit;
        u64 base;
    } __attribute__((packed)) where = {sizeof idt - 1, (u64)idt};
    /* No local descriptors: some processors start with a table of them at 0. */
    __asm__ volatile("lidt %0; ltr %w1; lldt %w2" ::"m"(where), "r"(SEL_TASK), "r"(0));
}

static void vector_state(void)
{
    u32 r[4];
    vm_cpuid(0xd, 0, r);
    u32 mask = r[0] & VECTOR_STATE;
    if ((mask & 0xe0) != 0xe0)
        mask &= ~0xe0u;
    if (!(mask & 4))
        mask &= ~0xe0u;
    __asm__ volatile("xsetbv" ::"c"(0), "a"(mask), "d"(0));
    vm_cpuid(0xd, 0, r);
    vm_cpu.xsave_size = r[1]; /* of what is switched on now */
}

void vm_cpu_start(void)
{
    u32 top[4], one[4], seven[4], by[4], kvm[4];
    u64 cr4;
    vm_cpuid(0, 0, top);
    vm_cpuid(1, 0, one);
    vm_cpuid(7, 0, seven);
    vm_cpuid(0x40000000, 0, by);
    vm_cpuid(0x40000001, 0, kvm);
    u32 has = top[0] >= 7 ? ~0u : 0, hosted = one[2] >> 31 ? ~0u : 0;
    seven[1] &= has;
    seven[2] &= has;
    vm_cpu.host = by[1] & hosted;
    vm_cpu.host_leaves = by[0] & hosted;
    vm_cpu.kvmclock = (kvm[0] >> 3 & 1) & (vm_cpu.host == HOST_KVM);
    vm_cpu.fsgsbase = seven[1] & 1;
    vm_cpu.rdseed = seven[1] >> 18 & 1;
    vm_cpu.rdrand = one[2] >> 30 & 1;
    vm_cpu.xsave = (one[2] >> 26 & 1) && top[0] >= 0xd;
    vm_cpu.deadline = one[2] >> 24 & 1;
    vm_cpu.apic = one[3] >> 9 & 1;
    vm_cpu.hwcap = one[3];
    /* QEMU's emulation applies SMAP to an iretq in ring 3 as well (7.2), which the image needs. */
    vm_cpu.smap = (seven[1] >> 20 & 1) & (vm_cpu.host != HOST_TCG);
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 |= vm_cpu.fsgsbase * CR4_FSGSBASE | vm_cpu.smap * CR4_SMAP |
           (seven[1] >> 7 & 1) * CR4_SMEP | (seven[2] >> 2 & 1) * CR4_UMIP |
           vm_cpu.xsave * CR4_OSXSAVE;
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4));
    if (vm_cpu.xsave)
        vector_state();
    tables();
    vm_wrmsr(MSR_STAR, (u64)SEL_CODE << 32 | (u64)((SEL_USER_DATA - 8) | 3) << 48);
    vm_wrmsr(MSR_LSTAR, (u64)vm_syscall);
    vm_wrmsr(MSR_FMASK, FMASK);
}
