# templates.awk - the texts of Mustache templates as a .po file: what stands in
# {{_ Text }}, {{_n count | one | many }} and {{_c context | Text }}.
#
#	awk -f templates.awk www/templates/agent/inbox.html ...

# White space as core/web/template.h has it: none at the ends, one space within.
function tidy(text)
{
	gsub(/[ \t\r\n]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	return text
}

function quote(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

function put(kind, body, where, part)
{
	printf "\n#: %s\n", where
	split(body, part, "|")
	if (kind == "c")
		printf "msgctxt %s\nmsgid %s\nmsgstr \"\"\n",
		    quote(tidy(part[1])), quote(tidy(part[2]))
	else if (kind == "n")
		printf "msgid %s\nmsgid_plural %s\nmsgstr[0] \"\"\nmsgstr[1] \"\"\n",
		    quote(tidy(part[2])), quote(tidy(part[3]))
	else
		printf "msgid %s\nmsgstr \"\"\n", quote(tidy(body))
}

# One tag, without its braces.
function tag(body, where)
{
	if (body ~ /^_[ \t\n]/)
		put("", substr(body, 3), where)
	else if (body ~ /^_[nc][ \t\n]/)
		put(substr(body, 2, 1), substr(body, 4), where)
}

BEGIN {
	print "msgid \"\"\nmsgstr \"\""
	print "\"Content-Type: text/plain; charset=UTF-8\\n\""
}

FNR == 1 { is_open = 0 }

# A tag may go on over several lines.
{
	rest = $0
	while (1) {
		if (!is_open) {
			at = index(rest, "{{")
			if (at == 0)
				break
			rest = substr(rest, at + 2)
			body = ""
			where = FILENAME ":" FNR
			is_open = 1
		}
		at = index(rest, "}}")
		if (at == 0) {
			body = body rest "\n"
			break
		}
		tag(body substr(rest, 1, at - 1), where)
		rest = substr(rest, at + 2)
		is_open = 0
	}
}
