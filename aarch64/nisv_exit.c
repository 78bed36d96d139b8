// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_exit: what KVM_RUN returns when a guest touches a hole.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.10 KVM_RUN and 5 KVM_EXIT_MMIO,
 * KVM_EXIT_ARM_NISV; Arm ARM DDI0487, ESR_EL2), for an access to an address
 * that no memory slot backs:
 *
 * - The CPU gives a syndrome (ISV=1): KVM_EXIT_MMIO with address, length,
 *   direction and data, whether or not KVM_CAP_ARM_NISV_TO_USER is enabled; the
 *   next KVM_RUN completes the access and the guest goes on behind it.
 * - It gives none and the capability is off: KVM_RUN fails with ENOSYS,
 *   exit_reason is KVM_EXIT_UNKNOWN and no exit data is written.
 * - It gives none and the capability is on: KVM_EXIT_ARM_NISV, where esr_iss
 *   holds nothing but CM, WnR and DFSC, and fault_ipa is the whole IPA.
 * - In both cases nothing else changes: not PC, no general-purpose register
 *   (the base register is not written back), SP, PSTATE, FPSR, FPCR, no V
 *   register, no byte of memory, no other byte of struct kvm_run's union.
 * - Entered again, the guest does the same again. With PC moved past the
 *   instruction it goes on, with every register as it was.
 *
 * A case is <form>.hole.<on|off>: one for each row of include/nisv_forms.h and
 * each state of the capability.
 */
#include <stdio.h>

#include "nisv.h"

/* The cases share two VMs; one that failed leaves no VM to the next. */
static struct nisv_vm *vms[2];

static bool has_feature(struct nisv_check *c, const struct nisv_form *form,
			struct nisv_vm *vm)
{
	const struct nisv_feature_info *f = &nisv_features[form->feature];
	unsigned int val = nisv_vcpu_feature(vm, 0, form->feature);
	char requires[96], found[16];

	if (val >= f->min)
		return true;
	snprintf(requires, sizeof(requires), "%s (%s.%s >= %u)", f->title,
		 f->idreg, f->field, f->min);
	snprintf(found, sizeof(found), "%u", val);
	nisv_skip(c, requires, found);
	return false;
}

static void run_form(struct nisv_check *c, const struct nisv_form *form,
		     bool cap)
{
	struct nisv_vm *vm = vms[cap];

	if (!vm) {
		vm = nisv_vm_new(1);
		nisv_vm_add_neighbours(vm);
		vms[cap] = vm;
		if (cap)
			nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm),
				nisv_show_result,
				"the capability can be enabled (api.rst 4.37)");
	}
	if (!nisv_failed(c) && has_feature(c, form, vm))
		nisv_check_form_run(c, vm, 0, form, cap);
	if (nisv_failed(c)) {
		nisv_vm_free(vm);
		vms[cap] = NULL;
	}
}

static void hole_on(struct nisv_check *c, const void *form)
{
	run_form(c, form, true);
}

static void hole_off(struct nisv_check *c, const void *form)
{
	run_form(c, form, false);
}

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		nisv_case(hole_on, form, "%s.hole.on", form->name);
		nisv_case(hole_off, form, "%s.hole.off", form->name);
	}
	return nisv_harness(argc, argv);
}
