#!/bin/sh
# tests/tally.sh - add up what the tests in these build directories gave.
#
#   tally.sh BUILD_DIRECTORY...
#
# Prints "N passed, N failed, N skipped"; exits 1 when one failed or when
# nothing ran.
set -u
for dir in "$@"; do
	find "$dir" -name '*.trs' -exec cat {} +
done | awk '
	/^:test-result: (PASS|XFAIL)/ { passed++ }
	/^:test-result: SKIP/ { skipped++ }
	/^:test-result: (FAIL|XPASS|ERROR)/ { failed++ }
	END {
		printf("%d passed, %d failed, %d skipped\n", passed, failed,
		    skipped)
		exit failed > 0 || passed == 0
	}'
