#!/bin/sh
# update.sh - collect every marked text (core/web/translate.h says how they are
# marked) into hookdesk.pot, bring each LANG.po up to date with it, and write
# www/js/strings/LANG.json. Run by `make update-po`, from the project's root.
set -eu

dir=www/locale
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

files() {
	find "$@" | LC_ALL=C sort
}

awk -f $dir/templates.awk $(files www/templates -name '*.html') \
    >"$tmp/templates.po"
awk -f $dir/settings.awk $(files scripts -name '*.lua' ! -name '*_test.lua') \
    >"$tmp/settings.po"
xgettext --from-code=UTF-8 -o "$tmp/c.po" -L C -k -kN_ -ktr:2 \
    -ktr_context:2c,3 -ktr_plural:2,3 -kpage_tr:2 -kwhy_set:4 \
    $(files core plugins -name '*.[ch]')
xgettext --from-code=UTF-8 -o "$tmp/js.po" -L JavaScript -k -ktr -ktrn:1,2 \
    $(files www/js -name '*.js')
xgettext --from-code=UTF-8 -o "$tmp/lua.po" -L Lua -k -kdesk.tr -ktr \
    $(files scripts -name '*.lua' ! -name '*_test.lua')
for part in templates settings c js lua; do
	if [ -s "$tmp/$part.po" ]; then
		sed 's/charset=CHARSET/charset=UTF-8/' "$tmp/$part.po" |
		    msguniq --no-wrap -o "$tmp/$part.pot"
	fi
done
# Without the date: a run that finds nothing new changes nothing.
msgcat --use-first --no-wrap --sort-by-file "$tmp"/*.pot |
    sed -e 's/PACKAGE VERSION/hookdesk/' -e '1,/^msgid ""$/{/^#/d;}' -e '/^"POT-Creation-Date:/d' \
	>$dir/hookdesk.pot

for po in $dir/*.po; do
	lang=$(basename "$po" .po)
	msgmerge --quiet --update --backup=none --no-wrap --no-fuzzy-matching \
	    --sort-by-file "$po" $dir/hookdesk.pot
	msgattrib --no-obsolete --no-wrap -o "$po" "$po"
	msggrep --location='www/js/*' "$po" |
	    msgattrib --translated --no-fuzzy --no-wrap |
	    awk -f $dir/strings.awk >www/js/strings/"$lang".json
	printf '%s: ' "$lang"
	msgfmt --check --statistics -o /dev/null "$po"
done
