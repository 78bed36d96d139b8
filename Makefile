# SPDX-License-Identifier: GPL-2.0-only
#
# kvm-nisv as a kselftest collection. Three ways to call it:
#
# - In a kernel tree, copied or linked as tools/testing/selftests/kvm_nisv:
#	make -C tools/testing/selftests TARGETS=kvm_nisv [O=...] [LLVM=1] ...
# - Out of tree, with the tree that has the KVM selftest library:
#	make KSRC=/path/to/linux [O=...] [LLVM=1] [CROSS_COMPILE=...]
#	make KSRC=... INSTALL_PATH=... install
#	make KSRC=... run_tests
# - On the host, where they do their own set-up: make check, check-kernels, bench,
#   docs, mutants and coverage.

HOST_GOALS := check check-kernels bench docs mutants coverage

ifneq ($(filter $(HOST_GOALS),$(MAKECMDGOALS)),)

.PHONY: $(HOST_GOALS)
check:
	@./tools/python3.sh tools/check.py
check-kernels:
	@./tools/python3.sh tools/kernels.py
bench:
	@./tools/python3.sh tools/bench.py
docs:
	@./tools/python3.sh tools/check.py docs
mutants:
	@./tools/python3.sh tools/campaign.py
coverage:
	@./tools/python3.sh tools/coverage.py

else

ifneq ($(words $(CURDIR)),1)
$(error The path of this directory has spaces, which make cannot handle: $(CURDIR))
endif

# A link's own place in a tree is only known from where make was started: by
# the tree's Makefiles in the selftests, by hand there, here or at the top.
STARTED := $(firstword $(wildcard $(foreach d,. .. tools/testing/selftests, \
	$(abspath $(PWD)/$(d))/lib.mk)))

ifneq ($(wildcard ../lib.mk),)
IN_TREE := copied
SELFTESTS := $(abspath ..)
else ifneq ($(KSRC),)
ifneq ($(words $(KSRC)),1)
$(error The path of the kernel tree has spaces, which make cannot handle: $(KSRC))
endif
SELFTESTS := $(abspath $(KSRC))/tools/testing/selftests
else ifneq ($(STARTED),)
IN_TREE := linked
SELFTESTS := $(abspath $(dir $(STARTED)))
else
$(error No kernel tree: give KSRC=/path/to/linux, or use ./run_tests.sh, which finds one)
endif

KTREE := $(abspath $(SELFTESTS)/../../..)
KVM_SELFTESTS := $(SELFTESTS)/kvm
kversion = $(shell sed -n 's/^$(1) = //p' '$(KTREE)/Makefile' 2>/dev/null | head -n 1)
KVERSION := $(call kversion,VERSION)
KPATCHLEVEL := $(call kversion,PATCHLEVEL)

ifeq ($(and $(KVERSION),$(KPATCHLEVEL),$(wildcard $(SELFTESTS)/lib.mk),$(wildcard $(KVM_SELFTESTS)/lib)),)
$(error Not a kernel tree with KVM selftests: $(KTREE))
endif
ifeq ($(shell [ $(KVERSION) -gt 6 ] || [ $(KVERSION).$(KPATCHLEVEL) != 6.0 -a $(KVERSION) = 6 ] || echo old),old)
$(error The KVM selftest library of Linux $(KVERSION).$(KPATCHLEVEL) is too old, 6.1 or later is needed: $(KTREE))
endif

# Out of tree there is one architecture to build for; in a tree it is the
# tree's, and another one has nothing here to build.
ifdef IN_TREE
ARCH ?= $(shell uname -m | sed -e s/aarch64/arm64/ -e s/x86_64/x86/)
else
ARCH ?= arm64
ifeq ($(LLVM)$(CROSS_COMPILE),)
ifneq ($(shell uname -m),aarch64)
CROSS_COMPILE := aarch64-linux-gnu-
endif
endif
endif

ifeq ($(OUTPUT),)
ifneq ($(O),)
OUTPUT := $(abspath $(O))/kselftest/kvm_nisv
else
OUTPUT := $(CURDIR)
endif
endif

ifeq ($(filter $(ARCH),arm64 aarch64),)

ifndef IN_TREE
$(error Nothing to build for ARCH=$(ARCH): the suite is for arm64)
endif

else

TEST_GEN_PROGS := $(basename $(sort $(wildcard aarch64/nisv_*.c)))

NISV_OBJS := $(addsuffix .o,$(basename $(sort $(wildcard lib/*.c lib/*.S))))
NISV_OBJS := $(addprefix $(OUTPUT)/,$(NISV_OBJS))

endif

OVERRIDE_TARGETS := 1
include $(SELFTESTS)/lib.mk

ifneq ($(TEST_GEN_PROGS),)

# Installed headers are where KHDR_INCLUDES on the command line says, or in the tree
# where there are any; else they are installed into the build directory, and the tree
# stays as it is.
ifndef IN_TREE
ifneq ($(origin KHDR_INCLUDES),command line)
ifneq ($(wildcard $(KTREE)/usr/include/linux/kvm.h),)
KHDR_INCLUDES := -isystem $(KTREE)/usr/include
else
HEADERS := $(OUTPUT)/usr/include/linux/kvm.h
KHDR_INCLUDES := -isystem $(OUTPUT)/usr/include
endif
endif
endif

LIBKVM := $(OUTPUT)/libkvm
# USERCFLAGS=-Werror is for our sources: the library has warnings of its own.
libkvm_make = $(MAKE) --no-print-directory -C $(KVM_SELFTESTS) \
	-f Makefile -f $(CURDIR)/lib/libkvm.mk ARCH=arm64 \
	CROSS_COMPILE=$(CROSS_COMPILE) OUTPUT=$(LIBKVM) O=$(LIBKVM) \
	abs_objdir=$(LIBKVM) KHDR_INCLUDES='$(KHDR_INCLUDES)' \
	USERCFLAGS='$(filter-out -Werror,$(USERCFLAGS))'

NISV_CFLAGS := @$(LIBKVM)/cflags -D_GNU_SOURCE= -Wall -Wextra -MMD -MP \
	-Iinclude -DNISV_EMULATE_HOOKS $(USERCFLAGS)

# To build anew with other flags on the command line, or another list of programs.
USERFLAGS := $(LIBKVM)/userflags

# Rebuilt by the library's own rules, which know what it depends on.
.PHONY: libkvm
libkvm: $(HEADERS)
	@mkdir -p $(LIBKVM)/tools $(OUTPUT)/aarch64 $(OUTPUT)/lib
	+@$(libkvm_make) libkvm_for_nisv
	@printf '%s\n' '$(USERCFLAGS)' '$(USERLDFLAGS)' '$(TEST_GEN_PROGS)' \
		>$(USERFLAGS).new
	@cmp -s $(USERFLAGS).new $(USERFLAGS) && rm $(USERFLAGS).new || \
		mv $(USERFLAGS).new $(USERFLAGS)

LIBKVM_FILES := $(addprefix $(LIBKVM)/,objects ldflags ldlibs)
$(LIBKVM)/cflags $(LIBKVM_FILES) $(USERFLAGS): libkvm ;

$(HEADERS): $(KTREE)/include/uapi/linux/kvm.h
	@if [ -e $(KTREE)/.config ] || [ -d $(KTREE)/include/config ]; then \
		echo "$(KTREE) is configured in place: run 'make headers' there first" >&2; \
		exit 1; \
	fi
	+$(MAKE) -s -C $(KTREE) ARCH=arm64 O=$(OUTPUT)/headers OUTPUT= \
		INSTALL_HDR_PATH=$(OUTPUT)/usr headers_install
	@touch $@

$(OUTPUT)/%.o: %.c $(LIBKVM)/cflags $(USERFLAGS)
	$(CC) $(NISV_CFLAGS) -c $< -o $@

$(OUTPUT)/%.o: %.S $(LIBKVM)/cflags $(USERFLAGS)
	$(CC) $(NISV_CFLAGS) -c $< -o $@

$(TEST_GEN_PROGS): %: %.o $(NISV_OBJS) $(LIBKVM_FILES)
	$(CC) @$(LIBKVM)/cflags @$(LIBKVM)/ldflags $(USERLDFLAGS) $< \
		$(NISV_OBJS) @$(LIBKVM)/objects @$(LIBKVM)/ldlibs -o $@

# For the guests of run_tests.sh: tools/guest/all.c says why.
TOGETHER := $(OUTPUT)/nisv_together
PARTS := $(TEST_GEN_PROGS:=.part.o)

$(OUTPUT)/%.part.o: $(OUTPUT)/%.o
	$(CROSS_COMPILE)objcopy --redefine-sym main=$(*F)_main $< $@

$(OUTPUT)/all.o: tools/guest/all.c $(LIBKVM)/cflags $(USERFLAGS)
	$(CC) $(NISV_CFLAGS) -DPROGRAMS='$(foreach program,\
		$(notdir $(TEST_GEN_PROGS)),PROGRAM($(program)))' -c $< -o $@

$(TOGETHER): $(OUTPUT)/all.o $(PARTS) $(NISV_OBJS) $(LIBKVM_FILES)
	$(CC) @$(LIBKVM)/cflags @$(LIBKVM)/ldflags $(USERLDFLAGS) $< \
		$(PARTS) $(NISV_OBJS) @$(LIBKVM)/objects @$(LIBKVM)/ldlibs -o $@

.PHONY: install_together
install_together: $(TOGETHER)
	mkdir -p $(INSTALL_PATH)/all
	cp $(TOGETHER) $(INSTALL_PATH)/all/
	for program in $(notdir $(TEST_GEN_PROGS)); do \
		ln -s all/$(notdir $(TOGETHER)) $(INSTALL_PATH)/$$program || exit; \
	done
	cp settings $(INSTALL_PATH)/

-include $(NISV_OBJS:.o=.d) $(TEST_GEN_PROGS:=.d)

EXTRA_CLEAN += $(NISV_OBJS) $(NISV_OBJS:.o=.d) $(TEST_GEN_PROGS:=.o) \
	$(TEST_GEN_PROGS:=.d) $(PARTS) $(OUTPUT)/all.o $(OUTPUT)/all.d \
	$(TOGETHER) $(LIBKVM) $(OUTPUT)/headers $(OUTPUT)/usr \
	$(OUTPUT)/selftests

# runner.sh takes labels and settings from the directory that it runs in,
# relative to the selftests: where we are not really below them, make it so.
ifneq ($(IN_TREE),copied)
define RUN_TESTS
	mkdir -p $(OUTPUT)/selftests;					\
	ln -sfn $(SELFTESTS)/kselftest $(OUTPUT)/selftests/kselftest;	\
	ln -sfn $(CURDIR) $(OUTPUT)/selftests/kvm_nisv;			\
	cd $(OUTPUT)/selftests/kvm_nisv;				\
	BASE_DIR=$(OUTPUT)/selftests;					\
	. $(SELFTESTS)/kselftest/runner.sh;				\
	if [ "X$(summary)" != "X" ]; then				\
		per_test_logging=1;					\
	fi;								\
	run_many $(1)
endef
endif

endif # TEST_GEN_PROGS

endif # HOST_GOALS
