#!/bin/sh
# tests/hooks_raised.sh - a hook point that is listed is raised somewhere: a
# script that listens to one that is not would wait for ever.
srcdir=${srcdir:-.}
n=0
for hook in $(sed -n 's/^HOOK(\([A-Z_]*\),.*/\1/p' \
    "$srcdir/core/script/hooks.def"); do
	n=$((n + 1))
	if grep -rq "HOOK_$hook\>" "$srcdir/core/desk" --include='*.c'; then
		echo "ok $n - $hook is raised"
	else
		echo "not ok $n - $hook is raised"
	fi
done
echo "1..$n"
