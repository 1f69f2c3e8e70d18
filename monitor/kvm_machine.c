/* Setting up a kvm guest: as few KVM calls as it takes, because they are most of the start time.
 *
 * One slot holds all the guest starts with, image included; the vcpu's first registers travel
 * with the first KVM_RUN.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm.h"

/* Page tables and fragments beside the guest's own memory: what a guest needs that uses its
 * memory densely; one that scatters pages pays for its tables from its own. */
#define TABLES_SHARE 64
#define TABLES_LEAST (512u << 10)

/* Made by probe: whether a virtual machine can be had shows when one is asked for, and the run
 * needs it anyway. */
static int kvm_fd = -1, vm_fd = -1;

/* A descriptor KVM has made, or -1. The caller may have closed 0 to 2: their numbers must not
 * become ours. */
static int above_stdio(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return high;
}

static int kvm_probe(struct host_error *err)
{
    if (vm_fd >= 0)
        return 0;
    int fd = above_stdio(open("/dev/kvm", O_RDWR | O_CLOEXEC));
    if (fd < 0 && errno == ENOENT)
        return host_fail(err, "there is no /dev/kvm (no hardware virtualization, or the kvm "
                              "module is not loaded)");
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        return host_fail(err, "/dev/kvm may not be opened (its group is usually kvm): %s",
                         strerror(errno));
    if (fd < 0)
        return host_fail(err, "/dev/kvm cannot be opened: %s", strerror(errno));
    int version = ioctl(fd, KVM_GET_API_VERSION, 0);
    int sync = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS);
    int immediate = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT);
    const int need = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
    if (version != KVM_API_VERSION || sync < 0 || (sync & need) != need || immediate <= 0) {
        close(fd);
        return host_fail(err, "this kernel's KVM is too old (Linux 4.17 or later is needed)");
    }
    vm_fd = above_stdio(ioctl(fd, KVM_CREATE_VM, 0));
    if (vm_fd < 0) {
        host_fail(err, "KVM cannot make a virtual machine: %s", strerror(errno));
        close(fd);
        return -1;
    }
    kvm_fd = fd;
    return 0;
}

static uint64_t align(uint64_t n, uint64_t to)
{
    return (n + to - 1) & ~(to - 1);
}

/* Zero-filled data from here on is worth huge pages of the host, as the arena is: KVM then maps
 * eight pages at a fault, not one. */
#define HUGE_DATA (4u << 20)

static void advise_data(const struct kvm_guest *g, const struct mon_image *image)
{
    for (unsigned i = 0; i < image->nsegments; i++) {
        const struct mon_segment *s = &image->segments[i];
        if (s->memsz - s->filesz < HUGE_DATA)
            continue;
        uint64_t start = align(s->va + s->filesz, PITH_PAGE),
                 end = align(s->va + s->memsz, PITH_PAGE);
        madvise(g->ram + g->image + (start - image->start), end - start, MADV_HUGEPAGE);
    }
}

/* Host addresses for guest physical memory, aligned so that huge pages fit; the image in it. */
static int reserve(struct kvm_guest *g, struct mon *m, uint64_t first, struct host_error *err)
{
    uint64_t most = m->ram_most > m->ram_bytes ? m->ram_most : m->ram_bytes;
    uint64_t tables = most / TABLES_SHARE + TABLES_LEAST;
    g->size = align(first + most + tables, PITH_PAGE);
    if (g->size + KVM_HUGE > KVM_GPA_MAX)
        return host_fail(err, "kvm guests can have about 62 GiB of memory, not %llu GiB (-m)",
                         (unsigned long long)(most >> 30));
    void *p = mmap(NULL, g->size + KVM_HUGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return host_fail(err, "the host has no room for the guest's memory: %s", strerror(errno));
    g->ram = (uint8_t *)align((uintptr_t)p, KVM_HUGE);
    if (mon_image_map(&m->image, g->ram + g->image, MON_MAP_DATA, err))
        return -1;
    advise_data(g, &m->image);
    return 0;
}

/* Guest pages [va, va+len) of the fixed or image memory at gpa. */
static int show(struct kvm_guest *g, uint64_t va, uint64_t gpa, uint64_t len, uint64_t flags)
{
    if (kvm_tables_make(g, va, len))
        return -1;
    for (uint64_t i = 0; i < len; i += PITH_PAGE)
        *kvm_pte(g, va + i) = (gpa + i) | flags;
    return 0;
}

static int show_image(struct kvm_guest *g, const struct mon_image *image)
{
    for (unsigned i = 0; i < image->nsegments; i++) {
        const struct mon_segment *s = &image->segments[i];
        uint64_t start = s->va & ~(uint64_t)(PITH_PAGE - 1);
        uint64_t end = align(s->va + s->memsz, PITH_PAGE);
        if (show(g, start, g->image + (start - image->start), end - start, kvm_pte_flags(s->prot)))
            return -1;
    }
    return 0;
}

/* All page tables the guest starts with. */
static int show_all(struct kvm_guest *g, struct mon *m)
{
    uint64_t window = PITH_BOOT_START, cpu = KVM_CPU_PAGES * PITH_PAGE;
    uint64_t supervisor = KVM_PTE_PRESENT | KVM_PTE_TOUCHED;
    const unsigned rx = PITH_PROT_READ | PITH_PROT_EXEC, rw = PITH_PROT_READ | PITH_PROT_WRITE;
    if (kvm_tables_start(g) || show_image(g, &m->image) ||
        show(g, window, cpu, m->window_ro, kvm_pte_flags(PITH_PROT_READ)) ||
        show(g, window + m->window_ro, cpu + m->window_ro, m->window_rw, kvm_pte_flags(rw)) ||
        show(g, m->hypercall, KVM_CPU_CALL * PITH_PAGE, PITH_PAGE, kvm_pte_flags(rx)) ||
        show(g, g->supervisor + KVM_CPU_TABLES * PITH_PAGE, KVM_CPU_TABLES * PITH_PAGE, PITH_PAGE,
             supervisor | KVM_PTE_NX) ||
        show(g, g->supervisor + KVM_CPU_STUBS * PITH_PAGE, KVM_CPU_STUBS * PITH_PAGE, PITH_PAGE,
             supervisor) ||
        show(g, g->supervisor + KVM_CPU_STACK * PITH_PAGE, KVM_CPU_STACK * PITH_PAGE, PITH_PAGE,
             supervisor | KVM_PTE_NX | KVM_PTE_WRITE))
        return -1;
    return 0;
}

static int start_vcpu(struct kvm_guest *g, struct host_error *err)
{
    g->vcpu = above_stdio(ioctl(g->vm, KVM_CREATE_VCPU, 0));
    int size = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (g->vcpu < 0 || size < (int)sizeof *g->run)
        return host_fail(err, "KVM cannot make a virtual CPU: %s", strerror(errno));
    void *run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, g->vcpu, 0);
    if (run == MAP_FAILED)
        return host_fail(err, "the virtual CPU cannot be mapped: %s", strerror(errno));
    g->run = run;
    g->run_size = (size_t)size;
    return kvm_cpu_start(g, err);
}

static int kvm_create(struct mon *m, struct host_error *err)
{
    static struct kvm_guest guest;
    struct kvm_guest *g = &guest;
    g->kvm = kvm_fd;
    m->priv = g;
    g->vm = vm_fd;

    uint64_t window = m->window_ro + m->window_rw;
    g->image = KVM_CPU_PAGES * PITH_PAGE + window;
    uint64_t first = g->image + (m->image.end - m->image.start);
    if (reserve(g, m, first, err) || kvm_frames_start(g, first, err))
        return -1;
    m->image_host = g->ram + g->image;
    m->window_host = g->ram + KVM_CPU_PAGES * PITH_PAGE;
    m->hypercall = PITH_BOOT_START + window;
    g->supervisor = m->hypercall + PITH_PAGE;
    if (g->supervisor + KVM_CPU_PAGES * PITH_PAGE > PITH_BOOT_START + PITH_BOOT_MAX)
        return host_fail(err, "the boot window is full");
    kvm_cpu_fill(g);
    if (show_all(g, m))
        return host_fail(err, "%llu KiB of memory do not hold the page tables (-m)",
                         (unsigned long long)(m->ram_bytes >> 10));
    return start_vcpu(g, err);
}

const struct mon_machine mon_kvm = {
    .name = "kvm",
    .id = PITH_MACHINE_KVM,
    .probe = kvm_probe,
    .create = kvm_create,
    .map = kvm_map,
    .unmap = kvm_unmap,
    .protect = kvm_protect,
    .alias = kvm_alias,
    .move = kvm_move,
    .host = kvm_span,
    .regs = kvm_regs,
    .run = kvm_run_guest,
    .on_signal = kvm_on_signal,
    .lingers = true,
    .jail = kvm_jail_rules,
};
