// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_nested: the exit of a guest hypervisor, and of its guest.
 *
 * Contract (Documentation/virt/kvm/api.rst, 5 KVM_EXIT_ARM_NISV and
 * KVM_EXIT_MMIO, 4.31 KVM_SET_VCPU_EVENTS, 4.82 KVM_ARM_VCPU_HAS_EL2; Arm ARM
 * DDI0487, D8 address translation, D1.3 exception entry, ESR_EL2, FAR_EL2,
 * HPFAR_EL2, HCR_EL2.TEA). L1 is a guest at virtual EL2; L2 is its guest, behind
 * a stage 2 that L1 has made. For user space there is one guest, whose memory
 * slots are in the IPA space of L1:
 *
 * - A form at virtual EL2, with E2H 0 or 1, and one in L2 exit as in any other
 *   guest, with the capability on and off; nothing of either level changes. The
 *   address is the IPA of L1, in pages and in blocks of L1's stage 2, whether EL1 or
 *   EL0 of L2 makes the access, and whatever byte order L1's tables have
 *   (SCTLR_EL2.EE). Without a stage 2 of L1's (HCR_EL2.VM=0) the IPA of L2 is that
 *   of L1.
 * - An access that L1's stage 2 does not allow is L1's: it takes a data abort from
 *   a lower level, with the syndrome, FAR the VA and HPFAR the IPA of L2. User
 *   space sees nothing of it. That holds for an entry that is invalid, at every
 *   level, or without AF, and for one that is not permitted, whatever is at L1's
 *   IPA. When L1 has mended it, the access exits.
 * - A table of L2's stage 1 that L1's stage 2 does not map is L1's as well
 *   (S1PTW, HPFAR the IPA of the table). Mapped to where no slot is, it
 *   makes an external abort on a walk; a fetch from there is one too. A table of
 *   L1's own stage 2 where no slot is makes one that is L1's.
 * - What L1 has mapped is memory for L2, page by page and block by block: nothing
 *   beside it is, in a hugepage neither. It stays memory until L1 changes its
 *   table and invalidates it (TLBI by IPA, by range, by VMID); then what the table
 *   says holds. With a VMID of L1's that is new it holds at once.
 * - A slot that is deleted is a hole for L2, too; what L2 writes to a logged slot is
 *   dirty, each time; memory of a slot that user space cannot access is EFAULT
 *   (4.35, 4.8, 4.117).
 * - Each vCPU has its own L2, with the same or with other tables, which may have
 *   the same VMID (VTTBR_EL2.CnP is 0): what one does is not the other one's.
 * - An abort that user space injects while L2 runs goes to L2's EL1, with
 *   HCR_EL2.TEA of L1 to L1: vector, ESR, FAR, ELR, SPSR and PSTATE as the
 *   architecture has it. It comes once. An MMIO access does not complete then.
 * - An SError that comes while L1 runs, with HCR_EL2.AMO and TGE 0, is pending
 *   until L2 unmasks it: L1 does not take it. With HCR_EL2.AMO one that comes
 *   while L2 runs is L1's, and L2 cannot mask it.
 *
 * Cases: <form>.<level>_<on|off> and <form>.<level>.<what>_<on|off> for the
 * first form of each class and access; <level>.<what> for what needs one form.
 * Levels: vel2, vel2_e2h0, l2, l2_e2h0, l2_flat (HCR_EL2.VM=0).
 *
 * usual_vm.vel2: where there is virtual EL2, the guests of the other programs are at
 * it as well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_nested.h"

#define OWN_VA		0x2d0000000ul
#define NOWHERE_VA	0x5678901240ul	/* not mapped */
#define OWN_OFFSET	0x240		/* in its page */
#define OTHER_OFFSET	0x4c0
#define FAR_HOLE	0x800000ul	/* from the hole: no slot either */
#define BESIDE		0x10000ul	/* from the hole: a slot */
#define OWN_SLOT	0xa00000ul	/* from the hole: a slot of a case's own */
#define SLOT		31

#define OTHER_VMID	2
#define SERROR_ISS	0x123456u

#define ID_AA64ISAR0	ARM64_SYS_REG(3, 0, 0, 6, 0)
#define ISAR0_TLB	56	/* its field */

#define ESR_EC_HVC	(0x16ull << 26)
#define ESR_AR		BIT_ULL(14)
#define ESR_S1PTW	BIT_ULL(7)
#define LAST_LEVEL	3

#define PSTATE_M	0xfull

static const char * const level_names[NISV_NR_LEVELS] = {
	[LEVEL_VEL2] = "vel2",
	[LEVEL_VEL2_E2H0] = "vel2_e2h0",
	[LEVEL_L2] = "l2",
	[LEVEL_L2_E2H0] = "l2_e2h0",
	[LEVEL_L2_FLAT] = "l2_flat",
};

struct nested_case {
	void (*fn)(struct nested_case *o);
	enum nisv_level level;
	const struct nisv_form *form;
	unsigned int arg;
	bool cap;
	bool tea;
	bool el0;		/* of L2 makes the access */
	unsigned int nr_vcpus;
	/* while it runs: */
	struct nisv_check *c;
	struct nisv_nested *n;
	struct nisv_vm *vm;
	unsigned int cpu;
	struct nisv_regs regs;
	u64 va;			/* of the access */
};

static const char once[] = "an abort is delivered, not pending (api.rst 4.31)";
static const char no_other[] =
	"an exception changes no other register (DDI0487 D1.3)";

static struct nisv_l1 *l1_of(const struct nested_case *o)
{
	return &o->n->l1[o->cpu];
}

/* ---- a VM with the capability on or off, and TEA 0 or 1, of one level ---- */

static struct nisv_nested *shared[2][2];

static struct nisv_nested *new_vm(struct nested_case *o)
{
	struct nisv_nested *n = nisv_nested_new(o->level, o->nr_vcpus);

	if (nisv_level_is_l2(o->level))
		nisv_nested_set_tea(n, o->tea);
	if (o->cap)
		nisv_eq(o->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(n->vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	return n;
}

static void drop_shared(bool cap, bool tea)
{
	nisv_nested_free(shared[cap][tea]);
	shared[cap][tea] = NULL;
}

/* Cases are in order of their levels, and those of several vCPUs come last. */
static struct nisv_nested *get_shared(struct nested_case *o)
{
	struct nisv_nested **n = &shared[o->cap][o->tea];
	int i;

	for (i = 0; i < 4; i++)
		if (shared[i & 1][i >> 1] &&
		    shared[i & 1][i >> 1]->level != o->level)
			drop_shared(i & 1, i >> 1);
	if (*n && (*n)->nr_vcpus < o->nr_vcpus)
		drop_shared(o->cap, o->tea);
	if (!*n)
		*n = new_vm(o);
	return *n;
}

static void run_case(struct nisv_check *c, const void *arg)
{
	struct nested_case o = *(const struct nested_case *)arg;
	const char *missing, *found;

	missing = nisv_level_missing(o.level, &found);
	if (missing) {
		nisv_skip(c, missing, "%s", found);
		return;
	}
	o.c = c;
	o.n = get_shared(&o);
	o.vm = o.n->vm;
	if (nisv_check_has(c, o.vm, o.form, SETTING_hole)) {
		nisv_check_form(c, o.form, 0);
		o.fn(&o);
	}
	if (nisv_failed(c))	/* no VM for the next */
		drop_shared(o.cap, o.tea);
}

/* Where there can be a guest at virtual EL2, the library makes each one so. */
static void usual_vm(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	const char *missing, *found;
	struct nisv_regs regs;
	struct nisv_vm *vm;

	(void)arg;
	missing = nisv_level_missing(LEVEL_VEL2, &found);
	if (missing) {
		nisv_skip(c, missing, "%s", found);
		return;
	}
	vm = nisv_vm_new(1);
	if (nisv_check_to_exit(c, vm, 0, form, false, &regs))
		nisv_eq(c, "PSTATE.M", NISV_MODE_EL2H,
			nisv_vcpu_pstate(vm, 0) & PSTATE_M, nisv_show_hex,
			"the usual guest runs at EL2 with SP_EL2 (DDI0487 C5.2.19 SPSR_EL2)");
	nisv_vm_free(vm);
}

/* ---- the exit ---- */

static void form_exits(struct nested_case *o)
{
	nisv_check_form_whole(o->c, o->vm, o->cpu, o->form, o->cap);
}

/* L2, or a guest at virtual EL2, next runs the form with its access at @va. */
static void aim(struct nested_case *o, u64 va)
{
	unsigned int base = nisv_form_base(o->form);

	o->va = va;
	nisv_vcpu_load(o->vm, o->cpu, o->form, &o->regs);
	*(base == NISV_SP ? &o->regs.sp : &o->regs.x[base]) +=
		va - nisv_form_va(o->vm, o->form);
	if (o->el0) {
		/* the code it may execute, and not read */
		*nisv_nested_stage1(o->n, va, 0) |= NISV_S1_EL0;
		o->regs.pstate &= ~PSTATE_M;
		if (base == NISV_SP)
			o->regs.sp_el0 = o->regs.sp;
	}
	nisv_vcpu_start(o->vm, o->cpu, &o->regs);
}

static void check_regs(struct nested_case *o, enum nisv_extent extent)
{
	struct nisv_regs now;

	nisv_vcpu_regs(o->vm, o->cpu, o->form, &now, extent);
	nisv_check_regs(o->c, o->form, &o->regs, &now, extent,
			"the exit changes nothing of the guest's state (api.rst 5)");
}

/* The guest goes on with all that it had. */
static void check_goes_on(struct nested_case *o)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(o->c))
		return;
	seen = nisv_check_doorbell(o->c, o->vm, o->cpu, &trap);
	nisv_check_step(o->c, "goes on: ");
	if (seen) {
		nisv_eq(o->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
		nisv_check_regs(o->c, o->form, &o->regs, seen, NISV_SEEN,
				"the guest goes on with the state that it had");
	}
	nisv_check_step(o->c, "");
}

/* KVM_RUN, up to the exit that must come for IPA @ipa of L1. */
static void run_to_exit(struct nested_case *o, u64 ipa, struct nisv_want *want)
{
	struct nisv_situation s = { .form = o->form, .cap = o->cap, .ipa = ipa };
	unsigned int rt = nisv_form_rt(o->form);
	struct nisv_exit e;

	if (nisv_failed(o->c))
		return;
	s.store = rt == NISV_ZR ? 0 : o->regs.x[rt];
	nisv_expect(&s, want);
	nisv_vcpu_run(o->vm, o->cpu, &e);
	nisv_check_exit(o->c, o->form, want, &e);
	check_regs(o, NISV_NAMED);
	nisv_eq(o->c, "pending", 0, nisv_vcpu_pending(o->vm, o->cpu),
		nisv_show_dec,
		"no exception is pending after the exit (api.rst 4.31)");
}

/* The access is done by user space, or left out, and the guest goes on. */
static void check_goes_past(struct nested_case *o, const struct nisv_want *want)
{
	unsigned int rt = nisv_form_rt(o->form);

	if (nisv_failed(o->c))
		return;
	if (!want->mmio) {
		nisv_vcpu_set_pc(o->vm, o->cpu, o->regs.pc + 4);
	} else if (!want->is_write) {
		nisv_vcpu_mmio_data(o->vm, o->cpu, ~0ull);
		if (rt != NISV_ZR)
			o->regs.x[rt] = nisv_form_loaded(o->form, ~0ull);
	}
	check_goes_on(o);
}

static void check_exit(struct nested_case *o, u64 ipa)
{
	struct nisv_want want;

	run_to_exit(o, ipa, &want);
	check_goes_past(o, &want);
}

/* ---- what L1 takes ---- */

/* What KVM_RUN gave must be L1's doorbell. */
static bool check_bell(struct nested_case *o, const struct nisv_exit *e)
{
	struct nisv_want bell = {
		.exit_reason = EXIT_MMIO,
		.mmio = true,
		.phys_addr = nisv_nested_doorbell_ipa(o->n),
		.len = 8,
		.is_write = true,
	};

	nisv_check_step(o->c, "to L1: ");
	nisv_check_exit(o->c, NULL, &bell, e);
	nisv_check_step(o->c, "L1: ");
	return !nisv_failed(o->c);
}

/* KVM_RUN, up to L1's doorbell: L1 took something. */
static bool run_to_l1(struct nested_case *o)
{
	struct nisv_exit e;

	if (nisv_failed(o->c))
		return false;
	nisv_vcpu_run(o->vm, o->cpu, &e);
	return check_bell(o, &e);
}

/* What L1 found must be @want; @any are bits of ESR that are not known. */
static void check_l1(struct nested_case *o, const struct nisv_taken *want,
		     u64 any)
{
	const struct nisv_l1 *l1 = l1_of(o);
	int i;

	nisv_eq(o->c, "vector", want->vector, l1->vector, nisv_show_dec,
		"an exception from a lower level (DDI0487 D1.3)");
	nisv_eq(o->c, "esr", want->esr, (l1->esr & ~any) | (want->esr & any),
		nisv_show_hex, "the syndrome that is L2's (DDI0487 ESR_EL2)");
	nisv_eq(o->c, "far", want->far, l1->far, nisv_show_hex,
		"FAR is the VA of L2, with its low bits (DDI0487 FAR_EL2)");
	nisv_eq(o->c, "elr", want->elr, l1->elr, nisv_show_hex,
		"ELR is L2's instruction (DDI0487 D1.3)");
	nisv_eq(o->c, "spsr", want->spsr, l1->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE of L2 (DDI0487 D1.3)");
	for (i = 0; i < 31; i++)
		nisv_eq_many(o->c, "x%d", i, o->regs.x[i], l1->x[i], no_other);
	nisv_eq(o->c, "pending", 0, nisv_vcpu_pending(o->vm, o->cpu), nisv_show_dec,
		once);
}

static void check_hpfar(struct nested_case *o, u64 ipa)
{
	nisv_eq(o->c, "hpfar", ipa >> 12 << 4, l1_of(o)->hpfar, nisv_show_hex,
		"HPFAR has the page of L2's IPA, and NS is 0 (DDI0487 HPFAR_EL2)");
}

static void want_stage2(struct nested_case *o, u64 fsc, struct nisv_taken *want)
{
	nisv_expect_stage2(o->form, fsc, o->regs.pc, o->regs.pstate, o->va,
			   nisv_nested_sctlr(o->n), NISV_MODE_EL2H, want);
}

static u64 unknown(const struct nested_case *o)
{
	return nisv_classes[o->form->class].isv ? ESR_AR : 0;
}

/*
 * L1 takes the fault of its stage 2 that L2's access makes, with that FSC. HPFAR
 * is for @l2_ipa; 0: it is UNKNOWN.
 */
static void check_stage2_fault(struct nested_case *o, u64 fsc, u64 l2_ipa)
{
	struct nisv_taken want;

	want_stage2(o, fsc, &want);
	if (!run_to_l1(o))
		return;
	check_l1(o, &want, unknown(o));
	if (l2_ipa)
		check_hpfar(o, l2_ipa);
	nisv_check_step(o->c, "");
}

/* L1 goes on behind the instruction, as one that emulates it. */
static void l1_skips(struct nested_case *o)
{
	nisv_check_step(o->c, "");
	l1_of(o)->elr += 4;
	check_goes_on(o);
}

/*
 * A page of L2's of its own for each case, mapped to @ipa of L1: its descriptor
 * in L1's stage 2, and L2's IPA.
 */
static u64 *own_page(struct nested_case *o, u64 ipa, u64 *l2_ipa)
{
	static u64 next;
	u64 va = OWN_VA + next++ * o->n->page;

	*l2_ipa = nisv_nested_map(o->n, va, ipa, o->n->page);
	aim(o, va + OWN_OFFSET);
	return nisv_level_has_stage2(o->level) ?
	       nisv_nested_stage2(o->n, *l2_ipa, 0) : NULL;
}

/* The same for the hole: the page's VA. */
static u64 own_va(struct nested_case *o)
{
	u64 l2_ipa;

	own_page(o, o->n->hole, &l2_ipa);
	return o->va & -o->n->page;
}

/* A page of L2's of its own: what L1's stage 2 says of it does not matter. */
static void own_exit(struct nested_case *o)
{
	u64 l2_ipa;

	own_page(o, o->n->hole, &l2_ipa);
	check_exit(o, o->n->hole + OWN_OFFSET);
}

/* The entry of L1's stage 2 is bad; when L1 has mended it, the access exits. */
static void check_bad_entry(struct nested_case *o, u64 bad_bits, u64 fsc)
{
	u64 l2_ipa, *entry, good;

	entry = own_page(o, o->n->hole, &l2_ipa);
	good = *entry;
	*entry &= ~bad_bits;
	check_stage2_fault(o, fsc | LAST_LEVEL, l2_ipa);
	nisv_check_step(o->c, "mended: ");
	*entry = good;
	check_exit(o, o->n->hole + OWN_OFFSET);
}

static void hole_of_l1(struct nested_case *o)
{
	check_bad_entry(o, ~0ull, FSC_TRANSLATION);
}

/* An entry that is invalid and not 0. */
static void invalid_of_l1(struct nested_case *o)
{
	check_bad_entry(o, NISV_S2_VALID, FSC_TRANSLATION);
}

static void no_access_flag(struct nested_case *o)
{
	check_bad_entry(o, NISV_S2_AF, FSC_ACCESS_FLAG);
}

/* The next instruction is not the one that faulted: L1 emulated it. */
static void hole_skipped(struct nested_case *o)
{
	u64 l2_ipa;

	*own_page(o, o->n->hole, &l2_ipa) = 0;
	if (run_to_l1(o))
		l1_skips(o);
}

/* Again and again, until L1 does something about it. */
static void hole_left(struct nested_case *o)
{
	u64 l2_ipa;
	int i;

	*own_page(o, o->n->hole, &l2_ipa) = 0;
	for (i = 0; i < 3; i++)
		check_stage2_fault(o, FSC_TRANSLATION | LAST_LEVEL, l2_ipa);
	l1_skips(o);
}

/* Whether L1's stage 2 has a table @above levels above the last; or a skip. */
static bool has_levels(struct nested_case *o, unsigned int above)
{
	unsigned int levels = nisv_nested_levels(o->n);
	char requires[48];

	if (above < levels)
		return true;
	snprintf(requires, sizeof(requires), "a stage 2 of more than %u levels",
		 above);
	nisv_skip(o->c, requires, "%u", levels);
	return false;
}

/* arg: the level of L1's table whose entry is missing */
static void hole_of_level(struct nested_case *o)
{
	unsigned int above = LAST_LEVEL - o->arg;

	if (!has_levels(o, above))
		return;
	*nisv_nested_move(o->n, own_va(o), NISV_FAR_IPA, above) = 0;
	check_stage2_fault(o, FSC_TRANSLATION | o->arg, NISV_FAR_IPA);
	l1_skips(o);
}

/* The guest goes on and takes no exception: what it saw then, or NULL. */
static const struct nisv_regs *check_no_exception(struct nested_case *o)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(o->c))
		return NULL;
	seen = nisv_check_doorbell(o->c, o->vm, o->cpu, &trap);
	nisv_check_step(o->c, "");
	if (seen)
		nisv_eq(o->c, "vector", NISV_NO_VECTOR, trap.vector,
			nisv_show_dec, "the guest takes no exception");
	return nisv_failed(o->c) ? NULL : seen;
}

/* What L2 is aimed at is memory: @word, for a load. */
static void check_memory(struct nested_case *o, u64 word)
{
	const struct nisv_regs *seen = check_no_exception(o);

	if (seen && o->form->access == ACCESS_R)
		nisv_eq(o->c, "loaded", word, seen->x[nisv_form_rt(o->form)],
			nisv_show_hex,
			"what L1's stage 2 maps to a slot is its memory (DDI0487 D8.2)");
}

/* ---- what L1's stage 2 does not permit ---- */

static bool is_permitted(const struct nested_case *o, u64 taken_away)
{
	return !(taken_away & (o->form->access == ACCESS_W ? NISV_S2_WRITE :
			       o->form->access == ACCESS_R ? NISV_S2_READ :
			       NISV_S2_READ | NISV_S2_WRITE));
}

/* Memory of L1's that L2 may not write: it may read it. */
static void read_only_memory(struct nested_case *o)
{
	u64 l2_ipa, *entry;

	/* beside the hole is a slot, and memory that is looked at */
	entry = own_page(o, o->n->hole + BESIDE, &l2_ipa);
	*entry &= ~NISV_S2_WRITE;
	if (is_permitted(o, NISV_S2_WRITE)) {
		check_no_exception(o);
		return;
	}
	check_stage2_fault(o, FSC_PERMISSION | LAST_LEVEL, 0);
	l1_skips(o);
	nisv_eq(o->c, "memory changed", 0, nisv_vm_memory_changed(o->vm, true),
		nisv_show_dec, "what may not be written stays as it is");
}

/* After an exit that should not have come: for the cases behind this one. */
static void go_past(struct nested_case *o, const struct nisv_exit *e)
{
	struct nisv_trap trap;

	if (e->reason != EXIT_MMIO)
		nisv_vcpu_set_pc(o->vm, o->cpu, o->regs.pc + 4);
	nisv_check_doorbell(o->c, o->vm, o->cpu, &trap);
}

/* arg: what L2 may not do where no slot is */
static void not_permitted(struct nested_case *o)
{
	struct nisv_taken want;
	struct nisv_exit e;
	u64 l2_ipa;
	bool asked;

	*own_page(o, o->n->hole, &l2_ipa) &= ~(u64)o->arg;
	if (is_permitted(o, o->arg)) {
		check_exit(o, o->n->hole + OWN_OFFSET);
		return;
	}
	want_stage2(o, FSC_PERMISSION | LAST_LEVEL, &want);
	nisv_vcpu_run(o->vm, o->cpu, &e);
	asked = !e.ret && e.phys_addr == nisv_nested_doorbell_ipa(o->n);
	nisv_eq(o->c, "L1's permissions first", true, asked, nisv_show_dec,
		"what L1's stage 2 does not permit is L1's (DDI0487 D8.4)");
	if (!asked) {
		go_past(o, &e);
		return;
	}
	nisv_check_step(o->c, "L1: ");
	check_l1(o, &want, unknown(o));
	l1_skips(o);
}

/* ---- blocks of L1's stage 2 ---- */

static void block(struct nested_case *o)
{
	nisv_nested_map_block(o->n, own_va(o), o->n->hole);
	check_exit(o, o->n->hole + OWN_OFFSET);
}

/* Without AF: the level is that of the block's entry. */
static void block_no_access_flag(struct nested_case *o)
{
	u64 l2_ipa = nisv_nested_map_block(o->n, own_va(o), o->n->hole);

	*nisv_nested_stage2(o->n, l2_ipa, 1) &= ~NISV_S2_AF;
	check_stage2_fault(o, FSC_ACCESS_FLAG | (LAST_LEVEL - 1), l2_ipa);
	l1_skips(o);
}

/* Memory in a block that L2 may not write. */
static void block_read_only(struct nested_case *o)
{
	u64 l2_ipa;

	l2_ipa = nisv_nested_map_block(o->n, own_va(o), o->n->hole + BESIDE);
	*nisv_nested_stage2(o->n, l2_ipa, 1) &= ~NISV_S2_WRITE;
	check_stage2_fault(o, FSC_PERMISSION | (LAST_LEVEL - 1), 0);
	l1_skips(o);
}

/* ---- what L1 does meanwhile ---- */

/* L2 calls L1, which has rung then. */
static bool call_l1(struct nested_case *o)
{
	static const u64 nothing[4];

	if (nisv_failed(o->c))
		return false;
	nisv_vcpu_load_call(o->vm, o->cpu, nothing);
	if (!run_to_l1(o))
		return false;
	nisv_eq(o->c, "esr", ESR_EC_HVC | ESR_IL, l1_of(o)->esr, nisv_show_hex,
		"HVC of L2 comes to L1 (DDI0487 C6.2)");
	nisv_check_step(o->c, "");
	return !nisv_failed(o->c);
}

/* The same, and L1 returns, with what the host has changed. */
static void call_and_return(struct nested_case *o)
{
	if (call_l1(o))
		check_no_exception(o);
}

/* Memory that L2 has read; its descriptor in L1's stage 2, and L2's IPA. */
static u64 *read_page(struct nested_case *o, u64 *l2_ipa)
{
	u64 *entry = own_page(o, o->n->hole + BESIDE, l2_ipa);

	check_memory(o, nisv_pattern(OWN_OFFSET / 8));
	return entry;
}

/* arg: how L1 invalidates what it has unmapped */
static void invalidated(struct nested_case *o)
{
	u64 l2_ipa, *entry;

	if (o->arg == NISV_TLBI_RANGE &&
	    !nisv_check_id(o->c, o->vm, ID_AA64ISAR0, ISAR0_TLB, 2,
			   "FEAT_TLBIRANGE (ID_AA64ISAR0_EL1.TLB >= 2)"))
		return;
	entry = read_page(o, &l2_ipa);
	*entry = 0;
	nisv_nested_invalidate(o->n, o->cpu, o->arg, l2_ipa);
	call_and_return(o);
	aim(o, o->va);
	check_stage2_fault(o, FSC_TRANSLATION | LAST_LEVEL, l2_ipa);
	nisv_check_step(o->c, "mapped: ");
	*entry = nisv_nested_page(o->n->hole);
	check_exit(o, o->n->hole + OWN_OFFSET);
}

/* All of a block goes, whatever address in it L1 invalidates. */
static void block_invalidated(struct nested_case *o)
{
	u64 l2_ipa, first;

	l2_ipa = nisv_nested_map_block(o->n, own_va(o), o->n->hole + BESIDE);
	check_memory(o, nisv_pattern(OWN_OFFSET / 8));
	*nisv_nested_stage2(o->n, l2_ipa, 1) = 0;
	first = l2_ipa & -nisv_nested_block_size(o->n);
	nisv_nested_invalidate(o->n, o->cpu, NISV_TLBI_IPA, first);
	call_and_return(o);
	aim(o, o->va);
	check_stage2_fault(o, FSC_TRANSLATION | (LAST_LEVEL - 1), l2_ipa);
	l1_skips(o);
}

/* No TLB has anything of a VMID that L1 has not used, so its tables count. */
static void new_vmid(struct nested_case *o)
{
	u64 l2_ipa, *entry;

	entry = read_page(o, &l2_ipa);
	*entry = nisv_nested_page(o->n->hole);
	nisv_nested_use(o->n, o->cpu, false, OTHER_VMID);
	call_and_return(o);
	aim(o, o->va);
	check_exit(o, o->n->hole + OWN_OFFSET);
	nisv_nested_use(o->n, o->cpu, false, NISV_VMID);
	call_and_return(o);
}

/* L1 with SCTLR_EL2.EE: what it maps, and what it does not. */
static void big_endian(struct nested_case *o)
{
	struct nisv_taken want;
	u64 mapped = own_va(o) + OWN_OFFSET, not_mapped, l2_ipa;

	*own_page(o, o->n->hole, &l2_ipa) = 0;
	not_mapped = o->va;
	if (!call_l1(o))
		return;
	nisv_nested_set_big_endian(o->n, true);
	if (!check_no_exception(o))
		return;
	aim(o, mapped);
	check_exit(o, o->n->hole + OWN_OFFSET);
	aim(o, not_mapped);
	want_stage2(o, FSC_TRANSLATION | LAST_LEVEL, &want);
	if (!run_to_l1(o))
		return;
	nisv_nested_set_big_endian(o->n, false);
	check_l1(o, &want, unknown(o));
	check_hpfar(o, l2_ipa);
	l1_skips(o);
}

/*
 * arg: at which level the walk finds that a table of L1's is where no slot is. L1
 * does not mend it, but emulates the access.
 */
static void table_no_slot(struct nested_case *o)
{
	unsigned int above = LAST_LEVEL + 1 - o->arg;
	struct nisv_taken want;
	struct nisv_exit e;
	u64 *entry;

	if (!has_levels(o, above))
		return;
	entry = nisv_nested_move(o->n, own_va(o), NISV_FAR_IPA, above);
	*entry = o->n->hole | NISV_S2_TABLE;
	want_stage2(o, FSC_WALK | o->arg, &want);
	nisv_vcpu_run(o->vm, o->cpu, &e);
	nisv_eq(o->c, "KVM_RUN on L1's table", 0, e.ret, nisv_show_result,
		"an external abort on a walk of stage 2 is L1's (DDI0487 D8.5), no error");
	if (e.ret)
		nisv_vcpu_run(o->vm, o->cpu, &e);
	if (!check_bell(o, &e))
		return;
	/* HPFAR is UNKNOWN then */
	check_l1(o, &want, unknown(o));
	*entry = 0;
	l1_skips(o);
}

/* ---- slots ---- */

/* The case's own slot, of one page; no memory: it goes. */
static void set_slot(struct nested_case *o, void *memory, u32 flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = SLOT,
		.flags = flags,
		.guest_phys_addr = o->n->hole + OWN_SLOT,
		.memory_size = memory ? o->n->page : 0,
		.userspace_addr = (u64)memory,
	};
	int ret = ioctl(nisv_vm_fd(o->vm), KVM_SET_USER_MEMORY_REGION, &region);

	nisv_eq(o->c, "KVM_SET_USER_MEMORY_REGION", 0, ret < 0 ? -errno : ret,
		nisv_show_result,
		"slots can be set, changed and deleted at any time (api.rst 4.35)");
}

static void check_dirty(struct nested_case *o, u64 want, const char *rule)
{
	u64 bitmap = 0;
	struct kvm_dirty_log log = { .slot = SLOT, .dirty_bitmap = &bitmap };
	int ret = ioctl(nisv_vm_fd(o->vm), KVM_GET_DIRTY_LOG, &log);

	nisv_eq(o->c, "KVM_GET_DIRTY_LOG", 0, ret < 0 ? -errno : ret,
		nisv_show_result, "a slot with dirty logging has a log (api.rst 4.8)");
	nisv_eq(o->c, "dirty pages", want, bitmap, nisv_show_hex, rule);
}

static void make_clean(struct nested_case *o)
{
	u64 bitmap = 1;
	struct kvm_clear_dirty_log log = {
		.slot = SLOT,
		.num_pages = o->n->page / getpagesize(),
		.dirty_bitmap = &bitmap,
	};
	int ret = ioctl(nisv_vm_fd(o->vm), KVM_CLEAR_DIRTY_LOG, &log);

	nisv_eq(o->c, "KVM_CLEAR_DIRTY_LOG", 0, ret < 0 ? -errno : ret,
		nisv_show_result, "pages can be made clean (api.rst 4.117)");
}

/*
 * L2 writes to the slot: before it is logged, then, and once more. Only
 * KVM_CLEAR_DIRTY_LOG makes it clean, as each time that KVM does so it looks at
 * all of each stage 2, of 48 bits.
 */
static void write_logged(struct nested_case *o, void *memory)
{
	static const char is_dirty[] =
		"a page that the guest has written is dirty (api.rst 4.8)";
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
		.args = { KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE },
	};
	int ret = ioctl(nisv_vm_fd(o->vm), KVM_ENABLE_CAP, &cap);

	nisv_eq(o->c, "KVM_ENABLE_CAP", 0, ret < 0 ? -errno : ret,
		nisv_show_result, "dirty pages can stay dirty (api.rst 7.18)");
	check_memory(o, 0);
	set_slot(o, memory, KVM_MEM_LOG_DIRTY_PAGES);
	check_dirty(o, 0, "what was written before counts no more (api.rst 4.8)");
	aim(o, o->va);
	check_memory(o, 0);
	check_dirty(o, 1, is_dirty);
	make_clean(o);
	aim(o, o->va);
	check_memory(o, 0);
	check_dirty(o, 1, is_dirty);
}

/* What user space cannot access itself is no memory of L2's either. */
static void write_inaccessible(struct nested_case *o, void *memory)
{
	struct nisv_exit e;

	if (nisv_failed(o->c))
		return;
	mprotect(memory, o->n->page, PROT_NONE);
	aim(o, o->va);
	nisv_vcpu_run(o->vm, o->cpu, &e);
	nisv_eq(o->c, "KVM_RUN", -EFAULT, e.ret, nisv_show_result,
		"a slot's page that user space cannot access: EFAULT (api.rst 5 KVM_EXIT_MEMORY_FAULT)");
	check_regs(o, NISV_NAMED);
}

/* A slot that is logged, whose memory user space takes away, and that goes. */
static void slot(struct nested_case *o)
{
	void *memory;
	u64 l2_ipa;

	memory = mmap(NULL, o->n->page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		nisv_fail(o->c, "no memory");
		return;
	}
	set_slot(o, memory, 0);
	own_page(o, o->n->hole + OWN_SLOT, &l2_ipa);
	write_logged(o, memory);
	write_inaccessible(o, memory);
	/* it must be mapped for L2 when the slot goes */
	mprotect(memory, o->n->page, PROT_READ | PROT_WRITE);
	check_memory(o, 0);
	set_slot(o, NULL, 0);
	aim(o, o->va);
	check_exit(o, o->n->hole + OWN_SLOT + OWN_OFFSET);
	munmap(memory, o->n->page);
}

/* ---- hugepages ---- */

/* L2 loads the word that is at @at from the beginning of the hugepage. */
static void check_huge(struct nested_case *o, u64 va, u64 *memory, u64 at)
{
	WRITE_ONCE(memory[(at + OWN_OFFSET) / 8], at + 1);
	aim(o, va + OWN_OFFSET);
	check_memory(o, at + 1);
}

/* The memory of a hugepage that is as large as a block of L1's stage 2. */
static u64 *check_has_huge(struct nested_case *o, u64 *ipa, u64 *size)
{
	u64 *memory = nisv_nested_huge(o->n, ipa, size);

	if (memory && *size == nisv_nested_block_size(o->n))
		return memory;
	nisv_skip(o->c, "memory in hugepages (CONFIG_TRANSPARENT_HUGEPAGE)",
		  memory ? "of another size" : "none");
	return NULL;
}

/* L1 maps a page of a hugepage; the page behind it is a hole. */
static void page_of_huge(struct nested_case *o)
{
	u64 ipa, size, *memory;
	u64 page = o->n->page;
	u64 va = own_va(o), behind = own_va(o);

	memory = check_has_huge(o, &ipa, &size);
	if (!memory)
		return;
	*nisv_nested_move(o->n, va, NISV_HUGE_IPA, 0) = nisv_nested_page(ipa);
	*nisv_nested_move(o->n, behind, NISV_HUGE_IPA + page, 0) =
		nisv_nested_page(o->n->hole);
	check_huge(o, va, memory, 0);
	aim(o, behind + OWN_OFFSET);
	check_exit(o, o->n->hole + OWN_OFFSET);
}

/* L1 maps all of it as a block; the page behind the block is a hole. */
static void block_of_huge(struct nested_case *o)
{
	u64 ipa, size, l2_ipa, *memory;
	u64 page = o->n->page;
	u64 va = own_va(o), last = own_va(o), behind = own_va(o);

	memory = check_has_huge(o, &ipa, &size);
	if (!memory)
		return;
	l2_ipa = nisv_nested_map_block(o->n, va, ipa);
	nisv_nested_map_block(o->n, last, ipa + size - page);
	*nisv_nested_move(o->n, behind, l2_ipa + size, 0) =
		nisv_nested_page(o->n->hole);
	check_huge(o, va, memory, 0);
	check_huge(o, last, memory, size - page);
	aim(o, behind + OWN_OFFSET);
	check_exit(o, o->n->hole + OWN_OFFSET);
}

/* ---- injection ---- */

static bool to_exit_and_inject(struct nested_case *o)
{
	struct nisv_want want;
	u64 l2_ipa;

	if (o->el0) {
		own_page(o, o->n->hole, &l2_ipa);
		run_to_exit(o, o->n->hole + OWN_OFFSET, &want);
	} else {
		nisv_check_to_exit(o->c, o->vm, o->cpu, o->form, o->cap,
				   &o->regs);
		o->va = nisv_form_va(o->vm, o->form);
	}
	if (nisv_failed(o->c))
		return false;
	nisv_eq(o->c, "KVM_SET_VCPU_EVENTS", 0,
		nisv_vcpu_inject(o->vm, o->cpu, true, false, 0), nisv_show_result,
		"after an exit events can be injected (api.rst 4.31)");
	nisv_eq(o->c, "pending", 0, nisv_vcpu_pending(o->vm, o->cpu), nisv_show_dec,
		once);
	nisv_eq(o->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(o->vm, o->cpu),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	return !nisv_failed(o->c);
}

static void check_entering(struct nested_case *o, const struct nisv_taken *want,
			   const struct nisv_taken *got)
{
	nisv_check_step(o->c, "entry: ");
	nisv_eq(o->c, "vector", want->vector, got->vector, nisv_show_dec,
		"the vector of the level that takes it (DDI0487 D1.3, HCR_EL2)");
	nisv_eq(o->c, "esr", want->esr, got->esr, nisv_show_hex,
		"EC, IL and what was injected, nothing else (DDI0487 ESR_ELx)");
	nisv_eq(o->c, "far", want->far, got->far, nisv_show_hex,
		"FAR is the VA, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(o->c, "elr", want->elr, got->elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(o->c, "spsr", want->spsr, got->spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	nisv_eq(o->c, "handler's pstate", want->pstate, got->pstate,
		nisv_show_hex, "PSTATE as exception entry sets it (DDI0487 D1.3)");
	nisv_check_step(o->c, "");
}

/* Of the level that runs the form. */
static void want_own_abort(struct nested_case *o, struct nisv_taken *want)
{
	nisv_expect_abort(o->regs.pc, o->regs.pstate, o->va,
			  nisv_vcpu_sctlr(o->vm, o->cpu), nisv_vcpu_mode(o->vm, o->cpu),
			  want);
}

/* The guest takes the abort that @want says, with FSC @fsc. */
static void check_own_abort(struct nested_case *o, const struct nisv_taken *want,
			    u64 fsc)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	seen = nisv_check_doorbell(o->c, o->vm, o->cpu, &trap);
	nisv_check_step(o->c, "guest: ");
	if (!seen)
		return;
	nisv_eq(o->c, "vector", want->vector, trap.vector, nisv_show_dec,
		"without HCR_EL2.TEA it is the guest's own (DDI0487 HCR_EL2)");
	nisv_eq(o->c, "esr", (want->esr & ~ESR_FSC) | fsc, trap.esr,
		nisv_show_hex, "an external abort (DDI0487 ESR_ELx)");
	nisv_eq(o->c, "far", want->far, trap.far, nisv_show_hex,
		"FAR is the VA accessed, with its low bits (DDI0487 FAR_ELx)");
	nisv_eq(o->c, "elr", want->elr, trap.elr, nisv_show_hex,
		"ELR is the instruction (DDI0487 D1.3)");
	nisv_eq(o->c, "spsr", want->spsr, trap.spsr, nisv_show_hex,
		"SPSR is the whole PSTATE (DDI0487 D1.3)");
	nisv_check_regs(o->c, o->form, &o->regs, seen, NISV_SEEN, no_other);
}

/* The level that runs the form takes it. */
static void abort_own(struct nested_case *o)
{
	struct nisv_taken want, got;

	if (!to_exit_and_inject(o))
		return;
	want_own_abort(o, &want);
	nisv_vcpu_entering(o->vm, o->cpu, &got);
	check_entering(o, &want, &got);
	if (nisv_failed(o->c))
		return;
	check_own_abort(o, &want, want.esr & ESR_FSC);
	nisv_vcpu_next_skips(o->vm, o->cpu, &o->regs);
	check_goes_on(o);
	nisv_eq(o->c, "memory changed", 0, nisv_vm_memory_changed(o->vm, false),
		nisv_show_dec, "the access does not happen");
}

/* False where to give L1 an exception while L2 runs would crash the host. */
static bool check_survives(struct nested_case *o)
{
	bool survives = nisv_nested_survives_abort_to_l1();

	nisv_eq(o->c, "the host survives an abort to L1", true, survives,
		nisv_show_dec, "events can be injected (api.rst 4.31)");
	return survives;
}

/* HCR_EL2.TEA: L1 takes it. */
static void abort_to_l1(struct nested_case *o)
{
	struct nisv_taken want, got;

	if (!check_survives(o) || !to_exit_and_inject(o))
		return;
	nisv_expect_abort(o->regs.pc, o->regs.pstate, o->va,
			  nisv_nested_sctlr(o->n), NISV_MODE_EL2H, &want);
	nisv_nested_entering_l1(o->n, o->cpu, &got);
	check_entering(o, &want, &got);
	if (!run_to_l1(o))
		return;
	check_l1(o, &want, 0);
	l1_skips(o);
	nisv_eq(o->c, "memory changed", 0, nisv_vm_memory_changed(o->vm, false),
		nisv_show_dec, "the access does not happen");
}

/* KVM_GET_VCPU_EVENTS: an SError with that syndrome is pending, or none. */
static void check_serror(struct nested_case *o, bool pending, const char *rule)
{
	struct kvm_vcpu_events events = {};
	int ret = ioctl(nisv_vcpu_fd(o->vm, o->cpu), KVM_GET_VCPU_EVENTS, &events);

	nisv_eq(o->c, "KVM_GET_VCPU_EVENTS", 0, ret < 0 ? -errno : ret,
		nisv_show_result, "events can be read (api.rst 4.31)");
	nisv_eq(o->c, "serror_pending", pending, events.exception.serror_pending,
		nisv_show_dec, rule);
	if (pending)
		nisv_eq(o->c, "serror_esr", SERROR_ISS,
			events.exception.serror_esr, nisv_show_hex,
			"the syndrome that was injected (api.rst 4.31)");
}

/*
 * Injected while L1 runs, which has HCR_EL2.AMO and TGE 0: it is EL1's. With E2H=1
 * AMO may be taken to be 1 then, but L1 masks it.
 */
static void serror_at_l1(struct nested_case *o)
{
	static const char waits[] =
		"an SError that is EL1's is pending at EL2 (DDI0487 D1.3.6)";
	const struct nisv_regs *seen;
	struct nisv_taken want;
	struct nisv_trap trap;

	if (!nisv_check_serror_esr(o->c) || !call_l1(o))
		return;
	nisv_eq(o->c, "KVM_SET_VCPU_EVENTS", 0,
		nisv_vcpu_inject(o->vm, o->cpu, false, true, SERROR_ISS),
		nisv_show_result, "an SError can be injected (api.rst 4.31)");
	check_serror(o, true, waits);
	/* L2, which masks it at its doorbell */
	if (!check_no_exception(o))
		return;
	check_serror(o, true, "PSTATE.A masks an SError (DDI0487 D1.3.4)");
	nisv_vm_set(o->vm, SETTING_unmasked);
	nisv_vcpu_load(o->vm, o->cpu, o->form, &o->regs);
	nisv_vm_set(o->vm, SETTING_hole);
	nisv_expect_serror(o->regs.pc, o->regs.pstate, SERROR_ISS,
			   nisv_vcpu_sctlr(o->vm, o->cpu),
			   nisv_vcpu_mode(o->vm, o->cpu), &want);
	seen = nisv_check_doorbell(o->c, o->vm, o->cpu, &trap);
	nisv_check_step(o->c, "guest: ");
	if (!seen)
		return;
	nisv_eq(o->c, "vector", want.vector, trap.vector, nisv_show_dec,
		"L2 takes it when it unmasks it (DDI0487 D1.3.6)");
	nisv_eq(o->c, "esr", want.esr, trap.esr, nisv_show_hex,
		"the syndrome that was injected (api.rst 4.31)");
	nisv_eq(o->c, "elr", want.elr, trap.elr, nisv_show_hex,
		"ELR is the instruction that comes next (DDI0487 D1.3)");
	nisv_check_step(o->c, "");
	check_serror(o, false, "an SError is taken once (api.rst 4.31)");
}

/* Injected while L2 runs, for which L1 has HCR_EL2.AMO 1: L1 takes it. */
static void serror_to_l1(struct nested_case *o)
{
	struct nisv_taken want, got;

	if (!nisv_check_serror_esr(o->c) || !check_survives(o) || !call_l1(o))
		return;
	nisv_nested_set_amo(o->n, o->cpu, true);
	if (!check_no_exception(o))
		return;
	nisv_check_to_exit(o->c, o->vm, o->cpu, o->form, o->cap, &o->regs);
	/* L1 masks nothing that comes from L2, and L2 cannot */
	nisv_eq(o->c, "KVM_SET_VCPU_EVENTS", 0,
		nisv_vcpu_inject(o->vm, o->cpu, false, true, SERROR_ISS),
		nisv_show_result, "an SError can be injected (api.rst 4.31)");
	nisv_eq(o->c, "KVM_RUN", -EINTR, nisv_vcpu_complete(o->vm, o->cpu),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	nisv_nested_set_amo(o->n, o->cpu, false);
	if (nisv_failed(o->c))
		return;
	nisv_nested_entering_l1(o->n, o->cpu, &got);
	nisv_expect_serror(o->regs.pc, o->regs.pstate, SERROR_ISS,
			   nisv_nested_sctlr(o->n), NISV_MODE_EL2H, &want);
	want.far = got.far;	/* an SError has none */
	check_entering(o, &want, &got);
	if (!run_to_l1(o))
		return;
	check_l1(o, &want, 0);
	l1_skips(o);
	check_serror(o, false, "an SError is taken once (api.rst 4.31)");
	nisv_eq(o->c, "memory changed", 0, nisv_vm_memory_changed(o->vm, false),
		nisv_show_dec, "the access does not happen");
}

/* ---- stage 1 ---- */

/* A fault of the guest's own stage 1, of which KVM gets to know at the doorbell. */
static void own_fault(struct nested_case *o)
{
	struct nisv_taken kept;
	struct nisv_trap trap;

	aim(o, NOWHERE_VA);
	if (!nisv_check_doorbell(o->c, o->vm, o->cpu, &trap))
		return;
	nisv_check_step(o->c, "");
	nisv_eq(o->c, "far", NOWHERE_VA, trap.far, nisv_show_hex,
		"FAR is the VA accessed (DDI0487 FAR_ELx)");
	nisv_vcpu_entering(o->vm, o->cpu, &kept);
	nisv_eq(o->c, "KVM's far", trap.far, kept.far, nisv_show_hex,
		"KVM_GET_ONE_REG gives what the guest has (api.rst 4.69)");
	nisv_eq(o->c, "KVM's esr", trap.esr, kept.esr, nisv_show_hex,
		"KVM_GET_ONE_REG gives what the guest has (api.rst 4.69)");
	nisv_eq(o->c, "KVM's elr", trap.elr, kept.elr, nisv_show_hex,
		"KVM_GET_ONE_REG gives what the guest has (api.rst 4.69)");
	nisv_eq(o->c, "KVM's spsr", trap.spsr, kept.spsr, nisv_show_hex,
		"KVM_GET_ONE_REG gives what the guest has (api.rst 4.69)");
}

/* A page whose last table in stage 1 is no memory: L2's IPA of that table. */
static u64 open_walk(struct nested_case *o)
{
	u64 l2_ipa;

	own_page(o, o->n->hole, &l2_ipa);
	/* tables of its own */
	l2_ipa = nisv_nested_open_walk(o->n, o->va ^ BIT_ULL(34));
	aim(o, o->va ^ BIT_ULL(34));
	return l2_ipa;
}

/* L1's stage 2 has no such table: L1's. */
static void walk_hole_of_l1(struct nested_case *o)
{
	u64 ipa = open_walk(o);
	struct nisv_taken want;

	*nisv_nested_stage2(o->n, ipa, 0) = 0;
	want_stage2(o, FSC_TRANSLATION | LAST_LEVEL, &want);
	want.esr = (want.esr & (ESR_EC | ESR_IL | ESR_FSC)) | ESR_S1PTW;
	if (!run_to_l1(o))
		return;
	/* WnR of a walk is that of the access, or not */
	check_l1(o, &want, ESR_WNR);
	check_hpfar(o, ipa);
	l1_skips(o);
}

/* The table is where no slot is: an external abort of the walk. */
static void walk_no_slot(struct nested_case *o)
{
	struct nisv_taken want;

	open_walk(o);
	want_own_abort(o, &want);
	check_own_abort(o, &want, FSC_WALK | LAST_LEVEL);
}

static void walk_no_slot_to_l1(struct nested_case *o)
{
	struct nisv_taken want;

	open_walk(o);
	nisv_expect_abort(o->regs.pc, o->regs.pstate, o->va,
			  nisv_nested_sctlr(o->n), NISV_MODE_EL2H, &want);
	if (!run_to_l1(o))
		return;
	check_l1(o, &want, ESR_FSC);
	nisv_eq(o->c, "fsc of L2's walk", FSC_WALK | LAST_LEVEL,
		l1_of(o)->esr & ESR_FSC, nisv_show_hex,
		"external abort on a translation table walk of that level (DDI0487 ESR_ELx)");
	l1_skips(o);
}

/* ---- fetches of L2 ---- */

static void aim_pc(struct nested_case *o)
{
	o->regs.pc = o->va;
	nisv_vcpu_start(o->vm, o->cpu, &o->regs);
}

/* L1 takes @want, but as a fetch's, with HPFAR for @l2_ipa; 0: it is UNKNOWN. */
static void fetch_to_l1(struct nested_case *o, struct nisv_taken *want,
			u64 l2_ipa)
{
	want->esr -= ESR_EC_FETCH;
	if (!run_to_l1(o))
		return;
	check_l1(o, want, 0);
	if (l2_ipa)
		check_hpfar(o, l2_ipa);
	nisv_check_step(o->c, "");
	l1_of(o)->elr = nisv_form_pc(o->vm, o->form) + 4;
	check_goes_on(o);
}

static void fetch_hole_of_l1(struct nested_case *o)
{
	struct nisv_taken want;
	u64 l2_ipa;

	*own_page(o, o->n->hole, &l2_ipa) = 0;
	aim_pc(o);
	want_stage2(o, FSC_TRANSLATION | LAST_LEVEL, &want);
	fetch_to_l1(o, &want, l2_ipa);
}

/* Memory of L1's that L2 may not execute. */
static void fetch_no_exec(struct nested_case *o)
{
	struct nisv_taken want;
	u64 l2_ipa;

	*own_page(o, o->n->hole + BESIDE, &l2_ipa) |= NISV_S2_NO_EXEC;
	aim_pc(o);
	want_stage2(o, FSC_PERMISSION | LAST_LEVEL, &want);
	fetch_to_l1(o, &want, 0);
}

static void fetch_no_slot(struct nested_case *o)
{
	struct nisv_taken want;
	u64 l2_ipa;

	own_page(o, o->n->hole, &l2_ipa);
	aim_pc(o);
	want_own_abort(o, &want);
	want.esr -= ESR_EC_FETCH;
	check_own_abort(o, &want, want.esr & ESR_FSC);
}

static void fetch_no_slot_to_l1(struct nested_case *o)
{
	struct nisv_taken want;
	u64 l2_ipa;

	own_page(o, o->n->hole, &l2_ipa);
	aim_pc(o);
	nisv_expect_abort(o->regs.pc, o->regs.pstate, o->va,
			  nisv_nested_sctlr(o->n), NISV_MODE_EL2H, &want);
	fetch_to_l1(o, &want, 0);
}

/* ---- two vCPUs ---- */

/* vCPU 1 with a form of another kind, at another place in its page at @va. */
static struct nested_case other_vcpu(const struct nested_case *o, u64 va)
{
	struct nested_case other = *o;

	other.cpu = 1;
	other.form = nisv_form_named("stp_x_pre");
	aim(&other, va + OTHER_OFFSET);
	return other;
}

/* What is reported of each stays, and each goes on, the last one first. */
static void check_two_exits(struct nested_case *o, u64 ipa,
			    struct nested_case *other, u64 other_ipa)
{
	struct nisv_want want, other_want;
	struct nisv_exit e;

	run_to_exit(o, ipa, &want);
	nisv_check_form(o->c, other->form, other->cpu);
	run_to_exit(other, other_ipa, &other_want);
	if (nisv_failed(o->c))
		return;
	nisv_check_form(o->c, o->form, o->cpu);
	nisv_vcpu_look(o->vm, o->cpu, &e);
	e.ret = want.ret;
	nisv_check_exit(o->c, o->form, &want, &e);
	check_regs(o, NISV_ALL);
	nisv_check_form(o->c, other->form, other->cpu);
	check_goes_past(other, &other_want);
	nisv_check_form(o->c, o->form, o->cpu);
	check_goes_past(o, &want);
}

/* KVM_RUN once more: the same exit; then L2 goes on, behind the form. */
static void check_exits_again(struct nested_case *o)
{
	if (nisv_failed(o->c))
		return;
	nisv_check_exit_again(o->c, o->vm, o->cpu, o->form, o->cap);
	nisv_vcpu_set_pc(o->vm, o->cpu, o->regs.pc + 4);
	check_goes_on(o);
}

/* Both have the same tables. */
static void two_vcpus(struct nested_case *o)
{
	struct nested_case other;
	u64 l2_ipa, *entry;

	own_page(o, o->n->hole, &l2_ipa);
	other = other_vcpu(o, o->va & -o->n->page);
	check_two_exits(o, o->n->hole + OWN_OFFSET, &other,
			o->n->hole + OTHER_OFFSET);
	if (nisv_failed(o->c))
		return;
	/* and now one is at its exit when the other one's L1 has a fault */
	entry = own_page(&other, o->n->hole, &l2_ipa);
	*entry = 0;
	aim(o, o->va);
	nisv_check_form(o->c, o->form, o->cpu);
	nisv_check_to_exit(o->c, o->vm, o->cpu, o->form, o->cap, &o->regs);
	nisv_check_form(o->c, other.form, other.cpu);
	if (run_to_l1(&other))
		l1_skips(&other);
	nisv_check_form(o->c, o->form, o->cpu);
	check_exits_again(o);
}

/*
 * Each vCPU has a stage 2 of its own, with other memory and another hole at the
 * same IPAs of L2. arg: the VMID of the second, which may be that of the first, as
 * VTTBR_EL2.CnP is 0 (DDI0487 D8.16).
 */
static void two_stage2s(struct nested_case *o)
{
	u64 page = o->n->page, memory = own_va(o), hole = own_va(o);
	struct nested_case other;
	u64 *usual, *second;

	usual = nisv_nested_move(o->n, memory, NISV_OTHER_IPA, 0);
	nisv_nested_move(o->n, hole, NISV_OTHER_IPA + page, 0);
	second = nisv_nested_other_stage2(o->n, NISV_OTHER_IPA);
	second[0] = nisv_nested_page(o->n->hole);
	second[1] = nisv_nested_page(o->n->hole + FAR_HOLE);
	other = other_vcpu(o, memory);
	nisv_nested_use(o->n, other.cpu, true, o->arg);
	nisv_check_form(o->c, other.form, other.cpu);
	call_and_return(&other);

	/* not before: vCPU 1 has used the usual one with its VMID, too */
	usual[0] = nisv_nested_page(o->n->hole + BESIDE);
	usual[1] = nisv_nested_page(o->n->hole);
	nisv_check_form(o->c, o->form, o->cpu);
	aim(o, memory + OWN_OFFSET);
	check_memory(o, nisv_pattern(OWN_OFFSET / 8));
	nisv_check_form(o->c, other.form, other.cpu);
	aim(&other, other.va);
	check_exit(&other, o->n->hole + OTHER_OFFSET);
	nisv_check_form(o->c, o->form, o->cpu);
	aim(o, memory + OWN_OFFSET);
	check_memory(o, nisv_pattern(OWN_OFFSET / 8));

	aim(o, hole + OWN_OFFSET);
	aim(&other, hole + OTHER_OFFSET);
	check_two_exits(o, o->n->hole + OWN_OFFSET, &other,
			o->n->hole + FAR_HOLE + OTHER_OFFSET);
	usual[0] = 0;
	usual[1] = 0;
	nisv_nested_use(o->n, other.cpu, false, NISV_VMID);
	nisv_check_form(o->c, other.form, other.cpu);
	call_and_return(&other);
}

/* An abort of one is that one's. */
static void two_aborts(struct nested_case *o)
{
	struct nested_case other;
	u64 l2_ipa;

	own_page(o, o->n->hole, &l2_ipa);
	other = other_vcpu(o, o->va & -o->n->page);
	nisv_check_form(o->c, other.form, other.cpu);
	nisv_check_to_exit(o->c, o->vm, other.cpu, other.form, o->cap,
			   &other.regs);
	nisv_check_form(o->c, o->form, o->cpu);
	abort_own(o);
	nisv_check_form(o->c, other.form, other.cpu);
	check_exits_again(&other);
}

/* ---- the cases ---- */

struct kind {
	const char *name;
	void (*fn)(struct nested_case *o);
	bool stage2;		/* only where L1 has one */
	bool tea;
	bool el0;
	bool slow;		/* in one VM only */
	bool two;		/* vCPUs; KVM takes long to free a VM, for each */
	unsigned int arg;
	const char *form;	/* "ldr_x_post" unless said */
};

/* For the first form of each class and access. */
static const struct kind for_forms[] = {
	{ .name = "", .fn = form_exits },
	{ .name = ".abort", .fn = abort_own },
	{ .name = ".hole_of_l1", .fn = hole_of_l1, .stage2 = true },
	{ .name = ".read_only", .fn = read_only_memory, .stage2 = true },
	{ .name = ".no_write", .fn = not_permitted, .stage2 = true,
	  .arg = NISV_S2_WRITE },
	{ .name = ".no_read", .fn = not_permitted, .stage2 = true,
	  .arg = NISV_S2_READ },
	{ .name = ".block", .fn = block, .stage2 = true },
	{ .name = ".own_fault", .fn = own_fault },
};

/* The same, in L2 only. */
static const struct kind for_forms_of_l2[] = {
	{ .name = ".el0", .fn = own_exit, .el0 = true },
};

/* For one form, in L2. */
static const struct kind for_one[] = {
	{ .name = "abort_to_l1", .fn = abort_to_l1, .tea = true },
	{ .name = "mmio_abort_to_l1", .fn = abort_to_l1, .tea = true,
	  .form = "ldr_x" },
	{ .name = "invalid_of_l1", .fn = invalid_of_l1, .stage2 = true },
	{ .name = "no_access_flag", .fn = no_access_flag, .stage2 = true },
	{ .name = "block_no_access_flag", .fn = block_no_access_flag,
	  .stage2 = true },
	{ .name = "block_read_only", .fn = block_read_only, .stage2 = true,
	  .form = "str_x_post" },
	{ .name = "hole_skipped", .fn = hole_skipped, .stage2 = true },
	{ .name = "hole_left", .fn = hole_left, .stage2 = true },
	{ .name = "hole_of_level_1", .fn = hole_of_level, .stage2 = true,
	  .arg = 1 },
	{ .name = "hole_of_level_2", .fn = hole_of_level, .stage2 = true,
	  .arg = 2 },
	{ .name = "table_no_slot_2", .fn = table_no_slot, .stage2 = true,
	  .arg = 2 },
	{ .name = "table_no_slot_3", .fn = table_no_slot, .stage2 = true,
	  .arg = 3 },
	{ .name = "walk_hole_of_l1", .fn = walk_hole_of_l1, .stage2 = true },
	{ .name = "walk_no_slot", .fn = walk_no_slot },
	{ .name = "walk_no_slot_to_l1", .fn = walk_no_slot_to_l1, .tea = true },
	{ .name = "fetch_hole_of_l1", .fn = fetch_hole_of_l1, .stage2 = true },
	{ .name = "fetch_no_exec", .fn = fetch_no_exec, .stage2 = true },
	{ .name = "el0_fetch_no_exec", .fn = fetch_no_exec, .stage2 = true,
	  .el0 = true },
	{ .name = "fetch_no_slot", .fn = fetch_no_slot },
	{ .name = "fetch_no_slot_to_l1", .fn = fetch_no_slot_to_l1, .tea = true },
	{ .name = "el0_abort", .fn = abort_own, .el0 = true },
	{ .name = "el0_mmio_abort", .fn = abort_own, .el0 = true,
	  .form = "str_x" },
	{ .name = "el0_hole_of_l1", .fn = hole_of_l1, .stage2 = true,
	  .el0 = true },
	{ .name = "el0_abort_to_l1", .fn = abort_to_l1, .tea = true,
	  .el0 = true },
	/* KVM looks at all that L2 has of each stage 2 then: before the others */
	{ .name = "slot", .fn = slot, .slow = true, .form = "str_x_post" },
	{ .name = "invalidated_vmid", .fn = invalidated, .stage2 = true,
	  .slow = true, .arg = NISV_TLBI_VMID },
	{ .name = "invalidated_ipa", .fn = invalidated, .stage2 = true,
	  .arg = NISV_TLBI_IPA },
	{ .name = "invalidated_range", .fn = invalidated, .stage2 = true,
	  .arg = NISV_TLBI_RANGE },
	{ .name = "block_invalidated", .fn = block_invalidated, .stage2 = true },
	{ .name = "page_of_huge", .fn = page_of_huge, .stage2 = true },
	{ .name = "block_of_huge", .fn = block_of_huge, .stage2 = true },
	{ .name = "big_endian", .fn = big_endian, .stage2 = true },
	{ .name = "serror_at_l1", .fn = serror_at_l1 },
	{ .name = "serror_to_l1", .fn = serror_to_l1 },
	{ .name = "new_vmid", .fn = new_vmid, .stage2 = true },
	{ .name = "two_vcpus", .fn = two_vcpus, .two = true, .stage2 = true },
	{ .name = "two_stage2s", .fn = two_stage2s, .two = true, .stage2 = true,
	  .arg = OTHER_VMID },
	{ .name = "two_stage2s_one_vmid", .fn = two_stage2s, .two = true,
	  .stage2 = true, .arg = NISV_VMID },
	{ .name = "two_aborts", .fn = two_aborts, .two = true },
};

static struct nested_case *new_case(const struct kind *kind,
				    const struct nisv_form *form,
				    enum nisv_level level, bool cap)
{
	struct nested_case *o = calloc(1, sizeof(*o));

	if (!o)
		abort();
	o->fn = kind->fn;
	o->form = form;
	o->level = level;
	o->cap = cap;
	o->tea = kind->tea;
	o->el0 = kind->el0;
	o->arg = kind->arg;
	o->nr_vcpus = kind->two ? NISV_NESTED_VCPUS : 1;
	return o;
}

static void add_form_cases(enum nisv_level level, const struct kind *kind)
{
	unsigned int i;
	int cap;

	if (kind->stage2 && !nisv_level_has_stage2(level))
		return;
	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		for (cap = 1; cap >= 0 && nisv_form_first(form); cap--)
			nisv_case(run_case, new_case(kind, form, level, cap),
				  "%s.%s%s_%s", form->name, level_names[level],
				  kind->name, cap ? "on" : "off");
	}
}

static void add_case(enum nisv_level level, const struct kind *kind)
{
	const struct nisv_form *form;
	int cap;

	form = nisv_form_named(kind->form ? kind->form : "ldr_x_post");
	if (!form)
		abort();
	if (kind->stage2 && !nisv_level_has_stage2(level))
		return;
	if (kind->slow && level != LEVEL_L2)
		return;
	for (cap = 1; cap >= kind->slow; cap--)
		nisv_case(run_case, new_case(kind, form, level, cap),
			  "%s.%s_%s", level_names[level], kind->name,
			  cap ? "on" : "off");
}

int main(int argc, char **argv)
{
	int level;
	size_t i;

	nisv_case(usual_vm, NULL, "usual_vm.vel2");
	for (level = 0; level < NISV_NR_LEVELS; level++) {
		for (i = 0; i < ARRAY_SIZE(for_forms); i++)
			add_form_cases(level, &for_forms[i]);
		if (!nisv_level_is_l2(level))
			continue;
		for (i = 0; i < ARRAY_SIZE(for_forms_of_l2); i++)
			add_form_cases(level, &for_forms_of_l2[i]);
		for (i = 0; i < ARRAY_SIZE(for_one); i++)
			add_case(level, &for_one[i]);
	}
	return nisv_harness(argc, argv);
}
