# The loaders of boot media (boot/README): freestanding, flat files.
BOOT_OUT := $(BUILD)/lib/pith/boot
BOOT_CFLAGS = -std=gnu11 -O2 -Iinclude -ffreestanding -fpie -fvisibility=hidden -fshort-wchar -mno-red-zone \
	-mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-tree-loop-distribute-patterns $(WARN) -Wshadow -nostdinc \
	-isystem $(shell $(GUEST_CC) -print-file-name=include) $(PREFIX_MAP)

$(BOOT_OUT)/bios.bin: boot/bios.S include/pith/boot.h | $(BUILD)/deps.mk
	@mkdir -p $(@D) $(BUILD)/obj/boot
	$(SAY) "  boot   $@"
	$(Q)$(GUEST_CC) -m32 -Iinclude -c -o $(BUILD)/obj/boot/bios.o $<
	$(Q)ld -m elf_i386 -Ttext 0 -e start --oformat binary -o $@ $(BUILD)/obj/boot/bios.o

$(BOOT_OUT)/bootx64.efi: boot/efi.c boot/efi_head.S boot/efi_jump.S boot/efi.ld boot/efi.h include/pith/boot.h | $(BUILD)/deps.mk
	@mkdir -p $(@D) $(BUILD)/obj/boot
	$(SAY) "  boot   $@"
	$(Q)for f in efi.c efi_head.S efi_jump.S; do \
		$(GUEST_CC) $(BOOT_CFLAGS) -c -o $(BUILD)/obj/boot/$${f%.*}.o boot/$$f || exit 1; done
	$(Q)ld -T boot/efi.ld -z max-page-size=4096 --build-id=none --no-warn-rwx-segments --oformat binary \
		-o $@ $(BUILD)/obj/boot/efi_head.o $(BUILD)/obj/boot/efi.o $(BUILD)/obj/boot/efi_jump.o

ALL += $(BOOT_OUT)/bios.bin $(BOOT_OUT)/bootx64.efi
INSTALL += lib/pith/boot/bios.bin lib/pith/boot/bootx64.efi
