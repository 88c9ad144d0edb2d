/* core/web/template_render.c - runs the operations over a page's structs. */
#include "config.h"
#include "core/web/template_private.h"

#include <stdio.h>

/* An open section's struct, in which names are looked up. */
struct frame {
	struct value value; /* what {{.}} is */
	const void *self;
	const struct view_type *type; /* NULL: a plain value, without names */
	const uint8_t *fields;
};

/* A parent that is being rendered, with the blocks that its heir gives. */
struct heir {
	const struct heir *outer;
	const struct op *parent;
};

struct render {
	struct template_set *set;
	struct view *view;
	struct buf *out;
	size_t out_max;
	enum err err;
	unsigned nesting, depth; /* bodies being run; frames */
	const struct heir *heirs;
	struct buf indent; /* literal sets only */
	bool is_line_start;
	struct frame frames[TEMPLATE_DEPTH_MAX + 4]; /* [0] has no names */
};

static void run(struct render *r, uint32_t at, uint32_t end);

/* ---- members ---- */

/* What an item of a list, or an object, is by itself. */
static inline void
value_of(const struct view_type *type, const void *self, struct view *view,
    struct value *out)
{
	if (type->self != NULL && self != NULL)
		type->self(self, view, out);
	else
		value_object(out, type, self);
}

/* What <self>'s field holds. */
static inline void
read_field(const struct view_field *field, const void *self, struct view *view,
    struct value *out)
{
	const void *at = (const char *)self + field->offset;

	switch (field->how) {
	case VIEW_TEXT: value_text(out, *(const struct bytes *)at); break;
	case VIEW_CSTR:
		value_text(out, bytes_of(*(const char *const *)at));
		break;
	case VIEW_INT: value_int(out, *(const int64_t *)at); break;
	case VIEW_UINT32: value_int(out, *(const uint32_t *)at); break;
	case VIEW_BOOL: value_bool(out, *(const bool *)at); break;
	case VIEW_TIME: value_time(out, *(const int64_t *)at); break;
	case VIEW_HTML: value_html(out, *(const struct bytes *)at); break;
	case VIEW_OBJECT:
		value_of(field->type, *(const void *const *)at, view, out);
		break;
	case VIEW_INSIDE: value_of(field->type, at, view, out); break;
	case VIEW_LIST:
		value_list(out, field->type, *(const struct view_list *)at);
		break;
	default: field->get(self, view, out); break;
	}
}

static inline const void *
list_item(const struct view_list *list, size_t i)
{
	const char *at = (const char *)list->items + i * list->stride;

	return list->is_pointers ? *(const void *const *)(const void *)at : at;
}

static inline bool
is_true(const struct value *value)
{
	switch (value->kind) {
	case VALUE_TEXT:
	case VALUE_HTML: return value->text.len > 0;
	case VALUE_INT:
	case VALUE_BOOL:
	case VALUE_TIME:
	case VALUE_TIME_NAMED: return value->n != 0;
	case VALUE_OBJECT: return true;
	case VALUE_LIST: return value->list.count > 0;
	default: return false;
	}
}

/* ---- names ---- */

static bool
push(struct render *r, const struct view_type *type, const void *self)
{
	struct frame *frame = &r->frames[r->depth];

	if (r->depth + 1 >= sizeof r->frames / sizeof *r->frames) {
		r->err = ERR_LIMIT;
		return false;
	}
	frame->value.kind = VALUE_NONE;
	frame->self = self;
	frame->type = type;
	frame->fields = template_type_fields(r->set, type);
	if (frame->fields == NULL) {
		r->err = ERR_NOMEM;
		return false;
	}
	value_of(type, self, r->view, &frame->value);
	r->depth++;
	return true;
}

static bool
push_value(struct render *r, const struct value *value)
{
	if (r->depth + 1 >= sizeof r->frames / sizeof *r->frames) {
		r->err = ERR_LIMIT;
		return false;
	}
	r->frames[r->depth].value = *value;
	r->frames[r->depth].type = NULL;
	r->depth++;
	return true;
}

static inline bool
member(struct render *r, const void *self, const struct view_type *type,
    const uint8_t *fields, uint32_t name, struct value *out)
{
	if (fields[name] != NO_FIELD) {
		read_field(&type->fields[fields[name]], self, r->view, out);
		return true;
	}
	return type->find != NULL &&
	    type->find(self, r->view, r->set->names[name], out);
}

/* A name after a dot: a member of *<out>, which it becomes. */
static bool
step(struct render *r, uint32_t name, struct value *out)
{
	enum value_kind kind = out->kind;
	const struct view_type *type = out->type;
	const void *self = out->object;
	const uint8_t *fields;

	out->kind = VALUE_NONE;
	if (kind == VALUE_TIME && name < TIME__COUNT) {
		out->kind = VALUE_TIME_NAMED;
		out->time_name = name;
		return true;
	}
	if (kind != VALUE_OBJECT)
		return false;
	fields = template_type_fields(r->set, type);
	if (fields == NULL) {
		r->err = ERR_NOMEM;
		return false;
	}
	return member(r, self, type, fields, name, out);
}

static void
tell_missing(struct render *r, const struct op *op, const struct path *path)
{
	const struct template *template = &r->set->templates[op->template];
	char where[300], name[200];
	size_t len = 0;

	if (r->view->missing == NULL)
		return;
	snprintf(where, sizeof where, "%s:%u", template->label, op->line);
	name[0] = '\0';
	for (uint32_t i = 0; i < path->count && len < sizeof name; i++) {
		struct bytes word =
		    r->set->names[r->set->path_names[path->first + i]];

		len += (size_t)snprintf(name + len, sizeof name - len, "%s%.*s",
		    i > 0 ? "." : "", BYTES_ARG(word));
	}
	r->view->missing(r->view, where, name);
}

/* The names behind the first: members of *<out>, one of another. False when
 * there is none such. */
static bool
step_along(struct render *r, const struct path *path, struct value *out)
{
	const uint32_t *names = r->set->path_names + path->first;

	for (uint32_t n = 1; n < path->count; n++) {
		/* What is not there has no members, and that is no mistake. */
		if (!is_true(out)) {
			out->kind = VALUE_NONE;
			return true;
		}
		if (!step(r, names[n], out))
			return false;
	}
	return true;
}

static void
look_up_path(struct render *r, const struct op *op, const struct path *path,
    struct value *out)
{
	const struct frame *frame = &r->frames[r->depth];
	bool is_found = false;

	if (path->count == 0) {
		*out = frame[-1].value;
		return;
	}
	while (!is_found && --frame > r->frames)
		is_found = frame->type != NULL &&
		    member(r, frame->self, frame->type, frame->fields,
			path->name, out);
	if (is_found && path->count > 1)
		is_found = step_along(r, path, out);
	if (!is_found)
		tell_missing(r, op, path);
}

/* What path <number> of <op> stands for. Most are one name, that of a field of
 * the struct opened last: these are read here. */
static inline void
look_up(
    struct render *r, const struct op *op, uint32_t number, struct value *out)
{
	const struct path *path = &r->set->paths[number];
	const struct frame *last = &r->frames[r->depth - 1];

	out->kind = VALUE_NONE;
	if (path->count == 1 && last->type != NULL &&
	    last->fields[path->name] != NO_FIELD)
		read_field(&last->type->fields[last->fields[path->name]],
		    last->self, r->view, out);
	else
		look_up_path(r, op, path, out);
}

/* ---- output ---- */

static void
add_indent(struct render *r)
{
	if (r->is_line_start && r->indent.len > 0)
		buf_bytes(r->out, buf_get(&r->indent));
	r->is_line_start = false;
}

static void
add_text(struct render *r, const char *at, size_t len)
{
	if (!r->set->is_literal) {
		buf_add(r->out, at, len);
		return;
	}
	while (len > 0) {
		const char *end = memchr(at, '\n', len);
		size_t line = end != NULL ? (size_t)(end - at) + 1 : len;

		add_indent(r);
		buf_add(r->out, at, line);
		r->is_line_start = end != NULL;
		at += line;
		len -= line;
	}
}

static void
add_time(struct render *r, int64_t us, enum time_name how, bool is_escaped)
{
	size_t from = r->out->len;

	view_add_time(r->out, r->view, us, how);
	if (is_escaped)
		html_escape_from(r->out, from, r->view->arena);
}

static void add_value(
    struct render *r, const struct value *value, bool is_escaped);

/* What {{.}} shows of it. */
static void
add_object(struct render *r, const struct value *value, bool is_escaped)
{
	struct value self = { .kind = VALUE_NONE };

	value_of(value->type, value->object, r->view, &self);
	if (self.kind != VALUE_OBJECT && self.kind != VALUE_LIST)
		add_value(r, &self, is_escaped);
}

static void
add_value(struct render *r, const struct value *value, bool is_escaped)
{
	add_indent(r);
	switch (value->kind) {
	case VALUE_TEXT:
		if (is_escaped)
			html_escape(r->out, value->text);
		else
			buf_bytes(r->out, value->text);
		break;
	case VALUE_HTML: buf_bytes(r->out, value->text); break;
	case VALUE_INT: buf_int(r->out, value->n); break;
	case VALUE_BOOL: buf_text(r->out, value->n ? "true" : "false"); break;
	case VALUE_TIME: add_time(r, value->n, TIME_SHORT, is_escaped); break;
	case VALUE_TIME_NAMED:
		add_time(
		    r, value->n, (enum time_name)value->time_name, is_escaped);
		break;
	case VALUE_OBJECT: add_object(r, value, is_escaped); break;
	default: break;
	}
}

static void
add_words(struct render *r, const struct op *op)
{
	const struct words *words = &r->set->words[op->a];
	unsigned lang = r->view->lang < r->set->languages ? r->view->lang : 0;
	const struct pieces *pieces = &words->by_lang[lang];
	struct value value;

	add_indent(r);
	for (size_t i = 0; i < pieces->count; i++) {
		const struct piece *piece = &pieces->at[i];

		if (piece->path < 0) {
			buf_bytes(r->out, piece->html);
		} else {
			look_up(r, op, (uint32_t)piece->path, &value);
			add_value(r, &value, true);
		}
	}
}

static void
add_plural(struct render *r, const struct op *op)
{
	const struct words *words = &r->set->words[op->a];
	struct value value;
	struct bytes text;
	size_t from = 0, at = 0, len;

	look_up(r, op, words->count_path, &value);
	text = template_words_plural(r->set, words,
	    r->view->lang < r->set->languages ? r->view->lang : 0,
	    value.kind == VALUE_INT      ? value.n :
		value.kind == VALUE_LIST ? (int64_t)value.list.count :
					   0);
	add_indent(r);
	while ((len = template_hole(text, from, &at)) > 0) {
		struct bytes name = { text.at + at + 1, len - 2 };
		size_t i = 0;

		html_escape(
		    r->out, (struct bytes){ text.at + from, at - from });
		while (i < words->hole_count &&
		    !bytes_equal(words->holes[i].name, name))
			i++;
		if (i < words->hole_count) {
			look_up(r, op, words->holes[i].path, &value);
			add_value(r, &value, true);
		}
		from = at + len;
	}
	html_escape(r->out, (struct bytes){ text.at + from, text.len - from });
}

/* ---- bodies ---- */

static void
run_list(struct render *r, const struct op *op, uint32_t at,
    const struct value *value)
{
	const struct view_list *list = &value->list;

	for (size_t i = 0; i < list->count && r->err == ERR_OK; i++) {
		if (!push(r, value->type, list_item(list, i)))
			return;
		run(r, at + 1, op->end);
		r->depth--;
	}
}

/* The body of a section, in which names are looked up in <value> first. */
static void
run_inside(struct render *r, const struct op *op, uint32_t at,
    const struct value *value)
{
	bool is_pushed;

	if (value->kind == VALUE_OBJECT)
		is_pushed = push(r, value->type, value->object);
	else
		is_pushed = push_value(r, value);
	if (is_pushed) {
		run(r, at + 1, op->end);
		r->depth--;
	}
}

/* Returns the last operation that is done with: the section, or the inverted
 * one that belongs to it. */
static const struct op *
run_section(struct render *r, const struct op *op, uint32_t at)
{
	const struct op *other = op->has_else ? &r->set->ops[op->end] : op;
	struct value value;

	look_up(r, op, op->a, &value);
	if (!is_true(&value)) {
		if (other != op)
			run(r, op->end + 1, other->end);
	} else if (value.kind == VALUE_LIST) {
		run_list(r, op, at, &value);
	} else if (value.kind == VALUE_BOOL) {
		run(r, at + 1, op->end);
	} else {
		run_inside(r, op, at, &value);
	}
	return other;
}

/* Run a body with more indentation. */
static void
run_indented(struct render *r, const struct op *op, uint32_t at, uint32_t end)
{
	size_t before = r->indent.len;

	buf_add(&r->indent, r->set->text.at + op->b, op->c);
	run(r, at, end);
	r->indent.len = before;
}

static void
run_template(struct render *r, const struct op *op)
{
	const struct template *template;

	if (op->a == UINT32_MAX)
		return;
	template = &r->set->templates[op->a];
	run_indented(r, op, template->begin, template->end);
}

static void
run_parent(struct render *r, const struct op *op)
{
	struct heir heir = { r->heirs, op };

	r->heirs = &heir;
	run_template(r, op);
	r->heirs = heir.outer;
}

static const struct op *
heir_block(const struct render *r, const struct heir *heir, uint32_t name)
{
	const struct op *ops = r->set->ops;
	uint32_t at = (uint32_t)(heir->parent - ops) + 1;

	for (; at < heir->parent->end; at = ops[at].end)
		if (ops[at].a == name)
			return &ops[at];
	return NULL;
}

/* The outermost heir that gives this block has the last word. What it says is
 * its own: blocks in it may be replaced by heirs of the heir only. */
static void
run_block(struct render *r, const struct op *op, uint32_t at)
{
	const struct heir *found = NULL, *heirs = r->heirs;
	const struct op *given = NULL;

	for (const struct heir *heir = heirs; heir != NULL;
	     heir = heir->outer) {
		const struct op *block = heir_block(r, heir, op->a);

		if (block != NULL) {
			given = block;
			found = heir;
		}
	}
	if (given != NULL) {
		uint32_t body = (uint32_t)(given - r->set->ops) + 1;

		r->heirs = found->outer;
		run_indented(r, op, body, given->end);
		r->heirs = heirs;
	} else if (op->is_block_indented) {
		run_indented(r, op, at + 1, op->end);
	} else {
		run(r, at + 1, op->end);
	}
}

static void
run(struct render *r, uint32_t at, uint32_t end)
{
	const struct op *ops = r->set->ops, *op;
	struct value value;

	if (++r->nesting > TEMPLATE_DEPTH_MAX || r->out->len > r->out_max)
		r->err = ERR_LIMIT;
	for (; at < end && r->err == ERR_OK; at = op->end) {
		op = &ops[at];
		if (op->text_len > 0)
			add_text(r, r->set->text.at + op->text, op->text_len);
		switch (op->code) {
		case OP_VALUE:
		case OP_RAW:
			look_up(r, op, op->a, &value);
			add_value(r, &value, op->code == OP_VALUE);
			break;
		case OP_SECTION: op = run_section(r, op, at); break;
		case OP_INVERTED:
			look_up(r, op, op->a, &value);
			if (!is_true(&value))
				run(r, at + 1, op->end);
			break;
		case OP_PARTIAL: run_template(r, op); break;
		case OP_PARENT: run_parent(r, op); break;
		case OP_BLOCK: run_block(r, op, at); break;
		case OP_WORDS: add_words(r, op); break;
		case OP_PLURAL: add_plural(r, op); break;
		default: break;
		}
	}
	r->nesting--;
}

enum err
template_render(struct template_set *set, const char *name, struct view *view,
    struct buf *out)
{
	const struct template *template = template_find(
	    set, name, strlen(name));
	struct render r = { .set = set, .view = view, .out = out, .depth = 1 };

	if (template == NULL)
		return ERR_NOT_FOUND;
	r.out_max = out->len + TEMPLATE_OUTPUT_MAX;
	r.indent = buf_in(view->arena);
	r.is_line_start = true;
	if ((view->root == NULL || push(&r, view->root_type, view->root)) &&
	    (view->page == NULL || push(&r, view->page_type, view->page)))
		run(&r, template->begin, template->end);
	if (r.err == ERR_OK && (out->failed || r.indent.failed))
		r.err = ERR_NOMEM;
	return r.err;
}
