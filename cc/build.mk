# What pith-cc needs beside itself, in $(BUILD)/lib/pith (the tool finds it from its own place):
#   libexec/ld, libexec/ld.bfd  pith-cc in its linker role: links to bin/pith-cc
#   guest/pith.ld               the linker script of the guest half, filled in by cc/script
#   guest/pith-enosys.o         the system call that is not there
#   guest/pith-disk.o           what --pith-disk brings in; guest/pith-ext4.o: what --pith-ext4 does
#   guest/pith-jit.o            the note of a program that makes code at run time
#   pith.cmake                  toolchain file for cmake
CC_LIB := $(BUILD)/lib/pith
CC_LD := $(CC_LIB)/libexec/ld $(CC_LIB)/libexec/ld.bfd

$(CC_LD):
	@mkdir -p $(@D)
	@ln -sfn ../../../bin/pith-cc $@

$(CC_LIB)/guest/pith.ld: cc/pith.ld.in cc/script $(CC_LIB)/guest/libpith.a \
		$(CC_LIB)/include/.stamp
	$(SAY) "  script $@"
	@cc/script cc/pith.ld.in $(CC_LIB)/include/bits/syscall.h $(CC_LIB)/guest/libpith.a >$@.tmp
	@mv $@.tmp $@

$(CC_LIB)/guest/pith-%.o: cc/guest/%.S
	@mkdir -p $(@D)
	$(SAY) "  cc     $<"
	$(Q)$(GUEST_CC) -c -o $@ $<

$(CC_LIB)/pith.cmake: cc/pith.cmake
	@mkdir -p $(@D)
	@cp $< $@

CC_FILES := $(CC_LD) $(CC_LIB)/guest/pith.ld $(CC_LIB)/guest/pith-enosys.o \
	$(CC_LIB)/guest/pith-jit.o $(CC_LIB)/guest/pith-disk.o $(CC_LIB)/guest/pith-ext4.o \
	$(CC_LIB)/pith.cmake
ALL += $(CC_FILES)
# All that a program linked by pith-cc depends on.
PITH_CC_READY = $(BUILD)/bin/pith-cc $(CC_FILES) $(CC_LIB)/guest/.stamp $(CC_LIB)/linux/.stamp
