/* How well a model sees: counts worked out by hand, and the files that come with the models. */
#include "profile/profile.h"

#include <math.h>
#include <string.h>

#include "support/support.h"

/* Four bins (10, 20, 40, 80); car has plenty everywhere, bus is thin. */
#define CAR                                                                                        \
    "\"car\":{\"truths\":[100000,100000,100000,100000],\"found\":[10000,50000,80000,90000],"       \
    "\"false_alarms\":[40,20,0,2]}"
#define BUS "\"bus\":{\"truths\":[0,20,2,0],\"found\":[0,10,2,0],\"false_alarms\":[0,0,8,0]}"
#define FILE_OF(bins, classes)                                                                     \
    "{\"model\":\"m\",\"conf\":0.25,\"pictures\":20,\"bins\":" bins ",\"classes\":{" classes "}}"

static const char *file_with(const char *dir, const char *text) {
    const char *path = test_path(dir, "m.accuracy.json");
    assert_int_equal(weir_file_write_all(path, text, strlen(text), NULL), 0);
    return path;
}

static struct weir_sight sight_of(const char *text) {
    char *dir = test_scratch();
    struct weir_sight sight;
    struct weir_error err = {0};
    if (weir_sight_read(file_with(dir, text), &sight, &err))
        fail_msg("%s", err.text);
    test_scratch_remove(dir);
    return sight;
}

static void refused(const char *text, const char *const *says) {
    char *dir = test_scratch();
    struct weir_sight sight = {.bins = 77};
    struct weir_error err = {0};
    assert_int_equal(weir_sight_read(file_with(dir, text), &sight, &err), WEIR_EINVAL);
    for (; *says; says++)
        test_error_says(&err, *says);
    test_error_says(&err, "m.accuracy.json");
    test_error_says(&err, "make it anew: weir profile SOURCE... --models NAME -o DIR");
    assert_int_equal(sight.bins, 77); /* untouched */
    test_scratch_remove(dir);
}

#define REFUSED(text, ...) refused(text, (const char *const[]){__VA_ARGS__, NULL})

static void test_thick_bins_say_what_was_counted(void **state) {
    (void)state;
    struct weir_sight s = sight_of(FILE_OF("[10,20,40,80]", CAR "," BUS));
    int car = weir_sight_class(&s, "car");
    static const double want[] = {0.1, 0.5, 0.8, 0.9};
    assert_string_equal(s.model, "m");
    assert_true(s.conf == 0.25);
    assert_int_equal(s.bins, 4);
    assert_int_equal(s.classes, 2);
    for (int i = 0; i < 4; i++)
        assert_float_equal(s.class_of[car].found[i], want[i], 2e-4);
    weir_sight_done(&s);
}

static void test_a_thin_bin_leans_on_its_neighbours_and_these_on_all_classes(void **state) {
    (void)state;
    struct weir_sight s = sight_of(FILE_OF("[10,20,40,80]", CAR "," BUS));
    const double *bus = s.class_of[weir_sight_class(&s, "bus")].found;
    /* bin 2: 2 of 2; around it 10 of 20, and 20 objects at all classes' 0.8: 26 / 40 */
    assert_float_equal(bus[2], (2 + 20 * (26. / 40)) / 22, 1e-3);
    /* bin 3: nothing; around it 2 of 2, and 20 objects at 0.9 */
    assert_float_equal(bus[3], 20. / 22, 1e-3);
    /* bin 0: nothing; around it 10 of 20, and 20 objects at 0.1 */
    assert_float_equal(bus[0], 12. / 40, 1e-3);
    weir_sight_done(&s);
}

static void test_a_height_that_nobody_saw_leans_on_the_nearest_that_somebody_did(void **state) {
    (void)state;
    struct weir_sight s = sight_of(
        FILE_OF("[10,20,40,80]", "\"car\":{\"truths\":[0,0,50000,0],\"found\":[0,0,25000,0],"
                                 "\"false_alarms\":[0,0,0,0]}"));
    for (int i = 0; i < 4; i++)
        assert_float_equal(s.class_of[0].found[i], 0.5, 1e-3);
    weir_sight_done(&s);
}

static void test_false_alarms_are_those_of_a_picture(void **state) {
    (void)state;
    struct weir_sight s = sight_of(FILE_OF("[10,20,40,80]", CAR "," BUS));
    const double *car = s.class_of[weir_sight_class(&s, "car")].false_alarms;
    assert_true(car[0] == 2 && car[1] == 1 && car[2] == 0 && car[3] == 0.1);
    assert_true(s.class_of[weir_sight_class(&s, "bus")].false_alarms[2] == 0.4);
    weir_sight_done(&s);
}

static void test_between_the_middles_of_bins_it_is_interpolated(void **state) {
    (void)state;
    struct weir_sight s = sight_of(FILE_OF("[10,20,40,80]", CAR));
    const double *found = s.class_of[0].found, middle = sqrt(10 * 20.);
    assert_float_equal(weir_sight_found(&s, 0, middle), found[0], 1e-9);
    assert_float_equal(weir_sight_found(&s, 0, 2 * middle), found[1], 1e-9);
    assert_float_equal(weir_sight_found(&s, 0, 8 * middle), found[3], 1e-9);
    assert_float_equal(weir_sight_found(&s, 0, 20), (found[0] + found[1]) / 2, 1e-9);
    assert_float_equal(weir_sight_found(&s, 0, 40), (found[1] + found[2]) / 2, 1e-9);
    weir_sight_done(&s);
}

static void test_beyond_the_bins_is_nothing_below_and_the_last_bin_above(void **state) {
    (void)state;
    struct weir_sight s = sight_of(FILE_OF("[10,20,40,80]", CAR));
    assert_true(weir_sight_found(&s, 0, 9.99) == 0);
    assert_true(weir_sight_found(&s, 0, 1e-9) == 0);
    assert_true(weir_sight_found(&s, 0, 10) == s.class_of[0].found[0]);
    assert_true(weir_sight_found(&s, 0, 1e6) == s.class_of[0].found[3]);
    weir_sight_done(&s);
}

static void test_one_bin_is_the_same_everywhere(void **state) {
    (void)state;
    struct weir_sight s =
        sight_of(FILE_OF("[10]", "\"car\":{\"truths\":[80],\"found\":[40],\"false_alarms\":[0]}"));
    assert_true(weir_sight_found(&s, 0, 10) == 0.5);
    assert_true(weir_sight_found(&s, 0, 1000) == 0.5);
    assert_true(weir_sight_found(&s, 0, 9) == 0);
    weir_sight_done(&s);
}

static void test_a_class_it_does_not_know_has_no_index(void **state) {
    (void)state;
    struct weir_sight s = sight_of(FILE_OF("[10,20,40,80]", CAR ",\"all\":{}"));
    assert_int_equal(s.classes, 1);
    assert_int_equal(weir_sight_class(&s, "car"), 0);
    assert_int_equal(weir_sight_class(&s, "cars"), -1);
    assert_int_equal(weir_sight_class(&s, "all"), -1); /* together, not a class */
    weir_sight_done(&s);
    weir_sight_done(NULL);
}

static void test_the_models_that_come_along_have_theirs(void **state) {
    (void)state;
    static const char *const name[] = {"street_n", "street_s", "street_m"};
    double car_of_20[3];
    for (int i = 0; i < 3; i++) {
        struct weir_sight s;
        struct weir_error err = {0};
        char path[64];
        snprintf(path, sizeof path, "models/%s.accuracy.json", name[i]);
        if (weir_sight_read(test_source(path), &s, &err))
            fail_msg("%s", err.text);
        assert_string_equal(s.model, name[i]);
        assert_int_equal(s.classes, 5);
        int car = weir_sight_class(&s, "car");
        assert_true(car >= 0);
        for (int k = 0; k < s.classes; k++)
            for (double h = 1; h < 1000; h *= 1.1) {
                double p = weir_sight_found(&s, k, h);
                assert_true(p >= 0 && p <= 1);
            }
        car_of_20[i] = weir_sight_found(&s, car, 20);
        assert_true(weir_sight_found(&s, car, 5) < car_of_20[i]);
        weir_sight_done(&s);
    }
    assert_true(car_of_20[0] < car_of_20[2]); /* the small model sees less than the large one */
}

static void test_the_threshold_is_the_one_that_it_was_measured_at(void **state) {
    (void)state;
    struct weir_sight s;
    struct weir_error err = {0};
    if (weir_sight_read(test_source("models/street_n.accuracy.json"), &s, &err))
        fail_msg("%s", err.text);
    assert_float_equal(s.conf, 0.175351, 1e-9);
    weir_sight_done(&s);
}

static void test_another_file_is_told_with_all_that_is_wrong(void **state) {
    (void)state;
    REFUSED("{", "m.accuracy.json:1:", "not valid JSON");
    REFUSED("{\"conf\": 0.5", "m.accuracy.json:1:", "not valid JSON");
    REFUSED("[]", "one JSON object");
    REFUSED("[0.5]", "one JSON object");
    REFUSED("{\"conf\": \"0.5\"}", "conf: found \"0.5\"; allowed: a number from 0 to 1");
    REFUSED("{}", "model: found nothing", "conf: found nothing", "pictures: found nothing",
            "bins: found nothing", "classes: found nothing");
    REFUSED("{\"model\":7,\"conf\":1.5,\"pictures\":0,\"bins\":[],\"classes\":[]}",
            "model: found 7; allowed: a text", "conf: found 1.5; allowed: a number from 0 to 1",
            "pictures: found 0", "bins: found an empty list", "classes: found an empty list");
    REFUSED("{\"model\":\"m\",\"model\":\"n\"}", "duplicate");
}

static void test_bins_that_do_not_rise_are_refused(void **state) {
    (void)state;
    REFUSED(FILE_OF("[10,20,20,80]", CAR), "bins[2]: found 20", "above the one before");
    REFUSED(FILE_OF("[0,20,40,80]", CAR), "bins[0]: found 0");
    REFUSED(FILE_OF("[10,\"x\",40,80]", CAR), "bins[1]: found \"x\"");
}

static void test_counts_that_do_not_fit_are_refused(void **state) {
    (void)state;
    REFUSED(FILE_OF("[10,20,40]", CAR), "classes.car.truths: found a list; allowed: a list of 3",
            "not 4", "classes.car.false_alarms");
    REFUSED(FILE_OF("[10]", "\"car\":{\"truths\":[1],\"found\":[2],\"false_alarms\":[0]}"),
            "classes.car.found[0]: found 2; allowed: no more than truths");
    REFUSED(FILE_OF("[10]", "\"car\":{\"truths\":[-1],\"found\":[0],\"false_alarms\":[null]}"),
            "classes.car.truths[0]: found -1", "classes.car.false_alarms[0]: found null");
    REFUSED(FILE_OF("[10]", "\"car\":7"), "classes.car: found 7");
    REFUSED(FILE_OF("[10]", "\"car\":{\"truths\":[0],\"found\":[0],\"false_alarms\":[3]}"),
            "at least one true object");
    REFUSED(FILE_OF("[10]", "\"all\":{\"truths\":[9],\"found\":[2],\"false_alarms\":[3]}"),
            "1 to 128 classes");
}

static void test_a_file_with_very_much_wrong_says_that_there_is_more(void **state) {
    (void)state;
    struct weir_buf text = {0};
    weir_buf_puts(&text, "{\"model\":\"m\",\"conf\":0.2,\"pictures\":1,\"bins\":[1],\"classes\":{");
    for (int i = 0; i < 100; i++)
        weir_buf_printf(&text, "%s\"c\\n%d\":%d", i ? "," : "", i, i);
    weir_buf_puts(&text, "}}");
    REFUSED(weir_buf_str(&text), "classes.c?0: found 0", "and more is wrong");
    weir_buf_done(&text);
}

static void test_a_file_that_is_not_there_is_told(void **state) {
    (void)state;
    char *dir = test_scratch();
    struct weir_sight sight;
    struct weir_error err = {0};
    assert_int_equal(weir_sight_read(test_path(dir, "none.accuracy.json"), &sight, &err),
                     WEIR_ENOENT);
    test_error_says(&err, "none.accuracy.json");
    assert_int_not_equal(weir_sight_read(dir, &sight, &err), 0);
    test_scratch_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thick_bins_say_what_was_counted),
        cmocka_unit_test(test_a_thin_bin_leans_on_its_neighbours_and_these_on_all_classes),
        cmocka_unit_test(test_a_height_that_nobody_saw_leans_on_the_nearest_that_somebody_did),
        cmocka_unit_test(test_false_alarms_are_those_of_a_picture),
        cmocka_unit_test(test_between_the_middles_of_bins_it_is_interpolated),
        cmocka_unit_test(test_beyond_the_bins_is_nothing_below_and_the_last_bin_above),
        cmocka_unit_test(test_one_bin_is_the_same_everywhere),
        cmocka_unit_test(test_a_class_it_does_not_know_has_no_index),
        cmocka_unit_test(test_the_models_that_come_along_have_theirs),
        cmocka_unit_test(test_the_threshold_is_the_one_that_it_was_measured_at),
        cmocka_unit_test(test_another_file_is_told_with_all_that_is_wrong),
        cmocka_unit_test(test_bins_that_do_not_rise_are_refused),
        cmocka_unit_test(test_counts_that_do_not_fit_are_refused),
        cmocka_unit_test(test_a_file_with_very_much_wrong_says_that_there_is_more),
        cmocka_unit_test(test_a_file_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
