/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a form runs and what address it touches:
 *
 *	SETTING(id, from, pstate, idreg, shift, minimum, hole, offset, text)
 *
 * from		EL1H, EL1T (EL1 with SP_EL0) or EL0; EL1_E0E and EL0_BE are EL1H
 *		and EL0 with SCTLR_EL1.E0E set
 * pstate	bits of PSTATE that differ from the usual ones, which are N, C, D,
 *		A, I and F set (DDI0487 C5.2.19, SPSR_EL1)
 * idreg, ...	the ID register field that says that there are such bits, and
 *		the least value that means "has it" (NONE: always)
 * hole		which hole, see enum nisv_hole in nisv.h
 * offset	of the access in its hole: OWN (each form has one of its own), or
 *		bytes from the start, or -1, so that it ends with the hole, or
 *		ACROSS, so that half of it is on the second page; aligned down as
 *		the form must be
 *
 * Every form is tried in the first setting; the first of each class, access and
 * size in all, or of each class and access where a class needs more than a base
 * register, but for what a row NOT_IN of nisv_classes.h says.
 */
SETTING(hole, EL1H, 0, NONE, 0, 0, MAIN, OWN, "EL1, a hole between two slots")
SETTING(sp_el0, EL1T, 0, NONE, 0, 0, MAIN, OWN, "EL1 with SP_EL0")
SETTING(el0, EL0, 0, NONE, 0, 0, MAIN, OWN, "EL0")
SETTING(flags, EL1H, 0xf0000000, NONE, 0, 0, MAIN, OWN, "PSTATE.Z and V, not N and C")
SETTING(unmasked, EL1H, 0x000003c0, NONE, 0, 0, MAIN, OWN, "PSTATE.DAIF clear")
SETTING(pan, EL1H, 0x00400000, ID_AA64MMFR1_EL1, 20, 1, MAIN, OWN, "PSTATE.PAN")
SETTING(uao, EL1H, 0x00800000, ID_AA64MMFR2_EL1, 4, 1, MAIN, OWN, "PSTATE.UAO")
SETTING(dit, EL1H, 0x01000000, ID_AA64PFR0_EL1, 48, 1, MAIN, OWN, "PSTATE.DIT")
SETTING(ssbs, EL1H, 0x00001000, ID_AA64PFR1_EL1, 4, 2, MAIN, OWN, "PSTATE.SSBS")
SETTING(tco, EL1H, 0x02000000, ID_AA64PFR1_EL1, 8, 1, MAIN, OWN, "PSTATE.TCO")
SETTING(btype, EL1H, 0x00000400, ID_AA64PFR1_EL1, 0, 1, MAIN, OWN, "PSTATE.BTYPE not 0")
SETTING(el0_be, EL0_BE, 0, ID_AA64MMFR0_EL1, 8, 1, MAIN, OWN, "EL0, big-endian data")
SETTING(el1_e0e, EL1_E0E, 0, ID_AA64MMFR0_EL1, 8, 1, MAIN, OWN, "EL1, while EL0 is big-endian")
SETTING(tagged, EL1H, 0, NONE, 0, 0, TAGGED, OWN, "a tag in the pointer's top byte")
SETTING(ttbr1, EL1H, 0, NONE, 0, 0, UPPER, OWN, "a VA of the upper half")
SETTING(unaligned, EL1H, 0, NONE, 0, 0, MAIN, 0x31, "not aligned, where the form may")
SETTING(page_start, EL1H, 0, NONE, 0, 0, MAIN, 0, "the first byte of a page")
SETTING(byte_1, EL1H, 0, NONE, 0, 0, MAIN, 1, "the second byte of a page, where the form may")
SETTING(byte_8, EL1H, 0, NONE, 0, 0, MAIN, 8, "8 bytes into a page")
SETTING(byte_40, EL1H, 0, NONE, 0, 0, MAIN, 0x40, "0x40 bytes into a page")
SETTING(page_end, EL1H, 0, NONE, 0, 0, MAIN, -1, "up to the last byte of a page")
SETTING(past_4k, EL1H, 0, NONE, 0, 0, MAIN, 0x2040, "past 4K, where pages are larger")
SETTING(past_48k, EL1H, 0, NONE, 0, 0, MAIN, 0xc3f1, "past 48K, not aligned, where it may")
SETTING(across, EL1H, 0, NONE, 0, 0, MAIN, ACROSS, "half of it on the next page, where it may")
SETTING(first, EL1H, 0, NONE, 0, 0, FIRST, 0, "the first byte of the hole, next to a slot")
SETTING(last, EL1H, 0, NONE, 0, 0, LAST, -1, "the last byte of the hole, next to a slot")
SETTING(ipa_0, EL1H, 0, NONE, 0, 0, ZERO, 0, "IPA 0")
SETTING(ipa_low, EL1H, 0, NONE, 0, 0, LOW, OWN, "an IPA of 28 bits")
SETTING(below_4g, EL1H, 0, NONE, 0, 0, BELOW_4G, -1, "the last bytes below 4 GiB")
SETTING(at_4g, EL1H, 0, NONE, 0, 0, AT_4G, 0, "the first byte at 4 GiB")
SETTING(ipa_last, EL1H, 0, NONE, 0, 0, TOP, -1, "the last bytes of the VM's IPA space")
SETTING(va_is_ipa, EL1H, 0, NONE, 0, 0, SAME, OWN, "VA = IPA")
SETTING(el0_low, EL0, 0, NONE, 0, 0, LOW, OWN, "EL0, an IPA of 28 bits")
SETTING(block, EL1H, 0, NONE, 0, 0, BLOCK, OWN, "a stage-1 block: 2M, 32M or 512M")
SETTING(block_1g, EL1H, 0, NONE, 0, 0, BLOCK_1G, OWN, "a stage-1 block of 1G")
SETTING(non_cacheable, EL1H, 0, NONE, 0, 0, NC, OWN, "stage 1: Normal Non-cacheable")
SETTING(device_ngnre, EL1H, 0, NONE, 0, 0, NGNRE, OWN, "stage 1: Device-nGnRE")
SETTING(device_ngnrne, EL1H, 0, NONE, 0, 0, NGNRNE, OWN, "stage 1: Device-nGnRnE")
