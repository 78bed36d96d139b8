/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lib/emulate.c decides or writes, and so might get wrong:
 *
 *	POINT(id, wrong, text)
 *
 * wrong	the bits of the value that a deliberately wrong emulator gets wrong
 */
POINT(address, 0x1, "the address of the access")
POINT(order, 0x1, "whether data are big-endian")
POINT(loaded, 0x1, "what is loaded")
POINT(stored, 0x1, "what is stored")
POINT(size, 0x1, "how many bytes are stored")
POINT(sign, 0x1, "sign extension")
POINT(upper, 0x100000000, "the zero upper half of a W register")
POINT(rt, 0x1, "the number of the destination")
POINT(rt2, 0x1, "the number of the second destination")
POINT(v_low, 0x100, "a SIMD&FP register's lower half")
POINT(v_high, 0x100, "a SIMD&FP register's upper half")
POINT(lane, 0x1, "the element of a SIMD&FP register")
POINT(old, 0x1, "what an atomic returns")
POINT(new, 0x1, "what an atomic stores")
POINT(compare, 0x1, "whether compare and swap stores")
POINT(status, 0x1, "the status of a store-exclusive")
POINT(block, 0x60, "the size of DC ZVA's block")
POINT(base, 0x10, "the base register after writeback")
POINT(pstate, 0x400, "PSTATE.BTYPE, which is 0 afterwards")
POINT(pc, 0x8, "PC")
