/* pith-oci install: the command line, and the engines it knows. */
#include "oci/install.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oci/commands.h"
#include "oci/limits.h"

static const struct oci_engine engines[] = {
    {"docker",
     "/etc/docker/daemon.json",
     {"/usr/sbin/dockerd", "/usr/bin/dockerd", "/usr/local/bin/dockerd"},
     oci_install_docker,
     "systemctl reload docker; then: docker run --runtime=pith IMAGE"},
    {"podman",
     "/etc/containers/containers.conf.d/50-pith.conf",
     {"/usr/bin/podman", "/usr/local/bin/podman"},
     oci_install_podman,
     "nothing more to do; podman --runtime=pith run IMAGE"},
    {"containerd",
     "/etc/containerd/config.toml",
     {"/usr/bin/containerd", "/usr/local/bin/containerd"},
     oci_install_containerd,
     "systemctl restart containerd; then a RuntimeClass with handler pith, or: ctr run "
     "--runc-binary "
     "pith-oci"},
};
#define ENGINES (sizeof engines / sizeof *engines)

static int usage(FILE *out)
{
    fputs(
        "usage: pith-oci install [--docker] [--podman] [--containerd] [--yes] [--undo] [--root "
        "DIR]\n"
        "\n"
        "Shows what would be changed in the configuration of these engines (all that are here, if\n"
        "none is named) so that they know a runtime `pith`, asks, and keeps a copy of each file.\n"
        "  --yes        do not ask\n"
        "  --undo       take it out again\n"
        "  --root DIR   the files below DIR instead of /\n",
        out);
    return out == stdout ? 0 : 2;
}

static bool is_here(const struct oci_engine *engine, const char *root)
{
    char path[OCI_PATH_MAX];
    for (const char *const *p = engine->programs; *p; p++) {
        snprintf(path, sizeof path, "%s%s", root, *p);
        if (!access(path, X_OK))
            return true;
    }
    return false;
}

int oci_install(int argc, char **argv)
{
    bool chosen[ENGINES] = {false}, any = false, yes = false, undo = false;
    const char *root = "";
    for (int i = 1; i < argc; i++) {
        bool engine = false;
        for (unsigned e = 0; e < ENGINES; e++)
            if (!strncmp(argv[i], "--", 2) && !strcmp(argv[i] + 2, engines[e].name))
                engine = any = chosen[e] = true;
        if (engine)
            continue;
        if (!strcmp(argv[i], "--yes"))
            yes = true;
        else if (!strcmp(argv[i], "--undo"))
            undo = true;
        else if (!strcmp(argv[i], "--root") && i + 1 < argc)
            root = argv[++i];
        else if (!strncmp(argv[i], "--root=", 7))
            root = argv[i] + 7;
        else
            return usage(!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h") ? stdout : stderr);
    }
    char *self = realpath("/proc/self/exe", NULL);
    if (!self) {
        fputs("pith-oci install: /proc/self/exe cannot be read\n", stderr);
        return 1;
    }
    int bad = 0, done = 0;
    for (unsigned e = 0; e < ENGINES; e++)
        if (any ? chosen[e] : is_here(&engines[e], root)) {
            bad |= oci_install_file(&engines[e], root, self, undo, yes);
            done++;
        }
    free(self);
    if (!done) {
        fputs("pith-oci install: none of docker, podman and containerd is here\n", stderr);
        return 1;
    }
    return bad;
}
