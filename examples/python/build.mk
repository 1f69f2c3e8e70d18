# CPython 3.11 from Debian's source, unmodified, by its own configure and make, all modules inside:
#   python          the interpreter; its library lies in $(BUILD)/examples/python-home/lib/python3.11
#   python-whole    the same program with that library embedded, without the sources and the tests
# With static zlib and SQLite; no TLS, no ctypes, no readline. Ten minutes on an ordinary machine, so
# `make python` is a goal of its own and `make examples` leaves it out.
EX_PY := $(EX_OBJ)/python
EX_PY_HOME := $(BUILD)/examples/python-home
EX_PY_LIB := $(EX_PY_HOME)/lib/python3.11

# What needs shared objects, libraries that are not here, or hardware. /dev/ptmx is the host's.
EX_PY_CONF := ac_cv_file__dev_ptmx=no ac_cv_file__dev_ptc=no \
	$(foreach m,_testimportmultiple _testmultiphase _testinternalcapi _ctypes _ctypes_test xxlimited xxlimited_35 \
		_uuid _bz2 _lzma _ssl _hashlib _curses _curses_panel readline _dbm _gdbm _tkinter nis \
		ossaudiodev _xxtestfuzz,py_cv_module_$(m)=n/a)

$(EX_PY)/.stamp: $(TP)/src/python3.11.stamp $(EX_ZLIB)/.stamp $(EX_SQL)/sqlite3-fast.o \
		examples/python/build.mk | $(EX_LINK)
	@rm -rf $(@D) && mkdir -p $(@D)/sqlite && cp $(EX_SQL)/sqlite3.h $(@D)/sqlite && \
		ar rcD $(@D)/sqlite/libsqlite3.a $(EX_SQL)/sqlite3-fast.o
	$(SAY) "  configure python"
	@src=$(abspath $(TP)/src/python3.11) && zlib=$(abspath $(EX_ZLIB)) && cd $(@D) && \
		$(call ex_logged,python,configure.log, \
		MODULE_BUILDTYPE=static PKG_CONFIG=/bin/false \
		ZLIB_CFLAGS=-I$$zlib/include ZLIB_LIBS="-L$$zlib/lib -lz" \
		LIBSQLITE3_CFLAGS=-I$$PWD/sqlite LIBSQLITE3_LIBS="-L$$PWD/sqlite -lsqlite3" \
		$$src/configure CC=$(EX_CCA) OPT='-DNDEBUG -fwrapv -O2 -Wall' \
			CFLAGS="-ffile-prefix-map=$$src/=" --prefix=/usr \
			--without-ensurepip --disable-shared $(EX_PY_CONF) && \
		cp Modules/Setup.stdlib Modules/Setup.local)
	@touch $@

# The time of the build, which CPython writes into itself, is nobody's.
$(BUILD)/examples/python: $(EX_PY)/.stamp $(EX_LINK)
	@mkdir -p $(@D)
	$(SAY) "  make   python"
	+@cd $(EX_PY) && rm -f python && $(call ex_logged,python,build.log, \
		SOURCE_DATE_EPOCH=0 $(EX_MAKE) python pybuilddir.txt)
	@cp $(EX_PY)/python $@.tmp && mv $@.tmp $@

# The library is the source's own, compiled by the Linux half. lib-dynload is where shared modules
# would be: there are none.
$(EX_PY_HOME)/.stamp: $(EX_PY)/.stamp examples/python/build.mk | $(BUILD)/examples/python
	$(SAY) "  copy   $(EX_PY_LIB)"
	@rm -rf $(EX_PY_HOME) && mkdir -p $(dir $(EX_PY_LIB)) && \
		cp -a $(TP)/src/python3.11/Lib $(EX_PY_LIB) && mkdir -p $(EX_PY_LIB)/lib-dynload && \
		cp $(EX_PY)/$$(cat $(EX_PY)/pybuilddir.txt)/_sysconfigdata_*.py $(EX_PY_LIB)
	@$(call ex_logged,python's library,$(EX_PY)/library.log, PYTHONHOME=$(abspath $(EX_PY_HOME)) \
		$(BUILD)/examples/python -m compileall -q -j 2 --invalidation-mode unchecked-hash \
		-x 'bad_coding|badsyntax|lib2to3/tests/data' -s $(EX_PY_HOME) -p /usr $(EX_PY_LIB))
	@touch $@

# Embedded: the same, compiled, without sources, tests and what needs a window, a compiler or pip.
EX_PY_NOT := test tests idlelib tkinter turtledemo ensurepip lib2to3 distutils venv pydoc_data \
	site-packages lib-dynload __phello__ __pycache__
$(EX_PY)/embed/.stamp: $(EX_PY_HOME)/.stamp
	@rm -rf $(@D) && mkdir -p $(@D)/lib && cp -a $(EX_PY_LIB)/. $(@D)/lib && cd $(@D)/lib && \
		find . -depth -type d $(patsubst %,-name % -o,$(EX_PY_NOT)) -name none | xargs rm -rf && \
		$(call ex_logged,python-whole,../../embed.log, PYTHONHOME=$(abspath $(EX_PY_HOME)) \
		$(abspath $(BUILD)/examples/python) -m compileall -q -b --invalidation-mode unchecked-hash \
			-s . -p /usr/lib/python3.11 .) && \
		find . -type f ! -name '*.pyc' | xargs rm -f && mkdir lib-dynload
	@touch $@

$(BUILD)/examples/python-whole: $(EX_PY)/embed/.stamp $(BUILD)/examples/python $(EX_LINK)
	$(SAY) "  make   python-whole"
	+@cd $(EX_PY) && rm -f python-whole && $(call ex_logged,python-whole,whole.log, \
		SOURCE_DATE_EPOCH=0 $(EX_MAKE) python-whole BUILDEXE=-whole \
			LINKFORSHARED=-fpith-files=$$PWD/embed/lib:/usr/lib/python3.11)
	@cp $(EX_PY)/python-whole $@.tmp && mv $@.tmp $@

.PHONY: python
python: $(BUILD)/examples/python $(BUILD)/examples/python-whole $(EX_PY_HOME)/.stamp
