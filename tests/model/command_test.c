/* weir model, as a user runs it. */
#include "support/support.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

extern char **environ;

struct fixture {
    char *dir;
    char *file; /* in dir: where a command is to write */
    char *out, *err; /* what the last command printed */
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = test_scratch();
    f->file = strdup(test_path(f->dir, "dyn.onnx"));
    setenv("HOME", f->dir, 1);
    unsetenv("WEIR_MODELS");
    unsetenv("WEIR_CATALOG");
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    test_scratch_remove(f->dir);
    free(f->file);
    free(f->out);
    free(f->err);
    free(f);
    return 0;
}

static char *read_back(struct fixture *f, const char *name) {
    char *text;
    size_t len;
    assert_int_equal(weir_file_read(test_path(f->dir, name), 1 << 20, &text, &len, NULL), 0);
    return text;
}

/* Runs `weir model ARGS…` (up to a NULL) and gives its exit code. */
static int weir_model(struct fixture *f, const char *const *args) {
    const char *program = getenv("WEIR_PROGRAM");
    const char *argv[16] = {program, "model"};
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status, n = 2;
    if (!program)
        skip();
    while (*args)
        argv[n++] = *args++;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, test_path(f->dir, "stdout"),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, test_path(f->dir, "stderr"),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(posix_spawn(&pid, program, &files, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    free(f->out);
    free(f->err);
    f->out = read_back(f, "stdout");
    f->err = read_back(f, "stderr");
    return WEXITSTATUS(status);
}
#define RUN(f, ...) weir_model(f, (const char *const[]){__VA_ARGS__, NULL})

static void assert_says(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no '%s' in: %s", part, text);
}

static void test_resize_writes_a_verified_model(void **state) {
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "resize", test_data("models/yolox_nano_416.onnx"), f->file), 0);
    assert_says(f->out, "the same to the bit");
    assert_says(f->out, "the right number of anchors");
    assert_says(f->out, "Reshape_405 (Reshape): target [1,85,-1] became [0,85,-1]");
    assert_true(weir_file_exists(f->file));
    assert_int_equal(RUN(f, "inspect", f->file), 0);
    assert_says(f->out, "images f32 [batch,3,height,width]");
    assert_says(f->out, "any multiple of 32");
}

static void test_resize_leaves_nothing_where_it_refuses(void **state) {
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "resize", test_data("models/deimv2_atto.onnx"), f->file), 1);
    assert_says(f->err, "node /model/");
    assert_string_equal(f->out, "");
    assert_false(weir_file_exists(f->file));
    assert_false(weir_file_exists(test_path(f->dir, "dyn.onnx.unverified.part")));
}

static void test_resize_of_rubbish_fails(void **state) {
    struct fixture *f = *state;
    const char *in = test_path(f->dir, "in.onnx");
    assert_int_equal(weir_file_write_all(in, "rubbish", 7, NULL), 0);
    assert_int_equal(RUN(f, "resize", in, test_path(f->dir, "out.onnx")), 1);
    assert_says(f->err, "not an ONNX model");
    assert_false(weir_file_exists(test_path(f->dir, "out.onnx")));
}

static void test_inspect_says_what_and_why(void **state) {
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "inspect", test_data("models/nanodet_m_416.onnx")), 0);
    assert_says(f->out, "input.1 f32 [1,3,416,416]");
    assert_says(f->out, "head           nanodet");
    assert_says(f->out, "recognised by");
    assert_says(f->out, "416x416, fixed");
    assert_says(f->out, "80: person");
}

static void test_inspect_prints_json(void **state) {
    struct fixture *f = *state;
    json_error_t why;
    assert_int_equal(RUN(f, "inspect", test_data("models/yolox_nano_dyn.onnx"), "--json"), 0);
    json_t *root = json_loads(f->out, 0, &why);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "head")), "yolox");
    assert_int_equal(json_array_size(json_object_get(root, "classes")), 80);
    assert_int_equal(json_integer_value(json_object_get(root, "stride")), 32);
    assert_true(json_is_null(json_object_get(root, "size")));
    json_t *input = json_array_get(json_object_get(root, "inputs"), 0);
    json_t *shape = json_object_get(input, "shape");
    assert_string_equal(json_string_value(json_array_get(shape, 2)), "height");
    json_decref(root);
}

static void test_inspect_of_a_missing_model_says_where_it_looked(void **state) {
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "inspect", "no_such_model"), 1);
    assert_says(f->err, ".local/share/weir/models");
}

static void test_heads_are_listed(void **state) {
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "heads"), 0);
    assert_says(f->out, "yolox ");
    assert_says(f->out, "fastestdet ");
}

static void use_catalogue(struct fixture *f) {
    static const char text[] =
        "models:\n  far_away:\n    url: http://127.0.0.1:9/m.onnx\n    sha256: "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
        "    size_bytes: 3\n    license: MIT\n    about: a test\n";
    const char *path = test_path(f->dir, "catalog.yaml");
    assert_int_equal(weir_file_write_all(path, text, sizeof text - 1, NULL), 0);
    setenv("WEIR_CATALOG", path, 1);
}

static void test_list_shows_models_and_the_catalogue(void **state) {
    struct fixture *f = *state;
    use_catalogue(f);
    setenv("WEIR_MODELS", f->dir, 1);
    assert_int_equal(weir_file_write_all(test_path(f->dir, "mine.onnx"), "1234", 4, NULL), 0);
    assert_int_equal(RUN(f, "list"), 0);
    assert_says(f->out, "mine ");
    assert_says(f->out, "4 B");
    assert_says(f->out, "far_away");
    assert_says(f->out, "MIT: a test");
}

static void test_pull_of_an_unknown_name_fails_before_any_request(void **state) {
    struct fixture *f = *state;
    use_catalogue(f);
    assert_int_equal(RUN(f, "pull", "far_away", "unheard_of"), 1);
    assert_says(f->err, "unheard_of: not in the catalogue");
    assert_null(strstr(f->err, "127.0.0.1"));
}

static void test_failed_pull_names_the_address(void **state) {
    struct fixture *f = *state;
    use_catalogue(f);
    assert_int_equal(RUN(f, "pull", "--all", "--dir", f->dir), 1);
    assert_says(f->err, "http://127.0.0.1:9/m.onnx");
    assert_false(weir_file_exists(test_path(f->dir, "far_away.onnx")));
}

static void test_wrong_use_is_exit_code_2(void **state) {
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "melt"), 2);
    assert_says(f->err, "found 'melt'");
    assert_int_equal(RUN(f, "pull"), 2);
    assert_int_equal(RUN(f, "pull", "--all", "name"), 2);
    assert_int_equal(RUN(f, "resize", "one.onnx"), 2);
    assert_int_equal(RUN(f, "list", "--json"), 2);
    assert_int_equal(RUN(f, "inspect", "--dir", "x", "y.onnx"), 2);
    assert_int_equal(weir_model(f, (const char *const[]){NULL}), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_resize_writes_a_verified_model),
        T(test_resize_leaves_nothing_where_it_refuses),
        T(test_resize_of_rubbish_fails),
        T(test_inspect_says_what_and_why),
        T(test_inspect_prints_json),
        T(test_inspect_of_a_missing_model_says_where_it_looked),
        T(test_heads_are_listed),
        T(test_list_shows_models_and_the_catalogue),
        T(test_pull_of_an_unknown_name_fails_before_any_request),
        T(test_failed_pull_names_the_address),
        T(test_wrong_use_is_exit_code_2),
    };
    return cmocka_run_group_tests_name("model command", tests, NULL, NULL);
}
