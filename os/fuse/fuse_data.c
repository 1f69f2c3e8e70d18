/* One request that moves data between the program's memory and a file, without
 * a copy here. */
#include "fuse/fuse.h"

#include <linux/fcntl.h>

#include "base/uaccess.h"

#define PIECES 12u /* of the program's vector in one request */

/* The next pieces of the program's memory, made present: it is handed to the
 * device. Their number; *bytes of them. */
static unsigned take(struct iter it, struct vq_piece *p, u32 max, bool device_writes, u32 *bytes)
{
    unsigned n = 0;
    *bytes = 0;
    while (n < PIECES && *bytes < max) {
        size_t len;
        const void *at = iter_peek(&it, &len);
        if (!len)
            break;
        len = MIN(len, (size_t)(max - *bytes));
        if (user_touch(at, len, device_writes) < 0) {
            /* As much as can be had up to the page that cannot. */
            size_t good = 0;
            while (good < len) {
                size_t step = MIN(PAGE_SIZE - (((u64)at + good) & ~PAGE_MASK), len - good);
                if (user_touch((const char *)at + good, step, device_writes) < 0)
                    break;
                good += step;
            }
            len = good;
            if (!len)
                break;
            p[n++] = (struct vq_piece){at, (u32)len, device_writes};
            *bytes += (u32)len;
            break;
        }
        p[n++] = (struct vq_piece){at, (u32)len, device_writes};
        *bytes += (u32)len;
        iter_skip(&it, len);
    }
    return n;
}

/* A copy that may be moved on; its one buffer, if that is what it has, goes
 * along. */
#define COPY(copy, it)                                                                             \
    struct iter copy = *(it);                                                                      \
    if ((it)->vec == &(it)->one)                                                                   \
    copy.vec = &copy.one

ssize_t fuse_read_some(struct fuse_handle *h, const struct iter *it, u64 pos)
{
    struct vq_piece p[3 + PIECES];
    u32 bytes;
    struct fuse_conn *c = fuse_of(h->node);
    COPY(copy, it);
    struct fuse_read_in in = {.fh = h->fh, .offset = pos, .flags = h->flags};
    unsigned n = take(copy, p + 3, c->max_read, true, &bytes);
    if (!n)
        return it->left ? -EFAULT : 0;
    in.size = bytes;
    p[1] = (struct vq_piece){&in, sizeof(in), false};
    return fuse_request(c, FUSE_READ, h->node->nodeid, p, 2, 1 + n);
}

ssize_t fuse_write_some(struct fuse_handle *h, const struct iter *it, u64 pos, u32 flags)
{
    struct vq_piece p[4 + PIECES];
    u32 bytes;
    struct fuse_conn *c = fuse_of(h->node);
    COPY(copy, it);
    struct fuse_write_in in = {.fh = h->fh, .offset = pos, .write_flags = flags, .flags = h->flags};
    struct fuse_write_out out = {0};
    unsigned n = take(copy, p + 2, c->max_write, false, &bytes);
    if (!n)
        return it->left ? -EFAULT : 0;
    in.size = bytes;
    p[1] = (struct vq_piece){&in, sizeof(in), false};
    p[2 + n + 1] = (struct vq_piece){&out, sizeof(out), true};
    long r = fuse_request(c, FUSE_WRITE, h->node->nodeid, p, 2 + n, 2);
    if (r < 0)
        return r;
    if (r < (long)sizeof(out) || out.size > bytes)
        return -EIO;
    h->room = out.padding;
    return (ssize_t)out.size;
}

ssize_t fuse_read_all(struct fuse_handle *h, void *to, u32 len, u64 pos)
{
    u32 done = 0;
    while (done < len) {
        const struct fuse_read_in in = {.fh = h->fh,
                                        .offset = pos + done,
                                        .size = MIN(len - done, fuse_of(h->node)->max_read),
                                        .flags = h->flags};
        const struct fuse_args a = {
            .in = {&in}, .in_len = {sizeof(in)}, .out = (char *)to + done, .out_len = in.size};
        long r = fuse_call(fuse_of(h->node), FUSE_READ, h->node->nodeid, &a);
        if (r < 0)
            return r;
        done += (u32)r;
        /* The end is where we know it, or where there is nothing any more. */
        if (!r || (r < (long)in.size && pos + done >= (u64)h->node->inode.size))
            break;
    }
    return done;
}
