/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vectors of a protected guest, whose memory nobody else can read: it leaves
 * what it saw in its registers, and rings the doorbell at X21. They are copied
 * to where the guest has them. Registers: include/nisv_protected.h.
 */
	.section nisv_guest, "ax"
	.balign	2048
	.global	nisv_protected_vectors
nisv_protected_vectors:
	.irp	index, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	mov	x20, #\index
	mrs	x22, esr_el1
	mrs	x23, far_el1
	mrs	x24, elr_el1
	mrs	x25, spsr_el1
	str	x20, [x21]
	b	.
	.endr
	.balign	128
	.global	nisv_protected_end
nisv_protected_end:

	.section .note.GNU-stack, "", %progbits
