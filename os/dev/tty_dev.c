/* /dev/tty: the terminal among the host's three streams, if there is one; else -ENXIO. Reading is
 * from the first stream that is one, writing to the last: stdin and stderr are redirected least. */
#include <asm/stat.h>

#include "base/host.h"
#include "dev/mem_devices.h"
#include "mem/alloc.h"

struct tty {
    struct file in, out; /* of console_ops, with the flags of the real one */
};

static struct file *in_of(struct file *f)
{
    struct tty *t = f->priv;
    t->in.flags = f->flags;
    return &t->in;
}

static struct file *out_of(struct file *f)
{
    struct tty *t = f->priv;
    t->out.flags = f->flags;
    return &t->out;
}

static ssize_t tty_read(struct file *f, struct iter *it, loff_t *pos)
{
    return console_ops.read(in_of(f), it, pos);
}

static ssize_t tty_write(struct file *f, struct iter *it, loff_t *pos)
{
    return console_ops.write(out_of(f), it, pos);
}

static u32 tty_poll(struct file *f, struct waiter *w)
{
    return console_ops.poll(in_of(f), w);
}

static long tty_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    return console_ops.ioctl(in_of(f), cmd, arg);
}

static void tty_release(struct file *f)
{
    mem_free(f->priv);
}

static const struct file_ops tty_ops = {
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
    .stat = mem_device_stat,
    .release = tty_release,
};

static int stream(int from, int to, int step)
{
    for (int i = from; i != to; i += step)
        if (host_boot->stdio[i].flags & PITH_STDIO_TTY)
            return i;
    return -1;
}

static int tty_open(struct file *f)
{
    int in = stream(0, 3, 1), out = stream(2, -1, -1);
    if (in < 0)
        return -ENXIO;
    struct tty *t = mem_alloc(sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->in.ops = t->out.ops = &console_ops;
    t->in.priv = (void *)(uintptr_t)in;
    t->out.priv = (void *)(uintptr_t)out;
    list_init(&t->in.epolls);
    list_init(&t->out.epolls);
    f->priv = t;
    return 0;
}

const struct chrdev dev_tty = {"tty", 5, 0, 0666, &tty_ops, tty_open};
