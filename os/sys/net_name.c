/* Socket addresses between the program and the families. */
#include "base/uaccess.h"
#include "sys/net.h"

int net_get_name(void *buf, const void *user, int len)
{
    if (len < 0 || len > (int)SOCK_NAME_MAX)
        return -EINVAL;
    return user_copy(buf, user, (size_t)len);
}

int net_put_name(const void *buf, int have, void *user, int *user_len)
{
    int len;
    if (USER_GET(&len, user_len) < 0)
        return -EFAULT;
    if (len < 0)
        return -EINVAL;
    if (user_copy(user, buf, (size_t)MIN(len, have)) < 0)
        return -EFAULT;
    return USER_PUT(user_len, &have);
}
