/* What assembly and C of the base must agree on; numbers only. */
#ifndef VM_ASM_H
#define VM_ASM_H

#define VM_OFFSET_ASM 0xffffffff80000000

#define VM_JOINED_BYTES 824 /* sizeof(struct pith_joined) */

/* How we were entered: vm_start's first argument. */
#define VM_BY_PVH 1
#define VM_BY_LINUX 2

/* Selectors as Linux and the kvm machine use them; `syscall` and `sysret` want this order. */
#define SEL_CODE 0x08
#define SEL_DATA 0x10
#define SEL_USER_DATA 0x2b
#define SEL_USER_CODE 0x33
#define SEL_TASK 0x40
#define GDT_BYTES (SEL_TASK + 16)

#define MSR_EFER 0xc0000080
#define EFER_START 0x901     /* SCE, LME, NXE */
#define CR4_START 0x620      /* PAE, OSFXSR, OSXMMEXCPT */
#define CR0_START 0x80050033 /* PG, AM, WP, NE, ET, MP, PE */

#define VECTOR_PIC 0x20 /* 16 of them: never expected, never answered */
#define VECTOR_TIMER 0x40
#define VECTOR_WAKE 0x41
#define VECTOR_SPURIOUS 0xff

#endif
