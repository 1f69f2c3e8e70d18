/* sethostname(2), setdomainname(2). */
#include "base/host.h"
#include "base/string.h"
#include "base/uaccess.h"
#include "sys/id.h"
#include "sys/misc.h"

static char hostname[MISC_NAME_MAX + 1], domainname[MISC_NAME_MAX + 1];
static bool host_set, domain_set;

const char *misc_hostname(void)
{
    return host_set ? hostname : (const char *)host_boot->hostname;
}

const char *misc_domainname(void)
{
    return domain_set ? domainname : "(none)";
}

static long set(char *name, bool *changed, const char *user, int n)
{
    char copy[MISC_NAME_MAX];
    if (pith_sys_geteuid() != 0)
        return -EPERM;
    if (n < 0 || n > MISC_NAME_MAX)
        return -EINVAL;
    if (user_copy(copy, user, (size_t)n))
        return -EFAULT;
    memcpy(name, copy, (size_t)n);
    name[n] = 0;
    *changed = true;
    return 0;
}

long pith_sys_sethostname(const char *name, int n)
{
    return set(hostname, &host_set, name, n);
}

long pith_sys_setdomainname(const char *name, int n)
{
    return set(domainname, &domain_set, name, n);
}
