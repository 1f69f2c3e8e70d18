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
#include "shadow.h"

#define MOUNTS_MAX 32u

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

/* Words are cut apart on the first walk and remembered. */
static struct mount {
    const char *path;
    u32 type, device, flags, mode;
    u64 size;
} mount[MOUNTS_MAX];
static unsigned nmounts;

static void add_mount(const struct mount *m)
{
    if (nmounts == MOUNTS_MAX)
        vm_stop("boot parameters: more than %u mounts", MOUNTS_MAX);
    if (m->path[0] != '/')
        vm_stop("boot parameters: '%s' is no absolute path", m->path);
    unsigned i = nmounts++;
    for (; i && vm_streq(m->path, "/"); i--) /* the root comes first */
        mount[i] = mount[i - 1];
    mount[i] = *m;
}

/* "ro", or PITH_MOUNT_* in hexadecimal, or nothing. */
static u32 flags(const char *s)
{
    return !s || !*s ? 0 : vm_streq(s, "ro") ? PITH_MOUNT_READ_ONLY : (u32)number(s, 16);
}

static u32 device_of(u32 type, unsigned n, const char *tag)
{
    for (unsigned i = 0, seen = 0, k = 0; i < vm_ndevices; i++) {
        const struct vm_device *d = &vm_device[i];
        if (d->type == 0)
            continue;
        if (d->type == type &&
            (tag ? vm_after(d->config, tag) != NULL &&
                       (vm_strlen(tag) == 36 || !((const char *)d->config)[vm_strlen(tag)])
                 : k++ == n))
            return seen;
        seen++;
    }
    return ~0u;
}

static void mounts_find(void)
{
    const char *w;
    char *s;
    for (unsigned n = 0; (w = vm_option("pith.mount", n)) != NULL; n++) {
        s = (char *)(u64)w;
        const char *tag = vm_decode(part(&s)), *path = part(&s);
        struct mount m = {.type = PITH_MOUNT_FS, .path = path ? vm_decode(path) : ""};
        m.flags = flags(part(&s));
        m.device = vm_strlen(tag) <= 36 ? device_of(PITH_DEV_FS, 0, tag) : ~0u;
        if (m.device == ~0u && vm_wants(PITH_DEV_FS))
            vm_stop("pith.mount: there is no file system device with tag '%s'", tag);
        if (m.device != ~0u)
            add_mount(&m);
    }
    for (unsigned n = 0; (w = vm_option("pith.disk", n)) != NULL; n++) {
        s = (char *)(u64)w;
        struct mount m = {.type = PITH_MOUNT_DISK, .path = vm_decode(part(&s))};
        m.flags = flags(part(&s));
        m.device = device_of(PITH_DEV_BLK, n, NULL);
        if (!m.path[0] || (m.device == ~0u && !vm_wants(PITH_DEV_BLK)))
            continue;
        if (m.device == ~0u)
            vm_stop("pith.disk=%s: there are only %u disks", m.path, n);
        add_mount(&m);
    }
    for (unsigned n = 0; (w = vm_option("pith.tmpfs", n)) != NULL; n++) {
        s = (char *)(u64)w;
        struct mount m = {.type = PITH_MOUNT_TMPFS, .path = vm_decode(part(&s))};
        m.flags = flags(part(&s));
        const char *mode = part(&s);
        m.mode = mode ? (u32)number(mode, 8) : 01777;
        m.size = number(part(&s), 16);
        add_mount(&m);
    }
    if (vm_option("pith.readonly", 0)) {
        for (unsigned i = 0; i < nmounts; i++)
            if (vm_streq(mount[i].path, "/")) {
                mount[i].flags |= PITH_MOUNT_READ_ONLY;
                return;
            }
        add_mount(&(struct mount){
            .type = PITH_MOUNT_TMPFS, .path = "/", .flags = PITH_MOUNT_READ_ONLY, .mode = 0755});
    }
}

static void mounts(struct pith_boot *b)
{
    u64 va;
    struct pith_mount *out = take(nmounts * sizeof *out, &va);
    b->mounts = nmounts ? va : 0;
    b->nmounts = nmounts;
    for (unsigned i = 0; i < nmounts; i++) {
        const struct mount *m = &mount[i];
        u64 path = string(m->path);
        if (out)
            out[i] = (struct pith_mount){.path = path,
                                         .type = m->type,
                                         .device = m->device,
                                         .flags = m->flags,
                                         .mode = m->mode,
                                         .size = m->size};
    }
}

/* ---- /etc, where the boot parameters do not bring it ---- */
static struct file {
    const char *path, *data;
    u32 mode;
} file[8];
static unsigned nfiles;

static void add_file(const char *path, u32 mode, const char *data)
{
    if (nfiles == ARRAY_LEN(file))
        vm_stop("boot parameters: more than %u files", (unsigned)ARRAY_LEN(file));
    file[nfiles++] = (struct file){path, data, mode};
}

static char *append(char *to, const char *s)
{
    while (*s)
        *to++ = *s++;
    *to = 0;
    return to;
}

static void files_find(const char *hostname)
{
    static char name[80], hosts[160], resolv[256];
    const char *w, *dns;
    for (unsigned n = 0; (w = vm_option("pith.file", n)) != NULL; n++) {
        char *s = (char *)(u64)w;
        const char *path = vm_decode(part(&s)), *mode = part(&s);
        add_file(path, (u32)number(mode, 8), s ? vm_decode(s) : "");
    }
    if (nfiles || vm_strlen(hostname) > 64)
        return;
    append(append(name, hostname), "\n");
    append(append(append(hosts, "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t"), hostname),
           "\n");
    add_file("/etc/hostname", 0644, name);
    add_file("/etc/hosts", 0644, hosts);
    char *to = resolv;
    for (unsigned n = 0; n < 3 && (dns = vm_option("pith.dns", n)) != NULL; n++)
        if (vm_strlen(dns) < 48)
            to = append(append(append(to, "nameserver "), dns), "\n");
    if (to != resolv)
        add_file("/etc/resolv.conf", 0644, resolv);
}

static void files(struct pith_boot *b)
{
    u64 va;
    struct pith_file *out = take(nfiles * sizeof *out, &va);
    b->files = nfiles ? va : 0;
    b->nfiles = nfiles;
    for (unsigned i = 0; i < nfiles; i++) {
        u64 path = string(file[i].path), len = vm_strlen(file[i].data);
        u64 data = copy(file[i].data, len);
        if (out)
            out[i] =
                (struct pith_file){.path = path, .data = data, .len = len, .mode = file[i].mode};
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
static const char *argument(const char *last)
{
    return vm_arg(last);
}

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
        u64 s = string(w + skip);
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

/* pith.stdio=MODE:FLAGS,... in hexadecimal, as the host's descriptors are; else what the streams
 * say of themselves. */
static void stdio(struct pith_boot *b)
{
    char *s = (char *)(u64)vm_option("pith.stdio", 0);
    for (unsigned i = 0; i < 3; i++) {
        b->stdio[i] = (struct pith_stdio){vm_stdio[i]->mode, vm_stdio[i]->flags};
        if (!s)
            continue;
        char *end = s;
        while (*end && *end != ',')
            end++;
        char *after = *end ? end + 1 : NULL;
        *end = 0;
        b->stdio[i].mode = (u32)number(part(&s), 16);
        b->stdio[i].flags = (u32)number(part(&s), 16);
        s = after;
    }
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
    b->argv = vector(argument, 0, vm_arg(NULL) ? NULL : vm_name(), &b->argc);
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
    static const char *const plain[] = {"pith.name", "pith.cwd", "pith.hostname", "pith.dns"};
    for (unsigned i = 0; i < ARRAY_LEN(plain); i++) {
        const char *value = vm_option(plain[i], 0);
        if (value)
            vm_decode(value);
    }
    for (const char *w = NULL; (w = vm_arg(w)) != NULL;)
        vm_decode(w);
    for (const char *w = NULL; (w = setting(w)) != NULL;)
        vm_decode(w + sizeof "pith.env=" - 1);
}

u64 vm_window_make(void)
{
    u64 phys;
    decode();
    mounts_find();
    const char *hostname = vm_option("pith.hostname", 0);
    files_find(hostname ? hostname : "localhost");
    stdio(&info);
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
