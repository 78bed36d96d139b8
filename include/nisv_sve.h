/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of the SVE registers, to the largest vector length that the vCPU has.
 */
#ifndef NISV_SVE_H
#define NISV_SVE_H

#include "nisv.h"

#define NISV_Z_WORDS	32	/* of 8 bytes: 2048 bits */
#define NISV_P_WORDS	4
#define NISV_LEAST_VL	16	/* bytes */

struct nisv_sve_regs {
	unsigned int vl;	/* in bytes: what is behind is 0 */
	u64 z[32][NISV_Z_WORDS];
	u64 p[16][NISV_P_WORDS];
	u64 ffr[NISV_P_WORDS];
	u64 zcr;		/* ZCR_EL1 */
};

/* The largest vector length of the vCPU, in bytes; 0 without SVE. */
unsigned int nisv_vcpu_max_vl(struct nisv_vm *vm, unsigned int cpu);

/* Values for vectors of @vl bytes, none 0; ZCR is such that the guest has these. */
void nisv_sve_fill(struct nisv_sve_regs *sve, unsigned int vl, u64 seed);

/*
 * As KVM_SET_ONE_REG sets them and KVM_GET_ONE_REG gives them; of the latter what
 * is within vectors of @sve->vl bytes.
 */
void nisv_vcpu_set_sve(struct nisv_vm *vm, unsigned int cpu,
		       const struct nisv_sve_regs *sve);
void nisv_vcpu_get_sve(struct nisv_vm *vm, unsigned int cpu,
		       struct nisv_sve_regs *sve);

/*
 * As the guest has them: vCPU 0, which is at some instruction, stores them, and
 * rings its doorbell.
 */
void nisv_vcpu_dump_sve(struct nisv_vm *vm);
void nisv_vcpu_dumped_sve(struct nisv_vm *vm, struct nisv_sve_regs *sve);

/* The host has vectors of its own in the registers. */
void nisv_sve_use_in_host(void);

#endif /* NISV_SVE_H */
