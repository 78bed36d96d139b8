/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lib/emulate.c decides or writes, and so might get wrong:
 *
 *	POINT(id, wrong, needs, text)
 *
 * wrong	the bits of the value that a deliberately wrong emulator gets wrong
 * needs	what the CPU must have for it: LSE, BTI, or NOTHING
 */
POINT(address, 0x1, NOTHING, "the address of the access")
POINT(order, 0x1, NOTHING, "whether data are big-endian")
POINT(loaded, 0x1, NOTHING, "what is loaded")
POINT(stored, 0x1, NOTHING, "what is stored")
POINT(size, 0x1, NOTHING, "how many bytes are stored")
POINT(sign, 0x1, NOTHING, "sign extension")
POINT(upper, 0x100000000, NOTHING, "the zero upper half of a W register")
POINT(rt, 0x1, NOTHING, "the number of the destination")
POINT(rt2, 0x1, NOTHING, "the number of the second destination")
POINT(v_low, 0x100, NOTHING, "a SIMD&FP register's lower half")
POINT(v_high, 0x100, NOTHING, "a SIMD&FP register's upper half")
POINT(lane, 0x1, NOTHING, "the element of a SIMD&FP register")
POINT(old, 0x1, LSE, "what an atomic returns")
POINT(new, 0x1, LSE, "what an atomic stores")
POINT(compare, 0x1, LSE, "whether compare and swap stores")
POINT(status, 0x1, NOTHING, "the status of a store-exclusive")
POINT(block, 0x60, NOTHING, "the size of DC ZVA's block")
POINT(base, 0x10, NOTHING, "the base register after writeback")
POINT(flags, 0x40000000, NOTHING, "PSTATE.NZCV, which stays")
POINT(btype, 0x400, BTI, "PSTATE.BTYPE, which is 0 afterwards")
POINT(pc, 0x8, NOTHING, "PC")
