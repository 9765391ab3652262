/* The tree of nodes: what is read, what is refused, and that nothing crashes it. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/doc.h"

static struct spec_doc *good(const char *text) {
    struct spec_doc *doc = NULL;
    struct weir_error err = {0};
    if (spec_doc_parse("f.yaml", text, strlen(text), &doc, &err))
        fail_msg("%s", err.text);
    return doc;
}

static void bad_bytes(const char *text, size_t len, const char *says) {
    struct spec_doc *doc = NULL;
    struct weir_error err = {0};
    assert_int_equal(spec_doc_parse("f.yaml", text, len, &doc, &err), WEIR_EINVAL);
    assert_null(doc);
    test_error_says(&err, says);
}

static void bad(const char *text, const char *says) {
    bad_bytes(text, strlen(text), says);
}

static void test_nodes_know_their_lines(void **state) {
    struct spec_doc *doc = good("a: 1\nb:\n  - x\n  - \"y\"\nc: { d: e }\n");
    const struct spec_node *root = doc->root;
    assert_int_equal(root->kind, SPEC_MAP);
    assert_int_equal(root->len, 3);
    assert_string_equal(root->pair[1].key, "b");
    assert_int_equal(root->pair[1].line, 2);
    const struct spec_node *list = root->pair[1].value;
    assert_int_equal(list->kind, SPEC_LIST);
    assert_int_equal(list->len, 2);
    assert_int_equal(list->item[1]->line, 4);
    assert_false(list->item[1]->plain);
    assert_true(list->item[0]->plain);
    assert_int_equal(root->pair[2].value->pair[0].line, 5);
    spec_doc_free(doc);
    spec_doc_free(NULL);
}

static void test_an_alias_is_the_node_it_names(void **state) {
    struct spec_doc *doc = good("a: &x { k: v }\nb: *x\nc: &s text\n*s : d\n");
    assert_ptr_equal(doc->root->pair[0].value, doc->root->pair[1].value);
    assert_string_equal(doc->root->pair[3].key, "text");
    spec_doc_free(doc);
}

static void test_a_redefined_anchor_means_the_last_one(void **state) {
    struct spec_doc *doc = good("- &x a\n- &x b\n- *x\n");
    assert_string_equal(doc->root->item[2]->text, "b");
    spec_doc_free(doc);
}

static void test_empty_scalars_are_null_and_quoted_ones_are_not(void **state) {
    struct spec_doc *doc = good("- \n- ~\n- null\n- \"\"\n- 'null'\n- x\n");
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(spec_node_is_null(doc->root->item[i]), i < 3);
    spec_doc_free(doc);
}

static void test_duplicate_keys_remember_the_first(void **state) {
    struct spec_doc *doc = good("a: 1\nb: 2\na: 3\na: 4\n");
    assert_int_equal(doc->root->pair[0].first_line, 0);
    assert_int_equal(doc->root->pair[1].first_line, 0);
    assert_int_equal(doc->root->pair[2].first_line, 1);
    assert_int_equal(doc->root->pair[3].first_line, 1);
    spec_doc_free(doc);
}

static void test_utf8_and_escapes_are_read(void **state) {
    struct spec_doc *doc = good("\xef\xbb\xbf"
                                "name: \"Stra\\xdf\x65 ✓\"\n");
    assert_string_equal(doc->root->pair[0].value->text, "Stra\xc3\x9f\x65 ✓");
    spec_doc_free(doc);
}

static void test_bad_syntax_says_line_and_column(void **state) {
    bad("a: 1\nb: [1, 2\nc: 3\n", "f.yaml:3:");
    bad("a: 1\n\tb: 2\n", "f.yaml:2:1: not valid YAML");
    bad("a: \"open\n", "f.yaml:2:1: not valid YAML");
    bad("a: b: c\n", "f.yaml:1:5: not valid YAML");
    bad("a: @x\n", "f.yaml:1:4: not valid YAML");
    bad("%YAML 9.9\n---\na: 1\n", "f.yaml:1:1: not valid YAML");
}

static void test_an_empty_file_is_an_error(void **state) {
    bad("", "empty");
    bad("\n\n# only a comment\n", "empty");
}

static void test_binary_junk_is_an_error(void **state) {
    static const char junk[] = "\x7f\x45\x4c\x46\x02\x01\x01\x00\xff\xfe\x00\x9c";
    bad_bytes(junk, sizeof junk - 1, "f.yaml:1:1: not valid YAML");
    bad("a: 1\nb: \xff\xfe\n", "f.yaml:2:4: not valid YAML");
    bad_bytes("a: \0b", 5, "f.yaml:1:4: not valid YAML");
    bad("a: \"x\\0y\"\n", "f.yaml:1:4: found a NUL");
}

static void test_only_text_can_be_a_key(void **state) {
    bad("? [a, b]\n: c\n", "f.yaml:1: found a list as a key");
    bad("x: 1\n{a: b}: c\n", "f.yaml:2: found a map as a key");
}

static void test_a_second_document_is_an_error(void **state) {
    bad("a: 1\n---\nb: 2\n", "f.yaml:2:1: found a second document");
}

static void test_unknown_and_circular_aliases_are_errors(void **state) {
    bad("a: *nowhere\n", "no anchor &nowhere");
    bad("a: &x [1, *x]\n", "f.yaml:1:11: an alias must not lie inside");
    bad("&x a: { b: *x, c: &y { d: *y } }\n", "an alias must not lie inside");
}

static void test_a_deep_nesting_bomb_is_refused(void **state) {
    enum { DEEP = 100000 };
    char *text = malloc(DEEP);
    assert_non_null(text);
    memset(text, '[', DEEP);
    bad_bytes(text, DEEP, "nested too deeply");
    for (int i = 0; i < DEEP; i++)
        text[i] = "{a: "[i % 4];
    bad_bytes(text, DEEP, "nested too deeply");
    for (int i = 0; i < DEEP; i++)
        text[i] = "- "[i % 2];
    bad_bytes(text, DEEP, "nested too deeply");
    free(text);
}

static void test_thirty_two_levels_are_enough_and_allowed(void **state) {
    char text[128] = {0};
    memset(text, '[', SPEC_YAML_MAX_DEPTH);
    memset(text + SPEC_YAML_MAX_DEPTH, ']', SPEC_YAML_MAX_DEPTH);
    spec_doc_free(good(text));
    memset(text, '[', SPEC_YAML_MAX_DEPTH + 1);
    memset(text + SPEC_YAML_MAX_DEPTH + 1, ']', SPEC_YAML_MAX_DEPTH + 1);
    bad(text, "nested too deeply");
}

static void test_a_billion_laughs_cost_nothing(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
        weir_buf_printf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            weir_buf_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
        weir_buf_puts(&text, "]\n");
    }
    struct spec_doc *doc = good(text.data);
    assert_true(doc->len < 100);
    spec_doc_free(doc);
    weir_buf_done(&text);
}

static void test_too_many_values_and_anchors_are_refused(void **state) {
    struct weir_buf text = {0};
    for (int i = 0; i <= SPEC_YAML_MAX_NODES; i++)
        weir_buf_puts(&text, "- x\n");
    bad(text.data, "too many values");
    weir_buf_reset(&text);
    for (int i = 0; i <= SPEC_YAML_MAX_ANCHORS; i++)
        weir_buf_printf(&text, "- &a%d x\n", i);
    bad(text.data, "too many anchors");
    weir_buf_done(&text);
}

/* Whoever copies what an alias names pays each time: so they count, and texts are not long. */
static void test_too_many_aliases_are_refused(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "a: &a x\nb: [");
    for (int i = 0; i < SPEC_YAML_MAX_NODES - 5; i++) /* beside the maps, keys and values */
        weir_buf_puts(&text, "*a,");
    weir_buf_puts(&text, "]\n");
    spec_doc_free(good(text.data));
    text.len -= 2;
    weir_buf_puts(&text, "*a,]\n");
    bad(text.data, "too many values");
    weir_buf_done(&text);
}

static void test_a_text_is_as_long_as_a_path_at_most(void **state) {
    struct weir_buf text = {0};
    weir_buf_puts(&text, "a: ");
    for (int i = 0; i < SPEC_YAML_MAX_TEXT; i++)
        weir_buf_putc(&text, 'x');
    spec_doc_free(good(text.data));
    weir_buf_putc(&text, 'x');
    bad(text.data, "a text is too long (4096 bytes at most)");
    weir_buf_done(&text);
}

static void test_a_huge_file_is_refused_unread(void **state) {
    char *dir = test_scratch();
    const char *path = test_path(dir, "huge.yaml");
    size_t len = SPEC_YAML_MAX_BYTES + 1;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, '#', len);
    assert_int_equal(weir_file_write_all(path, text, len, NULL), 0);
    struct spec_doc *doc = NULL;
    struct weir_error err = {0};
    assert_int_equal(spec_doc_load(path, &doc, &err), WEIR_ERANGE);
    test_error_says(&err, "huge.yaml");
    assert_null(doc);
    free(text);
    test_scratch_remove(dir);
}

static void test_missing_files_and_folders_are_errors(void **state) {
    char *dir = test_scratch();
    struct spec_doc *doc = NULL;
    struct weir_error err = {0};
    assert_int_equal(spec_doc_load(test_path(dir, "none.yaml"), &doc, &err), WEIR_ENOENT);
    test_error_says(&err, "none.yaml");
    assert_int_not_equal(spec_doc_load(dir, &doc, &err), 0);
    assert_null(doc);
    test_scratch_remove(dir);
}

/* Any outcome is fine but a crash, a leak or a hang. */
static void try(const char *text, size_t len) {
    struct spec_doc *doc = NULL;
    struct weir_error err = {0};
    int rc = spec_doc_parse("f.yaml", text, len, &doc, &err);
    assert_true(rc ? doc == NULL && *err.text : doc != NULL && doc->root != NULL);
    spec_doc_free(doc);
}

static void test_no_damage_to_a_good_file_crashes_the_reader(void **state) {
    static const char text[] = "streams: { gate: &g { source: 'a', live: no }, b: *g }\n"
                               "detect:\n  models: [\"x\\ty\", |\n  block\n  ]\n"
                               "? k\n: - 1\n  - >-\n    folded\n# end\n...\n";
    size_t len = sizeof text - 1;
    char copy[sizeof text];
    for (size_t i = 0; i <= len; i++)
        try(text, i);
    for (size_t i = 0; i < len; i++) {
        static const char with[] = "\0\xff\n\t:[]{}&*-?\"'|>%@`,# ";
        for (size_t j = 0; j < sizeof with - 1; j++) {
            memcpy(copy, text, sizeof text);
            copy[i] = with[j];
            try(copy, len);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_know_their_lines),
        cmocka_unit_test(test_an_alias_is_the_node_it_names),
        cmocka_unit_test(test_a_redefined_anchor_means_the_last_one),
        cmocka_unit_test(test_empty_scalars_are_null_and_quoted_ones_are_not),
        cmocka_unit_test(test_duplicate_keys_remember_the_first),
        cmocka_unit_test(test_utf8_and_escapes_are_read),
        cmocka_unit_test(test_bad_syntax_says_line_and_column),
        cmocka_unit_test(test_an_empty_file_is_an_error),
        cmocka_unit_test(test_binary_junk_is_an_error),
        cmocka_unit_test(test_only_text_can_be_a_key),
        cmocka_unit_test(test_a_second_document_is_an_error),
        cmocka_unit_test(test_unknown_and_circular_aliases_are_errors),
        cmocka_unit_test(test_a_deep_nesting_bomb_is_refused),
        cmocka_unit_test(test_thirty_two_levels_are_enough_and_allowed),
        cmocka_unit_test(test_a_billion_laughs_cost_nothing),
        cmocka_unit_test(test_too_many_values_and_anchors_are_refused),
        cmocka_unit_test(test_too_many_aliases_are_refused),
        cmocka_unit_test(test_a_text_is_as_long_as_a_path_at_most),
        cmocka_unit_test(test_a_huge_file_is_refused_unread),
        cmocka_unit_test(test_missing_files_and_folders_are_errors),
        cmocka_unit_test(test_no_damage_to_a_good_file_crashes_the_reader),
    };
    return cmocka_run_group_tests_name("spec/yaml", tests, NULL, NULL);
}
