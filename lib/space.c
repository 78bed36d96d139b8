// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs whose IPA space, pages or memory are not the usual ones: that is 40 bits,
 * or what the machine has, and stage-1 pages as large as the host's, where the
 * CPU has them.
 */
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest_modes.h"
#include "vm.h"

#define SMALLEST	32	/* bits of an IPA space */

/* Stage-1 page sizes of the selftest library, and the modes that have them. */
static const struct {
	unsigned int page_shift;
	enum vm_guest_mode modes[3];
} granules[] = {
	{ 12, { VM_MODE_P40V48_4K, VM_MODE_P48V48_4K, VM_MODE_P36V48_4K } },
	{ 14, { VM_MODE_P40V48_16K, VM_MODE_P48V48_16K, VM_MODE_P36V48_16K } },
	{ 16, { VM_MODE_P40V48_64K, VM_MODE_P48V48_64K, VM_MODE_P36V48_64K } },
};

/* The library's mode for such pages, NUM_VM_MODES if the machine has none. */
static enum vm_guest_mode mode_of(unsigned int page_shift)
{
	size_t i, m;

	for (i = 0; i < ARRAY_SIZE(granules); i++) {
		if (granules[i].page_shift != page_shift)
			continue;
		for (m = 0; m < ARRAY_SIZE(granules[i].modes); m++)
			if (guest_modes[granules[i].modes[m]].supported)
				return granules[i].modes[m];
	}
	return NUM_VM_MODES;
}

static enum vm_guest_mode mode_in(const struct nisv_space *space)
{
	enum vm_guest_mode mode;
	unsigned int page_shift;

	if (space->page_shift)
		return mode_of(space->page_shift);
	/* of 52 bits, descriptors of smaller pages have another layout */
	if (space->ipa_bits > 48)
		return mode_of(16);
	page_shift = ffs(getpagesize()) - 1;
	mode = mode_of(page_shift);
	return mode == NUM_VM_MODES ? vm_mode_default : mode;
}

bool nisv_space_missing(const struct nisv_space *space, char *requires,
			size_t size, char *found, size_t found_size)
{
	static int limit = -1;

	/* the library opens /dev/kvm to ask */
	if (limit < 0)
		limit = kvm_check_cap(KVM_CAP_ARM_VM_IPA_SIZE);
	if ((unsigned int)limit < space->ipa_bits) {
		snprintf(requires, size,
			 "an IPA space of %u bits (KVM_CAP_ARM_VM_IPA_SIZE)",
			 space->ipa_bits);
		snprintf(found, found_size, "%d", limit);
		return true;
	}
	if (mode_in(space) == NUM_VM_MODES) {
		snprintf(requires, size, "stage-1 pages of %uK",
			 space->page_shift ? 1u << (space->page_shift - 10) : 64);
		snprintf(found, found_size, "none (ID_AA64MMFR0_EL1)");
		return true;
	}
	return false;
}

/*
 * In place of the library's ucall_init() (lib/libkvm.mk), which newer libraries call
 * for each VM: that makes room for messages of 512 vCPUs, in a tenth of the time of a
 * case with a VM of its own.
 */
void __wrap_ucall_init(struct kvm_vm *vm, u64 mmio_gpa)
{
	(void)vm;
	(void)mmio_gpa;
}

/*
 * In place of the library's function of that name: it asks a VM with the whole IPA
 * space, which KVM takes apart by the gigabyte when it goes, longer than all else
 * that a program does before its first case. The smallest VM (api.rst 4.2) has the
 * same page sizes; but not whether they do for more than 48 bits. Of each size it is
 * said for how many bits it does, 0 for none; by older libraries whether it is there.
 */
void __wrap_aarch64_get_supported_page_sizes(u32 ipa, void *with_4k, void *with_16k,
					     void *with_64k)
{
	u32 *bits[] = { with_4k, with_16k, with_64k };
	size_t i;

	if (ipa > 48) {
		__real_aarch64_get_supported_page_sizes(ipa, with_4k, with_16k,
							with_64k);
		return;
	}
	__real_aarch64_get_supported_page_sizes(SMALLEST, with_4k, with_16k, with_64k);
	for (i = 0; !compat_page_sizes_are_bool && i < ARRAY_SIZE(bits); i++)
		if (*bits[i])
			*bits[i] = ipa;
}

struct kvm_vm *nisv_create_vm(const struct nisv_space *space,
			      unsigned int max_vcpus)
{
	enum vm_guest_mode usual = vm_mode_default;
	char *program = program_invocation_name;
	struct kvm_vm *vm;

	compat_no_default_vgic();
	vm_mode_default = mode_in(space);
	program_invocation_name = (char *)nisv_guest_image();
	vm = vm_create(max_vcpus);
	program_invocation_name = program;
	vm_mode_default = usual;
	if (!space->ipa_bits || vm->pa_bits == space->ipa_bits)
		return vm;
	/* the library makes a few sizes only */
	kvm_vm_release(vm);
	vm->pa_bits = space->ipa_bits;
	vm->type = KVM_VM_TYPE_ARM_IPA_SIZE(vm->pa_bits);
	vm->max_gfn = (BIT_ULL(vm->pa_bits) >> vm->page_shift) - 1;
	kvm_vm_restart(vm);
	compat_vm_restarted(vm, max_vcpus);
	return vm;
}

/* How many bytes of [@mem, @mem + @size) are in transparent hugepages. */
static u64 huge_bytes(const void *mem, size_t size)
{
	unsigned long first, end, kb;
	bool inside = false;
	u64 huge = 0;
	char line[256];
	FILE *smaps;

	smaps = fopen("/proc/self/smaps", "r");
	TEST_ASSERT(smaps, "/proc/self/smaps");
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			inside = first >= (unsigned long)mem &&
				 end <= (unsigned long)mem + size;
		else if (inside && sscanf(line, "AnonHugePages: %lu", &kb) == 1)
			huge += kb * 1024;
	}
	fclose(smaps);
	return huge;
}

void *nisv_huge_memory(size_t *huge_size)
{
	size_t page = getpagesize();
	size_t size = page * (page / sizeof(u64));
	void *all = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *mem = (void *)(((unsigned long)all + size - 1) & -size);

	TEST_ASSERT(all != MAP_FAILED, "no memory for a hugepage");
	/* the rest of it would be in the same line of smaps */
	if (mem != all)
		munmap(all, mem - all);
	munmap(mem + size, all + size - mem);
	if (!madvise(mem, size, MADV_HUGEPAGE))
		WRITE_ONCE(*(char *)mem, 0);
	else	/* a kernel without them */
		TEST_ASSERT(errno == EINVAL, "MADV_HUGEPAGE");
	*huge_size = size;
	if (huge_bytes(mem, size) == size)
		return mem;
	munmap(mem, size);
	return NULL;
}
