/* Does QEMU with kvm run guests here? /dev/kvm may be there and still not serve QEMU (nested
 * hypervisors that only run user code well): it hangs or dies. So a guest of four instructions is
 * run once, and the answer remembered until the host boots again or QEMU changes, in
 * $XDG_CACHE_HOME/pith/qemu-kvm.
 */
#include "cli/run_vm.h"

#include <errno.h>
#include <elf.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS 0x100000u
#define PATIENCE 1500 /* ms; a working one answers in 50 */

/* A PVH kernel (note 18 of "Xen": its 32-bit entry) that ends QEMU with status 33. */
struct probe {
    Elf64_Ehdr ehdr;
    Elf64_Phdr load, note;
    struct {
        Elf64_Nhdr head;
        char name[4];
        uint32_t entry;
    } pvh;
    uint8_t code[16];
};

static int make_probe(void)
{
    const uint32_t entry = ADDRESS + offsetof(struct probe, code);
    const struct probe p = {
        .ehdr = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                             EV_CURRENT},
                 .e_type = ET_EXEC,
                 .e_machine = EM_X86_64,
                 .e_version = EV_CURRENT,
                 .e_entry = entry,
                 .e_phoff = offsetof(struct probe, load),
                 .e_ehsize = sizeof(Elf64_Ehdr),
                 .e_phentsize = sizeof(Elf64_Phdr),
                 .e_phnum = 2},
        .load = {.p_type = PT_LOAD,
                 .p_flags = PF_R | PF_X,
                 .p_vaddr = ADDRESS,
                 .p_paddr = ADDRESS,
                 .p_filesz = sizeof(struct probe),
                 .p_memsz = sizeof(struct probe),
                 .p_align = 4096},
        .note = {.p_type = PT_NOTE,
                 .p_flags = PF_R,
                 .p_offset = offsetof(struct probe, pvh),
                 .p_vaddr = ADDRESS + offsetof(struct probe, pvh),
                 .p_paddr = ADDRESS + offsetof(struct probe, pvh),
                 .p_filesz = sizeof p.pvh,
                 .p_memsz = sizeof p.pvh,
                 .p_align = 4},
        .pvh = {{4, 4, 18}, "Xen", entry},
        .code = {0xb0, 0x10, 0xe6, 0xf4, 0xf4}, /* mov $16, %al; out %al, $0xf4; hlt */
    };
    int fd = memfd_create("probe", MFD_CLOEXEC);
    return fd >= 0 && write(fd, &p, sizeof p) == (ssize_t)sizeof p ? fd : -1;
}

/* Runs it; true if it ended as it should in time. */
static bool works(struct run_vm *r)
{
    char kernel[32];
    int status = 0, image = make_probe(), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (image < 0 || null < 0)
        return false;
    snprintf(kernel, sizeof kernel, "/proc/self/fd/%d", image);
    const int keep[] = {image, -1};
    pid_t pid = run_vm_fork(r, keep, null);
    if (pid == 0) {
        execl(r->binary, r->binary, "-M", "microvm,accel=kvm,acpi=off", "-cpu", "host", "-m", "8",
              "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-device",
              "isa-debug-exit,iobase=0xf4,iosize=1", "-kernel", kernel, (char *)NULL);
        _exit(126);
    }
    close(image);
    close(null);
    if (pid < 0)
        return false;
    int watch = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = watch, .events = POLLIN};
    bool ended = watch >= 0 && poll(&p, 1, PATIENCE) == 1;
    if (!ended)
        kill(pid, SIGKILL);
    if (watch >= 0)
        close(watch);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    r->nchildren--; /* it was the last */
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 33;
}

/* What the answer holds for: this boot of the host, this QEMU, this user's access. */
static bool key(const struct run_vm *r, char *text, size_t size)
{
    char boot[40] = "";
    struct stat st;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, boot, 36) != 36 || stat(r->binary, &st)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    close(fd);
    snprintf(text, size, "%s %s %lld.%09ld\n", boot, r->binary, (long long)st.st_mtim.tv_sec,
             st.st_mtim.tv_nsec);
    return true;
}

static bool cache_path(char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n;
    if (cache && *cache == '/')
        n = snprintf(path, size, "%s/pith/qemu-kvm", cache);
    else if (home && *home == '/')
        n = snprintf(path, size, "%s/.cache/pith/qemu-kvm", home);
    else
        return false;
    return n > 0 && (size_t)n < size;
}

/* Makes the folders of path; a failure shows when the file is opened. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

const char *run_qemu_accel(struct run_vm *r)
{
    char path[4096], now[4352], line[4352], told[4352] = "";
    if (access("/dev/kvm", R_OK | W_OK))
        return "tcg";
    bool cached = key(r, now, sizeof now) && cache_path(path, sizeof path);
    FILE *f = cached ? fopen(path, "re") : NULL;
    if (f) {
        bool same = fgets(line, sizeof line, f) && strcmp(line, now) == 0 &&
                    fgets(told, sizeof told, f) != NULL;
        fclose(f);
        if (same && (strcmp(told, "kvm\n") == 0 || strcmp(told, "tcg\n") == 0))
            return *told == 'k' ? "kvm" : "tcg";
    }
    const char *answer = works(r) ? "kvm" : "tcg";
    if (cached) {
        make_folders(path);
        f = fopen(path, "we");
        if (f) {
            fprintf(f, "%s%s\n", now, answer);
            fclose(f);
        }
    }
    return answer;
}
