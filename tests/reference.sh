#!/bin/sh
# tests/reference.sh - hookdesk-scripts(5) is what the tables say, and is a
# manual page; the pages of admins have it as well.
srcdir=${srcdir:-.}
page=$srcdir/core/script/hookdesk-scripts.5
made=$(mktemp) || exit 1
trap 'rm -f "$made"' EXIT

ok() { # <what it promises>, after a command
	status=$?
	n=$((n + 1))
	[ $status -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

n=0
echo "1..4"
./tests/reference "$srcdir/scripts/desk.d.lua" >"$made" && cmp -s "$made" "$page"
ok "it is up to date: make update-reference"
for hook in $(sed -n 's/^HOOK([A-Z_]*, "\([a-z_.]*\)".*/\1/p' \
    "$srcdir/core/script/hooks.def"); do
	grep -q "^.It Li $hook\$" "$page" || exit 1
done
ok "every hook point is in it"
if command -v mandoc >/dev/null; then
	! mandoc -T lint -W warning "$page" 2>&1 | grep .
	ok "mandoc finds nothing wrong"
	mandoc -T markdown "$page" | awk -f "$srcdir/tests/reference_md.awk" |
		cmp -s - "$srcdir/www/guide/reference.md"
	ok "the page of admins says the same: make update-reference"
else
	echo "ok 3 - # SKIP mandoc is not installed"
	echo "ok 4 - # SKIP mandoc is not installed"
fi
