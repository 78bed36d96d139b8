/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the versions of the kernel's KVM selftest library differ, as far as the
 * suite meets it. Everything else uses names that all of them have.
 */
#ifndef NISV_COMPAT_H
#define NISV_COMPAT_H

#include <linux/sizes.h>

#include "kvm_util.h"
#include "processor.h"
#include "gic.h"

/*
 * Newer libraries create a vGIC with each VM, which must be initialised once
 * all vCPUs are there, and have this function for it; older ones get this one.
 */
void kvm_arch_vm_finalize_vcpus(struct kvm_vm *vm);

void __weak kvm_arch_vm_finalize_vcpus(struct kvm_vm *vm)
{
	(void)vm;
}

/* What aarch64_get_supported_page_sizes() gives: since 6.8 a number of bits. */
#define compat_page_sizes_are_bool					\
	__builtin_types_compatible_p(typeof(aarch64_get_supported_page_sizes), \
				     void (u32, bool *, bool *, bool *))

/* And this one, for a program that wants none. */
void test_disable_default_vgic(void);

void __weak test_disable_default_vgic(void)
{
}

/* Where they have it; older ones leave it to the test. */
#ifndef GICD_BASE_GPA
#define GICD_BASE_GPA	0x8000000ull
#endif

/*
 * Newer libraries run guests at virtual EL2 where the kernel has nested
 * virtualisation; some registers are then others.
 */
#ifdef MAPPED_EL2_SYSREG
#define compat_alias(vcpu, reg)	ctxt_reg_alias(vcpu, reg)
#define compat_has_el2(vcpu)	vcpu_has_el2(vcpu)
#define compat_default_init(vm, init)	kvm_get_default_vcpu_target(vm, init)
#define compat_init_has_el2(init)	((init)->features[0] & BIT(KVM_ARM_VCPU_HAS_EL2))

/*
 * VMs have no vGIC, whatever the library, unless lib/vgic.c makes one: it takes as
 * long as the rest of a VM. But KVM runs no vCPU with virtual EL2 without one, and
 * where there can be such, the library makes all of them so.
 */
static inline void compat_no_default_vgic(void)
{
	static int has_el2 = -1;

	/* the library opens /dev/kvm to ask */
	if (has_el2 < 0)
		has_el2 = kvm_check_cap(KVM_CAP_ARM_EL2);
	if (!has_el2)
		test_disable_default_vgic();
}

/* The vGIC that the library has made, -1: none. */
static inline int compat_vgic_fd(struct kvm_vm *vm)
{
	return vm->arch.has_gic ? vm->arch.gic_fd : -1;
}
#else
#define compat_alias(vcpu, reg)	((void)(vcpu), KVM_ARM64_SYS_REG(reg))

static inline bool compat_has_el2(struct kvm_vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

static inline bool compat_init_has_el2(const struct kvm_vcpu_init *init)
{
	(void)init;
	return false;
}

static inline void compat_default_init(struct kvm_vm *vm,
				       struct kvm_vcpu_init *init)
{
	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, init);
}

static inline void compat_no_default_vgic(void)
{
}

static inline int compat_vgic_fd(struct kvm_vm *vm)
{
	(void)vm;
	return -1;
}
#endif

/* What vCPUs are made with: the library's own, and PSCI as any VMM has it. */
static inline struct kvm_vcpu_init compat_vcpu_init(struct kvm_vm *vm)
{
	struct kvm_vcpu_init init = {};

	compat_default_init(vm, &init);
	init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
	return init;
}

/* After kvm_vm_restart(), which does not bring back the vGIC of newer libraries. */
static inline void compat_vm_restarted(struct kvm_vm *vm, unsigned int nr_vcpus)
{
#ifdef MAPPED_EL2_SYSREG
	kvm_arch_vm_post_create(vm, nr_vcpus);
#else
	(void)vm;
	(void)nr_vcpus;
#endif
}

/* Registers of the exception level that the guest runs at. */
static inline u64 compat_vbar_reg(struct kvm_vcpu *vcpu)
{
	return compat_alias(vcpu, SYS_VBAR_EL1);
}

static inline u64 compat_sp_reg(struct kvm_vcpu *vcpu)
{
	return compat_has_el2(vcpu) ? ARM64_SYS_REG(3, 6, 4, 1, 0) :
	       ARM64_CORE_REG(sp_el1);
}

static inline u64 compat_elr_reg(struct kvm_vcpu *vcpu)
{
	return compat_has_el2(vcpu) ? ARM64_SYS_REG(3, 4, 4, 0, 1) :
	       ARM64_CORE_REG(elr_el1);
}

static inline u64 compat_spsr_reg(struct kvm_vcpu *vcpu)
{
	return compat_has_el2(vcpu) ? ARM64_SYS_REG(3, 4, 4, 0, 0) :
	       ARM64_CORE_REG(spsr[KVM_SPSR_EL1]);
}

#endif /* NISV_COMPAT_H */
