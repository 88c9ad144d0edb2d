#!/bin/sh
# tests/locale.sh - each language says everything, with the same placeholders,
# and the pages' scripts have the same words as the pages.
#
# Each rule is tried on a planted violation as well.
set -u
srcdir=$(cd "${srcdir-.}" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

ok() { # <what it promises>, after a command
	status=$?
	n=$((n + 1))
	[ $status -eq 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

# What is missing or doubtful in the file <1>.
unfinished() {
	{
		msgattrib --untranslated "$1"
		msgattrib --only-fuzzy "$1"
	} | grep '^msgid "..*"'
}

# Texts of <1> whose translation has other {names} than they have. The plural's
# first form may leave out the number.
misplaced() {
	msgattrib --translated --no-fuzzy --no-wrap "$1" | awk '
	function names(text, found)
	{
		found = " "
		while (match(text, /\{[a-z_.]+\}/)) {
			name = substr(text, RSTART, RLENGTH)
			if (!index(found, " " name " "))
				found = found name " "
			text = substr(text, RSTART + RLENGTH)
		}
		return found
	}
	function within(a, b, part, i, count)
	{
		count = split(a, part, " ")
		for (i = 1; i <= count; i++)
			if (!index(b, " " part[i] " "))
				return 0
		return 1
	}
	/^msgid / { id = names($0); text = $0; is_plural = 0 }
	/^msgid_plural / { id = names($0); is_plural = 1 }
	/^msgstr/ {
		if (!within(names($0), id) ||
		    !is_plural && !within(id, names($0)))
			print text
	}'
}

scripts_words() {
	msggrep --location='www/js/*' "$1" |
	    msgattrib --translated --no-fuzzy --no-wrap |
	    awk -f "$srcdir/www/locale/strings.awk"
}

none() { # the command finds nothing, and says what it found if it does
	found=$("$@")
	[ -z "$found" ] || {
		echo "$found" | sed 's/^/# /'
		false
	}
}

# The texts of a .pot file, without the places where they stand.
texts() {
	msgcat --no-location --no-wrap --sort-output "$1"
}

# Texts that are marked in <1>, a tree of sources, but not in its .pot file.
uncollected() {
	mkdir "$tmp/tree" && (cd "$1" && tar cf - \
		core plugins scripts www) | (cd "$tmp/tree" && tar xf -)
	chmod -R u+w "$tmp/tree"
	texts "$tmp/tree/www/locale/hookdesk.pot" >"$tmp/before"
	(cd "$tmp/tree" && sh www/locale/update.sh) >/dev/null 2>&1
	texts "$tmp/tree/www/locale/hookdesk.pot" >"$tmp/after"
	rm -rf "$tmp/tree"
	diff "$tmp/before" "$tmp/after" | grep '^[<>] msgid'
}

set -- "$srcdir"/www/locale/*.po
echo "1..$(($# * 4 + 4))"
none uncollected "$srcdir"
ok "make update-po has nothing new to collect"
for po; do
	lang=$(basename "$po" .po)
	msgfmt --check-format --check-header -o "$tmp/mo" "$po" 2>"$tmp/why"
	ok "$lang: msgfmt takes it"
	none unfinished "$po"
	ok "$lang: nothing is missing or doubtful"
	none misplaced "$po"
	ok "$lang: each translation has the names of its text"
	scripts_words "$po" | cmp -s - "$srcdir/www/js/strings/$lang.json"
	ok "$lang: www/js/strings/$lang.json is what the .po file says"
done

cat >"$tmp/planted.po" <<'PO'
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\n"

msgid "A text without a translation"
msgstr ""

msgid "Hello {name}"
msgstr "Hallo {names}"
PO
[ "$(unfinished "$tmp/planted.po" | wc -l)" -eq 1 ]
ok "a missing translation is found"
mkdir "$tmp/planted"
for dir in core plugins scripts www; do
	cp -R "$srcdir/$dir" "$tmp/planted"
done
chmod -R u+w "$tmp/planted"
echo 'const char *x = N_("Nobody has collected this.");' \
	>>"$tmp/planted/core/web/translate.c"
uncollected "$tmp/planted" | grep -q "Nobody has collected this."
ok "a text that was not collected is found"
[ "$(misplaced "$tmp/planted.po" | wc -l)" -eq 1 ]
ok "a misspelt name is found"
