/* The chain of calls that led to a fault, with names from `.pith.sym`.
 *
 * Guest code keeps no frame pointers and carries no unwind tables, so the stack is searched: a
 * word is taken for a return address if a call instruction ends where it points. A direct call
 * must moreover have led into the function of the frame before, or into one that jumps there at
 * its end. Where none such is found near, the first call at all is shown, with a question mark. Old
 * words can mislead it; it is a trace for people. Everything read is the guest's and bounded.
 */
#include <string.h>

#include <pith/note.h>

#include "host/elf.h"
#include "limits.h"
#include "run.h"

/* Words searched for the caller that fits before one that does not is taken. */
#define LOOK_AHEAD 512u
/* Bytes of a function searched for the jump of a tail call. */
#define TAIL_SCAN 4096u

struct trace {
    struct mon *m;
    struct elf_symbols symbols;
    bool named; /* there are symbols */
};

static bool in_code(const struct mon *m, uint64_t va)
{
    return (mon_page(m, va) & PITH_PROT_EXEC) != 0;
}

static const char *name_of(const struct trace *t, uint64_t va, uint64_t *offset)
{
    *offset = 0;
    return t->named ? elf_symbolize(&t->symbols, va, offset) : NULL;
}

/* Start of the function around va, 0 if not known. */
static uint64_t function_of(const struct trace *t, uint64_t va)
{
    uint64_t offset;
    return name_of(t, va, &offset) ? va - offset : 0;
}

/* Length of an indirect call (ff /2) that ends at the end of six bytes, 0 if there is none. */
static bool indirect_call(const uint8_t *end)
{
    for (unsigned n = 2; n <= 7; n++) {
        const uint8_t *p = end - n;
        if (p[0] != 0xff || ((p[1] >> 3) & 7) != 2)
            continue;
        unsigned mod = p[1] >> 6, rm = p[1] & 7;
        unsigned want = 2 + (rm == 4 && mod != 3) +
                        (mod == 1   ? 1
                         : mod == 2 ? 4
                                    : 0) +
                        (mod == 0 && rm == 5 ? 4 : 0);
        if (want == n)
            return true;
    }
    return false;
}

enum call { CALL_NONE, CALL_OTHER, CALL_FITS };

/* Does the function at `from` end in a jump to the one at `to` (a tail call)? */
static bool tail_calls(const struct trace *t, uint64_t from, uint64_t to)
{
    uint8_t code[TAIL_SCAN];
    uint64_t offset;
    int32_t rel;
    const char *name = name_of(t, from, &offset);
    if (!name || offset)
        return false;
    for (uint64_t at = 0; at < TAIL_SCAN; at += PITH_PAGE / 8)
        if (mon_copy_in(t->m, code + at, from + at, PITH_PAGE / 8))
            memset(code + at, 0, PITH_PAGE / 8);
    for (uint64_t i = 0; i + 5 <= TAIL_SCAN; i++) {
        memcpy(&rel, code + i + 1, sizeof rel);
        bool near = code[i] == 0xe9 && from + i + 5 + (uint64_t)(int64_t)rel == to;
        bool close = code[i] == 0xeb && from + i + 2 + (uint64_t)(int64_t)(int8_t)code[i + 1] == to;
        if ((near || close) && function_of(t, from + i) == from)
            return true;
    }
    return false;
}

/* Could `va` be the return address of a call into `function` (0 = unknown)? */
static enum call call_before(const struct trace *t, uint64_t va, uint64_t function)
{
    uint8_t code[7];
    int32_t rel;
    if (!in_code(t->m, va - 1) || mon_copy_in(t->m, code, va - sizeof code, sizeof code))
        return CALL_NONE;
    if (code[2] == 0xe8) {
        memcpy(&rel, code + 3, sizeof rel);
        uint64_t target = va + (uint64_t)(int64_t)rel;
        if (in_code(t->m, target))
            return function == 0 || function == target || tail_calls(t, target, function)
                       ? CALL_FITS
                       : CALL_OTHER;
    }
    return indirect_call(code + sizeof code) ? CALL_FITS : CALL_NONE;
}

/* Finds the caller of the frame in `function` at or above *sp; returns its address, 0 = none. */
static uint64_t caller(const struct trace *t, uint64_t function, uint64_t *sp, bool *sure)
{
    uint64_t guess = 0, guess_sp = 0, word;
    for (unsigned i = 0; i < MON_STACK_SCAN / 8; i++) {
        uint64_t at = *sp + (uint64_t)i * 8;
        if (mon_copy_in(t->m, &word, at, sizeof word) || (guess && i > LOOK_AHEAD))
            break;
        enum call kind = in_code(t->m, word) ? call_before(t, word, function) : CALL_NONE;
        if (kind == CALL_FITS) {
            *sp = at + 8;
            *sure = true;
            return word;
        }
        if (kind == CALL_OTHER && !guess) {
            guess = word;
            guess_sp = at + 8;
        }
    }
    *sp = guess_sp;
    *sure = false;
    return guess;
}

static void say_frame(const struct trace *t, unsigned n, uint64_t va, bool sure)
{
    uint64_t offset;
    /* A return address belongs to the call before it. */
    const char *name = name_of(t, n ? va - 1 : va, &offset);
    if (name)
        mon_say("  #%-2u %s%s+0x%llx  (0x%llx)\n", n, sure ? "" : "? ", name,
                (unsigned long long)(offset + (n ? 1 : 0)), (unsigned long long)va);
    else
        mon_say("  #%-2u %s0x%llx\n", n, sure ? "" : "? ", (unsigned long long)va);
}

static bool is_in(const struct trace *t, uint64_t va, const char *function)
{
    uint64_t offset;
    const char *name = name_of(t, va - 1, &offset);
    return name && strcmp(name, function) == 0;
}

/* The code that an upcall has interrupted: its registers' address lies where the entry pushed it.
 */
static bool interrupted(struct mon *m, uint64_t *rip, uint64_t *sp)
{
    struct pith_regs regs;
    uint64_t at;
    if (mon_copy_in(m, &at, *sp, sizeof at) || mon_copy_in(m, &regs, at, sizeof regs) ||
        !in_code(m, regs.rip))
        return false;
    *rip = regs.rip;
    *sp = regs.rsp & ~7ull;
    return true;
}

static bool find_symbols(struct trace *t)
{
    const struct mon_image *image = &t->m->image;
    struct elf_file file, inner;
    struct elf_bytes content;
    if (elf_open(&file, image->view, image->file_size, NULL))
        return false;
    if (elf_find_section(&file, PITH_SECTION_SYMBOLS, NULL, &content, NULL) == 0 &&
        elf_open(&inner, content.data, content.size, NULL) == 0)
        return elf_symbols(&inner, &t->symbols, NULL) == 0;
    /* A bare image that was not stripped. */
    return image->offset == 0 && elf_symbols(&file, &t->symbols, NULL) == 0;
}

void mon_backtrace(struct mon *m, const struct pith_regs *regs, bool heading)
{
    struct trace t = {.m = m};
    t.named = find_symbols(&t);
    if (heading)
        mon_say("pith: backtrace%s\n", t.named ? "" : " (the program carries no symbols)");
    uint64_t rip = regs->rip, sp = regs->rsp & ~7ull;
    bool sure = true;
    unsigned n = 0;
    if (in_code(m, rip))
        say_frame(&t, n++, rip, true);
    else
        mon_say("  #%-2u 0x%llx, not code\n", n++, (unsigned long long)rip);
    uint64_t function = function_of(&t, rip);
    for (; n < MON_BACKTRACE_MAX && (rip = caller(&t, function, &sp, &sure)) != 0; n++) {
        say_frame(&t, n, rip, sure);
        if (is_in(&t, rip, "pith_libc_start"))
            break; /* the first function there is */
        if (is_in(&t, rip, "pith_arch_upcall_entry") && interrupted(m, &rip, &sp) &&
            n + 1 < MON_BACKTRACE_MAX) {
            say_frame(&t, ++n, rip, true);
            rip++;
        }
        function = function_of(&t, rip - 1);
    }
    if (n == MON_BACKTRACE_MAX)
        mon_say("  ...\n");
}
