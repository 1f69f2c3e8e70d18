/* Builds the two linker command lines. See halves.h. */
#include "cc/halves.h"

#include "cc/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *halves_ld(void)
{
    static const char *ld;
    if (!ld)
        ld = run_find("ld.bfd");
    if (!ld)
        ld = run_find("ld");
    if (!ld)
        cc_fail("cannot find 'ld' of the GNU binutils in PATH");
    return ld;
}

/* Which file of the compiler or of our start-up this input is. */
enum start { NOT_START, CRT1, CRTI, CRTN, COMPILERS };

static enum start start_file(const char *path)
{
    const char *base = cc_base(path);
    char *ours = cc_format("%s/linux/%s", cc_lib(), base);
    bool same = strcmp(ours, path) == 0;
    if (same && cc_ends(base, "crt1.o"))
        return CRT1;
    if (same && strcmp(base, "crti.o") == 0)
        return CRTI;
    if (same && strcmp(base, "crtn.o") == 0)
        return CRTN;
    if (strstr(path, "/gcc/") && (cc_starts(base, "crtbegin") || cc_starts(base, "crtend")))
        return COMPILERS;
    return NOT_START;
}

/* libgcc.a and its companions by full path; NULL for any other library. */
static char *gcc_library(const struct ld_args *args, const char *name)
{
    static const char *const own[] = {"gcc", "gcc_eh", "atomic", "gcov"};
    for (size_t i = 0; args->gcc && i < sizeof own / sizeof *own; i++)
        if (strcmp(name, own[i]) == 0)
            return cc_format("%s/lib%s.a", args->gcc, name);
    return NULL;
}

/* Folders behind ours on the command line are the compiler's own: they hold the libraries of
 * the machine. */
static bool is_ours(const char *folder)
{
    static char *ours;
    if (!ours)
        ours = cc_lib_file("linux");
    return strcmp(folder, ours) == 0;
}

static void folders(const struct ld_args *args, const char *half, struct cc_list *command)
{
    for (size_t i = 0; i < args->count; i++) {
        if (args->items[i].kind != LD_FOLDER)
            continue;
        if (is_ours(args->items[i].value))
            break;
        cc_push(command, cc_format("-L%s", args->items[i].value));
    }
    cc_push(command, cc_format("-L%s/%s", cc_lib(), half));
}

/* Options for gcc's plugin that name libraries by -l or a file the other half writes as well. */
static const char *plugin_option(const struct ld_args *args, const char *word, bool guest)
{
    static const char pass[] = "-plugin-opt=-pass-through=-l", res[] = "-plugin-opt=-fresolution=";
    const char *own = cc_starts(word, pass) ? gcc_library(args, word + sizeof pass - 1) : NULL;
    if (own)
        return cc_format("-plugin-opt=-pass-through=%s", own);
    if (guest && cc_starts(word, res))
        return cc_format("%s%s", res, run_temp("guest.res"));
    return word;
}

static void option(const struct ld_args *args, const struct ld_item *item, bool guest,
                   struct cc_list *command)
{
    cc_push(command, plugin_option(args, item->word, guest));
    if (item->value)
        cc_push(command, item->value);
}

static void library(const struct ld_item *item, struct cc_list *command)
{
    cc_push(command, cc_format("-l%s", item->value));
}

void halves_linux(const struct ld_args *args, const char *output, struct cc_list *command)
{
    cc_push(command, halves_ld());
    cc_push(command, "-static");
    cc_push(command, "-nostdlib");
    cc_push(command, "--gc-sections");
    cc_push(command, "-o");
    cc_push(command, output);
    folders(args, "linux", command);
    for (size_t i = 0; i < args->count; i++) {
        const struct ld_item *item = &args->items[i];
        char *own;
        switch (item->kind) {
        case LD_INPUT:
            cc_push(command,
                    start_file(item->word) == CRT1 ? cc_lib_file("linux/crt1.o") : item->word);
            break;
        case LD_LIBRARY:
            if ((own = gcc_library(args, item->value)))
                cc_push(command, own);
            else if (strcmp(item->value, "gcc_s") != 0)
                library(item, command);
            break;
        case LD_FOLDER:
            break;
        case LD_BOTH:
        case LD_LINUX:
            option(args, item, false, command);
        }
    }
}

void halves_guest(const struct ld_args *args, const struct halves_guest *guest,
                  struct cc_list *command)
{
    cc_push(command, halves_ld());
    static const char *const fixed[] = {"-static",
                                        "-nostdlib",
                                        "--gc-sections",
                                        "--emit-relocs",
                                        "--build-id=none",
                                        "-z",
                                        "norelro",
                                        "-z",
                                        "noexecstack",
                                        "--no-warn-rwx-segments",
                                        "--compress-debug-sections=zlib"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        cc_push(command, fixed[i]);
    cc_push(command, guest->unwind ? "--eh-frame-hdr" : "--no-eh-frame-hdr");
    cc_push(command, cc_format("-Map=%s", guest->map));
    cc_push(command, "-T");
    cc_push(command, guest->script);
    cc_push(command, "-o");
    cc_push(command, guest->output);
    folders(args, "guest", command);
    bool crt = access(cc_lib_file("guest/crt1.o"), F_OK) == 0;
    for (size_t i = 0; i < args->count; i++) {
        const struct ld_item *item = &args->items[i];
        enum start start;
        switch (item->kind) {
        case LD_INPUT:
            start = start_file(item->word);
            if (start == CRT1 && crt)
                cc_push(command, cc_lib_file("guest/crt1.o"));
            else if (start == NOT_START)
                cc_push(command, item->word);
            break;
        case LD_LIBRARY:
            if (strcmp(item->value, "c") && strcmp(item->value, "gcc_s") &&
                !(args->gcc && gcc_library(args, item->value)))
                library(item, command);
            break;
        case LD_BOTH:
            option(args, item, true, command);
            break;
        case LD_FOLDER:
        case LD_LINUX:
            break;
        }
    }
    if (args->jit)
        cc_push(command, cc_lib_file("guest/pith-jit.o"));
    if (args->disk || args->ext4)
        cc_push(command, cc_lib_file(args->ext4 ? "guest/pith-ext4.o" : "guest/pith-disk.o"));
    if (guest->embedded)
        cc_push(command, guest->embedded);
    cc_push(command, cc_lib_file("guest/pith-enosys.o"));
    cc_push(command, "--start-group");
    if (args->libc)
        cc_push(command, cc_lib_file("guest/libc.a"));
    cc_push(command, guest->os);
    for (size_t i = 0; args->gcc && i < args->count; i++) {
        const struct ld_item *item = &args->items[i];
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= args->items[j].kind == LD_LIBRARY && item->kind == LD_LIBRARY &&
                     strcmp(args->items[j].value, item->value) == 0;
        if (item->kind == LD_LIBRARY && !again && gcc_library(args, item->value))
            cc_push(command, gcc_library(args, item->value));
    }
    cc_push(command, "--end-group");
}
