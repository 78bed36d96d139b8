/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of struct nisv_vm, for the files in lib/ that know the selftest
 * library.
 */
#ifndef NISV_VM_H
#define NISV_VM_H

#include <errno.h>

#include "compat.h"
#include "nisv.h"

#define CHUNK		0x10000ul	/* of the IPA space, see lib/vm.c */

/* A vCPU's ID registers, which are constant; those that were asked for. */
struct nisv_ids {
	unsigned int n;
	struct nisv_sysreg reg[16];
};

struct nisv_vm {
	struct kvm_vm *vm;
	struct nisv_space space;
	unsigned int nr_vcpus;
	unsigned int max_vcpus;
	u64 va;			/* of the main hole */
	u64 ipa;
	struct {
		u64 va;		/* 0: not there yet */
		u64 ipa;
		u64 size;
		bool user;
		bool literal;
		bool user_literal;
	} hole[NISV_NR_HOLES];
	const struct nisv_setting *setting;
	bool user_code;
	bool user_above;	/* the slot above the hole is mapped for EL0 */
	bool el0_32;		/* there is code for 32-bit EL0: lib/aarch32_el0.c */
	void *dump;		/* code and room for SVE registers: lib/sve.c */
	u32 features;		/* of KVM_ARM_VCPU_INIT, besides the usual */
	bool tags;		/* KVM_CAP_ARM_MTE */
	struct nisv_exchange {
		u64 at;		/* VA of the descriptor */
		u64 hole;	/* what it is */
		u64 slot;
	} exchange;
	u64 literal_code;	/* IPA of the page with the code of literals */
	u64 tables[8];		/* IPAs, of those that the guest can write to */
	unsigned int vl;	/* of the longest SVE vector, in bytes; or 0 */
	bool e0e;
	bool with_fp;		/* nisv_vm_with_fp() */
	u64 *below;
	u64 *above;
	int vgic;		/* the file of one that lib/vgic.c has made, 0: none */
	void *huge;		/* memory of the slot below the hole, and its size */
	size_t huge_size;
	struct {
		struct kvm_vcpu *vcpu;
		struct nisv_mailbox *mailbox;
		u32 pending;	/* MMIO that the next KVM_RUN completes */
		bool claimed;	/* nisv_vcpu_claim() */
		u32 mode;
		struct nisv_ids ids;
	} cpu[NISV_MAX_VCPUS];
};

/* Makes a vCPU that the library has made run lib/guest.S. lib/vm.c */
void nisv_vm_take_vcpu(struct nisv_vm *vm, struct kvm_vcpu *vcpu);

/* What an ioctl returned, or the negative errno. */
static inline int nisv_result(int ret)
{
	return ret < 0 ? -errno : ret;
}

/*
 * KVM_RUN while no signal is blocked (KVM_SET_SIGNAL_MASK), however it is
 * elsewhere: what it returned, or the negative errno. lib/vm.c
 */
int nisv_run_unblocked(struct kvm_vcpu *vcpu);

/* In place of ucall_init() in the library: nothing. lib/space.c */
void __wrap_ucall_init(struct kvm_vm *vm, u64 mmio_gpa);

void __wrap_aarch64_get_supported_page_sizes(u32 ipa, void *with_4k, void *with_16k,
					     void *with_64k);
void __real_aarch64_get_supported_page_sizes(u32 ipa, void *with_4k, void *with_16k,
					     void *with_64k);

/* The library's VM, without vCPUs, made as @space says. lib/space.c */
struct kvm_vm *nisv_create_vm(const struct nisv_space *space,
			      unsigned int max_vcpus);

/*
 * By the linker: around a section whose name is a C identifier, and from the first
 * variable of the program to behind the last.
 */
extern const char __start_nisv_guest[], __stop_nisv_guest[];
extern const char __data_start[], _end[];

/* The file that it loads into each VM: its path. lib/image.c */
const char *nisv_guest_image(void);

/* What nisv_vcpu_run() expects a new vCPU's struct kvm_run to hold. lib/vm.c */
void nisv_poison_run(struct kvm_run *run);

/* KVM_GET_REG_LIST; the caller frees it. lib/state.c */
struct kvm_reg_list *nisv_reg_list(int vcpu_fd);

#endif /* NISV_VM_H */
