/* Boot parameters: the command line, and, where that says pith.fw_cfg, the fw_cfg file
 * opt/pith/boot (QEMU, docs/specs/fw_cfg) for what is longer. Words are cut apart once, with NULs;
 * percent-encoding is undone by who takes one.
 */
#include "internal.h"

#define FW_SELECT 0x510
#define FW_DATA 0x511
#define FW_SIGNATURE 0
#define FW_DIRECTORY 0x19
#define FW_FILES_MAX 256u
#define TEXT_MAX (8u << 20)
#define FILE_NAME "opt/pith/boot"

struct text {
    char *at, *end;        /* words before `--`, each with its NUL, blanks became NULs too */
    char *args, *args_end; /* those behind it */
};
static struct text text[2]; /* command line, file */

/* What the words begin with, as far as one bit tells: most of what is looked for is not there. All
 * names of boot parameters have seven letters and more. */
static u64 said[2]; /* before `--`, behind it */
static bool any_args;
#define NAME_LEAST 7u
static u64 bit_of(const char *name)
{
    return 1ull << (((u8)name[5] * 7 + (u8)name[6]) & 63);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0;
}

static void cut(struct text *t, char *s, size_t n)
{
    t->at = s;
    t->end = t->args = t->args_end = s + n;
    bool args = false; /* seen */
    for (size_t i = 0, start = 0; i <= n; i++) {
        if (i < n && !blank(s[i]))
            continue;
        if (!args && i - start == 2 && s[start] == '-' && s[start + 1] == '-') {
            args = any_args = true;
            t->end = s + start;
            t->args = s + start + 2;
        }
        if (i - start >= NAME_LEAST)
            said[args] |= bit_of(s + start);
        s[i] = 0;
        start = i + 1;
    }
}

static void fw_read(void *to, u32 n)
{
    __asm__ volatile("rep insb" : "+D"(to), "+c"(n) : "d"((u16)FW_DATA) : "memory");
}

static u32 big(u32 v)
{
    return __builtin_bswap32(v);
}

/* The file's text, in pages of its own, with two NULs behind it. */
static char *fw_text(size_t *len)
{
    char sign[4];
    u32 count = 0;
    struct {
        u32 size;
        u16 select, reserved;
        char name[56];
    } f = {0};
    vm_out16(FW_SELECT, FW_SIGNATURE);
    fw_read(sign, 4);
    if (memcmp(sign, "QEMU", 4) != 0)
        vm_stop("pith.fw_cfg: this machine has no fw_cfg");
    vm_out16(FW_SELECT, FW_DIRECTORY);
    fw_read(&count, 4);
    count = big(count);
    for (u32 i = 0; i < count && i < FW_FILES_MAX; i++) {
        fw_read(&f, sizeof f);
        f.name[sizeof f.name - 1] = 0;
        if (!vm_streq(f.name, FILE_NAME))
            continue;
        u32 size = big(f.size);
        u64 phys;
        if (size > TEXT_MAX)
            vm_stop("the boot parameters of fw_cfg take %u bytes, more than %u", size, TEXT_MAX);
        char *at = vm_vq_pages((unsigned)((size + 3) / PAGE + 1), &phys);
        if (!at)
            vm_too_small();
        vm_out16(FW_SELECT, (u16)(f.select >> 8 | f.select << 8));
        fw_read(at, size);
        *len = size;
        return at;
    }
    vm_stop("pith.fw_cfg: there is no file " FILE_NAME);
}

u64 vm_options_bytes(void)
{
    return (u64)(text[0].args_end - text[0].at) + (u64)(text[1].args_end - text[1].at);
}

void vm_options_line(void)
{
    cut(&text[0], vm_boot.cmdline, vm_boot.length);
}

void vm_options_file(void)
{
    size_t n;
    if (vm_option("pith.fw_cfg", 0)) {
        char *more = fw_text(&n);
        cut(&text[1], more, n);
    }
}

static const char *next(const char *at, const char *end)
{
    while (at < end && *at == 0)
        at++;
    return at < end ? at : NULL;
}

static bool in(const struct text *t, const char *s)
{
    return t->at && s >= t->at && s < t->end;
}

const char *vm_word(const char *last)
{
    bool second = last && in(&text[1], last);
    const struct text *t = &text[second];
    const char *got = t->at ? next(last ? last + vm_strlen(last) : t->at, t->end) : NULL;
    return got || second || !text[1].at ? got : next(text[1].at, text[1].end);
}

bool vm_said(const char *name)
{
    return said[0] & bit_of(name);
}

ONCE const char *vm_option(const char *name, unsigned n)
{
    if (!vm_said(name))
        return NULL;
    for (const char *w = NULL; (w = vm_word(w)) != NULL;) {
        const char *rest = vm_after(w, name);
        if (!rest || (*rest && *rest != '='))
            continue;
        if (n-- == 0)
            return *rest ? rest + 1 : rest;
    }
    return NULL;
}

static const char *behind(const char *last)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct text *t = &text[i];
        if (!last || (last >= t->args && last < t->args_end)) {
            const char *got = next(last ? last + vm_strlen(last) : t->args, t->args_end);
            if (got)
                return got;
            last = NULL;
        }
    }
    return NULL;
}

/* QEMU's microvm puts its devices at the end of the command line, behind `--` as well. */
static bool is_hint(const char *word)
{
    return vm_after(word, "virtio_mmio.device=") != NULL;
}

const char *vm_arg(const char *last)
{
    if (!any_args)
        return NULL;
    do
        last = behind(last);
    while (last && is_hint(last));
    return last;
}

const char *vm_hint(unsigned n)
{
    if (!(said[1] & bit_of("virtio_mmio.device=")))
        return NULL;
    for (const char *w = NULL; (w = behind(w)) != NULL;)
        if (is_hint(w) && n-- == 0)
            return vm_after(w, "virtio_mmio.device=");
    return NULL;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

char *vm_decode(const char *s)
{
    char *to = (char *)(u64)s;
    const char *from = s;
    for (; *from; from++) {
        if (*from == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0 &&
            (hex(from[1]) | hex(from[2]))) {
            *to++ = (char)(hex(from[1]) << 4 | hex(from[2]));
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    /* A lone % is a word without a byte. */
    if (to == s + 1 && *s == '%')
        to--;
    while (to < from) /* nothing that would look like a word is left behind it */
        *to++ = 0;
    return (char *)(u64)s;
}
