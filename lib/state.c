// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that a vCPU and a VM are made of: what KVM_ARM_VCPU_INIT resets, and what
 * a VMM saves and restores; and what else user space may do with a vCPU that has
 * no form to run: calls of the firmware, and KVM_RUN of one that sleeps.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nisv_vcpus.h"
#include "vm.h"

/* Of /proc/self/pagemap. */
#define PAGE_PRESENT	BIT_ULL(63)
#define PAGE_SWAPPED	BIT_ULL(62)

struct kvm_reg_list *nisv_reg_list(int vcpu_fd)
{
	struct kvm_reg_list probe = { .n = 0 };
	struct kvm_reg_list *list;

	TEST_ASSERT(ioctl(vcpu_fd, KVM_GET_REG_LIST, &probe) < 0 &&
		    errno == E2BIG, "KVM_GET_REG_LIST");
	list = calloc(1, sizeof(*list) + probe.n * sizeof(list->reg[0]));
	TEST_ASSERT(list, "no memory");
	list->n = probe.n;
	TEST_ASSERT(!ioctl(vcpu_fd, KVM_GET_REG_LIST, list),
		    "KVM_GET_REG_LIST");
	return list;
}

int nisv_get_register(int vcpu_fd, u64 id, void *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)value };

	return nisv_result(ioctl(vcpu_fd, KVM_GET_ONE_REG, &reg));
}

int nisv_set_register(int vcpu_fd, u64 id, const void *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)value };

	return nisv_result(ioctl(vcpu_fd, KVM_SET_ONE_REG, &reg));
}

bool nisv_is_id_register(u64 id)
{
	const u64 crn_0 = KVM_REG_ARM64_SYSREG_OP0_MASK |
			  KVM_REG_ARM64_SYSREG_OP1_MASK |
			  KVM_REG_ARM64_SYSREG_CRN_MASK;

	return (id & (KVM_REG_ARM_COPROC_MASK | crn_0)) ==
	       (ARM64_SYS_REG(3, 0, 0, 0, 0) & (KVM_REG_ARM_COPROC_MASK | crn_0));
}

unsigned int nisv_registers(int vcpu_fd, struct nisv_register **regs,
			    u64 *refused)
{
	struct kvm_reg_list *list = nisv_reg_list(vcpu_fd);
	unsigned int i, n = list->n;

	*regs = calloc(n, sizeof(**regs));
	TEST_ASSERT(*regs, "no memory");
	*refused = 0;
	for (i = 0; i < n; i++) {
		(*regs)[i].id = list->reg[i];
		if (nisv_get_register(vcpu_fd, list->reg[i], (*regs)[i].value))
			*refused = list->reg[i];
	}
	free(list);
	return n;
}

void nisv_vcpu_init_args(struct nisv_vm *vm, unsigned int cpu,
			 struct kvm_vcpu_init *init)
{
	*init = compat_vcpu_init(vm->cpu[cpu].vcpu->vm);
	init->features[0] |= vm->features;
}

/* CNTVCT_EL0: the kernel lets user space read it. */
static u64 host_counter(void)
{
	u64 count;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (count) : : "memory");
	return count;
}

void nisv_vcpu_counter(struct nisv_vm *vm, unsigned int cpu,
		       struct nisv_range *offset)
{
	int fd = vm->cpu[cpu].vcpu->fd;
	u64 guest = 0, before = host_counter();

	TEST_ASSERT(!nisv_get_register(fd, KVM_REG_ARM_TIMER_CNT, &guest),
		    "KVM_REG_ARM_TIMER_CNT");
	offset->high = guest - before;
	offset->low = guest - host_counter();
}

void nisv_vm_settle(struct nisv_vm *vm, int vcpu_fd)
{
	size_t size = ioctl(vm->vm->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, NULL);
	struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, vcpu_fd, 0);

	TEST_ASSERT(run != MAP_FAILED, "struct kvm_run");
	kvm_arch_vm_finalize_vcpus(vm->vm);
	run->immediate_exit = 1;
	TEST_ASSERT(ioctl(vcpu_fd, KVM_RUN, NULL) < 0 && errno == EINTR,
		    "KVM_RUN that enters no guest");
	munmap(run, size);
}

int nisv_vm_copy_tags(const struct nisv_vm *vm, u64 ipa, u64 size, u8 *tags,
		      bool to_guest)
{
	struct kvm_arm_copy_mte_tags copy = {
		.guest_ipa = ipa,
		.length = size,
		.addr = tags,
		.flags = to_guest ? KVM_ARM_TAGS_TO_GUEST :
				    KVM_ARM_TAGS_FROM_GUEST,
	};

	return nisv_result(ioctl(vm->vm->fd, KVM_ARM_MTE_COPY_TAGS, &copy));
}

/* Pages of a slot that follow one another, in bytes; the last have none. */
struct pages {
	u64 at;
	u64 size;
};

/*
 * What the kernel has of each page of @memory: to read one that was never written,
 * only to find that it is zero, would take a page fault.
 */
static u64 *page_map(const char *memory, size_t nr)
{
	ssize_t size = nr * sizeof(u64);
	off_t at = (unsigned long)memory / getpagesize() * sizeof(u64);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	u64 *map = malloc(size);

	TEST_ASSERT(map, "no memory");
	/* not every kernel tells: then each may have been written */
	if (fd < 0 || pread(fd, map, size, at) != size)
		memset(map, 0xff, size);
	close(fd);
	return map;
}

/* Whether there is something in a page. One of zeros may have tags. */
static bool is_used(const struct nisv_vm *vm, const void *memory, u64 map)
{
	const u64 *word = memory, *end = memory + getpagesize();

	if (!(map & (PAGE_PRESENT | PAGE_SWAPPED)))
		return false;
	while (!vm->tags && word < end && !*word)
		word++;
	return word < end;
}

static void save_pages(const struct nisv_vm *vm,
		       const struct kvm_userspace_memory_region *slot,
		       const struct pages *p, int fd)
{
	const char *memory = (void *)slot->userspace_addr;
	ssize_t nr = vm->tags ? p->size / 16 : 0;
	u8 *tags = malloc(nr + 1);

	TEST_ASSERT(tags, "no memory");
	TEST_ASSERT(write(fd, p, sizeof(*p)) == sizeof(*p) &&
		    write(fd, memory + p->at, p->size) == (ssize_t)p->size,
		    "memory not saved");
	TEST_ASSERT(!nr || nisv_vm_copy_tags(vm, slot->guest_phys_addr + p->at,
					     p->size, tags, false) ==
		    (int)p->size, "tags not read");
	TEST_ASSERT(write(fd, tags, nr) == nr, "tags not saved");
	free(tags);
}

/* Each slot's address and size, and its pages that are used, with their tags. */
static void save_slot(const struct nisv_vm *vm,
		      const struct kvm_userspace_memory_region *slot, int fd)
{
	const u64 place[] = { slot->guest_phys_addr, slot->memory_size };
	const char *memory = (void *)slot->userspace_addr;
	const size_t page = getpagesize();
	u64 *map = page_map(memory, place[1] / page);
	struct pages p = {};
	u64 at;

	TEST_ASSERT(write(fd, place, sizeof(place)) == sizeof(place),
		    "slot not saved");
	for (at = 0; at < place[1]; at += page) {
		if (is_used(vm, memory + at, map[at / page])) {
			p.size += page;
			continue;
		}
		if (p.size)
			save_pages(vm, slot, &p, fd);
		p.at = at + page;
		p.size = 0;
	}
	if (p.size)
		save_pages(vm, slot, &p, fd);
	p.at = place[1];
	p.size = 0;
	save_pages(vm, slot, &p, fd);
	free(map);
}

static void restore_slot(const struct nisv_vm *vm,
			 const struct kvm_userspace_memory_region *slot, int fd)
{
	const u64 place[] = { slot->guest_phys_addr, slot->memory_size };
	ssize_t nr = vm->tags ? place[1] / 16 : 0;
	char *memory = (void *)slot->userspace_addr;
	u8 *tags = malloc(nr + 1);
	u64 saved[ARRAY_SIZE(place)], at = 0;
	struct pages p;

	TEST_ASSERT(tags, "no memory");
	TEST_ASSERT(read(fd, saved, sizeof(saved)) == sizeof(saved) &&
		    saved[0] == place[0] && saved[1] == place[1],
		    "it is another slot that was saved");
	do {
		TEST_ASSERT(read(fd, &p, sizeof(p)) == sizeof(p) &&
			    p.at >= at && p.at + p.size <= place[1],
			    "memory not restored");
		/* zero, and without tags: what is in the slot goes */
		TEST_ASSERT(!madvise(memory + at, p.at - at, MADV_DONTNEED),
			    "memory that is not private");
		TEST_ASSERT(read(fd, memory + p.at, p.size) == (ssize_t)p.size,
			    "memory not restored");
		nr = vm->tags ? p.size / 16 : 0;
		TEST_ASSERT(read(fd, tags, nr) == nr, "tags not restored");
		TEST_ASSERT(!nr || nisv_vm_copy_tags(vm, place[0] + p.at, p.size,
						     tags, true) == (int)p.size,
			    "tags not written");
		at = p.at + p.size;
	} while (p.size);
	TEST_ASSERT(at == place[1], "memory not restored");
	free(tags);
}

static void copy_slots(const struct nisv_vm *vm, int fd, bool save)
{
	struct userspace_mem_region *region;
	unsigned int ctr;

	hash_for_each(vm->vm->regions.slot_hash, ctr, region, slot_node)
		(save ? save_slot : restore_slot)(vm, (void *)&region->region,
						  fd);
}

void nisv_vm_save_memory(const struct nisv_vm *vm, int fd)
{
	copy_slots(vm, fd, true);
}

void nisv_vm_restore_memory(struct nisv_vm *vm, int fd)
{
	copy_slots(vm, fd, false);
}

u64 nisv_vm_ipa(const struct nisv_vm *vm, u64 va)
{
	return addr_gva2gpa(vm->vm, va);
}

u64 nisv_form_pc_ipa(const struct nisv_vm *vm, const struct nisv_form *form)
{
	return nisv_vm_ipa(vm, nisv_form_pc(vm, form));
}

static void load_call(struct nisv_vm *vm, unsigned int cpu, const u64 x[4],
		      const char *code)
{
	struct nisv_mailbox *mailbox = vm->cpu[cpu].mailbox;
	struct nisv_regs regs;
	int i;

	nisv_vcpu_load(vm, cpu, nisv_forms, &regs);
	for (i = 0; i < 4; i++)
		mailbox->in.x[i] = x[i];
	mailbox->in.pc = (u64)code;
}

void nisv_vcpu_load_call(struct nisv_vm *vm, unsigned int cpu, const u64 x[4])
{
	load_call(vm, cpu, x, compat_has_el2(vm->cpu[cpu].vcpu) ?
		  nisv_guest_smc : nisv_guest_hvc);
}

void nisv_vcpu_load_smc(struct nisv_vm *vm, unsigned int cpu, const u64 x[4])
{
	load_call(vm, cpu, x, nisv_guest_smc);
}

/* Sends SIGUSR1 to a thread once it sleeps in KVM_RUN. */
struct waker {
	pthread_t thread;
	int tid;
	bool enters;
	bool left;
};

static void *wake(void *arg)
{
	struct waker *w = arg;

	while (!__atomic_load_n(&w->enters, __ATOMIC_SEQ_CST) ||
	       !nisv_thread_sleeps(w->tid)) {
		if (__atomic_load_n(&w->left, __ATOMIC_SEQ_CST))
			return NULL;
		sched_yield();
	}
	pthread_kill(w->thread, SIGUSR1);
	return NULL;
}

int nisv_vcpu_run_asleep(struct nisv_vm *vm, unsigned int cpu)
{
	struct waker w = { .thread = pthread_self(), .tid = gettid() };
	struct timespec now = { 0, 0 };
	sigset_t usr1, old;
	pthread_t thread;
	int ret;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, &old);
	TEST_ASSERT(!pthread_create(&thread, NULL, wake, &w),
		    "pthread_create()");
	__atomic_store_n(&w.enters, true, __ATOMIC_SEQ_CST);
	ret = nisv_run_unblocked(vm->cpu[cpu].vcpu);
	__atomic_store_n(&w.left, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	sigtimedwait(&usr1, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	vm->cpu[cpu].pending = 0;
	return ret;
}
