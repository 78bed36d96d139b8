/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest. It has no stack and no C: it loads every register from the
 * mailbox, goes to the exception level of its PSTATE, runs one instruction of
 * the table and comes back by SVC; it stores every register, rings the doorbell
 * (an MMIO store) and starts over.
 *
 * V, FPSR and FPCR only where the host says so: each of them is a trap of KVM's.
 *
 * The host sets TPIDRRO_EL0 to the mailbox and VBAR_EL1 to the vectors;
 * TPIDR_EL1 is scratch. At virtual EL2 (E2H=1) the EL1 names used here mean the
 * EL2 registers.
 *
 * Any other exception goes the same way as SVC, whose vector and syndrome are in
 * the mailbox. One more on that way (the doorbell itself faults, say) switches the VM off:
 * the host sees KVM_EXIT_SYSTEM_EVENT instead of a guest that loops for ever.
 */
#include "nisv_guest.h"

	.arch	armv8-a

	.macro	vector index
	.balign	128
	msr	tpidr_el1, x0
	mrs	x0, tpidrro_el0
	str	x1, [x0, #NISV_MB_OUT + 8]
	mov	x1, #\index
	b	nisv_guest_trap
	.endm

	/*
	 * Up to the doorbell in one page: after each entry the TLB may be empty. The
	 * vectors are not where a page begins: VBAR counts in units of 2K.
	 */
	.section nisv_guest, "ax"
	.balign	4096
	.global	nisv_guest_entry
nisv_guest_entry:
nisv_guest_load:
	adrp	x1, nisv_guest_vectors
	add	x1, x1, #:lo12:nisv_guest_vectors
	msr	vbar_el1, x1
	isb
	mrs	x0, tpidrro_el0
	add	x0, x0, #NISV_MB_IN
	load_fp 1f
	ldr	x1, [x0, #NISV_MB_SVE - NISV_MB_IN]
	cbz	x1, 1f
	.inst	0x2518e3e0		/* ptrue p0.b */
	.inst	0x2518e021		/* ptrue p1.b, vl1 */
	.inst	0x2518e402		/* pfalse p2.b */
	.inst	0x2518e3e3		/* ptrue p3.b */
	.inst	0x252c9000		/* setffr */
1:
	ldr	x1, [x0, #NISV_REGS_SP]
	mov	sp, x1
	ldr	x1, [x0, #NISV_REGS_SP_EL0]
	msr	sp_el0, x1
	ldr	x1, [x0, #NISV_REGS_PC]
	msr	elr_el1, x1
	ldr	x1, [x0, #NISV_REGS_PSTATE]
	msr	spsr_el1, x1
	for_pairs_x ldp
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret

nisv_guest_trap:
	str	x1, [x0, #NISV_MB_TRAP]
	adrp	x1, nisv_guest_dead
	add	x1, x1, #:lo12:nisv_guest_dead
	msr	vbar_el1, x1
	isb
	mrs	x1, esr_el1
	str	x1, [x0, #NISV_MB_TRAP + 8]
	mrs	x1, far_el1
	str	x1, [x0, #NISV_MB_TRAP + 16]
	mrs	x1, elr_el1
	str	x1, [x0, #NISV_MB_TRAP + 24]
	mrs	x1, spsr_el1
	str	x1, [x0, #NISV_MB_TRAP + 32]

	for_pairs_x stp
	str	x30, [x0, #240]
	mrs	x1, tpidr_el1
	str	x1, [x0]
	mov	x1, sp
	str	x1, [x0, #NISV_REGS_SP]
	mrs	x1, sp_el0
	str	x1, [x0, #NISV_REGS_SP_EL0]
	ldr	x1, [x0, #NISV_MB_IN + NISV_REGS_FP]
	cbz	x1, 1f
	mrs	x1, fpsr
	str	x1, [x0, #NISV_REGS_FPSR]
	mrs	x1, fpcr
	str	x1, [x0, #NISV_REGS_FPCR]
	add	x1, x0, #NISV_REGS_V
	for_pairs_q stp
	ldr	x1, [x0, #NISV_MB_SVE]
	cbz	x1, 1f
	.inst	0x04bf5022		/* rdvl x2, #1 */
	str	x2, [x0, #NISV_MB_SVE + 8]
	add	x1, x0, #NISV_MB_SVE + NISV_SVE_P
	.inst	0xe5800020		/* str p0, [x1] */
	add	x1, x1, #32
	.inst	0xe5800021		/* str p1, [x1] */
	add	x1, x1, #32
	.inst	0xe5800022		/* str p2, [x1] */
	add	x1, x1, #32
	.inst	0xe5800023		/* str p3, [x1] */
	add	x1, x1, #32
	.inst	0x2519f004		/* rdffr p4.b */
	.inst	0xe5800024		/* str p4, [x1] */
1:
	ldr	x1, [x0, #NISV_MB_DOORBELL]
	str	xzr, [x1]
	b	nisv_guest_load

	.balign	2048
	.global	nisv_guest_vectors
nisv_guest_vectors:
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\index
	.endr

	.balign	2048
	.global	nisv_guest_dead
nisv_guest_dead:
	.rept	16
	.balign	128
	mov	w0, #0x0008		/* PSCI SYSTEM_OFF, 0x84000008 */
	movk	w0, #0x8400, lsl #16
	smc	#0			/* the conduit at virtual EL2 */
	mov	w0, #0x0008
	movk	w0, #0x8400, lsl #16
	hvc	#0
	b	.
	.endr

#ifndef NISV_GUEST_AT_EL2	/* see nested_guest.S */
	/* One stub for each row of the table: the instruction, and on. */
#define FORM(name, class, access, bytes, feature, encoding, text)	\
	.inst	encoding;						\
	svc	#NISV_SVC_DONE;

	.balign	64
	.global	nisv_guest_stubs
nisv_guest_stubs:
#include "nisv_forms.h"
#undef FORM

	.global	nisv_guest_hvc
nisv_guest_hvc:
	hvc	#0
	svc	#NISV_SVC_DONE
	.global	nisv_guest_smc
nisv_guest_smc:
	smc	#0
	svc	#NISV_SVC_DONE

	/* Registers of EL1: what was in them, and others into them. */
	.macro	swap was, new, reg
	mrs	\was, \reg
	msr	\reg, \new
	.endm

	.global	nisv_guest_swap
nisv_guest_swap:
	swap	x10, x20, tpidr_el0
	swap	x11, x21, par_el1
	swap	x12, x22, contextidr_el1
	swap	x13, x23, vbar_el1
	swap	x14, x24, sctlr_el1
	swap	x15, x25, far_el1
	swap	x16, x26, cntkctl_el1
	swap	x17, x27, tpidrro_el0
	isb
	svc	#NISV_SVC_DONE

	.global	nisv_guest_swap_tags
nisv_guest_swap_tags:
	.inst	0xd538560a		/* mrs x10, tfsr_el1 */
	.inst	0xd5185614		/* msr tfsr_el1, x20 */
	.inst	0xd538562b		/* mrs x11, tfsre0_el1 */
	.inst	0xd5185635		/* msr tfsre0_el1, x21 */
	.inst	0xd53810ac		/* mrs x12, rgsr_el1 */
	.inst	0xd51810b6		/* msr rgsr_el1, x22 */
	.inst	0xd53810cd		/* mrs x13, gcr_el1 */
	.inst	0xd51810d7		/* msr gcr_el1, x23 */
	isb
	svc	#NISV_SVC_DONE

	/* The virtual timer ceases to interrupt, and on to X16. */
	.global	nisv_guest_stop_timer
nisv_guest_stop_timer:
	msr	cntv_ctl_el0, xzr
	isb
	ret	x16

	/* It interrupts the host, before X16 is counted down; and on to X17. */
	.global	nisv_guest_interrupt
nisv_guest_interrupt:
	msr	cntv_cval_el0, xzr
	mov	x15, #1
	msr	cntv_ctl_el0, x15
	isb
1:	sub	x16, x16, #1
	cbnz	x16, 1b
	msr	cntv_ctl_el0, xzr
	isb
	ret	x17

	/*
	 * What a store-exclusive needs before it: X15 in the descriptor at X17
	 * maps a slot at X1, X16 the hole. X18 is the store. RET and not BR,
	 * which would leave its mark in PSTATE.BTYPE.
	 */
	.macro	descriptor value
	str	\value, [x17]
	dsb	ish
	tlbi	vmalle1is
	dsb	ish
	isb
	.endm

	.macro	open_monitor name, load:vararg
	.global	\name
\name:
	descriptor x15
	\load, [x1]
	mov	x20, x22
	mov	x21, x23
	descriptor x16
	ret	x18
	.endm

	open_monitor nisv_guest_ldxrb, ldxrb w20
	open_monitor nisv_guest_ldxrh, ldxrh w20
	open_monitor nisv_guest_ldxr_w, ldxr w20
	open_monitor nisv_guest_ldxr_x, ldxr x20
	open_monitor nisv_guest_ldxp_w, ldxp w20, w21
	open_monitor nisv_guest_ldxp_x, ldxp x20, x21

	.global	nisv_guest_wait
nisv_guest_wait:
	str	x17, [x17, #NISV_MB_WAITS]
1:	ldr	x16, [x17]
	cbz	x16, 1b
	ret	x16
	.global	nisv_guest_end
nisv_guest_end:
#endif

	.section .note.GNU-stack, "", %progbits
