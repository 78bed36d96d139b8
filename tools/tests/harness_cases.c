// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases for the harness itself, one for each thing that can come out of a case.
 * Runs on the host, without KVM; test_harness.py compares what is printed.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nisv.h"

static const struct nisv_deviation_info invented = {
	.id = "invented",
	.what = "adds one to x9",
};

bool nisv_deviation(const struct nisv_form *form, const char *field,
		    u64 want, struct nisv_deviates *d)
{
	if (!form || strcmp(field, "x9"))
		return false;
	d->row = &invented;
	d->predicted = want + 1;
	return true;
}

bool nisv_deviation_logs(const char *line)
{
	/* it is not this program that KVM has to do with */
	(void)line;
	return true;
}

const char *nisv_vm_missing(void)
{
	return NULL;
}

static void passes(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_eq(c, "x0", 1, 1, nisv_show_hex, "never shown");
}

static void fails(struct nisv_check *c, const void *arg)
{
	const struct nisv_form *form = nisv_form_named("ldr_x_post");

	(void)arg;
	nisv_check_form(c, form, 0);
	nisv_eq(c, "KVM_RUN", 0, 0, nisv_show_result, "never shown");
	nisv_eq(c, "exit", 28, 28, nisv_show_exit, "never shown");
	nisv_eq(c, "esr_iss", 0x06, 0x46, nisv_show_iss,
		nisv_iss_rule(form, 0x06, 0x46));
	nisv_check_step(c, "again: ");
	nisv_eq_many(c, "x%d", 7, 5, 5, "never shown");
	nisv_eq_many(c, "v%d.d[1]", 31, 5, 6, "the rule of V31");
	nisv_eq(c, "pc", 0, 4, nisv_show_delta, "the rule of pc");
}

static void fails_otherwise(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_eq(c, "KVM_RUN", -ENOSYS, 0, nisv_show_result, "the rule of KVM_RUN");
	nisv_eq(c, "exit", 0, 6, nisv_show_exit, "the rule of exit");
	nisv_eq(c, "esr_iss", 0x04, 0x1000304, nisv_show_iss, "the rule of ISV");
	nisv_eq(c, "esr_iss", 0x04, 0x80000008, nisv_show_iss,
		"the rule of the FSC");
	nisv_fail(c, "a line with %d", 42);
}

static void differs_more_than_fits(struct nisv_check *c, const void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 30; i++)
		nisv_eq(c, "same", 0, 0, nisv_show_dec, "never shown");
	for (i = 0; i < 30; i++)
		nisv_eq(c, "other", 0, i + 1, nisv_show_dec, "the same rule");
}

static void skips(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_skip(c, "FEAT_X (ID_X.Y >= 1)", "0");
}

static void deviates(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_check_form(c, nisv_form_named("ldr_x"), 1);
	nisv_eq(c, "x9", 5, 6, nisv_show_hex, "never shown");
}

static void deviates_otherwise(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_check_form(c, nisv_form_named("ldr_x"), 1);
	nisv_eq(c, "x9", 5, 7, nisv_show_hex, "the rule of x9");
}

static void deviates_no_more(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_check_form(c, nisv_form_named("ldr_x"), 1);
	nisv_eq(c, "x9", 5, 5, nisv_show_hex, "never shown");
}

static void compares_nothing(struct nisv_check *c, const void *arg)
{
	(void)c;
	(void)arg;
}

static void exits(struct nisv_check *c, const void *arg)
{
	(void)c;
	(void)arg;
	exit(254);
}

static void exits_with_success(struct nisv_check *c, const void *arg)
{
	(void)c;
	(void)arg;
	exit(0);
}

static void crashes(struct nisv_check *c, const void *arg)
{
	(void)c;
	(void)arg;
	raise(SIGSEGV);
}

static void forgets_what_was_equal(struct nisv_check *c, const void *arg)
{
	(void)arg;
	nisv_eq(c, "forgotten", 1, 1, nisv_show_hex, "never shown");
	nisv_check_form(c, nisv_form_named("ldr_x"), 0);
	nisv_eq(c, "KVM_ENABLE_CAP", 0, 1, nisv_show_result, "the rule");
	nisv_check_form(c, nisv_form_named("ldp_x"), 0);
	nisv_eq(c, "kept", 0, -EPERM, nisv_show_result, "the same");
}

static void hangs(struct nisv_check *c, const void *arg)
{
	(void)c;
	(void)arg;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	nisv_case(passes, NULL, "passes");
	nisv_case(fails, NULL, "fails");
	nisv_case(fails_otherwise, NULL, "fails_otherwise");
	nisv_case(differs_more_than_fits, NULL, "differs_more_than_fits");
	nisv_case(skips, NULL, "skips");
	nisv_case(deviates, NULL, "deviates");
	nisv_case(deviates_otherwise, NULL, "deviates_otherwise");
	nisv_case(deviates_no_more, NULL, "deviates_no_more");
	nisv_case(compares_nothing, NULL, "compares_nothing");
	nisv_case(exits, NULL, "exits");
	nisv_case(exits_with_success, NULL, "exits_with_success");
	nisv_case(crashes, NULL, "crashes");
	nisv_case(forgets_what_was_equal, NULL, "forgets_what_was_equal");
	nisv_case(hangs, NULL, "hangs");
	nisv_case(passes, NULL, "passes_%s", "last");
	nisv_case(hangs, NULL, "hangs_first");
	nisv_case(hangs, NULL, "hangs_second");
	nisv_case(hangs, NULL, "hangs_third");
	nisv_case(passes, NULL, "never_run");
	return nisv_harness(argc, argv);
}
