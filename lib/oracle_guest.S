/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest of lib/oracle.c: one instruction after the other, each with all its
 * registers loaded before and stored behind, and the doorbell at the end.
 *
 * Each time it loads registers from where the control block says (TPIDRRO_EL0),
 * goes to the PC and PSTATE there, and comes back by any exception; it stores the
 * registers with ELR, SPSR and ESR, and takes the next. V, FPSR and FPCR are left alone
 * where the registers say so: KVM gives them to a guest that uses them, after each exit
 * anew. Where there are vectors it does the same with all of SVE. TPIDR_EL1 is scratch.
 * At virtual EL2 (E2H=1) the EL1 names used here mean the EL2 registers.
 *
 * The host writes the instructions, so each is cleaned and invalidated.
 */
#include "nisv_guest.h"
#include "nisv_oracle.h"

	.arch	armv8-a
	.arch_extension sve

	.macro	vectors op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	z\n, [x1, #\n, mul vl]
	.endr
	.endm

	.macro	predicates op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\op	p\n, [x1, #\n, mul vl]
	.endr
	.endm

	.macro	oracle_vector index
	.balign	128
	msr	tpidr_el1, x0
	mrs	x0, tpidrro_el0
	str	x1, [x0, #NISV_CONTROL_X1]
	mov	x1, #\index
	b	oracle_trap
	.endm

	/* both in one page: after each exit the TLB is empty */
	.section nisv_guest, "ax"
	.balign	4096
oracle_vectors:
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	oracle_vector \index
	.endr

	.balign	64
	.global	nisv_oracle_entry
nisv_oracle_entry:
	adrp	x1, oracle_vectors
	add	x1, x1, #:lo12:oracle_vectors
	msr	vbar_el1, x1
	isb
oracle_next:
	mrs	x0, tpidrro_el0
	ldr	x1, [x0, #NISV_CONTROL_LEFT]
	cbnz	x1, 1f
	ldr	x1, [x0, #NISV_CONTROL_DOORBELL]
	str	xzr, [x1]
	b	oracle_next
1:	sub	x1, x1, #1
	str	x1, [x0, #NISV_CONTROL_LEFT]
	ldr	x0, [x0, #NISV_CONTROL_IN]
	ldr	x1, [x0, #NISV_REGS_PC]
	msr	elr_el1, x1
	dc	cvau, x1
	dsb	ish
	ic	ivau, x1
	dsb	ish
	ldr	x1, [x0, #NISV_REGS_PSTATE]
	msr	spsr_el1, x1
	ldr	x1, [x0, #NISV_REGS_SP]
	mov	sp, x1
	ldr	x1, [x0, #NISV_REGS_SP_EL0]
	msr	sp_el0, x1
	load_fp 1f
1:
	mrs	x2, tpidrro_el0
	ldr	x1, [x2, #NISV_CONTROL_SVE_IN]
	cbz	x1, 1f
	add	x3, x1, #NISV_VECTORS_SIZE
	str	x3, [x2, #NISV_CONTROL_SVE_IN]
	vectors	ldr
	add	x1, x1, #NISV_VECTORS_P
	add	x3, x1, #(NISV_VECTORS_FFR - NISV_VECTORS_P)
	ldr	p0, [x3]
	wrffr	p0.b
	predicates ldr
1:
	for_pairs_x ldp
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	clrex
	eret

oracle_trap:
	str	x1, [x0, #NISV_CONTROL_VECTOR]
	ldr	x0, [x0, #NISV_CONTROL_OUT]
	for_pairs_x stp
	str	x30, [x0, #240]
	mrs	x2, tpidrro_el0
	mrs	x3, tpidr_el1
	ldr	x4, [x2, #NISV_CONTROL_X1]
	stp	x3, x4, [x0]
	mov	x3, sp
	str	x3, [x0, #NISV_REGS_SP]
	mrs	x3, elr_el1
	str	x3, [x0, #NISV_REGS_PC]
	mrs	x3, spsr_el1
	str	x3, [x0, #NISV_REGS_PSTATE]
	mrs	x3, sp_el0
	str	x3, [x0, #NISV_REGS_SP_EL0]
	mrs	x3, esr_el1
	ldr	x4, [x2, #NISV_CONTROL_VECTOR]
	orr	x3, x3, x4, lsl #56
	str	x3, [x0, #NISV_REGS_SP_EL0 + 8]
	stp	xzr, xzr, [x0, #NISV_REGS_FPSR]
	ldr	x3, [x2, #NISV_CONTROL_IN]
	ldr	x3, [x3, #NISV_REGS_FP]
	cbz	x3, 1f
	mrs	x3, fpsr
	str	x3, [x0, #NISV_REGS_FPSR]
	mrs	x3, fpcr
	str	x3, [x0, #NISV_REGS_FPCR]
	add	x1, x0, #NISV_REGS_V
	for_pairs_q stp
1:
	ldr	x1, [x2, #NISV_CONTROL_SVE_OUT]
	cbz	x1, 1f
	add	x3, x1, #NISV_VECTORS_SIZE
	str	x3, [x2, #NISV_CONTROL_SVE_OUT]
	vectors	str
	add	x1, x1, #NISV_VECTORS_P
	predicates str
	rdffr	p0.b
	add	x1, x1, #(NISV_VECTORS_FFR - NISV_VECTORS_P)
	str	p0, [x1]
1:
	add	x0, x0, #NISV_REGS_SIZE
	str	x0, [x2, #NISV_CONTROL_OUT]
	ldr	x0, [x2, #NISV_CONTROL_IN]
	add	x0, x0, #NISV_REGS_SIZE
	str	x0, [x2, #NISV_CONTROL_IN]
	b	oracle_next

	.section .note.GNU-stack, "", %progbits
