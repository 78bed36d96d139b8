// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_slots: which accesses are outside of the memory slots.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.35 KVM_SET_USER_MEMORY_REGION,
 * 4.8 KVM_GET_DIRTY_LOG, 4.10 KVM_RUN, 5 KVM_EXIT_ARM_NISV; Arm ARM DDI0487,
 * ESR_EL2, FAR_EL2):
 *
 * - A page of a slot is memory, its last one too; the page behind it is not.
 *   There an instruction without syndrome does what it does anywhere else.
 * - A store, an atomic or DC ZVA to a slot with KVM_MEM_READONLY is the exit of
 *   nisv_exit (plain: KVM_EXIT_MMIO), and changes nothing. DFSC says permission
 *   fault if the page was mapped by a load before, and WnR is 1; an atomic reads
 *   first, so that it always is so. Loads read the memory. That is so on each
 *   vCPU, from EL0, at the end of a page, with dirty logging, which marks
 *   nothing, and after the slot has moved; the flag of a slot cannot change. No
 *   system register changes, PAR neither, which KVM itself may use.
 * - Cache maintenance of a read-only slot's page is such an exit, with CM, where
 *   the CPU checks a permission for it.
 * - Where a slot has been deleted or moved away from there is a hole at once.
 *   Where one appears after the exit, the instruction succeeds when the guest is
 *   entered again: the same registers, the same memory.
 * - An access that begins in a slot and ends in a hole exits with the IPA of the
 *   first byte in the hole; what it stores to the slot it may have stored.
 * - A plain access that faults on its second page has no syndrome either. The
 *   level in DFSC is the last one where a page beside is mapped.
 * - Dirty logging marks what the guest has written, each time, and nothing else. Changing
 *   slots and their flags leaves the capability as it is.
 * - A page of a slot that user space cannot access itself is EFAULT, not the
 *   exit; when it can be accessed again the guest goes on.
 *
 * Cases: <form>.<what>.<on|off> for the first form of each class and access (.on of
 * some where a class needs more than its base register),
 * <form>.across.on for forms that touch several registers, and for the first
 * of each size that may be unaligned, .off for those that stand for a class; and
 * what is about no form, by name.
 *
 * What a form does to memory is taken from a run of the same form on the same
 * bytes in an ordinary slot.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/kvm.h>

#include "nisv.h"
#include "nisv_arch.h"

/* Pages of the area. Pages 0 and 1 are an ordinary slot, for reference. */
#define NR_PAGES	8
#define PAGE_FIRST	2
#define PAGE_LAST	3
#define PAGE_BEHIND	4
#define PAGE_NEXT	5

#define SLOT_REFERENCE	20
#define SLOT_FIRST	21
#define SLOT_NEXT	22
#define SLOT_BEHIND	23

#define AREA_IPA	0x800000	/* from the hole */
#define AREA_VA		0x2c0000000ul

#define OFFSET		0x1c0		/* of an access in its page */
#define LAST_LEVEL	3		/* of translation: pages */

/*
 * To make and delete a slot takes longer than the rest of a case: some leave
 * SLOT_FIRST, with PAGE_FIRST and PAGE_LAST, to the next one.
 */
enum kept {
	KEPT_NONE,
	KEPT_WRITABLE,
	KEPT_READ_ONLY,
	KEPT_ACROSS,		/* and SLOT_NEXT, with PAGE_NEXT */
};

struct slot_case {
	const struct nisv_form *form;
	void (*fn)(struct slot_case *s);
	enum kept kept;		/* what it leaves, and may find */
	bool anew;		/* no: nothing has touched the slot's pages yet */
	bool cap;
	/* while it runs: */
	struct nisv_check *c;
	struct nisv_regs regs;	/* what the guest has */
	bool may_load;		/* a part of the access succeeds */
	unsigned int cpu;
	bool el0;
	bool full;		/* it needs a VM with more features */
	bool thorough;		/* the exit comes once more */
	bool waits;		/* the guest is at a form that has exited */
};

/* The VMs that cases share, and their memory. */
struct area {
	struct nisv_vm *vm;
	u64 page;		/* bytes */
	u64 ipa;
	u64 user_va;		/* where EL0 has it, 0: not yet */
	bool code;		/* for literals there */
	u8 *memory;
	enum kept kept;		/* what the last case has left */
	struct {		/* the run in the slot for reference: */
		const struct nisv_form *form;	/* NULL: none */
		s64 offset;
		bool el0;
	} ran;
	struct nisv_regs reference;	/* what the guest had then */
};

static struct area areas[2][2];

static struct area *area_of(const struct slot_case *s)
{
	return &areas[s->full][s->cap];
}

static u64 pattern(u64 word)
{
	return 0x8182838485868788ull + word * 0x0101030107010b01ull;
}

static u64 *words_of(const struct area *a, unsigned int page)
{
	return (u64 *)(a->memory + page * a->page);
}

static void fill_pages(struct area *a, unsigned int page, unsigned int end)
{
	u64 i;

	for (; page < end; page++)
		for (i = 0; i < a->page / sizeof(u64); i++)
			words_of(a, page)[i] = pattern(i);
}

/* Every page has the same bytes, but for those of the slot for reference. */
static void fill(struct area *a)
{
	fill_pages(a, PAGE_FIRST, NR_PAGES);
}

/* How many words of the page differ from what fill() left. */
static unsigned int changed(const struct area *a, unsigned int page)
{
	unsigned int n = 0;
	u64 i;

	for (i = 0; i < a->page / sizeof(u64); i++)
		n += words_of(a, page)[i] != pattern(i);
	return n;
}

static unsigned int differ(const struct area *a, unsigned int page,
			   unsigned int other)
{
	unsigned int n = 0;
	u64 i;

	for (i = 0; i < a->page / sizeof(u64); i++)
		n += words_of(a, page)[i] != words_of(a, other)[i];
	return n;
}

/* What the ioctl returned, or the negative errno; no pages: deletes it. */
static int set_slot(struct slot_case *s, unsigned int slot, unsigned int page,
		    unsigned int pages, u32 flags)
{
	struct area *a = area_of(s);

	return nisv_set_slot(nisv_vm_fd(a->vm), slot, flags,
			     a->ipa + page * a->page, pages * a->page,
			     words_of(a, page));
}

static void slot_is(struct slot_case *s, unsigned int slot, unsigned int page,
		    unsigned int pages, u32 flags)
{
	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		set_slot(s, slot, page, pages, flags), nisv_show_result,
		"slots can be set, changed and deleted at any time (api.rst 4.35)");
}

static bool area_new(struct slot_case *s)
{
	const struct nisv_space space = { .full = s->full };
	struct area *a = area_of(s);

	a->vm = nisv_vm_new_in(&space, 2);
	nisv_vm_add_neighbours(a->vm);	/* copies have their other address there */
	a->user_va = 0;
	a->code = false;
	a->kept = KEPT_NONE;
	a->ran.form = NULL;
	a->page = nisv_vm_page_size(a->vm);
	a->ipa = nisv_form_ipa(a->vm, s->form) / 0x10000 * 0x10000 + AREA_IPA;
	a->memory = mmap(NULL, NR_PAGES * a->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a->memory == MAP_FAILED) {
		nisv_fail(s->c, "no memory");
		return false;
	}
	nisv_vm_map(a->vm, AREA_VA, a->ipa, NR_PAGES * a->page);
	slot_is(s, SLOT_REFERENCE, 0, 2, 0);
	if (s->cap)
		nisv_eq(s->c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(a->vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
	return !nisv_failed(s->c);
}

static void area_free(struct slot_case *s)
{
	struct area *a = area_of(s);

	nisv_vm_free(a->vm);
	munmap(a->memory, NR_PAGES * a->page);
	a->vm = NULL;
}

static u64 va_of(struct slot_case *s, unsigned int page, s64 offset)
{
	bool user = s->el0 || nisv_form_unprivileged(s->form);

	return (user ? area_of(s)->user_va : AREA_VA) +
	       page * area_of(s)->page + offset;
}

/* Maps what the form needs besides. */
static void map_area(struct slot_case *s)
{
	struct area *a = area_of(s);

	if ((s->el0 || nisv_form_unprivileged(s->form)) && !a->user_va)
		a->user_va = nisv_vm_map_for_el0(a->vm, AREA_VA, a->ipa,
						 NR_PAGES * a->page);
	if (nisv_form_is_literal(s->form) && !a->code)
		nisv_vm_map_code(a->vm, AREA_VA, NR_PAGES * a->page);
	a->code |= nisv_form_is_literal(s->form);
}

/* The register with the address, or the first element of a vector of them. */
static u64 *base_reg(const struct nisv_form *form, struct nisv_regs *regs)
{
	unsigned int base = nisv_form_base(form);

	if (base == NISV_NO_BASE)
		return &regs->v[1][0];
	if (base != NISV_SP)
		return &regs->x[base];
	/* the library's mode of EL1 and EL2 has the other stack pointer */
	return regs->pstate & PSTATE_EL ? &regs->sp : &regs->sp_el0;
}

/* The guest next runs the form on @page. */
static void aim_with(struct slot_case *s, const struct nisv_form *form,
		     unsigned int page, s64 offset)
{
	struct area *a = area_of(s);

	if (s->waits)
		nisv_vcpu_set_pc(a->vm, s->cpu, (u64)nisv_guest_entry);
	s->waits = false;
	nisv_vcpu_load(a->vm, s->cpu, form, &s->regs);
	if (nisv_form_is_literal(form))
		nisv_vcpu_aim_literal(a->vm, form, &s->regs,
				      va_of(s, page, offset));
	else
		*base_reg(form, &s->regs) += va_of(s, page, offset) -
					     nisv_form_va(a->vm, form);
	nisv_vcpu_start(a->vm, s->cpu, &s->regs);
}

static void aim(struct slot_case *s, unsigned int page, s64 offset)
{
	aim_with(s, s->form, page, offset);
}

/* To the doorbell: what the guest has then; NULL when it took an exception. */
static const struct nisv_regs *went_on(struct slot_case *s)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(s->c))
		return NULL;
	seen = nisv_check_doorbell(s->c, area_of(s)->vm, s->cpu, &trap);
	if (!seen)
		return NULL;
	nisv_check_step(s->c, "");
	nisv_eq(s->c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
		"the guest goes on and takes no exception");
	return nisv_failed(s->c) ? NULL : seen;
}

/*
 * The form in an ordinary slot, at the same offset: once for the cases in a row
 * that compare with it. All other pages are as fill() leaves them.
 */
static void run_reference(struct slot_case *s, s64 offset)
{
	struct area *a = area_of(s);
	const struct nisv_regs *seen;

	fill(a);
	if (a->ran.form == s->form && a->ran.offset == offset &&
	    a->ran.el0 == s->el0)
		return;
	fill_pages(a, 0, PAGE_FIRST);
	aim(s, 0, offset);
	seen = went_on(s);
	if (!seen)
		return;
	a->ran.form = s->form;
	a->ran.offset = offset;
	a->ran.el0 = s->el0;
	a->reference = *seen;
	/* what does not match is not stored, and tags are no bytes */
	if (s->form->access != ACCESS_R && s->form->class != CLASS_CAS &&
	    s->form->class != CLASS_TAG && !changed(a, 0) && !changed(a, 1))
		nisv_fail(s->c, "the form stored nothing to an ordinary slot");
}

/* From the aimed form to the doorbell: what came of it is as in the reference. */
static void check_succeeds(struct slot_case *s, unsigned int page,
			   unsigned int pages)
{
	struct area *a = area_of(s);
	struct nisv_regs want = a->reference;
	const struct nisv_regs *seen = went_on(s);
	unsigned int i;

	if (!seen)
		return;
	if (!nisv_form_is_literal(s->form))
		*base_reg(s->form, &want) += page * a->page;
	nisv_check_regs(s->c, s->form, &want, seen, NISV_SEEN,
			"in a slot the instruction does what it does to memory (DDI0487 C6.2)");
	for (i = 0; i < pages; i++)
		nisv_eq(s->c, "memory", 0, differ(a, page + i, i), nisv_show_dec,
			"in a slot the instruction does what it does to memory (DDI0487 C6.2)");
}

static void check_unchanged(struct slot_case *s, unsigned int page,
			    unsigned int end)
{
	for (; page < end; page++)
		nisv_eq(s->c, "memory changed", 0, changed(area_of(s), page),
			nisv_show_dec, "an access that exits is not made");
}

/*
 * A load of several registers that aborts leaves them UNKNOWN (DDI0487 D1.3),
 * but not its base register: @now has what the guest had of the former.
 */
static void forget_loaded(struct slot_case *s, struct nisv_regs *now)
{
	const struct nisv_regs *loaded = &area_of(s)->reference;
	unsigned int i;

	for (i = 0; i < 31; i++)
		if (i != nisv_form_base(s->form) &&
		    loaded->x[i] != s->regs.x[i])
			now->x[i] = s->regs.x[i];
	for (i = 0; i < 32; i++)
		if (memcmp(loaded->v[i], s->regs.v[i], sizeof(now->v[i])))
			memcpy(now->v[i], s->regs.v[i], sizeof(now->v[i]));
}

/* KVM_RUN once more, with registers of which some are new: the same exit. */
static void check_again(struct slot_case *s, const struct nisv_want *want)
{
	struct nisv_vm *vm = area_of(s)->vm;
	struct nisv_sysreg *before, *now;
	unsigned int nr, i;
	struct nisv_exit e;

	nisv_check_step(s->c, "again: ");
	nisv_vcpu_scramble(vm, s->cpu, 3);
	nr = nisv_vcpu_sysregs(vm, s->cpu, false, &before);
	nisv_vcpu_run(vm, s->cpu, &e);
	nisv_check_exit(s->c, s->form, want, &e);
	nisv_vcpu_sysregs(vm, s->cpu, false, &now);
	for (i = 0; i < nr && !nisv_failed(s->c); i++)
		if (!nisv_eq_many(s->c, "sysreg", 0, before[i].value,
				  now[i].value,
				  "the exit changes no other register (api.rst 5)"))
			nisv_fail(s->c, "the register's ID for KVM_GET_ONE_REG is 0x%llx",
				  (unsigned long long)now[i].id);
	free(before);
	free(now);
	nisv_check_step(s->c, "");
}

/*
 * From the aimed form to its exit, because of @behind at that byte of @page; a
 * page beside is mapped, or it is not known.
 */
static void check_exits(struct slot_case *s, unsigned int page, s64 offset,
			enum nisv_behind behind, bool beside)
{
	struct area *a = area_of(s);
	unsigned int rt = nisv_form_rt(s->form);
	struct nisv_situation situation = {
		.form = s->form,
		.behind = behind,
		.cap = s->cap,
		.ipa = a->ipa + page * a->page + offset,
		.level = beside ? LAST_LEVEL : 0,
		.store = rt == NISV_ZR ? 0 : s->regs.x[rt],
	};
	struct nisv_regs now;
	struct nisv_want want;
	struct nisv_exit e;

	if (nisv_failed(s->c))
		return;
	nisv_expect(&situation, &want);
	nisv_vcpu_run(a->vm, s->cpu, &e);
	nisv_check_exit(s->c, s->form, &want, &e);
	if (nisv_failed(s->c))
		return;
	nisv_vcpu_regs(a->vm, s->cpu, s->form, &now, NISV_NAMED);
	if (s->may_load)
		forget_loaded(s, &now);
	nisv_check_regs(s->c, s->form, &s->regs, &now, NISV_NAMED,
			"the exit changes nothing of the guest's state (api.rst 5)");
	if (s->thorough && want.exit_reason != KVM_EXIT_MMIO &&
	    !nisv_failed(s->c))
		check_again(s, &want);
}

static bool is_plain(const struct slot_case *s)
{
	return nisv_classes[s->form->class].isv;
}

/* After an exit: the guest goes on behind the form. */
static void go_on(struct slot_case *s)
{
	s->waits = false;
	if (nisv_failed(s->c))
		return;
	if (!is_plain(s))
		nisv_vcpu_set_pc(area_of(s)->vm, s->cpu, s->regs.pc + 4);
	went_on(s);
}

/*
 * The same at the end of the case; what comes before that starts the guest anew,
 * which can be done from EL1 when KVM has no access to complete.
 */
static void skip(struct slot_case *s)
{
	if (is_plain(s) || s->el0)
		go_on(s);
	else
		s->waits = !nisv_failed(s->c);
}

static void finish(struct slot_case *s)
{
	if (s->waits)
		go_on(s);
}

static void check_hole(struct slot_case *s, unsigned int page, s64 offset)
{
	aim(s, page, offset);
	check_exits(s, page, offset, BEHIND_NOTHING, false);
	skip(s);
}

static void check_hole_beside(struct slot_case *s, unsigned int page, s64 offset)
{
	aim(s, page, offset);
	check_exits(s, page, offset, BEHIND_NOTHING, true);
	skip(s);
}

static void check_memory(struct slot_case *s, unsigned int page)
{
	aim(s, page, OFFSET);
	check_succeeds(s, page, 1);
}

/* A plain load, so that the page is mapped. */
static void read_page(struct slot_case *s, unsigned int page)
{
	const struct nisv_form *form = nisv_form_named("ldr_x");

	aim_with(s, form ? form : nisv_forms, page, OFFSET);
	went_on(s);
}

/* The slot that a case may have left. */
static void slot_first_is(struct slot_case *s, u32 flags)
{
	if (area_of(s)->kept == KEPT_NONE)
		slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, flags);
	area_of(s)->kept = s->kept;
}

static void drop_kept(struct slot_case *s)
{
	if (area_of(s)->kept != KEPT_NONE)
		set_slot(s, SLOT_FIRST, 0, 0, 0);
	if (area_of(s)->kept == KEPT_ACROSS)
		set_slot(s, SLOT_NEXT, 0, 0, 0);
	area_of(s)->kept = KEPT_NONE;
}

/* ---- for each form ---- */

/* The last page of a slot, and the page behind it. */
static void beside(struct slot_case *s)
{
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	check_hole(s, PAGE_BEHIND, 0);
	check_memory(s, PAGE_LAST);
	check_hole_beside(s, PAGE_BEHIND, OFFSET);
	check_memory(s, PAGE_FIRST);
	check_unchanged(s, PAGE_BEHIND, NR_PAGES);
}

static void check_read_only(struct slot_case *s, unsigned int page,
			    enum nisv_behind behind)
{
	aim(s, page, OFFSET);
	if (s->form->access == ACCESS_R) {
		check_succeeds(s, page, 1);
	} else {
		check_exits(s, page, OFFSET, behind,
			    behind == BEHIND_READ_BEFORE);
		skip(s);
	}
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

/* Up to the last byte of a page, where a load and an exit are as elsewhere. */
static void check_page_end(struct slot_case *s, unsigned int page)
{
	u64 align = nisv_form_align(s->form);
	u64 bytes = nisv_form_reach(area_of(s)->vm, s->form);
	s64 offset = (area_of(s)->page - bytes) & -align;

	aim(s, page, offset);
	check_exits(s, page, offset, BEHIND_READ_BEFORE, true);
	skip(s);
}

static void ro_untouched(struct slot_case *s)
{
	slot_first_is(s, KVM_MEM_READONLY);
	check_read_only(s, PAGE_LAST, BEHIND_READ_ONLY);
}

static void check_read_before(struct slot_case *s)
{
	slot_first_is(s, KVM_MEM_READONLY);
	read_page(s, PAGE_LAST);
	check_read_only(s, PAGE_LAST, BEHIND_READ_BEFORE);
}

static void ro_read(struct slot_case *s)
{
	s->thorough = true;
	check_read_before(s);
	s->thorough = false;
	if (s->form->access == ACCESS_R)
		return;
	read_page(s, PAGE_FIRST);
	check_page_end(s, PAGE_FIRST);
	check_page_end(s, PAGE_LAST);
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

static void ro_second_vcpu(struct slot_case *s)
{
	s->cpu = 1;
	check_read_before(s);
}

static void ro_el0(struct slot_case *s)
{
	struct area *a = area_of(s);

	nisv_vm_set(a->vm, SETTING_el0);
	if (!nisv_check_has(s->c, a->vm, s->form, SETTING_el0))
		return;
	s->el0 = true;
	map_area(s);
	run_reference(s, OFFSET);
	check_read_before(s);
}

static void deleted(struct slot_case *s)
{
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	check_memory(s, PAGE_FIRST);
	check_memory(s, PAGE_LAST);
	slot_is(s, SLOT_FIRST, 0, 0, 0);
	fill(area_of(s));
	check_hole(s, PAGE_LAST, OFFSET);
	check_hole(s, PAGE_FIRST, OFFSET);
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

/* The slot of PAGE_FIRST is in the guest's memory at PAGE_NEXT from now on. */
static void move_slot(struct slot_case *s, u32 flags)
{
	struct area *a = area_of(s);

	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_set_slot(nisv_vm_fd(a->vm), SLOT_FIRST, flags,
			      a->ipa + PAGE_NEXT * a->page, a->page,
			      words_of(a, PAGE_FIRST)),
		nisv_show_result,
		"a slot can be moved in the guest's memory (api.rst 4.35)");
}

static void ro_moved(struct slot_case *s)
{
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 1, KVM_MEM_READONLY);
	read_page(s, PAGE_FIRST);
	move_slot(s, KVM_MEM_READONLY);
	check_hole(s, PAGE_FIRST, OFFSET);
	if (s->form->access == ACCESS_R)
		return;
	aim(s, PAGE_NEXT, OFFSET);
	check_exits(s, PAGE_NEXT, OFFSET, BEHIND_READ_ONLY, false);
	skip(s);
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

static void changes_place(struct slot_case *s)
{
	struct area *a = area_of(s);
	const struct nisv_regs *seen;
	struct nisv_regs want;

	slot_is(s, SLOT_FIRST, PAGE_FIRST, 1, 0);
	read_page(s, PAGE_FIRST);
	move_slot(s, 0);
	check_hole(s, PAGE_FIRST, OFFSET);
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
	want = a->reference;
	if (!nisv_form_is_literal(s->form))
		*base_reg(s->form, &want) += PAGE_NEXT * a->page;
	aim(s, PAGE_NEXT, OFFSET);
	seen = went_on(s);
	if (seen)
		nisv_check_regs(s->c, s->form, &want, seen, NISV_SEEN,
				"where a slot was moved to there is its memory (api.rst 4.35)");
	nisv_eq(s->c, "memory", 0, differ(a, PAGE_FIRST, 0), nisv_show_dec,
		"where a slot was moved to there is its memory (api.rst 4.35)");
}

/* After the exit. The access of a plain form is user space's by then. */
static void appears(struct slot_case *s)
{
	aim(s, PAGE_LAST, OFFSET);
	check_exits(s, PAGE_LAST, OFFSET, BEHIND_NOTHING, false);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	if (is_plain(s)) {
		skip(s);
		aim(s, PAGE_LAST, OFFSET);
	}
	check_succeeds(s, PAGE_LAST, 1);
	check_unchanged(s, PAGE_FIRST, PAGE_LAST);
}

static void appears_read_only(struct slot_case *s)
{
	aim(s, PAGE_LAST, OFFSET);
	check_exits(s, PAGE_LAST, OFFSET, BEHIND_NOTHING, false);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_READONLY);
	if (is_plain(s)) {
		skip(s);
		aim(s, PAGE_LAST, OFFSET);
	}
	if (s->form->access == ACCESS_R) {
		check_succeeds(s, PAGE_LAST, 1);
	} else {
		check_exits(s, PAGE_LAST, OFFSET, BEHIND_READ_ONLY, false);
		skip(s);
	}
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

/* A bit for each page of the slot that is dirty; it is clean afterwards. */
static u64 dirty_pages(struct slot_case *s, unsigned int slot)
{
	u64 bitmap[8] = {};
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };

	nisv_eq(s->c, "KVM_GET_DIRTY_LOG", 0,
		ioctl(nisv_vm_fd(area_of(s)->vm), KVM_GET_DIRTY_LOG, &log),
		nisv_show_result, "a slot with dirty logging has a log (api.rst 4.8)");
	return bitmap[0];
}

/* The form on PAGE_LAST; it is dirty when it was written, and no other. */
static void check_dirty(struct slot_case *s)
{
	bool store = s->form->access != ACCESS_R;
	u64 dirty;

	check_memory(s, PAGE_LAST);
	dirty = dirty_pages(s, SLOT_FIRST);
	/* a CAS that does not match may write what it has read */
	if (s->form->class != CLASS_CAS)
		nisv_eq(s->c, "dirty pages", store ? 2 : 0, dirty, nisv_show_hex,
			"the page that the guest has written is dirty, no other (api.rst 4.8)");
}

static void check_clean(struct slot_case *s, const char *rule)
{
	nisv_eq(s->c, "dirty pages", 0, dirty_pages(s, SLOT_FIRST),
		nisv_show_hex, rule);
}

static void ro_logged(struct slot_case *s)
{
	static const char rule[] =
		"what is not written is not dirty (api.rst 4.8)";
	u32 flags = KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES;

	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, flags);
	check_read_only(s, PAGE_LAST, BEHIND_READ_ONLY);
	check_clean(s, rule);
	read_page(s, PAGE_LAST);
	check_read_only(s, PAGE_LAST, BEHIND_READ_BEFORE);
	check_clean(s, rule);
}

/* A slot that is logged from its beginning: a load maps its page first. */
static void logged_untouched(struct slot_case *s)
{
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_LOG_DIRTY_PAGES);
	read_page(s, PAGE_LAST);
	check_clean(s, "a load makes nothing dirty (api.rst 4.8)");
	check_dirty(s);
}

static void logged(struct slot_case *s)
{
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	read_page(s, PAGE_LAST);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_LOG_DIRTY_PAGES);
	dirty_pages(s, SLOT_FIRST);
	check_hole(s, PAGE_BEHIND, 0);
	check_clean(s, "an access to a hole makes nothing dirty (api.rst 4.8)");
	check_dirty(s);
	/* and again, after it was clean */
	fill(area_of(s));
	check_dirty(s);
	check_hole(s, PAGE_BEHIND, OFFSET);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	check_hole(s, PAGE_BEHIND, OFFSET);
}

/* The form on a page that user space cannot access itself. */
static void check_efault(struct slot_case *s, unsigned int page)
{
	struct nisv_exit e;

	if (nisv_failed(s->c))
		return;
	aim(s, page, OFFSET);
	nisv_vcpu_run(area_of(s)->vm, s->cpu, &e);
	nisv_eq(s->c, "KVM_RUN", -EFAULT, e.ret, nisv_show_result,
		"a slot's page that user space cannot access: EFAULT (api.rst 5 KVM_EXIT_MEMORY_FAULT)");
	nisv_eq(s->c, "it is the exit", false, e.reason == KVM_EXIT_ARM_NISV ||
		e.reason == KVM_EXIT_MMIO, nisv_show_dec,
		"a slot is there: not the exit of an access outside of the slots (api.rst 5)");
	nisv_eq(s->c, "pc", 0, nisv_vcpu_pc(area_of(s)->vm, s->cpu) - s->regs.pc,
		nisv_show_delta, "PC stays at the instruction");
}

static void check_protected(struct slot_case *s, bool touched)
{
	struct area *a = area_of(s);
	u8 *page = a->memory + PAGE_LAST * a->page;

	slot_first_is(s, 0);
	if (touched)
		check_memory(s, PAGE_LAST);
	fill(a);
	mprotect(page, a->page, PROT_NONE);
	check_efault(s, PAGE_LAST);
	mprotect(page, a->page, PROT_READ | PROT_WRITE);
	check_succeeds(s, PAGE_LAST, 1);
	check_hole(s, PAGE_BEHIND, 0);
}

static void prot_none(struct slot_case *s)
{
	check_protected(s, false);
}

static void prot_none_touched(struct slot_case *s)
{
	check_protected(s, true);
}

static void unmapped(struct slot_case *s)
{
	struct area *a = area_of(s);
	u8 *page = a->memory + PAGE_LAST * a->page;

	nisv_may_log(s->c);
	slot_first_is(s, 0);
	munmap(page, a->page);
	check_efault(s, PAGE_LAST);
	if (mmap(page, a->page, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_FIXED, -1, 0) != page)
		nisv_fail(s->c, "no memory");
	fill_pages(a, PAGE_LAST, PAGE_BEHIND);
	check_succeeds(s, PAGE_LAST, 1);
}

/* ---- for forms that can be in two pages ---- */

/* Half of it in @page, half in the next one. */
static s64 half(const struct slot_case *s)
{
	return -(s64)(s->form->bytes / 2);
}

/*
 * The exit of the aimed form, whose second half is in the hole, and its first in
 * a slot. True: go on with it. A plain form has no syndrome there.
 */
static bool check_exits_behind(struct slot_case *s)
{
	struct area *a = area_of(s);
	struct nisv_exit e;
	bool right;

	if (!is_plain(s)) {
		check_exits(s, PAGE_BEHIND, 0, BEHIND_NOTHING, false);
		return !nisv_failed(s->c);
	}
	nisv_vcpu_run(a->vm, s->cpu, &e);
	right = nisv_eq(s->c, "exit of a second page",
			s->cap ? KVM_EXIT_ARM_NISV : KVM_EXIT_UNKNOWN, e.reason,
			nisv_show_exit,
			"the fault is not on the lowest byte: ISV=0 (DDI0487 ESR_EL2.ISV)");
	if (!right || nisv_failed(s->c))
		return false;
	nisv_eq(s->c, "KVM_RUN", s->cap ? 0 : -ENOSYS, e.ret, nisv_show_result,
		"no syndrome, capability off: -ENOSYS (api.rst 4.10 KVM_RUN)");
	if (s->cap)
		nisv_eq(s->c, "fault_ipa", a->ipa + PAGE_BEHIND * a->page,
			e.fault_ipa, nisv_show_hex,
			"the IPA of the first byte in the hole (DDI0487 FAR_EL2)");
	nisv_eq(s->c, "pc", 0, nisv_vcpu_pc(a->vm, s->cpu) - s->regs.pc,
		nisv_show_delta, "PC stays at the instruction (api.rst 5)");
	return !nisv_failed(s->c);
}

/* As skip(), whatever the form's class. */
static void skip_any(struct slot_case *s)
{
	if (nisv_failed(s->c))
		return;
	nisv_vcpu_set_pc(area_of(s)->vm, s->cpu, s->regs.pc + 4);
	went_on(s);
}

/* Of PAGE_LAST: neither what was there nor what is in the page for reference. */
static unsigned int strange_bytes(const struct area *a)
{
	const u64 *now = words_of(a, PAGE_LAST);
	const u64 *stored = words_of(a, 0);
	unsigned int n = 0, shift;
	u64 i;

	for (i = 0; i < a->page / sizeof(u64); i++) {
		u64 other = now[i] ^ pattern(i), differs = now[i] ^ stored[i];

		for (shift = 0; other && shift < 64; shift += 8)
			n += other >> shift & 0xff && differs >> shift & 0xff;
	}
	return n;
}

static void across(struct slot_case *s)
{
	struct area *a = area_of(s);

	s->may_load = true;
	if (a->kept == KEPT_NONE)
		slot_is(s, SLOT_NEXT, PAGE_NEXT, 1, 0);
	slot_first_is(s, 0);
	/* out of a slot: what changes there is what the form stores */
	aim(s, PAGE_BEHIND, half(s));
	if (!check_exits_behind(s)) {
		/* the CPU is known to say ISV=1, and KVM completes the access */
		if (!nisv_failed(s->c))
			went_on(s);
		return;
	}
	nisv_eq(s->c, "strange bytes", 0, strange_bytes(a), nisv_show_dec,
		"in the slot is what was there, or what the form stores (DDI0487 C6.2)");
	check_unchanged(s, PAGE_FIRST, PAGE_LAST);
	check_unchanged(s, PAGE_BEHIND, NR_PAGES);
	/* the hole is filled while the access waits */
	fill(a);
	slot_is(s, SLOT_BEHIND, PAGE_BEHIND, 1, 0);
	check_succeeds(s, PAGE_LAST, 2);
	slot_is(s, SLOT_BEHIND, 0, 0, 0);
	/* out of the hole */
	fill(a);
	aim(s, PAGE_NEXT, half(s));
	check_exits(s, PAGE_NEXT, half(s), BEHIND_NOTHING, false);
	skip(s);
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

/* ---- about no form ---- */

/* A slot below 4 GiB whose address has the same low bits as the hole's. */
static void not_the_low_bits(struct slot_case *s)
{
	struct area *a = area_of(s);

	fill(a);
	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_set_slot(nisv_vm_fd(a->vm), SLOT_FIRST, 0,
			      (u32)(a->ipa + PAGE_FIRST * a->page), a->page,
			      words_of(a, PAGE_FIRST)),
		nisv_show_result, "a slot can be made (api.rst 4.35)");
	check_hole(s, PAGE_FIRST, OFFSET);
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
	slot_is(s, SLOT_FIRST, 0, 0, 0);
}

/* The last page of the IPA space can be in a slot, the one behind it cannot. */
static void beyond_the_ipa_space(struct slot_case *s)
{
	struct area *a = area_of(s);
	int fd = nisv_vm_fd(a->vm);
	bool refused;
	u64 last;

	last = BIT_ULL(nisv_vm_ipa_bits(a->vm)) - a->page;
	refused = nisv_set_slot(fd, SLOT_FIRST, 0, last, 2 * a->page,
				words_of(a, PAGE_FIRST)) < 0;
	nisv_eq(s->c, "the IPA size limits slots", true, refused, nisv_show_dec,
		"a slot ends where the VM's IPA space does (api.rst 4.2 KVM_CREATE_VM)");
	if (!refused)
		slot_is(s, SLOT_FIRST, 0, 0, 0);
	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_set_slot(fd, SLOT_FIRST, 0, last, a->page,
			      words_of(a, PAGE_FIRST)),
		nisv_show_result, "the last page can be in a slot (api.rst 4.2)");
	slot_is(s, SLOT_FIRST, 0, 0, 0);
}

/* KVM_MEM_READONLY of a slot that exists stays as it is. */
static void read_only_stays(struct slot_case *s)
{
	struct area *a = area_of(s);

	run_reference(s, OFFSET);
	fill(a);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_READONLY);
	nisv_eq(s->c, "writable: KVM_SET_USER_MEMORY_REGION", -EINVAL,
		set_slot(s, SLOT_FIRST, PAGE_FIRST, 2, 0), nisv_show_result,
		"KVM_MEM_READONLY cannot be changed (api.rst 4.35)");
	read_page(s, PAGE_LAST);
	check_read_only(s, PAGE_LAST, BEHIND_READ_BEFORE);
	slot_is(s, SLOT_FIRST, 0, 0, 0);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	nisv_eq(s->c, "read-only: KVM_SET_USER_MEMORY_REGION", -EINVAL,
		set_slot(s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_READONLY),
		nisv_show_result,
		"KVM_MEM_READONLY cannot be changed (api.rst 4.35)");
	run_reference(s, OFFSET);
	check_memory(s, PAGE_LAST);
	slot_is(s, SLOT_FIRST, 0, 0, 0);
}

/*
 * Memory of two pages that is in two slots: what user space takes away is gone
 * from both, each page of it, and comes back to both.
 */
static void in_two_slots(struct slot_case *s)
{
	static const unsigned int pages[] = {
		PAGE_LAST, PAGE_NEXT + 1, PAGE_FIRST, PAGE_NEXT,
	};
	struct area *a = area_of(s);
	size_t i;
	u8 *memory;

	memory = a->memory + PAGE_FIRST * a->page;
	run_reference(s, OFFSET);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", 0,
		nisv_set_slot(nisv_vm_fd(a->vm), SLOT_NEXT, 0,
			      a->ipa + PAGE_NEXT * a->page, 2 * a->page, memory),
		nisv_show_result,
		"slots may overlap in user space's memory (api.rst 4.35)");
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		check_memory(s, pages[i]);
	mprotect(memory, 2 * a->page, PROT_NONE);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		check_efault(s, pages[i]);
		/* or the guest would go on with this access */
		nisv_vcpu_set_pc(a->vm, 0, (u64)nisv_guest_entry);
	}
	mprotect(memory, 2 * a->page, PROT_READ | PROT_WRITE);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		check_memory(s, pages[i]);
	check_hole(s, PAGE_BEHIND, OFFSET);
	slot_is(s, SLOT_FIRST, 0, 0, 0);
	slot_is(s, SLOT_NEXT, 0, 0, 0);
}

/* A slot that has a page of another one is refused, and the hole stays one. */
static void slots_do_not_overlap(struct slot_case *s)
{
	static const struct {
		unsigned int page, pages;
	} refused[] = {
		{ PAGE_FIRST - 1, 2 }, { PAGE_LAST, 2 }, { PAGE_LAST, 1 },
		{ PAGE_FIRST - 1, 4 }, { PAGE_FIRST, 2 },
	};
	struct area *a = area_of(s);
	size_t i;

	/* the one for reference is in the way of the first page */
	slot_is(s, SLOT_REFERENCE, 0, 0, 0);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	fill(a);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		nisv_eq(s->c, "KVM_SET_USER_MEMORY_REGION", -EEXIST,
			set_slot(s, SLOT_NEXT, refused[i].page,
				 refused[i].pages, 0), nisv_show_result,
			"slots may not overlap in the guest's memory (api.rst 4.35)");
	check_hole(s, PAGE_FIRST - 1, OFFSET);
	check_hole(s, PAGE_BEHIND, OFFSET);
	slot_is(s, SLOT_FIRST, 0, 0, 0);
	slot_is(s, SLOT_REFERENCE, 0, 2, 0);
}

/* Both pages of a logged slot, written again after they were clean. */
static void logged_both_pages(struct slot_case *s)
{
	int i;

	run_reference(s, OFFSET);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, 0);
	check_memory(s, PAGE_FIRST);
	check_memory(s, PAGE_LAST);
	slot_is(s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_LOG_DIRTY_PAGES);
	for (i = 0; i < 2; i++) {
		check_memory(s, PAGE_FIRST);
		check_hole(s, PAGE_BEHIND, OFFSET);
		check_memory(s, PAGE_LAST);
		nisv_eq(s->c, "dirty pages", 3, dirty_pages(s, SLOT_FIRST),
			nisv_show_hex,
			"each page that the guest has written is dirty (api.rst 4.8)");
	}
	slot_is(s, SLOT_FIRST, 0, 0, 0);
}

/*
 * One instruction of cache maintenance of @page, from code in the slot for
 * reference: the guest goes on, or it is the exit, and nothing has changed.
 */
static void check_maintenance(struct slot_case *s, u32 insn, unsigned int page)
{
	struct area *a = area_of(s);
	u32 *code = (u32 *)words_of(a, 0);
	struct nisv_want want;
	struct nisv_exit e;
	u64 far;

	if (nisv_failed(s->c))
		return;
	a->ran.form = NULL;
	code[0] = insn;
	code[1] = NISV_INSN_SVC_DONE;
	__builtin___clear_cache((char *)code, (char *)(code + 2));
	aim(s, page, OFFSET);
	far = a->ipa + page * a->page + OFFSET;
	s->regs.pc = AREA_VA;
	nisv_vcpu_start(a->vm, 0, &s->regs);
	nisv_expect_maintenance(s->cap, far, &want);
	nisv_vcpu_run(a->vm, 0, &e);
	if (!e.ret && e.reason == KVM_EXIT_MMIO) {
		nisv_eq(s->c, "phys_addr", nisv_doorbell_ipa(a->vm), e.phys_addr,
			nisv_show_hex, "cache maintenance is no access of a device");
	} else {
		nisv_check_exit(s->c, s->form, &want, &e);
		nisv_eq(s->c, "pc", 0, nisv_vcpu_pc(a->vm, 0) - s->regs.pc,
			nisv_show_delta, "PC stays at the instruction (api.rst 5)");
		skip_any(s);
	}
	check_unchanged(s, PAGE_FIRST, NR_PAGES);
}

static void read_only_maintenance(struct nisv_check *c, const void *arg)
{
	static const u32 insns[] = {
		0xd5087621,	/* dc ivac, x1 */
		0xd50b7a21,	/* dc cvac, x1 */
		0xd50b7e21,	/* dc civac, x1 */
		0xd50b7b21,	/* dc cvau, x1 */
		0xd50b7521,	/* ic ivau, x1 */
	};
	struct slot_case s = {
		.form = nisv_form_named("ldr_x_post"),
		.cap = arg,
		.c = c,
	};
	struct area *a = area_of(&s);
	size_t i;

	if (!a->vm && !area_new(&s))
		return;
	nisv_vm_set(a->vm, SETTING_hole);
	drop_kept(&s);
	nisv_check_form(c, s.form, 0);
	fill(a);
	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		slot_is(&s, SLOT_FIRST, PAGE_FIRST, 2, KVM_MEM_READONLY);
		check_maintenance(&s, insns[i], PAGE_LAST);
		read_page(&s, PAGE_LAST);
		check_maintenance(&s, insns[i], PAGE_LAST);
		slot_is(&s, SLOT_FIRST, 0, 0, 0);
	}
	if (nisv_failed(c))
		area_free(&s);
}

static const struct {
	const char *name;
	void (*fn)(struct slot_case *s);
	bool of_all;		/* also where a class needs more */
	enum kept kept;
	bool anew;
} each[] = {
	{ "beside", beside, true, KEPT_NONE, false },
	{ "ro_untouched", ro_untouched, true, KEPT_READ_ONLY, true },
	{ "ro_read", ro_read, true, KEPT_READ_ONLY, false },
	{ "ro_second_vcpu", ro_second_vcpu, false, KEPT_READ_ONLY, false },
	{ "ro_el0", ro_el0, false, KEPT_READ_ONLY, false },
	{ "ro_moved", ro_moved, false, KEPT_NONE, false },
	{ "ro_logged", ro_logged, false, KEPT_NONE, false },
	{ "deleted", deleted, true, KEPT_NONE, false },
	{ "moved", changes_place, true, KEPT_NONE, false },
	{ "appears", appears, true, KEPT_NONE, false },
	{ "appears_read_only", appears_read_only, true, KEPT_NONE, false },
	{ "logged", logged, true, KEPT_NONE, false },
	{ "logged_untouched", logged_untouched, false, KEPT_NONE, false },
	{ "prot_none", prot_none, true, KEPT_WRITABLE, true },
	{ "prot_none_touched", prot_none_touched, false, KEPT_WRITABLE, false },
	{ "unmapped", unmapped, false, KEPT_WRITABLE, false },
};

static void slots_done(struct slot_case *s)
{
	finish(s);
	if (nisv_failed(s->c)) {
		area_free(s);
		return;
	}
	if (s->kept == KEPT_NONE)
		set_slot(s, SLOT_FIRST, 0, 0, 0);
}

static void run_case(struct nisv_check *c, const void *arg)
{
	struct slot_case s = *(const struct slot_case *)arg;
	struct area *a;

	s.c = c;
	s.full = nisv_needs_full_vm(c, s.form);
	a = area_of(&s);
	if (!a->vm && !area_new(&s))
		return;
	nisv_vm_set(a->vm, SETTING_hole);
	if (!nisv_check_has(c, a->vm, s.form, SETTING_hole))
		return;
	if (s.anew || a->kept != s.kept)
		drop_kept(&s);
	map_area(&s);
	nisv_check_form(c, s.form, 0);
	run_reference(&s, s.fn == across ? a->page + half(&s) : OFFSET);
	if (!nisv_failed(c))
		s.fn(&s);
	slots_done(&s);
}

static const struct {
	const char *name;
	const char *form;
	void (*fn)(struct slot_case *s);
} others[] = {
	{ "not_the_low_bits", "str_w_pre", not_the_low_bits },
	{ "beyond_the_ipa_space", "str_w_pre", beyond_the_ipa_space },
	{ "read_only_stays", "str_w_pre", read_only_stays },
	{ "in_two_slots", "ldr_x_post", in_two_slots },
	{ "slots_do_not_overlap", "str_w_pre", slots_do_not_overlap },
	{ "logged_both_pages", "str_w_pre", logged_both_pages },
};

static void run_other(struct nisv_check *c, const void *arg)
{
	struct slot_case s = *(const struct slot_case *)arg;
	struct area *a = area_of(&s);

	s.c = c;
	if (!a->vm && !area_new(&s))
		return;
	nisv_vm_set(a->vm, SETTING_hole);
	drop_kept(&s);
	nisv_check_form(c, s.form, 0);
	s.fn(&s);
	finish(&s);
	if (nisv_failed(c))
		area_free(&s);
}

static struct slot_case *new_case(const struct nisv_form *form,
				  void (*fn)(struct slot_case *s), bool cap)
{
	struct slot_case *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->form = form;
	s->fn = fn;
	s->cap = cap;
	return s;
}

static void add_across(const struct nisv_form *form, bool cap)
{
	struct slot_case *s = new_case(form, across, cap);

	s->kept = KEPT_ACROSS;
	nisv_case(run_case, s, "%s.across.%s", form->name, cap ? "on" : "off");
}

/* The case of each[@n]. */
static void add_each(const struct nisv_form *form, unsigned int n, bool cap)
{
	struct slot_case *s = new_case(form, each[n].fn, cap);

	s->kept = each[n].kept;
	s->anew = each[n].anew;
	nisv_case(run_case, s, "%s.%s.%s", form->name, each[n].name,
		  cap ? "on" : "off");
}

/*
 * Forms that touch so much, register by register, and one of those that may be
 * unaligned.
 */
static bool goes_across(const struct nisv_form *form)
{
	enum nisv_unaligned unaligned = nisv_classes[form->class].unaligned;

	/* a block is aligned, whatever the register has */
	if (!nisv_form_everywhere(form) || unaligned == UNALIGNED_BLOCK)
		return false;
	if (nisv_form_first_of_size(form) && form->bytes > 1 &&
	    nisv_form_may_be_unaligned(form))
		return true;
	return form->bytes >= 16 && unaligned == UNALIGNED_EACH;
}

static bool is_tried(const struct nisv_form *form)
{
	return nisv_form_represents(form) &&
	       nisv_classes[form->class].outcome != OUTCOME_NOTHING &&
	       !nisv_form_without(form, PART_SLOT);
}

int main(int argc, char **argv)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		nisv_case(run_other,
			  new_case(nisv_form_named(others[i].form),
				   others[i].fn, true), "%s", others[i].name);
	nisv_case(read_only_maintenance, "on", "read_only_maintenance_on");
	nisv_case(read_only_maintenance, NULL, "read_only_maintenance_off");
	for (i = 0; i < nisv_nr_forms; i++) {
		if (goes_across(&nisv_forms[i])) {
			add_across(&nisv_forms[i], true);
			if (nisv_form_represents(&nisv_forms[i]))
				add_across(&nisv_forms[i], false);
		}
		if (!is_tried(&nisv_forms[i]))
			continue;
		for (n = 0; n < ARRAY_SIZE(each); n++) {
			bool all = nisv_form_everywhere(&nisv_forms[i]);

			if (all || each[n].of_all)
				add_each(&nisv_forms[i], n, true);
			if (all)
				add_each(&nisv_forms[i], n, false);
		}
	}
	return nisv_harness(argc, argv);
}
