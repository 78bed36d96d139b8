/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the architecture and of the ABI that several files use. They are
 * written out: no change of a kernel's header can move what is expected.
 */
#ifndef NISV_ARCH_H
#define NISV_ARCH_H

#include <linux/bits.h>

/* exit_reason of struct kvm_run (api.rst 5) */
#define EXIT_UNKNOWN		0
#define EXIT_DEBUG		4
#define EXIT_MMIO		6
#define EXIT_ARM_NISV		28
#define EXIT_ARM_LDST64B	42

/* PSTATE, as SPSR_ELx has it (DDI0487 C5.2.19) */
#define PSTATE_SP_ELX		0x1ull
#define PSTATE_EL		0xcull
#define PSTATE_F		BIT_ULL(6)
#define PSTATE_I		BIT_ULL(7)
#define PSTATE_A		BIT_ULL(8)
#define PSTATE_DAIF		0x3c0ull
#define PSTATE_BTYPE		0xc00ull
#define PSTATE_IL		BIT_ULL(20)
#define PSTATE_SS		BIT_ULL(21)
#define PSTATE_NZCV		0xf0000000ull

/* ESR_ELx of an abort (DDI0487 D24.2.40) */
#define ESR_EC			GENMASK_ULL(31, 26)
#define ESR_EC_DABT_LOWER	(0x24ull << 26)
#define ESR_EC_DABT_SAME	(0x25ull << 26)
#define ESR_EC_FETCH		(0x04ull << 26)	/* what a data abort has more */
#define ESR_IL			BIT_ULL(25)
#define ESR_ISV			BIT_ULL(24)
#define ESR_WNR			BIT_ULL(6)
#define ESR_FSC			0x3full
#define ESR_FSC_TYPE		0x3cull		/* without the level */
#define FSC_ADDRESS_SIZE	0x00
#define FSC_TRANSLATION		0x04
#define FSC_ACCESS_FLAG		0x08
#define FSC_PERMISSION		0x0c
#define FSC_WALK		0x14
#define FSC_ALIGNMENT		0x21

/* SCTLR_EL1, TCR_EL1 and CPACR_EL1 */
#define SCTLR_M			BIT_ULL(0)
#define SCTLR_SPAN		BIT_ULL(23)
#define SCTLR_E0E		BIT_ULL(24)	/* EL0 is big-endian */
#define SCTLR_DSSBS		BIT_ULL(44)
#define TCR_EPD1		BIT_ULL(23)
#define CPACR_FPEN		(3ull << 20)

/* Descriptors of stage 1 (DDI0487 D8.3) */
#define PTE_EL0			0x40u		/* AP[1] */
#define PTE_READ_ONLY		0x80u		/* AP[2] */

/* Addresses that TTBR1_EL1 translates */
#define UPPER_HALF		0xffff000000000000ull

/* The vGICv3: a redistributor is right behind the distributor (IHI0069 12) */
#define GICD_SIZE		0x10000ul
#define GICR_TYPER		0x8ul
#define GICR_TYPER_LAST		BIT_ULL(4)

/* DBGBCR_EL1: enabled at EL1, a word */
#define BREAK_EL1		(BIT(0) | BIT(1) | GENMASK(8, 5))

/* PSCI (Arm DEN0022) */
#define PSCI_SYSTEM_SUSPEND	0xc400000eull

/* IDs for KVM_GET_ONE_REG, of <linux/kvm.h>: "CORE_REG(regs.pc)" */
#define CORE_REG_OF(name, size)						\
	(KVM_REG_ARM64 | KVM_REG_SIZE_##size | KVM_REG_ARM_CORE |	\
	 KVM_REG_ARM_CORE_REG(name))
#define CORE_REG(name)		CORE_REG_OF(name, U64)

#define SYSREG_ID_AA64PFR0	ARM64_SYS_REG(3, 0, 0, 4, 0)
#define SYSREG_SCTLR		ARM64_SYS_REG(3, 0, 1, 0, 0)
#define SYSREG_TCR		ARM64_SYS_REG(3, 0, 2, 0, 2)
#define SYSREG_VBAR		ARM64_SYS_REG(3, 0, 12, 0, 0)
#define SYSREG_TPIDR		ARM64_SYS_REG(3, 0, 13, 0, 4)
#define SYSREG_TPIDRRO		ARM64_SYS_REG(3, 3, 13, 0, 3)

#endif /* NISV_ARCH_H */
