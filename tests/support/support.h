/*
 * What every test program needs: cmocka, in the order in which its header wants
 * it; the shared test data, or a skip by name; a scratch folder.
 */
#ifndef WEIR_TESTS_SUPPORT_H
#define WEIR_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

/*
 * The path of a file or folder in the shared data ($WEIR_DATA, else
 * ../shared/data from the project's root). Where it is absent the test ends here,
 * skipped, and says what was missing. Static string, good for a good while (32 paths).
 */
const char *test_data(const char *relative);
/* The same without skipping: NULL where it is absent. */
const char *test_data_or_null(const char *relative);

/* A path in the project's own tree ("tests/spec/good.yaml"). Static likewise. */
const char *test_source(const char *relative);

/* A new empty folder under $TMPDIR; removed with all it holds by test_scratch_remove.
 * Heap string, freed there. */
char *test_scratch(void);
void test_scratch_remove(char *dir);
/* "dir/name", static likewise. */
const char *test_path(const char *dir, const char *name);

/* Asserts that err's text contains part, and prints it where it does not. */
void test_error_says(const struct weir_error *err, const char *part);
/* Asserts that err's text is exactly these lines (NULL ends them), of each of which its beginning:
 * "FILE:" and what is there. */
void test_error_lines(const struct weir_error *err, const char *file, const char *const *lines);

#endif
