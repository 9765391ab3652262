/* Reading the four formats, and joining results to truth. */
#include "support/support.h"

#include <string.h>

#include "eval/build.h"

static struct weir_dataset parsed(const char *text) {
    struct weir_dataset d = {0};
    struct weir_error err = {0};
    int rc = weir_dataset_parse("file", text, strlen(text), &d, &err);
    if (rc)
        fail_msg("%s", err.text);
    return d;
}

static void refused(const char *text, int code, const char *says) {
    struct weir_dataset d = {.images = 77};
    struct weir_error err = {0};
    assert_int_equal(weir_dataset_parse("file", text, strlen(text), &d, &err), code);
    test_error_says(&err, says);
    test_error_says(&err, "file");
    assert_int_equal(d.images, 77); /* untouched */
}

#define IMAGES "\"images\":[{\"id\":5,\"file_name\":\"a.jpg\"},{\"id\":9,\"file_name\":\"b.jpg\"}]"
#define CATEGORIES "\"categories\":[{\"id\":3,\"name\":\"car\"},{\"id\":1,\"name\":\"person\"}]"
#define COCO(annotations) "{" IMAGES ",\n" CATEGORIES ",\n\"annotations\":[" annotations "]}"

static const char good_coco[] =
    COCO("{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3.5,4],\"area\":9,\"iscrowd\":1},"
         "{\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,2,2]}");

static void test_coco_annotations_are_read(void **state) {
    struct weir_dataset d = parsed(good_coco);
    assert_int_equal(d.format, WEIR_DATASET_COCO);
    assert_int_equal(d.images, 2);
    assert_string_equal(d.image[1].name, "b.jpg");
    assert_int_equal(d.image[1].id, 9);
    assert_int_equal(weir_dataset_category(&d, "person"), 1);
    assert_int_equal(weir_dataset_category(&d, "dog"), -1);
    const struct weir_eval_box *b = &d.image[1].box[0];
    assert_true(b->x == 1 && b->y == 2 && b->w == 3.5 && b->h == 4);
    assert_true(b->area == 9 && b->crowd && b->category == 1);
    assert_true(d.image[0].box[0].area == 4 && !d.image[0].box[0].crowd);
    weir_dataset_done(&d);
}

static void test_wrong_coco_annotations_are_named(void **state) {
    refused("{\"images\":[", WEIR_ECORRUPT, "not valid JSON");
    refused("{}", WEIR_ECORRUPT, "\"images\" is missing");
    refused("{\"images\":3}", WEIR_ECORRUPT, "\"images\" is not a list");
    refused("{\"images\":[{\"id\":\"x\"}],\"categories\":[],\"annotations\":[]}", WEIR_ECORRUPT,
            "images[0]: id: must be a whole number");
    refused("{\"images\":[{\"id\":1}],\"categories\":[],\"annotations\":[]}", WEIR_ECORRUPT,
            "images[0]: file_name");
    refused("{\"images\":[{\"id\":1,\"file_name\":\"a\"},{\"id\":1,\"file_name\":\"b\"}],"
            "\"categories\":[],\"annotations\":[]}",
            WEIR_ECORRUPT, "images: id 1 occurs twice");
    refused(COCO("{\"category_id\":1,\"bbox\":[1,2,3,4]}"), WEIR_ECORRUPT,
            "annotations[0]: image_id: is missing");
    refused(COCO("{\"image_id\":6,\"category_id\":1,\"bbox\":[1,2,3,4]}"), WEIR_ECORRUPT,
            "annotations[0]: image_id: 6 is not among the images");
    refused(COCO("{\"image_id\":5,\"category_id\":2,\"bbox\":[1,2,3,4]}"), WEIR_ECORRUPT,
            "category_id: 2 is not among the categories");
    refused(COCO("{\"image_id\":5,\"category_id\":1,\"bbox\":[1,2,3]}"), WEIR_ECORRUPT,
            "annotations[0]: bbox: must be [x, y, width, height]");
    refused(COCO("{\"image_id\":5,\"category_id\":1,\"bbox\":[1,2,-3,4]}"), WEIR_ECORRUPT,
            "must not be negative");
    refused(COCO("{\"image_id\":5,\"category_id\":1,\"bbox\":[1,2,\"3\",4]}"), WEIR_ECORRUPT,
            "four numbers");
    refused(COCO("{\"image_id\":5,\"category_id\":1,\"bbox\":[1,2,3,4],\"area\":\"big\"}"),
            WEIR_ECORRUPT, "area: must be a number");
    refused(COCO("17"), WEIR_ECORRUPT, "annotations[0]");
}

static const char good_results[] =
    "[{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.25},\n"
    " {\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,2,2],\"score\":0.5},\n"
    " {\"image_id\":9,\"category_id\":3,\"bbox\":[5,5,2,2],\"score\":1}]";

static void test_coco_results_are_read_and_joined(void **state) {
    struct weir_dataset truth = parsed(good_coco), d = parsed(good_results);
    struct weir_error err = {0};
    assert_int_equal(d.format, WEIR_DATASET_COCO_RESULTS);
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    assert_int_equal(d.images, 2);
    assert_int_equal(d.image[0].id, 5);
    assert_int_equal(d.image[0].len, 1);
    assert_int_equal(d.image[1].len, 2);
    assert_int_equal(d.image[1].box[0].category, 1);
    assert_true(d.image[1].box[0].score == .25);
    assert_int_equal(d.image[1].box[1].category, 0);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
}

static void test_wrong_coco_results_are_named(void **state) {
    refused("[{\"image_id\":9}]", WEIR_ECORRUPT, "results[0]: category_id");
    refused("[{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3,4]}]", WEIR_ECORRUPT,
            "results[0]: score: must be a number");
    refused("[{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3,1e10],\"score\":1}]", WEIR_ECORRUPT,
            "above 1e9");
    refused("[1,2", WEIR_ECORRUPT, "not valid JSON");
    refused("[{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3,NaN],\"score\":1}]", WEIR_ECORRUPT,
            "not valid JSON");
}

static void not_joined(const char *truth_text, const char *text, const char *says) {
    struct weir_dataset truth = parsed(truth_text), d = parsed(text);
    struct weir_error err = {0};
    assert_int_equal(weir_dataset_join(&truth, &d, &err), WEIR_EINVAL);
    test_error_says(&err, says);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
}

static void test_results_of_another_data_set_are_refused(void **state) {
    not_joined(good_coco, "[{\"image_id\":6,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":1}]",
               "image_id 6 is not among the images");
    not_joined(good_coco, "[{\"image_id\":5,\"category_id\":12,\"bbox\":[1,2,3,4],\"score\":1}]",
               "category_id 12 is not among the categories");
    not_joined("", "1,1,0,0,1,1\n", "names no image and no frame");
}

static void test_class_of_coco_that_truth_does_not_label_is_left_out(void **state) {
    /* the truth's categories are COCO's 3 and 1; 8 is COCO's truck, 12 a gap */
    struct weir_dataset truth = parsed(good_coco);
    struct weir_dataset d =
        parsed("[{\"image_id\":5,\"category_id\":8,\"bbox\":[1,2,3,4],\"score\":1},"
               "{\"image_id\":5,\"category_id\":3,\"bbox\":[1,2,3,4],\"score\":1}]");
    assert_int_equal(weir_dataset_join(&truth, &d, NULL), 0);
    assert_int_equal(d.image[0].len, 1);
    assert_int_equal(d.image[0].box[0].category, 0);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
    /* but not where the numbers are somebody's own */
    not_joined("{\"images\":[{\"id\":5,\"file_name\":\"a.jpg\"}],\"annotations\":[],"
               "\"categories\":[{\"id\":3,\"name\":\"boat\"}]}",
               "[{\"image_id\":5,\"category_id\":8,\"bbox\":[1,2,3,4],\"score\":1}]",
               "category_id 8 is not among the categories");
}

static void test_visibility_and_tracks_are_read_where_they_are_stated(void **state) {
    struct weir_dataset d =
        parsed(COCO("{\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,2,2],"
                    "\"visibility\":0.25,\"track_id\":7},"
                    "{\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,2,2],\"visibility\":0},"
                    "{\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,2,2],\"visibility\":7},"
                    "{\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,2,2]}"));
    const struct weir_eval_box *b = d.image[0].box;
    assert_true(b[0].visibility == .25 && b[0].track_id == 7);
    assert_true(b[1].visibility > 0 && b[1].visibility < 1e-6); /* stated: nothing is seen */
    assert_true(b[2].visibility == 0); /* no share: as if not stated */
    assert_true(b[3].visibility == 0 && b[3].track_id == -1);
    weir_dataset_done(&d);
    d = parsed("1,4,1,1,2,2,1,3,0.5\n2,4,1,1,2,2,1,-1,-1,-1\n");
    assert_true(d.image[0].box[0].visibility == .5);
    assert_true(d.image[1].box[0].visibility == 0);
    weir_dataset_done(&d);
}

static const char good_ndjson[] =
    "{\"stream\":\"gate\",\"frame\":0,\"outcome\":\"detect\",\"width\":64,\"height\":48,\"boxes\":["
    "{\"class\":\"car\",\"class_id\":2,\"score\":0.5,\"track_id\":4,\"bbox\":[1,2,3,4]},"
    "{\"class\":\"dog\",\"class_id\":16,\"score\":0.4,\"track_id\":null,\"bbox\":[1,2,3,4]}]}\n"
    "\n"
    "{\"stream\":\"gate\",\"frame\":1,\"outcome\":\"late\"}\n"
    "{\"stream\":\"gate\",\"frame\":2,\"outcome\":\"detect\",\"boxes\":["
    "{\"class\":\"car\",\"class_id\":2,\"score\":0.5,\"track_id\":0,\"bbox\":[1,2,3,4]}]}";

static void test_own_result_lines_are_read(void **state) {
    struct weir_dataset d = parsed(good_ndjson);
    assert_int_equal(d.format, WEIR_DATASET_NDJSON);
    assert_int_equal(d.images, 3);
    assert_int_equal(d.image[0].len, 2);
    assert_int_equal(d.image[0].box[0].track_id, 4);
    assert_int_equal(d.image[0].box[1].track_id, -1);
    assert_int_equal(d.image[1].len, 0); /* dropped: nothing was found */
    assert_int_equal(d.image[2].box[0].track_id, -1);
    assert_int_equal(d.category[1].id, 16);
    weir_dataset_done(&d);
}

static void test_wrong_result_lines_are_named(void **state) {
#define LINE(rest) "{\"frame\":0,\"boxes\":[{" rest "}]}\n"
    refused("{\"frame\":0}\n{\"frame\":1", WEIR_ECORRUPT, "file:2:");
    refused("{\"frame\":0}\nhello\n", WEIR_ECORRUPT, "file:2:");
    refused("{\"frame\":0}\n{\"outcome\":\"late\"}\n", WEIR_ECORRUPT,
            "file:2: \"frame\" must be the frame's number");
    refused("{\"frame\":0}\n{\"frame\":0}\n", WEIR_ECORRUPT, "frame or image 0 occurs twice");
    refused("{\"stream\":\"a\",\"frame\":0}\n{\"stream\":\"b\",\"frame\":1}\n", WEIR_ECORRUPT,
            "file:2: a second \"stream\"");
    refused("{\"frame\":0,\"boxes\":7}\n", WEIR_ECORRUPT, "\"boxes\" must be a list");
    refused(LINE("\"bbox\":[1,2,3,4]"), WEIR_ECORRUPT, "without a \"class\"");
    refused(LINE("\"class\":\"a\",\"bbox\":[1,2,3]"), WEIR_ECORRUPT, "[x, y, width, height]");
    refused(LINE("\"class\":\"a\",\"bbox\":[1,2,3,null]"), WEIR_ECORRUPT, "four numbers");
    refused(LINE("\"class\":\"a\",\"bbox\":[1,2,-3,4]"), WEIR_ECORRUPT, "must not be negative");
    refused(LINE("\"class\":\"a\",\"bbox\":[1,2,3,4],\"score\":\"x\""), WEIR_ECORRUPT,
            "\"score\" must be a number");
    refused(LINE("\"class\":\"a\",\"bbox\":[1,2,3,4],\"track_id\":1.5"), WEIR_ECORRUPT,
            "\"track_id\" must be");
}

static void test_classes_meet_by_name_and_strange_ones_are_left_out(void **state) {
    struct weir_dataset truth =
        parsed("{\"frame\":0,\"boxes\":[{\"class\":\"dog\",\"class_id\":0,\"bbox\":[0,0,1,1]}]}\n");
    struct weir_dataset d = parsed(good_ndjson);
    struct weir_error err = {0};
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    assert_int_equal(truth.images, 3); /* frames without truth were added */
    assert_int_equal(d.images, 3);
    assert_int_equal(d.image[0].len, 1); /* the dog; cars are not labelled */
    assert_int_equal(d.image[0].box[0].category, 0);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
}

static void test_images_meet_by_file_name_where_both_have_one(void **state) {
    struct weir_dataset truth = parsed(good_coco);
    struct weir_dataset d = parsed("{\"frame\":null}\n{\"frame\":0,\"image_id\":3,\"name\":\"dir/"
                                   "b.jpg\",\"boxes\":[{\"class\":"
                                   "\"car\",\"class_id\":2,\"bbox\":[1,2,3,4]}]}\n");
    struct weir_error err = {0};
    assert_int_equal(d.images, 1);
    assert_int_equal(d.image[0].id, 3);
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    assert_int_equal(d.image[1].len, 1);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
}

static void test_mot_text_is_read(void **state) {
    struct weir_dataset d = parsed("2,7,10,20,30,40,0.9,-1,-1,-1\r\n"
                                   "1, 7, 11.5, 20, 30, 40, 1, -1, -1, -1\n"
                                   "\n2,8,0,0,1,1");
    assert_int_equal(d.format, WEIR_DATASET_MOT);
    assert_int_equal(d.images, 2);
    assert_int_equal(d.image[0].id, 0); /* frame 1 */
    assert_true(d.image[0].box[0].x == 10.5); /* pixels count from 1 there */
    assert_int_equal(d.image[1].len, 2);
    assert_int_equal(d.image[1].box[0].track_id, 7);
    assert_true(d.image[1].box[0].score == .9);
    assert_false(d.image[1].box[0].ignore);
    weir_dataset_done(&d);
}

static void test_mot_truth_with_flag_zero_is_ignored(void **state) {
    struct weir_dataset d = parsed("1,1,0,0,10,10,1,1,0.5\n1,2,0,0,10,10,0,8,1\n");
    assert_false(d.image[0].box[0].ignore);
    assert_true(d.image[0].box[1].ignore);
    weir_dataset_done(&d);
}

static void test_wrong_mot_text_is_named(void **state) {
    refused("1,1,0,0,10,10\n1,2,3\n", WEIR_ECORRUPT, "file:2: found 3 columns");
    refused("1,1,0,0,10,ten\n", WEIR_ECORRUPT, "file:1: column 6: must be a number");
    refused("1,1,0,0,10,\n10,1,0,0,5,5\n", WEIR_ECORRUPT, "file:1: column 6");
    refused("0,1,0,0,10,10\n", WEIR_ECORRUPT, "file:1: column 1: the frame must be");
    refused("1.5,1,0,0,10,10\n", WEIR_ECORRUPT, "column 1");
    refused("1,1.5,0,0,10,10\n", WEIR_ECORRUPT, "column 2");
    refused("1,1,0,0,-10,10\n", WEIR_ECORRUPT, "not negative");
    refused("1,1,nan,0,10,10\n", WEIR_ECORRUPT, "must be finite");
    refused("1,1,inf,0,10,10\n", WEIR_ECORRUPT, "must be finite");
    refused("1,1,0,0,10,10,1,1,1,1,1\n", WEIR_ECORRUPT, "column 11");
    refused("1;1;0;0;10;10\n", WEIR_ECORRUPT, "column 2");
}

static void test_mot_text_meets_result_lines_as_one_class(void **state) {
    struct weir_dataset truth = parsed("1,1,1,2,3,4,1,1,1\n"), d = parsed(good_ndjson);
    struct weir_error err = {0};
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    assert_int_equal(truth.images, 3);
    assert_int_equal(d.image[0].len, 2);
    assert_int_equal(d.image[0].box[1].category, 0);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);

    truth = parsed("{\"frame\":0}\n");
    d = parsed("1,1,1,2,3,4\n");
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    assert_int_equal(truth.categories, 1);
    assert_int_equal(d.image[0].len, 1);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
}

static void test_empty_file_is_empty_results(void **state) {
    struct weir_dataset truth = parsed(good_coco), d = parsed(" \n");
    struct weir_error err = {0};
    assert_int_equal(d.format, WEIR_DATASET_EMPTY);
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    assert_int_equal(d.images, 2);
    weir_dataset_done(&d);
    d = parsed("[]");
    assert_int_equal(weir_dataset_join(&truth, &d, &err), 0);
    weir_dataset_done(&truth);
    weir_dataset_done(&d);
}

static void test_unknown_format_is_refused(void **state) {
    refused("hello", WEIR_EUNSUPPORTED, "not a known format");
    refused("\x89PNG", WEIR_EUNSUPPORTED, "not a known format");
}

static void test_every_truncation_of_a_good_file_is_survived(void **state) {
    const char *const good[] = {good_coco, good_results, good_ndjson};
    for (size_t i = 0; i < 3; i++) {
        for (size_t len = 0; len < strlen(good[i]); len++) {
            char text[2048];
            struct weir_dataset d = {0};
            struct weir_error err = {0};
            memcpy(text, good[i], len);
            text[len] = 0;
            if (weir_dataset_parse("file", text, len, &d, &err))
                test_error_says(&err, "file");
            weir_dataset_done(&d);
        }
    }
}

static void test_missing_file_is_not_found(void **state) {
    struct weir_dataset d = {0};
    struct weir_error err = {0};
    assert_int_equal(weir_dataset_load("/nowhere/at/all.json", &d, &err), WEIR_ENOENT);
    test_error_says(&err, "/nowhere/at/all.json");
}

static void test_overlap_with_a_crowd_is_over_the_box_alone(void **state) {
    struct weir_eval_box box = {.x = 0, .y = 0, .w = 10, .h = 10}, crowd = {.w = 100, .h = 5};
    assert_float_equal(weir_eval_iou(&box, &crowd), 50 / 550.0, 1e-12);
    crowd.crowd = true;
    assert_float_equal(weir_eval_iou(&box, &crowd), .5, 1e-12);
    box.w = 0;
    assert_true(weir_eval_iou(&box, &crowd) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coco_annotations_are_read),
        cmocka_unit_test(test_wrong_coco_annotations_are_named),
        cmocka_unit_test(test_coco_results_are_read_and_joined),
        cmocka_unit_test(test_wrong_coco_results_are_named),
        cmocka_unit_test(test_results_of_another_data_set_are_refused),
        cmocka_unit_test(test_class_of_coco_that_truth_does_not_label_is_left_out),
        cmocka_unit_test(test_visibility_and_tracks_are_read_where_they_are_stated),
        cmocka_unit_test(test_own_result_lines_are_read),
        cmocka_unit_test(test_wrong_result_lines_are_named),
        cmocka_unit_test(test_classes_meet_by_name_and_strange_ones_are_left_out),
        cmocka_unit_test(test_images_meet_by_file_name_where_both_have_one),
        cmocka_unit_test(test_mot_text_is_read),
        cmocka_unit_test(test_mot_truth_with_flag_zero_is_ignored),
        cmocka_unit_test(test_wrong_mot_text_is_named),
        cmocka_unit_test(test_mot_text_meets_result_lines_as_one_class),
        cmocka_unit_test(test_empty_file_is_empty_results),
        cmocka_unit_test(test_unknown_format_is_refused),
        cmocka_unit_test(test_every_truncation_of_a_good_file_is_survived),
        cmocka_unit_test(test_missing_file_is_not_found),
        cmocka_unit_test(test_overlap_with_a_crowd_is_over_the_box_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
