/* /etc/resolv.conf of a guest whose DNS servers DHCP names (RFC 2132, 3.8): made when it is opened,
 * by which time the network has been started, and again when a lease names others. What the host
 * gave, a search list or options, stays below the servers; a file with servers of the host's, an
 * embedded one or one that the program has written is left alone.
 */
#include "base/host.h"
#include "base/string.h"
#include "net/net.h"
#include "vfs/ramfs.h"
#include "vfs/tree.h"

#define SERVERS 3  /* as many as resolv.conf(5) takes */
#define TEXT 1024u /* bytes of the file, of which the servers take at most 90 */

/* A program that opens no path has no tree and never comes here. */
extern __typeof__(ramfs_inode) ramfs_inode WEAK;
extern __typeof__(ramfs_super) ramfs_super WEAK;
extern __typeof__(ramfs_file_ops_inode) ramfs_file_ops_inode WEAK;

const char net_resolv_linked = 1;

static u32 servers[SERVERS];
static unsigned nservers;
static const struct pith_file *given;
static struct ramfs_node *node; /* of our file, referenced, or 0 */
static char text[2][TEXT];      /* the one shown, and the next */
static u8 which;

static bool names_server(const char *p, size_t n)
{
    static const char word[] = "nameserver";
    for (size_t i = 0; i + sizeof(word) - 1 <= n; i++)
        if ((!i || p[i - 1] == '\n') && !memcmp(p + i, word, sizeof(word) - 1))
            return true;
    return false;
}

static bool by_dhcp(void)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices;
    for (u32 n = host_boot->ndevices; n; n--, d++)
        if (d->type == PITH_DEV_NET && d->config &&
            ((const struct pith_net_config *)d->config)->flags & PITH_NET_DHCP)
            return true;
    return false;
}

static void render(void)
{
    size_t n = 0;
    if (!node || node->root || (node->lower && node->lower != (u8 *)text[which]) ||
        node->inode.size != (loff_t)node->lower_size)
        return; /* the program has made it its own */
    char *t = text[which ^= 1];
    for (unsigned i = 0; i < nservers; i++) {
        const u8 *b = (const u8 *)&servers[i];
        n +=
            (size_t)str_format(t + n, TEXT - n, "nameserver %u.%u.%u.%u\n", b[0], b[1], b[2], b[3]);
    }
    size_t more = MIN(given->len, TEXT - n);
    memcpy(t + n, (const void *)given->data, more);
    n += more;
    node->lower = (const u8 *)t;
    node->lower_size = n;
    node->inode.size = (loff_t)n;
    inode_touch(&node->inode, TOUCH_MTIME);
}

void net_dns_set(const void *ip4, unsigned n)
{
    nservers = MIN(n, SERVERS);
    memcpy(servers, ip4, nservers * sizeof(*servers));
    render();
}

static int opened(struct inode *i, struct file *f)
{
    (void)i, (void)f;
    net_start(); /* without an address there are no servers: the file says so */
    render();
    return 0;
}

struct inode *net_host_file(const struct pith_file *f)
{
    static struct inode_ops ops;
    if (str_cmp((const char *)f->path, "/etc/resolv.conf") || node || !by_dhcp() ||
        names_server((const char *)f->data, f->len))
        return 0;
    struct inode *i = ramfs_inode(&ramfs_super, 0100000 | (f->mode & 07777), 0, 0);
    if (!i)
        return 0;
    ops = ramfs_file_ops_inode;
    ops.open = opened;
    i->ops = &ops;
    given = f;
    node = ramfs_node(i);
    inode_get(i); /* ours, so that it outlives its name */
    render();
    return i;
}
