/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An emulator of A64 loads and stores, for a VMM that wants to complete the
 * access of KVM_EXIT_ARM_NISV itself. It needs nothing but these declarations
 * and lib/emulate*.c.
 *
 * At the exit KVM has changed nothing: PC is at the instruction. The VMM lends
 * its registers, the guest's memory and its devices through struct
 * nisv_emulate_ops; when nisv_emulate() returns 0 the access has been made,
 * destination and base register are written, PC is behind the instruction, and
 * KVM_RUN goes on as though there had been no exit. Two things are not so:
 *
 * - A memory copy or set goes to the end of a page at most, as though an abort
 *   had interrupted it there, and PC stays: its next page is the next exit, if it
 *   is one, and the CPU itself finds that nothing is left.
 * - The monitor of exclusives does not outlive an exit. A store-exclusive behind
 *   an emulated load-exclusive fails, and need not exit for it: a guest that tries
 *   until it succeeds never ends. A VMM that would rather not have that emulates
 *   an abort, or all that is between the two, and both.
 *
 * It is whole or not at all: an error of anything but set leaves every register
 * as it was, and devices too but for what was read, or stored before a device
 * refused.
 */
#ifndef NISV_EMULATE_H
#define NISV_EMULATE_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * System registers are those of the guest's translation regime: EL1&0, or EL2&0
 * with HCR_EL2.{E2H,TGE} = {1,1}. EL2 with E2H = 0 has other ones.
 *
 * What EL1&0 makes of an address is no IPA of the VM's where a guest hypervisor
 * has put a stage 2 of its own behind it: memory, read and write below must then
 * go through that, as fault_ipa has.
 */
enum nisv_emulate_reg {
	NISV_EMULATE_X,		/* X0 to X30 */
	/*
	 * V0 to V31: two values, the lower half first. A vCPU with SVE has them
	 * in Z0 to Z31 (KVM_REG_ARM64_SVE_ZREG), the rest of which becomes 0.
	 */
	NISV_EMULATE_V,
	NISV_EMULATE_SP_EL0,
	NISV_EMULATE_SP_ELX,	/* SP of EL1, or EL2 */
	NISV_EMULATE_PC,
	NISV_EMULATE_PSTATE,	/* as in SPSR_ELx */
	NISV_EMULATE_SCTLR,
	NISV_EMULATE_TCR,
	NISV_EMULATE_TTBR0,
	NISV_EMULATE_TTBR1,
	NISV_EMULATE_TCR2,	/* 0 where the vCPU has none */
	NISV_EMULATE_DCZID,	/* DCZID_EL0, which user space itself can read */
	/*
	 * SVE, where the vCPU has it: Z0 to Z31, NISV_EMULATE_Z_WORDS values
	 * each (KVM_REG_ARM64_SVE_ZREG), P0 to P15, NISV_EMULATE_P_WORDS values
	 * (KVM_REG_ARM64_SVE_PREG), both from the lowest byte on; the vector
	 * lengths that it has, a bit for each 16 bytes (the first word of
	 * KVM_REG_ARM64_SVE_VLS), and ZCR_EL1, or ZCR_EL2. SVCR, 0 without SME:
	 * PSTATE.SM has other vectors, so that what uses some is refused.
	 */
	NISV_EMULATE_Z,
	NISV_EMULATE_P,
	NISV_EMULATE_VLS,
	NISV_EMULATE_ZCR,
	NISV_EMULATE_SVCR,
};

#define NISV_EMULATE_Z_WORDS	32	/* 2048 bits */
#define NISV_EMULATE_P_WORDS	4

#ifdef NISV_EMULATE_HOOKS
/* What the emulator decides or writes, for the hook below. */
enum nisv_emulate_point {
#define POINT(id, wrong, needs, text)	NISV_EMULATE_POINT_##id,
#include "nisv_emulate_points.h"
#undef POINT
	NISV_EMULATE_NR_POINTS
};
#endif

/* Each returns 0 or a negative errno, which nisv_emulate() then returns. */
struct nisv_emulate_ops {
	/* KVM_GET_ONE_REG and KVM_SET_ONE_REG */
	int (*get)(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		   u64 *value);
	int (*set)(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		   const u64 *value);
	/* the guest's memory: the instruction and the tables of stage 1 */
	int (*memory)(void *vmm, u64 ipa, void *data, unsigned int bytes);
	/*
	 * what is behind the address, 1 to 16 bytes in one page, the lowest
	 * address first; not memory alone: an access may leave a slot
	 */
	int (*read)(void *vmm, u64 ipa, void *data, unsigned int bytes);
	int (*write)(void *vmm, u64 ipa, const void *data, unsigned int bytes);
#ifdef NISV_EMULATE_HOOKS
	/* NULL, but in a test of the tests: the value to go on with */
	u64 (*hook)(void *vmm, enum nisv_emulate_point point, u64 value);
#endif
};

struct nisv_emulate {
	const struct nisv_emulate_ops *ops;
	void *vmm;
	/*
	 * Whether a store-exclusive finds the monitor set: then it stores and
	 * its status is 0, else it stores nothing and its status is 1. A device
	 * has no monitor, so this is up to the VMM, where the CPU leaves it to
	 * an exit at all: see above. With true nothing keeps two writers apart.
	 */
	bool monitor;
	/* what was found: */
	u32 insn;
	/*
	 * of the lowest byte; DC ZVA: as in Xt; SVE: of the first element that
	 * is active, 0 if there is none; memory set and copy: of the byte that
	 * is next
	 */
	u64 va;
	u64 from;		/* memory copy: the same where it reads, else 0 */
};

/*
 * Emulates the instruction at PC. Returns 0, or -EOPNOTSUPP: it is none that
 * the emulator knows, or is UNDEFINED or CONSTRAINED UNPREDICTABLE, or the CPU
 * would change a descriptor, or has permissions elsewhere (TCR2_ELx.{PIE,POE});
 * -EFAULT: stage 1 does not translate an address, or does not allow that access
 * there, which the CPU has found of no other byte than that of fault_ipa; or the
 * error of a callback. Alignment is not looked at.
 */
int nisv_emulate(struct nisv_emulate *e);

/* Stage 1: the IPA of @va, an instruction's or a datum's, whoever may access it. */
int nisv_emulate_translate(struct nisv_emulate *e, u64 va, bool fetch, u64 *ipa);

#endif /* NISV_EMULATE_H */
