/* The vcpu: what its descriptor tables say and the state it starts in (AMD64 APM vol. 2, 4.8,
 * 8.2, 12.2).
 *
 * Ring 3 from the first instruction. Every exception enters ring 0 through an interrupt gate, on
 * the fault stack, at its stub. The tables and the stubs are read-only even there: the accessed
 * and busy bits a CPU would write are set beforehand.
 *
 * On hardware virtualization the guest's CPUID, XCR0 and time-stamp counter are what we set: the
 * host's own. Where the host has neither VMX nor SVM, KVM runs ring 3 directly (PVM): all three
 * are the host's anyway, and not asking saves a third of a millisecond.
 */
#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm.h"

/* Selectors as Linux uses them, so that a frame looks familiar. */
#define KERNEL_CODE 0x08
#define USER_DATA 0x2b
#define USER_CODE 0x33
#define TASK 0x40

/* Layout of the page of tables. */
#define IDT 0u
#define IDT_SIZE (32 * 16)
#define GDT 512u
#define GDT_SIZE (TASK + 16)
#define TSS 1024u
#define TSS_BITMAP 104u
/* Ports 0 to 0x1f, then the byte of ones that must follow. */
#define TSS_SIZE (TSS_BITMAP + 5)

#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_DOUBLE_FAULT 8

#define CR0_PE_MP_ET_NE_WP_AM_PG 0x80050033ull
#define CR4_PAE (1u << 5)
#define CR4_OSFXSR (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_FSGSBASE (1u << 16)
#define CR4_OSXSAVE (1u << 18)
#define EFER_LME_LMA_NX 0xd00u
#define RFLAGS_IF 0x202u
#define APIC_BASE_RESET 0xfee00900u

/* CPUID 1 and 0x80000001, ECX. */
#define VMX (1u << 5)
#define SVM (1u << 2)

extern const uint8_t kvm_stubs[], kvm_stubs_end[], kvm_stub_iretq[];
extern const uint8_t kvm_call_page[], kvm_call_end[];

static uint8_t *page(const struct kvm_guest *g, unsigned n)
{
    return g->ram + n * PITH_PAGE;
}

static uint64_t address(const struct kvm_guest *g, unsigned n)
{
    return g->supervisor + n * PITH_PAGE;
}

struct kvm_frame *kvm_cpu_frame(const struct kvm_guest *g)
{
    return (struct kvm_frame *)(void *)page(g, KVM_CPU_STACK + 1) - 1;
}

uint64_t kvm_cpu_frame_address(const struct kvm_guest *g)
{
    return address(g, KVM_CPU_STACK + 1) - sizeof(struct kvm_frame);
}

uint64_t kvm_cpu_iretq(const struct kvm_guest *g)
{
    return address(g, KVM_CPU_STUBS) + (uint64_t)(kvm_stub_iretq - kvm_stubs);
}

static void put(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}

static void fill_idt(const struct kvm_guest *g, uint8_t *idt)
{
    for (unsigned i = 0; i < 32; i++) {
        uint64_t entry = address(g, KVM_CPU_STUBS) + 16ull * i;
        unsigned ring = i == VECTOR_BREAKPOINT || i == VECTOR_OVERFLOW ? 3 : 0;
        uint64_t stack = i == VECTOR_DOUBLE_FAULT ? 1 : 0;
        uint64_t type = 0x8e | ring << 5;
        put(idt + 16 * i, (entry & 0xffff) | KERNEL_CODE << 16 | stack << 32 | type << 40 |
                              (entry >> 16 & 0xffff) << 48);
        put(idt + 16 * i + 8, entry >> 32);
    }
}

static void fill_gdt(uint8_t *gdt, uint64_t tss)
{
    put(gdt + KERNEL_CODE, 0x00af9b000000ffff);
    put(gdt + (USER_DATA & ~7), 0x00cff3000000ffff);
    put(gdt + (USER_CODE & ~7), 0x00affb000000ffff);
    put(gdt + TASK,
        (TSS_SIZE - 1) | (tss & 0xffffff) << 16 | 0x8bull << 40 | (tss >> 24 & 0xff) << 56);
    put(gdt + TASK + 8, tss >> 32);
}

static void fill_tss(const struct kvm_guest *g, uint8_t *tss)
{
    put(tss + 4, address(g, KVM_CPU_STACK + 1));         /* stack of ring 0 */
    put(tss + 36, address(g, KVM_CPU_STACK + 1) - 2048); /* IST 1: a fault in a stub */
    tss[102] = TSS_BITMAP;
    memset(tss + TSS_BITMAP, 0xff, TSS_SIZE - TSS_BITMAP);
    tss[TSS_BITMAP + KVM_PORT_CALL / 8] = (uint8_t) ~(1u << (KVM_PORT_CALL % 8));
}

void kvm_cpu_fill(struct kvm_guest *g)
{
    uint8_t *tables = page(g, KVM_CPU_TABLES);
    fill_idt(g, tables + IDT);
    fill_gdt(tables + GDT, address(g, KVM_CPU_TABLES) + TSS);
    fill_tss(g, tables + TSS);
    memcpy(page(g, KVM_CPU_STUBS), kvm_stubs, (size_t)(kvm_stubs_end - kvm_stubs));
    memcpy(page(g, KVM_CPU_CALL), kvm_call_page, (size_t)(kvm_call_end - kvm_call_page));
}

static bool hardware_virtualization(void)
{
    unsigned a, b, c = 0, d;
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & VMX))
        return true;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & SVM);
}

/* CPUID as KVM supports it on this host, and all vector state it can switch. */
static int start_features(struct kvm_guest *g, struct host_error *err)
{
    static union {
        struct kvm_cpuid2 head;
        uint8_t room[sizeof(struct kvm_cpuid2) + 256 * sizeof(struct kvm_cpuid_entry2)];
    } cpuid;
    cpuid.head.nent = 256;
    if (ioctl(g->kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) || ioctl(g->vcpu, KVM_SET_CPUID2, &cpuid))
        return host_fail(err, "KVM refuses the CPU's features: %s", strerror(errno));
    for (uint32_t i = 0; i < cpuid.head.nent; i++) {
        const struct kvm_cpuid_entry2 *e = &cpuid.head.entries[i];
        if (e->function != 0xd || e->index != 0)
            continue;
        struct kvm_xcrs xcrs = {.nr_xcrs = 1};
        xcrs.xcrs[0].value = (uint64_t)e->edx << 32 | e->eax;
        if (ioctl(g->vcpu, KVM_SET_XCRS, &xcrs))
            return host_fail(err, "KVM refuses the CPU's vector state: %s", strerror(errno));
    }
    return 0;
}

/* The clock page is in the host's time-stamp counter. */
static int start_clock(struct kvm_guest *g, struct host_error *err)
{
    uint64_t zero = 0;
    struct kvm_device_attr offset = {
        .group = KVM_VCPU_TSC_CTRL, .attr = KVM_VCPU_TSC_OFFSET, .addr = (uintptr_t)&zero};
    if (ioctl(g->vcpu, KVM_SET_DEVICE_ATTR, &offset))
        return host_fail(err, "this kernel's KVM cannot share the host's clock (Linux 5.16 can)");
    return 0;
}

int kvm_cpu_start(struct kvm_guest *g, struct host_error *err)
{
    g->ordinary = hardware_virtualization();
    if (!g->ordinary)
        return 0;
    return start_features(g, err) || start_clock(g, err) ? -1 : 0;
}

static struct kvm_segment segment(uint16_t selector, uint8_t type)
{
    return (struct kvm_segment){.selector = selector,
                                .limit = 0xffffffff,
                                .type = type,
                                .dpl = 3,
                                .present = 1,
                                .s = 1,
                                .g = 1};
}

void kvm_cpu_enter(struct kvm_guest *g, uint64_t rip, uint64_t rsp, uint64_t rdi)
{
    struct kvm_sregs *s = &g->run->s.regs.sregs;
    memset(s, 0, sizeof *s);
    s->cs = segment(USER_CODE, 0xb);
    s->cs.l = 1;
    s->ss = segment(USER_DATA, 0x3);
    s->ss.db = 1;
    s->ds = s->es = s->fs = s->gs = s->ldt = (struct kvm_segment){.unusable = 1};
    s->tr = (struct kvm_segment){.base = address(g, KVM_CPU_TABLES) + TSS,
                                 .limit = TSS_SIZE - 1,
                                 .selector = TASK,
                                 .type = 0xb,
                                 .present = 1};
    s->idt.base = address(g, KVM_CPU_TABLES) + IDT;
    s->idt.limit = IDT_SIZE - 1;
    s->gdt.base = address(g, KVM_CPU_TABLES) + GDT;
    s->gdt.limit = GDT_SIZE - 1;
    s->cr0 = CR0_PE_MP_ET_NE_WP_AM_PG;
    s->cr3 = g->root;
    s->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_FSGSBASE | CR4_OSXSAVE;
    s->efer = EFER_LME_LMA_NX;
    s->apic_base = APIC_BASE_RESET;

    struct kvm_regs *r = &g->run->s.regs.regs;
    memset(r, 0, sizeof *r);
    r->rip = rip;
    r->rsp = rsp;
    r->rdi = rdi;
    r->rflags = RFLAGS_IF;
    g->run->kvm_valid_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS;
    g->run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
}
