# What `pith pack` says of the parts of a program: the versions that third_party/lock pins.
$(BUILD)/obj/cli/pack_sbom.o: third_party/lock
$(BUILD)/obj/cli/pack_sbom.o: private HOST_CFLAGS += $(shell awk '$$1 == "musl" || $$1 == "lwip" { \
	printf "-DPACK_%s=\\\"%s\\\" ", toupper($$1), $$2 }' third_party/lock)
