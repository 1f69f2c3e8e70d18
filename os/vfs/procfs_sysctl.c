/* /proc/sys: the limits and names that programs ask for, as Linux's defaults have them. */
#include <linux/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "dev/random.h"
#include "vfs/procfs.h"

const char *misc_hostname(void) WEAK; /* of sethostname; 0 in a program without it */

static void uuid(struct text *t, u8 b[16])
{
    b[6] = (b[6] & 0x0f) | 0x40; /* RFC 4122, 4.4: version 4 */
    b[8] = (b[8] & 0x3f) | 0x80;
    for (unsigned i = 0; i < 16; i++)
        text_add(t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    text_add(t, "\n");
}

static int show_uuid(struct text *t, long arg)
{
    u8 b[16];
    (void)arg;
    random_fill(b, sizeof(b));
    uuid(t, b);
    return 0;
}

static int show_boot_id(struct text *t, long arg)
{
    static u8 id[16];
    static bool made;
    (void)arg;
    if (!made)
        random_fill(id, sizeof(id));
    made = true;
    uuid(t, id);
    return 0;
}

static int show_hostname(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "%s\n", misc_hostname ? misc_hostname() : (const char *)host_boot->hostname);
    return 0;
}

#define SHOW_TEXT(name, line)                                                                      \
    static int name(struct text *t, long arg)                                                      \
    {                                                                                              \
        (void)arg;                                                                                 \
        text_add(t, "%s\n", line);                                                                 \
        return 0;                                                                                  \
    }
SHOW_TEXT(show_ostype, "Linux")
SHOW_TEXT(show_osrelease, "6.1.0-pith")
SHOW_TEXT(show_os_version, "#1 pith")
SHOW_TEXT(show_pid_max, "4194304")
SHOW_TEXT(show_threads_max, "65536")
SHOW_TEXT(show_overcommit, "1")
SHOW_TEXT(show_map_count, "65530")
SHOW_TEXT(show_file_max, "9223372036854775807")
SHOW_TEXT(show_nr_open, "1048576")
SHOW_TEXT(show_pipe_max, "1048576")
SHOW_TEXT(show_somaxconn, "4096")
SHOW_TEXT(show_entropy, "256")

#define RO (S_IFREG | 0444)
const struct generated proc_sysctl_files[] = {
    {"sys/fs/file-max", RO, show_file_max, 0, 0},
    {"sys/fs/nr_open", RO, show_nr_open, 0, 0},
    {"sys/fs/pipe-max-size", RO, show_pipe_max, 0, 0},
    {"sys/kernel/hostname", RO, show_hostname, 0, 0},
    {"sys/kernel/osrelease", RO, show_osrelease, 0, 0},
    {"sys/kernel/ostype", RO, show_ostype, 0, 0},
    {"sys/kernel/pid_max", RO, show_pid_max, 0, 0},
    {"sys/kernel/random/boot_id", RO, show_boot_id, 0, 0},
    {"sys/kernel/random/entropy_avail", RO, show_entropy, 0, 0},
    {"sys/kernel/random/uuid", RO, show_uuid, 0, 0},
    {"sys/kernel/threads-max", RO, show_threads_max, 0, 0},
    {"sys/kernel/version", RO, show_os_version, 0, 0},
    {"sys/net/core/somaxconn", RO, show_somaxconn, 0, 0},
    {"sys/vm/max_map_count", RO, show_map_count, 0, 0},
    {"sys/vm/overcommit_memory", RO, show_overcommit, 0, 0},
    {0},
};
