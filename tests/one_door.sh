#!/bin/sh
# tests/one_door.sh - there is one way to change a desk: desk_act().
#
# What writes to the store is called below the acts only, every verb has its
# row in the tables of acts and of rights, and every page that takes a post
# acts through the door. Each rule is tried on a planted violation as well.
set -u
srcdir=$(cd "${srcdir-.}" && pwd)
planted=$(mktemp -d) || exit 1
trap 'rm -rf "$planted"' EXIT

writers='store_commit|store_put_later|change_create|record_put|record_remove'
writers="$writers|ticket_put|change_put|change_delete|change_add"

# Files outside the floors that may, which call a function that writes.
check_floors() {
	find core plugins -name '*.c' -print | LC_ALL=C sort |
		grep -Ev '^core/(store|model|desk)/' |
		xargs grep -nE "(^|[^a-z_])($writers)[a-z_]*\(" /dev/null
}

# Within desk/, commits are the act's and the upkeep's.
check_commits() {
	grep -nE '(^|[^a-z_])store_commit\(' core/desk/*.c |
		grep -Ev '^core/desk/(act|care|trim)\.c:'
}

# Verbs of act.h without a row in <file>.
check_rows() {
	sed -n 's/^\t\(VERB_[A-Z_]*\),.*/\1/p' core/desk/act.h |
		grep -v VERB__COUNT | while read -r verb; do
		grep -q "\[$verb\]" "$1" || echo "$verb"
	done
}

# Verbs that nobody can reach: neither pages, command line and servers nor
# what the desk does by itself.
check_entrances() {
	sed -n 's/^\t\(VERB_[A-Z_]*\),.*/\1/p' core/desk/act.h |
		grep -v VERB__COUNT | while read -r verb; do
		find core -name '*.c' -print |
			grep -Ev '^core/desk/(act|act_[a-z_]*|may)\.c$' |
			xargs grep -qE "$verb([^A-Z_]|\$)" /dev/null ||
			echo "$verb"
	done
}

# Pages with a route that changes something, which never come to the door;
# script_save() leads there; replays act on a site of their own.
check_pages() {
	grep -lE 'ROUTE_(POST|PUT|PATCH|DELETE)' core/pages/*.c |
		while read -r file; do
		grep -qE 'desk_act\(|_act\(|act_[a-z]+\(|route_run\(|script_save\(|replay_(begin|short)\(' "$file" ||
			echo "$file"
	done
}

n=0
failed=0

# report NAME TEXT: ok if TEXT is empty
report() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		printf '%s\n' "$2" | sed 's/^/# /'
		echo "not ok $n - $1"
		failed=1
	fi
}

# expect NAME TEXT: ok if TEXT is not empty
expect() {
	n=$((n + 1))
	if [ -n "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
	fi
}

cd "$srcdir" || exit 1
report 'only desk, model and store write' "$(check_floors)"
report 'only acts and upkeep commit' "$(check_commits)"
report 'every verb is an act' "$(check_rows core/desk/act.c)"
report 'every verb has its right' "$(check_rows core/desk/may.c)"
report 'every page that takes a post acts' "$(check_pages)"
report 'every verb has an entrance' "$(check_entrances)"

mkdir -p "$planted/core/pages" "$planted/core/desk" "$planted/plugins"
cd "$planted" || exit 1
printf '\tVERB_A,\n\tVERB_B, /* x */\n\tVERB__COUNT\n' >core/desk/act.h
printf '[VERB_A] = 1,\n' >core/desk/act.c
printf '\terr = store_commit(store, change, NULL);\n' >core/desk/odd.c
printf '\terr = record_put(change, arena, NULL, &r);\n' >core/pages/odd.c
printf '{ ROUTE_POST, "/x", 0, post, false },\n' >core/pages/post.c
expect 'a page that writes is found' "$(check_floors)"
expect 'a commit elsewhere is found' "$(check_commits)"
expect 'a verb without a row is found' "$(check_rows core/desk/act.c)"
expect 'a post that does not act is found' "$(check_pages)"
expect 'a verb without an entrance is found' "$(check_entrances)"

echo "1..$n"
exit $failed
