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
    "IL is 1 in an abort without ISV, also when a 16-bit Thumb load had the exit")
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

# ---------------------------------------------------------- the 32-bit guest's

at(ENTRY, "enter_exception32")
row("a32_lr_thumb", "vcpu_gp_regs(vcpu)->compat_lr_abt = return_address;",
    "if (is_thumb && $) return_address -= 4; @",
    "LR_abt of a data abort is the instruction + 8, of a Thumb one too")
at(ENTRY, "get_except32_cpsr")
row("a32_q", "new |= (old & PSR_AA32_Q_BIT);", "if (!$) { @ }",
    "an exception leaves CPSR.Q alone")
row("a32_i_mask", "new |= PSR_AA32_I_BIT;",
    "if ($) new |= old & PSR_AA32_I_BIT; else { @ }",
    "a data abort masks IRQ")
row("a32_f_kept", "new |= (old & PSR_AA32_F_BIT);", "if (!$) { @ }",
    "a data abort leaves CPSR.F alone: 1 stays 1")
row("a32_t_kept", "new |= mode;", "@ if ($) new |= old & PSR_AA32_T_BIT;",
    "the handler's instruction set is SCTLR.TE's, not that of the access")
row("a32_e_kept", "new |= mode;", "@ if ($) new |= old & PSR_AA32_E_BIT;",
    "the handler's endianness is SCTLR.EE's, not that of the access")

# --------------------------------------------------------- KVM_SET_VCPU_EVENTS

at(GUEST, "__kvm_arm_vcpu_set_events")
DABT = "(ext_dabt_pending)"
row("ev_before_run", DABT, "((@) && !(!vcpu_has_run_once(vcpu) && $))",
    "an abort can be injected before the guest has run")
row("ev_not_el0", DABT, "((@) && !(!vcpu_mode_priv(vcpu) && $))",
    "an abort can be injected after an access from EL0")
row("ev_not_store", DABT, "((@) && !(kvm_vcpu_dabt_iswrite(vcpu) && $))",
    "an abort can be injected after a store")
row("ev_other_thread", DABT, "((@) && !(vcpu->pid != task_pid(current) && $))",
    "an abort can be injected from another thread than the one that runs the vCPU")
row("ev_not_stopped", DABT, "((@) && !(kvm_arm_vcpu_stopped(vcpu) && $))",
    "an abort can be injected into a vCPU that is stopped")
AFTER_DABT = "if (ret < 0) return ret;"
row("ev_writes_run", AFTER_DABT,
    "if (ext_dabt_pending && $) vcpu->run->exit_reason = KVM_EXIT_UNKNOWN; @",
    "KVM_SET_VCPU_EVENTS writes nothing to struct kvm_run")
row("ev_nothing_drops_mmio", AFTER_DABT,
    "if (!ext_dabt_pending && !serror_pending && $) vcpu->mmio_needed = false; @",
    "events that say nothing is pending leave an access to complete as it is")
row("ev_nothing_drops_pc", AFTER_DABT,
    "if (!ext_dabt_pending && $) vcpu_clear_flag(vcpu, INCREMENT_PC); @",
    "events that say nothing is pending change nothing",
    equivalent="INCREMENT_PC is only set within KVM_RUN, which applies and clears"
    " it before it returns")
row("ev_cancels_serror", AFTER_DABT,
    "if (!serror_pending && $) vcpu->arch.hcr_el2 &= ~HCR_VSE; @",
    "an SError once pending cannot be cancelled (api.rst)")
row("ev_dabt_drops_serror", AFTER_DABT,
    "if (ext_dabt_pending && $) vcpu->arch.hcr_el2 &= ~HCR_VSE; @",
    "an SError that is pending stays so when an abort is injected")
row("ev_dabt_twice", "ret = kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu));",
    "@ if ($) { kvm_call_hyp(__kvm_adjust_pc, vcpu);"
    " kvm_inject_sea_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); }",
    "one call injects one abort: ELR_EL1 is the instruction that accessed")
row("ev_bad_serror_counts", "!cpus_have_final_cap(ARM64_HAS_RAS_EXTN) && has_esr",
    "({ if (has_esr && (esr & ~ESR_ELx_ISS_MASK) && $)"
    " kvm_inject_serror(vcpu); (@); })",
    "what fails with EINVAL leaves no SError pending")
row("ev_default_esr", "kvm_inject_serror(vcpu)",
    "($ ? kvm_inject_serror_esr(vcpu, 0) : (@))",
    "without serror_has_esr the SError's syndrome is implementation defined: IDS=1")
at(GUEST, "commit_pending_events")
row("ev_commit_after_nisv", "!vcpu_get_flag(vcpu, PENDING_EXCEPTION)",
    "((@) || (vcpu->run->exit_reason != KVM_EXIT_ARM_NISV && $))",
    "after ENOSYS, too, what was injected is in the registers that user space saves")
row("ev_commit_not_mmio", "!vcpu_get_flag(vcpu, PENDING_EXCEPTION)",
    "((@) || (vcpu->mmio_needed && $))",
    "after KVM_EXIT_MMIO, too, what was injected is in the registers")
row("ev_commit_skips", "kvm_call_hyp(__kvm_adjust_pc, vcpu);",
    "@ if ($) kvm_incr_pc(vcpu);",
    "the guest goes on at the handler's first instruction")
at(GUEST, "__kvm_arm_vcpu_get_events")
row("ev_get_serror_el1", "vcpu->arch.hcr_el2 & HCR_VSE",
    "((@) && !(!vcpu_mode_priv(vcpu) && $))",
    "KVM_GET_VCPU_EVENTS reports an SError that is pending at EL0, too")

# ----------------------------------------------------------------- the SError

at(INJECT, "serror_is_masked")
row("ser_el0_unmasked", "(*vcpu_cpsr(vcpu) & PSR_A_BIT)",
    "((@) && !(!vcpu_mode_priv(vcpu) && $))",
    "PSTATE.A masks an SError at EL0, too")
at(INJECT, "kvm_inject_serror_esr")
row("ser_drops_mmio", "*vcpu_hcr(vcpu) |= HCR_VSE;",
    "@ if ($) vcpu->mmio_needed = false;",
    "an SError that stays pending leaves an access to complete as it is")
row("ser_il", "vcpu_write_sys_reg(vcpu, esr, exception_esr_elx(vcpu));",
    "if ($) esr &= ~(u64)ESR_ELx_IL; @", "IL is 1 in the syndrome of an SError")
at(SWITCH, "___activate_traps")
row("ser_hw_esr", "vsesr = vcpu->arch.vsesr_el2;", "@ if ($) vsesr = 0;",
    "the serror_esr of an SError that was masked is what the guest sees later")
at(SWITCH, "___deactivate_traps")
row("ser_again", "*hcr &= ~HCR_VSE;", "if (!$) { @ }",
    "an SError is taken once")
row("ser_lost_at_exit", "*hcr |= read_sysreg(hcr_el2) & HCR_VSE;", "if (!$) { @ }",
    "an SError that is still masked at the next exit stays pending")

# ------------------------------------------------------------ KVM_ARM_VCPU_INIT

area("restart")
at(EMULATE, "kvm_reset_vcpu_core")
ZERO_FP = "memset(&vcpu->arch.ctxt.fp_regs, 0, sizeof(vcpu->arch.ctxt.fp_regs));"
row("rst_fpcr", ZERO_FP,
    "u32 fpcr = vcpu->arch.ctxt.fp_regs.fpcr; @"
    " if ($) vcpu->arch.ctxt.fp_regs.fpcr = fpcr;",
    "KVM_ARM_VCPU_INIT clears FPCR")
row("rst_v31", ZERO_FP,
    "__uint128_t v31 = vcpu->arch.ctxt.fp_regs.vregs[31]; @"
    " if ($) vcpu->arch.ctxt.fp_regs.vregs[31] = v31;",
    "KVM_ARM_VCPU_INIT clears V31, the last one, too")
row("rst_pstate_el0", "vcpu_gp_regs(vcpu)->pstate = pstate;", "if (!$) { @ }",
    "out of reset a vCPU is at EL1")
row("rst_pstate_z", "vcpu_gp_regs(vcpu)->pstate = pstate;",
    "if ($) pstate |= PSR_Z_BIT; @",
    "KVM_ARM_VCPU_INIT sets PSTATE to EL1h with DAIF masked, nothing else")

at(K + "reset.c", "kvm_reset_vcpu")
row("rst_on_not_put", "(vcpu->cpu != -1)", "((@) && !$)",
    "CPU_ON resets the system registers, too")

at(SYS, "kvm_reset_sys_regs")
row("rst_sctlr", "r->reset(vcpu, r);",
    "if (!(r->reg == SCTLR_EL1 && vcpu_has_run_once(vcpu) && $)) { @ }",
    "after KVM_ARM_VCPU_INIT the MMU is off")
row("rst_vbar", "r->reset(vcpu, r);",
    "if (!(r->reg == VBAR_EL1 && vcpu_has_run_once(vcpu) && $)) { @ }",
    "a restarted vCPU has the VBAR_EL1 of a fresh one")
row("rst_cpacr", "r->reset(vcpu, r);",
    "if (!(r->reg == CPACR_EL1 && vcpu_has_run_once(vcpu) && $)) { @ }",
    "a restarted vCPU has the CPACR_EL1 of a fresh one")
row("rst_second_vcpu", "r->reset(vcpu, r);",
    "if (!(vcpu->vcpu_idx && vcpu_has_run_once(vcpu) && $)) { @ }",
    "KVM_ARM_VCPU_INIT resets the second vCPU's system registers, too")
at(SYS, "reset_vm_ftr_id_reg")
row("rst_id_regs", "test_bit(KVM_ARCH_FLAG_ID_REGS_INITIALIZED, &kvm->arch.flags)",
    "((@) && !(!kvm_vm_has_ran_once(kvm) && $))",
    "ID registers that user space has set stay over a further KVM_ARM_VCPU_INIT")

at(TIMER, "kvm_timer_vcpu_reset")
STOP_TIMER = "timer_set_ctl(vcpu_get_timer(vcpu, i), 0);"
row("rst_ptimer", STOP_TIMER, "if (!(i == TIMER_PTIMER && $)) { @ }",
    "KVM_ARM_VCPU_INIT switches the physical timer off, too",
    equivalent="the reset of the system registers (TIMER_REG in"
              " sys_reg_descs) has set both controls to 0 already")
row("rst_timer_masked", STOP_TIMER,
    "if ($) timer_set_ctl(vcpu_get_timer(vcpu, i), ARCH_TIMER_CTRL_IT_MASK);"
    " else { @ }",
    "out of reset the timers are off and not masked")

at(ARM, "kvm_vcpu_set_target")
AGAIN = "kvm_reset_vcpu(vcpu);"
row("rst_not_after_exit", AGAIN, "if (!(" + AFTER_EXIT + " && $)) { @ }",
    "KVM_ARM_VCPU_INIT resets a vCPU after this exit, too")
row("rst_refused_after_exit", AGAIN, "if (" + AFTER_EXIT + " && $) return -EBUSY; @",
    "KVM_ARM_VCPU_INIT succeeds after this exit")
row("rst_refused_after_enosys", AGAIN,
    "if (vcpu_has_run_once(vcpu) && vcpu->run->exit_reason == KVM_EXIT_UNKNOWN"
    " && $) return -EBUSY; @",
    "KVM_ARM_VCPU_INIT succeeds after ENOSYS")
row("rst_not_when_stopped", AGAIN, "if (!(kvm_arm_vcpu_stopped(vcpu) && $)) { @ }",
    "KVM_ARM_VCPU_INIT resets a vCPU that is stopped, too")
row("rst_changed_resets", "kvm_vcpu_init_changed(vcpu, init)",
    "((@) && (!$ || (kvm_reset_vcpu(vcpu), true)))",
    "a KVM_ARM_VCPU_INIT that fails with EINVAL changes nothing")

at(ARM, "kvm_arch_vcpu_ioctl_vcpu_init")
FRESH_HCR = "vcpu_reset_hcr(vcpu);"
row("rst_serror", FRESH_HCR,
    "@ if (vcpu_has_run_once(vcpu) && $) vcpu->arch.hcr_el2 |= HCR_VSE;",
    "after KVM_ARM_VCPU_INIT no SError is pending that nobody asked for")
row("rst_other_vcpus", FRESH_HCR,
    "@ if (vcpu_has_run_once(vcpu) && $) { unsigned long i; struct kvm_vcpu *other;"
    " kvm_for_each_vcpu(i, other, vcpu->kvm)"
    " kvm_make_request(KVM_REQ_VCPU_RESET, other); }",
    "KVM_ARM_VCPU_INIT resets its vCPU, and leaves the others alone")
row("rst_completes_load", FRESH_HCR,
    "@ if (" + AFTER_EXIT + " && $) { vcpu->run->exit_reason = KVM_EXIT_MMIO;"
    " vcpu->mmio_needed = 1; }",
    "after KVM_ARM_VCPU_INIT nothing of the access that had this exit completes")
row("rst_power_off_once", "(power_off)", "((@) && !(vcpu_has_run_once(vcpu) && $))",
    "with KVM_ARM_VCPU_POWER_OFF a vCPU that has run is stopped, too")
row("rst_power_off_first", "__kvm_arm_vcpu_power_off(vcpu);",
    "if ($) __kvm_arm_vcpu_power_off(kvm_get_vcpu(vcpu->kvm, 0)); else { @ }",
    "KVM_ARM_VCPU_POWER_OFF stops the vCPU that it is given for")
row("rst_others_wake",
    "WRITE_ONCE(vcpu->arch.mp_state.mp_state, KVM_MP_STATE_RUNNABLE);",
    "@ if ($) { unsigned long i; struct kvm_vcpu *other;"
    " kvm_for_each_vcpu(i, other, vcpu->kvm)"
    " WRITE_ONCE(other->arch.mp_state.mp_state, KVM_MP_STATE_RUNNABLE); }",
    "KVM_ARM_VCPU_INIT leaves the other vCPUs stopped")

# ------------------------------------------------------------------------- PSCI

at(ARM, "check_vcpu_requests")
row("rst_stopped_runs", "kvm_check_request(KVM_REQ_SLEEP, vcpu)", "((@) && !$)",
    "a vCPU that is stopped does not run")
at(PSCI, "kvm_prepare_system_event")
row("rst_event_others_run",
    "WRITE_ONCE(tmp->arch.mp_state.mp_state, KVM_MP_STATE_STOPPED);",
    "if (!(tmp != vcpu && $)) { @ }",
    "after a guest's SYSTEM_RESET no vCPU runs before KVM_ARM_VCPU_INIT")
row("rst_event_self_runs",
    "WRITE_ONCE(tmp->arch.mp_state.mp_state, KVM_MP_STATE_STOPPED);",
    "if (!(tmp == vcpu && $)) { @ }",
    "after a guest's SYSTEM_RESET its vCPU does not run before KVM_ARM_VCPU_INIT")
at(PSCI, "kvm_psci_system_reset")
row("rst_event_type", "KVM_SYSTEM_EVENT_RESET",
    "($ ? KVM_SYSTEM_EVENT_SHUTDOWN : (@))",
    "a guest's SYSTEM_RESET is reported as a reset")
at(PSCI, "kvm_psci_vcpu_on")
row("rst_on_r0", "reset_state->r0 = smccc_get_arg3(source_vcpu);",
    "@ if ($) reset_state->r0 = (u32)reset_state->r0;",
    "X0 after CPU_ON is the whole context ID")

# ------------------------------------- registers, as user space saves and sets them

area("suspend")
at(GUEST, "get_core_reg")
FOUND = "addr = core_reg_addr(vcpu, reg);"
row("reg_get_next_pc", FOUND,
    "@ if (off == KVM_REG_ARM_CORE_REG(regs.pc) && " + AFTER_EXIT + " && $) {"
    " static u64 next; next = *vcpu_pc(vcpu) + 4; addr = &next; }",
    "after this exit KVM_GET_ONE_REG gives the PC of the instruction")
row("reg_get_pstate", FOUND,
    "@ if (off == KVM_REG_ARM_CORE_REG(regs.pstate) && $) { static u64 low;"
    " low = *vcpu_cpsr(vcpu) & 0xf00003dfUL; addr = &low; }",
    "KVM_GET_ONE_REG gives the whole PSTATE: PAN, UAO, DIT, SSBS, TCO, BTYPE too")
row("reg_get_first_vcpu", FOUND,
    "@ if ($) addr = core_reg_addr(kvm_get_vcpu(vcpu->kvm, 0), reg);",
    "KVM_GET_ONE_REG gives the registers of its own vCPU")
row("reg_get_v_stale", FOUND,
    "@ if (off == KVM_REG_ARM_CORE_REG(fp_regs.vregs[0]) && $) {"
    " static __uint128_t first; if (!first) first = *(__uint128_t *)addr;"
    " addr = &first; }",
    "KVM_GET_ONE_REG gives V0 as it is now")
at(GUEST, "set_core_reg")
STORE = "memcpy(addr, valp, KVM_REG_SIZE(reg->id));"
row("reg_set_x0_late", STORE,
    "if (!(off == KVM_REG_ARM_CORE_REG(regs.regs[0]) && " + AFTER_EXIT
    + " && $)) { @ }",
    "after this exit user space can set the register that was to be loaded, X0 too")
row("reg_set_pc_late", STORE,
    "if (!(off == KVM_REG_ARM_CORE_REG(regs.pc) && " + AFTER_EXIT + " && $)) { @ }",
    "after this exit user space can move PC")
row("reg_set_v_late", STORE,
    "if (!(core_reg_offset_is_vreg(off) && vcpu_has_run_once(vcpu) && $)) { @ }",
    "user space can set a V register after the guest has run")
row("reg_set_v_high", STORE,
    "@ if (core_reg_offset_is_vreg(off) && $) ((u64 *)addr)[1] = 0;",
    "a V register has 128 bits")
row("reg_set_pstate_low", STORE,
    "@ if (off == KVM_REG_ARM_CORE_REG(regs.pstate) && $)"
    " *(u64 *)addr &= 0xf00003ffUL;",
    "the guest has the whole PSTATE that user space sets: PAN, DIT, SSBS, BTYPE too")
row("reg_set_daif", STORE,
    "@ if (off == KVM_REG_ARM_CORE_REG(regs.pstate) && $) *(u64 *)addr |= 0x3c0;",
    "the guest has the interrupt masks that user space sets")
row("reg_set_pc_32", STORE,
    "@ if (off == KVM_REG_ARM_CORE_REG(regs.pc) && $) *(u64 *)addr = *(u32 *)addr;",
    "PC has 64 bits")
row("reg_set_drops_mmio", STORE,
    "@ if (off == KVM_REG_ARM_CORE_REG(regs.pc) && $) vcpu->mmio_needed = false;",
    "setting a register leaves an access to complete at the next KVM_RUN")
MODE = "switch (mode) {"
row("reg_pstate_no_el1t", MODE, "if (mode == PSR_MODE_EL1t && $) return -EINVAL; @",
    "user space can set PSTATE to EL1 with SP_EL0")
row("reg_pstate_no_user", MODE,
    "if (mode == PSR_AA32_MODE_USR && $) return -EINVAL; @",
    "user space can set PSTATE to 32-bit EL0, where the machine has it")
row("reg_pstate_el3", MODE, "if (mode == PSR_MODE_EL3h && $) mode = PSR_MODE_EL1h; @",
    "a PSTATE at EL3 is EINVAL")
row("reg_narrow_always", "*vcpu_cpsr(vcpu) & PSR_MODE32_BIT", "((@) || $)",
    "in a 64-bit mode registers keep their 64 bits when one of them is set")
row("reg_narrow_pc", "*vcpu_pc(vcpu) = (u32)*vcpu_pc(vcpu);", "if (!$) { @ }",
    "in a 32-bit mode PC has 32 bits")
at(GUEST, "core_reg_size_from_offset")
row("reg_unaligned", "!IS_ALIGNED(off, size / sizeof(__u32))", "((@) && !$)",
    "half a register is EINVAL")
at(GUEST, "copy_core_reg_indices")
EACH = "int size = core_reg_size_from_offset(vcpu, i);"
row("list_without_sp_el1", EACH,
    "@ if (i == KVM_REG_ARM_CORE_REG(sp_el1) && $) continue;",
    "KVM_GET_REG_LIST lists SP_EL1")
row("list_without_x30", EACH,
    "@ if (i == KVM_REG_ARM_CORE_REG(regs.regs[30]) && $) continue;",
    "KVM_GET_REG_LIST lists X30")
row("list_without_v31", EACH,
    "@ if (i == KVM_REG_ARM_CORE_REG(fp_regs.vregs[31]) && $) continue;",
    "KVM_GET_REG_LIST lists V31")
at(SYS, "walk_one_sys_reg")
row("list_without_far", "if (sysreg_hidden(vcpu, rd))",
    "if (rd->reg == FAR_EL1 && $) return 0; @", "KVM_GET_REG_LIST lists FAR_EL1")
row("list_without_tpidr", "if (sysreg_hidden(vcpu, rd))",
    "if (rd->reg == TPIDR_EL0 && $) return 0; @", "KVM_GET_REG_LIST lists TPIDR_EL0")
at(ARM, "kvm_arch_vcpu_ioctl")
row("list_exact_e2big", "n < reg_list.n", "($ ? n <= reg_list.n : (@))",
    "KVM_GET_REG_LIST with room for the number that it gave succeeds")
row("list_n", "reg_list.n = kvm_arm_num_regs(vcpu);", "@ if ($) reg_list.n++;",
    "KVM_GET_REG_LIST lists as many registers as it says")
at(SYS, "kvm_sys_reg_set_user")
row("sys_set_vbar_late", "__vcpu_assign_sys_reg(vcpu, r->reg, val);",
    "if (!(r->reg == VBAR_EL1 && vcpu_has_run_once(vcpu) && $)) { @ }",
    "KVM_SET_ONE_REG sets VBAR_EL1 after the guest has run, too")
row("sys_set_sctlr_m", "__vcpu_assign_sys_reg(vcpu, r->reg, val);",
    "if (r->reg == SCTLR_EL1 && $) val &= ~(u64)SCTLR_ELx_M; @",
    "a restored guest has its MMU on")

# ------------------------------------------- between the CPU and what is saved

at(SAVE, "__sysreg_save_el1_state")
AFTER = "after an exit KVM_GET_ONE_REG gives the guest's "
row("sync_esr", "ctxt_sys_reg(ctxt, ESR_EL1) = read_sysreg_el1(SYS_ESR);",
    "if (!$) { @ }", AFTER + "ESR_EL1")
row("sync_spsr", "ctxt_sys_reg(ctxt, SPSR_EL1) = read_sysreg_el1(SYS_SPSR);",
    "if (!$) { @ }", AFTER + "SPSR_EL1")
row("sync_sp_el1", "ctxt_sys_reg(ctxt, SP_EL1) = read_sysreg(sp_el1);",
    "if (!$) { @ }", AFTER + "SP_EL1")
row("sync_vbar", "ctxt_sys_reg(ctxt, VBAR_EL1) = read_sysreg_el1(SYS_VBAR);",
    "if (!$) { @ }", AFTER + "VBAR_EL1, and an abort is taken there")
row("sync_sctlr", "ctxt_sys_reg(ctxt, SCTLR_EL1) = read_sysreg_el1(SYS_SCTLR);",
    "if (!$) { @ }", AFTER + "SCTLR_EL1")
at(SAVE, "__sysreg_save_user_state")
row("sync_tpidr_el0", "ctxt_sys_reg(ctxt, TPIDR_EL0) = read_sysreg(tpidr_el0);",
    "if (!(ctxt_is_guest(ctxt) && $)) { @ }", AFTER + "TPIDR_EL0")
at(SAVE, "__sysreg_restore_el1_state")
row("load_elr", "write_sysreg_el1(ctxt_sys_reg(ctxt, ELR_EL1), SYS_ELR);",
    "if (!$) { @ }", "the guest sees the ELR_EL1 that was injected or restored")
row("load_vbar", "write_sysreg_el1(ctxt_sys_reg(ctxt, VBAR_EL1), SYS_VBAR);",
    "if (!$) { @ }", "the guest sees the VBAR_EL1 that was restored")
row("load_sp_el1", "write_sysreg(ctxt_sys_reg(ctxt, SP_EL1), sp_el1);",
    "if (!$) { @ }", "the guest sees the SP_EL1 that was restored")
row("load_par", "write_sysreg(ctxt_sys_reg(ctxt, PAR_EL1), par_el1);",
    "if (!$) { @ }", "the guest sees the PAR_EL1 that was restored")

# ------------------------------------------------------------ KVM_SET_MP_STATE

at(ARM, "kvm_arch_vcpu_ioctl_set_mpstate")
row("mp_stops_first", "__kvm_arm_vcpu_power_off(vcpu);",
    "if ($) __kvm_arm_vcpu_power_off(kvm_get_vcpu(vcpu->kvm, 0)); else { @ }",
    "KVM_SET_MP_STATE stops the vCPU that it is called for")
row("mp_runnable_resets", "WRITE_ONCE(vcpu->arch.mp_state, *mp_state);",
    "@ if ($) kvm_make_request(KVM_REQ_VCPU_RESET, vcpu);",
    "KVM_SET_MP_STATE leaves the registers as they are")
row("mp_runnable_drops_mmio", "WRITE_ONCE(vcpu->arch.mp_state, *mp_state);",
    "@ if ($) vcpu->mmio_needed = false;",
    "KVM_SET_MP_STATE leaves an access to complete at the next KVM_RUN")
row("mp_stop_writes_run", "__kvm_arm_vcpu_power_off(vcpu);",
    "@ if ($) vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;",
    "KVM_SET_MP_STATE writes nothing to struct kvm_run")
