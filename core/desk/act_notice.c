/* core/desk/act_notice.c - an agent has seen what the bell has for him. */
#include "config.h"
#include "core/desk/acts.h"
#include "core/model/newest.h"

#define READ_MOST 100 /* in one act; the rest is still new */

enum err
act_notices_read(struct work *work)
{
	struct newest_query query = { .kind = KIND_NOTICE,
		.index = INDEX_NOTICE_NEW,
		.of = work->actor.agent,
		.limit = READ_MOST };
	struct newest_page found;
	struct touched *notice;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_NOTICES_READ, NULL);

	if (err == ERR_OK)
		err = records_newest(
		    work->read.snapshot, &query, work->arena, &found);
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		err = work_load(
		    work, KIND_NOTICE, found.records[i].id, &notice);
		if (err == ERR_OK)
			record_set_int(
			    &notice->new, NOTICE_READ_AT, work->read.now_us);
	}
	return err;
}
