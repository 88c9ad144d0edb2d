/* core/base/heap.h - how malloc treats a server with many threads.
 *
 * A thread that allocates is given a heap of its own by glibc, up to eight a
 * core, and each of them keeps what it needed once. With a few threads a site
 * that work now and then that is most of what a site costs. Elsewhere these do
 * nothing.
 */
#ifndef HOOKDESK_BASE_HEAP_H
#define HOOKDESK_BASE_HEAP_H

/* Have all threads share one heap, which keeps what requests need again and
 * again. Before there is another thread. */
void heap_share(void);

/* Give back to the system what is free, after much was. Any thread. */
void heap_give_back(void);

#endif
