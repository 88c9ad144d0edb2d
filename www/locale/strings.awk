# strings.awk - the texts of www/js out of a .po file, as JSON for strings.js:
# {"Saved": "Gespeichert", "{n} file": ["{n} Datei", "{n} Dateien"]}.
#
#	msggrep --location='www/js/*' de.po |
#	    msgattrib --translated --no-fuzzy --no-wrap |
#	    awk -f strings.awk >www/js/strings/de.json
#
# A .po string is a JSON string: the same quotes, the same escapes.

function text(line)
{
	return substr(line, index(line, "\""))
}

# A string with line breaks goes on in lines of their own.
function more(sofar, line)
{
	return substr(sofar, 1, length(sofar) - 1) substr(line, 2)
}

function put()
{
	if (id != "" && id != "\"\"")
		printf "%s\n\t%s: %s", n++ ? "," : "", id,
		    is_plural ? "[" forms "]" : forms
	id = forms = ""
	is_plural = 0
}

BEGIN { printf "{" }
/^$/ { put() }
/^msgid / { id = text($0); last = "id" }
/^msgid_plural / { is_plural = 1; last = "" }
/^msgstr/ { forms = forms (forms == "" ? "" : ", ") text($0); last = "forms" }
/^"/ && last == "id" { id = more(id, $0) }
/^"/ && last == "forms" { forms = more(forms, $0) }
END { put(); print "\n}" }
