/* See subsystems.h. */
#include "cli/subsystems.h"

#include <string.h>

/* A plain word and a member of libpith.a, or with '*' every member that begins so, that is there
 * only because of it. What every image has (a descriptor table, the main thread) is in none. */
static const struct word {
    const char *word, *member;
} words[] = {
    {"files", "vfs.inode.o"},
    {"files", "vfs.dentry*"},
    {"files", "vfs.ramfs*"},
    {"files", "vfs.walk.o"},
    {"files", "vfs.tree.o"},
    {"files", "sys.fs_open.o"},
    {"threads", "sys.thread_clone.o"},
    {"pipes", "vfs.pipe.o"},
    {"pipes", "vfs.fifo.o"},
    {"polling", "vfs.epoll.o"},
    {"polling", "vfs.pollset.o"},
    {"polling", "vfs.poll_rest.o"},
    {"signals", "signal.deliver.o"},
    {"signals", "sys.sig_*"},
    {"timers", "sys.time_timer*"},
    {"timers", "sys.time_itimer.o"},
    {"timers", "vfs.timerfd.o"},
    {"timers", "sys.time_timerfd.o"},
    {"network", "net.*"},
    {"embedded", "vfs.embed.o"},
    {"proc", "vfs.procfs*"},
    {"devices", "vfs.devfs.o"},
    {"random", "dev.random*"},
    {"clocks", "sched.clock.o"},
};

static const struct {
    const char *other, *word;
} synonyms[] = {
    {"filesystem", "files"}, {"file-system", "files"}, {"file system", "files"},
    {"thread", "threads"},   {"sockets", "network"},   {"net", "network"},
    {"pipe", "pipes"},       {"signal", "signals"},    {"poll", "polling"},
};

static bool fits(const char *member, const char *pattern)
{
    size_t size = strlen(pattern);
    return pattern[size - 1] == '*' ? strncmp(member, pattern, size - 1) == 0
                                    : strcmp(member, pattern) == 0;
}

bool subsystem_has(const char *name, const struct why_object *object)
{
    if (strcmp(object->room, name) == 0)
        return true;
    if (object->kind != WHY_OS)
        return false;
    const char *dot = strchr(object->name, '.');
    const char *part = dot ? dot + 1 : object->name;
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcmp(name, synonyms[i].other) == 0)
            return subsystem_has(synonyms[i].word, object);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i].word) == 0 && fits(object->name, words[i].member))
            return true;
    return size && strncmp(part, name, size) == 0 && (part[size] == '.' || part[size] == '_');
}
