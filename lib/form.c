// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables as C data, and what the encodings themselves say. Knows
 * neither KVM nor the selftest library, so that host tools use it as well.
 *
 * Encodings are taken apart by the groups of DDI0487 C4.1 "Loads and Stores",
 * "SVE encodings" and "SME encodings"; the table has no other forms but those of
 * SYS: DC, IC, AT and TLBI.
 */
#include <string.h>

#include "nisv.h"

#define PSTATE_BTYPE	0xc00u

/* How the table writes bytes: unit and number in one. */
#define UNIT(unit, n)	((UNIT_##unit << 16) | (n))
#define VL(n)		UNIT(VL, NISV_VL_EIGHTH * (n))
#define SVL(n)		UNIT(SVL, NISV_VL_EIGHTH * (n))
#define PL		UNIT(PL, NISV_VL_EIGHTH)
#define EACH(n)		UNIT(EACH, n)
#define DCZ		UNIT(DCZ, 64)
#define TAGS		UNIT(TAGS, 256)
#define NO_BYTES	UNIT(NO_BYTES, 0)

const struct nisv_form nisv_forms[] = {
#define FORM(n, c, a, b, f, e, t) {			\
		.name = #n,				\
		.class = CLASS_##c,			\
		.access = ACCESS_##a,			\
		.bytes = (b) & 0xffff,			\
		.feature = FEATURE_##f,			\
		.insn = (e),				\
		.text = (t),				\
	},
#include "nisv_forms.h"
#undef FORM
};

const unsigned int nisv_nr_forms = ARRAY_SIZE(nisv_forms);

enum nisv_unit nisv_form_unit(const struct nisv_form *form)
{
	static const u8 units[] = {
#define FORM(n, c, a, b, f, e, t)	(b) >> 16,
#include "nisv_forms.h"
#undef FORM
	};

	/* a row of another table has bytes */
	return form >= nisv_forms && form < nisv_forms + nisv_nr_forms ?
	       units[form - nisv_forms] : UNIT_BYTES;
}

#define BASE		false
#define MORE		true
#define LEFT_OUT	false
#define KNOWN		true
#define HAS_ISV(o)	(OUTCOME_##o == OUTCOME_ISV || OUTCOME_##o == OUTCOME_LST)

const struct nisv_class_info nisv_classes[NISV_NR_ALL_CLASSES] = {
#define CLASS64(i, o, n, m, u, f, e, t, w, s)	\
	[CLASS_##i] = {				\
		.name = #i,			\
		.outcome = OUTCOME_##o,		\
		.isv = HAS_ISV(o),		\
		.needs_more = n,		\
		.memory = REACHES_##m,		\
		.unaligned = UNALIGNED_##u,	\
		.far = FAR_##f,			\
		.emulated = e,			\
		.title = t,			\
		.why = w,			\
		.instead = s,			\
	},
#include "nisv_classes.h"
#undef CLASS64
#define CLASS32(i, o, t, w, s)			\
	[CLASS_##i] = {				\
		.name = #i,			\
		.outcome = OUTCOME_##o,		\
		.isv = HAS_ISV(o),		\
		.title = t,			\
		.why = w,			\
		.instead = s,			\
	},
#include "nisv_classes32.h"
#undef CLASS32
};

static const struct {
	enum nisv_class class;
	enum nisv_part part;
	const char *why;
} not_in[] = {
#define CLASS64(...)
#define NOT_IN(c, p, w)	{ CLASS_##c, PART_##p, w },
#include "nisv_classes.h"
#undef CLASS64
};

const struct nisv_feature_info nisv_features[NISV_NR_FEATURES] = {
#define FEATURE(i, t, e, r, f, s, m)		\
	[FEATURE_##i] = { t, e, #r, f, s, m },
#include "nisv_features.h"
#undef FEATURE
};

#define OWN		NISV_OWN_OFFSET
#define ACROSS		NISV_ACROSS_PAGES

const struct nisv_setting nisv_settings[NISV_NR_SETTINGS] = {
#define SETTING(i, f, p, r, s, m, h, o, t)	\
	[SETTING_##i] = { #i, FROM_##f, p, #r, s, m, HOLE_##h, o, t },
#include "nisv_settings.h"
#undef SETTING
};

const struct nisv_deviation_info nisv_deviations[NISV_NR_DEVIATIONS] = {
#define DEVIATION(i, f, t, w, s, u, r)		\
	[DEVIATION_##i] = { #i, f, t, w, s, u, r },
#include "nisv_deviations.h"
#undef DEVIATION
};

/*
 * The build fails on two rows of one name (an enumerator twice), on two of one
 * encoding (a case label twice), and on a class or a feature without a row.
 */
enum {
#define FORM(n, c, a, b, f, e, t)	form_is_twice_##n,
#include "nisv_forms.h"
#undef FORM
};

static void __maybe_unused encoding_is_twice(u32 insn)
{
	switch (insn) {
#define FORM(n, c, a, b, f, e, t)	case (e):
#include "nisv_forms.h"
#undef FORM
		break;
	}
}

static_assert((0ull
#define FORM(n, c, a, b, f, e, t)	| BIT_ULL(CLASS_##c)
#include "nisv_forms.h"
#undef FORM
	) == BIT_ULL(NISV_NR_CLASSES) - 1, "a class has no form");

static_assert((0ull
#define FORM(n, c, a, b, f, e, t)	| BIT_ULL(FEATURE_##f)
#include "nisv_forms.h"
#undef FORM
#define FORM_32(...)
#define FORM_32_IF(f, ...)		| BIT_ULL(FEATURE_##f)
#include "nisv_forms32.h"
#undef FORM_32
	) == BIT_ULL(NISV_NR_FEATURES) - 1, "a feature has no form");

static u32 bits(u32 insn, unsigned int high, unsigned int low)
{
	return (insn >> low) & ((1u << (high - low + 1)) - 1);
}

static s64 sbits(u32 insn, unsigned int high, unsigned int low)
{
	u32 val = bits(insn, high, low);
	u32 sign = 1u << (high - low);

	return (s64)(val ^ sign) - (s64)sign;
}

static bool is_system(u32 insn)
{
	return bits(insn, 31, 22) == 0x354;	/* SYS */
}

static bool is_sve_or_sme(u32 insn)
{
	return bits(insn, 28, 27) == 0 && bits(insn, 31, 31);
}

static bool is_literal(u32 insn)
{
	return bits(insn, 29, 27) == 3 && bits(insn, 25, 24) == 0 &&
	       !is_sve_or_sme(insn);
}

bool nisv_form_is_mmio(const struct nisv_form *form)
{
	return nisv_classes[form->class].outcome == OUTCOME_ISV;
}

bool nisv_form_is_literal(const struct nisv_form *form)
{
	return is_literal(form->insn);
}

bool nisv_form_emulated(const struct nisv_form *form)
{
	return nisv_classes[form->class].emulated &&
	       nisv_features[form->feature].emulated;
}

bool nisv_form_is_mops(const struct nisv_form *form)
{
	u32 insn = form->insn;

	return bits(insn, 29, 27) == 3 && bits(insn, 25, 24) == 1 &&
	       !bits(insn, 21, 21) && bits(insn, 11, 10) == 1;
}

static bool is_set(const struct nisv_form *form)
{
	return bits(form->insn, 23, 22) == 3;
}

bool nisv_form_is_atomic(const struct nisv_form *form)
{
	return form->access == ACCESS_RW && !nisv_form_is_mops(form);
}

bool nisv_form_is_source(const struct nisv_form *form)
{
	return nisv_form_is_mops(form) && !is_set(form) &&
	       bits(form->insn, 20, 16) == 1;
}

/* Bits that say which part it is: 0 prologue, 1 main, 2 epilogue. */
static unsigned int part_shift(const struct nisv_form *form)
{
	return is_set(form) ? 14 : 22;
}

bool nisv_form_goes_on(const struct nisv_form *form)
{
	return nisv_form_is_mops(form) && (form->insn >> part_shift(form) & 3);
}

u64 nisv_form_copies(const struct nisv_form *form)
{
	return nisv_form_goes_on(form) ? NISV_COPY_BYTES : NISV_PROLOGUE_BYTES;
}

u32 nisv_form_prologue(const struct nisv_form *form)
{
	return form->insn & ~(3u << part_shift(form));
}

u32 nisv_form_main(const struct nisv_form *form)
{
	return nisv_form_prologue(form) | 1u << part_shift(form);
}

bool nisv_form_is_epilogue(const struct nisv_form *form)
{
	return (form->insn >> part_shift(form) & 3) == 2;
}

unsigned int nisv_form_base(const struct nisv_form *form)
{
	if (nisv_form_is_mops(form))
		return 1;
	if (form->class == CLASS_SVE_VECTOR || is_literal(form->insn))
		return NISV_NO_BASE;
	return is_system(form->insn) ? bits(form->insn, 4, 0) :
				       bits(form->insn, 9, 5);
}

unsigned int nisv_form_rt(const struct nisv_form *form)
{
	return bits(form->insn, 4, 0);
}

/* log2 of the bytes that an immediate or a shifted index is scaled by */
static unsigned int scale(u32 insn)
{
	bool simd = bits(insn, 26, 26);
	unsigned int size = bits(insn, 31, 30);

	if (bits(insn, 29, 27) == 5) {		/* pairs */
		if (size == 1 && !simd && !bits(insn, 22, 22))
			return 4;		/* STGP */
		if (size == 3)			/* unprivileged */
			return simd ? 4 : 3;
		return simd ? size + 2 : size == 2 ? 3 : 2;
	}
	if (simd && bits(insn, 23, 23))		/* Q */
		return 4;
	return size;
}

static s64 extend(u64 x, unsigned int option)
{
	switch (option) {
	case 2: /* UXTW */
		return (u32)x;
	case 6: /* SXTW */
		return (s32)x;
	default: /* LSL, SXTX */
		return (s64)x;
	}
}

/*
 * The group of ordered, tag, 128-bit and RCW operations: an unscaled immediate,
 * one of tag granules, or of a writeback that has a size of its own.
 */
static s64 offset_of_ordered(u32 insn)
{
	unsigned int mode = bits(insn, 11, 10);

	if (bits(insn, 25, 24) == 1 && bits(insn, 21, 21) &&
	    bits(insn, 31, 30) == 3)		/* tags */
		return mode == 1 ? 0 : sbits(insn, 20, 12) * 16;
	if (bits(insn, 25, 24) == 1 && bits(insn, 21, 21))
		return 0;			/* atomic */
	if (mode == 0 || bits(insn, 26, 26))	/* unscaled */
		return sbits(insn, 20, 12);
	if (mode == 3 || bits(insn, 22, 22) || bits(insn, 15, 12) == 1)
		return 0;		/* GCSSTR; loads are post-indexed */
	if (bits(insn, 23, 23))			/* STLR */
		return -(s64)(4 << bits(insn, 30, 30));
	return -(s64)(8 << bits(insn, 30, 30));	/* STILP */
}

s64 nisv_form_offset(const struct nisv_form *form, u64 x2)
{
	u32 insn = form->insn;

	if (is_sve_or_sme(insn) || is_system(insn) || is_literal(insn) ||
	    nisv_form_is_mops(form))
		return 0;
	switch (bits(insn, 29, 27)) {
	case 3:
		return offset_of_ordered(insn);
	case 5: /* load/store pair */
		return bits(insn, 24, 23) == 1 ? 0 :
			sbits(insn, 21, 15) * (1 << scale(insn));
	case 7: /* load/store register */
		if (bits(insn, 24, 24))		/* unsigned immediate */
			return (s64)bits(insn, 21, 10) << scale(insn);
		if (!bits(insn, 21, 21))	/* 9-bit immediate */
			return bits(insn, 11, 10) == 1 ? 0 :
				sbits(insn, 20, 12);
		if (bits(insn, 11, 10) == 2)	/* register offset */
			return extend(x2, bits(insn, 15, 13)) *
				(bits(insn, 12, 12) ? 1 << scale(insn) : 1);
		if (bits(insn, 10, 10))		/* PAC: S and imm9 */
			return ((s64)bits(insn, 20, 12) -
				(bits(insn, 22, 22) ? 512 : 0)) * 8;
		return 0;			/* atomic */
	default: /* exclusive, ordered, CAS, SIMD&FP structure, DC ZVA */
		return 0;
	}
}

const struct nisv_form *nisv_form_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++)
		if (!strcmp(nisv_forms[i].name, name))
			return &nisv_forms[i];
	return NULL;
}

const struct nisv_form *nisv_form_of_word(u32 insn)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++)
		if (nisv_forms[i].insn == insn)
			return &nisv_forms[i];
	return NULL;
}

bool nisv_form_everywhere(const struct nisv_form *form)
{
	/* what came later has no first of its class */
	return !nisv_classes[form->class].needs_more &&
	       (form->feature == FEATURE_NONE || form->feature == FEATURE_LSE);
}

/* Each row: 1 where it is a first, 2 where it is not. */
static bool is_first(const struct nisv_form *form, bool everywhere, bool of_size)
{
	static u8 known[2][2][ARRAY_SIZE(nisv_forms)];
	u8 *answer = &known[everywhere][of_size][form - nisv_forms];
	const struct nisv_form *f = form;

	if (*answer)
		return *answer == 1;
	*answer = nisv_form_everywhere(form) == everywhere ? 1 : 2;
	while (*answer == 1 && f-- != nisv_forms)
		if (f->class == form->class && f->access == form->access &&
		    (!of_size || f->bytes == form->bytes) &&
		    nisv_form_everywhere(f) == everywhere)
			*answer = 2;
	return *answer == 1;
}

bool nisv_form_first(const struct nisv_form *form)
{
	return is_first(form, true, false);
}

bool nisv_form_first_of_size(const struct nisv_form *form)
{
	return is_first(form, true, true);
}

bool nisv_form_represents(const struct nisv_form *form)
{
	return is_first(form, !nisv_classes[form->class].needs_more, false);
}

static bool is_part(const struct nisv_setting *s, enum nisv_part part)
{
	enum nisv_memory memory = nisv_hole_memory(s->hole);

	switch (part) {
	case PART_EL0:
		return s->from == FROM_EL0 || s->from == FROM_EL0_BE;
	case PART_BTYPE:
		return s->pstate & PSTATE_BTYPE;
	case PART_TAG:
		return s->hole == HOLE_TAGGED;
	case PART_SAME:
		return s->hole == HOLE_SAME;
	case PART_BLOCK:
		return s->hole == HOLE_BLOCK || s->hole == HOLE_BLOCK_1G;
	case PART_DEVICE:
		return memory == MEMORY_DEVICE;
	case PART_UNCACHED:
		return memory != MEMORY_NORMAL;
	case PART_PLACE:
		return s->hole != HOLE_MAIN || s->offset != NISV_OWN_OFFSET;
	default:
		return false;
	}
}

const char *nisv_form_not_in(const struct nisv_form *form,
			     enum nisv_setting_id setting)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(not_in); i++)
		if (not_in[i].class == form->class &&
		    is_part(&nisv_settings[setting], not_in[i].part))
			return not_in[i].why;
	return NULL;
}

const char *nisv_form_without(const struct nisv_form *form,
			      enum nisv_part part)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(not_in); i++)
		if (not_in[i].class == form->class && not_in[i].part == part)
			return not_in[i].why;
	return NULL;
}

static bool is_simd(const struct nisv_form *form)
{
	return !is_system(form->insn) && !nisv_form_is_mops(form) &&
	       bits(form->insn, 26, 26);
}

bool nisv_form_is_sve(const struct nisv_form *form)
{
	return is_sve_or_sme(form->insn) && form->class != CLASS_SME;
}

/* The options T, WT and RT of copies, T of sets. */
static bool copies_unprivileged(const struct nisv_form *form, bool source)
{
	return nisv_form_is_mops(form) &&
	       bits(form->insn, source ? 13 : 12, source ? 13 : 12) &&
	       (!source || !is_set(form));
}

bool nisv_form_unprivileged(const struct nisv_form *form)
{
	return form->class == CLASS_UNPRIVILEGED ||
	       form->feature == FEATURE_LSUI ||
	       copies_unprivileged(form, nisv_form_is_source(form));
}

bool nisv_form_unprivileged_there(const struct nisv_form *form)
{
	return copies_unprivileged(form, !nisv_form_is_source(form));
}

/* Each element of a vector of addresses has 32 bits. */
static bool is_base_32(const struct nisv_form *form)
{
	if (form->class != CLASS_SVE_VECTOR)
		return false;
	/* loads, and two groups of stores */
	return bits(form->insn, 31, 25) == 0x42 ||
	       (bits(form->insn, 31, 25) == 0x72 &&
		(bits(form->insn, 15, 13) == 1 ? bits(form->insn, 22, 22) :
						 bits(form->insn, 22, 21) == 3));
}

enum nisv_hole nisv_form_hole(const struct nisv_form *form)
{
	if (is_base_32(form))
		return HOLE_32;
	if (form->feature == FEATURE_MTE || form->feature == FEATURE_MTE2)
		return HOLE_TAGS;
	return HOLE_MAIN;
}

bool nisv_form_names_x(const struct nisv_form *form, unsigned int n)
{
	return n == nisv_form_base(form) ||
	       (!is_simd(form) && n == nisv_form_rt(form));
}

bool nisv_form_names_v(const struct nisv_form *form, unsigned int n)
{
	return is_simd(form) && n == nisv_form_rt(form);
}

bool nisv_form_uses_v(const struct nisv_form *form)
{
	return is_simd(form) || is_sve_or_sme(form->insn);
}

unsigned int nisv_form_align(const struct nisv_form *form)
{
	unsigned int align = 1;

	/* SCTLR_ELx.SA wants SP on 16; offsets of SP are multiples of 16 */
	if (nisv_form_base(form) == NISV_SP)
		align = 16;
	switch (nisv_form_unit(form)) {
	case UNIT_VL:
	case UNIT_SVL:
	case UNIT_PL:
	case UNIT_NO_BYTES:
		return 16;
	default:
		break;
	}
	while (align < form->bytes)
		align *= 2;
	return align;
}

/* LDR and its like; not LDAR, nor what shares their group (LDAPR) */
static bool is_load_store_register(u32 insn)
{
	return bits(insn, 29, 27) == 7 &&
	       (bits(insn, 24, 24) || !bits(insn, 21, 21) ||
		bits(insn, 11, 10) == 2);
}

bool nisv_form_may_be_unaligned(const struct nisv_form *form)
{
	enum nisv_unaligned unaligned = nisv_classes[form->class].unaligned;

	/* FAR is then what the register has (DDI0487 FAR_EL2) */
	if (unaligned == UNALIGNED_BLOCK)
		return true;
	/* SCTLR_ELx.SA is about the register, but offsets are multiples of 16 */
	if (nisv_form_base(form) == NISV_SP)
		return false;
	if (unaligned == UNALIGNED_FORM)
		return is_load_store_register(form->insn);
	return unaligned != UNALIGNED_NEVER;
}

enum nisv_memory nisv_hole_memory(enum nisv_hole hole)
{
	switch (hole) {
	case HOLE_NC:
		return MEMORY_NON_CACHEABLE;
	case HOLE_NGNRE:
	case HOLE_NGNRNE:
		return MEMORY_DEVICE;
	default:
		return MEMORY_NORMAL;
	}
}

bool nisv_form_signed(const struct nisv_form *form)
{
	u32 insn = form->insn;

	if (is_literal(insn))
		return bits(insn, 31, 30) == 2;
	return nisv_classes[form->class].isv && bits(insn, 23, 23) &&
	       (is_load_store_register(insn) ||
		(bits(insn, 29, 27) == 3 && bits(insn, 11, 10) == 0));
}

u64 nisv_form_loaded(const struct nisv_form *form, u64 data)
{
	unsigned int unused = 64 - 8 * form->bytes;
	bool w = !is_literal(form->insn) && bits(form->insn, 23, 22) == 3;

	data <<= unused;
	if (!nisv_form_signed(form))
		return data >> unused;
	data = (u64)((s64)data >> unused);
	return w ? (u32)data : data;
}
