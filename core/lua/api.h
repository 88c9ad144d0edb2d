/* core/lua/api.h - every function that scripts can call, as tables.
 *
 * The tables are what Lua sees and what the test compares with
 * scripts/desk.d.lua: a function in one place only is a defect. Each function
 * is declared here, defined and documented in the file named.
 */
#ifndef HOOKDESK_LUA_API_H
#define HOOKDESK_LUA_API_H

#include "core/lua/state.h"

/* Each ends with { NULL, NULL }. */
extern const luaL_Reg api_desk[];  /* desk.on ... */
extern const luaL_Reg api_store[]; /* desk.store:get ... */
extern const luaL_Reg api_json[];  /* desk.json.encode ... */
extern const luaL_Reg api_event[]; /* event:deny ... */
extern const luaL_Reg api_world[]; /* world:submit ... */
extern const luaL_Reg api_test[];  /* describe, it: globals of test files */
/* Methods of objects: ticket:set ... */
extern const luaL_Reg *const api_methods[OBJECT__COUNT];
/* The fields that an event, and a job, may have. */
extern const char *const api_event_fields[];
extern const char *const api_job_fields[];
/* Those of a route's request, with one space between. */
extern const char api_request_fields[];
/* What a world can be read for: world.sent ... */
extern const char *const api_world_fields[];

/* register.c: at a file's top level. */
int l_desk_on(lua_State *L);
int l_desk_job(lua_State *L);
int l_desk_every(lua_State *L);
int l_desk_cron(lua_State *L);
/* offer.c: likewise. */
int l_desk_action(lua_State *L);
int l_desk_panel(lua_State *L);
int l_desk_route(lua_State *L);
/* settings.c */
int l_desk_settings(lua_State *L);
/* look.c: look-ups. */
int l_desk_ticket(lua_State *L);
int l_desk_customer(lua_State *L);
int l_desk_agent(lua_State *L);
int l_desk_queue(lua_State *L);
int l_desk_organisation(lua_State *L);
int l_desk_tickets(lua_State *L);
int l_desk_count(lua_State *L);
int l_desk_agents(lua_State *L);
int l_desk_articles(lua_State *L);
int l_ticket_entries(lua_State *L);
int l_ticket_similar(lua_State *L);
int l_agent_may(lua_State *L);
/* ticket.c: wishes for a ticket. */
int l_ticket_set(lua_State *L);
int l_ticket_tag(lua_State *L);
int l_ticket_untag(lua_State *L);
int l_ticket_assign(lua_State *L);
int l_ticket_link(lua_State *L);
int l_ticket_merge(lua_State *L);
/* http.c */
int l_desk_http(lua_State *L);
/* say.c: wishes that write to somebody. */
int l_ticket_reply(lua_State *L);
int l_ticket_mail(lua_State *L);
int l_ticket_survey(lua_State *L);
int l_ticket_note(lua_State *L);
int l_customer_note(lua_State *L);
int l_desk_notify(lua_State *L);
int l_desk_mail(lua_State *L);
/* later.c: timers, runs of their own, and what is kept between runs. */
int l_ticket_after(lua_State *L);
int l_ticket_at(lua_State *L);
int l_ticket_cancel(lua_State *L);
int l_desk_each(lua_State *L);
int l_store_get(lua_State *L);
int l_store_set(lua_State *L);
int l_store_add(lua_State *L);
/* people: see ticket.c, which shares its ways. */
int l_customer_set(lua_State *L);
/* text.c: words, times, and what the server renders. */
int l_desk_word_in(lua_State *L);
int l_desk_render(lua_State *L);
int l_desk_tr(lua_State *L);
int l_desk_date(lua_State *L);
int l_desk_now(lua_State *L);
int l_desk_ago(lua_State *L);
int l_desk_hmac(lua_State *L);
/* calendar.c */
int l_desk_calendar(lua_State *L);
int l_calendar_is_open(lua_State *L);
int l_calendar_next_open(lua_State *L);
int l_calendar_add(lua_State *L);
int l_calendar_between(lua_State *L);
/* event.c */
int l_event_deny(lua_State *L);
int l_event_choose(lua_State *L);
int l_event_stop(lua_State *L);
/* world.c: tests. */
int l_world_create(lua_State *L);
int l_world_submit(lua_State *L);
int l_world_reply(lua_State *L);
int l_world_close(lua_State *L);
int l_world_set(lua_State *L);
int l_world_add(lua_State *L);
int l_world_advance(lua_State *L);
int l_world_rate(lua_State *L);
int l_world_http(lua_State *L);
int l_world_action(lua_State *L);
int l_world_request(lua_State *L);
int l_describe(lua_State *L);
int l_it(lua_State *L);
int l_equal(lua_State *L);

#endif
