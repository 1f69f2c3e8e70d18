/* Writes the record of a link, section .pith.why. The format is in host/why.h. */
#include "cc/output.h"

#include "host/why.h"

#include <stdlib.h>
#include <string.h>

struct record {
    struct cc_bytes out, strings;
    uint32_t *slot; /* offset of a string + 1, by hash */
    uint32_t room, used;
};

static void number(struct record *r, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (bytes[n++] & 0x80);
    cc_add(&r->out, bytes, n);
}

static uint32_t *slot_of(struct record *r, const char *text)
{
    uint32_t h = 2166136261u;
    for (const char *c = text; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    for (h &= r->room - 1; r->slot[h]; h = (h + 1) & (r->room - 1))
        if (strcmp((char *)r->strings.data + r->slot[h] - 1, text) == 0)
            break;
    return &r->slot[h];
}

static void string(struct record *r, const char *text)
{
    if (2 * r->used >= r->room) {
        struct record old = *r;
        r->room = old.room ? 2 * old.room : 1024;
        r->slot = cc_alloc(r->room * sizeof *r->slot);
        for (uint32_t i = 0; i < old.room; i++)
            if (old.slot[i])
                *slot_of(r, (char *)r->strings.data + old.slot[i] - 1) = old.slot[i];
    }
    uint32_t *slot = slot_of(r, text);
    if (!*slot) {
        *slot = (uint32_t)r->strings.size + 1;
        cc_add(&r->strings, text, strlen(text) + 1);
        r->used++;
    }
    number(r, *slot - 1);
}

/* The symbol that names a node: a function or object at its start, global before local. */
static const char **titles(const struct graph *graph)
{
    const char **title = cc_alloc((graph->nnodes + 1) * sizeof *title);
    int *rank = cc_alloc((graph->nnodes + 1) * sizeof *rank);
    for (uint64_t i = 0; i < graph->symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&graph->symbols, i, &symbol);
        unsigned type = ELF64_ST_TYPE(symbol.st_info), bind = ELF64_ST_BIND(symbol.st_info);
        if (!*name || type == STT_FILE || type == STT_SECTION || type == STT_TLS)
            continue;
        uint32_t node = graph_node(graph, symbol.st_shndx, symbol.st_value);
        if (node == NO_NODE || graph->nodes[node].piece->address != symbol.st_value)
            continue;
        int this = 1 + (type != STT_NOTYPE) + 2 * (bind == STB_WEAK) + 4 * (bind == STB_GLOBAL);
        if (this > rank[node]) {
            rank[node] = this;
            title[node] = name;
        }
    }
    return title;
}

static void write_symbols(struct record *r, const struct graph *graph)
{
    struct record all = {.strings = r->strings, .slot = r->slot, .room = r->room, .used = r->used};
    uint32_t count = 0;
    Elf64_Phdr tls = {0};
    elf_find_segment(&graph->elf, PT_TLS, &tls, NULL);
    for (uint64_t i = 0; i < graph->symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&graph->symbols, i, &symbol);
        unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (!*name || type == STT_FILE || type == STT_SECTION)
            continue;
        uint64_t address = symbol.st_value + (type == STT_TLS ? tls.p_vaddr : 0);
        uint32_t node = graph_node(graph, symbol.st_shndx, address);
        if (node == NO_NODE)
            continue;
        string(&all, name);
        number(&all, node);
        count++;
    }
    r->strings = all.strings;
    r->slot = all.slot;
    r->room = all.room;
    r->used = all.used;
    number(r, count);
    cc_add(&r->out, all.out.data, all.out.size);
}

/* The linker lays merged strings of several inputs over each other: each byte counts once. */
static uint64_t own_size(const struct graph *graph, uint32_t i)
{
    const struct node *n = &graph->nodes[i], *next = n + 1;
    uint64_t size = n->piece->size;
    if (graph->objects[n->object].kind != OBJECT_MERGED || i + 1 == graph->nnodes ||
        strcmp(n->piece->output, next->piece->output) ||
        next->piece->address - n->piece->address >= size)
        return size;
    return next->piece->address - n->piece->address;
}

void output_record(const struct graph *graph, uint64_t image_size, uint64_t header_size,
                   struct cc_bytes *bytes)
{
    struct record r = {0};
    number(&r, image_size);
    number(&r, header_size);
    number(&r, graph->nobjects);
    for (uint32_t i = 0; i < graph->nobjects; i++) {
        const struct object *o = &graph->objects[i];
        number(&r, (uint64_t)o->kind);
        string(&r, o->library);
        string(&r, o->name);
        string(&r, o->room);
    }
    const char **title = titles(graph);
    number(&r, graph->nnodes);
    for (uint32_t i = 0; i < graph->nnodes; i++) {
        const struct node *n = &graph->nodes[i];
        number(&r, n->object);
        number(&r, (n->flags & NODE_MEMORY_ONLY ? WHY_MEMORY_ONLY : 0) |
                       (n->flags & NODE_ENTRY ? WHY_ENTRY : 0));
        string(&r, n->piece->output);
        string(&r, n->piece->input);
        string(&r, title[i] ? title[i] : "");
        number(&r, n->piece->address);
        number(&r, own_size(graph, i));
    }
    write_symbols(&r, graph);
    for (uint32_t i = 0, e = 0; i < graph->nnodes; i++) {
        uint32_t end = e;
        while (end < graph->nedges && graph->edges[end].from == i)
            end++;
        number(&r, end - e);
        for (; e < end; e++) {
            number(&r, graph->edges[e].to);
            number(&r, graph->edges[e].weak ? WHY_WEAK : 0);
            string(&r, graph->edges[e].symbol);
        }
    }
    number(&r, graph->missing.count);
    for (size_t i = 0; i < graph->missing.count; i++)
        string(&r, graph->missing.item[i]);
    number(&r, graph->entry == NO_NODE ? 0 : (uint64_t)graph->entry + 1);

    struct record head = {0};
    number(&head, r.strings.size);
    cc_add(bytes, WHY_MAGIC, 8);
    cc_add(bytes, head.out.data, head.out.size);
    cc_add(bytes, r.strings.data, r.strings.size);
    cc_add(bytes, r.out.data, r.out.size);
}
