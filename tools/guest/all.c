// SPDX-License-Identifier: GPL-2.0-only
/*
 * All test programs in one, which is the one whose name it is called by. What they
 * have in common is then one file in a guest: it is unpacked, read and translated
 * by QEMU once, not by each of them.
 *
 * PROGRAMS is given by the Makefile: PROGRAM(nisv_exit) PROGRAM(...) ...
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* one declaration of them all */
#define PROGRAM(name)	name##_main(int argc, char **argv),
int PROGRAMS main(int argc, char **argv);
#undef PROGRAM

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} programs[] = {
#define PROGRAM(name)	{ #name, name##_main },
	PROGRAMS
#undef PROGRAM
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (!strcmp(program_invocation_short_name, programs[i].name))
			return programs[i].main(argc, argv);
	fprintf(stderr, "%s: no program is called that\n",
		program_invocation_short_name);
	return 127;
}
