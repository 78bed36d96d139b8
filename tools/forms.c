// SPDX-License-Identifier: GPL-2.0-only
/*
 * forms: what derives from the tables, on the host.
 *
 *	forms doc		docs/forms.md
 *	forms deviations	docs/deviations.md
 *	forms rows		a line for each form: name, encoding, text, access,
 *				bytes, ISV, feature, whether lib/emulate*.c know
 *				it, with tabs between them
 *	forms rows32		the same of the 32-bit guest, its own code included:
 *				name, encoding, text and instruction set
 *	forms explain WORD [TEXT [FORM]]
 *				the diagnosis of an instruction; TEXT is what a
 *				disassembler says, FORM a row of the same encoding
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nisv_aarch32.h"
#include "nisv_diagnose.h"

static const char *access_text(enum nisv_access access)
{
	return access == ACCESS_R ? "R" : access == ACCESS_W ? "W" :
	       access == ACCESS_RW ? "RW" : "-";
}

/* A number of vectors as the manual has it: 2VL, VL, VL/2. */
static const char *vectors(unsigned int eighths, const char *unit)
{
	static char text[16];

	if (eighths < 8)
		snprintf(text, sizeof(text), "%s/%u", unit, 8 / eighths);
	else if (eighths == 8)
		snprintf(text, sizeof(text), "%s", unit);
	else
		snprintf(text, sizeof(text), "%u%s", eighths / 8, unit);
	return text;
}

static const char *bytes_text(const struct nisv_form *form)
{
	static char text[16];

	switch (nisv_form_unit(form)) {
	case UNIT_VL:
		return vectors(form->bytes / NISV_VL_EIGHTH, "VL");
	case UNIT_SVL:
		return vectors(form->bytes / NISV_VL_EIGHTH, "SVL");
	case UNIT_PL:
		return "PL";
	case UNIT_DCZ:
		return "DCZ";
	case UNIT_TAGS:
		return "TAGS";
	case UNIT_NO_BYTES:
		return "-";
	case UNIT_EACH:
		snprintf(text, sizeof(text), "%u each", form->bytes);
		break;
	case UNIT_BYTES:
		snprintf(text, sizeof(text), "%u", form->bytes);
		break;
	}
	return text;
}

/* What KVM_RUN gives for @form in a hole, in a few words. */
static void outcome(char *buf, size_t size, const struct nisv_form *form,
		    bool cap)
{
	struct nisv_situation s = { .form = form, .cap = cap };
	char iss[48];
	struct nisv_want want;

	nisv_expect(&s, &want);
	if (want.goes_on) {
		snprintf(buf, size, "goes on");
	} else if (want.ret) {
		nisv_show_result(buf, size, want.ret);
	} else if (want.mmio) {
		snprintf(buf, size, "MMIO, %s %u", want.is_write ? "write" :
			 "read", want.len);
	} else if (want.ls64) {
		snprintf(buf, size, "LDST64B");
	} else {
		nisv_show_iss(iss, sizeof(iss), want.esr_iss);
		snprintf(buf, size, "NISV, `%.4s`", iss);
	}
}

/* In which settings a class is not tried, those of one reason in a line. */
static void print_not_in(enum nisv_class class)
{
	const struct nisv_form *form = nisv_forms;
	const char *why, *last = NULL;
	unsigned int i, n;

	while (form->class != class)
		form++;
	for (i = 0; i < NISV_NR_SETTINGS; i++) {
		why = nisv_form_not_in(form, i);
		for (n = 0; why && n < i; n++)
			if (nisv_form_not_in(form, n) == why)
				why = NULL;
		if (!why)
			continue;
		printf(last ? "" : "Not tried:\n\n");
		last = why;
		for (n = i; n < NISV_NR_SETTINGS; n++)
			if (nisv_form_not_in(form, n) == why)
				printf("%s%s", n == i ? "- " : ", ",
				       nisv_settings[n].name);
		printf(": %s.\n", why);
	}
	why = nisv_form_without(form, PART_AGAIN);
	if (why) {
		printf(last ? "" : "Not tried:\n\n");
		printf("- once more: %s.\n", why);
	}
	if (why || last)
		printf("\n");
}

static void print_class(enum nisv_class class)
{
	const struct nisv_class_info *info = &nisv_classes[class];
	char on[64], off[64];
	unsigned int i;

	printf("\n## %s\n\n%s. Instead: %s.\n\n", info->title, info->why,
	       info->instead);
	print_not_in(class);
	printf("| form | instruction | encoding | bytes | access | needs | off | on |\n"
	       "|---|---|---|---|---|---|---|---|\n");
	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		if (form->class != class)
			continue;
		outcome(off, sizeof(off), form, false);
		outcome(on, sizeof(on), form, true);
		printf("| %s | `%s` | %08x | %s | %s | %s | %s | %s |\n",
		       form->name, form->text, form->insn, bytes_text(form),
		       access_text(form->access),
		       nisv_features[form->feature].title, off, on);
	}
}

static const char *set_text(enum nisv_set set)
{
	return set == SET_A32 ? "A32" : set == SET_T32 ? "T32" : "T16";
}

/* The encoding, as long as it is. */
static void print_insn32(const struct nisv_form32 *form)
{
	printf(form->set == SET_T16 ? "%04x" : "%08x", form->form.insn);
}

/* The same for a 32-bit guest. */
static void outcome32(char *buf, size_t size, const struct nisv_form32 *form,
		      bool cap)
{
	switch (nisv_form32_outcome(form)) {
	case OUTCOME_NOTHING:
		snprintf(buf, size, "no exit");
		break;
	case OUTCOME_STATUS:
		snprintf(buf, size, "no exit, R%u = 1", form->rt);
		break;
	case OUTCOME_UNDEF:
		snprintf(buf, size, "undefined");
		break;
	default:
		outcome(buf, size, &form->form, cap);
	}
}

static void print_class32(enum nisv_class class)
{
	const struct nisv_class_info *info = &nisv_classes[class];
	char on[64], off[64];
	unsigned int i;

	printf("\n## AArch32: %s\n\n%s. Instead: %s.\n\n", info->title,
	       info->why, info->instead);
	printf("| form | instruction | set | encoding | bytes | access | off | on |\n"
	       "|---|---|---|---|---|---|---|---|\n");
	for (i = 0; i < nisv_nr_forms32; i++) {
		const struct nisv_form32 *form = &nisv_forms32[i];

		if (form->form.class != class)
			continue;
		outcome32(off, sizeof(off), form, false);
		outcome32(on, sizeof(on), form, true);
		printf("| %s | `%s` | %s | ", form->form.name, form->form.text,
		       set_text(form->set));
		print_insn32(form);
		printf(" | %u | %s | %s | %s |\n", form->form.bytes,
		       access_text(form->form.access), off, on);
	}
}

static void print_doc32(void)
{
	unsigned int i;

	printf("\n# AArch32 instruction forms\n\n"
	       "%u forms of a guest whose EL1 is 32-bit.\n", nisv_nr_forms32);
	printf("\n## AArch32: settings\n\n"
	       "Every form is tried in the first; what others try is said in\n"
	       "`aarch64/nisv_aarch32.c`.\n\n"
	       "| setting | |\n|---|---|\n");
	for (i = 0; i < NISV_NR_SETTINGS32; i++)
		printf("| %s | %s |\n", nisv_settings32[i].name,
		       nisv_settings32[i].text);
	for (i = NISV_NR_CLASSES; i < NISV_NR_ALL_CLASSES; i++)
		print_class32(i);
}

static void print_head(const char *source)
{
	printf("<!-- %s-License-Identifier: GPL-2.0-only -->\n", "SPDX");
	printf("<!-- made from %s by \"make docs\" -->\n", source);
}

static void print_settings(void)
{
	unsigned int i;

	printf("\n## Settings\n\n"
	       "From where a form runs and what it touches. Every form is tried in the\n"
	       "first; the first form of each class, access and size in all, or of each\n"
	       "class and access where a class needs more than a base register, but for\n"
	       "what is said below of a class.\n\n"
	       "| setting | |\n|---|---|\n");
	for (i = 0; i < NISV_NR_SETTINGS; i++)
		printf("| %s | %s |\n", nisv_settings[i].name,
		       nisv_settings[i].text);
}

static void print_doc(void)
{
	unsigned int class;

	print_head("include/nisv_forms.h and nisv_settings.h, and nisv_forms32.h and so on");
	printf("# Instruction forms\n\n");
	printf("%u forms, and what KVM_RUN gives for each when it touches an address\n"
	       "that no memory slot backs, with KVM_CAP_ARM_NISV_TO_USER off and on.\n"
	       "In `esr_iss` the lowest two bits (the level of the translation fault)\n"
	       "may be anything.\n", nisv_nr_forms);
	print_settings();
	for (class = 0; class < NISV_NR_CLASSES; class++)
		print_class(class);
	print_doc32();
}

static void print_deviations(void)
{
	unsigned int i;

	print_head("include/nisv_deviations.h");
	printf("# Known deviations\n\n");
	printf("What an emulator or an old kernel is known to do wrong. A case that\n"
	       "differs just as the row says, on a machine where the deviation is\n"
	       "found at run time, is XFAIL; a row that is no longer true fails.\n\n");
	printf("| name | field | what | where | since | until | reference |\n");
	printf("|---|---|---|---|---|---|---|\n");
	for (i = 0; i < NISV_NR_DEVIATIONS; i++) {
		const struct nisv_deviation_info *d = &nisv_deviations[i];

		printf("| %s | %s | %s | %s | %s | %s | %s |\n", d->id,
		       d->field, d->what, d->where, d->since,
		       *d->until ? d->until : "-", d->reference);
	}
}

static void print_rows(void)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms; i++) {
		const struct nisv_form *form = &nisv_forms[i];

		printf("%s\t%08x\t%s\t%s\t%s\t%d\t%s\t%d\n", form->name,
		       form->insn, form->text, access_text(form->access),
		       bytes_text(form), nisv_classes[form->class].isv,
		       nisv_features[form->feature].title,
		       nisv_form_emulated(form));
	}
}

static const struct {
	u32 word;
	const char *text;
} code32[] = {
#define CODE32(word, text)	{ word, text },
#define LABEL32(name)
#include "nisv_guest32.h"
#undef LABEL32
#undef CODE32
};

static void print_rows32(void)
{
	unsigned int i;

	for (i = 0; i < nisv_nr_forms32; i++) {
		const struct nisv_form32 *form = &nisv_forms32[i];

		printf("%s\t", form->form.name);
		print_insn32(form);
		printf("\t%s\t%s\n", form->form.text, set_text(form->set));
	}
	for (i = 0; i < ARRAY_SIZE(code32); i++)
		printf("guest\t%08x\t%s\tA32\n", code32[i].word,
		       code32[i].text);
}

static int explain(char **words)
{
	struct nisv_diagnosis d = { .text = words[1] };
	char text[1024], *end;

	d.insn = strtoul(words[0], &end, 16);
	if (*end)
		return 2;
	if (d.text && words[2]) {
		d.form = nisv_form_named(words[2]);
		if (!d.form)
			return 2;
	}
	nisv_diagnose(&d, text, sizeof(text));
	fputs(text, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "doc"))
		print_doc();
	else if (argc == 2 && !strcmp(argv[1], "deviations"))
		print_deviations();
	else if (argc == 2 && !strcmp(argv[1], "rows"))
		print_rows();
	else if (argc == 2 && !strcmp(argv[1], "rows32"))
		print_rows32();
	else if (argc >= 3 && argc <= 5 && !strcmp(argv[1], "explain"))
		return explain(argv + 2);
	else
		return fprintf(stderr, "usage: forms doc|deviations|rows|rows32|explain\n"), 2;
	return 0;
}
