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

set -- "$srcdir"/www/locale/*.po
echo "1..$(($# * 4 + 2))"
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
[ "$(misplaced "$tmp/planted.po" | wc -l)" -eq 1 ]
ok "a misspelt name is found"
