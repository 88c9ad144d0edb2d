/* tests/bench/bare.c - a bare libfcgi program, the yardstick of bench/run.
 *
 *	bare SOCKET THREADS
 *
 * Answers every request with as many bytes as the query string says (/x?8192),
 * as plain libfcgi programs do; "/x?304" with a status and no body. What a
 * page costs beyond this is what hookdesk costs.
 */
#include "config.h"

#include <fcgiapp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BODY_MAX = 1 << 20, BACKLOG = 1024 };

static char body[BODY_MAX];
static int listening;

static void
answer(FCGX_Request *request)
{
	const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
	long size = query != NULL ? atol(query) : 0;

	if (size == 304) {
		FCGX_FPrintF(
		    request->out, "Status: 304\r\nETag: \"bare\"\r\n\r\n");
		return;
	}
	if (size < 0 || size > BODY_MAX)
		size = 0;
	FCGX_FPrintF(request->out,
	    "Content-Type: text/html\r\nContent-Length: %ld\r\n\r\n", size);
	FCGX_PutStr(body, (int)size, request->out);
}

static void *
work(void *unused)
{
	FCGX_Request request;

	FCGX_InitRequest(&request, listening, 0);
	while (FCGX_Accept_r(&request) >= 0) {
		answer(&request);
		FCGX_Finish_r(&request);
	}
	return unused;
}

int
main(int argc, char **argv)
{
	int threads = argc == 3 ? atoi(argv[2]) : 0;

	if (threads < 1) {
		fprintf(stderr, "usage: bare SOCKET THREADS\n");
		return 2;
	}
	memset(body, 'x', sizeof body);
	FCGX_Init();
	listening = FCGX_OpenSocket(argv[1], BACKLOG);
	if (listening < 0 || chmod(argv[1], 0666) != 0) {
		perror(argv[1]);
		return 1;
	}
	while (--threads > 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, work, NULL) != 0)
			return 1;
	}
	work(NULL);
	return 0;
}
