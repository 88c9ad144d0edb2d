#!/bin/sh
# tests/layers.sh - the plan of the house, checked.
#
# A file includes only from its own floor and below, a library is known in one
# room only, and no file grows past 800 lines. Each rule is tried on a planted
# violation as well, so that none of them passes because it looks at nothing.
set -u
srcdir=$(cd "${srcdir-.}" && pwd)
planted=$(mktemp -d) || exit 1
trap 'rm -rf "$planted"' EXIT

# From the ground up; core/*.c stands on top, core/plugin.h is for everyone.
floors='base store model script desk web pages cli main'

# What the script host shares with the server, and nothing else.
lua_shares='core/base/(err|arena|bytes|json|json_write|suggest|utf8|clock|cron|duration|http)\.h
core/script/[a-z_]*\.(h|def)'

# header as in #include, the only path it may stand in (a regular expression)
rooms='fcg.*\.h                 core/web/fcgi\.c
lmdb\.h                  core/store/lmdb[a-z_]*\.c
(lua|lauxlib|lualib)\.h  core/lua/
cjson/cJSON\.h           core/base/json\.c
sodium(/.*)?\.h          core/base/secret\.c
unicode/.*               core/base/text[a-z0-9_]*\.c
libxml/.*                core/web/html[a-z_]*\.c
md4c.*\.h                core/web/markdown[a-z_]*\.c
glib(/.*)?\.h            core/base/zone\.c
gmime/.*                 plugins/mail/
curl/.*                  plugins/(http|mail)/
libpq-fe\.h              plugins/postgres/
seccomp\.h               core/lua/
libintl\.h               core/web/translate\.c'

# Libraries whose room is not decided by name: one file, whichever.
single='libstemmer\.h magic\.h ini\.h'

sources() {
	find core plugins \( -name '*.c' -o -name '*.h' -o -name '*.def' \) \
		-print 2>/dev/null | LC_ALL=C sort
}

# "FILE HEADER" for each include of the tree in the current folder.
includes() {
	sources | xargs awk '
		match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*[>"]/) {
			header = $0
			sub(/^[^<"]*[<"]/, "", header)
			sub(/[>"].*/, "", header)
			print FILENAME, header
		}' /dev/null
}

check_floors() {
	includes | awk -v floors="$floors" -v shares="$lua_shares" '
		BEGIN {
			n = split(floors, names, " ")
			for (i = 1; i <= n; i++)
				height[names[i]] = i
			gsub("\n", "|", shares)
			shares = "^(" shares ")$"
		}
		function floor_of(path,  part) {
			split(path, part, "/")
			if (path ~ /^core\/[^\/]*$/)
				return path ~ /^core\/plugin\.c$/ ? "web" : \
				    "main"
			return part[2]
		}
		$2 !~ /^(core|plugins)\// { next }
		$2 == "core/plugin.h" { next }
		$1 == "core/plugin.h" { print; next }
		$1 ~ /^plugins\// {
			split($1, mine, "/")
			if (index($2, "plugins/" mine[2] "/") != 1)
				print
			next
		}
		$2 ~ /^plugins\// { print; next }
		$2 ~ /^core\/plugin[a-z_]*\.h$/ { next }
		$1 ~ /^core\/lua\// {
			if ($2 !~ /^core\/lua\// && $2 !~ shares)
				print
			next
		}
		$2 ~ /^core\/lua\// { print; next }
		{
			from = floor_of($1)
			to = floor_of($2)
			if (!(from in height) || !(to in height) ||
			    height[to] > height[from])
				print
		}'
}

check_rooms() {
	includes >"$planted/includes"
	printf '%s\n' "$rooms" | while read -r header room; do
		awk -v header="^($header)\$" -v room="^$room" \
			'$2 ~ header && $1 !~ room' "$planted/includes"
	done
	for header in $single; do
		awk -v header="^($header)\$" '
			$2 ~ header && !($1 in seen) {
				seen[$1] = 1
				if (++files > 1)
					print
			}' "$planted/includes"
	done
}

check_lengths() {
	find core plugins scripts www tests \
		\( -name node_modules -o -name .libs \) -prune -o \
		\( -name '*.[ch]' -o -name '*.def' -o -name '*.lua' \
		-o -name '*.js' -o -name '*.mjs' -o -name '*.css' \
		-o -name '*.html' -o -name '*.sh' \) -type f -print \
		2>/dev/null | LC_ALL=C sort |
		xargs awk '
			FNR == 801 { print FILENAME ": over 800 lines" }
		' /dev/null
}

tests=0
failed=0

result() {
	tests=$((tests + 1))
	if [ "$1" = ok ]; then
		printf 'ok %d - %s\n' $tests "$2"
	else
		failed=1
		printf 'not ok %d - %s\n' $tests "$2"
	fi
}

# holds <check> <what>: it finds nothing in the tree.
holds() {
	found=$(cd "$srcdir" && "$1")
	[ -z "$found" ] || printf '%s\n' "$found" | sed 's/^/# /'
	[ -z "$found" ] && result ok "$2" || result bad "$2"
}

# plant <check> <file> <text>: what <check> says of a tree with this file.
plant() {
	mkdir -p "$planted/tree/$(dirname "$2")"
	printf '%s\n' "$3" >"$planted/tree/$2"
	(cd "$planted/tree" && "$1")
	rm -rf "$planted/tree"
}

# finds <check> <file> <text> [<what it is>]: <text> may not stand there.
finds() {
	case $(plant "$1" "$2" "$3") in
	*"$2"*) result ok "sees ${4-$3} in $2" ;;
	*) result bad "sees ${4-$3} in $2" ;;
	esac
}

# allows <check> <file> <text> [<what it is>]: <text> may stand there.
allows() {
	[ -z "$(plant "$1" "$2" "$3")" ] && result ok "allows ${4-$3} in $2" ||
		result bad "allows ${4-$3} in $2"
}

holds check_floors 'every include is of its own floor or of one below'
holds check_rooms 'every library is known in its one room'
holds check_lengths 'no file is over 800 lines'

finds check_floors core/base/x.c '#include "core/store/engine.h"'
finds check_floors core/store/x.h '# include "core/model/ticket.h"'
finds check_floors core/web/x.c '#include "core/pages/page.h"'
finds check_floors core/attic/x.c '#include "core/base/err.h"'
finds check_floors core/lua/x.c '#include "core/desk/act.h"'
finds check_floors core/desk/x.c '#include "core/lua/host.h"'
finds check_floors core/plugin.h '#include "core/base/err.h"'
finds check_floors plugins/mail/x.c '#include "core/model/ticket.h"'
finds check_floors plugins/mail/x.c '#include "plugins/postgres/x.h"'
allows check_floors core/pages/x.c '#include "core/base/err.h"'
allows check_floors core/lua/x.c '#include "core/script/wire.h"'
allows check_floors core/main.c '#include "core/cli/verb.h"'
allows check_floors plugins/mail/x.c '#include "core/plugin.h"'
finds check_rooms core/web/request.c '#include <fcgiapp.h>'
finds check_rooms core/model/x.c '#include <unicode/ubrk.h>'
finds check_rooms core/script/x.c '#include <lua.h>'
allows check_rooms core/lua/x.c '#include <lauxlib.h>'
allows check_rooms core/web/fcgi.c '#include <fcgiapp.h>'
mkdir -p "$planted/tree/core/web"
echo '#include <magic.h>' >"$planted/tree/core/web/a.c"
finds check_rooms core/web/b.c '#include <magic.h>'
finds check_lengths core/base/x.c "$(yes 'int x;' | head -n 801)" '801 lines'
allows check_lengths core/base/x.c "$(yes 'int x;' | head -n 800)" '800 lines'
echo "1..$tests"
exit $failed
