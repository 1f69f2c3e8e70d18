/* Parses the command line a compiler gives to ld. See ldargs.h.
 *
 * GNU ld takes long options with one dash or two, and their argument behind '=' or as the next
 * word; one-letter options take it attached or as the next word.
 */
#include "cc/ldargs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum what { BOTH, LINUX, DROP, PASS, SHARED, STRIP };

struct option {
    const char *name; /* without dashes; long options match with one dash or two */
    bool argument;
    enum what what;
};

/* Options that are not listed and have no argument of their own are the Linux half's. */
static const struct option options[] = {
    {"undefined", true, BOTH},
    {"require-defined", true, BOTH},
    {"defsym", true, BOTH},
    {"wrap", true, BOTH},
    {"plugin", true, BOTH},
    {"plugin-opt", true, BOTH},
    {"format", true, BOTH},
    {"just-symbols", true, BOTH},
    {"architecture", true, BOTH},
    {"start-group", false, BOTH},
    {"end-group", false, BOTH},
    {"(", false, BOTH},
    {")", false, BOTH},
    {"whole-archive", false, BOTH},
    {"push-state", false, BOTH},
    {"no-whole-archive", false, BOTH},
    {"pop-state", false, BOTH},
    {"allow-multiple-definition", false, BOTH},
    {"as-needed", false, DROP},
    {"no-as-needed", false, DROP},
    {"Bstatic", false, DROP},
    {"Bdynamic", false, DROP},
    {"dn", false, DROP},
    {"dy", false, DROP},
    {"static", false, DROP},
    {"call_shared", false, DROP},
    {"non_shared", false, DROP},
    {"pie", false, DROP},
    {"no-pie", false, DROP},
    {"pic-executable", false, DROP},
    {"static-pie", false, DROP},
    {"no-dynamic-linker", false, DROP},
    {"dynamic-linker", true, DROP},
    {"export-dynamic", false, DROP},
    {"export-dynamic-symbol", true, DROP},
    {"dynamic-list", true, DROP},
    {"Bsymbolic", false, DROP},
    {"Bsymbolic-functions", false, DROP},
    {"shared", false, SHARED},
    {"Bshareable", false, SHARED},
    {"relocatable", false, PASS},
    {"Ur", false, PASS},
    {"version", false, PASS},
    {"help", false, PASS},
    {"print-sysroot", false, PASS},
    {"print-output-format", false, PASS},
    {"strip-all", false, STRIP},
    {"strip-debug", false, STRIP},
    {"entry", true, LINUX},
    {"script", true, LINUX},
    {"default-script", true, LINUX},
    {"dT", true, LINUX},
    {"Map", true, LINUX},
    {"soname", true, LINUX},
    {"rpath", true, LINUX},
    {"rpath-link", true, LINUX},
    {"mri-script", true, LINUX},
    {"auxiliary", true, LINUX},
    {"filter", true, LINUX},
    {"assert", true, LINUX},
    {"sort-section", true, LINUX},
    {"section-start", true, LINUX},
    {"Ttext", true, LINUX},
    {"Tdata", true, LINUX},
    {"Tbss", true, LINUX},
    {"Ttext-segment", true, LINUX},
    {"Trodata-segment", true, LINUX},
    {"version-script", true, LINUX},
    {"retain-symbols-file", true, LINUX},
    {"oformat", true, LINUX},
    {"init", true, LINUX},
    {"fini", true, LINUX},
    {"trace-symbol", true, LINUX},
    {"dependency-file", true, LINUX},
    {"hash-style", true, LINUX},
    {"max-page-size", true, LINUX},
    {"output", true, LINUX},
    {"library", true, LINUX},
    {"library-path", true, LINUX},
    {"pith-files", true, LINUX},
    {"pith-jit", false, DROP},
    {"pith-disk", false, DROP},
    {"pith-ext4", false, DROP},
};

/* One letter, argument attached or next. */
static const char letters_with_argument[] = "oeulLTmzhIyYbAacfFGR";

static void add(struct ld_args *args, enum ld_kind kind, char *word, char *value)
{
    args->items = cc_grow(args->items, (args->count + 1) * sizeof *args->items);
    args->items[args->count++] = (struct ld_item){kind, word, value};
}

static const struct option *find(const char *word, const char **value)
{
    const char *name = word + 1 + (word[1] == '-');
    size_t size = strcspn(name, "=");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct option *o = &options[i];
        if (strlen(o->name) == size && strncmp(o->name, name, size) == 0) {
            *value = name[size] ? name + size + 1 : NULL;
            return o;
        }
    }
    return NULL;
}

static void take_long(struct ld_args *args, const struct option *o, char *word, char *value,
                      char *next)
{
    const char *argument = value ? value : next;
    if (o->argument && !argument)
        cc_fail("linker option '%s' needs an argument", word);
    if (!argument)
        argument = "";
    if (strcmp(o->name, "output") == 0)
        args->output = cc_copy(argument, strlen(argument));
    else if (strcmp(o->name, "library") == 0)
        add(args, LD_LIBRARY, word, cc_copy(argument, strlen(argument)));
    else if (strcmp(o->name, "library-path") == 0)
        add(args, LD_FOLDER, word, cc_copy(argument, strlen(argument)));
    else if (strcmp(o->name, "pith-files") == 0)
        cc_push(&args->trees, argument);
    else if (o->what == SHARED)
        cc_fail("unsupported option '%s': a pith program is one static executable", word);
    else if (o->what == BOTH || o->what == LINUX || o->what == STRIP)
        add(args, o->what == BOTH ? LD_BOTH : LD_LINUX, word, next);
    args->jit |= strcmp(o->name, "pith-jit") == 0;
    args->disk |= strcmp(o->name, "pith-disk") == 0;
    args->ext4 |= strcmp(o->name, "pith-ext4") == 0;
    args->pass |= o->what == PASS;
    args->strip |= o->what == STRIP;
}

static void take_letter(struct ld_args *args, char *word, char *next)
{
    char letter = word[1];
    char *argument = word[2] ? word + 2 : next;
    char *apart = word[2] ? NULL : next;
    if (!argument)
        cc_fail("linker option '%s' needs an argument", word);
    switch (letter) {
    case 'o':
        args->output = argument;
        break;
    case 'l':
        args->libc |= strcmp(argument, "c") == 0;
        add(args, LD_LIBRARY, word, argument);
        break;
    case 'L':
        add(args, LD_FOLDER, word, argument);
        break;
    case 'I':
        break;
    case 'u':
    case 'b':
    case 'R':
    case 'A':
        add(args, LD_BOTH, word, apart);
        break;
    case 'm':
        if (strcmp(argument, "elf_x86_64"))
            cc_fail("unsupported linker emulation '%s': pith programs are x86-64 only", argument);
        add(args, LD_BOTH, word, apart);
        break;
    case 'z':
        if (cc_starts(argument, "stack-size="))
            args->stack_size = strtoull(strchr(argument, '=') + 1, NULL, 0);
        add(args, strcmp(argument, "muldefs") == 0 ? LD_BOTH : LD_LINUX, word, apart);
        break;
    default:
        add(args, LD_LINUX, word, apart);
    }
}

void ld_parse(const struct cc_list *words, struct ld_args *args)
{
    memset(args, 0, sizeof *args);
    args->output = cc_copy("a.out", 5);
    size_t inputs = 0;
    for (size_t i = 0; i < words->count; i++) {
        char *word = words->item[i], *next = words->item[i + 1];
        const char *value = NULL;
        if (word[0] != '-' || !word[1]) {
            inputs++;
            add(args, LD_INPUT, word, NULL);
            continue;
        }
        const struct option *o = find(word, &value);
        bool letter = word[1] != '-' && strchr(letters_with_argument, word[1]);
        if (o) {
            bool apart = o->argument && !value;
            take_long(args, o, word, (char *)(uintptr_t)value, apart ? next : NULL);
            i += apart;
        } else if (letter) {
            take_letter(args, word, word[2] ? NULL : next);
            i += !word[2];
        } else if (strcmp(word, "-r") == 0 || strcmp(word, "-i") == 0 || strcmp(word, "-V") == 0 ||
                   strcmp(word, "-v") == 0) {
            args->pass |= word[1] == 'r' || word[1] == 'i';
            add(args, LD_LINUX, word, NULL);
        } else if (strcmp(word, "-E") == 0) {
            continue;
        } else {
            args->strip |= strcmp(word, "-s") == 0 || strcmp(word, "-S") == 0;
            add(args, LD_LINUX, word, NULL);
        }
    }
    args->pass |= !inputs;
}
