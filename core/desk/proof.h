/* core/desk/proof.h - who has proved that an address is his own.
 *
 * Anybody can type any address into a form. The address is proved when
 * somebody acts (answers, closes, opens again, rates) by the link that only a
 * mail to that address alone has carried, see token_mailed_url(): opening it
 * is not enough, as mail scanners open links; nor is the link that the form
 * gives to whoever has sent it. An answer by mail that names one of our mails
 * proves it, too, and an agent or a script may say so of a customer.
 *
 * The proof is customer.verified from then on, until the customer's main
 * address changes; ticket.verified tells with which of the tickets it was
 * given, or that an import knew. Until then:
 *  - an automatic mail has none of the visitor's words in it, see mailout.c;
 *  - one goes out a day, later ones are withheld, see wish_send.c.
 */
#ifndef HOOKDESK_DESK_PROOF_H
#define HOOKDESK_DESK_PROOF_H

#include "core/desk/work.h"

/* Whether the customer's address is proved; <ticket>, which the mail is about,
 * may be NULL. */
bool proof_is_given(const struct record *customer, const struct record *ticket);

/* What the actor has proved by acting on <ticket>, if actor.is_proved: it is
 * accounted for with the act. ERR_NOMEM. */
ERR_CHECKED enum err proof_take(struct work *work, struct touched *ticket);

#endif
