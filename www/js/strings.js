/* strings.js - texts in the page's language: tr and trn.
 *
 * The English text is the key. The other languages come as one JSON object of
 * text to translation (or list of plural forms): js/strings/LANG.json, made of
 * the same .po file as all else by locale/strings.awk; without it texts stay
 * English.
 */

function fill(text, values) {
	return text.replace(/\{(\w+)\}/g, (all, name) =>
		values && name in values ? String(values[name]) : all);
}

/* Which form a number takes; languages that differ from English by more than
 * having one form for all numbers say so themselves through Intl. */
function formOf(lang, n, count) {
	if (count <= 1) {
		return 0;
	}
	return new Intl.PluralRules(lang).select(n) === "one" ? 0 : count - 1;
}

export async function strings(lang, version) {
	let known = {};
	if (lang && lang !== "en") {
		try {
			const file = `strings/${lang}.json${version}`;
			const answer = await fetch(new URL(file, import.meta.url));
			if (answer.ok) {
				known = await answer.json();
			}
		} catch {
			/* Not reachable now: English is better than nothing. */
		}
	}
	return {
		lang,
		tr: (text, values) => fill(known[text] || text, values),
		trn(one, many, n) {
			const forms = [].concat(known[one] || [one, many]);
			return fill(forms[formOf(lang, n, forms.length)], { n });
		},
	};
}
