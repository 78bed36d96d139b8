/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of instruction forms, as the architecture tells them apart when a
 * stage-2 data abort is reported:
 *
 *	CLASS(id, isv, title, why)
 *
 * isv		ESR_EL2.ISV that the architecture gives (Arm ARM DDI0487,
 *		ESR_EL2, "ISS encoding for an exception from a Data Abort")
 * why		the reason, as the diagnosis prints it
 */
CLASS(PLAIN, 1, "single register", "one register, no writeback, not exclusive: ISV=1")
CLASS(UNPRIVILEGED, 1, "unprivileged", "one register, no writeback, not exclusive: ISV=1")
CLASS(LITERAL, 1, "literal", "one register, no writeback, not exclusive: ISV=1")
CLASS(LS64, 1, "64 bytes", "ISV=1, and ISS.LST says which instruction it is")
CLASS(WRITEBACK, 0, "writeback", "writeback of the base register: ISS[23:14] cannot describe it")
CLASS(PAIR, 0, "pair", "two registers: ISS[23:14] has room for one")
CLASS(EXCLUSIVE, 0, "exclusive", "load/store exclusive: excluded from ISV=1")
CLASS(EXCLUSIVE_STORE, 0, "store-exclusive", "load/store exclusive: excluded from ISV=1")
CLASS(ATOMIC, 0, "atomic", "atomic read-modify-write: more than a load or a store")
CLASS(SWP, 0, "swap", "atomic swap: more than a load or a store")
CLASS(CAS, 0, "compare and swap", "atomic compare and swap: more than a load or a store")
CLASS(SIMD, 0, "SIMD&FP register", "ISS.SRT names general-purpose registers only")
CLASS(SIMD_LITERAL, 0, "SIMD&FP literal", "ISS.SRT names general-purpose registers only")
CLASS(SIMD_PAIR, 0, "SIMD&FP pair", "ISS.SRT names one general-purpose register")
CLASS(SIMD_STRUCT, 0, "SIMD&FP structure", "ISS.SRT names one general-purpose register")
CLASS(DC_ZVA, 0, "DC ZVA", "zeroes a block by address: not a load or store of a register")
CLASS(TAG, 0, "allocation tags", "tags: not, or not only, a load or store of a register")
CLASS(SET, 0, "memory set", "three registers describe the access, ISS.SRT one")
CLASS(SET_ON, 0, "memory set, going on", "three registers describe the access, ISS.SRT one")
CLASS(COPY, 0, "memory copy", "a load and a store in one")
CLASS(COPY_ON, 0, "memory copy, going on", "a load and a store in one")
CLASS(GCS, 0, "guarded control stack", "a store to a guarded control stack: excluded from ISV=1")
CLASS(SVE, 0, "SVE", "ISS.SRT names general-purpose registers only")
CLASS(SVE_GATHER, 0, "SVE gather and scatter", "ISS.SRT names general-purpose registers only")
CLASS(SVE_VECTOR, 0, "SVE gather by vector", "ISS.SRT names general-purpose registers only")
CLASS(SME, 0, "SME", "ISS.SRT names general-purpose registers only")
CLASS(NON_FAULT, 0, "SVE non-fault", "a load that never faults, and leaves that in FFR")
CLASS(INACTIVE, 0, "SVE, nothing active", "no element is active: nothing is accessed")
CLASS(PREFETCH, 0, "prefetch", "a hint: it never faults")
CLASS(CACHE, 0, "cache maintenance", "CM=1: KVM has nothing to maintain and skips the instruction")
CLASS(TRANSLATION, 0, "translation", "AT and TLBI: nothing is accessed at the address")
