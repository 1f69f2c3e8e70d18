/* An ELF core file of the guest (gABI; Linux's NT_PRSTATUS), as gdb reads it.
 *
 *     ELF header | program headers | notes | memory of each PT_LOAD
 *
 * One PT_LOAD for each run of equal pages of image and arena, and one for the boot window.
 * Written in order with two walks over the page states: one counts, one writes.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

/* More runs than this do not fit e_phnum; the rest is left out. */
#define SEGMENTS_MAX 65000u

struct writer {
    struct mon *m;
    int fd, error;
    char buffer[32768];
    size_t used;
    uint64_t offset; /* of the next segment's content */
};

/* Linux's struct elf_prstatus for x86-64, in full. */
struct prstatus {
    int32_t signo, code, errnum;
    int16_t cursig, pad;
    uint64_t sigpend, sighold;
    int32_t pid, ppid, pgrp, sid;
    int64_t times[8];
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax;
    uint64_t rip, cs, rflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
    int32_t fpvalid, pad2;
};
_Static_assert(sizeof(struct prstatus) == 336, "Linux's layout");

/* Packed: the description follows the padded name at once. */
struct note {
    Elf64_Nhdr header;
    char name[8];
    struct prstatus status;
} __attribute__((packed, aligned(4)));

static void flush(struct writer *w)
{
    for (size_t at = 0; at < w->used && !w->error;) {
        ssize_t n = write(w->fd, w->buffer + at, w->used - at);
        if (n < 0 && errno != EINTR)
            w->error = -errno;
        at += n > 0 ? (size_t)n : 0;
    }
    w->used = 0;
}

static void put(struct writer *w, const void *data, size_t n)
{
    for (const char *at = data; n && !w->error;) {
        size_t room = sizeof w->buffer - w->used, take = n < room ? n : room;
        memcpy(w->buffer + w->used, at, take);
        w->used += take;
        at += take;
        n -= take;
        if (w->used == sizeof w->buffer)
            flush(w);
    }
}

/* Contents of guest pages; what the guest itself may not read is zeros in the file. */
static void put_memory(struct writer *w, uint64_t va, uint64_t end)
{
    for (char page[PITH_PAGE]; va < end && !w->error; va += PITH_PAGE) {
        if (mon_copy_in(w->m, page, va, sizeof page))
            memset(page, 0, sizeof page);
        put(w, page, sizeof page);
    }
}

static void put_header(struct writer *w, uint64_t va, uint64_t end)
{
    unsigned prot = va >= PITH_BOOT_START && va < PITH_ARENA_START
                        ? PITH_PROT_READ | PITH_PROT_WRITE
                        : mon_page(w->m, va);
    Elf64_Phdr ph = {.p_type = PT_LOAD,
                     .p_flags = (prot & PITH_PROT_READ ? PF_R : 0u) |
                                (prot & PITH_PROT_WRITE ? PF_W : 0u) |
                                (prot & PITH_PROT_EXEC ? PF_X : 0u),
                     .p_offset = w->offset,
                     .p_vaddr = va,
                     .p_filesz = end - va,
                     .p_memsz = end - va,
                     .p_align = PITH_PAGE};
    put(w, &ph, sizeof ph);
    w->offset += end - va;
}

/* Calls `each` for every run of memory; returns how many there are. */
static unsigned walk(struct writer *w, void (*each)(struct writer *, uint64_t, uint64_t))
{
    const struct mon *m = w->m;
    const uint64_t area[][2] = {{m->image.start, m->image.end}, {PITH_ARENA_START, PITH_ARENA_END}};
    unsigned n = 1;
    if (each)
        each(w, PITH_BOOT_START, PITH_BOOT_START + m->window_ro + m->window_rw);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t stop = 0;
        for (uint64_t at = area[i][0]; n < SEGMENTS_MAX; at = stop) {
            at = mon_next_mapped(m, at, area[i][1], &stop);
            if (at >= area[i][1])
                break;
            if (each)
                each(w, at, stop);
            n++;
        }
    }
    return n;
}

static struct note make_note(const struct pith_regs *r, int sig)
{
    struct note note = {
        .header = {.n_namesz = 5, .n_descsz = sizeof note.status, .n_type = NT_PRSTATUS},
        .name = "CORE",
        .status = {.signo = sig, .cursig = (int16_t)sig, .pid = getpid()}};
    if (!r)
        return note;
    struct prstatus all = note.status, *s = &all;
    s->r15 = r->r15, s->r14 = r->r14, s->r13 = r->r13, s->r12 = r->r12;
    s->r11 = r->r11, s->r10 = r->r10, s->r9 = r->r9, s->r8 = r->r8;
    s->rbp = r->rbp, s->rbx = r->rbx, s->rax = r->rax, s->rcx = r->rcx;
    s->rdx = r->rdx, s->rsi = r->rsi, s->rdi = r->rdi, s->orig_rax = ~(uint64_t)0;
    s->rip = r->rip, s->cs = r->cs, s->rflags = r->rflags, s->rsp = r->rsp, s->ss = r->ss;
    note.status = all;
    return note;
}

int mon_core(struct mon *m, int fd, const struct pith_regs *regs, int sig)
{
    struct writer w = {.m = m, .fd = fd};
    unsigned loads = walk(&w, NULL);
    uint64_t notes = sizeof(Elf64_Ehdr) + (loads + 1ull) * sizeof(Elf64_Phdr);
    struct note note = make_note(regs, sig);
    uint64_t content = (notes + sizeof note + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof header,
        .e_ehsize = sizeof header,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (uint16_t)(loads + 1)};
    Elf64_Phdr ph = {.p_type = PT_NOTE,
                     .p_offset = notes,
                     .p_filesz = sizeof note,
                     .p_memsz = sizeof note,
                     .p_align = 4};
    put(&w, &header, sizeof header);
    put(&w, &ph, sizeof ph);
    w.offset = content;
    walk(&w, put_header);
    put(&w, &note, sizeof note);
    static const char zeros[PITH_PAGE];
    put(&w, zeros, content - notes - sizeof note);
    walk(&w, put_memory);
    flush(&w);
    return w.error;
}
