/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says about KVM in its log, as a guest must not be able to make
 * it do at will. lib/log.c
 */
#ifndef NISV_LOG_H
#define NISV_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* From here on; -1 if the log cannot be read: errno says why. */
int nisv_log_open(void);

/* The line that old kernels have for ENOSYS. */
#define NISV_LOG_ENOSYS "Data abort outside memslots with no valid syndrome info"

/*
 * The next line that begins with "kvm", but for those that name a process of
 * another session. False: there is none (yet).
 */
bool nisv_log_line(int fd, char *line, size_t size);

#endif /* NISV_LOG_H */
