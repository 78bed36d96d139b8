// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_stage1: what is the guest's own affair and never an exit.
 *
 * Contract (Arm ARM DDI0487, D8 address translation, D1.3 exception entry,
 * ESR_ELx, FAR_ELx; Documentation/virt/kvm/api.rst, 5 KVM_EXIT_ARM_NISV: "a
 * failed data access without valid syndrome", nothing else), with the capability
 * on and off:
 *
 * - A stage-1 table in a hole: the guest takes a synchronous external abort on a
 *   translation table walk, with the level of that table, and FAR is the VA that
 *   it accessed; whether a form, a fetch or an AT instruction made the walk, with
 *   pages of any size, and at whatever entry of the table. A
 *   table in a read-only slot is fine, but for an access flag that the CPU sets.
 * - A fetch from a hole: the guest takes an external instruction abort, also
 *   when it runs into the hole. Code in a read-only slot runs.
 * - A fault in stage 1 (translation, access flag, permission, address size,
 *   alignment, also because the memory is Device) is the guest's, whatever is
 *   behind the address. So is a Branch Target exception at a guarded page.
 * - An IPA beyond the VM's IPA space is an external abort of the guest, whatever
 *   the size of it; one beyond what any VM can have is an address size fault.
 * - In all of them no register but those of exception entry changes.
 *
 * Cases: <what>_<on|off>, each with the first form of every class and access
 * where it is about accesses.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"
#include "nisv_vgic.h"

#define OWN_VA		0x2d0000000ul
#define CODE_VA		0x2e0000000ul
#define OWN_IPA		0xa00000ul	/* from the hole */
#define OWN_SLOT	20

#define PTE_AF		BIT_ULL(10)
#define TCR_HA		BIT_ULL(39)
#define PARANGE		0xfull
#define SYSREG_MMFR0	ARM64_SYS_REG(3, 0, 0, 7, 0)
#define SYSREG_ESR	ARM64_SYS_REG(3, 0, 5, 2, 0)
#define SYSREG_FAR	ARM64_SYS_REG(3, 0, 6, 0, 0)
#define SYSREG_MMFR1	ARM64_SYS_REG(3, 0, 0, 7, 1)
#define PTE_TOO_HIGH	BIT_ULL(47)	/* of an address */
#define PTE_GUARDED	BIT_ULL(50)

#define ESR_EC_BRANCH_TARGET	(0x0dull << 26)

#define INTERRUPT_LOOPS	1000	/* of the guest, time for it to come */

#define INSN_NOP	0xd503201fu
#define INSN_AT_S1E1R	0xd5087801u	/* of X1 */

/* A KVM that answers a fault with nothing has the guest fault for ever. */
#define CPU_SECONDS	1	/* of a case, which takes milliseconds */

/* Cases that leave their VM to others, as these need it. */
enum shared {
	ALONE,
	SETTINGS,	/* nothing but what nisv_vm_set() makes */
	WALK_LAST,	/* open_walk() with arg 1 */
	WALK_SECOND,
	WALK_THIRD,
	NR_SHARED
};

struct own_case {
	const char *name;
	void (*fn)(struct own_case *o);
	unsigned int arg;
	enum shared shared;
	unsigned int ipa_bits;	/* of the VM, 0: as usual */
	unsigned int page_shift;	/* of stage 1, 0: as usual */
	bool cap;
	/* while it runs: */
	struct nisv_check *c;
	struct nisv_vm *vm;
	u64 *walk;		/* the VA of open_walk(), 0: not yet */
	const struct nisv_form *form;
	struct nisv_regs regs;
	u64 page;
};

static struct {
	struct nisv_vm *vm;
	u64 walk;
} vms[NR_SHARED][2];

static u64 get(struct own_case *o, u64 id)
{
	u64 val = 0;

	nisv_get_register(nisv_vcpu_fd(o->vm, 0), id, &val);
	return val;
}

static void set(struct own_case *o, u64 id, u64 val)
{
	nisv_set_register(nisv_vcpu_fd(o->vm, 0), id, &val);
}

static u64 *base_reg(const struct nisv_form *form, struct nisv_regs *regs)
{
	unsigned int base = nisv_form_base(form);

	return base == NISV_SP ? &regs->sp : &regs->x[base];
}

/* The guest next runs the form, with its access at @va. */
static void aim(struct own_case *o, const struct nisv_form *form, u64 va)
{
	o->form = form;
	nisv_check_form(o->c, form, 0);
	nisv_vcpu_load(o->vm, 0, form, &o->regs);
	*base_reg(form, &o->regs) += va - nisv_form_va(o->vm, form);
	nisv_vcpu_start(o->vm, 0, &o->regs);
}

/* The guest next starts at @pc. */
static void aim_pc(struct own_case *o, u64 pc)
{
	aim(o, nisv_form_named("ldr_x_post"), OWN_VA);
	o->regs.pc = pc;
	nisv_vcpu_start(o->vm, 0, &o->regs);
}

/* What an external abort for an access to @va, made at @pc, must look like. */
static void want_abort(struct own_case *o, u64 pc, u64 va,
		       struct nisv_taken *want)
{
	nisv_expect_abort(pc, o->regs.pstate, va, nisv_vcpu_sctlr(o->vm, 0),
			  nisv_vcpu_mode(o->vm, 0), want);
}

/* Up to the doorbell. False when something failed. */
static bool run(struct own_case *o, struct nisv_trap *trap)
{
	const struct nisv_regs *seen;

	if (nisv_failed(o->c))
		return false;
	seen = nisv_check_doorbell(o->c, o->vm, 0, trap);
	nisv_check_step(o->c, "");
	if (seen && trap->vector != NISV_NO_VECTOR)
		nisv_check_regs(o->c, o->form, &o->regs, seen, NISV_SEEN,
				"an exception changes no other register (DDI0487 D1.3)");
	return !nisv_failed(o->c);
}

static void check_place(struct own_case *o, const struct nisv_taken *want,
			const struct nisv_trap *trap)
{
	nisv_eq(o->c, "vector", want->vector, trap->vector, nisv_show_dec,
		"a synchronous exception, taken by the guest (DDI0487 D1.3)");
	nisv_eq(o->c, "elr", want->elr, trap->elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(o->c, "spsr", want->spsr, trap->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
}

static void check_far(struct own_case *o, const struct nisv_taken *want,
		      const struct nisv_trap *trap)
{
	nisv_eq(o->c, "far", want->far, trap->far, nisv_show_hex,
		"FAR is the VA accessed, with its low bits (DDI0487 FAR_ELx)");
}

/* The guest takes an external abort. */
static void check_abort(struct own_case *o, const struct nisv_taken *want)
{
	struct nisv_trap trap;

	if (!run(o, &trap))
		return;
	check_place(o, want, &trap);
	check_far(o, want, &trap);
	nisv_eq(o->c, "esr", want->esr, trap.esr, nisv_show_hex,
		"data or instruction abort, synchronous external (DDI0487 ESR_ELx)");
}

/* The same for one of a walk, whose table for that level is in a hole. */
static void check_walk(struct own_case *o, const struct nisv_taken *want,
		       unsigned int level)
{
	struct nisv_trap trap;

	if (!run(o, &trap))
		return;
	check_place(o, want, &trap);
	check_far(o, want, &trap);
	nisv_eq(o->c, "esr", want->esr & ~ESR_FSC, trap.esr & ~ESR_FSC,
		nisv_show_hex,
		"data or instruction abort (DDI0487 ESR_ELx)");
	nisv_eq(o->c, "fsc of a walk", FSC_WALK | level, trap.esr & ESR_FSC,
		nisv_show_hex,
		"external abort on a translation table walk of that level (DDI0487 ESR_ELx)");
}

static bool goes_on(struct own_case *o)
{
	struct nisv_trap trap;

	if (run(o, &trap))
		nisv_eq(o->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
	return !nisv_failed(o->c);
}

/* The next first form of a class that the vCPU has, NULL when there is none. */
static const struct nisv_form *next_form(struct own_case *o,
					 const struct nisv_form *form)
{
	for (form = form ? form + 1 : nisv_forms;
	     form < nisv_forms + nisv_nr_forms; form++)
		if (nisv_form_first(form) &&
		    nisv_vcpu_feature(o->vm, 0, form->feature) >=
		    nisv_features[form->feature].min)
			return nisv_failed(o->c) ? NULL : form;
	return NULL;
}

/* Memory of the guest's: @pages pages at OWN_IPA, and a slot for them. */
static u64 own_ipa(struct own_case *o)
{
	return (nisv_doorbell_ipa(o->vm) & -0x100000ul) + OWN_IPA;
}

/* The slot's page is @memory, NULL deletes it. */
static void set_slot(struct own_case *o, unsigned int slot, unsigned int page,
		     void *memory, u32 flags)
{
	nisv_eq(o->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_set_slot(nisv_vm_fd(o->vm), slot, flags,
			      own_ipa(o) + page * o->page,
			      memory ? o->page : 0, memory),
		nisv_show_result, "a slot can be set and deleted (api.rst 4.35)");
}

static void *own_memory(struct own_case *o, unsigned int slot,
			unsigned int page, u32 flags)
{
	void *memory = mmap(NULL, o->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	set_slot(o, slot, page, memory, flags);
	return memory;
}

/* ---- walks ---- */

/* A VA whose table is in a hole; 0: there is none, and the case is skipped. */
static u64 open_walk(struct own_case *o)
{
	unsigned int levels = nisv_vm_levels(o->vm);
	char requires[80];
	u64 va;

	if (o->arg >= levels) {
		snprintf(requires, sizeof(requires),
			 "a stage 1 of more than %u levels", o->arg);
		nisv_skip(o->c, requires, "%u", levels);
		return 0;
	}
	if (!*o->walk)
		*o->walk = nisv_vm_open_walk(o->vm, o->arg);
	va = *o->walk;
	if (va)
		return va + 0x240;
	snprintf(requires, sizeof(requires),
		 "a table, %u above the last, that maps nothing of the guest's own",
		 o->arg - 1);
	nisv_skip(o->c, requires, "one table for all VAs");
	return 0;
}

/* arg: which table, 1 for the last one */
static void walk(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	struct nisv_taken want;
	u64 va;

	va = open_walk(o);
	if (!va)
		return;
	while ((form = next_form(o, form))) {
		aim(o, form, va);
		want_abort(o, o->regs.pc, va, &want);
		check_walk(o, &want, 4 - o->arg);
	}
}

static void walk_el0(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	struct nisv_taken want;
	u64 va;

	nisv_vm_set(o->vm, SETTING_el0);
	if (!nisv_check_has(o->c, o->vm, nisv_forms, SETTING_el0))
		return;
	/* the table that maps the hole becomes one that is in the hole */
	va = nisv_form_va(o->vm, nisv_forms);
	*nisv_vm_descriptor(o->vm, va, 1) =
		(*nisv_vm_descriptor(o->vm, va, 1) & (o->page - 1)) |
		own_ipa(o);
	while ((form = next_form(o, form))) {
		va = nisv_form_va(o->vm, form);
		aim(o, form, va);
		want_abort(o, o->regs.pc, va, &want);
		check_walk(o, &want, 3);
	}
}

static void walk_for_fetch(struct own_case *o)
{
	u64 va = open_walk(o);
	struct nisv_taken want;

	if (!va)
		return;
	aim_pc(o, va);
	want_abort(o, va, va, &want);
	want.esr -= ESR_EC_FETCH;
	check_walk(o, &want, 4 - o->arg);
}

/* The last entry of the table, with pages of another size. */
static void walk_last_entry(struct own_case *o)
{
	static const char * const names[] = { "ldr_x", "str_w_pre", "ldp_x" };
	unsigned int bits = o->page_shift - 3;
	struct nisv_taken want;
	size_t i;
	u64 va;

	va = open_walk(o);
	if (!va)
		return;
	va |= GENMASK_ULL(bits - 1, 0) << (o->page_shift + (o->arg - 1) * bits);
	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(o->c); i++) {
		aim(o, nisv_form_named(names[i]), va);
		want_abort(o, o->regs.pc, va, &want);
		check_walk(o, &want, 4 - o->arg);
	}
	aim_pc(o, va);
	want_abort(o, va, va, &want);
	want.esr -= ESR_EC_FETCH;
	check_walk(o, &want, 4 - o->arg);
}

static void walk_for_at(struct own_case *o)
{
	struct nisv_taken want;
	struct nisv_trap trap;
	u32 *code;
	u64 va;

	if (!nisv_check_at_el1(o->c, o->vm))
		return;
	va = open_walk(o);
	if (!va)
		return;
	code = own_memory(o, OWN_SLOT, 0, 0);
	code[0] = INSN_AT_S1E1R;
	code[1] = NISV_INSN_SVC_DONE;
	__builtin___clear_cache((char *)code, (char *)(code + 2));
	nisv_vm_map(o->vm, CODE_VA, own_ipa(o), o->page);
	aim_pc(o, CODE_VA);
	o->regs.x[1] = va;
	nisv_vcpu_start(o->vm, 0, &o->regs);
	want_abort(o, CODE_VA, va, &want);
	if (run(o, &trap)) {
		check_place(o, &want, &trap);
		check_far(o, &want, &trap);
		nisv_eq(o->c, "class of the abort", want.esr & ESR_EC,
			trap.esr & ESR_EC, nisv_show_hex,
			"an AT whose walk fails is a data abort (DDI0487 D8.2)");
	}
	set_slot(o, OWN_SLOT, 0, NULL, 0);
	munmap(code, o->page);
}

/* The last table is in a read-only slot: the exit comes, memory is memory. */
static void table_read_only(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	u64 *table, *memory;
	struct nisv_exit e;

	table = own_memory(o, OWN_SLOT, 0, KVM_MEM_READONLY);
	memory = own_memory(o, OWN_SLOT + 1, 1, 0);
	nisv_vm_map(o->vm, OWN_VA, own_ipa(o) + 2 * o->page, o->page);
	nisv_vm_map(o->vm, OWN_VA + o->page, own_ipa(o) + o->page, o->page);
	nisv_vm_move_table(o->vm, OWN_VA, table, own_ipa(o));
	while ((form = next_form(o, form))) {
		struct nisv_situation s = {
			.form = form,
			.cap = o->cap,
			.ipa = own_ipa(o) + 2 * o->page + 0x240,
		};
		struct nisv_want want;

		aim(o, form, OWN_VA + 0x240);
		if (nisv_form_rt(form) != NISV_ZR)
			s.store = o->regs.x[nisv_form_rt(form)];
		nisv_expect(&s, &want);
		nisv_vcpu_run(o->vm, 0, &e);
		nisv_check_exit(o->c, form, &want, &e);
		if (!want.mmio)
			nisv_vcpu_set_pc(o->vm, 0, o->regs.pc + 4);
		goes_on(o);
		aim(o, form, OWN_VA + o->page + 0x240);
		goes_on(o);
	}
	munmap(table, o->page);
	munmap(memory, o->page);
}

/*
 * A table in a read-only slot that nothing has read yet, which is so again
 * before each store.
 */
static void table_read_only_untouched(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	u64 va = OWN_VA + o->page + 0x240;
	u64 *table, *memory;

	table = own_memory(o, OWN_SLOT, 0, KVM_MEM_READONLY);
	memory = own_memory(o, OWN_SLOT + 1, 1, 0);
	nisv_vm_map(o->vm, OWN_VA + o->page, own_ipa(o) + o->page, o->page);
	nisv_vm_move_table(o->vm, va, table, own_ipa(o));
	while ((form = next_form(o, form))) {
		if (form->access == ACCESS_R)
			continue;
		set_slot(o, OWN_SLOT, 0, NULL, 0);
		set_slot(o, OWN_SLOT, 0, table, KVM_MEM_READONLY);
		aim(o, form, va);
		goes_on(o);
	}
	munmap(table, o->page);
	munmap(memory, o->page);
}

/* The CPU sets access flags; false: it does not, and the case is skipped. */
static bool set_flags_in_hardware(struct own_case *o)
{
	int fd = nisv_vcpu_fd(o->vm, 0);
	u64 val = 0;

	if (!nisv_check_at_el1(o->c, o->vm) ||
	    !nisv_check_id(o->c, o->vm, SYSREG_MMFR1, 0, 1,
			   "FEAT_HAFDBS (ID_AA64MMFR1_EL1.HAFDBS >= 1)"))
		return false;
	nisv_get_register(fd, SYSREG_TCR, &val);
	val |= TCR_HA;
	nisv_set_register(fd, SYSREG_TCR, &val);
	return true;
}

/* Where the CPU sets flags itself, a table in a hole is no other. */
static void walk_and_flag(struct own_case *o)
{
	if (set_flags_in_hardware(o))
		walk(o);
}

/* A flag that it cannot set, in a read-only slot; and one that it can. */
static void flag_read_only(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	u64 va = OWN_VA + o->page + 0x240;
	struct nisv_taken want;
	u64 *table, *memory, *descriptor;

	if (!set_flags_in_hardware(o))
		return;
	table = own_memory(o, OWN_SLOT, 0, 0);
	memory = own_memory(o, OWN_SLOT + 1, 1, 0);
	nisv_vm_map(o->vm, OWN_VA + o->page, own_ipa(o) + o->page, o->page);
	nisv_vm_move_table(o->vm, va, table, own_ipa(o));
	descriptor = table + (va / o->page) % (o->page / sizeof(*table));
	while ((form = next_form(o, form))) {
		*descriptor &= ~PTE_AF;
		set_slot(o, OWN_SLOT, 0, NULL, 0);
		set_slot(o, OWN_SLOT, 0, table, KVM_MEM_READONLY);
		aim(o, form, va);
		want_abort(o, o->regs.pc, va, &want);
		check_walk(o, &want, 3);
		nisv_eq(o->c, "access flag", 0, *descriptor & PTE_AF,
			nisv_show_hex, "nothing writes to a read-only slot (api.rst 4.35)");
		set_slot(o, OWN_SLOT, 0, NULL, 0);
		set_slot(o, OWN_SLOT, 0, table, 0);
		aim(o, form, va);
		goes_on(o);
		nisv_eq(o->c, "access flag", PTE_AF, *descriptor & PTE_AF,
			nisv_show_hex, "the CPU sets the flag (DDI0487 D8.4)");
	}
	munmap(table, o->page);
	munmap(memory, o->page);
}

/*
 * The same after an interrupt of the host, which nothing of the guest's comes
 * between: the table is mapped, and so is the code.
 */
static void flag_read_only_interrupted(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	u64 va = OWN_VA + 0x240, beside = va + o->page;
	struct nisv_taken want;
	u64 *table, *memory, *descriptor;
	u64 pc;

	if (!set_flags_in_hardware(o) || !nisv_vm_add_vgic(o->c, o->vm))
		return;
	table = own_memory(o, OWN_SLOT, 0, 0);
	memory = own_memory(o, OWN_SLOT + 1, 1, 0);
	nisv_vm_map(o->vm, OWN_VA, own_ipa(o) + o->page, o->page);
	nisv_vm_map(o->vm, OWN_VA + o->page, own_ipa(o) + o->page, o->page);
	nisv_vm_move_table(o->vm, va, table, own_ipa(o));
	descriptor = table + (va / o->page) % (o->page / sizeof(*table));
	*descriptor &= ~PTE_AF;
	set_slot(o, OWN_SLOT, 0, NULL, 0);
	set_slot(o, OWN_SLOT, 0, table, KVM_MEM_READONLY);
	while ((form = next_form(o, form))) {
		aim(o, form, beside);
		goes_on(o);
		aim(o, form, va);
		pc = o->regs.pc;
		want_abort(o, pc, va, &want);
		o->regs.pc = (u64)nisv_guest_interrupt;
		o->regs.x[15] = 1;
		o->regs.x[16] = INTERRUPT_LOOPS;
		o->regs.x[17] = pc;
		nisv_vcpu_start(o->vm, 0, &o->regs);
		o->regs.x[16] = 0;
		check_walk(o, &want, 3);
	}
	munmap(table, o->page);
	munmap(memory, o->page);
}

/* ---- fetches ---- */

static void check_fetch(struct own_case *o, u64 start, u64 pc)
{
	struct nisv_taken want;

	aim_pc(o, start);
	want_abort(o, pc, pc, &want);
	want.esr -= ESR_EC_FETCH;
	check_abort(o, &want);
}

/* arg: the setting */
static void fetch(struct own_case *o)
{
	u64 va;

	nisv_vm_set(o->vm, o->arg);
	if (!nisv_check_has(o->c, o->vm, nisv_forms, o->arg))
		return;
	va = nisv_form_va(o->vm, nisv_forms) & -o->page;
	check_fetch(o, va + 0x124, va + 0x124);
	check_fetch(o, va, va);
	check_fetch(o, va + o->page - 4, va + o->page - 4);
}

/* arg: the slot's flags */
static void fetch_from_slot(struct own_case *o)
{
	u64 words = o->page / sizeof(u32);
	u32 *code;

	code = own_memory(o, OWN_SLOT, 0, o->arg);
	code[0] = INSN_NOP;
	code[1] = NISV_INSN_SVC_DONE;
	code[words - 2] = INSN_NOP;
	code[words - 1] = INSN_NOP;
	__builtin___clear_cache((char *)code, (char *)(code + words));
	nisv_vm_map(o->vm, CODE_VA, own_ipa(o), 2 * o->page);
	aim_pc(o, CODE_VA);
	goes_on(o);
	check_fetch(o, CODE_VA + o->page - 8, CODE_VA + o->page);
	aim_pc(o, CODE_VA);
	goes_on(o);
	munmap(code, o->page);
}

/* ---- faults of stage 1 ---- */

struct fault {
	u64 set, clear;		/* in the descriptor */
	u64 fsc;
	bool stores_only;
};

static const struct fault faults[] = {
	{ 0, ~0ull, FSC_TRANSLATION, false },
	{ 0, PTE_AF, FSC_ACCESS_FLAG, false },
	{ PTE_READ_ONLY, 0, FSC_PERMISSION, true },
	{ PTE_TOO_HIGH, 0, FSC_ADDRESS_SIZE, false },
};

static void check_fault(struct own_case *o, u64 va, u64 fsc, u64 mask)
{
	bool atomic = o->form->access == ACCESS_RW;
	struct nisv_taken want;
	struct nisv_trap trap;

	mask |= ESR_EC | (atomic ? 0 : ESR_WNR);
	want_abort(o, o->regs.pc, va, &want);
	want.esr = (want.esr & ~ESR_FSC) | fsc;
	if (o->form->access == ACCESS_W)
		want.esr |= ESR_WNR;
	if (!run(o, &trap))
		return;
	check_place(o, &want, &trap);
	check_far(o, &want, &trap);
	nisv_eq(o->c, fsc == FSC_ALIGNMENT ? "esr of an alignment fault" :
		"esr of a stage-1 fault", want.esr & mask, trap.esr & mask,
		nisv_show_hex,
		"the CPU gives a fault of stage 1 to the guest (DDI0487 D8.2)");
}

/* arg: the index in faults[] */
static void fault(struct own_case *o)
{
	const struct fault *f = &faults[o->arg];
	const struct nisv_form *form = NULL;
	u64 va = OWN_VA + 0x240;
	u64 *descriptor;

	if (f->set == PTE_TOO_HIGH && nisv_vm_ipa_bits(o->vm) > 47) {
		nisv_skip(o->c, "an IPA space of 47 bits or less", "%u",
			  nisv_vm_ipa_bits(o->vm));
		return;
	}
	nisv_vm_map(o->vm, OWN_VA, own_ipa(o), o->page);
	descriptor = nisv_vm_descriptor(o->vm, OWN_VA, 0);
	*descriptor = (*descriptor & ~f->clear) | f->set;
	while ((form = next_form(o, form))) {
		/* TCG takes an atomic apart: its read alone is permitted */
		if (f->stores_only && form->access != ACCESS_W)
			continue;
		aim(o, form, va);
		check_fault(o, va, f->fsc, ESR_FSC_TYPE);
	}
}

/* Exclusives and atomics that are not aligned, nor within 16 bytes. */
static void fault_alignment(struct own_case *o)
{
	static const char * const names[] = { "ldxr_x", "ldaxr_w", "cas_x" };
	const struct nisv_form *form;
	u64 va = OWN_VA + 0x23e;
	size_t i;

	nisv_vm_map(o->vm, OWN_VA, own_ipa(o), o->page);
	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(o->c); i++) {
		form = nisv_form_named(names[i]);
		if (!form) {
			nisv_fail(o->c, "no form is called %s", names[i]);
			return;
		}
		if (nisv_vcpu_feature(o->vm, 0, form->feature) <
		    nisv_features[form->feature].min)
			continue;
		aim(o, form, va);
		check_fault(o, va, FSC_ALIGNMENT, ESR_FSC);
	}
}

/* After an exit that a known deviation makes of a fault: behind the form. */
static void leave_exit(struct own_case *o, const struct nisv_exit *e)
{
	if (!e->ret && e->reason == KVM_EXIT_MMIO)
		nisv_vcpu_complete(o->vm, 0);
	else
		nisv_vcpu_set_pc(o->vm, 0, o->regs.pc + 4);
	goes_on(o);
}

/* @form, off by @by, on the Device memory of @setting. */
static void check_device(struct own_case *o, enum nisv_setting_id setting,
			 const char *name, u64 by, const char *field)
{
	const struct nisv_form *form = nisv_form_named(name);
	struct nisv_taken want;
	struct nisv_trap trap;
	struct nisv_exit e;
	bool fault;
	u64 va;

	if (!form) {
		nisv_fail(o->c, "no form is called %s", name);
		return;
	}
	nisv_vm_set(o->vm, setting);
	va = nisv_form_va(o->vm, form) + by;
	aim(o, form, va);
	nisv_vcpu_run(o->vm, 0, &e);
	fault = !e.ret && e.reason == KVM_EXIT_MMIO &&
		e.phys_addr == nisv_doorbell_ipa(o->vm);
	nisv_eq(o->c, field, true, fault, nisv_show_dec,
		"the guest takes an alignment fault (DDI0487 B2.7.2)");
	if (nisv_failed(o->c))
		return;
	if (!fault) {
		leave_exit(o, &e);
		return;
	}
	nisv_vcpu_seen(o->vm, 0, &trap);
	want_abort(o, o->regs.pc, va, &want);
	want.esr = (want.esr & ~ESR_FSC) | FSC_ALIGNMENT;
	if (form->access == ACCESS_W)
		want.esr |= ESR_WNR;
	check_place(o, &want, &trap);
	check_far(o, &want, &trap);
	nisv_eq(o->c, "esr of a stage-1 fault",
		want.esr & (ESR_EC | ESR_WNR | ESR_FSC),
		trap.esr & (ESR_EC | ESR_WNR | ESR_FSC), nisv_show_hex,
		"the CPU gives a fault of stage 1 to the guest (DDI0487 D8.2)");
}

/* arg: which kind of Device memory */
static void fault_device(struct own_case *o)
{
	static const char * const names[] = {
		"ldr_x", "str_w", "ldr_x_post", "str_w_pre", "ldp_x", "stp_x",
		"ldr_d", "str_q",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(o->c); i++)
		check_device(o, o->arg, names[i], 1,
			     "fault of an unaligned access to Device");
}

/* The same for DC ZVA, which is always aligned. */
static void fault_zva(struct own_case *o)
{
	check_device(o, o->arg, "dc_zva", 0, "fault of DC ZVA on Device");
}

/* A form at a guarded page, after a branch and not. */
static void guarded_page(struct own_case *o)
{
	static const char * const names[] = { "ldr_x_post", "stp_x", "str_w" };
	struct nisv_situation situation = { .cap = o->cap };
	const struct nisv_form *form;
	struct nisv_taken taken;
	struct nisv_trap trap;
	struct nisv_want want;
	struct nisv_exit e;
	u32 *code;
	size_t i;

	nisv_vm_set(o->vm, SETTING_btype);
	if (!nisv_check_has(o->c, o->vm, nisv_forms, SETTING_btype))
		return;
	code = own_memory(o, OWN_SLOT, 0, 0);
	nisv_vm_map(o->vm, CODE_VA, own_ipa(o), o->page);
	*nisv_vm_descriptor(o->vm, CODE_VA, 0) |= PTE_GUARDED;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		form = nisv_form_named(names[i]);
		code[2 * i] = form ? form->insn : 0;
		code[2 * i + 1] = NISV_INSN_SVC_DONE;
	}
	__builtin___clear_cache((char *)code, (char *)(code + 2 * i));
	for (i = 0; i < ARRAY_SIZE(names) && !nisv_failed(o->c); i++) {
		form = nisv_form_named(names[i]);
		if (!form) {
			nisv_fail(o->c, "no form is called %s", names[i]);
			break;
		}
		aim(o, form, nisv_form_va(o->vm, form));
		o->regs.pc = CODE_VA + 8 * i;
		nisv_vcpu_start(o->vm, 0, &o->regs);
		want_abort(o, o->regs.pc, 0, &taken);
		if (!run(o, &trap))
			break;
		check_place(o, &taken, &trap);
		nisv_eq(o->c, "esr of a branch", ESR_EC_BRANCH_TARGET | ESR_IL |
			(o->regs.pstate & PSTATE_BTYPE) >> 10, trap.esr,
			nisv_show_hex,
			"not a target of a branch: a Branch Target exception (DDI0487 D8.4.5)");
		o->regs.pstate &= ~PSTATE_BTYPE;
		nisv_vcpu_start(o->vm, 0, &o->regs);
		situation.form = form;
		situation.ipa = nisv_form_ipa(o->vm, form);
		situation.store = o->regs.x[nisv_form_rt(form)];
		nisv_expect(&situation, &want);
		nisv_vcpu_run(o->vm, 0, &e);
		nisv_check_exit(o->c, form, &want, &e);
		if (!nisv_failed(o->c))
			leave_exit(o, &e);
	}
	munmap(code, o->page);
}

/* ---- beyond the IPA space ---- */

static void check_beyond(struct own_case *o, const struct nisv_taken *want,
			 u64 ipa)
{
	struct nisv_trap trap;

	if (!run(o, &trap))
		return;
	check_place(o, want, &trap);
	nisv_eq(o->c, "far is the IPA", false, trap.far == ipa, nisv_show_dec,
		"FAR is the VA accessed (DDI0487 FAR_ELx)");
	if (trap.far != ipa)
		check_far(o, want, &trap);
	nisv_eq(o->c, "esr", want->esr, trap.esr, nisv_show_hex,
		"nothing answers there: a synchronous external abort (DDI0487 ESR_ELx)");
}

static void beyond(struct own_case *o)
{
	const struct nisv_form *form = NULL;
	struct nisv_taken want;
	struct nisv_exit e;
	u64 va, ipa;
	bool limit;

	if (!nisv_check_at_el1(o->c, o->vm))
		return;
	ipa = nisv_vm_open_beyond(o->vm, &va);
	if (!ipa) {
		nisv_skip(o->c, "fewer IPA bits than 48 and than the CPU has PA bits",
			  "%u, and PARange %llu",
			  nisv_vm_ipa_bits(o->vm),
			  (unsigned long long)(get(o, SYSREG_MMFR0) & PARANGE));
		return;
	}
	va += 0x240;
	ipa += 0x240;
	aim(o, next_form(o, NULL), va);
	nisv_vcpu_run(o->vm, 0, &e);
	limit = !e.ret && e.phys_addr == nisv_doorbell_ipa(o->vm);
	nisv_eq(o->c, "the IPA size is a limit", true, limit, nisv_show_dec,
		"no exit for an IPA that the VM does not have (api.rst 4.2 KVM_CREATE_VM)");
	if (!limit)
		return;
	while ((form = next_form(o, form))) {
		aim(o, form, va);
		want_abort(o, o->regs.pc, va, &want);
		check_beyond(o, &want, ipa);
	}
	if (nisv_failed(o->c))
		return;
	aim_pc(o, va);
	want_abort(o, va, va, &want);
	want.esr -= ESR_EC_FETCH;
	check_beyond(o, &want, ipa);
}

/* The bits of an IPA that the CPU has and no VM can have, 0 if there are none. */
static unsigned int bits_beyond_machine(struct own_case *o)
{
	static const unsigned int bits[] = { 32, 36, 40, 42, 44, 48, 52 };
	u64 range = get(o, SYSREG_MMFR0) & PARANGE;
	int limit;

	limit = nisv_check_extension(o->c, o->vm, KVM_CAP_ARM_VM_IPA_SIZE,
				     "KVM_CAP_ARM_VM_IPA_SIZE >= 32");
	if (!limit)
		return 0;
	if (range < ARRAY_SIZE(bits) &&
	    bits[range] > (unsigned int)limit)
		return limit;
	nisv_skip(o->c, "a CPU with more PA bits than KVM_CAP_ARM_VM_IPA_SIZE",
		  "PARange %llu, and %d", (unsigned long long)range, limit);
	return 0;
}

/*
 * With the MMU off: stage 1 passes on what its tables could not hold. What the
 * guest takes is read from its registers, since its own stores go around caches.
 */
static void beyond_the_machine(struct own_case *o)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	unsigned int bits = bits_beyond_machine(o);
	struct nisv_taken want;
	struct nisv_exit e;
	u64 ipa, bell;
	bool limit;

	if (!bits)
		return;
	if (!nisv_check_at_el1(o->c, o->vm))
		return;
	ipa = BIT_ULL(bits) + 0x240;
	aim(o, form, ipa);
	/* the guest has the address of its doorbell as a VA */
	bell = nisv_form_va(o->vm, form) - nisv_form_ipa(o->vm, form) +
	       nisv_doorbell_ipa(o->vm);
	o->regs.pc = nisv_form_pc_ipa(o->vm, form);
	set(o, SYSREG_SCTLR, get(o, SYSREG_SCTLR) & ~SCTLR_M);
	set(o, SYSREG_VBAR, nisv_vm_ipa(o->vm, (u64)nisv_guest_vectors));
	set(o, SYSREG_TPIDRRO, nisv_vm_ipa(o->vm, get(o, SYSREG_TPIDRRO)));
	nisv_vcpu_start(o->vm, 0, &o->regs);
	nisv_vcpu_set_pc(o->vm, 0, nisv_vm_ipa(o->vm, (u64)nisv_guest_entry));
	nisv_vcpu_run(o->vm, 0, &e);
	limit = !e.ret && e.phys_addr == bell;
	nisv_eq(o->c, "the machine's IPA size is a limit", true, limit, nisv_show_dec,
		"no exit for an IPA that the VM does not have (api.rst 4.2 KVM_CREATE_VM)");
	if (!limit)
		return;
	want_abort(o, o->regs.pc, ipa, &want);
	nisv_eq(o->c, "esr", want.esr & ~ESR_FSC,
		get(o, SYSREG_ESR), nisv_show_hex,
		"an address size fault, level 0, of data (DDI0487 D8.2)");
	nisv_eq(o->c, "far", ipa, get(o, SYSREG_FAR), nisv_show_hex,
		"FAR is the address accessed (DDI0487 FAR_ELx)");
	nisv_eq(o->c, "elr", want.elr, get(o, CORE_REG(elr_el1)), nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(o->c, "spsr", want.spsr, get(o, CORE_REG(spsr[0])), nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
}

static const struct own_case cases[] = {
	{ .name = "walk_last_table", .fn = walk, .arg = 1,
	  .shared = WALK_LAST },
	{ .name = "walk_second_last_table", .fn = walk, .arg = 2,
	  .shared = WALK_SECOND },
	{ .name = "walk_third_last_table", .fn = walk, .arg = 3,
	  .shared = WALK_THIRD },
	{ .name = "walk_4k_last_table", .fn = walk_last_entry, .arg = 1,
	  .page_shift = 12 },
	{ .name = "walk_4k_second_last_table", .fn = walk_last_entry, .arg = 2,
	  .page_shift = 12 },
	{ .name = "walk_16k_last_table", .fn = walk_last_entry, .arg = 1,
	  .page_shift = 14 },
	{ .name = "walk_16k_second_last_table", .fn = walk_last_entry, .arg = 2,
	  .page_shift = 14 },
	{ .name = "walk_64k_last_table", .fn = walk_last_entry, .arg = 1,
	  .page_shift = 16 },
	{ .name = "walk_64k_second_last_table", .fn = walk_last_entry, .arg = 2,
	  .page_shift = 16 },
	{ .name = "walk_el0", .fn = walk_el0 },
	{ .name = "walk_for_fetch", .fn = walk_for_fetch, .arg = 1,
	  .shared = WALK_LAST },
	{ .name = "walk_second_for_fetch", .fn = walk_for_fetch, .arg = 2,
	  .shared = WALK_SECOND },
	{ .name = "walk_third_for_fetch", .fn = walk_for_fetch, .arg = 3,
	  .shared = WALK_THIRD },
	{ .name = "walk_for_at", .fn = walk_for_at, .arg = 1,
	  .shared = WALK_LAST },
	{ .name = "walk_second_for_at", .fn = walk_for_at, .arg = 2,
	  .shared = WALK_SECOND },
	{ .name = "walk_third_for_at", .fn = walk_for_at, .arg = 3,
	  .shared = WALK_THIRD },
	{ .name = "walk_and_flag", .fn = walk_and_flag, .arg = 1 },
	{ .name = "walk_second_and_flag", .fn = walk_and_flag, .arg = 2 },
	{ .name = "walk_third_and_flag", .fn = walk_and_flag, .arg = 3 },
	{ .name = "flag_read_only", .fn = flag_read_only },
	{ .name = "flag_read_only_interrupted",
	  .fn = flag_read_only_interrupted },
	{ .name = "table_read_only", .fn = table_read_only },
	{ .name = "table_read_only_untouched", .fn = table_read_only_untouched },
	{ .name = "fetch", .fn = fetch,
	  .arg = SETTING_hole, .shared = SETTINGS },
	{ .name = "fetch_sp_el0", .fn = fetch,
	  .arg = SETTING_sp_el0, .shared = SETTINGS },
	{ .name = "fetch_el0", .fn = fetch,
	  .arg = SETTING_el0, .shared = SETTINGS },
	{ .name = "fetch_device", .fn = fetch,
	  .arg = SETTING_device_ngnrne, .shared = SETTINGS },
	{ .name = "fetch_out_of_slot", .fn = fetch_from_slot },
	{ .name = "fetch_out_of_ro_slot", .fn = fetch_from_slot,
	  .arg = KVM_MEM_READONLY },
	{ .name = "fault_translation", .fn = fault, .arg = 0 },
	{ .name = "fault_access_flag", .fn = fault, .arg = 1 },
	{ .name = "fault_permission", .fn = fault, .arg = 2 },
	{ .name = "fault_address_size", .fn = fault, .arg = 3 },
	{ .name = "fault_alignment", .fn = fault_alignment },
	{ .name = "fault_device_ngnre", .fn = fault_device,
	  .arg = SETTING_device_ngnre, .shared = SETTINGS },
	{ .name = "fault_device_ngnrne", .fn = fault_device,
	  .arg = SETTING_device_ngnrne, .shared = SETTINGS },
	{ .name = "fault_zva_ngnre", .fn = fault_zva,
	  .arg = SETTING_device_ngnre, .shared = SETTINGS },
	{ .name = "fault_zva_ngnrne", .fn = fault_zva,
	  .arg = SETTING_device_ngnrne, .shared = SETTINGS },
	{ .name = "guarded_page", .fn = guarded_page },
	{ .name = "beyond_the_ipa_space", .fn = beyond },
	{ .name = "beyond_32_bits", .fn = beyond, .ipa_bits = 32 },
	{ .name = "beyond_36_bits", .fn = beyond, .ipa_bits = 36 },
	{ .name = "beyond_42_bits", .fn = beyond, .ipa_bits = 42 },
	{ .name = "beyond_44_bits", .fn = beyond, .ipa_bits = 44 },
	{ .name = "beyond_48_bits", .fn = beyond, .ipa_bits = 48 },
	{ .name = "beyond_the_machine", .fn = beyond_the_machine },
};

static void ignore(int sig)
{
	(void)sig;
}

/* When that is over KVM_RUN fails with EINTR. */
static void begin_time(void)
{
	const struct itimerval limit = { .it_value.tv_sec = CPU_SECONDS };
	const struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &limit, NULL);
}

/* And so does the case, also where a known deviation predicts no fault. */
static void end_time(struct nisv_check *c)
{
	const struct itimerval off = {};
	struct itimerval left;

	setitimer(ITIMER_PROF, &off, &left);
	if (!left.it_value.tv_sec && !left.it_value.tv_usec)
		nisv_fail(c, "not done after %d s of CPU time", CPU_SECONDS);
}

static void run_case(struct nisv_check *c, const void *arg)
{
	struct own_case o = *(const struct own_case *)arg;

	const struct nisv_space space = {
		.ipa_bits = o.ipa_bits,
		.page_shift = o.page_shift,
	};
	char requires[80], found[32];

	if (nisv_space_missing(&space, requires, sizeof(requires), found,
			       sizeof(found))) {
		nisv_skip(c, requires, "%s", found);
		return;
	}
	o.c = c;
	o.vm = vms[o.shared][o.cap].vm;
	o.walk = &vms[o.shared][o.cap].walk;
	if (!o.vm) {
		*o.walk = 0;
		o.vm = nisv_vm_new_in(&space, 1);
		if (o.cap)
			nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(o.vm),
				nisv_show_result,
				"the capability can be enabled (api.rst 4.37)");
	}
	o.page = nisv_vm_page_size(o.vm);
	nisv_vm_set(o.vm, SETTING_hole);
	begin_time();
	o.fn(&o);
	end_time(c);
	if (o.shared == ALONE || nisv_failed(c)) {
		nisv_vm_free(o.vm);
		o.vm = NULL;
	}
	vms[o.shared][o.cap].vm = o.vm;
}

int main(int argc, char **argv)
{
	size_t i;
	int cap;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (cap = 1; cap >= 0; cap--) {
			struct own_case *o = malloc(sizeof(*o));

			if (!o)
				abort();
			*o = cases[i];
			o->cap = cap;
			nisv_case(run_case, o, "%s_%s", o->name,
				  cap ? "on" : "off");
		}
	}
	return nisv_harness(argc, argv);
}
