// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_suspend: at the exit, user space saves the guest and restores it later.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.68 and 4.69 KVM_SET_ONE_REG and
 * KVM_GET_ONE_REG, 4.84 KVM_GET_REG_LIST, 4.31 and 4.32 KVM_GET_VCPU_EVENTS and
 * KVM_SET_VCPU_EVENTS, 4.38 and 4.39 KVM_GET_MP_STATE and KVM_SET_MP_STATE):
 * after KVM_EXIT_ARM_NISV or -ENOSYS, and after KVM_EXIT_MMIO that KVM_RUN with
 * immediate_exit has completed,
 *
 * - registers, events, MP state and memory are the whole guest: restored into a
 *   new VM, by another process, it makes the same access again. What becomes of
 *   that is the new VM's: the same exit, -ENOSYS without the capability, or an
 *   access to memory where there is a slot now;
 * - an abort that was injected, or an SError that is pending, is among what is
 *   saved, and the restored guest takes it once;
 * - each register is what the guest has, and becomes what user space sets;
 * - what cannot be is refused, and then has no effect: registers that there are
 *   not, sizes that they do not have, illegal values of PSTATE, events that are
 *   not defined.
 *
 * Of a guest with SVE all bits of the vectors, the predicates and FFR are among
 * the registers; of one with MTE the tags are part of the memory
 * (KVM_ARM_MTE_COPY_TAGS, 4.130).
 *
 * Cases: <form>.again_<on|off> for the first form of each class and access
 * (.again_on where a class needs more than its base register); <form>.in_slot; and
 * what is about one form only, by name.
 *
 * Each guest is restored into a new VM, with its memory. The first of each kind is
 * saved by another process, with all registers; see is_new_kind().
 */
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_bare32.h"
#include "nisv_vcpus.h"

#define MAX_REGISTERS	1024
#define SERROR_ISS	0x123456u
#define DEVICE_DATA	0xf1e2d3c4b5a69788ull

#define PSTATE_USR32	0x1d0ull	/* A, I, F, M */
#define NR_TFSR		2	/* of EL1 and EL0 */
#define SCTLR_UCT	BIT_ULL(15)	/* what EL0 may do only */
#define SCTLR_UCI	BIT_ULL(26)

/* What one process leaves to the other; the memory is in a file. */
struct saved {
	struct nisv_register reg[MAX_REGISTERS];
	unsigned int nr;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp;
	struct nisv_regs regs;	/* what the guest has */
	struct nisv_taken taken;	/* what it takes next */
	struct nisv_sve sve;	/* its predicates */
	u64 stored;		/* what it has stored */
};

/* A guest on its way from one VM to the other. */
struct guest {
	struct nisv_check *c;
	struct nisv_vm *vm;
	const struct nisv_form *form;
	bool cap;		/* where it is saved */
	bool new_cap;		/* where it is restored */
	bool full;		/* the form needs a VM with more features */
	bool all;		/* of the registers, not only what forms use */
	bool own;		/* the VM was made for this case */
	struct saved *saved;
	int memory;
};

static int vcpu_fd(const struct guest *g)
{
	return nisv_vcpu_fd(g->vm, 0);
}

static struct nisv_vm *new_vm(struct guest *g, bool cap)
{
	const struct nisv_space space = { .full = g->full };
	struct nisv_vm *vm = nisv_vm_new_in(&space, 1);

	nisv_vm_with_fp(vm, true);
	nisv_vm_add_neighbours(vm);
	if (cap)
		nisv_eq(g->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	return vm;
}

/*
 * Makes a vCPU that an earlier case has used as new. False where that cannot be:
 * an SError may outlive it (serror_after_init).
 */
static bool is_like_new(struct guest *g, struct nisv_vm *vm)
{
	/* the doorbell, or an abort; a reset would not: mmio_, abort_after_init */
	nisv_vcpu_complete(vm, 0);
	nisv_eq(g->c, "KVM_ARM_VCPU_INIT", 0, nisv_vcpu_reinit(vm, 0),
		nisv_show_result,
		"a vCPU can be initialised again (api.rst 4.82)");
	return !nisv_vcpu_pending(vm, 0);
}

static struct nisv_vm *shared_vm(struct guest *g)
{
	return g->full ? nisv_shared_vm_for(g->c, g->new_cap, g->form,
					    SETTING_hole) :
			 nisv_shared_vm(g->c, g->new_cap);
}

/* The VM of cases before, whose guest ends here, or a new one. */
static void use_shared_vm(struct guest *g)
{
	g->vm = shared_vm(g);
	if (!is_like_new(g, g->vm)) {
		nisv_shared_vm_drop(g->new_cap);
		g->vm = shared_vm(g);
	}
	nisv_vm_with_fp(g->vm, true);
	nisv_vm_set(g->vm, SETTING_hole);
}

static void check_ioctl(struct nisv_check *c, const char *what, int want,
			int ret, const char *rule)
{
	nisv_eq(c, what, want, ret ? -errno : 0, nisv_show_result, rule);
}

static u64 x_reg(unsigned int n)
{
	return CORE_REG(regs.regs[0]) + 2 * n;
}

/* ---- one process saves ---- */

static bool is_debug(u64 id)
{
	const u64 op0 = KVM_REG_ARM_COPROC_MASK | KVM_REG_ARM64_SYSREG_OP0_MASK;

	return (id & op0) == (ARM64_SYS_REG(2, 0, 0, 0, 0) & op0);
}

/* What no form has to do with is what it is in each VM that was made alike. */
static bool is_moved(const struct guest *g, u64 id)
{
	return g->all || !(nisv_is_id_register(id) || is_debug(id));
}

static void save_all_registers(struct guest *g)
{
	struct saved *s = g->saved;
	struct nisv_register *regs;
	u64 refused;

	s->nr = nisv_registers(vcpu_fd(g), &regs, &refused);
	nisv_eq(g->c, "unreadable register", 0, refused, nisv_show_hex,
		"what KVM_GET_REG_LIST lists can be read (api.rst 4.84)");
	if (s->nr > MAX_REGISTERS) {
		nisv_fail(g->c, "%u registers are too many", s->nr);
		s->nr = 0;
	}
	memcpy(s->reg, regs, s->nr * sizeof(*regs));
	free(regs);
}

/* Where the list is in place, of a guest before. */
static void save_registers(struct guest *g)
{
	struct saved *s = g->saved;
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (is_moved(g, s->reg[i].id) &&
		    nisv_get_register(vcpu_fd(g), s->reg[i].id, s->reg[i].value))
			nisv_fail(g->c, "KVM_GET_ONE_REG of 0x%llx fails",
				  (unsigned long long)s->reg[i].id);
}

static void save(struct guest *g)
{
	static const char works[] = "it can be asked for at the exit";
	struct saved *s = g->saved;

	(g->all ? save_all_registers : save_registers)(g);
	check_ioctl(g->c, "KVM_GET_VCPU_EVENTS", 0,
		    ioctl(vcpu_fd(g), KVM_GET_VCPU_EVENTS, &s->events), works);
	check_ioctl(g->c, "KVM_GET_MP_STATE", 0,
		    ioctl(vcpu_fd(g), KVM_GET_MP_STATE, &s->mp), works);
	lseek(g->memory, 0, SEEK_SET);
	nisv_vm_save_memory(g->vm, g->memory);
}

static bool run_to_exit(struct guest *g, enum nisv_setting_id setting)
{
	nisv_vm_set(g->vm, setting);
	return nisv_check_to_exit(g->c, g->vm, 0, g->form, g->cap,
				  &g->saved->regs);
}

/* KVM_EXIT_MMIO must be completed first (api.rst 5, KVM_EXIT_MMIO). */
static void complete_mmio(struct guest *g)
{
	unsigned int rt = nisv_form_rt(g->form);

	if (g->form->access == ACCESS_R) {
		nisv_vcpu_mmio_data(g->vm, 0, DEVICE_DATA);
		g->saved->regs.x[rt] = nisv_form_loaded(g->form, DEVICE_DATA);
	}
	nisv_vcpu_complete(g->vm, 0);
	g->saved->regs.pc += 4;
}

static bool is_sve(u64 id)
{
	return (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SVE;
}

/* The first @bits bits are set. */
static void set_first(u64 words[4], unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < bits; i++)
		words[i / 64] |= BIT_ULL(i % 64);
}

/* A register of SVE, of which all bytes are what they were set to. */
static int set_sve(struct guest *g, u64 id, const u8 *value)
{
	u64 want[256 / sizeof(u64)], now[256 / sizeof(u64)];
	unsigned int word;
	int ret;

	memcpy(want, value, sizeof(want));
	memset(now, 0, sizeof(now));
	ret = nisv_set_register(vcpu_fd(g), id, want);
	ret |= nisv_get_register(vcpu_fd(g), id, now);
	for (word = 0; word < ARRAY_SIZE(now); word++)
		nisv_eq_many(g->c, "SVE register, word %d", word, want[word],
			     now[word],
			     "a register is what it was set to (api.rst 4.69)");
	return ret;
}

/*
 * What forms and lib/guest.S leave alone gets values of its own: Zn above Vn, P4
 * to P15, and FFR, whose elements are true up to one of them.
 */
static void fill_sve(struct guest *g)
{
	unsigned int vl = nisv_vm_vl(g->vm), n, i;
	u64 ffr[4] = { 0 };
	u8 value[256];
	int ret = 0;

	memset(value, 0, sizeof(value));
	for (n = 0; n < 32; n++) {
		ret |= nisv_get_register(vcpu_fd(g), KVM_REG_ARM64_SVE_ZREG(n, 0),
					 value);
		for (i = 16; i < vl; i++)
			value[i] = 3 + 7 * i + n;
		ret |= set_sve(g, KVM_REG_ARM64_SVE_ZREG(n, 0), value);
	}
	for (n = 4; n < 16; n++) {
		memset(value, 0, sizeof(value));
		for (i = 0; i < vl / 8; i++)
			value[i] = 5 + 11 * i + n;
		ret |= set_sve(g, KVM_REG_ARM64_SVE_PREG(n, 0), value);
	}
	memset(value, 0, sizeof(value));
	set_first(ffr, vl / 2);
	memcpy(value, ffr, sizeof(ffr));
	ret |= set_sve(g, KVM_REG_ARM64_SVE_FFR(0), value);
	nisv_eq(g->c, "KVM_SET_ONE_REG", 0, ret, nisv_show_result,
		"user space can set registers at the exit (api.rst 4.68)");
	g->saved->sve.vl = vl;
	for (n = 0; n < 4; n++)
		nisv_get_register(vcpu_fd(g), KVM_REG_ARM64_SVE_PREG(n, 0),
				  g->saved->sve.p[n]);
	set_first(g->saved->sve.ffr, vl / 2);
}

static void save_at_exit(struct guest *g)
{
	if (!run_to_exit(g, SETTING_hole))
		return;
	if (nisv_form_is_sve(g->form))
		fill_sve(g);
	if (nisv_form_is_mmio(g->form))
		complete_mmio(g);
	save(g);
}

static void inject_abort(struct guest *g)
{
	nisv_expect_abort(g->saved->regs.pc, g->saved->regs.pstate,
			  nisv_form_va(g->vm, g->form),
			  nisv_vcpu_sctlr(g->vm, 0), nisv_vcpu_mode(g->vm, 0),
			  &g->saved->taken);
	nisv_eq(g->c, "KVM_SET_VCPU_EVENTS", 0,
		nisv_vcpu_inject(g->vm, 0, true, false, 0), nisv_show_result,
		"after an exit events can be injected (api.rst 4.32)");
}

static void save_after_abort(struct guest *g)
{
	if (!run_to_exit(g, SETTING_hole))
		return;
	inject_abort(g);
	save(g);
}

/* The guest has not been entered, but KVM_RUN was called. */
static void save_after_abort_and_run(struct guest *g)
{
	if (!run_to_exit(g, SETTING_hole))
		return;
	inject_abort(g);
	nisv_vcpu_complete(g->vm, 0);
	save(g);
}

static void save_with_serror(struct guest *g)
{
	if (!run_to_exit(g, SETTING_hole))
		return;
	nisv_vcpu_inject(g->vm, 0, false, true, SERROR_ISS);
	save(g);
	/* to ask is not to take */
	nisv_eq(g->c, "pending", 1, nisv_vcpu_pending(g->vm, 0), nisv_show_dec,
		"KVM_GET_VCPU_EVENTS changes nothing (api.rst 4.31)");
}

/* Not masked: whether it is entered yet is KVM's, but the guest has it. */
static void save_with_serror_unmasked(struct guest *g)
{
	if (!run_to_exit(g, SETTING_unmasked))
		return;
	nisv_expect_serror(g->saved->regs.pc, g->saved->regs.pstate, SERROR_ISS,
			   nisv_vcpu_sctlr(g->vm, 0), nisv_vcpu_mode(g->vm, 0),
			   &g->saved->taken);
	nisv_vcpu_inject(g->vm, 0, false, true, SERROR_ISS);
	save(g);
}

static void save_stopped(struct guest *g)
{
	struct kvm_mp_state stopped = { .mp_state = KVM_MP_STATE_STOPPED };

	if (!run_to_exit(g, SETTING_hole))
		return;
	check_ioctl(g->c, "KVM_SET_MP_STATE", 0,
		    ioctl(vcpu_fd(g), KVM_SET_MP_STATE, &stopped),
		    "a vCPU can be stopped at the exit (api.rst 4.39)");
	save(g);
}

/* Runs @form to the doorbell, at the same address in the slot above the hole. */
static const struct nisv_regs *access_above(struct guest *g,
					    const struct nisv_form *form)
{
	const struct nisv_regs *seen;
	struct nisv_regs regs;
	struct nisv_trap trap;

	nisv_vcpu_load(g->vm, 0, form, &regs);
	regs.x[nisv_form_base(form)] += NISV_HOLE_SIZE +
		nisv_form_va(g->vm, g->form) - nisv_form_va(g->vm, form);
	nisv_vcpu_start(g->vm, 0, &regs);
	seen = nisv_check_doorbell(g->c, g->vm, 0, &trap);
	if (seen)
		nisv_eq(g->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
	nisv_check_step(g->c, "");
	return seen;
}

static void save_with_memory(struct guest *g)
{
	const struct nisv_form *store = nisv_form_named("str_x");
	const struct nisv_regs *seen;

	seen = access_above(g, store);
	if (!seen)
		return;
	g->saved->stored = seen->x[nisv_form_rt(store)];
	save_at_exit(g);
}

/* The page above the hole that is as far from it as the form's is in it. */
static u64 tagged_page(struct guest *g)
{
	return (nisv_form_ipa(g->vm, g->form) + NISV_HOLE_SIZE) &
	       -nisv_vm_page_size(g->vm);
}

static u8 tag_of(u64 granule)
{
	return (5 * granule + 3) & 0xf;
}

/* KVM_ARM_MTE_COPY_TAGS of one page. */
static void copy_tags(struct guest *g, u8 *tags, bool to_guest)
{
	u64 page = nisv_vm_page_size(g->vm);

	nisv_eq(g->c, "KVM_ARM_MTE_COPY_TAGS", page,
		nisv_vm_copy_tags(g->vm, tagged_page(g), page, tags, to_guest),
		nisv_show_result, "the bytes that were copied (api.rst 4.130)");
}

static void save_with_tags(struct guest *g)
{
	u64 page = nisv_vm_page_size(g->vm), i;
	u8 *tags = malloc(page / 16);

	if (tags && run_to_exit(g, SETTING_hole)) {
		for (i = 0; i < page / 16; i++)
			tags[i] = tag_of(i);
		copy_tags(g, tags, true);
		save(g);
	}
	free(tags);
}

/* ---- another process restores ---- */

static bool begin(struct guest *g, struct nisv_check *c,
		  const struct nisv_form *form, bool cap)
{
	/* each has the list of registers of such a VM, once one was saved */
	static struct saved *saved[2];
	static int memory = -1;
	struct saved **s;

	memset(g, 0, sizeof(*g));
	g->c = c;
	g->form = form;
	g->cap = cap;
	g->new_cap = cap;
	g->full = form && nisv_needs_full_vm(c, form);
	g->all = true;
	s = &saved[g->full];
	if (!*s)
		*s = mmap(NULL, sizeof(**s), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory < 0)
		memory = memfd_create("memory", MFD_CLOEXEC);
	if (*s == MAP_FAILED || memory < 0) {
		nisv_fail(c, "memory for the saved guest: %s", strerror(errno));
		return false;
	}
	g->saved = *s;
	g->memory = memory;
	memset(&g->saved->events, 0,
	       sizeof(*g->saved) - offsetof(struct saved, events));
	if (!form)
		nisv_fail(c, "no form is called so");
	nisv_check_form(c, form, 0);
	return !nisv_failed(c);
}

static void end(struct guest *g)
{
	if (g->own)
		nisv_vm_free(g->vm);
	else
		nisv_shared_vm_done(g->c, g->new_cap);
}

/* A process with a VM of its own, which ends when the guest is saved. */
static bool saved_elsewhere(struct guest *g, void (*save_fn)(struct guest *g))
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		__fpurge(stdout);
		g->vm = new_vm(g, g->cap);
		save_fn(g);
		nisv_vm_free(g->vm);
		_exit(nisv_failed(g->c));
	}
	waitpid(pid, &status, 0);
	nisv_check_step(g->c, "");
	if (status && !nisv_failed(g->c))
		nisv_fail(g->c, "the process that saves failed: status 0x%x",
			  status);
	return !nisv_failed(g->c);
}

/*
 * The same in this process, from a VM in which others of such guests were at their
 * exit, too.
 */
static bool saved_here(struct guest *g, void (*save_fn)(struct guest *g))
{
	static struct nisv_vm *savers[2][2];
	struct nisv_vm **saver = &savers[g->full][g->cap];

	if (*saver && !is_like_new(g, *saver)) {
		nisv_vm_free(*saver);
		*saver = NULL;
	}
	if (!*saver)
		*saver = new_vm(g, g->cap);
	g->vm = *saver;
	save_fn(g);
	g->vm = NULL;
	nisv_check_step(g->c, "");
	if (nisv_failed(g->c)) {
		nisv_vm_free(*saver);
		*saver = NULL;
	}
	return !nisv_failed(g->c);
}

/*
 * Whether no case was about such a guest yet: which registers it consists of, and
 * that it does not need its process, is not a matter of its form. KVM_EXIT_MMIO is
 * the same with the capability and without.
 */
static bool is_new_kind(const struct guest *g)
{
	static bool known[2][2][3];
	bool *kind = &known[g->full][nisv_form_is_sve(g->form)]
			   [nisv_form_is_mmio(g->form) ? 2 : g->cap];
	bool is_new = !*kind || !g->saved->nr;

	*kind = true;
	return is_new;
}

static bool saved(struct guest *g, void (*save_fn)(struct guest *g))
{
	return g->all ? saved_elsewhere(g, save_fn) : saved_here(g, save_fn);
}

/* A register of which user space has read @value is as it was saved. */
static void check_register(struct guest *g, unsigned int i, const u64 *value,
			   const char *rule)
{
	const struct nisv_register *reg = &g->saved->reg[i];
	bool failed = nisv_failed(g->c);
	size_t word;

	for (word = 0; word < ARRAY_SIZE(reg->value); word++)
		if (reg->value[word] != value[word])
			nisv_eq_many(g->c, "register, word %d", word,
				     reg->value[word], value[word], rule);
	if (nisv_failed(g->c) && !failed)
		nisv_fail(g->c, "the register's ID for KVM_GET_ONE_REG is 0x%llx",
			  (unsigned long long)reg->id);
}

/* The guest has run since: the registers that it and time leave alone. */
static void check_registers(struct guest *g)
{
	static const u64 time[] = {
		KVM_REG_ARM_TIMER_CNT, KVM_REG_ARM_TIMER_CTL,
		KVM_REG_ARM_PTIMER_CNT, KVM_REG_ARM_PTIMER_CTL,
	};
	u64 value[ARRAY_SIZE(g->saved->reg[0].value)];
	unsigned int i;
	size_t t;

	for (i = 0; i < g->saved->nr && !nisv_failed(g->c); i++) {
		for (t = 0; t < ARRAY_SIZE(time); t++)
			if (g->saved->reg[i].id == time[t])
				break;
		if (t < ARRAY_SIZE(time) || !is_moved(g, g->saved->reg[i].id))
			continue;
		memset(value, 0, sizeof(value));
		nisv_get_register(vcpu_fd(g), g->saved->reg[i].id, value);
		check_register(g, i, value,
			       "the exit changes no register (api.rst 5)");
	}
}

/* What the guest itself has. */
static void check_predicates(struct guest *g)
{
	const struct nisv_sve *seen = nisv_vcpu_sve(g->vm, 0);
	const struct nisv_sve *want = &g->saved->sve;
	static const char rule[] = "the guest has what it had";
	int i;

	nisv_eq(g->c, "VL", want->vl, seen->vl, nisv_show_dec, rule);
	for (i = 0; i < 4; i++) {
		nisv_eq_many(g->c, "p0[%d]", i, want->p[0][i], seen->p[0][i],
			     rule);
		nisv_eq_many(g->c, "p1[%d]", i, want->p[1][i], seen->p[1][i],
			     rule);
		nisv_eq_many(g->c, "p2[%d]", i, want->p[2][i], seen->p[2][i],
			     rule);
		nisv_eq_many(g->c, "p3[%d]", i, want->p[3][i], seen->p[3][i],
			     rule);
		nisv_eq_many(g->c, "ffr[%d]", i, want->ffr[i], seen->ffr[i],
			     rule);
	}
}

/* Everything as it was saved, and read back. */
static void restore(struct guest *g)
{
	const struct saved *s = g->saved;
	u64 value[ARRAY_SIZE(s->reg->value)];
	struct kvm_vcpu_events events;
	unsigned int i;
	int ret;

	lseek(g->memory, 0, SEEK_SET);
	nisv_vm_restore_memory(g->vm, g->memory);
	for (i = 0; i < s->nr && !nisv_failed(g->c); i++) {
		if (!is_moved(g, s->reg[i].id))
			continue;
		/* what is set before KVM_ARM_VCPU_FINALIZE */
		ret = s->reg[i].id == KVM_REG_ARM64_SVE_VLS ? 0 :
		      nisv_set_register(vcpu_fd(g), s->reg[i].id,
					s->reg[i].value);
		if (ret)
			nisv_fail(g->c, "KVM_SET_ONE_REG of 0x%llx: %s",
				  (unsigned long long)s->reg[i].id,
				  strerror(-ret));
		if (!g->all || !((s->reg[i].id & KVM_REG_ARM_COPROC_MASK) ==
				 KVM_REG_ARM_CORE || is_sve(s->reg[i].id)))
			continue;
		memset(value, 0, sizeof(value));
		nisv_get_register(vcpu_fd(g), s->reg[i].id, value);
		check_register(g, i, value,
			       "a register is what it was set to (api.rst 4.69)");
	}
	events = s->events;
	check_ioctl(g->c, "KVM_SET_VCPU_EVENTS", 0,
		    ioctl(vcpu_fd(g), KVM_SET_VCPU_EVENTS, &events),
		    "what KVM_GET_VCPU_EVENTS gave can be set (api.rst 4.32)");
	memset(&events, 0, sizeof(events));
	ioctl(vcpu_fd(g), KVM_GET_VCPU_EVENTS, &events);
	nisv_eq(g->c, "pending", s->events.exception.serror_pending,
		events.exception.serror_pending, nisv_show_dec,
		"events are restored (api.rst 4.32)");
	check_ioctl(g->c, "KVM_SET_MP_STATE", 0,
		    ioctl(vcpu_fd(g), KVM_SET_MP_STATE, &s->mp),
		    "what KVM_GET_MP_STATE gave can be set (api.rst 4.39)");
}

static bool restored(struct guest *g, struct nisv_check *c,
		     const struct nisv_form *form, bool cap, bool new_cap,
		     void (*save_fn)(struct guest *g))
{
	struct nisv_regs unused;

	if (!begin(g, c, form, cap))
		return false;
	g->new_cap = new_cap;
	g->all = is_new_kind(g) || save_fn == save_with_memory ||
		 save_fn == save_with_tags;
	if (!saved(g, save_fn))
		return false;
	g->own = true;
	g->vm = new_vm(g, new_cap);
	/* maps what the form needs, as in the other VM */
	nisv_vcpu_load(g->vm, 0, form, &unused);
	if (!nisv_check_has(c, g->vm, form, SETTING_hole))
		return false;
	restore(g);
	return !nisv_failed(c);
}

/* ---- and the guest goes on there ---- */

/* The exit, with the capability of the new VM. */
static void check_exits(struct guest *g, bool cap)
{
	struct nisv_situation s = {
		.form = g->form,
		.cap = cap,
		.ipa = nisv_form_ipa(g->vm, g->form),
	};
	struct nisv_want want;
	struct nisv_regs now;
	struct nisv_exit e;

	nisv_expect(&s, &want);
	nisv_check_step(g->c, "restored: ");
	nisv_vcpu_run(g->vm, 0, &e);
	nisv_check_exit(g->c, g->form, &want, &e);
	nisv_vcpu_regs(g->vm, 0, g->form, &now, NISV_ALL);
	nisv_check_regs(g->c, g->form, &g->saved->regs, &now, NISV_ALL,
			"the guest has what it had");
	nisv_check_step(g->c, "");
}

/* On to the doorbell: what the guest sees, and the exception that it took. */
static bool goes_on(struct guest *g, struct nisv_trap *trap)
{
	const struct nisv_regs *seen;

	if (nisv_failed(g->c))
		return false;
	seen = nisv_check_doorbell(g->c, g->vm, 0, trap);
	if (!seen)
		return false;
	nisv_check_step(g->c, "guest: ");
	nisv_check_regs(g->c, g->form, &g->saved->regs, seen, NISV_SEEN,
			"the guest goes on with the state that it had");
	nisv_check_step(g->c, "");
	return !nisv_failed(g->c);
}

static void check_goes_on(struct guest *g)
{
	struct nisv_trap trap;

	if (goes_on(g, &trap))
		nisv_eq(g->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
}

static void check_goes_on_behind(struct guest *g)
{
	if (nisv_failed(g->c))
		return;
	nisv_vcpu_set_pc(g->vm, 0, g->saved->regs.pc + 4);
	check_goes_on(g);
}

struct again_case {
	const struct nisv_form *form;
	bool cap;
};

static void again_case(struct nisv_check *c, const void *arg)
{
	const struct again_case *a = arg;
	struct guest g;

	if (!nisv_check_has(c, nisv_shared_vm_for(c, true, a->form, SETTING_hole),
			    a->form, SETTING_hole))
		return;
	if (restored(&g, c, a->form, a->cap, a->cap, save_at_exit)) {
		if (nisv_form_is_mmio(a->form)) {
			check_goes_on(&g);
		} else {
			check_exits(&g, a->cap);
			if (g.full && (g.all || nisv_form_is_sve(a->form)))
				check_registers(&g);
			check_goes_on_behind(&g);
			if (nisv_form_is_sve(a->form) && !nisv_failed(c))
				check_predicates(&g);
		}
	}
	end(&g);
}

/* What it was where it was saved has no meaning where it is restored. */
static void check_other_cap(struct nisv_check *c, bool cap)
{
	struct guest g;

	if (restored(&g, c, nisv_form_named("ldr_x_post"), cap, !cap,
		     save_at_exit)) {
		check_exits(&g, !cap);
		check_goes_on_behind(&g);
	}
	end(&g);
}

static void from_on_to_off(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_other_cap(c, true);
}

static void from_off_to_on(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_other_cap(c, false);
}

/*
 * Forms that are restored where there is a slot, and what they then do: how many
 * registers of which size, and what the base register becomes.
 */
struct slot_case {
	const char *form;
	unsigned int bytes;	/* of each register */
	unsigned int rt2;	/* or NISV_ZR */
	unsigned int base_after;	/* relative to the address */
};

static const struct slot_case slot_cases[] = {
	{ "ldr_x_post", 8, NISV_ZR, 8 },
	{ "str_w_pre", 4, NISV_ZR, 0 },
	{ "ldp_x_post", 8, 3, 16 },
	{ "stp_x", 8, 3, 0 },
};

static void set_slot(struct guest *g, void *mem)
{
	nisv_eq(g->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_vm_slot_in_hole(g->vm, mem, 0), nisv_show_result,
		"a slot can be made and deleted (api.rst 4.35)");
}

static void in_slot(struct nisv_check *c, const void *arg)
{
	const struct slot_case *s = arg;
	static u64 *mem = MAP_FAILED;
	u64 want[2], got[2];
	const struct nisv_form *form = nisv_form_named(s->form);
	struct nisv_regs *regs;
	unsigned int base;
	struct guest g;
	size_t i;
	u8 *at;

	if (mem == MAP_FAILED)
		mem = mmap(NULL, NISV_HOLE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED) {
		nisv_fail(c, "memory for the slot: %s", strerror(errno));
		return;
	}
	if (restored(&g, c, form, true, true, save_at_exit)) {
		base = nisv_form_base(form);
		regs = &g.saved->regs;
		for (i = 0; i < NISV_HOLE_SIZE / sizeof(*mem); i++)
			mem[i] = nisv_pattern(i);
		set_slot(&g, mem);
		at = (u8 *)mem + (nisv_form_ipa(g.vm, form) & 0xffff);
		memcpy(want, at, sizeof(want));
		if (form->access == ACCESS_R) {
			regs->x[0] = want[0];
			if (s->rt2 != NISV_ZR)
				regs->x[s->rt2] = want[1];
		} else {
			memcpy(want, &regs->x[0], s->bytes);
			if (s->rt2 != NISV_ZR)
				memcpy((u8 *)want + s->bytes, &regs->x[s->rt2],
				       s->bytes);
		}
		regs->x[base] = nisv_form_va(g.vm, form) + s->base_after;
		check_goes_on(&g);
		memcpy(got, at, sizeof(got));
		nisv_eq_many(c, "memory[%d]", 0, want[0], got[0],
			     "where there is a slot the access happens");
		nisv_eq_many(c, "memory[%d]", 1, want[1], got[1],
			     "and where it does not go nothing changes");
		set_slot(&g, NULL);
	}
	end(&g);
}

/* ---- memory ---- */

/* What the guest stored into a slot it loads from there. */
static void memory_saved(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *load = nisv_form_named("ldr_x");
	const struct nisv_regs *seen;
	struct guest g;

	(void)arg;
	if (restored(&g, c, nisv_form_named("ldr_x_post"), true, true,
		     save_with_memory)) {
		nisv_eq(c, "words changed", 1,
			nisv_vm_memory_changed(g.vm, true), nisv_show_dec,
			"the slots have what the guest stored, and no more");
		check_exits(&g, true);
		check_goes_on_behind(&g);
		seen = access_above(&g, load);
		if (seen)
			nisv_eq(c, "loaded", g.saved->stored,
				seen->x[nisv_form_rt(load)], nisv_show_hex,
				"memory is the guest's, and restored");
	}
	end(&g);
}

/* ---- tags ---- */

/* The guest, at the exit, loads the tag of an address in the slot instead. */
static void check_tag(struct guest *g, u8 tag)
{
	u64 address = g->saved->regs.x[nisv_form_base(g->form)] + NISV_HOLE_SIZE;
	unsigned int rt = nisv_form_rt(g->form);
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	nisv_set_register(vcpu_fd(g), x_reg(nisv_form_base(g->form)), &address);
	seen = nisv_check_doorbell(g->c, g->vm, 0, &trap);
	nisv_check_step(g->c, "");
	if (!seen)
		return;
	nisv_eq(g->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
		"the guest takes no exception");
	nisv_eq(g->c, "tag", tag, seen->x[rt] >> 56 & 0xf, nisv_show_hex,
		"the tags are the guest's memory, and restored (api.rst 4.130)");
}

static void tags_saved(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldg");
	u64 offset, page, i, wrong = 0;
	struct guest g;
	u8 *tags;

	(void)arg;
	if (!nisv_check_has(c, nisv_shared_vm_for(c, true, form, SETTING_hole),
			    form, SETTING_hole))
		return;
	if (restored(&g, c, form, true, true, save_with_tags)) {
		page = nisv_vm_page_size(g.vm);
		offset = nisv_form_ipa(g.vm, form) & (page - 1);
		tags = calloc(1, page / 16);
		check_exits(&g, true);
		copy_tags(&g, tags, false);
		for (i = 0; i < page / 16; i++)
			wrong += tags[i] != tag_of(i);
		if (nisv_eq(c, "each granule has its tag", true, !wrong,
			    nisv_show_dec,
			    "KVM_ARM_MTE_COPY_TAGS gives what was set (api.rst 4.130)"))
			check_tag(&g, tag_of(offset / 16));
		free(tags);
	}
	end(&g);
}

/* ---- exceptions that travel with it ---- */

/* Its handler done, the guest goes on behind the instruction: it comes once. */
static void check_was_once(struct guest *g, const char *field)
{
	unsigned int pending = nisv_vcpu_pending(g->vm, 0);

	nisv_eq(g->c, field, 0, pending, nisv_show_dec,
		"what the guest took is not pending (api.rst 4.31)");
	if (nisv_failed(g->c) || pending)
		return;
	nisv_vcpu_next_skips(g->vm, 0, &g->saved->regs);
	nisv_check_step(g->c, "after it: ");
	check_goes_on(g);
	nisv_check_step(g->c, "");
}

static void check_takes(struct guest *g, const char *field)
{
	const struct nisv_taken *want = &g->saved->taken;
	struct nisv_trap trap;
	struct nisv_exit e;

	nisv_vcpu_run(g->vm, 0, &e);
	nisv_vcpu_seen(g->vm, 0, &trap);
	/* without an exception the guest is at the exit again */
	nisv_eq(g->c, field, 1, !e.ret && e.reason == KVM_EXIT_MMIO,
		nisv_show_dec,
		"what was injected is among what is saved (api.rst 4.31)");
	if (e.ret || e.reason != KVM_EXIT_MMIO)
		return;
	nisv_eq(g->c, "vector", want->vector, trap.vector, nisv_show_dec,
		"the restored guest takes the exception (DDI0487 D1.3)");
	nisv_eq(g->c, "esr", want->esr, trap.esr, nisv_show_hex,
		"EC, IL, a synchronous external abort, nothing else (DDI0487 ESR_ELx)");
	nisv_eq(g->c, "far", want->far, trap.far, nisv_show_hex,
		"FAR is the VA, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(g->c, "elr", want->elr, trap.elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(g->c, "spsr", want->spsr, trap.spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	check_was_once(g, "pending");
}

static void abort_injected(struct nisv_check *c, const void *arg)
{
	struct guest g;

	(void)arg;
	if (restored(&g, c, nisv_form_named("ldr_x_post"), true, true,
		     save_after_abort))
		check_takes(&g, "abort saved");
	end(&g);
}

static void abort_entered(struct nisv_check *c, const void *arg)
{
	struct guest g;

	(void)arg;
	if (restored(&g, c, nisv_form_named("str_w_pre"), true, true,
		     save_after_abort_and_run))
		check_takes(&g, "abort");
	end(&g);
}

static void serror_pending(struct nisv_check *c, const void *arg)
{
	struct nisv_trap trap;
	struct guest g;

	(void)arg;
	if (!nisv_check_serror_esr(c))
		return;
	if (restored(&g, c, nisv_form_named("ldr_x_post"), true, true,
		     save_with_serror)) {
		check_exits(&g, true);
		check_goes_on_behind(&g);
		nisv_vm_set(g.vm, SETTING_unmasked);
		nisv_vcpu_load(g.vm, 0, g.form, &g.saved->regs);
		nisv_expect_serror(g.saved->regs.pc, g.saved->regs.pstate,
				   SERROR_ISS, nisv_vcpu_sctlr(g.vm, 0),
				   nisv_vcpu_mode(g.vm, 0), &g.saved->taken);
		if (goes_on(&g, &trap)) {
			nisv_eq(c, "vector", g.saved->taken.vector, trap.vector,
				nisv_show_dec, "a pending SError is restored");
			nisv_eq(c, "esr of SError", g.saved->taken.esr,
				trap.esr, nisv_show_hex,
				"with its syndrome (api.rst 4.32)");
			check_was_once(&g, "SError still pending");
		}
	}
	end(&g);
}

static void serror_injected(struct nisv_check *c, const void *arg)
{
	const struct nisv_taken *want;
	struct nisv_trap trap;
	struct nisv_exit e;
	struct guest g;

	(void)arg;
	if (!nisv_check_serror_esr(c))
		return;
	if (restored(&g, c, nisv_form_named("ldr_x_post"), true, true,
		     save_with_serror_unmasked)) {
		want = &g.saved->taken;
		nisv_vcpu_run(g.vm, 0, &e);
		nisv_vcpu_seen(g.vm, 0, &trap);
		nisv_eq(c, "KVM_RUN", 0, e.ret, nisv_show_result,
			"the guest runs to its doorbell");
		nisv_eq(c, "SError", KVM_EXIT_MMIO, e.reason, nisv_show_exit,
			"what was injected is among what is saved (api.rst 4.31)");
		nisv_eq(c, "vector", want->vector, trap.vector, nisv_show_dec,
			"the restored guest takes the SError (DDI0487 D1.3)");
		nisv_eq(c, "esr of SError", want->esr, trap.esr, nisv_show_hex,
			"with its syndrome (api.rst 4.32)");
		nisv_eq(c, "elr", want->elr, trap.elr, nisv_show_hex,
			"ELR is the instruction (DDI0487 D1.3)");
		nisv_eq(c, "spsr", want->spsr, trap.spsr, nisv_show_hex,
			"SPSR is the whole PSTATE (DDI0487 D1.3)");
		check_was_once(&g, "pending");
	}
	end(&g);
}

static void saved_stopped(struct nisv_check *c, const void *arg)
{
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct guest g;

	(void)arg;
	if (restored(&g, c, nisv_form_named("ldr_x_post"), true, true,
		     save_stopped)) {
		nisv_eq(c, "MP state", KVM_MP_STATE_STOPPED, g.saved->mp.mp_state,
			nisv_show_dec, "a stopped vCPU is saved as stopped (api.rst 4.38)");
		nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_run_asleep(g.vm, 0),
			nisv_show_result, "and restored as stopped (api.rst 4.39)");
		check_ioctl(c, "KVM_SET_MP_STATE", 0,
			    ioctl(vcpu_fd(&g), KVM_SET_MP_STATE, &mp),
			    "a vCPU can be made runnable (api.rst 4.39)");
		check_exits(&g, true);
		check_goes_on_behind(&g);
	}
	end(&g);
}

/* ---- registers one by one ---- */

/* A VM whose vCPU is at the exit of that form. */
static bool at_exit_of(struct guest *g, struct nisv_check *c, const char *form)
{
	if (!begin(g, c, nisv_form_named(form), true))
		return false;
	use_shared_vm(g);
	return run_to_exit(g, SETTING_hole);
}

static bool at_exit(struct guest *g, struct nisv_check *c)
{
	return at_exit_of(g, c, "ldr_x_post");
}

/* System registers that no exit changes, with values that they can have. */
static const struct {
	u64 id;
	u64 value;
} system_registers[] = {
	{ CORE_REG(elr_el1), 0xffff800012345678ull },
	{ CORE_REG(spsr[0]), 0x600003c4 },
	{ ARM64_SYS_REG(3, 0, 5, 2, 0), 0x92000047 },	/* ESR_EL1 */
	{ ARM64_SYS_REG(3, 0, 6, 0, 0), 0xffff0000deadbeefull },	/* FAR_EL1 */
	{ ARM64_SYS_REG(3, 0, 13, 0, 1), 0x89abcdef },	/* CONTEXTIDR_EL1 */
	{ ARM64_SYS_REG(3, 0, 13, 0, 4), 0xfedcba9876543210ull },	/* TPIDR_EL1 */
	{ ARM64_SYS_REG(3, 3, 13, 0, 2), 0x0123456789abcdefull },	/* TPIDR_EL0 */
	{ ARM64_SYS_REG(3, 0, 7, 4, 0), 0x80b },	/* PAR_EL1: F, FST */
};

/*
 * What user space sets at the exit the guest has, what the guest has user space
 * reads: both directions, with an exit in between.
 */
static void registers_set(struct nisv_check *c, const void *arg)
{
	struct nisv_regs *regs;
	unsigned int n;
	struct guest g;
	int ret = 0;
	u64 value;
	size_t i;

	(void)arg;
	if (at_exit(&g, c)) {
		regs = &g.saved->regs;
		for (n = 0; n < 31; n++) {
			if (n != nisv_form_base(g.form))
				regs->x[n] = ~regs->x[n] << 1 ^ n;
			ret |= nisv_set_register(vcpu_fd(&g), x_reg(n),
						 &regs->x[n]);
		}
		for (n = 0; n < 32; n++) {
			regs->v[n][0] = ~regs->v[n][0] ^ n;
			regs->v[n][1] = regs->v[n][1] << 1 ^ n;
			ret |= nisv_set_register(vcpu_fd(&g),
						 CORE_REG_OF(fp_regs.vregs[0], U128) +
						 4 * n, regs->v[n]);
		}
		regs->sp_el0 = ~regs->sp_el0;
		regs->pstate ^= 0xf0000000;
		regs->fpsr = 0x10;
		regs->fpcr = 0x00c00000;
		ret |= nisv_set_register(vcpu_fd(&g), CORE_REG(regs.sp),
					 &regs->sp_el0);
		ret |= nisv_set_register(vcpu_fd(&g), CORE_REG(regs.pstate),
					 &regs->pstate);
		ret |= nisv_set_register(vcpu_fd(&g),
					 CORE_REG_OF(fp_regs.fpsr, U32),
					 &regs->fpsr);
		ret |= nisv_set_register(vcpu_fd(&g),
					 CORE_REG_OF(fp_regs.fpcr, U32),
					 &regs->fpcr);
		if (!nisv_vm_at_el2(g.vm)) {
			regs->sp = ~regs->sp;
			ret |= nisv_set_register(vcpu_fd(&g),
						 CORE_REG(sp_el1), &regs->sp);
		}
		for (i = 0; i < ARRAY_SIZE(system_registers); i++)
			ret |= nisv_set_register(vcpu_fd(&g),
						 system_registers[i].id,
						 &system_registers[i].value);
		nisv_eq(c, "KVM_SET_ONE_REG", 0, ret, nisv_show_result,
			"user space can set registers at the exit (api.rst 4.68)");
		check_exits(&g, true);
		for (i = 0; i < ARRAY_SIZE(system_registers); i++) {
			value = 0;
			nisv_get_register(vcpu_fd(&g), system_registers[i].id,
					  &value);
			nisv_eq_many(c, "system register %d", i,
				     system_registers[i].value, value,
				     "the exit changes no register (api.rst 5)");
		}
		check_goes_on_behind(&g);
	}
	end(&g);
}

/* Bits of PSTATE that a setting has, and EL1 with SP_EL0. */
static void pstate_set(struct nisv_check *c, const void *arg)
{
	unsigned int id;
	struct guest g;
	u64 usual;

	(void)arg;
	if (at_exit(&g, c)) {
		usual = g.saved->regs.pstate;
		g.all = false;		/* of the registers: it is about this one */
		for (id = 0; id < NISV_NR_SETTINGS && !nisv_failed(c); id++) {
			const struct nisv_setting *s = &nisv_settings[id];
			u64 pstate = usual ^ s->pstate;

			if (s->from == FROM_EL1T && !nisv_vm_at_el2(g.vm))
				pstate &= ~1ull;
			if (pstate == usual || s->from == FROM_EL0 ||
			    nisv_vcpu_setting(g.vm, 0, id) < s->min)
				continue;
			check_ioctl(c, "KVM_SET_ONE_REG", 0,
				    nisv_set_register(vcpu_fd(&g),
						      CORE_REG(regs.pstate),
						      &pstate),
				    "user space can set PSTATE (api.rst 4.68)");
			g.saved->regs.pstate = pstate;
			check_exits(&g, true);
		}
		check_goes_on_behind(&g);
	}
	end(&g);
}

/* The same code, where TTBR1_EL1 shows it. */
static void pc_64_bits(struct nisv_check *c, const void *arg)
{
	struct guest g;

	(void)arg;
	if (at_exit(&g, c)) {
		g.saved->regs.pc |= UPPER_HALF;
		nisv_vcpu_set_pc(g.vm, 0, g.saved->regs.pc);
		nisv_eq(c, "pc as set", g.saved->regs.pc, nisv_vcpu_pc(g.vm, 0),
			nisv_show_hex, "PC has 64 bits (api.rst 4.68)");
		check_exits(&g, true);
		check_goes_on_behind(&g);
	}
	end(&g);
}

/* It may be any: what the guest then does is another matter. */
static void pc_each_bit(struct nisv_check *c, const void *arg)
{
	static const u64 values[] = {
		0x5555555555555555ull, 0xaaaaaaaaaaaaaaaaull,
	};
	struct guest g;
	size_t i;

	(void)arg;
	if (at_exit(&g, c)) {
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			nisv_vcpu_set_pc(g.vm, 0, values[i]);
			nisv_eq_many(c, "pc[%d], as set", i, values[i],
				     nisv_vcpu_pc(g.vm, 0),
				     "a register is what it was set to (api.rst 4.69)");
		}
		nisv_vcpu_set_pc(g.vm, 0, g.saved->regs.pc);
		check_exits(&g, true);
		check_goes_on_behind(&g);
	}
	end(&g);
}

/*
 * The debug registers are as many as there can be, each with a value of its own
 * that is no other's: addresses, and controls that are not enabled.
 */
enum { DBG_BVR = 4, DBG_BCR, DBG_WVR, DBG_WCR };

static u64 debug_value(unsigned int n, unsigned int kind)
{
	switch (kind) {
	case DBG_BVR:
		return 0x0000123400000000ull + 0x1004 * (n + 1);
	case DBG_WVR:
		return 0xffff567800000000ull + 0x1008 * (n + 1);
	case DBG_BCR:	/* LBN, BAS, PMC */
		return n << 16 | 0x1e4;
	default:	/* LBN, a BAS, LSC, PAC */
		return n << 16 | 0x20 << (n & 7) | 0x1c;
	}
}

static void check_debug_registers(struct guest *g, const char *step)
{
	unsigned int n, kind;
	u64 now;

	nisv_check_step(g->c, step);
	for (n = 0; n < 16; n++) {
		for (kind = DBG_BVR; kind <= DBG_WCR; kind++) {
			now = 0;
			if (nisv_get_register(vcpu_fd(g),
					      ARM64_SYS_REG(2, 0, 0, n, kind),
					      &now) == -ENOENT)
				continue;
			nisv_eq_many(g->c, "debug register %d", n << 4 | kind,
				     debug_value(n, kind), now,
				     "each is a register of its own (api.rst 4.69)");
		}
	}
	nisv_check_step(g->c, "");
}

static void registers_debug(struct nisv_check *c, const void *arg)
{
	unsigned int n, kind, nr = 0;
	struct guest g;
	u64 value;
	int ret;

	(void)arg;
	if (at_exit(&g, c)) {
		for (n = 0; n < 16; n++) {
			for (kind = DBG_BVR; kind <= DBG_WCR; kind++) {
				value = debug_value(n, kind);
				ret = nisv_set_register(vcpu_fd(&g),
							ARM64_SYS_REG(2, 0, 0, n, kind),
							&value);
				if (ret == -ENOENT)
					continue;
				nisv_eq(c, "KVM_SET_ONE_REG", 0, ret,
					nisv_show_result,
					"user space can set registers at the exit (api.rst 4.68)");
				nr++;
			}
		}
		/* two breakpoints and two watchpoints: DDI0487 D2.8 */
		nisv_eq(c, "at least 8 debug registers", true, nr >= 8,
			nisv_show_dec, "no CPU has fewer (DDI0487 ID_AA64DFR0_EL1)");
		check_debug_registers(&g, "set: ");
		check_exits(&g, true);
		check_debug_registers(&g, "exit: ");
		check_goes_on_behind(&g);
	}
	end(&g);
}

static void pc_32_bits(struct nisv_check *c, const void *arg)
{
	u64 pstate = 0x1d0, pc = 0x123456789abcdef0ull;
	struct guest g;

	(void)arg;
	if (at_exit(&g, c) &&
	    nisv_check_id(c, g.vm, SYSREG_ID_AA64PFR0, 0, 2,
			  "AArch32 at EL0 (ID_AA64PFR0_EL1.EL0 >= 2)")) {
		nisv_vcpu_set_pc(g.vm, 0, pc);
		check_ioctl(c, "KVM_SET_ONE_REG", 0,
			    nisv_set_register(vcpu_fd(&g),
					      CORE_REG(regs.pstate), &pstate),
			    "32-bit EL0 is a mode of this vCPU");
		nisv_eq(c, "pc at 32-bit EL0", (u32)pc, nisv_vcpu_pc(g.vm, 0),
			nisv_show_hex, "in a 32-bit mode PC has 32 bits");
	}
	end(&g);
}

/*
 * System registers in both directions, after the guest has run: it finds what
 * user space has set, and user space what it has set, or what its exceptions
 * have.
 */
struct swap {
	u64 id;
	u64 set;		/* by user space */
	u64 guest;		/* by the guest */
	u64 kept;		/* what user space finds then, 0: the same */
};

static u64 kept(const struct swap *row)
{
	return row->kept ? row->kept : row->guest;
}

/* Whether TFSR of both exception levels, the first two, are as they must be. */
static bool are_tfsr(struct guest *g, const struct swap *rows,
		     const struct nisv_regs *seen)
{
	bool right = true;
	size_t i;
	u64 now;

	for (i = 0; i < NR_TFSR; i++) {
		now = 0;
		nisv_get_register(vcpu_fd(g), rows[i].id, &now);
		right &= seen->x[10 + i] == rows[i].set && now == kept(&rows[i]);
	}
	return right;
}

/* In the order of the code, whose X10 and up and X20 and up these are. */
static void check_swaps(struct guest *g, const struct swap *rows, size_t nr,
			const char *code)
{
	static const char both[] =
		"a register is the same for the guest and for user space (api.rst 4.68)";
	static const u64 ids[] = {
		ARM64_SYS_REG(3, 0, 5, 2, 0), CORE_REG(elr_el1), CORE_REG(spsr[0]),
	};
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	size_t i;
	u64 now;

	for (i = 0; i < nr; i++) {
		nisv_set_register(vcpu_fd(g), rows[i].id, &rows[i].set);
		nisv_set_register(vcpu_fd(g), x_reg(20 + i), &rows[i].guest);
	}
	nisv_vcpu_set_pc(g->vm, 0, (u64)code);
	seen = nisv_check_doorbell(g->c, g->vm, 0, &trap);
	nisv_check_step(g->c, "");
	if (!seen)
		return;
	nisv_eq(g->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
		"the guest takes no exception");
	i = 0;
	if (code == nisv_guest_swap_tags &&
	    !nisv_eq(g->c, "TFSR is the guest's", true, are_tfsr(g, rows, seen),
		     nisv_show_dec, both) && !nisv_failed(g->c))
		i = NR_TFSR;	/* known to be otherwise */
	for (; i < nr; i++) {
		now = 0;
		nisv_get_register(vcpu_fd(g), rows[i].id, &now);
		nisv_eq_many(g->c, "register %d, guest's view", i, rows[i].set,
			     seen->x[10 + i], both);
		nisv_eq_many(g->c, "register %d, user space's", i,
			     kept(&rows[i]), now, both);
	}
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		const u64 want[] = { trap.esr, trap.elr, trap.spsr };

		now = 0;
		nisv_get_register(vcpu_fd(g), ids[i], &now);
		nisv_eq_many(g->c, "exception register %d", i, want[i], now,
			     both);
	}
}

static void registers_swapped(struct nisv_check *c, const void *arg)
{
	struct swap rows[] = {
		{ ARM64_SYS_REG(3, 3, 13, 0, 2), 0x0123456789abcdefull,
		  0x8899aabbccddeeffull, 0 },
		/* PAR_EL1: an address, and a translation that failed */
		{ ARM64_SYS_REG(3, 0, 7, 4, 0), 0x0000123456789800ull,
		  0x80b, 0 },
		{ ARM64_SYS_REG(3, 0, 13, 0, 1), 0x12345678, 0x9abcdef0,
		  0 },
		/* where its exceptions go while it tells us (lib/guest.S) */
		{ SYSREG_VBAR, 0, 0, (u64)nisv_guest_dead },
		{ SYSREG_SCTLR, 0, 0, 0 },
		{ ARM64_SYS_REG(3, 0, 6, 0, 0), 0xffff0000deadbeefull,
		  0xffff8888feedf00dull, 0 },
		{ ARM64_SYS_REG(3, 0, 14, 1, 0), 0x3, 0x203, 0 },	/* CNTKCTL_EL1 */
		/* tags, which do not count: the guest has its mailbox there */
		{ SYSREG_TPIDRRO, 0x5aull << 56, 0x3cull << 56, 0 },
	};
	struct swap *vbar = &rows[3], *sctlr = &rows[4], *mailbox = &rows[7];
	u64 va = 0;
	struct guest g;

	(void)arg;
	if (at_exit(&g, c) && nisv_check_at_el1(c, g.vm)) {
		nisv_get_register(vcpu_fd(&g), vbar->id, &vbar->guest);
		vbar->set = vbar->guest | UPPER_HALF;
		nisv_get_register(vcpu_fd(&g), sctlr->id, &sctlr->set);
		sctlr->guest = sctlr->set ^ SCTLR_UCI;
		sctlr->set ^= SCTLR_UCT;
		nisv_get_register(vcpu_fd(&g), mailbox->id, &va);
		mailbox->set |= va;
		mailbox->guest |= va;
		check_swaps(&g, rows, ARRAY_SIZE(rows), nisv_guest_swap);
	}
	end(&g);
}

/* Those of FEAT_MTE, TFSR of both exception levels with one bit each. */
static void registers_of_tags(struct nisv_check *c, const void *arg)
{
	static const struct swap rows[] = {
		{ ARM64_SYS_REG(3, 0, 5, 6, 0), 0x1, 0x2, 0 },	/* TFSR_EL1 */
		{ ARM64_SYS_REG(3, 0, 5, 6, 1), 0x2, 0x1, 0 },	/* TFSRE0_EL1 */
		/* RGSR_EL1, GCR_EL1 */
		{ ARM64_SYS_REG(3, 0, 1, 0, 5), 0x123405, 0xabcd0a, 0 },
		{ ARM64_SYS_REG(3, 0, 1, 0, 6), 0x1a5c3, 0x05a3c, 0 },
	};
	const struct nisv_form *form = nisv_form_named("ldg");
	struct guest g;

	(void)arg;
	if (!nisv_check_has(c, nisv_shared_vm_for(c, true, form, SETTING_hole),
			    form, SETTING_hole))
		return;
	if (at_exit_of(&g, c, form->name))
		check_swaps(&g, rows, ARRAY_SIZE(rows), nisv_guest_swap_tags);
	end(&g);
}

/* Without these a guest cannot be restored. */
static void list_complete(struct nisv_check *c, const void *arg)
{
	static const u64 ids[] = {
		CORE_REG(regs.regs[0]), CORE_REG(regs.regs[30]),
		CORE_REG(regs.sp), CORE_REG(regs.pc), CORE_REG(regs.pstate),
		CORE_REG(sp_el1), CORE_REG(elr_el1), CORE_REG(spsr[0]),
		CORE_REG_OF(fp_regs.vregs[0], U128),
		CORE_REG_OF(fp_regs.vregs[31], U128),
		CORE_REG_OF(fp_regs.fpsr, U32), CORE_REG_OF(fp_regs.fpcr, U32),
		KVM_REG_ARM_TIMER_CTL, KVM_REG_ARM_TIMER_CVAL,
		KVM_REG_ARM_TIMER_CNT,
		ARM64_SYS_REG(3, 0, 1, 0, 0),	/* SCTLR_EL1 */
		ARM64_SYS_REG(3, 0, 1, 0, 2),	/* CPACR_EL1 */
		ARM64_SYS_REG(3, 0, 2, 0, 0),	/* TTBR0_EL1 */
		ARM64_SYS_REG(3, 0, 2, 0, 1),	/* TTBR1_EL1 */
		ARM64_SYS_REG(3, 0, 2, 0, 2),	/* TCR_EL1 */
		ARM64_SYS_REG(3, 0, 5, 1, 0),	/* AFSR0_EL1 */
		ARM64_SYS_REG(3, 0, 5, 1, 1),	/* AFSR1_EL1 */
		ARM64_SYS_REG(3, 0, 5, 2, 0),	/* ESR_EL1 */
		ARM64_SYS_REG(3, 0, 6, 0, 0),	/* FAR_EL1 */
		ARM64_SYS_REG(3, 0, 7, 4, 0),	/* PAR_EL1 */
		ARM64_SYS_REG(3, 0, 10, 2, 0),	/* MAIR_EL1 */
		ARM64_SYS_REG(3, 0, 10, 3, 0),	/* AMAIR_EL1 */
		ARM64_SYS_REG(3, 0, 12, 0, 0),	/* VBAR_EL1 */
		ARM64_SYS_REG(3, 0, 13, 0, 1),	/* CONTEXTIDR_EL1 */
		ARM64_SYS_REG(3, 0, 13, 0, 4),	/* TPIDR_EL1 */
		ARM64_SYS_REG(3, 0, 14, 1, 0),	/* CNTKCTL_EL1 */
		ARM64_SYS_REG(3, 3, 13, 0, 2),	/* TPIDR_EL0 */
		ARM64_SYS_REG(3, 3, 13, 0, 3),	/* TPIDRRO_EL0 */
	};
	struct nisv_register *regs;
	unsigned int nr, n, twice = 0;
	struct guest g;
	u64 refused;
	size_t i;

	(void)arg;
	if (at_exit(&g, c)) {
		nr = nisv_registers(vcpu_fd(&g), &regs, &refused);
		for (i = 0; i < ARRAY_SIZE(ids); i++) {
			for (n = 0; n < nr && regs[n].id != ids[i]; n++)
				;
			nisv_eq_many(c, "lacks register", 0, 0,
				     n < nr ? 0 : ids[i],
				     "KVM_GET_REG_LIST lists all of the guest's state (api.rst 4.84)");
		}
		for (i = 0; i < nr; i++)
			for (n = 0; n < i; n++)
				twice += regs[n].id == regs[i].id;
		nisv_eq(c, "listed twice", 0, twice, nisv_show_dec,
			"KVM_GET_REG_LIST lists a register once (api.rst 4.84)");
		free(regs);
	}
	end(&g);
}

/*
 * Stopped and made runnable again, and made runnable where it is: the access is
 * still completed.
 */
static void mp_state_after_mmio(struct nisv_check *c, const void *arg)
{
	static const u32 states[] = {
		KVM_MP_STATE_STOPPED, KVM_MP_STATE_RUNNABLE,
		KVM_MP_STATE_RUNNABLE,
	};
	struct kvm_mp_state mp;
	struct guest g;
	unsigned int rt;
	size_t i;

	(void)arg;
	if (at_exit_of(&g, c, "ldr_x")) {
		rt = nisv_form_rt(g.form);
		nisv_vcpu_mmio_data(g.vm, 0, DEVICE_DATA);
		for (i = 0; i < ARRAY_SIZE(states); i++) {
			mp.mp_state = states[i];
			check_ioctl(c, "KVM_SET_MP_STATE", 0,
				    ioctl(vcpu_fd(&g), KVM_SET_MP_STATE, &mp),
				    "user space can set the state at the exit (api.rst 4.39)");
		}
		nisv_vcpu_complete(g.vm, 0);
		nisv_eq(c, "pc", 4, nisv_vcpu_pc(g.vm, 0) - g.saved->regs.pc,
			nisv_show_delta, "KVM_RUN completes the access (api.rst 5)");
		nisv_eq(c, "x0", DEVICE_DATA, nisv_vcpu_x(g.vm, 0, rt),
			nisv_show_hex, "KVM_RUN completes the access (api.rst 5)");
	}
	end(&g);
}

/* Of a 32-bit guest, too, an access that KVM has completed was a step. */
static void pstate_ss_after_mmio_32bit(struct nisv_check *c, const void *arg)
{
	static const u32 code[] = {
		0xe5840000,	/* str r0, [r4] */
	};
	struct nisv_bare32 b;
	struct kvm_run *run;
	u64 pc, pstate;

	(void)arg;
	if (!nisv_bare32_new(c, &b, code, ARRAY_SIZE(code)))
		return;
	nisv_bare32_set_x(&b, 4, NISV_BARE32_HOLE);
	nisv_bare32_run(c, &b);
	run = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED,
		   b.vcpu[0], 0);
	if (run == MAP_FAILED) {
		nisv_fail(c, "mmap() of a vCPU: %s", strerror(errno));
		nisv_bare32_free(&b);
		return;
	}
	pc = nisv_bare32_get(&b, 0, CORE_REG(regs.pc));
	pstate = nisv_bare32_get(&b, 0, CORE_REG(regs.pstate)) | PSTATE_SS;
	nisv_set_register(b.vcpu[0], CORE_REG(regs.pstate), &pstate);
	run->immediate_exit = 1;
	check_ioctl(c, "KVM_RUN", -EINTR, ioctl(b.vcpu[0], KVM_RUN, 0l),
		    "immediate_exit: -EINTR (api.rst 5)");
	munmap(run, getpagesize());
	nisv_eq(c, "pc", 4, nisv_bare32_get(&b, 0, CORE_REG(regs.pc)) - pc,
		nisv_show_delta, "KVM_RUN completes the access (api.rst 5)");
	nisv_eq(c, "pstate", pstate & ~PSTATE_SS,
		nisv_bare32_get(&b, 0, CORE_REG(regs.pstate)), nisv_show_hex,
		"an instruction that is done clears PSTATE.SS (DDI0487 D2.12)");
	nisv_bare32_free(&b);
}

static const u64 unknown[] = {
	KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | 0xfff,
	/* it goes on behind struct kvm_regs */
	KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		(sizeof(struct kvm_regs) / sizeof(u32) - 1),
	KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | 0xfff,
	ARM64_SYS_REG(3, 7, 15, 15, 7),
	ARM64_SYS_REG(0, 0, 0, 0, 0),
};

static const u64 invalid[] = {
	CORE_REG_OF(regs.regs[0], U32),
	CORE_REG_OF(regs.regs[0], U128),
	CORE_REG_OF(regs.regs[30], U8),
	CORE_REG_OF(regs.pc, U32),
	CORE_REG_OF(regs.pstate, U32),
	CORE_REG_OF(fp_regs.vregs[0], U64),
	CORE_REG_OF(fp_regs.fpsr, U64),
	CORE_REG(regs.regs[0]) + 1,
	CORE_REG(regs.regs[0]) ^ KVM_REG_ARM64 ^ KVM_REG_ARM,
	CORE_REG(regs.regs[0]) ^ KVM_REG_ARM64 ^ KVM_REG_X86,
};

/* Neither read nor written, and the guest goes on. */
static void check_no_registers(struct nisv_check *c, const u64 *ids, size_t nr,
			       int want, const char *rule)
{
	u64 value[256 / sizeof(u64)];
	struct guest g;
	size_t i;

	if (at_exit(&g, c)) {
		memset(value, 0x5a, sizeof(value));
		for (i = 0; i < nr && !nisv_failed(c); i++) {
			nisv_eq(c, "KVM_GET_ONE_REG", want,
				nisv_get_register(vcpu_fd(&g), ids[i], value),
				nisv_show_result, rule);
			nisv_eq(c, "KVM_SET_ONE_REG", want,
				nisv_set_register(vcpu_fd(&g), ids[i], value),
				nisv_show_result, rule);
			if (nisv_failed(c))
				nisv_fail(c, "the register's ID is 0x%llx",
					  (unsigned long long)ids[i]);
		}
		check_exits(&g, true);
		check_goes_on_behind(&g);
	}
	end(&g);
}

static void registers_unknown(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_no_registers(c, unknown, ARRAY_SIZE(unknown), -ENOENT,
			   "no such register: ENOENT (api.rst 4.68)");
}

static void registers_invalid(struct nisv_check *c, const void *arg)
{
	(void)arg;
	check_no_registers(c, invalid, ARRAY_SIZE(invalid), -EINVAL,
			   "an invalid register ID: EINVAL (api.rst 4.68)");
}

/* PSTATE.M that no AArch64 vCPU with EL1 and EL0 has. */
static void pstate_illegal(struct nisv_check *c, const void *arg)
{
	static const u64 modes[] = {
		0x01, 0x02, 0x03, 0x06, 0x07,	/* reserved */
		0x08, 0x09,			/* EL2 */
		0x0c, 0x0d,			/* EL3 */
		0x11, 0x12, 0x13, 0x17, 0x1b, 0x1f,	/* AArch32, not user */
		0x14, 0x16, 0x1a, 0x1e,		/* no mode, monitor, hyp */
	};
	struct guest g;
	size_t i;

	(void)arg;
	if (at_exit(&g, c)) {
		for (i = 0; i < ARRAY_SIZE(modes) && !nisv_failed(c); i++) {
			u64 pstate = 0x3c0 | modes[i];

			if (modes[i] >> 1 == 4 && nisv_vm_at_el2(g.vm))
				continue;
			nisv_eq(c, "KVM_SET_ONE_REG", -EINVAL,
				nisv_set_register(vcpu_fd(&g),
						  CORE_REG(regs.pstate),
						  &pstate), nisv_show_result,
				"an illegal mode of PSTATE: EINVAL");
			nisv_eq(c, "pstate", g.saved->regs.pstate,
				nisv_vcpu_pstate(g.vm, 0), nisv_show_hex,
				"what is refused has no effect");
			if (nisv_failed(c))
				nisv_fail(c, "PSTATE was 0x%llx",
					  (unsigned long long)pstate);
		}
		check_exits(&g, true);
		check_goes_on_behind(&g);
	}
	end(&g);
}

/*
 * What a 32-bit guest has that no other has, both ways: SPSR of each mode, and
 * DACR.
 */
static void registers_of_32bit_modes(struct nisv_check *c, const void *arg)
{
	static const u32 code[] = {
		0xe1400300,	/* mrs r0, SPSR_irq */
		0xe14e1200,	/* mrs r1, SPSR_fiq */
		0xe1442300,	/* mrs r2, SPSR_abt */
		0xe1463300,	/* mrs r3, SPSR_und */
		0xee138f10,	/* mrc p15, 0, r8, c3, c0, 0 */
		0xe160f305,	/* msr SPSR_irq, r5 */
		0xe16ef206,	/* msr SPSR_fiq, r6 */
		0xe164f307,	/* msr SPSR_abt, r7 */
		0xe166f309,	/* msr SPSR_und, r9 */
		0xee03af10,	/* mcr p15, 0, r10, c3, c0, 0 */
		0xe5840000,	/* str r0, [r4] */
	};
	static const struct {
		u64 id;
		unsigned int read, write;	/* the code's registers */
		u64 set, guest;
	} regs[] = {
		{ CORE_REG(spsr[KVM_SPSR_IRQ]), 0, 5, 0x600001d2, 0x900001d1 },
		{ CORE_REG(spsr[KVM_SPSR_FIQ]), 1, 6, 0x500001d7, 0xa00001db },
		{ CORE_REG(spsr[KVM_SPSR_ABT]), 2, 7, 0xc00001d3, 0x300001d2 },
		{ CORE_REG(spsr[KVM_SPSR_UND]), 3, 9, 0x100001df, 0x700001d7 },
		{ ARM64_SYS_REG(3, 4, 3, 0, 0), 8, 10, 0x55551234, 0x11114567 },
	};
	struct nisv_bare32 b;
	size_t i;

	(void)arg;
	if (!nisv_bare32_new(c, &b, code, ARRAY_SIZE(code)))
		return;
	nisv_bare32_set_x(&b, 4, NISV_BARE32_HOLE);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		nisv_set_register(b.vcpu[0], regs[i].id, &regs[i].set);
		nisv_bare32_set_x(&b, regs[i].write, regs[i].guest);
	}
	nisv_bare32_run(c, &b);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		nisv_eq_many(c, "register %d, guest's view", i, regs[i].set,
			     nisv_bare32_x(&b, 0, regs[i].read),
			     "what user space sets the guest has (api.rst 4.68)");
		nisv_eq_many(c, "register %d, user space's", i, regs[i].guest,
			     nisv_bare32_get(&b, 0, regs[i].id),
			     "what the guest has user space reads (api.rst 4.69)");
	}
	nisv_bare32_free(&b);
}

/*
 * Where PSTATE becomes that of EL0 in AArch32, what such code has is of 32 bits;
 * what it has not, X15 to X30, is EL1's and stays (DDI0487 D1.3).
 */
static void pstate_of_32bit_el0(struct nisv_check *c, const void *arg)
{
	const u64 full = 0x123456789abcdef0ull;
	u64 el0, pfr0 = 0, pstate = PSTATE_USR32, want, now;
	struct guest g;
	unsigned int n;

	(void)arg;
	if (at_exit(&g, c)) {
		nisv_get_register(vcpu_fd(&g), ARM64_SYS_REG(3, 0, 0, 4, 0),
				  &pfr0);
		el0 = pfr0 & 0xf;
		if (el0 != 2 || nisv_vm_at_el2(g.vm)) {
			nisv_skip(c, "AArch32 at EL0 of a guest at EL1 (ID_AA64PFR0_EL1.EL0 = 2)",
				  el0 != 2 ? "none" : "a guest at virtual EL2");
			end(&g);
			return;
		}
		for (n = 0; n < 31; n++)
			nisv_set_register(vcpu_fd(&g), x_reg(n), &full);
		nisv_eq(c, "KVM_SET_ONE_REG", 0,
			nisv_set_register(vcpu_fd(&g), CORE_REG(regs.pstate),
					  &pstate), nisv_show_result,
			"AArch32 at EL0 is a mode of a 64-bit guest");
		for (n = 0; n < 31; n++) {
			want = n < 15 ? (u32)full : full;
			now = 0;
			nisv_get_register(vcpu_fd(&g), x_reg(n), &now);
			nisv_eq_many(c, "x%d", n, want, now,
				     "X0 to X14 are 32-bit EL0's, the others are EL1's (DDI0487 D1.3)");
		}
	}
	end(&g);
}

/* Each byte that has no meaning yet. */
static void events_undefined(struct nisv_check *c, const void *arg)
{
	struct kvm_vcpu_events events;
	struct guest g;
	size_t i, pad = sizeof(events.exception.pad);
	size_t reserved = ARRAY_SIZE(events.reserved);

	(void)arg;
	if (at_exit(&g, c)) {
		for (i = 0; i < pad + reserved && !nisv_failed(c); i++) {
			memset(&events, 0, sizeof(events));
			if (i < pad)
				events.exception.pad[i] = 1;
			else
				events.reserved[i - pad] = 1;
			check_ioctl(c, "KVM_SET_VCPU_EVENTS", -EINVAL,
				    ioctl(vcpu_fd(&g), KVM_SET_VCPU_EVENTS,
					  &events),
				    "what is reserved is 0, else EINVAL (api.rst 4.32)");
		}
		check_exits(&g, true);
		check_goes_on_behind(&g);
	}
	end(&g);
}

/* KVM_GET_VCPU_EVENTS and SET of the same, with and without an SError. */
static void events_given_back(struct nisv_check *c, const void *arg)
{
	struct kvm_vcpu_events events, again;
	struct guest g;
	s64 iss = -1;		/* KVM's own, without FEAT_RAS */
	int i;

	(void)arg;
	if (at_exit(&g, c)) {
		if (ioctl(nisv_vm_fd(g.vm), KVM_CHECK_EXTENSION,
			  KVM_CAP_ARM_INJECT_SERROR_ESR) > 0)
			iss = SERROR_ISS;
		for (i = 0; i < 2 && !nisv_failed(c); i++) {
			if (i)
				nisv_vcpu_inject(g.vm, 0, false, true, iss);
			memset(&events, 0x5a, sizeof(events));
			ioctl(vcpu_fd(&g), KVM_GET_VCPU_EVENTS, &events);
			nisv_eq(c, "serror_pending", i,
				events.exception.serror_pending, nisv_show_dec,
				"an SError is pending until it is taken (api.rst 4.31)");
			nisv_eq(c, "ext_dabt_pending", 0,
				events.exception.ext_dabt_pending,
				nisv_show_dec,
				"an abort is never pending (api.rst 4.31)");
			if (i && iss >= 0)
				nisv_eq(c, "serror_has_esr", 1,
					events.exception.serror_has_esr,
					nisv_show_dec,
					"the SError has a syndrome (api.rst 4.31)");
			if (i && iss >= 0)
				nisv_eq(c, "serror_esr", SERROR_ISS,
					events.exception.serror_esr,
					nisv_show_hex,
					"the syndrome that was set (api.rst 4.31)");
			check_ioctl(c, "KVM_SET_VCPU_EVENTS", 0,
				    ioctl(vcpu_fd(&g), KVM_SET_VCPU_EVENTS,
					  &events),
				    "what KVM_GET_VCPU_EVENTS gave can be set (api.rst 4.32)");
			memset(&again, 0xa5, sizeof(again));
			ioctl(vcpu_fd(&g), KVM_GET_VCPU_EVENTS, &again);
			nisv_eq(c, "events differ", 0,
				!!memcmp(&events, &again, sizeof(events)),
				nisv_show_dec,
				"KVM_GET_VCPU_EVENTS gives what was set (api.rst 4.31)");
			check_exits(&g, true);
		}
		check_goes_on_behind(&g);
	}
	end(&g);
}

static const struct {
	const char *name;
	void (*fn)(struct nisv_check *c, const void *arg);
} single[] = {
	{ "from_on_to_off", from_on_to_off },
	{ "memory_saved", memory_saved },
	{ "from_off_to_on", from_off_to_on },
	{ "abort_injected", abort_injected },
	{ "abort_entered", abort_entered },
	{ "serror_pending", serror_pending },
	{ "serror_injected", serror_injected },
	{ "saved_stopped", saved_stopped },
	{ "tags_saved", tags_saved },
	{ "registers_set", registers_set },
	{ "registers_swapped", registers_swapped },
	{ "registers_of_tags", registers_of_tags },
	{ "list_complete", list_complete },
	{ "pstate_set", pstate_set },
	{ "registers_debug", registers_debug },
	{ "pc_64_bits", pc_64_bits },
	{ "pc_each_bit", pc_each_bit },
	{ "pc_32_bits", pc_32_bits },
	{ "mp_state_after_mmio", mp_state_after_mmio },
	{ "pstate_ss_after_mmio_32bit", pstate_ss_after_mmio_32bit },
	{ "registers_unknown", registers_unknown },
	{ "registers_invalid", registers_invalid },
	{ "pstate_illegal", pstate_illegal },
	{ "pstate_of_32bit_el0", pstate_of_32bit_el0 },
	{ "registers_of_32bit_modes", registers_of_32bit_modes },
	{ "events_undefined", events_undefined },
	{ "events_given_back", events_given_back },
};

static void add_case(const struct nisv_form *form, bool cap)
{
	struct again_case *a = malloc(sizeof(*a));

	if (!a)
		abort();
	a->form = form;
	a->cap = cap;
	nisv_case(again_case, a, "%s.again_%s", form->name, cap ? "on" : "off");
}

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(single); i++)
		nisv_case(single[i].fn, NULL, "%s", single[i].name);
	for (i = 0; i < ARRAY_SIZE(slot_cases); i++)
		nisv_case(in_slot, &slot_cases[i], "%s.in_slot",
			  slot_cases[i].form);
	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		if (!nisv_form_represents(form) ||
		    nisv_classes[form->class].outcome == OUTCOME_NOTHING ||
		    nisv_form_without(form, PART_AGAIN))
			continue;
		add_case(form, true);
		if (nisv_form_everywhere(form))
			add_case(form, false);
	}
	return nisv_harness(argc, argv);
}
