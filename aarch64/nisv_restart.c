// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_restart: after the exit, user space starts the guest anew.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.82 KVM_ARM_VCPU_INIT, 4.39
 * KVM_SET_MP_STATE; PSCI, Arm DEN0022, CPU_ON): after KVM_EXIT_ARM_NISV,
 * KVM_EXIT_MMIO or -ENOSYS,
 *
 * - KVM_ARM_VCPU_INIT resets the vCPU, and only this one: each register is then
 *   what it is in a VM that has never run: PC and the general registers are 0,
 *   PSTATE is EL1h with D, A, I and F set; no timer runs, nothing is pending;
 * - nothing of the old access happens: it does not retire, by no KVM_RUN;
 * - the guest boots, with its MMU off too, and the same access exits again, in
 *   the same way;
 * - another target or other features are EINVAL, unknown ones ENOENT, and then
 *   nothing is reset. KVM_ARM_VCPU_POWER_OFF may differ: the vCPU is stopped;
 * - a vCPU that KVM_SET_MP_STATE stops or suspends stays at the exit until it is
 *   made runnable, and then exits again;
 * - CPU_ON starts a stopped vCPU at the entry point with X0 the context, and all
 *   else as KVM_ARM_VCPU_INIT has it: also one that has switched itself off
 *   (CPU_OFF) and waits in KVM_RUN, and one that was given an abort. It leaves
 *   one that runs alone.
 *
 * Cases: <form>.boot_<on|off> for the first form of each class and access (.boot_on
 * where a class needs more than its base register); and what is about one form
 * only, by name. The first .boot_* of each kind compares all registers, the others
 * those that instructions work with: see is_new_kind().
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_bare32.h"
#include "nisv_vcpus.h"

#define PATTERN		0xdeadf00d12345678ull
#define PSTATE_RESET	0x3c5u	/* EL1h, D, A, I, F: api.rst 4.82 */
#define PSTATE_RESET_EL2	0x3c9u
#define CPSR_T		BIT_ULL(5)
#define CPSR_E		BIT_ULL(9)
#define ENTRY_32	(NISV_BARE32_CODE + 0x100)
#define SCTLR_EE	BIT_ULL(25)
#define PSTATE_RESET_AA32	0x1d3u	/* SVC, A, I, F: api.rst 4.82 */

#define TIMER_STATUS	4u	/* CNT*_CTL_EL0.ISTATUS */

/* Not in older headers. */
#define CAP_REG_MASK_RANGES	230	/* KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES */

#define PSCI_SYSTEM_RESET	0x84000009ull
#define PSCI_SYSTEM_RESET2	0xc4000012ull
#define PSCI_DENIED		(-3ull)
#define PSCI_GET_VERSION	0x84000000ull
#define PSCI_CPU_OFF	0x84000002ull
#define SMCCC_UNKNOWN	(~0ull)
#define TRIES		5000
#define PSCI_AFFINITY_INFO	0xc4000004ull
#define PSCI_0_1	1
#define PSCI_1_1	0x10001
#define PSCI_0_2_CPU_ON	0xc4000003ull
#define PSCI_0_1_CPU_ON	0x95c1ba60ull
#define PSCI_REFUSED	(-2ull)	/* INVALID_PARAMETERS; 0.1 has no other */
#define PSCI_ALREADY_ON	(-4ull)

static const char like_new[] =
	"KVM_ARM_VCPU_INIT resets each register, as in a VM that has never run (api.rst 4.82)";

struct boot_case {
	const struct nisv_form *form;
	bool cap;
};

struct all_registers {
	struct nisv_register *reg;
	unsigned int nr;
};

static bool get_all(struct nisv_check *c, int vcpu_fd, struct all_registers *all)
{
	u64 refused;

	all->nr = nisv_registers(vcpu_fd, &all->reg, &refused);
	nisv_eq(c, "unreadable register", 0, refused, nisv_show_hex,
		"what KVM_GET_REG_LIST lists can be read (api.rst 4.84)");
	return !nisv_failed(c);
}

/*
 * What is different by right: time, and what a warm reset leaves UNKNOWN
 * (DDI0487 ELR_ELx, SPSR_ELx, CNT*_CVAL_EL0). SP_EL1 has a case of its own.
 */
static bool may_differ(u64 id)
{
	return id == KVM_REG_ARM_TIMER_CNT || id == KVM_REG_ARM_PTIMER_CNT ||
	       id == KVM_REG_ARM_TIMER_CVAL || id == KVM_REG_ARM_PTIMER_CVAL ||
	       id == CORE_REG(elr_el1) || id == CORE_REG(spsr[0]) ||
	       id == CORE_REG(sp_el1);
}

/* Bits that time changes: CNT{V,P}_CTL_EL0.ISTATUS. */
static u64 time_bits(u64 id)
{
	return id == KVM_REG_ARM_TIMER_CTL || id == KVM_REG_ARM_PTIMER_CTL ?
	       TIMER_STATUS : 0;
}

static bool is_any(u64 id)
{
	(void)id;
	return true;
}

/* The ID registers are the VM's, and not what KVM_ARM_VCPU_INIT resets. */
static bool is_reset(u64 id)
{
	return !nisv_is_id_register(id);
}

/* What instructions work with: with SVE, KVM_REG_ARM_CORE lacks the vectors. */
static bool is_core(u64 id)
{
	return (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM_CORE ||
	       (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE;
}

static void compare_one(struct nisv_check *c, const struct nisv_register *want,
			const u64 *got, const char *rule)
{
	const int words = ARRAY_SIZE(want->value);
	const u64 time = time_bits(want->id);
	int word;

	for (word = 0; word < words; word++)
		if (want->value[word] != got[word])
			nisv_eq_many(c, "register, word %d", word,
				     want->value[word] | time, got[word] | time,
				     rule);
	if (nisv_failed(c))
		nisv_fail(c, "the register's ID for KVM_GET_ONE_REG is 0x%llx",
			  (unsigned long long)want->id);
}

static void compare_all(struct nisv_check *c, const struct all_registers *want,
			const struct all_registers *got,
			bool (*which)(u64 id), const char *rule)
{
	unsigned int i;

	nisv_eq(c, "registers", want->nr, got->nr, nisv_show_dec,
		"KVM_GET_REG_LIST is fixed (api.rst 4.84)");
	for (i = 0; i < want->nr && !nisv_failed(c); i++) {
		u64 id = want->reg[i].id;

		if (may_differ(id) || !which(id))
			continue;
		nisv_eq_many(c, "ID of a register", 0, id, got->reg[i].id,
			     "KVM_GET_REG_LIST is fixed (api.rst 4.84)");
		compare_one(c, &want->reg[i], got->reg[i].value, rule);
	}
}

/* The vCPU's registers are @want, those of them. */
static void check_all(struct nisv_check *c, int vcpu_fd,
		      const struct all_registers *want, bool (*which)(u64 id),
		      const char *rule)
{
	struct all_registers now;

	if (get_all(c, vcpu_fd, &now))
		compare_all(c, want, &now, which, rule);
	free(now.reg);
}

static void get_one(struct nisv_check *c, int vcpu_fd, u64 id, u64 *value)
{
	memset(value, 0, sizeof(((struct nisv_register *)0)->value));
	nisv_eq_many(c, "unreadable register", 0, 0,
		     nisv_get_register(vcpu_fd, id, value) ? id : 0,
		     "what KVM_GET_REG_LIST lists can be read (api.rst 4.84)");
}

/* Those registers of @like's that @which selects, without KVM_GET_REG_LIST. */
static void get_some(struct nisv_check *c, int vcpu_fd,
		     const struct all_registers *like, bool (*which)(u64 id),
		     struct all_registers *some)
{
	struct nisv_register *reg = malloc(like->nr * sizeof(*reg));
	unsigned int i, n = 0;

	if (!reg)
		nisv_fail(c, "no memory for registers");
	for (i = 0; i < like->nr && reg; i++) {
		if (!which(like->reg[i].id))
			continue;
		reg[n].id = like->reg[i].id;
		get_one(c, vcpu_fd, reg[n].id, reg[n].value);
		n++;
	}
	some->reg = reg;
	some->nr = n;
}

/* They are what @want has of them. */
static void check_some(struct nisv_check *c, int vcpu_fd,
		       const struct all_registers *want, bool (*which)(u64 id),
		       const char *rule)
{
	u64 now[ARRAY_SIZE(want->reg->value)];
	unsigned int i;

	for (i = 0; i < want->nr && !nisv_failed(c); i++) {
		if (may_differ(want->reg[i].id) || !which(want->reg[i].id))
			continue;
		get_one(c, vcpu_fd, want->reg[i].id, now);
		compare_one(c, &want->reg[i], now, rule);
	}
}

static int init_vcpu(int vcpu_fd, const struct kvm_vcpu_init *args)
{
	struct kvm_vcpu_init init = *args;

	return ioctl(vcpu_fd, KVM_ARM_VCPU_INIT, &init) ? -errno : 0;
}

static void check_init(struct nisv_check *c, int vcpu_fd,
		       const struct kvm_vcpu_init *args)
{
	nisv_eq(c, "KVM_ARM_VCPU_INIT", 0, init_vcpu(vcpu_fd, args),
		nisv_show_result,
		"a vCPU can be initialised again (api.rst 4.82)");
}

/*
 * vCPU @cpu of a VM whose guest never runs, as KVM_ARM_VCPU_INIT leaves it. With
 * EL2, KVM fixes bits of its registers by its ID registers, which can change up
 * to the first KVM_RUN.
 */
static const struct all_registers *fresh(struct nisv_check *c,
					 struct nisv_vm *like,
					 unsigned int cpu)
{
	static struct all_registers known[2][NISV_MAX_VCPUS];
	static struct nisv_vm *vms[2];
	struct all_registers *all = known[nisv_vm_is_full(like)];
	struct nisv_vm **vm = &vms[nisv_vm_is_full(like)];
	struct kvm_vcpu_init init;
	int fd;

	if (all[cpu].nr)
		return &all[cpu];
	nisv_vcpu_init_args(like, cpu, &init);
	if (!*vm)
		*vm = nisv_vm_new_like(like, NISV_MAX_VCPUS);
	fd = ioctl(nisv_vm_fd(*vm), KVM_CREATE_VCPU, (long)cpu);
	check_init(c, fd, &init);
	nisv_vcpu_finalize(*vm, fd);
	if (nisv_vm_at_el2(like)) {
		nisv_vm_settle(*vm, fd);
		check_init(c, fd, &init);
	}
	get_all(c, fd, &all[cpu]);
	close(fd);
	if (nisv_vm_at_el2(like)) {	/* it takes no more vCPUs */
		nisv_vm_free(*vm);
		*vm = NULL;
	}
	return &all[cpu];
}

/* Every register of EL1 that a guest leaves behind has some value of its own. */
static void make_dirty(struct nisv_check *c, int vcpu_fd)
{
	static const u64 ids[] = {
		CORE_REG(spsr[1]), CORE_REG(spsr[2]), CORE_REG(spsr[3]),
		CORE_REG(spsr[4]), CORE_REG(sp_el1), CORE_REG(elr_el1),
		CORE_REG(spsr[0]), CORE_REG(regs.sp),
		ARM64_SYS_REG(3, 0, 5, 1, 0),	/* AFSR0_EL1 */
		ARM64_SYS_REG(3, 0, 5, 1, 1),	/* AFSR1_EL1 */
		ARM64_SYS_REG(3, 0, 5, 2, 0),	/* ESR_EL1 */
		ARM64_SYS_REG(3, 0, 6, 0, 0),	/* FAR_EL1 */
		ARM64_SYS_REG(3, 0, 7, 4, 0),	/* PAR_EL1 */
		ARM64_SYS_REG(3, 0, 10, 3, 0),	/* AMAIR_EL1 */
		ARM64_SYS_REG(3, 0, 12, 0, 0),	/* VBAR_EL1 */
		ARM64_SYS_REG(3, 0, 13, 0, 1),	/* CONTEXTIDR_EL1 */
		ARM64_SYS_REG(3, 0, 13, 0, 4),	/* TPIDR_EL1 */
		ARM64_SYS_REG(3, 3, 13, 0, 2),	/* TPIDR_EL0 */
		ARM64_SYS_REG(3, 3, 13, 0, 3),	/* TPIDRRO_EL0 */
		ARM64_SYS_REG(3, 0, 14, 1, 0),	/* CNTKCTL_EL1 */
		ARM64_SYS_REG(3, 0, 1, 2, 0),	/* ZCR_EL1 */
		ARM64_SYS_REG(3, 0, 1, 0, 5),	/* RGSR_EL1 */
		ARM64_SYS_REG(3, 0, 1, 0, 6),	/* GCR_EL1 */
		ARM64_SYS_REG(3, 0, 5, 6, 0),	/* TFSR_EL1 */
		ARM64_SYS_REG(3, 0, 5, 6, 1),	/* TFSRE0_EL1 */
		ARM64_SYS_REG(3, 0, 2, 1, 0),	/* APIAKEYLO_EL1 */
		ARM64_SYS_REG(3, 0, 2, 3, 1),	/* APGAKEYHI_EL1 */
		ARM64_SYS_REG(2, 0, 0, 0, 4),	/* DBGBVR0_EL1 */
		ARM64_SYS_REG(2, 0, 0, 0, 6),	/* DBGWVR0_EL1 */
	};
	static const u64 controls[] = {
		KVM_REG_ARM_TIMER_CTL,
		KVM_REG_ARM_PTIMER_CTL,
	};
	const u64 masked_on = 3;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(ids) + ARRAY_SIZE(controls); i++) {
		bool control = i >= ARRAY_SIZE(ids);
		u64 id = control ? controls[i - ARRAY_SIZE(ids)] : ids[i];
		u64 value = control ? masked_on : PATTERN ^ i;

		ret = nisv_set_register(vcpu_fd, id, &value);
		if (ret && ret != -ENOENT)	/* not every kernel has all */
			nisv_fail(c, "KVM_SET_ONE_REG of 0x%llx: %s",
				  (unsigned long long)id, strerror(-ret));
	}
}

static void check_core(struct nisv_check *c, struct nisv_vm *vm,
		       unsigned int cpu)
{
	static const u64 timers[] = {
		KVM_REG_ARM_TIMER_CTL,
		KVM_REG_ARM_PTIMER_CTL,
	};
	u64 control = 0;
	size_t i;

	nisv_eq(c, "pc", 0, nisv_vcpu_pc(vm, cpu), nisv_show_hex,
		"PC is 0 (api.rst 4.82)");
	nisv_eq(c, "x0", 0, nisv_vcpu_x(vm, cpu, 0), nisv_show_hex,
		"the general registers are 0 (api.rst 4.82)");
	nisv_eq(c, "pstate", nisv_vm_at_el2(vm) ? PSTATE_RESET_EL2 : PSTATE_RESET,
		nisv_vcpu_pstate(vm, cpu), nisv_show_hex,
		"EL1h, or EL2h where there is EL2, with D, A, I, F (api.rst 4.82)");
	nisv_eq(c, "pending", 0, nisv_vcpu_pending(vm, cpu), nisv_show_dec,
		"a reset drops what is pending (api.rst 4.82)");
	for (i = 0; i < ARRAY_SIZE(timers); i++) {
		nisv_get_register(nisv_vcpu_fd(vm, cpu), timers[i], &control);
		nisv_eq(c, "timer", 0, control & ~TIMER_STATUS, nisv_show_hex,
			"a reset switches the timers off, unmasked (DDI0487 CNT*_CTL_EL0)");
	}
}

/*
 * After the reset: as new, and so it is still after the next KVM_RUN. What is wrong
 * in between is so behind it, too: not @all are compared twice.
 */
static void check_reset_of(struct nisv_check *c, struct nisv_vm *vm,
			   unsigned int cpu, bool all)
{
	const struct all_registers *want = fresh(c, vm, cpu);
	int i;

	for (i = 0; i < 2 && !nisv_failed(c); i++) {
		nisv_check_step(c, i ? "after KVM_RUN: " : "reset: ");
		check_core(c, vm, cpu);
		/* system registers that are UNKNOWN settle on the CPU */
		if (i)
			check_some(c, nisv_vcpu_fd(vm, cpu), want, is_core,
				   "nothing of the old access happens after a reset");
		else if (all)
			check_all(c, nisv_vcpu_fd(vm, cpu), want, is_reset,
				  like_new);
		nisv_vcpu_claim(vm, cpu, KVM_EXIT_MMIO);
		nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_complete(vm, cpu),
			nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	}
	nisv_check_step(c, "");
}

static void check_reset(struct nisv_check *c, struct nisv_vm *vm,
			unsigned int cpu)
{
	check_reset_of(c, vm, cpu, true);
}

/* Set up again as user space does for a boot, the guest runs as ever. */
static void check_boot(struct nisv_check *c, struct nisv_vm *vm,
		       unsigned int cpu, const struct nisv_form *form, bool cap)
{
	if (nisv_failed(c))
		return;
	nisv_eq(c, "KVM_ARM_VCPU_INIT", 0, nisv_vcpu_reinit(vm, cpu),
		nisv_show_result, "again and again (api.rst 4.82)");
	nisv_check_form_run(c, vm, cpu, form, cap);
}

/*
 * Whether no case was about such an access yet, in a VM like @vm. That each system
 * register is reset is a rule of KVM_ARM_VCPU_INIT, and not of a form.
 */
static bool is_new_kind(const struct boot_case *b, const struct nisv_vm *vm)
{
	static bool known[2][2][2];
	bool *kind = &known[nisv_vm_is_full(vm)][b->cap]
			   [nisv_form_is_mmio(b->form)];
	bool is_new = !*kind;

	*kind = true;
	return is_new;
}

static void boot_case(struct nisv_check *c, const void *arg)
{
	const struct boot_case *b = arg;
	struct nisv_vm *vm = nisv_shared_vm_for(c, b->cap, b->form,
						SETTING_hole);
	struct all_registers before = {};
	struct kvm_vcpu_init init;
	struct nisv_regs regs;
	bool all;

	nisv_vm_set(vm, SETTING_hole);
	if (nisv_check_has(c, vm, b->form, SETTING_hole) &&
	    nisv_check_to_exit(c, vm, 0, b->form, b->cap, &regs)) {
		/* what becomes of an access that KVM_RUN completes: see below */
		if (nisv_form_is_mmio(b->form))
			nisv_vcpu_complete(vm, 0);
		all = is_new_kind(b, vm);
		if (all) {
			make_dirty(c, nisv_vcpu_fd(vm, 0));
			get_some(c, nisv_vcpu_fd(vm, 0), fresh(c, vm, 0),
				 nisv_is_id_register, &before);
		}
		nisv_vcpu_init_args(vm, 0, &init);
		check_init(c, nisv_vcpu_fd(vm, 0), &init);
		check_some(c, nisv_vcpu_fd(vm, 0), &before, nisv_is_id_register,
			   "the ID registers stay once the vCPU ran (api.rst 4.68)");
		free(before.reg);
		check_reset_of(c, vm, 0, all);
		check_boot(c, vm, 0, b->form, b->cap);
	}
	nisv_shared_vm_done(c, b->cap);
}

/* ---- what is about one form ---- */

/* A VM with the capability, whose vCPUs are all at the exit of @form. */
struct at_exit {
	struct nisv_check *c;
	struct nisv_vm *vm;
	unsigned int nr_vcpus;	/* 1: the VM is the shared one */
	bool used_up;		/* more than KVM_ARM_VCPU_INIT can undo */
	const struct nisv_form *form;
	struct nisv_regs regs[NISV_MAX_VCPUS];
	struct kvm_vcpu_init init;
	int fd[NISV_MAX_VCPUS];
};

/* By the number of vCPUs, where it is more: what a case leaves to those after it. */
static struct nisv_vm *kept[NISV_MAX_VCPUS + 1];

static bool begin(struct at_exit *a, struct nisv_check *c, const char *form,
		  unsigned int nr_vcpus)
{
	unsigned int cpu;

	a->c = c;
	a->nr_vcpus = nr_vcpus;
	a->used_up = false;
	a->vm = kept[nr_vcpus];
	a->form = nisv_form_named(form);
	if (!a->form)
		nisv_fail(c, "no form is called %s", form);
	if (nr_vcpus == 1)
		a->vm = nisv_shared_vm(c, true);
	if (!a->vm) {
		a->vm = nisv_vm_new(nr_vcpus);
		nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(a->vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	}
	kept[nr_vcpus] = NULL;
	nisv_vm_with_fp(a->vm, true);
	nisv_vm_set(a->vm, SETTING_hole);
	for (cpu = 0; cpu < nr_vcpus && !nisv_failed(c); cpu++) {
		nisv_check_to_exit(c, a->vm, cpu, a->form, true, &a->regs[cpu]);
		nisv_vcpu_init_args(a->vm, cpu, &a->init);
		a->fd[cpu] = nisv_vcpu_fd(a->vm, cpu);
	}
	return !nisv_failed(c);
}

/* The vCPU is still at the exit, which comes again, and goes on from there. */
static void check_still_there(struct nisv_check *c, struct at_exit *a,
			      unsigned int cpu)
{
	struct nisv_situation s = {
		.form = a->form,
		.cap = true,
		.ipa = nisv_form_ipa(a->vm, a->form),
	};
	struct nisv_want want;
	struct nisv_regs now;
	struct nisv_exit e;

	if (nisv_failed(c))
		return;
	nisv_expect(&s, &want);
	nisv_check_step(c, "again: ");
	nisv_vcpu_run(a->vm, cpu, &e);
	nisv_check_exit(c, a->form, &want, &e);
	nisv_vcpu_regs(a->vm, cpu, a->form, &now, NISV_ALL);
	nisv_check_regs(c, a->form, &a->regs[cpu], &now, NISV_ALL,
			"the guest's state is what it was");
	nisv_check_step(c, "");
}

static void end(struct at_exit *a)
{
	unsigned int cpu;
	bool used_up;

	for (cpu = 0; cpu < a->nr_vcpus && !a->used_up; cpu++) {
		/* the doorbell; a reset would not: mmio_after_init */
		nisv_vcpu_complete(a->vm, cpu);
		nisv_eq(a->c, "KVM_ARM_VCPU_INIT", 0,
			nisv_vcpu_reinit(a->vm, cpu), nisv_show_result,
			"again and again (api.rst 4.82)");
	}
	nisv_vm_with_fp(a->vm, false);
	used_up = a->used_up || nisv_failed(a->c);
	if (a->nr_vcpus > 1 && used_up)
		nisv_vm_free(a->vm);
	else if (a->nr_vcpus > 1)
		kept[a->nr_vcpus] = a->vm;
	else if (used_up)
		nisv_shared_vm_drop(true);
}

/*
 * KVM_EXIT_MMIO and a reset: the access was the old guest's. @form is a load or
 * a store; KVM takes the data from the kvm_run that it left.
 */
static void check_mmio(struct nisv_check *c, const char *form)
{
	struct nisv_regs before, after;
	unsigned int rt;
	struct at_exit a;

	if (begin(&a, c, form, 1)) {
		rt = nisv_form_rt(a.form);
		nisv_vcpu_mmio_data(a.vm, 0, PATTERN);
		check_init(c, a.fd[0], &a.init);
		check_all(c, a.fd[0], fresh(c, a.vm, 0), is_reset,
			  like_new);
		nisv_vcpu_regs(a.vm, 0, a.form, &before, NISV_ALL);
		nisv_vcpu_complete(a.vm, 0);
		nisv_vcpu_regs(a.vm, 0, a.form, &after, NISV_ALL);
		nisv_eq(c, "PC moved after init", 0, after.pc - before.pc,
			nisv_show_delta,
			"a reset ends the old access: the first instruction is the one at PC (api.rst 4.82)");
		nisv_eq(c, a.form->access == ACCESS_R ? "Rt loaded after init" :
			"Rt after init", 0, after.x[rt] != before.x[rt],
			nisv_show_dec,
			"a reset ends the old access: no register is loaded (api.rst 4.82)");
		/* whatever it was, it comes once */
		after.pc = nisv_vcpu_pc(a.vm, 0);
		nisv_vcpu_complete(a.vm, 0);
		nisv_eq(c, "pc", 0, nisv_vcpu_pc(a.vm, 0) - after.pc,
			nisv_show_delta, "an access completes once (api.rst 5)");
		check_boot(c, a.vm, 0, a.form, true);
	}
	end(&a);
}

static void mmio_load(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_mmio(c, "ldr_x");
}

static void mmio_store(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_mmio(c, "str_x");
}

static void stack_pointer(struct nisv_check *c, const void *arg)
{
	u64 sp = PATTERN, sp_el0 = PATTERN, was = 0;
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		nisv_get_register(a.fd[0], CORE_REG(sp_el1), &was);
		nisv_set_register(a.fd[0], CORE_REG(sp_el1), &sp);
		nisv_set_register(a.fd[0], CORE_REG(regs.sp), &sp_el0);
		check_init(c, a.fd[0], &a.init);
		nisv_get_register(a.fd[0], CORE_REG(regs.sp), &sp_el0);
		nisv_eq(c, "SP_EL0 after init", 0, sp_el0, nisv_show_hex,
			"PC and SP are 0 (api.rst 4.82)");
		nisv_get_register(a.fd[0], CORE_REG(sp_el1), &sp);
		nisv_eq(c, "SP_EL1 kept by init", 0, sp == PATTERN,
			nisv_show_dec, "PC and SP are 0 (api.rst 4.82)");
		nisv_eq(c, "SP_EL1 after init", 0, sp == PATTERN ? 0 : sp,
			nisv_show_hex, "PC and SP are 0 (api.rst 4.82)");
		nisv_set_register(a.fd[0], CORE_REG(sp_el1), &was);
	}
	end(&a);
}

/* The guest that was given an SError, and was reset, unmasks it. */
static void serror_pending(struct nisv_check *c, const void *arg)
{
	struct nisv_regs regs;
	unsigned int pending;
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		nisv_eq(c, "KVM_SET_VCPU_EVENTS", 0,
			nisv_vcpu_inject(a.vm, 0, false, true, -1),
			nisv_show_result, "an SError can be injected (api.rst 4.31)");
		check_init(c, a.fd[0], &a.init);
		pending = nisv_vcpu_pending(a.vm, 0);
		a.used_up = pending;
		nisv_eq(c, "SError after init", 0, pending, nisv_show_dec,
			"a reset drops what is pending (api.rst 4.82)");
		nisv_vcpu_reinit(a.vm, 0);
		nisv_vm_set(a.vm, pending ? SETTING_hole : SETTING_unmasked);
		nisv_check_to_exit(c, a.vm, 0, a.form, true, &regs);
	}
	end(&a);
}

/* One vCPU is reset, the other stays at its exit. */
static void one_of_two(struct nisv_check *c, const void *arg)
{
	struct all_registers other;
	struct at_exit a;
	unsigned int cpu;

	(void)arg;
	for (cpu = 0; cpu < 2 && !nisv_failed(c); cpu++) {
		if (begin(&a, c, "stp_x", 2)) {
			get_all(c, a.fd[!cpu], &other);
			check_init(c, a.fd[cpu], &a.init);
			nisv_check_form(c, a.form, cpu);
			check_reset(c, a.vm, cpu);
			nisv_check_form(c, a.form, !cpu);
			check_all(c, a.fd[!cpu], &other, is_any,
				  "KVM_ARM_VCPU_INIT is one vCPU's (api.rst 4.82)");
			check_still_there(c, &a, !cpu);
			check_boot(c, a.vm, cpu, a.form, true);
			free(other.reg);
		}
		end(&a);
	}
}

/* A whole VM: all vCPUs first, then all registers, then all run. */
static void all_vcpus(struct nisv_check *c, const void *arg)
{
	struct at_exit a;
	unsigned int cpu;

	(void)arg;
	if (begin(&a, c, "ldp_x_post", 4)) {
		for (cpu = 0; cpu < 4; cpu++)
			check_init(c, a.fd[cpu], &a.init);
		for (cpu = 0; cpu < 4; cpu++)
			check_reset(c, a.vm, cpu);
		for (cpu = 0; cpu < 4; cpu++)
			check_boot(c, a.vm, cpu, a.form, true);
	}
	end(&a);
}

static void ten_times(struct nisv_check *c, const void *arg)
{
	struct at_exit a;
	int i;

	(void)arg;
	if (begin(&a, c, "str_w_pre", 1))
		for (i = 0; i < 10 && !nisv_failed(c); i++) {
			nisv_vcpu_reinit(a.vm, 0);
			nisv_check_to_exit(c, a.vm, 0, a.form, true, &a.regs[0]);
		}
	end(&a);
}

/* Every KVM_ARM_VCPU_INIT of @nr must fail, and none resets anything. */
static void check_refused(struct nisv_check *c, struct at_exit *a,
			  const struct kvm_vcpu_init *init, size_t nr, int want,
			  const char *rule)
{
	struct all_registers before;
	size_t i;

	if (get_all(c, a->fd[0], &before)) {
		for (i = 0; i < nr; i++)
			nisv_eq(c, "KVM_ARM_VCPU_INIT", want,
				init_vcpu(a->fd[0], &init[i]), nisv_show_result,
				rule);
		check_all(c, a->fd[0], &before, is_any,
			  "what is refused has no effect");
	}
	free(before.reg);
	check_still_there(c, a, 0);
}

static void target_unknown(struct nisv_check *c, const void *arg)
{
	struct kvm_vcpu_init init[2];
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		init[0] = a.init;
		init[0].target = KVM_ARM_NUM_TARGETS + 1;
		init[1] = a.init;
		init[1].target = ~0u;
		check_refused(c, &a, init, ARRAY_SIZE(init), -EINVAL,
			      "the target is unknown: EINVAL (api.rst 4.82)");
	}
	end(&a);
}

static void features_differ(struct nisv_check *c, const void *arg)
{
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		a.init.features[0] ^= 1u << KVM_ARM_VCPU_PSCI_0_2;
		check_refused(c, &a, &a.init, 1, -EINVAL,
			      "other features than the first time: EINVAL (api.rst 4.82)");
	}
	end(&a);
}

/* The last bit of each word, which no kernel knows. */
static void features_unknown(struct nisv_check *c, const void *arg)
{
	struct kvm_vcpu_init init[ARRAY_SIZE(((struct kvm_vcpu_init *)0)->features)];
	struct at_exit a;
	size_t i;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		for (i = 0; i < ARRAY_SIZE(init); i++) {
			init[i] = a.init;
			init[i].features[i] |= 1u << 31;
		}
		check_refused(c, &a, init, ARRAY_SIZE(init), -ENOENT,
			      "a features bit is unknown: ENOENT (api.rst 4.82)");
	}
	end(&a);
}

/* What the exit said is still there for a VMM that looks at it later. */
static void run_structure(struct nisv_check *c, const void *arg)
{
	struct kvm_run before, *run;
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		run = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED, a.fd[0], 0);
		if (run == MAP_FAILED) {
			nisv_fail(c, "mmap() of a vCPU: %s", strerror(errno));
		} else {
			before = *run;
			check_init(c, a.fd[0], &a.init);
			nisv_eq(c, "exit_reason", before.exit_reason,
				run->exit_reason, nisv_show_exit,
				"only KVM_RUN writes to struct kvm_run (api.rst 5)");
			nisv_eq(c, "kvm_run differs", 0,
				!!memcmp(&before, run, sizeof(before)),
				nisv_show_dec,
				"only KVM_RUN writes to struct kvm_run (api.rst 5)");
			munmap(run, getpagesize());
		}
	}
	end(&a);
}

/* ---- stopped and suspended ---- */

static void check_set_state(struct nisv_check *c, int fd, u32 state, int want)
{
	struct kvm_mp_state mp = { .mp_state = state };

	nisv_eq(c, "KVM_SET_MP_STATE", want,
		ioctl(fd, KVM_SET_MP_STATE, &mp) ? -errno : 0, nisv_show_result,
		want ? "a state that there is not: EINVAL (api.rst 4.39)" :
		"user space can set the state at the exit (api.rst 4.39)");
}

static void check_state(struct nisv_check *c, int fd, u32 want)
{
	struct kvm_mp_state mp = { .mp_state = ~0u };

	if (ioctl(fd, KVM_GET_MP_STATE, &mp))
		nisv_fail(c, "KVM_GET_MP_STATE: %s", strerror(errno));
	nisv_eq(c, "MP state", want, mp.mp_state, nisv_show_dec,
		"KVM_GET_MP_STATE gives what was set (api.rst 4.38)");
}

/* A vCPU that does not run waits in KVM_RUN until a signal comes. */
static void check_waits(struct nisv_check *c, struct at_exit *a, u32 state)
{
	int i;

	for (i = 0; i < 2 && !nisv_failed(c); i++) {
		nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_run_asleep(a->vm, 0),
			nisv_show_result,
			"a vCPU that is stopped or suspended does not run (api.rst 4.38)");
		check_state(c, a->fd[0], state);
	}
}

static void check_set_and_back(struct nisv_check *c, u32 state)
{
	struct at_exit a;

	if (begin(&a, c, "ldr_x_post", 1)) {
		check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
		check_set_state(c, a.fd[0], state, 0);
		check_state(c, a.fd[0], state);
		check_waits(c, &a, state);
		check_set_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE, 0);
		check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
		check_still_there(c, &a, 0);
	}
	end(&a);
}

static void stopped_and_back(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_set_and_back(c, KVM_MP_STATE_STOPPED);
}

static bool has_suspended(struct nisv_check *c)
{
	return nisv_check_extension(c, NULL, KVM_CAP_ARM_SYSTEM_SUSPEND,
				    "KVM_MP_STATE_SUSPENDED (KVM_CAP_ARM_SYSTEM_SUSPEND >= 1)");
}

static void suspended_and_back(struct nisv_check *c, const void *arg)
{
	(void)arg;
	if (has_suspended(c))
		check_set_and_back(c, KVM_MP_STATE_SUSPENDED);
}

static void mp_state_unknown(struct nisv_check *c, const void *arg)
{
	static const u32 states[] = {
		KVM_MP_STATE_UNINITIALIZED, KVM_MP_STATE_HALTED, 0x7f, ~0u,
	};
	struct at_exit a;
	size_t i;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1))
		for (i = 0; i < ARRAY_SIZE(states); i++) {
			check_set_state(c, a.fd[0], states[i], -EINVAL);
			check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
			check_still_there(c, &a, 0);
		}
	end(&a);
}

/* A reset makes a vCPU run again that is stopped or suspended. */
static void check_state_then_init(struct nisv_check *c, u32 state)
{
	struct at_exit a;

	if (begin(&a, c, "ldr_x_post", 1)) {
		check_set_state(c, a.fd[0], state, 0);
		check_init(c, a.fd[0], &a.init);
		check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
		check_reset(c, a.vm, 0);
		check_boot(c, a.vm, 0, a.form, true);
	}
	end(&a);
}

static void stopped_then_init(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_state_then_init(c, KVM_MP_STATE_STOPPED);
}

static void suspended_then_init(struct nisv_check *c, const void *arg)
{
	(void)arg;
	if (has_suspended(c))
		check_state_then_init(c, KVM_MP_STATE_SUSPENDED);
}

/*
 * KVM_ARM_VCPU_POWER_OFF at the restart, as a VMM has it for all vCPUs but the
 * first. False where the kernel refuses it.
 */
static bool check_power_off(struct nisv_check *c, struct at_exit *a,
			    unsigned int cpu)
{
	struct kvm_vcpu_init init = a->init;
	int ret;

	init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
	ret = init_vcpu(a->fd[cpu], &init);
	nisv_eq(c, "POWER_OFF at a restart", 0, ret, nisv_show_result,
		"a vCPU may be powered off by any KVM_ARM_VCPU_INIT (api.rst 4.82)");
	return !ret;
}

static void power_off(struct nisv_check *c, const void *arg)
{
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1) && check_power_off(c, &a, 0)) {
		check_state(c, a.fd[0], KVM_MP_STATE_STOPPED);
		check_reset(c, a.vm, 0);
		check_waits(c, &a, KVM_MP_STATE_STOPPED);
		check_init(c, a.fd[0], &a.init);
		check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
		check_boot(c, a.vm, 0, a.form, true);
	}
	end(&a);
}

/* It is the vCPU that it is given for that is off, and not another. */
static void power_off_of_one(struct nisv_check *c, const void *arg)
{
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 2) && check_power_off(c, &a, 1)) {
		check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
		check_state(c, a.fd[1], KVM_MP_STATE_STOPPED);
		nisv_check_form(c, a.form, 0);
		check_still_there(c, &a, 0);
	}
	end(&a);
}

/* What is set of one vCPU is not another one's. */
static void registers_of_each(struct nisv_check *c, const void *arg)
{
	const u64 id = ARM64_SYS_REG(3, 0, 13, 0, 4);	/* TPIDR_EL1 */
	u64 value[2] = { PATTERN, ~PATTERN }, now;
	struct at_exit a;
	int cpu;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 2)) {
		for (cpu = 0; cpu < 2; cpu++)
			nisv_set_register(a.fd[cpu], id, &value[cpu]);
		for (cpu = 0; cpu < 2; cpu++) {
			now = 0;
			nisv_get_register(a.fd[cpu], id, &now);
			nisv_eq(c, "tpidr_el1", value[cpu], now, nisv_show_hex,
				"KVM_SET_ONE_REG sets it in one vCPU (api.rst 4.68)");
		}
	}
	end(&a);
}

/*
 * An ID register that user space has set before the guest runs: it may where
 * KVM tells which of them can be written, and how.
 */
static void id_register_stays(struct nisv_check *c, const void *arg)
{
	static const char requires[] =
		"writable ID registers (KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES >= 1)";
	const u64 id = ARM64_SYS_REG(3, 0, 0, 6, 0);	/* ID_AA64ISAR0_EL1 */
	struct nisv_vm *like = nisv_shared_vm(c, true);
	int vm = nisv_vm_bare_like(like), fd;
	struct kvm_vcpu_init init;
	u64 set = 0, now = 0;

	(void)arg;
	nisv_vcpu_init_args(like, 0, &init);
	fd = ioctl(vm, KVM_CREATE_VCPU, 0l);
	check_init(c, fd, &init);
	nisv_get_register(fd, id, &set);
	set &= ~(0xfull << 20);		/* Atomic */
	if (nisv_check_extension(c, like, CAP_REG_MASK_RANGES, requires)) {
		nisv_eq(c, "KVM_SET_ONE_REG", 0, nisv_set_register(fd, id, &set),
			nisv_show_result,
			"user space can take a feature away (api.rst 4.139)");
		check_init(c, fd, &init);
		nisv_get_register(fd, id, &now);
		nisv_eq(c, "ID_AA64ISAR0_EL1", set, now, nisv_show_hex,
			"a further KVM_ARM_VCPU_INIT leaves it (api.rst 4.82)");
	}
	close(fd);
	close(vm);
}

/* ---- PSCI: the guest's own reset and suspend ---- */

/* vCPU 0 calls its firmware, which user space is to answer. */
static void check_system_event(struct nisv_check *c, struct at_exit *a,
			       u64 function, u64 x1, u32 type, u64 flags)
{
	const u64 x[4] = { function, x1, PATTERN };
	struct kvm_run *run;
	struct nisv_exit e;

	nisv_vcpu_reinit(a->vm, 0);
	nisv_vcpu_load_call(a->vm, 0, x);
	nisv_vcpu_run(a->vm, 0, &e);
	nisv_eq(c, "KVM_RUN", 0, e.ret, nisv_show_result,
		"KVM_RUN succeeds (api.rst 4.10)");
	nisv_eq(c, "exit", KVM_EXIT_SYSTEM_EVENT, e.reason, nisv_show_exit,
		"PSCI asks user space: KVM_EXIT_SYSTEM_EVENT (api.rst 5)");
	run = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED, a->fd[0], 0);
	if (run == MAP_FAILED) {
		nisv_fail(c, "mmap() of a vCPU: %s", strerror(errno));
		return;
	}
	nisv_eq(c, "type", type, run->system_event.type, nisv_show_dec,
		"the event that the guest asked for (api.rst 5)");
	if (type == KVM_SYSTEM_EVENT_RESET) {
		if (ioctl(nisv_vm_fd(a->vm), KVM_CHECK_EXTENSION,
			  KVM_CAP_SYSTEM_EVENT_DATA) > 0)
			nisv_eq(c, "ndata", 1, run->system_event.ndata,
				nisv_show_dec,
				"a reset has its flags (api.rst 5, KVM_CAP_SYSTEM_EVENT_DATA)");
		nisv_eq(c, "flags", flags, run->system_event.data[0],
			nisv_show_hex,
			"1 of SYSTEM_RESET2, and of no other call (api.rst 5)");
	}
	munmap(run, getpagesize());
}

/* The guest asks for a reset while another vCPU is at its exit. */
static void system_reset(struct nisv_check *c, const void *arg)
{
	struct at_exit a;
	unsigned int cpu;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 2)) {
		check_system_event(c, &a, PSCI_SYSTEM_RESET, 0,
				   KVM_SYSTEM_EVENT_RESET, 0);
		for (cpu = 0; cpu < 2; cpu++)
			nisv_eq(c, "KVM_RUN", -EINTR,
				nisv_vcpu_run_asleep(a.vm, cpu),
				nisv_show_result,
				"no vCPU runs before user space resets it (PSCI)");
		for (cpu = 0; cpu < 2 && !nisv_failed(c); cpu++) {
			nisv_check_form(c, a.form, cpu);
			check_init(c, a.fd[cpu], &a.init);
			check_reset(c, a.vm, cpu);
		}
		for (cpu = 0; cpu < 2; cpu++)
			check_boot(c, a.vm, cpu, a.form, true);
	}
	end(&a);
}

/* It asks for either kind of reset, one after the other. */
static void system_reset_flags(struct nisv_check *c, const void *arg)
{
	u64 version = 0;
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 1)) {
		nisv_get_register(a.fd[0], KVM_REG_ARM_PSCI_VERSION, &version);
		if (version < PSCI_1_1) {
			nisv_skip(c, "PSCI 1.1", "an older one");
		} else {
			check_system_event(c, &a, PSCI_SYSTEM_RESET2, 0,
					   KVM_SYSTEM_EVENT_RESET,
					   KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2);
			check_system_event(c, &a, PSCI_SYSTEM_RESET, 0,
					   KVM_SYSTEM_EVENT_RESET, 0);
			check_boot(c, a.vm, 0, a.form, true);
		}
	}
	end(&a);
}

/* It asks for a suspend, which user space denies: nothing happens. */
static void system_suspend(struct nisv_check *c, const void *arg)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_SYSTEM_SUSPEND };
	const struct nisv_regs *seen;
	u64 denied = PSCI_DENIED;
	struct nisv_trap trap;
	struct at_exit a;

	(void)arg;
	if (!begin(&a, c, "ldr_x_post", 2)) {
		end(&a);
		return;
	}
	if (nisv_check_extension(c, a.vm, cap.cap,
				 "KVM_CAP_ARM_SYSTEM_SUSPEND >= 1")) {
		a.used_up = true;
		nisv_eq(c, "KVM_ENABLE_CAP", 0,
			ioctl(nisv_vm_fd(a.vm), KVM_ENABLE_CAP, &cap) ?
			-errno : 0, nisv_show_result,
			"KVM_CAP_ARM_SYSTEM_SUSPEND can be enabled (api.rst 8.36)");
		nisv_check_form(c, a.form, 1);
		check_still_there(c, &a, 1);
		check_system_event(c, &a, PSCI_SYSTEM_SUSPEND,
				   nisv_form_pc_ipa(a.vm, a.form),
				   KVM_SYSTEM_EVENT_SUSPEND, 0);
		check_state(c, a.fd[0], KVM_MP_STATE_RUNNABLE);
		nisv_set_register(a.fd[0], CORE_REG(regs.regs[0]), &denied);
		seen = nisv_check_doorbell(c, a.vm, 0, &trap);
		if (seen)
			nisv_eq(c, "x0", PSCI_DENIED, seen->x[0], nisv_show_hex,
				"user space denies it in X0 (api.rst 5)");
		nisv_check_step(c, "");
		nisv_check_form(c, a.form, 1);
		check_still_there(c, &a, 1);
	}
	end(&a);
}

/* ---- PSCI CPU_ON ---- */

/* vCPU 0 calls CPU_ON for vCPU 1: what it got. */
static u64 cpu_on(struct nisv_check *c, struct at_exit *a, u64 entry,
		  u64 context)
{
	u64 x[4] = { PSCI_0_2_CPU_ON, 1, entry, context };
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	u64 version = 0;

	nisv_get_register(a->fd[0], KVM_REG_ARM_PSCI_VERSION, &version);
	if (version == PSCI_0_1)
		x[0] = PSCI_0_1_CPU_ON;
	nisv_vcpu_reinit(a->vm, 0);
	nisv_vcpu_load_call(a->vm, 0, x);
	seen = nisv_check_doorbell(c, a->vm, 0, &trap);
	nisv_check_step(c, "");
	if (!seen)
		return 0;
	if (version == PSCI_0_1 && seen->x[0] == PSCI_REFUSED)
		return PSCI_ALREADY_ON;
	return seen->x[0];
}

/*
 * vCPU 1 stopped at its exit and switched on again by vCPU 0, at a form's own
 * address, with its MMU off.
 */
static void cpu_on_after_exit(struct nisv_check *c, const void *arg)
{
	unsigned int base;
	struct at_exit a;
	struct nisv_exit e;
	u64 entry, ipa;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 2)) {
		struct nisv_situation s = {
			.form = a.form,
			.cap = true,
			.ipa = nisv_form_ipa(a.vm, a.form),
		};
		struct nisv_want want;

		entry = nisv_form_pc_ipa(a.vm, a.form);
		base = nisv_form_base(a.form);
		ipa = s.ipa;
		nisv_expect(&s, &want);
		check_set_state(c, a.fd[1], KVM_MP_STATE_STOPPED, 0);
		nisv_eq(c, "CPU_ON", 0, cpu_on(c, &a, entry, PATTERN),
			nisv_show_hex, "a stopped vCPU can be switched on (PSCI)");
		nisv_check_form(c, a.form, 1);
		check_state(c, a.fd[1], KVM_MP_STATE_RUNNABLE);
		nisv_eq(c, "pc", entry, nisv_vcpu_pc(a.vm, 1), nisv_show_hex,
			"PC is the entry point (PSCI CPU_ON)");
		nisv_eq(c, "x0", PATTERN, nisv_vcpu_x(a.vm, 1, 0),
			nisv_show_hex, "X0 is the context ID (PSCI CPU_ON)");
		nisv_eq(c, "x30", 0, nisv_vcpu_x(a.vm, 1, 30), nisv_show_hex,
			"CPU_ON resets the vCPU (PSCI)");
		nisv_set_register(a.fd[1], CORE_REG(regs.regs[0]) + 2 * base,
				  &ipa);
		nisv_vcpu_run(a.vm, 1, &e);
		nisv_check_exit(c, a.form, &want, &e);
		nisv_eq(c, "pc", entry, nisv_vcpu_pc(a.vm, 1), nisv_show_hex,
			"the guest starts with the instruction at the entry point");
		nisv_eq(c, "base register", ipa, nisv_vcpu_x(a.vm, 1, base),
			nisv_show_hex,
			"what is set after CPU_ON is not reset any more");
		nisv_eq(c, "x0", PATTERN, nisv_vcpu_x(a.vm, 1, 0),
			nisv_show_hex, "the exit changes nothing (api.rst 5)");
		/* and the entry point is forgotten by the next reset */
		check_init(c, a.fd[1], &a.init);
		check_reset(c, a.vm, 1);
		check_boot(c, a.vm, 1, a.form, true);
	}
	end(&a);
}

/*
 * The same where the old access is completed by the KVM_RUN that starts it. X1,
 * the base register, is 0, where a hole is for this.
 */
static void cpu_on_after_mmio(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *first = nisv_form_named("ldr_x_post");
	struct nisv_want want;
	struct at_exit a;
	struct nisv_exit e;
	u64 entry;

	(void)arg;
	if (begin(&a, c, "ldr_x", 2) && first) {
		struct nisv_situation s = { .form = first, .cap = true };

		nisv_vm_set(a.vm, SETTING_ipa_0);
		entry = nisv_form_pc_ipa(a.vm, first);
		nisv_expect(&s, &want);
		check_set_state(c, a.fd[1], KVM_MP_STATE_STOPPED, 0);
		nisv_eq(c, "CPU_ON", 0, cpu_on(c, &a, entry, PATTERN),
			nisv_show_hex, "a stopped vCPU can be switched on (PSCI)");
		nisv_check_form(c, first, 1);
		nisv_vcpu_run(a.vm, 1, &e);
		nisv_check_exit(c, first, &want, &e);
		nisv_eq(c, "pc", entry, nisv_vcpu_pc(a.vm, 1), nisv_show_hex,
			"the guest starts with the instruction at the entry point (PSCI)");
		nisv_eq(c, "x0", PATTERN, nisv_vcpu_x(a.vm, 1, 0),
			nisv_show_hex, "X0 is the context ID (PSCI CPU_ON)");
	}
	end(&a);
}

/* Stopped between an abort that user space gives it and its handler. */
static void cpu_on_after_abort(struct nisv_check *c, const void *arg)
{
	struct nisv_want want;
	struct at_exit a;
	struct nisv_exit e;
	u64 entry;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 2)) {
		struct nisv_situation s = { .form = a.form, .cap = true };

		nisv_vm_set(a.vm, SETTING_ipa_0);
		entry = nisv_form_pc_ipa(a.vm, a.form);
		nisv_expect(&s, &want);
		nisv_eq(c, "KVM_SET_VCPU_EVENTS", 0,
			nisv_vcpu_inject(a.vm, 1, true, false, 0),
			nisv_show_result, "an abort can be injected (api.rst 4.31)");
		check_set_state(c, a.fd[1], KVM_MP_STATE_STOPPED, 0);
		nisv_eq(c, "CPU_ON", 0, cpu_on(c, &a, entry, PATTERN),
			nisv_show_hex, "a stopped vCPU can be switched on (PSCI)");
		nisv_check_form(c, a.form, 1);
		nisv_vcpu_run(a.vm, 1, &e);
		nisv_check_exit(c, a.form, &want, &e);
		nisv_eq(c, "pc", entry, nisv_vcpu_pc(a.vm, 1), nisv_show_hex,
			"the guest starts with the instruction at the entry point (PSCI)");
	}
	end(&a);
}

/* ---- PSCI CPU_OFF ---- */

/* vCPU 1 in KVM_RUN, in a thread of its own. */
struct runner {
	struct nisv_vm *vm;
	struct nisv_exit exit;
};

static void *run_vcpu_1(void *arg)
{
	struct runner *r = arg;

	nisv_vcpu_run(r->vm, 1, &r->exit);
	return NULL;
}

/* Whether SMC is a call of the firmware, as it is not in older kernels. */
static bool smc_is_call(struct nisv_check *c, struct at_exit *a)
{
	static const u64 x[4] = { PSCI_GET_VERSION };
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	nisv_vcpu_reinit(a->vm, 1);
	nisv_vcpu_load_smc(a->vm, 1, x);
	seen = nisv_check_doorbell(c, a->vm, 1, &trap);
	nisv_check_step(c, "");
	/* a reset would not: mmio_after_init */
	nisv_vcpu_complete(a->vm, 1);
	if (seen && seen->x[0] == SMCCC_UNKNOWN)
		nisv_skip(c, "PSCI by SMC (Linux 6.4)",
			  "PSCI_VERSION: not supported");
	return seen && seen->x[0] != SMCCC_UNKNOWN;
}

/*
 * vCPU 1 runs @form with its MMU off and @x0 in X0, as user space sets it up: what
 * its registers are then.
 */
static void started_by_hand(struct nisv_check *c, struct at_exit *a, u64 entry,
			    u64 x0, struct all_registers *all)
{
	struct nisv_exit e;

	check_init(c, a->fd[1], &a->init);
	nisv_vcpu_set_pc(a->vm, 1, entry);
	nisv_set_register(a->fd[1], CORE_REG(regs.regs[0]), &x0);
	nisv_vcpu_run(a->vm, 1, &e);
	get_all(c, a->fd[1], all);
}

/* Registers that CPU_ON has to reset; the guest needs its mailbox. */
static void set_up_off(struct nisv_check *c, struct at_exit *a)
{
	const u64 mailbox = ARM64_SYS_REG(3, 3, 13, 0, 3);	/* TPIDRRO_EL0 */
	u64 va = 0;

	nisv_vcpu_reinit(a->vm, 1);
	nisv_get_register(a->fd[1], mailbox, &va);
	make_dirty(c, a->fd[1]);
	nisv_set_register(a->fd[1], mailbox, &va);
}

static void on_signal(int signal)
{
	(void)signal;
}

/*
 * vCPU 1 switches itself off and stays in KVM_RUN, where it is switched on again:
 * KVM has all there is to forget. X1, the base register, is 0 then.
 */
static void check_off_and_on(struct nisv_check *c, struct at_exit *a, bool smc)
{
	static const u64 off[4] = { PSCI_CPU_OFF };
	struct sigaction act = { .sa_handler = on_signal };
	struct nisv_situation s = { .form = a->form, .cap = true };
	struct runner r = { .vm = a->vm };
	struct all_registers want;
	struct nisv_want exit;
	pthread_t thread;
	u64 entry, got;
	int tries;

	sigaction(SIGUSR1, &act, NULL);
	entry = nisv_form_pc_ipa(a->vm, a->form);
	nisv_expect(&s, &exit);
	started_by_hand(c, a, entry, PATTERN, &want);
	set_up_off(c, a);
	if (smc)
		nisv_vcpu_load_smc(a->vm, 1, off);
	else
		nisv_vcpu_load_call(a->vm, 1, off);
	if (pthread_create(&thread, NULL, run_vcpu_1, &r)) {
		nisv_fail(c, "pthread_create");
		free(want.reg);
		return;
	}
	for (tries = 0; tries < TRIES; tries++) {
		got = cpu_on(c, a, entry, PATTERN);
		if (got != PSCI_ALREADY_ON || nisv_failed(c))
			break;
		usleep(1000);
	}
	nisv_eq(c, "CPU_ON", 0, got, nisv_show_hex,
		"a vCPU that is off can be switched on (PSCI)");
	if (nisv_failed(c)) {
		nisv_vcpu_immediate_exit(a->vm, 1, true);
		pthread_kill(thread, SIGUSR1);
	}
	pthread_join(thread, NULL);
	nisv_check_form(c, a->form, 1);
	nisv_check_exit(c, a->form, &exit, &r.exit);
	nisv_eq(c, "pc", entry, nisv_vcpu_pc(a->vm, 1), nisv_show_hex,
		"the guest starts with the instruction at the entry point (PSCI)");
	nisv_eq(c, "x0", PATTERN, nisv_vcpu_x(a->vm, 1, 0), nisv_show_hex,
		"X0 is the context ID (PSCI CPU_ON)");
	check_all(c, a->fd[1], &want, is_any,
		  "CPU_ON resets each register, as KVM_ARM_VCPU_INIT does (PSCI)");
	free(want.reg);
}

static void cpu_off_and_on(struct nisv_check *c, const void *arg)
{
	struct at_exit a;

	if (begin(&a, c, "ldr_x_post", 2) && (!arg || smc_is_call(c, &a))) {
		nisv_vm_set(a.vm, SETTING_ipa_0);
		check_off_and_on(c, &a, arg);
		check_boot(c, a.vm, 1, a.form, true);
	}
	end(&a);
}

static void cpu_off_hvc(struct nisv_check *c, const void *arg)
{
	(void)arg;
	cpu_off_and_on(c, NULL);
}

static void cpu_off_smc(struct nisv_check *c, const void *arg)
{
	(void)arg;
	cpu_off_and_on(c, "smc");
}

static void cpu_on_when_on(struct nisv_check *c, const void *arg)
{
	struct at_exit a;

	(void)arg;
	if (begin(&a, c, "ldr_x_post", 2)) {
		nisv_eq(c, "CPU_ON", PSCI_ALREADY_ON,
			cpu_on(c, &a, nisv_form_pc_ipa(a.vm, a.form), PATTERN),
			nisv_show_hex, "a vCPU that runs is ALREADY_ON (PSCI)");
		nisv_check_form(c, a.form, 1);
		check_still_there(c, &a, 1);
	}
	end(&a);
}

/* Suspended is not off: it is ALREADY_ON, stays suspended and is not reset. */
static void cpu_on_when_suspended(struct nisv_check *c, const void *arg)
{
	struct at_exit a;

	(void)arg;
	if (!has_suspended(c))
		return;
	if (begin(&a, c, "ldr_x_post", 2)) {
		check_set_state(c, a.fd[1], KVM_MP_STATE_SUSPENDED, 0);
		nisv_eq(c, "CPU_ON", PSCI_ALREADY_ON,
			cpu_on(c, &a, nisv_form_pc_ipa(a.vm, a.form), PATTERN),
			nisv_show_hex, "a vCPU that is suspended is ALREADY_ON (PSCI)");
		nisv_check_form(c, a.form, 1);
		check_state(c, a.fd[1], KVM_MP_STATE_SUSPENDED);
		check_set_state(c, a.fd[1], KVM_MP_STATE_RUNNABLE, 0);
		check_still_there(c, &a, 1);
	}
	end(&a);
}

/* The vCPU stops there, at EL1; 0: nowhere. */
static void break_at(struct nisv_check *c, int fd, u64 va)
{
	const struct kvm_guest_debug debug = {
		.control = va ? KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW : 0,
		.arch.dbg_bcr[0] = BREAK_EL1,
		.arch.dbg_bvr[0] = va,
	};

	nisv_eq(c, "KVM_SET_GUEST_DEBUG", 0,
		ioctl(fd, KVM_SET_GUEST_DEBUG, &debug) ? -errno : 0,
		nisv_show_result, "a guest can be debugged (api.rst 4.87)");
}

/*
 * The vCPU that is switched on has the caller's endianness: its own EL1 is as
 * vCPU 0's, whatever it was.
 */
static void cpu_on_big_endian(struct nisv_check *c, const void *arg)
{
	const u64 sctlr_id = ARM64_SYS_REG(3, 0, 1, 0, 0);
	u64 sctlr[2] = { 0, 0 }, mmfr0 = 0, val, version = 0, hvc;
	u64 call[4] = { PSCI_0_2_CPU_ON, 1, 0, PATTERN };
	unsigned int n, be;
	struct nisv_exit e;
	struct at_exit a;

	(void)arg;
	if (!begin(&a, c, "ldr_x_post", 2)) {
		end(&a);
		return;
	}
	nisv_get_register(a.fd[0], ARM64_SYS_REG(3, 0, 0, 7, 0), &mmfr0);
	nisv_get_register(a.fd[0], KVM_REG_ARM_PSCI_VERSION, &version);
	if (version == PSCI_0_1)
		call[0] = PSCI_0_1_CPU_ON;
	if (nisv_vm_at_el2(a.vm) || !(mmfr0 >> 8 & 0xf)) {
		nisv_skip(c, "a guest at EL1, FEAT_MixedEnd (ID_AA64MMFR0_EL1.BigEnd >= 1)",
			  "none");
		end(&a);
		return;
	}
	call[2] = nisv_form_pc_ipa(a.vm, a.form);
	nisv_get_register(a.fd[0], sctlr_id, &sctlr[0]);
	for (be = 0; be < 2 && !nisv_failed(c); be++) {
		check_set_state(c, a.fd[1], KVM_MP_STATE_STOPPED, 0);
		/* the call alone, with the MMU off: its tables stay as they are */
		val = (sctlr[0] & ~(SCTLR_EE | SCTLR_M)) | (be ? SCTLR_EE : 0);
		nisv_set_register(a.fd[0], sctlr_id, &val);
		val = PSTATE_RESET;
		nisv_set_register(a.fd[0], CORE_REG(regs.pstate), &val);
		for (n = 0; n < ARRAY_SIZE(call); n++)
			nisv_set_register(a.fd[0], CORE_REG(regs.regs[0]) +
					  2 * n, &call[n]);
		hvc = nisv_vm_ipa(a.vm, (u64)nisv_guest_hvc);
		nisv_vcpu_set_pc(a.vm, 0, hvc);
		/* to step over it is not for every KVM: see step_lost */
		break_at(c, a.fd[0], hvc + 4);
		nisv_vcpu_run(a.vm, 0, &e);
		break_at(c, a.fd[0], 0);
		nisv_eq(c, "CPU_ON", 0, nisv_vcpu_x(a.vm, 0, 0), nisv_show_hex,
			"a stopped vCPU can be switched on (PSCI)");
		check_state(c, a.fd[1], KVM_MP_STATE_RUNNABLE);
		nisv_get_register(a.fd[1], sctlr_id, &sctlr[1]);
		nisv_eq(c, "SCTLR_EL1.EE", be, !!(sctlr[1] & SCTLR_EE),
			nisv_show_dec,
			"a vCPU starts with the endianness of its caller (DEN0022 6.4)");
		nisv_eq(c, "pc", call[2], nisv_vcpu_pc(a.vm, 1), nisv_show_hex,
			"PC is the entry point (PSCI CPU_ON)");
	}
	end(&a);
}

/* A vCPU that is at its exit is on, one that is stopped is off. */
static void affinity_info(struct nisv_check *c, const void *arg)
{
	static const u32 states[] = {
		KVM_MP_STATE_RUNNABLE, KVM_MP_STATE_STOPPED,
		KVM_MP_STATE_RUNNABLE,
	};
	const u64 x[4] = { PSCI_AFFINITY_INFO, 1, 0, 0 };
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	u64 version = 0;
	struct at_exit a;
	size_t i;

	(void)arg;
	if (!begin(&a, c, "ldr_x_post", 2)) {
		end(&a);
		return;
	}
	nisv_get_register(a.fd[0], KVM_REG_ARM_PSCI_VERSION, &version);
	if (version == PSCI_0_1) {
		nisv_skip(c, "PSCI 0.2", "0.1");
		end(&a);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(states) && !nisv_failed(c); i++) {
		check_set_state(c, a.fd[1], states[i], 0);
		nisv_vcpu_reinit(a.vm, 0);
		nisv_vcpu_load_call(a.vm, 0, x);
		seen = nisv_check_doorbell(c, a.vm, 0, &trap);
		nisv_check_step(c, "");
		if (seen)
			nisv_eq(c, "AFFINITY_INFO", states[i] ==
				KVM_MP_STATE_STOPPED, seen->x[0], nisv_show_hex,
				"0 of a vCPU that is on, at its exit too, 1 of one that is off (PSCI)");
	}
	nisv_check_form(c, a.form, 1);
	check_still_there(c, &a, 1);
	end(&a);
}

/* A guest that has no MMU on yet: the address is the IPA. */
static void boot_mmu_off(struct nisv_check *c, const void *arg)
{
	struct nisv_want want;
	unsigned int base;
	struct at_exit a;
	struct nisv_exit e;
	u64 ipa;

	(void)arg;
	if (begin(&a, c, "str_x_post", 1)) {
		struct nisv_situation s = {
			.form = a.form,
			.cap = true,
			.ipa = nisv_form_ipa(a.vm, a.form),
		};

		base = nisv_form_base(a.form);
		ipa = s.ipa;
		nisv_expect(&s, &want);
		check_init(c, a.fd[0], &a.init);
		nisv_vcpu_set_pc(a.vm, 0, nisv_form_pc_ipa(a.vm, a.form));
		nisv_set_register(a.fd[0], CORE_REG(regs.regs[0]) + 2 * base,
				  &ipa);
		nisv_vcpu_run(a.vm, 0, &e);
		nisv_check_exit(c, a.form, &want, &e);
		nisv_eq(c, "base register", ipa, nisv_vcpu_x(a.vm, 0, base),
			nisv_show_hex, "the exit changes nothing (api.rst 5)");
		check_boot(c, a.vm, 0, a.form, true);
	}
	end(&a);
}

/* ---- vCPUs of other kinds, besides the library's ---- */

/* One with @feature too, or -1 and the case is skipped: it @requires @cap. */
static int other_vcpu(struct nisv_check *c, long cap, const char *requires,
		      unsigned int feature, struct kvm_vcpu_init *init)
{
	struct nisv_vm *like = nisv_shared_vm(c, true);
	int vm, fd;

	if (!nisv_check_extension(c, like, cap, requires))
		return -1;
	vm = nisv_vm_bare_like(like);
	memset(init, 0, sizeof(*init));
	ioctl(vm, KVM_ARM_PREFERRED_TARGET, init);
	init->features[0] |= 1u << feature;
	fd = ioctl(vm, KVM_CREATE_VCPU, 0l);
	close(vm);	/* the vCPU has it, too */
	check_init(c, fd, init);
	return fd;
}

static void aarch32_registers(struct nisv_check *c, const void *arg)
{
	u64 x = PATTERN, pstate = 0;
	struct kvm_vcpu_init init;
	int i, fd;

	(void)arg;
	fd = other_vcpu(c, KVM_CAP_ARM_EL1_32BIT,
			"a guest with 32-bit EL1 (KVM_CAP_ARM_EL1_32BIT >= 1)",
			KVM_ARM_VCPU_EL1_32BIT, &init);
	for (i = 0; i < 2 && fd >= 0; i++) {
		nisv_get_register(fd, CORE_REG(regs.pstate), &pstate);
		nisv_eq(c, "pstate", PSTATE_RESET_AA32, pstate, nisv_show_hex,
			"AArch32: SVC with A, I, F (api.rst 4.82)");
		nisv_get_register(fd, CORE_REG(regs.regs[1]), &x);
		nisv_eq(c, "r1", 0, x, nisv_show_hex, like_new);
		pstate = PSTATE_RESET_AA32 & ~0x1c0u;
		x = PATTERN;
		nisv_set_register(fd, CORE_REG(regs.regs[1]), &x);
		nisv_set_register(fd, CORE_REG(regs.pstate), &pstate);
		nisv_get_register(fd, CORE_REG(regs.regs[1]), &x);
		nisv_eq(c, "r1", (u32)PATTERN, x, nisv_show_hex,
			"in a 32-bit mode registers have 32 bits");
		check_init(c, fd, &init);
	}
	close(fd);
}

/* vCPU 0, with CPSR @cpsr, switches vCPU 1 on at @entry. */
static void check_cpu_on_32(struct nisv_check *c, u64 entry, u64 cpsr)
{
	static const u32 code[] = {
		0xe1400070,	/* hvc #0 */
		0xe5840000,	/* str r0, [r4] */
	};
	const u64 r[] = {
		PSCI_0_1_CPU_ON, 1, entry, (u32)PATTERN, NISV_BARE32_HOLE,
	};
	struct nisv_bare32 b;
	unsigned int n;

	if (nisv_failed(c) || !nisv_bare32_new(c, &b, code, ARRAY_SIZE(code)))
		return;
	for (n = 0; n < ARRAY_SIZE(r); n++)
		nisv_bare32_set_x(&b, n, r[n]);
	nisv_set_register(b.vcpu[0], CORE_REG(regs.pstate), &cpsr);
	nisv_bare32_run(c, &b);
	nisv_eq(c, "CPU_ON", 0, nisv_bare32_x(&b, 0, 0), nisv_show_hex,
		"a stopped vCPU can be switched on (PSCI)");
	nisv_eq(c, "pc", entry & ~1ull,
		nisv_bare32_get(&b, 1, CORE_REG(regs.pc)), nisv_show_hex,
		"PC is the entry point, without bit 0 (DEN0022 6.4)");
	nisv_eq(c, "pstate", PSTATE_RESET_AA32 | (cpsr & CPSR_E) |
		(entry & 1 ? CPSR_T : 0),
		nisv_bare32_get(&b, 1, CORE_REG(regs.pstate)), nisv_show_hex,
		"SVC, T32 where bit 0 says so, the caller's endianness (DEN0022 6.4)");
	nisv_eq(c, "r0", (u32)PATTERN, nisv_bare32_x(&b, 1, 0), nisv_show_hex,
		"R0 is the context ID (PSCI CPU_ON)");
	nisv_bare32_free(&b);
}

static void aarch32_cpu_on(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_cpu_on_32(c, ENTRY_32, PSTATE_RESET_AA32);
	check_cpu_on_32(c, ENTRY_32 | 1, PSTATE_RESET_AA32);
	check_cpu_on_32(c, ENTRY_32, PSTATE_RESET_AA32 | CPSR_E);
}

/* Of Z0 to Z31, P0 to P15 and FFR, by number, all that KVM_GET_REG_LIST can list. */
static u64 sve_register(unsigned int n)
{
	return n < 32 ? KVM_REG_ARM64_SVE_ZREG(n, 0) :
	       n < 48 ? KVM_REG_ARM64_SVE_PREG(n - 32, 0) :
			KVM_REG_ARM64_SVE_FFR(0);
}

static void sve_registers(struct nisv_check *c, const void *arg)
{
	u64 value[256 / sizeof(u64)];
	int feature = KVM_ARM_VCPU_SVE;
	struct kvm_vcpu_init init;
	unsigned int n, i;
	int fd, ret = 0;

	(void)arg;
	fd = other_vcpu(c, KVM_CAP_ARM_SVE, "SVE (KVM_CAP_ARM_SVE >= 1)",
			feature, &init);
	if (fd >= 0) {
		nisv_eq(c, "KVM_ARM_VCPU_FINALIZE", 0,
			ioctl(fd, KVM_ARM_VCPU_FINALIZE, &feature),
			nisv_show_result, "SVE can be finalized (api.rst 4.119)");
		for (n = 0; n < 49 && !ret; n++) {
			memset(value, 0x5a + n, sizeof(value));
			ret = nisv_set_register(fd, sve_register(n), value);
		}
		nisv_eq(c, "KVM_SET_ONE_REG", 0, ret, nisv_show_result,
			"SVE registers can be set (api.rst 4.68)");
		check_init(c, fd, &init);
		for (n = 0; n < 49 && !ret; n++) {
			memset(value, 0, sizeof(value));
			ret = nisv_get_register(fd, sve_register(n), value);
			for (i = 0; i < ARRAY_SIZE(value); i++)
				nisv_eq_many(c, n < 32 ? "z%d" : "p or ffr, %d",
					     n < 32 ? n : n - 32, 0, value[i],
					     "SVE registers are 0 (api.rst 4.82)");
		}
		nisv_eq(c, "KVM_GET_ONE_REG", 0, ret, nisv_show_result,
			"SVE stays finalized (api.rst 4.119)");
	}
	close(fd);
}

static const struct {
	const char *name;
	void (*fn)(struct nisv_check *c, const void *arg);
} single[] = {
	{ "mmio_load", mmio_load },
	{ "mmio_store", mmio_store },
	{ "stack_pointer", stack_pointer },
	{ "serror_pending", serror_pending },
	{ "one_of_two", one_of_two },
	{ "all_vcpus", all_vcpus },
	{ "ten_times", ten_times },
	{ "target_unknown", target_unknown },
	{ "features_differ", features_differ },
	{ "features_unknown", features_unknown },
	{ "run_structure", run_structure },
	{ "stopped_and_back", stopped_and_back },
	{ "suspended_and_back", suspended_and_back },
	{ "mp_state_unknown", mp_state_unknown },
	{ "stopped_then_init", stopped_then_init },
	{ "suspended_then_init", suspended_then_init },
	{ "power_off", power_off },
	{ "power_off_of_one", power_off_of_one },
	{ "registers_of_each", registers_of_each },
	{ "id_register_stays", id_register_stays },
	{ "system_reset", system_reset },
	{ "system_reset_flags", system_reset_flags },
	{ "system_suspend", system_suspend },
	{ "cpu_on_after_exit", cpu_on_after_exit },
	{ "cpu_on_after_mmio", cpu_on_after_mmio },
	{ "cpu_on_after_abort", cpu_on_after_abort },
	{ "cpu_on_when_on", cpu_on_when_on },
	{ "cpu_on_when_suspended", cpu_on_when_suspended },
	{ "cpu_off_hvc", cpu_off_hvc },
	{ "cpu_off_smc", cpu_off_smc },
	{ "cpu_on_big_endian", cpu_on_big_endian },
	{ "affinity_info", affinity_info },
	{ "boot_mmu_off", boot_mmu_off },
	{ "aarch32_registers", aarch32_registers },
	{ "aarch32_cpu_on", aarch32_cpu_on },
	{ "sve_registers", sve_registers },
};

static void add_case(const struct nisv_form *form, bool cap)
{
	struct boot_case *b = malloc(sizeof(*b));

	if (!b)
		abort();
	b->form = form;
	b->cap = cap;
	nisv_case(boot_case, b, "%s.boot_%s", form->name, cap ? "on" : "off");
}

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		if (!nisv_form_represents(form) ||
		    nisv_classes[form->class].outcome == OUTCOME_NOTHING)
			continue;
		add_case(form, true);
		if (nisv_form_everywhere(form))
			add_case(form, false);
	}
	return nisv_harness(argc, argv);
}
