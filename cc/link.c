/* The linker role: links the program twice and writes the one file that holds both.
 *
 * The Linux half is linked as the user asked, static, against stock musl; what ld says about it
 * is what the user reads. At the same time the guest half is linked from the same objects
 * against the guest's libraries with --emit-relocs, and read back as a graph (graph.h).
 * A second guest link follows if that graph shows members of libpith.a that nothing alive refers
 * to (it gets an archive without them), or code that unwinds the stack and needs its tables. If
 * the linker misses something in the smaller archive, the whole one is used after all.
 */
#include "cc/archive.h"
#include "cc/embed.h"
#include "cc/halves.h"
#include "cc/output.h"
#include "cc/run.h"
#include "cc/warn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct guest {
    const struct ld_args *args;
    struct halves_guest half;
    char *errors, *template;
    struct cc_bytes bytes, map_bytes;
    struct map pieces;
    struct graph graph;
};

/* text with the first `mark` replaced; the template always has it. */
static char *replace(const char *text, const char *mark, const char *by)
{
    const char *at = strstr(text, mark);
    if (at)
        return cc_format("%.*s%s%s", (int)(at - text), text, by, at + strlen(mark));
    cc_fail("its linker script %s/guest/pith.ld is damaged: it has no %s", cc_lib(), mark);
}

static void write_script(struct guest *g)
{
    static const char tables[] =
        ".eh_frame_hdr : { *(.eh_frame_hdr) } :rodata :unwind\n"
        ".eh_frame : { KEEP(*(.eh_frame)) } :rodata\n"
        ".gcc_except_table : { *(.gcc_except_table .gcc_except_table.*) } :rodata\n";
    char *text = replace(g->template, "@UNWIND@", g->half.unwind ? tables : "");
    cc_write(g->half.script, text, strlen(text));
}

static pid_t start(struct guest *g)
{
    struct cc_list command = {0};
    write_script(g);
    halves_guest(g->args, &g->half, &command);
    return run_start(command.item, g->errors);
}

static void read_back(struct guest *g)
{
    if (cc_read(g->half.output, &g->bytes) || cc_read(g->half.map, &g->map_bytes))
        cc_fail("the unikernel half cannot be read: %s", strerror(errno));
    map_parse(&g->map_bytes, &g->pieces);
    char *temporary = run_temp("");
    temporary[strlen(temporary) - 1] = 0;
    graph_build(&g->graph, (struct elf_bytes){g->bytes.data, g->bytes.size}, &g->pieces, temporary);
}

static void explain(const struct guest *g)
{
    struct cc_bytes text;
    if (!cc_read(g->errors, &text) && text.size)
        fwrite(text.data, 1, text.size, stderr);
    cc_fail("the program links as a Linux program but not as a unikernel");
}

/* Whether something unwinds the stack: then its tables must be there. */
static bool unwinds(const struct graph *graph)
{
    for (uint64_t i = 0; i < graph->symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&graph->symbols, i, &symbol);
        if (cc_starts(name, "_Unwind_") && symbol.st_shndx != SHN_UNDEF &&
            graph_node(graph, symbol.st_shndx, symbol.st_value) != NO_NODE)
            return true;
    }
    return false;
}

/* An archive of the members that are alive, at the path that is returned; NULL if all are. */
static char *smaller_archive(const struct guest *g)
{
    const struct graph *graph = &g->graph;
    bool *dead = cc_alloc((size_t)graph->nobjects + 1);
    struct cc_list members = {0};
    struct cc_bytes whole, copy = {0};
    if (!graph_dead(graph, dead))
        return NULL;
    for (uint32_t i = 0; i < graph->nobjects; i++)
        if (graph->objects[i].kind == OBJECT_OS && !dead[i])
            cc_push(&members, graph->objects[i].name);
    if (cc_read(g->half.os, &whole))
        cc_fail("%s: %s", g->half.os, strerror(errno));
    archive_filter((struct elf_bytes){whole.data, whole.size}, &members, &copy);
    char *path = run_temp("libpith.a");
    cc_write(path, copy.data, copy.size);
    return path;
}

static bool same_words(const struct cc_list *a, const struct cc_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->item[i], b->item[i]) != 0)
            return false;
    return true;
}

/* Links again if the first link asks for it. */
static void refine(struct guest *g)
{
    const char *whole = g->half.os;
    char *smaller = smaller_archive(g);
    g->half.unwind = unwinds(&g->graph);
    if (!smaller && !g->half.unwind)
        return;
    struct cc_list missing = g->graph.missing;
    if (smaller)
        g->half.os = smaller;
    int status = run_wait(start(g));
    if (!status)
        read_back(g);
    if (smaller && (status || !same_words(&missing, &g->graph.missing))) {
        g->half.os = whole;
        status = run_wait(start(g));
        if (!status)
            read_back(g);
    }
    if (status)
        explain(g);
}

static void undefined(const struct guest *g)
{
    for (uint64_t i = 1; i < g->graph.symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&g->graph.symbols, i, &symbol);
        if (symbol.st_shndx == SHN_UNDEF && *name && ELF64_ST_BIND(symbol.st_info) != STB_WEAK)
            cc_fail("the unikernel has no '%s'", name);
    }
}

static const char *gcc_folder(const struct ld_args *args)
{
    for (size_t i = 0; i < args->count; i++) {
        const struct ld_item *item = &args->items[i];
        const char *path = item->kind == LD_FOLDER ? item->value : item->word;
        if (item->kind != LD_FOLDER &&
            (item->kind != LD_INPUT || !cc_starts(cc_base(path), "crtbegin")))
            continue;
        char *folder = item->kind == LD_FOLDER ? cc_format("%s", path)
                                               : cc_copy(path, (size_t)(cc_base(path) - path));
        if (access(cc_format("%s/libgcc.a", folder), R_OK) == 0)
            return folder;
    }
    return NULL;
}

static char *template(void)
{
    struct cc_bytes text;
    char *path = cc_lib_file("guest/pith.ld");
    if (cc_read(path, &text))
        cc_fail("this installation of pith is not complete: %s: %s", path, strerror(errno));
    return (char *)text.data;
}

static void link_program(const struct ld_args *args)
{
    struct guest g = {.args = args, .template = template()};
    struct cc_list linux_command = {0};
    char *linux_half = run_temp("linux");
    g.half.output = run_temp("guest");
    g.half.map = run_temp("guest.map");
    g.half.script = run_temp("guest.ld");
    g.half.os = cc_lib_file("guest/libpith.a");
    g.half.embedded = embed_object(&args->trees);
    g.errors = run_temp("guest.txt");

    halves_linux(args, linux_half, &linux_command);
    pid_t linux_ld = run_start(linux_command.item, NULL);
    pid_t guest_ld = start(&g);
    int linux_status = run_wait(linux_ld), guest_status = run_wait(guest_ld);
    if (linux_status) { /* ld has said why */
        run_clean();
        exit(linux_status);
    }
    if (guest_status)
        explain(&g);
    read_back(&g);
    refine(&g);
    undefined(&g);
    warn_calls(&g.graph);

    struct cc_bytes image = {0}, symbols = {0}, record = {0};
    uint64_t headers = output_image(&g.graph.elf, args->stack_size, &image);
    if (!args->strip)
        output_symbols(&g.graph.elf, &symbols);
    output_record(&g.graph, image.size, headers, &record);
    output_program(linux_half, &image, &symbols, &record, args->output);
    run_clean();
}

int cc_link(int argc, char **argv)
{
    struct cc_list words = {0};
    struct ld_args args;
    cc_expand(argc, argv, &words);
    ld_parse(&words, &args);
    if (args.pass) {
        argv[0] = (char *)(uintptr_t)halves_ld();
        execv(argv[0], argv);
        cc_fail("cannot execute '%s': %s", argv[0], strerror(errno));
    }
    args.gcc = gcc_folder(&args);
    link_program(&args);
    return 0;
}
