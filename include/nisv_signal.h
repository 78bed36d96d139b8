/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A signal that becomes pending while KVM handles what the guest has trapped
 * for: after the guest was left, before KVM_RUN decides what becomes of it. A
 * perf event at the trace point kvm_exit sends it (perf_event_open(2), "Overflow
 * handling"; Documentation/trace/events.rst, 5 Event filtering).
 */
#ifndef NISV_SIGNAL_H
#define NISV_SIGNAL_H

#include "nisv.h"

/* ESR_EL2.EC of what the guest traps for (DDI0487 ESR_EL2). */
#define NISV_EC_SMC64	0x17
#define NISV_EC_IABT	0x20
#define NISV_EC_DABT	0x24

struct nisv_alarm;

/*
 * From now on each trap of vCPU @cpu from @pc with exception class @ec sends
 * SIGUSR1 to this thread, in which nothing but KVM_RUN lets it come. NULL where
 * there can be no such thing: the case is skipped.
 */
struct nisv_alarm *nisv_alarm_set(struct nisv_check *c, struct nisv_vm *vm,
				  unsigned int cpu, u64 pc, unsigned int ec);

/* No more: whether one was pending. It is taken away. */
bool nisv_alarm_stop(struct nisv_alarm *a);

/*
 * Where tracefs is mounted, for this process alone, until it exits; NULL: there
 * is none and the case is skipped, or it has failed. lib/tracefs.c
 */
const char *nisv_tracefs(struct nisv_check *c);

/* Whether tracefs has that event of KVM; else the case is skipped, or failed. */
bool nisv_trace_event(struct nisv_check *c, const char *name,
		      const char *requires);

#endif /* NISV_SIGNAL_H */
