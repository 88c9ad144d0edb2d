#!/bin/sh
# tests/guide.sh - every Lua block of the scripting guide loads, and does what
# the test block behind it says. A block is "```lua", its test "```lua test";
# settings of a test are those of "recipe".
srcdir=$(cd "${srcdir-.}" && pwd)
hookdesk=${HOOKDESK:-./hookdesk}
guide=$srcdir/www/guide/scripts.md
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

awk -v dir="$tmp" '
/^## / { title = substr($0, 4) }
/^```lua$/ {
	n++
	folder = sprintf("%s/%02d", dir, n)
	system("mkdir " folder)
	print title >(folder "/title")
	file = folder "/recipe.lua"
	next
}
/^```lua test$/ { file = sprintf("%s/%02d/recipe_test.lua", dir, n); next }
/^```/ { file = ""; next }
file != "" { print >file }' "$guide"

set -- "$tmp"/*/
echo "1..$(($# + 1))"
n=0
for folder; do
	n=$((n + 1))
	if [ ! -f "$folder/recipe_test.lua" ]; then
		echo 'it("loads", function() desk.test.world {} end)' \
			>"$folder/recipe_test.lua"
	fi
	if told=$("$hookdesk" test "$folder/recipe.lua" 2>&1); then
		echo "ok $n - $(cat "$folder/title")"
	else
		echo "$told" | sed 's/^/# /'
		echo "not ok $n - $(cat "$folder/title")"
	fi
done
if command -v luacheck >/dev/null; then
	if told=$(luacheck --no-color --quiet --codes \
		--config "$srcdir/scripts/.luacheckrc" "$tmp"/*/recipe.lua); then
		echo "ok $((n + 1)) - luacheck finds nothing wrong"
	else
		echo "$told" | sed 's/^/# /'
		echo "not ok $((n + 1)) - luacheck finds nothing wrong"
	fi
else
	echo "ok $((n + 1)) - # SKIP luacheck is not installed"
fi
