/* Attacks with plain instructions: wild pointers, forbidden memory, privileged instructions.
 *
 * attack: NAME STATUS [MACHINE]: how each must end; see run. On `process` the hypercall page is the
 * monitor's own code, held by the jail alone: jumping into its middle proves nothing. QEMU's
 * emulation has neither alignment checks nor SIMD exceptions.
 * attack: null-read 139
 * attack: null-write 139
 * attack: wild-read 139
 * attack: wild-write 139
 * attack: noncanonical 139
 * attack: kernel-half 139
 * attack: text-write 139
 * attack: rodata-write 139
 * attack: boot-write 139
 * attack: clock-write 0
 * attack: hypercall-page-write 139
 * attack: hypercall-page-end broken kvm
 * attack: exec-data 139
 * attack: exec-heap 139
 * attack: exec-stack 139
 * attack: exec-boot 139
 * attack: jump-null 139
 * attack: jump-wild 139
 * attack: jump-noncanonical 139
 * attack: jump-middle any
 * attack: recursion 139
 * attack: recursion-thread 139
 * attack: big-frame 139
 * attack: rsp-null any
 * attack: rsp-odd any
 * attack: rsp-noncanonical any
 * attack: rsp-text any
 * attack: rsp-none-call any
 * attack: rbp-garbage any
 * attack: divide 136
 * attack: ud2 132
 * attack: int3 133
 * attack: int-n any
 * attack: int-80 any
 * attack: syscall any
 * attack: sysenter any
 * attack: hlt 139
 * attack: cli 139
 * attack: out any
 * attack: in any
 * attack: outs any
 * attack: lgdt 139
 * attack: lidt 139
 * attack: ltr 139
 * attack: cr3 139
 * attack: cr0 139
 * attack: wrmsr 139
 * attack: rdmsr 139
 * attack: invlpg 139
 * attack: vmcall any
 * attack: iret-garbage any
 * attack: iret-kernel any
 * attack: far-jump any
 * attack: segments any
 * attack: popf 0
 * attack: trap-flag any
 * attack: ac-flag any !qemu
 * attack: df-flag any
 * attack: fsbase any
 * attack: gsbase 0
 * attack: mxcsr any !qemu
 * attack: fpu-garbage any
 * attack: loop-int 130
 * attack: loop-term 143
 * attack: fault-loop-int 130
 */
#include "attack.h"
#include <pthread.h>

static volatile int sink, *volatile nowhere;
#define ASM(...) __asm__ volatile(__VA_ARGS__)
#define PTR(a) ((volatile int *)(uintptr_t)(a))

static void null_read(void)
{
    sink = *nowhere;
}
static void null_write(void)
{
    *nowhere = 1;
}
static void wild_read(void)
{
    sink = *PTR(0x123456789000);
}
static void wild_write(void)
{
    *PTR(0x0fff00000000) = 1;
}
static void noncanonical(void)
{
    sink = *PTR(0xdead000000000000);
}
static void kernel_half(void)
{
    *PTR(0xffffffff81000000) = 1;
}
static void text_write(void)
{
    *PTR(text_write) = 0x90909090;
}
static void rodata_write(void)
{
    *PTR("constant") = 1;
}
static void boot_write(void)
{
    ((struct pith_boot *)(uintptr_t)host_boot)->ram_bytes = ~0ull;
}
static void clock_write(void)
{
    *PTR(host_boot->clock) = 1;
}
static void hypercall_page_write(void)
{
    *PTR(host_boot->hypercall) = 1;
}
static void jump(uint64_t to)
{
    ((void (*)(void))(uintptr_t)to)();
}
static void hypercall_page_end(void)
{
    jump((host_boot->hypercall & ~4095ull) + 4090);
}
static char code[64] = {(char)0xc3};
static void exec_data(void)
{
    jump((uintptr_t)code);
}
static void exec_heap(void)
{
    char *p = malloc(100);
    p[0] = (char)0xc3;
    jump((uintptr_t)p);
}
static void exec_stack(void)
{
    volatile char p[16] = {(char)0xc3};
    jump((uintptr_t)p);
}
static void exec_boot(void)
{
    jump((uintptr_t)host_boot);
}
static void jump_null(void)
{
    jump(0);
}
static void jump_wild(void)
{
    jump(0x300000000000);
}
static void jump_noncanonical(void)
{
    jump(0x1234567812345678);
}
static void jump_middle(void)
{
    jump(((uintptr_t)printf) + 3);
}
__attribute__((noinline)) static int recurse(volatile int *p)
{
    volatile int v[64];
    v[0] = *p;
    return v[0] == 99 ? 0 : recurse(v) + v[0];
}
static void recursion(void)
{
    sink = recurse(&sink);
}
static void *recursion_in(void *arg)
{
    recursion();
    return arg;
}
static void recursion_thread(void)
{
    pthread_t t;
    pthread_create(&t, 0, recursion_in, 0);
    pthread_join(t, 0);
}
static void big_frame(void)
{
    ASM("sub $0x40000000, %%rsp; call *%0" ::"r"(null_read));
}
static void rsp_null(void)
{
    ASM("xor %esp, %esp; push %rax");
}
static void print_number(void)
{
    printf("%f\n", (double)sink);
}
static void rsp_odd(void)
{
    ASM("or $7, %%rsp; sub $64, %%rsp; call *%0; call *%1" ::"r"(print_number), "r"(null_read));
}
static void rsp_noncanonical(void)
{
    ASM("mov $0x8000000000000000, %rsp; push %rax");
}
static void rsp_text(void)
{
    ASM("mov %0, %%rsp; push %%rax" ::"r"(rsp_null));
}
static void rsp_none_call(void)
{
    ASM("xor %%esp, %%esp; jmp *%0" ::"r"(host_boot->hypercall), "D"(1), "S"(0));
}
static void rbp_garbage(void)
{
    ASM("mov $0x4141414141414141, %rbp; ud2");
}
static void divide(void)
{
    sink = 7 / sink;
}
static void ud2(void)
{
    ASM("ud2");
}
static void int3(void)
{
    ASM("int3");
}
static void int_n(void)
{
    ASM("int $0x42");
}
static void int_80(void)
{
    ASM("int $0x80" ::"a"(20));
}
static void syscall_(void)
{
    ASM("syscall" ::"a"(39ul) : "rcx", "r11", "memory");
    null_read();
}
static void sysenter(void)
{
    ASM("sysenter");
}
static void hlt(void)
{
    ASM("hlt");
}
static void cli(void)
{
    ASM("cli");
}
static void out(void)
{
    for (int port = 0; port < 65536; port += 7)
        ASM("outb %%al, %%dx" ::"a"(0), "d"(port));
}
static void in(void)
{
    ASM("inl %%dx, %%eax" ::"d"(0x510) : "rax");
}
static void outs(void)
{
    ASM("mov $100, %%ecx; rep outsb" ::"d"(0x3f8), "S"(code) : "rcx");
}
static void lgdt(void)
{
    ASM("lgdt (%rsp)");
}
static void lidt(void)
{
    ASM("lidt (%rsp)");
}
static void ltr(void)
{
    ASM("ltr %%ax" ::"a"(0x28));
}
static void cr3(void)
{
    ASM("mov %%rax, %%cr3" ::"a"(0));
}
static void cr0(void)
{
    ASM("mov %%cr0, %%rax" ::: "rax");
}
static void wrmsr(void)
{
    ASM("wrmsr" ::"a"(0), "d"(0), "c"(0xc0000082));
}
static void rdmsr(void)
{
    ASM("rdmsr" ::"c"(0xc0000082) : "rax", "rdx");
}
static void invlpg(void)
{
    ASM("invlpg (%rsp)");
}
static void vmcall(void)
{
    ASM("vmcall" ::"a"(1));
}
static void iret_garbage(void)
{
    ASM("push $-1; push $-1; push $-1; push $-1; push $-1; iretq");
}
static void iret_kernel(void)
{
    ASM("push $0x10; push %%rsp; push $0x3002; push $0x8; push %0; iretq" ::"r"(hlt));
}
static void far_jump(void)
{
    struct {
        uint64_t to;
        uint16_t sel;
    } p = {(uintptr_t)hlt, 0x8};
    ASM("rex.w ljmp *%0" ::"m"(p));
}
static void segments(void)
{
    for (unsigned s = 0; s < 0x10000; s += 5)
        ASM("mov %0, %%fs" ::"r"(s));
}
static void popf(void)
{
    ASM("pushf; orl $0x3000, (%rsp); popf");
}
static void trap_flag(void)
{
    ASM("pushf; orl $0x100, (%rsp); popf; nop; nop");
}
static void ac_flag(void)
{
    ASM("pushf; orl $0x40000, (%%rsp); popf; mov 1(%%rsp), %%rax" ::: "rax");
}
static void df_flag(void)
{
    ASM("std");
    sink = (int)hyper(PITH_HC_CLOCK, 0, 0, 0, 0);
    null_read();
}
static void fsbase(void)
{
    ASM("wrfsbase %0" ::"r"(0x1000ul));
    puts("no thread pointer");
    null_read();
}
static void gsbase(void)
{
    ASM("wrgsbase %0" ::"r"(0x1000ul));
}
static void mxcsr(void)
{
    unsigned v = ~0u;
    ASM("ldmxcsr %0" ::"m"(v));
}
static void fpu_garbage(void)
{
    static char area[4096] __attribute__((aligned(64)));
    memset(area, 0xff, sizeof area);
    ASM("xrstor %0" ::"m"(area), "a"(-1), "d"(-1));
}
static void loop_int(void)
{
    for (;;)
        ;
}
static void on_fault(int sig)
{
    (void)sig;
}
static void fault_loop_int(void)
{
    signal(SIGSEGV, on_fault); /* returns to the same instruction for ever */
    null_read();
}

static const struct attack list[] = {
    {"null-read", null_read},
    {"null-write", null_write},
    {"wild-read", wild_read},
    {"wild-write", wild_write},
    {"noncanonical", noncanonical},
    {"kernel-half", kernel_half},
    {"text-write", text_write},
    {"rodata-write", rodata_write},
    {"boot-write", boot_write},
    {"clock-write", clock_write},
    {"hypercall-page-write", hypercall_page_write},
    {"hypercall-page-end", hypercall_page_end},
    {"exec-data", exec_data},
    {"exec-heap", exec_heap},
    {"exec-stack", exec_stack},
    {"exec-boot", exec_boot},
    {"jump-null", jump_null},
    {"jump-wild", jump_wild},
    {"jump-noncanonical", jump_noncanonical},
    {"jump-middle", jump_middle},
    {"recursion", recursion},
    {"recursion-thread", recursion_thread},
    {"big-frame", big_frame},
    {"rsp-null", rsp_null},
    {"rsp-odd", rsp_odd},
    {"rsp-noncanonical", rsp_noncanonical},
    {"rsp-text", rsp_text},
    {"rsp-none-call", rsp_none_call},
    {"rbp-garbage", rbp_garbage},
    {"divide", divide},
    {"ud2", ud2},
    {"int3", int3},
    {"int-n", int_n},
    {"int-80", int_80},
    {"syscall", syscall_},
    {"sysenter", sysenter},
    {"hlt", hlt},
    {"cli", cli},
    {"out", out},
    {"in", in},
    {"outs", outs},
    {"lgdt", lgdt},
    {"lidt", lidt},
    {"ltr", ltr},
    {"cr3", cr3},
    {"cr0", cr0},
    {"wrmsr", wrmsr},
    {"rdmsr", rdmsr},
    {"invlpg", invlpg},
    {"vmcall", vmcall},
    {"iret-garbage", iret_garbage},
    {"iret-kernel", iret_kernel},
    {"far-jump", far_jump},
    {"segments", segments},
    {"popf", popf},
    {"trap-flag", trap_flag},
    {"ac-flag", ac_flag},
    {"df-flag", df_flag},
    {"fsbase", fsbase},
    {"gsbase", gsbase},
    {"mxcsr", mxcsr},
    {"fpu-garbage", fpu_garbage},
    {"loop-int", loop_int},
    {"loop-term", loop_int},
    {"fault-loop-int", fault_loop_int},
};
ATTACKS(list)
