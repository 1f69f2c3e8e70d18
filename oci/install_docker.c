/* Docker's daemon.json: {"runtimes": {"pith": {"path": ".../pith-oci"}}}. See install.h.
 *
 * cJSON says whether the text is valid; then the place is found in the text itself, so that what
 * others wrote keeps its order, its spaces and its numbers.
 */
#include "oci/install.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oci/json.h"

/* One member of an object in a text that is known to be valid. */
struct member {
    unsigned long key, value, end; /* offsets of its name's quote, its value, and behind that */
};

static unsigned long spaces(const char *text, unsigned long at)
{
    return at + strspn(text + at, " \t\r\n");
}

/* Behind the value that begins at `at`. */
static unsigned long behind(const char *text, unsigned long at)
{
    unsigned depth = 0;
    do {
        if (text[at] == '"') {
            for (at++; text[at] && text[at] != '"'; at++)
                at += text[at] == '\\' && text[at + 1];
            at += text[at] == '"';
        } else if (text[at] == '{' || text[at] == '[') {
            depth++;
            at++;
        } else if (text[at] == '}' || text[at] == ']') {
            depth--;
            at++;
        } else {
            size_t n = strcspn(text + at, depth ? "\"{}[]" : ", \t\r\n}]");
            at += n;
        }
    } while (depth && text[at]);
    return at;
}

/* Member `name` of the object at `at`; *last is the end of its last member, 0 if it has none. */
static bool find(const char *text, unsigned long at, const char *name, struct member *member,
                 unsigned long *last)
{
    bool found = false;
    *last = 0;
    for (at = spaces(text, at + 1); text[at] == '"'; at = spaces(text, at + 1)) {
        struct member m = {.key = at};
        unsigned long end = behind(text, at);
        m.value = spaces(text, spaces(text, end) + 1);
        m.end = *last = behind(text, m.value);
        if (end - at == strlen(name) + 2 && !memcmp(text + at + 1, name, strlen(name))) {
            *member = m;
            found = true;
        }
        at = spaces(text, m.end);
        if (text[at] != ',')
            break;
    }
    return found;
}

/* The file's own step of indentation: the spaces before its first name. */
static int step(const char *text, char *indent, size_t size)
{
    const char *quote = strchr(text, '"'), *line = quote;
    while (line && line > text && (line[-1] == ' ' || line[-1] == '\t'))
        line--;
    if (!line || line == text || line[-1] != '\n' || line == quote)
        return snprintf(indent, size, "    ");
    return snprintf(indent, size, "%.*s", (int)(quote - line), line);
}

/* A member behind the last one of the object at `at`, with the braces on lines of their own. */
static char *append(const char *text, unsigned long at, unsigned long last, const char *outer,
                    const char *member)
{
    if (last)
        return oci_splice(text, last, last, ",\n%s%s", outer, member);
    size_t less = strlen(outer);
    char indent[32];
    step(text, indent, sizeof indent);
    less = less > strlen(indent) ? less - strlen(indent) : 0;
    return oci_splice(text, at + 1, behind(text, at) - 1, "\n%s%s\n%.*s", outer, member, (int)less,
                      outer);
}

/* Without the member, and without the comma that bound it. */
static char *without(const char *text, unsigned long object, const struct member *m)
{
    unsigned long from = m->key, to = m->end, next = spaces(text, to);
    while (from > object + 1 && strchr(" \t\r\n", text[from - 1]))
        from--;
    if (from > object + 1 && text[from - 1] == ',')
        from--;
    else if (text[next] == ',')
        to = next + 1;
    else
        to = next; /* the only one */
    return oci_splice(text, from, to, "%s", "");
}

static int add(struct oci_edit *edit, const char *text, const char *path, struct host_error *err)
{
    char indent[32], two[64], *member = NULL;
    struct member runtimes, mine;
    unsigned long top = spaces(text, 0), last;
    snprintf(two, sizeof two, "%.*s%s", step(text, indent, sizeof indent), indent, indent);
    bool list = find(text, top, "runtimes", &runtimes, &last);
    unsigned long inner = 0;
    if (list && find(text, runtimes.value, OCI_RUNTIME_NAME, &mine, &inner)) {
        edit->text = oci_splice(text, mine.value, mine.end, "{\n%s%s\"path\": %s\n%s}", two, indent,
                                path, two);
    } else if (asprintf(&member, "\"" OCI_RUNTIME_NAME "\": {\n%s%s\"path\": %s\n%s}", two, indent,
                        path, two) < 0) {
        member = NULL;
    } else if (list) {
        edit->text = append(text, runtimes.value, inner, two, member);
    } else {
        char *whole = NULL;
        if (asprintf(&whole, "\"runtimes\": {\n%s%s\n%s}", two, member, indent) >= 0) {
            edit->text = append(text, top, last, indent, whole);
            free(whole);
        }
    }
    free(member);
    return edit->text ? 0 : host_fail(err, "memory is short");
}

static int take_out(struct oci_edit *edit, const char *text, struct host_error *err)
{
    struct member runtimes, mine;
    unsigned long top = spaces(text, 0), last;
    if (!find(text, top, "runtimes", &runtimes, &last) ||
        !find(text, runtimes.value, OCI_RUNTIME_NAME, &mine, &last))
        return 0;
    char *less = without(text, runtimes.value, &mine);
    if (less && find(less, top, "runtimes", &runtimes, &last) && text[0] &&
        less[spaces(less, runtimes.value + 1)] == '}') {
        char *least = without(less, top, &runtimes);
        free(less);
        less = least;
    }
    edit->text = less;
    edit->empty = less && less[spaces(less, top + 1)] == '}';
    return less ? 0 : host_fail(err, "memory is short");
}

int oci_install_docker(struct oci_edit *edit, struct host_error *err)
{
    const char *text = edit->old;
    bool blank = !text || !text[strspn(text, " \t\r\n")];
    if (blank)
        text = "{}\n";
    cJSON *tree, *runtimes, *mine, *path = NULL, *old_default = NULL;
    if (oci_json_parse("it", text, strlen(text), &tree, err))
        return -1;
    int bad = cJSON_IsObject(tree) ? 0 : host_fail(err, "it is not an object");
    if (!bad &&
        (oci_json_member(tree, "", "runtimes", cJSON_Object, &runtimes, err) ||
         oci_json_member(runtimes, "runtimes.", OCI_RUNTIME_NAME, cJSON_Object, &mine, err) ||
         oci_json_member(mine, "runtimes.pith.", "path", cJSON_String, &path, err) ||
         oci_json_member(tree, "", "default-runtime", cJSON_String, &old_default, err)))
        bad = -1;
    if (!bad && edit->undo) {
        if (old_default && !strcmp(old_default->valuestring, OCI_RUNTIME_NAME))
            bad = host_fail(err, "it makes pith the default runtime: change that first");
        else if (!blank)
            bad = take_out(edit, text, err);
    } else if (!bad && (!path || strcmp(path->valuestring, edit->runtime))) {
        cJSON *name = cJSON_CreateString(edit->runtime);
        char *quoted = name ? cJSON_PrintUnformatted(name) : NULL;
        bad = quoted ? add(edit, text, quoted, err) : host_fail(err, "memory is short");
        free(quoted);
        cJSON_Delete(name);
    }
    cJSON_Delete(tree);
    return bad;
}
