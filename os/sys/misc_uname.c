/* uname(2). Programs parse the release as Linux's; it names the version whose calls these are. */
#include "base/host.h"
#include "base/string.h"
#include "base/uaccess.h"
#include "sys/misc.h"

#include <linux/utsname.h>

static int put(char *field, const char *text)
{
    size_t n = MIN(str_len(text), (size_t)__NEW_UTS_LEN);
    return user_copy(field, text, n) || user_zero(field + n, __NEW_UTS_LEN + 1 - n);
}

long pith_sys_uname(void *user)
{
    struct new_utsname *u = user;
    const char *host = misc_hostname ? misc_hostname() : (const char *)host_boot->hostname;
    const char *domain = misc_domainname ? misc_domainname() : "(none)";
    if (put(u->sysname, "Linux") || put(u->nodename, host) || put(u->release, "6.1.0-pith") ||
        put(u->version, "#1 pith") || put(u->machine, "x86_64") || put(u->domainname, domain))
        return -EFAULT;
    return 0;
}
