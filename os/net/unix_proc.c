/* /proc/net/unix: every socket of AF_UNIX, as proc(5) has it. Addresses are not told. */
#include <linux/stat.h>

#include "base/string.h"
#include "net/linux.h"
#include "net/unix.h"
#include "vfs/tree.h"

#define ACCEPTS 0x10000u /* __SO_ACCEPTCON */

static void add_name(struct text *t, const struct unix_name *n)
{
    char line[UNIX_NAME_MAX + 2];
    unsigned len = n->len - (unsigned)sizeof(u16), at = 0;
    line[at++] = ' ';
    if (n->path[0])
        len = (unsigned)str_len(n->path);
    for (unsigned i = 0; i < len; i++)
        line[at++] = n->path[i] ? n->path[i] : '@';
    text_raw(t, line, at);
}

static int show(struct text *t, long arg)
{
    (void)arg;
    text_raw(t, "Num       RefCount Protocol Flags    Type St Inode Path\n", 56);
    list_foreach(it, &unix_all)
    {
        struct unix_sock *u = list_entry(it, struct unix_sock, all);
        if (u->dead)
            continue;
        bool listens = u->state == UNIX_LISTENING;
        unsigned state = u->state != UNIX_CONNECTED ? 1 : u->s.file ? 3 : 2;
        text_add(t, "0000000000000000: %08x 00000000 %08x %04x %02x %5lu", u->refs + 1,
                 listens ? ACCEPTS : 0, u->s.type, state, u->s.file ? (unsigned long)u->s.ino : 0);
        if (u->name)
            add_name(t, u->name);
        text_raw(t, "\n", 1);
    }
    return 0;
}

static const struct generated unix_table = {
    .path = "PID/net/unix", .mode = S_IFREG | 0444, .show = show};
PROC_FILE(unix_table);

static int show_qlen(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "%u\n", UNIX_BACKLOG);
    return 0;
}

static const struct generated unix_qlen = {
    .path = "sys/net/unix/max_dgram_qlen", .mode = S_IFREG | 0444, .show = show_qlen};
PROC_FILE(unix_qlen);

extern const char proc_net_linked;
const char *const unix_proc_linked = &proc_net_linked;
