// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_aarch32_el0: 32-bit code at EL0 of a 64-bit guest touches a hole.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.10, 4.31 and 5; Arm ARM DDI0487,
 * ESR_ELx with IL, SPSR_EL1 for exceptions from AArch32, D1.3 exception entry,
 * D1.6.4 how registers map):
 *
 * - The exit is that of a 64-bit guest (nisv_exit): KVM_EXIT_MMIO where the CPU
 *   gives a syndrome, ENOSYS or KVM_EXIT_ARM_NISV where it gives none. PC,
 *   PSTATE with T, IT and E, R0 to R14 and D0 to D31 are what they were, and the
 *   same access comes again.
 * - KVM completes an access by the length of its instruction, 2 or 4, ITSTATE
 *   advances, and what is loaded is extended to 32 bits. The byte order is that
 *   of PSTATE.E.
 * - After any of these exits user space can give the guest an external abort: EL1
 *   takes it, in AArch64, by the vector for a lower level in AArch32; ELR is the
 *   instruction, SPSR the whole PSTATE, FAR the VA; ESR a data abort from a lower
 *   level, whose IL is 1 also where a 16-bit instruction had a syndrome with IL
 *   0. It comes once; the guest goes on behind the instruction.
 * - A fetch from a hole is an external instruction abort of the same kind.
 *
 * Cases: <form>.<setting>.<on|off> and <form>.<setting>.abort_<on|off>, with the
 * first form of each class, access and instruction set in User mode, and with the
 * first loads and stores of one register in the settings of PSTATE;
 * fetch_<a32|t32>.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kvm.h>

#include "nisv_aarch32_el0.h"
#include "nisv_arch.h"

#define DEVICE_DATA	0x8797a7b7c7d7e7f7ull

#define ESR_EC_SHIFT	26
#define ESR_EC_UNKNOWN	0x00	/* UDF */
#define VECTOR_LOWER_32	12

struct el0_case {
	const struct nisv_form32 *form;
	enum nisv_setting32_id setting;
	bool cap;
};

/* While it runs. */
struct run {
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form32 *form;
	bool cap;
	struct nisv_want want;
	struct nisv_regs regs;
};

static void check_regs(struct run *r, const struct nisv_regs *got,
		       enum nisv_extent extent, const char *rule)
{
	struct nisv_regs want = r->regs, now = *got;

	nisv_el0_32_narrow(&want);
	nisv_el0_32_narrow(&now);
	nisv_check_regs(r->c, &r->form->form, &want, &now, extent, rule);
}

/*
 * KVM's view: every register once, in User mode; else PC and PSTATE. What the
 * guest itself finds afterwards is compared whole in each case.
 */
static void check_vcpu(struct run *r, bool all, const char *rule)
{
	struct nisv_regs now;

	if (all) {
		nisv_vcpu_regs(r->vm, 0, &r->form->form, &now, NISV_ALL);
		check_regs(r, &now, NISV_ALL, rule);
		return;
	}
	nisv_eq(r->c, "pc", 0, nisv_vcpu_pc(r->vm, 0) - r->regs.pc,
		nisv_show_delta, rule);
	nisv_eq(r->c, "pstate", r->regs.pstate, nisv_vcpu_pstate(r->vm, 0),
		nisv_show_hex, rule);
}

/*
 * The guest rings the doorbell, after the exception at r->regs.pc that it takes
 * with r->regs: what that was. False when something failed.
 */
static bool run_to_doorbell(struct run *r, struct nisv_trap *trap,
			    bool injected)
{
	int fd = nisv_vcpu_fd(r->vm, 0);
	const struct nisv_regs *seen;
	u64 tpidr = ~r->regs.x[0];
	bool all;

	if (nisv_failed(r->c))
		return false;
	/* the handler's first instruction keeps X0 there (lib/guest.S) */
	nisv_set_register(fd, SYSREG_TPIDR, &tpidr);
	seen = nisv_check_doorbell(r->c, r->vm, 0, trap);
	nisv_check_step(r->c, "guest: ");
	if (!seen)
		return false;
	nisv_get_register(fd, SYSREG_TPIDR, &tpidr);
	/* KVM's own exceptions are told apart from what the CPU takes */
	all = nisv_eq(r->c, injected ? "the handler's first instruction runs" :
		      "first instruction runs", true,
		      (u32)tpidr == (u32)r->regs.x[0], nisv_show_dec,
		      "the handler starts at its vector (DDI0487 D1.3)");
	if (!all)
		r->regs.x[0] = seen->x[0];
	nisv_eq(r->c, "vector", VECTOR_LOWER_32, trap->vector, nisv_show_dec,
		"the vector for a lower level in AArch32 (DDI0487 D1.3)");
	nisv_eq(r->c, "elr", r->regs.pc, trap->elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(r->c, "spsr", r->regs.pstate, trap->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	check_regs(r, seen, NISV_SEEN,
		   "the guest has the state that it had");
	return !nisv_failed(r->c);
}

/* It is behind the form, where it comes back by UDF. */
static void check_went_on(struct run *r)
{
	struct nisv_trap trap;

	if (run_to_doorbell(r, &trap, false))
		nisv_eq(r->c, "class of the exception", ESR_EC_UNKNOWN,
			trap.esr >> ESR_EC_SHIFT, nisv_show_hex,
			"the guest comes back by UDF");
	nisv_check_step(r->c, "");
}

static void behind(struct run *r)
{
	r->regs.pc += nisv_form32_length(r->form);
	r->regs.pstate = nisv_el0_32_advance(r->regs.pstate);
}

/* False where the case is skipped. */
static bool begin(struct run *r, struct nisv_check *c,
		  const struct el0_case *a)
{
	r->c = c;
	r->vm = nisv_shared_vm(c, a->cap);
	r->form = a->form;
	r->cap = a->cap;
	nisv_vm_set(r->vm, SETTING_hole);
	nisv_check_form(c, &a->form->form, 0);
	return nisv_check_has_el0_32(c, r->vm) &&
	       nisv_check_has_feature(c, r->vm, &a->form->form) &&
	       nisv_check_setting32(c, r->vm, a->setting) && !nisv_failed(c);
}

static void run_to_exit(struct run *r, bool all)
{
	struct nisv_exit e;

	nisv_vcpu_run(r->vm, 0, &e);
	nisv_check_exit(r->c, &r->form->form, &r->want, &e);
	if (!nisv_failed(r->c))
		check_vcpu(r, all,
			   "the exit changes nothing of the guest's state (api.rst 5)");
}

/* Loaded, and up to the exit. */
static void to_exit(struct run *r, enum nisv_setting32_id setting, bool all)
{
	struct nisv_situation s = {
		.form = &r->form->form,
		.cap = r->cap,
		.ipa = nisv_el0_32_ipa(r->vm, r->form),
	};

	nisv_el0_32_load(r->vm, r->form, setting, &r->regs);
	s.store = r->regs.x[r->form->rt];
	s.big_endian = r->regs.pstate & CPSR_E;
	nisv_expect(&s, &r->want);
	run_to_exit(r, all);
}

/* ---- the exit ---- */

static void check_completed(struct run *r)
{
	unsigned int rt = r->form->rt;
	u64 data = DEVICE_DATA;

	nisv_vcpu_mmio_data(r->vm, 0, data);
	if (r->regs.pstate & CPSR_E)
		data = __builtin_bswap64(data) >> (64 - 8 * r->form->form.bytes);
	nisv_check_step(r->c, "completed: ");
	nisv_eq(r->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(r->vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	behind(r);
	if (r->form->form.access == ACCESS_R) {
		r->regs.x[rt] = nisv_form32_loaded(r->form, data);
		nisv_eq(r->c, "Rt", r->regs.x[rt], nisv_vcpu_x(r->vm, 0, rt),
			nisv_show_hex,
			"the device's data, extended as the form says (DDI0487 F5)");
		r->regs.x[rt] = nisv_vcpu_x(r->vm, 0, rt);
	}
	check_vcpu(r, false,
		   "PC moves by the instruction's length, ITSTATE advances");
	nisv_check_step(r->c, "");
}

static void exit_case(struct nisv_check *c, const void *arg)
{
	const struct el0_case *a = arg;
	struct run r;

	if (!begin(&r, c, a))
		return;
	to_exit(&r, a->setting, a->setting == SETTING32_usr);
	if (!nisv_failed(c) && r.want.mmio) {
		check_completed(&r);
	} else if (!nisv_failed(c)) {
		nisv_check_step(c, "again: ");
		nisv_vcpu_claim(r.vm, 0, EXIT_MMIO);
		run_to_exit(&r, false);
		nisv_check_step(c, "");
		/* user space leaves ITSTATE as it is, which is its business */
		r.regs.pc += nisv_form32_length(r.form);
		nisv_vcpu_set_pc(r.vm, 0, r.regs.pc);
	}
	check_went_on(&r);
	nisv_eq(c, "memory changed", 0, nisv_vm_memory_changed(r.vm, false),
		nisv_show_dec,
		"an access to a hole leaves the memory beside it alone");
	nisv_shared_vm_done(c, a->cap);
}

/* ---- exceptions ---- */

static void expect_abort(struct run *r, u64 va, struct nisv_taken *want)
{
	nisv_expect_abort(r->regs.pc, r->regs.pstate, va,
			  nisv_vcpu_sctlr(r->vm, 0), nisv_vcpu_mode(r->vm, 0),
			  want);
}

static void check_esr(struct run *r, u64 want, u64 got)
{
	nisv_eq(r->c, "esr", want & ~ESR_IL, got & ~ESR_IL, nisv_show_hex,
		"EC, a synchronous external abort, nothing else (DDI0487 ESR_ELx)");
	nisv_eq(r->c, "il of an abort", !!(want & ESR_IL), !!(got & ESR_IL),
		nisv_show_dec,
		"IL is 1 in an abort without ISV, whatever the length (DDI0487 ESR_ELx.IL)");
}

/* The registers before the handler's first instruction. */
static void check_entry(struct run *r, const struct nisv_taken *want)
{
	struct nisv_taken now;

	nisv_check_step(r->c, "entry: ");
	nisv_eq(r->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(r->vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	nisv_vcpu_entering(r->vm, 0, &now);
	nisv_eq(r->c, "vector", want->vector, now.vector, nisv_show_dec,
		"the vector for a lower level in AArch32 (DDI0487 D1.3)");
	nisv_eq(r->c, "far", want->far, now.far, nisv_show_hex,
		"FAR is the VA, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(r->c, "elr", want->elr, now.elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(r->c, "spsr", want->spsr, now.spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	nisv_eq(r->c, "handler's pstate", want->pstate, now.pstate,
		nisv_show_hex, "PSTATE as exception entry sets it (DDI0487 D1.3)");
	check_esr(r, want->esr, now.esr);
	nisv_check_step(r->c, "");
}

/* The guest takes it and has, but for that, what it had. */
static void check_handled(struct run *r, const struct nisv_taken *want,
			  bool injected)
{
	struct nisv_trap trap;

	if (run_to_doorbell(r, &trap, injected)) {
		nisv_eq(r->c, "far", want->far, trap.far, nisv_show_hex,
			"FAR is the VA, with its low bits (DDI0487 FAR_ELx)");
		check_esr(r, want->esr, trap.esr);
	}
	nisv_check_step(r->c, "");
}

static void abort_case(struct nisv_check *c, const void *arg)
{
	const struct el0_case *a = arg;
	struct nisv_taken want;
	struct run r;

	if (!begin(&r, c, a))
		return;
	to_exit(&r, a->setting, false);
	if (!nisv_failed(c)) {
		expect_abort(&r, nisv_el0_32_va(r.form), &want);
		nisv_eq(c, "KVM_SET_VCPU_EVENTS", 0,
			nisv_vcpu_inject(r.vm, 0, true, false, 0),
			nisv_show_result,
			"after an exit events can be injected (api.rst 4.31)");
		check_entry(&r, &want);
		check_handled(&r, &want, true);
	}
	if (!nisv_failed(c)) {
		/* its handler returns behind the instruction, and nothing is left */
		behind(&r);
		nisv_vcpu_start(r.vm, 0, &r.regs);
		check_went_on(&r);
		nisv_eq(c, "pending", 0, nisv_vcpu_pending(r.vm, 0),
			nisv_show_dec,
			"an abort is delivered, not pending (api.rst 4.31)");
		nisv_eq(c, "memory changed", 0,
			nisv_vm_memory_changed(r.vm, false), nisv_show_dec,
			"the access does not happen");
	}
	nisv_shared_vm_done(c, a->cap);
}

static void fetch_case(struct nisv_check *c, const void *arg)
{
	const struct el0_case *a = arg;
	struct nisv_taken want;
	struct run r;

	if (!begin(&r, c, a))
		return;
	nisv_el0_32_load(r.vm, r.form, a->setting, &r.regs);
	r.regs.pc = nisv_el0_32_va(r.form);
	nisv_vcpu_start(r.vm, 0, &r.regs);
	expect_abort(&r, r.regs.pc, &want);
	want.esr -= ESR_EC_FETCH;
	check_handled(&r, &want, false);
	nisv_shared_vm_done(c, a->cap);
}

/* ---- all cases ---- */

static bool exits(const struct nisv_form32 *form)
{
	enum nisv_outcome outcome = nisv_form32_outcome(form);

	return outcome == OUTCOME_ISV || outcome == OUTCOME_NO_ISV;
}

/*
 * Each class in User mode; in the settings of PSTATE those that are completed, and
 * others.
 */
static bool is_tried(const struct nisv_form32 *form,
		     enum nisv_setting32_id setting)
{
	if (!exits(form) || !nisv_form32_first(form) ||
	    !nisv_el0_32_runs_in(form, setting))
		return false;
	switch (setting) {
	case SETTING32_usr:
		return true;
	case SETTING32_svc:
	case SETTING32_big_endian:	/* usr_be */
	case SETTING32_it_fails:
		return false;
	default:
		return nisv_settings32[setting].offset == NISV_OWN_OFFSET &&
		       (form->form.class == CLASS_A32_PLAIN ||
			form->form.class == CLASS_A32_WRITEBACK);
	}
}

/* Where PSTATE says what becomes of the access, not only what is saved. */
static bool is_completed_there(enum nisv_setting32_id setting)
{
	return setting == SETTING32_usr || setting == SETTING32_usr_be ||
	       nisv_settings32[setting].thumb_only;
}

static struct el0_case *new_case(const struct nisv_form32 *form,
				 enum nisv_setting32_id setting, bool cap)
{
	struct el0_case *a = malloc(sizeof(*a));

	if (!a)
		abort();
	a->form = form;
	a->setting = setting;
	a->cap = cap;
	return a;
}

static void add_cases(const struct nisv_form32 *form,
		      enum nisv_setting32_id setting)
{
	const char *name = nisv_settings32[setting].name;

	if (is_completed_there(setting))
		nisv_case(exit_case, new_case(form, setting, true), "%s.%s.on",
			  form->form.name, name);
	nisv_case(abort_case, new_case(form, setting, true), "%s.%s.abort_on",
		  form->form.name, name);
	if (setting != SETTING32_usr)
		return;
	nisv_case(exit_case, new_case(form, setting, false), "%s.%s.off",
		  form->form.name, name);
	if (form->form.class == CLASS_A32_WRITEBACK)
		nisv_case(abort_case, new_case(form, setting, false),
			  "%s.%s.abort_off", form->form.name, name);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const char *form;
	} fetches[] = {
		{ "fetch_a32", "a32_ldr" },
		{ "fetch_t32", "t32_ldr" },
	};
	unsigned int i, setting;

	for (setting = 0; setting < NISV_NR_SETTINGS32; setting++)
		for (i = 0; i < nisv_nr_forms32; i++)
			if (is_tried(&nisv_forms32[i], setting))
				add_cases(&nisv_forms32[i], setting);
	for (i = 0; i < ARRAY_SIZE(fetches); i++) {
		const struct nisv_form32 *form =
			nisv_form32_named(fetches[i].form);

		if (!form)
			abort();
		nisv_case(fetch_case, new_case(form, SETTING32_usr, true), "%s",
			  fetches[i].name);
	}
	return nisv_harness(argc, argv);
}
