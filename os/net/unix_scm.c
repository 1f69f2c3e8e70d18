/* Control messages of AF_UNIX: SCM_RIGHTS and SCM_CREDENTIALS (unix(7)). */
#include <asm/socket.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "net/linux.h"
#include "net/unix.h"
#include "vfs/cred.h"

static struct list to_drop = LIST_INIT(to_drop);

/* The last reference of a socket ends the messages in its queue, which may hold the last reference
 * of another: they queue up here instead of nesting. */
void unix_files_drop(struct unix_files *files)
{
    static bool dropping;
    if (!files)
        return;
    list_add_tail(&to_drop, &files->node);
    if (dropping)
        return;
    dropping = true;
    while (!list_empty(&to_drop)) {
        struct unix_files *f = list_first(&to_drop, struct unix_files, node);
        list_del(&f->node);
        for (unsigned i = 0; i < f->n; i++)
            file_put(f->file[i]);
        mem_free(f);
    }
    dropping = false;
}

static int get_rights(struct unix_scm *scm, const int *fd, unsigned n)
{
    unsigned had = scm->files ? scm->files->n : 0;
    if (!n)
        return 0;
    if (n > UNIX_FILES_MAX || had + n > UNIX_FILES_MAX)
        return -EINVAL;
    struct unix_files *f = mem_alloc(sizeof(*f) + (had + n) * sizeof(f->file[0]));
    if (!f)
        return -ENOMEM;
    list_init(&f->node);
    if (had) {
        f->n = had;
        memcpy(f->file, scm->files->file, had * sizeof(f->file[0]));
        mem_free(scm->files);
    }
    scm->files = f;
    for (unsigned i = 0; i < n; i++) {
        struct file *file = fd_file(fd[i]);
        if (!file)
            return -EBADF;
        file_get(file);
        f->file[f->n++] = file;
    }
    return 0;
}

static int get_cred(struct unix_scm *scm, const struct unix_cred *c)
{
    bool root = cred_uid() == 0;
    bool mine = c->uid == host_boot->uid || c->uid == cred_uid();
    bool my_group = c->gid == host_boot->gid || c->gid == cred_gid();
    if (!root && (c->pid != host_boot->pid || !mine || !my_group))
        return -EPERM;
    if (c->pid != host_boot->pid)
        return -ESRCH; /* nobody else is here */
    if (c->uid == ~0u || c->gid == ~0u)
        return -EINVAL;
    scm->cred = *c;
    scm->has_cred = true;
    return 0;
}

static int get_all(struct unix_scm *scm, const struct sock_msg *m)
{
    const struct cmsghdr_os *h = 0;
    size_t len;
    int r;
    while ((h = sock_cmsg_next(m, h, &len, &r))) {
        if (h->level != SOL_SOCKET)
            continue;
        if (h->type == SCM_RIGHTS)
            r = get_rights(scm, (const int *)(h + 1), (unsigned)MIN(len / sizeof(int), 65535ul));
        else if (h->type == SCM_CREDENTIALS && len == sizeof(struct unix_cred))
            r = get_cred(scm, (const struct unix_cred *)(h + 1));
        else
            r = -EINVAL;
        if (r < 0)
            return r;
    }
    return r;
}

int unix_scm_get(struct unix_scm *scm, const struct sock_msg *m)
{
    scm->has_cred = false;
    scm->files = 0;
    if (!m->control_len)
        return 0;
    int r = get_all(scm, m);
    if (r < 0)
        unix_scm_done(scm);
    return r;
}

void unix_scm_done(struct unix_scm *scm)
{
    unix_files_drop(scm->files);
    scm->files = 0;
}

int unix_scm_attach(struct unix_scm *scm, struct unix_packet *p, const struct unix_sock *to)
{
    (void)to;
    if (unix_files_flying > fd_limit && cred_uid() != 0)
        return -109; /* ETOOMANYREFS */
    p->files = scm->files;
    scm->files = 0;
    unix_fly(p->files);
    return 0;
}

/* New descriptors for as many files as the control buffer has room for, and the table. */
static void put_rights(struct sock_msg *m, const struct unix_files *files)
{
    const size_t head = sizeof(struct cmsghdr_os);
    size_t room = m->control && m->control_len > head ? (m->control_len - head) / sizeof(int) : 0;
    unsigned n = (unsigned)MIN(room, files->n), done = 0;
    int few[8], *fd = n <= ARRAY_SIZE(few) ? few : mem_alloc(n * sizeof(int));
    for (; fd && done < n; done++) {
        fd[done] = fd_install(files->file[done], 0, m->flags & MSG_CMSG_CLOEXEC);
        if (fd[done] < 0)
            break;
        file_get(files->file[done]);
    }
    if (done < files->n)
        m->out_flags |= MSG_CTRUNC;
    if (done)
        sock_cmsg_put(m, SOL_SOCKET, SCM_RIGHTS, fd, done * sizeof(int));
    if (fd != few)
        mem_free(fd);
}

void unix_scm_put(struct unix_sock *u, struct sock_msg *m, const struct unix_cred *cred,
                  struct unix_files *files)
{
    if (cred && u->s.options & SOCK_OPT_PASSCRED)
        sock_cmsg_put(m, SOL_SOCKET, SCM_CREDENTIALS, cred, sizeof(*cred));
    if (files)
        put_rights(m, files);
}
