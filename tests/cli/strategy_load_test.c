/*
 * Strategies as users name them: in the box, of their own, and what is none. Shared objects are
 * built by the example's Makefile and by the compiler that make would use.
 */
#include "cli/strategy_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/program.h"
#include "sim/small_world.h"

static void shell(const char *command) {
    if (system(command))
        fail_msg("failed: %s", command);
}

/* The example, as its README says, but for where it goes. */
static const char *example(void) {
    char command[1024];
    snprintf(command, sizeof command, "make -s -C '%s' OUT='%s' CFLAGS='-O2 -Wall -Wextra -Werror'",
             test_source("examples/strategy"), dir);
    shell(command);
    return test_path(dir, "mine.so");
}

/* A shared object of those lines, with the contract's header; its path. */
static const char *built(const char *name, const char *lines) {
    char command[2048];
    char source[64];
    struct weir_buf text = {0};
    snprintf(source, sizeof source, "%s.c", name);
    weir_buf_puts(&text, "#include \"weir/strategy.h\"\n");
    weir_buf_puts(&text, lines);
    assert_int_equal(
        weir_file_write_all(test_path(dir, source), weir_buf_str(&text), text.len, NULL), 0);
    weir_buf_done(&text);
    snprintf(command, sizeof command, "cc -std=c11 -shared -fPIC -w -I'%s' -o '%s/%s' '%s/%s'",
             test_source("include"), dir, name, dir, source);
    shell(command);
    return test_path(dir, name);
}

static struct cli_strategy found(const char *text) {
    struct weir_error err = {0};
    struct cli_strategy s = {0};
    if (cli_strategy_find(text, &s, &err))
        fail_msg("%s", err.text);
    return s;
}

static void refused(int code, const char *text, const char *words) {
    struct weir_error err = {0};
    struct cli_strategy s = {0};
    int rc = cli_strategy_find(text, &s, &err);
    if (rc != code)
        fail_msg("%s: %s, expected %s", text, weir_err_name(rc), weir_err_name(code));
    test_error_says(&err, words);
    assert_null(s.strategy);
    assert_null(s.options);
    assert_null(s.handle);
}

static void test_what_is_in_the_box_is_found_by_name_with_its_options(void **state) {
    (void)state;
    static const struct {
        const char *text, *name, *options;
    } rows[] = {
        {"greedy", "greedy", ""},
        {"weir:", "weir", ""},
        {"static:node=a/b.so,width=640", "static", "node=a/b.so,width=640"},
        {"awstream:target=0.5", "awstream", "target=0.5"},
        {"houmani21:a:b", "houmani21", "a:b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cli_strategy s = found(rows[i].text);
        assert_ptr_equal(s.strategy, weir_strategy_find(rows[i].name));
        assert_string_equal(s.options, rows[i].options);
        assert_null(s.handle);
        cli_strategy_done(&s);
    }
}

static void test_an_unknown_name_is_told_with_all_there_are_and_the_nearest(void **state) {
    (void)state;
    refused(WEIR_EINVAL, "gredy",
            "there is no strategy \"gredy\"; did you mean greedy?; allowed: ");
    refused(WEIR_EINVAL, "aws:target=1", "did you mean awstream?");
    for (size_t i = 0; i < weir_strategies_len; i++)
        refused(WEIR_EINVAL, "zebra", weir_strategies[i]->name);
    refused(WEIR_EINVAL, "zebra", "or the path of one of your own");
    refused(WEIR_EINVAL, "", "there is no strategy \"\"");
    refused(WEIR_EINVAL, ":x", "there is no strategy \"\"");
    refused(WEIR_EINVAL, "Greedy", "there is no strategy \"Greedy\"");
}

static void test_a_path_ends_where_its_suffix_does(void **state) {
    (void)state;
    refused(WEIR_ENOENT, "./none.so", "strategy ./none.so: no such file");
    refused(WEIR_ENOENT, "none.so", "strategy ./none.so: no such file");
    refused(WEIR_ENOENT, "none.so:x.so", "strategy ./none.so: no such file");
    refused(WEIR_ENOENT, "./a:b/none.so:x=1", "strategy ./a:b/none.so: no such file");
    refused(WEIR_ENOENT, "./none:x=1", "strategy ./none: no such file");
    refused(WEIR_ENOENT, "./none.so", "build it with cc -shared -fPIC");
}

static void test_the_example_builds_loads_and_delivers_frames(void **state) {
    (void)state;
    char text[512];
    snprintf(text, sizeof text, "%s:belief=0.25", example());
    struct cli_strategy s = found(text);
    memset(text, 'x', sizeof text - 1); /* it may go away */
    assert_string_equal(s.strategy->name, "mine");
    assert_string_equal(s.options, "belief=0.25");
    assert_non_null(s.handle);
    struct small_world *w = small_world_new("", 4, s.strategy, s.options);
    small_world_run(w);
    const struct small_tally t = small_world_tally(w, 0, 20);
    assert_int_equal(t.frames, 4 * 500);
    assert_int_equal(t.detected, t.frames);
    assert_true((double)t.on_time > 0.99 * (double)t.frames);
    assert_true(t.mean_ms < 50); /* cloud-only: 62 */
    assert_int_equal(w->result.refused, 0);
    small_world_free(w);
    cli_strategy_done(&s);
}

static void test_what_the_example_keeps_replays(void **state) {
    (void)state;
    struct cli_strategy s = found(example());
    struct sim_calls *calls;
    struct sim_replay done;
    size_t len;
    assert_int_equal(sim_calls_new(&calls, NULL), 0);
    struct small_world *w = small_world_new("", 2, s.strategy, s.options);
    w->conf.calls = calls;
    w->conf.seconds = 3;
    small_world_run(w);
    const char *bytes = sim_calls_bytes(calls, &len);
    assert_int_equal(sim_calls_replay(s.strategy, bytes, len, &done, NULL), 0);
    assert_int_equal(done.choices, 2 * 75);
    assert_true(done.results > 100);
    small_world_free(w);
    sim_calls_free(calls);
    cli_strategy_done(&s);
}

static void test_the_examples_options_are_checked_by_the_example(void **state) {
    (void)state;
    static const char *const rows[] = {"belief=0", "belief=2", "belief=nan",
                                       "belief=",  "faith=1",  "belief=0.5,"};
    struct cli_strategy s = found(example());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct weir_error err = {0};
        struct small_world *w = small_world_new("", 1, s.strategy, rows[i]);
        assert_int_equal(sim_world_run(&w->conf, &w->result, &err), WEIR_EINVAL);
        test_error_says(&err, "strategy mine: options are \"");
        test_error_says(&err, "allowed: belief=, above 0 and up to 1");
        small_world_free(w);
    }
    cli_strategy_done(&s);
}

/* Nonsense from a user's own: each such frame takes the fastest way that meets its floor. */
static void test_nonsense_is_replaced_frame_by_frame_and_counted(void **state) {
    (void)state;
    static const char *const answers[] = {"12345", "-7", "frame->frame % 2 ? 12345 : -7"};
    for (size_t i = 0; i < 3; i++) {
        char name[32], lines[512];
        snprintf(name, sizeof name, "fool%zu.so", i);
        snprintf(lines, sizeof lines,
                 "static int c(struct weir_strategy_state *s, const struct weir_frame_view *frame) "
                 "{ return %s; }\nconst struct weir_strategy weir_strategy = "
                 "{ WEIR_STRATEGY_VERSION, \"fool\", \"nonsense\", .choose = c };\n",
                 answers[i]);
        struct cli_strategy s = found(built(name, lines));
        struct small_world *w = small_world_new("", 2, s.strategy, s.options);
        small_world_run(w);
        const struct small_tally t = small_world_tally(w, 0, 20);
        assert_int_equal(w->result.refused, t.frames);
        assert_int_equal(t.detected, t.frames);
        assert_true(t.mean_accuracy >= 0.85);
        small_world_free(w);
        cli_strategy_done(&s);
    }
}

static void test_one_that_chooses_nothing_drops_and_is_not_refused(void **state) {
    (void)state;
    struct cli_strategy s = found(built(
        "idle.so", "static int c(struct weir_strategy_state *s, const struct weir_frame_view *f) "
                   "{ return WEIR_DROP; }\nconst struct weir_strategy weir_strategy = "
                   "{ WEIR_STRATEGY_VERSION, \"idle\", \"drops all\", .choose = c };\n"));
    struct small_world *w = small_world_new("", 2, s.strategy, s.options);
    small_world_run(w);
    const struct small_tally t = small_world_tally(w, 0, 20);
    assert_int_equal(w->result.refused, 0);
    assert_int_equal(t.detected, 0);
    assert_int_equal(t.frames, 1000);
    small_world_free(w);
    cli_strategy_done(&s);
}

static void test_what_is_no_shared_object_is_told_with_the_loaders_words(void **state) {
    (void)state;
    const char *path = test_path(dir, "text.so");
    assert_int_equal(weir_file_write_all(path, "hello", 5, NULL), 0);
    refused(WEIR_EINVAL, path, "cannot be loaded: ");
    refused(WEIR_EINVAL, path, "it must be a shared object for this machine");
    refused(WEIR_EINVAL, dir, "cannot be loaded: "); /* a folder */
}

static void test_a_shared_object_without_the_symbol_is_told(void **state) {
    (void)state;
    refused(WEIR_EINVAL, built("none.so", "int weir_stratagem;\n"),
            "has no weir_strategy; define const struct weir_strategy weir_strategy in it, not "
            "static");
}

static void test_what_a_strategy_lacks_is_told_with_what_to_do(void **state) {
    (void)state;
    static const struct {
        const char *file, *init, *words;
    } rows[] = {
        {"old.so", "{ 99, \"old\", \"x\", .choose = c }", "a strategy of version 99; needed: 2. "},
        {"zero.so", "{ 0 }", "set .version = WEIR_STRATEGY_VERSION"},
        {"idle.so", "{ WEIR_STRATEGY_VERSION, \"idle\", \"x\" }",
         "idle does not choose; set .choose"},
        {"nameless.so", "{ WEIR_STRATEGY_VERSION, 0, \"x\", .choose = c }", "its name is missing"},
        {"empty.so", "{ WEIR_STRATEGY_VERSION, \"\", \"x\", .choose = c }", "its name is \"\""},
        {"words.so", "{ WEIR_STRATEGY_VERSION, \"two words\", \"x\", .choose = c }",
         "its name is \"two words\"; allowed: a word"},
        {"boxed.so", "{ WEIR_STRATEGY_VERSION, \"greedy\", \"x\", .choose = c }",
         "its name is \"greedy\", as one in the box is called"},
        {"mute.so", "{ WEIR_STRATEGY_VERSION, \"mute\", .choose = c }", "set .about to one line"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char lines[512];
        snprintf(lines, sizeof lines,
                 "static int c(struct weir_strategy_state *s, const struct weir_frame_view *f) "
                 "{ return 0; }\nconst struct weir_strategy weir_strategy = %s;\n",
                 rows[i].init);
        refused(WEIR_EINVAL, built(rows[i].file, lines), rows[i].words);
    }
}

static void test_done_takes_what_was_never_found(void **state) {
    (void)state;
    struct cli_strategy none = {0};
    cli_strategy_done(&none);
    assert_null(none.strategy);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        T(test_what_is_in_the_box_is_found_by_name_with_its_options),
        T(test_an_unknown_name_is_told_with_all_there_are_and_the_nearest),
        T(test_a_path_ends_where_its_suffix_does),
        T(test_the_example_builds_loads_and_delivers_frames),
        T(test_what_the_example_keeps_replays),
        T(test_the_examples_options_are_checked_by_the_example),
        T(test_nonsense_is_replaced_frame_by_frame_and_counted),
        T(test_one_that_chooses_nothing_drops_and_is_not_refused),
        T(test_what_is_no_shared_object_is_told_with_the_loaders_words),
        T(test_a_shared_object_without_the_symbol_is_told),
        T(test_what_a_strategy_lacks_is_told_with_what_to_do),
        T(test_done_takes_what_was_never_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
