// SPDX-License-Identifier: GPL-2.0-only
/*
 * How each known deviation (include/nisv_deviations.h) is found out on the
 * machine at hand, and what it then makes of an expectation.
 */
#include <asm/hwcap.h>
#include <asm/sigcontext.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_aarch32_el0.h"
#include "nisv_arch.h"
#include "nisv_log.h"
#include "nisv_nested.h"
#include "nisv_vgic.h"

#define ESR_CM		BIT_ULL(8)
#define ESR_FSC_TRANSLATION	0x04ull
#define ESR_FSC_EXTERNAL	0x10ull
#define HPFAR_NS	BIT_ULL(63)

/* ---- atomic_wnr ---- */

static sigjmp_buf after_fault;
static u64 fault_esr;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	u8 *record = (u8 *)uc->uc_mcontext.__reserved;
	struct _aarch64_ctx *head = (void *)record;

	(void)sig;
	(void)info;
	while (head->magic && head->magic != ESR_MAGIC) {
		record += head->size;
		head = (void *)record;
	}
	if (head->magic == ESR_MAGIC)
		fault_esr = ((struct esr_context *)head)->esr;
	siglongjmp(after_fault, 1);
}

static void add_atomically(void *address)
{
	register void *x1 asm("x1") = address;

	/* ldadd x4, x0, [x1] */
	asm volatile(".inst 0xf8240020" : : "r" (x1) : "x0", "x4", "memory");
}

static void load_exclusive(void *address)
{
	register void *x1 asm("x1") = address;

	asm volatile("ldxr x0, [x1]" : : "r" (x1) : "x0", "memory");
}

/*
 * What the CPU says of an access that faults in stage 1, here in user space: the
 * kernel hands ESR_EL1 or ESR_EL2 to the signal handler. KVM has no part in it,
 * so a wrong WnR is the CPU's. The access is @offset bytes into a page that has
 * @protection.
 */
static u64 esr_of(void (*access)(void *address), size_t offset, int protection)
{
	struct sigaction act = { .sa_sigaction = on_fault,
				 .sa_flags = SA_SIGINFO };
	struct sigaction segv, bus;
	void *page;

	page = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return 0;
	fault_esr = 0;
	sigaction(SIGSEGV, &act, &segv);
	sigaction(SIGBUS, &act, &bus);
	if (!sigsetjmp(after_fault, 1))
		access(page + offset);
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	munmap(page, 4096);
	return fault_esr;
}

static bool atomic_wnr_present(void)
{
	return getauxval(AT_HWCAP) & HWCAP_ATOMICS &&
	       esr_of(add_atomically, 0, PROT_NONE) & ESR_WNR;
}

/* CASP X30, XZR, X4, X5, [X2], in user space: SP is put back at once. */
static bool casp_sp_present(void)
{
	__uint128_t memory = 0;		/* aligned */
	u64 before, after;

	if (!(getauxval(AT_HWCAP) & HWCAP_ATOMICS))
		return false;
	asm volatile("mov x2, %2\n"
		     "mov x9, sp\n"
		     ".inst 0x483e7c44\n"
		     "mov x10, sp\n"
		     "mov sp, x9\n"
		     "mov %0, x9\n"
		     "mov %1, x10\n"
		     : "=&r" (before), "=&r" (after) : "r" (&memory)
		     : "x2", "x4", "x5", "x9", "x10", "x30", "memory");
	return before != after;
}

static u64 with_wnr(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want | ESR_WNR;
}

/* ---- exclusive_wnr ---- */

static bool exclusive_wnr_present(void)
{
	return esr_of(load_exclusive, 0x23e, PROT_READ | PROT_WRITE) & ESR_WNR;
}

static bool is_load_exclusive(const struct nisv_form *form)
{
	return form->class == CLASS_EXCLUSIVE && form->access == ACCESS_R;
}

/* ---- atomic_untouched: the same CPU ---- */

static u64 as_a_store(const struct nisv_form *form, u64 want)
{
	(void)form;
	return (want & ~ESR_FSC_TYPE) | ESR_FSC_TRANSLATION;
}

/* ---- store_exclusive_wnr: in a VM, where the monitor can be open ---- */

static bool is_store_exclusive(const struct nisv_form *form)
{
	return form->class == CLASS_EXCLUSIVE_STORE;
}

static bool store_exclusive_wnr_present(void)
{
	const struct nisv_form *form = nisv_form_named("stxr_x");
	struct nisv_exit e = { .ret = -1 };
	struct nisv_regs regs;
	struct nisv_vm *vm;
	int tries;

	if (!form || atomic_wnr_present())
		return false;
	vm = nisv_vm_new(1);
	nisv_vm_add_neighbours(vm);
	nisv_vm_enable(vm);
	/* the monitor may be closed on the way */
	for (tries = 0; tries < 100 && e.reason != KVM_EXIT_ARM_NISV; tries++) {
		nisv_vcpu_load(vm, 0, form, &regs);
		nisv_vcpu_run(vm, 0, &e);
	}
	nisv_vm_free(vm);
	return e.reason == KVM_EXIT_ARM_NISV && !(e.esr_iss & ESR_WNR);
}

static u64 without_wnr(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want & ~ESR_WNR;
}

/* ---- cache_persistence ---- */

static bool is_to_persistence(const struct nisv_form *form)
{
	/* DC CVAP, DC CVADP: Rt may be any */
	return (form->insn & ~0x11fu) == 0xd50b7c20;
}

static bool cache_persistence_present(void)
{
	const struct nisv_form *form = nisv_form_named("dc_cvap");
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;

	if (!form)
		return false;
	vm = nisv_vm_new(1);
	nisv_vm_enable(vm);
	nisv_vcpu_load(vm, 0, form, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vm_free(vm);
	return !e.ret && e.reason == KVM_EXIT_ARM_NISV && !(e.esr_iss & ESR_CM);
}

/* ---- tags_shared: here in user space, where KVM has no part in it ---- */

#ifndef PROT_MTE
#define PROT_MTE	0x20
#endif
#define LOGICAL_TAG(n)	((u64)(n) << 56)

static u64 store_tag(u64 address, u64 tag)
{
	register u64 x0 asm("x0") = tag;
	register u64 x1 asm("x1") = address;

	/* stg x0, [x1]; ldg x0, [x1] */
	asm volatile(".inst 0xd9200820\n"
		     ".inst 0xd9600020" : "+r" (x0) : "r" (x1) : "memory");
	return x0;
}

static u64 load_tag(u64 address)
{
	register u64 x0 asm("x0") = 0;
	register u64 x1 asm("x1") = address;

	asm volatile(".inst 0xd9600020" : "+r" (x0) : "r" (x1) : "memory");
	return x0;
}

/* The first and the third of 16 bytes have other tags. */
static bool tags_shared_present(void)
{
	bool shared;
	void *page;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_MTE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return false;
	shared = store_tag((u64)page, LOGICAL_TAG(3)) == LOGICAL_TAG(3) &&
		 store_tag((u64)page + 32, LOGICAL_TAG(13)) == LOGICAL_TAG(13) &&
		 load_tag((u64)page) == LOGICAL_TAG(13);
	munmap(page, 4096);
	return shared;
}

/* ---- mmio_sign_ext ---- */

/* The kernel's version is at least @major.@minor. */
static bool kernel_at_least(unsigned int major, unsigned int minor)
{
	unsigned int has_major, has_minor;
	struct utsname uts;

	if (uname(&uts) ||
	    sscanf(uts.release, "%u.%u", &has_major, &has_minor) != 2)
		return true;
	return has_major > major || (has_major == major && has_minor >= minor);
}

/* Loads the byte 0x80 from a device with LDRSB, in a VM of its own. */
static bool mmio_sign_ext_present(void)
{
	const struct nisv_form *form = nisv_form_named("ldrsb_x");
	const struct nisv_regs *seen;
	struct nisv_regs regs;
	struct nisv_trap trap;
	struct nisv_exit e;
	struct nisv_vm *vm;
	u64 loaded;

	/* where it is mended it would be a failure, not a known deviation */
	if (!form || kernel_at_least(7, 3))
		return false;
	vm = nisv_vm_new(1);
	nisv_vcpu_load(vm, 0, form, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vcpu_mmio_data(vm, 0, 0x80);
	nisv_vcpu_run(vm, 0, &e);
	seen = nisv_vcpu_seen(vm, 0, &trap);
	loaded = seen->x[nisv_form_rt(form)];
	nisv_vm_free(vm);
	return loaded == 0x80;
}

static u64 zero_extended(const struct nisv_form *form, u64 want)
{
	return want & (BIT_ULL(8 * form->bytes) - 1);
}

/* ---- second_page_isv ---- */

/* Half of it is in a slot. The size is the whole one: not of KVM's making. */
static bool second_page_isv_present(void)
{
	const struct nisv_form *form = nisv_form_named("ldr_x");
	struct nisv_vm *vm = nisv_vm_new(1);
	struct nisv_regs regs;
	struct nisv_exit e;
	u64 hole;

	nisv_vm_add_neighbours(vm);
	nisv_vm_set(vm, SETTING_page_start);
	hole = nisv_form_ipa(vm, form);
	nisv_vcpu_load(vm, 0, form, &regs);
	regs.x[nisv_form_base(form)] -= 4;
	nisv_vcpu_start(vm, 0, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vm_free(vm);
	return !e.ret && e.reason == EXIT_MMIO && e.phys_addr == hole &&
	       e.len == form->bytes;
}

/* ---- Device memory ---- */

/*
 * The form gets to KVM from Device memory, @by beside its aligned address: the
 * CPU has not given its fault to the guest.
 */
static bool reaches_kvm(const char *name, u64 by)
{
	const struct nisv_form *form = nisv_form_named(name);
	struct nisv_regs regs;
	struct nisv_trap trap;
	struct nisv_exit e;
	struct nisv_vm *vm;

	if (!form)
		return false;
	vm = nisv_vm_new(1);
	nisv_vm_set(vm, SETTING_device_ngnre);
	nisv_vcpu_load(vm, 0, form, &regs);
	regs.x[nisv_form_base(form)] += by;
	nisv_vcpu_start(vm, 0, &regs);
	nisv_vcpu_run(vm, 0, &e);
	trap.vector = NISV_NO_VECTOR;
	if (!e.ret && e.reason == EXIT_MMIO &&
	    e.phys_addr == nisv_doorbell_ipa(vm))
		nisv_vcpu_seen(vm, 0, &trap);
	nisv_vm_free(vm);
	return trap.vector == NISV_NO_VECTOR;
}

static bool device_unaligned_present(void)
{
	return reaches_kvm("ldr_x_post", 1);
}

static bool device_zva_present(void)
{
	return reaches_kvm("dc_zva", 0);
}

static bool is_plain(const struct nisv_form *form)
{
	return nisv_classes[form->class].isv;
}

static u64 an_mmio_exit(const struct nisv_form *form, u64 want)
{
	(void)form;
	(void)want;
	return EXIT_MMIO;
}

/* ---- what is wrong about an injected abort ---- */

/* A VM that one probe leaves to the next, and the process that made it. */
static struct nisv_vm *kept_vm;
static pid_t kept_by;

/* A vCPU at the exit of a form, in a VM that no case uses. */
static struct nisv_vm *vm_at_exit_of(const char *name, struct nisv_regs *regs)
{
	const struct nisv_form *form = nisv_form_named(name);
	struct nisv_vm *vm = kept_by == getpid() ? kept_vm : NULL;
	struct nisv_exit e;

	kept_vm = NULL;
	if (!vm)
		vm = nisv_vm_new(1);
	nisv_vcpu_load(vm, 0, form ? form : nisv_forms, regs);
	nisv_vcpu_run(vm, 0, &e);
	return vm;
}

static struct nisv_vm *vm_at_exit(struct nisv_regs *regs)
{
	return vm_at_exit_of("ldr_x_post", regs);
}

static void leave_vm(struct nisv_vm *vm)
{
	/* what is under way a reset might leave: see below */
	nisv_vcpu_complete(vm, 0);
	if (nisv_vcpu_reinit(vm, 0) || nisv_vcpu_pending(vm, 0)) {
		nisv_vm_free(vm);
		return;
	}
	kept_vm = vm;
	kept_by = getpid();
}

/* The guest runs on to its doorbell: the vector that it took. */
static u64 vector_taken(struct nisv_vm *vm, struct nisv_trap *trap)
{
	struct nisv_exit e;

	nisv_vcpu_run(vm, 0, &e);
	nisv_vcpu_seen(vm, 0, trap);
	if (e.ret || e.phys_addr != nisv_doorbell_ipa(vm))
		trap->vector = NISV_NO_VECTOR;
	return trap->vector;
}

static bool abort_esr_64_present(void)
{
	struct nisv_trap trap;
	struct nisv_regs regs;
	struct nisv_vm *vm;

	if (kernel_at_least(6, 12))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_inject(vm, 0, true, false, 0);
	vector_taken(vm, &trap);
	leave_vm(vm);
	return trap.esr >> 32;
}

static u64 sign_extended(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want | GENMASK_ULL(63, 32);
}

/* ---- abort_il_16 ---- */

static bool abort_il_16_present(void)
{
	const struct nisv_form32 *form = nisv_form32_named("t16_ldr");
	struct nisv_taken taken;
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;

	if (!form || kernel_at_least(7, 3))
		return false;
	vm = nisv_vm_new(1);
	nisv_el0_32_load(vm, form, SETTING32_usr, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vcpu_inject(vm, 0, true, false, 0);
	nisv_vcpu_complete(vm, 0);
	nisv_vcpu_entering(vm, 0, &taken);
	nisv_vm_free(vm);
	return e.reason == EXIT_MMIO && !(taken.esr & ESR_IL);
}

static u64 nothing(const struct nisv_form *form, u64 want)
{
	(void)form;
	(void)want;
	return 0;
}

static bool abort_after_init_present(void)
{
	struct nisv_trap trap;
	struct nisv_regs regs;
	struct nisv_vm *vm;

	if (kernel_at_least(7, 3))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_inject(vm, 0, true, false, 0);
	trap.vector = NISV_NO_VECTOR;
	if (!nisv_vcpu_reinit(vm, 0))
		vector_taken(vm, &trap);
	leave_vm(vm);
	return trap.vector != NISV_NO_VECTOR;
}

/* A rate limit may keep the line out of the log when it is looked for. */
static bool enosys_logged_present(void)
{
	return !kernel_at_least(6, 12);
}

bool nisv_deviation_logs(const char *line)
{
	return enosys_logged_present() &&
	       strstr(line, NISV_LOG_ENOSYS);
}

static bool events_before_init_present(void)
{
	struct nisv_vm *vm = nisv_vm_new_without_vcpus(1);
	int fd = ioctl(nisv_vm_fd(vm), KVM_CREATE_VCPU, 0l);
	struct kvm_vcpu_events events = {};
	bool works = !ioctl(fd, KVM_GET_VCPU_EVENTS, &events);

	close(fd);
	nisv_vm_free(vm);
	return works && !kernel_at_least(6, 12);
}

static u64 succeeds(const struct nisv_form *form, u64 want)
{
	(void)form;
	(void)want;
	return 0;
}

static bool abort_in_spite_present(void)
{
	struct nisv_regs regs;
	struct nisv_vm *vm;
	bool moved;

	if (!kernel_at_least(6, 13))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_inject(vm, 0, true, true, BIT_ULL(25));
	nisv_vcpu_complete(vm, 0);
	moved = nisv_vcpu_pc(vm, 0) != regs.pc;
	leave_vm(vm);
	return moved;
}

/* Whether the kernel was started with @word. */
static bool kernel_argument(const char *word)
{
	char line[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	return strstr(line, word);
}

static bool serror_stays_present(void)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");
	struct nisv_trap trap;
	struct nisv_regs regs;
	struct nisv_vm *vm;
	bool stays;

	/* in another mode it would be a failure */
	if (!kernel_argument("kvm-arm.mode=protected"))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_inject(vm, 0, false, true, 0);
	nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
	vector_taken(vm, &trap);
	nisv_vm_set(vm, SETTING_unmasked);
	nisv_vcpu_load(vm, 0, form ? form : nisv_forms, &regs);
	vector_taken(vm, &trap);
	stays = trap.vector != NISV_NO_VECTOR && nisv_vcpu_pending(vm, 0);
	nisv_vm_free(vm);
	return stays;
}

static bool abort_not_saved_present(void)
{
	struct nisv_regs regs;
	struct nisv_vm *vm;
	bool unmoved;

	if (kernel_at_least(7, 3))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_inject(vm, 0, true, false, 0);
	unmoved = nisv_vcpu_pc(vm, 0) == regs.pc &&
		  !nisv_vcpu_pending(vm, 0);
	leave_vm(vm);
	return unmoved;
}

/* ---- what outlives KVM_ARM_VCPU_INIT ---- */

/*
 * KVM_ARM_VCPU_INIT at KVM_EXIT_MMIO of a load, and what the next KVM_RUN does:
 * how PC moves, and whether Rt changes.
 */
static void mmio_after_init(u64 *moved, bool *loaded)
{
	unsigned int rt = nisv_form_rt(nisv_form_named("ldr_x"));
	struct nisv_regs regs;
	struct nisv_vm *vm = vm_at_exit_of("ldr_x", &regs);
	u64 pc, x;

	nisv_vcpu_mmio_data(vm, 0, ~regs.x[rt]);
	nisv_vcpu_reinit(vm, 0);
	pc = nisv_vcpu_pc(vm, 0);
	x = nisv_vcpu_x(vm, 0, rt);
	nisv_vcpu_complete(vm, 0);
	*moved = nisv_vcpu_pc(vm, 0) - pc;
	*loaded = nisv_vcpu_x(vm, 0, rt) != x;
	leave_vm(vm);
}

static bool mmio_after_init_present(void)
{
	bool loaded;
	u64 moved;

	mmio_after_init(&moved, &loaded);
	return moved == 4;
}

static bool load_after_init_present(void)
{
	bool loaded;
	u64 moved;

	mmio_after_init(&moved, &loaded);
	return loaded;
}

static u64 one_instruction(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want + 4;
}

static bool serror_after_init_present(void)
{
	struct nisv_regs regs;
	struct nisv_vm *vm;
	bool pending;

	if (!kernel_at_least(6, 2))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_inject(vm, 0, false, true, -1);
	nisv_vcpu_reinit(vm, 0);
	pending = nisv_vcpu_pending(vm, 0);
	leave_vm(vm);
	return pending;
}

static bool sp_after_init_present(void)
{
	const u64 id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		       KVM_REG_ARM_CORE_REG(sp_el1);
	struct kvm_vcpu_init init;
	struct nisv_regs regs;
	struct nisv_vm *vm;
	u64 sp = 0x1234;

	vm = vm_at_exit(&regs);
	nisv_vcpu_init_args(vm, 0, &init);
	nisv_set_register(nisv_vcpu_fd(vm, 0), id, &sp);
	ioctl(nisv_vcpu_fd(vm, 0), KVM_ARM_VCPU_INIT, &init);
	nisv_get_register(nisv_vcpu_fd(vm, 0), id, &sp);
	nisv_vm_free(vm);
	return sp == 0x1234;
}

static bool power_off_fixed_present(void)
{
	struct kvm_vcpu_init init;
	struct nisv_vm *vm;
	bool refused;

	if (kernel_at_least(6, 12))
		return false;
	vm = nisv_vm_new(1);
	nisv_vcpu_init_args(vm, 0, &init);
	init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
	refused = ioctl(nisv_vcpu_fd(vm, 0), KVM_ARM_VCPU_INIT, &init) &&
		  errno == EINVAL;
	nisv_vm_free(vm);
	return refused;
}

static u64 invalid(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want ? want : (u64)-EINVAL;
}

/* ---- what was wrong before Linux 6.1 ---- */

/* An abort injected at KVM_EXIT_MMIO: X0 is in TPIDR_EL1 (lib/guest.S)? */
static bool mmio_and_abort_present(void)
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct nisv_trap trap;
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;
	u64 tpidr = 0;

	if (kernel_at_least(6, 1))
		return false;
	vm = nisv_vm_new(1);
	nisv_vcpu_load(vm, 0, form ? form : nisv_forms, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vcpu_inject(vm, 0, true, false, 0);
	vector_taken(vm, &trap);
	nisv_get_register(nisv_vcpu_fd(vm, 0), ARM64_SYS_REG(3, 0, 13, 0, 4),
			  &tpidr);
	nisv_vm_free(vm);
	return tpidr != regs.x[0];
}

static u64 without_last(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want & ~GICR_TYPER_LAST;
}

/* In a VM with one vCPU. */
static bool typer_last_present(void)
{
	struct nisv_vm *vm;
	u32 typer = ~0u;

	if (kernel_at_least(5, 13))
		return false;
	vm = nisv_vm_new(1);
	if (!nisv_vgic_make(vm))
		nisv_vgic_attr(vm, KVM_GET_DEVICE_ATTR,
			       KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, GICR_TYPER,
			       &typer);
	nisv_vm_free(vm);
	return !(typer & GICR_TYPER_LAST);
}

/* The bytes of a big-endian EL0's store, in the order of EL1. */
static bool el0_be_present(void)
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;

	if (!form || kernel_at_least(6, 1))
		return false;
	vm = nisv_vm_new(1);
	nisv_vm_set(vm, SETTING_el0_be);
	nisv_vcpu_load(vm, 0, form, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vm_free(vm);
	return (u32)e.data == (u32)regs.x[nisv_form_rt(form)];
}

static bool is_any_64(const struct nisv_form *form)
{
	return form->class < NISV_NR_CLASSES;
}

static u64 other_order(const struct nisv_form *form, u64 want)
{
	return __builtin_bswap64(want) >> (64 - 8 * form->bytes);
}

/* ---- ring_end_overrun ---- */

/* A store to a coalesced zone whose ring has its last entry free, and no other. */
static bool ring_end_overrun_present(void)
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct kvm_coalesced_mmio_zone zone = { .size = form->bytes };
	struct kvm_coalesced_mmio_ring *ring;
	long page = sysconf(_SC_PAGESIZE);
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;

	/* where it is mended it would be a failure, not a known deviation */
	if (kernel_at_least(6, 12))
		return false;
	vm = nisv_vm_new(1);
	zone.addr = nisv_form_ipa(vm, form);
	ring = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED,
		    nisv_vcpu_fd(vm, 0),
		    page * ioctl(nisv_vm_fd(vm), KVM_CHECK_EXTENSION,
				 KVM_CAP_COALESCED_MMIO));
	ioctl(nisv_vm_fd(vm), KVM_REGISTER_COALESCED_MMIO, &zone);
	ring->last = (page - sizeof(*ring)) / sizeof(ring->coalesced_mmio[0]) - 1;
	ring->first = 0;
	nisv_vcpu_load(vm, 0, form, &regs);
	nisv_vcpu_run(vm, 0, &e);
	munmap(ring, page);
	nisv_vm_free(vm);
	return e.phys_addr != zone.addr;
}

static u64 is_not(const struct nisv_form *form, u64 want)
{
	(void)form;
	return !want;
}

/* ---- a step that is none ---- */

/* Whether stepping stops behind an access that KVM completed. */
static bool stops_behind(bool complete_first)
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct nisv_vm *vm = nisv_vm_new(1);
	struct nisv_regs regs;
	struct nisv_exit e;
	bool stops;

	nisv_vcpu_load(vm, 0, form ? form : nisv_forms, &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_vcpu_single_step(vm, 0, true);
	if (complete_first)
		nisv_vcpu_complete(vm, 0);
	nisv_vcpu_run(vm, 0, &e);
	stops = nisv_vcpu_pc(vm, 0) == regs.pc + 4;
	nisv_vm_free(vm);
	return stops;
}

static bool step_ss_present(void)
{
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;
	u64 pstate;

	if (kernel_at_least(6, 1))
		return false;
	vm = vm_at_exit(&regs);
	nisv_vcpu_single_step(vm, 0, true);
	nisv_vcpu_run(vm, 0, &e);
	pstate = nisv_vcpu_pstate(vm, 0);
	nisv_vm_free(vm);
	return pstate & PSTATE_SS;
}

static u64 with_ss(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want | PSTATE_SS;
}

static bool step_lost_present(void)
{
	return !kernel_at_least(6, 1) && !stops_behind(false);
}

static bool step_forgotten_present(void)
{
	return !kernel_at_least(7, 3) && !stops_behind(true);
}

static bool is_any(const struct nisv_form *form)
{
	(void)form;
	return true;
}

static u64 happens(const struct nisv_form *form, u64 want)
{
	(void)form;
	return !want;
}

/* ---- what is wrong about an abort that KVM gives by itself ---- */

/* The guest next loads from @va; false: it cannot. */
static bool aim_load(struct nisv_vm *vm, u64 va)
{
	const struct nisv_form *form = nisv_form_named("ldr_x");
	struct nisv_regs regs;

	if (!form)
		return false;
	nisv_vcpu_load(vm, 0, form, &regs);
	regs.x[nisv_form_base(form)] = va;
	nisv_vcpu_start(vm, 0, &regs);
	return true;
}

/* Loads from @va in @vm: the exception that the guest takes. */
static u64 load_from(struct nisv_vm *vm, u64 va, struct nisv_trap *trap)
{
	return aim_load(vm, va) ? vector_taken(vm, trap) : NISV_NO_VECTOR;
}

static bool walk_fsc_present(void)
{
	struct nisv_trap trap = {};
	struct nisv_vm *vm;
	u64 va;

	if (kernel_at_least(7, 3))
		return false;
	vm = nisv_vm_new(1);
	va = nisv_vm_open_walk(vm, 1);
	load_from(vm, va, &trap);
	nisv_vm_free(vm);
	return (trap.esr & ESR_FSC) == ESR_FSC_EXTERNAL;
}

static u64 not_a_walk(const struct nisv_form *form, u64 want)
{
	(void)form;
	(void)want;
	return ESR_FSC_EXTERNAL;
}

/* Whose IPA space is smaller than that of any CPU. */
static struct nisv_vm *small_vm(void)
{
	const struct nisv_space space = { .ipa_bits = 32 };

	return nisv_vm_new_in(&space, 1);
}

static bool far_beyond_present(void)
{
	struct nisv_trap trap = {};
	struct nisv_vm *vm;
	u64 va = 0, ipa;

	vm = small_vm();
	ipa = nisv_vm_open_beyond(vm, &va);
	if (ipa)
		load_from(vm, va, &trap);
	nisv_vm_free(vm);
	return ipa && trap.far == ipa;
}

/* The access exits, where the guest should have taken an abort. */
static bool beyond_exits(void)
{
	const struct nisv_form *form = nisv_form_named("ldr_x");
	struct nisv_exit e = {};
	struct nisv_regs regs;
	struct nisv_vm *vm;
	u64 va, ipa;

	vm = small_vm();
	ipa = nisv_vm_open_beyond(vm, &va);
	if (form && ipa) {
		nisv_vcpu_load(vm, 0, form, &regs);
		regs.x[nisv_form_base(form)] = va;
		nisv_vcpu_start(vm, 0, &regs);
		nisv_vcpu_run(vm, 0, &e);
	}
	nisv_vm_free(vm);
	return ipa && e.phys_addr == ipa;
}

bool nisv_kernel_protects(void)
{
	return kernel_at_least(7, 3) && kernel_argument("kvm-arm.mode=protected");
}

static bool ipa_unlimited_present(void)
{
	return (!kernel_at_least(5, 18) || nisv_kernel_protects()) &&
	       beyond_exits();
}

/* ---- what a CPU does wrong about 32-bit guests ---- */

static bool is_32(const struct nisv_form *form, enum nisv_class class)
{
	return form->class == class;
}

static bool is_signed(const struct nisv_form *form)
{
	return is_32(form, CLASS_A32_PLAIN) ?
	       nisv_form32_signed(nisv_form32_of(form)) :
	       nisv_form_signed(form);
}

static bool is_plain_16(const struct nisv_form *form)
{
	return is_32(form, CLASS_A32_PLAIN) &&
	       nisv_form32_of(form)->set == SET_T16;
}

static bool is_swp(const struct nisv_form *form)
{
	return is_32(form, CLASS_A32_UNDEFINED) && !strncmp(form->text, "swp", 3);
}

static bool is_banked(const struct nisv_form *form)
{
	return is_32(form, CLASS_A32_PLAIN) && nisv_form32_of(form)->rt >= 13;
}

static bool is_store_exclusive32(const struct nisv_form *form)
{
	return is_32(form, CLASS_A32_STATUS);
}

static bool is_any_32(const struct nisv_form *form)
{
	return !is_any_64(form);
}

/* The registers of User mode, as nisv_vcpu32_load() fills them. */
static u64 stored_from_usr(const struct nisv_form *form, u64 want)
{
	return ~want & (BIT_ULL(8 * form->bytes) - 1);
}

static u64 loaded_to_usr(const struct nisv_form *form, u64 want)
{
	(void)want;
	return nisv_form32_of(form)->rt;
}

static u64 stale(const struct nisv_form *form, u64 want)
{
	(void)form;
	(void)want;
	return NISV_SPSR_STALE;
}

/* Runs a form to its exit in a VM of its own; NULL where there is none. */
static struct nisv_vm32 *vm32_at_exit(const char *name,
				      struct nisv_regs32 *regs,
				      struct nisv_exit *e)
{
	const struct nisv_form32 *form = nisv_form32_named(name);
	struct nisv_vm32 *vm;

	if (!form || !nisv_vm32_possible())
		return NULL;
	vm = nisv_vm32_new(true);
	nisv_vm_enable(vm->vm);
	nisv_vcpu32_load(vm, form, regs);
	nisv_vcpu_run(vm->vm, 0, e);
	return vm;
}

static bool a32_swp_present(void)
{
	struct nisv_regs32 regs;
	struct nisv_exit e;
	struct nisv_vm32 *vm = vm32_at_exit("a32_swp", &regs, &e);
	bool exits = vm && e.reason == KVM_EXIT_ARM_NISV;

	nisv_vm32_free(vm);
	return exits;
}

/* "str lr": the data that comes out is X14, which is LR_usr. */
static bool a32_bank_present(void)
{
	struct nisv_regs32 regs;
	struct nisv_exit e;
	struct nisv_vm32 *vm = vm32_at_exit("a32_str_lr", &regs, &e);
	bool usr = vm && (u32)e.data == regs.bank[BANK_LR_USR];

	nisv_vm32_free(vm);
	return usr;
}

/*
 * While a store with writeback has it right. The first store-exclusive comes
 * without a monitor; an interrupt of the host may take it from others.
 */
static bool a32_strex_wnr_present(void)
{
	const struct nisv_form32 *form = nisv_form32_named("a32_strex");
	struct nisv_exit strex = {}, str = {};
	struct nisv_regs32 regs;
	struct nisv_vm32 *vm;
	int tries = 20;

	vm = vm32_at_exit("a32_strex", &regs, &strex);
	while (vm && form && tries-- && strex.reason != KVM_EXIT_ARM_NISV) {
		nisv_vcpu32_load_monitored(vm, form, &regs);
		nisv_vcpu_run(vm->vm, 0, &strex);
	}
	nisv_vm32_free(vm);
	nisv_vm32_free(vm32_at_exit("a32_str_post", &regs, &str));
	return strex.reason == KVM_EXIT_ARM_NISV &&
	       !(strex.esr_iss & ESR_WNR) && (str.esr_iss & ESR_WNR);
}

/* The guest's handler reads another value than KVM has in SPSR_abt. */
static bool a32_spsr_stale_present(void)
{
	const struct nisv_regs32 *seen;
	struct nisv_taken32 taken;
	struct nisv_trap32 trap;
	struct nisv_regs32 regs;
	struct nisv_vm32 *vm;
	struct nisv_exit e;
	bool is_stale;

	vm = vm32_at_exit("a32_ldr_post", &regs, &e);
	if (!vm)
		return false;
	nisv_vcpu_inject(vm->vm, 0, true, false, 0);
	nisv_vcpu_complete(vm->vm, 0);
	nisv_vcpu32_entering(vm, &taken);
	nisv_vcpu_run(vm->vm, 0, &e);
	seen = nisv_vcpu32_seen(vm, &trap);
	is_stale = taken.spsr == regs.cpsr &&
		   seen->bank[BANK_SPSR_ABT] == nisv_spsr32(&regs);
	nisv_vm32_free(vm);
	return is_stale;
}

static bool a32_serror_lost_present(void)
{
	const struct nisv_form32 *form = nisv_form32_named("a32_ldr_post");
	struct nisv_trap32 trap = {};
	struct nisv_regs32 regs;
	struct nisv_exit e = {};
	struct nisv_vm32 *vm;

	if (!kernel_at_least(6, 13))
		return false;
	vm = vm32_at_exit("a32_ldr_post", &regs, &e);
	if (!vm || !form)
		return false;
	regs.cpsr &= ~CPSR_A;
	nisv_vcpu32_start(vm, &regs);
	nisv_vcpu32_set_pc(vm, regs.pc + nisv_form32_length(form));
	nisv_vcpu_run(vm->vm, 0, &e);
	nisv_vcpu_run(vm->vm, 0, &e);
	nisv_vcpu_inject(vm->vm, 0, false, true, -1);
	nisv_vcpu_run(vm->vm, 0, &e);
	nisv_vcpu32_seen(vm, &trap);
	nisv_vm32_free(vm);
	return e.reason == KVM_EXIT_ARM_NISV &&
	       trap.vector == VECTOR32_UNDEFINED;
}

static bool machine_unlimited_present(void)
{
	return !kernel_at_least(5, 18) && beyond_exits();
}

static bool slots_unlimited_present(void)
{
	bool accepted = false;
	struct nisv_vm *vm;
	void *memory;
	u64 page;

	if (!nisv_kernel_protects())
		return false;
	vm = nisv_vm_new(1);
	page = nisv_vm_page_size(vm);
	memory = mmap(NULL, page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory != MAP_FAILED)
		accepted = !nisv_set_slot(nisv_vm_fd(vm), 30, 0,
					  BIT_ULL(nisv_vm_ipa_bits(vm)), page,
					  memory);
	nisv_vm_free(vm);
	if (memory != MAP_FAILED)
		munmap(memory, page);
	return accepted;
}

/* User space sets TFSR_EL1, and the guest reads it. */
static bool tfsr_lost_present(void)
{
	const u64 id = ARM64_SYS_REG(3, 0, 5, 6, 0), set = 1;
	struct nisv_trap trap;
	struct nisv_regs regs;
	struct nisv_exit e;
	struct nisv_vm *vm;
	bool lost;

	/* in another mode it would be a failure */
	if (!kernel_argument("kvm-arm.mode=protected"))
		return false;
	vm = nisv_vm_new_full();
	/* no KVM_RUN is to complete it */
	nisv_vcpu_load(vm, 0, nisv_form_named("ldr_x_post"), &regs);
	nisv_vcpu_run(vm, 0, &e);
	nisv_set_register(nisv_vcpu_fd(vm, 0), id, &set);
	nisv_vcpu_set_pc(vm, 0, (u64)nisv_guest_swap_tags);
	nisv_vcpu_run(vm, 0, &e);
	lost = nisv_vcpu_seen(vm, 0, &trap)->x[10] != set &&
	       trap.vector == NISV_NO_VECTOR;
	nisv_vm_free(vm);
	return lost;
}

/* ---- a guest hypervisor ---- */

/*
 * Trying it would be the last that this host does, in whatever way. No kernel is
 * known that has it right; later ones than are known are tried.
 */
static bool abort_to_l1_oops_present(void)
{
	return !kernel_at_least(7, 4);
}

bool nisv_nested_survives_abort_to_l1(void)
{
	return !abort_to_l1_oops_present();
}

/* L2 with a page at @va, for L1 a hole: its descriptor in L1's stage 2. */
static struct nisv_nested *page_of_l2(u64 va, u64 **descriptor)
{
	struct nisv_nested *n;
	const char *found;

	if (nisv_level_missing(LEVEL_L2, &found))
		return NULL;
	n = nisv_nested_new(LEVEL_L2, 1);
	*descriptor = nisv_nested_stage2(n, nisv_nested_map(n, va, n->hole,
							    n->page), 0);
	return n;
}

#define VA_OF_L2	0x2f0000000ull

/* L2 loads from there: what L1 saw; it is gone then. */
static struct nisv_l1 what_l1_saw(struct nisv_nested *n)
{
	struct nisv_l1 seen;
	struct nisv_trap trap;

	load_from(n->vm, VA_OF_L2, &trap);
	seen = *n->l1;
	nisv_nested_free(n);
	return seen;
}

static bool hpfar_ns_present(void)
{
	u64 *descriptor;
	struct nisv_nested *n = page_of_l2(VA_OF_L2, &descriptor);

	if (!n)
		return false;
	*descriptor = 0;
	return what_l1_saw(n).hpfar & HPFAR_NS;
}

static u64 with_ns(const struct nisv_form *form, u64 want)
{
	(void)form;
	return want | HPFAR_NS;
}

/* L1 does not come to see it. */
static bool no_slot_no_permission_present(void)
{
	u64 *descriptor;
	struct nisv_nested *n = page_of_l2(VA_OF_L2, &descriptor);

	if (!n)
		return false;
	*descriptor &= ~NISV_S2_READ;
	return !what_l1_saw(n).esr;
}

/* The table that maps a page is where no slot is. */
static bool walk_fsc_to_l1_present(void)
{
	u64 *descriptor;
	struct nisv_nested *n = page_of_l2(VA_OF_L2, &descriptor);

	if (!n)
		return false;
	nisv_nested_set_tea(n, true);
	nisv_nested_open_walk(n, VA_OF_L2);
	return (what_l1_saw(n).esr & ESR_FSC) == ESR_FSC_EXTERNAL;
}

static bool table_efault_present(void)
{
	struct nisv_exit e = {};
	u64 *descriptor;
	struct nisv_nested *n = page_of_l2(VA_OF_L2, &descriptor);

	if (!n)
		return false;
	*nisv_nested_move(n, VA_OF_L2, NISV_FAR_IPA, 1) =
		n->hole | NISV_S2_TABLE;
	if (aim_load(n->vm, VA_OF_L2))
		nisv_vcpu_run(n->vm, 0, &e);
	nisv_nested_free(n);
	return e.ret == -EFAULT;
}

static u64 bad_address(const struct nisv_form *form, u64 want)
{
	(void)form;
	(void)want;
	return -EFAULT;
}

/* ---- the table ---- */

struct behaviour {
	bool (*applies)(const struct nisv_form *form);
	u64 (*predicts)(const struct nisv_form *form, u64 want);
	bool (*present)(void);
};

static const struct behaviour behaviours[NISV_NR_DEVIATIONS] = {
	[DEVIATION_atomic_wnr] = {
		nisv_form_is_atomic, with_wnr, atomic_wnr_present
	},
	[DEVIATION_atomic_untouched] = {
		nisv_form_is_atomic, as_a_store, atomic_wnr_present
	},
	[DEVIATION_casp_sp] = {
		is_any, happens, casp_sp_present
	},
	[DEVIATION_store_exclusive_wnr] = {
		is_store_exclusive, without_wnr, store_exclusive_wnr_present
	},
	[DEVIATION_cache_persistence] = {
		is_to_persistence, happens, cache_persistence_present
	},
	[DEVIATION_tags_shared] = {
		is_any, happens, tags_shared_present
	},
	[DEVIATION_mmio_sign_ext] = {
		is_signed, zero_extended, mmio_sign_ext_present
	},
	[DEVIATION_exclusive_wnr] = {
		is_load_exclusive, with_wnr, exclusive_wnr_present
	},
	[DEVIATION_second_page_isv] = {
		is_plain, an_mmio_exit, second_page_isv_present
	},
	[DEVIATION_device_unaligned] = {
		is_any, happens, device_unaligned_present
	},
	[DEVIATION_device_zva] = {
		is_any, happens, device_zva_present
	},
	[DEVIATION_abort_esr_64] = {
		is_any, sign_extended, abort_esr_64_present
	},
	[DEVIATION_abort_il_16] = {
		is_plain_16, nothing, abort_il_16_present
	},
	[DEVIATION_abort_after_init] = {
		is_any, happens, abort_after_init_present
	},
	[DEVIATION_enosys_logged] = {
		is_any, happens, enosys_logged_present
	},
	[DEVIATION_events_before_init] = {
		is_any, succeeds, events_before_init_present
	},
	[DEVIATION_abort_in_spite] = {
		is_any, happens, abort_in_spite_present
	},
	[DEVIATION_serror_stays] = {
		is_any, happens, serror_stays_present
	},
	[DEVIATION_mmio_after_init] = {
		is_any, one_instruction, mmio_after_init_present
	},
	[DEVIATION_load_after_init] = {
		is_any, happens, load_after_init_present
	},
	[DEVIATION_serror_after_init] = {
		is_any, happens, serror_after_init_present
	},
	[DEVIATION_sp_after_init] = {
		is_any, happens, sp_after_init_present
	},
	[DEVIATION_power_off_fixed] = {
		is_any, invalid, power_off_fixed_present
	},
	[DEVIATION_walk_fsc] = {
		is_any, not_a_walk, walk_fsc_present
	},
	[DEVIATION_mmio_and_abort] = {
		is_plain, happens, mmio_and_abort_present
	},
	[DEVIATION_typer_last] = {
		is_any, without_last, typer_last_present
	},
	[DEVIATION_el0_be_store] = {
		is_any_64, other_order, el0_be_present
	},
	[DEVIATION_el0_be_load] = {
		is_any_64, other_order, el0_be_present
	},
	[DEVIATION_step_ss] = {
		is_any, with_ss, step_ss_present
	},
	[DEVIATION_step_lost] = {
		is_any, happens, step_lost_present
	},
	[DEVIATION_step_forgotten] = {
		is_any, happens, step_forgotten_present
	},
	[DEVIATION_ipa_unlimited] = {
		is_any, happens, ipa_unlimited_present
	},
	[DEVIATION_machine_unlimited] = {
		is_any, happens, machine_unlimited_present
	},
	[DEVIATION_slots_unlimited] = {
		is_any, happens, slots_unlimited_present
	},
	[DEVIATION_far_beyond] = {
		is_any, happens, far_beyond_present
	},
	[DEVIATION_tfsr_lost] = {
		is_any, happens, tfsr_lost_present
	},
	[DEVIATION_abort_to_l1_oops] = {
		is_any, happens, abort_to_l1_oops_present
	},
	[DEVIATION_hpfar_ns] = {
		is_any, with_ns, hpfar_ns_present
	},
	[DEVIATION_no_slot_no_permission] = {
		is_any, happens, no_slot_no_permission_present
	},
	[DEVIATION_walk_fsc_to_l1] = {
		is_any, not_a_walk, walk_fsc_to_l1_present
	},
	[DEVIATION_table_efault] = {
		is_any, bad_address, table_efault_present
	},
	[DEVIATION_abort_not_saved] = {
		is_any, happens, abort_not_saved_present
	},
	[DEVIATION_a32_swp] = {
		is_swp, happens, a32_swp_present
	},
	[DEVIATION_a32_stored_bank] = {
		is_banked, stored_from_usr, a32_bank_present
	},
	[DEVIATION_ring_end_overrun] = {
		is_any, is_not, ring_end_overrun_present
	},
	[DEVIATION_a32_loaded_bank] = {
		is_banked, loaded_to_usr, a32_bank_present
	},
	[DEVIATION_a32_strex_wnr] = {
		is_store_exclusive32, without_wnr, a32_strex_wnr_present
	},
	[DEVIATION_a32_spsr_stale] = {
		is_any_32, stale, a32_spsr_stale_present
	},
	[DEVIATION_a32_serror_lost] = {
		is_any_32, happens, a32_serror_lost_present
	},
};

static bool is_present(unsigned int i)
{
	static enum { UNKNOWN, NO, YES }
		known[NISV_NR_DEVIATIONS];

	if (known[i] == UNKNOWN)
		known[i] = behaviours[i].present() ? YES : NO;
	return known[i] == YES;
}

bool nisv_deviation(const struct nisv_form *form, const char *field,
		    u64 want, struct nisv_deviates *d)
{
	unsigned int i;

	for (i = 0; form && i < NISV_NR_DEVIATIONS; i++) {
		/* strcmp() is a call, and every comparison comes here */
		if (nisv_deviations[i].field[0] != field[0] ||
		    strcmp(nisv_deviations[i].field, field) ||
		    !behaviours[i].applies(form) || !is_present(i))
			continue;
		d->row = &nisv_deviations[i];
		d->predicted = behaviours[i].predicts(form, want);
		return d->predicted != want;
	}
	return false;
}
