/* /proc/sys/net: the settings that programs look up, with the values that are in effect here. None
 * can be changed. */
#include <linux/stat.h>

#include "base/string.h"
#include "vfs/tree.h"

#define SETTING(id, where, line)                                                                   \
    static int show_##id(struct text *t, long arg)                                                 \
    {                                                                                              \
        (void)arg;                                                                                 \
        text_add(t, "%s\n", line);                                                                 \
        return 0;                                                                                  \
    }                                                                                              \
    static const struct generated file_##id = {                                                    \
        .path = "sys/net/" where, .mode = S_IFREG | 0444, .show = show_##id};                      \
    PROC_FILE(file_##id)

SETTING(rmem_default, "core/rmem_default", "212992");
SETTING(rmem_max, "core/rmem_max", "212992");
SETTING(wmem_default, "core/wmem_default", "212992");
SETTING(wmem_max, "core/wmem_max", "212992");
SETTING(optmem_max, "core/optmem_max", "131072");
SETTING(ports, "ipv4/ip_local_port_range", "32768\t60999");
SETTING(low_ports, "ipv4/ip_unprivileged_port_start", "1024");
SETTING(ping_range, "ipv4/ping_group_range", "0\t2147483647");
SETTING(ttl, "ipv4/ip_default_ttl", "64");
SETTING(forward, "ipv4/ip_forward", "0");
SETTING(nonlocal, "ipv4/ip_nonlocal_bind", "0");
SETTING(groups, "ipv4/igmp_max_memberships", "20");
SETTING(sources, "ipv4/igmp_max_msf", "10");
SETTING(bindv6only, "ipv6/bindv6only", "0");
SETTING(no_ipv6, "ipv6/conf/all/disable_ipv6", "0");
SETTING(no_ipv6_default, "ipv6/conf/default/disable_ipv6", "0");
SETTING(no_ipv6_lo, "ipv6/conf/lo/disable_ipv6", "0");

const char proc_net_sysctl_linked = 1;
