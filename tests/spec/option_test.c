/* The table of settings: it is complete, it bounds, and it prints what it reads. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/settings.h"
#include "spec/spec.h"

static void set_ok(struct weir_workflow *wf, const char *key, const char *text) {
    struct weir_error err = {0};
    const struct weir_option *opt = weir_option_by_key(key);
    assert_non_null(opt);
    if (weir_option_set(opt, &wf->set, text, &err))
        fail_msg("%s = %s: %s", key, text, err.text);
}

static int set(struct weir_workflow *wf, const char *key, const char *text,
               struct weir_error *err) {
    const struct weir_option *opt = weir_option_by_key(key);
    assert_non_null(opt);
    return weir_option_set(opt, &wf->set, text, err);
}

static char *printed(const struct weir_option *opt, const struct weir_settings *settings) {
    struct weir_buf out = {0};
    weir_option_print(opt, settings, &out);
    return out.data ? out.data : strdup("");
}

static void test_defaults_are_the_documented_ones(void **state) {
    struct weir_workflow wf;
    assert_int_equal(weir_workflow_init(&wf), 0);
    const struct weir_settings *s = &wf.set;
    assert_int_equal(s->source.rtsp_transport, WEIR_TRANSPORT_TCP);
    assert_true(s->source.open_timeout_s == 10 && s->source.read_timeout_s == 10);
    assert_true(s->source.reconnect_min_s == 0.5 && s->source.reconnect_max_s == 30);
    assert_true(s->source.rate_fps == 25);
    assert_int_equal(s->source.max_width, 16384);
    assert_int_equal(s->source.max_height, 16384);
    assert_int_equal(s->detect.models.len, 0);
    assert_int_equal(s->detect.classes.len, 0);
    assert_int_equal(s->detect.size.width, 0);
    assert_true(s->detect.conf == -1 && s->detect.nms_iou == -1);
    assert_int_equal(s->detect.max_boxes, 300);
    assert_int_equal(s->detect.provider, WEIR_PROVIDER_CPU);
    assert_int_equal(s->detect.threads, 0);
    assert_int_equal(s->detect.workers, 0);
    assert_int_equal(s->detect.batch, 1);
    assert_int_equal(s->detect.spinning, WEIR_AUTO);
    assert_int_equal(s->detect.graph, WEIR_GRAPH_ALL);
    assert_string_equal(s->detect.reference, "auto");
    assert_int_equal(s->detect.widths.len, 0);
    assert_int_equal(s->detect.skip, 1);
    assert_true(s->slo.deadline_ms == -1 && s->slo.min_accuracy == -1);
    assert_int_equal(s->slo.prefer, WEIR_PREFER_LATENCY);
    assert_string_equal(s->strategy, "auto");
    assert_true(s->run.profile_update);
    assert_true(s->track.enabled);
    assert_true(s->track.high == 0.6 && s->track.low == 0.1 && s->track.fresh == 0.7);
    assert_true(s->track.match == 0.8 && s->track.match_low == 0.5 && s->track.lost_s == 1);
    assert_string_equal(s->annotate.encoder, "auto");
    assert_int_equal(s->annotate.quality, 23);
    assert_false(s->run.live);
    assert_int_equal(s->run.max_frames, 0);
    weir_workflow_done(&wf);
}

static size_t type_size(enum weir_option_type type) {
    switch (type) {
    case WEIR_OPTION_BOOL:
        return sizeof(bool);
    case WEIR_OPTION_INT:
    case WEIR_OPTION_ENUM:
        return sizeof(int);
    case WEIR_OPTION_INT64:
        return sizeof(int64_t);
    case WEIR_OPTION_NUMBER:
        return sizeof(double);
    case WEIR_OPTION_SIZE:
        return sizeof(struct weir_size);
    case WEIR_OPTION_STRING:
        return sizeof(char *);
    case WEIR_OPTION_STRINGS:
        return sizeof(struct weir_strings);
    case WEIR_OPTION_INTS:
        return sizeof(struct weir_ints);
    }
    return 0;
}

static void test_enums_have_the_size_of_int(void **state) {
    assert_int_equal(sizeof(enum weir_transport), sizeof(int));
    assert_int_equal(sizeof(enum weir_provider), sizeof(int));
    assert_int_equal(sizeof(enum weir_tristate), sizeof(int));
    assert_int_equal(sizeof(enum weir_graph_opt), sizeof(int));
    assert_int_equal(sizeof(enum weir_prefer), sizeof(int));
}

/* A member that was forgotten in the table leaves a hole larger than padding. */
static void test_every_member_of_the_settings_has_one_row(void **state) {
    unsigned char used[sizeof(struct weir_settings)] = {0};
    for (size_t i = 0; i < weir_options_len; i++) {
        size_t size = type_size(weir_options[i].type);
        assert_true(weir_options[i].offset + size <= sizeof used);
        for (size_t b = 0; b < size; b++) {
            assert_int_equal(used[weir_options[i].offset + b], 0);
            used[weir_options[i].offset + b] = 1;
        }
    }
    memset(used + offsetof(struct weir_settings, line), 1, sizeof((struct weir_settings *)0)->line);
    for (size_t i = 0, hole = 0; i < sizeof used; i++) {
        hole = used[i] ? 0 : hole + 1;
        assert_true(hole < sizeof(double));
    }
}

static void test_keys_and_flags_are_unique_and_documented(void **state) {
    for (size_t i = 0; i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        assert_ptr_equal(weir_option_by_key(opt->key), opt);
        if (opt->flag)
            assert_ptr_equal(weir_option_by_flag(opt->flag), opt);
        if (opt->no_flag)
            assert_ptr_equal(weir_option_by_flag(opt->no_flag), opt);
        assert_true(strchr(opt->key, '.') || !strcmp(opt->key, "strategy"));
        assert_true(strlen(opt->help) > 20 && opt->help[strlen(opt->help) - 1] == '.');
        for (size_t j = i + 1; j < weir_options_len; j++)
            assert_string_not_equal(opt->key, weir_options[j].key);
    }
    assert_null(weir_option_by_key("detect.nonsense"));
    assert_null(weir_option_by_flag("--nonsense"));
    assert_null(weir_option_by_key("WEIR_MODELS"));
}

static void test_every_default_prints_as_it_was_written(void **state) {
    struct weir_workflow wf;
    assert_int_equal(weir_workflow_init(&wf), 0);
    for (size_t i = 0; i < weir_options_len; i++) {
        char *text = printed(&weir_options[i], &wf.set);
        assert_string_equal(text, weir_options[i].fallback ? weir_options[i].fallback : "[]");
        free(text);
    }
    weir_workflow_done(&wf);
}

static void test_every_range_ends_where_it_says(void **state) {
    struct weir_workflow wf;
    struct weir_error err;
    assert_int_equal(weir_workflow_init(&wf), 0);
    for (size_t i = 0; i < weir_options_len; i++) {
        const struct weir_option *opt = &weir_options[i];
        double step;
        if (opt->type == WEIR_OPTION_NUMBER)
            step = 0.001;
        else if (opt->type == WEIR_OPTION_INT || opt->type == WEIR_OPTION_INT64 ||
                 opt->type == WEIR_OPTION_SIZE)
            step = 1;
        else
            continue;
        char text[64];
        for (int end = 0; end < 2; end++) {
            double value = end ? opt->max : opt->min;
            snprintf(text, sizeof text, "%.16g", value);
            if (weir_option_set(opt, &wf.set, text, &err))
                fail_msg("%s does not take its own bound: %s", opt->key, err.text);
            char *before = printed(opt, &wf.set);
            /* 2^53 + 1 is not a double: go two further */
            snprintf(text, sizeof text, "%.16g",
                     end ? value + step * (value > 1e15 ? 2 : 1) : value - step);
            int rc = weir_option_set(opt, &wf.set, text, &err);
            assert_true(rc == WEIR_ERANGE || (rc == WEIR_EINVAL && value - step < 0));
            test_error_says(&err, opt->key);
            test_error_says(&err, "found ");
            test_error_says(&err, "allowed: ");
            char *after = printed(opt, &wf.set);
            assert_string_equal(before, after); /* a failure changes nothing */
            free(before);
            free(after);
        }
    }
    weir_workflow_done(&wf);
}

static void test_values_survive_printing_and_reading(void **state) {
    static const char *const cases[][2] = {
        {"source.rtsp_transport", "udp"},
        {"source.open_timeout_s", "2.5"},
        {"detect.size", "640x384"},
        {"detect.conf", "0.1"},
        {"detect.conf", "0"},
        {"detect.conf", "0.30000000000000004"},
        {"detect.nms_iou", "auto"},
        {"detect.threads", "3"},
        {"detect.threads", "auto"},
        {"detect.spinning", "off"},
        {"detect.graph", "basic"},
        {"detect.provider", "webgpu"},
        {"track.enabled", "false"},
        {"track.lost_s", "300"},
        {"annotate.encoder", "libx264"},
        {"run.max_frames", "9007199254740991"},
        {"run.live", "true"},
    };
    struct weir_workflow wf;
    assert_int_equal(weir_workflow_init(&wf), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_ok(&wf, cases[i][0], cases[i][1]);
        char *text = printed(weir_option_by_key(cases[i][0]), &wf.set);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
    weir_workflow_done(&wf);
}

static void test_a_square_size_needs_one_number(void **state) {
    struct weir_workflow wf;
    assert_int_equal(weir_workflow_init(&wf), 0);
    set_ok(&wf, "detect.size", "416");
    assert_int_equal(wf.set.detect.size.width, 416);
    assert_int_equal(wf.set.detect.size.height, 416);
    set_ok(&wf, "detect.size", "auto");
    assert_int_equal(wf.set.detect.size.width, 0);
    weir_workflow_done(&wf);
}

static void test_lists_are_split_at_commas_and_replaced_as_a_whole(void **state) {
    struct weir_workflow wf;
    assert_int_equal(weir_workflow_init(&wf), 0);
    set_ok(&wf, "detect.classes", "dog");
    set_ok(&wf, "detect.classes", "person, traffic light ,car");
    assert_int_equal(wf.set.detect.classes.len, 3);
    assert_string_equal(wf.set.detect.classes.item[1], "traffic light");
    struct weir_error err;
    assert_int_equal(set(&wf, "detect.classes", "person,,car", &err), WEIR_EINVAL);
    assert_int_equal(set(&wf, "detect.classes", "", &err), WEIR_EINVAL);
    test_error_says(&err, "found nothing");
    assert_int_equal(wf.set.detect.classes.len, 3);
    weir_workflow_done(&wf);
}

static void test_what_is_no_number_is_refused(void **state) {
    static const char *const bad[] = {"",     " ",   "nan",  "NaN",   "inf",   "-inf", "infinity",
                                      "0x10", "1p3", "5 s",  " 5",    "5 ",    "1,5",  "--5",
                                      "1e",   ".",   "five", "1_000", "0.5.5", "Auto"};
    struct weir_workflow wf;
    struct weir_error err;
    assert_int_equal(weir_workflow_init(&wf), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(set(&wf, "detect.conf", bad[i], &err), WEIR_EINVAL);
        test_error_says(&err, "allowed: a number from 0 to 1, or auto");
        assert_int_equal(set(&wf, "detect.max_boxes", bad[i], &err), WEIR_EINVAL);
        assert_int_equal(set(&wf, "run.max_frames", bad[i], &err), WEIR_EINVAL);
        /* as a size 0x10 is well written, but too small */
        assert_int_equal(set(&wf, "detect.size", bad[i], &err),
                         strcmp(bad[i], "0x10") ? WEIR_EINVAL : WEIR_ERANGE);
    }
    assert_int_equal(set(&wf, "detect.max_boxes", "1.5", &err), WEIR_EINVAL);
    assert_int_equal(set(&wf, "detect.max_boxes", "auto", &err), WEIR_EINVAL);
    weir_workflow_done(&wf);
}

static void test_huge_numbers_are_out_of_range(void **state) {
    struct weir_workflow wf;
    struct weir_error err;
    assert_int_equal(weir_workflow_init(&wf), 0);
    assert_int_equal(set(&wf, "detect.conf", "1e999", &err), WEIR_ERANGE);
    assert_int_equal(set(&wf, "detect.max_boxes", "99999999999999999999", &err), WEIR_ERANGE);
    assert_int_equal(set(&wf, "detect.max_boxes", "4294967297", &err), WEIR_ERANGE);
    assert_int_equal(set(&wf, "run.max_frames", "9223372036854775807", &err), WEIR_ERANGE);
    assert_int_equal(set(&wf, "detect.size", "640x99999999999999999999", &err), WEIR_ERANGE);
    weir_workflow_done(&wf);
}

static void test_malformed_sizes_are_refused(void **state) {
    static const char *const bad[] = {"640x", "x384", "640x384x2", "640 x 384", "640*384",
                                      "-416", "+416", "640x-384",  "4e2"};
    struct weir_workflow wf;
    struct weir_error err;
    assert_int_equal(weir_workflow_init(&wf), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(set(&wf, "detect.size", bad[i], &err), WEIR_EINVAL);
    assert_int_equal(set(&wf, "detect.size", "640x31", &err), WEIR_ERANGE);
    weir_workflow_done(&wf);
}

static void test_unknown_words_name_the_nearest_choice(void **state) {
    struct weir_workflow wf;
    struct weir_error err;
    assert_int_equal(weir_workflow_init(&wf), 0);
    assert_int_equal(set(&wf, "detect.provider", "tensort", &err), WEIR_EINVAL);
    test_error_says(&err, "cpu, cuda, tensorrt, openvino or webgpu (did you mean tensorrt?)");
    assert_int_equal(set(&wf, "detect.provider", "gpu", &err), WEIR_EINVAL);
    assert_null(strstr(err.text, "did you mean"));
    assert_int_equal(set(&wf, "track.enabled", "maybe", &err), WEIR_EINVAL);
    test_error_says(&err, "allowed: true or false");
    assert_int_equal(set(&wf, "annotate.encoder", "", &err), WEIR_EINVAL);
    weir_workflow_done(&wf);
}

static void test_junk_in_a_value_does_not_reach_the_terminal(void **state) {
    struct weir_workflow wf;
    struct weir_error err;
    char longish[3000];
    memset(longish, 'a', sizeof longish - 1);
    longish[sizeof longish - 1] = 0;
    assert_int_equal(weir_workflow_init(&wf), 0);
    assert_int_equal(set(&wf, "detect.conf", "\x1b[31mred", &err), WEIR_EINVAL);
    assert_null(strchr(err.text, '\x1b'));
    assert_int_equal(set(&wf, "detect.conf", longish, &err), WEIR_EINVAL);
    assert_true(strlen(err.text) < 300);
    assert_int_equal(set(&wf, "detect.conf", "x", NULL), WEIR_EINVAL); /* err may be NULL */
    weir_workflow_done(&wf);
}

static void test_lists_of_numbers_take_blanks_beside_commas_and_nothing_else(void **state) {
    struct weir_workflow wf;
    struct weir_error err = {0};
    static const char *const wrong[] = {"", ",", "320,", "320 640", "320,x", "31", "8193", "3.5"};
    (void)state;
    assert_int_equal(weir_workflow_init(&wf), 0);
    set_ok(&wf, "detect.widths", " 640 ,\t320");
    assert_int_equal(wf.set.detect.widths.len, 2);
    assert_int_equal(wf.set.detect.widths.item[0], 640);
    assert_int_equal(wf.set.detect.widths.item[1], 320);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_not_equal(set(&wf, "detect.widths", wrong[i], &err), 0);
        test_error_says(&err, "of whole numbers from 32 to 8192 pixels");
    }
    assert_int_equal(wf.set.detect.widths.len, 2); /* as it was */
    weir_workflow_done(&wf);
}

static void test_nearest_finds_slips_and_nothing_else(void **state) {
    static const char *const names[] = {"conf", "nms_iou", "max_boxes", "provider"};
    assert_string_equal(weir_spec_nearest("cnof", names, 4), "conf");
    assert_string_equal(weir_spec_nearest("confidence", names, 1) ? "x" : "none", "none");
    assert_string_equal(weir_spec_nearest("nmsiou", names, 4), "nms_iou");
    assert_string_equal(weir_spec_nearest("max", names, 4), "max_boxes");
    assert_string_equal(weir_spec_nearest("provder", names, 4), "provider");
    assert_null(weir_spec_nearest("", names, 4));
    assert_null(weir_spec_nearest("q", names, 4));
    assert_null(weir_spec_nearest("something", names, 4));
    assert_null(weir_spec_nearest("conf", names, 0));
}

static void test_printed_defaults_read_back_to_the_defaults(void **state) {
    struct weir_buf text = {0};
    struct weir_error err = {0};
    struct weir_workflow wf, plain;
    char *dir = test_scratch();
    const char *path = test_path(dir, "weir.yaml");
    weir_options_print_defaults(&text);
    assert_false(text.failed);
    assert_int_equal(weir_file_write_all(path, text.data, text.len, NULL), 0);
    assert_int_equal(weir_workflow_init(&wf), 0);
    assert_int_equal(weir_workflow_init(&plain), 0);
    if (weir_workflow_load(&wf, path, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < weir_options_len; i++) {
        char *a = printed(&weir_options[i], &wf.set), *b = printed(&weir_options[i], &plain.set);
        assert_string_equal(a, b);
        free(a);
        free(b);
        /* every key stands in the file, with its help */
        assert_non_null(strstr(text.data, spec_option_name(&weir_options[i])));
    }
    assert_int_equal(wf.stream_len, 0);
    assert_int_equal(wf.sink_len, 0);
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 100);
    weir_workflow_done(&wf);
    weir_workflow_done(&plain);
    weir_buf_done(&text);
    test_scratch_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_the_documented_ones),
        cmocka_unit_test(test_enums_have_the_size_of_int),
        cmocka_unit_test(test_every_member_of_the_settings_has_one_row),
        cmocka_unit_test(test_keys_and_flags_are_unique_and_documented),
        cmocka_unit_test(test_every_default_prints_as_it_was_written),
        cmocka_unit_test(test_every_range_ends_where_it_says),
        cmocka_unit_test(test_values_survive_printing_and_reading),
        cmocka_unit_test(test_a_square_size_needs_one_number),
        cmocka_unit_test(test_lists_are_split_at_commas_and_replaced_as_a_whole),
        cmocka_unit_test(test_what_is_no_number_is_refused),
        cmocka_unit_test(test_huge_numbers_are_out_of_range),
        cmocka_unit_test(test_malformed_sizes_are_refused),
        cmocka_unit_test(test_unknown_words_name_the_nearest_choice),
        cmocka_unit_test(test_junk_in_a_value_does_not_reach_the_terminal),
        cmocka_unit_test(test_nearest_finds_slips_and_nothing_else),
        cmocka_unit_test(test_printed_defaults_read_back_to_the_defaults),
        cmocka_unit_test(test_lists_of_numbers_take_blanks_beside_commas_and_nothing_else),
    };
    return cmocka_run_group_tests_name("spec/option", tests, NULL, NULL);
}
