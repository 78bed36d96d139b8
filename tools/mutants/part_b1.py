# SPDX-License-Identifier: GPL-2.0-only
"""More of injection, restart and suspend."""

from mutants.rows import area, at, row
