/* core/desk/site_private.h - the inside of a site, for core/desk/ alone. */
#ifndef HOOKDESK_DESK_SITE_PRIVATE_H
#define HOOKDESK_DESK_SITE_PRIVATE_H

#include "core/desk/site.h"
#include "core/desk/trim.h"
#include "core/script/host.h"

#include <pthread.h>
#include <stdatomic.h>

struct health;
struct quota;
struct replay_back;
struct runner;
struct trace_ring;
struct when_set;

/* When care was last taken, by the monotonic clock, and how far it is. */
struct care_times {
	int64_t flush, stale, scripts, index;
	bool has_texts; /* there may be more to index at once */
	struct trim trim;
};

struct site {
	char *dir;
	struct site_options options;
	struct store *store;
	struct store_lock *lock;
	unsigned char key[SITE_KEY_SIZE];

	pthread_mutex_t directory_lock; /* only to swap or take a reference */
	struct directory *directory;

	/* Acts hold it for reading; the third try of one that met conflicts
	 * holds it for writing, alone, and cannot lose. */
	pthread_rwlock_t act_lock;
	/* The same of the runs of scripts' jobs, whose ground others take
	 * away. */
	pthread_rwlock_t run_lock;

	struct script_host *scripts;
	pthread_mutex_t save_lock;  /* one save of a script at a time; before */
	pthread_mutex_t load_lock;  /* one load of scripts at a time */
	pthread_mutex_t when_mutex; /* only to swap or take a reference */
	struct when_set *when;      /* the compiled `when` of all handlers */
	atomic_uint_least64_t script_files; /* a sum over names and times */
	/* What scripts were told of the site: a sum, and the directory that
	 * was last compared with it. */
	atomic_uint_least64_t script_told, script_directory;
	atomic_int_least64_t scripts_loaded_us; /* when; 0: not yet */
	atomic_uint_least64_t routes_refused;   /* see route.h */
	atomic_bool is_testing; /* scripts: one run of their tests at a time */
	struct health *health;  /* how the handlers' last runs went */
	struct trace_ring *traces;
	struct quota *quota;
	struct replay_back *replay; /* one in the background */

	struct runner *_Atomic runner; /* its jobs; NULL if it runs none */
	atomic_bool is_closing;
	struct counts_cache *counts;
	struct care_times care; /* of the thread that takes care */
};

/* Make a new directory from what is committed now. */
ERR_CHECKED enum err site_refresh_directory(struct site *site);

#endif
