/* core/web/route.c - finds the route of a path in a tree of segments.
 *
 * A segment spelled out is looked for before {name}, and that before {name*};
 * when the first leads nowhere, the next is tried.
 */
#include "config.h"
#include "core/web/route.h"

#include "core/base/arena.h"

#include <stdlib.h>

#define SEGMENTS_MAX 16

struct node {
	struct bytes segment; /* spelled out; empty for the others */
	struct bytes param;   /* name of {name} or {name*} */
	bool is_rest;
	struct node *children, *next;
	const struct route *const *routes; /* of all methods, */
	size_t route_count;
};

struct route_table {
	struct arena *arena;
	struct node root;
};

/* What is wrong with the pattern of <route>. */
static enum err
refuse(struct why *why, const char *message, const struct route *route)
{
	return why_set(why, ERR_INVALID, NULL, message, 0, route->pattern);
}

/* The child of <parent> for a pattern's segment, made when it is new. NULL
 * without memory. */
static struct node *
child_for(struct route_table *table, struct node *parent, struct bytes part)
{
	struct node want = { .segment = part }, *child, **link;

	if (part.len > 2 && part.at[0] == '{') {
		want.segment = BYTES_NONE;
		want.param = (struct bytes){ part.at + 1, part.len - 2 };
		want.is_rest = want.param.at[want.param.len - 1] == '*';
		want.param.len -= want.is_rest;
	}
	for (child = parent->children; child != NULL; child = child->next)
		if (bytes_equal(child->segment, want.segment) &&
		    bytes_equal(child->param, want.param) &&
		    child->is_rest == want.is_rest)
			return child;
	child = arena_new(table->arena, struct node);
	if (child == NULL)
		return NULL;
	*child = want;
	/* Spelled out first, {name} then, {name*} last. */
	link = &parent->children;
	while (*link != NULL &&
	    ((*link)->param.len > 0) + (*link)->is_rest <=
		(want.param.len > 0) + want.is_rest)
		link = &(*link)->next;
	child->next = *link;
	*link = child;
	return child;
}

static enum err
add_to_node(struct route_table *table, struct node *node,
    const struct route *route, struct why *why)
{
	const struct route **routes;

	for (size_t i = 0; i < node->route_count; i++)
		if ((node->routes[i]->methods & route->methods) != 0)
			return refuse(why, N_("Two routes are {name}"), route);
	routes = arena_array(
	    table->arena, const struct route *, node->route_count + 1);
	if (routes == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < node->route_count; i++)
		routes[i] = node->routes[i];
	routes[node->route_count++] = route;
	node->routes = routes;
	return ERR_OK;
}

static enum err
add_route(struct route_table *table, const struct route *route, struct why *why)
{
	struct bytes rest = bytes_of(route->pattern);
	struct node *node = &table->root;
	size_t params = 0, depth = 0;

	if (rest.len == 0 || rest.at[0] != '/' || route->methods == 0 ||
	    route->handle == NULL)
		return refuse(why, N_("The route {name} is wrong"), route);
	rest.at++;
	rest.len--;
	while (rest.len > 0) {
		struct bytes part = bytes_split(&rest, '/');

		if (part.len == 0 || node->is_rest || ++depth > SEGMENTS_MAX)
			return refuse(
			    why, N_("The route {name} is wrong"), route);
		node = child_for(table, node, part);
		if (node == NULL)
			return ERR_NOMEM;
		params += node->param.len > 0;
	}
	if (params > ROUTE_PARAMS_MAX)
		return refuse(why, N_("The route {name} is wrong"), route);
	return add_to_node(table, node, route, why);
}

enum err
route_table_create(const struct route *const *lists, size_t count,
    struct why *why, struct route_table **out)
{
	struct route_table *table = calloc(1, sizeof *table);
	enum err err = ERR_OK;

	if (table == NULL)
		return ERR_NOMEM;
	table->arena = arena_create();
	if (table->arena == NULL)
		err = ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		for (const struct route *route = lists[i];
		     err == ERR_OK && route->pattern != NULL; route++)
			err = add_route(table, route, why);
	if (err == ERR_OK)
		*out = table;
	else
		route_table_destroy(table);
	return err;
}

void
route_table_destroy(struct route_table *table)
{
	if (table == NULL)
		return;
	arena_destroy(table->arena);
	free(table);
}

struct search {
	const struct request *request;
	struct param params[ROUTE_PARAMS_MAX];
	size_t param_count;
	const struct route *found;
	unsigned allow;
};

/* The routes of a node that a whole path led to. True when one has the
 * method; HEAD is answered by GET. */
static bool
match_methods(struct search *s, const struct node *node)
{
	unsigned method = s->request->method == METHOD_HEAD ?
	    ROUTE_GET :
	    1u << s->request->method;

	for (size_t i = 0; i < node->route_count; i++) {
		s->allow |= node->routes[i]->methods;
		if ((node->routes[i]->methods & method) != 0) {
			s->found = node->routes[i];
			return true;
		}
	}
	return false;
}

static bool
match(struct search *s, const struct node *node, struct bytes rest)
{
	size_t params = s->param_count;
	struct bytes all = rest, segment;

	if (rest.len == 0)
		return match_methods(s, node);
	segment = bytes_split(&rest, '/');
	for (const struct node *child = node->children; child != NULL;
	     child = child->next) {
		s->param_count = params;
		if (child->param.len == 0) {
			if (!bytes_equal(child->segment, segment))
				continue;
		} else {
			s->params[s->param_count++] = (struct param){
				child->param, child->is_rest ? all : segment
			};
		}
		if (child->is_rest ? match_methods(s, child) :
				     match(s, child, rest))
			return true;
	}
	return false;
}

int
route_find(const struct route_table *table, struct request *request,
    const struct route **route, unsigned *allow)
{
	struct search s = { .request = request };
	struct bytes path = request->path;

	path.at++;
	path.len--;
	if (path.len > 0 && path.at[path.len - 1] == '/')
		path.len--;
	if (!match(&s, &table->root, path)) {
		*allow = s.allow;
		return s.allow != 0 ? 405 : 404;
	}
	request->route.at = arena_array(
	    request->arena, struct param, s.param_count);
	if (request->route.at == NULL && s.param_count > 0)
		return 503;
	for (size_t i = 0; i < s.param_count; i++)
		request->route.at[i] = s.params[i];
	request->route.count = s.param_count;
	*route = s.found;
	return 0;
}
