/* socket(AF_UNIX, ...): brings names, connecting and /proc/net/unix, which a program that only
 * makes pairs does not have. */
#include "net/linux.h"
#include "net/unix.h"

extern const char *const unix_proc_linked;
/* What a pair does without (unix.c names it weakly). */
__attribute__((used)) static const void *const linked[] = {
    unix_bind, unix_connect, unix_listen, unix_accept, &unix_proc_linked,
};

int unix_socket(int type, int protocol, struct socket **out)
{
    int r = unix_check_type(&type, protocol);
    if (r < 0)
        return r;
    struct unix_sock *u = unix_new(type);
    if (!u)
        return -ENOMEM;
    *out = &u->s;
    return 0;
}
