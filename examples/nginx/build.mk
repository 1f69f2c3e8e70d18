# nginx from Debian's source, unmodified, by its own configure and make, twice:
#   nginx        with gzip and rewrite: static zlib and pcre2
#   nginx-small  without them: what a static site needs
# One process, no TLS, no back ends (proxy, fastcgi and the like). The configuration, the pages of
# examples/nginx/files and a passwd file are embedded; a volume at /etc or /srv takes their place.
EX_NGX := $(EX_OBJ)/nginx
EX_NGX_FILES := $(shell find examples/nginx/files -type f)
EX_NGX_CONF := --prefix=/ --conf-path=/etc/nginx.conf --error-log-path=stderr \
	--http-log-path=/dev/stdout --pid-path=/tmp/nginx.pid --lock-path=/tmp/nginx.lock \
	--http-client-body-temp-path=/tmp/nginx-body --user=nobody --group=nogroup \
	$(foreach m,proxy fastcgi uwsgi scgi grpc memcached mirror ssi userid browser empty_gif geo \
		split_clients limit_conn upstream_hash upstream_ip_hash upstream_least_conn \
		upstream_random upstream_keepalive upstream_zone,--without-http_$(m)_module) \
	--without-http-cache
EX_NGX_SMALL := $(foreach m,rewrite gzip charset auth_basic limit_req map referer autoindex,--without-http_$(m)_module)

# nginx's configure works inside its source folder: a copy for each.
$(EX_NGX)/.stamp: $(TP)/src/nginx.stamp $(EX_ZLIB)/.stamp $(EX_PCRE)/.stamp examples/nginx/build.mk | $(EX_LINK)
	@rm -rf $(@D) && mkdir -p $(@D) && cp -a $(TP)/src/nginx/. $(@D)
	$(SAY) "  configure nginx"
	@cd $(@D) && $(call ex_logged,nginx,configure.log, ./configure --with-cc=$(EX_CCA) $(EX_NGX_CONF) \
		--with-cc-opt='-Os -g0 -I$(abspath $(EX_ZLIB))/include -I$(abspath $(EX_PCRE))/include' \
		--with-ld-opt='-L$(abspath $(EX_ZLIB))/lib -L$(abspath $(EX_PCRE))/lib')
	@touch $@
$(EX_NGX)-small/.stamp: $(TP)/src/nginx.stamp examples/nginx/build.mk | $(EX_LINK)
	@rm -rf $(@D) && mkdir -p $(@D) && cp -a $(TP)/src/nginx/. $(@D)
	$(SAY) "  configure nginx-small"
	@cd $(@D) && $(call ex_logged,nginx-small,configure.log, ./configure --with-cc=$(EX_CCA) \
		$(EX_NGX_CONF) $(EX_NGX_SMALL) --with-cc-opt='-Os -g0')
	@touch $@

# The configuration and the pages go in at the link.
$(BUILD)/examples/nginx $(BUILD)/examples/nginx-small: $(BUILD)/examples/%: $(EX_OBJ)/%/.stamp \
		$(EX_NGX_FILES) $(EX_LINK)
	@mkdir -p $(@D)
	$(SAY) "  make   $*"
	+@files=$(abspath examples/nginx/files) && cd $(EX_OBJ)/$* && rm -f objs/nginx && \
		$(call ex_logged,$*,build.log, \
		$(EX_MAKE) -f objs/Makefile binary LINK="$(EX_CCA) -fpith-files=$$files")
	@cp $(EX_OBJ)/$*/objs/nginx $@.tmp && mv $@.tmp $@

EXAMPLES += $(BUILD)/examples/nginx $(BUILD)/examples/nginx-small
