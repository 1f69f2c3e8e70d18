/* Changing one configuration file with the user's consent. See install.h.
 *
 * The file appears complete or stays as it was (a new file is renamed over it, with the owner and
 * mode of the old one); the text before the first change is kept as FILE.before-pith until --undo
 * has brought it back.
 */
#include "oci/install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/json.h"
#include "oci/limits.h"

#define CONTEXT 3 /* lines shown round a change */

char *oci_splice(const char *text, unsigned long from, unsigned long to, const char *format, ...)
{
    va_list args;
    char *made = NULL, *all = NULL;
    va_start(args, format);
    int n = vasprintf(&made, format, args);
    va_end(args);
    if (n >= 0 && (all = malloc(strlen(text) + (size_t)n + 1))) {
        memcpy(all, text, from);
        memcpy(all + from, made, (size_t)n);
        memcpy(all + from + n, text + to, strlen(text + to) + 1);
    }
    free(n >= 0 ? made : NULL);
    return all;
}

void oci_drop(char **text)
{
    free(*text);
    *text = NULL;
}

static void show_lines(char mark, const char *from, const char *to)
{
    while (from < to) {
        size_t n = strcspn(from, "\n");
        if (from + n > to)
            n = (size_t)(to - from);
        printf("%c%.*s\n", mark, (int)n, from);
        from += n + 1;
    }
}

/* The start of the line `lines` lines before `at`. */
static const char *lines_before(const char *text, const char *at, int lines)
{
    while (at > text && (lines || at[-1] != '\n'))
        if (*--at == '\n' && at > text && at[-1] != '\n' && --lines < 0)
            return at + 1;
    return at;
}

static const char *lines_after(const char *at, int lines)
{
    for (; *at && lines; lines--) {
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return at;
}

/* All changes here are one stretch of lines: what stands before and behind it is the same. */
static void show_change(const char *old, const char *new)
{
    size_t a = 0, line = 0;
    while (old[a] && old[a] == new[a]) {
        a++;
        if (old[a - 1] == '\n')
            line = a;
    }
    const char *old_end = old + strlen(old), *new_end = new + strlen(new);
    const char *o = old_end, *n = new_end;
    while (o > old + line && n > new + line &&o[-1] == n[-1]) {
        o--;
        n--;
        if (*o == '\n') {
            old_end = o + 1;
            new_end = n + 1;
        }
    }
    show_lines(' ', lines_before(old, old + line, CONTEXT), old + line);
    show_lines('-', old + line, old_end);
    show_lines('+', new + line, new_end);
    show_lines(' ', old_end, lines_after(old_end, CONTEXT));
}

static bool agreed(const char *question, const char *path)
{
    char answer[16];
    if (!isatty(0)) {
        printf("Nothing was changed: nobody is here to be asked (--yes).\n");
        return false;
    }
    printf("%s %s? [y/N] ", question, path);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* Makes the folders above `path`. */
static void make_folders(const char *path)
{
    char copy[OCI_PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *c = copy + 1; (c = strchr(c, '/')); c++) {
        *c = 0;
        mkdir(copy, 0755);
        *c = '/';
    }
}

/* `text` becomes the file's content, by rename. -1 with errno. */
static int replace(const char *path, const char *text, const struct stat *like)
{
    char part[OCI_PATH_MAX];
    if ((size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    size_t size = strlen(text);
    int bad = write(fd, text, size) != (ssize_t)size ||
              fchmod(fd, like ? like->st_mode & 07777 : 0644) ||
              (like && fchown(fd, like->st_uid, like->st_gid)) || fsync(fd);
    int error = errno;
    bad |= close(fd);
    if (!bad && !rename(part, path))
        return 0;
    if (!bad)
        error = errno;
    unlink(part);
    errno = error;
    return -1;
}

/* The text from before the first change, kept beside the file; NULL: there is none. */
static char *kept_text(const char *kept)
{
    char *text;
    size_t size;
    return oci_json_file(AT_FDCWD, kept, OCI_ENGINE_CONFIG_MAX, &text, &size, NULL) ? NULL : text;
}

/* If the file is what we made of the kept text, undoing is to have that again, whatever it was. */
static void restore(const struct oci_engine *engine, struct oci_edit *edit, const char *kept)
{
    struct oci_edit again = {.old = kept, .runtime = edit->runtime};
    char *copy;
    if (engine->edit(&again, NULL) == 0 && again.text && !strcmp(again.text, edit->old) &&
        (copy = strdup(kept))) {
        free(edit->text);
        edit->text = copy;
    }
    free(again.text);
}

static int apply(const char *path, const char *keep, const struct oci_edit *edit,
                 const char *before, const struct stat *like)
{
    if (edit->undo && edit->empty && !before)
        return unlink(path);
    if (!edit->undo && edit->old && !before && replace(keep, edit->old, like))
        return -1;
    if (!edit->old)
        make_folders(path);
    if (replace(path, edit->text, like))
        return -1;
    if (edit->undo && before && !strcmp(before, edit->text))
        unlink(keep);
    else if (edit->undo && before)
        printf("The file from before is kept as %s: more has changed since.\n", keep);
    return 0;
}

static int failed(const char *path, const char *why)
{
    fprintf(stderr, "pith-oci install: %s: %s\n", path, why);
    return 1;
}

int oci_install_file(const struct oci_engine *engine, const char *root, const char *runtime,
                     bool undo, bool yes)
{
    char path[OCI_PATH_MAX], keep[OCI_PATH_MAX];
    struct oci_edit edit = {.runtime = runtime, .undo = undo};
    struct host_error err;
    struct stat st;
    char *old = NULL;
    size_t size;
    if ((size_t)snprintf(path, sizeof path, "%s%s", root, engine->file) + 16 >= sizeof path)
        return failed(root, "the path is too long");
    /* A link is left, what it points to is changed. */
    char *real = realpath(path, NULL);
    if (real && strlen(real) + 16 < sizeof path)
        memcpy(path, real, strlen(real) + 1);
    free(real);
    snprintf(keep, sizeof keep, "%s.before-pith", path);
    char *before = kept_text(keep);
    bool there = stat(path, &st) == 0;
    if (there && oci_json_file(AT_FDCWD, path, OCI_ENGINE_CONFIG_MAX, &old, &size, &err)) {
        free(before);
        return failed(path, err.text);
    }
    edit.old = old;
    int bad = engine->edit(&edit, &err);
    if (!bad && undo && before && edit.text)
        restore(engine, &edit, before);
    if (bad) {
        bad = failed(path, err.text);
    } else if (!edit.text) {
        printf("%s: %s: nothing to do\n", engine->name, path);
    } else {
        printf("%s: %s\n", engine->name, path);
        show_change(old ? old : "", edit.text);
        if (edit.note)
            printf("%s\n", edit.note);
        if (!yes && !agreed("Change", path))
            bad = 1;
        else if (apply(path, keep, &edit, before, there ? &st : NULL))
            bad = failed(path, strerror(errno));
        else
            printf("Done. To make it work: %s\n", undo ? "restart the engine" : engine->then);
    }
    free(edit.text);
    free(before);
    free(old);
    return bad;
}
