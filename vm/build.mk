# The base of the machine `vm`: $(BUILD)/lib/pith/vm/base.elf, freestanding, linked by itself.
VM_SRC := $(sort $(wildcard vm/*.c vm/*.S))
VM_OBJ := $(patsubst vm/%,$(BUILD)/obj/vm/%.o,$(basename $(VM_SRC)))
VM_BASE := $(BUILD)/lib/pith/vm/base.elf
VM_CFLAGS = $(filter-out -mcmodel=small -Ios,$(GUEST_CFLAGS)) -Ivm -I. -mcmodel=kernel -Os -fcf-protection=none \
	-fno-delete-null-pointer-checks -fno-tree-loop-distribute-patterns -fomit-frame-pointer -nostdinc -isystem $(shell $(GUEST_CC) -print-file-name=include) \
	-Wshadow -Wstrict-prototypes -Wmissing-prototypes $(VM_LTO)
# One program, seen whole: a start has fewer calls, and QEMU's emulation less to translate.
VM_LTO := $(if $(findstring clang,$(GUEST_CC)),,-flto)
# What every start runs: larger, and with fewer jumps.
VM_FAST := boot cpu image irq mounts options pages rng serial start tables time window
$(VM_FAST:%=$(BUILD)/obj/vm/%.o): VM_CFLAGS += -O2

$(BUILD)/obj/vm/%.o: vm/%.c vm/build.mk | $(BUILD)/deps.mk
	@mkdir -p $(@D)
	$(SAY) "  vm     $<"
	$(Q)$(GUEST_CC) $(VM_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/vm/%.o: vm/%.S vm/build.mk | $(BUILD)/deps.mk
	@mkdir -p $(@D)
	$(SAY) "  vm     $<"
	$(Q)$(GUEST_CC) $(VM_CFLAGS) -MMD -MP -c -o $@ $<

# -N would join text and data; -z norelro and friends: there is no dynamic linker here.
$(VM_BASE): $(VM_OBJ) vm/base.ld
	@mkdir -p $(@D)
	$(SAY) "  link   $@"
	$(Q)$(GUEST_CC) $(VM_CFLAGS) -nostdlib -static -no-pie -Wl,--gc-sections,-z,norelro,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments \
		-T vm/base.ld -o $(BUILD)/obj/vm/base.elf $(VM_OBJ)
	$(Q)objcopy -S $(BUILD)/obj/vm/base.elf $@.tmp && mv $@.tmp $@

ALL += $(VM_BASE)
INSTALL += lib/pith/vm/base.elf
-include $(VM_OBJ:.o=.d)
