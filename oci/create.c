/* create and run: is the program of this bundle a pith program? Then the runtime is given a changed
 * configuration; else the very same call. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "oci/caps.h"
#include "oci/commands.h"
#include "oci/cover.h"
#include "oci/find.h"
#include "oci/home.h"
#include "oci/limits.h"
#include "oci/program.h"
#include "oci/rewrite.h"
#include "oci/runtime.h"
#include "oci/say.h"

/* The namespace is the container's own unless it is the one we are in, which is the host's. */
static bool own_network(const struct oci_spec *spec)
{
    struct stat host, joined;
    if (!spec->network)
        return false;
    if (!spec->network_path || stat(spec->network_path, &joined) ||
        stat("/proc/self/ns/net", &host))
        return true;
    return joined.st_ino != host.st_ino || joined.st_dev != host.st_dev;
}

/* What cannot be opened here, whatever the reason, cannot be opened in the container either. */
static bool look_for_kvm(void)
{
    struct stat st;
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool there = fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
                 st.st_rdev == makedev(KVM_MAJOR, KVM_MINOR);
    if (fd >= 0)
        close(fd);
    return there;
}

/* Everything is known to be valid and possible: the changed text. NULL with a sentence. */
static char *changed(struct oci_spec *spec, const struct oci_found *found,
                     const struct oci_program *program, int bundle, struct host_error *err)
{
    char monitor[OCI_PATH_MAX], home[OCI_HOME_MAX];
    struct oci_change change = {.monitor = monitor, .program = found->path};
    if (oci_beside("pith", monitor, sizeof monitor)) {
        host_fail(err, "pith, the monitor of unikernels, is not in the folder of pith-oci");
        return NULL;
    }
    change.network = own_network(spec);
    change.ports = program->network && change.network && !spec->network_path;
    /* A user namespace has it without any use; where we do not have it, nobody gets it from us. */
    change.bpf = program->network && !spec->user_namespace &&
                 prctl(PR_CAPBSET_READ, oci_cap_number(OCI_CAP_BPF), 0, 0, 0) == 1;
    if (spec->machine != OCI_MACHINE_PROCESS)
        change.kvm = look_for_kvm();
    if (oci_rewrite_check(spec, program, &change, err))
        return NULL;
    if (spec->uid && !spec->home && oci_home(spec, bundle, home, sizeof home))
        change.home = home;
    char *text = oci_rewrite(spec, &change) ? cJSON_PrintUnformatted(spec->tree) : NULL;
    if (!text)
        host_fail(err, "memory is short");
    return text;
}

/* 1: `*text` is what the runtime is to read; 0: the bundle is not ours; -1 with a sentence. */
static int look(const struct oci_call *call, int bundle, char **text, struct host_error *err)
{
    struct oci_spec spec = {0};
    struct oci_found found = {.fd = -1};
    struct oci_program program;
    char *read;
    size_t size;
    cJSON *tree;
    int result = -1;
    /* A file that is not there the runtime misses by itself. */
    const char *name = call->config ? call->config : "config.json";
    if (faccessat(bundle, name, F_OK, 0))
        return 0;
    if (oci_json_file(bundle, name, OCI_CONFIG_MAX, &read, &size, err))
        return -1;
    if (oci_json_parse("config.json", read, size, &tree, err) ||
        oci_spec_decode(&spec, tree, err)) {
        result = -1;
    } else if (!spec.program || oci_find_program(&spec, bundle, &found)) {
        result = 0; /* a program that is missing or not executable: the runtime says that, too */
    } else if (oci_program_look(found.fd, found.path, &program, err) == 0) {
        if (!program.pith)
            result = 0;
        else if ((*text = changed(&spec, &found, &program, bundle, err)))
            result = 1;
    }
    if (found.fd >= 0)
        close(found.fd);
    oci_spec_free(&spec);
    free(read);
    return result;
}

int oci_create(struct oci_call *call)
{
    struct host_error err;
    char *text = NULL, *folder;
    const char *path = call->bundle ? call->bundle : ".";
    int bundle = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return oci_runtime(call);
    int what = look(call, bundle, &text, &err);
    close(bundle);
    if (what < 0)
        return oci_refuse(call, err.text);
    if (what == 0)
        return oci_runtime(call);
    if (!(folder = realpath(path, NULL)) ||
        oci_cover(folder, call->config ? call->config : "config.json", text, strlen(text), &err)) {
        if (!folder)
            host_fail(&err, "%s: %s", path, strerror(errno));
        free(text);
        free(folder);
        return oci_refuse(call, err.text);
    }
    free(text);
    free(folder);
    return oci_runtime(call);
}
