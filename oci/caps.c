/* Names of capabilities (linux/capability.h), and which of them the monitor needs. See caps.h. */
#include "oci/caps.h"

#include <strings.h>

static const char *const names[] = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
};

const char *const oci_caps_monitor[] = {
    "CAP_NET_ADMIN",       /* takes the addresses of the interfaces over */
    "CAP_NET_RAW",         /* and their frames (AF_PACKET) */
    "CAP_SETUID",          /* becomes the user of the container */
    "CAP_SETGID",          /* with its groups */
    "CAP_SETPCAP",         /* empties the bounding set */
    "CAP_DAC_READ_SEARCH", /* reads a program that its user may execute but not read */
    0,
};

int oci_cap_number(const char *name)
{
    if (strncasecmp(name, "CAP_", 4))
        return -1;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(name + 4, names[i]))
            return (int)i;
    return -1;
}
