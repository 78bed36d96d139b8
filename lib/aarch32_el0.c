// SPDX-License-Identifier: GPL-2.0-only
/*
 * 32-bit EL0 in the guest of lib/vm.c. Above its hole, with addresses of 32 bits:
 *
 *	VA		IPA
 *	CODE_VA		hole + CODE	slot: the forms, an instruction and UDF each
 *	HOLE_VA		hole		nothing
 */
#include "nisv_aarch32_el0.h"
#include "nisv_arch.h"
#include "vm.h"

#define CODE_VA		0x60000000ul
#define HOLE_VA		0x62340000ul
#define CODE		0xb00000ul
#define SLOT_CODE	15

#define STUB_SIZE	8u
#define UDF_A32		0xe7f000f0u
#define UDF_T16		0xde00u

/* In the A64 view bit 21 is SS (DDI0487 SPSR_EL1). */
#define SPSR_DIT	BIT_ULL(24)
#define CPSR_DIT	BIT(21)

#define EL0_AARCH32	2		/* ID_AA64PFR0_EL1.EL0 */

static u64 id_register(const struct nisv_vm *vm, u64 id)
{
	u64 val = 0;

	TEST_ASSERT(!nisv_get_register(vm->cpu[0].vcpu->fd,
				       KVM_ARM64_SYS_REG(id), &val),
		    "KVM_GET_ONE_REG of an ID register");
	return val;
}

bool nisv_check_has_el0_32(struct nisv_check *c, struct nisv_vm *vm)
{
	unsigned int el0 = id_register(vm, SYS_ID_AA64PFR0_EL1) & 0xf;

	if (el0 != EL0_AARCH32)
		nisv_skip(c, "AArch32 at EL0 (ID_AA64PFR0_EL1.EL0 == 2)", "%u",
			  el0);
	return el0 == EL0_AARCH32;
}

bool nisv_el0_32_runs_in(const struct nisv_form32 *form,
			 enum nisv_setting32_id setting)
{
	u32 mode = nisv_settings32[setting].mode;

	return (mode == CPSR_SVC || mode == CPSR_USR) &&
	       form->base != NISV_PC &&
	       nisv_form32_runs_in(form, setting) &&
	       nisv_form32_runs_in(form, SETTING32_usr);
}

/* ---- the guest's memory ---- */

static u32 stub(const struct nisv_form32 *form)
{
	return STUB_SIZE * (form - nisv_forms32);
}

static void write_stub(u8 *at, const struct nisv_form32 *form)
{
	u16 *half = (u16 *)at;
	u32 *word = (u32 *)at;

	half[1] = UDF_T16;
	half[2] = UDF_T16;
	half[3] = UDF_T16;
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

static void map(struct nisv_vm *vm, u64 va, u64 ipa, u64 size, u64 ap)
{
	u64 at;

	nisv_vm_map(vm, va, ipa, size);
	for (at = va; at < va + size; at += vm->vm->page_size)
		*nisv_vm_descriptor(vm, at, 0) |= ap;
}

static void make(struct nisv_vm *vm)
{
	u64 size = (nisv_nr_forms32 * STUB_SIZE + CHUNK - 1) & -CHUNK;
	unsigned int i;
	u8 *code;

	vm_userspace_mem_region_add(vm->vm, VM_MEM_SRC_ANONYMOUS, vm->ipa + CODE,
				    SLOT_CODE, size / vm->vm->page_size, 0);
	code = addr_gpa2hva(vm->vm, vm->ipa + CODE);
	for (i = 0; i < nisv_nr_forms32; i++)
		write_stub(code + stub(&nisv_forms32[i]), &nisv_forms32[i]);
	__builtin___clear_cache((char *)code, (char *)code + size);
	map(vm, CODE_VA, vm->ipa + CODE, size, PTE_EL0 | PTE_READ_ONLY);
	map(vm, HOLE_VA, vm->ipa, CHUNK, PTE_EL0);
	vm->el0_32 = true;
}

/* As in lib/vm.c: each row has its own, aligned as the form must be. */
static u32 form_offset(const struct nisv_form32 *form)
{
	u32 i = form - nisv_forms32;
	u32 align = 1;

	while (align < form->form.bytes)
		align *= 2;
	return (i * 0x140u) % (CHUNK - 0x400) / 0x80 * 0x80 + 0x80 +
	       (align < 0x40 ? align : 0x40);
}

u64 nisv_el0_32_ipa(const struct nisv_vm *vm, const struct nisv_form32 *form)
{
	return vm->ipa + form_offset(form);
}

u32 nisv_el0_32_va(const struct nisv_form32 *form)
{
	return HOLE_VA + form_offset(form);
}

/* ---- registers ---- */

static u64 spsr_of(u32 cpsr)
{
	return cpsr & CPSR_DIT ? (cpsr & ~CPSR_DIT) | SPSR_DIT : cpsr;
}

u64 nisv_el0_32_advance(u64 pstate)
{
	return (pstate & ~GENMASK_ULL(31, 0)) | nisv_it_advance(pstate);
}

void nisv_el0_32_narrow(struct nisv_regs *regs)
{
	int i;

	for (i = 0; i < 31; i++)
		regs->x[i] = (u32)regs->x[i];
}

void nisv_el0_32_load(struct nisv_vm *vm, const struct nisv_form32 *form,
		      enum nisv_setting32_id setting, struct nisv_regs *regs)
{
	u32 cpsr = (0xa0000000u | CPSR_A | CPSR_I | CPSR_F) ^
		   nisv_settings32[setting].cpsr;

	if (!vm->el0_32)
		make(vm);
	nisv_vcpu_load(vm, 0, nisv_forms, regs);
	nisv_el0_32_narrow(regs);
	regs->x[2] = NISV_R2;
	regs->x[form->base] = nisv_el0_32_va(form) - form->at;
	regs->pc = CODE_VA + stub(form);
	cpsr |= CPSR_USR;
	if (form->set != SET_A32)
		cpsr |= CPSR_T;
	regs->pstate = spsr_of(cpsr);
	regs->fp = 1;
	nisv_vcpu_start(vm, 0, regs);
}
