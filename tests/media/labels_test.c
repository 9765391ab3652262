/* Class names and COCO's numbers for them. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "media/media.h"

static void test_coco_has_80_classes_in_the_detectors_order(void **state) {
    struct weir_labels *labels = weir_labels_coco();
    assert_int_equal(labels->len, 80);
    assert_string_equal(weir_labels_name(labels, 0), "person");
    assert_string_equal(weir_labels_name(labels, 2), "car");
    assert_string_equal(weir_labels_name(labels, 39), "bottle");
    assert_string_equal(weir_labels_name(labels, 79), "toothbrush");
    for (int i = 0; i < 80; i++)
        assert_int_equal(weir_labels_find(labels, weir_labels_name(labels, i)), i);
    weir_labels_unref(&labels);
    assert_null(labels);
}

static void test_coco_ids_rise_and_leave_their_ten_gaps(void **state) {
    static const int gaps[] = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83};
    struct weir_labels *labels = weir_labels_coco();
    int last = 0, skipped = 0;
    for (int i = 0; i < 80; i++) {
        int id = weir_labels_coco_id(labels, i);
        for (int missing = last + 1; missing < id; missing++)
            assert_int_equal(missing, gaps[skipped++]);
        assert_true(id > last);
        last = id;
    }
    assert_int_equal(last, 90);
    assert_int_equal(skipped, 10);
    weir_labels_unref(&labels);
}

static void test_the_shared_annotations_agree_with_the_table(void **state) {
    /* "categories" of COCO's own file: {"id": 13, "name": "stop sign"} */
    const char *path = test_data("images/coco_val_subset/instances.json");
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(weir_file_read(path, 64 << 20, &text, &len, NULL), 0);
    struct weir_labels *labels = weir_labels_coco();
    char *categories = strstr(text, "\"categories\"");
    assert_non_null(categories);
    int found = 0;
    for (char *at = categories; found < 80 && (at = strstr(at, "\"id\""));) {
        int id = (int)strtol(strchr(at, ':') + 1, NULL, 10);
        char *name = strstr(at, "\"name\"");
        assert_non_null(name);
        name = strchr(strchr(name, ':'), '"') + 1;
        char *end = strchr(name, '"');
        *end = '\0';
        int class_id = weir_labels_find(labels, name);
        assert_int_equal(class_id, found);
        assert_int_equal(weir_labels_coco_id(labels, class_id), id);
        at = end + 1;
        found++;
    }
    assert_int_equal(found, 80);
    weir_labels_unref(&labels);
    free(text);
}

static void test_a_model_with_its_own_order_finds_coco_ids_by_name(void **state) {
    static const char *const names[] = {"truck", "forklift", "person"};
    struct weir_labels *labels = weir_labels_new(names, 3);
    assert_int_equal(weir_labels_coco_id(labels, 0), 8);
    assert_int_equal(weir_labels_coco_id(labels, 2), 1);
    weir_labels_unref(&labels);
}

static void test_a_class_unknown_to_coco_is_numbered_from_one(void **state) {
    static const char *const names[] = {"truck", "forklift", "Person"};
    struct weir_labels *labels = weir_labels_new(names, 3);
    assert_int_equal(weir_labels_coco_id(labels, 1), 2);
    assert_int_equal(weir_labels_coco_id(labels, 2), 3);
    assert_int_equal(weir_labels_coco_id(labels, 500), 501);
    weir_labels_unref(&labels);
}

static void test_numbered_classes_carry_their_number(void **state) {
    struct weir_labels *labels = weir_labels_numbered(3);
    assert_int_equal(labels->len, 3);
    assert_string_equal(weir_labels_name(labels, 0), "class_0");
    assert_string_equal(weir_labels_name(labels, 2), "class_2");
    weir_labels_unref(&labels);
}

static void test_a_class_outside_the_list_has_no_name(void **state) {
    struct weir_labels *labels = weir_labels_coco();
    assert_string_equal(weir_labels_name(labels, 80), "?");
    assert_string_equal(weir_labels_name(labels, -1), "?");
    assert_string_equal(weir_labels_name(NULL, 0), "?");
    weir_labels_unref(&labels);
}

static void test_an_unknown_name_is_not_found(void **state) {
    struct weir_labels *labels = weir_labels_coco();
    assert_int_equal(weir_labels_find(labels, "unicorn"), -1);
    assert_int_equal(weir_labels_find(labels, ""), -1);
    assert_int_equal(weir_labels_find(labels, NULL), -1);
    assert_int_equal(weir_labels_find(NULL, "person"), -1);
    weir_labels_unref(&labels);
}

static void test_an_empty_list_is_a_list(void **state) {
    struct weir_labels *labels = weir_labels_new(NULL, 0);
    assert_non_null(labels);
    assert_int_equal(labels->len, 0);
    assert_string_equal(weir_labels_name(labels, 0), "?");
    weir_labels_unref(&labels);
    weir_labels_unref(&labels);
    weir_labels_unref(NULL);
    assert_null(weir_labels_ref(NULL));
}

static void test_names_are_copied_and_shared(void **state) {
    char name[] = "gate";
    const char *names[] = {name};
    struct weir_labels *labels = weir_labels_new(names, 1), *other = weir_labels_ref(labels);
    name[0] = 'x';
    weir_labels_unref(&labels);
    assert_string_equal(weir_labels_name(other, 0), "gate");
    weir_labels_unref(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coco_has_80_classes_in_the_detectors_order),
        cmocka_unit_test(test_coco_ids_rise_and_leave_their_ten_gaps),
        cmocka_unit_test(test_the_shared_annotations_agree_with_the_table),
        cmocka_unit_test(test_a_model_with_its_own_order_finds_coco_ids_by_name),
        cmocka_unit_test(test_a_class_unknown_to_coco_is_numbered_from_one),
        cmocka_unit_test(test_numbered_classes_carry_their_number),
        cmocka_unit_test(test_a_class_outside_the_list_has_no_name),
        cmocka_unit_test(test_an_unknown_name_is_not_found),
        cmocka_unit_test(test_an_empty_list_is_a_list),
        cmocka_unit_test(test_names_are_copied_and_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
