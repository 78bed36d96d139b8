// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_inject: after the exit, user space gives the guest an exception.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.31 KVM_GET_VCPU_EVENTS and
 * KVM_SET_VCPU_EVENTS, arm64; Arm ARM DDI0487, D1.3 exception entry, ESR_ELx):
 * after KVM_EXIT_ARM_NISV, KVM_EXIT_MMIO or -ENOSYS, with ext_dabt_pending,
 *
 * - the guest takes a synchronous external data abort, once: the vector is that
 *   of the exception level and stack pointer that it had, ELR the instruction,
 *   SPSR its whole PSTATE, ESR says data abort from this or from a lower level,
 *   IL, a synchronous external abort and nothing else (WnR is 0 even for a
 *   store: so KVM has it), FAR the VA with its low bits; the handler's PSTATE is
 *   that of an exception entry;
 * - no other register has changed, the base register of a writeback form
 *   neither, and the access that exited as MMIO does not complete;
 * - it is not pending then: KVM_GET_VCPU_EVENTS gives 0. KVM_RUN that enters no
 *   guest (immediate_exit) makes it visible in the registers;
 * - a guest that handles it goes on;
 * - an SError is pending until it is not masked, with its syndrome; both can be
 *   given at once. What is refused with EINVAL has no effect;
 * - the same exception, made by hand with KVM_SET_ONE_REG, looks the same.
 *
 * Cases: <form>.<setting>.<abort|entry>_<on|off> for the first form of each
 * class and access in the settings of the guest's state, where "entry" looks at
 * the registers before the guest runs; and what is about one form only, by name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "nisv.h"

#define SERROR_ISS	0x123456u

struct inject_case {
	const struct nisv_form *form;
	enum nisv_setting_id setting;
	bool cap;
	bool entry;		/* look at the registers before the guest runs */
};

/* One injection: what the guest had, and what it must take. */
struct injection {
	struct nisv_check *c;
	struct nisv_vm *vm;
	unsigned int cpu;
	const struct nisv_form *form;
	struct nisv_regs regs;
	struct nisv_taken want;
	const char *esr;	/* what the field is called: whose it is */
};

static const char once[] = "an abort is delivered, not pending (api.rst 4.31)";

static void check_taken(struct injection *i, const struct nisv_taken *got)
{
	const struct nisv_taken *want = &i->want;
	struct nisv_check *c = i->c;

	nisv_eq(c, "vector", want->vector, got->vector, nisv_show_dec,
		"the vector of the level and stack pointer it had (DDI0487 D1.3)");
	nisv_eq(c, i->esr, want->esr, got->esr, nisv_show_hex,
		"EC, IL, a synchronous external abort, nothing else (DDI0487 ESR_ELx)");
	nisv_eq(c, "far", want->far, got->far, nisv_show_hex,
		"FAR is the VA, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(c, "elr", want->elr, got->elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(c, "spsr", want->spsr, got->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	nisv_eq(c, "handler's pstate", want->pstate, got->pstate, nisv_show_hex,
		"PSTATE as exception entry sets it (DDI0487 D1.3)");
}

/* Up to the exit, and what an abort must then be. */
static bool to_exit(struct injection *i, bool cap)
{
	if (!nisv_check_to_exit(i->c, i->vm, i->cpu, i->form, cap, &i->regs))
		return false;
	nisv_expect_abort(i->regs.pc, i->regs.pstate,
			  nisv_form_va(i->vm, i->form),
			  nisv_vcpu_sctlr(i->vm, i->cpu),
			  nisv_vcpu_mode(i->vm, i->cpu), &i->want);
	i->esr = "esr";
	return true;
}

static void inject(struct injection *i, bool abort, bool serror, s64 iss,
		   int want)
{
	nisv_eq(i->c, "KVM_SET_VCPU_EVENTS", want,
		nisv_vcpu_inject(i->vm, i->cpu, abort, serror, iss),
		nisv_show_result, want ?
		"an SError syndrome has 24 bits: EINVAL (api.rst 4.31)" :
		"after an exit events can be injected (api.rst 4.31)");
}

static void check_pending(struct injection *i, unsigned int want,
			  const char *rule)
{
	nisv_eq(i->c, "pending", want, nisv_vcpu_pending(i->vm, i->cpu),
		nisv_show_dec, rule);
}

/* The registers as they are before the handler's first instruction. */
static void check_entry(struct injection *i)
{
	struct nisv_taken now;

	nisv_check_step(i->c, "entry: ");
	nisv_eq(i->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(i->vm, i->cpu),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	nisv_vcpu_entering(i->vm, i->cpu, &now);
	check_taken(i, &now);
	nisv_check_step(i->c, "");
}

/* The guest takes it, and has the registers that it had. */
static void check_guest_takes(struct injection *i)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	struct nisv_taken got;

	seen = nisv_check_doorbell(i->c, i->vm, i->cpu, &trap);
	if (!seen)
		return;
	nisv_check_step(i->c, "guest: ");
	if (trap.vector == NISV_NO_VECTOR) {
		nisv_fail(i->c, "the guest took no exception and went on");
		return;
	}
	got.vector = trap.vector;
	/* the syndrome registers keep what they had where an SError has none */
	got.esr = trap.esr;
	got.far = i->want.far ? trap.far : 0;
	got.elr = trap.elr;
	got.spsr = trap.spsr;
	got.pstate = i->want.pstate;	/* check_entry() sees it */
	check_taken(i, &got);
	nisv_check_regs(i->c, i->form, &i->regs, seen, NISV_SEEN,
			"an exception changes no other register (DDI0487 D1.3)");
	nisv_check_step(i->c, "");
}

/* Its handler done, the guest goes on behind the instruction; nothing is left. */
static void check_goes_on(struct injection *i)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(i->c))
		return;
	nisv_vcpu_next_skips(i->vm, i->cpu);
	seen = nisv_check_doorbell(i->c, i->vm, i->cpu, &trap);
	if (!seen)
		return;
	nisv_check_step(i->c, "after it: ");
	nisv_eq(i->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec, once);
	nisv_check_regs(i->c, i->form, &i->regs, seen, NISV_SEEN,
			"the guest goes on with the state that it had");
	nisv_check_step(i->c, "");
	check_pending(i, 0, once);
	nisv_eq(i->c, "memory changed", 0, nisv_vm_memory_changed(i->vm, false),
		nisv_show_dec, "the access does not happen");
}

static void abort_case(struct nisv_check *c, const void *arg)
{
	const struct inject_case *a = arg;
	struct injection i = {
		.c = c,
		.vm = nisv_shared_vm(c, a->cap),
		.form = a->form,
	};

	nisv_vm_set(i.vm, a->setting);
	if (nisv_check_has(c, i.vm, a->form, a->setting) && to_exit(&i, a->cap)) {
		inject(&i, true, false, 0, 0);
		check_pending(&i, 0, once);
		if (a->entry)
			check_entry(&i);
		if (!nisv_failed(c))
			check_guest_takes(&i);
		check_goes_on(&i);
	}
	nisv_shared_vm_done(c, a->cap);
}

/* ---- what is about one form ---- */

static bool begin(struct injection *i, struct nisv_check *c, const char *form,
		  enum nisv_setting_id setting)
{
	memset(i, 0, sizeof(*i));
	i->c = c;
	i->vm = nisv_shared_vm(c, true);
	i->form = nisv_form_named(form);
	nisv_vm_set(i->vm, setting);
	if (!i->form)
		nisv_fail(c, "no form is called %s", form);
	return nisv_check_has(c, i->vm, i->form, setting) && to_exit(i, true);
}

static void end(struct injection *i)
{
	nisv_shared_vm_done(i->c, true);
}

static void want_serror(struct injection *i, u64 iss)
{
	nisv_expect_serror(i->regs.pc, i->regs.pstate, iss,
			   nisv_vcpu_sctlr(i->vm, i->cpu),
			   nisv_vcpu_mode(i->vm, i->cpu), &i->want);
	i->esr = "esr of SError";
}

/* An SError that waits is taken when the guest unmasks it. */
static void check_serror_comes(struct injection *i, u64 iss)
{
	check_pending(i, 1, "a masked SError stays pending (api.rst 4.31)");
	nisv_vm_set(i->vm, SETTING_unmasked);
	nisv_vcpu_load(i->vm, i->cpu, i->form, &i->regs);
	want_serror(i, iss);
	check_guest_takes(i);
	if (nisv_failed(i->c))
		return;
	nisv_eq(i->c, "SError still pending", 0,
		nisv_vcpu_pending(i->vm, i->cpu), nisv_show_dec,
		"an SError is taken once (api.rst 4.31)");
	if (nisv_vcpu_pending(i->vm, i->cpu))
		nisv_shared_vm_drop(true);
	else
		check_goes_on(i);
}

static void serror_masked(struct nisv_check *c, const void *arg)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, false, true, SERROR_ISS, 0);
		check_pending(&i, 1, "a masked SError stays pending (api.rst 4.31)");
		nisv_vcpu_set_pc(i.vm, i.cpu, i.regs.pc + 4);
		seen = nisv_check_doorbell(c, i.vm, i.cpu, &trap);
		if (seen)
			nisv_eq(c, "vector", NISV_NO_VECTOR, trap.vector,
				nisv_show_dec,
				"PSTATE.A masks an SError (DDI0487 D1.3.4)");
		if (!nisv_failed(c))
			check_serror_comes(&i, SERROR_ISS);
	}
	end(&i);
}

static void serror_unmasked(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_unmasked)) {
		inject(&i, false, true, SERROR_ISS, 0);
		want_serror(&i, SERROR_ISS);
		check_guest_takes(&i);
		check_goes_on(&i);
	}
	end(&i);
}

static void abort_and_serror(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, true, true, SERROR_ISS, 0);
		check_guest_takes(&i);
		if (!nisv_failed(c))
			check_serror_comes(&i, SERROR_ISS);
	}
	end(&i);
}

/* EINVAL, and the guest goes on as if nothing had been asked for. */
static void check_refused(struct nisv_check *c, bool abort)
{
	struct nisv_trap trap;
	struct injection i;
	bool entered;

	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		/* api.rst says 24 bits, but KVM takes 25 of them: ISS is so long */
		inject(&i, abort, true, BIT_ULL(25) | SERROR_ISS, -EINVAL);
		check_pending(&i, 0, "what is refused has no effect");
		nisv_vcpu_complete(i.vm, i.cpu);
		entered = nisv_vcpu_pc(i.vm, i.cpu) != i.regs.pc;
		nisv_eq(c, abort ? "abort in spite of EINVAL" : "exception",
			0, entered, nisv_show_dec,
			"what is refused has no effect");
		if (entered)
			nisv_check_doorbell(c, i.vm, i.cpu, &trap);
	}
	if (!nisv_failed(c))
		nisv_check_form_run(c, i.vm, i.cpu, i.form, true);
	end(&i);
}

static void serror_bad_syndrome(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_refused(c, false);
}

static void abort_bad_serror(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_refused(c, true);
}

/* The guest comes back to the instruction each time. */
static void abort_each_time(struct nisv_check *c, const void *arg)
{
	static const char * const forms[] = { "ldr_x_post", "str_w_pre", "ldr_x" };
	struct injection i;
	size_t f;
	int n;

	(void)arg;
	for (f = 0; f < ARRAY_SIZE(forms) && !nisv_failed(c); f++) {
		for (n = 0; n < 20 && !nisv_failed(c); n++)
			if (begin(&i, c, forms[f], SETTING_hole)) {
				inject(&i, true, false, 0, 0);
				check_guest_takes(&i);
			}
	}
	end(&i);
}

/*
 * A second time before the guest has run: KVM may let it take both, one within
 * the handler of the other.
 */
static void abort_twice(struct nisv_check *c, const void *arg)
{
	struct nisv_taken first;
	struct nisv_trap trap;
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, true, false, 0, 0);
		nisv_vcpu_entering(i.vm, i.cpu, &first);
		inject(&i, true, false, 0, 0);
		check_pending(&i, 0, once);
		if (nisv_check_doorbell(c, i.vm, i.cpu, &trap)) {
			nisv_eq(c, "vector", i.want.vector, trap.vector,
				nisv_show_dec, "the guest takes an abort");
			nisv_eq(c, "esr", i.want.esr, trap.esr, nisv_show_hex,
				"the guest takes an abort");
			nisv_eq(c, "far", i.want.far, trap.far, nisv_show_hex,
				"the guest takes an abort");
			/* where it was already in the handler it is there */
			if (first.pstate == i.want.pstate &&
			    first.elr == i.regs.pc)
				i.regs.pc = trap.elr;
			nisv_eq(c, "elr", i.regs.pc, trap.elr, nisv_show_hex,
				"ELR is the instruction (DDI0487 D1.3)");
		}
		check_goes_on(&i);
	}
	end(&i);
}

/* A VMM without the ioctl writes the registers. */
static void by_hand(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin(&i, c, "str_w_pre", SETTING_hole)) {
		nisv_vcpu_make_enter(i.vm, i.cpu, &i.want);
		i.esr = "esr as written";
		check_entry(&i);
		if (!nisv_failed(c))
			check_guest_takes(&i);
		check_goes_on(&i);
	}
	end(&i);
}

static void registers_written_back(struct nisv_check *c, const void *arg)
{
	struct nisv_taken taken;
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, true, false, 0, 0);
		nisv_vcpu_complete(i.vm, i.cpu);
		nisv_vcpu_entering(i.vm, i.cpu, &taken);
		check_taken(&i, &taken);
		nisv_vcpu_write_back(i.vm, i.cpu);
		if (!nisv_failed(c))
			check_guest_takes(&i);
		check_goes_on(&i);
	}
	end(&i);
}

/* A signal keeps KVM_RUN from entering the guest; nothing is lost by it. */
static void signal_pending(struct nisv_check *c, const void *arg)
{
	static const char * const forms[] = { "ldr_x_post", "ldr_x" };
	struct injection i;
	size_t f;

	(void)arg;
	for (f = 0; f < ARRAY_SIZE(forms) && !nisv_failed(c); f++) {
		if (!begin(&i, c, forms[f], SETTING_hole))
			continue;
		inject(&i, true, false, 0, 0);
		nisv_eq(c, "KVM_RUN", -EINTR,
			nisv_vcpu_run_interrupted(i.vm, i.cpu),
			nisv_show_result,
			"a pending signal: -EINTR (api.rst 4.10)");
		check_guest_takes(&i);
		check_goes_on(&i);
	}
	end(&i);
}

/* KVM_ARM_VCPU_INIT after it: the guest starts anew and takes nothing. */
static void forgotten_by_init(struct nisv_check *c, const void *arg)
{
	struct injection i;
	struct nisv_exit e;
	bool taken;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, true, false, 0, 0);
		nisv_eq(c, "KVM_ARM_VCPU_INIT", 0,
			nisv_vcpu_reinit(i.vm, i.cpu), nisv_show_result,
			"a vCPU can be initialised again (api.rst 4.82)");
		check_pending(&i, 0, "a reset drops what is pending (api.rst 4.82)");
		nisv_vcpu_load(i.vm, i.cpu, i.form, &i.regs);
		nisv_vcpu_run(i.vm, i.cpu, &e);
		taken = !e.ret && e.reason == KVM_EXIT_MMIO;
		nisv_eq(c, "abort after init", 0, taken, nisv_show_dec,
			"a reset drops what is pending (api.rst 4.82)");
		if (!nisv_failed(c))
			nisv_check_form_run(c, i.vm, i.cpu, i.form, true);
	}
	end(&i);
}

/* What one vCPU is given another one does not take. */
static void only_this_vcpu(struct nisv_check *c, const void *arg)
{
	struct nisv_vm *vm = nisv_vm_new(2);
	struct injection i[2];
	unsigned int cpu;

	(void)arg;
	nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm), nisv_show_result,
		"the capability can be enabled (api.rst 4.37)");
	for (cpu = 0; cpu < 2 && !nisv_failed(c); cpu++) {
		memset(&i[cpu], 0, sizeof(i[cpu]));
		i[cpu].c = c;
		i[cpu].vm = vm;
		i[cpu].cpu = cpu;
		i[cpu].form = nisv_form_named(cpu ? "str_w_pre" : "ldr_x_post");
		to_exit(&i[cpu], true);
	}
	for (cpu = 0; cpu < 2 && !nisv_failed(c); cpu++) {
		nisv_check_form(c, i[cpu].form, cpu);
		inject(&i[cpu], true, false, 0, 0);
		check_pending(&i[!cpu], 0, once);
		nisv_eq(c, "the other's pc", i[!cpu].regs.pc,
			nisv_vcpu_pc(vm, !cpu), nisv_show_hex,
			"events are one vCPU's (api.rst 4.31)");
		check_guest_takes(&i[cpu]);
		if (!cpu && !nisv_failed(c))
			to_exit(&i[0], true);
	}
	nisv_vm_free(vm);
}

static const struct {
	const char *name;
	void (*fn)(struct nisv_check *c, const void *arg);
} single[] = {
	{ "serror_masked", serror_masked },
	{ "serror_unmasked", serror_unmasked },
	{ "serror_bad_syndrome", serror_bad_syndrome },
	{ "abort_and_serror", abort_and_serror },
	{ "abort_bad_serror", abort_bad_serror },
	{ "abort_each_time", abort_each_time },
	{ "abort_twice", abort_twice },
	{ "by_hand", by_hand },
	{ "registers_written_back", registers_written_back },
	{ "signal_pending", signal_pending },
	{ "forgotten_by_init", forgotten_by_init },
	{ "only_this_vcpu", only_this_vcpu },
};

static void add_case(const struct nisv_form *form, enum nisv_setting_id setting,
		     bool cap, bool entry)
{
	struct inject_case *a = malloc(sizeof(*a));

	if (!a)
		abort();
	a->form = form;
	a->setting = setting;
	a->cap = cap;
	a->entry = entry;
	nisv_case(abort_case, a, "%s.%s.%s_%s", form->name,
		  nisv_settings[setting].name, entry ? "entry" : "abort",
		  cap ? "on" : "off");
}

/* Where it touches matters little here: the main hole, and all of FAR. */
static bool of_the_guest(const struct nisv_setting *s)
{
	return (s->hole == HOLE_MAIN && s->offset == NISV_OWN_OFFSET) ||
	       s->hole == HOLE_LAST || s->hole == HOLE_TAGGED ||
	       s->hole == HOLE_UPPER;
}

int main(int argc, char **argv)
{
	unsigned int i, setting;

	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	for (i = 0; i < nisv_nr_forms; i++) {
		if (!nisv_form_first(&nisv_forms[i]))
			continue;
		for (setting = 0; setting < NISV_NR_SETTINGS; setting++) {
			if (!of_the_guest(&nisv_settings[setting]))
				continue;
			add_case(&nisv_forms[i], setting, true, true);
			add_case(&nisv_forms[i], setting, true, false);
			add_case(&nisv_forms[i], setting, false, false);
		}
	}
	return nisv_harness(argc, argv);
}
