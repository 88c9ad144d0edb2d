/* core/web/template_compile.c - a template's tags into operations.
 *
 * What a block says loses its own indentation here and gets that of the place
 * where it is put, as the specification of inheritance wants it; only in
 * literal sets, see template_options.
 */
#include "config.h"
#include "core/web/template_scan.h"

#include <stdio.h>

/* The operation of <tag>, with the text that was read since the last one. */
static struct op *
add_op(struct compiler *c, enum op_code code, const struct tag *tag)
{
	struct template_set *set = c->set;
	struct op *op;

	if (!template_grow(
		set, &set->ops, set->op_count, &set->op_cap, sizeof *set->ops))
		return NULL;
	op = &set->ops[set->op_count++];
	*op = (struct op){ .code = (uint8_t)code,
		.template = (uint16_t)(c->template - set->templates),
		.line = tag->line,
		.text = (uint32_t)c->text,
		.text_len = (uint32_t)(set->text.len - c->text),
		.end = (uint32_t)set->op_count };
	c->text = set->text.len;
	return op;
}

/* The text before <tag>, less the indentation that block bodies lose. */
static enum err
add_text(struct compiler *c, const struct tag *tag)
{
	struct buf *text = &c->set->text;
	size_t from = tag->text_begin;

	while (from < tag->text_end) {
		const char *line = c->source.at + from;
		const char *end = memchr(line, '\n', tag->text_end - from);
		size_t len = end != NULL ? (size_t)(end - line) + 1 :
					   tag->text_end - from;
		size_t skip = 0;

		if (from == 0 || line[-1] == '\n')
			while (skip < c->dedent && skip < len &&
			    is_blank(line[skip]))
				skip++;
		buf_add(text, line + skip, len - skip);
		from += len;
	}
	return text->failed ? ERR_NOMEM : ERR_OK;
}

/* What stands before the end of a body. */
static enum err
end_text(struct compiler *c, const struct tag *tag)
{
	if (c->text == c->set->text.len)
		return ERR_OK;
	return add_op(c, OP_TEXT, tag) != NULL ? ERR_OK : ERR_NOMEM;
}

static void
set_indent(struct compiler *c, struct op *op, const char *at, size_t len)
{
	op->b = (uint32_t)c->set->text.len;
	op->c = (uint32_t)len;
	buf_add(&c->set->text, at, len);
	c->text = c->set->text.len;
}

static enum err compile_body(
    struct compiler *c, const struct tag *opened, bool is_parent);

/* The operations behind ops[at], up to the tag that closes <tag>. */
static enum err
compile_inside(struct compiler *c, size_t at, const struct tag *tag)
{
	enum err err;

	if (++c->depth > TEMPLATE_DEPTH_MAX)
		return template_fail(
		    c, N_("{name}: too many open sections"), tag->line);
	err = compile_body(c, tag, c->set->ops[at].code == OP_PARENT);
	c->depth--;
	c->set->ops[at].end = (uint32_t)c->set->op_count;
	return err;
}

static bool
is_same_path(const struct template_set *set, uint32_t a, uint32_t b)
{
	const struct path *one = &set->paths[a], *other = &set->paths[b];

	return one->count == other->count &&
	    (one->count == 0 ||
		memcmp(set->path_names + one->first,
		    set->path_names + other->first,
		    one->count * sizeof *set->path_names) == 0);
}

/* {{#x}}...{{/x}}{{^x}}...{{/x}}, with nothing between: x is asked once. */
static void
join_else(struct compiler *c, size_t at)
{
	struct op *ops = c->set->ops, *before = &ops[c->section];

	if (c->section < at && before->code == OP_SECTION &&
	    before->end == at && ops[at].text_len == 0 &&
	    before->template == ops[at].template &&
	    is_same_path(c->set, before->a, ops[at].a))
		before->has_else = true;
}

static enum err
compile_path(struct compiler *c, const struct tag *tag, enum op_code code)
{
	bool is_bad = false;
	uint32_t path = template_path(c->set, tag->name, &is_bad);
	size_t at = c->set->op_count;
	struct op *op;
	enum err err;

	if (is_bad)
		return template_fail(
		    c, N_("{name}: a name in a tag is misspelt"), tag->line);
	op = path != UINT32_MAX ? add_op(c, code, tag) : NULL;
	if (op == NULL)
		return ERR_NOMEM;
	op->a = path;
	if (code == OP_VALUE || code == OP_RAW)
		return ERR_OK;
	if (code == OP_INVERTED)
		join_else(c, at);
	err = compile_inside(c, at, tag);
	c->section = at;
	return err;
}

/* {{>name}} and {{<name}}. */
static enum err
compile_partial(struct compiler *c, const struct tag *tag, enum op_code code)
{
	const struct template *found = template_find(
	    c->set, tag->name.at, tag->name.len);
	size_t at = c->set->op_count;
	struct op *op;

	if (found == NULL && !c->set->is_literal)
		return template_fail(c,
		    N_("{name}: there is no template of this name"), tag->line);
	op = add_op(c, code, tag);
	if (op == NULL)
		return ERR_NOMEM;
	op->a = found != NULL ? (uint32_t)(found - c->set->templates) :
				UINT32_MAX;
	if (c->set->is_literal && tag->is_standalone && tag->is_first &&
	    tag->indent > c->dedent)
		set_indent(c, op, c->source.at + tag->begin - tag->indent,
		    tag->indent - c->dedent);
	if (code == OP_PARENT)
		return compile_inside(c, at, tag);
	return ERR_OK;
}

/* The indentation of what a standalone block says: that of its first line,
 * or the tag's own when it says nothing. */
static size_t
body_indent(const struct compiler *c, const struct tag *tag)
{
	const struct tag *next = tag + 1;
	size_t at = tag->end, indent;

	while (at < c->source.len && c->source.at[at++] != '\n')
		;
	for (indent = 0;
	     at + indent < c->source.len && is_blank(c->source.at[at + indent]);
	     indent++)
		;
	if (next->kind == '/' && next->begin <= at + indent)
		return tag->indent;
	return indent;
}

static enum err
compile_block(struct compiler *c, const struct tag *tag)
{
	uint32_t name = template_name(c->set, tag->name);
	size_t at = c->set->op_count, dedent = c->dedent, indent = 0;
	struct op *op = name != UINT32_MAX ? add_op(c, OP_BLOCK, tag) : NULL;
	enum err err;

	if (op == NULL)
		return ERR_NOMEM;
	op->a = name;
	if (c->set->is_literal && tag->is_standalone) {
		const char *line = tag->end < c->source.len ?
		    memchr(c->source.at + tag->end, '\n',
			c->source.len - tag->end) :
		    NULL;

		indent = body_indent(c, tag);
		op->is_block_indented = true;
		if (indent > dedent && line != NULL && indent != tag->indent)
			set_indent(c, op, line + 1, indent - dedent);
		else if (indent > dedent)
			set_indent(c, op,
			    c->source.at + tag->begin - tag->indent,
			    indent - dedent);
		c->dedent = indent;
	} else if (c->set->is_literal && tag->is_first &&
	    tag->indent > dedent) {
		set_indent(c, op, c->source.at + tag->begin - tag->indent,
		    tag->indent - dedent);
	}
	err = compile_inside(c, at, tag);
	c->dedent = dedent;
	return err;
}

static enum err
compile_words(struct compiler *c, const struct tag *tag)
{
	const char *problem = NULL;
	uint32_t words = 0;
	struct op *op;
	enum err err = template_words_add(
	    c->set, tag->kind, tag->name, &problem, &words);

	if (err == ERR_INVALID)
		return template_fail(c, problem, tag->line);
	if (err != ERR_OK)
		return err;
	op = add_op(c, tag->kind == 'n' ? OP_PLURAL : OP_WORDS, tag);
	if (op == NULL)
		return ERR_NOMEM;
	op->a = words;
	return ERR_OK;
}

static enum err
compile_tag(struct compiler *c, const struct tag *tag)
{
	switch (tag->kind) {
	case 'v': return compile_path(c, tag, OP_VALUE);
	case '{':
	case '&': return compile_path(c, tag, OP_RAW);
	case '#': return compile_path(c, tag, OP_SECTION);
	case '^': return compile_path(c, tag, OP_INVERTED);
	case '>': return compile_partial(c, tag, OP_PARTIAL);
	case '<': return compile_partial(c, tag, OP_PARENT);
	case '$': return compile_block(c, tag);
	case '_':
	case 'n':
	case 'c': return compile_words(c, tag);
	default: return ERR_OK; /* comments and delimiters */
	}
}

/* Everything up to the tag that closes <opened>, or to the end. In a parent
 * only blocks count; text between them is dropped. */
static enum err
compile_body(struct compiler *c, const struct tag *opened, bool is_parent)
{
	enum err err;

	for (;;) {
		const struct tag *tag = &c->tags[c->next++];

		err = is_parent ? ERR_OK : add_text(c, tag);
		if (err != ERR_OK)
			return err;
		if (tag->kind == 0) {
			if (opened == NULL)
				return end_text(c, tag);
			return template_fail(c,
			    N_("{name}: this section is not closed"),
			    opened->line);
		}
		if (tag->kind == '/') {
			if (opened != NULL &&
			    bytes_equal(opened->name, tag->name))
				return end_text(c, tag);
			return template_fail(c,
			    N_("{name}: this closes what was not opened last"),
			    tag->line);
		}
		if (is_parent && strchr("$!=", tag->kind) == NULL)
			return template_fail(c,
			    N_("{name}: only blocks may stand here"),
			    tag->line);
		err = compile_tag(c, tag);
		if (err != ERR_OK)
			return err;
	}
}

enum err
template_compile(struct template_set *set, size_t index, struct why *why)
{
	struct compiler c = { .set = set,
		.text = set->text.len,
		.template = &set->templates[index],
		.why = why,
		.source = set->templates[index].source };
	enum err err;

	if (c.source.at == NULL)
		c.source.at = "";
	err = template_scan(&c);
	if (err != ERR_OK)
		return err;
	c.template->begin = (uint32_t)set->op_count;
	err = compile_body(&c, NULL, false);
	c.template->end = (uint32_t)set->op_count;
	return err;
}
