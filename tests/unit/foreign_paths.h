/* tests/unit/foreign_paths.h - the routes' patterns filled in with what is
 * hidden, with what is not there, and with what everybody may see. For
 * test_foreign.c, which has furnished the desk. */
#ifndef HOOKDESK_TESTS_FOREIGN_PATHS_H
#define HOOKDESK_TESTS_FOREIGN_PATHS_H

/* What stands for a {parameter}: of what is hidden, of what does not exist. */
enum which { OF_HIDDEN, OF_NONE, OF_COMMON };

#define IDS_MAX 40

struct filling {
	enum which which;
	const char *kind; /* for {kind} */
	const char *id;   /* for {id} beside {kind} */
};

static const char *
fill_number(enum which which)
{
	return which == OF_NONE ?
	    "987654" :
	    text("%d",
		(int)(which == OF_HIDDEN ? hidden.ticket : common.ticket));
}

static const char *
fill_token(enum which which)
{
	char broken[TOKEN_TEXT_SIZE];

	if (which == OF_COMMON)
		return common.link;
	/* the hidden ticket's number with the MAC of another link */
	memcpy(broken, which == OF_HIDDEN ? hidden.link : common.link, 11);
	memcpy(broken + 11, common.link + 11, sizeof broken - 11);
	if (which == OF_NONE)
		memcpy(broken, "AAAAAAAAAAA", 11);
	return text("%s", broken);
}

/* The value for one {name} of a pattern; NULL when nobody has said what to
 * put there. */
static const char *
fill(const char *name, const struct filling *with, bool is_file)
{
	bool is_hidden = with->which == OF_HIDDEN;

	if (strcmp(name, "number") == 0)
		return fill_number(with->which);
	if (strcmp(name, "token") == 0)
		return fill_token(with->which);
	if (strcmp(name, "kind") == 0)
		return with->kind;
	if (strcmp(name, "id") == 0 && is_file)
		return text("%d",
		    (int)(is_hidden ? hidden.reply_file : common.reply_file));
	if (strcmp(name, "id") == 0)
		return with->id;
	if (strcmp(name, "name") == 0)
		return is_file ? "a.txt" : is_hidden ? "board" : "routing";
	if (strcmp(name, "form") == 0)
		return is_hidden ? "board" : "nonesuch";
	if (strcmp(name, "script") == 0 || strcmp(name, "rest") == 0)
		return "look";
	if (strcmp(name, "slug") == 0)
		return is_hidden ? "draft" : "nonesuch";
	return NULL;
}

/* The path of a pattern; NULL when a parameter is unknown. */
static const char *
path_of(const char *pattern, const struct filling *with)
{
	bool is_file = strstr(pattern, "/file/") != NULL;
	bool is_panel = strstr(pattern, "/panel/") != NULL;
	bool is_offer = is_panel || strstr(pattern, "/action") != NULL;
	struct buf path = buf_in(f.desk.arena);

	while (*pattern != '\0') {
		size_t len = strcspn(pattern, "{"), end;
		const char *value;

		buf_add(&path, pattern, len);
		pattern += len;
		if (*pattern == '\0')
			break;
		end = strcspn(++pattern, "}*");
		value = fill(text("%.*s", (int)end, pattern), with, is_file);
		if (is_offer &&
		    bytes_is((struct bytes){ pattern, end }, "name"))
			value = is_panel        ? "look/panel" :
			    pattern[end] == '*' ? "look/action" :
						  "action";
		if (value == NULL)
			return NULL;
		buf_text(&path, value);
		pattern += strcspn(pattern, "}") + 1;
	}
	return buf_string(&path);
}

#endif
