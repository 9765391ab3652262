/* The catalogue: complete entries only, and the one that ships is one of them. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "spec/spec.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"

struct fixture {
    char *dir;
    char path[512];
    struct weir_catalog catalog;
    struct weir_error err;
};

static int begin(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (!f || !(f->dir = test_scratch()))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/catalog.yaml", f->dir);
    return 0;
}

static int end(void **state) {
    struct fixture *f = *state;
    weir_catalog_done(&f->catalog);
    test_scratch_remove(f->dir);
    free(f);
    return 0;
}

static int load(struct fixture *f, const char *text, size_t len) {
    assert_int_equal(weir_file_write_all(f->path, text, len, NULL), 0);
    weir_catalog_done(&f->catalog);
    f->err = (struct weir_error){0};
    return weir_catalog_load(f->path, &f->catalog, &f->err);
}

static void bad(struct fixture *f, const char *text, const char *says) {
    assert_int_equal(load(f, text, strlen(text)), WEIR_EINVAL);
    test_error_says(&f->err, says);
    assert_int_equal(f->catalog.len, 0);
}

static const char whole[] =
    "models:\n"
    "  a:\n"
    "    url: http://127.0.0.1:8080/a.onnx\n"
    "    sha256: " SHA "\n"
    "    size_bytes: 3690152\n"
    "    license: Apache-2.0\n"
    "    about: \"one line: with a colon\"\n"
    "  b: { url: https://x/b.onnx, sha256: " SHA ", size_bytes: 1, license: MIT }\n";

static void test_entries_are_read_and_found(void **state) {
    struct fixture *f = *state;
    assert_int_equal(load(f, whole, sizeof whole - 1), 0);
    assert_int_equal(f->catalog.len, 2);
    const struct weir_catalog_entry *a = weir_catalog_find(&f->catalog, "a");
    assert_non_null(a);
    assert_string_equal(a->name, "a");
    assert_string_equal(a->url, "http://127.0.0.1:8080/a.onnx");
    assert_string_equal(a->sha256 + 48, "0123456789abcdef"); /* lower case */
    assert_int_equal(a->size_bytes, 3690152);
    assert_string_equal(a->license, "Apache-2.0");
    assert_string_equal(a->about, "one line: with a colon");
    assert_string_equal(weir_catalog_find(&f->catalog, "b")->about, "");
    assert_null(weir_catalog_find(&f->catalog, "c"));
}

static void test_the_shipped_catalogue_is_complete(void **state) {
    static const char *const names[] = {"yolox_nano", "deimv2_atto", "nanodet_m", "fastestdet"};
    struct fixture *f = *state;
    if (weir_catalog_load(test_source("models/catalog.yaml"), &f->catalog, &f->err))
        fail_msg("%s", f->err.text);
    for (size_t i = 0; i < 4; i++) {
        const struct weir_catalog_entry *entry = weir_catalog_find(&f->catalog, names[i]);
        assert_non_null(entry);
        assert_true(*entry->about);
        /* pinned: a commit of 40 digits stands in the address */
        const char *c = entry->url;
        while (*c && strspn(c, "0123456789abcdef") != 40)
            c++;
        assert_true(*c);
    }
}

static void test_shipped_sizes_are_those_of_the_real_files(void **state) {
    static const char *const files[][2] = {
        {"yolox_nano", "models/yolox_nano_416.onnx"},
        {"deimv2_atto", "models/deimv2_atto.onnx"},
        {"nanodet_m", "models/nanodet_m_416.onnx"},
        {"fastestdet", "models/fastestdet_352.onnx"},
    };
    struct fixture *f = *state;
    struct stat st;
    assert_int_equal(weir_catalog_load(test_source("models/catalog.yaml"), &f->catalog, &f->err),
                     0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(stat(test_data(files[i][1]), &st), 0);
        assert_int_equal(weir_catalog_find(&f->catalog, files[i][0])->size_bytes, st.st_size);
    }
}

static void test_all_errors_are_reported_at_once(void **state) {
    struct fixture *f = *state;
    bad(f,
        "models:\n"
        "  a: { url: \"ftp://x/a\", sha256: abc, size_bytes: 0, license: , about: [x] }\n"
        "  b: {}\n"
        "  c: text\n"
        "  \"d d\": { ulr: x }\n",
        ":2: models.a.url: found \"ftp://x/a\"; allowed: an address that begins with http://");
    test_error_says(&f->err, ":2: models.a.sha256: found \"abc\"; allowed: 64 hexadecimal digits");
    test_error_says(&f->err, ":2: models.a.size_bytes: found 0; allowed: a whole number from 1");
    test_error_says(&f->err, ":2: models.a.license: found nothing; allowed: the name of a licence");
    test_error_says(&f->err, ":2: models.a.about: found a list; allowed: one line of text");
    test_error_says(&f->err, ":3: models.b.url: found nothing");
    test_error_says(&f->err, ":3: models.b.sha256: found nothing");
    test_error_says(&f->err, ":4: models.c: found \"text\"; allowed: a map with the keys url");
    test_error_says(&f->err, ":5: models.d d: found this name; allowed: letters");
    test_error_says(&f->err, ":5: models.d d.ulr: found an unknown key");
}

static void test_checksums_are_sixty_four_hex_digits(void **state) {
    struct fixture *f = *state;
    bad(f, "models: { a: { url: http://x, sha256: " SHA "0, size_bytes: 1, license: MIT } }\n",
        "models.a.sha256: found");
    bad(f,
        "models: { a: { url: http://x, sha256: "
        "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, size_bytes: 1, "
        "license: MIT } }\n",
        "models.a.sha256: found");
}

static void test_wrong_documents_are_errors(void **state) {
    struct fixture *f = *state;
    bad(f, "", "the file is empty");
    bad(f, "{}\n", "models: found nothing");
    bad(f, "models: []\n", "models: found a list; allowed: a map of names to models");
    bad(f, "model: {}\n", "model: found an unknown key; allowed: models (did you mean models?)");
    bad(f, "models: { a: {}, a: {} }\n", "models.a: found a second time");
    assert_int_equal(weir_catalog_load("/nowhere.yaml", &f->catalog, &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "/nowhere.yaml");
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
        T(test_entries_are_read_and_found),
        T(test_the_shipped_catalogue_is_complete),
        T(test_shipped_sizes_are_those_of_the_real_files),
        T(test_all_errors_are_reported_at_once),
        T(test_checksums_are_sixty_four_hex_digits),
        T(test_wrong_documents_are_errors),
        T(test_every_prefix_is_survived),
    };
    return cmocka_run_group_tests_name("spec/catalog", tests, NULL, NULL);
}
