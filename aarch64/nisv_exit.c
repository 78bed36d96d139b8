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
 *   register, no byte of memory, no other byte of struct kvm_run's union. With SVE
 *   it is all of Z, P and FFR, at whatever vector length, and ZCR.
 * - The statistic "exits" counts it once, and the signal mask is the thread's
 *   again, not that of KVM_SET_SIGNAL_MASK.
 * - The next KVM_RUN completes an access if exit_reason still says KVM_EXIT_MMIO,
 *   and if not, a later one does.
 * - Entered again, the guest does the same again. With PC moved past the
 *   instruction it goes on, with every register as it was.
 *
 * A case is <form>.<setting>.<on|off>: in the setting "hole" one for each row of
 * include/nisv_forms.h and each state of the capability, and in every setting of
 * include/nisv_settings.h for the first form of each class, access and size, or of
 * each access where a class needs more than a base register; but where a row
 * NOT_IN of include/nisv_classes.h says why not.
 * <form>.single_step is the exit under KVM_SET_GUEST_DEBUG; what is about no form
 * has a name of its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_sve.h"

struct exit_case {
	const struct nisv_form *form;
	enum nisv_setting_id setting;
	bool cap;
};

static void run_case(struct nisv_check *c, const void *arg)
{
	const struct exit_case *e = arg;
	struct nisv_vm *vm = nisv_shared_vm_for(c, e->cap, e->form,
						e->setting);

	nisv_vm_set(vm, e->setting);
	if (nisv_check_has(c, vm, e->form, e->setting))
		nisv_check_form_whole(c, vm, 0, e->form, e->cap);
	nisv_shared_vm_done(c, e->cap);
}

/*
 * A debugger single-steps over the form. The exit is the same, and stepping goes
 * on: where KVM completes the access, the step ends behind it.
 */
static void single_step(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named(arg);
	struct nisv_vm *vm = nisv_shared_vm(c, true);
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_trap trap;

	if (!form) {
		nisv_fail(c, "no form is called %s", (const char *)arg);
		return;
	}
	nisv_vm_set(vm, SETTING_hole);
	nisv_check_form(c, form, 0);
	if (nisv_check_to_exit(c, vm, 0, form, true, &regs) &&
	    !nisv_classes[form->class].isv) {
		nisv_vcpu_single_step(vm, 0, true);
		nisv_check_step(c, "stepping: ");
		nisv_check_exit_again(c, vm, 0, form, true);
		nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
	} else {
		nisv_vcpu_single_step(vm, 0, true);
	}
	nisv_vcpu_run(vm, 0, &e);
	nisv_eq(c, "step: KVM_RUN", 0, e.ret, nisv_show_result,
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(c, "step: exit", EXIT_DEBUG, e.reason, nisv_show_exit,
		"KVM_SET_GUEST_DEBUG holds until it is changed (api.rst 4.87)");
	if (nisv_classes[form->class].isv)
		nisv_eq(c, "a completed access is a step", true,
			nisv_vcpu_pc(vm, 0) == regs.pc + 4, nisv_show_dec,
			"an access that KVM completes is a step (api.rst 4.87)");
	nisv_vcpu_single_step(vm, 0, false);
	nisv_check_doorbell(c, vm, 0, &trap);
	nisv_shared_vm_done(c, true);
}

/* At the exit of a form, in the shared VM; false when it failed. */
static bool at_exit(struct nisv_check *c, const char *name, bool cap,
		    struct nisv_regs *regs)
{
	const struct nisv_form *form = nisv_form_named(name);
	struct nisv_vm *vm = nisv_shared_vm(c, cap);

	if (!form) {
		nisv_fail(c, "no form is called %s", name);
		return false;
	}
	nisv_vm_set(vm, SETTING_hole);
	return nisv_check_to_exit(c, vm, 0, form, cap, regs);
}

static void leave(struct nisv_check *c, bool cap, const struct nisv_regs *regs)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	struct nisv_trap trap;

	if (!nisv_failed(c)) {
		nisv_vcpu_set_pc(vm, 0, regs->pc + 4);
		nisv_check_doorbell(c, vm, 0, &trap);
	}
	nisv_shared_vm_done(c, cap);
}

/*
 * An interrupt of the host is an exit as well, that user space does not see: of
 * many KVM_RUNs some have none.
 */
static void statistics_exits(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	struct nisv_vm *vm = nisv_shared_vm(c, arg);
	u64 before, after, least = ~0ull;
	struct nisv_regs regs;
	int i;

	if (!at_exit(c, "ldr_x_post", arg, &regs))
		return;
	before = nisv_vcpu_stat(vm, 0, "exits");
	if (before == NISV_NO_STAT) {
		nisv_skip(c, "KVM_GET_STATS_FD (KVM_CAP_BINARY_STATS_FD >= 1)",
			  "0");
		leave(c, arg, &regs);
		return;
	}
	for (i = 0; i < 1000 && least != 1 && !nisv_failed(c); i++) {
		nisv_check_exit_again(c, vm, 0, form, arg);
		after = nisv_vcpu_stat(vm, 0, "exits");
		if (after - before < least)
			least = after - before;
		before = after;
	}
	nisv_eq(c, "stat exits", 1, least, nisv_show_dec,
		"exits counts it once (Documentation/virt/kvm, statistics)");
	leave(c, arg, &regs);
}

static u64 signal_mask(void)
{
	sigset_t set;
	u64 mask = 0;
	int i;

	sigprocmask(SIG_BLOCK, NULL, &set);
	for (i = 1; i < 64; i++)
		mask |= sigismember(&set, i) == 1 ? BIT_ULL(i) : 0;
	return mask;
}

static void signal_mask_restored(struct nisv_check *c, const void *arg)
{
	/* struct kvm_signal_mask: the set's size in bytes, and the set */
	u32 of_kvm[3] = { sizeof(u64), 1u << (SIGUSR2 - 1) };
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	struct nisv_vm *vm = nisv_shared_vm(c, arg);
	int fd = nisv_vcpu_fd(vm, 0);
	struct nisv_regs regs;
	sigset_t usr1, old;
	u64 before;

	if (!at_exit(c, "ldr_x_post", arg, &regs))
		return;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	before = signal_mask();
	nisv_eq(c, "KVM_SET_SIGNAL_MASK", 0, ioctl(fd, KVM_SET_SIGNAL_MASK, of_kvm),
		nisv_show_dec, "a vCPU has a signal mask (api.rst 4.17)");
	nisv_check_exit_again(c, vm, 0, form, arg);
	nisv_eq(c, "signal mask", before, signal_mask(), nisv_show_hex,
		"KVM_SET_SIGNAL_MASK is for the time of KVM_RUN (api.rst 4.17)");
	ioctl(fd, KVM_SET_SIGNAL_MASK, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	leave(c, arg, &regs);
}

/* KVM_RUN with immediate_exit: PC moves by @moves. */
static void check_completes(struct nisv_check *c, const struct nisv_regs *regs,
			    u32 reason, u64 moves, const char *rule)
{
	struct nisv_vm *vm = nisv_shared_vm(c, true);

	nisv_vcpu_claim(vm, 0, reason);
	nisv_eq(c, "KVM_RUN", -(u64)EINTR, nisv_vcpu_complete(vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	nisv_eq(c, "pc", moves, nisv_vcpu_pc(vm, 0) - regs->pc, nisv_show_delta,
		rule);
}

static void completed_by_reason(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_shared_vm(c, true);
	const u64 data = 0x1122334455667788ull;
	struct nisv_regs regs;

	(void)arg;
	if (!at_exit(c, "ldr_x", true, &regs))
		return;
	nisv_vcpu_mmio_data(vm, 0, data);
	check_completes(c, &regs, EXIT_ARM_NISV, 0,
			"no access is completed after KVM_EXIT_ARM_NISV");
	check_completes(c, &regs, EXIT_MMIO, 4,
			"the KVM_RUN after KVM_EXIT_MMIO completes the access (api.rst 5)");
	nisv_eq(c, "Rt", data, nisv_vcpu_x(vm, 0, 0), nisv_show_hex,
		"the device's data (DDI0487 C6.2)");
	check_completes(c, &regs, EXIT_MMIO, 4,
			"an access is completed once (api.rst 5)");
	leave(c, true, &regs);
}

/* ---- SVE ---- */

static void check_sve(struct nisv_check *c, const struct nisv_sve_regs *want,
		      const struct nisv_sve_regs *got)
{
	static const char rule[] =
		"the exit changes no SVE register, to its last byte (api.rst 5)";
	unsigned int i, word;

	nisv_eq(c, "vector length", want->vl, got->vl, nisv_show_dec, rule);
	nisv_eq(c, "zcr_el1", want->zcr, got->zcr, nisv_show_hex, rule);
	for (word = 0; word < NISV_Z_WORDS; word++)
		for (i = 0; i < 32; i++)
			nisv_eq_many(c, "z%d", i, want->z[i][word],
				     got->z[i][word], rule);
	for (word = 0; word < NISV_P_WORDS; word++) {
		for (i = 0; i < 16; i++)
			nisv_eq_many(c, "p%d", i, want->p[i][word],
				     got->p[i][word], rule);
		nisv_eq_many(c, "ffr", 0, want->ffr[word], got->ffr[word], rule);
	}
}

/* At the exit of @form, which comes again with vectors of @vl bytes. */
static void check_sve_at(struct nisv_check *c, struct nisv_vm *vm,
			 const struct nisv_form *form, bool cap, unsigned int vl)
{
	struct nisv_sve_regs want, now = { .vl = vl };
	struct nisv_regs regs;
	struct nisv_trap trap;

	if (nisv_failed(c) || !nisv_check_to_exit(c, vm, 0, form, cap, &regs))
		return;
	nisv_sve_fill(&want, vl, 0x5bd1e9955bd1e995ull * vl);
	nisv_vcpu_set_sve(vm, 0, &want);
	nisv_sve_use_in_host();
	nisv_check_exit_again(c, vm, 0, form, cap);
	nisv_vcpu_get_sve(vm, 0, &now);
	check_sve(c, &want, &now);
	nisv_sve_use_in_host();
	nisv_vcpu_dump_sve(vm);
	if (nisv_failed(c) || !nisv_check_doorbell(c, vm, 0, &trap))
		return;
	nisv_check_step(c, "guest: ");
	nisv_vcpu_dumped_sve(vm, &now);
	check_sve(c, &want, &now);
	nisv_check_step(c, "");
}

/* With the longest vectors, with the shortest, and with the longest again. */
static void sve_registers(struct nisv_check *c, const void *arg)
{
	static const char * const names[] = { "ldr_x_post", "ldr_z" };
	struct nisv_vm *vm;
	unsigned int max;
	size_t i;

	vm = nisv_shared_vm_for(c, arg, nisv_form_named("ldr_z"), SETTING_hole);
	nisv_vm_set(vm, SETTING_hole);
	if (!nisv_check_has(c, vm, nisv_form_named("ldr_z"), SETTING_hole))
		return;
	max = nisv_vcpu_max_vl(vm, 0);
	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(c); i++) {
		const struct nisv_form *form = nisv_form_named(names[i]);

		check_sve_at(c, vm, form, arg, max);
		check_sve_at(c, vm, form, arg, NISV_LEAST_VL);
		check_sve_at(c, vm, form, arg, max);
	}
	nisv_shared_vm_done(c, arg);
}

static void add_cases(const struct nisv_form *form, enum nisv_setting_id setting)
{
	int cap;

	for (cap = 1; cap >= 0; cap--) {
		struct exit_case *e = malloc(sizeof(*e));

		if (!e)
			abort();
		e->form = form;
		e->setting = setting;
		e->cap = cap;
		nisv_case(run_case, e, "%s.%s.%s", form->name,
			  nisv_settings[setting].name, cap ? "on" : "off");
	}
}

static bool is_tried(const struct nisv_form *form, enum nisv_setting_id setting)
{
	return (nisv_form_first_of_size(form) || nisv_form_represents(form)) &&
	       !nisv_form_not_in(form, setting);
}

int main(int argc, char **argv)
{
	static const char * const stepped[] = {
		"ldr_x_post", "str_w_pre", "ldp_x", "ldr_x", "str_x",
	};
	unsigned int i, setting;

	for (i = 0; i < nisv_nr_forms; i++)
		add_cases(&nisv_forms[i], SETTING_hole);
	for (setting = SETTING_hole + 1; setting < NISV_NR_SETTINGS; setting++)
		for (i = 0; i < nisv_nr_forms; i++)
			if (is_tried(&nisv_forms[i], setting))
				add_cases(&nisv_forms[i], setting);
	for (i = 0; i < ARRAY_SIZE(stepped); i++)
		nisv_case(single_step, stepped[i], "%s.single_step", stepped[i]);
	nisv_case(statistics_exits, "on", "statistics_exits_on");
	nisv_case(statistics_exits, NULL, "statistics_exits_off");
	nisv_case(signal_mask_restored, "on", "signal_mask_restored_on");
	nisv_case(signal_mask_restored, NULL, "signal_mask_restored_off");
	nisv_case(completed_by_reason, NULL, "completed_by_reason");
	nisv_case(sve_registers, "on", "sve_registers_on");
	nisv_case(sve_registers, NULL, "sve_registers_off");
	return nisv_harness(argc, argv);
}
