/* See objects.h. */
#include "cc/objects.h"

#include "cc/archive.h"

#include <stdlib.h>
#include <string.h>

/* The archive's path and the member's name in "path(member)"; false for a plain file. */
static bool split(const char *file, char **archive, char **member)
{
    const char *open = strrchr(file, '(');
    size_t size = strlen(file);
    if (!open || file[size - 1] != ')' || open == file)
        return false;
    *archive = cc_copy(file, (size_t)(open - file));
    *member = cc_copy(open + 1, (size_t)(file + size - 1 - (open + 1)));
    return true;
}

static struct cc_bytes *cached(const char *path)
{
    static struct cache {
        struct cache *next;
        const char *path;
        struct cc_bytes bytes;
    } * all;
    for (struct cache *c = all; c; c = c->next)
        if (strcmp(c->path, path) == 0)
            return &c->bytes;
    struct cache *new = cc_alloc(sizeof *new);
    new->path = path;
    if (cc_read(path, &new->bytes))
        new->bytes.size = 0;
    new->next = all;
    all = new;
    return &new->bytes;
}

static struct elf_bytes bytes_of(const char *file)
{
    char *archive, *member;
    if (!split(file, &archive, &member)) {
        struct cc_bytes *b = cached(file);
        return (struct elf_bytes){b->data, b->size};
    }
    struct cc_bytes *b = cached(archive);
    return archive_member((struct elf_bytes){b->data, b->size}, member);
}

static const char *source_of(struct elf_bytes bytes)
{
    struct elf_file elf;
    struct elf_symbols symbols;
    if (elf_open(&elf, bytes.data, bytes.size, NULL) || elf_symbols(&elf, &symbols, NULL))
        return NULL;
    for (uint64_t i = 0; i < symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&symbols, i, &symbol);
        if (ELF64_ST_TYPE(symbol.st_info) == STT_FILE && *name)
            return cc_base(name);
    }
    return NULL;
}

static bool compilers_own(const char *file)
{
    const char *base = cc_base(file);
    return (file[0] == '/' && cc_starts(base, "cc") && cc_ends(base, ".o") && strlen(base) == 10) ||
           strstr(file, ".ltrans") || cc_starts(file, "/tmp/");
}

static const char *plain_name(const char *file)
{
    if (strstr(file, ".ltrans")) { /* /tmp/ccXXXXXX.ltrans0.ltrans.o */
        return cc_format("lto-%lu.o", strtoul(strstr(file, ".ltrans") + 7, NULL, 10));
    }
    const char *source = compilers_own(file) ? source_of(bytes_of(file)) : NULL;
    if (source) {
        const char *dot = strrchr(source, '.');
        return cc_format("%.*s.o", (int)(dot ? (size_t)(dot - source) : strlen(source)), source);
    }
    return file[0] == '/' ? cc_base(file) : file;
}

void object_name(struct object *object, const char *file, const char *temporary)
{
    char *archive, *member;
    size_t folder = strlen(temporary), home = strlen(cc_lib());
    object->file = file;
    object->library = "";
    if (!split(file, &archive, &member)) {
        bool ours = strncmp(file, cc_lib(), home) == 0 && file[home] == '/';
        object->name = plain_name(file);
        object->kind = OBJECT_PROGRAM;
        object->room = "program";
        if (strncmp(file, temporary, folder) == 0 && file[folder] == '/') {
            object->kind = OBJECT_EMBED;
            object->name = "embedded files";
            object->room = "files";
        } else if (ours) {
            bool os = cc_starts(cc_base(file), "pith-");
            object->kind = os ? OBJECT_OS : OBJECT_LIBC;
            object->room = os ? "sys" : "libc";
        }
        return;
    }
    object->library = cc_base(archive);
    object->name = member;
    object->room = object->library;
    object->kind = OBJECT_LIBRARY;
    bool copy = strncmp(archive, temporary, folder) == 0 && archive[folder] == '/';
    if (copy || (strncmp(archive, cc_lib(), home) == 0 && archive[home] == '/')) {
        if (strcmp(object->library, "libpith.a") == 0) {
            const char *dot = strchr(member, '.'); /* ROOM.FILE.o, see os/build.mk */
            object->kind = OBJECT_OS;
            object->room = dot ? cc_copy(member, (size_t)(dot - member)) : "os";
        } else {
            object->kind = OBJECT_LIBC;
            object->room = "libc";
        }
    } else if (cc_starts(object->library, "libgcc")) {
        object->kind = OBJECT_GCC;
        object->room = "libgcc";
    }
}

void object_weak(const struct object *object, struct cc_list *weak)
{
    struct elf_file elf;
    struct elf_symbols symbols;
    struct elf_bytes bytes = bytes_of(object->file);
    if (!bytes.size || elf_open(&elf, bytes.data, bytes.size, NULL) ||
        elf_symbols(&elf, &symbols, NULL))
        return;
    for (uint64_t i = 0; i < symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&symbols, i, &symbol);
        if (symbol.st_shndx == SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) == STB_WEAK && *name)
            cc_push(weak, name);
    }
}
