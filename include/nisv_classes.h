/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of instruction forms, as the architecture tells them apart when a
 * stage-2 data abort is reported. All that is so for a whole class is a column
 * here; lib/ and the tests list no classes of their own.
 *
 *	CLASS64(id, outcome, needs, memory, unaligned, far, emulator, title, why,
 *	      instead)
 *	NOT_IN(class, part, why)
 *
 * outcome	ISV: the access exits, with ISV=1 (DDI0487, ESR_EL2, "ISS encoding
 *		for an exception from a Data Abort")
 *		LST: the same, and ISS.LST says which 64 bytes it was
 *		NO_ISV: it exits, with ISV=0
 *		NOTHING: no exit, the guest goes on behind the form
 * needs	BASE: it exits whatever came before it, and needs nothing but its
 *		base register: it is tried in any VM, at any level
 *		MORE: registers, memory, code or features of its own
 * memory	whether it gets to stage 2, when aligned, in memory that stage 1
 *		says is of another type (DDI0487 B2.2.1, B2.7, B2.17.5, C3.2.12):
 *		ANY: it does. NORMAL: in Normal memory it does. WRITE_BACK: in
 *		Normal Write-Back it does, elsewhere the CPU may refuse it.
 *		UNCACHED: the CPU may refuse it in just that
 * unaligned	whether it may be, in Normal memory with SCTLR_ELx.A 0 (B2.9.2):
 *		NEVER, ALWAYS; FORM: as the form's group says; EACH: always, and
 *		each register is an access; BLOCK: the CPU aligns it
 * far		FAR is the lowest byte: EXACT; in its page: PAGE (FnP); in a page
 *		that is left to do: REST (C6.2 of copy and set)
 * emulator	KNOWN: lib/emulate.c knows forms of it; LEFT_OUT
 * why		the reason for the outcome, as the diagnosis prints it
 * instead	what a guest should use, as the diagnosis prints it
 *
 * NOT_IN	what of include/nisv_settings.h, or of what user space does, has
 *		no meaning for a class, and why:
 *		EL0; BTYPE: that it is not 0; TAG: in the pointer; SAME: VA = IPA;
 *		BLOCK: in stage 1; DEVICE; UNCACHED: Device and Non-cacheable;
 *		PLACE: any other address; AGAIN: the same access once more;
 *		SLOT: an address in a memory slot
 */
#ifndef NOT_IN
#define NOT_IN(class, part, why)
#endif

CLASS64(PLAIN, ISV, BASE, ANY, FORM, EXACT, KNOWN, "single register",
	"one register, no writeback, not exclusive: ISV=1",
	"nothing: KVM reports it as KVM_EXIT_MMIO")
CLASS64(UNPRIVILEGED, ISV, MORE, ANY, ALWAYS, EXACT, KNOWN, "unprivileged",
	"one register, no writeback, not exclusive: ISV=1",
	"nothing: KVM reports it as KVM_EXIT_MMIO")
CLASS64(LITERAL, ISV, MORE, ANY, NEVER, EXACT, KNOWN, "literal",
	"one register, no writeback, not exclusive: ISV=1",
	"nothing: KVM reports it as KVM_EXIT_MMIO")
CLASS64(LS64, LST, MORE, UNCACHED, NEVER, EXACT, LEFT_OUT, "64 bytes",
	"ISV=1, and ISS.LST says which instruction it is",
	"nothing: KVM reports it as KVM_EXIT_ARM_LDST64B")
CLASS64(WRITEBACK, NO_ISV, BASE, ANY, FORM, EXACT, KNOWN, "writeback",
	"writeback of the base register: ISS[23:14] cannot describe it",
	"the same without writeback, and ADD for the base: ldr w0, [x1]; add x1, x1, #4")
CLASS64(PAIR, NO_ISV, BASE, ANY, EACH, EXACT, KNOWN, "pair",
	"two registers: ISS[23:14] has room for one",
	"one load or store for each register: ldr x0, [x1]; ldr x3, [x1, #8]")
CLASS64(EXCLUSIVE, NO_ISV, BASE, WRITE_BACK, NEVER, EXACT, KNOWN, "exclusive",
	"load/store exclusive: excluded from ISV=1",
	"no exclusives on devices: a lock in memory, and a plain load and store")
CLASS64(EXCLUSIVE_STORE, NO_ISV, MORE, WRITE_BACK, NEVER, EXACT, KNOWN, "store-exclusive",
	"load/store exclusive: excluded from ISV=1",
	"no exclusives on devices: a lock in memory, and a plain load and store")
CLASS64(ATOMIC, NO_ISV, BASE, WRITE_BACK, NEVER, EXACT, KNOWN, "atomic",
	"atomic read-modify-write: more than a load or a store",
	"no atomics on devices: a lock in memory, and a plain load and store")
CLASS64(SWP, NO_ISV, BASE, WRITE_BACK, NEVER, EXACT, KNOWN, "swap",
	"atomic swap: more than a load or a store",
	"no atomics on devices: a lock in memory, and a plain load and store")
CLASS64(CAS, NO_ISV, BASE, WRITE_BACK, NEVER, EXACT, KNOWN, "compare and swap",
	"atomic compare and swap: more than a load or a store",
	"no atomics on devices: a lock in memory, and a plain load and store")
CLASS64(SIMD, NO_ISV, BASE, ANY, ALWAYS, EXACT, KNOWN, "SIMD&FP register",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers: ldr x0, [x1]; ldr x3, [x1, #8]")
CLASS64(SIMD_LITERAL, NO_ISV, MORE, ANY, NEVER, EXACT, KNOWN, "SIMD&FP literal",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers: ldr x0, [x1]; ldr x3, [x1, #8]")
CLASS64(SIMD_PAIR, NO_ISV, BASE, ANY, EACH, EXACT, KNOWN, "SIMD&FP pair",
	"ISS.SRT names one general-purpose register",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(SIMD_STRUCT, NO_ISV, BASE, ANY, EACH, EXACT, KNOWN, "SIMD&FP structure",
	"ISS.SRT names one general-purpose register",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(DC_ZVA, NO_ISV, BASE, NORMAL, BLOCK, EXACT, KNOWN, "DC ZVA",
	"zeroes a block by address: not a load or store of a register",
	"stores of XZR one at a time: str xzr, [x1]")
CLASS64(TAG, NO_ISV, MORE, ANY, NEVER, EXACT, LEFT_OUT, "allocation tags",
	"tags: not, or not only, a load or store of a register",
	"no tags on devices: plain stores, one at a time: str xzr, [x1]")
CLASS64(SET, NO_ISV, MORE, NORMAL, ALWAYS, REST, KNOWN, "memory set",
	"three registers describe the access, ISS.SRT one",
	"a loop of plain stores: str x4, [x1]")
CLASS64(SET_ON, NO_ISV, MORE, NORMAL, ALWAYS, REST, KNOWN, "memory set, going on",
	"three registers describe the access, ISS.SRT one",
	"a loop of plain stores: str x4, [x1]")
CLASS64(COPY, NO_ISV, MORE, NORMAL, ALWAYS, REST, KNOWN, "memory copy",
	"a load and a store in one",
	"a loop of plain loads and stores: ldr x0, [x1]; str x0, [x5]")
CLASS64(COPY_ON, NO_ISV, MORE, NORMAL, ALWAYS, REST, KNOWN, "memory copy, going on",
	"a load and a store in one",
	"a loop of plain loads and stores: ldr x0, [x1]; str x0, [x5]")
CLASS64(GCS, NO_ISV, MORE, ANY, NEVER, EXACT, LEFT_OUT, "guarded control stack",
	"a store to a guarded control stack: excluded from ISV=1",
	"no guarded control stack on devices: it has to be in memory")
CLASS64(SVE, NO_ISV, MORE, ANY, ALWAYS, PAGE, KNOWN, "SVE",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(FIRST_FAULT, NO_ISV, MORE, ANY, ALWAYS, PAGE, LEFT_OUT, "SVE first-fault",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(SVE_GATHER, NO_ISV, MORE, ANY, ALWAYS, EXACT, KNOWN, "SVE gather and scatter",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(SVE_VECTOR, NO_ISV, MORE, ANY, ALWAYS, EXACT, KNOWN, "SVE gather by vector",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(SME, NO_ISV, MORE, ANY, ALWAYS, PAGE, LEFT_OUT, "SME",
	"ISS.SRT names general-purpose registers only",
	"general-purpose registers, one at a time: ldr x0, [x1]")
CLASS64(NON_FAULT, NOTHING, MORE, ANY, ALWAYS, EXACT, LEFT_OUT, "SVE non-fault",
	"a load that never faults, and leaves that in FFR",
	"a load that faults: it says nothing of a device: ldr x0, [x1]")
CLASS64(INACTIVE, NOTHING, MORE, ANY, ALWAYS, EXACT, KNOWN, "SVE, nothing active",
	"no element is active: nothing is accessed",
	"nothing: there is no access")
CLASS64(PREFETCH, NOTHING, MORE, ANY, ALWAYS, EXACT, LEFT_OUT, "prefetch",
	"a hint: it never faults",
	"nothing: there is no access")
CLASS64(CACHE, NOTHING, MORE, ANY, ALWAYS, EXACT, LEFT_OUT, "cache maintenance",
	"CM=1: KVM has nothing to maintain and skips the instruction",
	"nothing: a device has nothing in caches")
CLASS64(TRANSLATION, NOTHING, MORE, ANY, ALWAYS, EXACT, LEFT_OUT, "translation",
	"AT and TLBI: nothing is accessed at the address",
	"nothing: there is no access")

NOT_IN(UNPRIVILEGED, SAME, "its VA is what EL0 may access, where the guest has nothing else")
NOT_IN(LITERAL, TAG, "an address relative to PC has no tag")
NOT_IN(LITERAL, BLOCK, "the code, 1 MiB behind, would be in the block")
NOT_IN(SIMD_LITERAL, TAG, "an address relative to PC has no tag")
NOT_IN(SIMD_LITERAL, BLOCK, "the code, 1 MiB behind, would be in the block")
NOT_IN(EXCLUSIVE_STORE, EL0, "the guest makes the hole while the monitor is open, which EL0 cannot")
NOT_IN(EXCLUSIVE_STORE, BTYPE, "a branch comes before it, and sets BTYPE")
NOT_IN(EXCLUSIVE_STORE, BLOCK, "it is a page that the guest exchanges for the hole")
NOT_IN(EXCLUSIVE_STORE, UNCACHED, "the CPU may refuse the load-exclusive before it")
NOT_IN(EXCLUSIVE_STORE, SLOT, "the monitor is of another page: it may store, or not")
NOT_IN(EXCLUSIVE_STORE, AGAIN, "the exit closes the monitor: it stores nothing then")
NOT_IN(DC_ZVA, DEVICE, "an alignment fault of stage 1: nisv_stage1")
NOT_IN(SET, DEVICE, "whether it faults there is IMPLEMENTATION DEFINED")
NOT_IN(SET_ON, DEVICE, "whether it faults there is IMPLEMENTATION DEFINED")
NOT_IN(SET_ON, PLACE, "what comes before it runs in the slot beside the hole")
NOT_IN(SET_ON, SLOT, "what comes before it runs in the slot beside the hole")
NOT_IN(COPY, DEVICE, "whether it faults there is IMPLEMENTATION DEFINED")
NOT_IN(COPY_ON, DEVICE, "whether it faults there is IMPLEMENTATION DEFINED")
NOT_IN(COPY_ON, PLACE, "what comes before it runs in the slot beside the hole")
NOT_IN(COPY_ON, SLOT, "what comes before it runs in the slot beside the hole")
NOT_IN(CACHE, EL0, "SCTLR_EL1 or the architecture traps it")
NOT_IN(TRANSLATION, EL0, "an instruction of EL1")

#undef NOT_IN
