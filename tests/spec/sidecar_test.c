/* FILE.yaml beside a model: what it states, and what it must not. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/spec.h"

struct fixture {
    char *dir;
    char path[512];
    struct weir_sidecar car;
    struct weir_error err;
};

static int begin(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (!f || !(f->dir = test_scratch()))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/model.yaml", f->dir);
    return 0;
}

static int end(void **state) {
    struct fixture *f = *state;
    weir_sidecar_done(&f->car);
    test_scratch_remove(f->dir);
    free(f);
    return 0;
}

static int load(struct fixture *f, const char *text, size_t len) {
    assert_int_equal(weir_file_write_all(f->path, text, len, NULL), 0);
    weir_sidecar_done(&f->car);
    f->err = (struct weir_error){0};
    return weir_sidecar_load(f->path, &f->car, &f->err);
}

static void good(struct fixture *f, const char *text) {
    if (load(f, text, strlen(text)))
        fail_msg("%s", f->err.text);
}

static void bad(struct fixture *f, const char *text, const char *says) {
    assert_int_equal(load(f, text, strlen(text)), WEIR_EINVAL);
    test_error_says(&f->err, says);
    assert_null(f->car.head); /* untouched */
    assert_int_equal(f->car.classes.len, 0);
}

static const char whole[] = "head: yolov8\n"
                            "layout: nhwc\n"
                            "color: bgr\n"
                            "resize: letterbox-topleft\n"
                            "pad: 114\n"
                            "mean: [123.7, 116.3, 103.5]\n"
                            "std: [58.4, 57.1, 57.4]\n"
                            "classes: [person, \"traffic light\"]\n"
                            "size: 640x384\n"
                            "stride: 32\n";

static void test_everything_can_be_stated(void **state) {
    struct fixture *f = *state;
    good(f, whole);
    const struct weir_sidecar *car = &f->car;
    assert_string_equal(car->head, "yolov8");
    assert_true(car->has_layout && car->has_color && car->has_resize && car->has_pad);
    assert_true(car->has_mean && car->has_std && car->has_size && car->has_stride);
    assert_int_equal(car->layout, WEIR_LAYOUT_NHWC);
    assert_int_equal(car->color, WEIR_COLOR_BGR);
    assert_int_equal(car->resize, WEIR_RESIZE_LETTERBOX_TOPLEFT);
    assert_true(car->pad == 114);
    assert_true(car->mean[0] == 123.7 && car->mean[2] == 103.5 && car->std[1] == 57.1);
    assert_int_equal(car->classes.len, 2);
    assert_string_equal(car->classes.item[1], "traffic light");
    assert_int_equal(car->size.width, 640);
    assert_int_equal(car->size.height, 384);
    assert_int_equal(car->stride, 32);
}

static void test_what_is_not_stated_stays_unstated(void **state) {
    struct fixture *f = *state;
    good(f, "resize: stretch\n");
    assert_null(f->car.head);
    assert_true(f->car.has_resize);
    assert_false(f->car.has_layout || f->car.has_color || f->car.has_pad || f->car.has_mean);
    assert_false(f->car.has_std || f->car.has_size || f->car.has_stride);
    assert_int_equal(f->car.classes.len, 0);
}

static void test_one_number_stands_for_three_channels(void **state) {
    struct fixture *f = *state;
    good(f, "mean: 0\nstd: 255\n");
    for (int i = 0; i < 3; i++)
        assert_true(f->car.mean[i] == 0 && f->car.std[i] == 255);
}

static void test_a_missing_sidecar_is_no_complaint(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_sidecar_load("/nowhere/x.yaml", &f->car, &f->err), WEIR_ENOENT);
    assert_string_equal(f->err.text, "");
    assert_int_equal(f->err.code, 0);
}

static void test_all_errors_are_reported_at_once(void **state) {
    struct fixture *f = *state;
    bad(f,
        "head:\n"
        "layout: nchv\n"
        "color: grey\n"
        "resize: letterbox-top\n"
        "pad: 256\n"
        "mean: [1, 2]\n"
        "std: [0, 1, x]\n"
        "classes: { 0: person }\n"
        "size: auto\n"
        "stride: 0\n"
        "clases: [a]\n",
        "model.yaml:1: head: found nothing; allowed: a name from");
    test_error_says(&f->err, ":2: layout: found \"nchv\"; allowed: nchw or nhwc");
    test_error_says(&f->err, ":3: color: found \"grey\"; allowed: rgb or bgr");
    test_error_says(&f->err, ":4: resize: found \"letterbox-top\"; allowed: letterbox, ");
    test_error_says(&f->err, ":5: pad: found 256; allowed: a number from 0 to 255");
    test_error_says(&f->err, ":6: mean: found a list of 2; allowed: three numbers");
    test_error_says(&f->err, ":7: std: found 0; allowed: a number from 0.0001 to 100000");
    test_error_says(&f->err, ":7: std: found \"x\"; allowed");
    test_error_says(&f->err, ":8: classes: found a map; allowed: a list of class names");
    test_error_says(&f->err, ":9: size: found \"auto\"; allowed: a size such as 416");
    test_error_says(&f->err, ":10: stride: found 0; allowed: a whole number from 1 to 256");
    test_error_says(&f->err, ":11: clases: found an unknown key");
    test_error_says(&f->err, "(did you mean classes?)");
}

static void test_bounds_are_where_they_are_said_to_be(void **state) {
    struct fixture *f = *state;
    good(f, "pad: 0\nstride: 1\nsize: 16\nmean: -1000\nstd: 0.0001\n");
    good(f, "pad: 255\nstride: 256\nsize: 16384\nmean: 1000\nstd: 100000\n");
    bad(f, "pad: -1\n", "pad: found -1");
    bad(f, "stride: 257\n", "stride: found 257");
    bad(f, "stride: 1.5\n", "stride: found 1.5; allowed: a whole number");
    bad(f, "size: 15\n", "size: found 15");
    bad(f, "size: 16x16385\n", "size: found");
    bad(f, "mean: nan\n", "mean: found \"nan\"");
    bad(f, "std: -1\n", "std: found -1");
    bad(f, "std: [1, 1, [1]]\n", "std: found a list");
}

static void test_wrong_documents_are_errors(void **state) {
    struct fixture *f = *state;
    bad(f, "", "model.yaml:1: the file is empty");
    bad(f, "- head\n", "document: found a list");
    bad(f, "head: a\nhead: b\n", ":2: head: found a second time (first on line 1)");
    bad(f, "head: [a\n", "not valid YAML");
    bad(f, "classes: [a, ]]\n", "not valid YAML");
    assert_int_not_equal(weir_sidecar_load(f->dir, &f->car, &f->err), 0);
}

static void test_every_prefix_is_survived(void **state) {
    struct fixture *f = *state;
    for (size_t len = 0; len < sizeof whole; len++) {
        int rc = load(f, whole, len);
        assert_true(rc == 0 || (rc == WEIR_EINVAL && *f->err.text));
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_everything_can_be_stated),
        T(test_what_is_not_stated_stays_unstated),
        T(test_one_number_stands_for_three_channels),
        T(test_a_missing_sidecar_is_no_complaint),
        T(test_all_errors_are_reported_at_once),
        T(test_bounds_are_where_they_are_said_to_be),
        T(test_wrong_documents_are_errors),
        T(test_every_prefix_is_survived),
    };
    return cmocka_run_group_tests_name("spec/sidecar", tests, NULL, NULL);
}
