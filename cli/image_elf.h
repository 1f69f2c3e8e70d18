/* One file of base and image that a hypervisor boots (pith/join.h). */
#ifndef CLI_IMAGE_ELF_H
#define CLI_IMAGE_ELF_H

#include "host/elf.h"

/* Joins the image of the program at `path` with lib/pith/vm/base.elf of this installation. *out is
 * malloc'ed. 0, or -1 with the sentence. */
int cli_image_elf(const char *path, const struct elf_file *image, struct elf_bytes *out,
                  struct host_error *error);

/* The path of a file of this installation, below lib/pith. 0, or -1. */
int cli_lib_path(const char *name, char *path, size_t room);

#endif
