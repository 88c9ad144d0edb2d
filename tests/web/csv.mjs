/* tests/web/csv.mjs - reads files of comma-separated values. */

/** The rows of a CSV file, each a list of texts: RFC 4180. */
export function parseCsv(text) {
	const rows = [[""]];
	let isQuoted = false;

	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		const row = rows.at(-1);
		if (isQuoted) {
			if (c === '"' && text[i + 1] === '"')
				row[row.length - 1] += text[++i];
			else if (c === '"')
				isQuoted = false;
			else
				row[row.length - 1] += c;
		} else if (c === '"') {
			isQuoted = true;
		} else if (c === ",") {
			row.push("");
		} else if (c === "\n") {
			rows.push([""]);
		} else if (c !== "\r") {
			row[row.length - 1] += c;
		}
	}
	return rows.filter((row) => row.length > 1);
}
