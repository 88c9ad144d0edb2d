#!/bin/sh
# tests/scripts.sh - each script that we ship has a test, passes it with the
# mails as they go out, and luacheck finds nothing to say about both.
srcdir=$(cd "${srcdir-.}" && pwd)
hookdesk=${HOOKDESK:-./hookdesk}
n=0

ok() { # <what it promises>, after a command
	status=$?
	n=$((n + 1))
	[ $status -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

set -- $(cd "$srcdir/scripts" && ls ./*.lua | grep -v '_test\.lua$\|\.d\.lua$')
echo "1..$(($# * 2 + 1))"
for script; do
	name=$(basename "$script" .lua)
	[ -f "$srcdir/scripts/${name}_test.lua" ]
	ok "$name has a test beside it"
	told=$("$hookdesk" test "$srcdir/scripts/$name.lua" 2>&1)
	status=$?
	[ $status -eq 0 ] || echo "$told" | sed 's/^/# /'
	[ $status -eq 0 ]
	ok "$name passes it"
done
if command -v luacheck >/dev/null; then
	told=$(cd "$srcdir/scripts" && luacheck --no-color --quiet --codes .)
	status=$?
	[ $status -eq 0 ] || echo "$told" | sed 's/^/# /' | head -50
	[ $status -eq 0 ]
	ok "luacheck finds nothing wrong"
else
	echo "ok $((n + 1)) - # SKIP luacheck is not installed"
fi
