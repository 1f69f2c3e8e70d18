/* Memory, text and files for pith-cc. See cc.h. */
#include "cc/cc.h"

#include "cc/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *kind, const char *format, va_list args)
{
    char *text;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    fprintf(stderr, "pith-cc: %s: %s\n", kind, text ? text : format);
}

void cc_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("error", format, args);
    va_end(args);
    run_clean();
    exit(1);
}

void cc_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("warning", format, args);
    va_end(args);
}

void *cc_grow(void *old, size_t size)
{
    void *new = realloc(old, size ? size : 1);
    if (!new)
        cc_fail("out of memory");
    return new;
}

void *cc_alloc(size_t size)
{
    return memset(cc_grow(NULL, size), 0, size);
}

char *cc_copy(const char *text, size_t size)
{
    char *new = cc_grow(NULL, size + 1);
    memcpy(new, text, size);
    new[size] = 0;
    return new;
}

char *cc_format(const char *format, ...)
{
    va_list args;
    char *text;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        cc_fail("out of memory");
    va_end(args);
    return text;
}

bool cc_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool cc_ends(const char *text, const char *suffix)
{
    size_t a = strlen(text), b = strlen(suffix);
    return a >= b && strcmp(text + a - b, suffix) == 0;
}

const char *cc_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void cc_push(struct cc_list *list, const char *word)
{
    if (list->count + 1 >= list->room) {
        list->room = list->room ? 2 * list->room : 32;
        list->item = cc_grow(list->item, list->room * sizeof *list->item);
    }
    list->item[list->count++] = (char *)(uintptr_t)word;
    list->item[list->count] = NULL;
}

static void make_room(struct cc_bytes *bytes, size_t size)
{
    if (bytes->room - bytes->size >= size)
        return;
    bytes->room = 2 * bytes->room + size + 256;
    bytes->data = cc_grow(bytes->data, bytes->room);
}

void cc_add(struct cc_bytes *bytes, const void *data, size_t size)
{
    if (!size)
        return;
    make_room(bytes, size);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

void cc_text(struct cc_bytes *bytes, const char *format, ...)
{
    va_list args;
    char *text;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    if (size < 0)
        cc_fail("out of memory");
    cc_add(bytes, text, (size_t)size);
    free(text);
}

void cc_pad(struct cc_bytes *bytes, size_t align)
{
    size_t more = (align - bytes->size % align) % align;
    make_room(bytes, more + 1);
    memset(bytes->data + bytes->size, 0, more);
    bytes->size += more;
}

int cc_read(const char *path, struct cc_bytes *bytes)
{
    memset(bytes, 0, sizeof *bytes);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    struct stat st;
    size_t guess = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (size_t)st.st_size : 4096;
    for (;;) {
        make_room(bytes, guess + 1);
        ssize_t n = read(fd, bytes->data + bytes->size, bytes->room - bytes->size - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int error = errno;
            close(fd);
            errno = error;
            bytes->data[bytes->size] = 0;
            return n ? -1 : 0;
        }
        bytes->size += (size_t)n;
        guess = bytes->room - bytes->size > 1 ? 0 : bytes->size;
    }
}

void cc_write(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    const char *from = data;
    while (fd >= 0 && size) {
        ssize_t n = write(fd, from, size);
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0) {
            from += n;
            size -= (size_t)n;
        }
    }
    if (fd < 0 || size || close(fd))
        cc_fail("%s: %s", path, strerror(errno));
}

const char *cc_lib(void)
{
    static char *lib;
    if (lib)
        return lib;
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        cc_fail("cannot find its own place: /proc/self/exe: %s", strerror(errno));
    self[n] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (slash)
            *slash = 0;
    }
    return lib = cc_format("%s/lib/pith", self);
}

char *cc_lib_file(const char *name)
{
    return cc_format("%s/%s", cc_lib(), name);
}
