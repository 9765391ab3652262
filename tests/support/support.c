#include "support/support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 32, SLOT_BYTES = 4096 };

static char *slot(void) {
    static char ring[SLOTS][SLOT_BYTES];
    static unsigned next;
    return ring[next++ % SLOTS];
}

static const char *root(void) {
    const char *dir = getenv("WEIR_SOURCE_ROOT");
    return dir ? dir : ".";
}

const char *test_path(const char *dir, const char *name) {
    char *path = slot();
    snprintf(path, SLOT_BYTES, "%s/%s", dir, name);
    return path;
}

const char *test_source(const char *relative) {
    return test_path(root(), relative);
}

const char *test_data_or_null(const char *relative) {
    const char *dir = getenv("WEIR_DATA");
    const char *path = test_path(dir ? dir : test_source("../shared/data"), relative);
    return access(path, R_OK) ? NULL : path;
}

const char *test_data(const char *relative) {
    const char *path = test_data_or_null(relative);
    if (!path) {
        print_message("# skipped: no shared test data: %s\n", relative);
        skip();
    }
    return path;
}

char *test_scratch(void) {
    const char *tmp = getenv("TMPDIR");
    char path[SLOT_BYTES];
    snprintf(path, sizeof path, "%s/weir-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
    return strdup(path);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void test_scratch_remove(char *dir) {
    if (!dir)
        return;
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

void test_error_says(const struct weir_error *err, const char *part) {
    if (!strstr(err->text, part))
        fail_msg("the error does not say '%s': '%s'", part, err->text);
}

void test_error_lines(const struct weir_error *err, const char *file, const char *const *lines) {
    const char *line = err->text;
    const size_t len = strlen(file);
    for (; *lines; lines++) {
        if (strncmp(line, file, len) || line[len] != ':' ||
            strncmp(line + len + 1, *lines, strlen(*lines)))
            fail_msg("this should begin '%s:%s': '%s'", file, *lines, line);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    assert_string_equal(line, "");
}
