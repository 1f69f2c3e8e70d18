/* The boot window: boot information, clock, devices, vcpu, rings, strings (abi.h; the monitor's is
 * monitor/window.c).
 *
 *     read only:  struct pith_boot | devices, mounts, files
 *     writable:   struct pith_vcpu | struct pith_clock | rings | argv[] envp[] | strings
 *     code:       the hypercall
 *
 * A cursor walks the layout once, through memory that nobody has yet; what it came to is taken.
 */
#include "internal.h"
#include "mounts.h"
#include "shadow.h"

struct vm_device vm_device[VM_DEVICES];
unsigned vm_ndevices;
struct pith_vcpu *vm_vcpu;
struct pith_clock *vm_clock;

extern const char vm_call_code[], vm_call_end[];

struct shared {
    struct pith_vcpu vcpu;
    struct pith_clock clock __attribute__((aligned(64)));
};

static unsigned seen;   /* devices that the image sees */
static u8 *host;        /* the window's first byte, physical memory at `start` */
static u64 start, room; /* bytes there may be */
static u64 at, clean;   /* offsets: of what is free, and up to where it is zeroed */

struct vm_device *vm_device_add(const struct vm_device *device)
{
    if (vm_ndevices == VM_DEVICES)
        vm_stop("this machine has more than %u devices", VM_DEVICES);
    vm_device[vm_ndevices] = *device;
    seen += device->type != 0;
    return &vm_device[vm_ndevices++];
}

/* n bytes at the cursor. */
static ONCE u8 *grow(u64 n)
{
    u8 *here = host + at;
    if (n > room - at)
        vm_stop("arguments, environment, devices and files do not fit the boot window");
    for (at += n; clean < at; clean += PAGE)
        if (!vm_page_ready(start + clean))
            vm_too_small();
    return here;
}

/* n bytes, aligned to 16, at the image's address *va. */
static ONCE void *take(u64 n, u64 *va)
{
    u64 here = (at + 15) & ~15ull;
    *va = PITH_BOOT_START + here;
    grow(here + n - at);
    return host + here;
}

static u64 copy(const void *from, u64 n)
{
    u64 va;
    memcpy(take(n, &va), from, n);
    return va;
}

static ONCE u64 string(const char *s)
{
    u64 n = vm_strlen(s) + 1, va = PITH_BOOT_START + at;
    memcpy(grow(n), s, n);
    return va;
}

/* The same of a word that is percent-encoded. */
static u64 word(const char *s)
{
    u64 va = string(s);
    vm_decode((char *)host + (va - PITH_BOOT_START));
    return va;
}

/* ---- parts of a word ---- */

/* The text up to the next colon becomes a string of its own; *s moves behind it. */
static char *part(char **s)
{
    char *first = *s, *end = first;
    if (!first)
        return NULL;
    while (*end && *end != ':')
        end++;
    *s = *end ? end + 1 : NULL;
    *end = 0;
    return first;
}

static u64 number(const char *s, unsigned base)
{
    u64 v = 0;
    for (; s && *s; s++) {
        unsigned d =
            *s >= '0' && *s <= '9' ? (unsigned)(*s - '0') : (unsigned)((*s | 32) - 'a') + 10;
        if (d >= base)
            vm_stop("boot parameters: '%s' is no number", s);
        v = v * base + d;
    }
    return v;
}

static struct vm_mount mount[VM_MOUNTS];
static struct vm_file file[VM_FILES];
static unsigned nmounts, nfiles;

/* Its number among those that the image sees. */
static u32 number_of(const struct vm_device *device)
{
    u32 n = 0;
    for (unsigned i = 0; &vm_device[i] != device; i++)
        n += vm_device[i].type != 0;
    return n;
}

static void mounts(struct pith_boot *b)
{
    u64 va;
    if (!nmounts)
        return;
    struct pith_mount *out = take(nmounts * sizeof *out, &va);
    b->mounts = va;
    b->nmounts = nmounts;
    for (unsigned i = 0; i < nmounts; i++) {
        const struct vm_mount *m = &mount[i];
        out[i] = (struct pith_mount){.path = string(m->path),
                                     .type = m->type,
                                     .device = m->device ? number_of(m->device) : ~0u,
                                     .flags = m->flags,
                                     .mode = m->mode,
                                     .size = m->size};
    }
}

static void files(struct pith_boot *b)
{
    u64 va;
    struct pith_file *out = take(nfiles * sizeof *out, &va);
    b->files = nfiles ? va : 0;
    b->nfiles = nfiles;
    for (unsigned i = 0; i < nfiles; i++) {
        u64 path = string(file[i].path), from = at;
        for (unsigned k = 0; k < ARRAY_LEN(file[i].piece) && file[i].piece[k]; k++, at--)
            string(file[i].piece[k]); /* the next one begins at its NUL */
        out[i] = (struct pith_file){
            .path = path, .data = PITH_BOOT_START + from, .len = at - from, .mode = file[i].mode};
    }
}

/* Where their struct pith_queue lie. */
static SCRATCH u64 queues[VM_DEVICES];

static void devices(struct pith_boot *b)
{
    u64 va, q;
    struct pith_device *out = take(seen * sizeof *out, &va);
    b->devices = va;
    b->ndevices = seen;
    for (unsigned i = 0; i < vm_ndevices; i++) {
        const struct vm_device *d = &vm_device[i];
        if (d->type == 0)
            continue;
        (void)take(d->nqueues * sizeof(struct pith_queue), &q);
        queues[i] = q;
        u64 config = d->config_len ? copy(d->config, d->config_len) : 0;
        *out++ = (struct pith_device){.type = d->type,
                                      .nqueues = d->nqueues,
                                      .features = d->features,
                                      .queues = q,
                                      .config = config,
                                      .config_len = d->config_len};
    }
}

static void rings(void)
{
    u64 va;
    for (unsigned i = 0; i < vm_ndevices; i++) {
        const struct vm_device *d = &vm_device[i];
        for (unsigned q = 0; d->type && q < d->nqueues; q++) {
            void *ring = take(vm_shadow_bytes(d->queue_size[q]), &va);
            vm_shadow_init(&d->shadow[q], d->queue_size[q], ring, va,
                           (struct pith_queue *)(host + (queues[i] - PITH_BOOT_START)) + q);
        }
    }
}

/* ---- argv and environment ---- */
static const char *setting(const char *last)
{
    if (!vm_said("pith.env"))
        return NULL;
    const char *w = last;
    while ((w = vm_word(w)) != NULL)
        if (vm_after(w, "pith.env="))
            return w;
    return NULL;
}

/* char *[]: n words that `next` walks, without the first `skip` bytes of each. */
static u64 vector(const char *(*next)(const char *), unsigned skip, const char *first, u32 *n)
{
    u64 va, count = first != NULL;
    for (const char *w = NULL; (w = next(w)) != NULL;)
        count++;
    u64 *out = take((count + 1) * 8, &va);
    *n = (u32)count;
    if (first)
        *out++ = string(first);
    for (const char *w = NULL; (w = next(w)) != NULL;)
        *out++ = word(w + skip);
    return va;
}

static void ids(struct pith_boot *b)
{
    char *s = (char *)(u64)vm_option("pith.uid", 0);
    u32 *const to[] = {&b->uid, &b->gid, &b->euid, &b->egid};
    if (s) {
        for (unsigned i = 0; i < 4; i++) {
            const char *p = part(&s);
            *to[i] = p ? (u32)number(p, 10) : *to[i & 1];
        }
    }
    const char *mask = vm_option("pith.umask", 0);
    b->umask = mask ? (u32)number(mask, 8) : 022;
    b->pid = 1;
}

const char *vm_name(void)
{
    const char *name = vm_option("pith.name", 0);
    return name ? name : vm_joined.name;
}

/* Every word that is taken as it is gets decoded, once. */
static void decode(void)
{
    static const char *const plain[] = {"pith.name", "pith.argv0", "pith.cwd", "pith.hostname"};
    for (unsigned i = 0; i < ARRAY_LEN(plain); i++) {
        const char *value = vm_option(plain[i], 0);
        if (value)
            vm_decode(value);
    }
}

/* More than the rings, the tables and all words of the boot parameters can take: a word of one
 * letter becomes a pointer, the letter and a NUL. */
static u64 most(void)
{
    u64 n = (16 + 32 * vm_ndevices) * PAGE + 5 * vm_options_bytes();
    return n < PITH_BOOT_MAX ? n : PITH_BOOT_MAX;
}

/* Its part [from, to) becomes the image's. */
static void map(u64 from, u64 to, unsigned prot)
{
    vm_segment_map(&(struct pith_joined_segment){.va = PITH_BOOT_START + from,
                                                 .memsz = to - from,
                                                 .filesz = to - from,
                                                 .offset = start + from - vm_joined.image,
                                                 .prot = prot});
}

u64 vm_window_make(void)
{
    u64 va;
    u32 unused;
    decode();
    const char *hostname = vm_option("pith.hostname", 0), *cwd = vm_option("pith.cwd", 0),
               *zero = vm_option("pith.argv0", 0), *name = vm_name();
    hostname = hostname ? hostname : "localhost";
    nmounts = vm_mounts(mount);
    nfiles = vm_files(file, hostname);
    start = vm_stretch(most(), &room);
    room = room < PITH_BOOT_MAX ? room : PITH_BOOT_MAX;
    host = vm_at(start);
    struct pith_boot *b = take(sizeof *b, &va);
    devices(b);
    mounts(b);
    files(b);
    u64 ro = at = PAGE_UP(at);
    struct shared *s = take(sizeof *s, &va);
    vm_vcpu = &s->vcpu;
    vm_clock = &s->clock;
    b->vcpu = va;
    b->clock = va + offsetof(struct shared, clock);
    rings();
    b->argv = vector(vm_arg, 0, zero ? zero : name, &b->argc);
    b->envp = vector(setting, sizeof "pith.env=" - 1, NULL, &unused);
    b->cwd = string(cwd ? cwd : "/");
    b->hostname = string(hostname);
    b->execfn = string(name);
    u64 code = at = PAGE_UP(at);
    size_t call = (size_t)(vm_call_end - vm_call_code);
    memcpy(grow(call), vm_call_code, call);
    at = PAGE_UP(at);
    vm_stretch_take(start, at);
    map(0, ro, PITH_PROT_READ);
    map(ro, code, PITH_PROT_READ | PITH_PROT_WRITE);
    map(code, at, PITH_PROT_READ | PITH_PROT_EXEC);
    for (unsigned i = 0; i < 3; i++)
        b->stdio[i] = (struct pith_stdio){vm_stdio[i]->mode, vm_stdio[i]->flags};
    ids(b);
    vm_random(b->seed, sizeof b->seed);
    b->abi = PITH_ABI;
    b->size = sizeof *b;
    b->machine = PITH_MACHINE_VM;
    b->flags = PITH_BOOT_FSGSBASE | (vm_option("pith.stamps", 0) ? PITH_BOOT_STAMPS : 0);
    b->hypercall = PITH_BOOT_START + code;
    b->ram_bytes = vm_ram_total();
    b->mem_start = PITH_STACK_TOP - PITH_BOOT_STACK;
    b->mem_end = PITH_STACK_TOP + PITH_BOOT_HEAP;
    b->hwcap = vm_cpu.hwcap;
    b->hwcap2 = 2; /* HWCAP2_FSGSBASE: the processor's own, or emulated */
    b->xsave_size = vm_cpu.xsave_size;
    b->image_start = vm_joined.start;
    b->image_end = vm_joined.end;
    b->phdr = vm_joined.phdr;
    b->phnum = vm_joined.phnum;
    b->ncpus = 1;
    /* The first memory: after it the account is known. */
    if (vm_pages_left() < (PITH_BOOT_STACK + PITH_BOOT_HEAP) / PAGE)
        vm_too_small();
    vm_segment_map(&(struct pith_joined_segment){.va = b->mem_start,
                                                 .memsz = PITH_BOOT_STACK + PITH_BOOT_HEAP,
                                                 .prot = PITH_PROT_READ | PITH_PROT_WRITE});
    u64 left = vm_pages_left();
    b->ram_free = (left - left / 512) * PAGE;
    return PITH_BOOT_START;
}
