# core/lua/fold.awk - makes fold.def from Unicode's CaseFolding.txt:
#
#	awk -f core/lua/fold.awk /usr/share/unicode/CaseFolding.txt \
#	    >core/lua/fold.def
#
# Characters that fold by the same distance, one after the other or every
# second one, become one line FOLD(first, last, step, distance); those that
# fold to several characters EXPAND(character, a, b, c).

function hex(text,    n, i) {
	n = 0
	for (i = 1; i <= length(text); i++)
		n = n * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
	return n
}

function flush() {
	if (count > 0)
		printf "FOLD(0x%04X, 0x%04X, %d, %d)\n", first, last,
		    (count > 1 ? step : 1), distance
	count = 0
}

BEGIN {
	FS = "; *"
	print "/* core/lua/fold.def - case folding; made by fold.awk. */"
}

FNR == 1 { printf "/* %s */\n", substr($0, 3) }

$2 == "C" {
	c = hex($1)
	d = hex($3) - c
	if (count == 1 && d == distance && c - last <= 2)
		step = c - last
	else if (count == 0 || d != distance || c - last != step) {
		flush()
		first = c
		distance = d
	}
	last = c
	count++
}

$2 == "F" {
	n = split($3, to, " ")
	expand[++expands] = sprintf("EXPAND(0x%s, 0x%s, 0x%s, 0x%s)", $1,
	    to[1], to[2], (n > 2 ? to[3] : "0000"))
}

END {
	flush()
	for (i = 1; i <= expands; i++)
		print expand[i]
}
