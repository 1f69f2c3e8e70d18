/* GNU ar archives. See archive.h.
 *
 * "!<arch>\n", then members, each with a 60-byte header (name 16, date 12, uid 6, gid 6, mode 8,
 * size 10, "`\n") and padded to an even length. A name ends with '/'; "/" is the index of symbols
 * (count and offsets of members, 4 bytes each, big endian; then names with NUL), "//" holds long
 * names, "/N" is the one at offset N of it.
 */
#include "cc/archive.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC "!<arch>\n"
#define HEADER 60

struct member {
    uint64_t at; /* of its header */
    struct elf_bytes head, body;
    const char *name;
    size_t length;
};

struct walk {
    struct elf_bytes archive, names;
    uint64_t at;
};

static bool next(struct walk *w, struct member *m)
{
    char number[11] = {0};
    if (w->at == 0 && (w->archive.size < 8 || memcmp(w->archive.data, MAGIC, 8) != 0))
        return false;
    m->at = w->at ? w->at : 8;
    if (elf_slice(w->archive, m->at, HEADER, &m->head))
        return false;
    memcpy(number, m->head.data + 48, 10);
    uint64_t size = strtoull(number, NULL, 10);
    if (elf_slice(w->archive, m->at + HEADER, size, &m->body))
        return false;
    m->name = (const char *)m->head.data;
    m->length = 16;
    if (m->name[0] == '/' && m->name[1] == '/')
        w->names = m->body;
    if (m->name[0] == '/' && m->name[1] >= '0' && m->name[1] <= '9') {
        uint64_t offset = strtoull(m->name + 1, NULL, 10);
        if (offset < w->names.size) {
            m->name = (const char *)w->names.data + offset;
            m->length = w->names.size - offset;
        }
    }
    const char *end = memchr(m->name, '/', m->length);
    m->length = end ? (size_t)(end - m->name) : 0;
    w->at = m->at + HEADER + size + (size & 1);
    return true;
}

static bool is(const struct member *m, const char *name)
{
    return m->length == strlen(name) && memcmp(m->name, name, m->length) == 0;
}

struct elf_bytes archive_member(struct elf_bytes archive, const char *member)
{
    struct walk w = {.archive = archive};
    struct member m;
    while (next(&w, &m))
        if (m.length && is(&m, member))
            return m.body;
    return (struct elf_bytes){NULL, 0};
}

static void header(struct cc_bytes *copy, const char *name, size_t size)
{
    cc_text(copy, "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", name, "0", "0", "0", "0", size);
}

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_big_endian(unsigned char *at, uint64_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Old and new place of the members that stay. */
struct place {
    uint64_t from, to;
};

static const struct place *place_of(const struct place *places, size_t count, uint64_t from)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].from == from)
            return &places[i];
    return NULL;
}

/* The index without the symbols of other members; offsets are those in `places`. */
static struct cc_bytes index_of(struct elf_bytes old, const struct place *places, size_t count)
{
    struct cc_bytes offsets = {0}, names = {0};
    unsigned char word[4] = {0};
    uint32_t symbols = old.size >= 4 ? big_endian(old.data) : 0, kept = 0;
    struct elf_bytes strings = {NULL, 0}, table;
    cc_add(&offsets, word, 4);
    if (!elf_slice(old, 4, 4 * (uint64_t)symbols, &table))
        elf_slice(old, 4 + table.size, old.size - 4 - table.size, &strings);
    for (uint32_t i = 0; i < symbols; i++) {
        const char *name = elf_string(strings, 0);
        if (!name)
            break;
        size_t size = strlen(name) + 1;
        const struct place *place = place_of(places, count, big_endian(table.data + 4 * i));
        if (place) {
            put_big_endian(word, place->to);
            cc_add(&offsets, word, 4);
            cc_add(&names, name, size);
            kept++;
        }
        elf_slice(strings, size, strings.size - size, &strings);
    }
    put_big_endian(offsets.data, kept);
    cc_add(&offsets, names.data, names.size);
    return offsets;
}

void archive_filter(struct elf_bytes archive, const struct cc_list *members, struct cc_bytes *copy)
{
    struct walk w = {.archive = archive};
    struct member m;
    struct elf_bytes index = {NULL, 0}, names = {NULL, 0};
    struct cc_bytes body = {0};
    struct place *places = cc_alloc((members->count + 1) * sizeof *places);
    size_t count = 0;
    while (next(&w, &m)) {
        if (m.head.data[0] == '/' && m.head.data[1] == ' ')
            index = m.body;
        if (m.head.data[0] == '/' && m.head.data[1] == '/')
            names = m.body;
        for (size_t i = 0; i < members->count && count < members->count; i++) {
            if (!m.length || !is(&m, members->item[i]))
                continue;
            places[count++] = (struct place){m.at, body.size};
            cc_add(&body, m.head.data, HEADER);
            cc_add(&body, m.body.data, m.body.size);
            cc_pad(&body, 2);
            break;
        }
    }
    struct cc_bytes table = index_of(index, places, count);
    uint64_t base =
        8 + HEADER + table.size + (table.size & 1) + HEADER + names.size + (names.size & 1);
    for (size_t i = 0; i < count; i++)
        places[i].to += base;
    table = index_of(index, places, count);
    cc_add(copy, MAGIC, 8);
    header(copy, "/", table.size);
    cc_add(copy, table.data, table.size);
    cc_pad(copy, 2);
    header(copy, "//", names.size);
    cc_add(copy, names.data, names.size);
    cc_pad(copy, 2);
    cc_add(copy, body.data, body.size);
}
