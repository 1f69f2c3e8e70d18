# The example programs: $(BUILD)/examples/NAME, each made by pith-cc as any program would be.
# Our own come from examples/NAME/*.c; Lua and SQLite are Debian's sources, unpacked and unchanged
# (third_party/lock), built by their own makefiles where they have one that fits.
# The servers have a build.mk each in their folders.
# A new pith-cc, C library or library OS links programs anew; it does not compile them anew.

EX_CC := $(BUILD)/bin/pith-cc
EX_OBJ := $(BUILD)/obj/examples
EX_CFLAGS := -O2 -Wall -Wextra -Werror
# Before anything compiles (order only), and what makes programs link again.
EX_LINK := $(PITH_CC_READY) $(BUILD)/lib/pith/guest/libpith.a $(BUILD)/lib/pith/include/.stamp

# ---- our own -------------------------------------------------------------------------------
EX_OWN := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard examples/*/*.c)))))

$(EX_OBJ)/%.o: examples/%.c | $(EX_LINK)
	@mkdir -p $(@D)
	$(SAY) "  pith-cc $<"
	$(Q)$(EX_CC) $(EX_CFLAGS) -MMD -MP -c -o $@ $<

define ex_own
$(BUILD)/examples/$(1): $(patsubst examples/%.c,$(EX_OBJ)/%.o,$(sort $(wildcard examples/$(1)/*.c))) $(EX_LINK)
	@mkdir -p $$(@D)
	$$(SAY) "  link   $$@"
	$$(Q)$(EX_CC) $(EX_CFLAGS) -o $$@ $$(filter $(EX_OBJ)/%.o,$$^)
endef
$(foreach n,$(EX_OWN),$(eval $(call ex_own,$(n))))
-include $(wildcard $(EX_OBJ)/*/*.d)

# ---- Lua -----------------------------------------------------------------------------------
# Lua's own makefile knows which objects are old; the program is linked again each time we come
# here. It gets none of the flags and variables of our own make.
$(EX_OBJ)/lua/.stamp: $(TP)/src/lua5.4.stamp
	@rm -rf $(@D) && mkdir -p $(@D) && cp -R $(TP)/src/lua5.4/src/. $(@D)
	@touch $@

$(BUILD)/examples/lua: $(EX_OBJ)/lua/.stamp $(EX_LINK)
	@mkdir -p $(@D)
	@rm -f $(EX_OBJ)/lua/lua
	$(SAY) "  make   $@"
	$(Q)env -u MAKEFLAGS $(MAKE) -s -C $(EX_OBJ)/lua lua AR='ar rc' CC='$(abspath $(EX_CC))' MYCFLAGS=-DLUA_USE_POSIX
	@cp $(EX_OBJ)/lua/lua $@.tmp && mv $@.tmp $@

# ---- SQLite --------------------------------------------------------------------------------
# configure and make write the amalgamation (tclsh runs its generator); libz of this machine is
# not looked for.
EX_SQL := $(EX_OBJ)/sqlite
$(EX_SQL)/.stamp: $(TP)/src/sqlite3.stamp | $(EX_LINK)
	@rm -rf $(@D) && mkdir -p $(@D)
	@command -v tclsh >/dev/null || { echo "pith: tclsh is missing, SQLite's sources need it (Debian package tcl)." >&2; exit 1; }
	$(SAY) "  configure sqlite3"
	@src=$(abspath $(TP)/src/sqlite3) && cc=$(abspath $(EX_CC)) && cd $(@D) && \
		{ $$src/configure --disable-tcl --disable-readline --disable-load-extension \
			CC=$$cc CFLAGS=-O2 ac_cv_search_deflate=no && \
		env -u MAKEFLAGS $(MAKE) --no-print-directory sqlite3.c shell.c; } >configure.log 2>&1 || \
		{ tail -n 20 configure.log >&2; echo "pith: configuring sqlite3 failed ($(@D)/configure.log)." >&2; exit 1; }
	@touch $@

EX_SQL_FLAGS := -I$(EX_SQL) -D_HAVE_SQLITE_CONFIG_H -DNDEBUG -DSQLITE_THREADSAFE=1 \
	-DSQLITE_OMIT_LOAD_EXTENSION=1 -DSQLITE_ENABLE_MATH_FUNCTIONS
# What SQLite's makefile puts into its shell.
EX_SQL_SHELL := -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_UNKNOWN_SQL_FUNCTION \
	-DSQLITE_ENABLE_STMTVTAB -DSQLITE_ENABLE_DBPAGE_VTAB -DSQLITE_ENABLE_DBSTAT_VTAB \
	-DSQLITE_ENABLE_BYTECODE_VTAB -DSQLITE_ENABLE_OFFSET_SQL_FUNC -DHAVE_READLINE=0

$(EX_SQL)/%-small.o: $(EX_SQL)/.stamp
	$(SAY) "  pith-cc $@"
	$(Q)$(EX_CC) -Os $(EX_SQL_FLAGS) $(EX_SQL_SHELL) -c -o $@ $(EX_SQL)/$*.c
$(EX_SQL)/sqlite3-fast.o: $(EX_SQL)/.stamp
	$(SAY) "  pith-cc $@"
	$(Q)$(EX_CC) -O2 $(EX_SQL_FLAGS) -c -o $@ $(EX_SQL)/sqlite3.c
$(EX_SQL)/speedtest1.o: $(EX_SQL)/.stamp
	$(SAY) "  pith-cc $@"
	$(Q)$(EX_CC) -O2 $(EX_SQL_FLAGS) -c -o $@ $(TP)/src/sqlite3/test/speedtest1.c

$(BUILD)/examples/sqlite3: $(EX_SQL)/sqlite3-small.o $(EX_SQL)/shell-small.o
$(BUILD)/examples/speedtest1: $(EX_SQL)/sqlite3-fast.o $(EX_SQL)/speedtest1.o
$(BUILD)/examples/sqlite3 $(BUILD)/examples/speedtest1: $(EX_LINK)
	@mkdir -p $(@D)
	$(SAY) "  link   $@"
	$(Q)$(EX_CC) -o $@ $(filter $(EX_OBJ)/%.o,$^)

EX_LIBRARIES := examples/libraries/build.mk
include $(EX_LIBRARIES) $(filter-out $(EX_LIBRARIES),$(wildcard examples/*/build.mk))

EXAMPLES += $(addprefix $(BUILD)/examples/,$(EX_OWN) lua sqlite3 speedtest1)
