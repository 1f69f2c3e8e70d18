/* See query.h. */
#include "cc/query.h"

#include "cc/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *ask(const char *compiler, const char *question)
{
    char *argv[] = {(char *)(uintptr_t)compiler, (char *)(uintptr_t)question, NULL};
    return run_line(argv);
}

static int version(const char *compiler)
{
    char *line = ask(compiler, "--version");
    printf("pith-cc %s (%s)\n", PITH_VERSION, line ? line : compiler);
    printf("C library: musl. Each program is a Linux executable that carries a unikernel.\n");
    fflush(stdout);
    char *argv[] = {(char *)(uintptr_t)compiler, (char[]){"--version"}, NULL};
    return run_wait(run_start(argv, NULL));
}

/* Our file; else the compiler's own if it is one of its own folder; else the bare name, which is
 * how compilers say that they do not have it. */
static int file_name(const char *compiler, const char *question)
{
    const char *name = strchr(question, '=') + 1;
    char *ours = cc_format("%s/linux/%s", cc_lib(), name);
    if (*name && access(ours, F_OK) == 0) {
        puts(ours);
        return 0;
    }
    char *line = ask(compiler, question);
    bool own = line && (strstr(line, "/gcc/") || strstr(line, "/clang/")) && !strstr(line, "/..");
    puts(own ? line : name);
    return 0;
}

int query_answer(const char *compiler, const struct cc_list *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->item[i];
        const char *plain = word[0] == '-' && word[1] == '-' ? word + 1 : word;
        if (strcmp(word, "--version") == 0)
            return version(compiler);
        if (strcmp(plain, "-dumpmachine") == 0) {
            puts("x86_64-linux-musl");
            return 0;
        }
        if (strcmp(plain, "-print-multiarch") == 0) {
            puts("");
            return 0;
        }
        if (strcmp(plain, "-print-sysroot") == 0) {
            puts("");
            return 0;
        }
        if (cc_starts(plain, "-print-file-name="))
            return file_name(compiler, plain);
    }
    return -1;
}
