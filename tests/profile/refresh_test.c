/* What a run measured, folded into the profile: weighed, refused where it does not belong, whole.
 */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/support.h"

static struct weir_costs_infer infers[] = {
    {"m", 320, 192, 1, 4, 5, 100},
    {"m", 640, 384, 1, 16, 18, 0},
};

/* A profile of this machine in a file of its own. */
static const char *write_profile(const char *dir) {
    const char *path = test_path(dir, "profile.json");
    struct weir_costs costs = {.infer = infers, .infers = 2};
    struct weir_error err = {0};
    weir_costs_this_machine(&costs.machine);
    if (weir_costs_write(path, &costs, &err))
        fail_msg("%s", err.text);
    return path;
}

static struct weir_costs read_profile(const char *path) {
    struct weir_costs costs;
    struct weir_error err = {0};
    if (weir_costs_read(path, &costs, &err))
        fail_msg("%s", err.text);
    return costs;
}

static const struct weir_costs_infer *point(const struct weir_costs *costs, int width) {
    for (int i = 0; i < costs->infers; i++)
        if (costs->infer[i].width == width && !strcmp(costs->infer[i].model, "m"))
            return &costs->infer[i];
    return NULL;
}

/* How many of them were news. */
static int saw(struct weir_refresh *r, int times, const char *model, int width, double ms) {
    struct weir_refresh_news news;
    int count = 0;
    for (int i = 0; i < times; i++)
        count += weir_refresh_saw(r, model, width, width * 3 / 5, 1,
                                  (int64_t)(ms * (double)WEIR_NS_PER_MS), &news);
    return count;
}

static char *text_of(const char *path) {
    char *text;
    size_t len;
    struct weir_error err = {0};
    if (weir_file_read(path, 1 << 20, &text, &len, &err))
        fail_msg("%s", err.text);
    return text;
}

/* ---- weights ------------------------------------------------------------- */

static void test_a_point_moves_by_how_often_each_side_was_seen(void **state) {
    char *dir = test_scratch();
    const char *path = write_profile(dir);
    struct weir_costs empty = {0};
    struct weir_refresh *r = weir_refresh_new(&empty);
    struct weir_error err = {0};
    int points = 0;
    (void)state;
    saw(r, 300, "m", 320, 8);
    assert_int_equal(weir_refresh_save(r, path, &points, &err), 0);
    assert_int_equal(points, 1);
    struct weir_costs costs = read_profile(path);
    assert_int_equal(costs.infers, 2);
    assert_float_equal(point(&costs, 320)->ms, (100 * 4 + 300 * 8) / 400.0, 1e-6);
    assert_float_equal(point(&costs, 320)->high_ms, (100 * 5 + 300 * 8) / 400.0, 1e-6);
    assert_int_equal(point(&costs, 320)->seen, 400);
    assert_float_equal(point(&costs, 640)->ms, 16, 1e-9);
    weir_costs_done(&costs);
    weir_refresh_free(r);
    test_scratch_remove(dir);
}

static void test_the_past_weighs_no_more_than_a_thousand(void **state) {
    struct weir_costs_infer *old = malloc(sizeof *old);
    *old = (struct weir_costs_infer){"m", 320, 192, 1, 4, 5, 1000000};
    struct weir_costs costs = {.infer = old, .infers = 1}, empty = {0};
    struct weir_refresh *r = weir_refresh_new(&empty);
    int points;
    (void)state;
    saw(r, 1000, "m", 320, 8);
    assert_int_equal(weir_refresh_fold(r, &costs, &points), 0);
    assert_float_equal(costs.infer[0].ms, 6, 1e-6);
    weir_costs_done(&costs);
    weir_refresh_free(r);
}

static void test_wild_inferences_do_not_move_a_median(void **state) {
    struct weir_costs costs = {0}, empty = {0};
    struct weir_refresh *r = weir_refresh_new(&empty);
    int points;
    (void)state;
    saw(r, 20, "m", 320, 5000);
    saw(r, 61, "m", 320, 8);
    assert_int_equal(weir_refresh_fold(r, &costs, &points), 0);
    assert_float_equal(costs.infer[0].ms, 8, 1e-6);
    assert_true(costs.infer[0].high_ms >= 5000);
    weir_costs_done(&costs);
    weir_refresh_free(r);
}

static void test_what_lay_between_points_gets_one_of_its_own(void **state) {
    char *dir = test_scratch();
    const char *path = write_profile(dir);
    struct weir_costs profile = read_profile(path);
    struct weir_refresh *r = weir_refresh_new(&profile);
    struct weir_error err = {0};
    int points;
    (void)state;
    saw(r, 80, "m", 480, 9);
    saw(r, 80, "new", 320, 2);
    assert_int_equal(weir_refresh_save(r, path, &points, &err), 0);
    assert_int_equal(points, 2);
    struct weir_costs costs = read_profile(path);
    assert_int_equal(costs.infers, 4);
    assert_float_equal(point(&costs, 480)->ms, 9, 1e-6);
    assert_int_equal(point(&costs, 480)->seen, 80);
    weir_costs_done(&costs);
    weir_refresh_free(r);
    weir_costs_done(&profile);
    test_scratch_remove(dir);
}

static void test_few_inferences_change_nothing(void **state) {
    char *dir = test_scratch();
    const char *path = write_profile(dir);
    struct weir_costs empty = {0};
    struct weir_refresh *r = weir_refresh_new(&empty);
    struct weir_error err = {0};
    char *before = text_of(path), *after;
    int points = 7;
    (void)state;
    saw(r, 49, "m", 320, 8);
    assert_int_equal(weir_refresh_save(r, path, &points, &err), 0);
    assert_int_equal(points, 0);
    after = text_of(path);
    assert_string_equal(before, after);
    free(before);
    free(after);
    weir_refresh_free(r);
    test_scratch_remove(dir);
}

static void test_a_name_too_long_for_a_profile_is_passed_over(void **state) {
    struct weir_costs costs = {0}, empty = {0};
    struct weir_refresh *r = weir_refresh_new(&empty);
    int points = 7;
    (void)state;
    saw(r, 80, "a_name_of_forty_eight_letters_which_is_one_more_", 320, 8);
    assert_int_equal(weir_refresh_fold(r, &costs, &points), 0);
    assert_int_equal(points, 0);
    weir_costs_done(&costs);
    weir_refresh_free(r);
}

/* ---- drift --------------------------------------------------------------- */

static void test_drift_is_told_once(void **state) {
    struct weir_costs profile = {.infer = infers, .infers = 2};
    struct weir_refresh *r = weir_refresh_new(&profile);
    struct weir_refresh_news news = {0};
    (void)state;
    assert_int_equal(saw(r, 49, "m", 320, 6.4), 0);
    assert_true(weir_refresh_saw(r, "m", 320, 192, 1, 6400000, &news));
    assert_string_equal(news.model, "m");
    assert_float_equal(news.profile_ms, 4, 1e-6);
    assert_float_equal(news.ms, 6.4, 1e-3);
    assert_int_equal(saw(r, 500, "m", 320, 6.4), 0);
    assert_int_equal(saw(r, 500, "m", 320, 4), 0); /* it came back */
    assert_int_equal(saw(r, 500, "m", 320, 6.4), 0);
    assert_int_equal(saw(r, 100, "m", 640, 8), 1); /* another point */
    weir_refresh_free(r);
}

static void test_what_the_profile_says_is_no_news_nor_is_a_model_that_it_does_not_know(void **s) {
    struct weir_costs profile = {.infer = infers, .infers = 2};
    struct weir_refresh *r = weir_refresh_new(&profile);
    (void)s;
    assert_int_equal(saw(r, 500, "m", 320, 4.5), 0);
    assert_int_equal(saw(r, 500, "other", 320, 400), 0);
    assert_int_equal(saw(r, 500, "m", 640, 0), 0);
    weir_refresh_free(r);
}

/* ---- files that it must not touch ---------------------------------------- */

static void refuses(const char *path, int rc, const char *says) {
    struct weir_costs empty = {0};
    struct weir_refresh *r = weir_refresh_new(&empty);
    struct weir_error err = {0};
    int points = 7;
    saw(r, 80, "m", 320, 8);
    char *before = rc == WEIR_ENOENT ? NULL : text_of(path);
    assert_int_equal(weir_refresh_save(r, path, &points, &err), rc);
    assert_int_equal(points, 7);
    test_error_says(&err, says);
    if (before) {
        char *after = text_of(path);
        assert_string_equal(before, after);
        free(after);
    }
    free(before);
    weir_refresh_free(r);
}

static void test_another_machines_file_is_refused(void **state) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "profile.json");
    struct weir_costs costs = {.infer = infers, .infers = 2};
    (void)state;
    weir_costs_this_machine(&costs.machine);
    snprintf(costs.machine.cpu, sizeof costs.machine.cpu, "An Abacus");
    assert_int_equal(weir_costs_write(path, &costs, NULL), 0);
    refuses(path, WEIR_EUNSUPPORTED, "another machine's: found An Abacus");
    test_scratch_remove(dir);
}

static void test_a_damaged_file_is_refused(void **state) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "profile.json");
    (void)state;
    assert_int_equal(weir_file_write_all(path, "{\"weir_profile\":1,", 18, NULL), 0);
    refuses(path, WEIR_EINVAL, "profile.json");
    test_scratch_remove(dir);
}

static void test_where_there_is_no_file_none_is_made(void **state) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "profile.json");
    (void)state;
    refuses(path, WEIR_ENOENT, "profile.json");
    assert_false(weir_file_exists(path));
    test_scratch_remove(dir);
}

/* ---- several at once ----------------------------------------------------- */

/* Each of them folds 60 inferences a few times; whoever looks finds a whole file at any time. */
static void test_writers_at_once_lose_nothing_and_leave_a_whole_file(void **state) {
    enum { WRITERS = 4, TIMES = 5, EACH = 60 };
    char *dir = test_scratch();
    const char *path = write_profile(dir);
    pid_t child[WRITERS];
    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        child[i] = fork();
        assert_true(child[i] >= 0);
        if (child[i])
            continue;
        struct weir_costs empty = {0};
        struct weir_refresh *r = weir_refresh_new(&empty);
        struct weir_error err = {0};
        int points, rc = 0;
        saw(r, EACH, "m", 320, 8);
        for (int k = 0; k < TIMES; k++)
            rc |= weir_refresh_save(r, path, &points, &err);
        _exit(rc ? 1 : 0);
    }
    for (int i = 0, status; i < WRITERS; i++) {
        struct weir_costs costs = read_profile(path);
        weir_costs_done(&costs);
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    struct weir_costs costs = read_profile(path);
    assert_int_equal(point(&costs, 320)->seen, 100 + WRITERS * TIMES * EACH);
    weir_costs_done(&costs);
    test_scratch_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_point_moves_by_how_often_each_side_was_seen),
        cmocka_unit_test(test_the_past_weighs_no_more_than_a_thousand),
        cmocka_unit_test(test_wild_inferences_do_not_move_a_median),
        cmocka_unit_test(test_what_lay_between_points_gets_one_of_its_own),
        cmocka_unit_test(test_few_inferences_change_nothing),
        cmocka_unit_test(test_a_name_too_long_for_a_profile_is_passed_over),
        cmocka_unit_test(test_drift_is_told_once),
        cmocka_unit_test(
            test_what_the_profile_says_is_no_news_nor_is_a_model_that_it_does_not_know),
        cmocka_unit_test(test_another_machines_file_is_refused),
        cmocka_unit_test(test_a_damaged_file_is_refused),
        cmocka_unit_test(test_where_there_is_no_file_none_is_made),
        cmocka_unit_test(test_writers_at_once_lose_nothing_and_leave_a_whole_file),
    };
    return cmocka_run_group_tests_name("refresh", tests, NULL, NULL);
}
