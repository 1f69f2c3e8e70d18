/* Shared pages of an open file, as os/mem asks for them. */
#include "vfs/file.h"
#include "mem/vma.h"

int test_share(int fd, long off, unsigned char **page, int map);

/* map 1: one more mapping, 2: one less, if there is any; then the page at off. */
int test_share(int fd, long off, unsigned char **page, int map)
{
    static struct mem_object *last;
    static int maps; /* of `last` */
    struct mem_object *o;
    void *p;
    fd_file(fd)->ops->mmap(fd_file(fd), &o);
    if (o != last)
        maps = 0;
    last = o;
    if (map == 2 && maps && maps--)
        o->ops->put(o);
    if (map == 1 && ++maps)
        o->ops->get(o);
    if (o->ops->dirty && !maps && ++maps) /* there, only what is mapped is asked for */
        o->ops->get(o);
    int r = o->ops->share(o, (u64)off, &p);
    if (r == 0 && o->ops->dirty) /* it may be written to now */
        o->ops->dirty(o, (u64)off);
    *page = p;
    return r;
}
