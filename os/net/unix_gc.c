/* Sockets inside messages, and those that are nowhere else.
 *
 * A socket whose descriptor was sent and closed lives in the receiver's queue. If the receiver in
 * turn lies in a message that only the first could read, nobody can reach either of them, yet each
 * is referred to. So when a socket ends while others are in flight, the ones in flight are looked
 * through: a candidate is one all of whose references are messages; it stays if one of those lies
 * in the queue of a socket that stays. The rest lose their messages, and with them their lives.
 */
#include "net/unix.h"

struct list unix_flying = LIST_INIT(unix_flying);
unsigned unix_files_flying;

#define CANDIDATE 1u
#define STAYS 2u

static struct unix_sock *unix_of_file(struct file *f)
{
    struct socket *s = sock_of_file(f);
    return s && s->family == 1 /* AF_UNIX */ ? unix_of(s) : 0;
}

void unix_fly(struct unix_files *files)
{
    unix_files_flying += files->n;
    for (unsigned i = 0; i < files->n; i++) {
        struct unix_sock *u = unix_of_file(files->file[i]);
        if (u && u->in_flight++ == 0)
            list_add_tail(&unix_flying, &u->flying);
    }
}

void unix_land(struct unix_files *files)
{
    unix_files_flying -= files->n;
    for (unsigned i = 0; i < files->n; i++) {
        struct unix_sock *u = unix_of_file(files->file[i]);
        if (u && --u->in_flight == 0)
            list_del(&u->flying);
    }
}

/* Calls `each` for every socket in flight inside messages that a reader of u could get. */
static void inside_queue(struct unix_sock *u, void (*each)(struct unix_sock *))
{
    list_foreach(it, &u->queue)
    {
        struct unix_files *files = list_entry(it, struct unix_packet, node)->files;
        for (unsigned i = 0; files && i < files->n; i++) {
            struct unix_sock *inner = unix_of_file(files->file[i]);
            if (inner)
                each(inner);
        }
    }
}

static void inside(struct unix_sock *u, void (*each)(struct unix_sock *))
{
    inside_queue(u, each);
    list_foreach(it, &u->waiting) inside_queue(list_entry(it, struct unix_sock, next), each);
}

static void count(struct unix_sock *u)
{
    u->inner++;
}

/* Sockets that stay, whose messages are still to be looked at. */
static struct list todo = LIST_INIT(todo);

static void stays(struct unix_sock *u)
{
    if (u->mark != CANDIDATE)
        return;
    u->mark = STAYS;
    list_del(&u->flying);
    list_add_tail(&todo, &u->flying);
}

static void end(struct unix_sock *u)
{
    unix_queue_drop(u);
    while (!list_empty(&u->waiting)) {
        struct unix_sock *embryo = list_first(&u->waiting, struct unix_sock, next);
        list_del(&embryo->next);
        u->queued--;
        unix_release(embryo);
    }
}

/* Marks the sockets in flight: CANDIDATE are left those that nobody reaches. */
static void mark(void)
{
    struct list looked = LIST_INIT(looked);
    list_foreach(it, &unix_flying)
    {
        struct unix_sock *u = list_entry(it, struct unix_sock, flying);
        u->inner = 0;
        u->mark = u->s.file->refs == u->in_flight ? CANDIDATE : 0;
    }
    list_foreach(it, &unix_flying)
    {
        struct unix_sock *u = list_entry(it, struct unix_sock, flying);
        if (u->mark == CANDIDATE)
            inside(u, count);
    }
    list_foreach_safe(it, &unix_flying)
    {
        struct unix_sock *u = list_entry(it, struct unix_sock, flying);
        if (u->in_flight > u->inner)
            stays(u);
    }
    while (!list_empty(&todo)) {
        struct unix_sock *u = list_first(&todo, struct unix_sock, flying);
        list_del(&u->flying);
        list_add_tail(&looked, &u->flying);
        inside(u, stays);
    }
    while (!list_empty(&looked)) {
        struct list *it = looked.next;
        list_del(it);
        list_add_tail(&unix_flying, it);
    }
}

void unix_collect(void)
{
    static bool collecting;
    struct list dead = LIST_INIT(dead);
    if (collecting)
        return;
    collecting = true;
    mark();
    /* Each is held while all are emptied, for the first to lose its messages may end others. */
    list_foreach(it, &unix_flying)
    {
        struct unix_sock *u = list_entry(it, struct unix_sock, flying);
        if (u->mark != CANDIDATE)
            continue;
        unix_get(u);
        list_add_tail(&dead, &u->next);
    }
    while (!list_empty(&dead)) {
        struct unix_sock *u = list_first(&dead, struct unix_sock, next);
        list_del(&u->next);
        end(u);
        unix_put(u);
    }
    collecting = false;
}
