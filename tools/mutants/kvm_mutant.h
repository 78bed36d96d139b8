/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch of a kernel that holds many mutants: mutant(N) is true in those
 * that kvm.mutant selects, a parameter on the kernel command line or in
 * /sys/module/kvm/parameters: a number, or several with commas. kvm.mutant_hits
 * counts how often it was, and kvm_mutants in debugfs has a byte for each N whose
 * place was reached since the parameter was set. What runs at EL2 apart from the
 * kernel does neither.
 */
#ifndef KVM_MUTANT_H
#define KVM_MUTANT_H

#include <linux/compiler.h>
#include <linux/types.h>

#define KVM_MAX_MUTANTS	4096

/* In each of the two worlds a variable of its own: symbols are renamed there. */
extern u8 kvm_mutants_on[KVM_MAX_MUTANTS];
extern unsigned long kvm_mutant_hits;
extern u8 kvm_mutants_reached[KVM_MAX_MUTANTS];

static __always_inline bool mutant(const int n)
{
#ifndef __KVM_NVHE_HYPERVISOR__
	kvm_mutants_reached[n] = 1;
	kvm_mutant_hits += READ_ONCE(kvm_mutants_on[n]);
#endif
	return READ_ONCE(kvm_mutants_on[n]);
}

#endif /* KVM_MUTANT_H */
