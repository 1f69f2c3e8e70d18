/* `pith help [VERB]`: all verbs in a line each, or one verb in full.
 *
 * The texts are a table, one entry a verb; the man pages (docs/man) tell more. Printed to stdout
 * because it was asked for; exit status 2 for a verb that does not exist.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

struct verb_help {
    const char *name;
    const char *summary;
    const char *usage;
    const char *text;
};

static const struct verb_help verbs[] = {
    {"run", "boot the unikernel inside a program",
     "pith run [--on MACHINE] [-m SIZE] [-e K=V]... [--env-file FILE] [-w DIR]\n"
     "         [-v HOST:GUEST[:OPT,...]]... [--root DIR[:OPT,...]] [--tmpfs PATH[:OPT,...]]...\n"
     "         [--disk FILE[:PATH][:OPT,...]]...\n"
     "         [-p [ADDR:]PORT:PORT[/udp]]... [--net NET [--ip ADDR/LEN[,gw=ADDR]]...]...\n"
     "         [--read-only] [--time] [--stats] [--core FILE] PROGRAM [ARG...]",
     "  --on MACHINE     kvm or process; without it kvm where it works, else process. Or another\n"
     "                   hypervisor: qemu, firecracker, cloud-hypervisor\n"
     "  -m SIZE          memory of the guest, as in 64M or 2G\n"
     "  -e K=V           set an environment variable of the guest\n"
     "  --env-file FILE  the same, a K=V on each line\n"
     "  -w DIR           working directory in the guest\n"
     "  -v HOST:GUEST    the host's directory or file HOST at the guest's path GUEST; options:\n"
     "                   ro (read only), fixed (nobody changes it meanwhile: cached for long)\n"
     "  --root DIR       the host's directory as the guest's root; the same options\n"
     "  --tmpfs PATH     an empty file system in the guest's memory; options: size=64M,\n"
     "                   mode=1777, ro, noexec\n"
     "  --disk FILE      a file or block device of the host as a disk, /dev/vda and so on; with\n"
     "                   FILE:PATH its file system is mounted there; options: ro\n"
     "  -p PORT:PORT     a port of the host (with its address, [::1]:80:80) leads to the guest's;\n"
     "                   ranges 8000-8010:80-90, /udp behind it\n"
     "  --net NET        slirp (the usual one, no privilege), none, tap:NAME, packet:NAME[,keep]:\n"
     "                   an interface of the host becomes the guest's; several are possible\n"
     "  --ip ADDR/LEN    address of the interface named before, with ,gw=ADDR; or dhcp\n"
     "  --mac, --mtu     the same for its address and its largest packet\n"
     "  --dns ADDR, --dns-search DOMAIN, --add-host NAME:ADDR, --hostname NAME\n"
     "                   what the guest's /etc/resolv.conf, hosts and hostname say\n"
     "  --read-only      the root, whatever it is, cannot be written\n"
     "  --time           print the moments of the start, in microseconds, on stderr\n"
     "  --stats          print at the end how often the guest left its machine, and what for\n"
     "  --control PATH   a socket there answers pith threads, mem, net, mounts, log, metrics, get\n"
     "  --core FILE      write an ELF core there if the guest is killed\n"
     "  --machine-type TYPE, --accel kvm|tcg\n"
     "                   of --on qemu: microvm (the usual one), q35, pc; kvm where QEMU's works\n"
     "  --verbose        of other hypervisors: print how they are called, and what they say\n"
     "The exit status is the program's own, or 128 + n if signal n ended it.\n"},
    {"image", "extract the unikernel alone",
     "pith image [--format pith|elf|raw|qcow2|iso] [--append WORD]... PROGRAM [-o FILE] [-- "
     "ARG...]",
     "  --format pith     the guest image that PROGRAM carries in its section .pith\n"
     "  --format elf      what a hypervisor boots: PVH, or the 64-bit Linux boot protocol\n"
     "  --format raw      a disk that BIOS and UEFI boot (needs mtools)\n"
     "  --format qcow2    the same, compressed (and qemu-img)\n"
     "  --format iso      a CD that BIOS and UEFI boot (mtools and xorriso)\n"
     "  --append WORD     a boot parameter on the disk or CD, such as "
     "pith.ip=10.0.0.2/24,gw=10.0.0.1\n"
     "                    or pith.env=NAME=VALUE; what follows -- are the program's arguments\n"
     "All but the first print size and SHA-256.\n"},
    {"pack", "make a container image of a program, without an engine",
     "pith pack PROGRAM -t NAME[:TAG] [-o FILE] [--files DIR] [--entrypoint WORD]...\n"
     "         [--cmd WORD]... [--env K=V]... [--user USER] [--workdir DIR] [--expose PORT]...\n"
     "         [--volume PATH]... [--label K=V]... [--stop-signal NAME] [--format docker|oci]\n"
     "         [--no-sbom]",
     "  -o FILE           the archive (NAME.tar); - is standard output\n"
     "  --files DIR       the tree of the image beside the program, which is /PROGRAM\n"
     "  --entrypoint WORD instead of /PROGRAM; repeated for each word, as is --cmd\n"
     "  --env, --user, --workdir, --expose, --volume, --label, --stop-signal\n"
     "                    what a Dockerfile says with the instruction of that name\n"
     "  --format          one of the two kinds only; without it the archive is both an OCI image\n"
     "                    layout and what docker load takes\n"
     "  --no-sbom         without /usr/share/sbom/PROGRAM.spdx.json, the list of its parts\n"
     "The same input gives the same bytes; all times are SOURCE_DATE_EPOCH, or 0.\n"},
    {"inspect", "show what an image says about itself", "pith inspect [--json] PROGRAM",
     "Note, ABI, segments, devices, and the system calls the program can make.\n"},
    {"why", "tell how a thing got into an image", "pith why [--json] PROGRAM NAME",
     "The shortest chain of references, recorded by the link, from the program's own code down\n"
     "to a symbol, object, system call or subsystem; or that it is not inside.\n"},
    {"size", "bytes by subsystem, library and object", "pith size [--json] PROGRAM [OTHER]",
     "With OTHER: the difference of the two.\n"},
    {"container", "boot a unikernel as a container's first process (for pith-oci)",
     "pith container [--machine auto|kvm|process] [--user UID:GID[:G,...]] [--memory BYTES]\n"
     "               [--argv0 NAME] [--caps HEX] [--control PATH|none] -- PROGRAM [ARG...]",
     "The guest gets the container's interfaces, its root with all mounts, its limits, "
     "environment\n"
     "and working directory. What needs root is done first; the rest as --user.\n"
     "  --machine M      auto: kvm where it works, else process, which the log tells\n"
     "  --user U:G       whom the program runs as, with further groups behind\n"
     "  --memory BYTES   the container's limit of memory: guest and monitor share it\n"
     "  --argv0 NAME     what the program finds as its own name\n"
     "  --caps HEX       capabilities the program would have; those about files are kept\n"
     "  --control PATH   where the verbs threads, mem, net, mounts, log, metrics and get find "
     "it\n"},
    {"threads", "what the threads of a running guest do",
     "pith threads [--control PATH]   (in a container: docker exec NAME pith threads)",
     "A backtrace of each; PATH as `pith run --control` had it.\n"},
    {"mem", "memory of a running guest", "pith mem [--control PATH]", ""},
    {"net", "its interfaces, addresses and sockets", "pith net [--control PATH]", ""},
    {"mounts", "its mounts", "pith mounts [--control PATH]", ""},
    {"log", "what its monitor said", "pith log [--control PATH]", ""},
    {"metrics", "all of it as numbers, for Prometheus", "pith metrics [--control PATH]", ""},
    {"get", "ask an HTTP server in a running guest, from inside",
     "pith get [--control PATH] [--timeout SECONDS] URL",
     "URL names localhost, [::1] or an IPv4 address of the guest. The body goes to stdout; exit\n"
     "status 0 for an answer below 400 (redirections are not followed), else 1:\n"
     "HEALTHCHECK CMD [\"pith\", \"get\", \"http://localhost/\"]\n"},
    {"doctor", "check whether this host can run and build unikernels", "pith doctor [--json]",
     "Each finding comes with its remedy. Exit status 1 if no machine can run here.\n"},
    {"help", "this list, or one verb in full", "pith help [VERB]", ""},
    {"version", "version of the tools and of the ABI", "pith version", ""},
};

#define COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void print_list(void)
{
    printf("pith runs and examines unikernels made by pith-cc.\n\n"
           "usage: pith VERB [ARGUMENT...]\n\n");
    for (size_t i = 0; i < COUNT; i++)
        printf("  %-9s  %s\n", verbs[i].name, verbs[i].summary);
    printf("\n`pith help VERB` tells more of one.\n");
}

int cmd_help(int argc, char **argv)
{
    if (argc < 2) {
        print_list();
        return 0;
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(argv[1], verbs[i].name) != 0)
            continue;
        printf("pith %s: %s\n\nusage: %s\n", verbs[i].name, verbs[i].summary, verbs[i].usage);
        if (verbs[i].text[0])
            printf("\n%s", verbs[i].text);
        return 0;
    }
    fprintf(stderr, "pith help: there is no verb '%s'; `pith help` lists them\n", argv[1]);
    return 2;
}
