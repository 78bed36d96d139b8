// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest whose EL1 is 32-bit. The selftest library makes the VM and no more:
 * what it knows of guests is for 64-bit ones.
 *
 *	VA		IPA
 *	RAM_VA		RAM_IPA		code, mailbox, tables; not for User mode
 *	HIGH_VA		RAM_IPA		the code again: vectors of SCTLR.V
 *	STUBS_VA	RAM_IPA + STUBS	the forms, up to the end of the page
 *	+ STUBS_SIZE	hole		what they reach relative to PC
 *	HOLE_VA - 64K	hole - 64K	slot "below", with neighbours
 *	HOLE_VA		hole		nothing
 *	HOLE_VA + 64K	hole + 64K	slot "above", with neighbours
 *	MOVING_VA	a page of "above", and then of the hole
 *	DOORBELL_VA	hole + 1M	nothing: stores here are the doorbell
 *
 * With tables of the long format the hole is above 4 GiB, with those of the
 * short one below. Every page is Normal write-back memory.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nisv_aarch32.h"
#include "vm.h"

#define PAGE		0x1000u

#define RAM_IPA		0x48000000u
#define RAM_VA		0x10000000u
#define RAM_SIZE	0x20000u
#define HIGH_VA		0xffff0000u

#define HOLE_VA		0x56785000u
#define HOLE_LPAE	0x743210000ull
#define HOLE_SHORT	0x93210000ull
#define STUBS_VA	0x567e0000u
#define MOVING_VA	0x567e8000u
#define MOVING_PAGE	3
#define DOORBELL_VA	0x567f0000u
#define DOORBELL	0x100000u	/* nisv_doorbell_ipa() */

/* In the RAM: */
#define MAILBOX		0x1000u
#define STUBS		0x2000u
#define STUBS_SIZE	0x2000u
#define TABLES		0x8000u		/* the first one aligned to 16 KiB */

#define SLOT_RAM	0
#define SLOT_BELOW	1
#define SLOT_ABOVE	2

#define UDF_A32		0xe7f000f0u
#define UDF_T16		0xde00u
#define STUB_SIZE	8u

#define SCTLR32_RESET	0x00c50078u	/* RES1, SPAN, CP15BEN */
#define CPACR_FP	(0xfu << 20)
#define TTBCR_CACHED	(3u << 12 | BIT(10) | BIT(8))	/* SH0, ORGN0, IRGN0 */
#define TTBR_CACHED	(BIT(6) | BIT(3) | BIT(1))	/* IRGN, RGN, S */
#define MAIR_WRITE_BACK	0xffu
#define DACR_CLIENT	0x1u

/* Descriptors (DDI0487 G5.3 and G5.4). */
#define LONG_TABLE	0x3ull
#define LONG_PAGE	0x703ull	/* AF, inner shareable, attribute 0 */
#define LONG_BLOCK	0x701ull
#define LONG_USER	BIT(6)		/* AP[1] */
#define SHORT_TABLE	0x1u
#define SHORT_PAGE	0x45eu		/* S, TEX 1, AP[0], C, B */
#define SHORT_USER	BIT(5)		/* AP[1] */
#define SHORT_SECTION	0x1140eu	/* the same for a section */

#define SYS_TTBCR	KVM_ARM64_SYS_REG(SYS_TCR_EL1)
#define SPSR_DIT	BIT(24)		/* in the A64 view, bit 21 is SS */
#define CPSR_DIT	BIT(21)

struct nisv_mailbox32 {
	struct nisv_regs32 in;
	struct nisv_trap32 trap;
	struct nisv_regs32 out;
	u32 doorbell;		/* VA of the doorbell */
	u32 busy;		/* not 0 from an exception on to the next form */
};

#define FROM_PC(member) \
	(offsetof(struct nisv_mailbox32, member) - \
	 offsetof(struct nisv_mailbox32, in.pc))

static_assert(offsetof(struct nisv_mailbox32, in.pc) == 52, "nisv_guest32.h");
static_assert(FROM_PC(in.bank) == 8, "nisv_guest32.h");
static_assert(FROM_PC(in.fpscr) == 52, "nisv_guest32.h");
static_assert(FROM_PC(in.d) == 60, "nisv_guest32.h");
static_assert(FROM_PC(trap) == 316, "nisv_guest32.h");
static_assert(FROM_PC(trap.spsr_und) == 324, "nisv_guest32.h");
static_assert(FROM_PC(out) == 348, "nisv_guest32.h");
static_assert(FROM_PC(out.bank) == 408, "nisv_guest32.h");
static_assert(FROM_PC(out.fpscr) == 452, "nisv_guest32.h");
static_assert(FROM_PC(out.d) == 460, "nisv_guest32.h");
static_assert(FROM_PC(doorbell) == 716, "nisv_guest32.h");
static_assert(FROM_PC(busy) == 720, "nisv_guest32.h");

static const u32 code[] = {
#define CODE32(word, text)	(word),
#define LABEL32(name)
#include "nisv_guest32.h"
#undef LABEL32
#undef CODE32
};

/* Where its labels are, in words. */
#define AT_LINE(line)	word_##line
#define AT(line)	AT_LINE(line)

enum label {
#define CODE32(word, text)	AT(__LINE__),
#define LABEL32(name)		LABEL_##name, behind_##name = LABEL_##name - 1,
#include "nisv_guest32.h"
#undef LABEL32
#undef CODE32
};

static_assert(sizeof(code) <= MAILBOX, "the code is too long");
static_assert(MAILBOX + sizeof(struct nisv_mailbox32) <= STUBS,
	      "the mailbox is too long");

#define EXCLUSIVE_STEP	20u	/* bytes from one load-exclusive to the next */

static struct kvm_vcpu *vcpu_of(const struct nisv_vm32 *vm)
{
	return vm->vm->cpu[0].vcpu;
}

static void set_reg(const struct nisv_vm32 *vm, u64 id, u64 val)
{
	TEST_ASSERT(!nisv_set_register(vcpu_of(vm)->fd, id, &val),
		    "KVM_SET_ONE_REG of 0x%lx", (unsigned long)id);
}

static u64 get_reg(const struct nisv_vm32 *vm, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!nisv_get_register(vcpu_of(vm)->fd, id, &val),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
	return val;
}

bool nisv_vm32_possible(void)
{
	static int has = -1;

	if (has < 0)
		has = kvm_check_cap(KVM_CAP_ARM_EL1_32BIT);
	return has;
}

/* ---- memory and its translation ---- */

static u64 *add_slot(struct nisv_vm32 *vm, u64 ipa, u32 slot, size_t size)
{
	struct kvm_vm *kvm = vm->vm->vm;

	vm_userspace_mem_region_add(kvm, VM_MEM_SRC_ANONYMOUS, ipa, slot,
				    size / kvm->page_size, 0);
	return addr_gpa2hva(kvm, ipa);
}

static u64 *add_neighbour(struct nisv_vm32 *vm, u64 ipa, u32 slot)
{
	u64 *mem = add_slot(vm, ipa, slot, CHUNK);
	size_t i;

	for (i = 0; i < CHUNK / sizeof(*mem); i++)
		mem[i] = nisv_pattern(i);
	return mem;
}

/*
 * Tables of the long format: TABLES has the first level; behind it, a page each,
 * two of the second level for each GiB in use and as many of the third.
 */
static u64 *long_descriptor(struct nisv_vm32 *vm, u32 va)
{
	u64 *first = (u64 *)(vm->ram + TABLES);
	unsigned int gib = va >> 30;
	u32 second = TABLES + PAGE + 2 * gib * PAGE;
	u64 *entry = (u64 *)(vm->ram + second) + (va >> 21 & 0x1ff);

	first[gib] = (RAM_IPA + second) | LONG_TABLE;
	if (va >> 21 == RAM_VA >> 21)
		return entry;
	*entry = (RAM_IPA + second + PAGE) | LONG_TABLE;
	return (u64 *)(vm->ram + second + PAGE) + (va >> 12 & 0x1ff);
}

/* Of the short format: 16 KiB, and 1 KiB for each of two sections. */
static u32 *short_descriptor(struct nisv_vm32 *vm, u32 va)
{
	u32 *entry = (u32 *)(vm->ram + TABLES) + (va >> 20);
	u32 second = TABLES + 0x4000 + (va >> 31) * 0x400;

	if (va >> 20 == RAM_VA >> 20)
		return entry;
	*entry = (RAM_IPA + second) | SHORT_TABLE;
	return (u32 *)(vm->ram + second) + (va >> 12 & 0xff);
}

static void map(struct nisv_vm32 *vm, u32 va, u64 ipa, u32 size, bool user)
{
	u32 at;

	for (at = 0; at < size; at += PAGE) {
		if (vm->lpae)
			*long_descriptor(vm, va + at) =
				(ipa + at) | LONG_PAGE |
				(user ? LONG_USER : 0);
		else
			*short_descriptor(vm, va + at) =
				(u32)(ipa + at) | SHORT_PAGE |
				(user ? SHORT_USER : 0);
	}
}

/* User mode's pages are what PAN keeps others from: not what handlers use. */
static void map_all(struct nisv_vm32 *vm)
{
	u64 hole = vm->vm->ipa;

	if (vm->lpae)
		*long_descriptor(vm, RAM_VA) = RAM_IPA | LONG_BLOCK;
	else
		*short_descriptor(vm, RAM_VA) = RAM_IPA | SHORT_SECTION;
	map(vm, HIGH_VA, RAM_IPA, PAGE, false);
	map(vm, STUBS_VA, RAM_IPA + STUBS, STUBS_SIZE, true);
	map(vm, STUBS_VA + STUBS_SIZE, hole, PAGE, true);
	map(vm, HOLE_VA - CHUNK, hole - CHUNK, 3 * CHUNK, true);
	map(vm, DOORBELL_VA, hole + DOORBELL, PAGE, false);
}

/* ---- the guest's code ---- */

static u32 stub(const struct nisv_form32 *form)
{
	unsigned int behind = nisv_nr_forms32 - (form - nisv_forms32);

	return STUBS_SIZE - behind * STUB_SIZE;
}

static void write_stubs(struct nisv_vm32 *vm)
{
	unsigned int i, h;

	TEST_ASSERT(nisv_nr_forms32 * STUB_SIZE <= STUBS_SIZE,
		    "more forms than stubs");
	for (i = 0; i < nisv_nr_forms32; i++) {
		const struct nisv_form32 *form = &nisv_forms32[i];
		u8 *at = vm->ram + STUBS + stub(form);
		u16 *half = (u16 *)at;
		u32 *word = (u32 *)at;

		for (h = 0; h < STUB_SIZE / 2; h++)
			half[h] = UDF_T16;
		if (form->set == SET_A32) {
			word[0] = form->form.insn;
			word[1] = UDF_A32;
		} else if (form->set == SET_T32) {
			half[0] = form->form.insn >> 16;
			half[1] = form->form.insn;
		} else {
			half[0] = form->form.insn;
		}
	}
}

u32 nisv_form32_pc(const struct nisv_vm32 *vm, const struct nisv_form32 *form)
{
	(void)vm;
	return STUBS_VA + stub(form);
}

/* What PC reads as in an address, aligned (DDI0487 E1.3.2). */
static u32 pc_read(const struct nisv_form32 *form)
{
	return (STUBS_VA + stub(form) + (form->set == SET_A32 ? 8 : 4)) & ~3u;
}

/* As in lib/vm.c: each row has its own, aligned as the form must be. */
static u32 form_offset(const struct nisv_vm32 *vm,
		       const struct nisv_form32 *form)
{
	s32 offset = nisv_settings32[vm->setting].offset;
	u32 i = form - nisv_forms32;
	u32 align = 1;

	while (align < form->form.bytes)
		align *= 2;
	if (offset == NISV_OWN_OFFSET)
		return (i * 0x140u) % (CHUNK - 0x400) / 0x80 * 0x80 + 0x80 +
		       (align < 0x40 ? align : 0x40);
	if (offset < 0)
		return (CHUNK - form->form.bytes) & -align;
	if (nisv_form32_outcome(form) == OUTCOME_ISV)
		align = 1;
	return offset & -align;
}

u32 nisv_form32_va(const struct nisv_vm32 *vm, const struct nisv_form32 *form)
{
	if (form->base == NISV_PC)
		return pc_read(form) + form->at;
	return HOLE_VA + form_offset(vm, form);
}

u64 nisv_form32_ipa(const struct nisv_vm32 *vm, const struct nisv_form32 *form)
{
	if (form->base == NISV_PC)
		return vm->vm->ipa + nisv_form32_va(vm, form) -
		       (STUBS_VA + STUBS_SIZE);
	return vm->vm->ipa + form_offset(vm, form);
}

/* ---- the vCPU ---- */

static void init_vcpu(struct nisv_vm32 *vm)
{
	struct kvm_vcpu *vcpu = vcpu_of(vm);
	struct kvm_vcpu_init init = {};
	u32 table = RAM_IPA + TABLES;

	vm_ioctl(vm->vm->vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= 1u << KVM_ARM_VCPU_EL1_32BIT |
			    1u << KVM_ARM_VCPU_PSCI_0_2;
	TEST_ASSERT(!ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init),
		    "KVM_ARM_VCPU_INIT of a 32-bit vCPU");
	nisv_vcpu32_set_sysreg(vm, SYSREG32_SCTLR,
			       SCTLR32_RESET | SCTLR32_M | SCTLR32_C | SCTLR32_I);
	set_reg(vm, KVM_ARM64_SYS_REG(SYS_CPACR_EL1), CPACR_FP);
	nisv_vcpu32_set_sysreg(vm, SYSREG32_TTBCR,
			       vm->lpae ? TTBCR_EAE | TTBCR_CACHED : 0);
	set_reg(vm, KVM_ARM64_SYS_REG(SYS_TTBR0_EL1),
		vm->lpae ? table : table | TTBR_CACHED);
	set_reg(vm, KVM_ARM64_SYS_REG(SYS_MAIR_EL1), MAIR_WRITE_BACK);
	set_reg(vm, KVM_ARM64_SYS_REG(SYS_DACR32_EL2), DACR_CLIENT);
	nisv_vcpu32_set_sysreg(vm, SYSREG32_VBAR, RAM_VA);
	set_reg(vm, ARM64_CORE_REG(regs.pstate),
		CPSR_A | CPSR_I | CPSR_F | CPSR_UND);
	set_reg(vm, ARM64_CORE_REG(regs.regs[23]),	/* SP_und */
		RAM_VA + MAILBOX + offsetof(struct nisv_mailbox32, in.pc));
	nisv_vcpu32_set_pc(vm, RAM_VA + 4 * LABEL_loader);
}

struct nisv_vm32 *nisv_vm32_new(bool lpae)
{
	struct nisv_vm32 *vm = calloc(1, sizeof(*vm));
	struct nisv_vm *inner = calloc(1, sizeof(*inner));
	size_t i;

	TEST_ASSERT(vm && inner, "no memory");
	vm->vm = inner;
	vm->lpae = lpae;
	inner->vm = vm_create_barebones();
	inner->nr_vcpus = 1;
	inner->max_vcpus = 1;
	inner->ipa = HOLE_SHORT;
	/* Armv7's long format has 40 bits of address */
	if (lpae)
		inner->ipa = HOLE_LPAE |
			     BIT_ULL(min(inner->vm->pa_bits, 40u) - 1);

	vm->ram = (u8 *)add_slot(vm, RAM_IPA, SLOT_RAM, RAM_SIZE);
	vm->mailbox = (struct nisv_mailbox32 *)(vm->ram + MAILBOX);
	vm->mailbox->doorbell = DOORBELL_VA;
	for (i = 0; i < ARRAY_SIZE(code); i++)
		((u32 *)vm->ram)[i] = code[i];
	write_stubs(vm);
	map_all(vm);
	inner->below = add_neighbour(vm, inner->ipa - CHUNK, SLOT_BELOW);
	inner->above = add_neighbour(vm, inner->ipa + CHUNK, SLOT_ABOVE);

	inner->cpu[0].vcpu = __vm_vcpu_add(inner->vm, 0);
	nisv_poison_run(inner->cpu[0].vcpu->run);
	init_vcpu(vm);
	return vm;
}

void nisv_vcpu32_reset(struct nisv_vm32 *vm)
{
	nisv_vcpu_complete(vm->vm, 0);
	init_vcpu(vm);
}

void nisv_vm32_free(struct nisv_vm32 *vm)
{
	if (!vm)
		return;
	nisv_vm_free(vm->vm);
	free(vm);
}

#define SYS_NONE	0

bool nisv_check_setting32(struct nisv_check *c, const struct nisv_vm *vm,
			  enum nisv_setting32_id setting)
{
	static const u64 idregs[NISV_NR_SETTINGS32] = {
#define SETTING32(id, mode, cpsr, sets, idreg, shift, min, offset, text) \
		[SETTING32_##id] = SYS_##idreg,
#include "nisv_settings32.h"
#undef SETTING32
	};
	const struct nisv_setting32 *s = &nisv_settings32[setting];
	char requires[96];

	if (idregs[setting] == SYS_NONE)
		return true;
	snprintf(requires, sizeof(requires), "%s (%s, bit %u: >= %u)", s->text,
		 s->idreg, s->shift, s->min);
	return nisv_check_id(c, vm, KVM_ARM64_SYS_REG(idregs[setting]),
			     s->shift, s->min, requires);
}

/* ---- registers ---- */

static u32 *banked(struct nisv_regs32 *regs, unsigned int n)
{
	switch (regs->cpsr & CPSR_MODE) {
	case CPSR_SVC:
		return &regs->bank[BANK_SP_SVC + n];
	case CPSR_ABT:
		return &regs->bank[BANK_SP_ABT + n];
	case CPSR_IRQ:
		return &regs->bank[BANK_SP_IRQ + n];
	default:
		return &regs->bank[BANK_SP_USR + n];
	}
}

u32 *nisv_reg32(struct nisv_regs32 *regs, unsigned int n)
{
	return n < 13 ? &regs->r[n] : banked(regs, n - 13);
}

unsigned int nisv_reg32_x(u32 cpsr, unsigned int n)
{
	if (n < 13)
		return n;
	switch (cpsr & CPSR_MODE) {
	case CPSR_IRQ:	/* LR comes first in these */
		return 30 - n;
	case CPSR_SVC:
		return 32 - n;
	case CPSR_ABT:
		return 34 - n;
	default:
		return n;
	}
}

u32 nisv_spsr32(const struct nisv_regs32 *regs)
{
	switch (regs->cpsr & CPSR_MODE) {
	case CPSR_SVC:
		return regs->bank[BANK_SPSR_SVC];
	case CPSR_ABT:
		return regs->bank[BANK_SPSR_ABT];
	case CPSR_IRQ:
		return regs->bank[BANK_SPSR_IRQ];
	default:
		return 0;
	}
}

static void fill(struct nisv_vm32 *vm, const struct nisv_form32 *form,
		 struct nisv_regs32 *regs)
{
	const struct nisv_setting32 *s = &nisv_settings32[vm->setting];
	u64 seed = 0x9e3779b97f4a7c15ull * (form->form.insn + 1);
	int i;

	memset(regs, 0, sizeof(*regs));
	for (i = 0; i < 13; i++)
		regs->r[i] = (u32)(seed >> 32) ^ (0x01010101u * (i + 1));
	for (i = 0; i < NISV_NR_BANK32; i++)
		regs->bank[i] = (u32)seed ^ (0x10010101u * (i + 1));
	regs->bank[BANK_SPSR_SVC] = 0x600f0150u;
	regs->bank[BANK_SPSR_ABT] = 0x28000193u;
	regs->bank[BANK_SPSR_IRQ] = 0x900600d7u;
	/* what a store of the wrong bank's register would show */
	regs->bank[BANK_SP_USR] = ~regs->bank[BANK_SP_SVC];
	regs->bank[BANK_LR_USR] = ~regs->bank[BANK_LR_SVC];
	regs->r[2] = NISV_R2;
	regs->pc = nisv_form32_pc(vm, form);
	regs->cpsr = (0xa0000000u | CPSR_A | CPSR_I | CPSR_F) ^ s->cpsr;
	regs->cpsr |= s->mode;
	if (form->set != SET_A32)
		regs->cpsr |= CPSR_T;
	regs->fp = nisv_form32_uses_d(form) || nisv_form32_first(form);
	regs->fpscr = 0x0900001fu;	/* QC, FZ, the flags but IDC */
	for (i = 0; i < 32; i++)
		regs->d[i] = ~seed ^ (0x0101010101010101ull * (i + 1));
	if (form->base != NISV_PC)
		*nisv_reg32(regs, form->base) =
			nisv_form32_va(vm, form) - form->at;
}

void nisv_vcpu32_start(struct nisv_vm32 *vm, const struct nisv_regs32 *regs)
{
	vm->mailbox->in = *regs;
}

void nisv_vcpu32_load(struct nisv_vm32 *vm, const struct nisv_form32 *form,
		      struct nisv_regs32 *regs)
{
	fill(vm, form, regs);
	nisv_vcpu32_start(vm, regs);
}

u64 nisv_vcpu32_load_monitored(struct nisv_vm32 *vm,
			       const struct nisv_form32 *form,
			       struct nisv_regs32 *regs)
{
	u64 memory = vm->vm->ipa + CHUNK + MOVING_PAGE * PAGE;
	u64 hole = vm->vm->ipa + MOVING_PAGE * PAGE;
	u32 offset = form_offset(vm, form) % PAGE;
	unsigned int size = __builtin_ctz(form->form.bytes);
	struct nisv_regs32 start;
	u8 *descriptor;
	u64 data;

	fill(vm, form, regs);
	*nisv_reg32(regs, form->base) = MOVING_VA + offset - form->at;
	if (vm->lpae)
		descriptor = (u8 *)long_descriptor(vm, MOVING_VA);
	else
		descriptor = (u8 *)short_descriptor(vm, MOVING_VA);
	map(vm, MOVING_VA, hole, PAGE, true);
	regs->r[12] = *(u32 *)descriptor;
	map(vm, MOVING_VA, memory, PAGE, true);
	regs->r[10] = RAM_VA + (descriptor - vm->ram);
	regs->r[11] = regs->pc | (form->set != SET_A32);
	start = *regs;
	start.pc = RAM_VA + 4 * LABEL_exclusive + size * EXCLUSIVE_STEP;
	start.cpsr &= ~CPSR_T;
	nisv_vcpu32_start(vm, &start);

	memcpy(&data, (u8 *)vm->vm->above + MOVING_PAGE * PAGE + offset,
	       sizeof(data));
	regs->r[8] = (u32)(form->form.bytes < 4 ?
			   data & (BIT_ULL(8 * form->form.bytes) - 1) : data);
	if (form->form.bytes == 8)
		regs->r[9] = data >> 32;
	return hole + offset;
}

/* The A64 view of CPSR and back. */
static u32 cpsr_of(u64 pstate)
{
	u32 cpsr = (u32)pstate & ~(SPSR_DIT | CPSR_DIT);

	return pstate & SPSR_DIT ? cpsr | CPSR_DIT : cpsr;
}

/* Where KVM has the banked registers (DDI0487 D1.6.4). */
static const u64 bank_ids[NISV_NR_BANK32] = {
	[BANK_SP_USR] = ARM64_CORE_REG(regs.regs[13]),
	[BANK_LR_USR] = ARM64_CORE_REG(regs.regs[14]),
	[BANK_SP_SVC] = ARM64_CORE_REG(regs.regs[19]),
	[BANK_LR_SVC] = ARM64_CORE_REG(regs.regs[18]),
	[BANK_SPSR_SVC] = ARM64_CORE_REG(spsr[KVM_SPSR_SVC]),
	[BANK_SP_ABT] = ARM64_CORE_REG(regs.regs[21]),
	[BANK_LR_ABT] = ARM64_CORE_REG(regs.regs[20]),
	[BANK_SPSR_ABT] = ARM64_CORE_REG(spsr[KVM_SPSR_ABT]),
	[BANK_SP_IRQ] = ARM64_CORE_REG(regs.regs[17]),
	[BANK_LR_IRQ] = ARM64_CORE_REG(regs.regs[16]),
	[BANK_SPSR_IRQ] = ARM64_CORE_REG(spsr[KVM_SPSR_IRQ]),
};

#define FP_REG(size, name)	(KVM_REG_ARM64 | KVM_REG_SIZE_##size | \
				 KVM_REG_ARM_CORE | \
				 KVM_REG_ARM_CORE_REG(fp_regs.name))

void nisv_vcpu32_regs(struct nisv_vm32 *vm, struct nisv_regs32 *regs)
{
	int i;

	memset(regs, 0, sizeof(*regs));
	for (i = 0; i < 13; i++)
		regs->r[i] = nisv_vcpu_x(vm->vm, 0, i);
	regs->pc = nisv_vcpu_pc(vm->vm, 0);
	regs->cpsr = nisv_vcpu32_cpsr(vm);
	for (i = 0; i < NISV_NR_BANK32; i++)
		regs->bank[i] = get_reg(vm, bank_ids[i]);
	regs->fp = vm->mailbox->in.fp;
	if (regs->fp)
		regs->fpscr = (u32)get_reg(vm, FP_REG(U32, fpsr)) |
			      (u32)get_reg(vm, FP_REG(U32, fpcr));
	for (i = 0; i < 16 && regs->fp; i++)
		TEST_ASSERT(!nisv_get_register(vcpu_of(vm)->fd,
					       FP_REG(U128, vregs[i]),
					       &regs->d[2 * i]),
			    "KVM_GET_ONE_REG of V%d", i);
}

u32 nisv_vcpu32_cpsr(struct nisv_vm32 *vm)
{
	return cpsr_of(nisv_vcpu_pstate(vm->vm, 0));
}

void nisv_vcpu32_set_pc(struct nisv_vm32 *vm, u32 pc)
{
	set_reg(vm, ARM64_CORE_REG(regs.pc), pc);
}

static const u64 sysreg_ids[] = {
	[SYSREG32_SCTLR] = KVM_ARM64_SYS_REG(SYS_SCTLR_EL1),
	[SYSREG32_TTBCR] = SYS_TTBCR,
	[SYSREG32_VBAR] = KVM_ARM64_SYS_REG(SYS_VBAR_EL1),
	[SYSREG32_DFSR] = KVM_ARM64_SYS_REG(SYS_ESR_EL1),
	[SYSREG32_DFAR_IFAR] = KVM_ARM64_SYS_REG(SYS_FAR_EL1),
	[SYSREG32_IFSR] = KVM_ARM64_SYS_REG(SYS_IFSR32_EL2),
};

u64 nisv_vcpu32_sysreg(struct nisv_vm32 *vm, enum nisv_sysreg32 reg)
{
	if (reg < ARRAY_SIZE(vm->control))
		return vm->control[reg];
	return get_reg(vm, sysreg_ids[reg]);
}

void nisv_vcpu32_set_sysreg(struct nisv_vm32 *vm, enum nisv_sysreg32 reg,
			    u64 val)
{
	if (reg < ARRAY_SIZE(vm->control))
		vm->control[reg] = val;
	set_reg(vm, sysreg_ids[reg], val);
}

void nisv_vcpu32_entering(struct nisv_vm32 *vm, struct nisv_taken32 *taken)
{
	taken->pc = nisv_vcpu_pc(vm->vm, 0);
	taken->lr = get_reg(vm, bank_ids[BANK_LR_ABT]);
	taken->spsr = get_reg(vm, bank_ids[BANK_SPSR_ABT]);
	taken->cpsr = nisv_vcpu32_cpsr(vm);
	taken->dfsr = nisv_vcpu32_sysreg(vm, SYSREG32_DFSR);
	taken->dfar = nisv_vcpu32_sysreg(vm, SYSREG32_DFAR_IFAR);
}

const struct nisv_regs32 *nisv_vcpu32_seen(struct nisv_vm32 *vm,
					   struct nisv_trap32 *trap)
{
	struct nisv_mailbox32 *mailbox = vm->mailbox;

	*trap = mailbox->trap;
	mailbox->out.cpsr = trap->spsr_und;
	/* LR_und is behind what is undefined: a word, a halfword in Thumb state */
	mailbox->out.pc = trap->lr_und - (trap->spsr_und & CPSR_T ? 2 : 4);
	mailbox->out.fp = mailbox->in.fp;
	return &mailbox->out;
}
