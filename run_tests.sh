#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# One command, a verdict: see tools/run.py, which does everything. This finds
# the Python that it needs.

here=$(dirname -- "$(readlink -f -- "$0")")

if ! command -v python3 >/dev/null; then
	if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
		echo "run_tests.sh: no python3: install Python 3.9 or newer" >&2
		exit 1
	fi
	echo "kvm-nisv: installing python3-minimal" >&2
	if ! log=$( (apt-get -q update && apt-get -qy --no-install-recommends \
			install python3) 2>&1); then
		echo "run_tests.sh: apt-get cannot install python3:" \
			"$(echo "$log" | grep '^E:' | head -n 1)" >&2
		exit 1
	fi
fi
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'; then
	echo "run_tests.sh: $(python3 -V) is too old: 3.9 or newer is needed" >&2
	exit 1
fi
# -B: nothing is written beside the sources.
exec python3 -B "$here/tools/run.py" "$@"
