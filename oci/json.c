/* Reading and asking JSON. See json.h. */
#include "oci/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int oci_json_file(int at, const char *path, size_t max, char **text, size_t *size,
                  struct host_error *err)
{
    /* O_NONBLOCK: a FIFO of that name must not hold us up. */
    int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return host_fail(err, "%s: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return host_fail(err, "%s: it is not a regular file", path);
    }
    size_t room = (st.st_size > 0 && (uint64_t)st.st_size < max ? (size_t)st.st_size : max) + 1;
    size_t have = 0;
    char *bytes = malloc(room + 1);
    ssize_t n = 1;
    while (bytes && have < room && (n = read(fd, bytes + have, room - have)) > 0)
        have += (size_t)n;
    int error = errno;
    close(fd);
    if (!bytes)
        return host_fail(err, "memory is short");
    /* One byte more than it had or may have: it grew, or it is too long. */
    if (n < 0 || have == room) {
        free(bytes);
        return n < 0 ? host_fail(err, "%s: %s", path, strerror(error))
                     : host_fail(err, "%s: it has more than %zu bytes, or grew while it was read",
                                 path, room - 1);
    }
    bytes[have] = 0;
    *text = bytes;
    *size = have;
    return 0;
}

/* Is there a byte 0, plain or as an escape? */
static bool has_nul(const char *text, size_t size)
{
    if (memchr(text, 0, size))
        return true;
    for (const char *c = text; (c = strchr(c, '\\')); c += 2) {
        if (!c[1])
            return false;
        if (c[1] == 'u' && !strncmp(c + 2, "0000", 4))
            return true;
    }
    return false;
}

int oci_json_parse(const char *what, const char *text, size_t size, cJSON **tree,
                   struct host_error *err)
{
    *tree = NULL;
    if (has_nul(text, size))
        return host_fail(err, "%s has a string with a byte 0", what);
    const char *end = text;
    *tree = cJSON_ParseWithLengthOpts(text, size + 1, &end, 1);
    if (!*tree)
        return host_fail(err, "%s is not valid JSON: it cannot be read from byte %zu on", what,
                         (size_t)(end - text));
    return 0;
}

static const char *type_name(int type)
{
    switch (type) {
    case cJSON_Object:
        return "an object";
    case cJSON_Array:
        return "an array";
    case cJSON_String:
        return "a string";
    case cJSON_Number:
        return "a number";
    default:
        return "true or false";
    }
}

int oci_json_member(const cJSON *object, const char *where, const char *name, int type,
                    cJSON **member, struct host_error *err)
{
    cJSON *found = NULL;
    *member = NULL;
    for (cJSON *m = object ? object->child : NULL; m; m = m->next) {
        if (!m->string || strcmp(m->string, name))
            continue;
        if (found)
            return host_fail(err, "%s%s is there twice", where, name);
        found = m;
    }
    if (!found || cJSON_IsNull(found))
        return 0;
    int is = found->type & 0xff;
    if (is == cJSON_False)
        is = cJSON_True;
    if (is != type)
        return host_fail(err, "%s%s is not %s", where, name, type_name(type));
    *member = found;
    return 0;
}

int oci_json_u64(const cJSON *number, const char *what, uint64_t *value, bool *negative,
                 struct host_error *err)
{
    const char *text = number->valuestring;
    bool minus = text && *text == '-';
    const char *digits = text + minus;
    uint64_t sum = 0;
    bool fits = text && *digits;
    for (; fits && *digits; digits++)
        fits = *digits >= '0' && *digits <= '9' && !__builtin_mul_overflow(sum, 10, &sum) &&
               !__builtin_add_overflow(sum, (uint64_t)(*digits - '0'), &sum);
    if (!fits || (minus && !negative))
        return host_fail(err, "%s is no such number: %s", what, text ? text : "");
    if (negative)
        *negative = minus;
    *value = sum;
    return 0;
}
