/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A 32-bit guest that has one page of code and nothing else: lib/bare32.c. Its
 * MMU is off, it has no interrupt controller, and where it stores to a hole it
 * exits.
 */
#ifndef NISV_BARE32_H
#define NISV_BARE32_H

#include "nisv.h"

#define NISV_BARE32_CODE	0x10000ull
#define NISV_BARE32_HOLE	0x40000ull
#define NISV_BARE32_VCPUS	2

struct nisv_bare32 {
	int dev;
	int vm;
	int vcpu[NISV_BARE32_VCPUS];
	u32 *memory;
};

/*
 * Makes it, with @words instructions of @code (A32); vCPU 0 starts with them, in
 * Supervisor mode, as KVM_ARM_VCPU_INIT has it, and so does vCPU 1, stopped.
 * False: there is no such guest here, and the case is skipped.
 */
bool nisv_bare32_new(struct nisv_check *c, struct nisv_bare32 *b,
		     const u32 *code, unsigned int words);
void nisv_bare32_free(struct nisv_bare32 *b);

/* KVM_RUN of vCPU 0, which must get as far as a store to the hole. */
void nisv_bare32_run(struct nisv_check *c, struct nisv_bare32 *b);

/* Its registers by what KVM_SET_ONE_REG calls them, X@n for @n < 31. */
void nisv_bare32_set_x(struct nisv_bare32 *b, unsigned int n, u64 value);
u64 nisv_bare32_x(struct nisv_bare32 *b, unsigned int cpu, unsigned int n);
u64 nisv_bare32_get(struct nisv_bare32 *b, unsigned int cpu, u64 id);

#endif /* NISV_BARE32_H */
