/* The table of mounts as text. */
#include "base/string.h"
#include "vfs/mount.h"
#include "vfs/path.h"

/* A path with what separates fields written in octal, as Linux has it. */
static void add_path(struct text *t, const char *p)
{
    for (; *p; p++) {
        if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\\')
            text_add(t, "\\%03o", (unsigned)(u8)*p);
        else
            text_raw(t, p, 1);
    }
}

static int show(struct text *t, bool info)
{
    char *buf = name_get();
    unsigned id = 1;
    if (!buf)
        return -ENOMEM;
    list_foreach(it, &mount_list)
    {
        struct mounted *m = list_entry(it, struct mounted, node);
        const char *path = dentry_path(m->at, buf, PATH_SIZE, false, 0);
        const char *how = m->super->read_only ? "ro" : "rw";
        if (info)
            text_add(t, "%u 1 0:%lu / ", id++, (unsigned long)m->super->dev);
        else {
            add_path(t, m->source);
            text_raw(t, " ", 1);
        }
        add_path(t, path ? path : "/");
        if (info) {
            text_add(t, " %s,relatime - %s ", how, m->super->type);
            add_path(t, m->source);
            text_add(t, " %s\n", how);
        } else {
            text_add(t, " %s %s,relatime 0 0\n", m->super->type, how);
        }
    }
    name_put(buf);
    return 0;
}

int mount_show(struct text *t, long arg)
{
    (void)arg;
    return show(t, false);
}

int mount_show_info(struct text *t, long arg)
{
    (void)arg;
    return show(t, true);
}
