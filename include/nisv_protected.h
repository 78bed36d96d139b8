/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vectors of a protected guest (lib/protected.S): what it leaves where.
 */
#ifndef NISV_PROTECTED_H
#define NISV_PROTECTED_H

#define X_VECTOR	20	/* index into the vector table */
#define X_DOORBELL	21	/* VA of the doorbell, set by the host */
#define X_ESR		22
#define X_FAR		23
#define X_ELR		24
#define X_SPSR		25

extern char nisv_protected_vectors[];	/* 2 KiB, aligned to as much */
extern char nisv_protected_end[];

#endif /* NISV_PROTECTED_H */
