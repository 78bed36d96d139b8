// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_emulate: user space emulates the instruction.
 *
 * Contract (Documentation/virt/kvm/api.rst, 5 KVM_EXIT_ARM_NISV; Arm ARM
 * DDI0487, C4.1.94 "Loads and Stores", C6.2, C7.2, D8):
 *
 * - At the exit PC is at the instruction, and no register has changed. What a
 *   VMM needs is there: the word at PC, read through the guest's stage 1, says
 *   what the access is; fault_ipa is what stage 1 makes of its address, or of the
 *   first byte that is in no slot.
 * - When user space has made the access, has written destination and base
 *   register with KVM_SET_ONE_REG and has moved PC by 4, the guest goes on as
 *   though the access had happened: every register, the flags and all memory are
 *   what they are when the instruction runs on ordinary memory.
 * - The same holds for an access with a syndrome (KVM_EXIT_MMIO) after KVM has
 *   completed it and the registers have been set as they were.
 *
 * lib/emulate*.c are such a VMM's emulator, and say what they do not know. Each of
 * these runs one instruction with the same registers on the same bytes at the same
 * addresses in two guests, one with memory there (lib/oracle.c) and one without,
 * where it is emulated, and compares all that is left:
 *
 * <form>.emulated	a row of nisv_forms.h, with edge values
 * random.<group>	encodings of a group, made at random: registers, immediates,
 *			addressing, from EL1 and EL0, either byte order, vectors of
 *			each length
 * wrong_<point>	the emulator gets one thing wrong: this must be noticed
 *
 * In one guest alone:
 *
 * not_for_el0.<what>	an access of EL0 that exits and goes on in EL1's memory
 * exclusive		a store-exclusive behind an emulated load-exclusive
 * mmu_off		an access without stage 1
 *
 * and without a guest:
 *
 * not_known.<class>	rows that the emulator does not know, a skip
 * refused.<what>	what is CONSTRAINED UNPREDICTABLE, UNDEFINED or not known is
 *			refused, and nothing is changed
 * walk.<what>		stage 1, with tables of every granule
 * mops.<what>		a memory copy or set with each option that a CPU may have
 * state.<what>		what no guest here has: data of EL1 that are big-endian, and
 *			bits of PSTATE that stay
 * permit.<what>	what stage 1 does not allow is not done, wherever it is
 *
 * -n COUNT runs that many random instructions, -r SEED others; so do NISV_COUNT
 * and NISV_SEED in the environment, which the kernel takes from its command line:
 * ./run_tests.sh --append 'NISV_COUNT=1000000 NISV_SEED=7' nisv_emulate
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nisv_arch.h"
#include "nisv_oracle.h"

#define DEFAULT_COUNT	15000
#define DEFAULT_SEED	1

#define VARIANTS	4	/* of a row */

#define PSTATE_N	0x80000000ull
#define PSTATE_C	0x20000000ull
#define FPSR_BITS	0x0800009full	/* QC and the exception flags */
#define FPCR_BITS	0x03c00000ull	/* DN, FZ, RMode */

#define NO_BASE		32	/* literal */

static unsigned long count = DEFAULT_COUNT;
static u64 seed = DEFAULT_SEED;

/* The one that is used now; the other one's vCPUs have all features, or not. */
static struct nisv_oracle *oracle, *oracles[2];

/* ---- random numbers: xorshift64* ---- */

static u64 state;

static void start_random(u64 from)
{
	state = (from + 1) * 0x9e3779b97f4a7c15ull;
	if (!state)
		state = 1;
}

static u64 any(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static unsigned int below(unsigned int n)
{
	return (any() >> 33) % n;
}

static bool one_in(unsigned int n)
{
	return !below(n);
}

static u64 edge(unsigned int n)
{
	static const u64 edges[] = {
		0, ~0ull, 0x8000000000000000ull, 0x7fffffffffffffffull,
		0x8080808080808080ull, 0x7f7f7f7f7f7f7f7full, 0x80000000ull,
		0x7fffffffull, 0xffffffffull, 0xffffffff80000000ull,
		0x8000800080008000ull, 1,
	};

	return edges[n % ARRAY_SIZE(edges)];
}

static u64 value(void)
{
	return one_in(4) ? edge(below(12)) : any();
}

/* ---- a trial, before it is aimed at its area ---- */

#define PAGE		0x1000ull	/* no guest's is smaller */

enum place {
	IN_AREA,
	ACROSS,			/* the end of a page, of which each area has one */
	LEAVING,		/* from a slot to what is none, and back */
};

#define ACROSS_AREA	PAGE
#define ACROSS_EDGE	(PAGE - NISV_AREA / 2)	/* from an area's start */

struct draft {
	struct nisv_trial *trial;
	struct nisv_regs *regs;
	unsigned int i;
	u32 insn;
	unsigned int base;	/* NISV_SP, or NO_BASE */
	bool no_sp;		/* base is the number of an X register or XZR */
	u64 offset;		/* from the base to the access */
	unsigned int twice;	/* Rm is Rn: 1 + the shift, else 0 */
	unsigned int bytes;
	unsigned int align;
	enum place place;
	bool aimed;		/* nothing is left to be done */
	/* CAS and CASP: so many registers to compare, from Xs on */
	unsigned int compared;
	unsigned int rs;
	/* SVE: the predicate that governs it, and bytes of its elements */
	unsigned int pg;
	unsigned int element;
};

static u8 *area(unsigned int i)
{
	return oracle->memory + i * oracle->area;
}

static u64 area_va(const struct draft *d)
{
	return oracle->va + d->i * oracle->area;
}

/* Random words that are made once, of which long things have a piece each. */
static u64 pool[0x4000 / sizeof(u64)];

static void fill_pool(void)
{
	static bool filled;
	unsigned int i;

	start_random(seed);
	for (i = 0; i < ARRAY_SIZE(pool) && !filled; i++)
		pool[i] = value();
	filled = true;
}

static const u8 *piece(unsigned int bytes)
{
	return (u8 *)pool + below(sizeof(pool) - bytes + 1);
}

static void fill_piece(void *at, unsigned int bytes)
{
	memcpy(at, piece(bytes), bytes);
}

#define NEAR		64	/* bytes on each side of an edge */

static void fill_place(unsigned int i, enum place place)
{
	unsigned int n;

	if (place == ACROSS)
		fill_piece(area(i) + ACROSS_EDGE - NEAR, 2 * NEAR);
	for (n = 0; n < 2 && place == LEAVING; n++) {
		fill_piece(oracle->edge[n].before - NEAR, NEAR);
		fill_piece(oracle->edge[n].behind, NEAR);
	}
	if (place == IN_AREA)
		fill_piece(area(i), oracle->area);
}

static void fill_area(unsigned int i, u64 (*word)(void))
{
	u64 *at = (u64 *)area(i);
	unsigned int n;

	if (oracle->vectors) {
		fill_piece(at, oracle->area);
		return;
	}
	for (n = 0; n < oracle->area / sizeof(*at); n++)
		at[n] = word();
}

/* Made once; a case that fails leaves none to the next. */
static void get_oracle(bool full)
{
	if (!oracles[full])
		oracles[full] = nisv_oracle_new(full);
	oracle = oracles[full];
	fill_pool();
}

static void drop_oracle(void)
{
	oracles[!!oracle->vectors] = NULL;
	nisv_oracle_free(oracle);
	oracle = NULL;
}

static void done(struct nisv_check *c)
{
	if (nisv_failed(c))
		drop_oracle();
}

static bool has_setting(enum nisv_setting_id id)
{
	return nisv_vcpu_setting(oracle->vm[0], 0, id) >= nisv_settings[id].min;
}

enum level {
	EL1H,
	EL1T,
	EL0,
	NR_LEVELS
};

static u64 pstate(enum level level)
{
	u64 mode = nisv_vcpu_mode(oracle->vm[0], 0);

	if (level == EL0)
		return PSTATE_DAIF;
	return PSTATE_DAIF | (level == EL1T ? mode & ~PSTATE_SP_ELX : mode);
}

/* All but V, which are a good part of them. */
static void fill_others(struct nisv_regs *regs, u64 (*word)(void))
{
	unsigned int i;

	for (i = 0; i < 31; i++)
		regs->x[i] = word();
	regs->sp = any() & -16ull;
	regs->sp_el0 = any() & -16ull;
	regs->fpsr = any() & FPSR_BITS;
	regs->fpcr = any() & FPCR_BITS;
}

static void fill_registers(struct nisv_regs *regs, u64 (*word)(void))
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		regs->v[i][0] = word();
		regs->v[i][1] = word();
	}
	fill_others(regs, word);
}

static u64 *base_register(const struct draft *d)
{
	if (d->base != NISV_SP)
		return &d->regs->x[d->base];
	return (d->regs->pstate & 0xc) && (d->regs->pstate & PSTATE_SP_ELX) ?
	       &d->regs->sp : &d->regs->sp_el0;
}

/* x with x + (x << shift) = sum */
static u64 solve(u64 sum, unsigned int shift)
{
	u64 factor = 1 + BIT_ULL(shift), inverse = 1;
	unsigned int i;

	if (!shift)
		return sum / 2;
	for (i = 0; i < 6; i++)		/* Newton, modulo 2^64 */
		inverse *= 2 - factor * inverse;
	return sum * inverse;
}

/* What a load at @va gives. */
static u64 in_memory(const struct draft *d, u64 va, unsigned int bytes, bool big)
{
	const u8 *at = area(d->i) + (va - area_va(d));
	u64 x = 0;
	unsigned int n;

	for (n = 0; n < bytes; n++)
		x |= (u64)at[big ? bytes - 1 - n : n] << (8 * n);
	return x;
}

/* Where an access begins: somewhere in its area, or on both sides of an edge. */
static u64 target_va(const struct draft *d)
{
	u64 before = d->bytes > 1 ? 1 + below(d->bytes - 1) : 1;

	switch (d->place) {
	case ACROSS:
		return area_va(d) + ACROSS_EDGE - before;
	case LEAVING:
		return oracle->edge[below(2)].va - before;
	default:
		return (area_va(d) + below(oracle->area - d->bytes + 1)) &
		       -(u64)d->align;
	}
}

/* Where in its area, and in which half of the address space. */
static void aim(struct draft *d, bool big, bool plain)
{
	u64 start = area_va(d);
	u64 target = target_va(d);
	u64 *base, low;
	unsigned int n;

	if (d->base == NO_BASE) {
		target &= -4ull;
		d->offset = target - nisv_oracle_pc(oracle, d->i);
		d->insn |= (d->offset >> 2 & 0x7ffff) << 5;
		return;
	}
	base = base_register(d);
	if (d->base == NISV_SP) {	/* SCTLR_ELx.SA */
		target = ((target - d->offset) & -16ull) + d->offset;
		if (target < start)
			target += 16;
	}
	low = target;
	if (d->twice) {
		*base = solve(target & ~1ull, d->twice - 1);
		return;
	}
	if (!plain && one_in(8))
		target |= UPPER_HALF;
	else if (!plain && one_in(8) && d->place == IN_AREA &&
		 target % PAGE + d->bytes <= PAGE)
		target = nisv_oracle_block_va(oracle, target);
	*base = target - d->offset;
	if (!plain && target < UPPER_HALF && one_in(4))
		*base ^= any() << 56;
	for (n = 0; n < d->compared && one_in(2); n++)
		if (d->rs + n != d->base && d->rs + n != NISV_ZR)
			d->regs->x[d->rs + n] =
				in_memory(d, low + n * d->bytes / d->compared,
					  d->bytes / d->compared, big) |
				(d->bytes / d->compared < 8 ?
				 any() << (8 * d->bytes / d->compared) : 0);
}

/* ---- groups of encodings ---- */

#define AT(field, low)	((u32)(field) << (low))

/* Any register, and any base register. */
static unsigned int reg(void)
{
	return below(32);
}

static s64 signed_field(unsigned int bits, u32 *field)
{
	s64 half = 1ll << (bits - 1);
	s64 x = (s64)below(1u << bits) - half;

	*field = (u32)x & ((1u << bits) - 1);
	return x;
}

/* size and opc of loads and stores of one general-purpose register */
static const u8 x_forms[][2] = {
	{ 0, 0 }, { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 0 }, { 1, 1 }, { 1, 2 },
	{ 1, 3 }, { 2, 0 }, { 2, 1 }, { 2, 2 }, { 3, 0 }, { 3, 1 },
};

/* and of a SIMD&FP register */
static const u8 v_forms[][2] = {
	{ 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 }, { 2, 0 }, { 2, 1 }, { 3, 0 },
	{ 3, 1 }, { 0, 2 }, { 0, 3 },
};

/* size, V, opc, Rt and Rn; returns log2 of the bytes */
static unsigned int one_register(struct draft *d, bool simd, bool writeback)
{
	const u8 *form = simd ? v_forms[below(ARRAY_SIZE(v_forms))] :
				x_forms[below(ARRAY_SIZE(x_forms))];
	unsigned int rt = reg(), scale = form[0];

	d->base = reg();
	while (writeback && !simd && rt == d->base && rt != 31)
		rt = reg();
	if (simd && form[1] >= 2)
		scale = 4;
	d->bytes = 1 << scale;
	d->insn = 0x38000000 | AT(form[0], 30) | AT(simd, 26) |
		  AT(form[1], 22) | AT(d->base, 5) | rt;
	return scale;
}

static void unsigned_immediate(struct draft *d, bool simd)
{
	unsigned int scale = one_register(d, simd, false);
	unsigned int imm = below(4096);

	d->insn |= 0x01000000 | AT(imm, 10);
	d->offset = (u64)imm << scale;
}

static void imm12(struct draft *d)
{
	unsigned_immediate(d, false);
}

static void simd_imm12(struct draft *d)
{
	unsigned_immediate(d, true);
}

/* @kind: bits 11 and 10 */
static void immediate(struct draft *d, bool simd, unsigned int kind)
{
	u32 field;
	s64 imm = signed_field(9, &field);

	one_register(d, simd, kind & 1);
	d->insn |= AT(field, 12) | AT(kind, 10);
	d->offset = kind == 1 ? 0 : imm;
}

static void unscaled(struct draft *d)
{
	immediate(d, false, 0);
}

static void post(struct draft *d)
{
	immediate(d, false, 1);
}

static void unprivileged(struct draft *d)
{
	immediate(d, false, 2);
}

static void pre(struct draft *d)
{
	immediate(d, false, 3);
}

static void simd_unscaled(struct draft *d)
{
	immediate(d, true, 0);
}

static void simd_post(struct draft *d)
{
	immediate(d, true, 1);
}

static void simd_pre(struct draft *d)
{
	immediate(d, true, 3);
}

static void register_offset(struct draft *d, bool simd)
{
	static const u8 options[] = { 2, 3, 6, 7 };
	unsigned int option = options[below(4)];
	unsigned int scale = one_register(d, simd, false);
	unsigned int s = below(2), rm = reg();
	u64 x;

	while (rm == d->base && rm != 31 && !(option & 1))
		rm = reg();
	x = rm == 31 ? 0 : d->regs->x[rm];
	if (option == 2)
		x = (u32)x;
	if (option == 6)
		x = (s64)(s32)x;
	d->insn |= 0x00200800 | AT(rm, 16) | AT(option, 13) | AT(s, 12);
	d->offset = x << (s ? scale : 0);
	if (rm == d->base && rm != 31)
		d->twice = 1 + (s ? scale : 0);
}

static void index_register(struct draft *d)
{
	register_offset(d, false);
}

static void simd_index_register(struct draft *d)
{
	register_offset(d, true);
}

static void literal(struct draft *d)
{
	unsigned int opc = below(3);

	d->base = NO_BASE;
	d->bytes = opc == 1 ? 8 : 4;
	d->insn = 0x18000000 | AT(opc, 30) | reg();
}

static void simd_literal(struct draft *d)
{
	unsigned int opc = below(3);

	d->base = NO_BASE;
	d->bytes = 4 << opc;
	d->insn = 0x1c000000 | AT(opc, 30) | reg();
}

/* @mode: bits 24 and 23 */
static void pair(struct draft *d, bool simd, unsigned int mode)
{
	unsigned int load = below(2), opc, rt, rt2;
	u32 field;
	s64 imm = signed_field(7, &field);

	do
		opc = below(3);
	while (!simd && opc == 1 && (!load || !mode));
	d->base = reg();
	do {
		rt = reg();
		rt2 = reg();
	} while ((load && rt == rt2) ||
		 (!simd && (mode & 1) && d->base != 31 &&
		  (rt == d->base || rt2 == d->base)));
	d->bytes = 2 * (simd ? 4 << opc : opc == 2 ? 8 : 4);
	d->offset = mode == 1 ? 0 : imm * d->bytes / 2;
	d->insn = 0x28000000 | AT(opc, 30) | AT(simd, 26) | AT(mode, 23) |
		  AT(load, 22) | AT(field, 15) | AT(rt2, 10) | AT(d->base, 5) |
		  rt;
}

static void pair_no_allocate(struct draft *d)
{
	pair(d, false, 0);
}

static void pair_post(struct draft *d)
{
	pair(d, false, 1);
}

static void pair_offset(struct draft *d)
{
	pair(d, false, 2);
}

static void pair_pre(struct draft *d)
{
	pair(d, false, 3);
}

static void simd_pair_no_allocate(struct draft *d)
{
	pair(d, true, 0);
}

static void simd_pair_post(struct draft *d)
{
	pair(d, true, 1);
}

static void simd_pair_offset(struct draft *d)
{
	pair(d, true, 2);
}

static void simd_pair_pre(struct draft *d)
{
	pair(d, true, 3);
}

/* Several registers, in structures or one after the other. */
static void multiple(struct draft *d)
{
	static const u8 opcodes[][2] = {	/* and registers */
		{ 0, 4 }, { 2, 4 }, { 4, 3 }, { 6, 3 }, { 7, 1 }, { 8, 2 },
		{ 10, 2 },
	};
	const u8 *op = opcodes[below(ARRAY_SIZE(opcodes))];
	unsigned int post_index = below(2), q = below(2), size;

	do
		size = below(4);
	while (size == 3 && !q && !(op[0] & 2));
	d->base = reg();
	d->bytes = op[1] * (q ? 16 : 8);
	d->insn = 0x0c000000 | AT(q, 30) | AT(post_index, 23) |
		  AT(below(2), 22) | AT(post_index ? reg() : 0, 16) |
		  AT(op[0], 12) | AT(size, 10) | AT(d->base, 5) | reg();
}

/* One lane, or all lanes alike. */
static void single(struct draft *d)
{
	unsigned int post_index = below(2), load = below(2), q = below(2);
	unsigned int opcode, s = below(2), size = below(4), r = below(2);
	unsigned int scale;

	opcode = below(load ? 8 : 6);
	scale = opcode / 2;
	if (scale == 1)
		size &= 2;
	if (scale == 2)
		size = below(2);
	if (scale == 2 && size)
		s = 0;
	if (scale == 3)
		s = 0;
	if (scale == 3)
		scale = size;
	else if (scale == 2 && size)
		scale = 3;
	d->base = reg();
	d->bytes = (1 + 2 * (opcode & 1) + r) << scale;
	d->insn = 0x0d000000 | AT(q, 30) | AT(post_index, 23) | AT(load, 22) |
		  AT(r, 21) | AT(post_index ? reg() : 0, 16) | AT(opcode, 13) |
		  AT(s, 12) | AT(size, 10) | AT(d->base, 5) | reg();
}

static void load_exclusive(struct draft *d)
{
	unsigned int size = below(4), rt = reg(), rt2 = 31;
	unsigned int paired = size >= 2 && one_in(2);

	while (paired && (rt2 == 31 || rt2 == rt))
		rt2 = reg();
	d->base = reg();
	d->bytes = 1 << (size + paired);
	d->align = d->bytes;
	d->insn = 0x085f0000 | AT(size, 30) | AT(paired, 21) |
		  AT(below(2), 15) | AT(rt2, 10) | AT(d->base, 5) | rt;
}

#define LD1R_B(rn)	(0x0d40c000u | AT(rn, 5))
#define MOVZ_X30(imm)	(0xd280001eu | AT(imm, 5))

static bool is_store_exclusive(u32 insn)
{
	return (insn & 0x3fe00000) == 0x08000000 ||
	       (insn & 0xbfe00000) == 0x88200000;
}

/*
 * The exit of a store-exclusive cannot be had at will: without a monitor it
 * need not look at the address. LD1R exits in its place. In memory a load goes
 * before, or none.
 */
static void store_exclusive(struct draft *d)
{
	unsigned int size = below(4), rt, rt2, rs;
	unsigned int paired = size >= 2 && one_in(2);
	u32 common;

	/* X30 is what the load goes to */
	d->regs->x[30] = 0x1234;
	do {
		rs = below(32);
		rt = below(32);
		rt2 = paired ? below(32) : 31;
		d->base = below(32);
	} while (rs == 30 || d->base == 30 || rs == rt ||
		 (paired && rs == rt2) || (rs == d->base && rs != 31));
	d->bytes = 1 << (size + paired);
	d->align = d->bytes;
	common = 0x08000000 | AT(size, 30) | AT(paired, 21) | AT(d->base, 5);
	d->insn = common | AT(rs, 16) | AT(below(2), 15) | AT(rt2, 10) | rt;
	d->trial->exits = LD1R_B(d->base);
	d->trial->monitor = one_in(2);
	if (!d->trial->monitor)
		return;
	/* the register that is stored is as it was when the load has gone */
	d->trial->before = common | 0x005f0000 |
			   (paired ? AT(30, 10) | 31 : AT(31, 10) | 31);
	if (paired && (rt == 30 || rt2 == 30)) {
		d->trial->before = 0;
		d->trial->monitor = false;
		return;
	}
	if (paired)
		d->trial->behind = MOVZ_X30(0x1234);
}

static void ordered(struct draft *d)
{
	unsigned int size = below(4);

	d->base = reg();
	d->bytes = 1 << size;
	d->align = d->bytes;
	d->insn = 0x089ffc00 | AT(size, 30) | AT(below(2), 22) |
		  AT(d->base, 5) | reg();
}

static void rcpc(struct draft *d)
{
	unsigned int size = below(4);

	d->base = reg();
	d->bytes = 1 << size;
	d->align = d->bytes;
	d->insn = 0x38bfc000 | AT(size, 30) | AT(d->base, 5) | reg();
}

static void rcpc2(struct draft *d)
{
	u32 field;
	s64 imm = signed_field(9, &field);
	unsigned int base;

	one_register(d, false, false);
	base = d->base;
	/* SP is a multiple of 16, and the access is aligned */
	if (base == NISV_SP)
		imm = imm / (s64)d->bytes * (s64)d->bytes;
	field = (u32)imm & 0x1ff;
	d->align = d->bytes;
	d->offset = imm;
	d->insn = (d->insn & ~0x20000000u) | 0x01000000 | AT(field, 12);
}

static void atomic(struct draft *d)
{
	unsigned int size = below(4);

	d->base = reg();
	d->bytes = 1 << size;
	d->align = d->bytes;
	d->insn = 0x38200000 | AT(size, 30) | AT(below(4), 22) |
		  AT(reg(), 16) | AT(below(8), 12) | AT(d->base, 5) | reg();
}

static void swap(struct draft *d)
{
	atomic(d);
	d->insn = (d->insn & ~0x7000u) | 0x8000;
}

static void compare(struct draft *d)
{
	unsigned int size = below(4);

	d->base = reg();
	d->rs = reg();
	d->compared = 1;
	d->bytes = 1 << size;
	d->align = d->bytes;
	d->insn = 0x08a07c00 | AT(size, 30) | AT(below(2), 22) |
		  AT(d->rs, 16) | AT(below(2), 15) | AT(d->base, 5) | reg();
}

static void compare_pair(struct draft *d)
{
	unsigned int size = below(2);

	d->base = reg();
	d->rs = below(15) * 2;		/* of X30 and XZR: compare_pair_case() */
	d->compared = 2;
	d->bytes = 8 << size;
	d->align = d->bytes;
	d->insn = 0x08207c00 | AT(size, 30) | AT(below(2), 22) |
		  AT(d->rs, 16) | AT(below(2), 15) | AT(d->base, 5) |
		  below(16) * 2;
}

static void dc_zva(struct draft *d)
{
	d->base = below(31);
	d->insn = 0xd50b7420 | d->base;
}

static bool has_feature(enum nisv_feature feature, unsigned int least)
{
	return nisv_vcpu_feature(oracle->vm[0], 0, feature) >=
	       (least ? least : nisv_features[feature].min);
}

/* Which words of the top-level group "Loads and Stores" are not tried. */
static bool left_out(u32 insn, u64 va)
{
	if (is_store_exclusive(insn))	/* need not exit */
		return true;
	/* "Memory copy and memory set" */
	if ((insn & 0x3b200c00) == 0x19000400)
		return true;
	/* FEAT_LRCPC2: aligned */
	if ((insn & 0x3f200c00) == 0x19000000)
		return (va & 15) || !has_feature(FEATURE_LRCPC, 2);
	return false;
}

/*
 * Any word at all that the emulator takes for an access: what it takes by
 * mistake is UNDEFINED in memory, or does something else. Every register points
 * to the middle.
 */
static void any_word(struct draft *d)
{
	const u64 size = oracle->batch * oracle->area;
	u64 middle = oracle->va + size / 2, trace, va;
	unsigned int i;

	for (i = 0; i < 31; i++)
		d->regs->x[i] = middle;
	d->regs->sp = middle;
	d->regs->sp_el0 = middle;
	d->aimed = true;
	do {
		/* op0 of C4.1: x1x0 */
		d->insn = (any() >> 16 & ~0x02000000ull) | 0x08000000;
		d->trial->insn = d->insn;
	} while (nisv_oracle_dry(oracle, d->i, &trace, &va) ||
		 va < oracle->va || va + 64 > oracle->va + size ||
		 left_out(d->insn, va));
}

/* ---- SVE ---- */

static struct nisv_vectors *vectors(const struct draft *d)
{
	return &oracle->vectors[d->i];
}

static u8 *z(const struct draft *d, unsigned int n)
{
	return vectors(d)->z + n * nisv_oracle_length(oracle);
}

static u8 *p(const struct draft *d, unsigned int n)
{
	return vectors(d)->p + n * nisv_oracle_length(oracle) / 8;
}

/* FFR is as LDFF1 may leave it: so many ones, and zeros behind. */
static void fill_vectors(const struct draft *d)
{
	unsigned int length = nisv_oracle_length(oracle), ones = below(length + 1);
	unsigned int i;

	fill_piece(vectors(d)->z, 32 * length);
	fill_piece(vectors(d)->p, 2 * length);
	for (i = 0; i < length / 8; i++, ones -= ones < 8 ? ones : 8)
		vectors(d)->ffr[i] = (1 << (ones < 8 ? ones : 8)) - 1;
	for (i = 0; i < 32; i++)
		memcpy(d->regs->v[i], z(d, i), sizeof(d->regs->v[i]));
}

static void set_z(const struct draft *d, unsigned int n, unsigned int element,
		  u64 value)
{
	memcpy(z(d, n) + element * d->element, &value, d->element);
	memcpy(d->regs->v[n], z(d, n), sizeof(d->regs->v[n]));
}

static bool is_active(const struct draft *d, unsigned int element)
{
	unsigned int flag = element * d->element;

	return p(d, d->pg)[flag / 8] >> (flag % 8) & 1;
}

/* All true, a few, or what there is; at least one element of the first @bytes. */
static void set_predicate(struct draft *d, unsigned int bytes)
{
	unsigned int length = nisv_oracle_length(oracle), i, flag;
	u8 *flags;

	d->pg = below(8);
	flags = p(d, d->pg);
	i = below(4);
	if (i < 2)
		memset(flags, i ? 0xff : 0, length / 8);
	flag = below(bytes / d->element) * d->element;
	flags[flag / 8] |= 1 << (flag % 8);
}

/* Registers and predicate of a form with elements of 1 << @size bytes. */
static u32 sve_fields(struct draft *d, unsigned int size)
{
	d->element = 1 << size;
	d->base = reg();
	set_predicate(d, nisv_oracle_length(oracle));
	return AT(d->pg, 10) | AT(d->base, 5) | reg();
}

static void sve_index(struct draft *d, unsigned int shift)
{
	unsigned int rm = below(31);

	d->insn |= AT(rm, 16);
	d->offset = d->regs->x[rm] << shift;
	if (rm == d->base)
		d->twice = 1 + shift;
}

/* [Xn, Xm] if @index, else [Xn, #imm, MUL VL] */
static void sve_address(struct draft *d, bool index, unsigned int size)
{
	u32 field;
	s64 imm = signed_field(4, &field);

	d->trial->page_only = true;
	if (index) {
		sve_index(d, size);
	} else {
		d->insn |= AT(field, 16);
		d->offset = imm * d->bytes;
	}
}

static void sve_whole(struct draft *d)
{
	unsigned int predicate = below(2), store = below(2);
	u32 field;
	s64 imm = signed_field(9, &field);

	d->base = reg();
	d->bytes = nisv_oracle_length(oracle) >> (predicate ? 3 : 0);
	d->offset = imm * d->bytes;
	d->trial->page_only = true;
	d->insn = (store ? 0xe5800000 : 0x85800000) | AT(!predicate, 14) |
		  AT(field >> 3, 16) | AT(field & 7, 10) | AT(d->base, 5) |
		  below(predicate ? 16 : 32);
}

/* Of dtype: in memory, in the register */
static const u8 sve_sizes[16][2] = {
	{ 0, 0 }, { 0, 1 }, { 0, 2 }, { 0, 3 }, { 2, 3 }, { 1, 1 }, { 1, 2 },
	{ 1, 3 }, { 1, 3 }, { 1, 2 }, { 2, 2 }, { 2, 3 }, { 0, 3 }, { 0, 2 },
	{ 0, 1 }, { 3, 3 },
};

static void sve_load(struct draft *d)
{
	unsigned int dtype = below(16), index = below(2);
	const u8 *size = sve_sizes[dtype];

	d->insn = (index ? 0xa4004000 : 0xa400a000) | AT(dtype, 21);
	d->insn |= sve_fields(d, size[1]);
	d->bytes = nisv_oracle_length(oracle) >> (size[1] - size[0]);
	sve_address(d, index, size[0]);
}

static void sve_store(struct draft *d)
{
	unsigned int size = below(4), memory = below(size + 1), index = below(2);

	d->insn = (index ? 0xe4004000 : 0xe400e000) | AT(memory, 23) |
		  AT(size, 21);
	d->insn |= sve_fields(d, size);
	d->bytes = nisv_oracle_length(oracle) >> (size - memory);
	sve_address(d, index, memory);
}

/* One register is non-temporal. */
static void sve_structures(struct draft *d)
{
	unsigned int size = below(4), more = below(4), index = below(2);
	bool store = below(2);

	d->insn = (store ? index ? 0xe4006000 : 0xe410e000 :
			   index ? 0xa400c000 : 0xa400e000) |
		  AT(size, 23) | AT(more, 21);
	d->insn |= sve_fields(d, size);
	d->bytes = nisv_oracle_length(oracle) * (1 + more);
	sve_address(d, index, size);
}

static void sve_broadcast(struct draft *d)
{
	unsigned int dtype = below(16), imm = below(64);
	const u8 *size = sve_sizes[dtype];

	d->insn = 0x84408000 | AT(dtype >> 2, 23) | AT(dtype & 3, 13) |
		  AT(imm, 16);
	d->insn |= sve_fields(d, size[1]);
	d->bytes = 1 << size[0];
	d->offset = imm * d->bytes;
}

static void sve_block(struct draft *d)
{
	unsigned int size = below(4), index = below(2), octo;
	u32 field;
	s64 imm = signed_field(4, &field);

	octo = has_feature(FEATURE_F64MM, 0) &&
	       nisv_oracle_length(oracle) >= 32 && one_in(2);
	d->insn = (index ? 0xa4000000 : 0xa4002000) | AT(size, 23) |
		  AT(octo, 21);
	d->insn |= sve_fields(d, size);
	d->bytes = octo ? 32 : 16;
	d->insn &= ~AT(7, 10);
	set_predicate(d, d->bytes);
	d->insn |= AT(d->pg, 10);
	d->trial->page_only = true;
	if (index) {
		sve_index(d, size);
		return;
	}
	d->insn |= AT(field, 16);
	d->offset = imm * d->bytes;
}

/* Each gather and scatter: how it has its addresses. */
static const struct scattered {
	u32 insn;
	u8 element;		/* log2 */
	u8 offset;		/* bits of an element that count */
	bool vector;		/* addresses are in Zn, */
	bool scalar;		/* and Xm is added */
	bool scaled;
	u8 sign;		/* which bit says that offsets are signed */
	u8 smallest, largest;	/* log2, in memory */
	u8 extends;		/* which bit is 0 if the load sign-extends */
	enum nisv_feature feature;
} scattered[] = {
	{ 0x84000000, 2, 32, false, false, false, 22, 0, 2, 14, FEATURE_SVE },
	{ 0x84200000, 2, 32, false, false, true, 22, 1, 2, 14, FEATURE_SVE },
	{ 0x84208000, 2, 32, true, false, false, 0, 0, 2, 14, FEATURE_SVE },
	{ 0x84008000, 2, 32, true, true, false, 0, 0, 2, 13, FEATURE_SVE2 },
	{ 0xc4000000, 3, 32, false, false, false, 22, 0, 3, 14, FEATURE_SVE },
	{ 0xc4200000, 3, 32, false, false, true, 22, 1, 3, 14, FEATURE_SVE },
	{ 0xc4408000, 3, 64, false, false, false, 0, 0, 3, 14, FEATURE_SVE },
	{ 0xc4608000, 3, 64, false, false, true, 0, 1, 3, 14, FEATURE_SVE },
	{ 0xc4208000, 3, 64, true, false, false, 0, 0, 3, 14, FEATURE_SVE },
	{ 0xc4008000, 3, 64, true, true, false, 0, 0, 3, 14, FEATURE_SVE2 },
	{ 0xe4008000, 3, 32, false, false, false, 14, 0, 3, 0, FEATURE_SVE },
	{ 0xe4208000, 3, 32, false, false, true, 14, 1, 3, 0, FEATURE_SVE },
	{ 0xe400a000, 3, 64, false, false, false, 0, 0, 3, 0, FEATURE_SVE },
	{ 0xe420a000, 3, 64, false, false, true, 0, 1, 3, 0, FEATURE_SVE },
	{ 0xe4408000, 2, 32, false, false, false, 14, 0, 2, 0, FEATURE_SVE },
	{ 0xe4608000, 2, 32, false, false, true, 14, 1, 2, 0, FEATURE_SVE },
	{ 0xe440a000, 3, 64, true, false, false, 0, 0, 3, 0, FEATURE_SVE },
	{ 0xe460a000, 2, 32, true, false, false, 0, 0, 2, 0, FEATURE_SVE },
	{ 0xe4002000, 3, 64, true, true, false, 0, 0, 3, 0, FEATURE_SVE2 },
	{ 0xe4402000, 2, 32, true, true, false, 0, 0, 2, 0, FEATURE_SVE2 },
};

/*
 * All offsets are near @near, and what is added to them is as far from the area.
 * Elements that are not active have anything.
 */
static void aim_elements(struct draft *d, unsigned int zm, u64 near,
			 unsigned int shift, unsigned int bits)
{
	unsigned int elements = nisv_oracle_length(oracle) / d->element, i;

	for (i = 0; i < elements; i++) {
		u64 offset = near + below((oracle->area - d->bytes) >> shift);

		if (bits < 8 * d->element)
			offset = (offset & (BIT_ULL(bits) - 1)) | any() << bits;
		if (is_active(d, i))
			set_z(d, zm, i, offset);
	}
}

static void sve_scattered(struct draft *d)
{
	const struct scattered *g;
	unsigned int size, sign, zm = reg();
	u64 near, start = area_va(d);

	do
		g = &scattered[below(ARRAY_SIZE(scattered))];
	while (!has_feature(g->feature, 0));
	size = g->smallest + below(1 + g->largest - g->smallest);
	sign = g->sign && one_in(2);
	d->insn = g->insn | AT(size, 23);
	d->insn |= sve_fields(d, g->element);
	if (g->sign)
		d->insn |= AT(sign, g->sign);
	if (g->extends && (size == g->element || one_in(2)))
		d->insn |= AT(1, g->extends);
	d->bytes = 1 << size;
	d->aimed = true;
	near = g->offset == 64 ? any() : (u32)any() >> 1;
	if (sign && one_in(2))
		near = -near;
	if (g->vector && !g->scalar) {
		near = (g->offset == 64 ? start :
			oracle->low_va + d->i * oracle->area) & -32ull;
		start = near;
	}
	if (!g->vector) {
		near &= -16ull;		/* of SP */
		start = (start & -16ull) + 16;
		d->insn |= AT(zm, 16);
		*base_register(d) = start - (near << (g->scaled ? size : 0));
		if (d->base == 31 && base_register(d) == &d->regs->x[30])
			d->base = 30;
		aim_elements(d, zm, near, g->scaled ? size : 0, g->offset);
		return;
	}
	zm = d->base;
	if (g->scalar) {
		unsigned int rm = below(31);

		d->insn |= AT(rm, 16);
		d->regs->x[rm] = start - near;
	} else {
		unsigned int imm = below(32);

		d->insn |= AT(imm, 16);
		near -= imm << size;
	}
	aim_elements(d, zm, near, 0, g->offset);
}

/*
 * Whole registers of SIMD&FP: the rest of the SVE register becomes zero (DDI0487
 * B1.2.2). CPU models are known that forget it where a load is of one lane.
 */
static void sve_simd(struct draft *d)
{
	static void (* const make[])(struct draft *d) = {
		simd_imm12, simd_post, simd_pair_pre, multiple,
	};

	make[below(ARRAY_SIZE(make))](d);
}

#define SVE_REACH	0x2000ull	/* of immediates */

/* No element is active: another instruction exits instead. */
static void sve_inactive(struct draft *d)
{
	static void (* const make[])(struct draft *d) = {
		sve_load, sve_store, sve_structures, sve_broadcast, sve_block,
	};

	make[below(ARRAY_SIZE(make))](d);
	memset(p(d, d->pg), 0, nisv_oracle_length(oracle) / 8);
	d->trial->exits = LD1R_B(d->base);
	d->aimed = true;
	/* an immediate leads into the area, Xm elsewhere */
	*base_register(d) = area_va(d) + 16;
	if (d->offset + SVE_REACH < 2 * SVE_REACH)
		*base_register(d) -= d->offset;
}

/* ---- memory copy and set ---- */

enum { SETS = 0x19c00400, COPIES = 0x1d000400, COPIES_FORWARD = 0x19000400 };

static u64 *x(struct draft *d, unsigned int n)
{
	return &d->regs->x[n];
}

/*
 * Whole sequences from part @part on, 0 or 1, of the prologue @insn. What the
 * main part finds is as a prologue that has done nothing has left it.
 */
static void aim_mops(struct draft *d, u32 insn, unsigned int part)
{
	bool set = (insn & 0xffe00c00) == SETS, forward_only = !(insn >> 26 & 1);
	unsigned int rd = insn & 31, rn = insn >> 5 & 31, rs = insn >> 16 & 31;
	unsigned int shift = set ? 14 : 22, size, most = oracle->area / 2;
	bool backward = false, b;
	u64 to, from;

	b = nisv_oracle_option_b(oracle, set ? NISV_SET : forward_only ?
				 NISV_COPY_FORWARD : NISV_COPY);

	oracle->slots = true;
	size = 1 + below(one_in(2) ? 64 : most);
	to = area_va(d) + below(oracle->area - size + 1);
	from = area_va(d) + below(oracle->area - size + 1);
	if (!set && !forward_only) {	/* they overlap, so the way is known */
		to = area_va(d) + below(oracle->area / 2 - size + 1);
		from = to + 1 + below(size);
		if (from - to >= size)
			from = to + 1;
		if (size == 1)
			size = 2;
		if (one_in(2)) {
			u64 swap = to;

			to = from;
			from = swap;
			backward = true;
		}
	} else if (!set && one_in(2)) {	/* half of it is in a slot */
		u64 *there = one_in(2) ? &to : &from;

		*there = oracle->slot_va + below(NISV_SLOT_BYTES - size + 1);
	} else if (!set && from < to) {	/* not what has been written */
		from = area_va(d) + oracle->area - size;
		to = from - below(oracle->area - size);
	}
	d->insn = insn | AT(part, shift);
	d->trial->behind = insn | AT(part + 1, shift);
	d->trial->behind_that = part ? 0 : insn | AT(2, shift);
	d->trial->again = true;
	d->trial->page_only = true;
	d->aimed = true;
	*x(d, rd) = to;
	if (!set)
		*x(d, rs) = from;
	*x(d, rn) = size;
	d->trial->copy = (struct nisv_way){ rd, rs, part || !backward ? 0 : size };
	if (!part)
		return;
	d->regs->pstate &= ~PSTATE_NZCV;
	if (b)
		d->regs->pstate |= PSTATE_C | (backward ? PSTATE_N : 0);
	if (backward == b) {		/* behind the last byte */
		*x(d, rd) += size;
		if (!set)
			*x(d, rs) += size;
	}
	if (!b && !backward)
		*x(d, rn) = -(u64)size;
}

static void copy_or_set(struct draft *d)
{
	static const u32 kinds[] = { SETS, COPIES, COPIES_FORWARD };
	u32 insn = kinds[below(3)];
	unsigned int rd = below(31), rn = below(31), rs = below(31);

	while (rn == rd)
		rn = below(31);
	while (rs == rd || rs == rn)
		rs = below(insn == SETS ? 32 : 31);
	insn |= insn == SETS ? AT(below(4), 12) : AT(below(16), 12);
	aim_mops(d, insn | AT(rs, 16) | AT(rn, 5) | rd, below(2));
}

/* Whatever may begin at any byte, but for a single one, and by SP. */
static void unaligned(struct draft *d)
{
	static void (* const make[])(struct draft *d) = {
		imm12, unscaled, unprivileged, post, pre, index_register,
		pair_no_allocate, pair_post, pair_offset, pair_pre, simd_imm12,
		simd_unscaled, simd_post, simd_pre, simd_index_register,
		simd_pair_no_allocate, simd_pair_post, simd_pair_offset,
		simd_pair_pre, multiple, single,
	};

	const struct draft fresh = *d;

	do {
		*d = fresh;
		make[below(ARRAY_SIZE(make))](d);
	} while (d->bytes == 1 || d->base == NISV_SP);
}

static const struct group {
	const char *name;
	void (*make)(struct draft *d);
	enum nisv_feature feature;
	unsigned int least;	/* of the feature's field, 0: what it says */
	bool full;		/* with a vCPU of all features */
	unsigned int area;	/* bytes, 0: the usual */
	enum place place;
} groups[] = {
	{ "imm12", imm12, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "unscaled", unscaled, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "unprivileged", unprivileged, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "post", post, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "pre", pre, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "register", index_register, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "literal", literal, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "pair", pair_offset, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "pair_no_allocate", pair_no_allocate, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "pair_post", pair_post, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "pair_pre", pair_pre, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "ordered", ordered, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "rcpc", rcpc, FEATURE_LRCPC, 0, false, 0, IN_AREA },
	{ "rcpc2", rcpc2, FEATURE_LRCPC, 2, false, 0, IN_AREA },
	{ "load_exclusive", load_exclusive, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "store_exclusive", store_exclusive, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "atomic", atomic, FEATURE_LSE, 0, false, 0, IN_AREA },
	{ "swap", swap, FEATURE_LSE, 0, false, 0, IN_AREA },
	{ "compare", compare, FEATURE_LSE, 0, false, 0, IN_AREA },
	{ "compare_pair", compare_pair, FEATURE_LSE, 0, false, 0, IN_AREA },
	{ "simd_imm12", simd_imm12, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_unscaled", simd_unscaled, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_post", simd_post, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_pre", simd_pre, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_register", simd_index_register, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_literal", simd_literal, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_pair", simd_pair_offset, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_pair_no_allocate", simd_pair_no_allocate, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_pair_post", simd_pair_post, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_pair_pre", simd_pair_pre, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_multiple", multiple, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "simd_single", single, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "dc_zva", dc_zva, FEATURE_NONE, 0, false, 0, IN_AREA },
	{ "any_word", any_word, FEATURE_LSE, 0, false, 0, IN_AREA },
	{ "sve_whole", sve_whole, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_load", sve_load, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_store", sve_store, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_structures", sve_structures, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_broadcast", sve_broadcast, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_block", sve_block, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_scattered", sve_scattered, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_inactive", sve_inactive, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "sve_simd", sve_simd, FEATURE_SVE, 0, true, 0, IN_AREA },
	{ "copy_or_set", copy_or_set, FEATURE_MOPS, 0, true, 0, IN_AREA },
	{ "copy_or_set_pages", copy_or_set, FEATURE_MOPS, 0, true, 0x4000, IN_AREA },
	{ "pages", unaligned, FEATURE_NONE, 0, false, ACROSS_AREA, ACROSS },
	{ "slots", unaligned, FEATURE_NONE, 0, false, 0, LEAVING },
};

/* ---- runs, and what they must give ---- */

static const char rule[] =
	"emulated, the instruction leaves what it leaves in memory (DDI0487 C6.2, C7.2)";

#define SHOWN	2	/* of the trials that differ */

static void say_where(struct nisv_check *c, unsigned int trial,
		      const char *group)
{
	static char steps[SHOWN][16];
	static unsigned int next;
	char *step = steps[next++ % SHOWN];
	const struct nisv_trial *t;

	if (trial == NISV_NO_TRIAL) {
		nisv_check_step(c, "elsewhere: ");
		return;
	}
	t = &oracle->trial[trial];
	snprintf(step, sizeof(steps[0]), "%08x: ", t->insn);
	nisv_check_step(c, step);
	nisv_fail(c, "%s: word %08x%s%s%s, PSTATE 0x%llx", group, t->insn,
		  t->form ? " (" : "", t->form ? t->form->text : "",
		  t->form ? ")" : "",
		  (unsigned long long)oracle->in[trial].pstate);
}

/* Runs the trials that are there; all must be the same in both guests. */
static void run(struct nisv_check *c, unsigned int nr, const char *group)
{
	struct nisv_mismatch m[NISV_MAX_MISMATCHES];
	unsigned int last = NISV_BATCH, shown = 0, all = 0;
	char why[128];
	int i, n;

	n = nisv_oracle_run(oracle, nr, m, why, sizeof(why));
	if (n < 0) {
		nisv_fail(c, "%s", why);
		return;
	}
	nisv_eq(c, "differences", 0, n, nisv_show_dec, rule);
	for (i = 0; i < n && i < NISV_MAX_MISMATCHES; i++) {
		if (m[i].trial != last) {
			if (++shown > SHOWN)
				break;
			say_where(c, m[i].trial, group);
		}
		last = m[i].trial;
		if (!strcmp(m[i].what, NISV_EMULATES))
			nisv_eq(c, m[i].what, m[i].want, m[i].got,
				nisv_show_result, rule);
		else
			nisv_eq_many(c, m[i].what, m[i].index, m[i].want,
				     m[i].got, rule);
	}
	for (i = 0; i < (int)nr; i++)
		all += oracle->differs[i];
	if (all > SHOWN)
		nisv_fail(c, "%u of %u instructions differ", all, nr);
	nisv_check_step(c, "");
}

static struct draft new_draft(unsigned int i, enum level level)
{
	struct draft d = {
		.trial = &oracle->trial[i],
		.regs = &oracle->in[i],
		.i = i,
		.bytes = 1,
		.align = 1,
	};

	memset(d.trial, 0, sizeof(*d.trial));
	d.regs->pstate = pstate(level);
	return d;
}

static void random_trial(const struct group *g, unsigned int i, bool big)
{
	struct draft d = new_draft(i, below(NR_LEVELS));

	d.place = g->place;
	fill_others(d.regs, value);
	fill_place(i, g->place);
	if (oracle->vectors)
		fill_vectors(&d);
	else
		fill_piece(d.regs->v, sizeof(d.regs->v));
	d.regs->pstate |= any() & PSTATE_NZCV;
	if (has_setting(SETTING_btype) && one_in(8))
		d.regs->pstate |= any() & PSTATE_BTYPE;
	g->make(&d);
	if (!d.aimed)
		aim(&d, big && !(d.regs->pstate & 0xc), false);
	d.trial->insn = d.insn;
}

static bool has(struct nisv_check *c, enum nisv_feature feature,
		unsigned int least)
{
	const struct nisv_feature_info *info = &nisv_features[feature];
	char requires[80];

	if (has_feature(feature, least))
		return true;
	snprintf(requires, sizeof(requires), "%s (%s.%s >= %u)", info->title,
		 info->idreg, info->field, least ? least : info->min);
	nisv_skip(c, requires, "%u",
		  nisv_vcpu_feature(oracle->vm[0], 0, feature));
	return false;
}

/* On a vCPU with SVE an instruction takes more than twice the time: there are fewer. */
static unsigned int weight(const struct group *g)
{
	return g->full ? 1 : 3;
}

/* How many of all random instructions are of that group. */
static unsigned long share(const struct group *g)
{
	unsigned int i, all = 0;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		all += weight(&groups[i]);
	return DIV_ROUND_UP(count * weight(g), all);
}

static void random_case(struct nisv_check *c, const void *arg)
{
	const struct group *g = arg;
	unsigned long left = share(g);
	unsigned int usual, batch, batches = g - groups;
	bool big = false;

	get_oracle(g->full);
	if (!has(c, g->feature, g->least))
		return;
	usual = oracle->area;
	oracle->area = g->area ? g->area : usual;
	oracle->anywhere = g->make == any_word || g->place == LEAVING;
	oracle->slots = g->place == LEAVING;
	batch = oracle->batch * usual / oracle->area;
	printf("# random.%s: %lu instructions, seed %llu\n", g->name, left,
	       (unsigned long long)seed);
	start_random(seed * ARRAY_SIZE(groups) + (g - groups));
	while (left && !nisv_failed(c)) {
		unsigned int nr = left < batch ? left : batch;
		unsigned int i;

		nisv_oracle_big_endian(oracle, big);
		nisv_oracle_choose_length(oracle, batches++);
		for (i = 0; i < nr; i++)
			random_trial(g, i, big);
		run(c, nr, g->name);
		nisv_check_goes_on();
		left -= nr;
		big = !big && has_setting(SETTING_el0_be);
	}
	nisv_oracle_big_endian(oracle, false);
	oracle->area = usual;
	oracle->anywhere = false;
	oracle->slots = false;
	if (nisv_failed(c))
		nisv_fail(c, "again: --append 'NISV_COUNT=%lu NISV_SEED=%llu'",
			  count, (unsigned long long)seed);
	done(c);
}

/* ---- rows of the table ---- */

static u64 edge_of_row;

static u64 row_value(void)
{
	return edge_of_row < VARIANTS - 2 ? edge(edge_of_row) : any();
}

/* P0 to P3, and the registers that a row of SVE has (nisv_forms.h) */
static void sve_row(struct draft *d, const struct nisv_form *form)
{
	unsigned int length = nisv_oracle_length(oracle);

	fill_vectors(d);
	memset(p(d, 0), 0xff, length / 8);
	memset(p(d, 1), 0, length / 8 * 2);
	p(d, 1)[0] = 1;
	memset(p(d, 3), 0xff, length / 8);
	d->element = 8;
	d->regs->x[NISV_OFFSET_REG] = 0;
	d->trial->page_only = form->class == CLASS_SVE;
	if (form->class == CLASS_SVE_GATHER)
		set_z(d, NISV_OFFSET_REG, 0, 0);
	if (form->class == CLASS_INACTIVE)
		d->trial->exits = LD1R_B(1);
	if (form->class == CLASS_SVE_VECTOR) {
		set_z(d, 1, 0, oracle->low_va + d->i * oracle->area + 16);
		d->aimed = true;
	}
}

static void row_trial(const struct nisv_form *form, unsigned int i,
		      unsigned int variant)
{
	struct draft d = new_draft(i, EL1H);
	u64 x2;

	edge_of_row = variant;
	fill_registers(d.regs, row_value);
	/* other memory than registers */
	edge_of_row = variant ^ 1;
	fill_area(i, row_value);
	d.regs->pstate |= any() & PSTATE_NZCV;
	x2 = d.regs->x[NISV_OFFSET_REG];
	d.insn = form->insn;
	d.base = nisv_form_base(form);
	d.offset = nisv_form_offset(form, x2);
	d.bytes = form->bytes;
	d.align = nisv_form_align(form);
	if ((form->insn & 0x3b000000) == 0x18000000) {	/* literal */
		d.base = NO_BASE;
		d.insn &= ~AT(0x7ffff, 5);
	}
	if (is_store_exclusive(form->insn))
		d.trial->exits = LD1R_B(d.base);
	if (form->class == CLASS_CAS) {
		d.compared = form->text[3] == 'p' ? 2 : 1;
		d.rs = 4;
	}
	if (nisv_form_is_sve(form))
		sve_row(&d, form);
	if (nisv_form_is_mops(form))
		aim_mops(&d, nisv_form_prologue(form),
			 d.insn != nisv_form_prologue(form));
	if (!d.aimed)
		aim(&d, false, true);
	d.trial->insn = d.insn;
	d.trial->form = form;
}

/*
 * Rows are run ahead, as many as there may be: an entry, a doorbell and what is made
 * ready are for all of them. When they differ each is run alone, for its own result.
 */
enum row_state {
	NOT_RUN,
	ALIKE,
	ALONE,
};

static u8 *row_states;		/* of each row */

/* Of rows that differed together: how many have not been run alone yet, and why. */
static struct {
	unsigned int left;
	bool found;
	char why[192];
} suspects;

static void row_trials(const struct nisv_form *form, unsigned int first)
{
	unsigned int i;

	start_random(form->insn);
	for (i = 0; i < VARIANTS; i++)
		row_trial(form, first + i, i);
}

static bool wants_full(const struct nisv_form *form)
{
	return nisv_form_is_sve(form) || nisv_form_is_mops(form);
}

static unsigned int choose_row_length(const struct nisv_form *form)
{
	nisv_oracle_choose_length(oracle, form - nisv_forms);
	return nisv_oracle_length(oracle);
}

static void row_case(struct nisv_check *c, const void *arg);

/* This row, and those of cases behind it that go with it. */
static unsigned int take_rows(const struct nisv_form *form,
			      const struct nisv_form *taken[])
{
	unsigned int length = choose_row_length(form), nr = 0, n;
	const struct nisv_form *next;

	for (n = 0; nr < oracle->batch / VARIANTS; n++) {
		next = nisv_case_ahead(row_case, n);
		if (!next)
			break;
		if (row_states[next - nisv_forms] == NOT_RUN &&
		    wants_full(next) == wants_full(form) &&
		    has_feature(next->feature, 0) && choose_row_length(next) == length)
			taken[nr++] = next;
	}
	choose_row_length(form);
	return nr;
}

static void suspect(const struct nisv_form *form, unsigned int nr, int n,
		    const struct nisv_mismatch *m, const char *why)
{
	bool known = n > 0 && m->trial != NISV_NO_TRIAL;

	suspects.left += nr;
	snprintf(suspects.why, sizeof(suspects.why),
		 "not alone, but with the rows that run with %s: %s%s%s",
		 form->name, n < 0 ? why : m->what, known ? " after " : "",
		 known ? oracle->trial[m->trial].form->text : "");
}

static void run_rows(const struct nisv_form *form)
{
	const struct nisv_form *taken[NISV_BATCH / VARIANTS];
	struct nisv_mismatch m[NISV_MAX_MISMATCHES];
	unsigned int nr = take_rows(form, taken), i;
	char why[128];
	int n = 0;

	for (i = 0; i < nr; i++) {
		row_trials(taken[i], i * VARIANTS);
		row_states[taken[i] - nisv_forms] = nr > 1 ? ALIKE : ALONE;
	}
	if (nr > 1)
		n = nisv_oracle_run(oracle, nr * VARIANTS, m, why, sizeof(why));
	oracle->slots = false;
	if (!n)
		return;
	for (i = 0; i < nr; i++)
		row_states[taken[i] - nisv_forms] = ALONE;
	suspect(form, nr, n, m, why);
	drop_oracle();
	get_oracle(wants_full(form));
	choose_row_length(form);
}

static void row_case(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = arg;

	get_oracle(wants_full(form));
	nisv_check_form(c, form, 0);
	if (!has(c, form->feature, 0))
		return;
	if (row_states[form - nisv_forms] == NOT_RUN)
		run_rows(form);
	if (row_states[form - nisv_forms] == ALIKE) {
		nisv_eq(c, "differences", 0, 0, nisv_show_dec, rule);
		return;
	}
	choose_row_length(form);
	row_trials(form, 0);
	run(c, VARIANTS, form->name);
	oracle->slots = false;
	if (suspects.left) {
		suspects.found |= nisv_failed(c);
		if (!--suspects.left && !suspects.found)
			nisv_fail(c, "%s", suspects.why);
	}
	done(c);
}

/* Whether there are rows of a class that it does not know. */
static bool leaves_out(const struct nisv_class_info *class)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++)
		if (&nisv_classes[nisv_forms[i].class] == class &&
		    !nisv_form_emulated(&nisv_forms[i]))
			return true;
	return false;
}

/* The case's name says which class; docs/forms.md lists its rows. */
static void not_known_case(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_skip(c, "an emulator that knows forms of that class",
		  "lib/emulate*.c, which leave some or all of them out");
}

/* Names of cases are in small letters. */
static void add_not_known(const struct nisv_class_info *class)
{
	char name[32] = "";
	unsigned int i;

	for (i = 0; class->name[i] && i < sizeof(name) - 1; i++)
		name[i] = tolower(class->name[i]);
	nisv_case(not_known_case, NULL, "not_known.%s", name);
}

/* ---- deliberately wrong emulators ---- */

#define WRONG_TRIALS	16	/* for each point */
#define WRONG_DRAFTS	8000
#define WRONG_MISSES	8	/* of a group, in the first half of these */

enum needs {
	NEEDS_NOTHING,
	NEEDS_LSE,
	NEEDS_BTI,
	NEEDS_SVE,
	NEEDS_MOPS,
};

static const struct {
	const char *id;
	enum needs needs;
	const char *text;
} points[] = {
#define POINT(id, wrong, needs, text)	{ #id, NEEDS_##needs, text },
#include "nisv_emulate_points.h"
#undef POINT
};

/* Whether the point being wrong would show: without a guest. */
static bool would_show(unsigned int i, enum nisv_emulate_point point)
{
	u64 right, wrong, va;
	int ret;

	oracle->was_wrong[i] = false;
	oracle->wrong = point;
	ret = nisv_oracle_dry(oracle, i, &wrong, &va);
	if (ret || !oracle->was_wrong[i])
		return false;
	oracle->wrong = NISV_EMULATE_NR_POINTS;
	ret = nisv_oracle_dry(oracle, i, &right, &va);
	oracle->wrong = point;
	return !ret && wrong != right;
}

static void wrong_case(struct nisv_check *c, const void *arg)
{
	enum nisv_emulate_point point = (const typeof(points[0]) *)arg - points;
	bool across = point == NISV_EMULATE_POINT_page;
	enum needs needs = points[point].needs;
	struct nisv_mismatch m[NISV_MAX_MISMATCHES];
	unsigned int i, n = 0, noticed = 0, usual;
	unsigned int misses[ARRAY_SIZE(groups)] = {};
	char why[128];

	get_oracle(needs == NEEDS_SVE || needs == NEEDS_MOPS);
	if ((needs == NEEDS_LSE && !has(c, FEATURE_LSE, 0)) ||
	    (needs == NEEDS_SVE && !has(c, FEATURE_SVE, 0)) ||
	    (needs == NEEDS_MOPS && !has(c, FEATURE_MOPS, 0)))
		return;
	nisv_oracle_choose_length(oracle, point);
	if (needs == NEEDS_BTI &&
	    !nisv_check_has(c, oracle->vm[0], nisv_forms, SETTING_btype))
		return;
	usual = oracle->area;
	oracle->area = across ? ACROSS_AREA : usual;
	start_random(point);
	for (i = 0; i < WRONG_DRAFTS && n < WRONG_TRIALS; i++) {
		const struct group *g = &groups[i % ARRAY_SIZE(groups)];

		/* any word may access another's area, and what leaves a slot */
		if (g->make == any_word || g->place == LEAVING ||
		    g->area != (across ? ACROSS_AREA : 0) || g->full != !!oracle->vectors ||
		    !has_feature(g->feature, g->least))
			continue;
		/* it has no instructions that come to the point, or hardly any */
		if (misses[g - groups] == WRONG_MISSES && i < WRONG_DRAFTS / 2)
			continue;
		random_trial(g, n, false);
		/* a wrong PC must not lead back to the access */
		if (!oracle->trial[n].before && would_show(n, point))
			n++;
		else if (misses[g - groups] < WRONG_MISSES)
			misses[g - groups]++;
	}
	if (nisv_oracle_run(oracle, n, m, why, sizeof(why)) < 0)
		nisv_fail(c, "%s", why);
	oracle->wrong = NISV_EMULATE_NR_POINTS;
	oracle->area = usual;
	oracle->slots = false;
	for (i = 0; i < n; i++) {
		if (oracle->was_wrong[i] && oracle->differs[i])
			noticed++;
		else
			nisv_fail(c, "%s: word %08x", oracle->was_wrong[i] ?
				  "not noticed" : "has not come to it",
				  oracle->trial[i].insn);
	}
	nisv_eq(c, "trials", WRONG_TRIALS, n, nisv_show_dec,
		"there are instructions that show it");
	nisv_eq(c, "noticed", n, noticed, nisv_show_dec, points[point].text);
	done(c);
}

/* ---- what is refused ---- */

struct word {
	const char *name;
	u32 insn;
	const char *text;
};

#define REFUSED(name, insn, text)	{ #name, insn, text },
static const struct word refused[] = {
	REFUSED(base_loaded, 0xf8408421, "ldr x1, [x1], #8")
	REFUSED(base_stored, 0xf8008421, "str x1, [x1], #8")
	REFUSED(base_loaded_pair, 0xa8c10c21, "ldp x1, x3, [x1], #16")
	REFUSED(base_loaded_second, 0xa8c10420, "ldp x0, x1, [x1], #16")
	REFUSED(base_stored_pair, 0xa9bf0420, "stp x0, x1, [x1, #-16]!")
	REFUSED(pair_twice, 0xa9400020, "ldp x0, x0, [x1]")
	REFUSED(pair_simd_twice, 0xad400020, "ldp q0, q0, [x1]")
	REFUSED(exclusive_pair_twice, 0xc87f0020, "ldxp x0, x0, [x1]")
	REFUSED(status_is_stored, 0xc8007c20, "stxr w0, x0, [x1]")
	REFUSED(status_is_base, 0xc8017c20, "stxr w1, x0, [x1]")
	REFUSED(status_is_second, 0xc8230c20, "stxp w3, x0, x3, [x1]")
	REFUSED(exclusive_rs, 0xc85e7c20, "ldxr x0, [x1], Rs not 31")
	REFUSED(exclusive_rt2, 0xc85f7820, "ldxr x0, [x1], Rt2 not 31")
	REFUSED(ordered_rs, 0xc8defc20, "ldar x0, [x1], Rs not 31")
	REFUSED(ordered_rt2, 0xc89ff820, "stlr x0, [x1], Rt2 not 31")
	REFUSED(rcpc_rs, 0xf8bec020, "ldapr x0, [x1], Rs not 31")
	REFUSED(casp_odd, 0x48257c26, "casp x5, x6, x6, x7, [x1]")
	REFUSED(casp_odd_stored, 0x48247c25, "casp x4, x5, x5, x6, [x1]")
	REFUSED(cas_rt2, 0xc8a47820, "cas x4, x0, [x1], Rt2 not 31")
	REFUSED(size_3_opc_3, 0xf9c00020, "no allocated load of this size")
	REFUSED(simd_size_1_opc_2, 0x7d800020, "no allocated store of this size")
	REFUSED(simd_unprivileged, 0x3c400820, "no allocated load")
	REFUSED(unprivileged_prefetch, 0xf8800820, "no allocated load")
	REFUSED(index_option_0, 0xf8620820, "ldr x0, [x1, x2, option 0]")
	REFUSED(index_option_5, 0xf862a820, "ldr x0, [x1, x2, option 5]")
	REFUSED(literal_prefetch, 0xd8000020, "prfm pldl1keep, .+4")
	REFUSED(literal_simd_3, 0xdc000020, "no allocated load")
	REFUSED(prefetch, 0xf9800020, "prfm pldl1keep, [x1]")
	REFUSED(prefetch_register, 0xf8a26820, "prfm pldl1keep, [x1, x2]")
	REFUSED(prefetch_unscaled, 0xf8800020, "prfum pldl1keep, [x1]")
	REFUSED(pair_3, 0xe9400c20, "ldtp x0, x3, [x1]")
	REFUSED(pair_simd_3, 0xed400c20, "ldtp q0, q3, [x1]")
	REFUSED(pair_no_allocate_1, 0x68400c20, "no allocated load")
	REFUSED(tag_pair, 0x69000c20, "stgp x0, x3, [x1]")
	REFUSED(tag_load, 0xd9600020, "ldg x0, [x1]")
	REFUSED(tag_store, 0xd9200820, "stg x0, [x1]")
	REFUSED(rcpc2_size_3_opc_3, 0xd9c00020, "no allocated load")
	REFUSED(rcpc3_load, 0xd9c00820, "ldapr x0, [x1], #8")
	REFUSED(rcpc3_store, 0xd9800820, "stlr x0, [x1, #-8]!")
	REFUSED(rcpc3_pair, 0xd9421820, "ldiapp x0, x2, [x1]")
	REFUSED(rcpc3_simd, 0xdd400820, "ldapur d0, [x1]")
	REFUSED(rcpc3_lane, 0x0d418420, "ldap1 {v0.d}[0], [x1]")
	REFUSED(authenticated, 0xf8200420, "ldraa x0, [x1]")
	REFUSED(authenticated_base, 0xf8a00c20, "ldrab x0, [x1]!")
	REFUSED(copy_onto_size, 0x19020400, "cpyfp [x0]!, [x2]!, x0!")
	REFUSED(copy_onto_itself, 0x1d000420, "cpyp [x0]!, [x0]!, x1!")
	REFUSED(copy_from_size, 0x19010420, "cpyfp [x0]!, [x1]!, x1!")
	REFUSED(copy_zr, 0x1902043f, "cpyfp [xzr]!, [x2]!, x1!")
	REFUSED(copy_from_zr, 0x191f0420, "cpyfp [x0]!, [xzr]!, x1!")
	REFUSED(copy_size_zr, 0x190207e0, "cpyfp [x0]!, [x2]!, xzr!")
	REFUSED(set_itself, 0x19c00420, "setp [x0]!, x1!, x0")
	REFUSED(set_size_is_data, 0x19c10420, "setp [x0]!, x1!, x1")
	REFUSED(set_onto_size, 0x19c20400, "setp [x0]!, x0!, x2")
	REFUSED(set_part_3, 0x19c2c420, "no part of a memory set")
	REFUSED(set_tags, 0x1dc20420, "setgp [x0]!, x1!, x2")
	REFUSED(load_64_bytes, 0xf83fd020, "ld64b x0, [x1]")
	REFUSED(store_64_bytes, 0xf83f9020, "st64b x0, [x1]")
	REFUSED(atomic_128, 0x19221020, "ldclrp x0, x2, [x1]")
	REFUSED(swap_128, 0x19228020, "swpp x0, x2, [x1]")
	REFUSED(rcw_compare, 0x19220820, "rcwcas x2, x0, [x1]")
	REFUSED(atomic_float, 0x3c220020, "ldbfadd h2, h0, [x1]")
	REFUSED(multiple_opcode_1, 0x4c401020, "no allocated load")
	REFUSED(multiple_rm, 0x4c427020, "ld1 {v0.16b}, [x1], Rm not 0")
	REFUSED(multiple_bit_31, 0xcc407020, "no allocated load")
	REFUSED(structure_of_1d, 0x0c408c20, "ld2 {v0.1d-v1.1d}, [x1]")
	REFUSED(lane_h_size_1, 0x0d404420, "ld1 {v0.h}, size<0> not 0")
	REFUSED(lane_s_size_2, 0x0d408820, "ld1 {v0.s}, size<1> not 0")
	REFUSED(lane_d_s_1, 0x0d409420, "ld1 {v0.d}, S not 0")
	REFUSED(replicating_store, 0x0d00c020, "no allocated store")
	REFUSED(replicate_s_1, 0x0d40d020, "ld1r {v0.8b}, S not 0")
	REFUSED(sve_first_fault, 0xa4026020, "ldff1b {z0.b}, p0/z, [x1, x2]")
	REFUSED(sve_first_fault_gather, 0x84026420, "ldff1b {z0.s}, p1/z, [x1, z2.s, uxtw]")
	REFUSED(sve_non_fault, 0xa410a020, "ldnf1b {z0.b}, p0/z, [x1]")
	REFUSED(sve_index_zr, 0xa41f4020, "ld1b {z0.b}, p0/z, [x1, xzr]")
	REFUSED(sve_structure_zr, 0xa43fc020, "ld2b {z0.b, z1.b}, p0/z, [x1, xzr]")
	REFUSED(sve_p_16, 0x85800030, "ldr p16, [x1]")
	REFUSED(sve_store_narrow, 0xe4804020, "st1h {z0.b}, p0, [x1, x0]")
	REFUSED(sve_prefetch, 0x85c00020, "prfb pldl1keep, p0, [x1]")
	REFUSED(sve_gather_signed_words, 0x85020420, "ld1sw {z0.s}, p1/z, [x1, z2.s, uxtw]")
	REFUSED(sve2p1_quadwords, 0xa5102020, "ld1w {z0.q}, p0/z, [x1]")
	REFUSED(sve2p1_two, 0xa0400020, "ld1b {z0.b-z1.b}, pn8/z, [x1]")
	REFUSED(sve_octoword_of_16, 0xa4202020, "ld1rob {z0.b}, p0/z, [x1], vectors of 16 bytes")
	REFUSED(sme_array, 0xe1000020, "ldr za[w12, 0], [x1]")
	REFUSED(tag_and_zero, 0xd50b7481, "dc gzva, x1")
	REFUSED(cache, 0xd50b7a21, "dc cvac, x1")
	REFUSED(no_access, 0x8b020020, "add x0, x1, x2")
	REFUSED(hint, 0xd503201f, "nop")
	REFUSED(undefined, 0x00000000, "udf #0")
	REFUSED(all_ones, 0xffffffff, "no instruction")
};

static void refused_case(struct nisv_check *c, const void *arg)
{
	const struct word *w = arg;
	struct draft d;
	u64 trace, va;
	bool same;

	get_oracle(false);
	d = new_draft(0, EL1H);
	start_random(w->insn);
	fill_registers(d.regs, any);
	d.trial->insn = w->insn;
	same = nisv_eq(c, "nisv_emulate()", -EOPNOTSUPP,
		       nisv_oracle_dry(oracle, 0, &trace, &va), nisv_show_result,
		       "what it does not know for sure it refuses");
	same &= nisv_eq(c, "set and stored", 0, trace, nisv_show_hex,
			"what is refused changes nothing");
	if (!same)
		nisv_fail(c, "word %08x: %s", w->insn, w->text);
	done(c);
}

/* ---- stage 1 ---- */

enum how {
	PLAINLY,
	FETCH,			/* an instruction's address */
	BIG_TABLES,		/* SCTLR_ELx.EE */
	MMU_OFF,
};

/* Tables, and what they make of an address: DDI0487 D8.2, D8.3. */
static const struct walk {
	const char *name;
	u64 tcr;
	enum how how;
	u64 ttbr;
	u64 va;
	struct {
		u64 at, desc;
	} entry[5];
	int ret;
	u64 ipa;
} walks[] = {
	{ "4k_page", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "4k_block_2m", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x60008877600701 } },
	  0, 0x8877789abc },
	{ "4k_block_1g", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x8840000701 } },
	  0, 0x8856789abc },
	{ "4k_block_512g", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x8000000701 } },
	  -EFAULT, 0 },
	{ "4k_39_bits", 0x19, PLAINLY, 0x40001000, 0x3456789abc,
	  { { 0x40001688, 0x40002003 }, { 0x40002598, 0x40003003 },
	    { 0x40003c48, 0x8877665703 } },
	  0, 0x8877665abc },
	{ "4k_42_bits", 0x16, PLAINLY, 0x40001040, 0x23456789abc,
	  { { 0x40001060, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x8877665703 } },
	  0, 0x8877665abc },
	{ "above_42_bits", 0x16, PLAINLY, 0x40001040, 0x123456789abc,
	  { { 0x40001060, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x8877665703 } },
	  -EFAULT, 0 },
	{ "16k_page", 0x8010, PLAINLY, 0x40004000, 0x123456789abc,
	  { { 0x40004000, 0x40008003 }, { 0x40008918, 0x4000c003 },
	    { 0x4000d158, 0x40010003 }, { 0x40010f10, 0x8877664703 } },
	  0, 0x8877665abc },
	{ "16k_block_32m", 0x8010, PLAINLY, 0x40004000, 0x123456789abc,
	  { { 0x40004000, 0x40008003 }, { 0x40008918, 0x4000c003 },
	    { 0x4000d158, 0x8876000701 } },
	  0, 0x8876789abc },
	{ "16k_47_bits", 0x8011, PLAINLY, 0x40004000, 0x123456789abc,
	  { { 0x40004918, 0x40008003 }, { 0x40009158, 0x4000c003 },
	    { 0x4000cf10, 0x8877664703 } },
	  0, 0x8877665abc },
	{ "64k_page", 0x4010, PLAINLY, 0x40010000, 0x123456789abc,
	  { { 0x40010020, 0x40020003 }, { 0x40028d10, 0x40030003 },
	    { 0x4003b3c0, 0x8877660703 } },
	  0, 0x8877669abc },
	{ "64k_block_512m", 0x4010, PLAINLY, 0x40010000, 0x123456789abc,
	  { { 0x40010020, 0x40020003 }, { 0x40028d10, 0x8860000701 } },
	  0, 0x8876789abc },
	{ "64k_52_bits", 0x600004010, PLAINLY, 0x40010024, 0x123456789abc,
	  { { 0x9000040010020, 0x40025003 }, { 0x5000040028d10, 0x40030003 },
	    { 0x4003b3c0, 0x887766a703 } },
	  0, 0xa008877669abc },
	{ "4k_52_bits", 0x80000000000000c, PLAINLY, 0x40005000, 0xb123456789abc,
	  { { 0x40005058, 0x40001003 }, { 0x40001120, 0x40002203 },
	    { 0x8000040002688, 0x40003003 }, { 0x40003598, 0x40004003 },
	    { 0x40004c48, 0x1008877665303 } },
	  0, 0xd008877665abc },
	{ "ttbr1_4k", 0x80100010, PLAINLY, 0x40001000, 0xffff123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "ttbr1_64k", 0xc0100010, PLAINLY, 0x40010000, 0xffff123456789abc,
	  { { 0x40010020, 0x40020003 }, { 0x40028d10, 0x40030003 },
	    { 0x4003b3c0, 0x8877660703 } },
	  0, 0x8877669abc },
	{ "ttbr1_16k", 0x40110010, PLAINLY, 0x40004000, 0xffff923456789abc,
	  { { 0x40004918, 0x40008003 }, { 0x40009158, 0x4000c003 },
	    { 0x4000cf10, 0x8877664703 } },
	  0, 0x8877665abc },
	{ "ttbr1_off", 0x80900010, PLAINLY, 0x40001000, 0xffff123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  -EFAULT, 0 },
	{ "ttbr0_off", 0x90, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  -EFAULT, 0 },
	{ "tagged", 0x2000000010, PLAINLY, 0x40001000, 0x5a00123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "tagged_not_ignored", 0x10, PLAINLY, 0x40001000, 0x5a00123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  -EFAULT, 0 },
	{ "tagged_upper", 0x4080100010, PLAINLY, 0x40001000, 0x5aff123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "tagged_instruction", 0x8002000000010, FETCH, 0x40001000, 0x5a00123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  -EFAULT, 0 },
	{ "tagged_data", 0x8002000000010, PLAINLY, 0x40001000, 0x5a00123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "big_endian", 0x10, BIG_TABLES, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "invalid", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x8877665702 } },
	  -EFAULT, 0 },
	{ "reserved", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x8877665701 } },
	  -EFAULT, 0 },
	{ "table_in_a_hole", 0x10, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 } },
	  -EFAULT, 0 },
	{ "mmu_off", 0x10, MMU_OFF, 0x40001000, 0x123456789abc,
	  {},
	  0, 0x123456789abc },
	{ "16k_52_bits", 0x80000000000800c, PLAINLY, 0x40004024, 0xb123456789abc,
	  { { 0x90000400040b0, 0x2000040008103 }, { 0x6000040008918, 0x4000c003 },
	    { 0x4000d158, 0x40010003 }, { 0x40010f10, 0x3008877664703 } },
	  0, 0xf008877665abc },
	{ "16k_block_64g", 0x80000000000800c, PLAINLY, 0x40004024, 0xb123456789abc,
	  { { 0x90000400040b0, 0x2000040008103 },
	    { 0x6000040008918, 0x2885000000701 } },
	  0, 0xe885456789abc },
	{ "16k_block_64g_of_48_bits", 0x8010, PLAINLY, 0x40004000, 0x123456789abc,
	  { { 0x40004000, 0x40008003 }, { 0x40008918, 0x885000000701 } },
	  -EFAULT, 0 },
	{ "4k_block_512g_of_52_bits", 0x800000000000010, PLAINLY, 0x40001000,
	  0x123456789abc,
	  { { 0x40001120, 0x1018000000701 } },
	  0, 0xd01b456789abc },
	{ "64k_block_4t", 0x4010, PLAINLY, 0x40010000, 0x123456789abc,
	  { { 0x40010020, 0x840000000701 } },
	  0, 0x863456789abc },
	{ "64k_block_4t_of_52_bits", 0x600004010, PLAINLY, 0x40010000, 0x123456789abc,
	  { { 0x40010020, 0x84000000a701 } },
	  0, 0xa863456789abc },
	{ "ttbr1_4k_52_bits", 0x8000000800c0010, PLAINLY, 0x40005000,
	  0xfffb123456789abc,
	  { { 0x40005058, 0x40001003 }, { 0x40001120, 0x40002203 },
	    { 0x8000040002688, 0x40003003 }, { 0x40003598, 0x40004003 },
	    { 0x40004c48, 0x1008877665303 } },
	  0, 0xd008877665abc },
	{ "tagged_upper_instruction", 0x10004080100010, FETCH, 0x40001000,
	  0x5aff123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  -EFAULT, 0 },
	{ "tagged_upper_data", 0x10004080100010, PLAINLY, 0x40001000,
	  0x5aff123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "tagged_lower_instruction", 0x10002000000010, FETCH, 0x40001000,
	  0x5a00123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	/* it is bit 55 that says which half, no other one of the tag */
	{ "tag_of_ones", 0x2000000010, PLAINLY, 0x40001000, 0xff00123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "tag_of_zeros", 0x4080100010, PLAINLY, 0x40001000, 0xff123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  0, 0x8877665abc },
	{ "tag_and_bit_55", 0x6080100010, PLAINLY, 0x40001000, 0x5a80123456789abc,
	  { { 0x40001120, 0x40002003 }, { 0x40002688, 0x40003003 },
	    { 0x40003598, 0x40004003 }, { 0x40004c48, 0x60008877665703 } },
	  -EFAULT, 0 },
	{ "4k_16_bits", 0x30, PLAINLY, 0x40001000, 0x9abc,
	  { { 0x40001048, 0x8877665703 } },
	  0, 0x8877665abc },
	{ "4k_15_bits", 0x31, PLAINLY, 0x40001000, 0x1abc,
	  { { 0x40001008, 0x8877665703 } },
	  -EOPNOTSUPP, 0 },
	{ "4k_49_bits", 0xf, PLAINLY, 0x40001000, 0x123456789abc,
	  { { 0x40001000, 0x40001003 }, { 0x40001120, 0x40002003 },
	    { 0x40002688, 0x40003003 }, { 0x40003598, 0x40004003 },
	    { 0x40004c48, 0x8877665703 } },
	  -EOPNOTSUPP, 0 },
	{ "4k_53_bits", 0x80000000000000b, PLAINLY, 0x40005000, 0xb123456789abc,
	  { { 0x40005058, 0x40001003 }, { 0x40001120, 0x40002203 },
	    { 0x8000040002688, 0x40003003 }, { 0x40003598, 0x40004003 },
	    { 0x40004c48, 0x1008877665303 } },
	  -EOPNOTSUPP, 0 },
	{ "16k_49_bits", 0x800f, PLAINLY, 0x40004000, 0x123456789abc,
	  { { 0x40004000, 0x40008003 }, { 0x40008918, 0x4000c003 },
	    { 0x4000d158, 0x40010003 }, { 0x40010f10, 0x8877664703 } },
	  -EOPNOTSUPP, 0 },
	{ "64k_17_bits", 0x402f, PLAINLY, 0x40010000, 0x19abc,
	  { { 0x40010008, 0x8877660703 } },
	  0, 0x8877669abc },
	{ "64k_16_bits", 0x4030, PLAINLY, 0x40010000, 0x9abc,
	  { { 0x40010000, 0x8877660703 } },
	  -EOPNOTSUPP, 0 },
	{ "no_granule_upper", 0x100010, PLAINLY, 0x40001000, 0xffff123456789abc,
	  {},
	  -EOPNOTSUPP, 0 },
	{ "no_granule", 0xc010, PLAINLY, 0x40001000, 0x123456789abc,
	  {},
	  -EOPNOTSUPP, 0 },
};

static int walk_get(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		    u64 *value)
{
	const struct walk *w = vmm;

	(void)n;
	switch (reg) {
	case NISV_EMULATE_SCTLR:
		*value = w->how == MMU_OFF ? 0 :
			 w->how == BIG_TABLES ? 0x2000001 : 0x1;
		return 0;
	case NISV_EMULATE_TCR:
		*value = w->tcr;
		return 0;
	case NISV_EMULATE_TTBR0:
	case NISV_EMULATE_TTBR1:
		/* the other one has nothing */
		*value = (reg == NISV_EMULATE_TTBR1) == (w->va >> 55 & 1) ?
			 w->ttbr : 0;
		return 0;
	case NISV_EMULATE_TCR2:
		*value = 0;
		return 0;
	default:
		return -EINVAL;
	}
}

static int walk_memory(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	const struct walk *w = vmm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(w->entry); i++) {
		u64 desc = w->entry[i].desc;

		if (!desc || w->entry[i].at != ipa || bytes != sizeof(desc))
			continue;
		*(u64 *)data = w->how == BIG_TABLES ? __builtin_bswap64(desc) :
						      desc;
		return 0;
	}
	return -EFAULT;
}

static void walk_case(struct nisv_check *c, const void *arg)
{
	static const struct nisv_emulate_ops ops = {
		.get = walk_get,
		.memory = walk_memory,
	};
	const struct walk *w = arg;
	struct nisv_emulate e = { .ops = &ops, .vmm = (void *)w };
	u64 ipa = 0;

	nisv_eq(c, "result", w->ret,
		nisv_emulate_translate(&e, w->va, w->how == FETCH, &ipa),
		nisv_show_result, "what stage 1 translates (DDI0487 D8)");
	nisv_eq(c, "ipa", w->ipa, ipa, nisv_show_hex,
		"where stage 1 leads (DDI0487 D8)");
}

/* ---- a VMM without a guest ---- */

#define MACHINE_AT	0x10000ull	/* memory, */
#define MACHINE_BYTES	0x4000
#define MACHINE_PC	0x50000ull	/* one instruction, */
#define MACHINE_L2	0x40000ull	/* and tables: 25 bits, pages of 4K */
#define MACHINE_L3	0x41000ull
#define MACHINE_TCR	(39ull | 39ull << 16 | 2ull << 30)	/* T0SZ, T1SZ, TG1 */

struct machine {
	u32 insn;
	u64 x[31];
	u64 v[2];		/* every V is that */
	u64 z[2];		/* and every Z, of 16 bytes */
	u64 pc, pstate;
	u64 sctlr, tcr, tcr2, svcr;
	u64 table, first, second;	/* bits of descriptors */
	u8 memory[MACHINE_BYTES];
	u64 at, bytes;		/* what is written: the lowest address */
	unsigned int sets;
};

static int machine_get(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		       u64 *value)
{
	const struct machine *m = vmm;

	*value = 0;
	switch (reg) {
	case NISV_EMULATE_X:
		*value = m->x[n];
		break;
	case NISV_EMULATE_V:
		value[0] = m->v[0];
		value[1] = m->v[1];
		break;
	case NISV_EMULATE_Z:
		value[0] = m->z[0];
		value[1] = m->z[1];
		break;
	case NISV_EMULATE_P:
		*value = 0xffff;
		break;
	case NISV_EMULATE_VLS:
		*value = 1;
		break;
	case NISV_EMULATE_PC:
		*value = m->pc;
		break;
	case NISV_EMULATE_PSTATE:
		*value = m->pstate;
		break;
	case NISV_EMULATE_SCTLR:
		*value = m->sctlr;
		break;
	case NISV_EMULATE_TCR:
		*value = MACHINE_TCR | m->tcr;
		break;
	case NISV_EMULATE_TCR2:
		*value = m->tcr2;
		break;
	case NISV_EMULATE_TTBR0:
	case NISV_EMULATE_TTBR1:
		*value = MACHINE_L2;
		break;
	case NISV_EMULATE_SVCR:
		*value = m->svcr;
		break;
	case NISV_EMULATE_DCZID:
		*value = 4;
		break;
	default:
		break;
	}
	return 0;
}

static int machine_set(void *vmm, enum nisv_emulate_reg reg, unsigned int n,
		       const u64 *value)
{
	struct machine *m = vmm;

	m->sets++;
	switch (reg) {
	case NISV_EMULATE_X:
		m->x[n] = *value;
		return 0;
	case NISV_EMULATE_V:
		m->v[0] = value[0];
		m->v[1] = value[1];
		return 0;
	case NISV_EMULATE_Z:
		m->z[0] = value[0];
		m->z[1] = value[1];
		return 0;
	case NISV_EMULATE_PC:
		m->pc = *value;
		return 0;
	case NISV_EMULATE_PSTATE:
		m->pstate = *value;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Pages are where they are, and have the access flag unless a bit takes it away. */
static u64 machine_descriptor(const struct machine *m, u64 ipa)
{
	const u64 page = 0x403, index = (ipa - MACHINE_L3) / sizeof(u64);

	if (ipa == MACHINE_L2)
		return MACHINE_L3 | m->table | 0x3;
	if (index == MACHINE_AT / PAGE)
		return MACHINE_AT | (m->first ^ page);
	if (index == MACHINE_AT / PAGE + 1)
		return (MACHINE_AT + PAGE) | (m->second ^ page);
	return index == MACHINE_PC / PAGE ? MACHINE_PC | page : 0;
}

static int machine_memory(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	const struct machine *m = vmm;
	u64 desc;

	if (ipa == MACHINE_PC) {
		memcpy(data, &m->insn, bytes);
		return 0;
	}
	desc = machine_descriptor(m, ipa);
	memcpy(data, &desc, bytes);
	return 0;
}

static int machine_read(void *vmm, u64 ipa, void *data, unsigned int bytes)
{
	struct machine *m = vmm;

	if (ipa < MACHINE_AT || ipa + bytes > MACHINE_AT + MACHINE_BYTES)
		return -ERANGE;
	memcpy(data, m->memory + ipa - MACHINE_AT, bytes);
	return 0;
}

static int machine_write(void *vmm, u64 ipa, const void *data,
			 unsigned int bytes)
{
	struct machine *m = vmm;

	if (ipa < MACHINE_AT || ipa + bytes > MACHINE_AT + MACHINE_BYTES)
		return -ERANGE;
	memcpy(m->memory + ipa - MACHINE_AT, data, bytes);
	if (!m->bytes || ipa < m->at)
		m->at = ipa;
	m->bytes += bytes;
	return 0;
}

static int run_machine(struct machine *m, bool monitor)
{
	static const struct nisv_emulate_ops ops = {
		.get = machine_get,
		.set = machine_set,
		.memory = machine_memory,
		.read = machine_read,
		.write = machine_write,
	};
	struct nisv_emulate e = { .ops = &ops, .vmm = m, .monitor = monitor };

	return nisv_emulate(&e);
}

/* The result; true if it is an error as it must be, and then nothing has changed. */
static bool machine_result(struct nisv_check *c, const struct machine *m,
			   int want, int got, const char *because)
{
	nisv_eq(c, "nisv_emulate()", want, got, nisv_show_result, because);
	if (!want)
		return false;
	nisv_eq(c, "registers set", 0, m->sets, nisv_show_dec,
		"what is refused changes nothing");
	nisv_eq(c, "bytes", 0, m->bytes, nisv_show_hex,
		"what is refused changes nothing");
	return true;
}

/* ---- memory copy and set, with both options ---- */

#define FLAG_N		0x80000000ull
#define FLAG_C		0x20000000ull
#define MOPS_PSTATE	0x03f03fc5ull	/* stays, too: SS, BTYPE */

/*
 * The registers before and after: X1 is the destination, X5 the source, X3 the
 * size, X4 the data, with flags as NZCV, which stay. What is done is @bytes, from
 * @at on. A prologue has no option yet.
 */
static const struct mops_row {
	const char *name;
	u32 insn;
	u64 flags;
	struct {
		u64 to, from, size;
	} in, out;
	u64 at;
	u64 bytes;
	int ret;
} mops_rows[] = {
	{ "setp", 0x19c40461, FLAG_N, { 0x10f00, 0, 0x300 },
	  { 0x11000, 0, 0x200 }, 0x10f00, 0x100, 0 },
	{ "setp_all", 0x19c40461, FLAG_C, { 0x10ffd, 0, 3 },
	  { 0x11000, 0, 0 }, 0x10ffd, 3, 0 },
	{ "setp_nothing", 0x19c40461, FLAG_N | FLAG_C, { 0x11000, 0, 0 },
	  { 0x11000, 0, 0 }, 0, 0, 0 },
	{ "setp_most", 0x19c40461, 0, { 0x10f00, 0, ~0ull },
	  { 0x11000, 0, 0x7ffffffffffffeff }, 0x10f00, 0x100, 0 },
	{ "setm_a", 0x19c44461, 0, { 0x11200, 0, -0x200ull },
	  { 0x11200, 0, 0 }, 0x11000, 0x200, 0 },
	{ "setm_b", 0x19c44461, FLAG_C, { 0x11000, 0, 0x200 },
	  { 0x11200, 0, 0 }, 0x11000, 0x200, 0 },
	{ "setm_two_pages_a", 0x19c44461, 0, { 0x12200, 0, -0x1300ull },
	  { 0x12200, 0, -0x1200ull }, 0x10f00, 0x100, 0 },
	{ "setm_two_pages_b", 0x19c44461, FLAG_C, { 0x10f00, 0, 0x1300 },
	  { 0x11000, 0, 0x1200 }, 0x10f00, 0x100, 0 },
	{ "sete_a", 0x19c48461, 0, { 0x11003, 0, -3ull },
	  { 0x11003, 0, 0 }, 0x11000, 3, 0 },
	{ "sete_b", 0x19c48461, FLAG_C, { 0x11000, 0, 3 },
	  { 0x11003, 0, 0 }, 0x11000, 3, 0 },
	{ "sete_nothing", 0x19c48461, 0, { 0x11000, 0, 0 },
	  { 0x11000, 0, 0 }, 0, 0, 0 },
	{ "cpyp_forward", 0x1d050461, FLAG_C, { 0x10f80, 0x10fc0, 0x100 },
	  { 0x10fc0, 0x11000, 0xc0 }, 0x10f80, 0x40, 0 },
	{ "cpyp_backward", 0x1d050461, FLAG_C, { 0x10fc0, 0x10f80, 0x100 },
	  { 0x10fc0, 0x10f80, 0x80 }, 0x11040, 0x80, 0 },
	{ "cpyp_backward_all", 0x1d050461, FLAG_N, { 0x10210, 0x10200, 0x20 },
	  { 0x10210, 0x10200, 0 }, 0x10210, 0x20, 0 },
	{ "cpym_forward_a", 0x1d450461, 0, { 0x11080, 0x110c0, -0xc0ull },
	  { 0x11080, 0x110c0, -0x80ull }, 0x10fc0, 0x40, 0 },
	{ "cpym_forward_b", 0x1d450461, FLAG_C, { 0x10fc0, 0x11000, 0xc0 },
	  { 0x11000, 0x11040, 0x80 }, 0x10fc0, 0x40, 0 },
	{ "cpym_backward_a", 0x1d450461, 0, { 0x10fc0, 0x10f80, 0x80 },
	  { 0x10fc0, 0x10f80, 0x40 }, 0x11000, 0x40, 0 },
	{ "cpym_backward_b", 0x1d450461, FLAG_N | FLAG_C,
	  { 0x11040, 0x11000, 0x80 },
	  { 0x11000, 0x10fc0, 0x40 }, 0x11000, 0x40, 0 },
	{ "cpye_backward_a", 0x1d850461, 0, { 0x10fc0, 0x10f80, 0x40 },
	  { 0x10fc0, 0x10f80, 0 }, 0x10fc0, 0x40, 0 },
	{ "cpye_backward_b", 0x1d850461, FLAG_N | FLAG_C,
	  { 0x11000, 0x10fc0, 0x40 },
	  { 0x10fc0, 0x10f80, 0 }, 0x10fc0, 0x40, 0 },
	{ "cpyp_apart", 0x1d050461, 0, { 0x12000, 0x11000, 0x100 },
	  { 0x12100, 0x11100, 0 }, 0x12000, 0x100, 0 },
	{ "cpyp_next_to_it", 0x1d050461, 0, { 0x11100, 0x11000, 0x100 },
	  { 0x11200, 0x11100, 0 }, 0x11100, 0x100, 0 },
	{ "cpyp_most", 0x1d050461, 0, { 0x10f80, 0x10f80, ~0ull },
	  { 0x11000, 0x11000, 0x7fffffffffff7f }, 0x10f80, 0x80, 0 },
	{ "cpyfp_most", 0x19050461, 0, { 0x10f80, 0x11000, ~0ull },
	  { 0x11000, 0x11080, 0x7fffffffffffff7f }, 0x10f80, 0x80, 0 },
	{ "cpyfp", 0x19050461, 0, { 0x12000, 0x10f80, 0x100 },
	  { 0x12080, 0x11000, 0x80 }, 0x12000, 0x80, 0 },
	{ "cpyfe_b", 0x19850461, FLAG_C, { 0x12080, 0x11000, 0x80 },
	  { 0x12100, 0x11080, 0 }, 0x12080, 0x80, 0 },
	/* what a prologue of the other option has left, or none */
	{ "setm_flags", 0x19c44461, 0x40000000, { 0x11200, 0, -0x200ull },
	  {}, 0, 0, -EOPNOTSUPP },
	{ "setm_backward_a", 0x19c44461, 0, { 0x11200, 0, 0x200 },
	  {}, 0, 0, -EOPNOTSUPP },
	{ "setm_backward_b", 0x19c44461, FLAG_N | FLAG_C, { 0x11200, 0, 0x200 },
	  {}, 0, 0, -EOPNOTSUPP },
	{ "setm_negative_b", 0x19c44461, FLAG_C, { 0x11200, 0, -0x200ull },
	  {}, 0, 0, -EOPNOTSUPP },
	{ "cpyfm_backward_a", 0x19450461, 0, { 0x10fc0, 0x10f80, 0x80 },
	  {}, 0, 0, -EOPNOTSUPP },
};

static const char mops_rule[] =
	"as the option has it, and as an abort leaves it (DDI0487 C6.2, CPYFP and SETP)";

static void mops_case(struct nisv_check *c, const void *arg)
{
	const struct mops_row *row = arg;
	struct machine m = {
		.insn = row->insn,
		.x[1] = row->in.to,
		.x[3] = row->in.size,
		.x[4] = 0x1234a5,
		.x[5] = row->in.from,
		.pc = MACHINE_PC,
		.pstate = row->flags | MOPS_PSTATE,
	};
	static u8 want[MACHINE_BYTES];
	u64 i, at = row->at - MACHINE_AT;

	start_random(row->insn);
	for (i = 0; i < MACHINE_BYTES; i += sizeof(u64)) {
		u64 word = any();

		memcpy(m.memory + i, &word, sizeof(word));
	}
	memcpy(want, m.memory, sizeof(want));
	for (i = 0; i < row->bytes; i++, at++)	/* by as much as they are apart */
		want[at] = !row->in.from ? 0xa5 :
			   m.memory[at + row->in.from - row->in.to];
	if (machine_result(c, &m, row->ret, run_machine(&m, false), mops_rule))
		return;
	nisv_eq(c, "Xd", row->out.to, m.x[1], nisv_show_hex, mops_rule);
	nisv_eq(c, "Xs", row->out.from, m.x[5], nisv_show_hex, mops_rule);
	nisv_eq(c, "Xn", row->out.size, m.x[3], nisv_show_hex, mops_rule);
	nisv_eq(c, "PSTATE", row->flags | MOPS_PSTATE, m.pstate, nisv_show_hex, mops_rule);
	nisv_eq(c, "PC", 0, m.pc - MACHINE_PC, nisv_show_delta, mops_rule);
	nisv_eq(c, "bytes", row->bytes, m.bytes, nisv_show_hex,
		"to the end of a page");
	nisv_eq(c, "address", row->at, m.at, nisv_show_hex, mops_rule);
	for (i = 0; i < MACHINE_BYTES; i++)
		if (want[i] != m.memory[i])
			nisv_eq_many(c, "memory + %d", i, want[i], m.memory[i],
				     mops_rule);
}

/* ---- state that no guest here has ---- */

#define E0E		BIT_ULL(24)
#define EE		BIT_ULL(25)
#define AT_EL1		0x5ull
#define STATE_AT	0x10040ull	/* each byte is the low end of its address */
#define STATE_WORDS	2

/*
 * X1 is the address; X0, X3 to X7 and V are as in "before". What an instruction
 * changes, 0: it does not.
 */
static const struct state_row {
	const char *name;
	u32 insn;
	u64 sctlr;
	u64 pstate, after;
	u64 x[8];
	u64 v[2];
	u64 memory[STATE_WORDS];	/* as a little-endian CPU would load it */
	u64 compared[2];		/* X4 and X5 before, if not 0 */
	const char *rule;
} states[] = {
#define EE_RULE	"SCTLR_ELx.EE is for data of EL1, E0E for EL0 (DDI0487 C6.2, D24.2)"
	{ .name = "ee_pair", .insn = 0xa9400c20, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .x = { [0] = 0x4041424344454647, [3] = 0x48494a4b4c4d4e4f },
	  .rule = EE_RULE },
	{ .name = "ee_half", .insn = 0x79800020, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1, .x = { [0] = 0x4041 },
	  .rule = EE_RULE },
	{ .name = "ee_quad", .insn = 0x3dc00020, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .v = { 0x48494a4b4c4d4e4f, 0x4041424344454647 }, .rule = EE_RULE },
	{ .name = "ee_store_quad", .insn = 0x3d800020, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .memory = { 0xf8f9fafbfcfdfeff, 0xf0f1f2f3f4f5f6f7 }, .rule = EE_RULE },
	{ .name = "ee_store_pair", .insn = 0xa9000c20, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .memory = { 0x706050403020100, 0x3736353433323130 }, .rule = EE_RULE },
	{ .name = "ee_elements", .insn = 0x4c407c20, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .v = { 0x4041424344454647, 0x48494a4b4c4d4e4f }, .rule = EE_RULE },
	{ .name = "ee_bytes", .insn = 0x4c407020, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .v = { 0x4746454443424140, 0x4f4e4d4c4b4a4948 }, .rule = EE_RULE },
	{ .name = "ee_casp", .insn = 0x48247c26, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .compared = { 0x4041424344454647, 0x48494a4b4c4d4e4f },
	  .memory = { 0x6766656463626160, 0x7776757473727170 }, .rule = EE_RULE },
	{ .name = "ee_casp_not_equal", .insn = 0x48247c26, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .x = { [4] = 0x4041424344454647, [5] = 0x48494a4b4c4d4e4f },
	  .rule = EE_RULE },
	{ .name = "ee_casp_words", .insn = 0x08247c26, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .x = { [4] = 0x40414243, [5] = 0x44454647 }, .rule = EE_RULE },
	{ .name = "ee_add", .insn = 0xf8200023, .sctlr = EE,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .x = { [3] = 0x4041424344454647 },
	  /* 0x4041424344454647 + 0x0001020304050607 */
	  .memory = { 0x4e4c4a4846444240 }, .rule = EE_RULE },
	{ .name = "ee_at_el0", .insn = 0xa9400c20, .sctlr = EE,
	  .x = { [0] = 0x4746454443424140, [3] = 0x4f4e4d4c4b4a4948 },
	  .rule = EE_RULE },
	{ .name = "e0e_at_el1", .insn = 0xa9400c20, .sctlr = E0E,
	  .pstate = AT_EL1, .after = AT_EL1,
	  .x = { [0] = 0x4746454443424140, [3] = 0x4f4e4d4c4b4a4948 },
	  .rule = EE_RULE },
	{ .name = "e0e_at_el0", .insn = 0xa9400c20, .sctlr = E0E,
	  .x = { [0] = 0x4041424344454647, [3] = 0x48494a4b4c4d4e4f },
	  .rule = EE_RULE },
#define STAYS_RULE	"of PSTATE only SS and BTYPE become 0 (DDI0487 D1.4, D2.11)"
	{ .name = "pstate_load", .insn = 0xa9400c20,
	  .pstate = 0xf3f03fc5, .after = 0xf3d033c5,
	  .x = { [0] = 0x4746454443424140, [3] = 0x4f4e4d4c4b4a4948 },
	  .rule = STAYS_RULE },
	{ .name = "pstate_store", .insn = 0xa9000c20,
	  .pstate = 0x03f03fc5, .after = 0x03d033c5,
	  .memory = { 0x0001020304050607, 0x3031323334353637 },
	  .rule = STAYS_RULE },
#undef EE_RULE
#undef STAYS_RULE
};

static void state_case(struct nisv_check *c, const void *arg)
{
	const struct state_row *row = arg;
	struct machine m = {
		.insn = row->insn,
		.pc = MACHINE_PC,
		.pstate = row->pstate,
		.sctlr = row->sctlr,
		.v = { 0xf7f6f5f4f3f2f1f0, 0xfffefdfcfbfaf9f8 },
	};
	const unsigned int offset = STATE_AT - MACHINE_AT;
	u64 before[STATE_WORDS], after[STATE_WORDS], x[8], v[2];
	unsigned int i;

	for (i = 0; i < 8; i++)
		m.x[i] = 0x0001020304050607 + i * 0x1010101010101010;
	m.x[1] = STATE_AT;
	for (i = 0; i < 2; i++)
		if (row->compared[i])
			m.x[4 + i] = row->compared[i];
	for (i = 0; i < MACHINE_BYTES; i++)
		m.memory[i] = MACHINE_AT + i;
	memcpy(before, m.memory + offset, sizeof(before));
	memcpy(x, m.x, sizeof(x));
	memcpy(v, m.v, sizeof(v));
	nisv_eq(c, "nisv_emulate()", 0, run_machine(&m, false), nisv_show_result,
		row->rule);
	memcpy(after, m.memory + offset, sizeof(after));
	for (i = 0; i < 8; i++)
		nisv_eq_many(c, "x%d", i, row->x[i] ? row->x[i] : x[i], m.x[i],
			     row->rule);
	for (i = 0; i < 2; i++)
		nisv_eq_many(c, "v.d[%d]", i, row->v[i] ? row->v[i] : v[i],
			     m.v[i], row->rule);
	for (i = 0; i < STATE_WORDS; i++)
		nisv_eq_many(c, "memory, word %d", i,
			     row->memory[i] ? row->memory[i] : before[i],
			     after[i], row->rule);
	nisv_eq(c, "PSTATE", row->after, m.pstate, nisv_show_hex, row->rule);
}

/* ---- what stage 1 does not allow ---- */

#define SCTLR_EPAN	BIT_ULL(57)
#define TCR_HA		BIT_ULL(39)
#define TCR_HD		BIT_ULL(40)
#define TCR_HPD0	BIT_ULL(41)
#define TCR_HPD1	BIT_ULL(42)
#define TCR_E0PD0	BIT_ULL(55)
#define TCR_E0PD1	BIT_ULL(56)
#define PAN		(AT_EL1 | BIT_ULL(22))
#define UAO		(AT_EL1 | BIT_ULL(23))
#define FOR_EL0		0x40ull
#define READ_ONLY	0x80ull
#define NO_FLAG		0x400ull	/* takes it away */
#define DBM		BIT_ULL(51)
#define UXN		BIT_ULL(54)
#define TABLE_UXN	BIT_ULL(60)
#define TABLE_NO_EL0	BIT_ULL(61)
#define TABLE_READ_ONLY	BIT_ULL(62)
#define END		0x10ff8ull	/* of the first page, X2 */
#define SECOND		0x11000ull
#define UPPER_END	0xfffffffffe010ff8ull
#define HERE		0x10800ull

#define STP	0xa9000c40u	/* stp x0, x3, [x2] */
#define LDP	0xa9400c40u
#define LDTR	0xf8400840u	/* ldtr x0, [x2] */
#define STTR	0xf8000840u

/* Two pages, the bits of their descriptors and of their table's. */
static const struct permit {
	const char *name;
	u32 insn;
	u64 x2;
	u64 pstate;		/* 0: EL0 */
	u64 first, second, table;
	u64 sctlr, tcr, tcr2, svcr;
	int ret;
} permits[] = {
#define PERMIT(title, word, at, ...)	\
	{ .name = #title, .insn = (word), .x2 = (at), __VA_ARGS__ },
	PERMIT(store_el0, STP, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(load_el0, LDP, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(first_page, LDP, END, .second = FOR_EL0, .ret = -EFAULT)
	PERMIT(both_pages, STP, END, .first = FOR_EL0, .second = FOR_EL0)
	PERMIT(el1, STP, END, .pstate = AT_EL1)
	PERMIT(read_only, STP, END, .pstate = AT_EL1, .second = READ_ONLY,
	       .ret = -EFAULT)
	PERMIT(read_only_load, LDP, END, .pstate = AT_EL1, .second = READ_ONLY)
	PERMIT(read_only_el0, LDP, END, .first = FOR_EL0, .second = READ_ONLY,
	       .ret = -EFAULT)
	PERMIT(table_no_el0, LDP, END, .first = FOR_EL0, .second = FOR_EL0,
	       .table = TABLE_NO_EL0, .ret = -EFAULT)
	PERMIT(table_no_el0_flat, LDP, END, .first = FOR_EL0, .second = FOR_EL0,
	       .table = TABLE_NO_EL0, .tcr = TCR_HPD0)
	PERMIT(table_no_el0_el1, LDP, END, .pstate = AT_EL1,
	       .table = TABLE_NO_EL0)
	PERMIT(table_read_only, STP, END, .pstate = AT_EL1,
	       .table = TABLE_READ_ONLY, .ret = -EFAULT)
	PERMIT(table_read_only_load, LDP, END, .pstate = AT_EL1,
	       .table = TABLE_READ_ONLY)
	PERMIT(table_read_only_flat, STP, END, .pstate = AT_EL1,
	       .table = TABLE_READ_ONLY, .tcr = TCR_HPD0)
	PERMIT(table_other_flat, STP, END, .pstate = AT_EL1,
	       .table = TABLE_READ_ONLY, .tcr = TCR_HPD1, .ret = -EFAULT)
	PERMIT(table_upper_flat, STP, UPPER_END, .pstate = AT_EL1,
	       .table = TABLE_READ_ONLY, .tcr = TCR_HPD1)
	PERMIT(unprivileged_load, LDTR, END, .pstate = AT_EL1, .ret = -EFAULT)
	PERMIT(unprivileged_store, STTR, END, .pstate = AT_EL1, .ret = -EFAULT)
	PERMIT(unprivileged_user, STTR, END, .pstate = AT_EL1, .first = FOR_EL0)
	PERMIT(uao, LDTR, END, .pstate = UAO)
	PERMIT(uao_el0, LDTR, END, .pstate = UAO & ~AT_EL1, .ret = -EFAULT)
	PERMIT(pan, LDP, END, .pstate = PAN, .second = FOR_EL0, .ret = -EFAULT)
	PERMIT(pan_el1, LDP, END, .pstate = PAN)
	PERMIT(pan_el0, LDP, END, .pstate = PAN & ~AT_EL1, .first = FOR_EL0,
	       .second = FOR_EL0)
	PERMIT(pan_unprivileged, LDTR, END, .pstate = PAN, .first = FOR_EL0)
	PERMIT(pan_uao, LDTR, END, .pstate = PAN | UAO, .first = FOR_EL0,
	       .ret = -EFAULT)
	PERMIT(pan_table, LDP, END, .pstate = PAN, .second = FOR_EL0,
	       .table = TABLE_NO_EL0)
	PERMIT(epan, LDP, END, .pstate = PAN, .sctlr = SCTLR_EPAN,
	       .ret = -EFAULT)
	PERMIT(epan_uxn, LDP, END, .pstate = PAN, .sctlr = SCTLR_EPAN,
	       .first = UXN, .second = UXN)
	PERMIT(epan_table, LDP, END, .pstate = PAN, .sctlr = SCTLR_EPAN,
	       .table = TABLE_UXN)
	PERMIT(epan_alone, LDP, END, .pstate = AT_EL1, .sctlr = SCTLR_EPAN)
	PERMIT(no_flag, LDP, END, .pstate = AT_EL1, .second = NO_FLAG,
	       .ret = -EFAULT)
	PERMIT(no_flag_ha, LDP, END, .pstate = AT_EL1, .second = NO_FLAG,
	       .tcr = TCR_HA, .ret = -EOPNOTSUPP)
	PERMIT(clean, STP, END, .pstate = AT_EL1, .second = READ_ONLY | DBM,
	       .tcr = TCR_HA | TCR_HD, .ret = -EOPNOTSUPP)
	PERMIT(clean_load, LDP, END, .pstate = AT_EL1,
	       .second = READ_ONLY | DBM, .tcr = TCR_HA | TCR_HD)
	PERMIT(clean_no_ha, STP, END, .pstate = AT_EL1,
	       .second = READ_ONLY | DBM, .tcr = TCR_HD, .ret = -EFAULT)
	PERMIT(clean_no_hd, STP, END, .pstate = AT_EL1,
	       .second = READ_ONLY | DBM, .tcr = TCR_HA, .ret = -EFAULT)
	PERMIT(dirty, STP, END, .pstate = AT_EL1, .second = DBM,
	       .tcr = TCR_HA | TCR_HD)
	PERMIT(clean_table, STP, END, .pstate = AT_EL1,
	       .second = READ_ONLY | DBM, .table = TABLE_READ_ONLY,
	       .tcr = TCR_HA | TCR_HD, .ret = -EFAULT)
	PERMIT(e0pd0, LDP, END, .first = FOR_EL0, .second = FOR_EL0,
	       .tcr = TCR_E0PD0, .ret = -EFAULT)
	PERMIT(e0pd0_el1, LDP, END, .pstate = AT_EL1, .tcr = TCR_E0PD0)
	PERMIT(e0pd0_upper, LDTR, UPPER_END, .pstate = AT_EL1, .first = FOR_EL0,
	       .tcr = TCR_E0PD0)
	PERMIT(e0pd1_upper, LDTR, UPPER_END, .pstate = AT_EL1, .first = FOR_EL0,
	       .tcr = TCR_E0PD1, .ret = -EFAULT)
	PERMIT(pie, LDP, END, .pstate = AT_EL1, .tcr2 = BIT_ULL(1),
	       .ret = -EOPNOTSUPP)
	PERMIT(e0poe, LDP, END, .pstate = AT_EL1, .tcr2 = BIT_ULL(2),
	       .ret = -EOPNOTSUPP)
	PERMIT(poe, LDP, END, .pstate = AT_EL1, .tcr2 = BIT_ULL(3),
	       .ret = -EOPNOTSUPP)
	PERMIT(d128, LDP, END, .pstate = AT_EL1, .tcr2 = BIT_ULL(5),
	       .ret = -EOPNOTSUPP)
	PERMIT(tcr2, LDP, END, .pstate = AT_EL1,
	       .tcr2 = BIT_ULL(0) | BIT_ULL(4))
	PERMIT(ldadd, 0xf8200043, END, .pstate = AT_EL1, .first = READ_ONLY,
	       .ret = -EFAULT)
	PERMIT(cas, 0xc8a07c43, END, .pstate = AT_EL1, .first = READ_ONLY,
	       .ret = -EFAULT)
	PERMIT(stxr, 0xc8007c43, END, .pstate = AT_EL1, .first = READ_ONLY,
	       .ret = -EFAULT)
	PERMIT(ldxr, 0xc85f7c40, END, .pstate = AT_EL1, .first = READ_ONLY)
	PERMIT(dc_zva, 0xd50b7422, END, .pstate = AT_EL1, .first = READ_ONLY,
	       .ret = -EFAULT)
	PERMIT(st2, 0x4c008c40, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(ld1, 0x4c407040, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(ldr_q, 0x3dc00040, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(str_z, 0xe5804040, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(st1d, 0xe5e0e040, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(scatter, 0xe5c0a020, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(gather, 0xc5a0c020, END, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(gather_read_only, 0xc5a0c020, END, .pstate = AT_EL1,
	       .second = READ_ONLY)
	PERMIT(scatter_read_only, 0xe5c0a020, END, .pstate = AT_EL1,
	       .second = READ_ONLY, .ret = -EFAULT)
	PERMIT(copy_to, 0x19050462, SECOND, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(copy_from, 0x19050462, HERE, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(copy_to_read_only, 0x19050462, SECOND, .pstate = AT_EL1,
	       .second = READ_ONLY, .ret = -EFAULT)
	PERMIT(copy_from_read_only, 0x19050462, HERE, .pstate = AT_EL1,
	       .second = READ_ONLY)
	PERMIT(copy_wt, 0x19051462, SECOND, .pstate = AT_EL1, .ret = -EFAULT)
	PERMIT(copy_wt_from, 0x19051462, HERE, .pstate = AT_EL1,
	       .first = FOR_EL0)
	PERMIT(copy_rt, 0x19052462, SECOND, .pstate = AT_EL1, .ret = -EFAULT)
	PERMIT(copy_rt_from, 0x19052462, SECOND, .pstate = AT_EL1,
	       .first = FOR_EL0)
	PERMIT(set_el0, 0x19c40462, SECOND, .first = FOR_EL0, .ret = -EFAULT)
	PERMIT(set_el1, 0x19c40462, SECOND, .pstate = AT_EL1)
	PERMIT(set_t, 0x19c41462, SECOND, .pstate = AT_EL1, .ret = -EFAULT)
	PERMIT(set_n, 0x19c42462, SECOND, .pstate = AT_EL1)
	PERMIT(streaming, LDP, END, .pstate = AT_EL1, .svcr = 1)
	PERMIT(streaming_simd, 0x3dc00040, END, .pstate = AT_EL1, .svcr = 1,
	       .ret = -EOPNOTSUPP)
	PERMIT(streaming_sve, 0xe5e0e040, END, .pstate = AT_EL1, .svcr = 1,
	       .ret = -EOPNOTSUPP)
	PERMIT(not_streaming, 0x3dc00040, END, .pstate = AT_EL1, .svcr = 2)
#undef PERMIT
};

static void permit_case(struct nisv_check *c, const void *arg)
{
	static const char because[] =
		"as the CPU would have found it (DDI0487 D8.4, D8.5)";
	const struct permit *row = arg;
	struct machine m = {
		.insn = row->insn,
		.x[2] = row->x2,
		.x[3] = 0x10,		/* of a copy, to X2 and from X5 */
		.x[5] = row->x2 ^ HERE ^ SECOND,
		.z = { HERE, SECOND },
		.pc = MACHINE_PC,
		.pstate = row->pstate,
		.sctlr = SCTLR_M | row->sctlr,
		.tcr = row->tcr,
		.tcr2 = row->tcr2,
		.svcr = row->svcr,
		.first = row->first,
		.second = row->second,
		.table = row->table,
	};

	if (!machine_result(c, &m, row->ret, run_machine(&m, true), because))
		nisv_eq(c, "done", true, m.sets > 0, nisv_show_dec, because);
}

/* ---- one guest alone ---- */

/* At EL0, from what is no memory into memory that is not for EL0. */
static const struct el0_row {
	const char *name;
	u32 insn;
	enum nisv_feature feature;
	bool full;
} el0_rows[] = {
	{ "stp", STP, FEATURE_NONE, false },
	{ "ldp", LDP, FEATURE_NONE, false },
	{ "st1d", 0xe5c0a020, FEATURE_SVE, true },	/* {z0.d}, p0, [z1.d] */
	{ "cpyfp", 0x19050462, FEATURE_MOPS, true },	/* [x2]!, [x5]!, x3! */
};

static void el0_case(struct nisv_check *c, const void *arg)
{
	const struct el0_row *row = arg;
	bool changed = true;
	struct draft d;
	char why[128];
	int ret = 0;

	get_oracle(row->full);
	if (!has(c, row->feature, 0))
		return;
	oracle->slots = true;
	nisv_oracle_choose_length(oracle, 0);
	d = new_draft(0, EL0);
	d.element = 8;
	start_random(row->insn);
	fill_registers(d.regs, any);
	fill_area(0, any);
	if (oracle->vectors) {
		unsigned int i;

		fill_vectors(&d);
		for (i = 0; i < nisv_oracle_length(oracle) / 8; i++)
			set_z(&d, 1, i, i ? oracle->kernel_va + 8 * i :
			      oracle->va);
		memset(p(&d, 0), 0xff, nisv_oracle_length(oracle) / 8);
	}
	d.regs->x[2] = oracle->kernel_va;
	if (row->insn == STP || row->insn == LDP)
		d.regs->x[2] -= 8;
	d.regs->x[5] = oracle->va;
	if (row->feature == FEATURE_MOPS)
		d.regs->x[3] = 16;
	d.trial->insn = row->insn;
	if (nisv_oracle_refuse(oracle, &ret, &changed, why, sizeof(why))) {
		nisv_fail(c, "%s", why);
	} else {
		nisv_eq(c, "nisv_emulate()", -EFAULT, ret, nisv_show_result,
			"the CPU has seen the first page, not the other one");
		nisv_eq(c, "memory has changed", false, changed, nisv_show_dec,
			"what is refused changes nothing");
	}
	oracle->slots = false;
	done(c);
}

/*
 * KVM_RUN clears the monitor, as any return from an exception does (DDI0487
 * B2.17): the store fails at once, or the CPU looks at the address first; then it
 * is emulated.
 */
static void exclusive_case(struct nisv_check *c, const void *arg)
{
	struct nisv_regs regs;
	unsigned int exits;
	bool changed;
	struct draft d;
	char why[128];

	(void)arg;
	get_oracle(false);
	d = new_draft(0, EL1H);
	start_random(0);
	fill_registers(d.regs, any);
	fill_area(0, any);
	d.regs->x[2] = oracle->va + 0x40;
	d.trial->insn = 0xc85f7c40;	/* ldxr x0, [x2] */
	d.trial->behind = 0xc8037c44;	/* stxr w3, x4, [x2] */
	d.trial->again = true;
	d.trial->monitor = true;
	if (nisv_oracle_alone(oracle, &regs, &exits, &changed, why,
			      sizeof(why))) {
		nisv_fail(c, "%s", why);
	} else {
		nisv_eq(c, "x0", ((u64 *)area(0))[8], regs.x[0], nisv_show_hex,
			"the load is emulated");
		nisv_eq(c, "status", exits == 1, regs.x[3], nisv_show_dec,
			"without an exit it finds no monitor");
		nisv_eq(c, "memory has changed", exits > 1, changed,
			nisv_show_dec, "it stores when its status is 0");
	}
	done(c);
}

/* A pair whose second register is XZR. */
static void compare_pair_case(struct nisv_check *c, const void *arg)
{
	struct nisv_mismatch m[NISV_MAX_MISMATCHES];
	struct draft d;
	char why[128];
	int n;

	(void)arg;
	nisv_check_form(c, nisv_form_named("casp_x"), 0);
	get_oracle(false);
	if (!has(c, FEATURE_LSE, 0))
		return;
	d = new_draft(0, EL1H);
	start_random(0);
	fill_registers(d.regs, any);
	fill_area(0, any);
	d.regs->x[2] = oracle->va + 0x40;
	d.trial->insn = 0x483e7c44;	/* casp x30, xzr, x4, x5, [x2] */
	n = nisv_oracle_run(oracle, 1, m, why, sizeof(why));
	if (n < 0)
		nisv_fail(c, "%s", why);
	else
		nisv_eq(c, "SP after CASP of X30 and XZR", 0, n, nisv_show_dec,
			rule);
	done(c);
}

/* An access with the MMU off: addresses are what they are. */
static void mmu_off_case(struct nisv_check *c, const void *arg)
{
	struct nisv_regs want, got;
	u64 fault_ipa = 0;
	struct draft d;
	char why[128];

	(void)arg;
	get_oracle(false);
	d = new_draft(0, EL1H);
	start_random(0);
	fill_registers(d.regs, any);
	d.trial->insn = 0xa8c10c20;	/* ldp x0, x3, [x1], #16 */
	d.regs->x[1] = nisv_oracle_ipa(oracle) + 0x40;
	fill_area(0, any);
	want = *d.regs;
	want.x[0] = ((u64 *)area(0))[8];
	want.x[3] = ((u64 *)area(0))[9];
	want.x[1] += 16;
	want.pc = 4;
	if (nisv_oracle_mmu_off(oracle, &got, &fault_ipa, why, sizeof(why))) {
		nisv_fail(c, "%s", why);
	} else {
		unsigned int i;

		nisv_eq(c, "fault_ipa", nisv_oracle_ipa(oracle) + 0x40,
			fault_ipa, nisv_show_hex,
			"without stage 1 it is the address");
		nisv_eq(c, "pc", want.pc, got.pc, nisv_show_delta, rule);
		for (i = 0; i < 31; i++)
			nisv_eq_many(c, "x%d", i, want.x[i], got.x[i], rule);
	}
	done(c);
}

/* Takes the options that are its own out of the arguments; false: it is wrong. */
static bool take_options(int *argc, char **argv)
{
	const char *text;
	char *end = "";
	int i, n = 1;

	text = getenv("NISV_COUNT");
	if (text)
		count = strtoul(text, &end, 0);
	text = getenv("NISV_SEED");
	if (text && !*end)
		seed = strtoull(text, &end, 0);
	for (i = 1; i < *argc && !*end; i++) {
		if (i + 1 < *argc && !strcmp(argv[i], "-n"))
			count = strtoul(argv[++i], &end, 0);
		else if (i + 1 < *argc && !strcmp(argv[i], "-r"))
			seed = strtoull(argv[++i], &end, 0);
		else
			argv[n++] = argv[i];
	}
	*argc = n;
	argv[n] = NULL;
	return !*end && count;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (!take_options(&argc, argv)) {
		fprintf(stderr, "-n, -r, NISV_COUNT and NISV_SEED take a number\n");
		return 2;
	}
	row_states = calloc(nisv_nr_forms, sizeof(*row_states));
	if (!row_states)
		return 1;
	for (i = 0; i < nisv_nr_forms; i++)
		if (nisv_form_emulated(&nisv_forms[i]))
			nisv_case(row_case, &nisv_forms[i], "%s.emulated",
				  nisv_forms[i].name);
	for (i = 0; i < NISV_NR_CLASSES; i++)
		if (leaves_out(&nisv_classes[i]))
			add_not_known(&nisv_classes[i]);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		nisv_case(random_case, &groups[i], "random.%s", groups[i].name);
	for (i = 0; i < ARRAY_SIZE(points); i++)
		nisv_case(wrong_case, &points[i], "wrong_%s", points[i].id);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		nisv_case(refused_case, &refused[i], "refused.%s",
			  refused[i].name);
	for (i = 0; i < ARRAY_SIZE(walks); i++)
		nisv_case(walk_case, &walks[i], "walk.%s", walks[i].name);
	for (i = 0; i < ARRAY_SIZE(mops_rows); i++)
		nisv_case(mops_case, &mops_rows[i], "mops.%s",
			  mops_rows[i].name);
	for (i = 0; i < ARRAY_SIZE(states); i++)
		nisv_case(state_case, &states[i], "state.%s", states[i].name);
	for (i = 0; i < ARRAY_SIZE(permits); i++)
		nisv_case(permit_case, &permits[i], "permit.%s",
			  permits[i].name);
	for (i = 0; i < ARRAY_SIZE(el0_rows); i++)
		nisv_case(el0_case, &el0_rows[i], "not_for_el0.%s",
			  el0_rows[i].name);
	nisv_case(exclusive_case, NULL, "exclusive");
	nisv_case(compare_pair_case, NULL, "compare_pair_of_x30");
	nisv_case(mmu_off_case, NULL, "mmu_off");
	return nisv_harness(argc, argv);
}
