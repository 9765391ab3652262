/*
 * One poll loop feeds standard input and collects both outputs, so that neither
 * side can block the other. The bound is generous: it is there for hangs, and a
 * sanitizer's build on a busy machine is slow.
 */
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BOUND_S = 90, TICK_MS = 50, CHUNK = 16384, ENV_MAX = 512 };

/* ---- starting ------------------------------------------------------------ */

static void shut(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool named_again(const char *entry, const char *const *more) {
    size_t len = strcspn(entry, "=") + 1;
    for (; more && *more; more++)
        if (!strncmp(entry, *more, len))
            return true;
    return false;
}

/* The environment of the tests without what would change the program's mind. */
static char **environment(const char *const *more) {
    static char *env[ENV_MAX];
    size_t n = 0;
    for (char **e = environ; *e && n + 64 < ENV_MAX; e++)
        if (strncmp(*e, "WEIR_", 5) && !named_again(*e, more))
            env[n++] = *e;
    for (; more && *more; more++)
        env[n++] = (char *)*more;
    env[n] = NULL;
    return env;
}

static _Noreturn void become(const struct program *p, const char *exe, char **argv, char **env) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nothing behind */
    signal(SIGPIPE, SIG_DFL);
    if (p->cwd && chdir(p->cwd))
        _exit(126);
    execvpe(exe, argv, env);
    _exit(127);
}

static void start_on_terminal(struct program *p, const char *exe, char **argv, char **env) {
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)p->columns};
    p->pid = forkpty(&p->fd_out, NULL, NULL, &size);
    assert_true(p->pid >= 0);
    if (p->pid == 0)
        become(p, exe, argv, env);
    fcntl(p->fd_out, F_SETFD, FD_CLOEXEC);
}

static void start_on_pipes(struct program *p, const char *exe, char **argv, char **env) {
    int in[2] = {-1, -1}, out[2], err[2];
    if (p->input)
        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    else
        in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    if (p->deaf)
        shut(&out[0]);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(err[1], STDERR_FILENO);
        if (p->no_stdout)
            close(STDOUT_FILENO);
        else
            dup2(out[1], STDOUT_FILENO);
        become(p, exe, argv, env);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    p->fd_in = in[1];
    p->fd_out = out[0];
    p->fd_err = err[0];
    if (p->fd_in >= 0)
        fcntl(p->fd_in, F_SETFL, O_NONBLOCK);
}

void program_start(struct program *p, const char *const *args) {
    enum { ARGS = 64 };
    const char *exe = p->exe ? p->exe : getenv("WEIR_PROGRAM");
    char *argv[ARGS] = {NULL};
    size_t n = 1;
    if (!exe) {
        print_message("# skipped: $WEIR_PROGRAM does not name the program\n");
        skip();
    }
    argv[0] = (char *)exe;
    for (; *args && n < ARGS - 1; args++)
        argv[n++] = (char *)*args;
    p->fd_in = p->fd_out = p->fd_err = -1;
    p->input_done = 0;
    signal(SIGPIPE, SIG_IGN); /* the program may not want all its input */
    (p->columns ? start_on_terminal : start_on_pipes)(p, exe, argv, environment(p->env));
}

/* ---- watching ------------------------------------------------------------ */

static void feed(struct program *p) {
    const char *at = p->input;
    ssize_t n = write(p->fd_in, at + p->input_done, p->input_len - p->input_done);
    if (n > 0)
        p->input_done += (size_t)n;
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || p->input_done == p->input_len)
        shut(&p->fd_in);
}

/* A terminal whose other side is closed fails with EIO: the end, too. */
static void collect(int *fd, struct weir_buf *text) {
    char chunk[CHUNK];
    ssize_t n = read(*fd, chunk, sizeof chunk);
    if (n > 0)
        weir_buf_add(text, chunk, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        shut(fd);
}

static int64_t now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec;
}

static void kill_and_reap(struct program *p) {
    if (p->pid <= 0)
        return;
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
    p->pid = 0;
}

static void check_bound(struct program *p, int64_t begin_s, const char *what) {
    if (now_s() - begin_s < BOUND_S)
        return;
    kill_and_reap(p);
    fail_msg("%s did not happen within %d s\nout: %s\nerr: %s", what, BOUND_S,
             weir_buf_str(&p->out), weir_buf_str(&p->err));
}

/* One round; true where extra became readable. */
static bool pump(struct program *p, int extra) {
    struct pollfd fd[] = {
        {p->fd_in, POLLOUT, 0}, {p->fd_out, POLLIN, 0}, {p->fd_err, POLLIN, 0}, {extra, POLLIN, 0}};
    if (poll(fd, 4, TICK_MS) <= 0)
        return false;
    if (fd[0].revents)
        feed(p);
    if (fd[1].revents)
        collect(&p->fd_out, &p->out);
    if (fd[2].revents)
        collect(&p->fd_err, &p->err);
    return fd[3].revents & POLLIN;
}

static bool open_still(const struct program *p) {
    return p->fd_out >= 0 || p->fd_err >= 0;
}

static bool seen(const struct program *p, const char *part) {
    return strstr(weir_buf_str(&p->out), part) || strstr(weir_buf_str(&p->err), part);
}

void program_wait_for(struct program *p, const char *part) {
    int64_t begin = now_s();
    while (!seen(p, part)) {
        if (!open_still(p))
            fail_msg("ended without '%s'\nout: %s\nerr: %s", part, weir_buf_str(&p->out),
                     weir_buf_str(&p->err));
        pump(p, -1);
        check_bound(p, begin, part);
    }
}

void program_wait_readable(struct program *p, int fd) {
    int64_t begin = now_s();
    while (!pump(p, fd)) {
        if (!open_still(p))
            fail_msg("ended before it wrote\nout: %s\nerr: %s", weir_buf_str(&p->out),
                     weir_buf_str(&p->err));
        check_bound(p, begin, "writing");
    }
}

int program_finish(struct program *p) {
    int64_t begin = now_s();
    int status;
    while (open_still(p)) {
        pump(p, -1);
        check_bound(p, begin, "the program's end");
    }
    /* outputs are closed: the end is near, or a descendant of the terminal holds on */
    while (waitpid(p->pid, &status, WNOHANG) == 0) {
        poll(NULL, 0, 5);
        check_bound(p, begin, "the program's exit");
    }
    p->pid = 0;
    shut(&p->fd_in);
    p->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return p->code;
}

void program_done(struct program *p) {
    kill_and_reap(p);
    shut(&p->fd_in);
    shut(&p->fd_out);
    shut(&p->fd_err);
    weir_buf_done(&p->out);
    weir_buf_done(&p->err);
}

int program_run(struct program *p, const char *const *args) {
    weir_buf_reset(&p->out);
    weir_buf_reset(&p->err);
    program_start(p, args);
    return program_finish(p);
}

/* ---- judging ------------------------------------------------------------- */

void program_says(const struct weir_buf *text, const char *part) {
    if (!strstr(weir_buf_str(text), part))
        fail_msg("'%s' is not in: %s", part, weir_buf_str(text));
}

void program_says_all(const struct weir_buf *text, const char *const *parts) {
    for (; *parts; parts++)
        program_says(text, *parts);
}

void program_says_not(const struct weir_buf *text, const char *part) {
    if (strstr(weir_buf_str(text), part))
        fail_msg("'%s' is in: %s", part, weir_buf_str(text));
}

json_t *program_json(const struct program *p) {
    json_error_t err;
    json_t *json = json_loads(weir_buf_str(&p->out), 0, &err);
    if (!json)
        fail_msg("line %d: %s: %s\nerr: %s", err.line, err.text, weir_buf_str(&p->out),
                 weir_buf_str(&p->err));
    return json;
}

void program_tool(struct program *p, const char *tool, const char *const *args) {
    p->exe = tool;
    if (program_run(p, args) == 127) {
        print_message("# skipped: the program %s is not installed\n", tool);
        skip();
    }
    p->exe = NULL;
}

/* Kept, since those of test_data soon mean something else. */
static const char *kept(char *slot, size_t size, const char *relative) {
    snprintf(slot, size, "%s", test_data(relative));
    return slot;
}

const char *data_model(void) {
    static char path[4096];
    return kept(path, sizeof path, "models/yolox_nano_dyn.onnx");
}

const char *data_video(void) {
    static char path[4096];
    return kept(path, sizeof path, "videos/bottle-detection.mp4");
}

const char *data_people(void) {
    static char path[4096];
    return kept(path, sizeof path, "videos/one-by-one-person-detection.mp4");
}

/* ---- files ---------------------------------------------------------------- */

char *dir;

int make_dir(void **state) {
    (void)state;
    dir = test_scratch();
    return 0;
}

int remove_dir(void **state) {
    (void)state;
    test_scratch_remove(dir);
    dir = NULL;
    return 0;
}

const char *write_bytes(const char *name, const void *bytes, size_t len) {
    const char *path = test_path(dir, name);
    assert_int_equal(weir_file_write_all(path, bytes, len, NULL), 0);
    return path;
}

const char *write_text(const char *name, const char *text) {
    return write_bytes(name, text, strlen(text));
}

struct weir_buf file_text(const char *path) {
    struct weir_buf text = {0};
    char chunk[CHUNK];
    size_t n;
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be opened", path);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        weir_buf_add(&text, chunk, n);
    fclose(file);
    return text;
}

size_t line_count(const char *text) {
    size_t lines = 0;
    for (; (text = strchr(text, '\n')); text++)
        lines++;
    return lines;
}

int64_t json_number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("'%s' is no number", key);
    return (int64_t)json_number_value(value);
}

int64_t summed(const json_t *summary) {
    static const char *const reasons[] = {"late",        "overload", "replaced",
                                          "unreachable", "corrupt",  "stopped"};
    const json_t *dropped = json_object_get(summary, "dropped");
    int64_t in = json_number(summary, "frames_in"), out = json_number(summary, "results");
    assert_int_equal(json_object_size(dropped), sizeof reasons / sizeof *reasons);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        out += json_number(dropped, reasons[i]);
    assert_int_equal(in, out);
    return in;
}
