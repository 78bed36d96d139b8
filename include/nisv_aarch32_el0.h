/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose EL1 is 64-bit and whose EL0 is 32-bit: rows of nisv_forms32.h run
 * there. Its registers are those of struct nisv_regs: R0 to R14 are X0 to X14, D0
 * to D31 are V0 to V15 (DDI0487 D1.6.4).
 */
#ifndef NISV_AARCH32_EL0_H
#define NISV_AARCH32_EL0_H

#include "nisv_aarch32.h"

/* Whether the vCPU has AArch32 at EL0; else the case is skipped. */
bool nisv_check_has_el0_32(struct nisv_check *c, struct nisv_vm *vm);

/* Whether the form can run at EL0 in such a setting, whose mode does not count. */
bool nisv_el0_32_runs_in(const struct nisv_form32 *form,
			 enum nisv_setting32_id setting);

/* What @form touches; not of forms whose base register is PC. */
u64 nisv_el0_32_ipa(const struct nisv_vm *vm, const struct nisv_form32 *form);
u32 nisv_el0_32_va(const struct nisv_form32 *form);

/*
 * As nisv_vcpu_load(): the guest comes back from @form by an undefined
 * instruction behind it.
 */
void nisv_el0_32_load(struct nisv_vm *vm, const struct nisv_form32 *form,
		      enum nisv_setting32_id setting, struct nisv_regs *regs);

/* PSTATE, in the A64 view, behind one more instruction. */
u64 nisv_el0_32_advance(u64 pstate);

/*
 * The upper halves of X0 to X30 after AArch32 are CONSTRAINED UNPREDICTABLE
 * (DDI0487 D1.6.4, K1.2.23): clears them.
 */
void nisv_el0_32_narrow(struct nisv_regs *regs);

#endif /* NISV_AARCH32_EL0_H */
