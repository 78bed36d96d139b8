/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose EL1 is 32-bit: its forms, what must happen to them, and the
 * guest itself. The exits, and all of KVM that a guest of either state has, are
 * those of nisv.h.
 */
#ifndef NISV_AARCH32_H
#define NISV_AARCH32_H

#include "nisv.h"

/* ---- the tables: lib/form32.c ---- */

enum nisv_set {
	SET_A32,
	SET_T32,
	SET_T16,
};

enum nisv_setting32_id {
#define SETTING32(id, mode, cpsr, sets, idreg, shift, min, offset, text) \
	SETTING32_##id,
#include "nisv_settings32.h"
#undef SETTING32
	NISV_NR_SETTINGS32
};

/* One row of nisv_forms32.h. */
struct nisv_form32 {
	struct nisv_form form;	/* what rows of nisv_forms.h have as well */
	enum nisv_set set;
	unsigned int rt;
	unsigned int base;
	u32 at;
};

/* One row of nisv_settings32.h. */
struct nisv_setting32 {
	const char *name;
	u32 mode;
	u32 cpsr;
	bool thumb_only;
	const char *idreg;
	unsigned int shift;
	unsigned int min;
	s32 offset;
	const char *text;
};

extern const struct nisv_form32 nisv_forms32[];
extern const unsigned int nisv_nr_forms32;
extern const struct nisv_setting32 nisv_settings32[NISV_NR_SETTINGS32];

#define NISV_R2		0xc0000124u	/* what the offset register holds */
#define NISV_PC		15

#define CPSR_MODE	0x1fu
#define CPSR_USR	0x10u
#define CPSR_IRQ	0x12u
#define CPSR_SVC	0x13u
#define CPSR_ABT	0x17u
#define CPSR_UND	0x1bu
#define CPSR_SYS	0x1fu
#define CPSR_T		BIT(5)
#define CPSR_F		BIT(6)
#define CPSR_I		BIT(7)
#define CPSR_A		BIT(8)
#define CPSR_E		BIT(9)
#define CPSR_PAN	BIT(22)
#define CPSR_IT		0x0600fc00u

/* SCTLR and TTBCR (DDI0487 G8.2) */
#define SCTLR32_M	BIT(0)
#define SCTLR32_C	BIT(2)
#define SCTLR32_I	BIT(12)
#define SCTLR32_V	BIT(13)
#define SCTLR32_SPAN	BIT(23)
#define SCTLR32_EE	BIT(25)
#define SCTLR32_TE	BIT(30)
#define SCTLR32_DSSBS	BIT(31)
#define TTBCR_EAE	BIT(31)

/* The row of that name, NULL if there is none. */
const struct nisv_form32 *nisv_form32_named(const char *name);

/* What becomes of the access. */
enum nisv_outcome nisv_form32_outcome(const struct nisv_form32 *form);

/* The row that @form, which is of a class of nisv_classes32.h, is in. */
const struct nisv_form32 *nisv_form32_of(const struct nisv_form *form);

/* Whether it is a load of class A32_PLAIN that sign-extends (LDRS*). */
bool nisv_form32_signed(const struct nisv_form32 *form);

/*
 * What the register holds after a load of class A32_PLAIN read the bytes @data
 * (lowest byte first): sign or zero extended.
 */
u32 nisv_form32_loaded(const struct nisv_form32 *form, u64 data);

/* Whether it has to do with S, D or Q. */
bool nisv_form32_uses_d(const struct nisv_form32 *form);

/* Bytes of the instruction. */
unsigned int nisv_form32_length(const struct nisv_form32 *form);

/*
 * Whether it is the first row of its class with its access and instruction set,
 * or with its size as well.
 */
bool nisv_form32_first(const struct nisv_form32 *form);
bool nisv_form32_first_of_size(const struct nisv_form32 *form);

/*
 * Whether @form can run in @setting: SRS and RFE are not for every mode, IT
 * blocks are for Thumb code, and what may be in them is not everything
 * (DDI0487 F5, each instruction's CONSTRAINED UNPREDICTABLE).
 */
bool nisv_form32_runs_in(const struct nisv_form32 *form,
			 enum nisv_setting32_id setting);

/* ---- what must happen: lib/expect.c ---- */

/* An exception that a 32-bit guest takes. */
struct nisv_taken32 {
	u32 pc;			/* the vector */
	u32 lr;			/* LR_abt */
	u32 spsr;		/* SPSR_abt */
	u32 cpsr;		/* in the handler */
	u32 dfsr;
	u32 dfar;
};

/*
 * What the guest must take when user space injects an external data abort at
 * PC @pc with CPSR @cpsr, where an access to @va exited; @sctlr, @vbar and
 * @ttbcr are the guest's. Sources: DDI0487 G1.12 (exception entry: vector, LR,
 * CPSR, SPSR), G8.2 (DFSR, DFAR).
 */
void nisv_expect_abort32(u32 pc, u32 cpsr, u32 va, u32 sctlr, u32 vbar,
			 u32 ttbcr, struct nisv_taken32 *want);

/* The same for an SError that is not masked; DFAR is UNKNOWN. */
void nisv_expect_serror32(u32 pc, u32 cpsr, u32 sctlr, u32 vbar, u32 ttbcr,
			  struct nisv_taken32 *want);

/* DFSR or IFSR of a synchronous external abort. */
u32 nisv_external_fsr32(u32 ttbcr);

/* CPSR after an instruction in Thumb state (DDI0487 F2.5.1, ITAdvance()). */
u32 nisv_it_advance(u32 cpsr);

/* ---- the guest: lib/aarch32.c ---- */

/* SP and LR of each mode, and SPSR: as the guest's code stores them. */
enum nisv_bank32 {
	BANK_SP_USR,
	BANK_LR_USR,
	BANK_SP_SVC,
	BANK_LR_SVC,
	BANK_SPSR_SVC,
	BANK_SP_ABT,
	BANK_LR_ABT,
	BANK_SPSR_ABT,
	BANK_SP_IRQ,
	BANK_LR_IRQ,
	BANK_SPSR_IRQ,
	NISV_NR_BANK32
};

struct nisv_regs32 {
	u32 r[13];
	u32 pc;
	u32 cpsr;
	u32 bank[NISV_NR_BANK32];
	u32 fpscr;
	u32 fp;		/* 0: FPSCR and D are not looked at */
	u64 d[32];
};

/* The exception by which the guest came back. */
struct nisv_trap32 {
	u32 vector;	/* its number: offset / 4 */
	u32 cpsr;	/* in the handler, but Undefined mode */
	u32 spsr_und;
	u32 lr_und;
	u32 dfsr;
	u32 dfar;
	u32 ifsr;
	u32 ifar;
};

#define VECTOR32_UNDEFINED	1
#define VECTOR32_PREFETCH	3
#define VECTOR32_DATA		4
#define VECTOR32_BEHIND_DATA	5	/* by an instruction, not by an exception */

struct nisv_vm32 {
	struct nisv_vm *vm;	/* for what nisv.h has */
	bool lpae;		/* TTBCR.EAE */
	enum nisv_setting32_id setting;
	struct nisv_mailbox32 *mailbox;
	u32 *stubs;
	u8 *ram;
	u64 control[3];		/* SCTLR, TTBCR and VBAR, as user space has set them */
};

/* Whether there can be such a VM here: KVM_CAP_ARM_EL1_32BIT. */
bool nisv_vm32_possible(void);

/*
 * Creates a VM with one vCPU, a hole between two slots, and translation tables
 * of the long (@lpae) or the short format.
 */
struct nisv_vm32 *nisv_vm32_new(bool lpae);
void nisv_vm32_free(struct nisv_vm32 *vm);

/* As it was when the VM was new, whatever it has been used for. */
void nisv_vcpu32_reset(struct nisv_vm32 *vm);

/* Whether the vCPU has what @setting needs; else the case is skipped. */
bool nisv_check_setting32(struct nisv_check *c, const struct nisv_vm *vm,
			  enum nisv_setting32_id setting);

/* The IPA that @form touches, the VA that the guest uses, and the stub's PC. */
u64 nisv_form32_ipa(const struct nisv_vm32 *vm, const struct nisv_form32 *form);
u32 nisv_form32_va(const struct nisv_vm32 *vm, const struct nisv_form32 *form);
u32 nisv_form32_pc(const struct nisv_vm32 *vm, const struct nisv_form32 *form);

/*
 * Which register of @regs is R@n in the mode of @regs->cpsr, and which X register
 * it is in the A64 view with CPSR @cpsr (DDI0487 D1.6.4).
 */
u32 *nisv_reg32(struct nisv_regs32 *regs, unsigned int n);
unsigned int nisv_reg32_x(u32 cpsr, unsigned int n);

/* SPSR of that mode, 0 in User and System mode, which have none. */
u32 nisv_spsr32(const struct nisv_regs32 *regs);

/* What a handler reads from its SPSR. */
enum nisv_spsr32 {
	NISV_SPSR_RIGHT,	/* CPSR before the exception */
	NISV_SPSR_STALE,	/* nisv_spsr32() of that mode */
	NISV_SPSR_WRONG,
};

/*
 * Fills every register with a value of its own and points the base register, so
 * that @form touches nisv_form32_va(). The guest loads them all when it runs.
 */
void nisv_vcpu32_load(struct nisv_vm32 *vm, const struct nisv_form32 *form,
		      struct nisv_regs32 *regs);

/* The guest next starts with these instead. */
void nisv_vcpu32_start(struct nisv_vm32 *vm, const struct nisv_regs32 *regs);

/*
 * The same for a store-exclusive in SVC mode whose load-exclusive comes before
 * it and succeeds, from memory that is a hole then: the IPA of that.
 */
u64 nisv_vcpu32_load_monitored(struct nisv_vm32 *vm,
			       const struct nisv_form32 *form,
			       struct nisv_regs32 *regs);

/* The vCPU's registers as KVM_GET_ONE_REG gives them: all, or PC and CPSR. */
void nisv_vcpu32_regs(struct nisv_vm32 *vm, struct nisv_regs32 *regs);
u32 nisv_vcpu32_cpsr(struct nisv_vm32 *vm);
void nisv_vcpu32_set_pc(struct nisv_vm32 *vm, u32 pc);

/* System registers, by the A64 name that KVM has for them. */
enum nisv_sysreg32 {
	SYSREG32_SCTLR,
	SYSREG32_TTBCR,
	SYSREG32_VBAR,
	SYSREG32_DFSR,
	SYSREG32_DFAR_IFAR,	/* IFAR in the upper half */
	SYSREG32_IFSR,
};

u64 nisv_vcpu32_sysreg(struct nisv_vm32 *vm, enum nisv_sysreg32 reg);
void nisv_vcpu32_set_sysreg(struct nisv_vm32 *vm, enum nisv_sysreg32 reg,
			    u64 val);

/* The exception that the vCPU is entering, before its handler has run. */
void nisv_vcpu32_entering(struct nisv_vm32 *vm, struct nisv_taken32 *taken);

/*
 * After the doorbell: the registers as the guest itself saw them. PC and CPSR
 * are those of the instruction by which it came back.
 */
const struct nisv_regs32 *nisv_vcpu32_seen(struct nisv_vm32 *vm,
					   struct nisv_trap32 *trap);

#endif /* NISV_AARCH32_H */
