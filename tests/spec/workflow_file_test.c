/* weir.yaml: what it says, what is wrong with it, and where. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "spec/settings.h"
#include "spec/spec.h"

struct fixture {
    char *dir;
    char path[512];
    struct weir_workflow wf;
    struct weir_error err;
};

static int begin(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (!f || !(f->dir = test_scratch()))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/weir.yaml", f->dir);
    return weir_workflow_init(&f->wf);
}

static int end(void **state) {
    struct fixture *f = *state;
    weir_workflow_done(&f->wf);
    test_scratch_remove(f->dir);
    free(f);
    return 0;
}

static int load_bytes(struct fixture *f, const char *text, size_t len) {
    assert_int_equal(weir_file_write_all(f->path, text, len, NULL), 0);
    weir_workflow_done(&f->wf);
    assert_int_equal(weir_workflow_init(&f->wf), 0);
    f->err = (struct weir_error){0};
    return weir_workflow_load(&f->wf, f->path, &f->err);
}

static void good(struct fixture *f, const char *text) {
    if (load_bytes(f, text, strlen(text)))
        fail_msg("%s", f->err.text);
}

/* says: the lines of the error, without "PATH:". */
static void bad(struct fixture *f, const char *text, const char *const *says) {
    assert_int_equal(load_bytes(f, text, strlen(text)), WEIR_EINVAL);
    test_error_lines(&f->err, f->path, says);
}

#define BAD(f, text, ...) bad(f, text, (const char *const[]){__VA_ARGS__, NULL})

static const char example[] =
    "streams:\n"
    "  gate: { source: rtsp://10.0.0.7/main }\n"
    "  yard: { source: yard.mp4, live: true }\n"
    "  door: /abs/door.mp4\n"
    "  pipe: \"-\"\n"
    "source: { rtsp_transport: udp }\n"
    "detect:\n"
    "  models: [yolox_nano]\n"
    "  classes: [person, \"traffic light\", car]\n"
    "  size: 640x384\n"
    "  conf: 0.4\n"
    "  threads: 4\n"
    "track:\n"
    "  enabled: no\n"
    "annotate: { quality: 30 }\n"
    "run: { max_frames: 100 }\n"
    "sinks: [ { ndjson: out/ }, { annotate: /v/x }, { digest: out }, null ]\n";

static void test_a_whole_workflow_is_read(void **state) {
    struct fixture *f = *state;
    good(f, example);
    assert_int_equal(f->wf.stream_len, 4);
    assert_string_equal(f->wf.stream[0].name, "gate");
    assert_string_equal(f->wf.stream[0].source, "rtsp://10.0.0.7/main");
    assert_false(f->wf.stream[0].live);
    assert_string_equal(f->wf.stream[1].source, test_path(f->dir, "yard.mp4"));
    assert_true(f->wf.stream[1].live);
    assert_string_equal(f->wf.stream[2].source, "/abs/door.mp4");
    assert_string_equal(f->wf.stream[3].source, "-");
    assert_int_equal(f->wf.set.source.rtsp_transport, WEIR_TRANSPORT_UDP);
    assert_string_equal(f->wf.set.detect.models.item[0], "yolox_nano");
    assert_string_equal(f->wf.set.detect.classes.item[1], "traffic light");
    assert_int_equal(f->wf.set.detect.size.width, 640);
    assert_true(f->wf.set.detect.conf == 0.4);
    assert_int_equal(f->wf.set.detect.threads, 4);
    assert_false(f->wf.set.track.enabled);
    assert_int_equal(f->wf.set.annotate.quality, 30);
    assert_int_equal(f->wf.set.run.max_frames, 100);
    assert_int_equal(f->wf.sink_len, 4);
    assert_string_equal(f->wf.sink[0].path, test_path(f->dir, "out/"));
    assert_string_equal(f->wf.sink[1].path, "/v/x");
    assert_string_equal(f->wf.sink[3].kind, "null");
    assert_int_equal(weir_workflow_check(&f->wf, &f->err), 0);
}

static void test_what_is_not_said_keeps_its_default(void **state) {
    struct fixture *f = *state;
    good(f, "streams: { a: b.mp4 }\ndetect: { conf: auto }\ntrack:\nsinks:\n");
    assert_true(f->wf.set.detect.conf == -1);
    assert_int_equal(f->wf.set.detect.max_boxes, 300);
    assert_true(f->wf.set.track.enabled);
    assert_int_equal(f->wf.sink_len, 0);
}

static void test_aliases_share_settings_between_streams(void **state) {
    struct fixture *f = *state;
    good(f, "streams:\n  a: &cam { source: /x.mp4, live: yes }\n  b: *cam\n");
    assert_int_equal(f->wf.stream_len, 2);
    assert_string_equal(f->wf.stream[1].source, "/x.mp4");
    assert_true(f->wf.stream[1].live);
}

static void test_model_paths_are_relative_to_the_file_and_names_are_not(void **state) {
    struct fixture *f = *state;
    good(f, "detect: { models: [yolox_nano, ./a.onnx, m/b.onnx, /c.onnx] }\n");
    const struct weir_strings *models = &f->wf.set.detect.models;
    assert_string_equal(models->item[0], "yolox_nano");
    assert_string_equal(models->item[1], test_path(f->dir, "./a.onnx"));
    assert_string_equal(models->item[2], test_path(f->dir, "m/b.onnx"));
    assert_string_equal(models->item[3], "/c.onnx");
    good(f, "detect: { models: yolox_nano }\n");
    assert_int_equal(models->len, 1);
}

static void test_models_from_before_are_not_moved(void **state) {
    struct fixture *f = *state;
    good(f, "streams:\n");
    assert_int_equal(
        weir_option_set(weir_option_by_key("detect.models"), &f->wf.set, "./m.onnx", NULL), 0);
    assert_int_equal(weir_workflow_load(&f->wf, f->path, NULL), 0);
    assert_string_equal(f->wf.set.detect.models.item[0], "./m.onnx");
}

static void test_a_printed_workflow_reads_back_the_same(void **state) {
    struct fixture *f = *state;
    struct weir_buf once = {0}, twice = {0};
    good(f, example);
    assert_int_equal(weir_workflow_add_stream(&f->wf, "odd", "/a b/\"q\"\\ü: #\t.mp4", true, NULL),
                     0);
    weir_workflow_print(&f->wf, &once);
    good(f, weir_buf_str(&once));
    weir_workflow_print(&f->wf, &twice);
    assert_string_equal(weir_buf_str(&once), weir_buf_str(&twice));
    assert_string_equal(f->wf.stream[4].source, "/a b/\"q\"\\ü: #\t.mp4");
    assert_int_equal(f->wf.sink_len, 4);
    for (size_t i = 0; i < weir_options_len; i++)
        assert_non_null(strstr(once.data, spec_option_name(&weir_options[i])));
    weir_buf_done(&once);
    weir_buf_done(&twice);
}

static void test_every_error_is_reported_at_once_with_its_line(void **state) {
    struct fixture *f = *state;
    BAD(f,
        "streams:\n"
        "  gate: { source: rtsp://10.0.0.7/main, nod: x }\n"
        "  \"bad name\": a.mp4\n"
        "  yard: { live: maybe }\n"
        "detect:\n"
        "  conff: 0.3\n"
        "  conf: 1.5\n"
        "  provider: tensort\n"
        "  nms_iou: .nan\n"
        "  size: 16\n"
        "  models: { a: b }\n"
        "  classes: [person, [dog]]\n"
        "detekt: {}\n"
        "track:\n"
        "  high: [1]\n"
        "  lost_s: 1e999\n"
        "  low:\n"
        "annotate: 5\n"
        "sinks:\n"
        "  - digets\n"
        "  - { a: b, c: d }\n"
        "  - \"null\": x\n"
        "  - []\n"
        "  - ndjson:\n",
        "2: streams.gate.nod: found an unknown key; allowed: source, live",
        "3: streams.bad name: found the name \"bad name\"; allowed: letters",
        "4: streams.yard.live: found \"maybe\"; allowed: true or false",
        "4: streams.yard.source: found nothing; allowed: a file, URL",
        "6: detect.conff: found an unknown key; allowed: models, reference, widths, skip, classes, "
        "size",
        "7: detect.conf: found 1.5; allowed: a number from 0 to 1, or auto",
        "8: detect.provider: found \"tensort\"; allowed: cpu, cuda, tensorrt",
        "9: detect.nms_iou: found \".nan\"; allowed: a number from 0 to 1, or auto",
        "10: detect.size: found 16; allowed: a size such as 416 or 640x384, each side from 32",
        "11: detect.models: found a map; allowed: a list of names",
        "12: detect.classes: found a list; allowed: a list of names",
        "13: detekt: found an unknown key; allowed: streams, sinks, source, detect, slo, strategy, "
        "track, "
        "annotate, run (did you mean detect?)",
        "15: track.high: found a list; allowed: a number from 0 to 1",
        "16: track.lost_s: found \"1e999\"; allowed: a number from 0 to 600 s",
        "17: track.low: found nothing; allowed: a number from 0 to 1",
        "18: annotate: found 5; allowed: a map with the keys encoder, quality",
        "20: sinks: found \"digets\"; allowed: ndjson, coco, mot, annotate, mosaic, digest or null "
        "(did "
        "you mean digest?)",
        "21: sinks: found a map that has not exactly one key; allowed: a kind",
        "22: sinks: found a path for null; allowed: null alone",
        "23: sinks: found a list; allowed: a kind",
        "24: sinks.ndjson: found nothing; allowed: a path");
}

static void test_unknown_keys_name_the_nearest(void **state) {
    struct fixture *f = *state;
    BAD(f, "detect: { max_box: 3 }\n",
        "1: detect.max_box: found an unknown key; allowed: models, reference, widths, skip, "
        "classes, size, conf, nms_iou, "
        "max_boxes, provider, threads, workers, batch, spinning, graph (did you mean max_boxes?)");
}

static void test_what_chooses_is_read_with_its_lines(void **state) {
    struct fixture *f = *state;
    good(f, "streams: { a: x.mp4 }\n"
            "detect:\n"
            "  models: [./n.onnx, street_m]\n"
            "  reference: ./n.onnx\n"
            "  widths: [640, 320]\n"
            "  skip: 2\n"
            "slo: { deadline_ms: 200, min_accuracy: 0.9, prefer: latency }\n"
            "strategy: static:model=street_m,width=320\n");
    const struct weir_settings *s = &f->wf.set;
    assert_string_equal(s->detect.reference, s->detect.models.item[0]); /* both are paths */
    assert_int_equal(s->detect.widths.len, 2);
    assert_int_equal(s->detect.widths.item[1], 320);
    assert_int_equal(s->detect.skip, 2);
    assert_true(s->slo.deadline_ms == 200 && s->slo.min_accuracy == 0.9);
    assert_string_equal(s->strategy, "static:model=street_m,width=320");
    assert_int_equal(s->line[weir_option_index(weir_option_by_key("slo.prefer"))], 7);
    assert_int_equal(s->line[weir_option_index(weir_option_by_key("strategy"))], 8);
    assert_int_equal(weir_workflow_check(&f->wf, &f->err), 0);
    assert_int_equal(weir_workflow_complain(&f->wf, "strategy", &f->err, "found %s", "nothing"),
                     WEIR_EINVAL);
    assert_int_equal(weir_workflow_complain(&f->wf, "track.low", &f->err, "found less"),
                     WEIR_EINVAL);
    test_error_says(&f->err, "weir.yaml:8: strategy: found nothing\ntrack.low: found less");
}

static void test_what_cannot_be_chosen_from_is_told_all_at_once(void **state) {
    struct fixture *f = *state;
    BAD(f,
        "detect:\n"
        "  widths: [640, 16, wide]\n"
        "  skip: 11\n"
        "slo: { deadline_ms: 0.5, min_accuracy: 2,\n"
        "  prefer: speed }\n"
        "strategy: [weir]\n",
        "2: detect.widths: found 16; allowed: a list, [a, b] in a file, a,b elsewhere, of whole "
        "numbers from 32 to 8192 pixels",
        "3: detect.skip: found 11; allowed: a whole number from 1 to 10",
        "4: slo.deadline_ms: found 0.5; allowed: a number from 1 to 600000 ms, or auto",
        "4: slo.min_accuracy: found 2; allowed: a number from 0 to 1, or auto",
        "5: slo.prefer: found \"speed\"; allowed: latency, accuracy or cost",
        "6: strategy: found a list; allowed: a text");
}

static void test_what_the_whole_lacks_is_told_with_the_line_of_its_key(void **state) {
    struct fixture *f = *state;
    static const char *const says[] = {
        "4: detect.reference: found \"c\"; allowed: one of detect.models, \"a\", \"b\"",
        "6: detect.size: found 320x320 beside a strategy", NULL};
    good(f, "streams: { a: x.mp4 }\n"
            "detect:\n"
            "  models: [a, b]\n"
            "  reference: c\n"
            "  widths: [320]\n"
            "  size: 320\n"
            "strategy: weir\n");
    assert_int_equal(weir_workflow_check(&f->wf, &f->err), WEIR_EINVAL);
    test_error_lines(&f->err, f->path, says);
}

static void test_duplicate_keys_are_errors_wherever_they_stand(void **state) {
    struct fixture *f = *state;
    BAD(f,
        "streams:\n  a: x.mp4\n  b: y.mp4\n  a: z.mp4\n"
        "detect:\n  conf: 0.1\n  conf: 0.2\n"
        "streams: {}\n",
        "4: streams.a: found a second time (first on line 2); allowed: once",
        "7: detect.conf: found a second time (first on line 6); allowed: once",
        "8: streams: found a second time (first on line 1); allowed: once");
}

static void test_wrong_shapes_are_errors(void **state) {
    struct fixture *f = *state;
    BAD(f, "just text\n", "1: document: found \"just text\"; allowed: a map with the keys streams");
    BAD(f, "- a\n- b\n", "1: document: found a list; allowed: a map");
    BAD(f, "~\n", "1: document: found nothing");
    BAD(f, "streams: [a.mp4]\n", "1: streams: found a list; allowed: a map of names to sources");
    BAD(f, "sinks: { ndjson: out }\n", "1: sinks: found a map; allowed: a list");
    BAD(f, "streams: { a: [x] }\n", "1: streams.a: found a list; allowed: a file, URL");
    BAD(f, "streams: { a: }\n", "1: streams.a: found nothing; allowed: a file, URL");
    BAD(f, "streams: { a: { source: \"\" } }\n", "1: streams.a.source: found nothing");
    BAD(f, "streams: { a: { source: x, live: [] } }\n", "1: streams.a.live: found a list");
    BAD(f, "sinks: [ { ndjson: [a] } ]\n", "1: sinks.ndjson: found a list; allowed: a path");
    BAD(f, "sinks: [ ndjson ]\n", "1: sinks: found ndjson without a path; allowed: ndjson: PATH");
}

static void test_bad_syntax_says_line_and_column(void **state) {
    struct fixture *f = *state;
    BAD(f, "streams:\n  a: [\n", "3:1: not valid YAML: ");
    BAD(f, "", "1: the file is empty");
}

static void test_a_name_used_before_the_file_is_an_error(void **state) {
    struct fixture *f = *state;
    good(f, "streams: { a: /x.mp4 }\n");
    assert_int_equal(weir_workflow_load(&f->wf, f->path, &f->err), WEIR_EINVAL);
    test_error_says(&f->err, "weir.yaml:1: streams.a: ");
    test_error_says(&f->err, "a second time");
}

static void test_more_errors_than_fit_are_counted(void **state) {
    struct fixture *f = *state;
    struct weir_buf text = {0};
    weir_buf_puts(&text, "track:\n");
    for (int i = 0; i < 1000; i++)
        weir_buf_printf(&text, "  wrong%d: 1\n", i);
    assert_int_equal(load_bytes(f, text.data, text.len), WEIR_EINVAL);
    test_error_says(&f->err, ":2: track.wrong0: ");
    int lines = 0;
    for (const char *c = f->err.text; *c; c++)
        lines += *c == '\n';
    char tail[64];
    snprintf(tail, sizeof tail, "\n… and %d more errors", 1000 - lines);
    assert_string_equal(f->err.text + strlen(f->err.text) - strlen(tail), tail);
    weir_buf_done(&text);
}

static void test_missing_files_and_folders_are_errors(void **state) {
    struct fixture *f = *state;
    assert_int_equal(weir_workflow_load(&f->wf, "/nowhere/weir.yaml", &f->err), WEIR_ENOENT);
    test_error_says(&f->err, "/nowhere/weir.yaml");
    assert_int_not_equal(weir_workflow_load(&f->wf, f->dir, &f->err), 0);
}

static void test_every_prefix_of_a_good_file_is_survived(void **state) {
    struct fixture *f = *state;
    for (size_t len = 0; len < sizeof example; len++) {
        int rc = load_bytes(f, example, len);
        assert_true(rc == 0 || (rc == WEIR_EINVAL && *f->err.text));
    }
}

static void test_every_changed_byte_of_a_good_file_is_survived(void **state) {
    struct fixture *f = *state;
    static const char with[] = {'\0', '\xff', '\n', '\t', ':', '[', '}', '-', '*', '"', '9'};
    char copy[sizeof example];
    for (size_t i = 0; i < sizeof example - 1; i++) {
        memcpy(copy, example, sizeof example);
        copy[i] = with[i % sizeof with];
        int rc = load_bytes(f, copy, sizeof example - 1);
        assert_true(rc == 0 || (rc == WEIR_EINVAL && *f->err.text));
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_a_whole_workflow_is_read),
        T(test_what_is_not_said_keeps_its_default),
        T(test_aliases_share_settings_between_streams),
        T(test_model_paths_are_relative_to_the_file_and_names_are_not),
        T(test_models_from_before_are_not_moved),
        T(test_a_printed_workflow_reads_back_the_same),
        T(test_every_error_is_reported_at_once_with_its_line),
        T(test_unknown_keys_name_the_nearest),
        T(test_what_chooses_is_read_with_its_lines),
        T(test_what_cannot_be_chosen_from_is_told_all_at_once),
        T(test_what_the_whole_lacks_is_told_with_the_line_of_its_key),
        T(test_duplicate_keys_are_errors_wherever_they_stand),
        T(test_wrong_shapes_are_errors),
        T(test_bad_syntax_says_line_and_column),
        T(test_a_name_used_before_the_file_is_an_error),
        T(test_more_errors_than_fit_are_counted),
        T(test_missing_files_and_folders_are_errors),
        T(test_every_prefix_of_a_good_file_is_survived),
        T(test_every_changed_byte_of_a_good_file_is_survived),
    };
    return cmocka_run_group_tests_name("spec/workflow_file", tests, NULL, NULL);
}
