/* What the host tells the guest about names: /etc/resolv.conf, /etc/hosts, /etc/hostname. See
 * net.h. They are made from the options and from the host's own resolv.conf, and reach the guest
 * as files of the boot information (struct pith_file).
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "net.h"
#include "run.h"

/* A host's resolv.conf longer than this is cut at a line. */
#define TEXT_MAX 8192u

struct text {
    char bytes[TEXT_MAX];
    size_t n;
};

static void put(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->bytes + t->n, TEXT_MAX - t->n, fmt, args);
    va_end(args);
    if (n > 0 && (size_t)n < TEXT_MAX - t->n)
        t->n += (size_t)n;
    else
        t->bytes[t->n] = 0;
}

static const char *show(const struct pith_net_addr *a, char text[INET6_ADDRSTRLEN])
{
    return inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->addr, text, INET6_ADDRSTRLEN);
}

static bool loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* The host's own settings: its servers unless `servers` are known (and none of its loopback, which
 * is not the guest's), its search list unless one was given, its options. */
static void put_host(struct text *out, char *host, bool servers, const char *search)
{
    char *rest = NULL, *words = NULL;
    for (char *line = strtok_r(host, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *word = strtok_r(line, " \t", &words), *values = words;
        if (!word || !values || !*values)
            continue;
        values += strspn(values, " \t");
        if (strcmp(word, "nameserver") == 0 && servers) {
            values[strcspn(values, " \t#;")] = 0;
            if (!loopback(values))
                put(out, "nameserver %s\n", values);
        } else if ((strcmp(word, "search") == 0 || strcmp(word, "domain") == 0) && !search)
            put(out, "%s %s\n", word, values);
        else if (strcmp(word, "options") == 0)
            put(out, "options %s\n", values);
    }
}

static void make_resolv(struct text *out, const struct mon_net_options *o)
{
    char text[INET6_ADDRSTRLEN];
    static char host[TEXT_MAX];
    bool slirp = o->nifs == 0 && !o->none, dhcp = false;
    for (unsigned i = 0; i < o->nifs; i++) {
        slirp |= o->ifs[i].kind == MON_NET_SLIRP;
        dhcp |= o->ifs[i].dhcp; /* then the guest adds the servers it is told */
    }
    for (unsigned i = 0; i < o->ndns; i++)
        put(out, "nameserver %s\n", show(&o->dns[i], text));
    /* The helper's, which asks the host's. */
    if (o->ndns == 0 && slirp)
        put(out, "nameserver 10.0.2.3\n");
    if (o->search)
        put(out, "search %s\n", o->search);
    int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, host, sizeof host - 1) : 0;
    if (fd >= 0)
        close(fd);
    host[n > 0 ? n : 0] = 0;
    put_host(out, host, o->ndns == 0 && !slirp && !dhcp, o->search);
}

static void make_hosts(struct text *out, const struct mon_net_options *o, const char *name)
{
    char text[INET6_ADDRSTRLEN];
    const struct pith_net_config *own = mon_net_config(0);
    put(out, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    if (own && own->naddrs)
        for (unsigned i = 0; i < own->naddrs; i++)
            put(out, "%s\t%s\n", show(&own->addrs[i], text), name);
    else
        put(out, "127.0.1.1\t%s\n", name);
    for (unsigned i = 0; i < o->nhosts; i++)
        put(out, "%s\t%s\n", show(&o->hosts[i].addr, text), o->hosts[i].name);
}

static struct mon_file file(const char *path, const struct text *t)
{
    return (struct mon_file){.path = path, .data = t->bytes, .len = t->n, .mode = 0644};
}

unsigned mon_net_texts(const struct mon_net_options *o, struct mon_file *list)
{
    static struct text resolv, hosts, hostname;
    static const struct mon_net_options nothing;
    struct utsname own;
    if (!o)
        o = &nothing;
    resolv.n = hosts.n = hostname.n = 0;
    const char *name = o->hostname ? o->hostname : uname(&own) == 0 ? own.nodename : "localhost";
    make_resolv(&resolv, o);
    make_hosts(&hosts, o, name);
    put(&hostname, "%s\n", name);
    list[0] = file("/etc/resolv.conf", &resolv);
    list[1] = file("/etc/hosts", &hosts);
    list[2] = file("/etc/hostname", &hostname);
    return MON_NET_TEXTS;
}

void mon_net_files(struct mon *m)
{
    struct mon_run *run = m->common;
    struct mon_file list[MON_NET_TEXTS];
    unsigned n = mon_net_texts(run->options->net, list);
    for (unsigned i = 0; i < n && run->nfiles < MON_FILES; i++)
        run->file[run->nfiles++] = list[i];
}
