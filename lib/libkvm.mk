# SPDX-License-Identifier: GPL-2.0-only
#
# Read by make after the kernel's tools/testing/selftests/kvm/Makefile, in that
# directory: builds the library by that Makefile's own rules and writes down
# how programs that use it are compiled and linked, as files of options.
#
# The include directories become -isystem: warnings that we turn on for our own
# sources are not meant for the kernel's headers. They stay in front of what
# was -isystem before.
#
# The library has its own memcpy(), memset() and memcmp(), loops over bytes, for
# guests in C. There are none here, and libc's are much faster. Nor does a guest here
# use ucall(), for which the library would clear half a megabyte in each VM; and to
# know the stage-1 page sizes takes no VM with the largest IPA space, which each
# program would make as it starts. It gets these functions of lib/space.c.

comma := ,
include_dirs = $(patsubst -I%,%,$(filter -I%,$(subst -I ,-I,$(CFLAGS))))
other_flags = $(filter-out -I% -MD -MP,$(subst -I ,-I,$(CFLAGS)))

define write_if_changed
	@printf '%s\n' '$(strip $(2))' >$(1).new
	@cmp -s $(1).new $(1) && rm $(1).new || mv $(1).new $(1)
endef

.PHONY: libkvm_for_nisv
libkvm_for_nisv: $(LIBKVM_OBJS)
	$(call write_if_changed,$(OUTPUT)/cflags,$(foreach d,$(include_dirs),\
		-isystem $(abspath $(d))) $(other_flags))
	$(call write_if_changed,$(OUTPUT)/ldflags,$(LDFLAGS) \
		-Wl$(comma)--wrap=ucall_init \
		-Wl$(comma)--wrap=aarch64_get_supported_page_sizes)
	$(call write_if_changed,$(OUTPUT)/ldlibs,$(LDLIBS))
	$(call write_if_changed,$(OUTPUT)/objects,\
		$(filter-out %/string_override.o,$(LIBKVM_OBJS)))
