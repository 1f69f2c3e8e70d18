/* /proc/net, a link to /proc/self/net, where the tables of the network are. Whoever has such a
 * table names proc_net_linked. */
#include <linux/stat.h>

#include "base/string.h"
#include "vfs/tree.h"

extern const char proc_net_linked;
const char proc_net_linked = 1;

static int show(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "self/net");
    return 0;
}

static const struct generated net_link = {.path = "net", .mode = S_IFLNK | 0777, .show = show};
PROC_FILE(net_link);
