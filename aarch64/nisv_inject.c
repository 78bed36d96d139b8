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
 * - the same exception, made by hand with KVM_SET_ONE_REG, looks the same;
 * - before KVM_ARM_VCPU_INIT there are no events: ENOEXEC.
 *
 * Cases: <form>.<setting>.<abort|entry>_<on|off> for the first form of each
 * class and access in the settings of the guest's state, where "entry" looks at
 * the registers before the guest runs (of a class that needs more than its base
 * register, <form>.<setting>.abort_on, and all of them in the first setting). How
 * the guest goes on, and its vectors, are looked at in the first setting, and of
 * another with the first form: see is_whole();
 * <form>.saved_<on|off>, where nothing runs before they are looked at;
 * <form>.by_hand; and what is about one form only, by name.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"

#define SERROR_ISS	0x123456u
#define SERROR_IDS	BIT_ULL(24)
#define DEVICE_DATA	0xf1e2d3c4b5a69788ull

#define PSTATE_USR32	0x600001d0ull	/* Z, C, A, I, F, M */
#define PSTATE_T	BIT_ULL(5)
#define PSTATE_IT	0x0400fc00ull	/* IT[0], IT[7:2] */

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
	u64 esr_any;		/* bits of it that may be anything */
};

static const char once[] = "an abort is delivered, not pending (api.rst 4.31)";

static void check_taken(struct injection *i, const struct nisv_taken *got)
{
	const struct nisv_taken *want = &i->want;
	struct nisv_check *c = i->c;
	u64 far = want->far;

	/* which byte of the page it was is not said for each form */
	if (nisv_classes[i->form->class].far != FAR_EXACT &&
	    (far ^ got->far) < 4096)
		far = got->far;
	nisv_eq(c, "vector", want->vector, got->vector, nisv_show_dec,
		"the vector of the level and stack pointer it had (DDI0487 D1.3)");
	nisv_eq(c, i->esr, want->esr,
		(got->esr & ~i->esr_any) | (want->esr & i->esr_any), nisv_show_hex,
		"EC, IL, a synchronous external abort, nothing else (DDI0487 ESR_ELx)");
	nisv_eq(c, "far", far, got->far, nisv_show_hex,
		"FAR is the VA, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(c, "elr", want->elr, got->elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(c, "spsr", want->spsr, got->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	nisv_eq(c, "handler's pstate", want->pstate, got->pstate, nisv_show_hex,
		"PSTATE as exception entry sets it (DDI0487 D1.3)");
}

/* What an abort must be at the PC and with the PSTATE of @regs. */
static void want_abort(struct injection *i, const struct nisv_regs *regs)
{
	nisv_expect_abort(regs->pc, regs->pstate, nisv_form_va(i->vm, i->form),
			  nisv_vcpu_sctlr(i->vm, i->cpu),
			  nisv_vcpu_mode(i->vm, i->cpu), &i->want);
	i->esr = "esr";
}

/* Up to the exit, and what an abort must then be. */
static bool to_exit(struct injection *i, bool cap)
{
	if (!nisv_check_to_exit(i->c, i->vm, i->cpu, i->form, cap, &i->regs))
		return false;
	want_abort(i, &i->regs);
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

/* What the guest says that it took. */
static void check_trap(struct injection *i, const struct nisv_trap *trap)
{
	struct nisv_taken got;

	nisv_check_step(i->c, "guest: ");
	if (trap->vector == NISV_NO_VECTOR) {
		nisv_fail(i->c, "the guest took no exception and went on");
		return;
	}
	got.vector = trap->vector;
	/* the syndrome registers keep what they had where an SError has none */
	got.esr = trap->esr;
	got.far = i->want.far ? trap->far : 0;
	got.elr = trap->elr;
	got.spsr = trap->spsr;
	got.pstate = i->want.pstate;	/* check_entry() sees it */
	check_taken(i, &got);
	nisv_check_step(i->c, "");
}

/* The guest takes it, and has the registers that it had. */
static void check_guest_takes(struct injection *i)
{
	int fd = nisv_vcpu_fd(i->vm, i->cpu);
	struct nisv_regs want = i->regs;
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	u64 tpidr = ~want.x[0];
	bool all;

	/* the handler's first instruction keeps X0 there (lib/guest.S) */
	nisv_set_register(fd, SYSREG_TPIDR, &tpidr);
	seen = nisv_check_doorbell(i->c, i->vm, i->cpu, &trap);
	if (!seen)
		return;
	check_trap(i, &trap);
	nisv_check_step(i->c, "guest: ");
	nisv_get_register(fd, SYSREG_TPIDR, &tpidr);
	/* what KVM injects is told apart from what is by hand, or an SError */
	all = nisv_eq(i->c, strcmp(i->esr, "esr") ? "first instruction runs" :
		      "the handler's first instruction runs", true,
		      tpidr == want.x[0], nisv_show_dec,
		      "the handler starts at its vector (DDI0487 D1.3)");
	if (!all)
		want.x[0] = seen->x[0];
	nisv_check_regs(i->c, i->form, &want, seen, NISV_SEEN,
			"an exception changes no other register (DDI0487 D1.3)");
	nisv_check_step(i->c, "");
}

static void check_nothing_left(struct injection *i)
{
	check_pending(i, 0, once);
	nisv_eq(i->c, "memory changed", 0, nisv_vm_memory_changed(i->vm, false),
		nisv_show_dec, "the access does not happen");
}

/* Its handler done, the guest goes on behind the instruction; nothing is left. */
static void check_goes_on(struct injection *i)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(i->c))
		return;
	nisv_vcpu_next_skips(i->vm, i->cpu, &i->regs);
	seen = nisv_check_doorbell(i->c, i->vm, i->cpu, &trap);
	if (!seen)
		return;
	nisv_check_step(i->c, "after it: ");
	nisv_eq(i->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec, once);
	nisv_check_regs(i->c, i->form, &i->regs, seen, NISV_SEEN,
			"the guest goes on with the state that it had");
	nisv_check_step(i->c, "");
	check_nothing_left(i);
}

/*
 * Whether all is looked at. After its handler the guest begins anew, whatever the
 * setting was, and what it had in its vectors is no matter of one: elsewhere than
 * in the first it is done for the first case of each kind.
 */
static bool is_whole(const struct inject_case *a)
{
	static bool known[NISV_NR_SETTINGS][2][2];
	bool *kind = &known[a->setting][a->entry][a->cap];
	bool is_new = !*kind;

	*kind = true;
	return is_new || a->setting == SETTING_hole;
}

static void abort_case(struct nisv_check *c, const void *arg)
{
	const struct inject_case *a = arg;
	struct injection i = {
		.c = c,
		.vm = nisv_shared_vm_for(c, a->cap, a->form, a->setting),
		.form = a->form,
	};
	bool whole;

	nisv_vm_set(i.vm, a->setting);
	if (!nisv_check_has(c, i.vm, a->form, a->setting))
		return;
	whole = is_whole(a);
	nisv_vm_with_fp(i.vm, whole && a->entry);
	if (to_exit(&i, a->cap)) {
		inject(&i, true, false, 0, 0);
		check_pending(&i, 0, once);
		if (a->entry)
			check_entry(&i);
		/* else abort_on is where the guest takes it */
		if (!nisv_failed(c) && (whole || !a->entry))
			check_guest_takes(&i);
		else
			nisv_vcpu_to_start(i.vm, i.cpu);
		if (whole)
			check_goes_on(&i);
		else
			check_nothing_left(&i);
	}
	nisv_vm_with_fp(i.vm, false);
	nisv_shared_vm_done(c, a->cap);
}

/* ---- what is about one form ---- */

/* In a VM that cases share, not at the exit yet. */
static bool begin_shared(struct injection *i, struct nisv_check *c,
			 const char *form, enum nisv_setting_id setting)
{
	memset(i, 0, sizeof(*i));
	i->c = c;
	i->form = nisv_form_named(form);
	if (!i->form) {
		nisv_fail(c, "no form is called %s", form);
		return false;
	}
	i->vm = nisv_shared_vm_for(c, true, i->form, setting);
	nisv_vm_set(i->vm, setting);
	return nisv_check_has(c, i->vm, i->form, setting);
}

static bool begin(struct injection *i, struct nisv_check *c, const char *form,
		  enum nisv_setting_id setting)
{
	return begin_shared(i, c, form, setting) && to_exit(i, true);
}

/* For SErrors with a syndrome. */
static bool begin_serror(struct injection *i, struct nisv_check *c,
			 const char *form, enum nisv_setting_id setting)
{
	i->c = c;
	return nisv_check_serror_esr(c) && begin(i, c, form, setting);
}

static void end(struct injection *i)
{
	nisv_shared_vm_done(i->c, true);
}

/* The same where the vCPU has registers that others must not meet. */
static void end_changed(struct injection *i)
{
	/* the doorbell; a reset would not: mmio_after_init */
	nisv_vcpu_complete(i->vm, i->cpu);
	nisv_eq(i->c, "KVM_ARM_VCPU_INIT", 0, nisv_vcpu_reinit(i->vm, i->cpu),
		nisv_show_result,
		"a vCPU can be initialised again (api.rst 4.82)");
	end(i);
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
	if (begin_serror(&i, c, "ldr_x_post", SETTING_hole)) {
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
	if (begin_serror(&i, c, "ldr_x_post", SETTING_unmasked)) {
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
	if (begin_serror(&i, c, "ldr_x_post", SETTING_hole)) {
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
 * A second time before the guest has run: where the first is in the registers by
 * then, the second interrupts the handler; else they are one.
 */
static void abort_twice(struct nisv_check *c, const void *arg)
{
	struct nisv_regs regs;
	struct nisv_trap trap;
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, true, false, 0, 0);
		regs.pc = nisv_vcpu_pc(i.vm, i.cpu);
		regs.pstate = nisv_vcpu_pstate(i.vm, i.cpu);
		want_abort(&i, &regs);
		inject(&i, true, false, 0, 0);
		check_pending(&i, 0, once);
		if (nisv_check_doorbell(c, i.vm, i.cpu, &trap))
			check_trap(&i, &trap);
		check_goes_on(&i);
	}
	end(&i);
}

/*
 * A VMM without the ioctl writes the registers, after it has completed an access
 * that exited as MMIO.
 */
static void by_hand_case(struct nisv_check *c, const void *arg)
{
	const struct inject_case *a = arg;
	unsigned int rt = nisv_form_rt(a->form);
	struct injection i;

	if (begin(&i, c, a->form->name, SETTING_hole)) {
		if (nisv_form_is_mmio(a->form)) {
			nisv_vcpu_complete(i.vm, i.cpu);
			if (a->form->access == ACCESS_R)
				i.regs.x[rt] = nisv_vcpu_x(i.vm, i.cpu, rt);
			nisv_vcpu_start(i.vm, i.cpu, &i.regs);
		}
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

static void check_saved(struct injection *i)
{
	u64 pc = nisv_vcpu_pc(i->vm, i->cpu);

	nisv_eq(i->c, "abort saved", 1, pc != i->regs.pc, nisv_show_dec,
		"what was injected is in the registers, not pending (api.rst 4.31)");
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
		check_saved(&i[cpu]);
		nisv_eq(c, "the other's pc", i[!cpu].regs.pc,
			nisv_vcpu_pc(vm, !cpu), nisv_show_hex,
			"events are one vCPU's (api.rst 4.31)");
		check_guest_takes(&i[cpu]);
		if (!cpu && !nisv_failed(c))
			to_exit(&i[0], true);
	}
	nisv_vm_free(vm);
}

/* ---- what else is on its way ---- */

/* The guest goes on and takes nothing, until it unmasks the SError. */
static void check_serror_waits(struct injection *i, u64 iss)
{
	struct nisv_trap trap;

	nisv_vcpu_set_pc(i->vm, i->cpu, i->regs.pc + 4);
	if (nisv_check_doorbell(i->c, i->vm, i->cpu, &trap))
		nisv_eq(i->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "PSTATE.A masks an SError (DDI0487 D1.3.4)");
	if (!nisv_failed(i->c))
		check_serror_comes(i, iss);
}

static void serror_masked_el0(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin_serror(&i, c, "ldr_x_post", SETTING_el0)) {
		inject(&i, false, true, SERROR_ISS, 0);
		check_pending(&i, 1, "a masked SError stays pending (api.rst 4.31)");
		check_serror_waits(&i, SERROR_ISS);
	}
	end(&i);
}

/* PSTATE is what the guest next has, too. */
static void set_pstate(struct injection *i, u64 pstate)
{
	nisv_eq(i->c, "KVM_SET_ONE_REG", 0,
		nisv_set_register(nisv_vcpu_fd(i->vm, i->cpu),
				  CORE_REG(regs.pstate), &pstate),
		nisv_show_result, "user space can set PSTATE (api.rst 4.68)");
	i->regs.pstate = pstate;
}

static void serror_unmasked_el0(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin_serror(&i, c, "ldr_x_post", SETTING_el0)) {
		set_pstate(&i, i.regs.pstate & ~PSTATE_A);
		inject(&i, false, true, SERROR_ISS, 0);
		want_serror(&i, SERROR_ISS);
		check_guest_takes(&i);
	}
	end(&i);
}

/* The syndrome has 25 bits, IDS the highest: what it is user space says. */
static void serror_ids(struct nisv_check *c, const void *arg)
{
	static const u64 syndromes[] = { SERROR_IDS | 0xedcbau, 0xffffffu, 0 };
	struct injection i;
	size_t n;

	(void)arg;
	for (n = 0; n < ARRAY_SIZE(syndromes) && !nisv_failed(c); n++) {
		if (begin_serror(&i, c, "ldr_x_post", SETTING_unmasked)) {
			inject(&i, false, true, syndromes[n], 0);
			want_serror(&i, syndromes[n]);
			check_guest_takes(&i);
		}
		if (begin_serror(&i, c, "ldr_x_post", SETTING_hole)) {
			inject(&i, false, true, syndromes[n], 0);
			check_serror_waits(&i, syndromes[n]);
		}
	}
	end(&i);
}

static void inject_without_syndrome(struct injection *i, u32 esr)
{
	struct kvm_vcpu_events events = {};

	events.exception.serror_pending = 1;
	events.exception.serror_esr = esr;
	nisv_eq(i->c, "KVM_SET_VCPU_EVENTS", 0,
		ioctl(nisv_vcpu_fd(i->vm, i->cpu), KVM_SET_VCPU_EVENTS, &events) ?
		-errno : 0, nisv_show_result,
		"serror_esr is valid with serror_has_esr only (api.rst 4.31)");
}

/* Without FEAT_RAS the CPU has no place for a syndrome of KVM's. */
static u64 anything_without_ras(const struct injection *i)
{
	return ioctl(nisv_vm_fd(i->vm), KVM_CHECK_EXTENSION,
		     KVM_CAP_ARM_INJECT_SERROR_ESR) > 0 ? 0 : ESR_IL - 1;
}

/*
 * Without serror_has_esr the syndrome is KVM's, whatever serror_esr holds: one
 * that says that it is implementation defined.
 */
static void serror_no_syndrome(struct nisv_check *c, const void *arg)
{
	struct injection i;
	int n;

	(void)arg;
	for (n = 0; n < 2 && !nisv_failed(c); n++) {
		if (begin(&i, c, "ldr_x_post", SETTING_unmasked)) {
			i.esr_any = anything_without_ras(&i);
			inject_without_syndrome(&i, n ? SERROR_ISS : 0);
			want_serror(&i, SERROR_IDS);
			check_guest_takes(&i);
		}
		if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
			i.esr_any = anything_without_ras(&i);
			inject_without_syndrome(&i, n ? SERROR_ISS : 0);
			check_serror_waits(&i, SERROR_IDS);
		}
	}
	end(&i);
}

static void serror_not_cancelled(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin_serror(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, false, true, SERROR_ISS, 0);
		inject(&i, false, false, 0, 0);
		check_pending(&i, 1, "a pending SError cannot be cancelled (api.rst 4.31)");
		check_serror_waits(&i, SERROR_ISS);
	}
	end(&i);
}

static void serror_then_abort(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin_serror(&i, c, "ldr_x_post", SETTING_hole)) {
		inject(&i, false, true, SERROR_ISS, 0);
		inject(&i, true, false, 0, 0);
		check_pending(&i, 1, "an abort leaves a pending SError alone (api.rst 4.31)");
		check_guest_takes(&i);
		if (!nisv_failed(c))
			check_serror_comes(&i, SERROR_ISS);
	}
	end(&i);
}

/* An access that is to be completed is, where no abort takes its place. */
static void check_completes(struct nisv_check *c, bool serror)
{
	struct nisv_trap trap;
	struct injection i;
	unsigned int rt;

	if ((serror ? begin_serror : begin)(&i, c, "ldr_x", SETTING_hole)) {
		rt = nisv_form_rt(i.form);
		nisv_vcpu_mmio_data(i.vm, i.cpu, DEVICE_DATA);
		inject(&i, false, serror, SERROR_ISS, 0);
		nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_complete(i.vm, i.cpu),
			nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
		nisv_eq(c, "pc", 4, nisv_vcpu_pc(i.vm, i.cpu) - i.regs.pc,
			nisv_show_delta,
			"without an abort the access completes (api.rst 5)");
		nisv_eq(c, "x0", DEVICE_DATA, nisv_vcpu_x(i.vm, i.cpu, rt),
			nisv_show_hex,
			"without an abort the access completes (api.rst 5)");
		if (!serror)
			nisv_check_doorbell(c, i.vm, i.cpu, &trap);
		else if (!nisv_failed(c))
			check_serror_waits(&i, SERROR_ISS);
	}
	end(&i);
}

static void serror_after_mmio(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_completes(c, true);
}

static void nothing_after_mmio(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_completes(c, false);
}

/* ---- where KVM has what it injects ---- */

/* Before KVM_RUN is called again: a VMM may save the vCPU now. */
static void saved_case(struct nisv_check *c, const void *arg)
{
	const struct inject_case *a = arg;
	struct injection i = {
		.c = c,
		.vm = nisv_shared_vm_for(c, a->cap, a->form, SETTING_hole),
		.form = a->form,
	};
	struct nisv_taken now;

	nisv_vm_set(i.vm, SETTING_hole);
	if (nisv_check_has(c, i.vm, a->form, SETTING_hole) &&
	    to_exit(&i, a->cap)) {
		inject(&i, true, false, 0, 0);
		check_saved(&i);
		if (nisv_vcpu_pc(i.vm, i.cpu) != i.regs.pc) {
			nisv_vcpu_entering(i.vm, i.cpu, &now);
			nisv_check_step(c, "saved: ");
			check_taken(&i, &now);
			nisv_check_step(c, "");
		}
		check_guest_takes(&i);
		check_goes_on(&i);
	}
	nisv_shared_vm_done(c, a->cap);
}

/* A VM of its own, for what the others must not meet. */
static bool begin_own(struct injection *i, struct nisv_check *c,
		      const char *form, enum nisv_setting_id setting)
{
	memset(i, 0, sizeof(*i));
	i->c = c;
	i->vm = nisv_vm_new(1);
	i->form = nisv_form_named(form);
	nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(i->vm), nisv_show_result,
		"the capability can be enabled (api.rst 4.37)");
	nisv_vm_set(i->vm, setting);
	return nisv_check_has(c, i->vm, i->form, setting);
}

/* Registers of EL1, which virtual EL2 has others in place of. */
static bool has_el1(struct injection *i)
{
	return nisv_check_at_el1(i->c, i->vm);
}

static void change(struct injection *i, u64 id, u64 clear, u64 set)
{
	int fd = nisv_vcpu_fd(i->vm, i->cpu);
	u64 value = 0;
	int ret;

	ret = nisv_get_register(fd, id, &value);
	value = (value & ~clear) | set;
	if (!ret)
		ret = nisv_set_register(fd, id, &value);
	nisv_eq(i->c, "KVM_SET_ONE_REG", 0, ret, nisv_show_result,
		"user space can set a register (api.rst 4.68)");
}

/*
 * Two guests with vectors in different places, all 64 bits of the address, one
 * of which ran after the other one's exit: each takes its abort at its own.
 */
static void two_guests(struct nisv_check *c, const void *arg)
{
	struct injection i[2] = {};
	int n;

	(void)arg;
	if (!begin_own(&i[0], c, "ldr_x_post", SETTING_hole) ||
	    !begin_shared(&i[1], c, "str_w_pre", SETTING_hole) || !has_el1(&i[1])) {
		nisv_vm_free(i[0].vm);
		return;
	}
	/* TTBR1_EL1 shows the same code there */
	change(&i[0], SYSREG_VBAR, 0, UPPER_HALF);
	for (n = 0; n < 2; n++)
		to_exit(&i[n], true);
	for (n = 0; n < 2 && !nisv_failed(c); n++) {
		nisv_check_form(c, i[n].form, 0);
		/* an exit puts the guest's code where it is again */
		if (!n)
			change(&i[n], SYSREG_VBAR, 0, UPPER_HALF);
		inject(&i[n], true, false, 0, 0);
		check_entry(&i[n]);
		check_guest_takes(&i[n]);
	}
	nisv_vm_free(i[0].vm);
	end(&i[1]);
}

/* ---- PSTATE and SCTLR_EL1 that guests seldom have ---- */

static void check_own_abort(struct injection *i)
{
	want_abort(i, &i->regs);
	inject(i, true, false, 0, 0);
	check_entry(i);
	if (!nisv_failed(i->c))
		check_guest_takes(i);
}

/* SCTLR_EL1 says what becomes of PSTATE.PAN and SSBS. */
static void check_sctlr(struct nisv_check *c, enum nisv_setting_id needs,
			u64 clear, u64 set)
{
	static const enum nisv_setting_id settings[] = {
		SETTING_hole, SETTING_el0,
	};
	struct injection i;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(settings) && !nisv_failed(c); n++) {
		if (!begin_shared(&i, c, "ldr_x_post", settings[n]) ||
		    !nisv_check_has(c, i.vm, i.form, needs) || !has_el1(&i))
			continue;
		change(&i, SYSREG_SCTLR, clear, set);
		if (to_exit(&i, true))
			check_own_abort(&i);
	}
	end_changed(&i);
}

static void span_clear(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_sctlr(c, SETTING_pan, SCTLR_SPAN, 0);
}

static void dssbs_set(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_sctlr(c, SETTING_ssbs, 0, SCTLR_DSSBS);
}

/* Bits of PSTATE that an exception saves and clears. */
static void ss_and_il(struct nisv_check *c, const void *arg)
{
	static const u64 bits[] = { PSTATE_SS, PSTATE_IL, PSTATE_SS | PSTATE_IL };
	struct injection i;
	size_t n;

	(void)arg;
	for (n = 0; n < ARRAY_SIZE(bits) && !nisv_failed(c); n++)
		if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
			set_pstate(&i, i.regs.pstate | bits[n]);
			check_own_abort(&i);
		}
	end(&i);
}

/*
 * A guest at 32-bit EL0, of A32 and of T32 code within an IT block. It need not
 * run there: user space says that it does.
 */
static void el0_32bit(struct nisv_check *c, const void *arg)
{
	static const u64 bits[] = { 0, PSTATE_T | PSTATE_IT };
	struct injection i;
	size_t n;

	(void)arg;
	for (n = 0; n < ARRAY_SIZE(bits) && !nisv_failed(c); n++) {
		if (!begin(&i, c, "ldr_x_post", SETTING_hole))
			continue;
		if (!nisv_check_id(c, i.vm, SYSREG_ID_AA64PFR0, 0, 2,
				   "AArch32 at EL0 (ID_AA64PFR0_EL1.EL0 >= 2)"))
			break;
		set_pstate(&i, PSTATE_USR32 | bits[n]);
		/* KVM makes them as wide as they are there */
		nisv_vcpu_regs(i.vm, i.cpu, i.form, &i.regs, NISV_ALL);
		check_own_abort(&i);
	}
	end_changed(&i);
}

/* ---- where user space has no business to, and still may ---- */

/*
 * api.rst 4.31 calls it an error of user space, and does not say what becomes of
 * it: KVM gives the guest an abort at its PC, with whatever FAR and IL.
 */
static void check_stray_abort(struct injection *i)
{
	struct nisv_regs now = i->regs;
	struct nisv_trap trap;

	now.pc = nisv_vcpu_pc(i->vm, i->cpu);
	now.pstate = nisv_vcpu_pstate(i->vm, i->cpu);
	want_abort(i, &now);
	i->want.far = 0;
	inject(i, true, false, 0, 0);
	check_pending(i, 0, once);
	if (nisv_check_doorbell(i->c, i->vm, i->cpu, &trap)) {
		/* IL is that of the last abort: none before the first run */
		trap.esr |= ESR_IL;
		check_trap(i, &trap);
	}
	if (!nisv_failed(i->c))
		nisv_check_form_run(i->c, i->vm, i->cpu, i->form, true);
}

static void after_eintr(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		nisv_vcpu_set_pc(i.vm, i.cpu, i.regs.pc + 4);
		nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_complete(i.vm, i.cpu),
			nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
		check_stray_abort(&i);
	}
	end(&i);
}

static void after_debug(struct nisv_check *c, const void *arg)
{
	struct injection i;
	struct nisv_exit e;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		nisv_vcpu_set_pc(i.vm, i.cpu, i.regs.pc + 4);
		nisv_vcpu_single_step(i.vm, i.cpu, true);
		nisv_vcpu_run(i.vm, i.cpu, &e);
		nisv_vcpu_single_step(i.vm, i.cpu, false);
		nisv_eq(c, "exit", KVM_EXIT_DEBUG, e.reason, nisv_show_exit,
			"single-stepping exits (api.rst 4.87)");
		check_stray_abort(&i);
	}
	end(&i);
}

static void set_state(struct injection *i, u32 state)
{
	struct kvm_mp_state mp = { .mp_state = state };

	nisv_eq(i->c, "KVM_SET_MP_STATE", 0,
		ioctl(nisv_vcpu_fd(i->vm, i->cpu), KVM_SET_MP_STATE, &mp) ?
		-errno : 0, nisv_show_result,
		"user space can set the state (api.rst 4.39)");
}

/* The guest has switched the VM off, and user space wants it to go on. */
static void after_system_event(struct nisv_check *c, const void *arg)
{
	static const u64 system_off[4] = { 0x84000008 };
	struct injection i;
	struct nisv_exit e;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		nisv_vcpu_set_pc(i.vm, i.cpu, i.regs.pc + 4);
		nisv_vcpu_run(i.vm, i.cpu, &e);
		nisv_vcpu_load_call(i.vm, i.cpu, system_off);
		nisv_vcpu_run(i.vm, i.cpu, &e);
		nisv_eq(c, "exit", KVM_EXIT_SYSTEM_EVENT, e.reason,
			nisv_show_exit, "PSCI SYSTEM_OFF (api.rst 5)");
		set_state(&i, KVM_MP_STATE_RUNNABLE);
		check_stray_abort(&i);
	}
	end_changed(&i);
}

static void before_run(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin_own(&i, c, "ldr_x_post", SETTING_hole)) {
		nisv_check_form(c, i.form, i.cpu);
		nisv_vcpu_load(i.vm, i.cpu, i.form, &i.regs);
		check_stray_abort(&i);
	}
	nisv_vm_free(i.vm);
}

static void before_init(struct nisv_check *c, const void *arg)
{
	int vm = nisv_vm_bare_like(nisv_shared_vm(c, true));
	int fd = ioctl(vm, KVM_CREATE_VCPU, 0l);
	static const char rule[] =
		"before KVM_ARM_VCPU_INIT: ENOEXEC (api.rst 4.82)";
	struct kvm_vcpu_events events = {};

	(void)arg;
	nisv_check_form(c, nisv_form_named("ldr_x_post"), 0);
	nisv_eq(c, "events before init", -ENOEXEC,
		ioctl(fd, KVM_GET_VCPU_EVENTS, &events) ? -errno : 0,
		nisv_show_result, rule);
	memset(&events, 0, sizeof(events));
	nisv_eq(c, "events before init", -ENOEXEC,
		ioctl(fd, KVM_SET_VCPU_EVENTS, &events) ? -errno : 0,
		nisv_show_result, rule);
	close(fd);
	close(vm);
}

static void when_stopped(struct nisv_check *c, const void *arg)
{
	struct injection i;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		set_state(&i, KVM_MP_STATE_STOPPED);
		inject(&i, true, false, 0, 0);
		set_state(&i, KVM_MP_STATE_RUNNABLE);
		check_guest_takes(&i);
		check_goes_on(&i);
	}
	end(&i);
}

static void *inject_thread(void *arg)
{
	struct injection *i = arg;

	inject(i, true, false, 0, 0);
	return NULL;
}

static void other_thread(struct nisv_check *c, const void *arg)
{
	pthread_t thread;
	struct injection i;
	int err;

	(void)arg;
	if (begin(&i, c, "ldr_x_post", SETTING_hole)) {
		err = pthread_create(&thread, NULL, inject_thread, &i);
		if (err) {
			nisv_fail(c, "pthread_create: %s", strerror(err));
		} else {
			pthread_join(thread, NULL);
			check_guest_takes(&i);
			check_goes_on(&i);
		}
	}
	end(&i);
}

/* struct kvm_run says what it said: a VMM may look at it later. */
static void run_structure(struct nisv_check *c, const void *arg)
{
	struct kvm_run before, *run;
	struct injection i;

	(void)arg;
	if (begin_serror(&i, c, "ldr_x_post", SETTING_hole)) {
		run = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED,
			   nisv_vcpu_fd(i.vm, i.cpu), 0);
		if (run == MAP_FAILED) {
			nisv_fail(c, "mmap() of a vCPU: %s", strerror(errno));
		} else {
			before = *run;
			inject(&i, true, true, SERROR_ISS, 0);
			set_state(&i, KVM_MP_STATE_STOPPED);
			set_state(&i, KVM_MP_STATE_RUNNABLE);
			nisv_eq(c, "kvm_run differs", 0,
				!!memcmp(&before, run, sizeof(before)),
				nisv_show_dec,
				"only KVM_RUN writes to struct kvm_run (api.rst 5)");
			munmap(run, getpagesize());
		}
		check_guest_takes(&i);
		if (!nisv_failed(c))
			check_serror_comes(&i, SERROR_ISS);
	}
	end(&i);
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
	{ "registers_written_back", registers_written_back },
	{ "signal_pending", signal_pending },
	{ "forgotten_by_init", forgotten_by_init },
	{ "only_this_vcpu", only_this_vcpu },
	{ "serror_masked_el0", serror_masked_el0 },
	{ "serror_unmasked_el0", serror_unmasked_el0 },
	{ "serror_ids", serror_ids },
	{ "serror_no_syndrome", serror_no_syndrome },
	{ "serror_not_cancelled", serror_not_cancelled },
	{ "serror_then_abort", serror_then_abort },
	{ "serror_after_mmio", serror_after_mmio },
	{ "nothing_after_mmio", nothing_after_mmio },
	{ "two_guests", two_guests },
	{ "span_clear", span_clear },
	{ "dssbs_set", dssbs_set },
	{ "ss_and_il", ss_and_il },
	{ "el0_32bit", el0_32bit },
	{ "after_eintr", after_eintr },
	{ "after_debug", after_debug },
	{ "after_system_event", after_system_event },
	{ "before_run", before_run },
	{ "before_init", before_init },
	{ "when_stopped", when_stopped },
	{ "other_thread", other_thread },
	{ "run_structure", run_structure },
};

static struct inject_case *new_case(const struct nisv_form *form,
				    enum nisv_setting_id setting, bool cap)
{
	struct inject_case *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->form = form;
	a->setting = setting;
	a->cap = cap;
	return a;
}

static void add_case(const struct nisv_form *form, enum nisv_setting_id setting,
		     bool cap, bool entry)
{
	struct inject_case *a = new_case(form, setting, cap);

	a->entry = entry;
	nisv_case(abort_case, a, "%s.%s.%s_%s", form->name,
		  nisv_settings[setting].name, entry ? "entry" : "abort",
		  cap ? "on" : "off");
}

static void add_cases(const struct nisv_form *form)
{
	nisv_case(saved_case, new_case(form, SETTING_hole, true),
		  "%s.saved_on", form->name);
	nisv_case(saved_case, new_case(form, SETTING_hole, false),
		  "%s.saved_off", form->name);
	nisv_case(by_hand_case, new_case(form, SETTING_hole, true),
		  "%s.by_hand", form->name);
}

/* Where it touches matters little here: the main hole, and all of FAR. */
static bool of_the_guest(const struct nisv_setting *s)
{
	return (s->hole == HOLE_MAIN && s->offset == NISV_OWN_OFFSET) ||
	       s->hole == HOLE_LAST || s->hole == HOLE_TAGGED ||
	       s->hole == HOLE_UPPER;
}

/*
 * What stands for a class and exits; not what goes on with a copy or set: how far
 * the CPU has come by then is its own affair, and so is FAR.
 */
static bool is_tried(const struct nisv_form *form)
{
	return nisv_form_represents(form) && !nisv_form_goes_on(form) &&
	       nisv_classes[form->class].outcome != OUTCOME_NOTHING;
}

static void add_settings(const struct nisv_form *form)
{
	unsigned int setting;
	bool all;

	for (setting = 0; setting < NISV_NR_SETTINGS; setting++) {
		if (!of_the_guest(&nisv_settings[setting]) ||
		    nisv_form_not_in(form, setting))
			continue;
		all = nisv_form_everywhere(form) || setting == SETTING_hole;
		if (all)
			add_case(form, setting, true, true);
		add_case(form, setting, true, false);
		if (all)
			add_case(form, setting, false, false);
	}
}

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	for (i = 0; i < nisv_nr_forms; i++) {
		if (!is_tried(&nisv_forms[i]))
			continue;
		add_cases(&nisv_forms[i]);
		add_settings(&nisv_forms[i]);
	}
	return nisv_harness(argc, argv);
}
