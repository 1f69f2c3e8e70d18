/* Builds the graph of the guest half. See graph.h. */
#include "cc/graph.h"

#include "cc/objects.h"

#include <stdlib.h>
#include <string.h>

/* ---- nodes and objects ---------------------------------------------------------------------*/

/* Input sections the linker merges: what it counts for one object serves others as well. */
static bool merged(const char *input)
{
    return strstr(input, ".str1.") || strstr(input, ".rodata.cst") || strstr(input, ".str4.") ||
           strcmp(input, ".rodata.str") == 0;
}

static bool linkers_own(const char *output)
{
    return cc_starts(output, ".got") || cc_starts(output, ".plt") || cc_starts(output, ".iplt") ||
           cc_starts(output, ".rela");
}

static uint32_t entry_flags(const char *input)
{
    if (cc_starts(input, "pith_set_") || strcmp(input, ".note.pith") == 0)
        return NODE_ENTRY;
    if (cc_starts(input, ".init_array") || cc_starts(input, ".fini_array") ||
        cc_starts(input, ".preinit_array") || strcmp(input, ".init") == 0 ||
        strcmp(input, ".fini") == 0)
        return NODE_ENTRY;
    return 0;
}

static uint32_t add_object(struct graph *graph, const struct object *object)
{
    uint32_t n = graph->nobjects++;
    graph->objects = cc_grow(graph->objects, graph->nobjects * sizeof *graph->objects);
    graph->objects[n] = *object;
    return n;
}

/* Objects with the same name in the map are one. The map names an object many times in a row,
 * and again in other output sections: hashing keeps this linear. */
struct names {
    uint32_t *slot; /* object + 1 */
    uint32_t room;  /* a power of two */
};

static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static uint32_t object_of(struct graph *graph, struct names *names, const char *file,
                          const char *temporary)
{
    uint32_t at = hash(file) & (names->room - 1);
    for (; names->slot[at]; at = (at + 1) & (names->room - 1))
        if (strcmp(graph->objects[names->slot[at] - 1].file, file) == 0)
            return names->slot[at] - 1;
    struct object object = {0};
    object_name(&object, file, temporary);
    uint32_t n = add_object(graph, &object);
    names->slot[at] = n + 1;
    return n;
}

/* Objects of the program are called by their last component where that is enough. */
static void shorten_names(struct graph *graph)
{
    for (uint32_t i = 0; i < graph->nobjects; i++) {
        struct object *o = &graph->objects[i];
        const char *base = cc_base(o->name);
        bool taken = false;
        if (o->kind != OBJECT_PROGRAM || base == o->name)
            continue;
        for (uint32_t j = 0; j < graph->nobjects && !taken; j++)
            taken = j != i && graph->objects[j].kind == OBJECT_PROGRAM &&
                    strcmp(cc_base(graph->objects[j].name), base) == 0;
        if (!taken)
            o->name = base;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    if (x->section != y->section)
        return x->section < y->section ? -1 : 1;
    if (x->piece->address != y->piece->address)
        return x->piece->address < y->piece->address ? -1 : 1;
    return x->piece < y->piece ? -1 : x->piece > y->piece;
}

static void build_nodes(struct graph *graph, const struct map *map, const char *temporary)
{
    struct names names = {.room = 64};
    while (names.room < 2 * map->count)
        names.room *= 2;
    names.slot = cc_alloc(names.room * sizeof *names.slot);
    struct object none = {"", OBJECT_MERGED, "", "merged strings and constants", "merged"};
    uint32_t strings = add_object(graph, &none);
    none = (struct object){"", OBJECT_LINKER, "", "linker", "linker"};
    uint32_t linker = add_object(graph, &none);
    graph->nodes = cc_alloc((map->count + 1) * sizeof *graph->nodes);
    const char *output = NULL;
    Elf64_Shdr header = {0};
    uint32_t section = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct map_piece *piece = &map->pieces[i];
        if (piece->output != output) {
            output = piece->output;
            section = 0;
            for (unsigned s = 1; s < graph->elf.sections; s++)
                if (!elf_section(&graph->elf, s, &header, NULL) &&
                    strcmp(elf_section_name(&graph->elf, &header), output) == 0) {
                    section = s;
                    break;
                }
        }
        if (!section || !(header.sh_flags & SHF_ALLOC))
            continue;
        struct node *node = &graph->nodes[graph->nnodes++];
        node->piece = piece;
        node->section = section;
        node->flags = header.sh_type == SHT_NOBITS ? NODE_MEMORY_ONLY : 0;
        if (merged(piece->input)) {
            node->object = strings;
        } else if (linkers_own(piece->output)) {
            node->object = linker;
        } else {
            node->object = object_of(graph, &names, piece->file, temporary);
            node->flags |= entry_flags(piece->input);
        }
    }
    if (graph->nnodes)
        qsort(graph->nodes, graph->nnodes, sizeof *graph->nodes, by_place);
    shorten_names(graph);
}

uint32_t graph_node(const struct graph *graph, uint32_t section, uint64_t address)
{
    /* Nodes of one output section are neighbours, sorted by address. */
    uint32_t low = 0, high = graph->nnodes;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct node *node = &graph->nodes[middle];
        if (node->section < section ||
            (node->section == section && node->piece->address <= address))
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NO_NODE;
    const struct node *node = &graph->nodes[low - 1];
    bool inside = node->section == section && address - node->piece->address < node->piece->size;
    return inside ? low - 1 : NO_NODE;
}

/* ---- edges ---------------------------------------------------------------------------------*/

struct builder {
    struct graph *graph;
    const struct map *map;
    uint64_t tls;         /* address of the TLS segment */
    const char **local;   /* for each node: a symbol at its start, or NULL */
    struct cc_list *weak; /* for each object: names it refers to weakly, read when needed */
    bool *weak_known;
    uint32_t enosys;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has(const struct cc_list *sorted, const char *name)
{
    return sorted->count &&
           bsearch(&name, sorted->item, sorted->count, sizeof *sorted->item, by_text);
}

static bool is_weak(struct builder *b, uint32_t object, const char *symbol)
{
    if (!b->weak_known[object]) {
        b->weak_known[object] = true;
        if (*b->graph->objects[object].file)
            object_weak(&b->graph->objects[object], &b->weak[object]);
        if (b->weak[object].count)
            qsort(b->weak[object].item, b->weak[object].count, sizeof(char *), by_text);
    }
    return has(&b->weak[object], symbol);
}

static void add_edge(struct builder *b, uint32_t from, uint32_t to, const char *symbol, bool weak)
{
    struct graph *graph = b->graph;
    if (from == NO_NODE || to == NO_NODE || from == to)
        return;
    if (!(graph->nedges & (graph->nedges - 1)))
        graph->edges = cc_grow(graph->edges, (graph->nedges ? 2 * (size_t)graph->nedges : 1) *
                                                 sizeof *graph->edges);
    graph->edges[graph->nedges++] = (struct edge){from, to, symbol, weak};
}

/* How far behind its field a PC-relative reference counts from: 4 bytes and the immediate operand
 * of the instruction, which a reference relative to a section does not tell otherwise. */
static int64_t pc_bias(struct elf_bytes code, uint64_t at)
{
    if (at < 3 || at + 4 > code.size || (code.data[at - 1] & 0xc7) != 0x05)
        return 4; /* not [rip + disp32]: a call, a jump, a table */
    unsigned op = code.data[at - 2], before = code.data[at - 3], reg = code.data[at - 1] >> 3 & 7;
    bool word = before == 0x66 || (at >= 4 && code.data[at - 4] == 0x66);
    if (before == 0x0f)
        return op == 0xba || op == 0xa4 || op == 0xac || op == 0x70 || op == 0xc2 || op == 0xc4 ||
                       op == 0xc6
                   ? 5
                   : 4;
    if (at >= 4 && before == 0x3a && code.data[at - 4] == 0x0f)
        return 5;
    if (op == 0x80 || op == 0x83 || op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0x6b ||
        (op == 0xf6 && reg < 2))
        return 5;
    if (op == 0x81 || op == 0xc7 || op == 0x69 || (op == 0xf7 && reg < 2))
        return word ? 6 : 8;
    return 4;
}

static bool pc_relative(uint32_t type)
{
    return type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_GOTPCREL ||
           type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX || type == R_X86_64_PC64 ||
           type == R_X86_64_GOTTPOFF || type == R_X86_64_PC8 || type == R_X86_64_PC16;
}

/* A reference relative to a section is to a local thing, so its target is of the same object (or
 * merged). An address at the end of one object's array can be the start of another's; then the
 * nearest node of the right object is meant. */
#define NEAR 64
static uint32_t local_node(const struct graph *graph, uint32_t from, uint32_t section,
                           uint64_t address)
{
    uint32_t object = graph->nodes[from].object, at = graph_node(graph, section, address);
    if (at == NO_NODE && address)
        at = graph_node(graph, section, address - 1);
    if (at == NO_NODE || graph->nodes[at].object == object ||
        graph->objects[graph->nodes[at].object].kind == OBJECT_MERGED)
        return at;
    for (uint32_t d = 1; d <= NEAR; d++) {
        if (at >= d && graph->nodes[at - d].section == section &&
            graph->nodes[at - d].object == object)
            return at - d;
        if (at + d < graph->nnodes && graph->nodes[at + d].section == section &&
            graph->nodes[at + d].object == object)
            return at + d;
    }
    return NO_NODE;
}

/* Every node whose input section has this name: what __start_NAME stands for. */
static void edges_to_set(struct builder *b, uint32_t from, const char *symbol)
{
    const char *set = strchr(symbol + 2, '_') + 1;
    if (cc_starts(set, "pith_set_"))
        return; /* entries hang on their objects */
    for (uint32_t i = 0; i < b->graph->nnodes; i++)
        if (strcmp(b->graph->nodes[i].piece->input, set) == 0)
            add_edge(b, from, i, symbol, false);
}

static void add_relocation(struct builder *b, uint32_t from, struct elf_bytes code, uint64_t at,
                           const Elf64_Rela *rela)
{
    Elf64_Sym symbol;
    const char *name = elf_symbol(&b->graph->symbols, ELF64_R_SYM(rela->r_info), &symbol);
    unsigned type = ELF64_ST_TYPE(symbol.st_info);
    uint64_t address = symbol.st_value;
    if (cc_starts(name, "__start_") || cc_starts(name, "__stop_")) {
        edges_to_set(b, from, name);
        return;
    }
    if (type == STT_SECTION) {
        address += (uint64_t)rela->r_addend;
        if (pc_relative((uint32_t)ELF64_R_TYPE(rela->r_info)))
            address += (uint64_t)pc_bias(code, at);
    } else if (type == STT_TLS) {
        address += b->tls;
    }
    uint32_t to = type == STT_SECTION ? local_node(b->graph, from, symbol.st_shndx, address)
                                      : graph_node(b->graph, symbol.st_shndx, address);
    if (to == NO_NODE)
        return;
    if (type == STT_SECTION) {
        name = b->local[to];
    } else if (has(&b->map->defined, name)) {
        if (to != b->enosys || !cc_starts(name, "pith_sys_"))
            return; /* a place the linker script names, not a thing */
        cc_push(&b->graph->missing, name + 9);
    }
    add_edge(b, from, to, name, is_weak(b, b->graph->nodes[from].object, name));
}

static void add_section(struct builder *b, const Elf64_Shdr *header)
{
    Elf64_Shdr target;
    const struct graph *graph = b->graph;
    if (header->sh_type != SHT_RELA || elf_section(&graph->elf, header->sh_info, &target, NULL) ||
        !(target.sh_flags & SHF_ALLOC))
        return;
    struct elf_bytes table = elf_section_bytes(&graph->elf, header);
    struct elf_bytes code = elf_section_bytes(&graph->elf, &target);
    for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.size; at += sizeof(Elf64_Rela)) {
        Elf64_Rela rela;
        memcpy(&rela, table.data + at, sizeof rela);
        uint32_t from = graph_node(graph, header->sh_info, rela.r_offset);
        if (from != NO_NODE)
            add_relocation(b, from, code, rela.r_offset - target.sh_addr, &rela);
    }
}

static void name_nodes(struct builder *b)
{
    struct graph *graph = b->graph;
    b->local = cc_alloc((graph->nnodes + 1) * sizeof *b->local);
    for (uint64_t i = 0; i < graph->symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&graph->symbols, i, &symbol);
        unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (!*name || (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE))
            continue;
        uint32_t node = graph_node(graph, symbol.st_shndx, symbol.st_value);
        if (strcmp(name, "pith_enosys") == 0)
            b->enosys = node;
        if (strcmp(name, "pith_entry") == 0)
            graph->entry = node;
        if (node != NO_NODE && graph->nodes[node].piece->address == symbol.st_value &&
            !b->local[node])
            b->local[node] = name;
    }
    for (uint32_t i = 0; i < graph->nnodes; i++)
        if (!b->local[i])
            b->local[i] = graph->nodes[i].piece->input;
}

static int by_ends(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    if (x->weak != y->weak)
        return x->weak ? 1 : -1;
    return strcmp(x->symbol, y->symbol);
}

/* Sorted, one edge for each pair and name. */
static void tidy(struct graph *graph)
{
    uint32_t kept = 0;
    if (graph->nedges)
        qsort(graph->edges, graph->nedges, sizeof *graph->edges, by_ends);
    for (uint32_t i = 0; i < graph->nedges; i++) {
        const struct edge *last = kept ? &graph->edges[kept - 1] : NULL;
        const struct edge *this = &graph->edges[i];
        if (!last || last->from != this->from || last->to != this->to ||
            strcmp(last->symbol, this->symbol) != 0)
            graph->edges[kept++] = *this;
    }
    graph->nedges = kept;
    struct cc_list *missing = &graph->missing;
    size_t names = 0;
    if (missing->count)
        qsort(missing->item, missing->count, sizeof *missing->item, by_text);
    for (size_t i = 0; i < missing->count; i++)
        if (!names || strcmp(missing->item[names - 1], missing->item[i]) != 0)
            missing->item[names++] = missing->item[i];
    missing->count = names;
}

void graph_build(struct graph *graph, struct elf_bytes linked, const struct map *map,
                 const char *temporary)
{
    struct host_error error;
    memset(graph, 0, sizeof *graph);
    graph->entry = NO_NODE;
    if (elf_open(&graph->elf, linked.data, linked.size, &error) ||
        elf_symbols(&graph->elf, &graph->symbols, &error))
        cc_fail("the linker's output cannot be read: %s", error.text);
    build_nodes(graph, map, temporary);
    struct builder b = {.graph = graph, .map = map, .enosys = NO_NODE};
    b.weak = cc_alloc(graph->nobjects * sizeof *b.weak);
    b.weak_known = cc_alloc(graph->nobjects * sizeof *b.weak_known);
    if (map->defined.count)
        qsort(map->defined.item, map->defined.count, sizeof(char *), by_text);
    Elf64_Phdr tls;
    if (!elf_find_segment(&graph->elf, PT_TLS, &tls, NULL))
        b.tls = tls.p_vaddr;
    name_nodes(&b);
    for (unsigned i = 1; i < graph->elf.sections; i++) {
        Elf64_Shdr header;
        if (!elf_section(&graph->elf, i, &header, NULL))
            add_section(&b, &header);
    }
    tidy(graph);
}
