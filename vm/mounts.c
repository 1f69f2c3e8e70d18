/* See mounts.h. Fields are separated before they are decoded. */
#include "mounts.h"

#include "devices.h"

static bool is(const char *text, size_t n, const char *what)
{
    return vm_strlen(what) == n && memcmp(text, what, n) == 0;
}

static bool octal(const char *text, size_t n, u32 *value)
{
    u32 v = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '7' || v > 0777777)
            return false;
        v = v * 8 + (u32)(text[i] - '0');
    }
    *value = v;
    return n != 0;
}

static size_t until(const char *text, char end)
{
    size_t n = 0;
    while (text[n] && text[n] != end)
        n++;
    return n;
}

/* A copy of n bytes, decoded. */
static const char *string(const char *text, size_t n)
{
    u64 phys;
    char *copy = vm_ring_memory(n + 1, &phys);
    memcpy(copy, text, n);
    return vm_decode(copy);
}

static bool option(struct vm_mount *m, const char *text, size_t n)
{
    const char *rest;
    if (is(text, n, "ro"))
        m->flags |= PITH_MOUNT_READ_ONLY;
    else if (is(text, n, "noexec"))
        m->flags |= PITH_MOUNT_NOEXEC;
    else if (is(text, n, "rw") || is(text, n, "exec"))
        ;
    else if (m->type == PITH_MOUNT_FS && is(text, n, "file"))
        m->flags |= PITH_MOUNT_FILE;
    else if (m->type == PITH_MOUNT_TMPFS && (rest = vm_after(text, "size=")))
        return vm_number(rest, &m->size, &rest) && rest == text + n;
    else if (m->type == PITH_MOUNT_TMPFS && (rest = vm_after(text, "mode=")))
        return octal(rest, (size_t)(text + n - rest), &m->mode);
    else
        return false;
    return true;
}

/* PATH[:OPTIONS] */
static void take(struct vm_mount *m, const char *name, const char *word)
{
    size_t n = until(word, ':');
    m->path = string(word, n);
    if (n && m->path[0] != '/')
        vm_stop("%s: the path %s is not absolute", name, m->path);
    for (word += n; *word; word += n) {
        n = until(++word, ',');
        if (!option(m, word, n))
            vm_stop("%s: %s: '%s' is no option", name, m->path, word);
    }
}

/* Parents before what is mounted in them, else as they came. */
static unsigned depth(const char *path)
{
    unsigned n = 0;
    for (; *path; path++)
        n += *path == '/' && path[1];
    return n;
}

static void insert(struct vm_mount *list, unsigned *n, const struct vm_mount *m)
{
    unsigned i = *n;
    if (!m->path[0])
        return;
    if (i == VM_MOUNTS)
        vm_stop("there are more than %u mounts", VM_MOUNTS);
    for (; i && depth(list[i - 1].path) > depth(m->path); i--)
        list[i] = list[i - 1];
    list[i] = *m;
    ++*n;
}

unsigned vm_mounts(struct vm_mount *list)
{
    const char *word;
    unsigned n = 0;
    for (unsigned i = 0; (word = vm_option("pith.tmpfs", i)); i++) {
        struct vm_mount m = {.type = PITH_MOUNT_TMPFS, .mode = 01777};
        take(&m, "pith.tmpfs", word);
        insert(list, &n, &m);
    }
    for (unsigned i = 0; (word = vm_option("pith.mount", i)); i++) {
        struct vm_mount m = {.type = PITH_MOUNT_FS};
        size_t tag = until(word, ':');
        m.device = vm_fs_device(word, tag);
        if (word[tag] != ':')
            vm_stop("pith.mount=%s: that is not TAG:PATH", word);
        if (!m.device && vm_wants(PITH_DEV_FS))
            vm_stop("pith.mount=%s: there is no volume of this tag", word);
        take(&m, "pith.mount", word + tag + 1);
        if (m.device)
            insert(list, &n, &m);
    }
    for (unsigned i = 0; (word = vm_option("pith.disk", i)); i++) {
        struct vm_mount m = {.type = PITH_MOUNT_DISK, .device = vm_blk_device(i)};
        take(&m, "pith.disk", word);
        if (!m.device && m.path[0] && vm_wants(PITH_DEV_BLK))
            vm_stop("pith.disk=%s: there is no disk %u", word, i);
        if (m.device)
            insert(list, &n, &m);
    }
    return n;
}

/* ---- Files ---- */

static bool told(const struct vm_file *list, unsigned n, const char *path)
{
    for (unsigned i = 0; i < n; i++)
        if (vm_streq(list[i].path, path))
            return true;
    return false;
}

static char *append(char *at, const char *text)
{
    size_t n = vm_strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static void add(struct vm_file *list, unsigned *n, const char *path, const char *first,
                const char *second, const char *third)
{
    if (*n < VM_FILES && !(vm_said("pith.file") && told(list, *n, path)))
        list[(*n)++] = (struct vm_file){path, {first, second, third}, 0644};
}

unsigned vm_files(struct vm_file *list, const char *hostname)
{
    const char *word;
    unsigned n = 0;
    for (unsigned i = 0; (word = vm_option("pith.file", i)) && n < VM_FILES; i++) {
        size_t path = until(word, ':'), mode = word[path] ? until(word + path + 1, ':') : 0;
        struct vm_file *f = &list[n++];
        if (word[path] != ':' || word[path + 1 + mode] != ':' ||
            !octal(word + path + 1, mode, &f->mode))
            vm_stop("pith.file=%s: that is not PATH:MODE:CONTENT", word);
        const char *content = word + path + 1 + mode + 1;
        f->path = string(word, path);
        f->piece[0] = string(content, vm_strlen(content));
    }
    size_t servers = 0;
    for (unsigned i = 0; (word = vm_option("pith.dns", i)); i++)
        servers += vm_strlen(word) + sizeof "nameserver \n";
    if (servers) {
        u64 phys;
        char *text = vm_ring_memory(servers, &phys), *at = text; /* zeroed: it ends with a NUL */
        for (unsigned i = 0; (word = vm_option("pith.dns", i)); i++)
            at = append(append(append(at, "nameserver "), word), "\n");
        add(list, &n, "/etc/resolv.conf", text, NULL, NULL);
    }
    add(list, &n, "/etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t", hostname,
        "\n");
    add(list, &n, "/etc/hostname", hostname, "\n", NULL);
    return n;
}
