// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole runs of one form, every step compared with what must happen.
 *
 * The first form of each class and access, and of each size that is plain, is
 * looked at thoroughly at EL1, and with the capability on at EL0: every register
 * that KVM lists, the guest's counter, all memory beside the hole, pending events,
 * statistics, more re-entries, more data. Of the others KVM's view is compared of
 * the registers that the form names; what the guest itself sees afterwards is
 * compared whole for each after an exit in the plain hole, for what represents
 * others after -ENOSYS there, and for the first of each class after an exit in
 * another setting.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nisv_arch.h"
#include "nisv_diagnose.h"

#define MMIO_BYTES	21	/* phys_addr, data, len, is_write */
#define NISV_BYTES	16	/* esr_iss, fault_ipa */

#define MONITOR_TRIES	100
#define STATUS		6	/* X6: where a store-exclusive says whether it did */

/* Bytes that a device returns: the highest bit of each is set; */
#define DEVICE_DATA	0xf1e2d3c4b5a69788ull

/*
 * and more: all ones and nothing, and for each size the least and the greatest
 * number with a sign, with the opposite behind it.
 */
static const struct {
	unsigned int bytes;	/* of the access; 0: any */
	u64 data;
} device_data[] = {
	{ 0, ~0ull },
	{ 0, 0 },
	{ 1, 0x7f00ull | 0x80 },
	{ 1, 0xff80007full },
	{ 2, 0x7fff8000ull },
	{ 2, 0x80007fffull },
	{ 4, 0x7fffffff80000000ull },
	{ 4, 0x800000007fffffffull },
	{ 8, 0x7fffffffffffffffull },
	{ 8, 0x8000000000000000ull },
};

/* One run of a form. */
struct form_run {
	struct nisv_check *c;
	struct nisv_vm *vm;
	unsigned int cpu;
	const struct nisv_form *form;
	bool thorough;
	bool data_only;		/* run before: now other data is looked at */
	bool refused;		/* by the CPU, which may: there is no exit */
	u64 data;		/* what a device returns */
	struct nisv_want want;
	struct nisv_regs regs;	/* what the guest has, and keeps */
};

static void explain_trap(struct nisv_check *c, const struct nisv_trap *trap)
{
	nisv_fail(c, "the guest took an exception: vector %llu, ESR 0x%llx",
		  (unsigned long long)trap->vector,
		  (unsigned long long)trap->esr);
	nisv_fail(c, "FAR 0x%llx, ELR 0x%llx, SPSR 0x%llx",
		  (unsigned long long)trap->far, (unsigned long long)trap->elr,
		  (unsigned long long)trap->spsr);
}

static bool is_doorbell(struct form_run *r, const struct nisv_exit *e)
{
	return !e->ret && e->reason == EXIT_MMIO &&
	       e->phys_addr == nisv_doorbell_ipa(r->vm);
}

/*
 * The CPU closed the monitor, which it may at any time and an interrupt of the
 * host does: the store-exclusive gives 1 and does nothing else.
 */
static bool lost_monitor(struct form_run *r, const struct nisv_exit *e)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (r->form->class != CLASS_EXCLUSIVE_STORE || !is_doorbell(r, e))
		return false;
	seen = nisv_vcpu_seen(r->vm, r->cpu, &trap);
	return trap.vector == NISV_NO_VECTOR && seen->x[STATUS] == 1;
}

/* The guest took an abort because the CPU does not do this form there. */
static bool was_refused(struct form_run *r, const struct nisv_exit *e)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (!r->want.may_refuse || !is_doorbell(r, e))
		return false;
	seen = nisv_vcpu_seen(r->vm, r->cpu, &trap);
	if (trap.vector == NISV_NO_VECTOR || !nisv_is_refusal(trap.esr))
		return false;
	nisv_eq(r->c, "far", nisv_form_va(r->vm, r->form), trap.far,
		nisv_show_hex, "FAR is the VA accessed (DDI0487 FAR_ELx)");
	nisv_eq(r->c, "elr", r->regs.pc, trap.elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_check_regs(r->c, r->form, &r->regs, seen, NISV_SEEN,
			"an exception changes no other register (DDI0487 D1.3)");
	return true;
}

void nisv_diagnose_form(const struct nisv_vm *vm, const struct nisv_form *form,
			char *buf, size_t size)
{
	struct nisv_slot slots[32];
	struct nisv_diagnosis d = {
		.insn = form->insn,
		.text = form->text,
		.form = form,
		.addressed = true,
		.va = nisv_form_va(vm, form),
		.ipa = nisv_form_ipa(vm, form),
		.slots = slots,
		.nr_slots = nisv_vm_slots(vm, slots, ARRAY_SIZE(slots)),
	};

	nisv_diagnose(&d, buf, size);
}

/* When an exit is not what it must be. */
static void explain_form(struct form_run *r)
{
	char text[1024];

	if (!nisv_failed(r->c))
		return;
	nisv_diagnose_form(r->vm, r->form, text, sizeof(text));
	nisv_explain(r->c, text);
}

/* A doorbell in place of what was wanted: what happened to the form? */
static void explain_doorbell(struct form_run *r, const struct nisv_exit *e)
{
	struct nisv_trap trap;

	if (!is_doorbell(r, e))
		return;
	nisv_vcpu_seen(r->vm, r->cpu, &trap);
	if (trap.vector == NISV_NO_VECTOR)
		nisv_fail(r->c, "the doorbell: the guest went on past the form");
	else
		explain_trap(r->c, &trap);
}

void nisv_check_exit(struct nisv_check *c, const struct nisv_form *form,
		     const struct nisv_want *want, const struct nisv_exit *got)
{
	unsigned int union_bytes = want->mmio ? MMIO_BYTES :
				   want->nisv ? NISV_BYTES : 0;

	nisv_eq(c, "KVM_RUN", want->ret, got->ret, nisv_show_result,
		want->ret ?
		"no syndrome, capability off: -ENOSYS (api.rst 4.10 KVM_RUN)" :
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(c, "exit", want->exit_reason, got->reason, nisv_show_exit,
		want->mmio ?
		"ISV=1 outside of slots: KVM_EXIT_MMIO (api.rst 5)" :
		want->ls64 ?
		"64 bytes outside of slots: KVM_EXIT_ARM_LDST64B (api.rst 5)" :
		want->nisv ?
		"no syndrome, capability on: KVM_EXIT_ARM_NISV (api.rst 5)" :
		"KVM_RUN failed: no exit is reported, KVM_EXIT_UNKNOWN");
	nisv_eq(c, "flags", 0, got->flags, nisv_show_hex,
		"no flag of kvm_run is defined for this exit (api.rst 5)");
	if (got->ret != want->ret || got->reason != want->exit_reason)
		return;

	if (want->nisv) {
		u64 iss = want->esr_iss | (want->esr_any & got->esr_iss);
		u64 ipa = want->fault_ipa;

		if (got->fault_ipa - (ipa & -0x1000ull) < want->fault_span)
			ipa = got->fault_ipa;

		nisv_eq(c, want->iss, iss, got->esr_iss, nisv_show_iss,
			nisv_iss_rule(form, iss, got->esr_iss));
		nisv_eq(c, "fault_ipa", ipa, got->fault_ipa, nisv_show_hex,
			want->fault_span ?
			"an IPA in a page that is accessed (DDI0487 FAR_EL2)" :
			"the IPA of the first byte accessed, with its low bits (api.rst 5)");
	}
	if (want->mmio) {
		u64 mask = want->len < 8 ? BIT_ULL(8 * want->len) - 1 : ~0ull;

		nisv_eq(c, "phys_addr", want->phys_addr, got->phys_addr,
			nisv_show_hex, "the IPA accessed (api.rst 5)");
		nisv_eq(c, "len", want->len, got->len, nisv_show_dec,
			"the size of the access (api.rst 5)");
		nisv_eq(c, "is_write", want->is_write, got->is_write,
			nisv_show_dec, "the direction of the access (api.rst 5)");
		if (want->is_write)
			nisv_eq(c, want->data_name ? want->data_name : "data",
				want->data, got->data & mask,
				nisv_show_hex, "the low bytes of Rt (api.rst 5)");
		mask = want->is_write ? ~mask : ~0ull;
		if (got->touched)
			nisv_eq_many(c, "data, the rest", 0,
				     NISV_UNTOUCHED & mask, got->data & mask,
				     "kvm_run.mmio.data is written as far as the guest stores (api.rst 5)");
	}
	if (got->strayed)
		nisv_eq(c, "kvm_run, the rest", 0, got->strayed, nisv_show_dec,
			"bytes of struct kvm_run that no exit of arm64 writes (api.rst 5)");
	if (want->irq_level || got->irq_level)
		nisv_eq(c, "device_irq_level", want->irq_level, got->irq_level,
			nisv_show_hex,
			"timers and PMU that interrupt, without a vGIC (api.rst 5)");
	if (got->touched > union_bytes)
		nisv_eq(c, "kvm_run bytes", union_bytes, got->touched,
			nisv_show_dec,
			"the rest of the union in struct kvm_run is not this exit's");
}

void nisv_check_regs(struct nisv_check *c, const struct nisv_form *form,
		     const struct nisv_regs *want, const struct nisv_regs *got,
		     enum nisv_extent extent, const char *rule)
{
	bool all = extent != NISV_NAMED;
	int i;

	for (i = 0; i < 31; i++)
		if (all || nisv_form_names_x(form, i))
			nisv_eq_many(c, "x%d", i, want->x[i], got->x[i], rule);
	if (all || nisv_form_base(form) == NISV_SP) {
		nisv_eq_many(c, "sp", 0, want->sp, got->sp, rule);
		nisv_eq_many(c, "sp_el0", 0, want->sp_el0, got->sp_el0, rule);
	}
	/* the guest comes back by an instruction, which clears BTYPE */
	nisv_eq_many(c, "pstate", 0, extent == NISV_SEEN ?
		     want->pstate & ~PSTATE_BTYPE : want->pstate, got->pstate,
		     rule);
	if (all && want->fp) {
		nisv_eq_many(c, "fpsr", 0, want->fpsr, got->fpsr, rule);
		nisv_eq_many(c, "fpcr", 0, want->fpcr, got->fpcr, rule);
	}
	for (i = 0; i < 32 && want->fp; i++) {
		if (!all && !nisv_form_names_v(form, i))
			continue;
		nisv_eq_many(c, "v%d.d[0]", i, want->v[i][0], got->v[i][0],
			     rule);
		nisv_eq_many(c, "v%d.d[1]", i, want->v[i][1], got->v[i][1],
			     rule);
	}
	if (extent != NISV_SEEN)
		nisv_eq(c, "pc", 0, got->pc - want->pc, nisv_show_delta,
			"PC stays at the instruction (api.rst 5)");
}

/* Whether the guest is to go on behind the form, and say what it sees. */
static bool is_seen(const struct form_run *r)
{
	if (r->thorough || r->want.mmio)
		return true;
	if (nisv_vm_is_set(r->vm, SETTING_hole))
		return r->want.nisv || nisv_form_represents(r->form);
	return r->want.nisv && nisv_form_first(r->form);
}

/* KVM's view of the vCPU at the exit. */
static void check_vcpu(struct form_run *r)
{
	static const char rule[] =
		"the exit changes nothing of the guest's state (api.rst 5)";
	enum nisv_extent extent = r->thorough ? NISV_ALL : NISV_NAMED;
	struct nisv_regs now;

	/* of other settings the guest's view, where it comes, is enough */
	if (is_seen(r) && !r->thorough && r->want.nisv &&
	    !nisv_vm_is_set(r->vm, SETTING_hole)) {
		nisv_eq(r->c, "pc", 0,
			nisv_vcpu_pc(r->vm, r->cpu) - r->regs.pc,
			nisv_show_delta, "PC stays at the instruction (api.rst 5)");
		nisv_eq(r->c, "pstate", r->regs.pstate,
			nisv_vcpu_pstate(r->vm, r->cpu), nisv_show_hex, rule);
		return;
	}
	nisv_vcpu_regs(r->vm, r->cpu, r->form, &now, extent);
	nisv_check_regs(r->c, r->form, &r->regs, &now, extent, rule);
}

static void check_sysregs(struct form_run *r, bool on_the_way,
			  const struct nisv_sysreg *before, unsigned int nr)
{
	struct nisv_sysreg *now;
	unsigned int i;

	nisv_eq(r->c, "registers", nr,
		nisv_vcpu_sysregs(r->vm, r->cpu, on_the_way, &now),
		nisv_show_dec,
		"KVM_GET_REG_LIST is fixed once the vCPU runs (api.rst 4.84)");
	for (i = 0; i < nr && !nisv_failed(r->c); i++)
		if (!nisv_eq_many(r->c, "sysreg", 0, before[i].value,
				  now[i].value,
				  "the exit changes no other register (api.rst 5)"))
			nisv_fail(r->c, "the register's ID for KVM_GET_ONE_REG is 0x%llx",
				  (unsigned long long)now[i].id);
	free(now);
	nisv_eq(r->c, "pending", 0, nisv_vcpu_pending(r->vm, r->cpu),
		nisv_show_dec,
		"no exception is pending after the exit (api.rst 4.31)");
}

void nisv_expect_doorbell(const struct nisv_vm *vm, struct nisv_want *want)
{
	*want = (struct nisv_want) {
		.exit_reason = EXIT_MMIO,
		.mmio = true,
		.phys_addr = nisv_doorbell_ipa(vm),
		.len = 8,
		.is_write = true,
	};
}

const struct nisv_regs *nisv_check_doorbell(struct nisv_check *c,
					    struct nisv_vm *vm,
					    unsigned int cpu,
					    struct nisv_trap *trap)
{
	const struct nisv_regs *seen;
	struct nisv_want bell;
	struct nisv_exit e;

	nisv_expect_doorbell(vm, &bell);
	nisv_check_step(c, "doorbell: ");
	nisv_vcpu_run(vm, cpu, &e);
	nisv_check_exit(c, NULL, &bell, &e);
	seen = nisv_vcpu_seen(vm, cpu, trap);
	return nisv_failed(c) ? NULL : seen;
}

/* What the guest set (lib/guest.S) and no exit changes. */
static void check_predicates(struct form_run *r)
{
	const struct nisv_sve *sve = nisv_vcpu_sve(r->vm, r->cpu);
	bool faulted = r->form->class == CLASS_NON_FAULT;
	unsigned int bits = sve->vl, i;

	for (i = 0; i < 4; i++) {
		u64 all = bits >= 64 * (i + 1) ? ~0ull :
			  bits > 64 * i ? BIT_ULL(bits - 64 * i) - 1 : 0;

		nisv_eq_many(r->c, "p0[%d]", i, all, sve->p[0][i],
			     "the exit changes no predicate (api.rst 5)");
		nisv_eq_many(r->c, "p1[%d]", i, !i, sve->p[1][i],
			     "the exit changes no predicate (api.rst 5)");
		nisv_eq_many(r->c, "p2[%d]", i, 0, sve->p[2][i],
			     "the exit changes no predicate (api.rst 5)");
		nisv_eq_many(r->c, "p3[%d]", i, all, sve->p[3][i],
			     "the exit changes no predicate (api.rst 5)");
		nisv_eq_many(r->c, "ffr[%d]", i, faulted ? 0 : all, sve->ffr[i],
			     faulted ? "a non-fault load that misses clears FFR (DDI0487 C8.2)" :
			     "the exit changes no predicate (api.rst 5)");
	}
}

/*
 * The guest has gone on and rung the doorbell: it has r->regs; the load that
 * came before went to @rt, NISV_ZR if there was none.
 */
static void check_seen(struct form_run *r, unsigned int rt,
		       const struct nisv_regs *seen,
		       const struct nisv_trap *trap)
{
	const char *name = "Rt";

	if (seen && trap->vector != NISV_NO_VECTOR)
		explain_trap(r->c, trap);
	if (nisv_failed(r->c))
		return;

	nisv_check_step(r->c, "guest: ");
	if (nisv_vm_big_endian(r->vm) && !nisv_form_signed(r->form))
		name = "Rt, big-endian";
	if (rt != NISV_ZR) {
		nisv_eq(r->c, name, r->regs.x[rt], seen->x[rt], nisv_show_hex,
			"the device's data, extended as the form says (DDI0487 C6.2)");
		r->regs.x[rt] = seen->x[rt];
	}
	nisv_check_regs(r->c, r->form, &r->regs, seen, NISV_SEEN,
			"the guest goes on with the state that it had");
	if (nisv_form_is_sve(r->form))
		check_predicates(r);
	nisv_check_step(r->c, "");
}

/* The guest goes on and rings the doorbell. */
static void check_went_on(struct form_run *r, unsigned int rt)
{
	struct nisv_trap trap;
	const struct nisv_regs *seen;

	seen = nisv_check_doorbell(r->c, r->vm, r->cpu, &trap);
	check_seen(r, rt, seen, &trap);
}

/* The destination of a form of SVE that did not exit. */
static void expect_destination(struct form_run *r, const struct nisv_regs *seen)
{
	unsigned int rt = nisv_form_rt(r->form), n = 1;

	if (r->form->class == CLASS_NON_FAULT) {
		/* elements that are not in FFR may be anything */
		r->regs.v[rt][0] = seen->v[rt][0];
		r->regs.v[rt][1] = seen->v[rt][1];
	}
	if (r->form->class != CLASS_INACTIVE || r->form->access != ACCESS_R)
		return;
	/* elements that are not active are zero */
	if (nisv_form_unit(r->form) == UNIT_VL &&
	    r->form->bytes > 8 * NISV_VL_EIGHTH)
		n = r->form->bytes / (8 * NISV_VL_EIGHTH);
	for (; n--; rt++) {
		r->regs.v[rt][0] = 0;
		r->regs.v[rt][1] = 0;
	}
}

/* A form that never exits: the guest's next exit is the doorbell. */
static void check_goes_on(struct form_run *r)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	struct nisv_want bell;
	struct nisv_exit e;

	nisv_vcpu_run(r->vm, r->cpu, &e);
	nisv_eq(r->c, "exits", false, !is_doorbell(r, &e), nisv_show_dec,
		nisv_classes[r->form->class].why);
	if (!is_doorbell(r, &e)) {
		nisv_vcpu_set_pc(r->vm, r->cpu, r->regs.pc + 4);
		check_went_on(r, NISV_ZR);
		return;
	}
	nisv_expect_doorbell(r->vm, &bell);
	nisv_check_exit(r->c, NULL, &bell, &e);
	seen = nisv_vcpu_seen(r->vm, r->cpu, &trap);
	expect_destination(r, seen);
	check_seen(r, NISV_ZR, seen, &trap);
}

/* By a KVM_RUN that does not enter the guest (api.rst 5), and once only. */
static void check_completed(struct form_run *r)
{
	int i;

	nisv_check_step(r->c, "completed: ");
	for (i = 0; i < 2; i++) {
		nisv_eq(r->c, "KVM_RUN", -EINTR,
			nisv_vcpu_complete(r->vm, r->cpu), nisv_show_result,
			"immediate_exit: -EINTR (api.rst 5)");
		nisv_eq(r->c, "pc", 4,
			nisv_vcpu_pc(r->vm, r->cpu) - r->regs.pc,
			nisv_show_delta,
			"the access is completed once, and PC moves on (api.rst 5)");
	}
	nisv_eq(r->c, "pstate", r->regs.pstate,
		nisv_vcpu_pstate(r->vm, r->cpu), nisv_show_hex,
		"an instruction is completed: BTYPE is 0 (DDI0487 D8.8), the rest stays");
}

/* The access is completed by the next KVM_RUN (api.rst 5). */
static void check_control(struct form_run *r)
{
	unsigned int rt = NISV_ZR;
	u64 data = r->data;

	nisv_vcpu_mmio_data(r->vm, r->cpu, data);
	if (r->form->access == ACCESS_R) {
		rt = nisv_form_rt(r->form);
		if (nisv_vm_big_endian(r->vm))
			data = __builtin_bswap64(data) >>
			       (64 - 8 * r->form->bytes);
		if (rt != NISV_ZR)
			r->regs.x[rt] = nisv_form_loaded(r->form, data);
	}
	r->regs.pstate &= ~PSTATE_BTYPE;
	if (!r->data_only)
		check_completed(r);
	r->regs.pstate &= ~PSTATE_BTYPE;
	if (!nisv_failed(r->c))
		check_went_on(r, rt);
}

/* Once more. */
static void check_again(struct form_run *r, u32 claimed)
{
	struct nisv_exit e;

	nisv_vcpu_claim(r->vm, r->cpu, claimed);
	nisv_vcpu_run(r->vm, r->cpu, &e);
	nisv_check_exit(r->c, r->form, &r->want, &e);
	explain_doorbell(r, &e);
	explain_form(r);
	nisv_eq(r->c, "pc", 0, nisv_vcpu_pc(r->vm, r->cpu) - r->regs.pc,
		nisv_show_delta,
		"re-entry runs the same instruction again (api.rst 5)");
	nisv_eq(r->c, "pstate", r->regs.pstate,
		nisv_vcpu_pstate(r->vm, r->cpu), nisv_show_hex,
		"the exit changes nothing of the guest's state (api.rst 5)");
}

/* How often the exit is to come again: each KVM_RUN costs much time. */
static int entries_of(const struct form_run *r)
{
	if (r->thorough)
		return 3;
	return nisv_vm_is_set(r->vm, SETTING_hole) &&
	       (nisv_form_represents(r->form) ||
		(r->want.nisv && nisv_form_first_of_size(r->form)));
}

static void check_nisv(struct form_run *r)
{
	struct nisv_sysreg *before = NULL;
	int entries = entries_of(r);
	unsigned int nr_before = 0;

	nisv_check_step(r->c, "again: ");
	if (r->form->class == CLASS_EXCLUSIVE_STORE) {
		/* the exit has closed the monitor: it does not fault again */
		r->regs.x[STATUS] = 1;
		check_went_on(r, NISV_ZR);
		return;
	}
	if (r->thorough) {	/* what only an exception may change is set anew */
		nisv_vcpu_scramble(r->vm, r->cpu, entries);
		nr_before = nisv_vcpu_sysregs(r->vm, r->cpu, false, &before);
	}
	while (entries-- && !nisv_failed(r->c))
		check_again(r, entries & 1 ? EXIT_ARM_NISV : EXIT_MMIO);
	if (r->thorough && !nisv_failed(r->c))
		check_sysregs(r, false, before, nr_before);
	free(before);
	if (nisv_failed(r->c))
		return;

	if (!is_seen(r)) {
		nisv_vcpu_to_start(r->vm, r->cpu);
		return;
	}
	nisv_vcpu_set_pc(r->vm, r->cpu, r->regs.pc + 4);
	check_went_on(r, NISV_ZR);
}

/* Runs a part of a copy or set that comes before the form, to its end. */
static bool run_part(struct form_run *r, u32 insn, struct nisv_regs *regs)
{
	const struct nisv_form *part = nisv_form_of_word(insn);
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (!part) {
		nisv_fail(r->c, "no form is %08x", insn);
		return false;
	}
	regs->pc = nisv_form_pc(r->vm, part);
	nisv_vcpu_start(r->vm, r->cpu, regs);
	seen = nisv_check_doorbell(r->c, r->vm, r->cpu, &trap);
	if (seen && trap.vector != NISV_NO_VECTOR)
		explain_trap(r->c, &trap);
	if (nisv_failed(r->c))
		return false;
	for (trap.vector = 0; trap.vector < 31; trap.vector++)
		regs->x[trap.vector] = seen->x[trap.vector];
	regs->pstate = seen->pstate;
	return true;
}

/*
 * Loads main or epilogue of a copy or set: what comes before it runs on memory,
 * whose address at the base register is then moved to the hole.
 */
static bool load_going_on(struct form_run *r)
{
	bool done;

	nisv_check_step(r->c, "before: ");
	nisv_vcpu_load(r->vm, r->cpu, r->form, &r->regs);
	nisv_vcpu_aim_copy(r->vm, r->form, &r->regs);
	done = run_part(r, nisv_form_prologue(r->form), &r->regs) &&
	       (!nisv_form_is_epilogue(r->form) ||
		run_part(r, nisv_form_main(r->form), &r->regs));
	nisv_vm_restore_copy(r->vm);
	nisv_vcpu_move_copy(&r->regs);
	r->regs.pc = nisv_form_pc(r->vm, r->form);
	nisv_vcpu_start(r->vm, r->cpu, &r->regs);
	nisv_check_step(r->c, "");
	return done;
}

static bool load_form(struct form_run *r)
{
	if (nisv_form_goes_on(r->form))
		return load_going_on(r);
	nisv_vcpu_load(r->vm, r->cpu, r->form, &r->regs);
	return true;
}

/* What must happen, now that r->regs are loaded. */
static void expect_run(struct form_run *r, bool cap)
{
	struct nisv_situation s = {
		.form = r->form,
		.cap = cap,
		.memory = nisv_vm_memory(r->vm),
		.ipa = nisv_form_ipa(r->vm, r->form),
		.big_endian = nisv_vm_big_endian(r->vm),
		.left_nothing = nisv_form_goes_on(r->form) && !r->regs.x[3],
	};
	unsigned int rt = nisv_form_rt(r->form);

	s.store = rt == NISV_ZR ? 0 : r->regs.x[rt];
	nisv_expect(&s, &r->want);
}

/*
 * Whether the CPU itself lets a store-exclusive go when there was another store
 * since the load-exclusive, which it need not.
 */
static bool cpu_keeps_monitor(void)
{
	u64 granules[512] = {}, loaded;	/* 2 KiB at most */
	unsigned int tries = MONITOR_TRIES;
	u32 status;

	do
		asm volatile("ldxr %1, [%2]\n"
			     "str %1, [%3]\n"
			     "dsb ish\n"
			     "isb\n"
			     "stxr %w0, %1, [%2]\n"
			     : "=&r" (status), "=&r" (loaded)
			     : "r" (&granules[0]), "r" (&granules[511]) : "memory");
	while (status && --tries);
	return !status;
}

/* Registers loaded and KVM_RUN: the exit that must come. False: it did not. */
static bool run_to_exit(struct form_run *r)
{
	unsigned int tries = MONITOR_TRIES;
	struct nisv_exit e;

	do {
		nisv_vcpu_run(r->vm, r->cpu, &e);
	} while (lost_monitor(r, &e) && --tries);
	if (!tries) {
		r->refused = true;
		if (nisv_vm_at_el2(r->vm))
			nisv_skip(r->c, "a guest at EL1, whose TLBI is no trap",
				  "one at virtual EL2, whose monitor each trap closes");
		else if (cpu_keeps_monitor())
			nisv_fail(r->c, "%d times in a row the monitor was closed",
				  MONITOR_TRIES);
		else
			nisv_skip(r->c, "a CPU that keeps its monitor open over a store",
				  "%d times status 1, in user space too",
				  MONITOR_TRIES);
		return false;
	}
	r->refused = was_refused(r, &e);
	if (r->refused)
		return false;
	nisv_check_exit(r->c, r->form, &r->want, &e);
	explain_doorbell(r, &e);
	explain_form(r);
	if (!nisv_failed(r->c) && !r->data_only)
		check_vcpu(r);
	return !nisv_failed(r->c);
}

/*
 * The guest's counter less the host's cannot be read at once: it is within
 * bounds, and those before and after have something in common.
 */
static void check_counter(struct form_run *r, const struct nisv_range *before)
{
	struct nisv_range now;

	nisv_vcpu_counter(r->vm, r->cpu, &now);
	nisv_eq(r->c, "counter jumps", false, now.low > before->high ||
		before->low > now.high, nisv_show_dec,
		"the guest's counter goes on as the host's does (api.rst 4.68 KVM_REG_ARM_TIMER_CNT)");
}

struct stats {
	u64 exits;
	u64 mmio_exit_user;
	u64 mmio_exit_kernel;
	u64 signal_exits;
};

static void get_stats(struct form_run *r, struct stats *s)
{
	s->exits = nisv_vcpu_stat(r->vm, r->cpu, "exits");
	s->mmio_exit_user = nisv_vcpu_stat(r->vm, r->cpu, "mmio_exit_user");
	s->mmio_exit_kernel = nisv_vcpu_stat(r->vm, r->cpu, "mmio_exit_kernel");
	s->signal_exits = nisv_vcpu_stat(r->vm, r->cpu, "signal_exits");
}

/* What one exit adds to the vCPU's statistics. */
static void check_stats(struct form_run *r, const struct stats *before)
{
	struct stats now;

	get_stats(r, &now);
	if (before->exits == NISV_NO_STAT)
		return;
	nisv_eq(r->c, "stat exits", true, now.exits > before->exits,
		nisv_show_dec, "exits counts it (Documentation/virt/kvm, statistics)");
	nisv_eq(r->c, "stat mmio_exit_user", r->want.mmio,
		now.mmio_exit_user - before->mmio_exit_user, nisv_show_dec,
		"mmio_exit_user counts KVM_EXIT_MMIO, and nothing else");
	nisv_eq(r->c, "stat mmio_exit_kernel", 0,
		now.mmio_exit_kernel - before->mmio_exit_kernel, nisv_show_dec,
		"no device of the kernel was asked");
	nisv_eq(r->c, "stat signal_exits", 0,
		now.signal_exits - before->signal_exits, nisv_show_dec,
		"no signal came");
}

static void run_form(struct form_run *r, bool cap)
{
	struct nisv_sysreg *before = NULL;
	unsigned int nr_before = 0;
	struct nisv_range counter;
	struct stats stats;
	bool exited;

	nisv_check_form(r->c, r->form, r->cpu);
	if (r->thorough)
		nisv_vcpu_load_small(r->vm, r->cpu, r->form, &r->regs);
	else if (!load_form(r))
		return;
	expect_run(r, cap);
	if (r->thorough) {
		/* of what exits again: when it does */
		if (r->want.mmio || r->form->class == CLASS_EXCLUSIVE_STORE)
			nr_before = nisv_vcpu_sysregs(r->vm, r->cpu, true,
						      &before);
		get_stats(r, &stats);
		nisv_vcpu_counter(r->vm, r->cpu, &counter);
	}
	if (r->want.goes_on) {
		check_goes_on(r);
		return;
	}
	exited = run_to_exit(r);
	if (exited && r->thorough) {
		check_stats(r, &stats);
		if (before)
			check_sysregs(r, true, before, nr_before);
		check_counter(r, &counter);
	}
	free(before);
	if (nisv_failed(r->c) || r->refused)
		return;

	if (r->want.mmio)
		check_control(r);
	else
		check_nisv(r);
	nisv_eq(r->c, "memory changed", 0,
		nisv_vm_memory_changed(r->vm, r->thorough), nisv_show_dec,
		"an access to a hole leaves the memory beside it alone");
}

static struct form_run new_run(struct nisv_check *c, struct nisv_vm *vm,
			       unsigned int cpu, const struct nisv_form *form)
{
	return (struct form_run){
		.c = c,
		.vm = vm,
		.cpu = cpu,
		.form = form,
		.data = DEVICE_DATA,
	};
}

bool nisv_check_to_exit(struct nisv_check *c, struct nisv_vm *vm,
			unsigned int cpu, const struct nisv_form *form,
			bool cap, struct nisv_regs *regs)
{
	struct form_run r = new_run(c, vm, cpu, form);
	bool exited;

	nisv_check_form(c, form, cpu);
	if (!load_form(&r))
		return false;
	expect_run(&r, cap);
	exited = run_to_exit(&r);
	*regs = r.regs;
	return exited;
}

void nisv_check_form_run(struct nisv_check *c, struct nisv_vm *vm,
			 unsigned int cpu, const struct nisv_form *form,
			 bool cap)
{
	struct form_run r = new_run(c, vm, cpu, form);

	run_form(&r, cap);
}

void nisv_check_form_whole(struct nisv_check *c, struct nisv_vm *vm,
			   unsigned int cpu, const struct nisv_form *form,
			   bool cap)
{
	struct form_run r = new_run(c, vm, cpu, form);
	bool plain = nisv_classes[form->class].isv;
	size_t i;

	run_form(&r, cap);
	if (!nisv_vm_is_set(vm, SETTING_hole) &&
	    !(cap && nisv_vm_is_set(vm, SETTING_el0)))
		return;
	/* registers whose reset value is UNKNOWN settle when the vCPU runs */
	if (!nisv_failed(c) &&
	    (nisv_form_first(form) || (plain && nisv_form_first_of_size(form)))) {
		r.thorough = true;
		run_form(&r, cap);
	}
	r.thorough = false;
	r.data_only = true;
	if (!plain || form->access != ACCESS_R || !cap)
		return;
	for (i = 0; i < ARRAY_SIZE(device_data) && !nisv_failed(c); i++) {
		if (device_data[i].bytes && device_data[i].bytes != form->bytes)
			continue;
		r.data = device_data[i].data;
		run_form(&r, cap);
	}
}

void nisv_check_exit_again(struct nisv_check *c, struct nisv_vm *vm,
			   unsigned int cpu, const struct nisv_form *form,
			   bool cap)
{
	struct nisv_situation s = {
		.form = form,
		.cap = cap,
		.ipa = nisv_form_ipa(vm, form),
	};
	struct nisv_want want;
	struct nisv_exit e;

	nisv_expect(&s, &want);
	nisv_vcpu_run(vm, cpu, &e);
	nisv_check_exit(c, form, &want, &e);
}

bool nisv_check_has_feature(struct nisv_check *c, struct nisv_vm *vm,
			    const struct nisv_form *form)
{
	const struct nisv_feature_info *f = &nisv_features[form->feature];
	unsigned int val = nisv_vcpu_feature(vm, 0, form->feature);
	char requires[96];

	if (val >= f->min)
		return true;
	snprintf(requires, sizeof(requires), "%s (%s.%s >= %u)", f->title,
		 f->idreg, f->field, f->min);
	nisv_skip(c, requires, "%u", val);
	return false;
}

static bool has_setting(struct nisv_check *c, enum nisv_setting_id setting,
			struct nisv_vm *vm)
{
	const struct nisv_setting *s = &nisv_settings[setting];
	unsigned int val = nisv_vcpu_setting(vm, 0, setting);
	char requires[96];

	if (nisv_vm_hole_missing(vm, s->hole)) {
		snprintf(requires, sizeof(requires), "%s (%s)",
			 nisv_vm_hole_missing(vm, s->hole), s->text);
		nisv_skip(c, requires, "pages of %lluK, IPAs of %u bits",
			  (unsigned long long)nisv_vm_page_size(vm) / 1024,
			  nisv_vm_ipa_bits(vm));
		return false;
	}
	if (val >= s->min)
		return true;
	snprintf(requires, sizeof(requires), "%s (%s, bit %u: >= %u)", s->text,
		 s->idreg, s->shift, s->min);
	nisv_skip(c, requires, "%u", val);
	return false;
}

bool nisv_check_has(struct nisv_check *c, struct nisv_vm *vm,
		    const struct nisv_form *form, enum nisv_setting_id setting)
{
	return !nisv_failed(c) && nisv_check_has_feature(c, vm, form) &&
	       has_setting(c, setting, vm);
}

/* With the usual features of a vCPU, and with all; and which one was had last. */
static struct nisv_vm *shared_vms[2][2];
static bool had_full[2];

static struct nisv_vm *shared_vm(struct nisv_check *c, bool cap, bool full)
{
	struct nisv_vm **vm = &shared_vms[full][cap];

	if (!*vm) {
		*vm = full ? nisv_vm_new_full() : nisv_vm_new(1);
		nisv_vm_add_neighbours(*vm);
		if (cap)
			nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(*vm),
				nisv_show_result,
				"the capability can be enabled (api.rst 4.37)");
	}
	return *vm;
}

static struct nisv_vm *take_shared_vm(struct nisv_check *c, bool cap, bool full)
{
	had_full[cap] = full;
	return shared_vm(c, cap, full);
}

struct nisv_vm *nisv_shared_vm(struct nisv_check *c, bool cap)
{
	return take_shared_vm(c, cap, false);
}

struct nisv_vm *nisv_shared_vm_for(struct nisv_check *c, bool cap,
				   const struct nisv_form *form,
				   enum nisv_setting_id setting)
{
	struct nisv_vm *vm = shared_vm(c, cap, false);
	bool full = nisv_vcpu_feature(vm, 0, form->feature) <
		    nisv_features[form->feature].min ||
		    nisv_vcpu_setting(vm, 0, setting) < nisv_settings[setting].min;

	return take_shared_vm(c, cap, full);
}

bool nisv_needs_full_vm(struct nisv_check *c, const struct nisv_form *form)
{
	return nisv_classes[form->class].needs_more &&
	       nisv_vcpu_feature(shared_vm(c, true, false), 0, form->feature) <
	       nisv_features[form->feature].min;
}

void nisv_shared_vm_drop(bool cap)
{
	struct nisv_vm **vm = &shared_vms[had_full[cap]][cap];

	nisv_vm_free(*vm);
	*vm = NULL;
}

void nisv_shared_vm_done(struct nisv_check *c, bool cap)
{
	if (nisv_failed(c))
		nisv_shared_vm_drop(cap);
}
