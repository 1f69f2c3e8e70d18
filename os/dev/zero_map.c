/* Mapping /dev/zero: fresh zero pages, the old way to ask for anonymous memory. */
#include "dev/mem_devices.h"
#include "mem/vma.h"

static int fill(struct mem_object *o, u64 offset, void *dst, size_t len)
{
    (void)o;
    (void)offset;
    (void)dst; /* zeroed before */
    (void)len;
    return 0;
}

static void count(struct mem_object *o)
{
    (void)o; /* static: never ends */
}

static void name(struct mem_object *o, char *buf, size_t size)
{
    static const char path[] = "/dev/zero";
    (void)o;
    for (size_t i = 0; i < sizeof(path) && i < size; i++)
        buf[i] = path[i];
}

static const struct mem_object_ops zero_ops = {
    .fill = fill, .get = count, .put = count, .name = name};
static struct mem_object zero = {&zero_ops};

int mem_device_mmap_zero(struct file *f, struct mem_object **out)
{
    (void)f;
    *out = &zero;
    return 0;
}
