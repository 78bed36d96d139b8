/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L1, a hypervisor at virtual EL2, with E2H 0 or 1; see nisv_nested.h. It has no
 * stack: SP_EL2 points to the vCPU's struct nisv_l1, TPIDR_EL2 is scratch. It runs
 * wherever it is mapped, as its MMU may be off.
 *
 * And the guest of lib/guest.S for virtual EL2 with E2H=0, where the names of EL1
 * mean registers of EL1.
 */
#include "nisv_nested.h"

#define NISV_GUEST_AT_EL2
#define tpidr_el1		tpidr_el2
#define vbar_el1		vbar_el2
#define elr_el1			elr_el2
#define spsr_el1		spsr_el2
#define esr_el1			esr_el2
#define far_el1			far_el2
#define nisv_guest_vectors	nisv_guest_el2_vectors
#define nisv_guest_dead		nisv_guest_el2_dead
#define nisv_guest_entry	nisv_guest_el2_entry
#define nisv_guest_load		nisv_guest_el2_load
#define nisv_guest_trap		nisv_guest_el2_trap
#include "guest.S"

	.macro	l1_vector index
	.balign	128
	msr	tpidr_el2, x0
	mov	x0, sp
	str	x1, [x0, #8]
	mov	x1, #\index
	b	nisv_l1_trap
	.endm

	.section nisv_guest, "ax"
	.balign	2048
	.global	nisv_l1_vectors
nisv_l1_vectors:
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	l1_vector \index
	.endr

nisv_l1_trap:
	str	x1, [x0, #NISV_L1_VECTOR]
	/* one more exception here ends the VM */
	adrp	x1, nisv_guest_el2_dead
	add	x1, x1, #:lo12:nisv_guest_el2_dead
	msr	vbar_el2, x1
	isb
	mrs	x1, esr_el2
	str	x1, [x0, #NISV_L1_ESR]
	mrs	x1, far_el2
	str	x1, [x0, #NISV_L1_FAR]
	mrs	x1, hpfar_el2
	str	x1, [x0, #NISV_L1_HPFAR]
	mrs	x1, elr_el2
	str	x1, [x0, #NISV_L1_ELR]
	mrs	x1, spsr_el2
	str	x1, [x0, #NISV_L1_SPSR]
	for_pairs_x stp
	str	x30, [x0, #240]
	mrs	x1, tpidr_el2
	str	x1, [x0]
	ldr	x1, [x0, #NISV_L1_DOORBELL]
	str	xzr, [x1]

	.global	nisv_l1_entry
nisv_l1_entry:
	adrp	x1, nisv_l1_vectors
	add	x1, x1, #:lo12:nisv_l1_vectors
	msr	vbar_el2, x1
	mov	x0, sp
	ldr	x1, [x0, #NISV_L1_VTTBR]
	msr	vttbr_el2, x1
	ldr	x1, [x0, #NISV_L1_VTCR]
	msr	vtcr_el2, x1
	ldr	x1, [x0, #NISV_L1_HCR]
	msr	hcr_el2, x1
	isb
	/* once: what is asked for, and what is cached of both stages */
	ldr	x2, [x0, #NISV_L1_TLBI]
	cbz	x2, 4f
	str	xzr, [x0, #NISV_L1_TLBI]
	ldr	x1, [x0, #NISV_L1_TLBI_OPERAND]
	dsb	ishst
	tbz	x2, #NISV_TLBI_IPA, 1f
	tlbi	ipas2e1is, x1
1:	tbz	x2, #NISV_TLBI_RANGE, 2f
	sys	#4, c8, c0, #2, x1	/* tlbi ripas2e1is, x1 */
2:	tbz	x2, #NISV_TLBI_VMID, 3f
	tlbi	vmalls12e1is
3:	dsb	ish
	tlbi	vmalle1is
	dsb	ish
	isb
4:
	ldr	x1, [x0, #NISV_L1_ELR]
	msr	elr_el2, x1
	ldr	x1, [x0, #NISV_L1_SPSR]
	msr	spsr_el2, x1
	for_pairs_x ldp
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret
