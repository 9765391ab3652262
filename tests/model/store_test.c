/* Where models and the catalogue are looked for. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/model.h"

struct fixture {
    char *dir;
    char *path;
    struct weir_error err;
};

static void put(struct fixture *f, const char *name) {
    assert_int_equal(weir_file_write_all(test_path(f->dir, name), "x", 1, NULL), 0);
}

/* $WEIR_MODELS names folders a and b, $HOME has its own. */
static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct weir_buf both = {0};
    f->dir = test_scratch();
    weir_buf_printf(&both, "%s/a::%s/b", f->dir, f->dir);
    setenv("WEIR_MODELS", weir_buf_str(&both), 1);
    setenv("HOME", test_path(f->dir, "home"), 1);
    unsetenv("WEIR_CATALOG");
    weir_buf_done(&both);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    test_scratch_remove(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static void test_path_is_taken_as_it_is(void **state) {
    struct fixture *f = *state;
    put(f, "x.onnx");
    assert_int_equal(weir_model_find(test_path(f->dir, "x.onnx"), &f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "x.onnx"));
}

static void test_name_is_found_in_the_first_folder_that_has_it(void **state) {
    struct fixture *f = *state;
    put(f, "b/m.onnx");
    put(f, "home/.local/share/weir/models/m.onnx");
    assert_int_equal(weir_model_find("m", &f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "b/m.onnx"));
}

static void test_name_may_carry_its_suffix(void **state) {
    struct fixture *f = *state;
    put(f, "a/m.onnx");
    assert_int_equal(weir_model_find("m.onnx", &f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "a/m.onnx"));
}

static void test_home_folder_is_looked_in(void **state) {
    struct fixture *f = *state;
    put(f, "home/.local/share/weir/models/m.onnx");
    unsetenv("WEIR_MODELS");
    assert_int_equal(weir_model_find("m", &f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "home/.local/share/weir/models/m.onnx"));
}

static void test_missing_path_is_named(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_model_find("./none/m.onnx", &f->path, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "./none/m.onnx");
    assert_null(f->path);
}

static void test_missing_name_says_where_it_looked(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_model_find("no_such_model", &f->path, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, test_path(f->dir, "a"));
    test_error_says(&f->err, test_path(f->dir, "b"));
    test_error_says(&f->err, test_path(f->dir, "home/.local/share/weir/models"));
    assert_null(f->path);
}

static void test_missing_name_in_the_catalogue_says_pull(void **state) {
    struct fixture *f = *state;
    static const char text[] =
        "models:\n  far_away:\n    url: https://example.org/m.onnx\n    sha256: "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
        "    size_bytes: 3\n    license: MIT\n    about: a test\n";
    const char *catalog = test_path(f->dir, "catalog.yaml");
    assert_int_equal(weir_file_write_all(catalog, text, sizeof text - 1, NULL), 0);
    setenv("WEIR_CATALOG", catalog, 1);
    assert_int_equal(weir_model_find("far_away", &f->path, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "weir model pull");
}

static void test_empty_name_is_refused(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_model_find("", &f->path, &f->err), WEIR_EINVAL);
}

static void test_folder_is_no_model(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_dir_make(test_path(f->dir, "a/m.onnx"), NULL), 0);
    assert_int_equal(weir_model_find("m", &f->path, &f->err), WEIR_ENOENT);
}

static void note(const char *path, void *arg) {
    struct weir_buf *all = arg;
    weir_buf_printf(all, "%s ", weir_path_base(path));
}

static void test_each_lists_models_only_in_order(void **state) {
    struct fixture *f = *state;
    struct weir_buf all = {0};
    put(f, "a/z.onnx");
    put(f, "a/c.onnx");
    put(f, "a/c.onnx.part");
    put(f, "a/c.yaml");
    put(f, "a/.onnx");
    put(f, "b/b.onnx");
    assert_int_equal(weir_model_each(note, &all), 0);
    assert_memory_equal(weir_buf_str(&all), "c.onnx z.onnx b.onnx ", 21);
    weir_buf_done(&all);
}

static void test_store_is_the_first_folder(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_model_store(&f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "a"));
}

static void test_store_falls_back_to_home(void **state) {
    struct fixture *f = *state;
    unsetenv("WEIR_MODELS");
    assert_int_equal(weir_model_store(&f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "home/.local/share/weir/models"));
}

static void test_no_store_without_a_home(void **state) {
    struct fixture *f = *state;
    unsetenv("WEIR_MODELS");
    unsetenv("HOME");
    assert_int_equal(weir_model_store(&f->path, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "HOME");
}

static void test_named_catalogue_must_exist(void **state) {
    struct fixture *f = *state;
    setenv("WEIR_CATALOG", test_path(f->dir, "none.yaml"), 1);
    assert_int_equal(weir_model_catalog_path(&f->path, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "none.yaml");
    assert_null(f->path);
}

static void test_named_catalogue_is_used(void **state) {
    struct fixture *f = *state;
    put(f, "mine.yaml");
    setenv("WEIR_CATALOG", test_path(f->dir, "mine.yaml"), 1);
    assert_int_equal(weir_model_catalog_path(&f->path, &f->err), 0);
    assert_string_equal(f->path, test_path(f->dir, "mine.yaml"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_path_is_taken_as_it_is),
        T(test_name_is_found_in_the_first_folder_that_has_it),
        T(test_name_may_carry_its_suffix),
        T(test_home_folder_is_looked_in),
        T(test_missing_path_is_named),
        T(test_missing_name_says_where_it_looked),
        T(test_missing_name_in_the_catalogue_says_pull),
        T(test_empty_name_is_refused),
        T(test_folder_is_no_model),
        T(test_each_lists_models_only_in_order),
        T(test_store_is_the_first_folder),
        T(test_store_falls_back_to_home),
        T(test_no_store_without_a_home),
        T(test_named_catalogue_must_exist),
        T(test_named_catalogue_is_used),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
