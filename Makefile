# pith: one makefile for the whole house. Each room adds its own rules in ROOM/build.mk and
# speaks to this one through a few lists:
#   ALL       what plain `make` must leave behind
#   EXAMPLES  the programs $(BUILD)/examples/NAME that `make examples` builds
#   INSTALL   files below $(BUILD) that `make install` copies, at the same relative path
# Everything that is made lies below $(BUILD), laid out like an install prefix.
# `make help` lists the goals.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
PITH_CACHE ?= $(BUILD)/cache
export BUILD PITH_CACHE

VERSION := 0.1

# `make V=1` shows the commands themselves.
Q := $(if $(V),,@)
SAY := $(if $(V),@:,@echo)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# No path of this folder may reach an output: two checkouts give identical files.
PREFIX_MAP := -ffile-prefix-map=$(CURDIR)=.
WARN := -Wall -Wextra -Werror
STD := -std=gnu11

# The host programs: static-pie, against the stock musl we build (third_party/build.mk).
HOSTCC ?= $(BUILD)/bin/host-cc
CFLAGS ?= -O2 -g
HOST_CFLAGS = $(STD) $(CFLAGS) $(WARN) -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Iinclude -I. -D_GNU_SOURCE -DPITH_VERSION='"$(VERSION)"' $(PREFIX_MAP)

# The library OS: runs on the stack of whoever called it, never touches vector registers.
GUEST_CC ?= gcc
GUEST_CFLAGS = -std=gnu11 -ffreestanding -fno-pie -mcmodel=small -mgeneral-regs-only \
	-mno-red-zone -ffunction-sections -fdata-sections -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing $(WARN) -Wframe-larger-than=1024 \
	-Iinclude -Ios $(PREFIX_MAP)

# Goals that need no compiler must not install one.
QUIET_GOALS := clean help format
ifneq ($(if $(MAKECMDGOALS),$(filter-out $(QUIET_GOALS),$(MAKECMDGOALS)),all),)
include $(BUILD)/deps.mk
endif
$(BUILD)/deps.mk: tools/install-deps
	@mkdir -p $(BUILD)
	@tools/install-deps build
	@echo '# the build dependencies were found here' > $@

ALL :=
EXAMPLES :=
INSTALL :=

.PHONY: all
all: real-all

# ---- host programs ------------------------------------------------------------------------
host_obj = $(patsubst %,$(BUILD)/obj/%.o,$(basename $(1)))
HOST_LIB_SRC := $(wildcard host/*.c)
MONITOR_SRC := $(wildcard monitor/*.c monitor/*.S monitor/*/*.c monitor/*/*.S)
CLI_SRC := $(wildcard cli/*.c)
CC_SRC := $(wildcard cc/*.c)
PITH_OBJ := $(call host_obj,$(CLI_SRC) $(MONITOR_SRC) $(HOST_LIB_SRC))
PITH_CC_OBJ := $(call host_obj,$(CC_SRC) $(HOST_LIB_SRC))
HOST_DIRS := host monitor cli cc

# What must exist before a host object compiles: the wrapper and its headers.
HOST_READY = $(HOSTCC)

define host_rules
$$(BUILD)/obj/$(1)/%.o: $(1)/%.c | $$(HOST_READY)
	@mkdir -p $$(@D)
	$$(SAY) "  cc     $$<"
	$$(Q)$$(HOSTCC) $$(HOST_CFLAGS) -MMD -MP -c -o $$@ $$<
$$(BUILD)/obj/$(1)/%.o: $(1)/%.S | $$(HOST_READY)
	@mkdir -p $$(@D)
	$$(SAY) "  cc     $$<"
	$$(Q)$$(HOSTCC) $$(HOST_CFLAGS) -MMD -MP -c -o $$@ $$<
endef
$(foreach d,$(HOST_DIRS),$(eval $(call host_rules,$(d))))

$(BUILD)/bin/pith: $(PITH_OBJ) | $(HOST_READY)
	@mkdir -p $(@D)
	$(SAY) "  link   $@"
	$(Q)$(HOSTCC) $(CFLAGS) -o $@ $(PITH_OBJ)

$(BUILD)/bin/pith-cc: $(PITH_CC_OBJ) | $(HOST_READY)
	@mkdir -p $(@D)
	$(SAY) "  link   $@"
	$(Q)$(HOSTCC) $(CFLAGS) -o $@ $(PITH_CC_OBJ)

ALL += $(BUILD)/bin/pith $(BUILD)/bin/pith-cc

# ---- the rooms ----------------------------------------------------------------------------
-include third_party/build.mk
-include os/build.mk
-include cc/build.mk
-include monitor/build.mk
-include cli/build.mk
-include examples/build.mk
-include tests/build.mk
-include slirp/build.mk
-include oci/build.mk
-include bench/build.mk
-include vm/build.mk
-include boot/build.mk

-include $(PITH_OBJ:.o=.d) $(PITH_CC_OBJ:.o=.d)

# ---- goals --------------------------------------------------------------------------------
.PHONY: real-all examples demo test check bench install clean format help sizes
real-all: $(ALL)

examples: $(ALL) $(EXAMPLES)

demo: $(ALL)
	@tools/demo

test: $(ALL) $(EXAMPLES)
	@tests/run-all

check:
	@tools/install-deps check
	+@tools/check

bench: $(ALL) $(EXAMPLES)
	@tools/install-deps bench
	@bench/run

sizes: $(ALL) $(EXAMPLES)
	@tools/sizes

install: $(ALL)
	@tools/install "$(DESTDIR)$(PREFIX)"

format:
	@tools/install-deps check
	@tools/c-files | xargs clang-format -i

clean:
	rm -rf $(BUILD)/bin $(BUILD)/lib $(BUILD)/obj $(BUILD)/examples $(BUILD)/third_party \
		$(BUILD)/tests $(BUILD)/bench $(BUILD)/share $(BUILD)/deps.mk

help:
	@echo 'make                 build/bin/pith, build/bin/pith-cc and what they need'
	@echo 'make examples        every example program (make build/examples/NAME: one)'
	@echo 'make python          CPython and its library (ten minutes); make test-python its own tests'
	@echo 'make demo            SQLite and Lua as Linux programs and as unikernels, with a table'
	@echo 'make test            every test; make check is not part of it'
	@echo 'make soak            ten minutes of connections over a bad link (root, or user namespaces)'
	@echo 'make check           compilers, linters, layout and document checks'
	@echo 'make bench           measure, and write docs/benchmarks.md'
	@echo 'make bench-net       servers beside containers, and write docs/benchmarks-net.md (root)'
	@echo 'make test-containers every row with dockerd, podman, containerd; docs/containers-table.md (root)'
	@echo 'make soak-containers many at once, and everything killed at random moments (root)'
	@echo 'make bench-containers starts and memory beside runc; docs/benchmarks-containers.md (root)'
	@echo 'make builder-image   the image in which examples/web/Dockerfile builds (root)'
	@echo 'make sizes           the size of each image against its budget'
	@echo 'make install PREFIX=/usr/local DESTDIR='
	@echo 'make format          lay out all C files by .clang-format'
	@echo 'make clean           remove all that was built, keep the downloads (build/cache)'
