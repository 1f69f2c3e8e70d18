/* Decodes config.json. See spec.h. */
#include "oci/spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "oci/caps.h"
#include "oci/limits.h"

#define ROOT(name, type, out) oci_json_member(spec->tree, "", name, type, out, err)
#define PROCESS(name, type, out) oci_json_member(spec->process, "process.", name, type, out, err)
#define LINUX(name, type, out) oci_json_member(spec->linux_, "linux.", name, type, out, err)

/* Every element of `array` must be of one type. */
static int all(const cJSON *array, const char *what, int type, struct host_error *err)
{
    for (const cJSON *e = array ? array->child : NULL; e; e = e->next)
        if ((e->type & 0xff) != type)
            return host_fail(err, "%s holds something that is not %s", what,
                             type == cJSON_String ? "a string" : "an object");
    return 0;
}

static int small(const cJSON *number, const char *what, uint32_t *out, struct host_error *err)
{
    uint64_t value = 0;
    if (number && oci_json_u64(number, what, &value, NULL, err))
        return -1;
    if (value > UINT32_MAX - 1)
        return host_fail(err, "%s is no such number: %s", what, number->valuestring);
    *out = (uint32_t)value;
    return 0;
}

static int decode_user(struct oci_spec *spec, struct host_error *err)
{
    cJSON *uid, *gid, *groups;
    if (PROCESS("user", cJSON_Object, &spec->user) ||
        oci_json_member(spec->user, "process.user.", "uid", cJSON_Number, &uid, err) ||
        oci_json_member(spec->user, "process.user.", "gid", cJSON_Number, &gid, err) ||
        oci_json_member(spec->user, "process.user.", "additionalGids", cJSON_Array, &groups, err) ||
        small(uid, "process.user.uid", &spec->uid, err) ||
        small(gid, "process.user.gid", &spec->gid, err))
        return -1;
    uint32_t count = groups ? (uint32_t)cJSON_GetArraySize(groups) : 0;
    if (count > OCI_GROUPS_MAX)
        return host_fail(err, "process.user.additionalGids has more than %d groups",
                         OCI_GROUPS_MAX);
    spec->groups = calloc(count + 1, sizeof *spec->groups);
    if (!spec->groups)
        return host_fail(err, "memory is short");
    for (const cJSON *g = groups ? groups->child : NULL; g; g = g->next) {
        if (!cJSON_IsNumber(g))
            return host_fail(err, "process.user.additionalGids holds no number");
        if (small(g, "process.user.additionalGids", &spec->groups[spec->ngroups++], err))
            return -1;
    }
    return 0;
}

static void machine_of(struct oci_spec *spec, const char *from, const char *name)
{
    static const char *const names[] = {"auto", "kvm", "process"};
    for (unsigned i = 0; i < 3; i++)
        if (!strcmp(name, names[i])) {
            spec->machine = (enum oci_machine)i;
            return;
        }
    host_fail(&spec->wrong, "%s takes auto, kvm or process, not '%.64s'", from, name);
}

static int decode_env(struct oci_spec *spec, struct host_error *err)
{
    if (PROCESS("env", cJSON_Array, &spec->env) || all(spec->env, "process.env", cJSON_String, err))
        return -1;
    /* The last of a name counts. */
    for (const cJSON *e = spec->env ? spec->env->child : NULL; e; e = e->next) {
        const char *text = e->valuestring;
        if (!strncmp(text, "PATH=", 5))
            spec->path = text + 5;
        else if (!strncmp(text, "HOME=", 5))
            spec->home = text[5] != 0;
        else if (!strncmp(text, "PITH_MACHINE=", 13) && text[13])
            machine_of(spec, "PITH_MACHINE", text + 13);
    }
    return 0;
}

/* Under runc a program of root has the effective set, one of another user the ambient one. */
static int decode_caps(struct oci_spec *spec, struct host_error *err)
{
    static const char *const sets[] = {"bounding", "effective", "inheritable", "permitted",
                                       "ambient"};
    if (PROCESS("capabilities", cJSON_Object, &spec->capabilities))
        return -1;
    for (unsigned i = 0; i < sizeof sets / sizeof *sets; i++) {
        cJSON *set;
        if (oci_json_member(spec->capabilities, "process.capabilities.", sets[i], cJSON_Array, &set,
                            err) ||
            all(set, "process.capabilities", cJSON_String, err))
            return -1;
        if (strcmp(sets[i], spec->uid ? "ambient" : "effective"))
            continue;
        for (const cJSON *c = set ? set->child : NULL; c; c = c->next) {
            int number = oci_cap_number(c->valuestring);
            if (number >= 0)
                spec->caps |= 1ull << number;
        }
    }
    return 0;
}

static int decode_process(struct oci_spec *spec, struct host_error *err)
{
    cJSON *cwd;
    if (ROOT("process", cJSON_Object, &spec->process) ||
        PROCESS("args", cJSON_Array, &spec->args) ||
        all(spec->args, "process.args", cJSON_String, err) || PROCESS("cwd", cJSON_String, &cwd) ||
        decode_user(spec, err) || decode_env(spec, err) || decode_caps(spec, err))
        return -1;
    spec->first = spec->args ? spec->args->child : NULL;
    spec->cwd = cwd && *cwd->valuestring ? cwd->valuestring : "/";
    return 0;
}

static int decode_mount(struct oci_mount *mount, const cJSON *json, struct host_error *err)
{
    cJSON *destination, *type, *source, *options;
    if (oci_json_member(json, "mounts.", "destination", cJSON_String, &destination, err) ||
        oci_json_member(json, "mounts.", "type", cJSON_String, &type, err) ||
        oci_json_member(json, "mounts.", "source", cJSON_String, &source, err) ||
        oci_json_member(json, "mounts.", "options", cJSON_Array, &options, err) ||
        all(options, "mounts.options", cJSON_String, err))
        return -1;
    mount->destination = destination ? destination->valuestring : "";
    mount->type = type ? type->valuestring : "";
    mount->source = source ? source->valuestring : "";
    mount->bind = !strcmp(mount->type, "bind") || !strcmp(mount->type, "rbind");
    for (const cJSON *o = options ? options->child : NULL; o; o = o->next)
        if (!strcmp(o->valuestring, "bind") || !strcmp(o->valuestring, "rbind"))
            mount->bind = true;
    return 0;
}

static int decode_files(struct oci_spec *spec, struct host_error *err)
{
    cJSON *root, *path;
    if (ROOT("root", cJSON_Object, &root) ||
        oci_json_member(root, "root.", "path", cJSON_String, &path, err) ||
        ROOT("mounts", cJSON_Array, &spec->mounts) ||
        all(spec->mounts, "mounts", cJSON_Object, err))
        return -1;
    spec->rootfs = path ? path->valuestring : "rootfs";
    uint32_t count = spec->mounts ? (uint32_t)cJSON_GetArraySize(spec->mounts) : 0;
    if (count > OCI_MOUNTS_MAX)
        return host_fail(err, "there are more than %d mounts", OCI_MOUNTS_MAX);
    spec->mount = calloc(count + 1, sizeof *spec->mount);
    if (!spec->mount)
        return host_fail(err, "memory is short");
    for (const cJSON *m = spec->mounts ? spec->mounts->child : NULL; m; m = m->next)
        if (decode_mount(&spec->mount[spec->nmounts++], m, err))
            return -1;
    return 0;
}

static int decode_namespaces(struct oci_spec *spec, struct host_error *err)
{
    cJSON *maps;
    if (LINUX("namespaces", cJSON_Array, &spec->namespaces) ||
        all(spec->namespaces, "linux.namespaces", cJSON_Object, err) ||
        LINUX("uidMappings", cJSON_Array, &maps) ||
        all(maps, "linux.uidMappings", cJSON_Object, err))
        return -1;
    for (const cJSON *n = spec->namespaces ? spec->namespaces->child : NULL; n; n = n->next) {
        cJSON *type, *path;
        if (oci_json_member(n, "linux.namespaces.", "type", cJSON_String, &type, err) ||
            oci_json_member(n, "linux.namespaces.", "path", cJSON_String, &path, err))
            return -1;
        if (!type)
            continue;
        if (!strcmp(type->valuestring, "user"))
            spec->user_namespace = true;
        if (strcmp(type->valuestring, "network"))
            continue;
        spec->network = true;
        spec->network_path = path && *path->valuestring ? path->valuestring : NULL;
    }
    spec->root_mapped = !maps || !maps->child;
    for (const cJSON *m = maps ? maps->child : NULL; m; m = m->next) {
        cJSON *first;
        uint32_t id = 0;
        if (oci_json_member(m, "linux.uidMappings.", "containerID", cJSON_Number, &first, err) ||
            small(first, "linux.uidMappings.containerID", &id, err))
            return -1;
        if (id == 0)
            spec->root_mapped = true;
    }
    return 0;
}

static int decode_resources(struct oci_spec *spec, struct host_error *err)
{
    cJSON *memory, *limit;
    bool negative = false;
    if (LINUX("sysctl", cJSON_Object, &spec->sysctl) ||
        LINUX("resources", cJSON_Object, &spec->resources) ||
        oci_json_member(spec->resources, "linux.resources.", "memory", cJSON_Object, &memory,
                        err) ||
        oci_json_member(memory, "linux.resources.memory.", "limit", cJSON_Number, &limit, err) ||
        oci_json_member(spec->resources, "linux.resources.", "devices", cJSON_Array,
                        &spec->device_rules, err) ||
        LINUX("devices", cJSON_Array, &spec->devices) ||
        all(spec->devices, "linux.devices", cJSON_Object, err))
        return -1;
    if (limit && oci_json_u64(limit, "linux.resources.memory.limit", &spec->memory, &negative, err))
        return -1;
    /* -1 is runc's word for no limit. */
    if (negative)
        spec->memory = 0;
    return 0;
}

static int decode_seccomp(struct oci_spec *spec, struct host_error *err)
{
    cJSON *action;
    if (LINUX("seccomp", cJSON_Object, &spec->seccomp) ||
        oci_json_member(spec->seccomp, "linux.seccomp.", "defaultAction", cJSON_String, &action,
                        err) ||
        oci_json_member(spec->seccomp, "linux.seccomp.", "syscalls", cJSON_Array, &spec->syscalls,
                        err) ||
        all(spec->syscalls, "linux.seccomp.syscalls", cJSON_Object, err))
        return -1;
    for (const cJSON *s = spec->syscalls ? spec->syscalls->child : NULL; s; s = s->next) {
        cJSON *names;
        if (oci_json_member(s, "linux.seccomp.syscalls.", "names", cJSON_Array, &names, err) ||
            all(names, "linux.seccomp.syscalls.names", cJSON_String, err) ||
            oci_json_member(s, "linux.seccomp.syscalls.", "action", cJSON_String, &action, err))
            return -1;
    }
    return 0;
}

/* Bytes with an optional K, M, G or T, as `pith run -m` takes them. */
static int size_of(const char *text, uint64_t *bytes)
{
    uint64_t n = 0;
    const char *c = text;
    for (; isdigit((unsigned char)*c); c++)
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*c - '0'), &n))
            return -1;
    static const char units[] = "KMGT";
    const char *unit = *c ? strchr(units, toupper((unsigned char)*c)) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (c == text || (*c && (!unit || c[1])) || n > UINT64_MAX >> shift)
        return -1;
    *bytes = n << shift;
    return 0;
}

static int decode_annotations(struct oci_spec *spec, struct host_error *err)
{
    cJSON *annotations, *machine, *memory;
    uint64_t bytes = 0;
    if (ROOT("annotations", cJSON_Object, &annotations) ||
        oci_json_member(annotations, "annotations.", "pith.machine", cJSON_String, &machine, err) ||
        oci_json_member(annotations, "annotations.", "pith.memory", cJSON_String, &memory, err))
        return -1;
    if (machine)
        machine_of(spec, "annotation pith.machine", machine->valuestring);
    if (memory && (size_of(memory->valuestring, &bytes) || !bytes)) {
        host_fail(&spec->wrong, "annotation pith.memory takes a size such as 64M, not '%.64s'",
                  memory->valuestring);
        return 0;
    }
    if (bytes && (!spec->memory || bytes < spec->memory))
        spec->memory = bytes;
    return 0;
}

/* `--init` puts a small program of the engine's in front, which passes signals on. It stays there,
 * and starts the monitor: so a signal without a handler ends the program, as it does behind an
 * init. */
static void skip_init(struct oci_spec *spec)
{
    static const char *const inits[] = {"/sbin/docker-init", "/run/podman-init", "/dev/init"};
    const cJSON *dashes = spec->first ? spec->first->next : NULL;
    if (!dashes || strcmp(dashes->valuestring, "--") || !dashes->next)
        return;
    bool init = false, mounted = false;
    for (unsigned i = 0; i < sizeof inits / sizeof *inits; i++)
        init |= !strcmp(spec->first->valuestring, inits[i]);
    for (uint32_t i = 0; init && i < spec->nmounts; i++)
        mounted |=
            spec->mount[i].bind && !strcmp(spec->mount[i].destination, spec->first->valuestring);
    if (mounted)
        spec->first = dashes->next;
}

static int decode(struct oci_spec *spec, struct host_error *err)
{
    return decode_process(spec, err) || decode_files(spec, err) ||
           ROOT("linux", cJSON_Object, &spec->linux_) || decode_namespaces(spec, err) ||
           decode_resources(spec, err) || decode_seccomp(spec, err) ||
           decode_annotations(spec, err);
}

int oci_spec_decode(struct oci_spec *spec, cJSON *tree, struct host_error *err)
{
    struct host_error why;
    memset(spec, 0, sizeof *spec);
    spec->tree = tree;
    if (!cJSON_IsObject(tree))
        return host_fail(err, "config.json is not an object");
    if (decode(spec, &why))
        return host_fail(err, "config.json: %.230s", why.text);
    skip_init(spec);
    spec->program = spec->first ? spec->first->valuestring : NULL;
    return 0;
}

void oci_spec_free(struct oci_spec *spec)
{
    cJSON_Delete(spec->tree);
    free(spec->groups);
    free(spec->mount);
    memset(spec, 0, sizeof *spec);
}
