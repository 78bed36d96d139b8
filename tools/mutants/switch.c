// SPDX-License-Identifier: GPL-2.0-only
/*
 * Appended to arch/arm64/kvm/arm.c: the parameters behind mutant(N). The copy
 * for the code that runs at EL2 apart from the kernel is set at boot and, where
 * that code is not protected from the kernel, later as well.
 */
#include <linux/debugfs.h>

u8 kvm_mutants_on[KVM_MAX_MUTANTS];
unsigned long kvm_mutant_hits;
u8 kvm_mutants_reached[KVM_MAX_MUTANTS];
DECLARE_KVM_NVHE_SYM(kvm_mutants_on);

static int set_mutant(const char *val, const struct kernel_param *kp)
{
	char *rest = (char *)val;
	int n;

	memset(kvm_mutants_on, 0, sizeof(kvm_mutants_on));
	memset(kvm_mutants_reached, 0, sizeof(kvm_mutants_reached));
	while (get_option(&rest, &n)) {
		if (n < 0 || n >= KVM_MAX_MUTANTS)
			return -EINVAL;
		kvm_mutants_on[n] = n != 0;
	}
	/* at boot it cannot be asked yet whether KVM is protected */
	if (system_state != SYSTEM_RUNNING || !is_protected_kvm_enabled())
		memcpy(kvm_nvhe_sym(kvm_mutants_on), kvm_mutants_on,
		       sizeof(kvm_mutants_on));
	return 0;
}

static const struct kernel_param_ops mutant_ops = {
	.set = set_mutant,
};

module_param_cb(mutant, &mutant_ops, NULL, 0200);
module_param_named(mutant_hits, kvm_mutant_hits, ulong, 0644);

static struct debugfs_blob_wrapper mutants_reached = {
	.data = kvm_mutants_reached,
	.size = sizeof(kvm_mutants_reached),
};

static int __init show_mutants_reached(void)
{
	debugfs_create_blob("kvm_mutants", 0444, NULL, &mutants_reached);
	return 0;
}
late_initcall(show_mutants_reached);
