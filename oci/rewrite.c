/* The changed configuration. See rewrite.h. */
#include "oci/rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oci/caps.h"

/* ---- checks -------------------------------------------------------------------------------- */

/* What will lie at /dev: NULL if nothing is mounted there. */
static const struct oci_mount *dev_mount(const struct oci_spec *spec)
{
    for (uint32_t i = spec->nmounts; i-- > 0;) {
        const char *d = spec->mount[i].destination;
        if (!strcmp(d, "/dev") || !strcmp(d, "/dev/"))
            return &spec->mount[i];
    }
    return NULL;
}

int oci_rewrite_check(const struct oci_spec *spec, const struct oci_program *program,
                      const struct oci_change *change, struct host_error *err)
{
    if (spec->wrong.text[0]) {
        *err = spec->wrong;
        return -1;
    }
    if (program->network && !change->network)
        return host_fail(err,
                         "a unikernel has a network stack of its own and takes no interface of "
                         "the host over: give the container a network of its own instead of "
                         "the host's");
    if (!spec->root_mapped)
        return host_fail(err,
                         "the container's user namespace has no user 0, as whom the monitor of a "
                         "unikernel sets itself up");
    const struct oci_mount *dev = dev_mount(spec);
    if (dev && (dev->bind || strcmp(dev->type, "tmpfs")))
        return host_fail(err,
                         "the container's /dev is not a tmpfs of its own, so there is no place "
                         "for the monitor of a unikernel in it");
    if (spec->machine == OCI_MACHINE_KVM && !change->kvm)
        return host_fail(err,
                         "machine kvm was asked for, and /dev/kvm is missing here or may not be "
                         "opened");
    if (spec->memory && spec->memory < program->memory)
        return host_fail(err,
                         "%.100s needs at least %llu KiB of memory, and the container has %llu",
                         spec->program, (unsigned long long)(program->memory + 1023) / 1024,
                         (unsigned long long)spec->memory / 1024);
    return 0;
}

/* ---- changes: each is false if memory is short ---------------------------------------------- */

/* `name` in `object` becomes `item`, which is gone even if it fails. */
static bool put(cJSON *object, const char *name, cJSON *item)
{
    if (!item)
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    if (cJSON_AddItemToObject(object, name, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool add(cJSON *array, cJSON *item)
{
    if (item && cJSON_AddItemToArray(array, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool add_text(cJSON *array, const char *text)
{
    return add(array, cJSON_CreateString(text));
}

static bool add_number(cJSON *array, const char *option, const char *format, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, format, (unsigned long long)value);
    return add_text(array, option) && add_text(array, text);
}

/* The object or array of this name, made if it is not there. */
static cJSON *have(cJSON *parent, const char *name, cJSON *there, bool array)
{
    if (there)
        return there;
    cJSON *made = array ? cJSON_CreateArray() : cJSON_CreateObject();
    return put(parent, name, made) ? made : NULL;
}

static bool user_option(cJSON *args, const struct oci_spec *spec)
{
    size_t room = 32 + (size_t)spec->ngroups * 11;
    char *text = malloc(room);
    if (!text)
        return false;
    size_t n = (size_t)snprintf(text, room, "%u:%u", spec->uid, spec->gid);
    for (uint32_t i = 0; i < spec->ngroups; i++)
        n += (size_t)snprintf(text + n, room - n, "%c%u", i ? ',' : ':', spec->groups[i]);
    bool done = add_text(args, "--user") && add_text(args, text);
    free(text);
    return done;
}

static bool arguments(struct oci_spec *spec, const struct oci_change *change)
{
    static const char *const machines[] = {"auto", "kvm", "process"};
    cJSON *args = cJSON_CreateArray();
    if (!args)
        return false;
    bool done = true;
    for (cJSON *init = spec->args->child; done && init != spec->first; init = init->next)
        done = add_text(args, init->valuestring);
    done = done && add_text(args, OCI_MONITOR) && add_text(args, "container") &&
           add_text(args, "--machine") && add_text(args, machines[spec->machine]) &&
           user_option(args, spec) && add_number(args, "--caps", "%llx", spec->caps) &&
           (!spec->memory || add_number(args, "--memory", "%llu", spec->memory)) &&
           (!strcmp(spec->program, change->program) ||
            (add_text(args, "--argv0") && add_text(args, spec->program))) &&
           add_text(args, "--control") && add_text(args, OCI_CONTROL) && add_text(args, "--") &&
           add_text(args, change->program);
    for (cJSON *a = spec->first->next; done && a; a = a->next)
        done = add_text(args, a->valuestring);
    if (!done) {
        cJSON_Delete(args);
        return false;
    }
    if (!put(spec->process, "args", args))
        return false;
    spec->args = args;
    spec->first = NULL; /* gone with the old ones */
    spec->program = args->child->valuestring;
    return true;
}

/* Root of the container, with no other groups; a umask stays. */
static bool user(struct oci_spec *spec)
{
    cJSON *user = have(spec->process, "user", spec->user, false);
    if (!user || !put(user, "uid", cJSON_CreateNumber(0)) ||
        !put(user, "gid", cJSON_CreateNumber(0)))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(user, "additionalGids");
    spec->user = user;
    return true;
}

static bool has_text(const cJSON *array, const char *text)
{
    for (const cJSON *e = array->child; e; e = e->next)
        if (!strcmp(e->valuestring, text))
            return true;
    return false;
}

static bool capabilities(struct oci_spec *spec, const struct oci_change *change)
{
    static const char *const sets[] = {"bounding", "effective", "permitted"};
    cJSON *caps = have(spec->process, "capabilities", spec->capabilities, false);
    for (unsigned i = 0; caps && i < sizeof sets / sizeof *sets; i++) {
        cJSON *set = cJSON_GetObjectItemCaseSensitive(caps, sets[i]);
        set = have(caps, sets[i], cJSON_IsArray(set) ? set : NULL, true);
        if (!set)
            return false;
        for (const char *const *name = oci_caps_monitor; *name; name++)
            if (!has_text(set, *name) && !add_text(set, *name))
                return false;
        if (change->bpf && !has_text(set, OCI_CAP_BPF) && !add_text(set, OCI_CAP_BPF))
            return false;
    }
    spec->capabilities = caps;
    return caps != NULL;
}

/* The kernel keeps the last ports for itself: what connects from the namespace beside the guest,
 * Docker's resolver and health checks, must not take a port that the guest uses. Whoever has set
 * the range knows better. */
static bool ports(struct oci_spec *spec)
{
    static const char range[] = "net.ipv4.ip_local_port_range";
    cJSON *linux_ = have(spec->tree, "linux", spec->linux_, false);
    if (!linux_)
        return false;
    spec->linux_ = linux_;
    cJSON *sysctl = have(linux_, "sysctl", spec->sysctl, false);
    return sysctl && (cJSON_GetObjectItemCaseSensitive(sysctl, range) ||
                      put(sysctl, range, cJSON_CreateString("61000 65535")));
}

/* Takes all of its arguments; options end with NULL. */
static cJSON *mount(const char *destination, const char *type, const char *source,
                    const char *const *options)
{
    cJSON *m = cJSON_CreateObject(), *list = cJSON_CreateArray();
    bool done = m && list && put(m, "destination", cJSON_CreateString(destination)) &&
                put(m, "type", cJSON_CreateString(type)) &&
                put(m, "source", cJSON_CreateString(source));
    for (; done && *options; options++)
        done = add_text(list, *options);
    if (done && put(m, "options", list))
        return m;
    if (!done)
        cJSON_Delete(list);
    cJSON_Delete(m);
    return NULL;
}

/* The monitor's folder lies in the container's /dev, which is a tmpfs: so neither `docker diff` nor
 * `docker commit` sees it. It is a tmpfs of its own because that /dev may be read-only. */
static bool mounts(struct oci_spec *spec, const struct oci_change *change)
{
    static const char *const dev[] = {"nosuid", "strictatime", "mode=755", "size=65536k", NULL};
    static const char *const place[] = {"nosuid", "nodev", "mode=755", "size=64k", NULL};
    static const char *const monitor[] = {"bind", "rprivate", "ro", "nosuid", "nodev", NULL};
    cJSON *list = have(spec->tree, "mounts", spec->mounts, true);
    if (!list)
        return false;
    if (!dev_mount(spec)) {
        cJSON *first = mount("/dev", "tmpfs", "tmpfs", dev);
        if (!first || !cJSON_InsertItemInArray(list, 0, first)) {
            cJSON_Delete(first);
            return false;
        }
    }
    return add(list, mount(OCI_PLACE, "tmpfs", "tmpfs", place)) &&
           add(list, mount(OCI_MONITOR, "bind", change->monitor, monitor));
}

static bool has_device(const cJSON *devices, const char *path)
{
    for (const cJSON *d = devices ? devices->child : NULL; d; d = d->next) {
        const cJSON *p = cJSON_GetObjectItemCaseSensitive(d, "path");
        if (cJSON_IsString(p) && !strcmp(p->valuestring, path))
            return true;
    }
    return false;
}

static bool device_numbers(cJSON *item)
{
    return item && put(item, "type", cJSON_CreateString("c")) &&
           put(item, "major", cJSON_CreateNumber(KVM_MAJOR)) &&
           put(item, "minor", cJSON_CreateNumber(KVM_MINOR));
}

static bool kvm(struct oci_spec *spec)
{
    cJSON *linux_ = have(spec->tree, "linux", spec->linux_, false);
    if (!linux_)
        return false;
    spec->linux_ = linux_;
    cJSON *resources = have(linux_, "resources", spec->resources, false);
    cJSON *devices = have(linux_, "devices", spec->devices, true);
    if (!resources || !devices)
        return false;
    cJSON *rules = have(resources, "devices", spec->device_rules, true);
    if (!rules)
        return false;
    cJSON *rule = cJSON_CreateObject();
    if (!device_numbers(rule) || !put(rule, "allow", cJSON_CreateBool(1)) ||
        !put(rule, "access", cJSON_CreateString("rw"))) {
        cJSON_Delete(rule);
        return false;
    }
    if (!add(rules, rule))
        return false;
    if (has_device(devices, "/dev/kvm"))
        return true;
    cJSON *device = cJSON_CreateObject();
    if (!device_numbers(device) || !put(device, "path", cJSON_CreateString("/dev/kvm")) ||
        !put(device, "fileMode", cJSON_CreateNumber(0666)) ||
        !put(device, "uid", cJSON_CreateNumber(0)) || !put(device, "gid", cJSON_CreateNumber(0))) {
        cJSON_Delete(device);
        return false;
    }
    return add(devices, device);
}

static bool home(struct oci_spec *spec, const char *home)
{
    char text[OCI_HOME_MAX + 6];
    cJSON *env = have(spec->process, "env", spec->env, true);
    snprintf(text, sizeof text, "HOME=%s", home);
    return env && add_text(env, text);
}

bool oci_rewrite(struct oci_spec *spec, const struct oci_change *change)
{
    return arguments(spec, change) && user(spec) && capabilities(spec, change) &&
           (!change->ports || ports(spec)) && mounts(spec, change) &&
           (!change->home || home(spec, change->home)) &&
           (!change->kvm || spec->machine == OCI_MACHINE_PROCESS || kvm(spec)) &&
           (!spec->seccomp || oci_rewrite_seccomp(spec, change->bpf));
}
