/* Control messages: struct cmsghdr and its data, each aligned to 8 (cmsg(3)). */
#include "base/string.h"
#include "base/uaccess.h"
#include "net/linux.h"
#include "net/socket.h"

#define ALIGN8(n) ROUND_UP((n), (size_t)8)

void sock_cmsg_put(struct sock_msg *m, int level, int type, const void *data, size_t len)
{
    struct cmsghdr_os h = {sizeof(h) + len, level, type};
    if (!m->control || m->control_len < sizeof(h)) {
        m->out_flags |= MSG_CTRUNC;
        return;
    }
    char *to = (char *)m->control + m->control_done;
    if (m->control_len < h.len) {
        m->out_flags |= MSG_CTRUNC;
        h.len = m->control_len;
    }
    /* A wild buffer loses the message, as in Linux; the data has been received all the same. */
    if (USER_PUT((struct cmsghdr_os *)to, &h) < 0 ||
        user_copy(to + sizeof(h), data, h.len - sizeof(h)) < 0)
        return;
    size_t room = MIN(ALIGN8(h.len), m->control_len);
    m->control_done += room;
    m->control_len -= room;
}

const struct cmsghdr_os *sock_cmsg_next(const struct sock_msg *m, const struct cmsghdr_os *at,
                                        size_t *len, int *err)
{
    size_t off = at ? (size_t)((const char *)at - (const char *)m->control) + ALIGN8(at->len) : 0;
    *err = 0;
    if (!m->control || off + sizeof(*at) > m->control_len || off + sizeof(*at) < off)
        return 0;
    const struct cmsghdr_os *h = (const void *)((const char *)m->control + off);
    if (h->len < sizeof(*h) || h->len > m->control_len - off) {
        *err = -EINVAL;
        return 0;
    }
    *len = h->len - sizeof(*h);
    return h;
}
