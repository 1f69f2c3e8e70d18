# Libraries the servers link with, from Debian's sources (third_party/lock), made by pith-cc through
# their own configure and make, static, each installed below $(EX_OBJ)/NAME/root.
# They are compiled once: a new pith-cc or library OS changes nothing in a static library.

# $(call ex_logged,WHAT,LOG,COMMANDS): run them in a shell, show the log's end if they fail.
define ex_logged
{ $(3); } >$(2) 2>&1 || { tail -n 20 $(2) >&2; echo "pith: building $(1) failed ($(2))." >&2; exit 1; }
endef
# A makefile that is not ours: our jobs, none of the variables given on our command line.
EX_MAKE = MAKEFLAGS="$${MAKEFLAGS%% -- *}" $(MAKE) --no-print-directory
EX_CCA := $(abspath $(EX_CC))

# ---- zlib ----------------------------------------------------------------------------------
EX_ZLIB := $(EX_OBJ)/zlib/root
$(EX_ZLIB)/.stamp: $(TP)/src/zlib.stamp | $(EX_LINK)
	@rm -rf $(EX_OBJ)/zlib && mkdir -p $(EX_OBJ)/zlib && cp -a $(TP)/src/zlib/. $(EX_OBJ)/zlib
	$(SAY) "  make   zlib"
	+@cd $(EX_OBJ)/zlib && $(call ex_logged,zlib,build.log, \
		CC=$(EX_CCA) CFLAGS=-O2 ./configure --static --prefix=$(abspath $(EX_ZLIB)) && \
		$(EX_MAKE) libz.a && $(EX_MAKE) install)
	@touch $@

# ---- pcre2 (8-bit): without Unicode and its tables, and with them (lighttpd asks for UTF-8) ------
EX_PCRE := $(EX_OBJ)/pcre2/root
EX_PCRE_UTF := $(EX_OBJ)/pcre2-utf/root
$(EX_PCRE)/.stamp: EX_PCRE_UNICODE := --disable-unicode
$(EX_PCRE_UTF)/.stamp: EX_PCRE_UNICODE := --enable-unicode
$(EX_PCRE)/.stamp $(EX_PCRE_UTF)/.stamp: $(EX_OBJ)/%/root/.stamp: $(TP)/src/pcre2.stamp | $(EX_LINK)
	@rm -rf $(EX_OBJ)/$* && mkdir -p $(EX_OBJ)/$*
	$(SAY) "  make   $*"
	+@src=$(abspath $(TP)/src/pcre2) && cd $(EX_OBJ)/$* && $(call ex_logged,$*,build.log, \
		$$src/configure CC=$(EX_CCA) CFLAGS=-Os --prefix=$(abspath $(@D)) --disable-shared \
			$(EX_PCRE_UNICODE) --disable-dependency-tracking && \
		$(EX_MAKE) libpcre2-8.la && \
		$(EX_MAKE) install-libLTLIBRARIES install-nodist_includeHEADERS)
	@touch $@

# ---- libevent ------------------------------------------------------------------------------
EX_EVENT := $(EX_OBJ)/libevent/root
$(EX_EVENT)/.stamp: $(TP)/src/libevent.stamp | $(EX_LINK)
	@rm -rf $(EX_OBJ)/libevent && mkdir -p $(EX_OBJ)/libevent
	$(SAY) "  make   libevent"
	+@src=$(abspath $(TP)/src/libevent) && cd $(EX_OBJ)/libevent && $(call ex_logged,libevent,build.log, \
		$$src/configure CC=$(EX_CCA) CFLAGS=-O2 --prefix=$(abspath $(EX_EVENT)) --disable-shared \
			--disable-openssl --disable-samples --disable-libevent-regress --disable-debug-mode \
			--disable-thread-support --disable-dependency-tracking && \
		$(EX_MAKE) include/event2/event-config.h && $(EX_MAKE) libevent.la && \
		mkdir -p root/lib root/include && cp .libs/libevent.a root/lib && \
		cp -R $$src/include/. include/. root/include)
	@touch $@
