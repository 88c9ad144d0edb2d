# reference_md.awk - hookdesk-scripts(5) for the pages of admins:
#
#	mandoc -T markdown core/script/hookdesk-scripts.5 |
#	    awk -f tests/reference_md.awk >www/guide/reference.md
#
# Sections become "## Hooks before the commit", and paragraphs one line each,
# as a line that ends is shown as one.

function flush()
{
	if (held != "")
		print held
	held = ""
}

BEGIN { print "# Reference of the Lua API" }

/^# / {
	flush()
	title = substr($0, 3)
	is_left_out = title == "NAME" || title == "SEE ALSO"
	if (title == "DESCRIPTION")
		title = "HOW SCRIPTS RUN"
	if (!is_left_out)
		print "## " substr(title, 1, 1) tolower(substr(title, 2))
	next
}
{ gsub("&#45;", "-") }
NR == 1 || is_left_out { next }
/^## / { flush(); print substr($0, 2); next } # a heading within
/^>/ || (held == "" && /^[`{]/) { flush(); was_empty = 0; print; next }
/^$/ { flush(); if (!was_empty) print; was_empty = 1; next }
{ held = held (held == "" ? "" : " ") $0 }
{ was_empty = 0 }
END { flush() }
