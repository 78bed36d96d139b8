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
 * KVM_RUN goes on as though there had been no exit. A memory copy or set goes to
 * the end of a page at most, as though it had then been interrupted: its next
 * page is the next exit, if it is one.
 *
 * It is whole or not at all: an error leaves every register as it was, and
 * devices too but for what was read, or stored before a device refused.
 */
#ifndef NISV_EMULATE_H
#define NISV_EMULATE_H

#include <stdbool.h>
#include <linux/types.h>

/* System registers are those of the guest's translation regime: EL1&0, or EL2&0. */
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
	NISV_EMULATE_DCZID,	/* DCZID_EL0, which user space itself can read */
	/*
	 * SVE, where the vCPU has it: Z0 to Z31, NISV_EMULATE_Z_WORDS values
	 * each (KVM_REG_ARM64_SVE_ZREG), P0 to P15, NISV_EMULATE_P_WORDS values
	 * (KVM_REG_ARM64_SVE_PREG), both from the lowest byte on; the vector
	 * lengths that it has, a bit for each 16 bytes (the first word of
	 * KVM_REG_ARM64_SVE_VLS), and ZCR_EL1, or ZCR_EL2.
	 */
	NISV_EMULATE_Z,
	NISV_EMULATE_P,
	NISV_EMULATE_VLS,
	NISV_EMULATE_ZCR,
	/*
	 * FEAT_MOPS: PSTATE after a prologue (SETP) of 0 bytes, which user space
	 * itself can run: which of the options A and B it is.
	 */
	NISV_EMULATE_MOPS,
};

#define NISV_EMULATE_Z_WORDS	32	/* 2048 bits */
#define NISV_EMULATE_P_WORDS	4

/* What the emulator decides or writes, for the hook below. */
enum nisv_emulate_point {
#define POINT(id, wrong, needs, text)	NISV_EMULATE_POINT_##id,
#include "nisv_emulate_points.h"
#undef POINT
	NISV_EMULATE_NR_POINTS
};

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
	/* NULL, but in a test of the tests: the value to go on with */
	u64 (*hook)(void *vmm, enum nisv_emulate_point point, u64 value);
};

struct nisv_emulate {
	const struct nisv_emulate_ops *ops;
	void *vmm;
	/*
	 * Whether a store-exclusive finds the monitor set: then it stores and
	 * its status is 0, else it stores nothing and its status is 1. A device
	 * has no monitor, so this is up to the VMM. With false a guest that
	 * tries until it succeeds never ends; with true nothing keeps two
	 * writers apart.
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
 * the emulator knows, or is UNDEFINED or CONSTRAINED UNPREDICTABLE; -EFAULT:
 * stage 1 does not translate an address; or the error of a callback. Stage-1
 * permissions and alignment are not looked at: the CPU has.
 */
int nisv_emulate(struct nisv_emulate *e);

/* Stage 1: the IPA of @va, which is an instruction's or a datum's. */
int nisv_emulate_translate(struct nisv_emulate *e, u64 va, bool fetch, u64 *ipa);

#endif /* NISV_EMULATE_H */
