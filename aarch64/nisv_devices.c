// SPDX-License-Identifier: GPL-2.0-only
/*
 * nisv_devices: devices that the kernel emulates have no part in it.
 *
 * Contract (Documentation/virt/kvm/api.rst, 4.59 KVM_IOEVENTFD, 4.116
 * KVM_(UN)REGISTER_COALESCED_MMIO, 4.133 KVM_GET_STATS_FD, 5
 * KVM_EXIT_ARM_NISV; virt/kvm/devices/arm-vgic-v3.rst):
 *
 * - An access without syndrome has no size and no data that a device could be
 *   given: it exits, also where an ioeventfd (of any length, or of length 0), a
 *   coalesced zone or the vGIC is. No eventfd is signalled, nothing gets into
 *   the ring, no register of the vGIC changes.
 * - A plain store of the right size, address and value goes to the device and
 *   does not exit; any other one is KVM_EXIT_MMIO.
 * - A plain load from a register of the vGIC gives what it holds, extended as the
 *   form says, and a store sets that many bytes of it: what KVM_GET_DEVICE_ATTR
 *   and KVM_SET_DEVICE_ATTR know. What the vGIC does not have is zero, and a
 *   redistributor is its own vCPU's, whichever reads it.
 * - A signal that comes meanwhile makes KVM_RUN EINTR, and the load is done.
 * - After an access that a device took none is left to complete: not by the
 *   KVM_RUN after the exit, whatever exit_reason says by then.
 * - mmio_exit_user counts KVM_EXIT_MMIO and mmio_exit_kernel what a device took;
 *   neither counts an access without syndrome.
 *
 * Cases: <device>_<on|off> with the first form of every class and access that
 * has no syndrome, and <device>_plain for the accesses that have one;
 * after_<device>_<on|off> for one right behind the other.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "nisv_arch.h"
#include "nisv_signal.h"
#include "nisv_vgic.h"

#define GICD_VA		0x2f0000000ul
#define GICD_TYPER	0x4ul
#define GICD_IIDR	0x8ul
#define GICD_IPRIORITYR	0x420ul		/* of the first SPIs */
#define GICD_IROUTER	0x6100ul	/* of the first SPI */
#define GICD_TYPER_LINES	0x1ful	/* there are 32 times this, and 32 */
#define GICD_RESERVED	0x14ul
#define GICD_PRIORITIES	0x400ul		/* GICD_IPRIORITYR0 */
#define GICR_SIZE	0x20000ul	/* two frames for each vCPU */
#define GICR_RESERVED	0x50ul
#define GICR_PRIORITIES	0x10400ul	/* GICR_IPRIORITYR0, in the second frame */
#define SYSREG_MPIDR	ARM64_SYS_REG(3, 0, 0, 0, 5)

#define RO_SLOT		20
#define RO_OFFSET	0x700000ul	/* from the doorbell */
#define RO_VA		0x2f8000000ul

#define CODE_SLOT	21
#define CODE_OFFSET	0x710000ul	/* from the doorbell */
#define CODE_VA		0x2f8800000ul
#define CODE_BYTES	16ul		/* three instructions */
#define CODE_LOADS	0x800ul		/* where a load comes first */

#define INSN_STR_W10_X9	0xb900012au
#define INSN_LDR_W10_X9	0xb940012au
#define INSN_SVC_DONE	(0xd4000001u | NISV_SVC_DONE << 5)

#define ANY_LENGTH	0
#define ALL_SIZES	(1 | 2 | 4 | 8)	/* a bit mask that is a sum of sizes */

static const struct nisv_form *next_form(struct nisv_check *c,
					 struct nisv_vm *vm,
					 const struct nisv_form *form)
{
	for (form = form ? form + 1 : nisv_forms;
	     form < nisv_forms + nisv_nr_forms; form++)
		if (nisv_form_first(form) && !nisv_classes[form->class].isv &&
		    nisv_vcpu_feature(vm, 0, form->feature) >=
		    nisv_features[form->feature].min)
			return nisv_failed(c) ? NULL : form;
	return NULL;
}

static void set_ok(struct nisv_check *c, const char *what, int ret)
{
	nisv_eq(c, what, 0, ret < 0 ? -errno : ret, nisv_show_result,
		"the device can be made (api.rst 4)");
}

/* To the doorbell; the guest took no exception. */
static const struct nisv_regs *goes_on(struct nisv_check *c, struct nisv_vm *vm)
{
	const struct nisv_regs *seen;
	struct nisv_trap trap;

	if (nisv_failed(c))
		return NULL;
	seen = nisv_check_doorbell(c, vm, 0, &trap);
	nisv_check_step(c, "");
	if (seen)
		nisv_eq(c, "vector", NISV_NO_VECTOR, trap.vector, nisv_show_dec,
			"the guest goes on and takes no exception");
	return nisv_failed(c) ? NULL : seen;
}

/* The form exits, and is skipped. */
static void exits(struct nisv_check *c, struct nisv_vm *vm,
		  const struct nisv_form *form, bool cap)
{
	struct nisv_regs regs;

	if (nisv_failed(c) ||
	    !nisv_check_to_exit(c, vm, 0, form, cap, &regs))
		return;
	if (!nisv_classes[form->class].isv)
		nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
	goes_on(c, vm);
}

/* The form does not exit: the next that comes is the doorbell. */
static void is_taken(struct nisv_check *c, struct nisv_vm *vm,
		     const struct nisv_form *form)
{
	struct nisv_regs regs;

	if (nisv_failed(c))
		return;
	nisv_check_form(c, form, 0);
	nisv_vcpu_load(vm, 0, form, &regs);
	goes_on(c, vm);
}

static void aim(struct nisv_vm *vm, const struct nisv_form *form, u64 va,
		struct nisv_regs *regs)
{
	unsigned int base = nisv_form_base(form);

	nisv_vcpu_load(vm, 0, form, regs);
	*(base == NISV_SP ? &regs->sp : &regs->x[base]) +=
		va - nisv_form_va(vm, form);
	nisv_vcpu_start(vm, 0, regs);
}

/* ---- ioeventfd ---- */

/* At @ipa, for each of the sizes. */
static void set_ioeventfd(struct nisv_check *c, struct nisv_vm *vm, int fd,
			  u64 ipa, unsigned int sizes, u32 flags, u64 data)
{
	struct kvm_ioeventfd io = {
		.datamatch = data,
		.addr = ipa,
		.fd = fd,
		.flags = flags,
	};
	unsigned int size;

	for (size = 1; size <= 8; size *= 2) {
		if (sizes != ANY_LENGTH && !(sizes & size))
			continue;
		io.len = sizes == ANY_LENGTH ? 0 : size;
		set_ok(c, "KVM_IOEVENTFD",
		       ioctl(nisv_vm_fd(vm), KVM_IOEVENTFD, &io));
		if (sizes == ANY_LENGTH)
			break;
	}
}

static void check_signals(struct nisv_check *c, int fd, u64 want)
{
	u64 count = 0;

	if (read(fd, &count, sizeof(count)) < 0)
		count = 0;
	nisv_eq(c, "eventfd", want, count, nisv_show_dec, want ?
		"a store of its size and value signals it, once (api.rst 4.59)" :
		"nothing but a store of its size and value signals it (api.rst 4.59)");
}

static int new_eventfd(struct nisv_check *c)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	if (fd < 0)
		nisv_fail(c, "no eventfd: %s", strerror(errno));
	return fd;
}

static void check_ioeventfd(struct nisv_check *c, bool cap, unsigned int sizes)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	const struct nisv_form *form = NULL;
	int fd = new_eventfd(c);

	nisv_vm_set(vm, SETTING_hole);
	while ((form = next_form(c, vm, form))) {
		u64 ipa = nisv_form_ipa(vm, form);

		set_ioeventfd(c, vm, fd, ipa, sizes, 0, 0);
		exits(c, vm, form, cap);
		check_signals(c, fd, 0);
		set_ioeventfd(c, vm, fd, ipa, sizes,
			      KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
	}
	close(fd);
	nisv_shared_vm_done(c, cap);
}

static void ioeventfd(struct nisv_check *c, bool cap)
{
	check_ioeventfd(c, cap, ALL_SIZES);
}

static void ioeventfd_any_length(struct nisv_check *c, bool cap)
{
	check_ioeventfd(c, cap, ANY_LENGTH);
}

static const char * const stores[] = { "strb", "strh", "str_w", "str_x" };

/* Each plain store at ioeventfds that are for it, and at others. */
static void ioeventfd_plain(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	int fd = new_eventfd(c);
	struct nisv_regs regs;
	size_t i;

	nisv_vm_set(vm, SETTING_hole);
	for (i = 0; i < ARRAY_SIZE(stores) && !nisv_failed(c); i++) {
		const struct nisv_form *form = nisv_form_named(stores[i]);
		const u32 match = KVM_IOEVENTFD_FLAG_DATAMATCH;
		const u32 off = KVM_IOEVENTFD_FLAG_DEASSIGN;
		u64 ipa = nisv_form_ipa(vm, form);
		unsigned int others = ALL_SIZES & ~form->bytes;
		u64 data;

		/* its size */
		set_ioeventfd(c, vm, fd, ipa, form->bytes, 0, 0);
		is_taken(c, vm, form);
		check_signals(c, fd, 1);
		set_ioeventfd(c, vm, fd, ipa, form->bytes, off, 0);
		/* any size */
		set_ioeventfd(c, vm, fd, ipa, ANY_LENGTH, 0, 0);
		is_taken(c, vm, form);
		check_signals(c, fd, 1);
		set_ioeventfd(c, vm, fd, ipa, ANY_LENGTH, off, 0);
		/* another size, or beside it */
		set_ioeventfd(c, vm, fd, ipa, others, 0, 0);
		set_ioeventfd(c, vm, fd, ipa ^ 1, ALL_SIZES, 0, 0);
		set_ioeventfd(c, vm, fd, ipa + 8, ALL_SIZES, 0, 0);
		exits(c, vm, form, cap);
		check_signals(c, fd, 0);
		set_ioeventfd(c, vm, fd, ipa + 8, ALL_SIZES, off, 0);
		set_ioeventfd(c, vm, fd, ipa ^ 1, ALL_SIZES, off, 0);
		set_ioeventfd(c, vm, fd, ipa, others, off, 0);
		/* its value, or another one */
		nisv_vcpu_load(vm, 0, form, &regs);
		data = regs.x[nisv_form_rt(form)];
		data &= GENMASK_ULL(8 * form->bytes - 1, 0);
		set_ioeventfd(c, vm, fd, ipa, form->bytes, match, data);
		is_taken(c, vm, form);
		check_signals(c, fd, 1);
		set_ioeventfd(c, vm, fd, ipa, form->bytes, match | off, data);
		set_ioeventfd(c, vm, fd, ipa, form->bytes, match, data ^ 1);
		exits(c, vm, form, cap);
		check_signals(c, fd, 0);
		set_ioeventfd(c, vm, fd, ipa, form->bytes, match | off, data ^ 1);
	}
	close(fd);
	nisv_shared_vm_done(c, cap);
}

/*
 * Several ioeventfds at one address, for values that differ in one bit at either
 * end and in the middle: each store signals the one that is for its value.
 */
static void ioeventfd_values(struct nisv_check *c, bool cap)
{
	static const u64 flips[] = { BIT_ULL(63), 0, 1, BIT_ULL(31) };
	const struct nisv_form *form = nisv_form_named("str_x");
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	unsigned int rt = nisv_form_rt(form);
	struct nisv_regs regs;
	int fds[ARRAY_SIZE(flips)];
	size_t i, n;
	u64 ipa, data;

	nisv_vm_set(vm, SETTING_hole);
	ipa = nisv_form_ipa(vm, form);
	nisv_vcpu_load(vm, 0, form, &regs);
	data = regs.x[rt];
	for (i = 0; i < ARRAY_SIZE(flips); i++) {
		fds[i] = new_eventfd(c);
		set_ioeventfd(c, vm, fds[i], ipa, 8,
			      KVM_IOEVENTFD_FLAG_DATAMATCH, data ^ flips[i]);
	}
	for (i = 0; i < ARRAY_SIZE(flips) && !nisv_failed(c); i++) {
		nisv_check_form(c, form, 0);
		nisv_vcpu_load(vm, 0, form, &regs);
		regs.x[rt] = data ^ flips[i];
		nisv_vcpu_start(vm, 0, &regs);
		goes_on(c, vm);
		for (n = 0; n < ARRAY_SIZE(flips); n++)
			check_signals(c, fds[n], n == i);
	}
	for (i = 0; i < ARRAY_SIZE(flips); i++) {
		set_ioeventfd(c, vm, fds[i], ipa, 8,
			      KVM_IOEVENTFD_FLAG_DATAMATCH |
			      KVM_IOEVENTFD_FLAG_DEASSIGN, data ^ flips[i]);
		close(fds[i]);
	}
	nisv_shared_vm_done(c, cap);
}

/* A store from EL0 is a store. */
static void ioeventfd_el0(struct nisv_check *c, bool cap)
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	int fd = new_eventfd(c);
	u64 ipa;

	nisv_vm_set(vm, SETTING_el0);
	if (nisv_check_has(c, vm, form, SETTING_el0)) {
		ipa = nisv_form_ipa(vm, form);
		set_ioeventfd(c, vm, fd, ipa, 4, 0, 0);
		is_taken(c, vm, form);
		check_signals(c, fd, 1);
		set_ioeventfd(c, vm, fd, ipa, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
	}
	close(fd);
	nisv_shared_vm_done(c, cap);
}

/* Loads from where there is one for stores. */
static void ioeventfd_loads(struct nisv_check *c, bool cap)
{
	static const char * const loads[] = { "ldrb", "ldrh", "ldr_w", "ldr_x" };
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	int fd = new_eventfd(c);
	size_t i;

	nisv_vm_set(vm, SETTING_hole);
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct nisv_form *form = nisv_form_named(loads[i]);
		u64 ipa = nisv_form_ipa(vm, form);

		set_ioeventfd(c, vm, fd, ipa, ALL_SIZES, 0, 0);
		exits(c, vm, form, cap);
		check_signals(c, fd, 0);
		set_ioeventfd(c, vm, fd, ipa, ALL_SIZES,
			      KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
	}
	close(fd);
	nisv_shared_vm_done(c, cap);
}

/* At a page of a read-only slot that the guest has read. */
static void ioeventfd_read_only(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	u64 ipa = nisv_doorbell_ipa(vm) + RO_OFFSET;
	u64 page = nisv_vm_page_size(vm);
	const struct nisv_form *form = NULL;
	int fd = new_eventfd(c);
	struct nisv_regs regs;
	struct nisv_want want;
	struct nisv_exit e;
	void *memory;

	nisv_vm_set(vm, SETTING_hole);
	memory = mmap(NULL, page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		nisv_fail(c, "no memory");
	set_ok(c, "KVM_SET_USER_MEMORY_REGION",
	       nisv_set_slot(nisv_vm_fd(vm), RO_SLOT, KVM_MEM_READONLY, ipa,
			     page, memory));
	nisv_vm_map(vm, RO_VA, ipa, page);
	while ((form = next_form(c, vm, form))) {
		u64 va = RO_VA + 0x240;
		struct nisv_situation s = {
			.form = form,
			.behind = BEHIND_READ_BEFORE,
			.cap = cap,
			.ipa = ipa + 0x240,
		};

		nisv_check_form(c, form, 0);
		aim(vm, nisv_form_named("ldr_x"), va, &regs);
		goes_on(c, vm);
		if (form->access == ACCESS_R || nisv_failed(c))
			continue;
		set_ioeventfd(c, vm, fd, s.ipa, ALL_SIZES, 0, 0);
		aim(vm, form, va, &regs);
		nisv_expect(&s, &want);
		nisv_vcpu_run(vm, 0, &e);
		nisv_check_exit(c, form, &want, &e);
		check_signals(c, fd, 0);
		set_ioeventfd(c, vm, fd, s.ipa, ALL_SIZES,
			      KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
		if (nisv_failed(c))
			break;
		nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
		goes_on(c, vm);
	}
	nisv_set_slot(nisv_vm_fd(vm), RO_SLOT, 0, 0, 0, NULL);
	munmap(memory, page);
	close(fd);
	nisv_shared_vm_done(c, cap);
}

/* ---- coalesced MMIO ---- */

/* The ring that @vm's vCPUs share, NULL where there is none. */
static struct kvm_coalesced_mmio_ring *map_ring(struct nisv_check *c,
						struct nisv_vm *vm)
{
	long page = sysconf(_SC_PAGESIZE);
	int at = nisv_check_extension(c, vm, KVM_CAP_COALESCED_MMIO,
				      "KVM_CAP_COALESCED_MMIO >= 1");
	void *ring;

	if (!at)
		return NULL;
	ring = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED,
		    nisv_vcpu_fd(vm, 0), at * page);
	if (ring == MAP_FAILED) {
		nisv_fail(c, "the ring cannot be mapped: %s", strerror(errno));
		return NULL;
	}
	return ring;
}

static void ring_done(struct nisv_check *c,
		      struct kvm_coalesced_mmio_ring *ring, bool cap)
{
	if (ring)
		munmap(ring, sysconf(_SC_PAGESIZE));
	nisv_shared_vm_done(c, cap);
}

static void set_zone(struct nisv_check *c, struct nisv_vm *vm,
		     unsigned long request, u64 ipa, u32 size)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = ipa, .size = size };

	set_ok(c, "coalesced zone", ioctl(nisv_vm_fd(vm), request, &zone));
}

static void check_ring(struct nisv_check *c,
		       const struct kvm_coalesced_mmio_ring *ring, u32 want)
{
	nisv_eq(c, "stores in the ring", want, ring->last - ring->first,
		nisv_show_dec, want ?
		"a store with syndrome is put into the ring (api.rst 4.116)" :
		"a store without size and data is not put into the ring (api.rst 4.116)");
}

static void coalesced(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	const struct nisv_form *store = nisv_form_named("str_w");
	struct kvm_coalesced_mmio_ring *ring = map_ring(c, vm);
	const struct nisv_form *form = NULL;
	struct nisv_regs regs;

	nisv_vm_set(vm, SETTING_hole);
	while (ring && (form = next_form(c, vm, form))) {
		u64 ipa = nisv_form_ipa(vm, form) & ~63ull;

		set_zone(c, vm, KVM_REGISTER_COALESCED_MMIO, ipa, 128);
		exits(c, vm, form, cap);
		check_ring(c, ring, 0);
		/* with a store that waits in the ring */
		aim(vm, store, nisv_form_va(vm, form) & ~63ull, &regs);
		goes_on(c, vm);
		check_ring(c, ring, 1);
		exits(c, vm, form, cap);
		check_ring(c, ring, 1);
		ring->first = ring->last;
		set_zone(c, vm, KVM_UNREGISTER_COALESCED_MMIO, ipa, 128);
	}
	ring_done(c, ring, cap);
}

static void coalesced_plain(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	struct kvm_coalesced_mmio_ring *ring = map_ring(c, vm);
	size_t i;

	nisv_vm_set(vm, SETTING_hole);
	for (i = 0; ring && i < ARRAY_SIZE(stores) && !nisv_failed(c); i++) {
		const struct nisv_form *form = nisv_form_named(stores[i]);
		u64 ipa = nisv_form_ipa(vm, form);
		struct kvm_coalesced_mmio *entry;
		struct nisv_regs regs;
		u64 data = 0;

		/* a zone that ends with it */
		set_zone(c, vm, KVM_REGISTER_COALESCED_MMIO, ipa - 16,
			 16 + form->bytes);
		is_taken(c, vm, form);
		check_ring(c, ring, 1);
		if (nisv_failed(c))
			break;
		entry = &ring->coalesced_mmio[ring->first];
		nisv_vcpu_load(vm, 0, form, &regs);
		memcpy(&data, entry->data, form->bytes);
		nisv_eq(c, "phys_addr in the ring", ipa, entry->phys_addr,
			nisv_show_hex, "the IPA accessed (api.rst 4.116)");
		nisv_eq(c, "len in the ring", form->bytes, entry->len,
			nisv_show_dec, "the size of the access (api.rst 4.116)");
		nisv_eq(c, "data in the ring",
			regs.x[nisv_form_rt(form)] &
			GENMASK_ULL(8 * form->bytes - 1, 0), data, nisv_show_hex,
			"the low bytes of Rt (api.rst 4.116)");
		ring->first++;
		set_zone(c, vm, KVM_UNREGISTER_COALESCED_MMIO, ipa - 16,
			 16 + form->bytes);
		/* one that ends before it does, and one that begins later */
		set_zone(c, vm, KVM_REGISTER_COALESCED_MMIO, ipa - 16,
			 15 + form->bytes);
		set_zone(c, vm, KVM_REGISTER_COALESCED_MMIO, ipa + 1, 16);
		exits(c, vm, form, cap);
		check_ring(c, ring, 0);
		set_zone(c, vm, KVM_UNREGISTER_COALESCED_MMIO, ipa - 16,
			 15 + form->bytes);
		set_zone(c, vm, KVM_UNREGISTER_COALESCED_MMIO, ipa + 1, 16);
		/* right behind one */
		set_zone(c, vm, KVM_REGISTER_COALESCED_MMIO, ipa - 16, 16);
		exits(c, vm, form, cap);
		check_ring(c, ring, 0);
		set_zone(c, vm, KVM_UNREGISTER_COALESCED_MMIO, ipa - 16, 16);
	}
	ring_done(c, ring, cap);
}

/* A zone for one store, as large as what it stores; and the ring. */
static void with_zone(struct nisv_check *c, bool cap,
		      void (*fn)(struct nisv_check *c, struct nisv_vm *vm,
				 const struct nisv_form *form,
				 struct kvm_coalesced_mmio_ring *ring,
				 u32 entries))
{
	const struct nisv_form *form = nisv_form_named("str_w");
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	struct kvm_coalesced_mmio_ring *ring = map_ring(c, vm);
	u64 ipa;

	if (!ring)
		return;
	nisv_vm_set(vm, SETTING_hole);
	ipa = nisv_form_ipa(vm, form);
	set_zone(c, vm, KVM_REGISTER_COALESCED_MMIO, ipa, form->bytes);
	fn(c, vm, form, ring, (sysconf(_SC_PAGESIZE) - sizeof(*ring)) /
	   sizeof(ring->coalesced_mmio[0]));
	ring->first = ring->last;
	set_zone(c, vm, KVM_UNREGISTER_COALESCED_MMIO, ipa, form->bytes);
	ring_done(c, ring, cap);
}

/* A store that finds the ring full is user space's. */
static void check_full(struct nisv_check *c, struct nisv_vm *vm,
		       const struct nisv_form *form,
		       struct kvm_coalesced_mmio_ring *ring, u32 entries)
{
	/* all but one entry: that much the ring can hold */
	ring->first = (ring->last + 1) % entries;
	exits(c, vm, form, true);	/* plain: as with false */
	ring->first = ring->last;
	is_taken(c, vm, form);
	check_ring(c, ring, 1);
}

static void coalesced_full(struct nisv_check *c, bool cap)
{
	with_zone(c, cap, check_full);
}

/* Behind the last entry comes the first one, and so it does for "full". */
static void check_goes_round(struct nisv_check *c, struct nisv_vm *vm,
			     const struct nisv_form *form,
			     struct kvm_coalesced_mmio_ring *ring, u32 entries)
{
	u64 ipa = nisv_form_ipa(vm, form);
	struct nisv_regs regs;
	struct nisv_exit e;
	bool full;

	ring->last = entries - 1;
	ring->first = 0;
	nisv_check_form(c, form, 0);
	nisv_vcpu_load(vm, 0, form, &regs);
	nisv_vcpu_run(vm, 0, &e);
	full = !e.ret && e.reason == KVM_EXIT_MMIO && e.phys_addr == ipa;
	nisv_eq(c, "a ring that is full at its end", true, full, nisv_show_dec,
		"one entry stays free: the store is user space's (api.rst 4.116)");
	if (full)
		goes_on(c, vm);
	ring->last = entries - 1;
	ring->first = entries - 1;
	is_taken(c, vm, form);
	nisv_eq(c, "last", 0, ring->last, nisv_show_dec,
		"the ring goes round (api.rst 4.116)");
	nisv_eq(c, "phys_addr in the ring", ipa,
		ring->coalesced_mmio[entries - 1].phys_addr, nisv_show_hex,
		"the last entry is one, too (api.rst 4.116)");
	is_taken(c, vm, form);
	nisv_eq(c, "phys_addr in the ring", ipa,
		ring->coalesced_mmio[0].phys_addr, nisv_show_hex,
		"the ring goes round (api.rst 4.116)");
	ring->last = 0;
}

static void coalesced_goes_round(struct nisv_check *c, bool cap)
{
	with_zone(c, cap, check_goes_round);
}

/* ---- an access that a device took, and one without syndrome behind it ---- */

/*
 * The code: for each form a store to where X9 points and the form, and the same
 * with a load.
 */
static u32 *map_code(struct nisv_check *c, struct nisv_vm *vm)
{
	u64 ipa = nisv_doorbell_ipa(vm) + CODE_OFFSET;
	u64 page = nisv_vm_page_size(vm);
	const struct nisv_form *form = NULL;
	u32 *memory, *store, *load;

	memory = mmap(NULL, page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	store = memory;
	load = memory + CODE_LOADS / sizeof(*load);
	while ((form = next_form(c, vm, form))) {
		store[0] = INSN_STR_W10_X9;
		load[0] = INSN_LDR_W10_X9;
		store[1] = form->insn;
		load[1] = form->insn;
		store[2] = INSN_SVC_DONE;
		load[2] = INSN_SVC_DONE;
		store += CODE_BYTES / sizeof(*store);
		load += CODE_BYTES / sizeof(*load);
	}
	if ((u8 *)store - (u8 *)memory > (ptrdiff_t)CODE_LOADS)
		nisv_fail(c, "more forms than the page has room for");
	__builtin___clear_cache((char *)memory, (char *)load);
	set_ok(c, "KVM_SET_USER_MEMORY_REGION",
	       nisv_set_slot(nisv_vm_fd(vm), CODE_SLOT, 0, ipa, page, memory));
	nisv_vm_map(vm, CODE_VA, ipa, page);
	return memory;
}

static void unmap_code(struct nisv_vm *vm, u32 *memory)
{
	nisv_set_slot(nisv_vm_fd(vm), CODE_SLOT, 0, 0, 0, NULL);
	munmap(memory, nisv_vm_page_size(vm));
}

static void check_at(struct nisv_check *c, struct nisv_vm *vm,
		     const struct nisv_form *form, const struct nisv_regs *want)
{
	struct nisv_regs now;

	nisv_vcpu_regs(vm, 0, form, &now, NISV_ALL);
	nisv_check_regs(c, form, want, &now, NISV_ALL,
			"what a device of the kernel took is complete");
}

/*
 * The code at @pc: first the access to the device at @device, which gives @loaded
 * to W10, then the exit of @form. User space claims then that there is an access
 * to complete.
 */
static void exits_behind(struct nisv_check *c, struct nisv_vm *vm,
			 const struct nisv_form *form, bool cap, u64 pc,
			 u64 device, const u32 *loaded)
{
	struct nisv_situation s = {
		.form = form,
		.cap = cap,
		.ipa = nisv_form_ipa(vm, form),
	};
	struct nisv_regs regs;
	struct nisv_want want;
	struct nisv_exit e;
	int again;

	nisv_check_form(c, form, 0);
	nisv_vcpu_load(vm, 0, form, &regs);
	regs.x[9] = device;
	regs.pc = pc;
	nisv_vcpu_start(vm, 0, &regs);
	regs.pc += 4;
	if (loaded)
		regs.x[10] = *loaded;
	nisv_expect(&s, &want);
	for (again = 0; again < 2 && !nisv_failed(c); again++) {
		nisv_vcpu_run(vm, 0, &e);
		/* KVM uses kvm_run.mmio for the device's access too */
		if (!again)
			e.touched = 0;
		nisv_check_exit(c, form, &want, &e);
		nisv_eq(c, "pc", 0, nisv_vcpu_pc(vm, 0) - regs.pc,
			nisv_show_delta, "PC stays at the instruction (api.rst 5)");
		nisv_check_step(c, "again: ");
		nisv_vcpu_claim(vm, 0, KVM_EXIT_MMIO);
	}
	nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_complete(vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	/* what an earlier KVM_RUN has completed would be seen now */
	check_at(c, vm, form, &regs);
	nisv_check_step(c, "");
	nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
	goes_on(c, vm);
}

static void after_ioeventfd(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	const struct nisv_form *store = nisv_form_named("str_w");
	const struct nisv_form *form = NULL;
	u32 *code = map_code(c, vm);
	int fd = new_eventfd(c);
	u64 pc = CODE_VA, ipa;

	nisv_vm_set(vm, SETTING_hole);
	ipa = nisv_form_ipa(vm, store);
	set_ioeventfd(c, vm, fd, ipa, 4, 0, 0);
	while ((form = next_form(c, vm, form))) {
		exits_behind(c, vm, form, cap, pc, nisv_form_va(vm, store), NULL);
		check_signals(c, fd, 1);
		pc += CODE_BYTES;
	}
	set_ioeventfd(c, vm, fd, ipa, 4, KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
	unmap_code(vm, code);
	close(fd);
	nisv_shared_vm_done(c, cap);
}

/* ---- vGIC ---- */

/* The VMs that have one. */
static struct nisv_vm *vgics[2];

/* A VM with a vGIC, which its cases share; NULL where the case is skipped. */
static struct nisv_vm *vgic_vm(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = vgics[cap];

	if (vm)
		return vm;
	vm = nisv_vm_new(1);
	if (cap)
		set_ok(c, "KVM_ENABLE_CAP", nisv_vm_enable(vm));
	if (!nisv_vm_add_vgic(c, vm)) {
		nisv_vm_free(vm);
		return NULL;
	}
	nisv_vm_map(vm, GICD_VA, nisv_vgic_ipa(), 2 * GICD_SIZE);
	vgics[cap] = vm;
	return vm;
}

static void vgic_done(struct nisv_check *c, bool cap)
{
	if (!nisv_failed(c))
		return;
	nisv_vm_free(vgics[cap]);
	vgics[cap] = NULL;
}

/* Eight bytes of the distributor, read by the guest; no exit. */
static u64 read_vgic(struct nisv_check *c, struct nisv_vm *vm, u64 va)
{
	const struct nisv_form *form = nisv_form_named("ldr_w");
	const struct nisv_regs *seen;
	struct nisv_regs regs;
	u64 val = 0;
	int i;

	for (i = 0; i < 2; i++) {
		nisv_check_form(c, form, 0);
		aim(vm, form, va + 4 * i, &regs);
		seen = goes_on(c, vm);
		if (seen)
			val |= seen->x[nisv_form_rt(form)] << (32 * i);
	}
	return val;
}

static void vgic(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = vgic_vm(c, cap);
	const struct nisv_form *form = NULL;
	u64 va = GICD_VA + GICD_IPRIORITYR;

	while (vm && (form = next_form(c, vm, form))) {
		struct nisv_situation s = {
			.form = form,
			.cap = cap,
			.ipa = nisv_vgic_ipa() + GICD_IPRIORITYR,
		};
		u64 before = read_vgic(c, vm, va);
		struct nisv_regs regs;
		struct nisv_want want;
		struct nisv_exit e;

		nisv_check_form(c, form, 0);
		aim(vm, form, va, &regs);
		nisv_expect(&s, &want);
		nisv_vcpu_run(vm, 0, &e);
		nisv_check_exit(c, form, &want, &e);
		if (nisv_failed(c))
			break;
		nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
		goes_on(c, vm);
		nisv_eq(c, "vGIC register", before, read_vgic(c, vm, va),
			nisv_show_hex, "an access that exits is not made");
	}
	vgic_done(c, cap);
}

/* A register, as user space has it; of the vCPU's redistributor behind the others. */
static u32 get_vgic(struct nisv_check *c, bool cap, u64 offset)
{
	u32 group = offset < GICD_SIZE ? KVM_DEV_ARM_VGIC_GRP_DIST_REGS :
					 KVM_DEV_ARM_VGIC_GRP_REDIST_REGS;
	u32 value = 0;

	set_ok(c, "KVM_GET_DEVICE_ATTR",
	       nisv_vgic_attr(vgics[cap], KVM_GET_DEVICE_ATTR, group,
			      offset % GICD_SIZE, &value));
	return value;
}

static void set_vgic(struct nisv_check *c, bool cap, u64 offset, u32 value)
{
	set_ok(c, "KVM_SET_DEVICE_ATTR",
	       nisv_vgic_attr(vgics[cap], KVM_SET_DEVICE_ATTR,
			      KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, &value));
}

static void check_counted(struct nisv_check *c, struct nisv_vm *vm, u64 user,
			  u64 kernel)
{
	nisv_eq(c, "mmio_exit_user", user,
		nisv_vcpu_stat(vm, 0, "mmio_exit_user"), nisv_show_dec,
		"counts KVM_EXIT_MMIO and nothing else");
	nisv_eq(c, "mmio_exit_kernel", kernel,
		nisv_vcpu_stat(vm, 0, "mmio_exit_kernel"), nisv_show_dec,
		"counts what a device of the kernel took");
}

/* An access that the vGIC takes, and the doorbell. */
static const struct nisv_regs *is_counted(struct nisv_check *c,
					  struct nisv_vm *vm)
{
	u64 user = nisv_vcpu_stat(vm, 0, "mmio_exit_user");
	u64 kernel = nisv_vcpu_stat(vm, 0, "mmio_exit_kernel");
	const struct nisv_regs *seen = goes_on(c, vm);

	if (seen && user != NISV_NO_STAT)
		check_counted(c, vm, user + 1, kernel + 1);
	return seen;
}

/* The guest loads with that form from there, and gets @data of the device. */
static void check_vgic_load(struct nisv_check *c, struct nisv_vm *vm,
			    const char *name, u64 offset, u64 data)
{
	const struct nisv_form *form = nisv_form_named(name);
	unsigned int rt = nisv_form_rt(form);
	const struct nisv_regs *seen;
	struct nisv_regs regs;

	if (nisv_failed(c))
		return;
	nisv_check_form(c, form, 0);
	aim(vm, form, GICD_VA + offset, &regs);
	seen = is_counted(c, vm);
	if (!seen)
		return;
	regs.x[rt] = nisv_form_loaded(form, data);
	nisv_eq(c, "Rt", regs.x[rt], seen->x[rt], nisv_show_hex,
		"what the register of the device holds, extended as the form says (DDI0487 C6.2)");
	regs.x[rt] = seen->x[rt];
	nisv_check_regs(c, form, &regs, seen, NISV_SEEN,
			"a load changes no other register");
}

static void check_vgic_store(struct nisv_check *c, struct nisv_vm *vm,
			     const char *name, u64 offset, u64 data)
{
	const struct nisv_form *form = nisv_form_named(name);
	const struct nisv_regs *seen;
	struct nisv_regs regs;

	if (nisv_failed(c))
		return;
	nisv_check_form(c, form, 0);
	aim(vm, form, GICD_VA + offset, &regs);
	regs.x[nisv_form_rt(form)] = data;
	nisv_vcpu_start(vm, 0, &regs);
	seen = is_counted(c, vm);
	if (seen)
		nisv_check_regs(c, form, &regs, seen, NISV_SEEN,
				"a store changes no register");
}

/*
 * Loads and stores of each size that a register of the distributor has. A
 * priority has 5 bits, and an affinity that no vCPU has is as good as any
 * (IHI0069 12.9, GICD_IPRIORITYR and GICD_IROUTER).
 */
static void vgic_plain(struct nisv_check *c, bool cap)
{
	static const char * const words[] = { "ldr_w", "ldrsw" };
	static const char * const bytes[] = { "ldrb", "ldrsb_x", "ldrsb_w" };
	const u32 loaded = 0x98f8b0e8, stored = 0x78a85098;
	const u64 route = 0x7f010203;	/* bit 31 is not of the affinity */
	struct nisv_vm *vm = vgic_vm(c, cap);
	const u64 typer = GICD_SIZE + GICR_TYPER;
	const u64 at = GICD_IPRIORITYR;
	size_t i, byte;

	if (!vm)
		return;
	check_vgic_load(c, vm, "ldr_w", GICD_TYPER, get_vgic(c, cap, GICD_TYPER));
	check_vgic_load(c, vm, "ldr_w", GICD_IIDR, get_vgic(c, cap, GICD_IIDR));
	nisv_eq(c, "GICR_TYPER.Last", GICR_TYPER_LAST,
		get_vgic(c, cap, typer) & GICR_TYPER_LAST, nisv_show_hex,
		"the last redistributor, for user space too (IHI0069 12.11)");
	check_vgic_load(c, vm, "ldr_x", typer, GICR_TYPER_LAST |
			get_vgic(c, cap, typer) |
			(u64)get_vgic(c, cap, typer + 4) << 32);
	set_vgic(c, cap, at, loaded);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		check_vgic_load(c, vm, words[i], at, loaded);
	for (i = 0; i < ARRAY_SIZE(bytes); i++)
		for (byte = 0; byte < 4; byte++)
			check_vgic_load(c, vm, bytes[i], at + byte,
					loaded >> (8 * byte));
	check_vgic_store(c, vm, "str_w", at, ~0xffffffffull | stored);
	nisv_eq(c, "vGIC register", stored, get_vgic(c, cap, at), nisv_show_hex,
		"a store sets the register (IHI0069 12.9)");
	check_vgic_store(c, vm, "strb", at + 2, ~0xffull | 0x30);
	nisv_eq(c, "vGIC register", (stored & ~0xff0000u) | 0x300000,
		get_vgic(c, cap, at), nisv_show_hex,
		"a store of a byte sets one (IHI0069 12.9)");
	check_vgic_store(c, vm, "str_x", GICD_IROUTER, route);
	nisv_eq(c, "vGIC register", route & 0xffffff,
		get_vgic(c, cap, GICD_IROUTER), nisv_show_hex,
		"a store sets the register (IHI0069 12.9)");
	check_vgic_load(c, vm, "ldr_x", GICD_IROUTER, route & 0xffffff);
	check_vgic_load(c, vm, "ldr_w", GICD_IROUTER, route & 0xffffff);
	vgic_done(c, cap);
}

/*
 * What the vGIC does not have reads as zero and ignores stores: reserved places,
 * and the registers of interrupts that are more than GICD_TYPER says.
 */
static void vgic_reserved(struct nisv_check *c, bool cap)
{
	static const char * const loads[] = { "ldr_w", "ldrsw" };
	u64 at[] = { GICD_RESERVED, GICD_PRIORITIES, GICD_SIZE + GICR_RESERVED };
	struct nisv_vm *vm = vgic_vm(c, cap);
	u64 lines;
	size_t i, n;

	if (!vm)
		return;
	lines = get_vgic(c, cap, GICD_TYPER) & GICD_TYPER_LINES;
	/* a byte each; with all of them the place behind is another register */
	at[1] += lines == GICD_TYPER_LINES ? 0x3fc : 32 * (lines + 1);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (n = 0; n < ARRAY_SIZE(loads); n++) {
			check_vgic_load(c, vm, loads[n], at[i], 0);
			check_vgic_store(c, vm, "str_w", at[i], ~0ull);
		}
	for (n = 0; n < ARRAY_SIZE(loads); n++)
		check_vgic_load(c, vm, loads[n], at[1], 0);
	vgic_done(c, cap);
}

/* Bits 39 to 32 and 23 to 0 of an MPIDR, as GICR_TYPER has them. */
static u64 affinity_of(struct nisv_vm *vm, unsigned int cpu)
{
	u64 mpidr = 0;

	nisv_get_register(nisv_vcpu_fd(vm, cpu), SYSREG_MPIDR, &mpidr);
	return (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
}

/* A redistributor is its vCPU's, whichever vCPU reads and writes it. */
static void vgic_of_another(struct nisv_check *c, bool cap)
{
	const struct nisv_form *form = nisv_form_named("ldr_w");
	const u32 priorities[] = { 0x98f8b0e8, 0x78a85098 };
	const struct nisv_regs *seen;
	struct nisv_regs regs;
	struct nisv_vm *vm;
	unsigned int cpu;

	vm = nisv_vm_new(ARRAY_SIZE(priorities));
	if (cap)
		set_ok(c, "KVM_ENABLE_CAP", nisv_vm_enable(vm));
	if (!nisv_vm_add_vgic(c, vm)) {
		nisv_vm_free(vm);
		return;
	}
	nisv_vm_map(vm, GICD_VA, nisv_vgic_ipa(),
		    GICD_SIZE + ARRAY_SIZE(priorities) * GICR_SIZE);
	for (cpu = 0; cpu < ARRAY_SIZE(priorities) && !nisv_failed(c); cpu++) {
		u64 redist = GICD_SIZE + cpu * GICR_SIZE;

		/* the upper half is the affinity (IHI0069 12.11) */
		nisv_check_form(c, form, 0);
		aim(vm, form, GICD_VA + redist + GICR_TYPER + 4, &regs);
		seen = goes_on(c, vm);
		if (seen)
			nisv_eq(c, "affinity", affinity_of(vm, cpu),
				seen->x[nisv_form_rt(form)], nisv_show_hex,
				"whose redistributor it is (IHI0069 12.11)");
		check_vgic_store(c, vm, "str_w", redist + GICR_PRIORITIES,
				 priorities[cpu]);
	}
	for (cpu = 0; cpu < ARRAY_SIZE(priorities); cpu++)
		check_vgic_load(c, vm, "ldr_w", GICD_SIZE + cpu * GICR_SIZE +
				GICR_PRIORITIES, priorities[cpu]);
	nisv_vm_free(vm);
}

/* A signal comes meanwhile: the load is done, once, and KVM_RUN is EINTR. */
static void vgic_signal(struct nisv_check *c, bool cap)
{
	const struct nisv_form *form = nisv_form_named("ldr_w");
	struct nisv_vm *vm = vgic_vm(c, cap);
	u64 va = GICD_VA + GICD_IPRIORITYR;
	const u32 value = 0xa0b0d0f8;
	struct nisv_alarm *alarm;
	struct nisv_regs regs;
	struct nisv_exit e;

	if (!vm)
		return;
	set_vgic(c, cap, GICD_IPRIORITYR, value);
	/* after this the guest's own memory makes it trap no more */
	read_vgic(c, vm, va);
	aim(vm, form, va, &regs);
	alarm = nisv_failed(c) ? NULL :
		nisv_alarm_set(c, vm, 0, regs.pc, NISV_EC_DABT);
	if (!alarm) {
		vgic_done(c, cap);
		return;
	}
	nisv_vcpu_run(vm, 0, &e);
	nisv_eq(c, "KVM_RUN", -EINTR, e.ret, nisv_show_result,
		"an unmasked signal is pending: -EINTR (api.rst 4.10)");
	nisv_eq(c, "signal pending", true, nisv_alarm_stop(alarm),
		nisv_show_dec, "a signal is not lost in KVM_RUN");
	regs.x[nisv_form_rt(form)] = value;
	regs.pc += 4;
	check_at(c, vm, form, &regs);
	nisv_vcpu_claim(vm, 0, KVM_EXIT_MMIO);
	nisv_eq(c, "KVM_RUN", -EINTR, nisv_vcpu_complete(vm, 0),
		nisv_show_result, "immediate_exit: -EINTR (api.rst 5)");
	check_at(c, vm, form, &regs);
	goes_on(c, vm);
	vgic_done(c, cap);
}

static void after_vgic(struct nisv_check *c, bool cap)
{
	const u64 offset = GICD_IPRIORITYR;
	struct nisv_vm *vm = vgic_vm(c, cap);
	const struct nisv_form *form = NULL;
	const u32 value = 0xa8b0b8c0;
	u64 pc = CODE_VA + CODE_LOADS;
	u32 *code;

	if (!vm)
		return;
	code = map_code(c, vm);
	set_vgic(c, cap, offset, value);
	while ((form = next_form(c, vm, form))) {
		exits_behind(c, vm, form, cap, pc, GICD_VA + offset, &value);
		pc += CODE_BYTES;
	}
	unmap_code(vm, code);
	vgic_done(c, cap);
}

/* ---- statistics ---- */

static void statistics(struct nisv_check *c, bool cap)
{
	struct nisv_vm *vm = nisv_shared_vm(c, cap);
	const struct nisv_form *form = NULL;
	const struct nisv_form *store = nisv_form_named("str_w");
	struct nisv_regs regs;
	u64 user, kernel;
	int event;

	if (!nisv_check_extension(c, vm, KVM_CAP_BINARY_STATS_FD,
				  "KVM_GET_STATS_FD (KVM_CAP_BINARY_STATS_FD >= 1)"))
		return;
	event = new_eventfd(c);
	nisv_vm_set(vm, SETTING_hole);
	user = nisv_vcpu_stat(vm, 0, "mmio_exit_user");
	kernel = nisv_vcpu_stat(vm, 0, "mmio_exit_kernel");
	while ((form = next_form(c, vm, form))) {
		if (!nisv_check_to_exit(c, vm, 0, form, cap, &regs))
			break;
		check_counted(c, vm, user, kernel);
		nisv_vcpu_set_pc(vm, 0, regs.pc + 4);
		goes_on(c, vm);
		check_counted(c, vm, ++user, kernel);	/* the doorbell */
	}
	exits(c, vm, store, cap);
	user += 2;
	check_counted(c, vm, user, kernel);
	set_ioeventfd(c, vm, event, nisv_form_ipa(vm, store), 4, 0, 0);
	is_taken(c, vm, store);
	check_counted(c, vm, user + 1, kernel + 1);
	set_ioeventfd(c, vm, event, nisv_form_ipa(vm, store), 4,
		      KVM_IOEVENTFD_FLAG_DEASSIGN, 0);
	close(event);
	nisv_shared_vm_done(c, cap);
}

struct device_case {
	const char *name;
	void (*fn)(struct nisv_check *c, bool cap);
	bool cap;
};

static const struct device_case cases[] = {
	{ "ioeventfd_on", ioeventfd, true },
	{ "ioeventfd_off", ioeventfd, false },
	{ "ioeventfd_any_length_on", ioeventfd_any_length, true },
	{ "ioeventfd_any_length_off", ioeventfd_any_length, false },
	{ "ioeventfd_plain", ioeventfd_plain, true },
	{ "ioeventfd_values", ioeventfd_values, true },
	{ "ioeventfd_el0", ioeventfd_el0, true },
	{ "ioeventfd_loads_on", ioeventfd_loads, true },
	{ "ioeventfd_loads_off", ioeventfd_loads, false },
	{ "ioeventfd_read_only_on", ioeventfd_read_only, true },
	{ "ioeventfd_read_only_off", ioeventfd_read_only, false },
	{ "coalesced_on", coalesced, true },
	{ "coalesced_off", coalesced, false },
	{ "coalesced_plain", coalesced_plain, true },
	{ "coalesced_full", coalesced_full, true },
	{ "coalesced_goes_round", coalesced_goes_round, true },
	{ "vgic_on", vgic, true },
	{ "vgic_off", vgic, false },
	{ "vgic_plain_on", vgic_plain, true },
	{ "vgic_plain_off", vgic_plain, false },
	{ "vgic_reserved_on", vgic_reserved, true },
	{ "vgic_reserved_off", vgic_reserved, false },
	{ "vgic_of_another_on", vgic_of_another, true },
	{ "vgic_of_another_off", vgic_of_another, false },
	{ "vgic_signal_on", vgic_signal, true },
	{ "vgic_signal_off", vgic_signal, false },
	{ "after_ioeventfd_on", after_ioeventfd, true },
	{ "after_ioeventfd_off", after_ioeventfd, false },
	{ "after_vgic_on", after_vgic, true },
	{ "after_vgic_off", after_vgic, false },
	{ "statistics_on", statistics, true },
	{ "statistics_off", statistics, false },
};

static void run_case(struct nisv_check *c, const void *arg)
{
	const struct device_case *d = arg;

	d->fn(c, d->cap);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		nisv_case(run_case, &cases[i], "%s", cases[i].name);
	return nisv_harness(argc, argv);
}
