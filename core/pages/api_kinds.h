/* core/pages/api_kinds.h - which kinds the API serves alike, and how. */
#ifndef HOOKDESK_PAGES_API_KINDS_H
#define HOOKDESK_PAGES_API_KINDS_H

#include "core/pages/api.h"

struct api_kind {
	enum kind_id kind;
	unsigned index; /* its unique key, enum index_id; 0: only by id */
	enum verb add, update, remove; /* VERB__COUNT: cannot be done here */
	bool is_admins;                /* nobody else sees any of them */
};

extern const struct api_kind api_kinds[];
extern const size_t api_kinds_count;

#endif
