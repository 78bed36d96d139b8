// SPDX-License-Identifier: GPL-2.0-only
/*
 * The AArch32 tables as C data. Knows neither KVM nor the selftest library, so
 * that host tools use it as well.
 */
#include <string.h>

#include "nisv_aarch32.h"

#define R2	NISV_R2

const struct nisv_form32 nisv_forms32[] = {
#define FORM_32(...)	FORM_32_IF(NONE, __VA_ARGS__)
#define FORM_32_IF(f, n, c, a, b, s, e, r, o, i, t) {	\
		.form = {				\
			.name = #n,			\
			.class = CLASS_##c,		\
			.access = ACCESS_##a,		\
			.bytes = (b),			\
			.feature = FEATURE_##f,		\
			.insn = (e),			\
			.text = (t),			\
		},					\
		.set = SET_##s,				\
		.rt = (r),				\
		.base = (o),				\
		.at = (u32)(i),				\
	},
#include "nisv_forms32.h"
#undef FORM_32
};

const unsigned int nisv_nr_forms32 = ARRAY_SIZE(nisv_forms32);

#define ALL		false
#define THUMB		true
#define OWN		NISV_OWN_OFFSET

const struct nisv_setting32 nisv_settings32[NISV_NR_SETTINGS32] = {
#define SETTING32(i, d, p, e, r, s, m, o, t)	\
	[SETTING32_##i] = { #i, CPSR_##d, p, e, #r, s, m, o, t },
#include "nisv_settings32.h"
#undef SETTING32
};

/* As in lib/form.c; encodings of an instruction set each. */
enum {
#define FORM_32(n, c, a, b, s, e, r, o, i, t)	form32_is_twice_##n,
#include "nisv_forms32.h"
#undef FORM_32
};

static void __maybe_unused encoding_is_twice(u64 insn)
{
	switch (insn) {
#define FORM_32(n, c, a, b, s, e, r, o, i, t)	case (e) | (u64)SET_##s << 32:
#include "nisv_forms32.h"
#undef FORM_32
		break;
	}
}

static_assert((0ull
#define FORM_32(n, c, a, b, s, e, r, o, i, t)	\
	| BIT_ULL(CLASS_##c - CLASS_A32_PLAIN)
#include "nisv_forms32.h"
#undef FORM_32
	) == BIT_ULL(NISV_NR_ALL_CLASSES - CLASS_A32_PLAIN) - 1,
	"a class has no form");

const struct nisv_form32 *nisv_form32_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms32; i++)
		if (!strcmp(nisv_forms32[i].form.name, name))
			return &nisv_forms32[i];
	return NULL;
}

enum nisv_outcome nisv_form32_outcome(const struct nisv_form32 *form)
{
	return nisv_classes[form->form.class].outcome;
}

bool nisv_form32_uses_d(const struct nisv_form32 *form)
{
	return strchr("vf", *form->form.text);
}

unsigned int nisv_form32_length(const struct nisv_form32 *form)
{
	return form->set == SET_T16 ? 2 : 4;
}

static bool is_first(const struct nisv_form32 *form, bool of_size)
{
	const struct nisv_form32 *f;

	for (f = nisv_forms32; f != form; f++)
		if (f->form.class == form->form.class &&
		    f->form.access == form->form.access &&
		    f->set == form->set &&
		    (!of_size || f->form.bytes == form->form.bytes))
			return false;
	return true;
}

bool nisv_form32_first(const struct nisv_form32 *form)
{
	return is_first(form, false);
}

bool nisv_form32_first_of_size(const struct nisv_form32 *form)
{
	return is_first(form, true);
}

bool nisv_form32_runs_in(const struct nisv_form32 *form,
			 enum nisv_setting32_id setting)
{
	const struct nisv_setting32 *s = &nisv_settings32[setting];

	if (form->form.class == CLASS_A32_STATE &&
	    (s->mode != CPSR_SVC || s->cpsr & CPSR_IT))
		return false;
	/* the registers of User mode, asked for from another one */
	if (strchr(form->form.text, '^') && s->mode != CPSR_SVC)
		return false;
	/* a branch must be the last one */
	if (form->form.class == CLASS_A32_PC &&
	    (setting == SETTING32_it || setting == SETTING32_it_lt))
		return false;
	/* PC says what these touch */
	if (form->base == NISV_PC && s->offset != NISV_OWN_OFFSET)
		return false;
	return form->set != SET_A32 || !s->thumb_only;
}

const struct nisv_form32 *nisv_form32_of(const struct nisv_form *form)
{
	return container_of(form, struct nisv_form32, form);
}

bool nisv_form32_signed(const struct nisv_form32 *form)
{
	return form->form.class == CLASS_A32_PLAIN &&
	       !strncmp(form->form.text, "ldrs", 4);
}

u32 nisv_form32_loaded(const struct nisv_form32 *form, u64 data)
{
	unsigned int unused = 32 - 8 * form->form.bytes;
	u32 value = (u32)data << unused;

	return nisv_form32_signed(form) ? (u32)((s32)value >> unused) :
					  value >> unused;
}
