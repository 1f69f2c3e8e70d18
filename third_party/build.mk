# Sources that are not ours, from Debian (third_party/fetch, third_party/lock), and what is built
# of them:
#   $(BUILD)/lib/pith/include   musl's headers and the kernel's (linux/ asm/ asm-generic/)
#   $(BUILD)/lib/pith/linux     stock musl: start files, libc.a and the empty libm.a ...
#   $(BUILD)/lib/pith/guest     the patched musl (third_party/musl): libc.a and the empty ones
#   $(BUILD)/bin/host-cc        the compiler of our host programs
# Unpacked sources and objects lie in $(BUILD)/third_party. No path of the checkout gets into an
# object: musl is built from a relative source folder and without debug information.

TP := $(BUILD)/third_party
TP_LIB := $(BUILD)/lib/pith
TP_EMPTY := libm.a librt.a libpthread.a libcrypt.a libutil.a libxnet.a libresolv.a libdl.a
TP_CRT := crt1.o Scrt1.o rcrt1.o crti.o crtn.o
TP_CC ?= gcc
# musl's own makefile: our jobs, none of the variables given on our command line.
TP_MAKE = MAKEFLAGS="$${MAKEFLAGS%% -- *}" $(MAKE)
TP_CFLAGS := -w -fcf-protection=none -fno-stack-protector

# What the lock says of one package: changes only when that line does.
.PRECIOUS: $(TP)/%.lock
$(TP)/%.lock: third_party/lock
	@mkdir -p $(@D)
	@grep '^$* ' $< >$@.tmp || { echo "pith: third_party/lock names no package $*." >&2; exit 1; }
	@cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

# The unpacked source of a package is $(TP)/src/PACKAGE.
.PRECIOUS: $(TP)/src/%.stamp
$(TP)/src/%.stamp: $(TP)/%.lock
	@rm -rf $(TP)/src/$* && third_party/fetch $* $(TP)/src/$*
	@touch $@

# ---- stock musl ----------------------------------------------------------------------------
$(TP)/musl-linux/config.mak: $(TP)/src/musl.stamp
	@rm -rf $(@D) && mkdir -p $(@D)
	@cd $(@D) && CC="$(TP_CC)" CFLAGS="$(TP_CFLAGS)" LDFLAGS= ../src/musl/configure --target=x86_64-linux-musl \
		--disable-shared --disable-wrapper --prefix=/usr --syslibdir=/lib >configure.log 2>&1 || \
		{ cat configure.log >&2; echo "pith: configuring musl failed." >&2; exit 1; }

$(TP_LIB)/linux/.stamp: $(TP)/musl-linux/config.mak third_party/musl/direct-calls
	$(SAY) "  musl   (linux)"
	@+$(TP_MAKE) -s --no-print-directory -C $(TP)/musl-linux AR=ar RANLIB='ranlib -D' \
		lib/libc.a $(addprefix lib/,$(TP_CRT) $(TP_EMPTY))
	@mkdir -p $(@D)
	@cd $(TP)/musl-linux/lib && cp libc.a $(TP_CRT) $(TP_EMPTY) $(abspath $(@D))
	@third_party/musl/direct-calls linux /usr/include/x86_64-linux-gnu/asm/unistd_64.h | \
		as --64 -o $(TP)/musl-linux/pith_calls.o - && ar rsD $(@D)/libc.a $(TP)/musl-linux/pith_calls.o
	@touch $@

# The kernel's headers lie where linux-libc-dev put them.
TP_KERNEL := /usr/include/linux /usr/include/asm-generic /usr/include/x86_64-linux-gnu/asm
$(TP_LIB)/include/.stamp: $(TP)/musl-linux/config.mak third_party/musl/direct-calls
	@rm -rf $(@D) && mkdir -p $(@D)
	@+$(TP_MAKE) -s --no-print-directory -C $(TP)/musl-linux install-headers \
		DESTDIR= includedir=$(abspath $(@D)) >/dev/null
	@[ -d /usr/include/linux ] || { echo "pith: the kernel's headers are missing (Debian package linux-libc-dev)." >&2; exit 1; }
	@cp -RL $(TP_KERNEL) $(@D)
	@third_party/musl/direct-calls header $(@D)/asm/unistd_64.h >>$(@D)/sys/syscall.h
	@touch $@

$(BUILD)/bin/host-cc: third_party/host-cc $(TP_LIB)/linux/.stamp $(TP_LIB)/include/.stamp
	@mkdir -p $(@D)
	@cp third_party/host-cc $@.tmp && mv $@.tmp $@

# ---- the guest's musl ----------------------------------------------------------------------
# pith_calls.h names every system call once; the calls the finished library makes are compared
# with third_party/musl/syscalls.list, which the library OS is written against.
TP_PATCHES := $(sort $(wildcard third_party/musl/*.patch))
$(TP)/musl-guest/config.mak: $(TP)/src/musl.stamp $(TP_PATCHES)
	@rm -rf $(@D) && mkdir -p $(@D)/obj/src/internal && cp -a $(TP)/src/musl $(@D)/src
	@for p in $(abspath $(TP_PATCHES)); do patch -d $(@D)/src -p1 -s -E -i $$p || \
		{ echo "pith: $$p does not apply to musl." >&2; exit 1; }; done
	@sed -n 's/^#define __NR_\([a-z0-9_]*\).*/__PITH_CALL(\1)/p' \
		$(@D)/src/arch/x86_64/bits/syscall.h.in >$(@D)/obj/src/internal/pith_calls.h
	@cd $(@D) && CC="$(TP_CC)" CFLAGS="$(TP_CFLAGS) -fno-pie" LDFLAGS=-no-pie src/configure \
		--target=x86_64-linux-musl --disable-shared --disable-wrapper --prefix=/usr \
		--syslibdir=/lib >configure.log 2>&1 || \
		{ cat configure.log >&2; rm -f config.mak; echo "pith: configuring musl failed." >&2; exit 1; }

$(TP_LIB)/guest/.stamp: $(TP)/musl-guest/config.mak third_party/musl/syscalls.list
	$(SAY) "  musl   (guest)"
	@+$(TP_MAKE) -s --no-print-directory -C $(TP)/musl-guest AR=ar RANLIB='ranlib -D' \
		lib/libc.a $(addprefix lib/,$(TP_EMPTY))
	@third_party/musl/list-calls $(TP)/musl-guest/lib/libc.a >$(TP)/syscalls.list
	@diff third_party/musl/syscalls.list $(TP)/syscalls.list >&2 || { \
		echo "pith: the calls that libc.a makes are not those of third_party/musl/syscalls.list." >&2; \
		exit 1; }
	@mkdir -p $(@D)
	@cd $(TP)/musl-guest/lib && cp libc.a $(TP_EMPTY) $(abspath $(@D))
	@touch $@

ALL += $(TP_LIB)/guest/.stamp $(TP_LIB)/linux/.stamp $(TP_LIB)/include/.stamp

include third_party/lwip/build.mk
include third_party/cjson/build.mk
include third_party/e2fsprogs/build.mk
