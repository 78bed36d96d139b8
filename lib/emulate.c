// SPDX-License-Identifier: GPL-2.0-only
/*
 * An emulator of A64 loads and stores: see include/nisv_emulate.h. It knows
 * neither KVM nor the tables of forms.
 *
 * First an instruction is taken apart into a struct access, by one function for
 * each group of encodings of DDI0487 C4.1.94 "Loads and Stores", whose name
 * stands above it; the rules that make an encoding CONSTRAINED UNPREDICTABLE are
 * those of the instructions' pages in C6.2 and C7.2. Then the access is made, by
 * the pseudocode there, and at last registers are written.
 *
 * SVE is in lib/emulate_sve.c, memory copy and set in lib/emulate_mops.c.
 *
 * Not known, hence -EOPNOTSUPP: prefetches, tags (DC GVA and GZVA too), SME, 64-byte
 * accesses, 128-bit atomics, FEAT_LRCPC3, FEAT_LSUI, FEAT_THE, FEAT_LSFE, stores to
 * a guarded control stack, AArch32. And LDRAA and LDRAB, which never will be: the
 * address is what authentication makes of the base register, by an algorithm that
 * may be the CPU's own (DDI0487 D8.10); user space can read the keys but not run it
 * for the guest.
 */
#include <errno.h>
#include <string.h>
#include <linux/bits.h>
#include <linux/kernel.h>

#include "nisv_emulation.h"

#define SP		EMULATE_SP
#define ZR		EMULATE_ZR
#define PAGE		EMULATE_PAGE

#define PSTATE_AARCH32	BIT_ULL(4)
#define PSTATE_EL	0xcull
#define PSTATE_SPSEL	0x1ull
#define PSTATE_BTYPE	0xc00ull
#define PSTATE_SS	BIT_ULL(21)
#define PSTATE_PAN	BIT_ULL(22)
#define PSTATE_UAO	BIT_ULL(23)

#define SCTLR_M		BIT_ULL(0)
#define SCTLR_E0E	BIT_ULL(24)
#define SCTLR_EE	BIT_ULL(25)
#define SCTLR_EPAN	BIT_ULL(57)

#define DCZID_DZP	BIT_ULL(4)
#define DCZID_BS	0xfull

#define SVCR_SM		BIT_ULL(0)

enum kind {
	LOAD,
	STORE,
	STORE_EXCLUSIVE,
	ATOMIC,
	COMPARE,
	LOAD_STRUCT,
	STORE_STRUCT,
	ZERO_BLOCK,
};

enum mode {
	OFFSET,
	PRE,
	POST,
	POST_REG,		/* post-index by Xm */
	INDEX,			/* [Xn, Xm or Wm] */
	LITERAL,
};

enum atomic {			/* o3:opc of the encoding */
	ADD,
	CLR,
	EOR,
	SET,
	SMAX,
	SMIN,
	UMAX,
	UMIN,
	SWP,
};

/* What an instruction does, without any register's value. */
struct access {
	enum kind kind;
	enum mode mode;
	unsigned int rn;
	s64 imm;
	unsigned int rm;
	unsigned int option;	/* of INDEX: how Xm is extended, */
	unsigned int shift;	/* and shifted */
	/* registers of @bytes each, one after the other in memory: */
	unsigned int nr;
	unsigned int bytes;
	unsigned int rt[2];
	unsigned int rs;	/* status, operand, or what is compared with */
	bool simd;
	bool unprivileged;	/* as at EL0 */
	bool sign;		/* sign-extends, */
	bool wide;		/* to 64 bits; else the upper half becomes 0 */
	enum atomic op;
	/* structures, elements of @bytes each: */
	bool q;
	bool single;		/* one lane, */
	bool replicate;		/* or all lanes alike */
	unsigned int lane;
	unsigned int repeat;
	unsigned int selem;
};

/* ---- encodings ---- */

/* What every group has in common. */
static void start(u32 insn, struct access *a, enum kind k, unsigned int bytes)
{
	a->kind = k;
	a->bytes = bytes;
	a->nr = 1;
	a->rt[0] = bits(insn, 4, 0);
	a->rn = bits(insn, 9, 5);
	a->wide = bytes == 8;
}

/* Writeback to a base register that is a source or destination as well. */
static bool base_clashes(const struct access *a)
{
	unsigned int i;

	for (i = 0; i < a->nr; i++)
		if (a->mode != OFFSET && !a->simd && a->rn != SP &&
		    a->rt[i] == a->rn)
			return true;
	return false;
}

/* Fields that should be all ones. */
static bool rs_is_one(u32 insn)
{
	return bits(insn, 20, 16) == 31;
}

static bool rt2_is_one(u32 insn)
{
	return bits(insn, 14, 10) == 31;
}

/* "Load/store exclusive register", "Load/store exclusive pair" */
static bool exclusive(u32 insn, struct access *a)
{
	bool load = bit(insn, 22);
	bool pair = bit(insn, 21);
	unsigned int i;

	if (pair) {
		start(insn, a, LOAD, bit(insn, 30) ? 8 : 4);
		a->nr = 2;
		a->rt[1] = bits(insn, 14, 10);
	} else {
		start(insn, a, LOAD, 1 << bits(insn, 31, 30));
		if (!rt2_is_one(insn))
			return false;
	}
	if (load)
		return rs_is_one(insn) && (!pair || a->rt[0] != a->rt[1]);
	a->kind = STORE_EXCLUSIVE;
	a->rs = bits(insn, 20, 16);
	for (i = 0; i < a->nr; i++)
		if (a->rs == a->rt[i])
			return false;
	return a->rs != a->rn || a->rn == SP;
}

/* "Compare and swap pair" */
static bool compare_pair(u32 insn, struct access *a)
{
	start(insn, a, COMPARE, bit(insn, 30) ? 8 : 4);
	a->nr = 2;
	a->rt[1] = a->rt[0] + 1;
	a->rs = bits(insn, 20, 16);
	return rt2_is_one(insn) && !(a->rs & 1) && !(a->rt[0] & 1);
}

/* "Compare and swap" */
static bool compare(u32 insn, struct access *a)
{
	start(insn, a, COMPARE, 1 << bits(insn, 31, 30));
	a->rs = bits(insn, 20, 16);
	return rt2_is_one(insn);
}

/* "Load/store ordered" */
static bool ordered(u32 insn, struct access *a)
{
	start(insn, a, bit(insn, 22) ? LOAD : STORE, 1 << bits(insn, 31, 30));
	return rs_is_one(insn) && rt2_is_one(insn);
}

static bool exclusive_and_ordered(u32 insn, struct access *a)
{
	if (bit(insn, 23))
		return bit(insn, 21) ? compare(insn, a) : ordered(insn, a);
	if (bit(insn, 21) && !bit(insn, 31))
		return compare_pair(insn, a);
	return exclusive(insn, a);
}

/* What size and opc of a general-purpose register's load or store mean. */
static bool size_and_opc(u32 insn, struct access *a)
{
	unsigned int size = bits(insn, 31, 30);
	unsigned int opc = bits(insn, 23, 22);

	start(insn, a, opc ? LOAD : STORE, 1 << size);
	switch (opc) {
	case 2:			/* sign-extends to 64 bits; PRFM */
		a->sign = true;
		a->wide = true;
		return size != 3;
	case 3:			/* to 32 bits */
		a->sign = true;
		a->wide = false;
		return size < 2;
	default:
		return true;
	}
}

/* The same for a SIMD&FP register. */
static bool simd_size_and_opc(u32 insn, struct access *a)
{
	unsigned int size = bits(insn, 31, 30);

	start(insn, a, bit(insn, 22) ? LOAD : STORE, 1 << size);
	a->simd = true;
	if (!bit(insn, 23))
		return true;
	a->bytes = 16;
	return size == 0;
}

static bool one_register(u32 insn, struct access *a)
{
	return bit(insn, 26) ? simd_size_and_opc(insn, a) :
			       size_and_opc(insn, a);
}

/* "LDAPR/STLR (unscaled immediate)" */
static bool ordered_unscaled(u32 insn, struct access *a)
{
	a->imm = sbits(insn, 20, 12);
	return size_and_opc(insn, a);
}

/* "Load register (literal)" */
static bool literal(u32 insn, struct access *a)
{
	unsigned int opc = bits(insn, 31, 30);

	start(insn, a, LOAD, opc == 1 ? 8 : 4);
	a->mode = LITERAL;
	a->imm = sbits(insn, 23, 5) * 4;
	if (bit(insn, 26)) {
		a->simd = true;
		a->bytes = 4 << opc;
	} else if (opc == 2) {
		a->sign = true;
		a->wide = true;
	}
	return opc != 3;	/* PRFM */
}

/*
 * "Load/store no-allocate pair (offset)", "Load/store register pair
 * (post-indexed)", "(offset)", "(pre-indexed)"
 */
static bool pair(u32 insn, struct access *a)
{
	static const enum mode modes[] = { OFFSET, POST, OFFSET, PRE };
	unsigned int opc = bits(insn, 31, 30);
	unsigned int mode = bits(insn, 24, 23);
	bool load = bit(insn, 22);

	start(insn, a, load ? LOAD : STORE, opc == 2 ? 8 : 4);
	a->simd = bit(insn, 26);
	a->mode = modes[mode];
	a->nr = 2;
	a->rt[1] = bits(insn, 14, 10);
	if (a->simd) {
		a->bytes = 4 << opc;
	} else if (opc == 1) {	/* LDPSW; no such store, nor no-allocate */
		a->sign = true;
		a->wide = true;
		if (!load || mode == 0)
			return false;
	}
	a->imm = sbits(insn, 21, 15) * a->bytes;
	if (load && a->rt[0] == a->rt[1])
		return false;
	return opc != 3 && !base_clashes(a);
}

/* "Load/store register (unsigned immediate)" */
static bool unsigned_immediate(u32 insn, struct access *a)
{
	if (!one_register(insn, a))
		return false;
	a->imm = (s64)bits(insn, 21, 10) * a->bytes;
	return true;
}

/*
 * "Load/store register (unscaled immediate)", "(immediate post-indexed)",
 * "(unprivileged)", "(immediate pre-indexed)"
 */
static bool immediate(u32 insn, struct access *a)
{
	static const enum mode modes[] = { OFFSET, POST, OFFSET, PRE };

	a->mode = modes[bits(insn, 11, 10)];
	a->imm = sbits(insn, 20, 12);
	a->unprivileged = bits(insn, 11, 10) == 2;
	if (a->unprivileged && bit(insn, 26))
		return false;
	return one_register(insn, a) && !base_clashes(a);
}

/* "Load/store register (register offset)" */
static bool register_offset(u32 insn, struct access *a)
{
	if (!one_register(insn, a))
		return false;
	a->mode = INDEX;
	a->rm = bits(insn, 20, 16);
	a->option = bits(insn, 15, 13);
	a->shift = bit(insn, 12) ? __builtin_ctz(a->bytes) : 0;
	return a->option & 2;
}

/* "Atomic memory operations" */
static bool atomic(u32 insn, struct access *a)
{
	unsigned int op = bits(insn, 15, 12);

	start(insn, a, ATOMIC, 1 << bits(insn, 31, 30));
	if (op == 0xc) {	/* LDAPR */
		a->kind = LOAD;
		return bits(insn, 23, 22) == 2 && rs_is_one(insn);
	}
	a->rs = bits(insn, 20, 16);
	a->op = op;
	return op <= SWP;
}

static bool structure(u32 insn, struct access *a, unsigned int bytes)
{
	start(insn, a, bit(insn, 22) ? LOAD_STRUCT : STORE_STRUCT, bytes);
	a->simd = true;
	a->q = bit(insn, 30);
	a->rm = bits(insn, 20, 16);
	if (bit(insn, 23))
		a->mode = POST_REG;
	return true;
}

/* "Advanced SIMD load/store multiple structures", and "(post-indexed)" */
static bool multiple(u32 insn, struct access *a)
{
	static const struct {
		u8 repeat, selem;
	} opcodes[16] = {
		[0] = { 1, 4 },
		[2] = { 4, 1 },
		[4] = { 1, 3 },
		[6] = { 3, 1 },
		[7] = { 1, 1 },
		[8] = { 1, 2 },
		[10] = { 2, 1 },
	};
	unsigned int opcode = bits(insn, 15, 12);

	structure(insn, a, 1 << bits(insn, 11, 10));
	a->repeat = opcodes[opcode].repeat;
	a->selem = opcodes[opcode].selem;
	return a->repeat && (a->bytes < 8 || a->q || a->selem == 1);
}

/* "Advanced SIMD load/store single structure", and "(post-indexed)" */
static bool single(u32 insn, struct access *a)
{
	unsigned int size = bits(insn, 11, 10);
	unsigned int lane = bit(insn, 30) << 3 | bit(insn, 12) << 2 | size;

	a->single = true;
	a->repeat = 1;
	a->selem = 1 + (bit(insn, 13) << 1) + bit(insn, 21);
	switch (bits(insn, 15, 14)) {
	case 0:
		a->lane = lane;
		return structure(insn, a, 1);
	case 1:
		a->lane = lane >> 1;
		return structure(insn, a, 2) && !(size & 1);
	case 2:
		if (size == 1) {
			a->lane = lane >> 3;
			return structure(insn, a, 8) && !bit(insn, 12);
		}
		a->lane = lane >> 2;
		return structure(insn, a, 4) && !size;
	default:
		a->replicate = true;
		return structure(insn, a, 1 << size) && bit(insn, 22) &&
		       !bit(insn, 12);
	}
}

/* "System instructions" (C4.1.93.12): SYS of DC ZVA, whose Xt is no SP */
static bool zero_block(u32 insn, struct access *a)
{
	start(insn, a, ZERO_BLOCK, 0);
	return true;
}

static const struct {
	u32 mask, value;
	bool (*decode)(u32 insn, struct access *a);
} groups[] = {
	{ 0x3f000000, 0x08000000, exclusive_and_ordered },
	{ 0xbfbf0000, 0x0c000000, multiple },
	{ 0xbfa00000, 0x0c800000, multiple },
	{ 0xbf9f0000, 0x0d000000, single },
	{ 0xbf800000, 0x0d800000, single },
	{ 0x3f200c00, 0x19000000, ordered_unscaled },
	{ 0x3b000000, 0x18000000, literal },
	{ 0x3a000000, 0x28000000, pair },
	{ 0x3b200000, 0x38000000, immediate },
	{ 0x3f200c00, 0x38200000, atomic },
	{ 0x3b200c00, 0x38200800, register_offset },
	{ 0x3b000000, 0x39000000, unsigned_immediate },
	{ 0xffffffe0, 0xd50b7420, zero_block },
};

static bool decode(u32 insn, struct access *a)
{
	unsigned int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if ((insn & groups[i].mask) == groups[i].value)
			return groups[i].decode(insn, a);
	return false;
}

/* ---- what the VMM lends ---- */

void emulate_get(struct emulation *r, enum nisv_emulate_reg reg,
		 unsigned int n, u64 *value)
{
	value[0] = 0;
	value[1] = 0;
	if (!r->err)
		r->err = r->e->ops->get(r->e->vmm, reg, n, value);
}

u64 emulate_get_one(struct emulation *r, enum nisv_emulate_reg reg,
		    unsigned int n)
{
	u64 value[2];

	emulate_get(r, reg, n, value);
	return value[0];
}

void emulate_set(struct emulation *r, enum nisv_emulate_reg reg,
		 unsigned int n, const u64 *value)
{
	if (!r->err)
		r->err = r->e->ops->set(r->e->vmm, reg, n, value);
}

u64 emulate_get_x(struct emulation *r, unsigned int n)
{
	return n == ZR ? 0 : emulate_get_one(r, NISV_EMULATE_X, n);
}

static void set_x(struct emulation *r, unsigned int n, u64 value, bool wide)
{
	if (n == ZR)
		return;
	n = HOOK(r, rt, n);
	if (!wide)
		value = (u32)value | HOOK(r, upper, 0);
	if (n != ZR)
		emulate_set(r, NISV_EMULATE_X, n, &value);
}

static void set_v(struct emulation *r, unsigned int n, u64 *value)
{
	value[0] = HOOK(r, v_low, value[0]);
	value[1] = HOOK(r, v_high, value[1]);
	emulate_set(r, NISV_EMULATE_V, n, value);
}

void emulate_vectors(struct emulation *r)
{
	if ((emulate_get_one(r, NISV_EMULATE_SVCR, 0) & SVCR_SM) && !r->err)
		r->err = -EOPNOTSUPP;
}

/* The stack pointer that PSTATE selects (DDI0487 D1.2.2) */
static enum nisv_emulate_reg sp_reg(const struct emulation *r)
{
	return (r->pstate & PSTATE_EL) && (r->pstate & PSTATE_SPSEL) ?
	       NISV_EMULATE_SP_ELX : NISV_EMULATE_SP_EL0;
}

u64 emulate_get_base(struct emulation *r, unsigned int n)
{
	return n == SP ? emulate_get_one(r, sp_reg(r), 0) : emulate_get_x(r, n);
}

/* ---- stage 1: DDI0487 D8.2, D8.3, D8.4 ---- */

#define TCR_HA		BIT_ULL(39)	/* the CPU sets the access flag, */
#define TCR_HD		BIT_ULL(40)	/* and makes pages writable */
#define TCR_HPD(upper)	BIT_ULL(41 + (upper))
#define TCR_E0PD(upper)	BIT_ULL(55 + (upper))
#define TCR_DS		BIT_ULL(59)
#define TCR_IPS(tcr)	(((tcr) >> 32) & 7)
#define IPS_52_BITS	6

#define DESC_VALID	BIT_ULL(0)
#define DESC_TABLE	BIT_ULL(1)	/* the last level's pages have it too */
#define DESC_EL0	BIT_ULL(6)	/* AP[1] */
#define DESC_READ_ONLY	BIT_ULL(7)	/* AP[2] */
#define DESC_AF		BIT_ULL(10)
#define DESC_DBM	BIT_ULL(51)
#define DESC_UXN	BIT_ULL(54)
#define TABLE_UXN	BIT_ULL(60)
#define TABLE_NO_EL0	BIT_ULL(61)	/* APTable[0] */
#define TABLE_READ_ONLY	BIT_ULL(62)	/* APTable[1] */

/* Permissions are elsewhere then, or descriptors have 128 bits. */
#define TCR2_PIE	BIT_ULL(1)
#define TCR2_E0POE	BIT_ULL(2)
#define TCR2_POE	BIT_ULL(3)
#define TCR2_D128	BIT_ULL(5)
#define TCR2_REFUSED	(TCR2_PIE | TCR2_E0POE | TCR2_POE | TCR2_D128)

/* What TCR says of the half of the address space that an address is in. */
struct half {
	enum nisv_emulate_reg ttbr;
	unsigned int size;		/* bits that are translated */
	unsigned int shift;		/* log2 of the granule */
	bool disabled;
	bool tagged;			/* the top byte is ignored */
	bool flat;			/* tables give no permissions */
	bool high;			/* addresses have 52 bits */
	bool ds;			/* as FEAT_LPA2 has them */
};

static bool half_of(u64 tcr, bool upper, bool fetch, struct half *h)
{
	static const unsigned int granules[2][4] = {
		{ 12, 16, 14, 0 },
		{ 0, 14, 12, 16 },
	};
	u64 half = upper ? tcr >> 16 : tcr;

	h->ttbr = upper ? NISV_EMULATE_TTBR1 : NISV_EMULATE_TTBR0;
	h->size = 64 - (half & 0x3f);
	h->disabled = half & BIT_ULL(7);
	h->shift = granules[upper][(half >> 14) & 3];
	h->flat = tcr & TCR_HPD(upper);
	h->tagged = (tcr >> (37 + upper)) & 1;
	if (fetch && ((tcr >> (51 + upper)) & 1))
		h->tagged = false;
	h->ds = (tcr & TCR_DS) && h->shift != 16;
	h->high = h->ds || (h->shift == 16 && TCR_IPS(tcr) == IPS_52_BITS);
	return h->shift;
}

/* The address that a descriptor, or TTBR, has from bit @low on. */
static u64 output(const struct half *h, u64 desc, unsigned int low)
{
	u64 address = desc & GENMASK_ULL(h->ds ? 49 : 47, low);

	if (h->ds)
		return address | ((desc >> 8) & 3) << 50;
	if (h->high)
		return address | ((desc >> 12) & 0xf) << 48;
	return address;
}

/*
 * Blocks of 4 TiB, of pages of 64K, are for CPUs with addresses of 52 bits: this
 * one has come to the first page.
 */
static bool may_be_block(const struct half *h, int level)
{
	if (h->shift == 14)
		return level >= (h->ds ? 1 : 2);
	return level >= (h->ds ? 0 : 1);
}

/* The tables have a say in a page's permissions as well. */
static void add_table(const struct half *h, struct emulate_page *page, u64 desc)
{
	if (h->flat)
		return;
	page->no_el0 |= desc & TABLE_NO_EL0;
	page->read_only |= desc & TABLE_READ_ONLY;
	page->el0_executes &= !(desc & TABLE_UXN);
}

static void add_leaf(struct emulate_page *page, u64 tcr, u64 desc)
{
	bool updates = tcr & TCR_HA;

	page->no_el0 |= !(desc & DESC_EL0);
	page->el0_executes &= !(desc & DESC_UXN);
	page->unused = !(desc & DESC_AF);
	/* the CPU would change the descriptor */
	page->changes = updates && page->unused;
	if (updates && (tcr & TCR_HD) && (desc & DESC_DBM))
		page->clean = desc & DESC_READ_ONLY;
	else
		page->read_only |= desc & DESC_READ_ONLY;
}

static int walk(struct nisv_emulate *e, const struct half *h, u64 va, bool big,
		u64 tcr, struct emulate_page *page)
{
	unsigned int stride = h->shift - 3;
	int level = 4 - (int)((h->size - h->shift + stride - 1) / stride);
	unsigned int low = h->shift + stride * (3 - level);
	unsigned int entries = h->size - low;	/* log2 */
	u64 table, desc;
	int err = e->ops->get(e->vmm, h->ttbr, 0, &table);

	if (err)
		return err;
	/* a first table of few entries may begin inside of a page */
	if (h->high)
		table = (table & GENMASK_ULL(47, entries + 3 < 6 ? 6 : entries + 3)) |
			((table >> 2) & 0xf) << 48;
	else
		table &= GENMASK_ULL(47, entries + 3);
	for (;; level++) {
		u64 index = (va >> low) & (BIT_ULL(entries) - 1);

		err = e->ops->memory(e->vmm, table + 8 * index, &desc,
				     sizeof(desc));
		if (err)
			return err;
		if (big)
			desc = __builtin_bswap64(desc);
		if (!(desc & DESC_VALID))
			return -EFAULT;
		if (level == 3 || !(desc & DESC_TABLE))
			break;
		add_table(h, page, desc);
		table = output(h, desc, h->shift);
		entries = stride;
		low -= stride;
	}
	if (level == 3 ? !(desc & DESC_TABLE) : !may_be_block(h, level))
		return -EFAULT;
	add_leaf(page, tcr, desc);
	page->ipa = output(h, desc, low) | (va & (BIT_ULL(low) - 1));
	return 0;
}

/* Where stage 1 leads, and all that it says of who may go there. */
static int look_up(struct nisv_emulate *e, u64 va, bool fetch,
		   struct emulate_page *page)
{
	bool upper = va & BIT_ULL(55);
	u64 tcr, tcr2, sctlr, rest;
	struct half h;
	int err;

	memset(page, 0, sizeof(*page));
	err = e->ops->get(e->vmm, NISV_EMULATE_SCTLR, 0, &sctlr) ?:
	      e->ops->get(e->vmm, NISV_EMULATE_TCR, 0, &tcr) ?:
	      e->ops->get(e->vmm, NISV_EMULATE_TCR2, 0, &tcr2);
	if (err)
		return err;
	if (!half_of(tcr, upper, fetch, &h) && (sctlr & SCTLR_M))
		return -EOPNOTSUPP;
	if (h.tagged)
		va = (va & GENMASK_ULL(55, 0)) | (upper ? GENMASK_ULL(63, 56) : 0);
	if (!(sctlr & SCTLR_M)) {
		page->ipa = va;
		return 0;
	}
	/* TxSZ beyond its limits (D8.2.1) */
	if (h.size > (h.ds || h.shift == 16 ? 52 : 48) ||
	    h.size < (h.shift == 16 ? 17 : 16) || (tcr2 & TCR2_REFUSED))
		return -EOPNOTSUPP;
	rest = va & ~(BIT_ULL(h.size) - 1);
	if (h.disabled || rest != (upper ? ~(BIT_ULL(h.size) - 1) : 0))
		return -EFAULT;
	page->checked = true;
	page->el0_not_here = tcr & TCR_E0PD(upper);
	page->el0_executes = true;
	page->epan = sctlr & SCTLR_EPAN;
	return walk(e, &h, va, sctlr & SCTLR_EE, tcr, page);
}

int nisv_emulate_translate(struct nisv_emulate *e, u64 va, bool fetch, u64 *ipa)
{
	struct emulate_page page;
	int err = look_up(e, va, fetch, &page);

	if (!err)
		*ipa = page.ipa;
	return err;
}

/*
 * What the CPU would have said of that use of a page that it has not come to
 * (DDI0487 D8.4.1, "Data accesses"; D8.5.1 and D8.5.2 for the flags).
 */
static int permit(const struct emulation *r, const struct emulate_page *page,
		  unsigned int use)
{
	bool el0 = !(r->pstate & PSTATE_EL) ||
		   ((use & EMULATE_UNPRIVILEGED) && !(r->pstate & PSTATE_UAO));

	if (!page->checked)
		return 0;
	if (el0 && page->el0_not_here)
		return -EFAULT;
	if (page->changes)
		return -EOPNOTSUPP;
	if (page->unused || (el0 && page->no_el0))
		return -EFAULT;
	if (!el0 && (r->pstate & PSTATE_PAN) &&
	    (!page->no_el0 || (page->epan && page->el0_executes)))
		return -EFAULT;
	if (!(use & EMULATE_WRITE))
		return 0;
	if (page->read_only)
		return -EFAULT;
	return page->clean ? -EOPNOTSUPP : 0;
}

/* ---- memory ---- */

static u64 translate(struct emulation *r, u64 va, unsigned int use)
{
	u64 start = va & -PAGE;
	bool same = r->translated && r->va_page == start;

	if (r->err || (same && r->permitted == use))
		return r->page.ipa + va - start;
	if (!same)
		r->err = look_up(r->e, start, false, &r->page);
	r->translated = !r->err;
	r->va_page = start;
	if (!r->err)
		r->err = permit(r, &r->page, use);
	r->permitted = r->err ? 0 : use;
	return r->page.ipa + va - start;
}

/* How many of @bytes from @va on are in its page. */
static unsigned int in_page(u64 va, unsigned int bytes)
{
	u64 left = PAGE - (va & (PAGE - 1));

	return left < bytes ? left : bytes;
}

/* Sees to it that nothing fails for want of a translation half-way. */
void emulate_probe(struct emulation *r, u64 va, unsigned int bytes,
		   unsigned int use)
{
	if (in_page(va, bytes) < bytes)
		translate(r, va + bytes - 1, use);
	translate(r, va, use);
}

/* The place of byte @i in memory, of a value of @bytes. */
static unsigned int place(const struct emulation *r, unsigned int i,
			  unsigned int bytes)
{
	return r->big ? bytes - 1 - i : i;
}

static void swap_order(struct emulation *r, unsigned int bytes, bool *big)
{
	*big = r->big;
	if (bytes > 1)
		r->big = HOOK(r, order, r->big);
}

void emulate_load(struct emulation *r, u64 va, unsigned int bytes, u64 *value)
{
	u8 data[16];
	unsigned int i, n;
	bool big;

	for (i = 0; i < bytes && !r->err; i += n) {
		u64 ipa = translate(r, va + i, r->use & ~EMULATE_WRITE);

		if (i)
			ipa = HOOK(r, page, ipa);
		n = in_page(va + i, bytes - i);
		if (!r->err)
			r->err = r->e->ops->read(r->e->vmm, ipa, data + i, n);
	}
	value[0] = 0;
	value[1] = 0;
	if (r->err)
		return;
	swap_order(r, bytes, &big);
	for (i = 0; i < bytes; i++)
		value[i / 8] |= (u64)data[place(r, i, bytes)] << (i % 8 * 8);
	r->big = big;
	value[0] = HOOK(r, loaded, value[0]);
}

void emulate_store(struct emulation *r, u64 va, unsigned int bytes,
		   const u64 *value)
{
	u64 first = HOOK(r, stored, value[0]);
	u8 data[18] = {};	/* two more, for a wrong size */
	unsigned int i, n;
	bool big;

	swap_order(r, bytes, &big);
	for (i = 0; i < bytes; i++)
		data[place(r, i, bytes)] = (i < 8 ? first : value[1]) >>
					   (i % 8 * 8);
	r->big = big;
	bytes = HOOK(r, size, bytes);
	for (i = 0; i < bytes && !r->err; i += n) {
		u64 ipa = translate(r, va + i, r->use & ~EMULATE_READ);

		if (i)
			ipa = HOOK(r, page, ipa);
		n = in_page(va + i, bytes - i);
		if (!r->err)
			r->err = r->e->ops->write(r->e->vmm, ipa, data + i, n);
	}
}

/* ---- the accesses: each is made, then its registers are written ---- */

static u64 extended(struct emulation *r, u64 value)
{
	bool negative = sign_extended(value, r->a->bytes) < 0;

	if (!r->a->sign || !negative || !HOOK(r, sign, true))
		return value;
	return sign_extended(value, r->a->bytes);
}

static void do_load(struct emulation *r, u64 va)
{
	const struct access *a = r->a;
	u64 value[2][2];
	unsigned int i;

	for (i = 0; i < a->nr; i++)
		emulate_load(r, va + i * a->bytes, a->bytes, value[i]);
	for (i = 0; i < a->nr && !r->err; i++) {
		unsigned int rt = i ? HOOK(r, rt2, a->rt[i]) : a->rt[i];

		if (a->simd)
			set_v(r, rt, value[i]);
		else
			set_x(r, rt, extended(r, value[i][0]), a->wide);
	}
}

static void get_stored(struct emulation *r, u64 value[2][2])
{
	const struct access *a = r->a;
	unsigned int i;

	for (i = 0; i < a->nr; i++) {
		value[i][1] = 0;
		if (a->simd)
			emulate_get(r, NISV_EMULATE_V, a->rt[i], value[i]);
		else
			value[i][0] = emulate_get_x(r, a->rt[i]);
	}
}

static void do_store(struct emulation *r, u64 va)
{
	const struct access *a = r->a;
	u64 value[2][2];
	unsigned int i;

	get_stored(r, value);
	for (i = 0; i < a->nr && !r->err; i++)
		emulate_store(r, va + i * a->bytes, a->bytes, value[i]);
}

static void do_store_exclusive(struct emulation *r, u64 va)
{
	bool monitor = r->e->monitor;

	if (monitor)
		do_store(r, va);
	if (!r->err)
		set_x(r, r->a->rs, HOOK(r, status, !monitor), false);
}

static u64 operate(enum atomic op, u64 old, u64 x, unsigned int bytes)
{
	bool less = sign_extended(old, bytes) < sign_extended(x, bytes);

	switch (op) {
	case ADD:
		return old + x;
	case CLR:
		return old & ~x;
	case EOR:
		return old ^ x;
	case SET:
		return old | x;
	case SMAX:
		return less ? x : old;
	case SMIN:
		return less ? old : x;
	case UMAX:
		return old < x ? x : old;
	case UMIN:
		return old < x ? old : x;
	default:
		return x;
	}
}

static void do_atomic(struct emulation *r, u64 va)
{
	const struct access *a = r->a;
	u64 x = low_bytes(emulate_get_x(r, a->rs), a->bytes);
	u64 old[2], new[2];

	emulate_load(r, va, a->bytes, old);
	if (r->err)
		return;
	new[0] = HOOK(r, new, operate(a->op, old[0], x, a->bytes));
	new[1] = 0;
	emulate_store(r, va, a->bytes, new);
	if (!r->err && a->rt[0] != ZR)
		set_x(r, a->rt[0], HOOK(r, old, old[0]), a->wide);
}

static void do_compare(struct emulation *r, u64 va)
{
	const struct access *a = r->a;
	u64 new[2][2], old[2][2];
	bool equal = true;
	unsigned int i;

	get_stored(r, new);
	for (i = 0; i < a->nr; i++) {
		u64 x = low_bytes(emulate_get_x(r, a->rs + i), a->bytes);

		emulate_load(r, va + i * a->bytes, a->bytes, old[i]);
		equal = equal && old[i][0] == x;
	}
	if (r->err)
		return;
	equal = HOOK(r, compare, equal);
	for (i = 0; i < a->nr && equal; i++)
		emulate_store(r, va + i * a->bytes, a->bytes, new[i]);
	for (i = 0; i < a->nr && !r->err; i++)
		set_x(r, a->rs + i, HOOK(r, old, old[i][0]), a->wide);
}

/* Structures are in memory element by element, of each register in turn. */
static void do_struct(struct emulation *r, u64 va)
{
	const struct access *a = r->a;
	unsigned int nr = a->repeat * a->selem;
	unsigned int elements = (a->q ? 16 : 8) / a->bytes;
	unsigned int i, s, n, last, lane;
	bool to_register = a->kind == LOAD_STRUCT;
	u64 v[4][2] = {};

	lane = a->single && !a->replicate ? HOOK(r, lane, a->lane) : 0;
	last = a->single ? lane : elements - 1;
	/* a load of one lane leaves the others */
	for (i = 0; i < nr; i++)
		if (!to_register || (a->single && !a->replicate))
			emulate_get(r, NISV_EMULATE_V, (a->rt[0] + i) % 32, v[i]);
	for (i = 0; i < a->repeat; i++) {
		for (n = lane; n <= last; n++) {
			for (s = 0; s < a->selem && !r->err; s++) {
				u64 value[2] = {};

				if (to_register) {
					emulate_load(r, va, a->bytes, value);
					set_element(v[i + s], n, a->bytes,
						    value[0]);
				} else {
					value[0] = get_element(v[i + s], n,
							       a->bytes);
					emulate_store(r, va, a->bytes, value);
				}
				va += a->bytes;
			}
		}
	}
	for (i = 0; i < nr && to_register && !r->err; i++) {
		for (n = 1; a->replicate && n < elements; n++)
			set_element(v[i], n, a->bytes,
				    get_element(v[i], 0, a->bytes));
		set_v(r, (a->rt[0] + i) % 32, v[i]);
	}
}

static void do_zero(struct emulation *r, u64 va, unsigned int bytes)
{
	static const u8 zero[16];
	unsigned int i, n;

	bytes = HOOK(r, block, bytes);
	for (i = 0; i < bytes && !r->err; i += n) {
		u64 ipa = translate(r, va + i, r->use);

		n = bytes - i < sizeof(zero) ? bytes - i : sizeof(zero);
		if (!r->err)
			r->err = r->e->ops->write(r->e->vmm, ipa, zero, n);
	}
}

/* How many bytes the access is of, from its lowest address on. */
static unsigned int length(struct emulation *r)
{
	const struct access *a = r->a;
	u64 dczid;

	switch (a->kind) {
	case ZERO_BLOCK:
		dczid = emulate_get_one(r, NISV_EMULATE_DCZID, 0);
		if (!r->err && (dczid & DCZID_DZP))
			r->err = -EOPNOTSUPP;
		return 4 << (dczid & DCZID_BS);
	case LOAD_STRUCT:
	case STORE_STRUCT:
		return a->repeat * a->selem *
		       (a->single ? a->bytes : a->q ? 16 : 8);
	default:
		return a->nr * a->bytes;
	}
}

static u64 extended_index(const struct access *a, u64 x)
{
	switch (a->option) {
	case 2: /* UXTW */
		x = (u32)x;
		break;
	case 6: /* SXTW */
		x = (s64)(s32)x;
		break;
	}
	return x << a->shift;
}

/* The address, and what the base register becomes. */
static u64 address(struct emulation *r, unsigned int bytes, u64 *base)
{
	const struct access *a = r->a;
	u64 start;

	if (a->kind == ZERO_BLOCK) {
		*base = emulate_get_x(r, a->rt[0]);
		return *base;
	}
	if (a->mode == LITERAL)
		return r->pc + a->imm;
	*base = emulate_get_base(r, a->rn);
	switch (a->mode) {
	case PRE:
		*base += a->imm;
		return *base;
	case POST:
		*base += a->imm;
		return *base - a->imm;
	case POST_REG:
		start = *base;
		/* Rm = 31 stands for the length */
		*base += a->rm == ZR ? bytes : emulate_get_x(r, a->rm);
		return start;
	case INDEX:
		return *base + extended_index(a, emulate_get_x(r, a->rm));
	default:
		return *base + a->imm;
	}
}

/* An atomic, a comparison too, reads and writes: C6.2, MemAtomic(). */
static unsigned int use(const struct access *a)
{
	unsigned int use = a->unprivileged ? EMULATE_UNPRIVILEGED : 0;

	switch (a->kind) {
	case LOAD:
	case LOAD_STRUCT:
		return use | EMULATE_READ;
	case ATOMIC:
	case COMPARE:
		return use | EMULATE_READ | EMULATE_WRITE;
	default:
		return use | EMULATE_WRITE;
	}
}

static void access(struct emulation *r)
{
	const struct access *a = r->a;
	unsigned int bytes = length(r);
	u64 base = 0, va = address(r, bytes, &base);
	bool writeback = a->mode == PRE || a->mode == POST ||
			 a->mode == POST_REG;

	r->e->va = va;
	va = HOOK(r, address, va);
	if (a->kind == ZERO_BLOCK)
		va &= -(u64)bytes;
	r->use = use(a);
	if (a->simd)
		emulate_vectors(r);
	emulate_probe(r, va, bytes, r->use);
	if (r->err)
		return;
	switch (a->kind) {
	case LOAD:
		do_load(r, va);
		break;
	case STORE:
		do_store(r, va);
		break;
	case STORE_EXCLUSIVE:
		do_store_exclusive(r, va);
		break;
	case ATOMIC:
		do_atomic(r, va);
		break;
	case COMPARE:
		do_compare(r, va);
		break;
	case LOAD_STRUCT:
	case STORE_STRUCT:
		do_struct(r, va);
		break;
	case ZERO_BLOCK:
		do_zero(r, va, bytes);
		break;
	}
	if (writeback && !r->err) {
		base = HOOK(r, base, base);
		emulate_set(r, a->rn == SP ? sp_reg(r) : NISV_EMULATE_X,
			    a->rn == SP ? 0 : a->rn, &base);
	}
}

/*
 * PSTATE as after any instruction (DDI0487 D1.4; D2.11 for SS, KVM's view of it);
 * one that is interrupted leaves it (D1.3.6).
 */
static void finish(struct emulation *r)
{
	u64 after = HOOK(r, flags, r->pstate & ~(PSTATE_BTYPE | PSTATE_SS)) |
		    HOOK(r, btype, 0);
	u64 pc = HOOK(r, pc, r->pc + 4);

	if (r->stays)
		return;
	if (after != r->pstate)
		emulate_set(r, NISV_EMULATE_PSTATE, 0, &after);
	emulate_set(r, NISV_EMULATE_PC, 0, &pc);
}

static void fetch(struct emulation *r)
{
	u8 word[4] = {};
	u64 ipa = 0;

	if (!r->err)
		r->err = nisv_emulate_translate(r->e, r->pc, true, &ipa);
	if (!r->err)
		r->err = r->e->ops->memory(r->e->vmm, ipa, word, sizeof(word));
	/* little-endian, whatever data are */
	r->e->insn = word[0] | word[1] << 8 | word[2] << 16 |
		     (u32)word[3] << 24;
}

int nisv_emulate(struct nisv_emulate *e)
{
	struct access a;
	struct emulation r = { .e = e, .a = &a };
	u64 sctlr;

	e->va = 0;
	e->from = 0;
	r.pstate = emulate_get_one(&r, NISV_EMULATE_PSTATE, 0);
	r.pc = emulate_get_one(&r, NISV_EMULATE_PC, 0);
	sctlr = emulate_get_one(&r, NISV_EMULATE_SCTLR, 0);
	if (!r.err && (r.pstate & PSTATE_AARCH32))
		return -EOPNOTSUPP;
	r.big = sctlr & ((r.pstate & PSTATE_EL) ? SCTLR_EE : SCTLR_E0E);
	fetch(&r);
	if (r.err)
		return r.err;
	if (decode(e->insn, &a))
		access(&r);
	else if (!emulate_sve(&r) && !emulate_mops(&r))
		return -EOPNOTSUPP;
	if (!r.err)
		finish(&r);
	return r.err;
}
