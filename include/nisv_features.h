/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Features that forms need, and where the vCPU's ID registers say that it has
 * them:
 *
 *	FEATURE(id, title, idreg, field, shift, minimum)
 *
 * idreg	SYS_* name of the ID register (NONE: every arm64 CPU has it)
 * field	the field's name in the manual, 4 bits wide, unsigned
 * shift	its lowest bit
 * minimum	the least value that means "has it"
 */
FEATURE(NONE, "Armv8.0-A", NONE, "", 0, 0)
FEATURE(LSE, "FEAT_LSE", ID_AA64ISAR0_EL1, "Atomic", 20, 2)
FEATURE(LRCPC, "FEAT_LRCPC", ID_AA64ISAR1_EL1, "LRCPC", 20, 1)
