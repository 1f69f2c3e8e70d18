/* The driver role: a compiler command line becomes one of gcc or clang, which is executed.
 *
 * What pith-cc adds
 *  - for every compilation: musl's headers in place of the machine's, position-dependent code and
 *    one section for each function and object; all in front of the user's options, so
 *    that -fPIC or -fno-function-sections of the user wins;
 *  - for a link: our start files and our linker (-B), which links twice (link.c).
 * What cannot be a unikernel is refused here, in the compiler's words. Everything else is passed
 * on untouched and answered by the compiler itself, exit status included.
 *
 * PITH_CC names the compiler: gcc if it is not set, clang, or any of their versions or paths.
 */
#include "cc/cc.h"

#include "cc/query.h"
#include "cc/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Options that take the next word as their argument, so that it is not seen as an input. */
static const char *const with_word[] = {
    "-o",        "-I",           "-L",         "-l",          "-D",
    "-U",        "-u",           "-T",         "-e",          "-z",
    "-A",        "-B",           "-G",         "-x",          "-include",
    "-imacros",  "-isystem",     "-iquote",    "-idirafter",  "-iprefix",
    "-isysroot", "-iwithprefix", "-imultilib", "-MF",         "-MT",
    "-MQ",       "-Xlinker",     "-Xclang",    "-Xassembler", "-Xpreprocessor",
    "--param",   "-aux-info",    "-dumpbase",  "-dumpdir",    "-dumpbase-ext",
    "-target",   "-mllvm",       "-wrapper",   "--sysroot",   "-iwithprefixbefore",
    "--entry",   "-arch",        "-specs",     "--output",    "--pith-files",
};

/* Options after which nothing is linked. */
static const char *const no_link[] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-r"};

struct scan {
    bool link;     /* the compiler will link */
    bool inputs;   /* there is a file to work on */
    bool nostdinc; /* the user brings all headers */
    bool changed;  /* a word was replaced: the response files cannot be passed on as they are */
};

static bool among(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}
#define AMONG(word, list) among(word, list, sizeof(list) / sizeof *(list))

/* What no unikernel can be, or what has no run-time library here. */
static void refuse(const char *word, bool link)
{
    static const char *const machines[] = {"-m32", "-mx32", "-m16", "-miamcu"};
    static const char *const sanitizers[] = {"address", "thread",    "leak",
                                             "memory",  "hwaddress", "kernel-address"};
    if (AMONG(word, machines))
        cc_fail("unsupported option '%s': pith programs are x86-64 only", word);
    if (cc_starts(word, "-fsanitize="))
        for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++)
            if (strstr(word, sanitizers[i]))
                cc_fail("unsupported option '%s': its run-time library needs glibc", word);
    if (!link)
        return;
    if (strcmp(word, "-shared") == 0 || strcmp(word, "--shared") == 0)
        cc_fail("unsupported option '%s': a pith program is one static executable; "
                "configure with --disable-shared",
                word);
    if (strcmp(word, "-fsplit-stack") == 0 || strcmp(word, "-pg") == 0 || strcmp(word, "-p") == 0)
        cc_fail("unsupported option '%s'", word);
}

/* --pith-files=, --pith-files X and -fpith-files= become what our linker understands. */
static const char *pith_files(char **words, size_t *i)
{
    if (cc_starts(words[*i], "--pith-files="))
        return strchr(words[*i], '=') + 1;
    if (cc_starts(words[*i], "-fpith-files="))
        return strchr(words[*i], '=') + 1;
    if (strcmp(words[*i], "--pith-files") == 0) {
        if (!words[*i + 1])
            cc_fail("missing argument to '--pith-files'");
        return words[++*i];
    }
    return NULL;
}

/* --pith-jit, -fpith-disk and their like: what they are called behind "pith-". */
static const char *own_part(const char *word)
{
    static const char *const parts[] = {"jit", "disk", "ext4"};
    const char *name = cc_starts(word, "--pith-")   ? word + strlen("--pith-")
                       : cc_starts(word, "-fpith-") ? word + strlen("-fpith-")
                                                    : "";
    return AMONG(name, parts) ? name : NULL;
}

static struct scan look(struct cc_list *words, struct cc_list *out)
{
    struct scan found = {.link = true};
    for (size_t i = 0; i < words->count; i++)
        if (AMONG(words->item[i], no_link))
            found.link = false;
        else if (AMONG(words->item[i], with_word))
            i++;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];
        if (!word)
            break;
        const char *files = pith_files(words->item, &i);
        if (files) {
            found.changed = true;
            if (found.link) { /* -Xlinker: a comma in a path is no separator */
                cc_push(out, "-Xlinker");
                cc_push(out, cc_format("--pith-files=%s", files));
            }
            continue;
        }
        const char *part = own_part(word);
        if (part) {
            found.changed = true;
            if (found.link)
                cc_push(out, cc_format("-Wl,--pith-%s", part));
            continue;
        }
        cc_push(out, word);
        if (AMONG(word, with_word)) {
            found.inputs |= strcmp(word, "-l") == 0;
            if (words->item[i + 1])
                cc_push(out, words->item[++i]);
        } else if (word[0] != '-' || !word[1] || cc_starts(word, "-l")) {
            found.inputs = true;
        } else {
            found.nostdinc |= strcmp(word, "-nostdinc") == 0;
            refuse(word, found.link);
        }
    }
    return found;
}

/* The folder of the compiler's own headers (stddef.h, immintrin.h, ...). */
static const char *own_headers(const char *compiler, bool clang)
{
    char where_clang[] = "-print-resource-dir", where_gcc[] = "-print-file-name=include";
    char *ask[] = {(char *)(uintptr_t)compiler, clang ? where_clang : where_gcc, NULL};
    char *line = run_line(ask);
    if (!line || line[0] != '/')
        cc_fail("'%s' does not say where its headers are", compiler);
    return clang ? cc_format("%s/include", line) : line;
}

static void execute(const char *compiler, struct cc_list *command)
{
    unsetenv("LIBRARY_PATH"); /* the machine's libraries are not for pith programs */
    execvp(compiler, command->item);
    cc_fail("cannot execute '%s': %s", compiler, strerror(errno));
}

int cc_driver(int argc, char **argv)
{
    const char *compiler = getenv("PITH_CC");
    if (!compiler || !*compiler)
        compiler = "gcc";
    if (!strcmp(cc_base(compiler), "pith-cc"))
        cc_fail("PITH_CC names pith-cc itself; it takes gcc, clang or one of their versions");
    bool clang = strstr(cc_base(compiler), "clang") != NULL;

    struct cc_list words = {0}, user = {0}, command = {0};
    bool files = cc_expand(argc, argv, &words);
    int status = query_answer(compiler, &words);
    if (status >= 0)
        return status;
    struct scan scan = look(&words, &user);
    scan.link &= scan.inputs;

    cc_push(&command, compiler);
    if (clang)
        cc_push(&command, "--start-no-unused-arguments");
    cc_push(&command, "-fno-pie");
    cc_push(&command, "-ffunction-sections");
    cc_push(&command, "-fdata-sections");
    if (clang)
        cc_push(&command, "--end-no-unused-arguments");
    if (files && !scan.changed) /* as they came: what is in a file may be too long for a line */
        for (int i = 1; i < argc; i++)
            cc_push(&command, argv[i]);
    else
        for (size_t i = 0; i < user.count; i++)
            cc_push(&command, user.item[i]);
    if (clang)
        cc_push(&command, "--start-no-unused-arguments");
    if (!scan.nostdinc) {
        cc_push(&command, "-nostdinc");
        cc_push(&command, "-isystem");
        cc_push(&command, cc_lib_file("include"));
        cc_push(&command, "-isystem");
        cc_push(&command, own_headers(compiler, clang));
    }
    if (scan.link) {
        cc_push(&command, "-static");
        cc_push(&command, "-no-pie");
        cc_push(&command, cc_format("-B%s", cc_lib_file("libexec")));
        cc_push(&command, cc_format("-B%s", cc_lib_file("linux")));
        cc_push(&command, cc_format("-L%s", cc_lib_file("linux")));
        cc_push(&command,
                clang ? cc_format("--ld-path=%s", cc_lib_file("libexec/ld")) : "-fuse-ld=bfd");
    }
    if (clang)
        cc_push(&command, "--end-no-unused-arguments");
    execute(compiler, &command);
    return 1;
}
