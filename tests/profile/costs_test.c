/* The document of what things cost: it reads back, and says all that is wrong with it. */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

#include "support/support.h"

#define MACHINE                                                                                    \
    "\"weir_profile\":1,\"machine\":{\"cpu\":\"c\",\"cores\":2,\"kernel\":\"k\",\"program\":"      \
    "\"p\","                                                                                       \
    "\"measured\":\"2025-01-02T03:04:05Z\"}"
#define INFER "{\"model\":\"m\",\"width\":320,\"height\":192,\"batch\":1,\"ms\":2.5,\"high_ms\":3}"
#define FILE_OF(infer, reduce, code)                                                               \
    "{" MACHINE ",\"infer\":[" infer "],\"reduce\":[" reduce "],\"code\":[" code "]}"

static struct weir_costs_infer infers[] = {
    {"street_n", 640, 352, 1, 9.25, 11.5, 0},
    {"street_n", 320, 192, 1, 2.5, 3, 40},
    {"street_m", 320, 192, 4, 40.125, 41, 0},
    {"street_m", 320, 192, 1, 11, 12.000001, 0},
};
static struct weir_costs_reduce reduces[] = {
    {1280, 720, 640, 360, 0.6125},
    {640, 360, 320, 180, 0.2},
};
static struct weir_costs_code codes[] = {
    {WEIR_COSTS_H264, 640, 360, 23, 0.8, 0.25, 3800.5, 64000},
    {WEIR_COSTS_JPEG, 640, 360, 80, 0.7, 0.6, 45900, 45900},
};
static const struct weir_costs some = {
    .machine = {"A CPU @ 2.5 GHz", "6.1.0", "0.1.0", 2, "2025-01-02T03:04:05Z"},
    .infer = infers,
    .infers = 4,
    .reduce = reduces,
    .reduces = 2,
    .code = codes,
    .codes = 2,
};

static void refused(const char *text, const char *const *says) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "profile.json");
    struct weir_costs costs = {.infers = 77};
    struct weir_error err = {0};
    assert_int_equal(weir_file_write_all(path, text, strlen(text), NULL), 0);
    assert_int_equal(weir_costs_read(path, &costs, &err), WEIR_EINVAL);
    for (; *says; says++)
        test_error_says(&err, *says);
    test_error_says(&err, "profile.json");
    test_error_says(&err, "measure anew: weir profile");
    assert_int_equal(costs.infers, 77); /* untouched */
    test_scratch_remove(dir);
}

#define REFUSED(text, ...) refused(text, (const char *const[]){__VA_ARGS__, NULL})

static void test_it_reads_back_what_was_written_in_order(void **state) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "new/folder/profile.json");
    struct weir_costs c;
    struct weir_error err = {0};
    assert_int_equal(weir_costs_write(path, &some, &err), 0);
    if (weir_costs_read(path, &c, &err))
        fail_msg("%s", err.text);
    assert_string_equal(c.machine.cpu, some.machine.cpu);
    assert_string_equal(c.machine.kernel, "6.1.0");
    assert_string_equal(c.machine.program, "0.1.0");
    assert_string_equal(c.machine.measured, "2025-01-02T03:04:05Z");
    assert_int_equal(c.machine.cores, 2);
    assert_int_equal(c.infers, 4);
    assert_int_equal(c.reduces, 2);
    assert_int_equal(c.codes, 2);
    static const int infer_at[] = {3, 2, 1, 0};
    for (int i = 0; i < 4; i++) {
        const struct weir_costs_infer *want = &infers[infer_at[i]];
        assert_string_equal(c.infer[i].model, want->model);
        assert_int_equal(c.infer[i].width, want->width);
        assert_int_equal(c.infer[i].height, want->height);
        assert_int_equal(c.infer[i].batch, want->batch);
        assert_float_equal(c.infer[i].ms, want->ms, 1e-9);
        assert_float_equal(c.infer[i].high_ms, want->high_ms, 1e-9);
        assert_int_equal(c.infer[i].seen, want->seen);
    }
    assert_int_equal(c.reduce[0].from_width, 640);
    assert_int_equal(c.reduce[0].height, 180);
    assert_float_equal(c.reduce[1].ms, 0.6125, 1e-9);
    assert_int_equal(c.code[0].codec, WEIR_COSTS_JPEG);
    assert_int_equal(c.code[1].quality, 23);
    assert_float_equal(c.code[1].bytes, 3800.5, 1e-9);
    assert_float_equal(c.code[1].key_bytes, 64000, 1e-9);
    weir_costs_done(&c);
    weir_costs_done(NULL);
    test_scratch_remove(dir);
}

static void test_a_point_is_a_line(void **state) {
    struct weir_buf text = {0};
    int lines = 0;
    weir_costs_print(&some, &text);
    assert_false(text.failed);
    for (const char *at = text.data; (at = strchr(at, '\n')); at++)
        lines++;
    /* {, version, machine (7), three lists of 2 and their points, } */
    assert_int_equal(lines, 1 + 1 + 7 + 6 + 8 + 1);
    assert_non_null(strstr(text.data, "\n    {\"model\":\"street_n\",\"width\":640,"));
    weir_buf_done(&text);
}

static void test_a_profile_without_points_is_one(void **state) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "profile.json");
    const struct weir_costs none = {.machine = {.cores = 1}}; /* a machine that says nothing */
    struct weir_costs c;
    struct weir_error err = {0};
    assert_int_equal(weir_costs_write(path, &none, NULL), 0);
    if (weir_costs_read(path, &c, &err))
        fail_msg("%s", err.text);
    assert_int_equal(c.infers + c.reduces + c.codes, 0);
    assert_string_equal(c.machine.cpu, "unknown");
    weir_costs_done(&c);
    test_scratch_remove(dir);
}

static void test_its_place_is_the_users(void **state) {
    char *path = NULL;
    setenv("WEIR_PROFILE", "/some/where.json", 1);
    assert_int_equal(weir_costs_path(&path, NULL), 0);
    assert_string_equal(path, "/some/where.json");
    free(path);
    unsetenv("WEIR_PROFILE");
    setenv("HOME", "/home/u", 1);
    assert_int_equal(weir_costs_path(&path, NULL), 0);
    assert_string_equal(path, "/home/u/.local/share/weir/profile.json");
    free(path);
    unsetenv("HOME");
    struct weir_error err = {0};
    path = NULL;
    assert_int_equal(weir_costs_path(&path, &err), WEIR_ENOENT);
    test_error_says(&err, "neither $WEIR_PROFILE nor $HOME is set");
    assert_null(path);
}

static void test_codecs_have_names(void **state) {
    assert_int_equal(weir_costs_codec_by_name("jpeg"), WEIR_COSTS_JPEG);
    assert_int_equal(weir_costs_codec_by_name("h264"), WEIR_COSTS_H264);
    assert_int_equal(weir_costs_codec_by_name("h265"), -1);
    assert_string_equal(weir_costs_codec_name(WEIR_COSTS_H264), "h264");
}

static void test_another_document_is_told_with_all_that_is_missing(void **state) {
    REFUSED("", "not valid JSON");
    REFUSED("[1]", "one JSON object");
    REFUSED("{}", "weir_profile: found nothing; allowed: a whole number from 1 to 1",
            "machine.cpu: found nothing", "machine.cores: found nothing",
            "machine.measured: found nothing", "infer: found nothing; allowed: a list",
            "reduce: found nothing", "code: found nothing");
    REFUSED("{\"weir_profile\":2}", "weir_profile: found 2");
}

static void test_every_wrong_value_has_its_place(void **state) {
    REFUSED(FILE_OF("{\"model\":\"\",\"width\":0,\"height\":1.5,\"batch\":\"x\",\"ms\":-1,"
                    "\"high_ms\":null},7",
                    "{\"from_width\":1,\"from_height\":1,\"width\":99999999,\"height\":1,\"ms\":0}",
                    "{\"codec\":\"vp9\"},{\"codec\":\"h264\",\"quality\":52}"),
            "infer[0].model: found \"\"; allowed: a text of 1 to 47 bytes",
            "infer[0].width: found 0; allowed: a whole number from 1", "infer[0].height: found 1.5",
            "infer[0].batch: found \"x\"", "infer[0].ms: found -1", "infer[0].high_ms: found null",
            "infer[1]: found 7; allowed: an object", "reduce[0].width: found 99999999",
            "reduce[0].ms: found 0", "code[0].codec: found \"vp9\"; allowed: jpeg or h264",
            "code[0].bytes: found nothing", "code[1].quality: found 52",
            "allowed: a whole number from 0 to 51");
}

static void test_a_quantile_below_the_median_is_refused(void **state) {
    REFUSED(FILE_OF("{\"model\":\"m\",\"width\":32,\"height\":32,\"batch\":1,\"ms\":2,"
                    "\"high_ms\":1}",
                    "", ""),
            "infer[0].high_ms: found 1; allowed: no less than ms");
}

static void test_a_point_that_was_made_of_nothing_is_refused(void **state) {
    REFUSED(FILE_OF("{\"model\":\"m\",\"width\":32,\"height\":32,\"batch\":1,\"ms\":2,"
                    "\"high_ms\":3,\"seen\":0}",
                    "", ""),
            "infer[0].seen: found 0; allowed: a whole number from 1");
}

static void test_a_name_that_is_too_long_is_refused(void **state) {
    REFUSED(FILE_OF("{\"model\":\"0123456789012345678901234567890123456789012345678\",\"width\":32,"
                    "\"height\":32,\"batch\":1,\"ms\":2,\"high_ms\":3}",
                    "", ""),
            "infer[0].model: found \"012345");
}

static void test_a_point_twice_is_refused(void **state) {
    REFUSED(FILE_OF(INFER "," INFER, "", ""), "infer: found", "m at 320x192, batch 1 only once");
    REFUSED(FILE_OF("",
                    "{\"from_width\":9,\"from_height\":9,\"width\":3,\"height\":3,\"ms\":1},"
                    "{\"from_width\":9,\"from_height\":9,\"width\":3,\"height\":3,\"ms\":2}",
                    ""),
            "9x9 to 3x3 only once");
}

static void test_a_file_that_is_not_there_is_told(void **state) {
    char *dir = test_scratch();
    struct weir_costs c;
    struct weir_error err = {0};
    assert_int_equal(weir_costs_read(test_path(dir, "none.json"), &c, &err), WEIR_ENOENT);
    test_error_says(&err, "none.json");
    test_scratch_remove(dir);
}

static void test_a_place_that_cannot_be_written_is_told(void **state) {
    char *dir = test_scratch();
    struct weir_error err = {0};
    assert_int_not_equal(weir_costs_write(dir, &some, &err), 0);
    test_error_says(&err, dir);
    test_scratch_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_reads_back_what_was_written_in_order),
        cmocka_unit_test(test_a_point_is_a_line),
        cmocka_unit_test(test_a_profile_without_points_is_one),
        cmocka_unit_test(test_its_place_is_the_users),
        cmocka_unit_test(test_codecs_have_names),
        cmocka_unit_test(test_another_document_is_told_with_all_that_is_missing),
        cmocka_unit_test(test_every_wrong_value_has_its_place),
        cmocka_unit_test(test_a_quantile_below_the_median_is_refused),
        cmocka_unit_test(test_a_point_that_was_made_of_nothing_is_refused),
        cmocka_unit_test(test_a_name_that_is_too_long_is_refused),
        cmocka_unit_test(test_a_point_twice_is_refused),
        cmocka_unit_test(test_a_file_that_is_not_there_is_told),
        cmocka_unit_test(test_a_place_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
