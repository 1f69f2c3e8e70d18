/* The program's initial stack: see plat/plat.h. */
#include "base/string.h"
#include "plat/plat.h"

#include <linux/auxvec.h>

#define CLOCK_TICKS 100 /* USER_HZ */
#define PHDR_BYTES 56   /* sizeof(Elf64_Phdr) */

static char *push_string(char **sp, const char *s)
{
    size_t n = str_len(s) + 1;
    *sp -= n;
    return memcpy(*sp, s, n);
}

static u32 count(const u64 *vec)
{
    u32 n = 0;
    while (vec[n])
        n++;
    return n;
}

/* Copies n strings to *to upward and writes their addresses and a null; returns what follows. */
static u64 *copy_strings(u64 *at, const u64 *vec, u32 n, char **to)
{
    for (u32 i = 0; i < n; i++) {
        size_t len = str_len((const char *)vec[i]) + 1;
        *at++ = (u64)memcpy(*to, (const char *)vec[i], len);
        *to += len;
    }
    *at++ = 0;
    return at;
}

void *plat_stack(const struct pith_boot *boot)
{
    const u64 *argv = (const u64 *)boot->argv, *envp = (const u64 *)boot->envp;
    u32 argc = boot->argc, envc = count(envp);
    char *sp = (char *)PITH_STACK_TOP - 8; /* Linux leaves a zero word at the very top */
    const u64 execfn = (u64)push_string(&sp, (const char *)boot->execfn);
    for (u32 i = 0; i < argc; i++)
        sp -= str_len((const char *)argv[i]) + 1;
    for (u32 i = 0; i < envc; i++)
        sp -= str_len((const char *)envp[i]) + 1;
    char *low = sp;
    sp = (char *)ROUND_DOWN((u64)sp, 16);
    const u64 platform = (u64)push_string(&sp, "x86_64");
    sp -= 16;
    const u64 random = (u64)memcpy(sp, boot->seed, 16);
    const u64 auxv[][2] = {
        {AT_PHDR, boot->phdr},
        {AT_PHENT, PHDR_BYTES},
        {AT_PHNUM, boot->phnum},
        {AT_PAGESZ, PAGE_SIZE},
        {AT_HWCAP, boot->hwcap},
        {AT_HWCAP2, boot->hwcap2},
        {AT_CLKTCK, CLOCK_TICKS},
        {AT_UID, boot->uid},
        {AT_EUID, boot->euid},
        {AT_GID, boot->gid},
        {AT_EGID, boot->egid},
        {AT_SECURE, 0},
        {AT_RANDOM, random},
        {AT_EXECFN, execfn},
        {AT_PLATFORM, platform},
        {AT_MINSIGSTKSZ, boot->xsave_size + 1024}, /* signal/frame.h, rounded up */
        {AT_NULL, 0},
    };
    u64 words = 1 + (u64)argc + 1 + envc + 1 + sizeof(auxv) / 8;
    u64 *out = (u64 *)ROUND_DOWN((u64)sp - words * 8, 16), *at = out;
    char *to = low; /* argv's strings, then envp's, without gaps: programs overwrite them */
    *at++ = argc;
    at = copy_strings(at, argv, argc, &to);
    at = copy_strings(at, envp, envc, &to);
    memcpy(at, auxv, sizeof(auxv));
    return out;
}
