// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a case needs of the machine. Where KVM says that it is not there the case
 * is skipped; where KVM says anything else the case has failed.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vm.h"

int nisv_check_extension(struct nisv_check *c, const struct nisv_vm *vm,
			 long cap, const char *requires)
{
	int fd = vm ? vm->vm->fd : open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int has = fd < 0 ? fd : ioctl(fd, KVM_CHECK_EXTENSION, cap);

	if (has < 0)
		nisv_fail(c, "KVM_CHECK_EXTENSION of %ld: %s", cap,
			  strerror(errno));
	else if (!has)
		nisv_skip(c, requires, "0");
	if (!vm && fd >= 0)
		close(fd);
	return has > 0 ? has : 0;
}

bool nisv_check_id(struct nisv_check *c, const struct nisv_vm *vm, u64 id,
		   unsigned int shift, unsigned int min, const char *requires)
{
	u64 val = 0;
	int ret = nisv_get_register(nisv_vcpu_fd(vm, 0), id, &val);

	if (ret) {
		nisv_fail(c, "KVM_GET_ONE_REG of 0x%llx: %s",
			  (unsigned long long)id, strerror(-ret));
		return false;
	}
	val = (val >> shift) & 0xf;
	if (val < min)
		nisv_skip(c, requires, "%u", (unsigned int)val);
	return val >= min;
}

bool nisv_check_at_el1(struct nisv_check *c, const struct nisv_vm *vm)
{
	if (nisv_vm_at_el2(vm))
		nisv_skip(c, "a guest that runs at EL1", "one at virtual EL2");
	return !nisv_vm_at_el2(vm);
}

bool nisv_check_serror_esr(struct nisv_check *c)
{
	return nisv_check_extension(c, NULL, KVM_CAP_ARM_INJECT_SERROR_ESR,
				    "KVM_CAP_ARM_INJECT_SERROR_ESR (FEAT_RAS)") > 0;
}
