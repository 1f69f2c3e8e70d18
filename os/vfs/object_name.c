/* What /proc says of a mapping of a file: the path of the inode's pinned name, if it has one. */
#include "base/string.h"
#include "vfs/inode.h"
#include "vfs/path.h"

void inode_object_name(const struct inode *inode, char *buf, size_t size)
{
    struct dentry *d = inode->alias;
    char *room = d ? name_get() : 0;
    char *p = room ? dentry_path(d, room, PATH_SIZE, true, 0) : 0;
    if (p)
        str_copy(buf, p, size);
    name_put(room);
}
