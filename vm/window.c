/* The boot window: boot information, clock, devices, vcpu, rings, strings (abi.h; the monitor's is
 * monitor/window.c).
 *
 *     read only:  struct pith_boot | devices, mounts, files
 *     writable:   struct pith_vcpu | struct pith_clock | rings | argv[] envp[] | strings
 *     code:       the hypercall
 *
 * A cursor walks the layout twice: without memory to measure it, with memory to fill it in.
 */
#include "internal.h"
#include "mounts.h"
#include "shadow.h"

struct vm_device vm_device[VM_DEVICES];
unsigned vm_ndevices;
struct pith_vcpu *vm_vcpu;
struct pith_clock *vm_clock;
u64 vm_window_ro, vm_window_end;

extern const char vm_call_code[], vm_call_end[];

struct shared {
    struct pith_vcpu vcpu;
    struct pith_clock clock __attribute__((aligned(64)));
};

static u8 *host; /* NULL: measuring */
static u64 at;   /* offset in the window */

struct vm_device *vm_device_add(const struct vm_device *device)
{
    if (vm_ndevices == VM_DEVICES)
        vm_stop("this machine has more than %u devices", VM_DEVICES);
    vm_device[vm_ndevices] = *device;
    return &vm_device[vm_ndevices++];
}

/* n bytes, aligned to 16, at the image's address *va; NULL while measuring. */
static void *take(u64 n, u64 *va)
{
    u64 here = (at + 15) & ~15ull;
    at = here + n;
    *va = PITH_BOOT_START + here;
    return host ? host + here : NULL;
}

static u64 copy(const void *from, u64 n)
{
    u64 va;
    void *to = take(n, &va);
    if (to)
        memcpy(to, from, n);
    return va;
}

static u64 string(const char *s)
{
    u64 n = vm_strlen(s) + 1, va = PITH_BOOT_START + at;
    if (host)
        memcpy(host + at, s, n);
    at += n;
    return va;
}

/* The same of a word that is percent-encoded. */
static u64 word(const char *s)
{
    u64 va = string(s);
    if (host)
        vm_decode((char *)host + (va - PITH_BOOT_START));
    return va;
}

/* ---- parts of a word ---- */

/* The text up to the next colon becomes a string of its own; *s moves behind it. */
static char *part(char **s)
{
    char *start = *s, *end = start;
    if (!start)
        return NULL;
    while (*end && *end != ':')
        end++;
    *s = *end ? end + 1 : NULL;
    *end = 0;
    return start;
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
    struct pith_mount *out = take(nmounts * sizeof *out, &va);
    b->mounts = nmounts ? va : 0;
    b->nmounts = nmounts;
    for (unsigned i = 0; i < nmounts; i++) {
        const struct vm_mount *m = &mount[i];
        u64 path = string(m->path);
        if (out)
            out[i] = (struct pith_mount){.path = path,
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
        u64 path = string(file[i].path), data = copy(file[i].data, file[i].len);
        if (out)
            out[i] = (struct pith_file){
                .path = path, .data = data, .len = file[i].len, .mode = file[i].mode};
    }
}

static void devices(struct pith_boot *b, u64 *queues)
{
    u64 va, q;
    unsigned seen = 0;
    for (unsigned i = 0; i < vm_ndevices; i++)
        seen += vm_device[i].type != 0;
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
        if (out)
            *out++ = (struct pith_device){.type = d->type,
                                          .nqueues = d->nqueues,
                                          .features = d->features,
                                          .queues = q,
                                          .config = config,
                                          .config_len = d->config_len};
    }
}

static void rings(const u64 *queues)
{
    u64 va;
    for (unsigned i = 0; i < vm_ndevices; i++) {
        const struct vm_device *d = &vm_device[i];
        for (unsigned q = 0; d->type && q < d->nqueues; q++) {
            void *ring = take(vm_shadow_bytes(d->queue_size[q]), &va);
            if (ring)
                vm_shadow_init(&d->shadow[q], d->queue_size[q], ring, va,
                               (struct pith_queue *)(host + (queues[i] - PITH_BOOT_START)) + q);
        }
    }
}

/* ---- argv and environment ---- */
static const char *setting(const char *last)
{
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
    u64 i = 0;
    if (first) {
        u64 s = string(first);
        if (out)
            out[i] = s;
        i++;
    }
    for (const char *w = NULL; (w = next(w)) != NULL; i++) {
        u64 s = word(w + skip);
        if (out)
            out[i] = s;
    }
    if (n)
        *n = (u32)count;
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

static struct pith_boot info;

static void layout(void)
{
    u64 queues[VM_DEVICES], va;
    struct pith_boot *b = &info;
    at = 0;
    (void)take(sizeof *b, &va);
    devices(b, queues);
    mounts(b);
    files(b);
    vm_window_ro = at = PAGE_UP(at);
    struct shared *s = take(sizeof *s, &va);
    b->vcpu = va;
    b->clock = va + offsetof(struct shared, clock);
    if (s) {
        vm_vcpu = &s->vcpu;
        vm_clock = &s->clock;
    }
    rings(queues);
    const char *zero = vm_option("pith.argv0", 0);
    b->argv = vector(vm_arg, 0, zero ? zero : vm_name(), &b->argc);
    b->envp = vector(setting, sizeof "pith.env=" - 1, NULL, NULL);
    const char *cwd = vm_option("pith.cwd", 0), *hostname = vm_option("pith.hostname", 0);
    b->cwd = string(cwd ? cwd : "/");
    b->hostname = string(hostname ? hostname : "localhost");
    b->execfn = string(vm_name());
    vm_window_end = at = PAGE_UP(at);
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

u64 vm_window_make(void)
{
    u64 phys;
    decode();
    const char *hostname = vm_option("pith.hostname", 0);
    nmounts = vm_mounts(mount);
    nfiles = vm_files(file, hostname ? hostname : "localhost");
    for (unsigned i = 0; i < 3; i++)
        info.stdio[i] = (struct pith_stdio){vm_stdio[i]->mode, vm_stdio[i]->flags};
    ids(&info);
    layout();
    if (vm_window_end > PITH_BOOT_MAX - PAGE)
        vm_stop("arguments, environment, devices and files do not fit the boot window");
    host = vm_vq_pages((unsigned)(vm_window_end / PAGE) + 1, &phys);
    if (!host)
        vm_too_small();
    layout();
    struct pith_boot *b = &info;
    memcpy(host + vm_window_end, vm_call_code, (size_t)(vm_call_end - vm_call_code));
    for (u64 i = 0; i < vm_window_end; i += PAGE)
        vm_map_page(PITH_BOOT_START + i, phys + i,
                    i < vm_window_ro ? PITH_PROT_READ : PITH_PROT_READ | PITH_PROT_WRITE);
    vm_map_page(PITH_BOOT_START + vm_window_end, phys + vm_window_end,
                PITH_PROT_READ | PITH_PROT_EXEC);
    vm_random(b->seed, sizeof b->seed);
    b->abi = PITH_ABI;
    b->size = sizeof *b;
    b->machine = PITH_MACHINE_VM;
    b->flags = PITH_BOOT_FSGSBASE | (vm_option("pith.stamps", 0) ? PITH_BOOT_STAMPS : 0);
    b->hypercall = PITH_BOOT_START + vm_window_end;
    b->ram_bytes = vm_ram_total();
    b->mem_start = PITH_STACK_TOP - PITH_BOOT_STACK;
    b->mem_end = PITH_STACK_TOP + PITH_BOOT_HEAP;
    b->hwcap = vm_cpu.hwcap;
    b->hwcap2 = 2; /* HWCAP2_FSGSBASE: the processor's own, or emulated */
    b->xsave_size = vm_cpu.xsave_size;
    b->image_start = vm_image.start;
    b->image_end = vm_image.end;
    b->phdr = vm_image.phdr;
    b->phnum = vm_image.phnum;
    b->ncpus = 1;
    /* The first memory: after it the account is known. */
    if (vm_memory(PITH_MEM_COMMIT, b->mem_start, b->mem_end - b->mem_start,
                  PITH_PROT_READ | PITH_PROT_WRITE) < 0)
        vm_too_small();
    u64 left = vm_pages_left();
    b->ram_free = (left - left / 512) * PAGE;
    memcpy(host, b, sizeof *b);
    return PITH_BOOT_START;
}
