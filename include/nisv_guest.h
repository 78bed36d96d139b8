/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mailbox between a guest (lib/guest.S) and its host (lib/vm.c): the
 * registers that the guest loads before a form and those that it saw after it.
 * Offsets for the assembler; lib/vm.c checks that they fit the structures.
 */
#ifndef NISV_GUEST_H
#define NISV_GUEST_H

#define NISV_REGS_SP		248
#define NISV_REGS_PC		256
#define NISV_REGS_PSTATE	264
#define NISV_REGS_FPSR		272
#define NISV_REGS_FPCR		280
#define NISV_REGS_SP_EL0	288
#define NISV_REGS_FP		296
#define NISV_REGS_V		304
#define NISV_REGS_SIZE		816

#define NISV_MB_OUT		0
#define NISV_MB_IN		NISV_REGS_SIZE
#define NISV_MB_TRAP		(2 * NISV_REGS_SIZE)
#define NISV_MB_DOORBELL	(NISV_MB_TRAP + 40)
#define NISV_MB_GO		(NISV_MB_DOORBELL + 8)
#define NISV_MB_WAITS		8	/* from there */
#define NISV_MB_SVE		(NISV_MB_GO + 16)
#define NISV_SVE_P		16	/* from there */

/* How the guest says that it is past the form: not by an exception of its own. */
#define NISV_SVC_DONE		0x4e53
#define NISV_INSN_SVC_DONE	(0xd4000001u | NISV_SVC_DONE << 5)
#define NISV_NO_VECTOR		16

#ifdef __ASSEMBLER__
/* LDP or STP of X2 to X29, at X0, and of V0 to V31, at X1. */
	.macro	for_pairs_x op
	\op	x2, x3, [x0, #16]
	\op	x4, x5, [x0, #32]
	\op	x6, x7, [x0, #48]
	\op	x8, x9, [x0, #64]
	\op	x10, x11, [x0, #80]
	\op	x12, x13, [x0, #96]
	\op	x14, x15, [x0, #112]
	\op	x16, x17, [x0, #128]
	\op	x18, x19, [x0, #144]
	\op	x20, x21, [x0, #160]
	\op	x22, x23, [x0, #176]
	\op	x24, x25, [x0, #192]
	\op	x26, x27, [x0, #208]
	\op	x28, x29, [x0, #224]
	.endm

	.macro	for_pairs_q op
	\op	q0, q1, [x1, #0]
	\op	q2, q3, [x1, #32]
	\op	q4, q5, [x1, #64]
	\op	q6, q7, [x1, #96]
	\op	q8, q9, [x1, #128]
	\op	q10, q11, [x1, #160]
	\op	q12, q13, [x1, #192]
	\op	q14, q15, [x1, #224]
	\op	q16, q17, [x1, #256]
	\op	q18, q19, [x1, #288]
	\op	q20, q21, [x1, #320]
	\op	q22, q23, [x1, #352]
	\op	q24, q25, [x1, #384]
	\op	q26, q27, [x1, #416]
	\op	q28, q29, [x1, #448]
	\op	q30, q31, [x1, #480]
	.endm

	/* FPSR, FPCR and V of the struct nisv_regs at X0, or on to @without */
	.macro	load_fp without
	ldr	x1, [x0, #NISV_REGS_FP]
	cbz	x1, \without
	ldr	x1, [x0, #NISV_REGS_FPSR]
	msr	fpsr, x1
	ldr	x1, [x0, #NISV_REGS_FPCR]
	msr	fpcr, x1
	add	x1, x0, #NISV_REGS_V

	for_pairs_q ldp
	.endm
#else
#include <linux/compiler.h>
#include <linux/types.h>

struct nisv_regs {
	u64 x[31];
	u64 sp;		/* SP_EL1 (at virtual EL2: SP_EL2) */
	u64 pc;
	u64 pstate;
	u64 fpsr;
	u64 fpcr;
	u64 sp_el0;
	union {
		u64 fp;		/* 0: FPSR, FPCR and V are not looked at */
		u64 vector;	/* the oracle's, with ESR: lib/oracle.c */
	};
	u64 v[32][2];
};

/* The exception that the guest took, of its own making or injected. */
struct nisv_trap {
	u64 vector;	/* index into the vector table, or NISV_NO_VECTOR */
	u64 esr;
	u64 far;
	u64 elr;
	u64 spsr;
};

/* What SVE forms need, and what the guest saw of it after them. */
struct nisv_sve {
	u64 wanted;	/* not 0: predicates are set and saved */
	u64 vl;		/* in bytes */
	u64 p[4][4];	/* P0 to P3 */
	u64 ffr[4];
};

struct nisv_mailbox {
	struct nisv_regs out;
	struct nisv_regs in;
	struct nisv_trap trap;
	u64 doorbell;	/* VA of the doorbell */
	u64 go;		/* where a guest that waits goes on, 0: not yet */
	u64 waits;	/* not 0: it waits */
	struct nisv_sve sve;
} __aligned(2048);	/* in one page */

extern char nisv_guest_entry[];	/* where a vCPU starts */
extern char nisv_guest_vectors[];	/* its VBAR_EL1 */
extern char nisv_guest_stubs[];	/* two instructions for each form */
extern char nisv_guest_hvc[];	/* a call of the firmware, then as a stub */
extern char nisv_guest_smc[];	/* the same by SMC, as at virtual EL2 */
extern char nisv_guest_dead[];	/* its VBAR_EL1 at the doorbell */
extern char nisv_guest_swap[];	/* system registers to X10.., X20.. to them */
extern char nisv_guest_swap_tags[];	/* the same, those of FEAT_MTE */
extern char nisv_guest_stop_timer[];	/* no interrupt of it, then to X16 */
extern char nisv_guest_interrupt[];	/* the timer's, X16 is time for it; to X17 */
extern char nisv_guest_wait[];	/* X17: of the mailbox, "go" */
extern char nisv_guest_ldxrb[];	/* opens the monitor, then to X18 */
extern char nisv_guest_ldxrh[];
extern char nisv_guest_ldxr_w[];
extern char nisv_guest_ldxr_x[];
extern char nisv_guest_ldxp_w[];
extern char nisv_guest_ldxp_x[];
extern char nisv_guest_end[];
#endif

#endif /* NISV_GUEST_H */
