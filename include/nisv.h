/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests and their library agree on.
 *
 * A test program adds named cases and hands them to nisv_harness(). A case gets
 * a struct nisv_check, runs a form in a struct nisv_vm and compares what
 * happened, field by field, with what nisv_expect() derives from the form and
 * the situation.
 *
 * Nothing here knows the selftest library: that is lib/vm.c's business (and
 * include/compat.h hides how its versions differ).
 */
#ifndef NISV_H
#define NISV_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/types.h>

#include "nisv_guest.h"

/* ---- the tables: lib/form.c ---- */

enum nisv_class {
#define CLASS64(id, ...)	CLASS_##id,
#include "nisv_classes.h"
#undef CLASS64
	NISV_NR_CLASSES,
	NISV_LAST_CLASS = NISV_NR_CLASSES - 1,
#define CLASS32(id, ...)	CLASS_##id,
#include "nisv_classes32.h"
#undef CLASS32
	NISV_NR_ALL_CLASSES
};

enum nisv_feature {
#define FEATURE(id, title, emulator, idreg, field, shift, min) FEATURE_##id,
#include "nisv_features.h"
#undef FEATURE
	NISV_NR_FEATURES
};

enum nisv_deviation_id {
#define DEVIATION(id, field, what, where, since, until, ref)	DEVIATION_##id,
#include "nisv_deviations.h"
#undef DEVIATION
	NISV_NR_DEVIATIONS
};

enum nisv_access {
	ACCESS_NONE = 0,
	ACCESS_R = 1,
	ACCESS_W = 2,
	ACCESS_RW = ACCESS_R | ACCESS_W,
};

/* What a form's bytes in the table are. */
enum nisv_unit {
	UNIT_BYTES,
	UNIT_VL,
	UNIT_SVL,
	UNIT_PL,
	UNIT_EACH,
	UNIT_DCZ,
	UNIT_TAGS,
	UNIT_NO_BYTES,
};

enum nisv_setting_id {
#define SETTING(id, from, pstate, idreg, shift, min, hole, offset, text) \
	SETTING_##id,
#include "nisv_settings.h"
#undef SETTING
	NISV_NR_SETTINGS
};

/* From where a form runs. */
enum nisv_from {
	FROM_EL1H,
	FROM_EL1T,
	FROM_EL0,
	FROM_EL1_E0E,
	FROM_EL0_BE,
};

/* Where no memory slot is; 64 KiB each, or a page at IPA 0. */
enum nisv_hole {
	HOLE_MAIN,		/* between two slots, high in the IPA space */
	HOLE_FIRST,		/* its first page */
	HOLE_LAST,		/* its last page */
	HOLE_ZERO,
	HOLE_LOW,
	HOLE_BELOW_4G,
	HOLE_AT_4G,
	HOLE_TOP,		/* the end of the VM's IPA space */
	HOLE_SAME,		/* the guest's VA is the IPA */
	HOLE_TAGGED,		/* the main one, with a tag in the pointer */
	HOLE_UPPER,		/* the main one, through TTBR1_EL1 */
	HOLE_BLOCK,		/* in a stage-1 block, one level above pages */
	HOLE_BLOCK_1G,		/* in one of 1 GiB, two levels above */
	HOLE_NC,		/* the main one, Normal Non-cacheable in stage 1 */
	HOLE_NGNRE,		/* the main one, Device-nGnRE */
	HOLE_NGNRNE,		/* the main one, Device-nGnRnE */
	/* not of a setting: of forms that need them */
	HOLE_32,		/* the main one, with a VA of 32 bits */
	HOLE_TAGS,		/* the main one, with allocation tags */
	NISV_NR_HOLES
};

/* What stage 1 says of memory (DDI0487 B2.7). */
enum nisv_memory {
	MEMORY_NORMAL,		/* Write-Back cacheable */
	MEMORY_NON_CACHEABLE,
	MEMORY_DEVICE,
};

/* One row of nisv_forms.h. */
struct nisv_form {
	const char *name;
	enum nisv_class class;
	enum nisv_access access;
	unsigned int bytes;	/* the most that it can be */
	enum nisv_feature feature;
	u32 insn;
	const char *text;
};

/* What becomes of the access. */
enum nisv_outcome {
	OUTCOME_ISV,
	OUTCOME_LST,
	OUTCOME_NO_ISV,
	OUTCOME_NOTHING,
	OUTCOME_STATUS,
	OUTCOME_UNDEF,
};

/* One row of nisv_classes.h, or what nisv_classes32.h has of one. */
struct nisv_class_info {
	const char *name;
	enum nisv_outcome outcome;
	bool isv;		/* that the exit has */
	bool needs_more;	/* than a base register */
	enum nisv_reaches {
		REACHES_ANY,
		REACHES_NORMAL,
		REACHES_WRITE_BACK,
		REACHES_UNCACHED,
	} memory;
	enum nisv_unaligned {
		UNALIGNED_NEVER,
		UNALIGNED_FORM,
		UNALIGNED_ALWAYS,
		UNALIGNED_EACH,
		UNALIGNED_BLOCK,
	} unaligned;
	enum nisv_far {
		FAR_EXACT,
		FAR_PAGE,
		FAR_REST,
	} far;
	bool emulated;
	const char *title;
	const char *why;
	const char *instead;
};

/* What a row NOT_IN of nisv_classes.h is about. */
enum nisv_part {
	PART_EL0,
	PART_BTYPE,
	PART_TAG,
	PART_SAME,
	PART_BLOCK,
	PART_DEVICE,
	PART_UNCACHED,
	PART_PLACE,
	PART_AGAIN,
	PART_SLOT,
};

/* One row of nisv_features.h; the ID register is known by its name here. */
struct nisv_feature_info {
	const char *title;
	bool emulated;
	const char *idreg;
	const char *field;
	unsigned int shift;
	unsigned int min;
};

/* One row of nisv_settings.h. */
struct nisv_setting {
	const char *name;
	enum nisv_from from;
	u32 pstate;
	const char *idreg;
	unsigned int shift;
	unsigned int min;
	enum nisv_hole hole;
	s32 offset;
	const char *text;
};

#define NISV_OWN_OFFSET		0x7fffffff
#define NISV_ACROSS_PAGES	0x7ffffffe

/* One row of nisv_deviations.h. */
struct nisv_deviation_info {
	const char *id;
	const char *field;
	const char *what;
	const char *where;
	const char *since;
	const char *until;
	const char *reference;
};

extern const struct nisv_form nisv_forms[];
extern const unsigned int nisv_nr_forms;
extern const struct nisv_class_info nisv_classes[NISV_NR_ALL_CLASSES];
extern const struct nisv_feature_info nisv_features[NISV_NR_FEATURES];
extern const struct nisv_setting nisv_settings[NISV_NR_SETTINGS];
extern const struct nisv_deviation_info nisv_deviations[NISV_NR_DEVIATIONS];

#define NISV_SP		31	/* a base register of SP */
#define NISV_VL_MAX	256	/* bytes of the longest SVE vector, */
#define NISV_VL_EIGHTH	32	/* by 8 */
#define NISV_NO_BASE	32	/* a literal, or a vector: no base register */
#define NISV_ZR		31	/* a destination of XZR or WZR */
#define NISV_OFFSET_REG	2	/* X2 holds the offset of [Xn, Xm] */

/* What the bytes of the form are. */
enum nisv_unit nisv_form_unit(const struct nisv_form *form);

/* Number of the base register, NISV_SP for SP, NISV_NO_BASE for none. */
unsigned int nisv_form_base(const struct nisv_form *form);

/*
 * Bytes from the base register to the accessed address, when X2 is @x2
 * (DDI0487 C4.1.94 and C6.2: the addressing mode of each encoding group).
 */
s64 nisv_form_offset(const struct nisv_form *form, u64 x2);

/* The alignment in bytes at which no form takes an alignment fault. */
unsigned int nisv_form_align(const struct nisv_form *form);

/*
 * Whether it takes no alignment fault in Normal memory, however its address is
 * aligned, with SCTLR_ELx.A 0 (DDI0487 B2.9.2).
 */
bool nisv_form_may_be_unaligned(const struct nisv_form *form);

/* Rt of a form of class PLAIN, NISV_ZR for the zero register. */
unsigned int nisv_form_rt(const struct nisv_form *form);

/* The row of that name, NULL if there is none. */
const struct nisv_form *nisv_form_named(const char *name);

/* The row of that encoding, NULL if there is none. */
const struct nisv_form *nisv_form_of_word(u32 insn);

/*
 * Whether the form is of those that are tried everywhere, from any exception
 * level and in any VM: it exits, whatever came before it, and needs nothing but
 * its base register.
 */
bool nisv_form_everywhere(const struct nisv_form *form);

/*
 * Whether it is the first row of its class with its access, or with its access
 * and size, of those that are tried everywhere. The first of a class and access
 * is looked at thoroughly.
 */
bool nisv_form_first(const struct nisv_form *form);
bool nisv_form_first_of_size(const struct nisv_form *form);

/*
 * Whether it stands for its class: nisv_form_first(), or in a class that needs
 * more the first row with its access.
 */
bool nisv_form_represents(const struct nisv_form *form);

/* Why the form is not tried in that, NULL if it is: a row NOT_IN. */
const char *nisv_form_not_in(const struct nisv_form *form,
			     enum nisv_setting_id setting);
const char *nisv_form_without(const struct nisv_form *form,
			      enum nisv_part part);

/* Whether its exit is KVM_EXIT_MMIO, which the next KVM_RUN completes. */
bool nisv_form_is_mmio(const struct nisv_form *form);

/* Whether its address is at a fixed distance from PC. */
bool nisv_form_is_literal(const struct nisv_form *form);

/* The hole that the form needs in place of the main one, HOLE_MAIN: any. */
enum nisv_hole nisv_form_hole(const struct nisv_form *form);

/* Whether it is an atomic read-modify-write, not a copy. */
bool nisv_form_is_atomic(const struct nisv_form *form);

/* Whether it accesses memory as EL0 does; a copy, its other address. */
bool nisv_form_unprivileged(const struct nisv_form *form);
bool nisv_form_unprivileged_there(const struct nisv_form *form);

/* How many bytes a copy or set is of, when it begins. */
#define NISV_COPY_BYTES		0x2100	/* pages, and no whole number of them */
#define NISV_PROLOGUE_BYTES	0x40	/* of one whose prologue exits */
u64 nisv_form_copies(const struct nisv_form *form);

/* Whether it uses the SVE registers. */
bool nisv_form_is_sve(const struct nisv_form *form);

/* Whether lib/emulate*.c know it. */
bool nisv_form_emulated(const struct nisv_form *form);

/*
 * Memory copy and set: whether it goes on with one (main, epilogue), and what the
 * prologue and main of the same row are.
 */
bool nisv_form_is_mops(const struct nisv_form *form);
bool nisv_form_goes_on(const struct nisv_form *form);
u32 nisv_form_prologue(const struct nisv_form *form);
u32 nisv_form_main(const struct nisv_form *form);
bool nisv_form_is_epilogue(const struct nisv_form *form);

/* Whether the form is a copy whose source is at the base register. */
bool nisv_form_is_source(const struct nisv_form *form);

/* Whether X@n is the base register or Rt of the form, V@n its Rt. */
bool nisv_form_names_x(const struct nisv_form *form, unsigned int n);
bool nisv_form_names_v(const struct nisv_form *form, unsigned int n);

/* Whether it has to do with V, Z or P at all. */
bool nisv_form_uses_v(const struct nisv_form *form);

/*
 * What Rt holds after a load of class PLAIN read the bytes @data (lowest byte
 * first): sign or zero extended, the upper half zero for a W register.
 */
u64 nisv_form_loaded(const struct nisv_form *form, u64 data);

/* Whether a form of class PLAIN is a load that sign-extends (LDRS*). */
bool nisv_form_signed(const struct nisv_form *form);

/* ---- what must happen: lib/expect.c ---- */

/* What is behind an address. */
enum nisv_behind {
	BEHIND_NOTHING,		/* no memory slot */
	BEHIND_READ_ONLY,	/* a page of a KVM_MEM_READONLY slot, not touched yet */
	BEHIND_READ_BEFORE,	/* the same, after a load from it */
};

/* What a case is about: the form touches @ipa. */
struct nisv_situation {
	const struct nisv_form *form;
	enum nisv_behind behind;
	enum nisv_memory memory;
	bool cap;		/* KVM_CAP_ARM_NISV_TO_USER is enabled */
	u64 ipa;		/* address of the lowest byte accessed */
	unsigned int level;	/* at which the walk ends in stage 2, 0: any */
	u64 store;		/* what a store of class PLAIN has in Rt */
	bool big_endian;	/* the guest's data */
	u64 size;		/* of a copy or set, 0: nisv_form_copies() */
	bool left_nothing;	/* and what came before it has done them all */
};

/* What KVM_RUN must then return, and what kvm_run must then hold. */
struct nisv_want {
	int ret;		/* of KVM_RUN: 0 or the negative errno */
	u32 exit_reason;
	bool nisv;		/* kvm_run.arm_nisv is valid: */
	const char *iss;	/* what the field is called */
	u64 esr_iss;
	u64 esr_any;		/* bits of esr_iss that may be anything */
	u64 fault_ipa;
	u64 fault_span;		/* fault_ipa may be in so many bytes of whole pages */
	bool mmio;		/* kvm_run.mmio is valid: */
	u64 phys_addr;
	u32 len;
	bool is_write;
	u64 data;		/* of a write, len bytes */
	const char *data_name;	/* what that field is called, NULL: data */
	/*
	 * The CPU may refuse the form instead: the guest takes a data abort with
	 * DFSC 0x35, unsupported Exclusive or atomic access.
	 */
	bool may_refuse;
	bool ls64;		/* the exit is KVM_EXIT_ARM_LDST64B */
	bool goes_on;		/* no exit: the guest goes on behind the form */
	u64 irq_level;		/* KVM_ARM_DEV_*: devices that interrupt */
};

/* Sources: api.rst, KVM_RUN and KVM_EXIT_ARM_NISV; DDI0487, ESR_EL2. */
void nisv_expect(const struct nisv_situation *s, struct nisv_want *want);

/*
 * The exit of cache maintenance of @ipa in a read-only slot, with the capability
 * on or off: where the CPU has a permission to check it may come, and where it
 * has none the guest goes on. Source: DDI0487 D7.5.9, ESR_EL2.CM and WnR.
 */
void nisv_expect_maintenance(bool cap, u64 ipa, struct nisv_want *want);

/* Whether the guest's ESR_ELx is of that abort. */
bool nisv_is_refusal(u64 esr);

/* An exception that a guest takes to EL1 (at virtual EL2: to EL2). */
struct nisv_taken {
	u64 vector;		/* index into the vector table */
	u64 esr;
	u64 far;
	u64 elr;
	u64 spsr;
	u64 pstate;		/* in the handler */
};

/*
 * What the guest must take when user space injects an external data abort, or
 * an SError that is not masked, at PC @pc with PSTATE @pstate, where an access
 * to @va exited; @sctlr and @mode are of the exception level that takes it.
 * Sources: DDI0487 D1.3 (exception entry: vector, PSTATE, SPSR), D24.2.40
 * (ESR_ELx: EC, IL, DFSC); api.rst 4.31 KVM_SET_VCPU_EVENTS.
 */
void nisv_expect_abort(u64 pc, u64 pstate, u64 va, u64 sctlr, u64 mode,
		       struct nisv_taken *want);
void nisv_expect_serror(u64 pc, u64 pstate, u64 iss, u64 sctlr, u64 mode,
			struct nisv_taken *want);

/*
 * What a hypervisor must take when its own stage 2 does not let its guest's
 * access through: @fsc is DFSC, with the level. Acquire and release (ISS.AR) of a
 * form of class PLAIN are not known here. Source: DDI0487 D24.2.40, ISS encoding
 * for an exception from a Data Abort.
 */
void nisv_expect_stage2(const struct nisv_form *form, u64 fsc, u64 pc,
			u64 pstate, u64 va, u64 sctlr, u64 mode,
			struct nisv_taken *want);

/* How a value reads to people; @buf is always terminated. */
void nisv_show_hex(char *buf, size_t size, u64 val);
void nisv_show_dec(char *buf, size_t size, u64 val);
void nisv_show_result(char *buf, size_t size, u64 val);	/* or -errno */
void nisv_show_exit(char *buf, size_t size, u64 val);
void nisv_show_iss(char *buf, size_t size, u64 val);
void nisv_show_delta(char *buf, size_t size, u64 val);

/* The first field of esr_iss in which @want and @got differ: "WnR". */
const char *nisv_iss_difference(u64 want, u64 got);

/* The rule that @got breaks with that field. */
const char *nisv_iss_rule(const struct nisv_form *form, u64 want, u64 got);

/* ---- cases, comparisons and results: lib/harness.c ---- */

struct nisv_check;

/*
 * Adds a case; the name is [a-z0-9_.]+ and new. Cases run in this order: @fn
 * is called with @arg, and what it finds goes to @c.
 */
void __printf(3, 4) nisv_case(void (*fn)(struct nisv_check *c, const void *arg),
			      const void *arg, const char *fmt, ...);

/*
 * Lists (-l) or runs the cases whose "program:case", "program" or "case"
 * matches one of the patterns on the command line, all without one; of these,
 * with -s PART/PARTS, every PARTS-th. Prints KTAP. Returns the kselftest exit
 * status.
 */
int nisv_harness(int argc, char **argv);

/*
 * How many times as many rounds are wanted of what a case does over and over
 * (-r TIMES), usually 1.
 */
unsigned int nisv_repeat(void);

/*
 * From here on the comparisons of the case are about @form on vCPU @cpu, for
 * its messages. What was equal before is forgotten.
 */
void nisv_check_form(struct nisv_check *c, const struct nisv_form *form,
		     unsigned int cpu);

/* The step that is compared from here on, as a prefix: "", "again: ". */
void nisv_check_step(struct nisv_check *c, const char *step);

/* For a case that may be told to take longer: it has not hung. */
void nisv_check_goes_on(void);

/*
 * The argument of the @n-th case behind the one that runs, which is the 0th, if that is
 * @fn's as well; else NULL. It may be run ahead. Where each case is to die on its own
 * there is none behind.
 */
const void *nisv_case_ahead(void (*fn)(struct nisv_check *c, const void *arg),
			    unsigned int n);

/*
 * Compares; a difference fails the case and the message gives @rule. What is
 * equal is shown as well when the case fails. False when they differ. The
 * strings must stay until the case ends.
 */
bool nisv_eq(struct nisv_check *c, const char *field, u64 want, u64 got,
	     void (*show)(char *buf, size_t size, u64 val), const char *rule);

/* The same for one of many fields, which is shown when it differs only. */
bool nisv_eq_many(struct nisv_check *c, const char *fmt, int index, u64 want,
		  u64 got, const char *rule);

/* Fails the case with a line of its own. */
void __printf(2, 3) nisv_fail(struct nisv_check *c, const char *fmt, ...);

/* Lines that are shown if the case fails; later ones take the place of these. */
void nisv_explain(struct nisv_check *c, const char *text);

/*
 * What KVM writes to the kernel's log about it is right: user space is at fault.
 * Of all other cases a line about KVM is a failure.
 */
void nisv_may_log(struct nisv_check *c);

/*
 * Skips the case: what it requires, and what was found instead. Only where that
 * is not there; what goes wrong in looking for it is a failure.
 */
void __printf(3, 4) nisv_skip(struct nisv_check *c, const char *requires,
			      const char *found, ...);

/* Whether anything has failed so far. */
bool nisv_failed(const struct nisv_check *c);

/* ---- known deviations: lib/deviation.c ---- */

/* What a deviation that is present here makes of an expectation. */
struct nisv_deviates {
	const struct nisv_deviation_info *row;
	u64 predicted;
};

/* Whether one is present that applies to @field of @form, wanted as @want. */
bool nisv_deviation(const struct nisv_form *form, const char *field,
		    u64 want, struct nisv_deviates *d);

/* Whether one that is present here puts this line into the kernel's log. */
bool nisv_deviation_logs(const char *line);

/*
 * Whether the kernel is one with protected VMs: kvm-arm.mode=protected, and Linux
 * 7.3, the first of which that is known.
 */
bool nisv_kernel_protects(void);

/* ---- a guest that runs forms: lib/vm.c ---- */

#define NISV_MAX_VCPUS	16

struct nisv_vm;

/* What the union in struct kvm_run has before KVM_RUN. */
#define NISV_UNTOUCHED	0xa5a5a5a5a5a5a5a5ull

/* What one KVM_RUN returned; a copy, so that the next one cannot change it. */
struct nisv_exit {
	int ret;		/* 0 or the negative errno */
	u32 reason;
	u16 flags;
	u64 esr_iss;
	u64 fault_ipa;
	u64 phys_addr;
	u32 len;
	u8 is_write;
	u64 data;		/* NISV_UNTOUCHED where it was not written */
	/*
	 * How many bytes at the start of the union in struct kvm_run were
	 * written to (the index of the last such byte, plus one).
	 */
	unsigned int touched;
	/* Bytes of struct kvm_run outside of it that changed and must not. */
	unsigned int strayed;
	u64 irq_level;		/* s.regs.device_irq_level: KVM_ARM_DEV_* */
};

/*
 * Creates a VM with @nr_vcpus vCPUs; or with none yet, which nisv_vm_add_vcpu()
 * then adds. Fails the case if the library does.
 */
struct nisv_vm *nisv_vm_new(unsigned int nr_vcpus);

/* How a VM is made, 0 or false: as usual. */
struct nisv_space {
	unsigned int ipa_bits;		/* KVM_VM_TYPE_ARM_IPA_SIZE */
	unsigned int page_shift;	/* of stage 1 */
	bool huge;			/* the hole is where a hugepage may end */
	bool full;			/* vCPUs have every feature that KVM has */
	unsigned int vl;		/* the longest SVE vector of these, bytes */
};

struct nisv_vm *nisv_vm_new_in(const struct nisv_space *space,
			       unsigned int nr_vcpus);

/* Whether there can be none here: what it requires, and what was found. */
bool nisv_space_missing(const struct nisv_space *space, char *requires,
			size_t size, char *found, size_t found_size);

struct nisv_vm *nisv_vm_new_without_vcpus(unsigned int max_vcpus);
struct nisv_vm *nisv_vm_new_like(const struct nisv_vm *vm,
				 unsigned int max_vcpus);

/* KVM_CREATE_VM of the same type alone: its file, or the negative errno. */
int nisv_vm_bare_like(const struct nisv_vm *vm);

/* With one vCPU that has every feature that KVM can give it here. */
struct nisv_vm *nisv_vm_new_full(void);

void nisv_vm_add_vcpu(struct nisv_vm *vm);
void nisv_vm_add_vcpu_id(struct nisv_vm *vm, u32 id);
void nisv_vm_free(struct nisv_vm *vm);

/*
 * KVM_SET_USER_MEMORY_REGION of a VM's file: 0 or the negative errno. No @size
 * deletes the slot.
 */
int nisv_set_slot(int vm_fd, u32 slot, u32 flags, u64 ipa, u64 size,
		  void *memory);

/* Adds memory on both sides of the hole: a slot each takes its time. */
void nisv_vm_add_neighbours(struct nisv_vm *vm);

/*
 * The same, and all memory of the one below is a hugepage; false where there is
 * none.
 */
bool nisv_vm_add_huge_neighbour(struct nisv_vm *vm);

/* A transparent hugepage, the caller unmaps it; or NULL. lib/space.c */
void *nisv_huge_memory(size_t *huge_size);

/* Adds a slot far from the hole, and deletes it again. */
void nisv_vm_add_and_delete_slot(struct nisv_vm *vm);

/* Takes all memory slots of a VM that has no vCPU away, and puts them back. */
void nisv_vm_without_slots(struct nisv_vm *vm, bool without);

/* Why there can be no VM here, NULL if there can. */
const char *nisv_vm_missing(void);

/* Plain file descriptors, for ioctls that are the subject of a test. */
int nisv_vm_fd(const struct nisv_vm *vm);
int nisv_vcpu_fd(const struct nisv_vm *vm, unsigned int cpu);

/*
 * KVM_ENABLE_CAP of KVM_CAP_ARM_NISV_TO_USER on the VM: what it returned, or
 * the negative errno.
 */
int nisv_vm_enable(struct nisv_vm *vm);

/* KVM_ARM_VCPU_INIT again, with what the vCPU was created with. */
int nisv_vcpu_reinit(struct nisv_vm *vm, unsigned int cpu);

/* The vCPU's value of a feature's ID register field. */
unsigned int nisv_vcpu_feature(struct nisv_vm *vm, unsigned int cpu,
			       enum nisv_feature feature);

/* The same for what a setting needs. */
unsigned int nisv_vcpu_setting(struct nisv_vm *vm, unsigned int cpu,
			       enum nisv_setting_id setting);

/* From now on forms run so, and touch that hole; it starts with SETTING_hole. */
void nisv_vm_set(struct nisv_vm *vm, enum nisv_setting_id setting);
bool nisv_vm_is_set(const struct nisv_vm *vm, enum nisv_setting_id setting);

/* What a VM must have for that hole, NULL if it has it. */
const char *nisv_vm_hole_missing(const struct nisv_vm *vm, enum nisv_hole hole);

/* What stage 1 says of the hole that forms touch now; and of that hole. */
enum nisv_memory nisv_vm_memory(const struct nisv_vm *vm);
enum nisv_memory nisv_hole_memory(enum nisv_hole hole);

/* Whether the selftest library runs its guest at virtual EL2. */
bool nisv_vm_at_el2(const struct nisv_vm *vm);

/* Whether data of forms are big-endian now. */
bool nisv_vm_big_endian(const struct nisv_vm *vm);

/* The IPA that row @form touches, and the VA that the guest uses. */
u64 nisv_form_ipa(const struct nisv_vm *vm, const struct nisv_form *form);
u64 nisv_form_va(const struct nisv_vm *vm, const struct nisv_form *form);

/* The bytes that it can be at most in this VM. */
unsigned int nisv_form_reach(const struct nisv_vm *vm,
			     const struct nisv_form *form);

/* The larger one of the guest's and the host's. */
u64 nisv_vm_page_size(const struct nisv_vm *vm);

/* The VM's IPA space ends at 2 to the power of this. */
unsigned int nisv_vm_ipa_bits(const struct nisv_vm *vm);

/*
 * Whether the guest loads V, FPSR and FPCR before every form and stores them after
 * it; else only for a form that uses them. KVM gives them to the guest when it
 * first asks, after each KVM_RUN, which takes longer than all the rest.
 */
void nisv_vm_with_fp(struct nisv_vm *vm, bool on);

/* Maps @va to @ipa in stage 1. */
void nisv_vm_map(struct nisv_vm *vm, u64 va, u64 ipa, u64 size);

/* Maps again what is at @va for EL0, which may read and write: its VA there. */
u64 nisv_vm_map_for_el0(struct nisv_vm *vm, u64 va, u64 ipa, u64 size);

/*
 * Where the descriptor is that maps @va in stage 1 (@above 0), or one of those
 * that lead to it, @above levels above, of nisv_vm_levels() levels (DDI0487
 * D8.3). Nothing invalidates the TLB: the guest must not have used it.
 */
u64 *nisv_vm_descriptor(struct nisv_vm *vm, u64 va, unsigned int above);
unsigned int nisv_vm_levels(const struct nisv_vm *vm);

/*
 * Makes a VA whose translation fails in stage 1, in a VM that has not run: the
 * table that the descriptor @above levels above the last points to is in a hole
 * (1: the last table). 0 where that table maps the guest itself.
 */
u64 nisv_vm_open_walk(struct nisv_vm *vm, unsigned int above);

/*
 * Copies the last table of the translation of @va to @copy, which is at @ipa,
 * and has the walk use it, in a VM that has not run.
 */
void nisv_vm_move_table(struct nisv_vm *vm, u64 va, u64 *copy, u64 ipa);

/*
 * Maps a VA to the first page beyond the VM's IPA space, in a VM that has not
 * run: the IPA, 0 where the CPU has none.
 */
u64 nisv_vm_open_beyond(struct nisv_vm *vm, u64 *va);

/* Where the guest rings when it has gone on past the form. */
u64 nisv_doorbell_ipa(const struct nisv_vm *vm);

/* Guest address of the stub that is made of row @form. */
u64 nisv_form_pc(const struct nisv_vm *vm, const struct nisv_form *form);

/*
 * Fills every register with a value of its own and points the base register
 * so that @form touches nisv_form_va(). The guest loads them all when it runs.
 * @regs is also what must be found unchanged at the exit.
 */
void nisv_vcpu_load(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs);

/* Gives a vCPU that is loaded for a copy or set its addresses and size. */
void nisv_vcpu_aim_copy(struct nisv_vm *vm, const struct nisv_form *form,
			struct nisv_regs *regs);

/* Moves the address at the base register to nisv_form_va(). */
void nisv_vcpu_move_copy(struct nisv_regs *regs);

/*
 * Maps code for literals at [@va, @va + @size), and gives a vCPU that is loaded
 * for a literal one of these: nisv_vcpu_start() is next.
 */
void nisv_vm_map_code(struct nisv_vm *vm, u64 va, u64 size);
void nisv_vcpu_aim_literal(struct nisv_vm *vm, const struct nisv_form *form,
			   struct nisv_regs *regs, u64 va);

/* The memory that these are in, as it was. */
void nisv_vm_restore_copy(struct nisv_vm *vm);

/* The same with a small value in Rt, whose bit 31 is set. */
void nisv_vcpu_load_small(struct nisv_vm *vm, unsigned int cpu,
			  const struct nisv_form *form, struct nisv_regs *regs);

/* The guest next starts with these instead. */
void nisv_vcpu_start(struct nisv_vm *vm, unsigned int cpu,
		     const struct nisv_regs *regs);

/*
 * KVM_RUN once. Before it, the union of struct kvm_run is filled with a
 * pattern (not when a KVM_EXIT_MMIO load is to be completed by it).
 */
void nisv_vcpu_run(struct nisv_vm *vm, unsigned int cpu, struct nisv_exit *e);

/* Looks again at what struct kvm_run says; @e->ret is left alone. */
void nisv_vcpu_look(const struct nisv_vm *vm, unsigned int cpu,
		    struct nisv_exit *e);

/*
 * KVM_RUN that only completes what is pending (immediate_exit): what it
 * returned, or the negative errno.
 */
int nisv_vcpu_complete(struct nisv_vm *vm, unsigned int cpu);

/*
 * Leaves an exit_reason, as a careless VMM may, for the next KVM_RUN to find:
 * KVM_EXIT_MMIO although no access is to be completed, or any other.
 */
void nisv_vcpu_claim(struct nisv_vm *vm, unsigned int cpu, u32 exit_reason);

/*
 * For the KVM_EXIT_MMIO load just returned: the data that completes it. What
 * else kvm_run.mmio holds is overwritten: KVM has to know by itself.
 */
void nisv_vcpu_mmio_data(struct nisv_vm *vm, unsigned int cpu, u64 data);

/* Which registers: an ioctl each is a good part of a case's time. */
enum nisv_extent {
	NISV_NAMED,		/* the base register and Rt, PC, PSTATE */
	NISV_ALL,
	NISV_SEEN,		/* by the guest: all but PC */
};

/*
 * The vCPU's registers as KVM_GET_ONE_REG gives them, NISV_NAMED (those of
 * @form) or NISV_ALL; the others in @regs are left alone.
 */
void nisv_vcpu_regs(struct nisv_vm *vm, unsigned int cpu,
		    const struct nisv_form *form, struct nisv_regs *regs,
		    enum nisv_extent extent);
u64 nisv_vcpu_pc(struct nisv_vm *vm, unsigned int cpu);
u64 nisv_vcpu_pstate(struct nisv_vm *vm, unsigned int cpu);
u64 nisv_vcpu_x(struct nisv_vm *vm, unsigned int cpu, unsigned int n);
void nisv_vcpu_set_pc(struct nisv_vm *vm, unsigned int cpu, u64 pc);

/* Leaves the form: KVM_RUN next begins where a new vCPU does (lib/guest.S). */
void nisv_vcpu_to_start(struct nisv_vm *vm, unsigned int cpu);

/*
 * What KVM_GET_REG_LIST lists: every register of up to 8 bytes that time does
 * not change; with @on_the_way only those that the guest's own code
 * (lib/guest.S) between the doorbell and a form leaves alone. @values is as long
 * as it must be; the caller frees it.
 */
struct nisv_sysreg {
	u64 id;
	u64 value;
};

unsigned int nisv_vcpu_sysregs(struct nisv_vm *vm, unsigned int cpu,
			       bool on_the_way, struct nisv_sysreg **values);

/*
 * Gives registers that an exception or an exit might change values of their
 * own, between two KVM_RUNs: FAR, ESR, ELR, SPSR, thread IDs and more.
 */
void nisv_vcpu_scramble(struct nisv_vm *vm, unsigned int cpu, u64 seed);

/* A counter of KVM_GET_STATS_FD, NISV_NO_STAT if KVM does not have that ioctl. */
#define NISV_NO_STAT	(~0ull)
u64 nisv_vcpu_stat(struct nisv_vm *vm, unsigned int cpu, const char *name);

/* The guest's virtual counter less the host's, as far as it can be known. */
struct nisv_range {
	s64 low;
	s64 high;
};

void nisv_vcpu_counter(struct nisv_vm *vm, unsigned int cpu,
		       struct nisv_range *offset);

/* How many exceptions KVM_GET_VCPU_EVENTS says are pending. */
unsigned int nisv_vcpu_pending(struct nisv_vm *vm, unsigned int cpu);

/*
 * Has KVM inject an external data abort, an SError with syndrome @iss (a
 * negative one: KVM's own), or both (KVM_SET_VCPU_EVENTS): what the ioctl
 * returned, or the negative errno.
 */
int nisv_vcpu_inject(struct nisv_vm *vm, unsigned int cpu, bool abort,
		     bool serror, s64 iss);

/*
 * The exception that the vCPU is entering: PC is a vector of VBAR, and nothing
 * of the handler has run. And makes it so, register by register.
 */
void nisv_vcpu_entering(struct nisv_vm *vm, unsigned int cpu,
			struct nisv_taken *taken);
void nisv_vcpu_make_enter(struct nisv_vm *vm, unsigned int cpu,
			  const struct nisv_taken *taken);

/* Every register that KVM_GET_REG_LIST lists, read and written as it is. */
void nisv_vcpu_write_back(struct nisv_vm *vm, unsigned int cpu);

/* KVM_RUN with a signal pending: what it returned, or the negative errno. */
int nisv_vcpu_run_interrupted(struct nisv_vm *vm, unsigned int cpu);

/*
 * After the doorbell: with the same registers, the guest next goes on behind
 * the form, which was at @regs.pc.
 */
void nisv_vcpu_next_skips(struct nisv_vm *vm, unsigned int cpu,
			  const struct nisv_regs *regs);

/* KVM_SET_GUEST_DEBUG: the vCPU single-steps, or not. */
void nisv_vcpu_single_step(struct nisv_vm *vm, unsigned int cpu, bool on);

/*
 * SCTLR_EL1, and what else of PSTATE an exception sets: M, and TCO with FEAT_MTE
 * (DDI0487 D1.3); at virtual EL2 SCTLR_EL2.
 */
u64 nisv_vcpu_sctlr(struct nisv_vm *vm, unsigned int cpu);
u64 nisv_vcpu_mode(struct nisv_vm *vm, unsigned int cpu);

/*
 * After the doorbell: the registers as the guest itself saw them, and whether
 * it got there by an exception (NISV_NO_VECTOR: it did not).
 */
const struct nisv_regs *nisv_vcpu_seen(struct nisv_vm *vm, unsigned int cpu,
				       struct nisv_trap *trap);

/* The vector length in bytes, P0 to P3 and FFR, as the guest saw them. */
const struct nisv_sve *nisv_vcpu_sve(struct nisv_vm *vm, unsigned int cpu);

/*
 * How many 8-byte words changed on either side of the hole: in the 512 bytes
 * next to it, or in all of the 64 KiB. 0 without neighbours.
 */
unsigned int nisv_vm_memory_changed(struct nisv_vm *vm, bool all);

/* ---- all that a vCPU and a VM are made of: lib/state.c ---- */

/* A register as KVM_GET_ONE_REG gives it, and 0 behind its bytes. */
struct nisv_register {
	u64 id;
	u64 value[256 / sizeof(u64)];	/* the longest: an SVE register */
};

/* Whether it is an ID register of AArch64: op0 3, op1 0, CRn 0 (DDI0487 D18.3). */
bool nisv_is_id_register(u64 id);

/*
 * Every register that KVM_GET_REG_LIST lists of a vCPU; the caller frees
 * @regs. @refused is the ID of one that could not be read, else 0.
 */
unsigned int nisv_registers(int vcpu_fd, struct nisv_register **regs,
			    u64 *refused);

/* KVM_GET_ONE_REG and KVM_SET_ONE_REG of any ID: 0 or the negative errno. */
int nisv_get_register(int vcpu_fd, u64 id, void *value);
int nisv_set_register(int vcpu_fd, u64 id, const void *value);

/* What KVM_ARM_VCPU_INIT was given for the vCPU. */
struct kvm_vcpu_init;
void nisv_vcpu_init_args(struct nisv_vm *vm, unsigned int cpu,
			 struct kvm_vcpu_init *init);

/*
 * KVM_RUN that enters no guest, on a vCPU that was made and initialised with
 * ioctls, in a VM that has no other.
 */
void nisv_vm_settle(struct nisv_vm *vm, int vcpu_fd);

/* Vector lengths and KVM_ARM_VCPU_FINALIZE, where the VM has SVE. */
void nisv_vcpu_finalize(struct nisv_vm *vm, int vcpu_fd);

/* Whether it was made as nisv_vm_new_full() does. */
bool nisv_vm_is_full(const struct nisv_vm *vm);

/* Bytes of the longest SVE vector, 0: no SVE. */
unsigned int nisv_vm_vl(const struct nisv_vm *vm);

/*
 * KVM_ARM_MTE_COPY_TAGS of whole pages of a slot, a byte for each 16: what it
 * returned, or the negative errno.
 */
int nisv_vm_copy_tags(const struct nisv_vm *vm, u64 ipa, u64 size, u8 *tags,
		      bool to_guest);

/* All memory slots, to a file and from it into a VM that was made alike. */
void nisv_vm_save_memory(const struct nisv_vm *vm, int fd);
void nisv_vm_restore_memory(struct nisv_vm *vm, int fd);

/* The word that is at 8 * @i in each slot near the hole: */
static inline u64 nisv_pattern(size_t i)
{
	return 0x5a5a5a5a5a5a5a5aull ^ (i * 0x0001000100010001ull);
}

/* Where guest memory at @va is for a guest whose MMU is off. */
u64 nisv_vm_ipa(const struct nisv_vm *vm, u64 va);

/* Where the stub of row @form is for a guest whose MMU is off. */
u64 nisv_form_pc_ipa(const struct nisv_vm *vm, const struct nisv_form *form);

/*
 * The guest next calls its firmware (SMCCC) with X0 to X3 = @x, and rings the
 * doorbell.
 */
void nisv_vcpu_load_call(struct nisv_vm *vm, unsigned int cpu, const u64 x[4]);

/* The same by SMC, whatever the guest's conduit is. */
void nisv_vcpu_load_smc(struct nisv_vm *vm, unsigned int cpu, const u64 x[4]);

/*
 * KVM_RUN of a vCPU that should not run: a signal ends it as soon as this thread
 * sleeps in it. What it returned, or the negative errno.
 */
int nisv_vcpu_run_asleep(struct nisv_vm *vm, unsigned int cpu);

/* ---- what a case needs of the machine, else it is skipped: lib/require.c ---- */

/*
 * Whether user space can say the syndrome of an SError (FEAT_RAS); else the case
 * is skipped.
 */
bool nisv_check_serror_esr(struct nisv_check *c);

/*
 * What KVM_CHECK_EXTENSION gives on @vm, or without one on /dev/kvm. 0: the case
 * is skipped, and @requires says what for; or it has failed.
 */
int nisv_check_extension(struct nisv_check *c, const struct nisv_vm *vm,
			 long cap, const char *requires);

/*
 * Whether the field of 4 bits at @shift of ID register @id, for KVM_GET_ONE_REG,
 * of the first vCPU is @min or more.
 */
bool nisv_check_id(struct nisv_check *c, const struct nisv_vm *vm, u64 id,
		   unsigned int shift, unsigned int min, const char *requires);

/* Whether the library runs its guest at EL1: nisv_vm_at_el2(). */
bool nisv_check_at_el1(struct nisv_check *c, const struct nisv_vm *vm);

/* ---- whole runs of one form, compared: lib/run.c ---- */

/*
 * A VM with one vCPU, neighbours and the capability on or off that cases share;
 * they say when they are done, and one that failed leaves no VM to the next.
 */
struct nisv_vm *nisv_shared_vm(struct nisv_check *c, bool cap);

/* The same, or if it lacks what these need the one of nisv_vm_new_full(). */
struct nisv_vm *nisv_shared_vm_for(struct nisv_check *c, bool cap,
				   const struct nisv_form *form,
				   enum nisv_setting_id setting);
void nisv_shared_vm_done(struct nisv_check *c, bool cap);

/* Whether the form needs a VM of nisv_vm_new_full(). */
bool nisv_needs_full_vm(struct nisv_check *c, const struct nisv_form *form);

/* Leaves the one that was had last to nobody. */
void nisv_shared_vm_drop(bool cap);

/* Whether the vCPU has what @form and @setting need; else the case is skipped. */
bool nisv_check_has(struct nisv_check *c, struct nisv_vm *vm,
		    const struct nisv_form *form, enum nisv_setting_id setting);
bool nisv_check_has_feature(struct nisv_check *c, struct nisv_vm *vm,
			    const struct nisv_form *form);

/* Compares what KVM_RUN gave for @form with what it must give. */
void nisv_check_exit(struct nisv_check *c, const struct nisv_form *form,
		     const struct nisv_want *want, const struct nisv_exit *got);

/*
 * Runs @form on vCPU @cpu up to its exit, which is compared. Gives what the
 * guest had, for what comes now; false when it failed.
 */
bool nisv_check_to_exit(struct nisv_check *c, struct nisv_vm *vm,
			unsigned int cpu, const struct nisv_form *form,
			bool cap, struct nisv_regs *regs);

/* KVM_RUN once more: the same exit again. */
void nisv_check_exit_again(struct nisv_check *c, struct nisv_vm *vm,
			   unsigned int cpu, const struct nisv_form *form,
			   bool cap);

/* Compares registers of @form's run; with NISV_SEEN not PC. */
void nisv_check_regs(struct nisv_check *c, const struct nisv_form *form,
		     const struct nisv_regs *want, const struct nisv_regs *got,
		     enum nisv_extent extent, const char *rule);

/* The doorbell, as KVM_RUN must report it. */
void nisv_expect_doorbell(const struct nisv_vm *vm, struct nisv_want *want);

/*
 * KVM_RUN, which must come back with the doorbell, and what the guest saw;
 * NULL when it failed.
 */
const struct nisv_regs *nisv_check_doorbell(struct nisv_check *c,
					    struct nisv_vm *vm,
					    unsigned int cpu,
					    struct nisv_trap *trap);

/*
 * Runs @form on vCPU @cpu, from its registers loaded to the doorbell, and
 * compares what it does on the way with what @cap asks for.
 */
void nisv_check_form_run(struct nisv_check *c, struct nisv_vm *vm,
			 unsigned int cpu, const struct nisv_form *form,
			 bool cap);

/*
 * The same; and in the plain hole, from EL1 and from EL0, the first form of each
 * class once more with a look at all that there is, and a plain load with more
 * data (lib/run.c).
 */
void nisv_check_form_whole(struct nisv_check *c, struct nisv_vm *vm,
			   unsigned int cpu, const struct nisv_form *form,
			   bool cap);

#endif /* NISV_H */
