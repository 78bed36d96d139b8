/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to tell people about an access that has exited without syndrome. A VMM
 * that stops a guest there may print the same. lib/diagnose.c
 */
#ifndef NISV_DIAGNOSE_H
#define NISV_DIAGNOSE_H

#include "nisv.h"

struct nisv_slot {
	u32 id;
	u64 ipa;
	u64 size;
	bool read_only;
};

struct nisv_diagnosis {
	u32 insn;
	const char *text;		/* NULL: not known */
	/* a row of the same encoding, NULL: none is known */
	const struct nisv_form *form;
	bool addressed;			/* these are known: */
	u64 va;
	u64 ipa;
	const struct nisv_slot *slots;
	unsigned int nr_slots;
};

/* The slots next to an address: NULL where there is none. */
struct nisv_nearest {
	const struct nisv_slot *inside;
	const struct nisv_slot *below;
	const struct nisv_slot *above;
};

void nisv_nearest_slots(u64 ipa, const struct nisv_slot *slots,
			unsigned int nr, struct nisv_nearest *nearest);

/* Writes the lines, with a newline each; @buf is always terminated. */
void nisv_diagnose(const struct nisv_diagnosis *d, char *buf, size_t size);

/* The memory slots of a VM, at most @max: how many. lib/vcpus.c */
unsigned int nisv_vm_slots(const struct nisv_vm *vm, struct nisv_slot *slots,
			   unsigned int max);

/* The diagnosis of @form's access in @vm. lib/run.c */
void nisv_diagnose_form(const struct nisv_vm *vm, const struct nisv_form *form,
			char *buf, size_t size);

#endif /* NISV_DIAGNOSE_H */
