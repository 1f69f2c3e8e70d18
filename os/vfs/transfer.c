/* See transfer.h. Through one buffer: 16 pages if there is memory for that, else one. */
#include "mem/alloc.h"
#include "vfs/rw.h"
#include "vfs/transfer.h"

#define PAGES 16

static ssize_t write_all(struct file *out, const char *buf, size_t n, loff_t *pos)
{
    size_t done = 0;
    while (done < n) {
        struct iter it;
        iter_one(&it, buf + done, n - done);
        ssize_t r = file_write(out, &it, pos);
        if (r <= 0)
            return done ? (ssize_t)done : r;
        done += (size_t)r;
    }
    return (ssize_t)done;
}

ssize_t transfer(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t n)
{
    size_t pages = n > PAGE_SIZE ? PAGES : 1, done = 0;
    char *buf = mem_pages_dirty(pages);
    if (!buf && pages > 1)
        buf = mem_pages_dirty(pages = 1);
    if (!buf)
        return -ENOMEM;
    ssize_t r = 0;
    file_get(in);
    file_get(out);
    while (done < n) {
        struct iter it;
        loff_t at = *in_pos;
        iter_one(&it, buf, MIN(n - done, pages * PAGE_SIZE));
        r = file_read(in, &it, in_pos);
        if (r <= 0)
            break;
        size_t got = (size_t)r;
        r = write_all(out, buf, got, out_pos);
        if (r < (ssize_t)got && in->ops->seek)
            *in_pos = at + MAX(r, 0); /* what was not written is not taken */
        if (r > 0)
            done += (size_t)r;
        if (r < (ssize_t)got || !in->ops->seek)
            break; /* a stream gives what it has, and does not wait for more */
    }
    file_put(in);
    file_put(out);
    mem_pages_free(buf, pages);
    return done ? (ssize_t)done : r;
}
