#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# One command, a verdict: tools/run.py does everything.

tools=$(dirname -- "$(readlink -f -- "$0")")/tools
exec "$tools/python3.sh" "$tools/run.py" "$@"
