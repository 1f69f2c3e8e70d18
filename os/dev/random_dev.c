/* /dev/random and /dev/urandom: one generator, always ready; what is written is accepted and not
 * needed (random(4): it would add to the pool, for which the host already answers). */
#include <linux/random.h>

#include "base/uaccess.h"
#include "dev/mem_devices.h"
#include "dev/random.h"

static ssize_t read_random(struct file *f, struct iter *it, loff_t *pos)
{
    size_t done = 0, n;
    (void)f;
    (void)pos;
    void *p;
    while ((p = iter_peek(it, &n))) {
        size_t got = random_fill_user(p, n);
        if (got)
            iter_skip(it, got);
        done += got;
        if (got < n)
            return done ? (ssize_t)done : -EFAULT;
    }
    return (ssize_t)done;
}

/* Reads what is offered, as Linux does, and has no use for it. */
static ssize_t write_random(struct file *f, struct iter *it, loff_t *pos)
{
    char bytes[64];
    size_t done = 0;
    (void)f;
    (void)pos;
    while (it->left) {
        ssize_t got = iter_get(it, bytes, MIN(it->left, sizeof(bytes)));
        if (got < 0)
            return done ? (ssize_t)done : got;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static long random_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    int bits = 256;
    (void)f;
    switch (cmd) {
    case RNDGETENTCNT:
        return USER_PUT((int *)arg, &bits);
    case RNDADDTOENTCNT:
    case RNDADDENTROPY:
    case RNDZAPENTCNT:
    case RNDCLEARPOOL:
    case RNDRESEEDCRNG:
        return -EPERM;
    default:
        return -EINVAL;
    }
}

static const struct file_ops random_ops = {
    .read = read_random,
    .write = write_random,
    .seek = mem_device_seek,
    .stat = mem_device_stat,
    .ioctl = random_ioctl,
};

const struct chrdev dev_random = {"random", 1, 8, 0666, &random_ops, 0};
const struct chrdev dev_urandom = {"urandom", 1, 9, 0666, &random_ops, 0};
