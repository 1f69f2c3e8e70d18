/* The probes of `pith doctor`: processor, KVM, what `process` is made of, and the tools.
 *
 * Each asks the host itself and keeps nothing open. What the monitor demands is said once, in
 * its own files; the probes ask the same questions so that the answer comes with a remedy.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pith/abi.h>

#include "monitor/net.h"

#define HWCAP2_FSGSBASE_BIT 2u /* asm/hwcap2.h of x86 */

static void look_fsgsbase(struct doctor_finding *f)
{
    if (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT)
        doctor_say(f, DOCTOR_OK, NULL, "user code can set its thread pointer itself");
    else
        doctor_say(f, DOCTOR_BAD,
                   "boot Linux 5.9 or newer without `nofsgsbase`, on a processor that has it "
                   "(Intel since 2012, AMD since 2019)",
                   "the instructions wrfsbase and rdfsbase are not available");
}

/* Opens /dev/kvm; on failure says why in *f and returns -1. */
static int open_kvm(struct doctor_finding *f)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    int why = errno;
    if (why == ENOENT)
        doctor_say(f, DOCTOR_BAD,
                   "load the module (modprobe kvm_amd or kvm_intel), turn virtualization on in "
                   "the firmware, or allow nested virtualization for this machine; `process` "
                   "needs none of it",
                   "/dev/kvm does not exist");
    else if (why == EACCES || why == EPERM)
        doctor_say(f, DOCTOR_BAD,
                   "join the group that owns it (usermod -aG kvm USER, then log in again); in a "
                   "container, pass --device /dev/kvm",
                   "/dev/kvm cannot be opened: %s", strerror(why));
    else
        doctor_say(f, DOCTOR_BAD, "see the kernel log (dmesg) for what KVM says",
                   "/dev/kvm cannot be opened: %s", strerror(why));
    return -1;
}

static void look_kvm_device(struct doctor_finding *f)
{
    int fd = open_kvm(f);
    if (fd < 0)
        return;
    int version = ioctl(fd, KVM_GET_API_VERSION, 0);
    close(fd);
    if (version == KVM_API_VERSION)
        doctor_say(f, DOCTOR_OK, NULL, "/dev/kvm opens, API version %d", version);
    else
        doctor_say(f, DOCTOR_BAD, "boot a kernel of this century: the API has been 12 since 2007",
                   "/dev/kvm speaks API version %d, not %d", version, KVM_API_VERSION);
}

/* What monitor/kvm_machine.c asks for; `bits` of the answer must be set, 0 = any but zero. */
static void look_kvm_caps(struct doctor_finding *f)
{
    static const struct {
        int cap, bits;
        const char *name;
    } needed[] = {
        {KVM_CAP_SYNC_REGS, KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS, "SYNC_REGS"},
        {KVM_CAP_IMMEDIATE_EXIT, 0, "IMMEDIATE_EXIT"},
    };
    char missing[96] = "";
    int fd = open_kvm(f);
    if (fd < 0)
        return;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        int got = ioctl(fd, KVM_CHECK_EXTENSION, needed[i].cap);
        if (got > 0 && (got & needed[i].bits) == needed[i].bits)
            continue;
        size_t used = strlen(missing);
        snprintf(missing + used, sizeof(missing) - used, " %s", needed[i].name);
    }
    close(fd);
    if (missing[0])
        doctor_say(f, DOCTOR_BAD, "boot a newer kernel on the host (Linux 4.17 has them all)",
                   "KVM capabilities missing:%s", missing);
    else
        doctor_say(f, DOCTOR_OK, NULL, "all that the monitor uses are there");
}

static void look_kvm_vm(struct doctor_finding *f)
{
    int fd = open_kvm(f);
    if (fd < 0)
        return;
    int vm = ioctl(fd, KVM_CREATE_VM, 0);
    int why = errno;
    if (vm >= 0)
        close(vm);
    close(fd);
    if (vm >= 0)
        doctor_say(f, DOCTOR_OK, NULL, "a virtual machine can be created");
    else if (why == EBUSY)
        doctor_say(f, DOCTOR_BAD, "stop the other hypervisor (VirtualBox, VMware)",
                   "KVM_CREATE_VM: another hypervisor holds the processor");
    else
        doctor_say(f, DOCTOR_BAD, "see the kernel log (dmesg) for what KVM says",
                   "KVM_CREATE_VM: %s", strerror(why));
}

static void look_seccomp(struct doctor_finding *f)
{
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        doctor_say(f, DOCTOR_OK, NULL, "filters with KILL_PROCESS are available");
    else
        doctor_say(f, DOCTOR_BAD,
                   "boot Linux 4.14 or newer with CONFIG_SECCOMP_FILTER; in a container, allow "
                   "the seccomp system call",
                   "seccomp: %s", strerror(errno));
}

static void look_landlock(struct doctor_finding *f)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version > 0)
        doctor_say(f, DOCTOR_OK, NULL, "Landlock ABI %ld", version);
    else
        doctor_say(f, DOCTOR_WARN,
                   "boot Linux 5.13 or newer with `landlock` in the lsm= list; until then seccomp "
                   "alone keeps the guest from files",
                   "Landlock is not available: %s", strerror(errno));
}

/* One page may be mapped at the fixed addresses of the guest layout. */
static void look_layout(struct doctor_finding *f)
{
    const unsigned long starts[] = {PITH_BOOT_START, PITH_ARENA_START};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        void *want = (void *)starts[i]; /* NOLINT(performance-no-int-to-ptr): a fixed layout */
        void *got = mmap(want, PITH_PAGE, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (got != MAP_FAILED)
            munmap(got, PITH_PAGE);
        if (got == want)
            continue;
        doctor_say(f, DOCTOR_BAD, "raise `ulimit -v`, and boot Linux 4.17 or newer",
                   "no memory can be mapped at %#lx, where a guest expects it", starts[i]);
        return;
    }
    doctor_say(f, DOCTOR_OK, NULL, "the guest's addresses are free");
}

static void look_address_space(struct doctor_finding *f)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        doctor_say(f, DOCTOR_WARN, "`ulimit -v unlimited` before pith run",
                   "address space is limited to %llu MiB: guests near or above that will not start",
                   (unsigned long long)limit.rlim_cur >> 20);
    else
        doctor_say(f, DOCTOR_OK, NULL, "not limited");
}

static void look_overcommit(struct doctor_finding *f)
{
    char mode = 0;
    int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, &mode, 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n != 1)
        doctor_say(f, DOCTOR_WARN, "mount /proc", "vm.overcommit_memory cannot be read");
    else if (mode == '2')
        doctor_say(f, DOCTOR_WARN,
                   "sysctl vm.overcommit_memory=0, or give guests no more memory than is free",
                   "vm.overcommit_memory is 2: a guest's memory counts in full before it is used");
    else
        doctor_say(f, DOCTOR_OK, NULL,
                   "vm.overcommit_memory is %c: memory is paid for when it is touched", mode);
}

/* What `-p` and the usual network of a guest need: the helper beside us, and that it starts, as it
 * does for a moment here, without a port. */
static void look_slirp(struct doctor_finding *f)
{
    if (!mon_net_slirp_there())
        doctor_say(f, DOCTOR_WARN,
                   "apt-get install libslirp-dev, then build again; until then guests have a "
                   "network by --net tap: or packet: only, and -p does not work",
                   "the helper pith-slirp was not built");
    else if (!mon_net_slirp_starts())
        doctor_say(f, DOCTOR_WARN, "apt-get install libslirp0",
                   "the helper pith-slirp does not start");
    else
        doctor_say(f, DOCTOR_OK, NULL,
                   "guests reach the network, and -p opens ports, without "
                   "privilege");
}

static void look_packet(struct doctor_finding *f)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (fd >= 0)
        doctor_say(f, DOCTOR_OK, NULL, "--net packet: can take interfaces over");
    else
        doctor_say(f, DOCTOR_WARN,
                   "as root, or in a network namespace of your own (unshare -rn), it works",
                   "--net packet: is not possible here: %s", strerror(why));
}

static void look_tap(struct doctor_finding *f)
{
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (fd >= 0)
        doctor_say(f, DOCTOR_OK, NULL, "/dev/net/tun opens, for --net tap:");
    else
        doctor_say(f, DOCTOR_WARN, "modprobe tun; ip tuntap add tap0 mode tap user USER vnet_hdr",
                   "--net tap: is not possible here: /dev/net/tun: %s", strerror(why));
}

/* Is there an executable of this name in PATH? */
static int in_path(const char *name)
{
    char file[4096];
    const char *path = getenv("PATH");
    if (!path)
        return 0;
    for (const char *dir = path; *dir; dir += strspn(dir, ":")) {
        size_t n = strcspn(dir, ":");
        int length = snprintf(file, sizeof(file), "%.*s/%s", (int)n, dir, name);
        if (length > 0 && (size_t)length < sizeof(file) && access(file, X_OK) == 0)
            return 1;
        dir += n;
    }
    return 0;
}

static void look_tools(struct doctor_finding *f, const char *const *names, enum doctor_state state,
                       const char *remedy)
{
    char missing[96] = "", found[96] = "";
    for (; *names; names++) {
        char *list = in_path(*names) ? found : missing;
        size_t used = strlen(list);
        snprintf(list + used, sizeof(missing) - used, " %s", *names);
    }
    if (missing[0])
        doctor_say(f, state, remedy, "not in PATH:%s", missing);
    else
        doctor_say(f, DOCTOR_OK, NULL, "found%s", found);
}

static void look_compiler(struct doctor_finding *f)
{
    static const char *const names[] = {"gcc", "ld", "as", "ar", "objcopy", NULL};
    look_tools(f, names, DOCTOR_BAD, "apt-get install gcc binutils");
}

static void look_clang(struct doctor_finding *f)
{
    static const char *const names[] = {"clang", NULL};
    look_tools(f, names, DOCTOR_WARN,
               "apt-get install clang, if you want to compile with PITH_CC=clang");
}

static void look_debugger(struct doctor_finding *f)
{
    static const char *const names[] = {"gdb", NULL};
    look_tools(f, names, DOCTOR_WARN,
               "apt-get install gdb, to read what `pith run --core FILE` writes");
}

const struct doctor_probe doctor_probes[] = {
    {"fsgsbase", DOCTOR_KVM | DOCTOR_PROCESS, look_fsgsbase},
    {"kvm device", DOCTOR_KVM, look_kvm_device},
    {"kvm features", DOCTOR_KVM, look_kvm_caps},
    {"kvm machine", DOCTOR_KVM, look_kvm_vm},
    {"seccomp", DOCTOR_PROCESS, look_seccomp},
    {"landlock", DOCTOR_PROCESS, look_landlock},
    {"addresses", DOCTOR_PROCESS, look_layout},
    {"address space", 0, look_address_space},
    {"overcommit", 0, look_overcommit},
    {"slirp", 0, look_slirp},
    {"packet sockets", 0, look_packet},
    {"tap devices", 0, look_tap},
    {"compiler", DOCTOR_BUILD, look_compiler},
    {"clang", 0, look_clang},
    {"gdb", 0, look_debugger},
};
const size_t doctor_probe_count = sizeof(doctor_probes) / sizeof(doctor_probes[0]);
