// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulator's SVE: loads and stores of whole registers, contiguous ones,
 * structures, loads that broadcast, gathers and scatters (DDI0487 C4.1, the groups
 * "SVE Memory", C8.2; SVE2's non-temporal gathers and scatters too).
 *
 * Not known, hence -EOPNOTSUPP: SVE2.1, prefetches, LDNF1, which never exits,
 * and LDFF1: what follows its first element must not be read of a device.
 */
#include <errno.h>
#include <string.h>

#include "nisv_emulation.h"

#define Z_WORDS		NISV_EMULATE_Z_WORDS
#define P_WORDS		NISV_EMULATE_P_WORDS
#define MAX_REGS	4

#define ZCR_LEN		0xfull

enum what {
	ELEMENTS,
	BROADCAST,		/* one element, to all that are active */
	BLOCK,			/* 16 or 32 bytes, over and over */
	WHOLE_Z,
	WHOLE_P,
};

enum sve_mode {
	TIMES_LENGTH,		/* [Xn, #imm, MUL VL] */
	IMMEDIATE,		/* [Xn, #imm] */
	INDEXED,		/* [Xn, Xm] */
	OFFSETS_32,		/* [Xn, Zm], of which 32 bits count */
	OFFSETS_64,		/* [Xn, Zm] */
	VECTOR_IMMEDIATE,	/* [Zn, #imm] */
	VECTOR_SCALAR,		/* [Zn, Xm] */
};

struct sve_access {
	enum what what;
	enum sve_mode mode;
	bool store;
	bool sign;
	unsigned int memory;	/* bytes of an element there, */
	unsigned int bytes;	/* and in the register */
	unsigned int nr;	/* registers */
	unsigned int block;	/* bytes of BLOCK */
	unsigned int rt, rn, rm, pg;
	bool signed_offsets;
	unsigned int shift;	/* of offsets and Xm */
	s64 imm;
};

/* ---- encodings ---- */

static void start(u32 insn, struct sve_access *a, enum what what,
		  unsigned int memory, unsigned int bytes)
{
	a->what = what;
	a->store = bits(insn, 31, 29) == 7;
	a->memory = 1 << memory;
	a->bytes = 1 << bytes;
	a->nr = 1;
	a->rt = bits(insn, 4, 0);
	a->rn = bits(insn, 9, 5);
	a->rm = bits(insn, 20, 16);
	a->pg = bits(insn, 12, 10);
}

/* Which of [Xn, Xm], whose Xm is not XZR, and [Xn, #imm, MUL VL]. */
static bool contiguous(u32 insn, struct sve_access *a, bool indexed)
{
	a->mode = indexed ? INDEXED : TIMES_LENGTH;
	a->shift = __builtin_ctz(a->memory);
	a->imm = sbits(insn, 19, 16);
	return !indexed || a->rm != EMULATE_ZR;
}

/* "SVE load predicate or vector register", "SVE store ..." */
static bool whole(u32 insn, struct sve_access *a)
{
	start(insn, a, bit(insn, 14) ? WHOLE_Z : WHOLE_P, 0, 0);
	a->mode = TIMES_LENGTH;
	a->imm = sbits(insn, 21, 16) * 8 + bits(insn, 12, 10);
	return a->what == WHOLE_Z || !bit(insn, 4);
}

/* dtype: two sizes, the larger one first if the load sign-extends */
static void start_typed(u32 insn, struct sve_access *a, enum what what,
			unsigned int high, unsigned int low)
{
	if (high <= low) {
		start(insn, a, what, high, low);
	} else {
		start(insn, a, what, 3 - high, 3 - low);
		a->sign = true;
	}
}

/* "SVE contiguous load (scalar plus scalar)", "(scalar plus immediate)" */
static bool load(u32 insn, struct sve_access *a)
{
	start_typed(insn, a, ELEMENTS, bits(insn, 24, 23), bits(insn, 22, 21));
	return contiguous(insn, a, !bit(insn, 15));
}

/* "SVE contiguous store (scalar plus scalar)", "(scalar plus immediate)" */
static bool store(u32 insn, struct sve_access *a)
{
	unsigned int memory = bits(insn, 24, 23), bytes = bits(insn, 22, 21);

	start(insn, a, ELEMENTS, memory, bytes);
	return memory <= bytes && contiguous(insn, a, !bit(insn, 15));
}

/*
 * "SVE contiguous non-temporal load", "SVE load multiple structures", stores alike;
 * "(scalar plus scalar)", "(scalar plus immediate)"
 */
static bool structures(u32 insn, struct sve_access *a)
{
	unsigned int size = bits(insn, 24, 23);

	start(insn, a, ELEMENTS, size, size);
	a->nr = 1 + bits(insn, 22, 21);
	return contiguous(insn, a, bits(insn, 15, 13) != 7);
}

/* "SVE load and broadcast element" */
static bool broadcast(u32 insn, struct sve_access *a)
{
	start_typed(insn, a, BROADCAST, bits(insn, 24, 23), bits(insn, 14, 13));
	a->mode = IMMEDIATE;
	a->imm = (s64)bits(insn, 21, 16) * a->memory;
	return true;
}

/* "SVE load and broadcast quadword", "octoword"; both addressing modes */
static bool block(u32 insn, struct sve_access *a)
{
	unsigned int size = bits(insn, 24, 23);
	bool ok;

	start(insn, a, BLOCK, size, size);
	ok = contiguous(insn, a, !bit(insn, 13));
	a->block = bit(insn, 21) ? 32 : 16;
	if (a->mode == TIMES_LENGTH)
		a->mode = IMMEDIATE;
	a->imm *= a->block;
	return ok;
}

/* How elements of 4 and 8 bytes have their size: signed or not, and scaled. */
static bool start_scattered(u32 insn, struct sve_access *a, enum sve_mode mode,
			    unsigned int bytes, bool scaled)
{
	unsigned int size = bits(insn, 24, 23);

	start(insn, a, ELEMENTS, size, bytes);
	a->mode = mode;
	a->sign = !a->store && !bit(insn, 14);
	a->signed_offsets = bit(insn, a->store ? 14 : 22);
	a->shift = scaled ? size : 0;
	a->imm = (s64)bits(insn, 20, 16) << size;
	/* there is no load of a whole element that sign-extends */
	return (size < bytes || (size == bytes && !a->sign)) &&
	       (size || !scaled);
}

/* The groups of gathers and scatters are told apart by these bits. */
static bool elements_32_offsets(u32 insn, struct sve_access *a)
{
	return start_scattered(insn, a, OFFSETS_32, 2, bit(insn, 21));
}

static bool elements_64_unpacked(u32 insn, struct sve_access *a)
{
	return start_scattered(insn, a, OFFSETS_32, 3, bit(insn, 21));
}

static bool elements_64_offsets(u32 insn, struct sve_access *a)
{
	return start_scattered(insn, a, OFFSETS_64, 3, bit(insn, 21));
}

static bool elements_32_vector(u32 insn, struct sve_access *a)
{
	return start_scattered(insn, a, VECTOR_IMMEDIATE, 2, false);
}

static bool elements_64_vector(u32 insn, struct sve_access *a)
{
	return start_scattered(insn, a, VECTOR_IMMEDIATE, 3, false);
}

static bool non_temporal_32(u32 insn, struct sve_access *a)
{
	bool ok = start_scattered(insn, a, VECTOR_SCALAR, 2, false);

	/* its U is another bit than that of the other gathers */
	if (!a->store) {
		a->sign = !bit(insn, 13);
		ok = a->memory < a->bytes || (a->memory == a->bytes && !a->sign);
	}
	return ok;
}

static bool non_temporal_64(u32 insn, struct sve_access *a)
{
	return start_scattered(insn, a, VECTOR_SCALAR, 3, false);
}

static const struct {
	u32 mask, value;
	bool (*decode)(u32 insn, struct sve_access *a);
} groups[] = {
	{ 0xffc0a000, 0x85800000, whole },
	{ 0xffc0a000, 0xe5800000, whole },
	{ 0xfe00e000, 0xa4004000, load },
	{ 0xfe10e000, 0xa400a000, load },
	{ 0xfe00e000, 0xe4004000, store },
	{ 0xfe10e000, 0xe400e000, store },
	{ 0xfe00e000, 0xa400c000, structures },
	{ 0xfe10e000, 0xa400e000, structures },
	{ 0xfe00e000, 0xe4006000, structures },
	{ 0xfe10e000, 0xe410e000, structures },
	{ 0xfe408000, 0x84408000, broadcast },
	{ 0xfe40e000, 0xa4000000, block },
	{ 0xfe50e000, 0xa4002000, block },
	/* gathers; bit 13 is that of LDFF1 */
	{ 0xfe20a000, 0x84000000, elements_32_offsets },
	{ 0xffa0a000, 0x84a00000, elements_32_offsets },
	{ 0xffa0a000, 0x85200000, elements_32_offsets },
	{ 0xfe60a000, 0x84208000, elements_32_vector },
	{ 0xfe60c000, 0x84008000, non_temporal_32 },
	{ 0xfe00a000, 0xc4000000, elements_64_unpacked },
	{ 0xfe40a000, 0xc4408000, elements_64_offsets },
	{ 0xfe60a000, 0xc4208000, elements_64_vector },
	{ 0xfe60a000, 0xc4008000, non_temporal_64 },
	/* scatters */
	{ 0xfe40a000, 0xe4008000, elements_64_unpacked },
	{ 0xfe40e000, 0xe400a000, elements_64_offsets },
	{ 0xfe40a000, 0xe4408000, elements_32_offsets },
	{ 0xfe60e000, 0xe440a000, elements_64_vector },
	{ 0xfe60e000, 0xe460a000, elements_32_vector },
	{ 0xfe60e000, 0xe4002000, non_temporal_64 },
	{ 0xfe60e000, 0xe4402000, non_temporal_32 },
};

static bool decode(u32 insn, struct sve_access *a)
{
	unsigned int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if ((insn & groups[i].mask) == groups[i].value)
			return groups[i].decode(insn, a);
	return false;
}

/* ---- the accesses ---- */

/* In bytes, as ZCR_ELx has it: the next shorter one that there is. */
static unsigned int vector_length(struct emulation *r)
{
	u64 there = emulate_get_one(r, NISV_EMULATE_VLS, 0);
	u64 zcr = emulate_get_one(r, NISV_EMULATE_ZCR, 0);
	unsigned int quadwords = (zcr & ZCR_LEN) + 1;

	emulate_vectors(r);
	while (quadwords && !(there & BIT_ULL(quadwords - 1)))
		quadwords--;
	if (!quadwords && !r->err)
		r->err = -EOPNOTSUPP;
	if (r->err)
		return 0;
	return 16 * (HOOK(r, length, quadwords - 1) + 1);
}

static void copy_words(u64 *to, const u64 *from, unsigned int bytes)
{
	for (; bytes; bytes -= sizeof(*to))
		*to++ = *from++;
}

static void get_z(struct emulation *r, unsigned int n, u64 *z)
{
	memset(z, 0, Z_WORDS * sizeof(*z));
	emulate_get(r, NISV_EMULATE_Z, n % 32, z);
}

/* What is above the vector length is not the guest's. */
static void set_z(struct emulation *r, unsigned int n, u64 *z,
		  unsigned int length)
{
	u64 *last = &z[length / sizeof(*z) - 1];

	z[0] = HOOK(r, z_low, z[0]);
	*last = HOOK(r, z_last, *last);
	emulate_set(r, NISV_EMULATE_Z, n % 32, z);
}

/* A register as it is: bytes, in no byte order (C8.2, LDR and STR). */
static void do_whole(struct emulation *r, const struct sve_access *a,
		     unsigned int length)
{
	enum nisv_emulate_reg reg = a->what == WHOLE_Z ? NISV_EMULATE_Z :
							 NISV_EMULATE_P;
	unsigned int bytes = a->what == WHOLE_Z ? length : length / 8;
	u64 va = emulate_get_base(r, a->rn) + a->imm * bytes;
	u64 z[Z_WORDS] = {};
	bool big = r->big;
	unsigned int i, n;

	r->e->va = va;
	va = HOOK(r, address, va);
	emulate_probe(r, va, bytes, r->use);
	emulate_get(r, reg, a->rt, z);
	r->big = false;
	for (i = 0; i < bytes; i += n) {
		u64 value[2] = { z[i / 8], 0 };

		n = bytes - i < 8 ? bytes - i : 8;
		if (a->store)
			emulate_store(r, va + i, n, value);
		else
			emulate_load(r, va + i, n, value);
		z[i / 8] = (z[i / 8] & ~low_bytes(~0ull, n)) | value[0];
	}
	r->big = big;
	if (a->store)
		return;
	if (a->what == WHOLE_P) {
		z[0] = HOOK(r, predicate, z[0]);
		emulate_set(r, reg, a->rt, z);
	} else {
		set_z(r, a->rt, z, length);
	}
}

/* What the address of an element is made of. */
struct place {
	u64 base;		/* and Xm or #imm */
	u64 z[Z_WORDS];		/* offsets, or addresses */
};

static void get_place(struct emulation *r, const struct sve_access *a,
		      unsigned int length, struct place *p)
{
	unsigned int elements = length / a->bytes;

	switch (a->mode) {
	case VECTOR_IMMEDIATE:
		p->base = a->imm;
		get_z(r, a->rn, p->z);
		return;
	case VECTOR_SCALAR:
		p->base = emulate_get_x(r, a->rm);
		get_z(r, a->rn, p->z);
		return;
	case OFFSETS_32:
	case OFFSETS_64:
		get_z(r, a->rm, p->z);
		break;
	default:
		break;
	}
	p->base = emulate_get_base(r, a->rn);
	if (a->mode == INDEXED)
		p->base += emulate_get_x(r, a->rm) << a->shift;
	else if (a->mode == IMMEDIATE)
		p->base += a->imm;
	else if (a->mode == TIMES_LENGTH)
		p->base += a->imm * a->nr * elements * a->memory;
}

/* Of element @n of register @i. */
static u64 address(struct emulation *r, const struct sve_access *a,
		   const struct place *p, unsigned int n, unsigned int i)
{
	u64 offset = get_element(p->z, n, a->bytes);

	switch (a->mode) {
	case VECTOR_IMMEDIATE:
	case VECTOR_SCALAR:
		return p->base + HOOK(r, offset, offset);
	case OFFSETS_32:
		offset = a->signed_offsets ? (u64)(s64)(s32)offset : (u32)offset;
		return p->base + (HOOK(r, offset, offset) << a->shift);
	case OFFSETS_64:
		return p->base + (HOOK(r, offset, offset) << a->shift);
	default:
		return p->base + (n * a->nr + i) * a->memory;
	}
}

static u64 extended(struct emulation *r, const struct sve_access *a, u64 value)
{
	bool negative = sign_extended(value, a->memory) < 0;

	if (!a->sign || !negative || !HOOK(r, sign, true))
		return value;
	return low_bytes(sign_extended(value, a->memory), a->bytes);
}

/* An element of each register, in memory one after the other. */
static void do_element(struct emulation *r, const struct sve_access *a,
		       const struct place *p, u64 z[][Z_WORDS], unsigned int n)
{
	unsigned int i;

	for (i = 0; i < a->nr; i++) {
		u64 va = HOOK(r, address, address(r, a, p, n, i));
		u64 value[2] = { get_element(z[i], n, a->bytes), 0 };

		if (a->store) {
			emulate_store(r, va, a->memory, value);
			continue;
		}
		emulate_load(r, va, a->memory, value);
		set_element(z[i], n, a->bytes, extended(r, a, value[0]));
	}
}

/* Which elements are active: the first one, @elements if there is none. */
static unsigned int get_active(struct emulation *r, const struct sve_access *a,
			       unsigned int elements, bool *active)
{
	unsigned int first = elements, n;
	u64 p[P_WORDS] = {};

	emulate_get(r, NISV_EMULATE_P, a->pg, p);
	for (n = elements; n-- && !r->err;) {
		unsigned int flag = n * a->bytes;

		active[n] = HOOK(r, active, p[flag / 64] >> (flag % 64) & 1);
		if (active[n])
			first = n;
	}
	return first;
}

/* One element, or a block of them, which then is in the others as well. */
static void do_again(struct emulation *r, const struct sve_access *a,
		     u64 *z, const bool *active, unsigned int length)
{
	u64 value = get_element(z, 0, a->bytes);
	unsigned int n;

	for (n = 0; n < length / a->bytes && a->what == BROADCAST; n++)
		set_element(z, n, a->bytes,
			    active[n] ? HOOK(r, again, value) : 0);
	for (n = a->block; a->what == BLOCK && n + a->block <= length;
	     n += a->block) {
		copy_words(z + n / 8, z, a->block);
		z[n / 8] = HOOK(r, again, z[n / 8]);
	}
}

static void do_elements(struct emulation *r, const struct sve_access *a,
			unsigned int length)
{
	unsigned int elements = (a->what == BLOCK ? a->block : length) / a->bytes;
	u64 z[MAX_REGS][Z_WORDS] = {}, old[Z_WORDS];
	bool active[256] = {}, once[256] = { true };
	struct place place = {};
	unsigned int i, n, first;
	const bool *done = active;

	get_place(r, a, length, &place);
	first = get_active(r, a, elements, active);
	if (a->what == BROADCAST && first < elements) {
		done = once;	/* element 0, whichever is active */
		first = 0;
	}
	for (i = 0; i < a->nr && a->store; i++)
		get_z(r, a->rt + i, z[i]);
	/* nothing may fail for want of a translation half-way */
	for (n = 0; n < elements; n++)
		for (i = 0; i < a->nr && done[n]; i++)
			emulate_probe(r, address(r, a, &place, n, i), a->memory,
				      r->use);
	if (first < elements)
		r->e->va = address(r, a, &place, first, 0);
	for (n = 0; n < elements && !r->err; n++) {
		if (done[n])
			do_element(r, a, &place, z, n);
		else if (!a->store)
			set_element(z[0], n, a->bytes, HOOK(r, inactive, 0));
	}
	if (a->what != ELEMENTS)
		do_again(r, a, z[0], active, length);
	for (i = 0; i < a->nr && !a->store; i++) {
		unsigned int rt = i ? HOOK(r, rt2, a->rt + i) :
				      HOOK(r, rt, a->rt);

		get_z(r, rt, old);
		copy_words(old, z[i], length);
		set_z(r, rt, old, length);
	}
}

bool emulate_sve(struct emulation *r)
{
	struct sve_access a;
	unsigned int length;

	if (!decode(r->e->insn, &a))
		return false;
	length = vector_length(r);
	if (r->err)
		return true;
	if (a.block > length)	/* UNDEFINED */
		return false;
	r->use = a.store ? EMULATE_WRITE : EMULATE_READ;
	if (a.what == WHOLE_Z || a.what == WHOLE_P)
		do_whole(r, &a, length);
	else
		do_elements(r, &a, length);
	return true;
}
