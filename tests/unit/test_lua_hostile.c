/* tests/unit/test_lua_hostile.c - scripts that mean harm.
 *
 * Each of them is refused, fails, or is killed at its deadline; the server is
 * as before, and the next handler runs. Several of these crash Lua 5.4.4, or
 * loop where no hook of Lua's stops them. */
#include "config.h"

#include "core/lua/sandbox.h"
#include "tests/unit/script_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* A busy machine; the deadline is 100 ms, the loops would go on for ever. */
#define SLACK_US ((IS_SANITIZED ? 5000 : 1000) * 1000)

static const char *const hostile[] = {
	/* loops of Lua itself */
	"while true do end",
	"repeat until false",
	"for i = 1, math.huge do end",
	"::a:: goto a",
	"local function f() return f() end f()",
	"while true do pcall(error, 'x') end",
	"pcall(function() while true do end end)",
	"xpcall(error, function() while true do end end)",
	"xpcall(function() local function f() return f() + 1 end f() end, "
	"function() while true do end end)",
	"local function f() xpcall(f, f) end f()",
	"local function f(...) return xpcall(f, f, ...) end f(1, 2, 3)",
	"coroutine.wrap(function() while true do end end)()",
	"local c = coroutine.wrap(function() while true do coroutine.yield() "
	"end end) while true do c() end",
	"local function f() coroutine.wrap(f)() end f()",
	"local c c = coroutine.create(function() coroutine.resume(c) end) "
	"while true do coroutine.resume(c) end",
	/* loops inside of library functions */
	"local s = ('x'):rep(1e6) while true do s:rep(10) end",
	"string.find(('a'):rep(500), ('.-'):rep(20) .. 'b')",
	"string.find(('a'):rep(3e5), '.-.-.-b$')",
	"string.match(('x'):rep(1e5), ('x*'):rep(30) .. 'y')",
	"string.gsub(('a'):rep(1e5), '(.-)(.-)b', '%1')",
	"string.gsub(('a'):rep(1e6), '.', function() while true do end end)",
	"for w in string.gmatch(('a'):rep(500), ('.-'):rep(20) .. 'b') do end",
	"string.rep('', 1e15)",
	"string.rep('x', 1e15, 'y')",
	"string.format('%99999d', 1)",
	"string.format(('%s'):rep(250), table.unpack({}, 1, 250))",
	"table.concat(setmetatable({}, { __len = function() return 1e15 end, "
	"__index = function() return 'x' end }))",
	"table.move(setmetatable({}, { __index = function() return 1 end }), 1, "
	"1e15, 1)",
	"table.insert(setmetatable({}, { __len = function() return 1e15 end, "
	"__index = function() return 1 end, __newindex = function() end }), 1, "
	"1)",
	"table.sort(setmetatable({}, { __len = function() return 1e8 end, "
	"__index = function(_, i) return i end, __newindex = function() end "
	"}))",
	"table.sort({ 3, 1, 2, 5, 4 }, function() while true do end end)",
	"local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, "
	"function(a, b) return true end)",
	"table.unpack({}, 1, 1e8)",
	"table.remove(setmetatable({}, { __len = function() return 1e15 end, "
	"__index = function() return 1 end, __newindex = function() end }), 1)",
	"select(-1, table.unpack({}, 1, 200)) while true do utf8.len(('x'):rep("
	"1e6)) end",
	"utf8.char(table.unpack((function() local t = {} for i = 1, 200 do t[i] "
	"= 0x7fffffff end return t end)()))",
	"for _ in utf8.codes(('x'):rep(1e7)) do end",
	/* metamethods */
	"local t = setmetatable({}, {}) getmetatable(t).__index = function(s, "
	"k) return s[k] end local a = t.x",
	"local t = {} for i = 1, 3000 do t = setmetatable({}, { __index = t }) "
	"end while true do local a = t.x end",
	"for _ in ipairs(setmetatable({}, { __index = function() return 1 end "
	"})) do end",
	"local t = setmetatable({}, { __eq = function() while true do end end "
	"}) local a = t == setmetatable({}, getmetatable(t))",
	"local a = setmetatable({}, { __concat = function() while true do end "
	"end }) .. 'x'",
	"local x <close> = setmetatable({}, { __close = function() while true "
	"do end end })",
	"local x <close> = setmetatable({}, { __close = function() error('x') "
	"end }) error('y')",
	"print(setmetatable({}, { __tostring = function() while true do end end "
	"}))",
	"print(setmetatable({}, { __name = ('x'):rep(1e6) }))",
	"desk.word_in(setmetatable({}, { __index = function() while true do end "
	"end }), { 'x' })",
	/* memory */
	"local t = {} while true do t[#t + 1] = {} end",
	"local s = 'x' while true do s = s .. s end",
	"local t = {} while true do t[#t + 1] = function() return t end end",
	"local t = {} while true do t[#t + 1] = coroutine.create(print) end",
	"local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(1e6) "
	"end) end",
	"local t = {} for i = 1, 300 do t = { t, t } end desk.json.encode(t)",
	"desk.json.decode(('['):rep(200000))",
	"desk.json.decode('[' .. ('1,'):rep(120000) .. '1]')",
	"local function f(n) local ok, e = pcall(f, n + 1) error(e) end f(1)",
	"error(('x'):rep(15e6))",
	"for i = 1, 1e9 do print(('x'):rep(1000)) end",
	"string.pack(('s'):rep(200), table.unpack({}, 1, 200))",
	"os.date(('%c'):rep(1e5))",
	"local t = {} for i = 1, 250 do t[i] = 'a' .. i end return "
	"table.unpack(t)",
};

/* The first handler is the hostile one, the job is healthy. */
static const char *
run_hostile(struct fixture *f, const char *code)
{
	char text[2000];
	const char *error;

	snprintf(text, sizeof text,
	    "desk.on('ticket.creating', { name = 'h' }, function(event) %s end)"
	    "desk.job('healthy', function() desk.store:set('k', 1) end)",
	    code);
	error = fixture_load_text(f, text);
	if (error[0] != '\0')
		return error;
	return fixture_run(f, BODY);
}

static bool
is_healthy(struct fixture *f)
{
	struct script_call call = { .set = f->set,
		.handler = script_set_find(
		    f->set, SCRIPT_JOB, BYTES("t/healthy")),
		.body = BYTES("{\"job\":{}}") };
	struct script_outcome out;
	struct why why = { .message = "" };

	return call.handler != NULL &&
	    script_host_call(f->host, &call, f->arena, &out, &why) == ERR_OK &&
	    out.error.len == 0 && json_count(out.wishes) == 1;
}

static void
test_hostile_scripts__harm_nobody(void)
{
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < COUNT(hostile); i++) {
		const char *error = run_hostile(&f, hostile[i]);

		printf("# %zu: %s\n#    %.100s\n", i + 1, hostile[i], error);
		CHECK(strlen(error) <= SCRIPT_ERROR_MAX);
		CHECK(f.out.wall_us < SCRIPT_BEFORE_US + SLACK_US);
		CHECK(f.out.deny == NULL && f.out.choose == NULL);
		CHECK(is_healthy(&f));
	}
	fixture_release(&f);
}

static void
test_a_kill_costs_one_handler_only(void)
{
	struct fixture f;
	struct script_host_status before, after;

	fixture_init(&f);
	CHECK(run_hostile(&f, "while true do end")[0] != '\0');
	CHECK(is_healthy(&f));
	script_host_status(f.host, &before);
	CHECK(is_healthy(&f));
	script_host_status(f.host, &after);
	CHECK_INT(after.pid, before.pid);
	CHECK_INT(after.kills, 1);
	fixture_release(&f);
}

/* ------------------------------------------------------------- sandbox */

static void
try_open(void)
{
	(void)!open("/etc/passwd", O_RDONLY);
}

static void
try_socket(void)
{
	(void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void
try_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
try_exec(void)
{
	char program[] = "/bin/true";
	char *argv[] = { program, NULL };

	execv(program, argv);
}

static void
try_code(void)
{
	(void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
try_signal(void)
{
	kill(getppid(), 0);
}

static void
test_sandbox_lock__kills_for_what_is_not_allowed(void)
{
	static const struct {
		const char *what;
		void (*try)(void);
	} cases[] = {
		{ "open", try_open },
		{ "socket", try_socket },
		{ "fork", try_fork },
		{ "exec", try_exec },
		{ "memory for code", try_code },
		{ "signals", try_signal },
	};

	for (size_t i = 0; i < COUNT(cases) && !IS_SANITIZED; i++) {
		int status = 0;
		pid_t pid = fork();

		printf("# %s\n", cases[i].what);
		if (pid == 0) {
			if (sandbox_lock() != ERR_OK)
				_exit(3);
			cases[i].try();
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	}
}

/* A line of /proc/PID/status, "" if it cannot be read. */
static void
read_status(int pid, const char *name, char *out, size_t size)
{
	char path[64], line[256];
	FILE *file;

	out[0] = '\0';
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			snprintf(out, size, "%s", line + strlen(name));
	if (file != NULL)
		fclose(file);
}

static void
test_hookdesk_script__runs_locked_in(void)
{
	struct fixture f;
	struct script_host_status status;
	char value[256];

	fixture_init(&f);
	CHECK_BYTES(bytes_of(run_hostile(&f, "")), "");
	script_host_status(f.host, &status);
	read_status(status.pid, "NoNewPrivs:", value, sizeof value);
	CHECK_INT(atoi(value), 1);
	read_status(status.pid, "Seccomp:", value, sizeof value);
	CHECK_INT(atoi(value), IS_SANITIZED ? 0 : 2);
	read_status(status.pid, "Threads:", value, sizeof value);
	CHECK_INT(atoi(value), 1);
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_hostile_scripts__harm_nobody);
	RUN(test_a_kill_costs_one_handler_only);
	RUN(test_sandbox_lock__kills_for_what_is_not_allowed);
	RUN(test_hookdesk_script__runs_locked_in);
	return tap_done();
}
