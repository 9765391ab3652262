/* ONNX files: read, written, refused. */
#include "graph_support.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    char *dir;
    const char *path;
    Onnx__ModelProto *model;
    struct weir_error err;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = test_scratch();
    f->path = strdup(test_path(f->dir, "m.onnx"));
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    onnx_free(f->model);
    test_scratch_remove(f->dir);
    free((char *)f->path);
    free(f);
    return 0;
}

static Onnx__ModelProto *one_conv(void) {
    Onnx__ModelProto *model = graph_new(13);
    graph_picture(model, 32, 32);
    graph_conv(model, "conv", "x", "y", 3, 8, 3, 2);
    graph_output(model, "y", 4, (int64_t[]){1, 8, 16, 16});
    return model;
}

static void save(struct fixture *f, Onnx__ModelProto *model) {
    assert_int_equal(onnx_save(model, f->path, NULL), 0);
    onnx_free(model);
}

static void assert_corrupt(struct fixture *f) {
    assert_int_equal(onnx_load(f->path, &f->model, &f->err), WEIR_ECORRUPT);
    test_error_says(&f->err, f->path);
    test_error_says(&f->err, "not an ONNX model");
    assert_null(f->model);
}

static void test_saved_model_is_loaded(void **state) {
    struct fixture *f = *state;
    save(f, one_conv());
    assert_int_equal(onnx_load(f->path, &f->model, &f->err), 0);
    assert_int_equal(onnx_opset(f->model), 13);
    Onnx__NodeProto *conv = graph_find(f->model, "conv");
    assert_non_null(conv);
    int64_t *stride = onnx_attr(conv, "strides")->ints;
    assert_int_equal(stride[0], 2);
    assert_string_equal(graph_shape(f->model->graph->output[0]), "1,8,16,16");
}

static void test_unknown_fields_are_kept(void **state) {
    struct fixture *f = *state;
    Onnx__ModelProto *model = one_conv();
    char *data, *at;
    size_t len;
    save(f, model);
    assert_int_equal(weir_file_read(f->path, 1 << 20, &data, &len, NULL), 0);
    /* field 1000, of bytes "future": a schema later than ours */
    static const char extra[] = "\xc2\x3e\x06"
                                "future";
    at = malloc(len + sizeof extra - 1);
    memcpy(at, data, len);
    memcpy(at + len, extra, sizeof extra - 1);
    assert_int_equal(weir_file_write_all(f->path, at, len + sizeof extra - 1, NULL), 0);
    free(data);
    free(at);
    assert_int_equal(onnx_load(f->path, &f->model, &f->err), 0);
    assert_int_equal(onnx_save(f->model, f->path, NULL), 0);
    assert_int_equal(weir_file_read(f->path, 1 << 20, &data, &len, NULL), 0);
    assert_non_null(memmem(data, len, extra, sizeof extra - 1));
    free(data);
}

static void test_numbers_are_read_packed_and_raw(void **state) {
    (void)state;
    Onnx__TensorProto t;
    int64_t dims[] = {2}, typed[] = {5, -6}, got;
    onnx__tensor_proto__init(&t);
    t.n_dims = 1;
    t.dims = dims;
    t.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    t.n_int64_data = 2;
    t.int64_data = typed;
    assert_int_equal(onnx_tensor_int(&t, 1, &got), 0);
    assert_int_equal(got, -6);
    t.n_int64_data = 0;
    t.has_raw_data = 1;
    t.raw_data.data = (uint8_t *)typed;
    t.raw_data.len = sizeof typed;
    assert_int_equal(onnx_tensor_int(&t, 1, &got), 0);
    assert_int_equal(got, -6);
    t.raw_data.len = 9; /* the second is not whole */
    assert_int_equal(onnx_tensor_int(&t, 1, &got), WEIR_EMODEL);
    assert_int_equal(onnx_tensor_int(&t, 2, &got), WEIR_EMODEL);
    assert_int_equal(onnx_tensor_int(&t, -1, &got), WEIR_EMODEL);
}

static void test_absurd_dimensions_have_no_length(void **state) {
    (void)state;
    Onnx__TensorProto t;
    int64_t dims[] = {INT64_MAX, 3};
    onnx__tensor_proto__init(&t);
    t.n_dims = 2;
    t.dims = dims;
    assert_int_equal(onnx_tensor_len(&t), -1);
    dims[0] = -1;
    assert_int_equal(onnx_tensor_len(&t), -1);
}

static void test_missing_file_is_named(void **state) {
    struct fixture *f = *state;
    assert_int_equal(onnx_load(f->path, &f->model, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, f->path);
}

static void test_text_is_no_model(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_file_write_all(f->path, "hello, world\n", 13, NULL), 0);
    assert_corrupt(f);
}

static void test_empty_file_is_no_model(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_file_write_all(f->path, "", 0, NULL), 0);
    assert_corrupt(f);
}

static void test_truncated_model_is_refused_wherever_it_is_cut(void **state) {
    struct fixture *f = *state;
    char *data;
    size_t len;
    save(f, one_conv());
    assert_int_equal(weir_file_read(f->path, 1 << 20, &data, &len, NULL), 0);
    /* the last field is the list of operator sets: without its end nothing is whole */
    for (size_t cut = 0; cut < len; cut += 1 + len / 97) {
        assert_int_equal(weir_file_write_all(f->path, data, cut, NULL), 0);
        if (onnx_load(f->path, &f->model, NULL) == 0)
            fail_msg("cut at %zu of %zu it loads", cut, len);
    }
    free(data);
}

static void test_deep_nesting_is_refused_not_followed(void **state) {
    struct fixture *f = *state;
    /* graph(7) > node(1) > attribute(5) > g(6) > node … , 20000 levels, inside out */
    enum { LEVELS = 20000 };
    static const char tag[] = {0x3a, 0x0a, 0x2a, 0x32};
    size_t cap = LEVELS * 6, at = cap;
    char *data = malloc(cap);
    for (int level = LEVELS - 1; level >= 0; level--) {
        size_t len = cap - at;
        char varint[6];
        int n = 0;
        do {
            varint[n++] = (char)((len & 127) | (len > 127 ? 128 : 0));
            len >>= 7;
        } while (len);
        assert_true(at >= (size_t)n + 1);
        at -= (size_t)n;
        memcpy(data + at, varint, (size_t)n);
        data[--at] = level == 0 ? tag[0] : tag[1 + (level - 1) % 3];
    }
    assert_int_equal(weir_file_write_all(f->path, data + at, cap - at, NULL), 0);
    free(data);
    assert_corrupt(f);
}

static void test_unwritable_place_is_an_error(void **state) {
    struct fixture *f = *state;
    Onnx__ModelProto *model = one_conv();
    assert_int_not_equal(onnx_save(model, "/proc/none/m.onnx", &f->err), 0);
    test_error_says(&f->err, "/proc/none");
    onnx_free(model);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_saved_model_is_loaded),
        T(test_unknown_fields_are_kept),
        T(test_numbers_are_read_packed_and_raw),
        T(test_absurd_dimensions_have_no_length),
        T(test_missing_file_is_named),
        T(test_text_is_no_model),
        T(test_empty_file_is_no_model),
        T(test_truncated_model_is_refused_wherever_it_is_cut),
        T(test_deep_nesting_is_refused_not_followed),
        T(test_unwritable_place_is_an_error),
    };
    return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
