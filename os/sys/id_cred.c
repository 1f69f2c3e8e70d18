/* The identity once it can change, and the calls that change it: Linux's rules for a process
 * that is root (effective id 0) or not. */
#include "sys/id.h"

#define KEEP ((u32)-1)

struct id_cred *id_cred(void)
{
    static struct id_cred cred;
    static bool known;
    if (!known) {
        const struct pith_boot *b = host_boot;
        cred.user = (struct id_set){b->uid, b->euid, b->euid, b->euid};
        cred.group = (struct id_set){b->gid, b->egid, b->egid, b->egid};
        known = true;
    }
    return &cred;
}

u32 id_uid(void)
{
    return id_cred()->user.real;
}

u32 id_fsuid(void)
{
    return id_cred()->user.fs;
}

u32 id_fsgid(void)
{
    return id_cred()->group.fs;
}

static bool root(void)
{
    return id_cred()->user.effective == 0;
}

static bool one_of(const struct id_set *s, u32 id)
{
    return id == s->real || id == s->effective || id == s->saved;
}

static long set_res(struct id_set *s, u32 real, u32 effective, u32 saved)
{
    if (!root() &&
        ((real != KEEP && !one_of(s, real)) || (effective != KEEP && !one_of(s, effective)) ||
         (saved != KEEP && !one_of(s, saved))))
        return -EPERM;
    if (real != KEEP)
        s->real = real;
    if (effective != KEEP)
        s->effective = effective;
    if (saved != KEEP)
        s->saved = saved;
    s->fs = s->effective;
    return 0;
}

static long set_re(struct id_set *s, u32 real, u32 effective)
{
    if (!root() && ((real != KEEP && real != s->real && real != s->effective) ||
                    (effective != KEEP && !one_of(s, effective))))
        return -EPERM;
    if (real != KEEP || (effective != KEEP && effective != s->real))
        s->saved = effective != KEEP ? effective : s->effective;
    if (real != KEEP)
        s->real = real;
    if (effective != KEEP)
        s->effective = effective;
    s->fs = s->effective;
    return 0;
}

static long set(struct id_set *s, u32 id)
{
    if (id == KEEP)
        return -EINVAL;
    if (root())
        s->real = s->saved = id;
    else if (id != s->real && id != s->saved)
        return -EPERM;
    s->effective = s->fs = id;
    return 0;
}

/* setfsuid says what it was and no more. */
static long set_fs(struct id_set *s, u32 id)
{
    u32 old = s->fs;
    if (id != KEEP && (root() || one_of(s, id) || id == s->fs))
        s->fs = id;
    return old;
}

long pith_sys_setuid(u32 uid)
{
    return set(&id_cred()->user, uid);
}

long pith_sys_setgid(u32 gid)
{
    return set(&id_cred()->group, gid);
}

long pith_sys_setreuid(u32 ruid, u32 euid)
{
    return set_re(&id_cred()->user, ruid, euid);
}

long pith_sys_setregid(u32 rgid, u32 egid)
{
    return set_re(&id_cred()->group, rgid, egid);
}

long pith_sys_setresuid(u32 ruid, u32 euid, u32 suid)
{
    return set_res(&id_cred()->user, ruid, euid, suid);
}

long pith_sys_setresgid(u32 rgid, u32 egid, u32 sgid)
{
    return set_res(&id_cred()->group, rgid, egid, sgid);
}

long pith_sys_setfsuid(u32 uid)
{
    return set_fs(&id_cred()->user, uid);
}

long pith_sys_setfsgid(u32 gid)
{
    return set_fs(&id_cred()->group, gid);
}
