// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_debug: a debugger of the guest sees the same exit.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.87 KVM_SET_GUEST_DEBUG, 5
 * KVM_EXIT_DEBUG, KVM_EXIT_ARM_NISV; Arm ARM DDI0487 D2, debug exceptions, and
 * D1.3, synchronous exception prioritization):
 *
 * - Single-stepped, an access without syndrome exits as ever, or fails with
 *   ENOSYS: PC stays at the instruction, PSTATE is the guest's (SS too), and
 *   entered again it does the same again.
 * - Stepping then goes on, one instruction each time: KVM_EXIT_DEBUG, hsr says
 *   which exception it was. An access that KVM completes is a step.
 * - A breakpoint on the instruction comes before the exit, each time. An MMU
 *   fault comes before a watchpoint: in a hole the exit does; in a slot the
 *   watchpoint comes, before the access.
 * - Switched off and on again, debugging starts anew. Unknown bits of control
 *   are EINVAL.
 *
 * Cases: <what>_<on|off>, with the first form of each class and access that has
 * no syndrome; and what needs no capability, by name.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"

#define VECTOR_EL1H	(4 * 0x80)

/* DBGWCR_EL1: enabled at EL1, all bytes */
#define WATCH_EL1	(BIT(0) | BIT(1) | GENMASK(12, 5))
#define WATCH_LOADS	BIT(3)
#define WATCH_STORES	BIT(4)

#define HSR_EC		GENMASK(31, 26)
#define EC_BREAKPOINT	(0x30u << 26)
#define EC_STEP		(0x32u << 26)
#define EC_WATCHPOINT	(0x34u << 26)

#define STEP		(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP)
#define HW		(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW)

struct debug_case {
	const char *name;
	void (*fn)(struct debug_case *d);
	bool cap;
	/* while it runs: */
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form *form;
	struct nisv_regs regs;
	bool stepping;
};

static int set_debug(struct debug_case *d, const struct kvm_guest_debug *debug)
{
	return ioctl(nisv_vcpu_fd(d->vm, 0), KVM_SET_GUEST_DEBUG, debug) ?
	       -errno : 0;
}

static void debug(struct debug_case *d, u32 control)
{
	const struct kvm_guest_debug debug = { .control = control };

	d->stepping = control & KVM_GUESTDBG_SINGLESTEP;
	nisv_eq(d->c, "KVM_SET_GUEST_DEBUG", 0, set_debug(d, &debug),
		nisv_show_result, "a guest can be debugged (api.rst 4.87)");
}

static void break_at(struct debug_case *d, u64 va)
{
	const struct kvm_guest_debug debug = {
		.control = HW,
		.arch.dbg_bcr[0] = BREAK_EL1,
		.arch.dbg_bvr[0] = va,
	};

	d->stepping = false;
	nisv_eq(d->c, "KVM_SET_GUEST_DEBUG", 0, set_debug(d, &debug),
		nisv_show_result, "a breakpoint can be set (api.rst 4.87)");
}

static void watch(struct debug_case *d, u64 va, u32 which)
{
	const struct kvm_guest_debug debug = {
		.control = HW,
		.arch.dbg_wcr[0] = WATCH_EL1 | which,
		.arch.dbg_wvr[0] = va & ~7ull,
	};

	nisv_eq(d->c, "KVM_SET_GUEST_DEBUG", 0, set_debug(d, &debug),
		nisv_show_result, "a watchpoint can be set (api.rst 4.87)");
}

static bool has_breakpoint(struct debug_case *d)
{
	return nisv_check_extension(d->c, d->vm, KVM_CAP_GUEST_DEBUG_HW_BPS,
				    "a breakpoint (KVM_CAP_GUEST_DEBUG_HW_BPS >= 1)");
}

static bool has_watchpoint(struct debug_case *d)
{
	return nisv_check_extension(d->c, d->vm, KVM_CAP_GUEST_DEBUG_HW_WPS,
				    "a watchpoint (KVM_CAP_GUEST_DEBUG_HW_WPS >= 1)");
}

/* The next first form of a class without syndrome, NULL when there is none. */
static bool next_form(struct debug_case *d)
{
	const struct nisv_form *form = d->form ? d->form + 1 : nisv_forms;

	while (form < nisv_forms + nisv_nr_forms &&
	       (!nisv_form_first(form) || nisv_classes[form->class].isv ||
		nisv_vcpu_feature(d->vm, 0, form->feature) <
		nisv_features[form->feature].min))
		form++;
	d->form = form;
	if (form == nisv_forms + nisv_nr_forms || nisv_failed(d->c))
		return false;
	nisv_check_form(d->c, form, 0);
	return true;
}

static void check_guest(struct debug_case *d)
{
	struct nisv_regs now;

	if (nisv_failed(d->c))
		return;
	nisv_vcpu_regs(d->vm, 0, d->form, &now, NISV_NAMED);
	if (d->stepping) {
		nisv_eq(d->c, "PSTATE.SS, stepped", d->regs.pstate & PSTATE_SS,
			now.pstate & PSTATE_SS, nisv_show_hex,
			"PSTATE.SS is the guest's, whoever steps (api.rst 4.87)");
		now.pstate &= ~PSTATE_SS;
		now.pstate |= d->regs.pstate & PSTATE_SS;
	}
	nisv_check_regs(d->c, d->form, &d->regs, &now, NISV_NAMED,
			"the exit changes nothing of the guest's state (api.rst 5)");
}

/* KVM_RUN, which must give the exit. */
static void exits(struct debug_case *d)
{
	if (nisv_failed(d->c))
		return;
	nisv_check_exit_again(d->c, d->vm, 0, d->form, d->cap);
	check_guest(d);
}

/* KVM_RUN, which must give KVM_EXIT_DEBUG with that exception class. */
static u64 stops(struct debug_case *d, u32 class, const char *rule)
{
	struct nisv_exit e;

	if (nisv_failed(d->c))
		return 0;
	nisv_vcpu_run(d->vm, 0, &e);
	nisv_eq(d->c, "KVM_RUN", 0, e.ret, nisv_show_result,
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(d->c, "exit", KVM_EXIT_DEBUG, e.reason, nisv_show_exit, rule);
	if (nisv_failed(d->c))
		return 0;
	/* kvm_run.debug.arch: hsr, hsr_high and far are where these are */
	nisv_eq(d->c, "hsr, exception class", class, e.esr_iss & HSR_EC,
		nisv_show_hex, "hsr says which debug exception it was (api.rst 5)");
	return e.fault_ipa;
}

static void pc_is(struct debug_case *d, u64 pc, const char *rule)
{
	if (!nisv_failed(d->c))
		nisv_eq(d->c, "pc", 0, nisv_vcpu_pc(d->vm, 0) - pc,
			nisv_show_delta, rule);
}

static void step_to(struct debug_case *d, u64 pc)
{
	stops(d, EC_STEP, "each instruction is a step (api.rst 4.87)");
	pc_is(d, pc, "a step is one instruction (DDI0487 D2.12)");
}

/* The guest steps over its SVC. */
static void step_over_svc(struct debug_case *d)
{
	const u64 vector = (u64)nisv_guest_vectors + VECTOR_EL1H;

	stops(d, EC_STEP, "each instruction is a step (api.rst 4.87)");
	if (!nisv_failed(d->c))
		nisv_eq(d->c, "pc", 0, nisv_vcpu_pc(d->vm, 0) - vector,
			nisv_show_delta,
			"a step over SVC ends at its vector (DDI0487 D2.12)");
}

/* Debugging off: the guest goes on with what it had. */
static void goes_on(struct debug_case *d)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	debug(d, 0);
	if (nisv_failed(d->c))
		return;
	seen = nisv_check_doorbell(d->c, d->vm, 0, &trap);
	nisv_check_step(d->c, "");
	if (!seen)
		return;
	nisv_eq(d->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
		"the guest goes on and takes no exception");
	nisv_check_regs(d->c, d->form, &d->regs, seen, NISV_SEEN,
			"the guest goes on with the state that it had");
}

static void skip(struct debug_case *d)
{
	nisv_vcpu_set_pc(d->vm, 0, d->regs.pc + 4);
}

/* Up to the exit, as without a debugger. */
static bool to_exit(struct debug_case *d)
{
	return nisv_check_to_exit(d->c, d->vm, 0, d->form, d->cap, &d->regs);
}

/* ---- single-stepping ---- */

static void step(struct debug_case *d)
{
	while (next_form(d) && to_exit(d)) {
		debug(d, STEP);
		exits(d);
		exits(d);
		skip(d);
		goes_on(d);
	}
}

/*
 * Whether KVM keeps the state of its own stepping over an interrupt of the host;
 * where it does not, a step may be two instructions.
 */
static bool steps_reliably(struct debug_case *d)
{
	struct nisv_deviates deviates;

	if (!nisv_deviation(nisv_forms, "PSTATE.SS, stepped", 0, &deviates))
		return true;
	nisv_skip(d->c, "a KVM that keeps its own PSTATE.SS apart",
		  "the known deviation %s", deviates.row->id);
	return false;
}

static void step_further(struct debug_case *d)
{
	u64 pc;

	if (!steps_reliably(d))
		return;
	while (next_form(d) && to_exit(d)) {
		debug(d, STEP);
		exits(d);
		skip(d);
		step_over_svc(d);
		pc = nisv_vcpu_pc(d->vm, 0);
		step_to(d, pc + 4);
		step_to(d, pc + 8);
		goes_on(d);
	}
}

/* The debugger steps up to the instruction, which then exits. */
static void step_up_to(struct debug_case *d)
{
	while (next_form(d) && to_exit(d)) {
		skip(d);
		goes_on(d);
		nisv_vcpu_load(d->vm, 0, d->form, &d->regs);
		break_at(d, d->regs.pc);
		stops(d, EC_BREAKPOINT,
		      "a breakpoint comes before the instruction (DDI0487 D2.8)");
		debug(d, STEP);
		exits(d);
		exits(d);
		skip(d);
		goes_on(d);
	}
}

/* PSTATE.SS is the guest's own, whoever steps. */
static void step_guest_ss(struct debug_case *d)
{
	const u64 id = CORE_REG(regs.pstate);

	while (next_form(d) && to_exit(d)) {
		debug(d, STEP);
		d->regs.pstate |= PSTATE_SS;
		nisv_set_register(nisv_vcpu_fd(d->vm, 0), id, &d->regs.pstate);
		exits(d);
		d->regs.pstate &= ~PSTATE_SS;
		nisv_set_register(nisv_vcpu_fd(d->vm, 0), id, &d->regs.pstate);
		exits(d);
		skip(d);
		goes_on(d);
	}
}

/* An access that KVM completes, in a KVM_RUN that does not enter the guest. */
static bool stepped_mmio(struct debug_case *d, const char *name)
{
	struct nisv_regs regs;

	d->form = nisv_form_named(name);
	d->cap = true;
	debug(d, 0);
	nisv_vm_set(d->vm, SETTING_hole);
	if (!nisv_check_to_exit(d->c, d->vm, 0, d->form, true, &regs))
		return false;
	d->regs = regs;
	debug(d, STEP);
	nisv_eq(d->c, "completed: KVM_RUN", -EINTR,
		nisv_vcpu_complete(d->vm, 0), nisv_show_result,
		"immediate_exit: -EINTR (api.rst 5)");
	pc_is(d, regs.pc + 4, "the access is completed, and PC moves on (api.rst 5)");
	return !nisv_failed(d->c);
}

static void step_mmio(struct debug_case *d)
{
	if (!stepped_mmio(d, "str_w"))
		return;
	stops(d, EC_STEP, "each instruction is a step (api.rst 4.87)");
	nisv_eq(d->c, "a completed access stays a step", true,
		nisv_vcpu_pc(d->vm, 0) == d->regs.pc + 4, nisv_show_dec,
		"an access that KVM completes is a step (api.rst 4.87)");
	goes_on(d);
}

static void step_off_and_on(struct debug_case *d)
{
	if (!steps_reliably(d) || !stepped_mmio(d, "str_w"))
		return;
	debug(d, 0);
	debug(d, STEP);
	step_over_svc(d);
	goes_on(d);
}

/* ---- breakpoints and watchpoints ---- */

static void break_on_form(struct debug_case *d)
{
	if (!has_breakpoint(d))
		return;
	while (next_form(d) && to_exit(d)) {
		break_at(d, d->regs.pc);
		stops(d, EC_BREAKPOINT,
		      "a breakpoint comes before the instruction (DDI0487 D2.8)");
		check_guest(d);
		stops(d, EC_BREAKPOINT,
		      "a breakpoint that stays comes again (DDI0487 D2.8)");
		check_guest(d);
		break_at(d, d->regs.pc + 4);
		exits(d);
		skip(d);
		stops(d, EC_BREAKPOINT,
		      "a breakpoint comes before the instruction (DDI0487 D2.8)");
		pc_is(d, d->regs.pc + 4, "PC is at the breakpoint (DDI0487 D2.8)");
		goes_on(d);
	}
}

static void watchpoint_hole(struct debug_case *d)
{
	if (!has_watchpoint(d))
		return;
	while (next_form(d) && to_exit(d)) {
		watch(d, nisv_form_va(d->vm, d->form),
		      WATCH_LOADS | WATCH_STORES);
		exits(d);
		exits(d);
		skip(d);
		goes_on(d);
	}
}

/* The form at memory beside the hole, watched for loads or for stores. */
static void check_watched(struct debug_case *d, u32 which, bool hits)
{
	u64 va = nisv_form_va(d->vm, d->form) - 0x10000;
	unsigned int base = nisv_form_base(d->form);
	u64 far;

	nisv_vcpu_load(d->vm, 0, d->form, &d->regs);
	*(base == NISV_SP ? &d->regs.sp : &d->regs.x[base]) -= 0x10000;
	nisv_vcpu_start(d->vm, 0, &d->regs);
	watch(d, va, which);
	if (!hits) {
		struct nisv_trap trap;

		nisv_check_doorbell(d->c, d->vm, 0, &trap);
		nisv_check_step(d->c, "");
		return;
	}
	far = stops(d, EC_WATCHPOINT,
		    "a watchpoint on a slot's memory comes before the access (DDI0487 D2.9)");
	if (!nisv_failed(d->c))
		nisv_eq(d->c, "far", va, far, nisv_show_hex,
			"far is the address accessed (api.rst 5)");
	check_guest(d);
	debug(d, 0);
	if (!nisv_failed(d->c)) {
		struct nisv_trap trap;

		nisv_check_doorbell(d->c, d->vm, 0, &trap);
		nisv_check_step(d->c, "");
	}
}

static void watchpoint_memory(struct debug_case *d)
{
	if (!has_watchpoint(d))
		return;
	d->form = nisv_form_named("ldr_x_post");
	nisv_check_form(d->c, d->form, 0);
	check_watched(d, WATCH_LOADS, true);
	check_watched(d, WATCH_STORES, false);
}

/* ---- the ioctl ---- */

static void unknown_flags(struct debug_case *d)
{
	const u32 known = STEP | HW | KVM_GUESTDBG_USE_SW_BP;
	struct kvm_guest_debug debug = {};
	unsigned int bit;

	d->form = nisv_form_named("ldr_x_post");
	nisv_check_form(d->c, d->form, 0);
	for (bit = 0; bit < 32; bit++) {
		if (known & BIT(bit))
			continue;
		debug.control = KVM_GUESTDBG_ENABLE | BIT(bit);
		nisv_eq_many(d->c, "bit %d", bit, (u64)-EINVAL,
			     (u64)(s64)set_debug(d, &debug),
			     "unknown bits of control are EINVAL (api.rst 4.87)");
	}
	if (!nisv_failed(d->c) && to_exit(d)) {
		skip(d);
		goes_on(d);
	}
}

/* KVM_GUESTDBG_ENABLE alone stops nothing. */
static void enabled_only(struct debug_case *d)
{
	while (next_form(d) && to_exit(d)) {
		debug(d, KVM_GUESTDBG_ENABLE);
		exits(d);
		exits(d);
		skip(d);
		goes_on(d);
	}
}

static const struct debug_case both[] = {
	{ .name = "step", .fn = step },
	{ .name = "step_further", .fn = step_further },
	{ .name = "step_up_to", .fn = step_up_to },
	{ .name = "step_guest_ss", .fn = step_guest_ss },
	{ .name = "breakpoint", .fn = break_on_form },
	{ .name = "watchpoint_hole", .fn = watchpoint_hole },
	{ .name = "enabled_only", .fn = enabled_only },
};

static const struct debug_case once[] = {
	{ .name = "step_mmio", .fn = step_mmio, .cap = true },
	{ .name = "step_off_and_on", .fn = step_off_and_on, .cap = true },
	{ .name = "watchpoint_memory", .fn = watchpoint_memory, .cap = true },
	{ .name = "unknown_flags", .fn = unknown_flags, .cap = true },
};

static void run_case(struct nisv_check *c, const void *arg)
{
	struct debug_case d = *(const struct debug_case *)arg;

	d.c = c;
	d.vm = nisv_shared_vm(c, d.cap);
	nisv_vm_set(d.vm, SETTING_hole);
	d.fn(&d);
	nisv_shared_vm_done(c, d.cap);
}

int main(int argc, char **argv)
{
	size_t i;
	int cap;

	for (i = 0; i < ARRAY_SIZE(both); i++) {
		for (cap = 1; cap >= 0; cap--) {
			struct debug_case *d = malloc(sizeof(*d));

			if (!d)
				abort();
			*d = both[i];
			d->cap = cap;
			nisv_case(run_case, d, "%s_%s", d->name,
				  cap ? "on" : "off");
		}
	}
	for (i = 0; i < ARRAY_SIZE(once); i++)
		nisv_case(run_case, &once[i], "%s", once[i].name);
	return nisv_harness(argc, argv);
}
