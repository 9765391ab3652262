/* Counts by height: worked out by hand. */
#include "support/support.h"

#include <string.h>

#include "eval/build.h"

static void test_heights_fall_into_bins_of_the_models_pixels(void **state) {
    /* At half size: truths of 8 (bin of 8: index 4), 3 (1), 1.5 (none) and 400 (the last, 14);
     * the first is found at .5, the last below the threshold. False alarms of 12 (5), and one
     * below the threshold. */
    struct weir_dataset truth = build_dataset(2, 2), found = build_dataset(2, 2);
    build_truth(&truth, 0, 0, 0, 0, 10, 16);
    build_truth(&truth, 0, 1, 50, 0, 10, 6);
    build_truth(&truth, 0, 1, 90, 0, 10, 3);
    build_truth(&truth, 1, 1, 0, 0, 100, 800);
    build_truth(&truth, 1, 1, 500, 0, 100, 800)->ignore = true;
    build_truth(&truth, 1, 1, 700, 0, 100, 800)->crowd = true;
    build_found(&found, 0, 0, 0, 0, 10, 17, .5);
    build_found(&found, 1, 1, 0, 0, 100, 800, .4);
    build_found(&found, 1, 0, 0, 0, 10, 24, .9);
    build_found(&found, 1, 0, 300, 0, 10, 24, .1);
    struct weir_verdicts v = {0};
    struct weir_profile profile;
    assert_int_equal(weir_f1_judge(&truth, &found, .5, &v, NULL), 0);
    assert_int_equal(weir_profile_init(&profile, 2), 0);
    weir_profile_add(&profile, &truth, &v, .5, .5);

    static const struct weir_profile_counts want[3] = {
        {.truths = {[4] = 1}, .found = {[4] = 1}, .false_alarms = {[5] = 1}},
        {.truths = {[1] = 1, [14] = 1}},
        {.truths = {[1] = 1, [4] = 1, [14] = 1}, .found = {[4] = 1}, .false_alarms = {[5] = 1}},
    };
    assert_int_equal(profile.pictures, 2);
    assert_memory_equal(profile.category, want, sizeof want);

    weir_profile_add(&profile, &truth, &v, .5, .5); /* a second size of input is pooled */
    assert_int_equal(profile.pictures, 4);
    assert_int_equal(profile.category[2].truths[14], 2);

    struct weir_buf text = {0};
    struct weir_json json;
    weir_json_init(&json, &text);
    weir_json_object(&json);
    weir_profile_json(&profile, &truth, NULL, &json);
    weir_json_end_object(&json);
    const char *a = strstr(weir_buf_str(&text), "\"a\":{"), *all = strstr(text.data, "\"all\":{");
    assert_non_null(a);
    assert_non_null(all);
    assert_non_null(strstr(a, "\"probability\":[null,null,null,null,1,null"));
    assert_non_null(strstr(all, "\"probability\":[null,0,null,null,1,null"));
    assert_non_null(strstr(a, "\"false_alarms_per_picture\":[0,0,0,0,0,0.5,0"));
    weir_buf_done(&text);
    weir_profile_done(&profile);
    weir_verdicts_done(&v);
    weir_dataset_done(&truth);
    weir_dataset_done(&found);
}

static void test_borders_belong_to_the_bin_above(void **state) {
    struct weir_profile profile;
    assert_int_equal(weir_profile_init(&profile, 1), 0);
    for (int i = 0; i < WEIR_PROFILE_BINS; i++) {
        struct weir_dataset truth = build_dataset(1, 1);
        struct weir_verdicts none = {0};
        build_truth(&truth, 0, 0, 0, 0, 10, weir_profile_edges[i]);
        weir_profile_add(&profile, &truth, &none, .5, 1);
        assert_int_equal(profile.category[0].truths[i], 1);
        weir_dataset_done(&truth);
    }
    weir_profile_done(&profile);
}

static void test_nothing_is_written_of_a_class_that_the_detector_lacks(void **state) {
    struct weir_dataset truth = build_dataset(1, 2);
    struct weir_profile profile;
    struct weir_buf text = {0};
    struct weir_json json;
    assert_int_equal(weir_profile_init(&profile, 2), 0);
    weir_json_init(&json, &text);
    weir_json_object(&json);
    weir_profile_json(&profile, &truth, (const bool[]){false, true}, &json);
    weir_json_end_object(&json);
    assert_null(strstr(weir_buf_str(&text), "\"a\":{"));
    assert_non_null(strstr(weir_buf_str(&text), "\"b\":{"));
    assert_non_null(strstr(weir_buf_str(&text), "\"all\":{"));
    weir_buf_done(&text);
    weir_profile_done(&profile);
    weir_dataset_done(&truth);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heights_fall_into_bins_of_the_models_pixels),
        cmocka_unit_test(test_borders_belong_to_the_bin_above),
        cmocka_unit_test(test_nothing_is_written_of_a_class_that_the_detector_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
