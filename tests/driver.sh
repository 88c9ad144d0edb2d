#!/bin/sh
# tests/driver.sh - automake's TAP driver with one line a test program.
#
#   driver.sh TAP_DRIVER [options of automake's drivers] -- PROGRAM ...
#
# automake prints a line for each check, thousands of them. This one prints
# how many of a program's checks passed, and all the program said when one
# failed. The .log and .trs files stay what the manual of automake says.
set -u
tap_driver=$1
shift

name='' log='' trs='' option=''
for arg in "$@"; do
	case $option in
	--test-name) name=$arg ;;
	--log-file) log=$arg ;;
	--trs-file) trs=$arg ;;
	esac
	[ "$arg" != -- ] || break
	option=$arg
done

begin=$(date +%s)
"${CONFIG_SHELL-/bin/sh}" "$tap_driver" "$@" >/dev/null
code=$?
took=$(($(date +%s) - begin))

# A program that has told of a failure also exits with 1: one failure, not two.
if grep -q '^FAIL: ' "$log" &&
	grep -q '^ERROR: .* - exited with status 1$' "$log"; then
	sed '${/^:test-result: ERROR/d;}' "$trs" >"$trs.new" &&
		mv "$trs.new" "$trs"
fi

awk -v name="$name" -v took="$took" '
	/^:test-result: (PASS|XFAIL)/ { passed++ }
	/^:test-result: SKIP/ { skipped++ }
	/^:test-result: (FAIL|XPASS|ERROR)/ { failed++ }
	END {
		word = failed ? "FAIL" : (passed ? "ok" : "skip")
		line = sprintf("%-5s %-44s %3d passed", word, name, passed)
		if (failed)
			line = line sprintf(", %d failed", failed)
		if (skipped)
			line = line sprintf(", %d skipped", skipped)
		if (took > 1)
			line = line sprintf("  (%d s)", took)
		print line
		exit failed > 0
	}' "$trs" || sed "/^PASS: /d; s|^|    |" "$log"
exit $code
