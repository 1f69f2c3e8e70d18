/* Writing tar archives: ustar headers (POSIX.1-2017, pax, "ustar Interchange Format"), with a pax
 * header in front where a name is longer than ustar has room for. Owner 0:0, one time for all.
 *
 *   header   512 bytes, numbers in octal, a sum over the header with the sum's field as blanks
 *   content  padded with zeros to 512
 *   end      two blocks of zeros
 */
#include "cli/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 512
#define MOST UINT64_C(077777777777) /* what 11 octal digits hold */

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], kind, target[100],
        magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

int pack_tar_write(struct pack_tar *tar, const void *data, size_t size)
{
    if (fwrite(data, 1, size, tar->file) != size)
        return pack_fail("writing the archive: %s", strerror(errno));
    if (tar->sha)
        pack_sha256_add(tar->sha, data, size);
    tar->written += size;
    return 0;
}

int pack_tar_pad(struct pack_tar *tar)
{
    static const char zeros[BLOCK];
    return pack_tar_write(tar, zeros, (BLOCK - tar->written % BLOCK) % BLOCK);
}

int pack_tar_end(struct pack_tar *tar)
{
    static const char zeros[2 * BLOCK];
    return pack_tar_write(tar, zeros, sizeof zeros);
}

/* Splits a path at a '/' into prefix and name. false: it does not fit. */
static bool split(struct header *header, const char *path)
{
    size_t length = strlen(path);
    if (length <= sizeof header->name) {
        memcpy(header->name, path, length);
        return true;
    }
    for (size_t at = length - sizeof header->name - 1; at < length && at <= sizeof header->prefix;
         at++) {
        if (path[at] != '/' || at == 0 || length - at - 1 == 0)
            continue;
        memcpy(header->prefix, path, at);
        memcpy(header->name, path + at + 1, length - at - 1);
        return true;
    }
    return false;
}

static int put_header(struct pack_tar *tar, struct header *header, char kind, unsigned mode,
                      uint64_t size)
{
    unsigned sum = 0;
    if (size > MOST)
        return pack_fail("a file of more than 8 GiB cannot be packed");
    snprintf(header->mode, sizeof header->mode, "%07o", mode & 07777);
    snprintf(header->uid, sizeof header->uid, "%07o", 0);
    snprintf(header->gid, sizeof header->gid, "%07o", 0);
    snprintf(header->size, sizeof header->size, "%011llo", (unsigned long long)size);
    snprintf(header->mtime, sizeof header->mtime, "%011llo",
             (unsigned long long)(tar->time < MOST ? tar->time : MOST));
    header->kind = kind;
    memcpy(header->magic, "ustar\00000", 8);
    memset(header->sum, ' ', sizeof header->sum);
    for (size_t i = 0; i < BLOCK; i++)
        sum += ((const unsigned char *)header)[i];
    snprintf(header->sum, sizeof header->sum, "%06o", sum);
    return pack_tar_write(tar, header, sizeof *header);
}

/* One record of a pax header: "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
static int record(FILE *to, const char *key, const char *value)
{
    size_t rest = strlen(key) + strlen(value) + 3, length = rest;
    for (size_t before = 0; before != length;) {
        before = length;
        length = rest + (size_t)snprintf(NULL, 0, "%zu", before);
    }
    return fprintf(to, "%zu %s=%s\n", length, key, value);
}

static int put_pax(struct pack_tar *tar, const char *path, const char *target)
{
    struct header header = {.name = "pax"};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return pack_fail("out of memory");
    if (path)
        record(to, "path", path);
    if (target)
        record(to, "linkpath", target);
    int failed = fclose(to) ? pack_fail("out of memory") : 0;
    failed = failed || put_header(tar, &header, 'x', 0644, size) ||
             pack_tar_write(tar, text, size) || pack_tar_pad(tar);
    free(text);
    return failed ? -1 : 0;
}

int pack_tar_begin(struct pack_tar *tar, enum pack_kind kind, const char *path, const char *target,
                   unsigned mode, uint64_t size)
{
    struct header header = {0};
    bool path_fits = split(&header, path);
    bool target_fits = !target || strlen(target) <= sizeof header.target;
    if ((!path_fits || !target_fits) &&
        put_pax(tar, path_fits ? NULL : path, target_fits ? NULL : target))
        return -1;
    if (!path_fits)
        memcpy(header.name, path, sizeof header.name);
    if (target)
        memcpy(header.target, target, target_fits ? strlen(target) : sizeof header.target);
    return put_header(tar, &header, (char)kind, mode, size);
}

int pack_tar_file(struct pack_tar *tar, const char *path, unsigned mode, const void *data,
                  size_t size)
{
    return pack_tar_begin(tar, PACK_FILE, path, NULL, mode, size) ||
                   pack_tar_write(tar, data, size) || pack_tar_pad(tar)
               ? -1
               : 0;
}
