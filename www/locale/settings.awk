# settings.awk - the labels and helps of settings in Lua scripts as a .po file:
# label = "Text", help = "Text".
#
#	awk -f settings.awk scripts/routing.lua ...

BEGIN {
	print "msgid \"\"\nmsgstr \"\""
	print "\"Content-Type: text/plain; charset=UTF-8\\n\""
}

{
	rest = $0
	while (match(rest, /(label|help)[ ]*=[ ]*"([^"\\]|\\.)*"/)) {
		found = substr(rest, RSTART, RLENGTH)
		printf "\n#: %s:%d\nmsgid %s\nmsgstr \"\"\n", FILENAME, FNR,
		    substr(found, index(found, "\""))
		rest = substr(rest, RSTART + RLENGTH)
	}
}
