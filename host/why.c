/* Reads the record of a link. See why.h for the format.
 *
 * Every count is checked against the bytes that are left before memory is taken for it (each
 * element takes at least one byte), so a hostile record cannot ask for much more memory than it
 * has bytes.
 */
#include "host/why.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct elf_bytes rest;
    const char *strings;
    uint64_t strings_size;
    int bad;
};

static uint64_t number(struct reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (!r->rest.size)
            break;
        unsigned char byte = *r->rest.data;
        r->rest.data++;
        r->rest.size--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    r->bad = 1;
    return 0;
}

static uint32_t below(struct reader *r, uint64_t limit)
{
    uint64_t value = number(r);
    if (value < limit)
        return (uint32_t)value;
    r->bad = 1;
    return 0;
}

static const char *string(struct reader *r)
{
    uint64_t at = number(r);
    if (at < r->strings_size)
        return r->strings + at; /* the table ends with NUL */
    r->bad = 1;
    return "";
}

/* A count and memory for that many elements; never NULL unless memory runs out. */
static void *table(struct reader *r, uint32_t *count, size_t size)
{
    uint64_t n = number(r);
    if (n > r->rest.size || n >= WHY_NONE) {
        r->bad = 1;
        n = 0;
    }
    *count = (uint32_t)n;
    void *new = calloc(n ? n : 1, size);
    if (!new) {
        r->bad = 1;
        *count = 0;
    }
    return new;
}

static void read_nodes(struct reader *r, struct why *why)
{
    why->objects = table(r, &why->nobjects, sizeof *why->objects);
    for (uint32_t i = 0; i < why->nobjects && !r->bad; i++) {
        struct why_object *o = &why->objects[i];
        o->kind = below(r, WHY_KINDS);
        o->library = string(r);
        o->name = string(r);
        o->room = string(r);
    }
    why->nodes = table(r, &why->nnodes, sizeof *why->nodes);
    for (uint32_t i = 0; i < why->nnodes && !r->bad; i++) {
        struct why_node *n = &why->nodes[i];
        n->object = below(r, why->nobjects);
        n->flags = below(r, 256);
        n->output = string(r);
        n->input = string(r);
        n->symbol = string(r);
        n->address = number(r);
        n->size = number(r);
    }
    why->symbols = table(r, &why->nsymbols, sizeof *why->symbols);
    for (uint32_t i = 0; i < why->nsymbols && !r->bad; i++) {
        why->symbols[i].name = string(r);
        why->symbols[i].node = below(r, why->nnodes);
    }
}

static void read_edges(struct reader *r, struct why *why)
{
    /* Three bytes an edge at least: an upper bound before the counts are known. */
    uint64_t room = r->rest.size / 3 + 1;
    why->edges = calloc(room, sizeof *why->edges);
    if (!why->edges)
        r->bad = 1;
    for (uint32_t i = 0; i < why->nnodes && !r->bad; i++) {
        struct why_node *n = &why->nodes[i];
        n->first = why->nedges;
        n->edges = below(r, room - why->nedges);
        for (uint32_t e = 0; e < n->edges && !r->bad; e++) {
            struct why_edge *edge = &why->edges[why->nedges++];
            edge->to = below(r, why->nnodes);
            edge->flags = below(r, 256);
            edge->symbol = string(r);
        }
    }
    why->missing = table(r, &why->nmissing, sizeof *why->missing);
    for (uint32_t i = 0; i < why->nmissing && !r->bad; i++)
        why->missing[i] = string(r);
    uint32_t entry = below(r, (uint64_t)why->nnodes + 1);
    why->entry = entry ? entry - 1 : WHY_NONE;
}

int why_read(struct elf_bytes bytes, struct why *why, struct host_error *error)
{
    struct reader r = {.rest = bytes};
    struct elf_bytes strings;
    memset(why, 0, sizeof *why);
    if (bytes.size < 8 || memcmp(bytes.data, WHY_MAGIC, 8) != 0)
        return host_fail(error, "its record of the link is of an unknown kind");
    elf_slice(bytes, 8, bytes.size - 8, &r.rest);
    uint64_t size = number(&r);
    if (r.bad || elf_slice(r.rest, 0, size, &strings) || !size || strings.data[size - 1])
        return host_fail(error, "its record of the link is damaged");
    /* A copy: the file may change under the mapping, the final NUL must not. */
    why->strings = malloc(size);
    if (!why->strings)
        return host_fail(error, "out of memory");
    memcpy(why->strings, strings.data, size);
    why->strings[size - 1] = 0;
    r.strings = why->strings;
    r.strings_size = size;
    elf_slice(r.rest, size, r.rest.size - size, &r.rest);
    why->image_size = number(&r);
    why->header_size = number(&r);
    if (!r.bad)
        read_nodes(&r, why);
    if (!r.bad)
        read_edges(&r, why);
    if (!r.bad)
        return 0;
    why_free(why);
    return host_fail(error, "its record of the link is damaged");
}

void why_free(struct why *why)
{
    free(why->objects);
    free(why->nodes);
    free(why->symbols);
    free(why->edges);
    free(why->missing);
    free(why->strings);
    memset(why, 0, sizeof *why);
}
