/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the versions of the kernel's KVM selftest library differ, as far as the
 * suite meets it. Everything else uses names that all of them have.
 */
#ifndef NISV_COMPAT_H
#define NISV_COMPAT_H

#include "kvm_util.h"
#include "processor.h"

/*
 * Newer libraries create a vGIC with each VM, which must be initialised once
 * all vCPUs are there, and have this function for it; older ones get this one.
 */
void kvm_arch_vm_finalize_vcpus(struct kvm_vm *vm);

void __weak kvm_arch_vm_finalize_vcpus(struct kvm_vm *vm)
{
	(void)vm;
}

/*
 * Newer libraries run guests at virtual EL2 where the kernel has nested
 * virtualisation; the stack pointer in use is then another register.
 */
#ifdef MAPPED_EL2_SYSREG
#define compat_sp_reg(vcpu)	ctxt_reg_alias(vcpu, SYS_SP_EL1)
#define compat_vcpu_init(vcpu)	((vcpu)->init)
#else
static inline u64 compat_sp_reg(struct kvm_vcpu *vcpu)
{
	(void)vcpu;
	return ARM64_CORE_REG(sp_el1);
}

static inline struct kvm_vcpu_init compat_vcpu_init(struct kvm_vcpu *vcpu)
{
	struct kvm_vcpu_init init = {};

	vm_ioctl(vcpu->vm, KVM_ARM_PREFERRED_TARGET, &init);
	return init;
}
#endif

#endif /* NISV_COMPAT_H */
