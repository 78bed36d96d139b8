/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lib/emulate*.c decide or writes, and so might get wrong:
 *
 *	POINT(id, wrong, needs, text)
 *
 * wrong	the bits of the value that a deliberately wrong emulator gets wrong
 * needs	what the CPU must have for it: LSE, BTI, SVE, MOPS, or NOTHING
 */
POINT(address, 0x1, NOTHING, "the address of the access")
POINT(page, 0x2000, NOTHING, "where an access goes on in its second page")
POINT(order, 0x1, NOTHING, "whether data are big-endian")
POINT(loaded, 0x1, NOTHING, "what is loaded")
POINT(stored, 0x1, NOTHING, "what is stored")
POINT(size, 0x2, NOTHING, "how many bytes are stored")
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
POINT(length, 0x1, SVE, "the vector length")
POINT(active, 0x1, SVE, "whether an element is active")
POINT(inactive, 0x1, SVE, "the zero of an element that is not")
POINT(offset, 0x1, SVE, "an element of a vector of addresses or offsets")
POINT(again, 0x1, SVE, "what a load broadcasts")
POINT(z_low, 0x100, SVE, "the low end of an SVE register")
POINT(z_last, 0x8000000000000000, SVE, "the high end of an SVE register")
POINT(predicate, 0x1, SVE, "a predicate")
POINT(copy_to, 0x1000000, MOPS, "Xd of a memory copy or set")
POINT(copy_from, 0x1000000, MOPS, "Xs of a memory copy")
POINT(copy_left, 0x1, MOPS, "Xn of a memory copy or set")
