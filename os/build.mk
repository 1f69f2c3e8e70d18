# The library OS: every os/*/*.c and os/*/*.S is one member of libpith.a.
# The compiler's implicit calls of memcpy and friends become the archive's own (os/base/mem*.c).
OS_SRC := $(sort $(wildcard os/*/*.c os/*/*.S))
OS_OBJ := $(patsubst %,$(BUILD)/obj/%.o,$(OS_SRC))
OS_CC ?= gcc
OS_CFLAGS ?= -std=gnu11 -ffreestanding -O2 -fno-pie -mcmodel=small -mgeneral-regs-only \
	-mno-red-zone -ffunction-sections -fdata-sections -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-delete-null-pointer-checks \
	-Wall -Wextra -Werror -Wframe-larger-than=1024 -fcf-protection=none \
	-ffile-prefix-map=$(CURDIR)=. -g1 -gdwarf-4 -gno-record-gcc-switches \
	-nostdinc -isystem $(shell $(OS_CC) -print-file-name=include) -isystem $(BUILD)/lib/pith/include \
	-Iinclude -Ios
OS_RENAME := --redefine-sym memcpy=pith_memcpy --redefine-sym memmove=pith_memmove \
	--redefine-sym memset=pith_memset --redefine-sym memcmp=pith_memcmp

$(BUILD)/lib/pith/guest/libpith.a: $(OS_OBJ)
	@mkdir -p $(@D)
	@rm -f $@.tmp && ar rcsD $@.tmp $(OS_OBJ) && mv $@.tmp $@

$(BUILD)/obj/os/%.o: os/% $(BUILD)/lib/pith/include/.stamp os/build.mk
	@mkdir -p $(@D)
	$(OS_CC) $(OS_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@.tmp
	@objcopy $(OS_RENAME) $@.tmp $@ && rm -f $@.tmp

-include $(OS_OBJ:.o=.d)
