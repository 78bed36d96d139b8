// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVE registers (Documentation/virt/kvm/api.rst, 4.68 KVM_SET_ONE_REG, arm64 SVE
 * registers; DDI0487 C8.2 for the encodings: no compiler of the suite needs SVE).
 */
#include <asm/hwcap.h>
#include <string.h>
#include <sys/auxv.h>

#include "nisv_sve.h"
#include "vm.h"

#define SLOT_DUMP	16
#define DUMP		0xc00000ul	/* from the hole, a slot */
#define DUMP_VA		0x2e8000000ul
#define DUMP_TO		0x4000ul	/* in it */

#define INSN_STR_Z0_X0	0xe5804000u	/* str z0, [x0, #0, mul vl] */
#define INSN_STR_P0_X1	0xe5800020u
#define INSN_ADDVL_X1_X0_31	0x042053e1u
#define INSN_ADDVL_X1_X1_1	0x04215021u
#define INSN_RDFFR_P0	0x2519f000u
#define INSN_RDVL_X3	0x04bf5023u
#define INSN_MRS_X2_ZCR	0xd5381202u
#define INSN_SVC_DONE	(0xd4000001u | NISV_SVC_DONE << 5)

#define VQ_BYTES	16u

static void get(struct nisv_vm *vm, unsigned int cpu, u64 id, void *value)
{
	TEST_ASSERT(!nisv_get_register(vm->cpu[cpu].vcpu->fd, id, value),
		    "KVM_GET_ONE_REG of 0x%lx", (unsigned long)id);
}

static void set(struct nisv_vm *vm, unsigned int cpu, u64 id, const void *value)
{
	TEST_ASSERT(!nisv_set_register(vm->cpu[cpu].vcpu->fd, id, value),
		    "KVM_SET_ONE_REG of 0x%lx", (unsigned long)id);
}

/* ZCR_EL1; at virtual EL2 ZCR_EL2 is what has that name. */
static u64 zcr(struct nisv_vm *vm, unsigned int cpu)
{
	return compat_alias(vm->cpu[cpu].vcpu, SYS_ZCR_EL1);
}

unsigned int nisv_vcpu_max_vl(struct nisv_vm *vm, unsigned int cpu)
{
	u64 vls[KVM_ARM64_SVE_VLS_WORDS] = {};
	unsigned int vq;

	if (nisv_get_register(vm->cpu[cpu].vcpu->fd, KVM_REG_ARM64_SVE_VLS, vls))
		return 0;
	for (vq = 64 * KVM_ARM64_SVE_VLS_WORDS; vq; vq--)
		if (vls[(vq - 1) / 64] & BIT_ULL((vq - 1) % 64))
			break;
	return vq * VQ_BYTES;
}

void nisv_sve_fill(struct nisv_sve_regs *sve, unsigned int vl, u64 seed)
{
	unsigned int i, word;
	u8 *p;

	memset(sve, 0, sizeof(*sve));
	sve->vl = vl;
	sve->zcr = vl / VQ_BYTES - 1;
	for (i = 0; i < 32; i++)
		for (word = 0; word < vl / sizeof(u64); word++)
			sve->z[i][word] = seed ^ (0x0102030405060708ull *
						  (i * NISV_Z_WORDS + word + 1));
	for (i = 0; i < 16; i++)
		for (p = (u8 *)sve->p[i]; p < (u8 *)sve->p[i] + vl / 8; p++)
			*p = seed ^ (0x35 * (i + 1) + (p - (u8 *)sve->p[i]));
	/* elements up to one of them (DDI0487 C8.2 WRFFR) */
	for (i = 0; i < vl / 16; i++)
		((u8 *)sve->ffr)[i] = 0xff;
}

void nisv_vcpu_set_sve(struct nisv_vm *vm, unsigned int cpu,
		       const struct nisv_sve_regs *sve)
{
	unsigned int i;

	set(vm, cpu, zcr(vm, cpu), &sve->zcr);
	for (i = 0; i < 32; i++)
		set(vm, cpu, KVM_REG_ARM64_SVE_ZREG(i, 0), sve->z[i]);
	for (i = 0; i < 16; i++)
		set(vm, cpu, KVM_REG_ARM64_SVE_PREG(i, 0), sve->p[i]);
	set(vm, cpu, KVM_REG_ARM64_SVE_FFR(0), sve->ffr);
}

void nisv_vcpu_get_sve(struct nisv_vm *vm, unsigned int cpu,
		       struct nisv_sve_regs *sve)
{
	unsigned int vl = sve->vl, i;

	get(vm, cpu, zcr(vm, cpu), &sve->zcr);
	for (i = 0; i < 32; i++) {
		get(vm, cpu, KVM_REG_ARM64_SVE_ZREG(i, 0), sve->z[i]);
		memset((u8 *)sve->z[i] + vl, 0, sizeof(sve->z[i]) - vl);
	}
	for (i = 0; i < 16; i++) {
		get(vm, cpu, KVM_REG_ARM64_SVE_PREG(i, 0), sve->p[i]);
		memset((u8 *)sve->p[i] + vl / 8, 0, sizeof(sve->p[i]) - vl / 8);
	}
	get(vm, cpu, KVM_REG_ARM64_SVE_FFR(0), sve->ffr);
	memset((u8 *)sve->ffr + vl / 8, 0, sizeof(sve->ffr) - vl / 8);
}

/* ---- the guest's own view ---- */

/* The same of another register, so many registers further. */
static u32 str_insn(u32 insn, unsigned int reg, unsigned int by)
{
	return insn | by >> 3 << 16 | (by & 7) << 10 | reg;
}

static void write_code(u32 *code)
{
	unsigned int i, n = 0;

	for (i = 0; i < 32; i++)
		code[n++] = str_insn(INSN_STR_Z0_X0, i, i);
	code[n++] = INSN_ADDVL_X1_X0_31;
	code[n++] = INSN_ADDVL_X1_X1_1;
	for (i = 0; i < 16; i++)
		code[n++] = str_insn(INSN_STR_P0_X1, i, i);
	code[n++] = INSN_RDFFR_P0;
	code[n++] = str_insn(INSN_STR_P0_X1, 0, 16);
	code[n++] = INSN_MRS_X2_ZCR;
	code[n++] = INSN_RDVL_X3;
	code[n++] = INSN_SVC_DONE;
	__builtin___clear_cache((char *)code, (char *)(code + n));
}

void nisv_vcpu_dump_sve(struct nisv_vm *vm)
{
	const u64 to = DUMP_VA + DUMP_TO;

	if (!vm->dump) {
		vm_userspace_mem_region_add(vm->vm, VM_MEM_SRC_ANONYMOUS,
					    vm->ipa + DUMP, SLOT_DUMP,
					    CHUNK / vm->vm->page_size, 0);
		vm->dump = addr_gpa2hva(vm->vm, vm->ipa + DUMP);
		write_code(vm->dump);
		nisv_vm_map(vm, DUMP_VA, vm->ipa + DUMP, CHUNK);
	}
	memset((u8 *)vm->dump + DUMP_TO, 0, sizeof(struct nisv_sve_regs));
	set(vm, 0, ARM64_CORE_REG(regs.regs[0]), &to);
	nisv_vcpu_set_pc(vm, 0, DUMP_VA);
}

void nisv_vcpu_dumped_sve(struct nisv_vm *vm, struct nisv_sve_regs *sve)
{
	const u8 *from = (u8 *)vm->dump + DUMP_TO;
	const struct nisv_regs *seen;
	struct nisv_trap trap;
	unsigned int i;

	memset(sve, 0, sizeof(*sve));
	seen = nisv_vcpu_seen(vm, 0, &trap);
	sve->zcr = seen->x[2];
	/* a guest that went astray must not make us do so */
	sve->vl = seen->x[3] <= sizeof(sve->z[0]) ? seen->x[3] : 0;
	for (i = 0; i < 32; i++, from += sve->vl)
		memcpy(sve->z[i], from, sve->vl);
	for (i = 0; i < 16; i++, from += sve->vl / 8)
		memcpy(sve->p[i], from, sve->vl / 8);
	memcpy(sve->ffr, from, sve->vl / 8);
}

/* ---- the host's ---- */

#define DUP_Z(n)	".inst 0x2538dfe0 + " #n "\n"	/* dup z0.b, #-1 */

void nisv_sve_use_in_host(void)
{
	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		return;
	asm volatile(DUP_Z(0) DUP_Z(1) DUP_Z(2) DUP_Z(3)
		     DUP_Z(4) DUP_Z(5) DUP_Z(6) DUP_Z(7)
		     DUP_Z(16) DUP_Z(17) DUP_Z(18) DUP_Z(19)
		     DUP_Z(20) DUP_Z(21) DUP_Z(22) DUP_Z(23)
		     DUP_Z(24) DUP_Z(25) DUP_Z(26) DUP_Z(27)
		     DUP_Z(28) DUP_Z(29) DUP_Z(30) DUP_Z(31)
		     : : : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
		       "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
		       "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}
