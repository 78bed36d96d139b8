// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables as C data, and what the encodings themselves say. Knows
 * neither KVM nor the selftest library, so that host tools use it as well.
 *
 * Encodings are taken apart by the groups of DDI0487 C4.1 "Loads and Stores";
 * the table has no other forms but DC ZVA.
 */
#include <string.h>

#include "nisv.h"

const struct nisv_form nisv_forms[] = {
#define FORM(n, c, a, b, f, e, t) {			\
		.name = #n,				\
		.class = CLASS_##c,			\
		.access = ACCESS_##a,			\
		.bytes = (b),				\
		.feature = FEATURE_##f,			\
		.insn = (e),				\
		.text = (t),				\
	},
#include "nisv_forms.h"
#undef FORM
};

const unsigned int nisv_nr_forms = ARRAY_SIZE(nisv_forms);

#define ISV	true
#define NO_ISV	false
#define NOTHING	false
#define STATUS	false
#define UNDEF	false

const struct nisv_class_info nisv_classes[NISV_NR_ALL_CLASSES] = {
#define CLASS(i, v, t, w)			\
	[CLASS_##i] = { #i, v, t, w },
#include "nisv_classes.h"
#undef CLASS
#define CLASS32(i, o, t, w)			\
	[CLASS_##i] = { #i, o, t, w },
#include "nisv_classes32.h"
#undef CLASS32
};

const struct nisv_feature_info nisv_features[NISV_NR_FEATURES] = {
#define FEATURE(i, t, r, f, s, m)		\
	[FEATURE_##i] = { t, #r, f, s, m },
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

unsigned int nisv_form_base(const struct nisv_form *form)
{
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

	if (bits(insn, 29, 27) == 5)		/* pairs */
		return simd ? size + 2 : size == 2 ? 3 : 2;
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

s64 nisv_form_offset(const struct nisv_form *form, u64 x2)
{
	u32 insn = form->insn;

	switch (bits(insn, 29, 27)) {
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

static bool is_first(const struct nisv_form *form, bool of_size)
{
	const struct nisv_form *f = form;

	while (f-- != nisv_forms && f->class == form->class)
		if (f->access == form->access &&
		    (!of_size || f->bytes == form->bytes))
			return false;
	return true;
}

bool nisv_form_first(const struct nisv_form *form)
{
	return is_first(form, false);
}

bool nisv_form_first_of_size(const struct nisv_form *form)
{
	return is_first(form, true);
}

static bool is_simd(u32 insn)
{
	return !is_system(insn) && bits(insn, 26, 26);
}

bool nisv_form_names_x(const struct nisv_form *form, unsigned int n)
{
	return n == nisv_form_base(form) ||
	       (!is_simd(form->insn) && n == nisv_form_rt(form));
}

bool nisv_form_names_v(const struct nisv_form *form, unsigned int n)
{
	return is_simd(form->insn) && n == nisv_form_rt(form);
}

unsigned int nisv_form_align(const struct nisv_form *form)
{
	unsigned int align = 1;

	/* SCTLR_ELx.SA wants SP on 16; offsets of SP are multiples of 16 */
	if (nisv_form_base(form) == NISV_SP)
		align = 16;
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
	/* SCTLR_ELx.SA is about the register, but offsets are multiples of 16 */
	if (is_system(form->insn) || nisv_form_base(form) == NISV_SP)
		return false;
	switch (form->class) {
	case CLASS_PLAIN:
	case CLASS_WRITEBACK:
		return is_load_store_register(form->insn);
	case CLASS_PAIR:
	case CLASS_SIMD:
	case CLASS_SIMD_PAIR:
	case CLASS_SIMD_STRUCT:
		return true;
	default:
		return false;
	}
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
	return form->class == CLASS_PLAIN &&
	       is_load_store_register(form->insn) && bits(form->insn, 23, 23);
}

u64 nisv_form_loaded(const struct nisv_form *form, u64 data)
{
	unsigned int unused = 64 - 8 * form->bytes;
	bool w = bits(form->insn, 23, 22) == 3;

	data <<= unused;
	if (!nisv_form_signed(form))
		return data >> unused;
	data = (u64)((s64)data >> unused);
	return w ? (u32)data : data;
}
