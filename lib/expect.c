// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must happen, derived from (class, access, what is behind the address,
 * capability): the only place that knows. Knows neither KVM's code nor the
 * selftest library; the numbers of the ABI are those of nisv_arch.h and of here.
 *
 * Sources:
 * - Documentation/virt/kvm/api.rst, 4.10 KVM_RUN: "ENOSYS data abort outside
 *   memslots with no syndrome info and KVM_CAP_ARM_NISV_TO_USER not enabled";
 * - the same, section 5 "The kvm_run structure", KVM_EXIT_MMIO and
 *   KVM_EXIT_ARM_NISV: "the valid bits from the ESR_EL2 in the esr_iss field,
 *   and the faulting IPA in the fault_ipa field";
 * - DDI0487, ESR_EL2, "ISS encoding for an exception from a Data Abort": CM,
 *   WnR and DFSC stay valid when ISV is 0. WnR is 0 for an atomic
 *   read-modify-write whose read would have faulted: outside of a slot it does,
 *   in a read-only slot it does not;
 * - the same, "Data Fault Status Code", 0b110101: an Exclusive or atomic access
 *   to memory that is not Normal Write-Back may be unsupported (also B2.2.1,
 *   B2.17.5), and the guest then takes the abort;
 * - the same, ISS.LST: which 64-byte load or store it was; api.rst 5
 *   KVM_EXIT_ARM_LDST64B, "the relevant ESR_EL2 information and faulting IPA";
 * - the same, FnP: FAR is imprecise for contiguous SVE and for SME, and C6.2 for
 *   memory copy and set: the page is right;
 * - C6.2 and C8.2: prefetches, AT, TLBI, LDNF1 and what has no active element
 *   fault for no address; cache maintenance outside of memory has nothing to do;
 * - api.rst 4.35 KVM_SET_USER_MEMORY_REGION: "writes to read-only slots will be
 *   posted to userspace as KVM_EXIT_MMIO exits".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nisv_aarch32.h"
#include "nisv_arch.h"

#define ISS_IL			BIT_ULL(25)
#define ISS_ISV			BIT_ULL(24)
#define ISS_OF_ACCESS		(GENMASK_ULL(23, 21) | GENMASK_ULL(15, 13))
#define ISS_SRT(rt)		((u64)(rt) << 16)
#define ISS_LST(n)		((u64)(n) << 11)
#define LST_ST64BV		1
#define LST_64B			2
#define LST_ST64BV0		3
#define ISS_EA			BIT_ULL(9)
#define ISS_CM			BIT_ULL(8)
#define ISS_S1PTW		BIT_ULL(7)
#define ISS_WNR			BIT_ULL(6)
#define ISS_FSC			0x3full
#define ISS_FSC_LEVEL		0x03ull
#define ISS_FSC_TRANSLATION	0x04ull
#define ISS_FSC_PERMISSION	0x0cull

/*
 * KVM maps a page of a read-only slot for reads. A store to it comes as a
 * permission fault then. So does an atomic, always: its read maps the page.
 */
static void expect_read_only(const struct nisv_situation *s,
			     struct nisv_want *want)
{
	bool atomic = nisv_form_is_atomic(s->form);

	if (s->behind == BEHIND_NOTHING ||
	    (s->behind == BEHIND_READ_ONLY && !atomic))
		return;
	if (s->behind == BEHIND_READ_ONLY)
		want->iss = "esr_iss of an untouched page";
	want->esr_iss &= ~ISS_FSC;
	want->esr_iss |= ISS_FSC_PERMISSION | ISS_WNR;
}

/* Whether the CPU may give the guest a fault for that memory instead. */
static bool may_refuse(const struct nisv_situation *s)
{
	switch (nisv_classes[s->form->class].memory) {
	case REACHES_WRITE_BACK:
		return s->memory != MEMORY_NORMAL;
	case REACHES_UNCACHED:
		return s->memory == MEMORY_NORMAL;
	default:
		return false;
	}
}

/* Whether what faults is a write. */
static bool is_write(const struct nisv_form *form)
{
	if (form->access == ACCESS_RW && nisv_form_is_mops(form))
		return !nisv_form_is_source(form);
	return form->access == ACCESS_W;
}

/* The whole of ESR_EL2, but for FSC. */
static void expect_ls64(const struct nisv_form *form, u64 ipa,
			struct nisv_want *want)
{
	want->exit_reason = EXIT_ARM_LDST64B;
	want->ls64 = true;
	want->nisv = true;
	want->iss = "esr_iss";
	want->esr_iss = ESR_EC_DABT_LOWER | ISS_IL | ISS_ISV |
			ISS_SRT(nisv_form_rt(form));
	want->esr_iss |= ISS_LST(form->feature == FEATURE_LS64 ? LST_64B :
				 form->feature == FEATURE_LS64_V ? LST_ST64BV :
								   LST_ST64BV0);
	if (form->access == ACCESS_W)
		want->esr_iss |= ISS_WNR;
	want->esr_any = ISS_OF_ACCESS;
	want->fault_ipa = ipa;
}

/* In how many bytes of whole pages the IPA may be, 0: it is exact. */
static u64 span(const struct nisv_situation *s)
{
	const u64 page = 4096;
	u64 bytes = 1;

	switch (nisv_classes[s->form->class].far) {
	case FAR_EXACT:
		return 0;
	case FAR_REST:
		bytes = s->size ? s->size : nisv_form_copies(s->form);
		break;
	case FAR_PAGE:
		break;
	}
	return ((s->ipa & (page - 1)) + bytes + page - 1) & -page;
}

void nisv_expect(const struct nisv_situation *s, struct nisv_want *want)
{
	const struct nisv_form *form = s->form;

	memset(want, 0, sizeof(*want));
	want->may_refuse = may_refuse(s);

	if (nisv_classes[form->class].outcome == OUTCOME_NOTHING ||
	    (nisv_form_is_mops(form) && s->left_nothing)) {
		want->goes_on = true;
		return;
	}
	if (nisv_classes[form->class].outcome == OUTCOME_LST) {
		expect_ls64(form, s->ipa, want);
		return;
	}
	if (nisv_classes[form->class].isv) {
		want->exit_reason = EXIT_MMIO;
		want->mmio = true;
		want->phys_addr = s->ipa;
		want->len = form->bytes;
		want->is_write = form->access == ACCESS_W;
		want->data = s->store;
		want->data_name = s->big_endian ? "data, big-endian" : "data";
		if (s->big_endian)
			want->data = __builtin_bswap64(want->data) >>
				     (64 - 8 * form->bytes);
		if (form->bytes < 8)
			want->data &= (1ull << (8 * form->bytes)) - 1;
		return;
	}

	if (!s->cap) {
		want->ret = -ENOSYS;
		want->exit_reason = EXIT_UNKNOWN;
		return;
	}

	want->exit_reason = EXIT_ARM_NISV;
	want->nisv = true;
	want->iss = "esr_iss";
	want->esr_iss = ISS_FSC_TRANSLATION;
	if (is_write(form))
		want->esr_iss |= ISS_WNR;
	expect_read_only(s, want);
	/* how deep KVM's tables are is known where a page beside is mapped */
	want->esr_iss |= s->level;
	want->esr_any = s->level ? 0 : ISS_FSC_LEVEL;
	want->fault_ipa = s->ipa;
	want->fault_span = span(s);
}

void nisv_expect_maintenance(bool cap, u64 ipa, struct nisv_want *want)
{
	memset(want, 0, sizeof(*want));
	if (!cap) {
		want->ret = -ENOSYS;
		want->exit_reason = EXIT_UNKNOWN;
		return;
	}
	want->exit_reason = EXIT_ARM_NISV;
	want->nisv = true;
	want->iss = "esr_iss";
	want->esr_iss = ISS_CM | ISS_WNR | ISS_FSC_TRANSLATION;
	/* a permission fault, where the page was read before */
	want->esr_any = ISS_FSC_LEVEL |
			(ISS_FSC_TRANSLATION ^ ISS_FSC_PERMISSION);
	want->fault_ipa = ipa;
}

#define PSTATE_DIT		BIT_ULL(24)
#define PSTATE_PAN		BIT_ULL(22)
#define PSTATE_SSBS		BIT_ULL(12)
#define PSTATE_AA32		BIT_ULL(4)	/* 32-bit EL0 */

#define ESR_EC_SERROR		(0x2full << 26)
#define ESR_DFSC_SEA		0x10ull
#define ESR_DFSC_UNSUPPORTED	0x35ull

#define VECTOR_SP_EL0		0
#define VECTOR_SP_ELX		4
#define VECTOR_LOWER		8
#define VECTOR_LOWER_32		12
#define VECTOR_SERROR		3

static bool from_lower(u64 pstate, u64 mode)
{
	return (pstate & PSTATE_EL) < (mode & PSTATE_EL);
}

/* Exception entry, whatever the exception. */
static void expect_entry(u64 pc, u64 pstate, u64 sctlr, u64 mode,
			 struct nisv_taken *want)
{
	memset(want, 0, sizeof(*want));
	if (pstate & PSTATE_AA32)
		want->vector = VECTOR_LOWER_32;
	else if (from_lower(pstate, mode))
		want->vector = VECTOR_LOWER;
	else
		want->vector = pstate & PSTATE_SP_ELX ? VECTOR_SP_ELX :
						    VECTOR_SP_EL0;
	want->elr = pc;
	want->spsr = pstate;
	want->pstate = pstate & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN);
	want->pstate |= PSTATE_DAIF | mode;
	if (!(sctlr & SCTLR_SPAN))
		want->pstate |= PSTATE_PAN;
	if (sctlr & SCTLR_DSSBS)
		want->pstate |= PSTATE_SSBS;
}

void nisv_expect_abort(u64 pc, u64 pstate, u64 va, u64 sctlr, u64 mode,
		       struct nisv_taken *want)
{
	expect_entry(pc, pstate, sctlr, mode, want);
	/* KVM leaves WnR 0, whatever the access was */
	want->esr = ESR_IL | ESR_DFSC_SEA;
	want->esr |= from_lower(pstate, mode) ? ESR_EC_DABT_LOWER :
						ESR_EC_DABT_SAME;
	want->far = va;
}

/* ISS[23:14], where ISV is 1: size, sign extension, Rt, 64 bits, acquire. */
static u64 expect_syndrome(const struct nisv_form *form)
{
	u64 opc = (form->insn >> 22) & 3;
	bool sign = nisv_form_signed(form);
	u64 iss = ISS_ISV;

	iss |= (u64)__builtin_ctz(form->bytes) << 22;
	iss |= (u64)nisv_form_rt(form) << 16;
	if (sign)
		iss |= BIT_ULL(21);
	if (sign ? opc == 2 : form->bytes == 8)
		iss |= BIT_ULL(15);
	return iss;
}

void nisv_expect_stage2(const struct nisv_form *form, u64 fsc, u64 pc,
			u64 pstate, u64 va, u64 sctlr, u64 mode,
			struct nisv_taken *want)
{
	bool permission = (fsc & ISS_FSC & ~ISS_FSC_LEVEL) == ISS_FSC_PERMISSION;

	expect_entry(pc, pstate, sctlr, mode, want);
	want->esr = ESR_EC_DABT_LOWER | ESR_IL | fsc;
	if (nisv_classes[form->class].isv)
		want->esr |= expect_syndrome(form);
	if (form->access == ACCESS_W ||
	    (permission && form->access == ACCESS_RW))
		want->esr |= ISS_WNR;
	want->far = va;
}

bool nisv_is_refusal(u64 esr)
{
	u64 class = esr & ESR_EC;

	return (class == ESR_EC_DABT_SAME || class == ESR_EC_DABT_LOWER) &&
	       (esr & ISS_FSC) == ESR_DFSC_UNSUPPORTED;
}

void nisv_expect_serror(u64 pc, u64 pstate, u64 iss, u64 sctlr, u64 mode,
			struct nisv_taken *want)
{
	expect_entry(pc, pstate, sctlr, mode, want);
	want->vector += VECTOR_SERROR;
	want->esr = ESR_EC_SERROR | ESR_IL | iss;
}

#define CPSR_KEPT		0xf86f0000u	/* N Z C V Q PAN DIT GE */
#define CPSR_SSBS		BIT(23)

#define VBAR_HIGH		0xffff0000u
#define VECTOR32_OFFSET		0x10u
#define DFSR_LPAE		BIT(9)
#define DFSR_LPAE_SEA		0x10u
#define DFSR_LPAE_SERROR	0x11u
#define DFSR_SEA		0x008u		/* FS[4] is bit 10 */
#define DFSR_SERROR		0x406u

/* Entry of a data abort, synchronous or not. */
static void expect_entry32(u32 pc, u32 cpsr, u32 sctlr, u32 vbar,
			   struct nisv_taken32 *want)
{
	memset(want, 0, sizeof(*want));
	want->pc = (sctlr & SCTLR32_V ? VBAR_HIGH : vbar) + VECTOR32_OFFSET;
	want->lr = pc + 8;
	want->spsr = cpsr;
	want->cpsr = (cpsr & (CPSR_KEPT | CPSR_F)) | CPSR_A | CPSR_I | CPSR_ABT;
	if (sctlr & SCTLR32_TE)
		want->cpsr |= CPSR_T;
	if (sctlr & SCTLR32_EE)
		want->cpsr |= CPSR_E;
	if (!(sctlr & SCTLR32_SPAN))
		want->cpsr |= CPSR_PAN;
	if (sctlr & SCTLR32_DSSBS)
		want->cpsr |= CPSR_SSBS;
}

u32 nisv_external_fsr32(u32 ttbcr)
{
	return ttbcr & TTBCR_EAE ? DFSR_LPAE | DFSR_LPAE_SEA : DFSR_SEA;
}

void nisv_expect_abort32(u32 pc, u32 cpsr, u32 va, u32 sctlr, u32 vbar,
			 u32 ttbcr, struct nisv_taken32 *want)
{
	expect_entry32(pc, cpsr, sctlr, vbar, want);
	/* KVM leaves WnR 0, whatever the access was */
	want->dfsr = nisv_external_fsr32(ttbcr);
	want->dfar = va;
}

void nisv_expect_serror32(u32 pc, u32 cpsr, u32 sctlr, u32 vbar, u32 ttbcr,
			  struct nisv_taken32 *want)
{
	expect_entry32(pc, cpsr, sctlr, vbar, want);
	want->dfsr = ttbcr & TTBCR_EAE ? DFSR_LPAE | DFSR_LPAE_SERROR :
					 DFSR_SERROR;
}

u32 nisv_it_advance(u32 cpsr)
{
	u32 it = (cpsr >> 25 & 0x03) | (cpsr >> 8 & 0xfc);

	if (!(cpsr & CPSR_T))
		return cpsr;
	it = it & 0x07 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (cpsr & ~CPSR_IT) | (it & 0x03) << 25 | (it & 0xfc) << 8;
}

void nisv_show_hex(char *buf, size_t size, u64 val)
{
	snprintf(buf, size, "0x%llx", (unsigned long long)val);
}

void nisv_show_dec(char *buf, size_t size, u64 val)
{
	snprintf(buf, size, "%lld", (long long)val);
}

void nisv_show_result(char *buf, size_t size, u64 val)
{
	s64 ret = val;

	if (ret >= 0)
		snprintf(buf, size, "%lld", (long long)ret);
	else if (ret == -ENOSYS)
		snprintf(buf, size, "-ENOSYS");
	else if (ret == -EINVAL)
		snprintf(buf, size, "-EINVAL");
	else if (ret == -EINTR)
		snprintf(buf, size, "-EINTR");
	else
		snprintf(buf, size, "%lld (%s)", (long long)ret,
			 strerror((int)-ret));
}

void nisv_show_exit(char *buf, size_t size, u64 val)
{
	static const struct {
		u32 reason;
		const char *name;
	} names[] = {
		{ EXIT_UNKNOWN, "UNKNOWN" },
		{ EXIT_MMIO, "MMIO" },
		{ 10, "INTR" },
		{ 17, "INTERNAL_ERROR" },
		{ 24, "SYSTEM_EVENT" },
		{ EXIT_ARM_NISV, "ARM_NISV" },
		{ EXIT_ARM_LDST64B, "ARM_LDST64B" },
		{ 39, "MEMORY_FAULT" },
		{ ~0u, "nothing written" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].reason == val) {
			snprintf(buf, size, "%s", names[i].name);
			return;
		}
	}
	snprintf(buf, size, "%llu", (unsigned long long)val);
}

static const char *fsc_type(u64 iss)
{
	switch (iss & ISS_FSC & ~ISS_FSC_LEVEL) {
	case 0x00:
		return "address size";
	case 0x04:
		return "translation";
	case 0x08:
		return "access flag";
	case 0x0c:
		return "permission";
	case 0x10:
		return "external";
	default:
		return "other fault";
	}
}

static const struct {
	u64 mask;
	const char *name;
} iss_fields[] = {
	{ ISS_ISV,				"ISV" },
	{ ISS_EA,				"EA" },
	{ ISS_CM,				"CM" },
	{ ISS_S1PTW,				"S1PTW" },
	{ ISS_WNR,				"WnR" },
	{ ISS_FSC,				"FSC" },
};

void nisv_show_iss(char *buf, size_t size, u64 val)
{
	u64 rest = val & ~ISS_FSC;
	size_t i, at = 0;

	at += snprintf(buf, size, "0x%02llx [", (unsigned long long)val);
	for (i = 0; i < ARRAY_SIZE(iss_fields); i++) {
		if (iss_fields[i].mask == ISS_FSC || at >= size)
			continue;
		if (val & iss_fields[i].mask)
			at += snprintf(buf + at, size - at, "%s ",
				       iss_fields[i].name);
		rest &= ~iss_fields[i].mask;
	}
	if (rest && at < size)
		at += snprintf(buf + at, size - at, "other bits ");
	if (at < size)
		snprintf(buf + at, size - at, "%s]", fsc_type(val));
}

static u64 iss_difference(u64 want, u64 got)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(iss_fields); i++)
		if ((want ^ got) & iss_fields[i].mask)
			return iss_fields[i].mask;
	return 0;
}

const char *nisv_iss_difference(u64 want, u64 got)
{
	u64 mask = iss_difference(want, got);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(iss_fields); i++)
		if (iss_fields[i].mask == mask)
			return iss_fields[i].name;
	return "other bits";
}

const char *nisv_iss_rule(const struct nisv_form *form, u64 want, u64 got)
{
	switch (iss_difference(want, got)) {
	case ISS_WNR:
		return !nisv_form_is_atomic(form) && !is_write(form) ?
		       "a load that misses: WnR=0 (DDI0487 ESR_EL2.WnR)" :
		       is_write(form) ?
		       "a store that misses: WnR=1 (DDI0487 ESR_EL2.WnR)" :
		       want & ISS_WNR ?
		       "an atomic whose write is not permitted: WnR=1 (DDI0487 ESR_EL2.WnR)" :
		       "an atomic whose read misses: WnR=0 (DDI0487 ESR_EL2.WnR)";
	case ISS_CM:
		return "no cache maintenance: CM=0 (DDI0487 ESR_EL2.CM)";
	case ISS_FSC:
		return (want & ISS_FSC & ~ISS_FSC_LEVEL) == ISS_FSC_PERMISSION ?
		       "the page is there for reads: a permission fault (DDI0487 ESR_EL2.DFSC)" :
		       "nothing is there: a translation fault (DDI0487 ESR_EL2.DFSC)";
	default:
		return "only CM, WnR and DFSC are valid without ISV (api.rst 5)";
	}
}

void nisv_show_delta(char *buf, size_t size, u64 val)
{
	snprintf(buf, size, "%+lld", (long long)val);
}
