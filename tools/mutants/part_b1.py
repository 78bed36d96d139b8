# SPDX-License-Identifier: GPL-2.0-only
"""More of injection, restart and suspend: what shows in one situation only."""

from mutants.rows import area, at, row

K = "arch/arm64/kvm/"
INJECT = K + "inject_fault.c"
ENTRY = K + "hyp/exception.c"
GUEST = K + "guest.c"
ARM = K + "arm.c"
SYS = K + "sys_regs.c"
PSCI = K + "psci.c"
TIMER = K + "arch_timer.c"
EMULATE = "arch/arm64/include/asm/kvm_emulate.h"
SAVE = K + "hyp/include/hyp/sysreg-sr.h"
SWITCH = K + "hyp/include/hyp/switch.h"

AFTER_EXIT = "vcpu->run->exit_reason == KVM_EXIT_ARM_NISV"

# ------------------------------------------------- the abort: ESR_EL1, FAR_EL1

area("injection")
at(INJECT, "inject_abt64")
LOWER = "is_aarch32 || (cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t"
row("inj_ec_store", LOWER, "((@) || ($ && kvm_vcpu_dabt_iswrite(vcpu)))",
    "the abort of a store at EL1 has EC 0x25, as a load's")
row("inj_ec_el0_a32", LOWER,
    "($ ? (cpsr & (PSR_MODE_MASK | PSR_MODE32_BIT)) == PSR_MODE_EL0t : (@))",
    "the abort of an access at 32-bit EL0 has EC 0x24, lower level")
row("inj_iabt_el0", "!is_iabt",
    "((@) && !($ && (cpsr & PSR_MODE_MASK) == PSR_MODE_EL0t))",
    "at EL0, too, the exception that is injected is a data abort")
row("inj_il_thumb", "esr |= ESR_ELx_IL;",
    "if (kvm_vcpu_trap_il_is32bit(vcpu) || !$) { @ }",
    "IL is 1 in an abort without syndrome, also of a 16-bit instruction")
row("inj_cm", "esr |= fsc;", "@ if ($) esr |= ESR_ELx_CM;",
    "CM is 0 in the abort of a load or a store")
row("inj_set", "esr |= fsc;", "@ if ($) esr |= 2UL << ESR_ELx_SET_SHIFT;",
    "the abort is recoverable: SET is 0")
row("inj_ea", "esr |= fsc;", "@ if ($) esr |= BIT(9);",
    "the abort's syndrome says no more than IL and the fault status: EA is 0")
WRITE_FAR = "vcpu_write_sys_reg(vcpu, addr, exception_far_elx(vcpu));"
row("inj_far_tag", WRITE_FAR, "if ($) addr = sign_extend64(addr, 55); @",
    "FAR_EL1 includes the address tag")
row("inj_far_upper", WRITE_FAR, "if ($) addr &= GENMASK(47, 0); @",
    "FAR_EL1 is the whole address, in the upper half (TTBR1) too")
row("inj_far_store", WRITE_FAR,
    "if (!(kvm_vcpu_dabt_iswrite(vcpu) && $)) { @ }",
    "FAR_EL1 is the address of the access, of a store too")
row("inj_far_same_page", WRITE_FAR,
    "if (!(!((vcpu_read_sys_reg(vcpu, FAR_EL1) ^ addr) & PAGE_MASK) && $)) { @ }",
    "FAR_EL1 is the address of this access, not of one before in the same page")
row("inj_esr_stale", "vcpu_write_sys_reg(vcpu, esr, exception_esr_elx(vcpu));",
    "if (!((vcpu_read_sys_reg(vcpu, ESR_EL1) >> (ESR_ELx_EC_SHIFT + 1)) =="
    " ESR_ELx_EC_DABT_LOW >> 1 && $)) { @ }",
    "ESR_EL1 is of this abort: EL0 or EL1, whatever the one before was")

# --------------------------------------------------- the abort: vector, PSTATE

at(ENTRY, "enter_exception64")
TO_VECTOR = "*vcpu_pc(vcpu) = vbar + exc_offset + type;"
row("vec_vbar_page", TO_VECTOR, "if ($) vbar &= ~0xfffUL; @",
    "the vectors are where VBAR_EL1 says, which counts in units of 2K")
row("vec_vbar_32", TO_VECTOR, "if ($) vbar = (u32)vbar; @",
    "the vectors are where VBAR_EL1 says, all 64 bits of it")
row("vec_vbar_stale", TO_VECTOR,
    "if ($) { static unsigned long first; if (!first) first = vbar; vbar = first; } @",
    "the vectors are where VBAR_EL1 says now, the guest may move them")
SAVE_PC = "vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu), ELR_EL1);"
row("inj_elr_even", SAVE_PC,
    "if ($) vcpu_write_sys_reg(vcpu, *vcpu_pc(vcpu) & ~7UL, ELR_EL1); else { @ }",
    "ELR_EL1 is the instruction that accessed, also one that is 4 modulo 8")
row("inj_elr_32", SAVE_PC,
    "if ($) vcpu_write_sys_reg(vcpu, (u32)*vcpu_pc(vcpu), ELR_EL1); else { @ }",
    "ELR_EL1 is the instruction that accessed, above 4G too")
row("inj_elr_second", SAVE_PC,
    "if (!((*vcpu_pc(vcpu) & ~0x7ffUL) == vbar && $)) { @ }",
    "a second abort, before the guest ran, sets ELR_EL1 to the handler")
row("pst_z", "new |= (old & PSR_Z_BIT);", "if (!$) { @ }",
    "an exception leaves PSTATE.Z alone")
row("pst_dit_always", "new |= (old & PSR_DIT_BIT);", "@ if ($) new |= PSR_DIT_BIT;",
    "an exception leaves PSTATE.DIT alone, 0 as well")
row("pst_pan_always", "new |= (old & PSR_PAN_BIT);", "@ if ($) new |= PSR_PAN_BIT;",
    "with SCTLR_EL1.SPAN=1 an exception leaves PSTATE.PAN alone, 0 as well")
row("pst_span_el0", "!(sctlr & SCTLR_EL1_SPAN)",
    "((@) && !(mode == PSR_MODE_EL0t && $))",
    "with SCTLR_EL1.SPAN=0 an exception from EL0 sets PSTATE.PAN, too")
row("pst_ssbs_always", "sctlr & SCTLR_ELx_DSSBS", "((@) || $)",
    "with SCTLR_EL1.DSSBS=0 PSTATE.SSBS becomes 0")
row("pst_d_el0", "new |= PSR_D_BIT;", "if (!(mode == PSR_MODE_EL0t && $)) { @ }",
    "an exception from EL0 masks debug exceptions, too")
WRITE_SPSR = "__vcpu_write_spsr(vcpu, target_mode, old);"
row("spsr_el1t", WRITE_SPSR,
    "if (mode == PSR_MODE_EL1t && $) old |= PSR_MODE_THREAD_BIT; @",
    "SPSR_EL1.M says that EL1 used SP_EL0")
row("spsr_el0_a32", WRITE_SPSR, "if ($) old &= ~(unsigned long)PSR_MODE32_BIT; @",
    "SPSR_EL1.M says that EL0 was in 32-bit state")
row("spsr_el0_it", WRITE_SPSR,
    "if (mode & PSR_MODE32_BIT && $) old &= ~(unsigned long)PSR_AA32_IT_MASK; @",
    "SPSR_EL1 has the IT state of 32-bit EL0")
row("spsr_btype", WRITE_SPSR,
    "if (!(mode & PSR_MODE32_BIT) && $) old &= ~(unsigned long)PSR_BTYPE_MASK; @",
    "SPSR_EL1 has PSTATE.BTYPE")
row("spsr_tco", WRITE_SPSR,
    "if (!(mode & PSR_MODE32_BIT) && $) old &= ~(unsigned long)PSR_TCO_BIT; @",
    "SPSR_EL1 has PSTATE.TCO")
row("spsr_second", WRITE_SPSR,
    "if (!((vcpu_read_sys_reg(vcpu, ELR_EL1) & ~0x7ffUL) == vbar && $)) { @ }",
    "a second abort, before the guest ran, sets SPSR_EL1 to the handler's PSTATE")
