/* containerd's config.toml: a runtime handler of the CRI plugin. See install.h.
 *
 * A table may stand anywhere in TOML, so it goes to the end, between two lines by which it is found
 * again. (An imported file would not do: it replaces the plugin's whole section.) */
#include "oci/install.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "# pith-oci install: from here\n"
#define LAST "# pith-oci install: to here\n"

/* The number behind `version =` at the top; 1 if there is none, as containerd has it. */
static int version_of(const char *text)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        line += strspn(line, " \t");
        if (*line == '[')
            break;
        if (strncmp(line, "version", 7))
            continue;
        const char *c = line + 7 + strspn(line + 7, " \t");
        if (*c == '=' && isdigit((unsigned char)c[1 + strspn(c + 1, " \t")]))
            return atoi(c + 1);
    }
    return 1;
}

/* Is there a line, no comment, with `what` in it? */
static bool says(const char *text, const char *what)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t n = strcspn(line, "\n");
        const char *hit = line[strspn(line, " \t")] == '#' ? NULL : strstr(line, what);
        if (hit && hit < line + n)
            return true;
    }
    return false;
}

static char *with_table(const char *text, int version, const char *runtime)
{
    const char *plugin =
        version == 2 ? "\"io.containerd.grpc.v1.cri\"" : "'io.containerd.cri.v1.runtime'";
    bool systemd = says(text, "SystemdCgroup = true");
    size_t end = strlen(text);
    return oci_splice(text, end, end,
                      "%s" FIRST "[plugins.%s.containerd.runtimes." OCI_RUNTIME_NAME "]\n"
                      "  runtime_type = \"io.containerd.runc.v2\"\n"
                      "  pod_annotations = [\"pith.*\"]\n"
                      "  container_annotations = [\"pith.*\"]\n"
                      "  [plugins.%s.containerd.runtimes." OCI_RUNTIME_NAME ".options]\n"
                      "    BinaryName = \"%s\"\n%s" LAST,
                      end && text[end - 1] != '\n' ? "\n" : "", plugin, plugin, runtime,
                      systemd ? "    SystemdCgroup = true\n" : "");
}

int oci_install_containerd(struct oci_edit *edit, struct host_error *err)
{
    const char *text = edit->old ? edit->old : "";
    const char *from = strstr(text, FIRST), *to = from ? strstr(from, LAST) : NULL;
    if (strpbrk(edit->runtime, "\"\\\n"))
        return host_fail(err, "the path of pith-oci cannot be written in TOML: %.100s",
                         edit->runtime);
    if (from && !to)
        return host_fail(err, "the line that ends what pith-oci wrote is missing");
    char *rest =
        from ? oci_splice(text, (size_t)(from - text), (size_t)(to - text) + strlen(LAST), "%s", "")
             : oci_splice(text, 0, 0, "%s", "");
    if (!rest)
        return host_fail(err, "memory is short");
    if (edit->undo) {
        edit->empty = !rest[strspn(rest, " \t\n")] || !strcmp(rest, "version = 2\n");
        if (!from)
            oci_drop(&rest);
        edit->text = rest;
        return 0;
    }
    if (!edit->old) {
        free(rest);
        rest = oci_splice("version = 2\n", 0, 0, "%s", "");
    }
    int version = rest ? version_of(rest) : 2, bad = 0;
    if (version != 2 && version != 3)
        bad = host_fail(err,
                        "it has format %d, and only 2 and 3 know what is needed: see `containerd "
                        "config migrate`",
                        version);
    else if (rest && says(rest, "runtimes." OCI_RUNTIME_NAME "]"))
        bad = host_fail(err, "it has a runtime " OCI_RUNTIME_NAME
                             " already, which pith-oci did not write");
    else if (!rest || !(edit->text = with_table(rest, version, edit->runtime)))
        bad = host_fail(err, "memory is short");
    if (rest && !bad && says(rest, "disabled_plugins") && says(rest, "\"cri\""))
        edit->note =
            "Mind that disabled_plugins in this file names \"cri\": Kubernetes cannot use it "
            "so.";
    if (edit->text && edit->old && !strcmp(edit->text, edit->old))
        oci_drop(&edit->text);
    free(rest);
    return bad;
}
