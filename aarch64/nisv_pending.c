// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_pending: an interrupt that waits at the exit.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.25 KVM_IRQ_LINE, 5
 * KVM_EXIT_ARM_NISV, 8.9 KVM_CAP_ARM_USER_IRQ; virt/kvm/devices/vcpu.rst and
 * arm-vgic-v3.rst; Arm ARM DDI0487 D1.3, asynchronous exceptions):
 *
 * - While an interrupt is pending and masked (the line of the CPU, the virtual
 *   timer, the PMU), an access without syndrome exits as ever, or fails with
 *   ENOSYS, and does so again; the interrupt stays pending, PSTATE the guest's.
 * - Without a vGIC KVM tells that a timer or the PMU has begun or ceased to
 *   interrupt: KVM_RUN returns once with KVM_EXIT_INTR before the guest runs, and
 *   s.regs.device_irq_level says so at this exit and at any other. That is so, too,
 *   where the guest itself stops the timer right before its access.
 * - The guest takes the interrupt once it is no longer masked: at the
 *   instruction, or behind it where user space has skipped it. No register is
 *   lost. When it has ceased, nothing more comes.
 *
 * Cases: <what>_<on|off>, with the first form of each class and access that has
 * no syndrome.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"
#include "nisv_pending.h"

#define VECTOR_IRQ	5		/* from this exception level, SP_ELx */
#define VECTOR_FIQ	6

#define TIMER_ON	1		/* CNTV_CTL_EL0.ENABLE, and not IMASK */

#define BOTH_DEVICES	(KVM_ARM_DEV_EL1_VTIMER | KVM_ARM_DEV_PMU)

#define PMU_CYCLES	BIT_ULL(31)	/* the cycle counter's bit */
#define PMCR_E		BIT_ULL(0)

#define SYS_REG(op1, crn, crm, op2)	\
	ARM64_SYS_REG(3, op1, crn, crm, op2)
#define PMCR_EL0	SYS_REG(3, 9, 12, 0)
#define PMCNTENSET_EL0	SYS_REG(3, 9, 12, 1)
#define PMOVSSET_EL0	SYS_REG(3, 9, 14, 3)
#define PMINTENSET_EL1	SYS_REG(0, 9, 14, 1)

struct pending_case {
	const char *name;
	u64 device;		/* KVM_ARM_DEV_*, 0: none */
	u32 line;		/* KVM_ARM_IRQ_CPU_* */
	bool vgic;
	bool cap;
	bool stops;		/* the guest itself stops the timer */
};

/* While it runs. */
struct pending {
	const struct pending_case *p;
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form *form;
	struct nisv_regs regs;
	u64 level;		/* what device_irq_level must say */
	bool stopped;		/* the guest ends the interrupt on its way */
};

static void set_reg(struct pending *s, u64 id, u64 value)
{
	nisv_eq(s->c, "KVM_SET_ONE_REG", 0,
		nisv_set_register(nisv_vcpu_fd(s->vm, 0), id, &value),
		nisv_show_result, "timers and PMU can be set (api.rst 4.68)");
}

static void set_line(struct pending *s, bool high)
{
	struct kvm_irq_level irq = {
		.irq = KVM_ARM_IRQ_TYPE_CPU << KVM_ARM_IRQ_TYPE_SHIFT |
		       s->p->line,
		.level = high,
	};
	int ret = ioctl(nisv_vm_fd(s->vm), KVM_IRQ_LINE, &irq);

	nisv_eq(s->c, "KVM_IRQ_LINE", 0, ret ? -errno : 0, nisv_show_result,
		"the CPU's line is user space's without a vGIC (api.rst 4.25)");
}

static void set_device(struct pending *s, bool on)
{
	if (s->p->device & KVM_ARM_DEV_EL1_VTIMER) {
		set_reg(s, KVM_REG_ARM_TIMER_CVAL, 0);
		set_reg(s, KVM_REG_ARM_TIMER_CTL, on ? TIMER_ON : 0);
	}
	if (s->p->device & KVM_ARM_DEV_EL1_PTIMER) {
		set_reg(s, KVM_REG_ARM_PTIMER_CVAL, 0);
		set_reg(s, KVM_REG_ARM_PTIMER_CTL, on ? TIMER_ON : 0);
	}
	if (!(s->p->device & KVM_ARM_DEV_PMU))
		return;
	if (on) {
		set_reg(s, PMCNTENSET_EL0, PMU_CYCLES);
		set_reg(s, PMINTENSET_EL1, PMU_CYCLES);
		set_reg(s, PMOVSSET_EL0, PMU_CYCLES);
		set_reg(s, PMCR_EL0, PMCR_E);
	} else {
		set_reg(s, PMCR_EL0, 0);
	}
}

/* KVM tells user space, which has the interrupt controller, before it runs. */
static void check_told(struct pending *s)
{
	const struct nisv_want want = {
		.ret = -EINTR,
		.exit_reason = KVM_EXIT_INTR,
		.irq_level = s->level,
	};
	struct nisv_exit e;

	if (nisv_failed(s->c))
		return;
	nisv_vcpu_run(s->vm, 0, &e);
	nisv_eq(s->c, "KVM_RUN, told", want.ret, e.ret, nisv_show_result,
		"a level that changed is told before the guest runs (api.rst 8.9)");
	nisv_eq(s->c, "exit, told", want.exit_reason, e.reason, nisv_show_exit,
		"a level that changed is told before the guest runs (api.rst 8.9)");
	nisv_eq(s->c, "device_irq_level, told", want.irq_level, e.irq_level,
		nisv_show_hex, "it is the level of the device (api.rst 8.9)");
}

/* The interrupt comes, or goes. */
static void interrupt(struct pending *s, bool on)
{
	if (s->p->device)
		set_device(s, on);
	if (s->p->vgic)
		return;
	if (s->p->device) {
		s->level = on ? s->p->device : 0;
		check_told(s);
	}
	set_line(s, on);
}

/* KVM_RUN, which must give the exit and leave the guest as it is. */
static void exits(struct pending *s, const char *step)
{
	struct nisv_situation situation = {
		.form = s->form,
		.cap = s->p->cap,
		.ipa = nisv_form_ipa(s->vm, s->form),
	};
	struct nisv_regs now;
	struct nisv_want want;
	struct nisv_exit e;

	if (nisv_failed(s->c))
		return;
	nisv_check_step(s->c, step);
	nisv_expect(&situation, &want);
	want.irq_level = s->level;
	nisv_vcpu_run(s->vm, 0, &e);
	/* an interrupt of the host between the two, behind which KVM tells */
	if (s->stopped && e.ret == -EINTR && e.reason == KVM_EXIT_INTR &&
	    e.irq_level == s->level)
		nisv_vcpu_run(s->vm, 0, &e);
	nisv_check_exit(s->c, s->form, &want, &e);
	if (nisv_failed(s->c))
		return;
	nisv_vcpu_regs(s->vm, 0, s->form, &now, NISV_NAMED);
	nisv_check_regs(s->c, s->form, &s->regs, &now, NISV_NAMED,
			"the exit changes nothing of the guest's state (api.rst 5)");
	nisv_check_step(s->c, "");
}

/* The guest rings the doorbell, after exception @vector at @pc if any. */
static void went_on(struct pending *s, u64 vector, u64 pc, const char *rule)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	struct nisv_want bell;
	struct nisv_exit e;

	if (nisv_failed(s->c))
		return;
	nisv_check_step(s->c, "doorbell: ");
	nisv_expect_doorbell(s->vm, &bell);
	bell.irq_level = s->level;
	nisv_vcpu_run(s->vm, 0, &e);
	nisv_check_exit(s->c, NULL, &bell, &e);
	nisv_check_step(s->c, "");
	if (nisv_failed(s->c))
		return;
	seen = nisv_vcpu_seen(s->vm, 0, &trap);
	nisv_eq(s->c, "vector", vector, trap.vector, nisv_show_dec, rule);
	if (nisv_failed(s->c))
		return;
	if (vector != NISV_NO_VECTOR)
		nisv_eq(s->c, "elr", 0, trap.elr - pc, nisv_show_delta,
			"the interrupt is taken before the next instruction (DDI0487 D1.3)");
	nisv_check_regs(s->c, s->form, &s->regs, seen, NISV_SEEN,
			"the guest goes on with the state that it had");
}

/* User space lets the guest have it. */
static void unmask(struct pending *s)
{
	s->regs.pstate &= s->p->line == KVM_ARM_IRQ_CPU_FIQ ? ~PSTATE_F :
							       ~PSTATE_I;
	set_reg(s, CORE_REG(regs.pstate), s->regs.pstate);
	/* an interrupt leaves ESR_EL1 alone, which is of the last SVC */
	nisv_vcpu_scramble(s->vm, 0, 3);
}

/* At the exit: the guest takes it, at the instruction or behind it. */
static void is_taken(struct pending *s, bool skips)
{
	u64 pc = s->regs.pc + (skips ? 4 : 0);

	if (nisv_failed(s->c))
		return;
	unmask(s);
	nisv_vcpu_set_pc(s->vm, 0, pc);
	went_on(s, s->p->line == KVM_ARM_IRQ_CPU_FIQ ? VECTOR_FIQ : VECTOR_IRQ,
		pc, "a pending interrupt is taken when it is not masked (DDI0487 D1.3)");
}

/* It has ceased: the same form with interrupts not masked, and none comes. */
static void is_over(struct pending *s)
{
	interrupt(s, false);
	if (nisv_failed(s->c))
		return;
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	s->regs.pstate &= ~(PSTATE_I | PSTATE_F);
	nisv_vcpu_start(s->vm, 0, &s->regs);
	exits(s, "over: ");
	nisv_vcpu_set_pc(s->vm, 0, s->regs.pc + 4);
	went_on(s, NISV_NO_VECTOR, 0,
		"an interrupt that has ceased is not taken again (DDI0487 D1.3)");
}

static void run_form(struct pending *s, bool skips)
{
	nisv_check_form(s->c, s->form, 0);
	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	interrupt(s, true);
	exits(s, "");
	exits(s, "again: ");
	is_taken(s, skips);
	is_over(s);
}

/* The guest stops the timer, which interrupts or does not, and then runs the form. */
static void exits_after_stop(struct pending *s, bool on)
{
	struct nisv_regs start;

	nisv_vcpu_load(s->vm, 0, s->form, &s->regs);
	s->regs.x[16] = s->regs.pc;
	start = s->regs;
	start.pc = (u64)nisv_guest_stop_timer;
	nisv_vcpu_start(s->vm, 0, &start);
	if (on) {
		set_device(s, true);
		s->level = s->p->device;
		check_told(s);
		s->level = 0;
	}
	s->stopped = on;
	exits(s, on ? "" : "before: ");
	s->stopped = false;
}

/*
 * The same where the guest itself stops the timer. It has run the form before, so
 * that it does not trap in between, when KVM would tell.
 */
static void run_form_after_stop(struct pending *s)
{
	static const char rule[] =
		"an interrupt that has ceased is not taken (DDI0487 D1.3)";

	nisv_check_form(s->c, s->form, 0);
	exits_after_stop(s, false);
	nisv_vcpu_set_pc(s->vm, 0, s->regs.pc + 4);
	went_on(s, NISV_NO_VECTOR, 0, rule);
	if (nisv_failed(s->c))
		return;
	exits_after_stop(s, true);
	exits(s, "again: ");
	nisv_vcpu_set_pc(s->vm, 0, s->regs.pc + 4);
	went_on(s, NISV_NO_VECTOR, 0, rule);
}

/* The VM and its vCPU; the case is skipped where they lack what it needs. */
static bool set_up(struct pending *s)
{
	const struct pending_case *p = s->p;
	u64 ctl;

	if (p->device && !p->vgic &&
	    !nisv_check_extension(s->c, NULL, KVM_CAP_ARM_USER_IRQ,
				  "KVM_CAP_ARM_USER_IRQ >= 1"))
		return false;
	if (p->device & KVM_ARM_DEV_PMU &&
	    !nisv_check_extension(s->c, NULL, KVM_CAP_ARM_PMU_V3,
				  "KVM_CAP_ARM_PMU_V3 >= 1"))
		return false;
	s->vm = p->device & KVM_ARM_DEV_PMU ? nisv_vm_new_with_pmu() :
					      nisv_vm_new(1);
	/* where KVM does not trap what the guest does to the timer */
	if (p->stops && !nisv_check_at_el1(s->c, s->vm))
		return false;
	if (p->device & KVM_ARM_DEV_EL1_PTIMER &&
	    nisv_get_register(nisv_vcpu_fd(s->vm, 0), KVM_REG_ARM_PTIMER_CTL,
			      &ctl)) {
		nisv_skip(s->c, "a physical timer that user space can set",
			  "KVM_GET_ONE_REG has none");
		return false;
	}
	if (p->vgic && !nisv_vm_add_timer_vgic(s->c, s->vm))
		return false;
	if (p->cap)
		nisv_eq(s->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(s->vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	return !nisv_failed(s->c);
}

static void run_case(struct nisv_check *c, const void *arg)
{
	struct pending s = { .p = arg, .c = c };
	const struct nisv_form *form;
	bool skips = false;

	if (set_up(&s)) {
		for (form = nisv_forms; form < nisv_forms + nisv_nr_forms &&
		     !nisv_failed(c); form++) {
			if (!nisv_form_first(form) ||
			    nisv_classes[form->class].isv ||
			    nisv_vcpu_feature(s.vm, 0, form->feature) <
			    nisv_features[form->feature].min)
				continue;
			s.form = form;
			if (s.p->stops)
				run_form_after_stop(&s);
			else
				run_form(&s, skips);
			skips = !skips;
		}
	}
	nisv_vm_free(s.vm);
}

static const struct pending_case cases[] = {
	{ "irq_on", .line = KVM_ARM_IRQ_CPU_IRQ, .cap = true },
	{ "irq_off", .line = KVM_ARM_IRQ_CPU_IRQ },
	{ "fiq_on", .line = KVM_ARM_IRQ_CPU_FIQ, .cap = true },
	{ "fiq_off", .line = KVM_ARM_IRQ_CPU_FIQ },
	{ "timer_on", .device = KVM_ARM_DEV_EL1_VTIMER, .cap = true },
	{ "timer_off", .device = KVM_ARM_DEV_EL1_VTIMER },
	{ "timer_stopped_on", .device = KVM_ARM_DEV_EL1_VTIMER, .cap = true,
	  .stops = true },
	{ "timer_stopped_off", .device = KVM_ARM_DEV_EL1_VTIMER, .stops = true },
	{ "pmu_on", .device = KVM_ARM_DEV_PMU, .cap = true },
	{ "pmu_off", .device = KVM_ARM_DEV_PMU },
	{ "timer_physical_on", .device = KVM_ARM_DEV_EL1_PTIMER, .cap = true },
	{ "timer_physical_off", .device = KVM_ARM_DEV_EL1_PTIMER },
	{ "timer_and_pmu_on", .device = BOTH_DEVICES, .cap = true },
	{ "timer_and_pmu_off", .device = BOTH_DEVICES },
	{ "vgic_timer_on", .device = KVM_ARM_DEV_EL1_VTIMER, .vgic = true,
	  .cap = true },
	{ "vgic_timer_off", .device = KVM_ARM_DEV_EL1_VTIMER, .vgic = true },
};

int main(int argc, char **argv)
{
	size_t i;

	nisv_without_vgic();
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		nisv_case(run_case, &cases[i], "%s", cases[i].name);
	return nisv_harness(argc, argv);
}
