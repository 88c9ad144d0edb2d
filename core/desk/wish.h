/* core/desk/wish.h - the wishes of scripts, shared by core/desk/wish*.c. */
#ifndef HOOKDESK_DESK_WISH_H
#define HOOKDESK_DESK_WISH_H

#include "core/desk/work.h"

struct json;

/* wishes.c, for the others: the ticket and agent that a wish names. */
ERR_CHECKED enum err wish_ticket(struct work *work, const struct json *wish,
    struct touched *own, struct touched **out);
ERR_CHECKED enum err wish_agent(
    struct work *work, const struct json *login, const struct record **out);
/* The job of the same script that its member <member> names. */
ERR_CHECKED enum err wish_job(struct work *work, const struct json *wish,
    const char *member, struct bytes *out);
ERR_CHECKED enum err wish_assign(
    struct work *work, const struct json *wish, struct touched *own);

/* What is wrong with a wish, "{name}" being what it does: ERR_INVALID. */
ERR_CHECKED enum err wish_wrong(
    struct work *work, const struct json *wish, const char *message);

/* wish_later.c */
ERR_CHECKED enum err wish_after(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_at(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_cancel(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_each(
    struct work *work, const struct json *wish, struct touched *own);

/* wish_send.c */
ERR_CHECKED enum err wish_reply(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_mail(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_survey(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_notify(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_mail_agents(
    struct work *work, const struct json *wish, struct touched *own);

/* wish_http.c */
ERR_CHECKED enum err wish_http(
    struct work *work, const struct json *wish, struct touched *own);

/* wish_store.c */
ERR_CHECKED enum err wish_store_set(
    struct work *work, const struct json *wish, struct touched *own);
ERR_CHECKED enum err wish_store_add(
    struct work *work, const struct json *wish, struct touched *own);

#endif
