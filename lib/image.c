// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the program is in a guest. The selftest library loads the whole ELF
 * file into each VM, a page at a time, which takes most of the time of making
 * one; but no guest needs more than its own code (section nisv_guest)
 * and variables, which it finds zero. So the library is given a file that has
 * only these, at their addresses.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/elf.h>

#include "test_util.h"
#include "vm.h"

struct image {
	struct elf64_hdr header;
	struct elf64_phdr code;
	struct elf64_phdr data;
};

const char *nisv_guest_image(void)
{
	const size_t code = __stop_nisv_guest - __start_nisv_guest;
	struct image image = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_AARCH64,
			.e_version = EV_CURRENT,
			.e_phoff = offsetof(struct image, code),
			.e_ehsize = sizeof(image.header),
			.e_phentsize = sizeof(image.code),
			.e_phnum = 2,
			.e_shentsize = sizeof(struct elf64_shdr),
		},
		.code = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_offset = sizeof(image),
			.p_vaddr = (u64)__start_nisv_guest,
			.p_filesz = code,
			.p_memsz = code,
		},
		.data = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W,
			.p_vaddr = (u64)__data_start,
			.p_memsz = _end - __data_start,
		},
	};
	static char path[32];
	int fd;

	if (path[0])
		return path;
	fd = memfd_create("guest", MFD_CLOEXEC);
	TEST_ASSERT(fd >= 0 &&
		    write(fd, &image, sizeof(image)) == sizeof(image) &&
		    write(fd, __start_nisv_guest, code) == (ssize_t)code,
		    "the guest's image");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}
