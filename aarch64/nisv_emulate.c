// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_emulate: user space emulates the instruction.
 *
 * Contract (Documentation/virt/kvm/api.rst, 5 KVM_EXIT_ARM_NISV; Arm ARM
 * DDI0487, C4.1.94 "Loads and Stores", C6.2, C7.2, D8):
 *
 * - At the exit PC is at the instruction, and no register has changed. What a
 *   VMM needs is there: the word at PC, read through the guest's stage 1, says
 *   what the access is; fault_ipa is what stage 1 makes of its address.
 * - When user space has made the access, has written destination and base
 *   register with KVM_SET_ONE_REG and has moved PC by 4, the guest goes on as
 *   though the access had happened: every register, the flags and all memory are
 *   what they are when the instruction runs on ordinary memory.
 * - The same holds for an access with a syndrome (KVM_EXIT_MMIO) after KVM has
 *   completed it and the registers have been set as they were.
 *
 * lib/emulate.c is such a VMM's emulator; nisv_emulate.h says what it does not
 * do. Each of these runs one instruction with the same registers on the same
 * bytes at the same addresses in two guests, one with memory there (lib/oracle.c)
 * and one without, where it is emulated, and compares all that is left:
 *
 * <form>.emulated	a row of nisv_forms.h, with edge values
 * random.<group>	encodings of a group, made at random: registers, immediates,
 *			addressing, from EL1 and EL0, either byte order
 * wrong_<point>	the emulator gets one thing wrong: this must be noticed
 *
 * and without a guest:
 *
 * not_known.<class>	rows that the emulator does not know, a skip
 * refused.<what>	what is CONSTRAINED UNPREDICTABLE, UNDEFINED or not known is
 *			refused, and nothing is changed
 * walk.<what>		stage 1, with tables of every granule
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
#include <unistd.h>

#include "nisv_oracle.h"

#define DEFAULT_COUNT	17000
#define DEFAULT_SEED	1

#define VARIANTS	4	/* of a row */

#define PSTATE_SP_ELX	0x1ull
#define PSTATE_DAIF	0x3c0ull
#define PSTATE_BTYPE	0xc00ull
#define PSTATE_NZCV	0xf0000000ull
#define FPSR_BITS	0x0800009full	/* QC and the exception flags */
#define FPCR_BITS	0x03c00000ull	/* DN, FZ, RMode */
#define UPPER		0xffff000000000000ull

#define NO_BASE		32	/* literal */

static unsigned long count = DEFAULT_COUNT;
static u64 seed = DEFAULT_SEED;

static struct nisv_oracle *oracle;

/* Made once; a case that fails leaves none to the next. */
static struct nisv_oracle *get_oracle(void)
{
	if (!oracle)
		oracle = nisv_oracle_new();
	return oracle;
}

static void done(struct nisv_check *c)
{
	if (!nisv_failed(c))
		return;
	nisv_oracle_free(oracle);
	oracle = NULL;
}

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
	bool aimed;		/* nothing is left to be done */
	/* CAS and CASP: so many registers to compare, from Xs on */
	unsigned int compared;
	unsigned int rs;
};

static u8 *area(unsigned int i)
{
	return oracle->memory + i * NISV_AREA;
}

static void fill_area(unsigned int i, u64 (*word)(void))
{
	u64 *at = (u64 *)area(i);
	unsigned int n;

	for (n = 0; n < NISV_AREA / sizeof(*at); n++)
		at[n] = word();
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

static void fill_registers(struct nisv_regs *regs, u64 (*word)(void))
{
	unsigned int i;

	for (i = 0; i < 31; i++)
		regs->x[i] = word();
	for (i = 0; i < 32; i++) {
		regs->v[i][0] = word();
		regs->v[i][1] = word();
	}
	regs->sp = any() & -16ull;
	regs->sp_el0 = any() & -16ull;
	regs->fpsr = any() & FPSR_BITS;
	regs->fpcr = any() & FPCR_BITS;
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
	const u8 *at = area(d->i) + (va - oracle->va - d->i * NISV_AREA);
	u64 x = 0;
	unsigned int n;

	for (n = 0; n < bytes; n++)
		x |= (u64)at[big ? bytes - 1 - n : n] << (8 * n);
	return x;
}

/* Where in its area, and in which half of the address space. */
static void aim(struct draft *d, bool big, bool plain)
{
	u64 start = oracle->va + d->i * NISV_AREA;
	u64 target = start + below(NISV_AREA - d->bytes + 1);
	u64 *base, low;
	unsigned int n;

	target &= -(u64)d->align;
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
		target |= UPPER;
	else if (!plain && one_in(8))
		target += oracle->block_va - oracle->va;
	*base = target - d->offset;
	if (!plain && target < UPPER && one_in(4))
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
	d->rs = below(16) * 2;
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
	const u64 size = NISV_BATCH * NISV_AREA;
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

static const struct group {
	const char *name;
	void (*make)(struct draft *d);
	enum nisv_feature feature;
	unsigned int least;	/* of the feature's field, 0: what it says */
} groups[] = {
	{ "imm12", imm12, FEATURE_NONE, 0 },
	{ "unscaled", unscaled, FEATURE_NONE, 0 },
	{ "unprivileged", unprivileged, FEATURE_NONE, 0 },
	{ "post", post, FEATURE_NONE, 0 },
	{ "pre", pre, FEATURE_NONE, 0 },
	{ "register", index_register, FEATURE_NONE, 0 },
	{ "literal", literal, FEATURE_NONE, 0 },
	{ "pair", pair_offset, FEATURE_NONE, 0 },
	{ "pair_no_allocate", pair_no_allocate, FEATURE_NONE, 0 },
	{ "pair_post", pair_post, FEATURE_NONE, 0 },
	{ "pair_pre", pair_pre, FEATURE_NONE, 0 },
	{ "ordered", ordered, FEATURE_NONE, 0 },
	{ "rcpc", rcpc, FEATURE_LRCPC, 0 },
	{ "rcpc2", rcpc2, FEATURE_LRCPC, 2 },
	{ "load_exclusive", load_exclusive, FEATURE_NONE, 0 },
	{ "store_exclusive", store_exclusive, FEATURE_NONE, 0 },
	{ "atomic", atomic, FEATURE_LSE, 0 },
	{ "swap", swap, FEATURE_LSE, 0 },
	{ "compare", compare, FEATURE_LSE, 0 },
	{ "compare_pair", compare_pair, FEATURE_LSE, 0 },
	{ "simd_imm12", simd_imm12, FEATURE_NONE, 0 },
	{ "simd_unscaled", simd_unscaled, FEATURE_NONE, 0 },
	{ "simd_post", simd_post, FEATURE_NONE, 0 },
	{ "simd_pre", simd_pre, FEATURE_NONE, 0 },
	{ "simd_register", simd_index_register, FEATURE_NONE, 0 },
	{ "simd_literal", simd_literal, FEATURE_NONE, 0 },
	{ "simd_pair", simd_pair_offset, FEATURE_NONE, 0 },
	{ "simd_pair_no_allocate", simd_pair_no_allocate, FEATURE_NONE, 0 },
	{ "simd_pair_post", simd_pair_post, FEATURE_NONE, 0 },
	{ "simd_pair_pre", simd_pair_pre, FEATURE_NONE, 0 },
	{ "simd_multiple", multiple, FEATURE_NONE, 0 },
	{ "simd_single", single, FEATURE_NONE, 0 },
	{ "dc_zva", dc_zva, FEATURE_NONE, 0 },
	{ "any_word", any_word, FEATURE_LSE, 0 },
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

	fill_registers(d.regs, value);
	fill_area(i, value);
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
	char requires[80], found[24];

	if (has_feature(feature, least))
		return true;
	snprintf(requires, sizeof(requires), "%s (%s.%s >= %u)", info->title,
		 info->idreg, info->field, least ? least : info->min);
	snprintf(found, sizeof(found), "%u",
		 nisv_vcpu_feature(oracle->vm[0], 0, feature));
	nisv_skip(c, requires, found);
	return false;
}

static void random_case(struct nisv_check *c, const void *arg)
{
	const struct group *g = arg;
	unsigned long left = DIV_ROUND_UP(count, ARRAY_SIZE(groups));
	bool big = false;

	get_oracle();
	if (!has(c, g->feature, g->least))
		return;
	printf("# random.%s: %lu instructions, seed %llu\n", g->name, left,
	       (unsigned long long)seed);
	start_random(seed * ARRAY_SIZE(groups) + (g - groups));
	while (left && !nisv_failed(c)) {
		unsigned int nr = left < NISV_BATCH ? left : NISV_BATCH;
		unsigned int i;

		nisv_oracle_big_endian(oracle, big);
		for (i = 0; i < nr; i++)
			random_trial(g, i, big);
		run(c, nr, g->name);
		nisv_check_goes_on();
		left -= nr;
		big = !big && has_setting(SETTING_el0_be);
	}
	nisv_oracle_big_endian(oracle, false);
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
	aim(&d, false, true);
	d.trial->insn = d.insn;
	d.trial->form = form;
}

/* What lib/emulate.c knows all of: the rows of these classes and features. */
static const u64 known_classes =
	BIT_ULL(CLASS_PLAIN) | BIT_ULL(CLASS_WRITEBACK) | BIT_ULL(CLASS_PAIR) |
	BIT_ULL(CLASS_EXCLUSIVE) | BIT_ULL(CLASS_ATOMIC) | BIT_ULL(CLASS_SWP) |
	BIT_ULL(CLASS_CAS) | BIT_ULL(CLASS_SIMD) | BIT_ULL(CLASS_SIMD_PAIR) |
	BIT_ULL(CLASS_SIMD_STRUCT) | BIT_ULL(CLASS_DC_ZVA) |
	BIT_ULL(CLASS_EXCLUSIVE_STORE) | BIT_ULL(CLASS_LITERAL) |
	BIT_ULL(CLASS_SIMD_LITERAL) | BIT_ULL(CLASS_UNPRIVILEGED);
static const u64 known_features =
	BIT_ULL(FEATURE_NONE) | BIT_ULL(FEATURE_LSE) |
	BIT_ULL(FEATURE_LRCPC) | BIT_ULL(FEATURE_LRCPC2) |
	BIT_ULL(FEATURE_LOR);

static bool is_known(const struct nisv_form *form)
{
	return (known_classes >> form->class & 1) &&
	       (known_features >> form->feature & 1);
}

static void row_case(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = arg;
	unsigned int i;

	get_oracle();
	nisv_check_form(c, form, 0);
	if (!has(c, form->feature, 0))
		return;
	start_random(form->insn);
	for (i = 0; i < VARIANTS; i++)
		row_trial(form, i, i);
	run(c, VARIANTS, form->name);
	done(c);
}

/* Whether there are rows of a class that it does not know. */
static bool leaves_out(const struct nisv_class_info *class)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++)
		if (&nisv_classes[nisv_forms[i].class] == class &&
		    !is_known(&nisv_forms[i]))
			return true;
	return false;
}

/* The case's name says which class; docs/forms.md lists its rows. */
static void not_known_case(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_skip(c, "an emulator that knows forms of that class",
		  "lib/emulate.c, which leaves some or all of them out");
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
#define WRONG_DRAFTS	2000

enum needs {
	NEEDS_NOTHING,
	NEEDS_LSE,
	NEEDS_BTI,
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

	oracle->wrong = NISV_EMULATE_NR_POINTS;
	ret = nisv_oracle_dry(oracle, i, &right, &va);
	oracle->wrong = point;
	return !ret && !nisv_oracle_dry(oracle, i, &wrong, &va) &&
	       wrong != right;
}

static void wrong_case(struct nisv_check *c, const void *arg)
{
	enum nisv_emulate_point point = (const typeof(points[0]) *)arg - points;
	struct nisv_mismatch m[NISV_MAX_MISMATCHES];
	unsigned int i, n = 0, noticed = 0;
	char why[128];

	get_oracle();
	if (points[point].needs == NEEDS_LSE && !has(c, FEATURE_LSE, 0))
		return;
	if (points[point].needs == NEEDS_BTI && !has_setting(SETTING_btype)) {
		nisv_skip(c, "PSTATE.BTYPE", "none");
		return;
	}
	start_random(point);
	for (i = 0; i < WRONG_DRAFTS && n < WRONG_TRIALS; i++) {
		const struct group *g = &groups[i % ARRAY_SIZE(groups)];

		/* any word may access another's area */
		if (g->make == any_word || !has_feature(g->feature, g->least))
			continue;
		random_trial(g, n, false);
		/* a wrong PC must not lead back to the access */
		if (!oracle->trial[n].before && would_show(n, point))
			n++;
	}
	if (nisv_oracle_run(oracle, n, m, why, sizeof(why)) < 0)
		nisv_fail(c, "%s", why);
	oracle->wrong = NISV_EMULATE_NR_POINTS;
	for (i = 0; i < n; i++) {
		if (oracle->differs[i])
			noticed++;
		else
			nisv_fail(c, "not noticed: word %08x",
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
	REFUSED(memory_copy, 0x19020420, "cpyfp [x0]!, [x2]!, x1!")
	REFUSED(memory_set, 0x19c20420, "setp [x0]!, x1!, x2")
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
	REFUSED(sve, 0xa400a020, "ld1b {z0.b}, p0/z, [x1]")
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

	get_oracle();
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

/* An access with the MMU off: addresses are what they are. */
static void mmu_off_case(struct nisv_check *c, const void *arg)
{
	struct nisv_regs want, got;
	struct draft d;
	char why[128];

	(void)arg;
	get_oracle();
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
	if (nisv_oracle_mmu_off(oracle, &got, why, sizeof(why))) {
		nisv_fail(c, "%s", why);
	} else {
		unsigned int i;

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
	for (i = 0; i < nisv_nr_forms; i++)
		if (is_known(&nisv_forms[i]))
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
	nisv_case(mmu_off_case, NULL, "mmu_off");
	return nisv_harness(argc, argv);
}
