# lighttpd from Debian's source, unmodified, by its own configure and make, with static zlib and
# pcre2, and with the modules listed here inside. No TLS, no CGI, no back ends.
# The configuration and the page of examples/lighttpd/files are embedded; a volume at /etc or /srv
# takes their place.
EX_LIG := $(EX_OBJ)/lighttpd
EX_LIG_FILES := $(shell find examples/lighttpd/files -type f)
EX_LIG_MODS := access accesslog alias auth authn_file deflate dirlisting evhost expire indexfile \
	redirect rewrite setenv simple_vhost staticfile status

# musl has no <sys/queue.h> (macros alone), which lighttpd's HPACK includes: this machine's serves.
EX_LIG_QUEUE := /usr/include/x86_64-linux-gnu/sys/queue.h

# src/plugin-static.h is the list of modules that a static lighttpd asks its builder for.
$(EX_LIG)/.stamp: $(TP)/src/lighttpd.stamp $(EX_ZLIB)/.stamp $(EX_PCRE_UTF)/.stamp \
		examples/lighttpd/build.mk | $(EX_LINK)
	@rm -rf $(@D) && mkdir -p $(@D)/src $(@D)/more/sys && cp $(EX_LIG_QUEUE) $(@D)/more/sys
	$(SAY) "  configure lighttpd"
	@src=$(abspath $(TP)/src/lighttpd) && cd $(@D) && $(call ex_logged,lighttpd,configure.log, \
		$$src/configure CC=$(EX_CCA) CFLAGS="-Os -ffile-prefix-map=$$src/=" \
			LIGHTTPD_STATIC=yes --disable-shared --enable-static --disable-dependency-tracking \
			--with-pcre2=$(abspath $(EX_PCRE_UTF)) --with-zlib \
			CPPFLAGS='-I$(abspath $(EX_ZLIB))/include -I$(abspath $(@D))/more' \
			LDFLAGS=-L$(abspath $(EX_ZLIB))/lib && \
		printf 'PLUGIN_INIT(mod_%s)\n' $(EX_LIG_MODS) >src/plugin-static.h)
	@touch $@

# The configuration and the page go in at the link; of the modules that are not listed nothing does.
$(BUILD)/examples/lighttpd: $(EX_LIG)/.stamp $(EX_LIG_FILES) $(EX_LINK)
	@mkdir -p $(@D)
	$(SAY) "  make   lighttpd"
	+@files=$(abspath examples/lighttpd/files) && cd $(EX_LIG) && rm -f src/lighttpd && \
		$(call ex_logged,lighttpd,build.log, $(EX_MAKE) -C src versionstamp && \
		$(EX_MAKE) -C src lighttpd lighttpd_LDFLAGS=-fpith-files=$$files)
	@cp $(EX_LIG)/src/lighttpd $@.tmp && mv $@.tmp $@

EXAMPLES += $(BUILD)/examples/lighttpd
