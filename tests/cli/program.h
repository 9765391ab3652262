/*
 * The program as a user runs it: started with arguments, an environment and
 * standard input, watched while it runs, and ended within a bound.
 *
 *     struct program p = {0};
 *     assert_int_equal(PROGRAM(&p, "run", video, "--json"), 0);
 *     program_says(&p, p.err, "…");
 *     program_done(&p);
 *
 * A program that does not end in time is killed by its id, and the test fails.
 */
#ifndef WEIR_TESTS_CLI_PROGRAM_H
#define WEIR_TESTS_CLI_PROGRAM_H

#include "support/support.h"

#include <stdbool.h>
#include <sys/types.h>

#include <jansson.h>

struct program {
    /* set by the test, all optional; pointers are borrowed */
    const char *exe; /* NULL: weir */
    const char *const *env; /* "NAME=VALUE" …, NULL; over an environment without WEIR_… */
    const char *cwd;
    const void *input; /* standard input; NULL: /dev/null */
    size_t input_len;
    int columns; /* > 0: on a pseudo terminal of this width; out is all it shows */
    bool no_stdout; /* started with standard output closed */
    bool deaf; /* nobody reads standard output: the pipe's other end is closed */

    /* what came of it */
    pid_t pid;
    int code; /* exit code; 128 + n: ended by signal n */
    struct weir_buf out, err;

    int fd_in, fd_out, fd_err; /* ours; -1: closed */
    size_t input_done;
};

/* args: after the program's name, NULL-terminated. */
void program_start(struct program *p, const char *const *args);
/* Reads what it prints until part was seen on either stream; fails where it ends before. */
void program_wait_for(struct program *p, const char *part);
/* Reads on until the file descriptor (of a FIFO, say) is readable. */
void program_wait_readable(struct program *p, int fd);
/* Reads to the end and reaps it; returns the exit code. */
int program_finish(struct program *p);
/* Frees the texts and kills what still runs; p keeps what the test had set. */
void program_done(struct program *p);

int program_run(struct program *p, const char *const *args);
#define PROGRAM(p, ...) program_run(p, (const char *const[]){__VA_ARGS__, NULL})

/* Asserts that text (p->out or p->err) contains part. */
void program_says(const struct weir_buf *text, const char *part);
/* Each of the parts. */
void program_says_all(const struct weir_buf *text, const char *const *parts);
#define SAYS_ALL(text, ...) program_says_all(text, (const char *const[]){__VA_ARGS__, NULL})
void program_says_not(const struct weir_buf *text, const char *part);
/* Standard output as JSON; fails where it is none. */
json_t *program_json(const struct program *p);

/* Runs another program (ffmpeg, ffprobe, mandoc); skips by name where it is not there. */
void program_tool(struct program *p, const char *tool, const char *const *args);
#define TOOL(p, tool, ...) program_tool(p, tool, (const char *const[]){__VA_ARGS__, NULL})

/* The small real detector and two videos; skip by name. Static strings that stay. */
const char *data_model(void);
const char *data_video(void);
const char *data_people(void);

/* A scratch folder: setup and teardown, of a group or of each test; dir is there between them. */
extern char *dir;
int make_dir(void **state);
int remove_dir(void **state);
/* A file in it; the path as of test_path. */
const char *write_bytes(const char *name, const void *bytes, size_t len);
const char *write_text(const char *name, const char *text);

/* A file's content, to be freed with weir_buf_done; fails where it cannot be read. */
struct weir_buf file_text(const char *path);
size_t line_count(const char *text);
int64_t json_number(const json_t *object, const char *key);
/* frames_in equals results and all drops; returns frames_in. */
int64_t summed(const json_t *summary);

#endif
