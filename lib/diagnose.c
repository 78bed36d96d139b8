// SPDX-License-Identifier: GPL-2.0-only
/*
 * The diagnosis of an access that has exited without syndrome: which instruction
 * it was, why there is no syndrome (DDI0487, ESR_EL2, ISV), where it went, what
 * memory is nearby, and what the guest should do instead.
 *
 * Knows neither KVM nor the selftest library, so that host tools use it as well.
 */
#include <stdarg.h>
#include <stdio.h>

#include "nisv_diagnose.h"

void nisv_nearest_slots(u64 ipa, const struct nisv_slot *slots,
			unsigned int nr, struct nisv_nearest *nearest)
{
	const struct nisv_slot *s;

	*nearest = (struct nisv_nearest) { NULL, NULL, NULL };
	for (s = slots; s != slots + nr; s++) {
		if (s->ipa > ipa) {
			if (!nearest->above || s->ipa < nearest->above->ipa)
				nearest->above = s;
		} else if (ipa - s->ipa < s->size) {
			nearest->inside = s;
		} else if (!nearest->below || s->ipa > nearest->below->ipa) {
			nearest->below = s;
		}
	}
}

struct output {
	char *buf;
	size_t size;
	size_t at;
};

static void __printf(2, 3) say(struct output *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->at >= o->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->at, o->size - o->at, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->at += n;
}

static void say_slot(struct output *o, const char *where,
		     const struct nisv_slot *s, u64 distance, const char *how)
{
	say(o, "slot %-10s ", where);
	if (!s) {
		say(o, "none\n");
		return;
	}
	say(o, "%u: 0x%llx to 0x%llx, 0x%llx bytes%s, %s by 0x%llx\n", s->id,
	    (unsigned long long)s->ipa,
	    (unsigned long long)(s->ipa + s->size - 1),
	    (unsigned long long)s->size, s->read_only ? ", read-only" : "", how,
	    (unsigned long long)distance);
}

static void say_where(struct output *o, const struct nisv_diagnosis *d)
{
	struct nisv_nearest n;

	nisv_nearest_slots(d->ipa, d->slots, d->nr_slots, &n);
	say(o, "va              0x%llx\n", (unsigned long long)d->va);
	say(o, "ipa             0x%llx\n", (unsigned long long)d->ipa);
	if (n.inside)
		say_slot(o, "around it", n.inside, d->ipa - n.inside->ipa,
			 "begins before it");
	say_slot(o, "below", n.below,
		 n.below ? d->ipa - (n.below->ipa + n.below->size) : 0,
		 "ends before it");
	say_slot(o, "above", n.above, n.above ? n.above->ipa - d->ipa : 0,
		 "begins behind it");
}

static const char *access_text(enum nisv_access access)
{
	return access == ACCESS_R ? "load" :
	       access == ACCESS_W ? "store" : "load and store in one";
}

/* What of a form's bytes the word says, and what else does. */
static void say_access(struct output *o, const struct nisv_form *form)
{
	unsigned int eighths = form->bytes / NISV_VL_EIGHTH;
	enum nisv_unit unit = nisv_form_unit(form);

	if (form->access == ACCESS_NONE) {
		say(o, "access          none\n");
		return;
	}
	say(o, "access          %s, ", access_text(form->access));
	switch (unit) {
	case UNIT_BYTES:
		say(o, "%u bytes\n", form->bytes);
		break;
	case UNIT_VL:
	case UNIT_SVL:
	case UNIT_PL:
		if (unit == UNIT_PL)
			eighths = 1;
		if (eighths < 8)
			say(o, "%s of", eighths == 1 ? "an eighth" :
			    eighths == 2 ? "a quarter" : "half");
		else
			say(o, "%u times", eighths / 8);
		say(o, " the bytes of %s vector\n",
		    unit == UNIT_SVL ? "a streaming SVE" : "an SVE");
		break;
	case UNIT_EACH:
		say(o, "%u bytes for each active element\n", form->bytes);
		break;
	case UNIT_DCZ:
		say(o, "a block of as many bytes as DCZID_EL0 says\n");
		break;
	case UNIT_TAGS:
		say(o, "the tags of as many bytes as GMID_EL1 says\n");
		break;
	case UNIT_NO_BYTES:
		say(o, "as many bytes as a register says\n");
		break;
	}
}

void nisv_diagnose(const struct nisv_diagnosis *d, char *buf, size_t size)
{
	struct output o = { buf, size, 0 };

	*buf = 0;
	say(&o, "instruction     %08x  %s\n", d->insn, d->text ? d->text :
	    "unknown");
	if (d->form) {
		const struct nisv_class_info *class =
			&nisv_classes[d->form->class];

		say(&o, "class           %s\n", class->title);
		say(&o, "syndrome        %s: %s\n", class->isv ? "yes" : "none",
		    class->why);
		say_access(&o, d->form);
	} else {
		say(&o, "class           unknown\n");
	}
	if (d->addressed)
		say_where(&o, d);
	if (d->form)
		say(&o, "instead         %s\n",
		    nisv_classes[d->form->class].instead);
}
