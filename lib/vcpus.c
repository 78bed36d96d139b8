// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a test does to a vCPU while another thread is in KVM_RUN of it: nothing
 * here waits, and nothing writes what KVM_RUN or the other thread may write.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nisv_diagnose.h"
#include "nisv_vcpus.h"
#include "vm.h"

#define SLOT_IN_HOLE	14

static_assert(NISV_HOLE_SIZE == CHUNK, "the hole of SETTING_hole");

void nisv_vcpu_hold(struct nisv_vm *vm, unsigned int cpu,
		    struct nisv_regs *regs)
{
	struct nisv_mailbox *mailbox = vm->cpu[cpu].mailbox;
	u64 va = 0;

	TEST_ASSERT(!nisv_get_register(vm->cpu[cpu].vcpu->fd,
				       KVM_ARM64_SYS_REG(SYS_TPIDRRO_EL0), &va),
		    "TPIDRRO_EL0");
	regs->x[16] = regs->pc;
	regs->x[17] = va + NISV_MB_GO;
	mailbox->in.x[16] = regs->x[16];
	mailbox->in.x[17] = regs->x[17];
	mailbox->in.pc = (u64)nisv_guest_wait;
	WRITE_ONCE(mailbox->go, 0);
	WRITE_ONCE(mailbox->waits, 0);
}

bool nisv_vcpu_waits(const struct nisv_vm *vm, unsigned int cpu)
{
	return READ_ONCE(vm->cpu[cpu].mailbox->waits);
}

void nisv_vcpu_go(struct nisv_vm *vm, unsigned int cpu)
{
	struct nisv_mailbox *mailbox = vm->cpu[cpu].mailbox;

	/* what was done before this the guest finds done */
	__sync_synchronize();
	WRITE_ONCE(mailbox->go, mailbox->in.x[16]);
}

/*
 * proc(5), /proc/pid/stat: "pid (name) state ..."; a name may have any of these.
 * 0: the thread has ended.
 */
static char thread_state(int tid)
{
	char path[48], text[128];
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !access("/proc/self/stat", R_OK))
		return 0;
	TEST_ASSERT(fd >= 0, "%s", path);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0 && errno == ESRCH)
		return 0;
	TEST_ASSERT(n > 0, "%s", path);
	text[n] = 0;
	state = strrchr(text, ')');
	return state ? state[2] : 0;
}

bool nisv_thread_sleeps(int tid)
{
	return thread_state(tid) == 'S';
}

bool nisv_thread_blocked(int tid)
{
	return thread_state(tid) == 'D';
}

void nisv_vcpu_immediate_exit(struct nisv_vm *vm, unsigned int cpu, bool on)
{
	WRITE_ONCE(vm->cpu[cpu].vcpu->run->immediate_exit, on);
}

int nisv_vm_slot_in_hole(struct nisv_vm *vm, void *mem, u32 flags)
{
	return nisv_set_slot(vm->vm->fd, SLOT_IN_HOLE, flags, vm->ipa,
			     mem ? CHUNK : 0, mem);
}

unsigned int nisv_vm_slots(const struct nisv_vm *vm, struct nisv_slot *slots,
			   unsigned int max)
{
	struct userspace_mem_region *region;
	unsigned int ctr, n = 0;

	hash_for_each(vm->vm->regions.slot_hash, ctr, region, slot_node) {
		if (n == max)
			break;
		slots[n].id = region->region.slot;
		slots[n].ipa = region->region.guest_phys_addr;
		slots[n].size = region->region.memory_size;
		slots[n].read_only = region->region.flags & KVM_MEM_READONLY;
		/* lib/vm.c has made a hole at its beginning */
		if (!slots[n].ipa && vm->hole[HOLE_ZERO].va) {
			slots[n].ipa += vm->hole[HOLE_ZERO].size;
			slots[n].size -= vm->hole[HOLE_ZERO].size;
		}
		n++;
	}
	return n;
}
