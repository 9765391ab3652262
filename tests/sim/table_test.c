/* Recorded tables: what is written is what is read, and what was damaged is found out. */
#include "sim/table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/support.h"

enum { SETTINGS = 2, FRAMES = 3 };

static const char model[1][SIM_TABLE_NAME] = {"street_s"};
static const char classes[2][SIM_TABLE_NAME] = {"person", "car"};
static const struct sim_table_setting settings[SETTINGS] = {
    {0, 640, 360, WEIR_TRAVEL_NONE, 0, 100, 0, 0, 9000000},
    {0, 320, 180, WEIR_TRAVEL_JPEG, 80, 100, 700000, 600000, 3000000},
};

struct rig {
    char *dir;
    const char *path;
    uint32_t bytes[SETTINGS * FRAMES], ends[(SETTINGS + 1) * FRAMES];
    struct sim_table_box box[6];
    struct sim_table_draft draft[2];
    struct sim_table shape;
};

static void setup(struct rig *rig) {
    memset(rig, 0, sizeof *rig);
    rig->dir = test_scratch();
    rig->path = test_path(rig->dir, "a.table");
    static const uint32_t bytes[] = {0, 0, 0, 9000, 9100, 8800};
    static const uint32_t ends[] = {1, 1, 2, 2, 2, 3, 4, 5, 6};
    memcpy(rig->bytes, bytes, sizeof bytes);
    memcpy(rig->ends, ends, sizeof ends);
    for (int i = 0; i < 6; i++)
        rig->box[i] = sim_table_pack(&(struct weir_box){.x0 = (float)i * 10,
                                                        .y0 = 5,
                                                        .x1 = (float)i * 10 + 8.5f,
                                                        .y1 = 60.25f,
                                                        .score = 0.5f,
                                                        .class_id = i % 2});
    struct sim_table_clip clip = {
        .name = "gate", .frames = FRAMES, .width = 640, .height = 360, .rate_fps = 25, .boxes = 6};
    for (int i = 0; i < 2; i++)
        rig->draft[i] = (struct sim_table_draft){clip, rig->bytes, rig->ends, rig->box};
    rig->shape = (struct sim_table){.model = model,
                                    .class_name = classes,
                                    .setting = settings,
                                    .models = 1,
                                    .classes = 2,
                                    .settings = SETTINGS,
                                    .clips = 2,
                                    .machine = "a test"};
}

static void done(struct rig *rig) {
    test_scratch_remove(rig->dir);
}

static void write_ok(struct rig *rig) {
    struct weir_error err = {0};
    if (sim_table_write(rig->path, &rig->shape, rig->draft, &err))
        fail_msg("%s", err.text);
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    struct rig rig;
    struct sim_table t;
    struct weir_error err = {0};
    setup(&rig);
    write_ok(&rig);
    if (sim_table_open(rig.path, &t, &err))
        fail_msg("%s", err.text);
    assert_int_equal(t.models + t.classes + t.settings + t.clips, 7);
    assert_string_equal(t.model[0], "street_s");
    assert_string_equal(t.class_name[1], "car");
    assert_string_equal(t.machine, "a test");
    assert_memory_equal(t.setting, settings, sizeof settings);
    assert_string_equal(t.clip[1].name, "gate");
    for (int clip = 0; clip < 2; clip++) {
        size_t len, all = 0;
        assert_int_equal(sim_table_bytes(&t, clip, 1, 2), 8800);
        assert_int_equal(sim_table_bytes(&t, clip, 0, 1), 0);
        for (int setting = 0; setting <= SETTINGS; setting++)
            for (int frame = 0; frame < FRAMES; frame++) {
                const struct sim_table_box *box = sim_table_boxes(&t, clip, setting, frame, &len);
                assert_memory_equal(box, rig.box + all, len * sizeof *box);
                all += len;
            }
        assert_int_equal(all, 6);
        sim_table_boxes(&t, clip, 0, 1, &len);
        assert_int_equal(len, 0);
    }
    sim_table_close(&t);
    done(&rig);
}

static void test_boxes_are_packed_to_an_eighth_of_a_pixel(void **state) {
    (void)state;
    struct sim_table_box b = sim_table_pack(&(struct weir_box){
        .x0 = 1.06f, .y0 = -3, .x1 = 9000, .y1 = 2.5f, .score = 1.2f, .class_id = 300});
    assert_int_equal(b.x0, 8);
    assert_int_equal(b.y0, 0);
    assert_int_equal(b.x1, 65535);
    assert_int_equal(b.y1, 20);
    assert_int_equal(b.score, 255);
    assert_int_equal(b.class_id, 255);
}

static void refused(const char *path, int code, const char *words) {
    struct weir_error err = {0};
    struct sim_table t = {.clips = 77};
    assert_int_equal(sim_table_open(path, &t, &err), code);
    test_error_says(&err, words);
    assert_int_equal(t.clips, 77);
}

/* A table as bytes, heap, and the name of a copy beside it. */
static char *written(struct rig *rig, size_t *ret_len, const char **ret_copy) {
    struct weir_error err = {0};
    char *data;
    setup(rig);
    write_ok(rig);
    *ret_copy = test_path(rig->dir, "b.table");
    assert_int_equal(weir_file_read(rig->path, 1 << 20, &data, ret_len, &err), 0);
    return data;
}

static void test_every_damaged_byte_is_found(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    const char *copy;
    size_t len;
    char *data = written(&rig, &len, &copy);
    for (size_t i = 0; i < len; i++) {
        struct sim_table t;
        if (i >= 40 && i < 168)
            continue; /* the machine's name */
        data[i] ^= 0x41;
        assert_int_equal(weir_file_write_all(copy, data, len, &err), 0);
        if (sim_table_open(copy, &t, &err) != WEIR_ECORRUPT)
            fail_msg("byte %zu was changed and nobody noticed", i);
        data[i] ^= 0x41;
    }
    free(data);
    done(&rig);
}

static void test_what_is_cut_short_is_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    const char *copy;
    size_t len;
    char *data = written(&rig, &len, &copy);
    for (size_t cut = 0; cut < len; cut += 7) {
        assert_int_equal(weir_file_write_all(copy, data, cut, &err), 0);
        refused(copy, WEIR_ECORRUPT, "record it anew");
    }
    free(data);
    done(&rig);
}

static void test_what_is_no_table_is_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    setup(&rig);
    refused(test_path(rig.dir, "none"), WEIR_ENOENT, "cannot be opened");
    refused(rig.dir, WEIR_ECORRUPT, "no recorded table");
    char text[400] = "streams: { gate: { source: a.mp4 } }";
    assert_int_equal(weir_file_write_all(rig.path, text, sizeof text, &err), 0);
    refused(rig.path, WEIR_ECORRUPT, "no recorded table");
    done(&rig);
}

static void test_parts_that_do_not_fit_are_not_written(void **state) {
    (void)state;
    static const struct {
        int end, value, class_id;
    } rows[] = {{2, 9, 0}, {8, 5, 0}, {0, 3, 0}, {0, 1, 2}}; /* goes back, ends elsewhere, no such
                                                              * class */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        struct weir_error err = {0};
        setup(&rig);
        rig.ends[rows[i].end] = (uint32_t)rows[i].value;
        rig.box[5].class_id = (uint8_t)rows[i].class_id;
        assert_int_equal(sim_table_write(rig.path, &rig.shape, rig.draft, &err), WEIR_EINVAL);
        test_error_says(&err, "clip 0 has parts that do not fit");
        assert_false(weir_file_exists(rig.path));
        done(&rig);
    }
}

static void test_shapes_that_cannot_be_are_not_written(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    setup(&rig);
    rig.shape.models = 0;
    assert_int_equal(sim_table_write(rig.path, &rig.shape, rig.draft, &err), WEIR_EINVAL);
    test_error_says(&err, "0 models");
    rig.shape.models = 1;
    rig.shape.clips = 0;
    assert_int_equal(sim_table_write(rig.path, &rig.shape, rig.draft, &err), WEIR_EINVAL);
    struct sim_table_setting odd = settings[0];
    odd.model = 1;
    rig.shape.clips = 1;
    rig.shape.setting = &odd;
    rig.shape.settings = 1;
    assert_int_equal(sim_table_write(rig.path, &rig.shape, rig.draft, &err), WEIR_EINVAL);
    test_error_says(&err, "settings of these models");
    assert_false(weir_file_exists(rig.path));
    done(&rig);
}

/* ---- compressed ---------------------------------------------------------- */

/* A table that lies compressed only, as of that second. */
static void pack(struct rig *rig, const char *machine, time_t changed) {
    struct weir_error err = {0};
    const char *packed = test_path(rig->dir, "a.table.xz");
    snprintf(rig->shape.machine, sizeof rig->shape.machine, "%s", machine);
    write_ok(rig);
    if (sim_table_compress(rig->path, &err))
        fail_msg("%s", err.text);
    const struct timespec times[2] = {{.tv_sec = changed}, {.tv_sec = changed}};
    assert_int_equal(utimensat(AT_FDCWD, packed, times, 0), 0);
    assert_int_equal(unlink(rig->path), 0);
}

static void opens_as(const char *path, const char *machine) {
    struct weir_error err = {0};
    struct sim_table t;
    if (sim_table_open(path, &t, &err))
        fail_msg("%s", err.text);
    assert_string_equal(t.machine, machine);
    assert_int_equal(t.clips, 2);
    assert_int_equal(sim_table_bytes(&t, 1, 1, 2), 8800);
    sim_table_close(&t);
}

static void test_compressed_table_is_unpacked_once(void **state) {
    (void)state;
    struct rig rig;
    struct stat first, second;
    setup(&rig);
    pack(&rig, "a test", 1000);
    const char *unpacked = test_path(rig.dir, "a.table.unpacked");
    opens_as(rig.path, "a test");
    assert_int_equal(stat(unpacked, &first), 0);
    opens_as(rig.path, "a test");
    opens_as(test_path(rig.dir, "a.table.xz"), "a test");
    assert_int_equal(stat(unpacked, &second), 0);
    assert_true(first.st_ino == second.st_ino);
    assert_false(weir_file_exists(rig.path));
    done(&rig);
}

static void test_another_compressed_table_is_unpacked_anew(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    pack(&rig, "the first", 1000);
    opens_as(rig.path, "the first");
    pack(&rig, "an older one, restored", 900);
    opens_as(rig.path, "an older one, restored");
    done(&rig);
}

static void test_table_itself_is_taken_before_a_compressed_one(void **state) {
    (void)state;
    struct rig rig;
    setup(&rig);
    pack(&rig, "compressed", 1000);
    snprintf(rig.shape.machine, sizeof rig.shape.machine, "my own");
    write_ok(&rig);
    opens_as(rig.path, "my own");
    assert_false(weir_file_exists(test_path(rig.dir, "a.table.unpacked")));
    done(&rig);
}

static void test_unpacked_table_that_was_damaged_is_made_anew(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    struct stat st;
    setup(&rig);
    pack(&rig, "a test", 1000);
    opens_as(rig.path, "a test");
    const char *unpacked = test_path(rig.dir, "a.table.unpacked");
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(stat(unpacked, &st), 0);
    assert_int_equal(truncate(unpacked, st.st_size - 8), 0);
    assert_int_equal(utimensat(AT_FDCWD, unpacked, times, 0), 0);
    refused(unpacked, WEIR_ECORRUPT, "cut short");
    opens_as(rig.path, "a test");
    assert_int_equal(weir_file_write_all(unpacked, "", 0, &err), 0); /* and of another time */
    opens_as(rig.path, "a test");
    done(&rig);
}

static void test_cache_folder_serves_where_nothing_can_be_written_beside(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    setup(&rig);
    pack(&rig, "a test", 1000);
    /* a folder of that name stands in the way even of root */
    assert_int_equal(weir_dir_make(test_path(rig.dir, "a.table.unpacked"), &err), 0);
    assert_int_equal(setenv("XDG_CACHE_HOME", test_path(rig.dir, "cache"), 1), 0);
    opens_as(rig.path, "a test");
    assert_true(weir_file_exists(test_path(rig.dir, "cache/weir/tables")));
    opens_as(rig.path, "a test");
    /* and where there is no such folder either */
    assert_int_equal(setenv("XDG_CACHE_HOME", test_path(rig.dir, "a.table.xz"), 1), 0);
    refused(rig.path, WEIR_EEXIST, "nowhere to unpack it");
    assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
    done(&rig);
}

static void test_broken_compressed_tables_are_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    char *data;
    size_t len;
    setup(&rig);
    pack(&rig, "a test", 1000);
    const char *packed = test_path(rig.dir, "a.table.xz");
    assert_int_equal(weir_file_read(packed, 1 << 20, &data, &len, &err), 0);
    for (size_t cut = 0; cut < len; cut += 3) {
        assert_int_equal(weir_file_write_all(packed, data, cut, &err), 0);
        refused(rig.path, WEIR_ECORRUPT, "a.table.xz: is cut short; fetch it anew");
    }
    for (size_t i = 12; i < len; i += 5) { /* behind the magic */
        data[i] ^= 0x41;
        assert_int_equal(weir_file_write_all(packed, data, len, &err), 0);
        refused(rig.path, WEIR_ECORRUPT, "a.table.xz: is ");
        data[i] ^= 0x41;
    }
    assert_int_equal(weir_file_write_all(packed, "no xz at all", 12, &err), 0);
    refused(rig.path, WEIR_ECORRUPT, "is no .xz file");
    assert_false(weir_file_exists(test_path(rig.dir, "a.table.unpacked")));
    free(data);
    done(&rig);
}

static void test_compressed_file_that_is_no_table_is_refused(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    char text[400] = "streams: { gate: { source: a.mp4 } }";
    setup(&rig);
    assert_int_equal(weir_file_write_all(rig.path, text, sizeof text, &err), 0);
    assert_int_equal(sim_table_compress(rig.path, &err), 0);
    assert_int_equal(unlink(rig.path), 0);
    refused(rig.path, WEIR_ECORRUPT, "a.table.xz: unpacked, it is no good: is no recorded table");
    assert_false(weir_file_exists(test_path(rig.dir, "a.table.unpacked")));
    assert_int_equal(sim_table_compress(rig.path, &err), WEIR_ENOENT);
    test_error_says(&err, "a.table: cannot be opened");
    done(&rig);
}

/* A few hundred kilobytes of .xz may hold gigabytes: no more is unpacked than the table says. */
static void test_no_more_is_unpacked_than_a_table_says(void **state) {
    (void)state;
    struct rig rig;
    struct weir_error err = {0};
    char *data;
    size_t len, long_len = 64 << 20;
    setup(&rig);
    write_ok(&rig);
    assert_int_equal(weir_file_read(rig.path, 1 << 20, &data, &len, &err), 0);
    char *longer = calloc(1, long_len);
    assert_non_null(longer);
    memcpy(longer, data, len);
    assert_int_equal(weir_file_write_all(rig.path, longer, long_len, &err), 0);
    assert_int_equal(sim_table_compress(rig.path, &err), 0);
    assert_int_equal(unlink(rig.path), 0);
    refused(rig.path, WEIR_ECORRUPT, "a.table.xz: unpacked, it is no good: is longer than it says");
    assert_false(weir_file_exists(test_path(rig.dir, "a.table.unpacked")));
    free(longer);
    free(data);
    done(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_boxes_are_packed_to_an_eighth_of_a_pixel),
        cmocka_unit_test(test_every_damaged_byte_is_found),
        cmocka_unit_test(test_what_is_cut_short_is_refused),
        cmocka_unit_test(test_what_is_no_table_is_refused),
        cmocka_unit_test(test_parts_that_do_not_fit_are_not_written),
        cmocka_unit_test(test_shapes_that_cannot_be_are_not_written),
        cmocka_unit_test(test_compressed_table_is_unpacked_once),
        cmocka_unit_test(test_another_compressed_table_is_unpacked_anew),
        cmocka_unit_test(test_table_itself_is_taken_before_a_compressed_one),
        cmocka_unit_test(test_unpacked_table_that_was_damaged_is_made_anew),
        cmocka_unit_test(test_cache_folder_serves_where_nothing_can_be_written_beside),
        cmocka_unit_test(test_broken_compressed_tables_are_refused),
        cmocka_unit_test(test_compressed_file_that_is_no_table_is_refused),
        cmocka_unit_test(test_no_more_is_unpacked_than_a_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
