/* core/store/change_ops.h - what is inside a change, for commit.c.
 *
 * change.c builds it, commit.c applies it; nobody else includes this.
 */
#ifndef HOOKDESK_STORE_CHANGE_OPS_H
#define HOOKDESK_STORE_CHANGE_OPS_H

#include "core/store/change.h"

enum op_kind {
	OP_PUT = 0,
	OP_PUT_RECORD,
	OP_NUMBERED,
	OP_NUMBERED_RECORD,
	OP_DELETE,
	OP_ADD,
	OP__COUNT
};

struct op {
	struct bytes key;   /* numbered: with 8 bytes for the number */
	struct bytes value; /* puts alone */
	int64_t delta;      /* OP_ADD */
	uint32_t hash;      /* of <key> */
	uint16_t n;         /* numbered: which */
	uint16_t number_at; /* numbered: where in <key> */
	enum op_kind kind;
};

enum guard_kind { GUARD_REV = 0, GUARD_ABSENT, GUARD_STALE, GUARD__COUNT };

struct guard {
	struct bytes key;
	uint64_t rev;
	enum guard_kind kind;
};

struct change {
	struct arena *arena;
	struct op *ops;
	struct guard *guards;
	uint32_t *slots; /* open addressing: 1 + index into ops, 0: empty */
	size_t ops_len, ops_cap;
	size_t guards_len, guards_cap;
	size_t slots_len; /* a power of two */
	size_t size;
	uint64_t commit_number;
	unsigned numbers; /* given by change_number() */
	enum err err;
	bool is_housekeeping;
};

#endif
