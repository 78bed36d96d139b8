// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole runs of one form, every step compared with what must happen.
 */
#include <stdio.h>
#include <string.h>

#include "nisv.h"

#define MMIO_BYTES	21	/* phys_addr, data, len, is_write */
#define NISV_BYTES	16	/* esr_iss, fault_ipa */

/* Bytes that a device returns: the highest bit of each is set. */
#define DEVICE_DATA	0xf1e2d3c4b5a69788ull

static const char *field_name(char *buf, size_t size, const char *when,
			      const char *field)
{
	snprintf(buf, size, "%s%s", when, field);
	return buf;
}

void nisv_check_exit(struct nisv_check *c, const char *when,
		     const struct nisv_form *form,
		     const struct nisv_want *want, const struct nisv_exit *got)
{
	unsigned int union_bytes = want->mmio ? MMIO_BYTES :
				   want->nisv ? NISV_BYTES : 0;
	char name[48];

#define CHECK(field, w, g, show, rule)					\
	nisv_eq(c, field_name(name, sizeof(name), when, field), w, g, show, rule)

	CHECK("KVM_RUN", want->err, got->err, nisv_show_errno,
	      want->err ? "no syndrome, capability off: -ENOSYS (api.rst 4.10 KVM_RUN)" :
	      "KVM_RUN succeeds (api.rst 4.10)");
	CHECK("exit", want->exit_reason, got->reason, nisv_show_exit,
	      want->mmio ? "ISV=1 outside of slots: KVM_EXIT_MMIO (api.rst 5)" :
	      want->nisv ? "no syndrome, capability on: KVM_EXIT_ARM_NISV (api.rst 5)" :
	      "KVM_RUN failed: no exit is reported, KVM_EXIT_UNKNOWN");
	if (got->err != want->err || got->reason != want->exit_reason)
		return;

	if (want->nisv) {
		u64 iss = want->esr_iss | (want->esr_any & got->esr_iss);

		CHECK("esr_iss", iss, got->esr_iss, nisv_show_iss,
		      nisv_iss_rule(form, iss, got->esr_iss));
		CHECK("fault_ipa", want->fault_ipa, got->fault_ipa,
		      nisv_show_hex,
		      "the IPA of the first byte accessed, with its low bits (api.rst 5)");
	}
	if (want->mmio) {
		u64 mask = want->len < 8 ? (1ull << (8 * want->len)) - 1 : ~0ull;

		CHECK("phys_addr", want->phys_addr, got->phys_addr,
		      nisv_show_hex, "the IPA accessed (api.rst 5)");
		CHECK("len", want->len, got->len, nisv_show_dec,
		      "the size of the access (api.rst 5)");
		CHECK("is_write", want->is_write, got->is_write, nisv_show_dec,
		      "the direction of the access (api.rst 5)");
		if (want->is_write)
			CHECK("data", want->data, got->data & mask,
			      nisv_show_hex, "the low bytes of Rt (api.rst 5)");
	}
	if (got->touched > union_bytes)
		CHECK("kvm_run bytes", union_bytes, got->touched, nisv_show_dec,
		      "the rest of the union in struct kvm_run is not this exit's");
#undef CHECK
}

/* The name of a register is made only when it differs: most never do. */
static void check_reg(struct nisv_check *c, const char *when, const char *fmt,
		      int index, u64 want, u64 got)
{
	char reg[16], name[48];

	if (want == got)
		return;
	snprintf(reg, sizeof(reg), fmt, index);
	nisv_eq(c, field_name(name, sizeof(name), when, reg), want, got,
		nisv_show_hex,
		"KVM does not change the guest's state at this exit (api.rst 5)");
}

void nisv_check_regs(struct nisv_check *c, const char *when,
		     const struct nisv_regs *want, const struct nisv_regs *got)
{
	char name[48];
	int i;

	nisv_eq(c, field_name(name, sizeof(name), when, "pc"), 0,
		got->pc - want->pc, nisv_show_delta,
		"KVM does not skip the instruction (api.rst 5)");
	for (i = 0; i < 31; i++)
		check_reg(c, when, "x%d", i, want->x[i], got->x[i]);
	check_reg(c, when, "sp", 0, want->sp, got->sp);
	check_reg(c, when, "pstate", 0, want->pstate, got->pstate);
	check_reg(c, when, "fpsr", 0, want->fpsr, got->fpsr);
	check_reg(c, when, "fpcr", 0, want->fpcr, got->fpcr);
	for (i = 0; i < 32; i++) {
		check_reg(c, when, "v%d.d[0]", i, want->v[i][0], got->v[i][0]);
		check_reg(c, when, "v%d.d[1]", i, want->v[i][1], got->v[i][1]);
	}
}

/*
 * The guest goes on, rings the doorbell, and has @want in its registers; the
 * load that came before went to @rt, NISV_ZR if there was none.
 */
static void check_went_on(struct nisv_check *c, struct nisv_vm *vm,
			  unsigned int cpu, struct nisv_regs *want,
			  unsigned int rt)
{
	struct nisv_want bell = {
		.exit_reason = 6,
		.mmio = true,
		.phys_addr = nisv_doorbell_ipa(),
		.len = 8,
		.is_write = true,
	};
	struct nisv_regs seen;
	struct nisv_trap trap;
	struct nisv_exit e;

	nisv_vcpu_run(vm, cpu, &e);
	nisv_check_exit(c, "goes on: ", NULL, &bell, &e);
	if (nisv_failed(c))
		return;

	nisv_vcpu_seen(vm, cpu, &seen, &trap);
	if (trap.vector != NISV_NO_VECTOR) {
		nisv_fail(c, "the guest took an exception: vector %llu, ESR 0x%llx",
			  (unsigned long long)trap.vector,
			  (unsigned long long)trap.esr);
		nisv_fail(c, "FAR 0x%llx, ELR 0x%llx, SPSR 0x%llx",
			  (unsigned long long)trap.far,
			  (unsigned long long)trap.elr,
			  (unsigned long long)trap.spsr);
		return;
	}
	if (rt != NISV_ZR) {
		nisv_eq(c, "Rt", want->x[rt], seen.x[rt], nisv_show_hex,
			"the device's data, extended as the instruction says (DDI0487 C6.2)");
		seen.x[rt] = want->x[rt];
	}
	seen.pc = want->pc;	/* it got to the doorbell: not in the mailbox */
	nisv_check_regs(c, "guest: ", want, &seen);
}

static void check_memory(struct nisv_check *c, struct nisv_vm *vm)
{
	nisv_eq(c, "memory changed", 0, nisv_vm_memory_changed(vm),
		nisv_show_dec, "an access to a hole leaves the memory beside it alone");
}

static void check_control(struct nisv_check *c, struct nisv_vm *vm,
			  unsigned int cpu, const struct nisv_form *form,
			  struct nisv_regs *regs)
{
	unsigned int rt = NISV_ZR;

	if (form->access == ACCESS_R) {
		nisv_vcpu_mmio_data(vm, cpu, DEVICE_DATA);
		rt = nisv_form_rt(form);
		if (rt != NISV_ZR)
			regs->x[rt] = nisv_form_loaded(form, DEVICE_DATA);
	}
	check_went_on(c, vm, cpu, regs, rt);
}

static void check_nisv(struct nisv_check *c, struct nisv_vm *vm,
		       unsigned int cpu, const struct nisv_form *form,
		       const struct nisv_want *want, struct nisv_regs *regs)
{
	struct nisv_exit e;

	nisv_vcpu_run(vm, cpu, &e);
	nisv_check_exit(c, "again: ", form, want, &e);
	nisv_eq(c, "again: pc", 0, nisv_vcpu_pc(vm, cpu) - regs->pc,
		nisv_show_delta, "re-entry runs the same instruction again");
	if (nisv_failed(c))
		return;

	nisv_vcpu_skip(vm, cpu);
	check_went_on(c, vm, cpu, regs, NISV_ZR);
}

void nisv_check_form_run(struct nisv_check *c, struct nisv_vm *vm,
			 unsigned int cpu, const struct nisv_form *form,
			 bool cap)
{
	struct nisv_situation s = {
		.form = form,
		.cap = cap,
		.ipa = nisv_form_ipa(form),
	};
	unsigned int rt = nisv_form_rt(form);
	struct nisv_regs regs, now;
	struct nisv_want want;
	struct nisv_exit e;

	nisv_check_form(c, form);
	nisv_vcpu_load(vm, cpu, form, &regs);
	s.store = rt == NISV_ZR ? 0 : regs.x[rt];
	nisv_expect(&s, &want);

	nisv_vcpu_run(vm, cpu, &e);
	nisv_check_exit(c, "", form, &want, &e);
	if (nisv_failed(c))
		return;
	/*
	 * The guest itself sees all of its registers in the end. KVM's view of
	 * all is compared once for each class.
	 */
	now = regs;
	nisv_vcpu_regs(vm, cpu, &now, nisv_form_first(form) ? NISV_ALL :
		       nisv_form_simd(form) ? NISV_USED_SIMD : NISV_USED);
	nisv_check_regs(c, "", &regs, &now);
	if (nisv_failed(c))
		return;

	if (want.mmio)
		check_control(c, vm, cpu, form, &regs);
	else
		check_nisv(c, vm, cpu, form, &want, &regs);
	check_memory(c, vm);
}
