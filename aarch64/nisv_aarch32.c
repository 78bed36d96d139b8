// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_aarch32: a guest whose EL1 is 32-bit touches a hole.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.10, 4.31 and 5; Arm ARM DDI0487,
 * ESR_EL2, G1.12 exception entry, G8.2 DFSR; KVM_ARM_VCPU_EL1_32BIT):
 *
 * - The exit is that of a 64-bit guest (nisv_exit): KVM_EXIT_MMIO where the CPU
 *   gives a syndrome, ENOSYS or KVM_EXIT_ARM_NISV where it gives none, and
 *   nothing changes: R0 to R14 of every mode, PC, CPSR with ITSTATE, SPSRs,
 *   FPSCR, D0 to D31.
 * - KVM completes an access by the length of its instruction, 2 or 4, and
 *   ITSTATE advances. What is loaded is sign- or zero-extended to 32 bits.
 * - A store-exclusive without monitor, a hint and an instruction whose condition
 *   fails do not access memory: no exit.
 * - After any exit, KVM_SET_VCPU_EVENTS with ext_dabt_pending gives the guest a
 *   data abort: the vector 0x10 of VBAR or of 0xffff0000, LR_abt the instruction
 *   + 8, SPSR_abt the whole CPSR, CPSR as exception entry sets it, DFAR the VA,
 *   DFSR a synchronous external abort in the format that TTBCR.EAE says. IFSR
 *   and IFAR stay, so does every other register; the access does not complete
 *   and the abort comes once.
 * - An SError waits until CPSR.A is clear.
 *
 * Cases: <form>.<lpae|short>.<setting>.<on|off> with tables of the long and the
 * short format: every row of include/nisv_forms32.h in the setting "svc", the
 * first of each class, access, size and instruction set in every other; .entry_*
 * and .abort_* for the first of each class, access and instruction set, where
 * "entry" looks at the registers before the guest runs; .monitor.* for
 * store-exclusives behind a load-exclusive; and what is about one form, by name.
 */
#include <sched.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nisv_aarch32.h"
#include "nisv_arch.h"
#include "nisv_signal.h"

#define DEVICE_DATA	0x8797a7b7c7d7e7f7ull
#define TRIES		20

/* What a case does with a form. */
enum kind {
	EXIT,
	MONITOR,
	ABORT,
	ENTRY,
};

struct case32 {
	const struct nisv_form32 *form;
	bool lpae;
	enum nisv_setting32_id setting;
	bool cap;
	enum kind kind;
};

struct run32 {
	struct nisv_check *c;
	struct nisv_vm32 *vm;
	const struct nisv_form32 *form;
	bool cap;
	u64 ipa;
	u32 va;
	struct nisv_want want;
	struct nisv_regs32 regs;	/* what the guest has */
};

static struct nisv_vm32 *vms[2][2];

static void drop_vm(bool lpae, bool cap)
{
	nisv_vm32_free(vms[lpae][cap]);
	vms[lpae][cap] = NULL;
}

/* The shared VM, in that setting; NULL where the case is skipped. */
static struct nisv_vm32 *get_vm(struct nisv_check *c, bool lpae, bool cap,
				enum nisv_setting32_id setting)
{
	struct nisv_vm32 *vm;

	if (!nisv_vm32_possible()) {
		nisv_skip(c, "a guest with 32-bit EL1 (KVM_CAP_ARM_EL1_32BIT >= 1)",
			  "0");
		return NULL;
	}
	if (!vms[lpae][cap]) {
		vms[lpae][cap] = nisv_vm32_new(lpae);
		if (cap)
			nisv_eq(c, "KVM_ENABLE_CAP", 0,
				nisv_vm_enable(vms[lpae][cap]->vm),
				nisv_show_result,
				"the capability can be enabled (api.rst 4.37)");
	}
	vm = vms[lpae][cap];
	vm->setting = setting;
	if (!nisv_check_setting32(c, vm->vm, setting))
		return NULL;
	return nisv_failed(c) ? NULL : vm;
}

static void done(struct run32 *r)
{
	if (nisv_failed(r->c))
		drop_vm(r->vm->lpae, r->cap);
}

/* What is next in a guest whose registers are not those of other cases. */
static void done_anew(struct run32 *r)
{
	done(r);
	if (!nisv_failed(r->c))
		nisv_vcpu32_reset(r->vm);
}

static bool begin_form(struct run32 *r, struct nisv_check *c,
		       const struct nisv_form32 *form, bool lpae, bool cap,
		       enum nisv_setting32_id setting)
{
	r->c = c;
	r->cap = cap;
	r->form = form;
	r->vm = get_vm(c, lpae, cap, setting);
	if (!r->vm || !nisv_check_has_feature(c, r->vm->vm, &form->form))
		return false;
	nisv_check_form(c, &r->form->form, 0);
	return true;
}

static bool begin_case(struct run32 *r, struct nisv_check *c,
		       const struct case32 *a)
{
	return begin_form(r, c, a->form, a->lpae, a->cap, a->setting);
}

static bool begin(struct run32 *r, struct nisv_check *c, const char *name,
		  bool lpae, bool cap, enum nisv_setting32_id setting)
{
	const struct nisv_form32 *form = nisv_form32_named(name);

	if (!form) {
		nisv_fail(c, "no form is called %s", name);
		return false;
	}
	return begin_form(r, c, form, lpae, cap, setting);
}

/* ---- comparisons ---- */

static void check_regs(struct run32 *r, const struct nisv_regs32 *got,
		       const char *rule)
{
	static const char * const banked[NISV_NR_BANK32] = {
		"sp_usr", "lr_usr", "sp_svc", "lr_svc", "spsr_svc", "sp_abt",
		"lr_abt", "spsr_abt", "sp_irq", "lr_irq", "spsr_irq",
	};
	const struct nisv_regs32 *want = &r->regs;
	int i;

	for (i = 0; i < 13; i++)
		nisv_eq_many(r->c, "r%d", i, want->r[i], got->r[i], rule);
	for (i = 0; i < NISV_NR_BANK32; i++)
		nisv_eq_many(r->c, banked[i], 0, want->bank[i], got->bank[i],
			     rule);
	if (want->fp)
		nisv_eq_many(r->c, "fpscr", 0, want->fpscr, got->fpscr, rule);
	for (i = 0; i < 32 && want->fp; i++)
		nisv_eq_many(r->c, "d%d", i, want->d[i], got->d[i], rule);
	nisv_eq_many(r->c, "cpsr", 0, want->cpsr, got->cpsr, rule);
	nisv_eq(r->c, "pc", 0, (s32)(got->pc - want->pc), nisv_show_delta, rule);
}

static bool at_doorbell(const struct run32 *r, const struct nisv_exit *e)
{
	return !e->ret && e->reason == EXIT_MMIO &&
	       e->phys_addr == nisv_doorbell_ipa(r->vm->vm);
}

/*
 * KVM_RUN, which must come back with the doorbell, and what the guest saw: NULL
 * when it failed.
 */
static const struct nisv_regs32 *run_to_doorbell(struct run32 *r,
						 struct nisv_trap32 *trap)
{
	const struct nisv_regs32 *seen;
	struct nisv_exit e;

	nisv_check_step(r->c, "doorbell: ");
	nisv_vcpu_run(r->vm->vm, 0, &e);
	nisv_eq(r->c, "KVM_RUN", 0, e.ret, nisv_show_result,
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(r->c, "exit", EXIT_MMIO, e.reason, nisv_show_exit,
		"the guest goes on to its doorbell");
	if (!nisv_failed(r->c))
		nisv_eq(r->c, "address", nisv_doorbell_ipa(r->vm->vm),
			e.phys_addr, nisv_show_hex,
			"the guest goes on to its doorbell");
	seen = nisv_vcpu32_seen(r->vm, trap);
	nisv_check_step(r->c, "guest: ");
	return nisv_failed(r->c) ? NULL : seen;
}

/* The guest comes back by the UDF behind the form, with r->regs but for PC. */
static void check_went_on(struct run32 *r)
{
	const struct nisv_regs32 *seen;
	struct nisv_trap32 trap;

	seen = run_to_doorbell(r, &trap);
	if (!seen)
		return;
	nisv_eq(r->c, "vector", VECTOR32_UNDEFINED, trap.vector, nisv_show_dec,
		"the guest comes back by UDF");
	if (nisv_failed(r->c)) {
		nisv_fail(r->c, "DFSR 0x%x, DFAR 0x%x, LR_abt 0x%x", trap.dfsr,
			  trap.dfar, seen->bank[BANK_LR_ABT]);
		return;
	}
	r->regs.pc = nisv_form32_pc(r->vm, r->form) +
		     nisv_form32_length(r->form);
	check_regs(r, seen, "the guest goes on with the state that it had");
	nisv_check_step(r->c, "");
}

/* ---- the exit ---- */

static void expect(struct run32 *r)
{
	struct nisv_situation s = {
		.form = &r->form->form,
		.cap = r->cap,
		.ipa = r->ipa,
		.store = *nisv_reg32(&r->regs, r->form->rt),
		.big_endian = r->regs.cpsr & CPSR_E,
	};

	nisv_expect(&s, &r->want);
}

/* KVM_RUN up to the exit of what is loaded. */
static bool run_to_exit(struct run32 *r)
{
	struct nisv_trap32 trap;
	struct nisv_exit e;

	expect(r);
	nisv_vcpu_run(r->vm->vm, 0, &e);
	nisv_check_exit(r->c, &r->form->form, &r->want, &e);
	if (!nisv_failed(r->c))
		return true;
	if (at_doorbell(r, &e)) {
		nisv_vcpu32_seen(r->vm, &trap);
		nisv_fail(r->c, "the doorbell: vector %u, DFSR 0x%x, DFAR 0x%x",
			  trap.vector, trap.dfsr, trap.dfar);
	}
	return false;
}

static bool load_and_run(struct run32 *r)
{
	nisv_vcpu32_load(r->vm, r->form, &r->regs);
	r->ipa = nisv_form32_ipa(r->vm, r->form);
	r->va = nisv_form32_va(r->vm, r->form);
	return run_to_exit(r);
}

/* PC and CPSR in KVM's view, or every register. */
static void check_vcpu(struct run32 *r, bool all, const char *rule)
{
	struct nisv_regs32 now;

	if (all) {
		nisv_vcpu32_regs(r->vm, &now);
		check_regs(r, &now, rule);
		return;
	}
	nisv_eq(r->c, "pc", 0,
		(s32)((u32)nisv_vcpu_pc(r->vm->vm, 0) - r->regs.pc),
		nisv_show_delta, rule);
	nisv_eq(r->c, "cpsr", r->regs.cpsr, nisv_vcpu32_cpsr(r->vm),
		nisv_show_hex, rule);
}

/*
 * The register that KVM loaded has its data. A banked one is told by its number
 * in the A64 view (DDI0487 D1.6.4), in which no other one changes.
 */
static void check_loaded(struct run32 *r, u64 data)
{
	u32 want = nisv_form32_loaded(r->form, data);
	unsigned int n = r->form->rt;
	u32 *rt = nisv_reg32(&r->regs, n);
	unsigned int x = nisv_reg32_x(r->regs.cpsr, n);
	u32 *usr = &r->regs.bank[BANK_SP_USR + n - 13];

	if (x != n) {
		bool other = (u32)nisv_vcpu_x(r->vm->vm, 0, n) != *usr;

		nisv_eq(r->c, "loaded X register", x, other ? n : x,
			nisv_show_dec,
			"SP and LR are those of the mode (DDI0487 ESR_EL2.SRT)");
		if (other) {
			x = n;
			rt = usr;
		}
	}
	*rt = nisv_vcpu_x(r->vm->vm, 0, x);
	nisv_eq(r->c, "Rt", want, *rt, nisv_show_hex,
		"the device's data, extended as the form says (DDI0487 F5)");
}

static void check_completed(struct run32 *r)
{
	u64 data = DEVICE_DATA;

	nisv_vcpu_mmio_data(r->vm->vm, 0, data);
	if (r->regs.cpsr & CPSR_E)
		data = __builtin_bswap64(data) >>
		       (64 - 8 * r->form->form.bytes);
	r->regs.pc += nisv_form32_length(r->form);
	r->regs.cpsr = nisv_it_advance(r->regs.cpsr);
	nisv_check_step(r->c, "completed: ");
	nisv_eq(r->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(r->vm->vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	check_vcpu(r, false,
		   "the access is completed: PC moves by the instruction's length, ITSTATE advances");
	if (r->form->form.access == ACCESS_R)
		check_loaded(r, data);
	if (!nisv_failed(r->c))
		check_went_on(r);
}

static void check_again(struct run32 *r)
{
	struct nisv_exit e;

	nisv_check_step(r->c, "again: ");
	nisv_vcpu_claim(r->vm->vm, 0, EXIT_MMIO);
	nisv_vcpu_run(r->vm->vm, 0, &e);
	nisv_check_exit(r->c, &r->form->form, &r->want, &e);
	check_vcpu(r, false,
		   "re-entry runs the same instruction again (api.rst 5)");
}

/* Of the settings it is ITSTATE that re-entry could change, and no other. */
static void check_nisv(struct run32 *r)
{
	if ((r->vm->setting == SETTING32_svc &&
	     nisv_form32_first_of_size(r->form)) ||
	    nisv_settings32[r->vm->setting].thumb_only)
		check_again(r);
	if (nisv_failed(r->c))
		return;
	nisv_vcpu32_set_pc(r->vm, r->regs.pc + nisv_form32_length(r->form));
	check_went_on(r);
}

/* What KVM has is looked at whole in one setting: the guest's view in each. */
static void check_exit_case(struct run32 *r)
{
	bool thorough = r->vm->setting == SETTING32_svc &&
			nisv_form32_first(r->form);

	check_vcpu(r, thorough,
		   "the exit changes nothing of the guest's state (api.rst 5)");
	if (nisv_failed(r->c))
		return;
	if (r->want.mmio)
		check_completed(r);
	else
		check_nisv(r);
	nisv_eq(r->c, "memory changed", 0,
		nisv_vm_memory_changed(r->vm->vm, thorough), nisv_show_dec,
		"an access to a hole leaves the memory beside it alone");
}

static bool exits(const struct nisv_form32 *form)
{
	enum nisv_outcome outcome = nisv_form32_outcome(form);

	return outcome == OUTCOME_ISV || outcome == OUTCOME_NO_ISV;
}

/* No exit: the guest goes on behind the form, with that status. */
static void check_no_exit(struct run32 *r, bool status)
{
	nisv_vcpu32_load(r->vm, r->form, &r->regs);
	if (status)
		*nisv_reg32(&r->regs, r->form->rt) = 1;
	r->regs.cpsr = nisv_it_advance(r->regs.cpsr);
	check_went_on(r);
}

/* No exit: the guest takes an exception, by which it comes back. */
static void check_undefined(struct run32 *r)
{
	const struct nisv_regs32 *seen;
	struct nisv_trap32 trap;
	struct nisv_exit e;
	bool undefined;

	nisv_vcpu32_load(r->vm, r->form, &r->regs);
	nisv_vcpu_run(r->vm->vm, 0, &e);
	seen = nisv_vcpu32_seen(r->vm, &trap);
	undefined = at_doorbell(r, &e) && trap.vector == VECTOR32_UNDEFINED &&
		    seen->pc == r->regs.pc;
	nisv_eq(r->c, "undefined", true, undefined, nisv_show_dec,
		"not an instruction of this guest: Undefined Instruction (DDI0487 F5)");
	if (undefined)
		check_regs(r, seen,
			   "an exception changes no other register (DDI0487 G1.12)");
	else
		nisv_vcpu32_reset(r->vm);
}

static void exit_case(struct nisv_check *c, const void *arg)
{
	const struct case32 *a = arg;
	enum nisv_outcome outcome = nisv_form32_outcome(a->form);
	struct run32 r;

	if (!begin_case(&r, c, a))
		return;
	if (a->setting == SETTING32_it_fails || outcome == OUTCOME_NOTHING)
		check_no_exit(&r, false);
	else if (outcome == OUTCOME_STATUS)
		check_no_exit(&r, true);
	else if (outcome == OUTCOME_UNDEF)
		check_undefined(&r);
	else if (load_and_run(&r))
		check_exit_case(&r);
	done(&r);
}

/* The store-exclusive found no monitor: an interrupt of the host came between. */
static bool lost_monitor(struct run32 *r, const struct nisv_exit *e)
{
	struct nisv_trap32 trap;
	const struct nisv_regs32 *seen = nisv_vcpu32_seen(r->vm, &trap);

	return at_doorbell(r, e) && trap.vector == VECTOR32_UNDEFINED &&
	       seen->pc == r->regs.pc + nisv_form32_length(r->form) &&
	       seen->r[r->form->rt] == 1;
}

/* A store-exclusive that the monitor lets go: it stores, and exits. */
static void monitor_case(struct nisv_check *c, const void *arg)
{
	const struct case32 *a = arg;
	struct nisv_exit e;
	struct run32 r;
	int i;

	if (!begin_case(&r, c, a))
		return;
	/* without one; and the host has mapped the page of its code then */
	check_no_exit(&r, true);
	for (i = 0; i < TRIES && !nisv_failed(c); i++) {
		r.ipa = nisv_vcpu32_load_monitored(r.vm, r.form, &r.regs);
		expect(&r);
		nisv_vcpu_run(r.vm->vm, 0, &e);
		if (!lost_monitor(&r, &e))
			break;
	}
	if (!nisv_failed(c))
		nisv_check_exit(c, &r.form->form, &r.want, &e);
	if (!nisv_failed(c)) {
		check_vcpu(&r, true,
			   "the exit changes nothing of the guest's state (api.rst 5)");
		/* the exit has cleared the monitor */
		*nisv_reg32(&r.regs, r.form->rt) = 1;
		check_went_on(&r);
		nisv_eq(c, "memory changed", 0,
			nisv_vm_memory_changed(r.vm->vm, false), nisv_show_dec,
			"an access to a hole leaves the memory beside it alone");
	}
	done(&r);
}

/* ---- injection ---- */

struct before {
	u64 far;
	u32 ifsr;
};

/* Registers that the abort must not keep, or not touch, have values. */
static void scramble(struct run32 *r, struct before *b)
{
	b->far = 0x76543218fedcba98ull;
	b->ifsr = 0x7;
	nisv_vcpu32_set_sysreg(r->vm, SYSREG32_DFAR_IFAR, b->far);
	nisv_vcpu32_set_sysreg(r->vm, SYSREG32_IFSR, b->ifsr);
	nisv_vcpu32_set_sysreg(r->vm, SYSREG32_DFSR, 0x5);
}

static void inject(struct run32 *r, bool abort, bool serror)
{
	nisv_eq(r->c, "KVM_SET_VCPU_EVENTS", 0,
		nisv_vcpu_inject(r->vm->vm, 0, abort, serror, -1),
		nisv_show_result,
		"after an exit events can be injected (api.rst 4.31)");
}

static void want_abort(struct run32 *r, struct nisv_taken32 *want)
{
	nisv_expect_abort32(r->regs.pc, r->regs.cpsr, r->va,
			    nisv_vcpu32_sysreg(r->vm, SYSREG32_SCTLR),
			    nisv_vcpu32_sysreg(r->vm, SYSREG32_VBAR),
			    nisv_vcpu32_sysreg(r->vm, SYSREG32_TTBCR), want);
}

static void check_taken(struct run32 *r, const struct nisv_taken32 *want,
			const struct nisv_taken32 *got)
{
	nisv_eq(r->c, "lr_abt", want->lr, got->lr, nisv_show_hex,
		"LR_abt is the instruction + 8, in any instruction set (DDI0487 G1.12)");
	nisv_eq(r->c, "dfsr", want->dfsr, got->dfsr, nisv_show_hex,
		"a synchronous external abort, in the format of TTBCR.EAE (DDI0487 DFSR)");
	nisv_eq(r->c, "dfar", want->dfar, got->dfar, nisv_show_hex,
		"DFAR is the VA, with its low bits (DDI0487 DFAR)");
}

/* PC has not moved on from the vector: the handler's first instruction runs. */
static bool check_starts(struct run32 *r, bool starts)
{
	nisv_eq(r->c, "the handler's first instruction runs", true, starts,
		nisv_show_dec, "the handler starts at its vector (DDI0487 G1.12)");
	return starts;
}

/* The registers as they are before the handler's first instruction. */
static void check_entry(struct run32 *r, const struct nisv_taken32 *want,
			const struct before *b)
{
	struct nisv_taken32 now;

	nisv_check_step(r->c, "entry: ");
	nisv_eq(r->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(r->vm->vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	nisv_vcpu32_entering(r->vm, &now);
	if (!check_starts(r, now.pc != want->pc + 4))
		now.pc -= 4;
	nisv_eq(r->c, "pc", want->pc, now.pc, nisv_show_hex,
		"the data abort vector of VBAR, or of 0xffff0000 with SCTLR.V (DDI0487 G1.12)");
	nisv_eq(r->c, "cpsr", want->cpsr, now.cpsr, nisv_show_hex,
		"CPSR as exception entry sets it (DDI0487 G1.12)");
	nisv_eq(r->c, "spsr_abt", want->spsr, now.spsr, nisv_show_hex,
		"SPSR_abt is the whole CPSR (DDI0487 G1.12)");
	check_taken(r, want, &now);
	nisv_eq(r->c, "ifar", b->far >> 32,
		nisv_vcpu32_sysreg(r->vm, SYSREG32_DFAR_IFAR) >> 32,
		nisv_show_hex, "a data abort leaves IFAR alone (DDI0487 IFAR)");
	nisv_eq(r->c, "ifsr", b->ifsr,
		nisv_vcpu32_sysreg(r->vm, SYSREG32_IFSR), nisv_show_hex,
		"a data abort leaves IFSR alone (DDI0487 IFSR)");
	nisv_check_step(r->c, "");
}

/* The guest takes it in its handler, which then goes on behind the form. */
static void check_handled(struct run32 *r, const struct nisv_taken32 *want,
			  const struct before *b)
{
	const struct nisv_regs32 *seen;
	struct nisv_regs32 now;
	struct nisv_trap32 trap;
	struct nisv_taken32 got;
	bool starts;

	seen = run_to_doorbell(r, &trap);
	if (!seen)
		return;
	starts = check_starts(r, trap.vector != VECTOR32_BEHIND_DATA);
	if (starts)
		nisv_eq(r->c, "vector", VECTOR32_DATA, trap.vector,
			nisv_show_dec, "the guest takes a data abort");
	if (nisv_failed(r->c))
		return;
	/* then the access has completed as well */
	if (!starts && r->form->form.access == ACCESS_R)
		*nisv_reg32(&r->regs, r->form->rt) = seen->r[r->form->rt];
	got.lr = seen->bank[BANK_LR_ABT];
	got.dfsr = trap.dfsr;
	got.dfar = trap.dfar;
	check_taken(r, want, &got);
	nisv_eq(r->c, "ifar", b->far >> 32, trap.ifar, nisv_show_hex,
		"a data abort leaves IFAR alone (DDI0487 IFAR)");
	nisv_eq(r->c, "ifsr", b->ifsr, trap.ifsr, nisv_show_hex,
		"a data abort leaves IFSR alone (DDI0487 IFSR)");
	now = *seen;
	now.pc = r->regs.pc;
	now.cpsr = r->regs.cpsr;
	r->regs.bank[BANK_LR_ABT] = want->lr;
	/* check_entry() and handler_spsr() look at this one */
	r->regs.bank[BANK_SPSR_ABT] = seen->bank[BANK_SPSR_ABT];
	check_regs(r, &now, "an exception changes no other register (DDI0487 G1.12)");
	nisv_check_step(r->c, "");
}

/*
 * What the handler itself reads. It is compared in cases of their own: what the
 * CPU does of it is the same for all, and the others have seen KVM's part.
 */
static void check_handler_spsr(struct run32 *r, const struct nisv_regs32 *seen)
{
	u32 got = seen->bank[BANK_SPSR_ABT];
	u32 before = nisv_spsr32(&r->regs);

	nisv_eq(r->c, "the handler's SPSR", NISV_SPSR_RIGHT,
		got == r->regs.cpsr ? NISV_SPSR_RIGHT :
		got == before ? NISV_SPSR_STALE : NISV_SPSR_WRONG,
		nisv_show_dec,
		"0: SPSR_abt is the whole CPSR (DDI0487 G1.12); 1: the SPSR of the mode before");
}

static void check_left(struct run32 *r)
{
	if (nisv_failed(r->c))
		return;
	nisv_eq(r->c, "pending", 0, nisv_vcpu_pending(r->vm->vm, 0),
		nisv_show_dec, "an abort is delivered, not pending (api.rst 4.31)");
	nisv_eq(r->c, "memory changed", 0,
		nisv_vm_memory_changed(r->vm->vm, false), nisv_show_dec,
		"the access does not happen");
}

/* Its handler returns behind the instruction; nothing is left. */
static void check_goes_on(struct run32 *r)
{
	if (nisv_failed(r->c))
		return;
	r->regs.pc += nisv_form32_length(r->form);
	nisv_vcpu32_start(r->vm, &r->regs);
	check_went_on(r);
	check_left(r);
}

/* That the abort comes once has nothing to do with the setting: one shows it. */
static void abort_case(struct nisv_check *c, const void *arg)
{
	const struct case32 *a = arg;
	struct nisv_taken32 want;
	struct before before;
	struct run32 r;

	if (!begin_case(&r, c, a))
		return;
	if (load_and_run(&r)) {
		scramble(&r, &before);
		want_abort(&r, &want);
		inject(&r, true, false);
		nisv_eq(c, "pending", 0, nisv_vcpu_pending(r.vm->vm, 0),
			nisv_show_dec,
			"an abort is delivered, not pending (api.rst 4.31)");
		if (a->kind == ENTRY)
			check_entry(&r, &want, &before);
		if (!nisv_failed(c))
			check_handled(&r, &want, &before);
		if (a->setting == SETTING32_svc)
			check_goes_on(&r);
		else
			check_left(&r);
	}
	done(&r);
}

/*
 * A bit of SCTLR says something about the handler. Only the registers at its
 * entry are looked at: the guest's own handler is not made for it.
 */
struct sctlr_case {
	const char *name;
	u64 flip;
	bool from_thumb;
};

static const struct sctlr_case sctlr_cases[] = {
	{ "high_vectors", SCTLR32_V, false },
	{ "thumb_handler", SCTLR32_TE, false },
	{ "thumb_handler_from_thumb", SCTLR32_TE, true },
	{ "big_endian_handler", SCTLR32_EE, false },
	{ "pan_at_entry", SCTLR32_SPAN, false },
	{ "ssbs_at_entry", SCTLR32_DSSBS, false },
};

static void sctlr_entry(struct nisv_check *c, const void *arg)
{
	const struct sctlr_case *s = arg;
	struct nisv_taken32 want;
	struct before before;
	struct run32 r;
	u64 sctlr;
	bool lpae;
	int i;

	for (i = 0; i < 2 && !nisv_failed(c); i++) {
		lpae = i;
		if (!begin(&r, c, s->from_thumb ? "t32_ldr_post" :
			   "a32_ldr_post", lpae, true, SETTING32_svc))
			return;
		if (load_and_run(&r)) {
			sctlr = nisv_vcpu32_sysreg(r.vm, SYSREG32_SCTLR);
			scramble(&r, &before);
			nisv_vcpu32_set_sysreg(r.vm, SYSREG32_SCTLR,
					       sctlr ^ s->flip);
			want_abort(&r, &want);
			inject(&r, true, false);
			check_entry(&r, &want, &before);
		}
		done_anew(&r);
	}
}

/* ---- one form each ---- */

struct spsr_case {
	const char *form;
	enum nisv_setting32_id setting;
};

static const struct spsr_case spsr_cases[] = {
	{ "a32_ldr_post", SETTING32_svc },
	{ "t16_stmia_wb", SETTING32_irq },
	{ "t32_ldr", SETTING32_usr },
	{ "a32_str_pc", SETTING32_flags },
	{ "t32_ldrd", SETTING32_it },
	{ "a32_strd", SETTING32_dit },
};

/* SPSR_abt as the handler reads it, where the abort's entry was not looked at. */
static void handler_spsr(struct nisv_check *c, const void *arg)
{
	const struct spsr_case *s = arg;
	const struct nisv_regs32 *seen;
	struct nisv_trap32 trap;
	struct run32 r;

	if (!begin(&r, c, s->form, true, true, s->setting))
		return;
	if (load_and_run(&r)) {
		inject(&r, true, false);
		seen = run_to_doorbell(&r, &trap);
		if (seen)
			check_handler_spsr(&r, seen);
	}
	done(&r);
}

/* With SCTLR.V the guest's own handler is at 0xffff0000, too. */
static void high_vectors_taken(struct nisv_check *c, const void *arg)
{
	struct nisv_taken32 want;
	struct before before;
	struct run32 r;
	u64 sctlr;

	(void)arg;
	if (!begin(&r, c, "t32_ldmia_wb", true, true, SETTING32_usr))
		return;
	sctlr = nisv_vcpu32_sysreg(r.vm, SYSREG32_SCTLR);
	nisv_vcpu32_set_sysreg(r.vm, SYSREG32_SCTLR, sctlr | SCTLR32_V);
	nisv_vcpu32_set_sysreg(r.vm, SYSREG32_VBAR, 0);
	if (load_and_run(&r)) {
		scramble(&r, &before);
		want_abort(&r, &want);
		inject(&r, true, false);
		check_entry(&r, &want, &before);
		if (!nisv_failed(c))
			check_handled(&r, &want, &before);
		check_goes_on(&r);
	}
	done_anew(&r);
}

/* Where the vectors may be: VBAR has bits 31 to 5. Nothing runs there. */
static void vbar_each_bit(struct nisv_check *c, const void *arg)
{
	static const u32 bases[] = { 0xaaaaaaa0, 0x55555540 };
	struct nisv_taken32 want;
	struct before before;
	struct run32 r;
	size_t n;

	(void)arg;
	for (n = 0; n < ARRAY_SIZE(bases) && !nisv_failed(c); n++) {
		if (!begin(&r, c, "a32_ldr_post", true, true, SETTING32_usr))
			return;
		if (load_and_run(&r)) {
			scramble(&r, &before);
			nisv_vcpu32_set_sysreg(r.vm, SYSREG32_VBAR, bases[n]);
			want_abort(&r, &want);
			inject(&r, true, false);
			check_entry(&r, &want, &before);
		}
		done_anew(&r);
	}
}

/* Exit, abort and handler, over and over: it comes each time, and once. */
static void abort_each_time(struct nisv_check *c, const void *arg)
{
	static const char * const names[] = {
		"a32_ldr_post", "t16_ldr", "a32_str", "t32_strd_pre",
	};
	struct nisv_taken32 want;
	struct before before;
	struct run32 r;
	size_t n;

	(void)arg;
	for (n = 0; n < 2 * ARRAY_SIZE(names) && !nisv_failed(c); n++) {
		if (!begin(&r, c, names[n % ARRAY_SIZE(names)], n & 1, true,
			   SETTING32_svc))
			return;
		if (load_and_run(&r)) {
			scramble(&r, &before);
			want_abort(&r, &want);
			inject(&r, true, false);
			check_handled(&r, &want, &before);
		}
		/* the handler returns to the instruction itself */
		if (!nisv_failed(c))
			nisv_vcpu32_start(r.vm, &r.regs);
		if (!nisv_failed(c) && run_to_exit(&r)) {
			scramble(&r, &before);
			want_abort(&r, &want);
			inject(&r, true, false);
			check_handled(&r, &want, &before);
		}
		check_goes_on(&r);
		done(&r);
	}
}

/*
 * What the guest takes when an SError comes to it before r->regs.pc; @taken_field
 * is what that is called.
 */
static void check_serror(struct run32 *r, const char *taken_field)
{
	u64 ttbcr = nisv_vcpu32_sysreg(r->vm, SYSREG32_TTBCR);
	const struct nisv_regs32 *seen;
	struct nisv_taken32 want;
	struct nisv_trap32 trap;
	struct nisv_exit e;
	bool taken;

	nisv_expect_serror32(r->regs.pc, r->regs.cpsr,
			     nisv_vcpu32_sysreg(r->vm, SYSREG32_SCTLR),
			     nisv_vcpu32_sysreg(r->vm, SYSREG32_VBAR), ttbcr,
			     &want);
	nisv_vcpu_run(r->vm->vm, 0, &e);
	seen = nisv_vcpu32_seen(r->vm, &trap);
	taken = at_doorbell(r, &e) && trap.vector == VECTOR32_DATA;
	nisv_eq(r->c, taken_field, true, taken, nisv_show_dec,
		"an SError is an asynchronous data abort (DDI0487 G1.12)");
	if (!taken)
		return;
	nisv_eq(r->c, "lr_abt", want.lr, seen->bank[BANK_LR_ABT], nisv_show_hex,
		"it comes before the instruction: LR_abt is that + 8 (DDI0487 G1.12)");
	nisv_eq(r->c, "spsr_abt", want.spsr, seen->bank[BANK_SPSR_ABT],
		nisv_show_hex, "SPSR_abt is the whole CPSR (DDI0487 G1.12)");
	nisv_eq(r->c, "dfsr", want.dfsr, trap.dfsr, nisv_show_hex,
		"an asynchronous SError, in the format of TTBCR.EAE (DDI0487 DFSR)");
}

/* A masked SError waits; the guest takes it when it clears CPSR.A. */
static void serror(struct nisv_check *c, bool lpae, bool masked)
{
	struct before before;
	struct run32 r;

	if (!begin(&r, c, "a32_ldr_post", lpae, true,
		   masked ? SETTING32_svc : SETTING32_unmasked))
		return;
	if (load_and_run(&r)) {
		scramble(&r, &before);
		inject(&r, false, true);
	}
	if (!nisv_failed(c) && masked) {
		nisv_eq(c, "pending", 1, nisv_vcpu_pending(r.vm->vm, 0),
			nisv_show_dec, "a masked SError is pending (api.rst 4.31)");
		nisv_vcpu32_set_pc(r.vm, r.regs.pc + 4);
		check_went_on(&r);
		r.regs.cpsr &= ~CPSR_A;
		r.regs.pc = nisv_form32_pc(r.vm, r.form);
		nisv_vcpu32_start(r.vm, &r.regs);
	}
	if (!nisv_failed(c))
		check_serror(&r, masked ? "SError taken when unmasked" :
					  "SError taken");
	/* an SError that is pending may outlive KVM_ARM_VCPU_INIT (serror_after_init) */
	drop_vm(lpae, true);
}

static void serror_masked(struct nisv_check *c, const void *arg)
{
	(void)arg;
	serror(c, true, true);
	if (!nisv_failed(c))
		serror(c, false, true);
}

static void serror_unmasked(struct nisv_check *c, const void *arg)
{
	(void)arg;
	serror(c, true, false);
	if (!nisv_failed(c))
		serror(c, false, false);
}

/*
 * A32 and T32, with both formats of tables: PC is in the hole. As long as @one
 * says so.
 */
static void each_fetch(struct nisv_check *c, bool (*one)(struct run32 *r))
{
	static const char * const forms[] = { "a32_ldr", "t32_ldr" };
	bool more = true;
	struct run32 r;
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(forms) && more && !nisv_failed(c); i++) {
		if (!begin(&r, c, forms[i / 2], i % 2, true, SETTING32_svc))
			return;
		nisv_vcpu32_load(r.vm, r.form, &r.regs);
		r.regs.pc = nisv_form32_va(r.vm, r.form);
		nisv_vcpu32_start(r.vm, &r.regs);
		more = one(&r);
		done(&r);
	}
}

static bool check_fetch(struct run32 *r)
{
	const struct nisv_regs32 *seen;
	struct nisv_trap32 trap;
	u64 ttbcr;

	seen = run_to_doorbell(r, &trap);
	if (!seen)
		return false;
	ttbcr = nisv_vcpu32_sysreg(r->vm, SYSREG32_TTBCR);
	nisv_eq(r->c, "vector", VECTOR32_PREFETCH, trap.vector, nisv_show_dec,
		"a fetch from a hole is a prefetch abort");
	nisv_eq(r->c, "ifar", r->regs.pc, trap.ifar, nisv_show_hex,
		"IFAR is the address of the fetch (DDI0487 IFAR)");
	nisv_eq(r->c, "ifsr", nisv_external_fsr32(ttbcr), trap.ifsr,
		nisv_show_hex, "a synchronous external abort (DDI0487 IFSR)");
	nisv_eq(r->c, "lr_abt", r->regs.pc + 4, seen->bank[BANK_LR_ABT],
		nisv_show_hex,
		"LR_abt of a prefetch abort is the instruction + 4 (DDI0487 G1.12)");
	check_handler_spsr(r, seen);
	return true;
}

/* A fetch from a hole is the guest's own: a prefetch abort, no exit. */
static void fetch_case(struct nisv_check *c, const void *arg)
{
	(void)arg;
	each_fetch(c, check_fetch);
}

/* What the guest enters for a fetch at r->regs.pc, in the registers. */
static void check_prefetch_entry(struct run32 *r)
{
	u64 ttbcr = nisv_vcpu32_sysreg(r->vm, SYSREG32_TTBCR);
	struct nisv_taken32 want, now;

	nisv_expect_abort32(r->regs.pc, r->regs.cpsr, 0,
			    nisv_vcpu32_sysreg(r->vm, SYSREG32_SCTLR),
			    nisv_vcpu32_sysreg(r->vm, SYSREG32_VBAR), ttbcr,
			    &want);
	nisv_check_step(r->c, "entry: ");
	nisv_vcpu32_entering(r->vm, &now);
	nisv_eq(r->c, "pc", want.pc - 4, now.pc, nisv_show_hex,
		"the prefetch abort vector (DDI0487 G1.12)");
	nisv_eq(r->c, "cpsr", want.cpsr, now.cpsr, nisv_show_hex,
		"CPSR as exception entry sets it (DDI0487 G1.12)");
	nisv_eq(r->c, "spsr_abt", want.spsr, now.spsr, nisv_show_hex,
		"SPSR_abt is the whole CPSR (DDI0487 G1.12)");
	nisv_eq(r->c, "lr_abt", r->regs.pc + 4, now.lr, nisv_show_hex,
		"LR_abt of a prefetch abort is the instruction + 4 (DDI0487 G1.12)");
	nisv_eq(r->c, "ifar", r->regs.pc,
		nisv_vcpu32_sysreg(r->vm, SYSREG32_DFAR_IFAR) >> 32,
		nisv_show_hex, "IFAR is the address of the fetch (DDI0487 IFAR)");
	/* the other half is no part of it, and of what KVM's reset left there */
	nisv_eq(r->c, "ifsr", nisv_external_fsr32(ttbcr),
		(u32)nisv_vcpu32_sysreg(r->vm, SYSREG32_IFSR), nisv_show_hex,
		"a synchronous external abort (DDI0487 IFSR)");
	nisv_check_step(r->c, "");
}

/* A signal comes while KVM gives the guest that abort: it is in the registers. */
static bool check_fetch_signal(struct run32 *r)
{
	struct nisv_alarm *alarm;
	struct nisv_trap32 trap;
	struct nisv_exit e;

	/* after this the guest's tables make it trap no more */
	run_to_doorbell(r, &trap);
	nisv_check_step(r->c, "");
	alarm = nisv_failed(r->c) ? NULL :
		nisv_alarm_set(r->c, r->vm->vm, 0, r->regs.pc, NISV_EC_IABT);
	if (!alarm)
		return false;
	nisv_vcpu_run(r->vm->vm, 0, &e);
	nisv_eq(r->c, "KVM_RUN", -EINTR, e.ret, nisv_show_result,
		"an unmasked signal is pending: -EINTR (api.rst 4.10)");
	nisv_eq(r->c, "signal pending", true, nisv_alarm_stop(alarm),
		nisv_show_dec, "a signal is not lost in KVM_RUN");
	check_prefetch_entry(r);
	if (!nisv_failed(r->c) && run_to_doorbell(r, &trap))
		nisv_eq(r->c, "vector", VECTOR32_PREFETCH, trap.vector,
			nisv_show_dec,
			"a fetch from a hole is a prefetch abort");
	nisv_check_step(r->c, "");
	return true;
}

static void fetch_signal(struct nisv_check *c, const void *arg)
{
	(void)arg;
	each_fetch(c, check_fetch_signal);
}

static const struct {
	const char *name;
	void (*fn)(struct nisv_check *c, const void *arg);
} single[] = {
	{ "high_vectors_taken", high_vectors_taken },
	{ "vbar_each_bit", vbar_each_bit },
	{ "abort_each_time", abort_each_time },
	{ "serror_masked", serror_masked },
	{ "serror_unmasked", serror_unmasked },
	{ "fetch", fetch_case },
	{ "fetch_signal", fetch_signal },
};

/* ---- all cases ---- */

/* What a name says of it: NULL is the setting's name. */
static const struct {
	void (*fn)(struct nisv_check *c, const void *arg);
	const char *where;
	const char *what;
} kinds[] = {
	[EXIT] = { exit_case, NULL, "" },
	[MONITOR] = { monitor_case, "monitor", "" },
	[ABORT] = { abort_case, NULL, "abort_" },
	[ENTRY] = { abort_case, NULL, "entry_" },
};

static void add(enum kind kind, const struct nisv_form32 *form,
		bool lpae, enum nisv_setting32_id setting, bool cap)
{
	struct case32 *a = malloc(sizeof(*a));

	if (!a)
		abort();
	a->form = form;
	a->lpae = lpae;
	a->setting = setting;
	a->cap = cap;
	a->kind = kind;
	nisv_case(kinds[kind].fn, a, "%s.%s.%s.%s%s", form->form.name,
		  lpae ? "lpae" : "short",
		  kinds[kind].where ? kinds[kind].where :
		  nisv_settings32[setting].name,
		  kinds[kind].what, cap ? "on" : "off");
}

/* Every class in these, where it matters to each. */
static bool for_all_classes(enum nisv_setting32_id setting)
{
	switch (setting) {
	case SETTING32_svc:
	case SETTING32_usr:
	case SETTING32_flags:
	case SETTING32_big_endian:
	case SETTING32_it:
	case SETTING32_it_last:
	case SETTING32_it_fails:
	case SETTING32_page_start:
	case SETTING32_page_end:
		return true;
	default:
		return false;
	}
}

static bool is_tried(const struct nisv_form32 *form,
		     enum nisv_setting32_id setting)
{
	if (!nisv_form32_runs_in(form, setting))
		return false;
	if (form->form.class == CLASS_A32_PLAIN)
		return nisv_form32_first_of_size(form);
	return nisv_form32_first(form) && (for_all_classes(setting) ||
	       form->form.class == CLASS_A32_WRITEBACK);
}

static void add_exits(const struct nisv_form32 *form)
{
	unsigned int setting;

	add(EXIT, form, true, SETTING32_svc, true);
	add(EXIT, form, true, SETTING32_svc, false);
	if (nisv_form32_outcome(form) == OUTCOME_STATUS) {
		add(MONITOR, form, true, SETTING32_svc, true);
		add(MONITOR, form, false, SETTING32_svc, false);
	}
	if (nisv_form32_first(form)) {
		add(EXIT, form, false, SETTING32_svc, true);
		add(EXIT, form, false, SETTING32_svc, false);
	}
	for (setting = SETTING32_svc + 1; setting < NISV_NR_SETTINGS32; setting++)
		if (is_tried(form, setting)) {
			add(EXIT, form, true, setting, true);
			if (setting == SETTING32_usr)
				add(EXIT, form, true, setting, false);
		}
}

static void add_aborts(const struct nisv_form32 *form)
{
	unsigned int setting;

	for (setting = 0; setting < NISV_NR_SETTINGS32; setting++)
		if (exits(form) && nisv_form32_first(form) &&
		    is_tried(form, setting) && setting != SETTING32_it_fails) {
			add(ENTRY, form, true, setting, true);
			add(ABORT, form, false, setting, false);
		}
}

/*
 * On CPUs of QEMU TCG (-smp 2 and more) a 32-bit guest that has moved from one to
 * another finds an SPSR of its mode that is stale. It moves when the host's
 * scheduler says so, which no row of known deviations can predict.
 */
static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

int main(int argc, char **argv)
{
	unsigned int i;

	stay_on_this_cpu();
	for (i = 0; i < ARRAY_SIZE(sctlr_cases); i++)
		nisv_case(sctlr_entry, &sctlr_cases[i], "%s",
			  sctlr_cases[i].name);
	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	for (i = 0; i < ARRAY_SIZE(spsr_cases); i++)
		nisv_case(handler_spsr, &spsr_cases[i], "handler_spsr_%s",
			  nisv_settings32[spsr_cases[i].setting].name);
	for (i = 0; i < nisv_nr_forms32; i++)
		add_exits(&nisv_forms32[i]);
	for (i = 0; i < nisv_nr_forms32; i++)
		add_aborts(&nisv_forms32[i]);
	return nisv_harness(argc, argv);
}
