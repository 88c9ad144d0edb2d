/* core/desk/act_notice.c - what stands behind the bell: read, and news of ours. */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/acts.h"
#include "core/desk/ops.h"
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

enum err
act_admins_tell(struct work *work)
{
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_ADMINS_TELL, NULL);

	return err == ERR_OK ? act_tell_admins(work, work->input->news) : err;
}

enum err
act_tell_admins(struct work *work, const struct admin_news *news)
{
	struct notice notice = { .is_urgent = true };
	const struct record *const *agents;
	size_t count;

	notice.title = news->title;
	notice.text = news->text;
	agents = directory_all(work->read.directory, KIND_AGENT, &count);
	notice.agents = arena_array(
	    work->arena, const struct record *, count + 1);
	if (notice.agents == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (record_int(agents[i], AGENT_ACTIVE) &&
		    directory_is_admin(work->read.directory, agents[i]->id))
			notice.agents[notice.count++] = agents[i];
	return ops_notify(work, &notice);
}
