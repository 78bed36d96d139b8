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
#define NISV_NO_VECTOR		16

#ifndef __ASSEMBLER__
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
	u64 unused;
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
} __aligned(64);

extern char nisv_guest_entry[];	/* where a vCPU starts */
extern char nisv_guest_vectors[];	/* its VBAR_EL1 */
extern char nisv_guest_stubs[];	/* two instructions for each form */
extern char nisv_guest_hvc[];	/* a call of the firmware, then as a stub */
extern char nisv_guest_smc[];	/* the same by SMC, as at virtual EL2 */
extern char nisv_guest_dead[];	/* its VBAR_EL1 at the doorbell */
extern char nisv_guest_swap[];	/* system registers to X10.., X20.. to them */
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
