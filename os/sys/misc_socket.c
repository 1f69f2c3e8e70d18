/* Sockets, as long as there is no network: what Linux says that is built without any family. */
#include "vfs/file.h"

long pith_sys_socket(int family, int type, int protocol);
long pith_sys_socketpair(int family, int type, int protocol, int *pair);

long pith_sys_socket(int family, int type, int protocol)
{
    (void)family;
    (void)type;
    (void)protocol;
    return -EAFNOSUPPORT;
}

long pith_sys_socketpair(int family, int type, int protocol, int *pair)
{
    (void)family;
    (void)type;
    (void)protocol;
    (void)pair;
    return -EAFNOSUPPORT;
}

static long no_socket(int fd)
{
    return fd_open_file(fd) ? -ENOTSOCK : -EBADF;
}

#define NO_SOCKET(name)                                                                            \
    long pith_sys_##name(int fd);                                                                  \
    long pith_sys_##name(int fd)                                                                   \
    {                                                                                              \
        return no_socket(fd);                                                                      \
    }

NO_SOCKET(bind)
NO_SOCKET(listen)
NO_SOCKET(accept)
NO_SOCKET(accept4)
NO_SOCKET(connect)
NO_SOCKET(shutdown)
NO_SOCKET(getsockname)
NO_SOCKET(getpeername)
NO_SOCKET(getsockopt)
NO_SOCKET(setsockopt)
NO_SOCKET(sendto)
NO_SOCKET(sendmsg)
NO_SOCKET(sendmmsg)
NO_SOCKET(recvfrom)
NO_SOCKET(recvmsg)
NO_SOCKET(recvmmsg)
