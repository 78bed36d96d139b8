/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch of a kernel that holds many mutants: mutant(N) is true in the one
 * that kvm.mutant, a parameter on the kernel command line or in
 * /sys/module/kvm/parameters, selects. kvm.mutant_hits counts how often it was
 * (what runs at EL2 apart from the kernel cannot count).
 */
#ifndef KVM_MUTANT_H
#define KVM_MUTANT_H

#include <linux/compiler.h>

/* In each of the two worlds a variable of its own: symbols are renamed there. */
extern int kvm_mutant;
extern unsigned long kvm_mutant_hits;

#ifdef __KVM_NVHE_HYPERVISOR__
#define mutant(n)	(READ_ONCE(kvm_mutant) == (n))
#else
#define mutant(n)	(READ_ONCE(kvm_mutant) == (n) && ++kvm_mutant_hits)
#endif

#endif /* KVM_MUTANT_H */
