#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# python3.sh FILE [ARGUMENT...]: run a tool of this directory, with the Python
# that it needs, installed where it is missing and can be.

if ! command -v python3 >/dev/null; then
	become=
	if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null; then
		become=sudo
	fi
	if ! command -v apt-get >/dev/null ||
	   { [ "$(id -u)" != 0 ] && [ -z "$become" ]; }; then
		echo "kvm-nisv: no python3: install Python 3.9 or newer" >&2
		exit 1
	fi
	echo "kvm-nisv: installing python3" >&2
	if ! log=$( ($become apt-get -q update &&
		     $become apt-get -qy --no-install-recommends \
			install python3) 2>&1); then
		echo "kvm-nisv: apt-get cannot install python3:" \
			"$(echo "$log" | grep '^E:' | head -n 1)" >&2
		exit 1
	fi
fi
# The system's own where it will do: what a version manager has in front of it takes
# longer to find than to start.
python3=/usr/bin/python3
if ! "$python3" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null
then
	python3=python3
fi
# -B: nothing is written beside the sources.
exec "$python3" -B "$@"
