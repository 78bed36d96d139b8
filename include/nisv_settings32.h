/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an AArch32 form runs and what address it touches:
 *
 *	SETTING32(id, mode, cpsr, sets, idreg, shift, minimum, offset, text)
 *
 * mode		USR, SVC, IRQ, ABT or SYS
 * cpsr		bits of CPSR that differ from the usual ones, which are N, C, A,
 *		I and F set (DDI0487 G8.2, CPSR); T is set for T32 and T16
 * sets		ALL, or THUMB for what A32 does not have
 * idreg, ...	the ID register field that says that there are such bits, and
 *		the least value that means "has it" (NONE: always)
 * offset	of the access in its page: as in nisv_settings.h
 *
 * Every form is tried in the first setting; the first of each class, access,
 * size and instruction set in all that its class can run in.
 */
SETTING32(svc, SVC, 0, ALL, NONE, 0, 0, OWN, "Supervisor mode")
SETTING32(usr, USR, 0, ALL, NONE, 0, 0, OWN, "User mode")
SETTING32(irq, IRQ, 0, ALL, NONE, 0, 0, OWN, "IRQ mode")
SETTING32(abt, ABT, 0, ALL, NONE, 0, 0, OWN, "Abort mode")
SETTING32(sys, SYS, 0, ALL, NONE, 0, 0, OWN, "System mode")
SETTING32(flags, SVC, 0xf80f0000, ALL, NONE, 0, 0, OWN, "CPSR.Z, V, Q and GE, not N and C")
SETTING32(unmasked, SVC, 0x000001c0, ALL, NONE, 0, 0, OWN, "CPSR.A, I and F clear")
SETTING32(pan, USR, 0x00400000, ALL, ID_MMFR3_EL1, 16, 1, OWN, "User mode, CPSR.PAN")
SETTING32(dit, SVC, 0x00200000, ALL, ID_PFR0_EL1, 24, 1, OWN, "CPSR.DIT")
SETTING32(ssbs, SVC, 0x00800000, ALL, ID_PFR2_EL1, 4, 1, OWN, "CPSR.SSBS")
SETTING32(big_endian, SVC, 0x00000200, ALL, ID_AA64MMFR0_EL1, 8, 1, OWN, "big-endian data")
SETTING32(usr_be, USR, 0x00000200, ALL, ID_AA64MMFR0_EL1, 8, 1, OWN, "User mode, big-endian data")
SETTING32(it, SVC, 0x02004400, THUMB, NONE, 0, 0, OWN, "the first of four in an IT block")
SETTING32(it_lt, SVC, 0x0600b800, THUMB, NONE, 0, 0, OWN, "the same, of another condition")
SETTING32(it_last, SVC, 0x00004800, THUMB, NONE, 0, 0, OWN, "the last in an IT block")
SETTING32(it_fails, SVC, 0x00000800, THUMB, NONE, 0, 0, OWN, "in an IT block whose condition fails")
SETTING32(unaligned, SVC, 0, ALL, NONE, 0, 0, 0x31, "not aligned, where the form may")
SETTING32(page_start, SVC, 0, ALL, NONE, 0, 0, 0, "the first byte of the hole, next to a slot")
SETTING32(page_end, SVC, 0, ALL, NONE, 0, 0, -1, "the last byte of the hole, next to a slot")
