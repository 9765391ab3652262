/*
 * Files: whole or not there. A full disk is made twice over without one: by a
 * limit on the size of files, and by /dev/full put under the open descriptor of
 * the temporary.
 */
#include "support/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int scratch(void **state) {
    *state = test_scratch();
    return *state ? 0 : -1;
}

static int scratch_remove(void **state) {
    test_scratch_remove(*state);
    return 0;
}

static int entries(const char *dir) {
    int n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void holds(const char *path, const char *expected) {
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(weir_file_read(path, 1 << 20, &data, &len, NULL), 0);
    assert_int_equal(len, strlen(expected));
    assert_string_equal(data, expected);
    free(data);
}

static void test_a_file_appears_only_when_it_is_committed(void **state) {
    const char *path = test_path(*state, "out.json");
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create(path, &file, NULL), 0);
    const char *tmp = weir_file_tmp_path(file);
    assert_int_equal(strlen(tmp), strlen(path) + strlen(".XXXXXX.part"));
    assert_memory_equal(tmp, path, strlen(path));
    assert_string_equal(tmp + strlen(tmp) - 5, ".part");
    assert_true(weir_file_exists(tmp));
    assert_int_equal(weir_file_write(file, "hello ", 6, NULL), 0);
    assert_int_equal(weir_file_write(file, "", 0, NULL), 0);
    assert_int_equal(weir_file_write(file, "world", 5, NULL), 0);
    assert_false(weir_file_exists(path));
    assert_int_equal(weir_file_commit(&file, NULL), 0);
    assert_null(file);
    holds(path, "hello world");
    assert_int_equal(entries(*state), 1);
}

static void test_a_discarded_file_leaves_nothing(void **state) {
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create(test_path(*state, "x"), &file, NULL), 0);
    assert_int_equal(weir_file_write(file, "half", 4, NULL), 0);
    assert_int_equal(entries(*state), 1);
    weir_file_discard(file);
    assert_int_equal(entries(*state), 0);
}

static void test_a_discarded_file_leaves_the_old_one_as_it_was(void **state) {
    const char *path = test_path(*state, "x");
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_write_all(path, "old", 3, NULL), 0);
    assert_int_equal(weir_file_create(path, &file, NULL), 0);
    assert_int_equal(weir_file_write(file, "new", 3, NULL), 0);
    weir_file_discard(file);
    holds(path, "old");
    assert_int_equal(entries(*state), 1);
}

static void test_a_commit_replaces_the_old_file(void **state) {
    const char *path = test_path(*state, "x");
    assert_int_equal(weir_file_write_all(path, "old and long", 12, NULL), 0);
    assert_int_equal(weir_file_write_all(path, "new", 3, NULL), 0);
    holds(path, "new");
}

static void test_nothing_to_commit_or_discard_is_allowed(void **state) {
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_commit(&file, NULL), 0);
    assert_int_equal(weir_file_commit(NULL, NULL), 0);
    weir_file_discard(NULL);
}

static void test_the_mode_follows_the_umask(void **state) {
    const char *path = test_path(*state, "x");
    mode_t old = umask(027);
    int rc = weir_file_write_all(path, "x", 1, NULL);
    umask(old);
    assert_int_equal(rc, 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void test_missing_folders_are_made(void **state) {
    const char *path = test_path(*state, "a/b//c/out.txt");
    assert_int_equal(weir_file_write_all(path, "deep", 4, NULL), 0);
    holds(path, "deep");
}

static void test_a_library_may_write_the_temporary_itself(void **state) {
    const char *path = test_path(*state, "video.mp4");
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create(path, &file, NULL), 0);
    FILE *other = fopen(weir_file_tmp_path(file), "wb");
    assert_non_null(other);
    fputs("theirs", other);
    fclose(other);
    assert_int_equal(weir_file_commit(&file, NULL), 0);
    holds(path, "theirs");
}

static void test_a_link_is_followed_and_stays_a_link(void **state) {
    const char *target = test_path(*state, "target"), *link = test_path(*state, "link");
    assert_int_equal(weir_file_write_all(target, "old", 3, NULL), 0);
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(weir_file_write_all(link, "new", 3, NULL), 0);
    holds(target, "new");
    struct stat st;
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

static void test_a_device_or_folder_is_not_replaced(void **state) {
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create("/dev/null", &file, &err), WEIR_EINVAL);
    test_error_says(&err, "/dev/null");
    test_error_says(&err, "not a regular file");
    assert_int_equal(weir_file_create(*state, &file, &err), WEIR_EINVAL);
    assert_null(file);
    assert_int_equal(entries(*state), 0);
}

static void test_a_file_without_a_name_is_refused(void **state) {
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create("", &file, &err), WEIR_EINVAL);
    assert_int_equal(weir_file_create(test_path(*state, "folder/"), &file, &err), WEIR_EINVAL);
    test_error_says(&err, "no name");
    assert_null(file);
}

static void test_a_file_in_the_place_of_a_folder_is_named(void **state) {
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_write_all(test_path(*state, "f"), "x", 1, NULL), 0);
    assert_int_equal(weir_file_create(test_path(*state, "f/out"), &file, &err), WEIR_EEXIST);
    test_error_says(&err, "in the way");
    assert_int_equal(weir_dir_make(test_path(*state, "f/g/h"), &err), WEIR_EEXIST);
    assert_int_equal(entries(*state), 1);
}

static void test_a_name_that_is_too_long_is_an_error(void **state) {
    char name[400];
    struct weir_error err = {0};
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(weir_file_write_all(test_path(*state, name), "x", 1, &err), WEIR_EINVAL);
    test_error_says(&err, "cannot create");
    assert_int_equal(entries(*state), 0);
}

static void test_a_commit_onto_a_folder_made_meanwhile_fails_and_cleans_up(void **state) {
    const char *path = test_path(*state, "x");
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create(path, &file, NULL), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_true(weir_file_commit(&file, &err) < 0);
    assert_null(file);
    test_error_says(&err, path);
    assert_int_equal(entries(*state), 1); /* the folder */
}

static void test_a_file_size_limit_is_no_space(void **state) {
    static char block[1 << 16];
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    struct rlimit old, tight;
    assert_int_equal(weir_file_create(test_path(*state, "big"), &file, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 100000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    int rc = 0;
    for (int i = 0; i < 4 && !rc; i++)
        rc = weir_file_write(file, block, sizeof block, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_int_equal(rc, WEIR_ENOSPC);
    test_error_says(&err, "big");
    test_error_says(&err, "free some space");
    assert_int_equal(weir_file_commit(&file, &err), WEIR_ENOSPC); /* not half a file */
    assert_int_equal(entries(*state), 0);
}

/* Puts /dev/full under the descriptor that is open on path. */
static void fill_disk_under(const char *path) {
    struct stat want, have;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(stat(path, &want), 0);
    for (int fd = 3; fd < 256; fd++) {
        if (fstat(fd, &have) == 0 && have.st_ino == want.st_ino && have.st_dev == want.st_dev) {
            assert_int_equal(dup2(full, fd), fd);
            close(full);
            return;
        }
    }
    fail_msg("no descriptor is open on %s", path);
}

static void test_a_full_disk_met_at_the_last_flush_is_no_space(void **state) {
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create(test_path(*state, "small"), &file, NULL), 0);
    fill_disk_under(weir_file_tmp_path(file));
    assert_int_equal(weir_file_write(file, "buffered", 8, &err), 0);
    assert_int_equal(weir_file_commit(&file, &err), WEIR_ENOSPC);
    test_error_says(&err, "small");
    assert_null(file);
    assert_int_equal(entries(*state), 0);
}

static void test_a_full_disk_met_while_writing_is_no_space(void **state) {
    static char block[1 << 16];
    struct weir_error err = {0};
    struct weir_file *file = NULL;
    assert_int_equal(weir_file_create(test_path(*state, "big"), &file, NULL), 0);
    fill_disk_under(weir_file_tmp_path(file));
    assert_int_equal(weir_file_write(file, block, sizeof block, &err), WEIR_ENOSPC);
    weir_file_discard(file);
    assert_int_equal(entries(*state), 0);
}

static void test_reading_gives_the_bytes_and_a_terminator(void **state) {
    const char *path = test_path(*state, "x");
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(weir_file_write_all(path, "a\0b", 3, NULL), 0);
    assert_int_equal(weir_file_read(path, 3, &data, &len, NULL), 0);
    assert_int_equal(len, 3);
    assert_memory_equal(data, "a\0b", 4);
    free(data);
    assert_int_equal(weir_file_write_all(path, "", 0, NULL), 0);
    assert_int_equal(weir_file_read(path, 0, &data, &len, NULL), 0);
    assert_int_equal(len, 0);
    assert_string_equal(data, "");
    free(data);
}

static void test_a_file_whose_size_is_not_known_is_read_to_its_end(void **state) {
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(weir_file_read("/proc/self/maps", 1 << 24, &data, &len, NULL), 0);
    assert_true(len > 0);
    assert_int_equal(strlen(data), len);
    free(data);
}

static void test_a_missing_file_is_not_found(void **state) {
    struct weir_error err = {0};
    char *data = (char *)1;
    size_t len = 7;
    const char *path = test_path(*state, "none");
    assert_int_equal(weir_file_read(path, 10, &data, &len, &err), WEIR_ENOENT);
    test_error_says(&err, path);
    assert_ptr_equal(data, (char *)1);
    assert_int_equal(len, 7);
    assert_false(weir_file_exists(path));
}

static void test_a_file_larger_than_asked_for_is_refused(void **state) {
    struct weir_error err = {0};
    char *data = NULL;
    size_t len = 0;
    const char *path = test_path(*state, "x");
    assert_int_equal(weir_file_write_all(path, "1234", 4, NULL), 0);
    assert_int_equal(weir_file_read(path, 3, &data, &len, &err), WEIR_ERANGE);
    test_error_says(&err, "at most 3");
    assert_int_equal(weir_file_read("/dev/zero", 100000, &data, &len, &err), WEIR_ERANGE);
    assert_null(data);
}

static void test_a_folder_is_not_read_as_a_file(void **state) {
    struct weir_error err = {0};
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(weir_file_read(*state, 10, &data, &len, &err), WEIR_EINVAL);
    test_error_says(&err, "folder");
}

static void test_one_file_under_two_names_is_the_same(void **state) {
    const char *a = test_path(*state, "a"), *b = test_path(*state, "b"),
               *l = test_path(*state, "l");
    struct weir_error err = {0};
    assert_int_equal(weir_file_write_all(a, "x", 1, &err), 0);
    assert_int_equal(weir_file_write_all(b, "x", 1, &err), 0);
    assert_int_equal(symlink(a, l), 0);
    assert_true(weir_file_same(a, a));
    assert_true(weir_file_same(a, l));
    assert_false(weir_file_same(a, b));
    assert_false(weir_file_same(a, test_path(*state, "missing")));
}

static void test_making_a_folder_that_exists_is_no_error(void **state) {
    assert_int_equal(weir_dir_make(test_path(*state, "a/b"), NULL), 0);
    assert_int_equal(weir_dir_make(test_path(*state, "a/b/"), NULL), 0);
    assert_int_equal(weir_dir_make("/", NULL), 0);
    assert_int_equal(weir_dir_make(".", NULL), 0);
    assert_int_equal(weir_dir_make_parent("no-folder-in-it", NULL), 0);
    assert_int_equal(weir_dir_make_parent("/x", NULL), 0);
}

static void test_a_folder_without_a_name_or_a_place_is_refused(void **state) {
    struct weir_error err = {0};
    assert_int_equal(weir_dir_make("", &err), WEIR_EINVAL);
    assert_true(weir_dir_make("/proc/weir/x", &err) < 0);
    test_error_says(&err, "/proc/weir");
}

static void test_paths_are_joined_with_one_slash(void **state) {
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "b"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = weir_path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
    assert_string_equal(weir_path_base("a/b.c"), "b.c");
    assert_string_equal(weir_path_base("b.c"), "b.c");
    assert_string_equal(weir_path_base("a/"), "");
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, scratch, scratch_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        in_scratch(test_a_file_appears_only_when_it_is_committed),
        in_scratch(test_a_discarded_file_leaves_nothing),
        in_scratch(test_a_discarded_file_leaves_the_old_one_as_it_was),
        in_scratch(test_a_commit_replaces_the_old_file),
        in_scratch(test_nothing_to_commit_or_discard_is_allowed),
        in_scratch(test_the_mode_follows_the_umask),
        in_scratch(test_missing_folders_are_made),
        in_scratch(test_a_library_may_write_the_temporary_itself),
        in_scratch(test_a_link_is_followed_and_stays_a_link),
        in_scratch(test_a_device_or_folder_is_not_replaced),
        in_scratch(test_a_file_without_a_name_is_refused),
        in_scratch(test_a_file_in_the_place_of_a_folder_is_named),
        in_scratch(test_a_name_that_is_too_long_is_an_error),
        in_scratch(test_a_commit_onto_a_folder_made_meanwhile_fails_and_cleans_up),
        in_scratch(test_a_file_size_limit_is_no_space),
        in_scratch(test_a_full_disk_met_at_the_last_flush_is_no_space),
        in_scratch(test_a_full_disk_met_while_writing_is_no_space),
        in_scratch(test_reading_gives_the_bytes_and_a_terminator),
        in_scratch(test_a_file_whose_size_is_not_known_is_read_to_its_end),
        in_scratch(test_a_missing_file_is_not_found),
        in_scratch(test_a_file_larger_than_asked_for_is_refused),
        in_scratch(test_a_folder_is_not_read_as_a_file),
        in_scratch(test_making_a_folder_that_exists_is_no_error),
        in_scratch(test_one_file_under_two_names_is_the_same),
        in_scratch(test_a_folder_without_a_name_or_a_place_is_refused),
        in_scratch(test_paths_are_joined_with_one_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
