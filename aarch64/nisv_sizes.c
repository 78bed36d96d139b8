// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_sizes: the exit in IPA spaces of every size, with every size of page.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.2 KVM_CREATE_VM and
 * KVM_CAP_ARM_VM_IPA_SIZE, 5 KVM_EXIT_MMIO, KVM_EXIT_ARM_NISV; Arm ARM DDI0487,
 * D8 address translation, HPFAR_EL2):
 *
 * - What nisv_exit holds KVM to is so in a VM of every IPA size that the machine
 *   offers (KVM_VM_TYPE_ARM_IPA_SIZE), up to the last bytes of it.
 * - It is so whatever the size of the guest's pages, and whatever that of the
 *   host's: fault_ipa has all bits of the offset in the larger one of them.
 * - A slot whose memory is a hugepage ends where it ends, although KVM may map it
 *   by one block.
 * - It is so for SVE with the longest vector that user space lets the guest have
 *   (KVM_REG_ARM64_SVE_VLS).
 *
 * Cases: <form>.<space>.<setting>.<on|off>, for the first form of each class and
 * access, with the settings of include/nisv_settings.h that are about addresses;
 * for what stands for a class that needs more than its base register, .on.
 */
#include <stdlib.h>

#include "nisv.h"

#define IPA_SIZE	(BIT_ULL(SETTING_last) | BIT_ULL(SETTING_ipa_last))
#define PAGES		(BIT_ULL(SETTING_past_48k) | BIT_ULL(SETTING_across) | \
			 BIT_ULL(SETTING_last) |				\
			 BIT_ULL(SETTING_block) | BIT_ULL(SETTING_block_1g))
#define LENGTHS		(BIT_ULL(SETTING_hole) | BIT_ULL(SETTING_across) | \
			 BIT_ULL(SETTING_last))
#define HUGE		(BIT_ULL(SETTING_first) | BIT_ULL(SETTING_last))

/* 40 bits are what all other programs have. */
static const struct space {
	const char *name;
	struct nisv_space space;
	u64 settings;
} spaces[] = {
	{ "ipa_32", { .ipa_bits = 32, .full = true }, IPA_SIZE },
	{ "ipa_36", { .ipa_bits = 36, .full = true }, IPA_SIZE },
	{ "ipa_42", { .ipa_bits = 42, .full = true }, IPA_SIZE },
	{ "ipa_44", { .ipa_bits = 44, .full = true }, IPA_SIZE },
	{ "ipa_48", { .ipa_bits = 48, .full = true }, IPA_SIZE },
	{ "ipa_52", { .ipa_bits = 52, .full = true }, IPA_SIZE },
	{ "pages_4k", { .page_shift = 12, .full = true }, PAGES },
	{ "pages_16k", { .page_shift = 14, .full = true }, PAGES },
	{ "pages_64k", { .page_shift = 16, .full = true }, PAGES },
	{ "vl_16", { .full = true, .vl = 16 }, LENGTHS },
	{ "vl_64", { .full = true, .vl = 64 }, LENGTHS },
	{ "huge", { .huge = true }, HUGE },
};

/* What cases of a space share. */
struct shared {
	struct nisv_vm *vm;
	bool cap;
	bool none;		/* there is no hugepage */
};

static struct shared shared[ARRAY_SIZE(spaces)];

struct size_case {
	const struct nisv_form *form;
	const struct space *space;
	enum nisv_setting_id setting;
	bool cap;
};

/* A plain load from the end of the memory below the hole, so that KVM maps it. */
static void touch(struct nisv_check *c, struct nisv_vm *vm)
{
	const struct nisv_form *form = nisv_form_named("ldr_x");
	struct nisv_regs regs;
	struct nisv_trap trap;

	if (!form) {
		nisv_fail(c, "no form is called ldr_x");
		return;
	}
	nisv_vm_set(vm, SETTING_page_start);
	nisv_vcpu_load(vm, 0, form, &regs);
	regs.x[nisv_form_base(form)] -= form->bytes;
	nisv_vcpu_start(vm, 0, &regs);
	if (nisv_check_doorbell(c, vm, 0, &trap))
		nisv_eq(c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
			"a slot's last bytes are memory");
	nisv_check_step(c, "");
}

static struct shared *shared_of(const struct space *space)
{
	return &shared[space - spaces];
}

static void drop(const struct space *space)
{
	nisv_vm_free(shared_of(space)->vm);
	shared_of(space)->vm = NULL;
}

static bool has_space(struct nisv_check *c, const struct space *space)
{
	char requires[96], found[64];

	if (!nisv_space_missing(&space->space, requires, sizeof(requires),
				found, sizeof(found)))
		return true;
	nisv_skip(c, requires, "%s", found);
	return false;
}

static void make(struct nisv_check *c, const struct space *space)
{
	struct shared *now = shared_of(space);

	if (!now->none) {
		now->vm = nisv_vm_new_in(&space->space, 1);
		now->cap = false;
		if (space->space.huge)
			now->none = !nisv_vm_add_huge_neighbour(now->vm);
		else
			nisv_vm_add_neighbours(now->vm);
	}
	if (!now->none) {
		touch(c, now->vm);
		return;
	}
	drop(space);
	nisv_skip(c, "a transparent hugepage (madvise(2), MADV_HUGEPAGE)",
		  "no AnonHugePages in /proc/self/smaps");
}

/* The VM of the case's space, with the capability as the case wants it. */
static struct nisv_vm *vm_of(struct nisv_check *c, const struct size_case *s)
{
	struct shared *now = shared_of(s->space);

	if (now->cap && !s->cap)
		drop(s->space);
	if (!now->vm)
		make(c, s->space);
	if (now->vm && s->cap && !now->cap) {
		nisv_eq(c, "KVM_ENABLE_CAP", 0, nisv_vm_enable(now->vm),
			nisv_show_result,
			"the capability can be enabled (api.rst 4.37)");
		now->cap = true;
	}
	return now->vm;
}

/* The machine has vectors of just that length. */
static bool has_length(struct nisv_check *c, const struct nisv_vm *vm,
		       const struct size_case *s)
{
	unsigned int vl = s->space->space.vl;

	if (vl && nisv_vm_vl(vm) != vl)
		nisv_skip(c, "SVE vectors of that length (KVM_REG_ARM64_SVE_VLS)",
			  "%u bytes", nisv_vm_vl(vm));
	return !vl || nisv_vm_vl(vm) == vl;
}

static void run_case(struct nisv_check *c, const void *arg)
{
	const struct size_case *s = arg;
	unsigned int bits = s->space->space.ipa_bits;
	struct nisv_vm *vm;

	if (!has_space(c, s->space))
		return;
	vm = vm_of(c, s);
	if (!vm)
		return;
	if (bits)
		nisv_eq(c, "IPA bits", bits, nisv_vm_ipa_bits(vm), nisv_show_dec,
			"the VM is as large as it was asked for");
	nisv_vm_set(vm, s->setting);
	if (nisv_check_has(c, vm, s->form, s->setting) && has_length(c, vm, s))
		nisv_check_form_run(c, vm, 0, s->form, s->cap);
	if (nisv_failed(c))
		drop(s->space);
}

static void add_case(const struct nisv_form *form, const struct space *space,
		     enum nisv_setting_id setting, bool cap)
{
	struct size_case *s = malloc(sizeof(*s));

	if (!s)
		abort();
	s->form = form;
	s->space = space;
	s->setting = setting;
	s->cap = cap;
	nisv_case(run_case, s, "%s.%s.%s.%s", form->name, space->name,
		  nisv_settings[setting].name, cap ? "on" : "off");
}

static bool is_tried(const struct nisv_form *form, const struct space *space,
		     unsigned int setting, bool cap)
{
	if (!(space->settings & BIT_ULL(setting)) ||
	    !nisv_form_represents(form) || nisv_form_not_in(form, setting))
		return false;
	/* where nothing else has vectors */
	if (space->space.vl && !nisv_form_is_sve(form))
		return false;
	if (nisv_form_everywhere(form))
		return true;
	/* of IPA spaces the last bytes */
	return cap && space->space.full &&
	       (setting != SETTING_last || space->space.vl);
}

/*
 * Cases of two spaces that have as many, by turns: when halves run side by side
 * (-s), each VM is in one half. One VM does for a space, if "off" is first.
 */
static void add_cases(const struct space *two, size_t nr, bool cap)
{
	unsigned int setting, i;
	size_t s;

	for (setting = 0; setting < NISV_NR_SETTINGS; setting++)
		for (i = 0; i < nisv_nr_forms; i++)
			for (s = 0; s < nr; s++)
				if (is_tried(&nisv_forms[i], &two[s], setting,
					     cap))
					add_case(&nisv_forms[i], &two[s],
						 setting, cap);
}

int main(int argc, char **argv)
{
	size_t i, nr;

	for (i = 0; i < ARRAY_SIZE(spaces); i += nr) {
		nr = i + 1 < ARRAY_SIZE(spaces) &&
		     spaces[i].settings == spaces[i + 1].settings ? 2 : 1;
		add_cases(&spaces[i], nr, false);
		add_cases(&spaces[i], nr, true);
	}
	return nisv_harness(argc, argv);
}
