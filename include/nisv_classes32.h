/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of AArch32 instruction forms, as nisv_classes.h has them for A64:
 *
 *	CLASS32(id, outcome, title, why, instead)
 *
 * outcome	ISV: the access exits, with ISV=1
 *		NO_ISV: it exits, with ISV=0
 *		NOTHING: no exit, the guest goes on behind the form
 *		STATUS: the same, and 1 is in its status register
 *		UNDEF: no exit, the guest takes an Undefined Instruction exception
 */
CLASS32(A32_PLAIN, ISV, "single register",
	"one register but R15, no writeback, not exclusive: ISV=1",
	"nothing: KVM reports it as KVM_EXIT_MMIO")
CLASS32(A32_WRITEBACK, NO_ISV, "writeback",
	"writeback of the base register: ISS[23:14] cannot describe it",
	"the same without writeback, and ADD for the base: ldr r0, [r1]; add r1, r1, #4")
CLASS32(A32_PC, NO_ISV, "R15", "R15 is loaded or stored: excluded from ISV=1",
	"another register, and a branch: ldr r0, [r1]; bx r0")
CLASS32(A32_PAIR, NO_ISV, "pair", "two registers: ISS[23:14] has room for one",
	"one load or store for each register: ldr r0, [r1]; ldr r3, [r1, #4]")
CLASS32(A32_MULTIPLE, NO_ISV, "multiple",
	"a list of registers, if only of one: excluded from ISV=1",
	"one load or store for each register: ldr r0, [r1]; ldr r3, [r1, #4]")
CLASS32(A32_EXCLUSIVE, NO_ISV, "exclusive", "load-exclusive: excluded from ISV=1",
	"no exclusives on devices: a lock in memory, and a plain load and store")
CLASS32(A32_SIMD, NO_ISV, "SIMD&FP register", "ISS.SRT names general-purpose registers only",
	"general-purpose registers, one at a time: ldr r0, [r1]")
CLASS32(A32_STRUCT, NO_ISV, "SIMD&FP structure", "ISS.SRT names one general-purpose register",
	"general-purpose registers, one at a time: ldr r0, [r1]")
CLASS32(A32_STATE, NO_ISV, "processor state",
	"two words, return address and PSR: ISS[23:14] has room for one",
	"a stack in memory")
CLASS32(A32_STATUS, STATUS, "store-exclusive",
	"no load-exclusive came before: nothing is stored, the status is 1",
	"no exclusives on devices: a lock in memory, and a plain load and store")
CLASS32(A32_NONE, NOTHING, "no access", "a hint, or a condition that fails: memory is not accessed",
	"nothing: there is no access")
CLASS32(A32_UNDEFINED, UNDEF, "undefined",
	"SWP is gone from Armv8; debug registers are not the guest's",
	"what Armv8 has, a plain load or store: ldr r0, [r1]")
