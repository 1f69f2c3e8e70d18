/* podman: a file of our own in containers.conf.d, which podman reads behind its own. See install.h.
 */
#include "oci/install.h"

#include <string.h>

int oci_install_podman(struct oci_edit *edit, struct host_error *err)
{
    if (strpbrk(edit->runtime, "\"\\\n"))
        return host_fail(err, "the path of pith-oci cannot be written in TOML: %.100s",
                         edit->runtime);
    if (edit->undo) {
        if (edit->old)
            edit->text = oci_splice("", 0, 0, "%s", "");
        edit->empty = true;
        return !edit->old || edit->text ? 0 : host_fail(err, "memory is short");
    }
    char *text = oci_splice(
        "", 0, 0,
        "# Written by `pith-oci install`; `pith-oci install --undo` removes it.\n"
        "[engine]\n"
        "# podman's own list and ours: these explain a failure in JSON.\n"
        "runtime_supports_json = [\"crun\", \"runc\", \"kata\", \"runsc\", \"krun\", \"%s\"]\n"
        "\n"
        "[engine.runtimes]\n"
        "%s = [\"%s\"]\n",
        OCI_RUNTIME_NAME, OCI_RUNTIME_NAME, edit->runtime);
    if (!text)
        return host_fail(err, "memory is short");
    if (edit->old && !strcmp(edit->old, text))
        oci_drop(&text);
    edit->text = text;
    return 0;
}
