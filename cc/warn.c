/* See warn.h. */
#include "cc/warn.h"

#include <stdlib.h>
#include <string.h>

/* A function of the C library, and the system call without which it cannot do its work. */
static const struct rule {
    const char *function, *call;
} rules[] = {
    {"fork", "fork"},      {"_Fork", "fork"},         {"vfork", "fork"},
    {"forkpty", "fork"},   {"daemon", "fork"},        {"execve", "execve"},
    {"execv", "execve"},   {"execvp", "execve"},      {"execvpe", "execve"},
    {"execl", "execve"},   {"execle", "execve"},      {"execlp", "execve"},
    {"fexecve", "execve"}, {"posix_spawn", "execve"}, {"posix_spawnp", "execve"},
    {"system", "execve"},  {"popen", "execve"},       {"wordexp", "execve"},
};

/* Whether libpith.a has that system call: then it was linked and is no stand-in. */
static bool there(const struct graph *graph, const char *call)
{
    for (size_t i = 0; i < graph->missing.count; i++)
        if (strcmp(graph->missing.item[i], call) == 0)
            return false;
    char *name = cc_format("pith_sys_%s", call);
    for (uint64_t i = 0; i < graph->symbols.count; i++) {
        Elf64_Sym symbol;
        if (strcmp(elf_symbol(&graph->symbols, i, &symbol), name) == 0)
            return symbol.st_shndx != SHN_UNDEF;
    }
    return false;
}

void warn_calls(const struct graph *graph)
{
    enum { RULES = sizeof rules / sizeof *rules };
    bool present[RULES], known[RULES] = {0};
    bool *said = cc_alloc(((size_t)graph->nobjects * RULES + 1) * sizeof *said);
    for (uint32_t i = 0; i < graph->nedges; i++) {
        const struct edge *e = &graph->edges[i];
        uint32_t from = graph->nodes[e->from].object;
        const struct object *caller = &graph->objects[from];
        if ((caller->kind != OBJECT_PROGRAM && caller->kind != OBJECT_LIBRARY) ||
            graph->objects[graph->nodes[e->to].object].kind != OBJECT_LIBC)
            continue;
        for (size_t r = 0; r < RULES; r++) {
            if (strcmp(e->symbol, rules[r].function) != 0 || said[from * RULES + r])
                continue;
            if (!known[r])
                present[r] = there(graph, rules[r].call);
            known[r] = said[from * RULES + r] = true;
            if (present[r])
                continue;
            const char *library = caller->library;
            cc_warn("%s%s%s%s calls %s, which fails with ENOSYS in the unikernel: it runs one "
                    "process",
                    library, *library ? "(" : "", caller->name, *library ? ")" : "",
                    rules[r].function);
        }
    }
}
