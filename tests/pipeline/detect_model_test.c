/*
 * Whole models through the real runtime: tiny graphs of every family, whose boxes
 * tell what pre-processing wrote into the tensor; and files that are no model.
 */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/detect_graphs.h"
#include "pipeline/detect_support.h"

enum { SIDE = 64, CELLS = 84, MAX_VALUES = 3 * CELLS * 16 };

struct world {
    char *dir;
    struct weir_workflow *wf;
};

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->dir = test_scratch();
    w->wf = test_settings();
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    test_scratch_remove(w->dir);
    test_settings_done(w->wf);
    free(w);
    return 0;
}

/* One colour all over. */
static struct weir_image *flat(int width, int height, int red, int green, int blue) {
    struct weir_image *image = test_flat(width, height, 0);
    uint8_t pixel[3] = {(uint8_t)blue, (uint8_t)green, (uint8_t)red};
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(weir_image_data(image, 0) + y * image->stride[0] + x * 3, pixel, 3);
    return image;
}

static void near(float a, float b, float tolerance) {
    if (!(fabsf(a - b) <= tolerance))
        fail_msg("%g is not %g", (double)a, (double)b);
}

/* Detects in one flat picture; expects one box of this score (0: none) and place. */
static void expect(struct weir_model *model, struct weir_image *image, float score,
                   const float *corners, int class_id) {
    struct weir_boxes boxes = {0};
    struct weir_error err = {0};
    if (weir_model_detect_image(model, image, &boxes, &err))
        fail_msg("%s", err.text);
    assert_int_equal(boxes.len, score > 0);
    if (score > 0) {
        near(boxes.data[0].score, score, 0.004f);
        near(boxes.data[0].x0, corners[0], 0.05f);
        near(boxes.data[0].y0, corners[1], 0.05f);
        near(boxes.data[0].x1, corners[2], 0.05f);
        near(boxes.data[0].y1, corners[3], 0.05f);
        assert_int_equal(boxes.data[0].class_id, class_id);
    }
    weir_boxes_done(&boxes);
    weir_image_unref(&image);
}

/* A YOLOv8 of two classes with one box (20,5)-(40,35) of class 1, whose score is
 * gain * the mean of channel. */
static void write_yolov8(const char *path, struct tiny t, float gain_value) {
    static float base[MAX_VALUES], gain[MAX_VALUES];
    static const float box[] = {30, 20, 20, 30};
    memset(base, 0, sizeof base);
    memset(gain, 0, sizeof gain);
    for (int i = 0; i < 4; i++)
        base[i * CELLS + 50] = box[i];
    gain[5 * CELLS + 50] = gain_value;
    t.rank = 3;
    t.dim[0] = 1;
    t.dim[1] = 6;
    t.dim[2] = CELLS;
    t.height = t.width = SIDE;
    t.base = base;
    t.gain = gain;
    tiny_write(&t, path);
}

static const float box_64[] = {20, 5, 40, 35};

static void test_yolov8_sees_red_first_and_scaled_to_one(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    for (int channel = 0; channel < 3; channel++) {
        write_yolov8(path, (struct tiny){.batch = 1, .channel = channel}, 0.8f);
        struct weir_model *model = test_model(path, &w->wf->set);
        assert_string_equal(weir_model_head_name(weir_model_desc(model)), "yolov8");
        expect(model, flat(SIDE, SIDE, 255, 0, 0), channel == 0 ? 0.8f : 0, box_64, 1);
        expect(model, flat(SIDE, SIDE, 0, 0, 255), channel == 2 ? 0.8f : 0, box_64, 1);
        weir_model_unref(&model);
    }
}

static void test_yolov8_pads_with_grey_in_the_middle(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    struct weir_model *model = test_model(path, &w->wf->set);
    /* 128x64 lies in rows 16 to 48, the rest is 114. */
    const float corners[] = {40, 0, 80, 38};
    expect(model, flat(128, 64, 255, 0, 0), 0.8f * (0.5f + 0.5f * 114 / 255), corners, 1);
    weir_model_unref(&model);
}

static void test_yolov8_in_halves_gives_the_same(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1, .type = ONNX_F16}, 0.8f);
    struct weir_model *model = test_model(path, &w->wf->set);
    assert_int_equal(weir_model_desc(model)->dtype, WEIR_DTYPE_F16);
    expect(model, flat(SIDE, SIDE, 255, 0, 0), 0.8f, box_64, 1);
    weir_model_unref(&model);
}

static void test_yolov8_of_bytes_with_channels_last_gives_the_same(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1, .type = ONNX_U8, .nhwc = true}, 0.8f / 255);
    struct weir_model *model = test_model(path, &w->wf->set);
    assert_int_equal(weir_model_desc(model)->layout, WEIR_LAYOUT_NHWC);
    expect(model, flat(SIDE, SIDE, 255, 0, 0), 0.8f, box_64, 1);
    weir_model_unref(&model);
}

static void test_end_to_end_boxes_are_taken_as_they_come(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    static float base[30 * 6], gain[30 * 6];
    const float row[] = {20, 5, 40, 35, 0, 1};
    memcpy(base + 6 * 3, row, sizeof row);
    gain[6 * 3 + 4] = 0.8f;
    struct tiny t = {
        .batch = 1,
        .height = SIDE,
        .width = SIDE,
        .rank = 3,
        .dim = {1, 30, 6},
        .base = base,
        .gain = gain,
        .output = "output0",
        .meta = {"author", "Ultralytics", "task", "detect", "names", "{0: 'owl', 1: 'hare'}"}};
    tiny_write(&t, path);
    struct weir_model *model = test_model(path, &w->wf->set);
    expect(model, flat(SIDE, SIDE, 255, 0, 0), 0.8f, box_64, 1);
    assert_string_equal(weir_labels_name(weir_model_desc(model)->labels, 1), "hare");
    weir_model_unref(&model);
}

static void test_yolov5_multiplies_object_and_class(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    static float base[3 * CELLS * 7], gain[3 * CELLS * 7];
    const float row[] = {30, 20, 20, 30, 0.9f, 0, 0};
    memcpy(base + 7 * 200, row, sizeof row);
    gain[7 * 200 + 6] = 0.8f;
    struct tiny t = {.batch = 1,
                     .height = SIDE,
                     .width = SIDE,
                     .rank = 3,
                     .dim = {1, 3 * CELLS, 7},
                     .base = base,
                     .gain = gain};
    tiny_write(&t, path);
    struct weir_model *model = test_model(path, &w->wf->set);
    assert_string_equal(weir_model_head_name(weir_model_desc(model)), "yolov5");
    expect(model, flat(SIDE, SIDE, 255, 0, 0), 0.72f, box_64, 1);
    weir_model_unref(&model);
}

/* Blue first, 0–255, padded at the right and below. */
static void write_yolox(const char *path, bool in_pixels) {
    static float base[CELLS * 7], gain[CELLS * 7];
    memset(base, 0, sizeof base);
    memset(gain, 0, sizeof gain);
    for (int i = 0; in_pixels && i < CELLS; i++) {
        base[7 * i] = (float)(i % 8 * 8 + 4);
        base[7 * i + 2] = base[7 * i + 3] = 8;
    }
    float *row = base + 7 * (2 * 8 + 3); /* cell (3,2) */
    row[0] = in_pixels ? 28 : 0.5f;
    row[1] = in_pixels ? 18 : 0.25f;
    row[2] = in_pixels ? 32 : logf(4);
    row[3] = in_pixels ? 16 : logf(2);
    row[4] = 1;
    gain[7 * (2 * 8 + 3) + 6] = 0.8f / 255;
    struct tiny t = {.batch = 1,
                     .height = SIDE,
                     .width = SIDE,
                     .rank = 3,
                     .dim = {1, CELLS, 7},
                     .base = base,
                     .gain = gain,
                     .channel = 0};
    tiny_write(&t, path);
}

static void test_yolox_decodes_its_grid_or_takes_pixels_as_they_are(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    const float corners[] = {12, 10, 44, 26}, wide[] = {24, 20, 88, 52};
    for (int in_pixels = 0; in_pixels < 2; in_pixels++) {
        write_yolox(path, in_pixels);
        struct weir_model *model = test_model(path, &w->wf->set);
        assert_string_equal(weir_model_head_name(weir_model_desc(model)), "yolox");
        expect(model, flat(SIDE, SIDE, 0, 0, 255), 0.8f, corners, 1);
        expect(model, flat(SIDE, SIDE, 255, 0, 0), 0, corners, 1);
        expect(model, flat(128, 64, 0, 0, 255), 0.8f * (0.5f + 0.5f * 114 / 255), wide, 1);
        weir_model_unref(&model);
    }
}

static void test_nanodet_reads_pairs_of_outputs_in_any_order(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    /* Each cell says class 1 and a box that reaches far out: the clipped ones are one box. */
    float scores[2] = {0, 0.6f}, distances[32] = {0};
    for (int side = 0; side < 4; side++)
        distances[side * 8 + 7] = 60;
    tiny_nanodet_write(path, 32, 2, scores, distances);
    struct weir_model *model = test_model(path, &w->wf->set);
    assert_string_equal(weir_model_head_name(weir_model_desc(model)), "nanodet");
    const float corners[] = {0, 0, 32, 32};
    expect(model, flat(32, 32, 9, 9, 9), 0.6f, corners, 1);
    weir_model_unref(&model);
}

static void test_detr_gives_boxes_in_pixels_of_the_source(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    const int64_t labels[] = {3, 7};
    const float boxes[] = {0.25f, 0.5f, 0.5f, 1, 0, 0, 1, 1}, scores[] = {0, 0},
                gain[] = {0.8f, 0.1f};
    tiny_detr_write(path, SIDE, SIDE, 2, labels, boxes, scores, gain);
    struct weir_model *model = test_model(path, &w->wf->set);
    assert_string_equal(weir_model_head_name(weir_model_desc(model)), "detr");
    const float corners[] = {50, 50, 100, 100};
    expect(model, flat(200, 100, 255, 0, 0), 0.8f, corners, 3); /* stretched: no padding */
    weir_model_unref(&model);

    /* Padded by its sidecar's wish, the boxes come back through the padding. */
    assert_int_equal(
        weir_file_write_all(test_path(w->dir, "m.yaml"), "resize: letterbox\npad: 255\n", 27, NULL),
        0);
    model = test_model(path, &w->wf->set);
    const float padded[] = {50, 50, 100, 100};
    expect(model, flat(200, 100, 255, 0, 0), 0.8f, padded, 3);
    weir_model_unref(&model);
}

static void test_variable_yolov5_and_yolov8_are_told_apart_by_running_them(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    const float v8[] = {48, 32, 64, 32, 0, 0, 0}, v5[] = {48, 32, 64, 32, 1, 0, 0};
    const float corners[] = {16, 16, 80, 48};
    struct weir_settings set = w->wf->set;
    set.detect.size = (struct weir_size){96, 64};

    tiny_pyramid_write(path, "output0", 7, v8, 5, 0.8f, 1, 1, NULL);
    struct weir_model *model = test_model(path, &set);
    assert_string_equal(weir_model_head_name(weir_model_desc(model)), "yolov8");
    assert_int_equal(weir_model_size(model).width, 96);
    expect(model, flat(96, 64, 255, 255, 255), 0.8f, corners, 1);
    weir_model_unref(&model);

    tiny_pyramid_write(path, "output", 7, v5, 6, 0.8f, -1, 3, NULL);
    model = test_model(path, &set);
    assert_string_equal(weir_model_head_name(weir_model_desc(model)), "yolov5");
    expect(model, flat(96, 64, 255, 255, 255), 0.8f, corners, 1);
    weir_model_unref(&model);

    tiny_pyramid_write(path, "output", 7, v5, 6, 0.8f, -1, 1, NULL);
    model = test_model(path, &set);
    assert_string_equal(weir_model_head_name(weir_model_desc(model)), "yolox");
    weir_model_unref(&model);
}

static void test_size_of_a_variable_model_comes_from_its_metadata(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    const float v8[] = {48, 32, 64, 32, 0, 0, 0};
    const char *const meta[] = {
        "stride", "32", "imgsz", "[96, 128]", "names", "{0: 'a', 1: 'b', 2: 'c'}", NULL};
    tiny_pyramid_write(path, "output0", 7, v8, 5, 0.8f, 1, 1, meta);
    struct weir_model *model = test_model(path, &w->wf->set);
    assert_int_equal(weir_model_size(model).width, 128);
    assert_int_equal(weir_model_size(model).height, 96);
    assert_int_equal(weir_model_desc(model)->size.width, 0);
    assert_int_equal(weir_model_desc(model)->batch, -1);
    weir_model_unref(&model);
}

static void test_threads_are_divided_among_the_workers(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = -1}, 0.8f);
    struct weir_settings set = w->wf->set;
    set.detect.threads = 3;
    set.detect.workers = 2;
    set.detect.batch = 5;
    struct weir_model *model = test_model(path, &set);
    assert_int_equal(weir_model_workers(model), 2);
    assert_int_equal(weir_model_batch(model), 5);
    weir_model_unref(&model);
    set.detect.workers = 0;
    model = test_model(path, &set);
    assert_int_equal(weir_model_workers(model), 3);
    weir_model_unref(&model);
}

static void test_a_fixed_batch_stays_as_it_is(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    struct weir_settings set = w->wf->set;
    set.detect.batch = 5;
    struct weir_model *model = test_model(path, &set);
    assert_int_equal(weir_model_batch(model), 1);
    weir_model_unref(&model);
}

static void test_only_the_classes_asked_for_leave(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    char zero[] = "class_0", one[] = "class_1";
    char *wanted[1] = {zero};
    struct weir_settings set = w->wf->set;
    set.detect.classes = (struct weir_strings){wanted, 1};
    struct weir_model *model = test_model(path, &set);
    expect(model, flat(SIDE, SIDE, 255, 0, 0), 0, box_64, 1);
    weir_model_unref(&model);
    wanted[0] = one;
    model = test_model(path, &set);
    expect(model, flat(SIDE, SIDE, 255, 0, 0), 0.8f, box_64, 1);
    weir_model_unref(&model);
}

static void test_raw_outputs_and_declarations_can_be_read(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = -1, .output = "output0"}, 0.5f);
    struct weir_graph *graph = calloc(1, sizeof *graph);
    assert_non_null(graph);
    assert_int_equal(weir_model_graph_read(path, graph, NULL), 0);
    assert_string_equal(graph->input[0].name, "images");
    assert_string_equal(graph->input[0].symbol[0], "d0");
    assert_int_equal(graph->input[0].dim[0], -1);
    assert_string_equal(graph->producer, "weir-test");
    weir_graph_done(graph);
    free(graph);

    static float input[2 * 3 * SIDE * SIDE];
    for (size_t i = 0; i < sizeof input / sizeof *input; i++)
        input[i] = i < 3 * SIDE * SIDE ? 1 : 0;
    struct weir_model_output *out = NULL;
    size_t len = 0;
    assert_int_equal(weir_model_run_raw(path, input, 2, SIDE, SIDE, &out, &len, NULL), 0);
    assert_int_equal(len, 1);
    assert_int_equal(out[0].port.dim[0], 2);
    assert_int_equal(out[0].len, 2 * 6 * CELLS);
    near(out[0].f32[5 * CELLS + 50], 0.5f, 1e-4f);
    near(out[0].f32[11 * CELLS + 50], 0, 1e-6f);
    weir_model_outputs_free(out, len);
    struct weir_error err = {0};
    assert_int_equal(weir_model_run_raw(path, input, 1, 32, 32, &out, &len, &err), WEIR_EMODEL);
    test_error_says(&err, "32x32");
}

static void refuses(struct world *w, const char *path, int code, const char *says) {
    struct weir_model *model = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_model_open(path, &w->wf->set, false, &model, &err), code);
    assert_null(model);
    test_error_says(&err, path);
    test_error_says(&err, says);
}

static void test_files_that_are_no_model_are_refused(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    refuses(w, test_path(w->dir, "none.onnx"), WEIR_ENOENT, "No such file");
    refuses(w, w->dir, WEIR_ECORRUPT, "folder");
    assert_int_equal(weir_file_write_all(path, "", 0, NULL), 0);
    refuses(w, path, WEIR_ECORRUPT, "empty");
    assert_int_equal(weir_file_write_all(path, "this is a text, no model\n", 25, NULL), 0);
    refuses(w, path, WEIR_ECORRUPT, "not an ONNX model");
}

static void test_a_truncated_model_is_refused_wherever_it_ends(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    char *data = NULL;
    size_t len = 0;
    assert_int_equal(weir_file_read(path, 1 << 20, &data, &len, NULL), 0);
    for (size_t part = 1; part < 16; part++) {
        assert_int_equal(weir_file_write_all(path, data, len * part / 16, NULL), 0);
        refuses(w, path, WEIR_ECORRUPT, "cannot be loaded");
    }
    free(data);
}

static void test_missing_external_data_are_an_error(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    struct onnx_build b = {0};
    int64_t picture[] = {1, 3, SIDE, SIDE};
    onnx_input(&b, "images", ONNX_F32, 4, picture);
    onnx_external(&b, "weights", 4, picture, "weights.bin");
    onnx_node(&b, "Add", "images weights", "output");
    onnx_output(&b, "output", ONNX_F32, 4, picture);
    onnx_write(&b, path);
    refuses(w, path, WEIR_ECORRUPT, "external data");
}

static void test_a_model_that_is_no_detector_is_refused(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    static const float base[10];
    struct tiny t = {
        .batch = 1, .height = SIDE, .width = SIDE, .rank = 2, .dim = {1, 10}, .base = base};
    tiny_write(&t, path);
    refuses(w, path, WEIR_EMODEL, "output f32 [1,10]");
}

static void test_a_missing_provider_is_refused_and_lists_those_there(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    w->wf->set.detect.provider = WEIR_PROVIDER_OPENVINO;
    struct weir_buf list = {0};
    weir_model_providers(&list);
    assert_non_null(strstr(weir_buf_str(&list), "cpu"));
    bool there = strstr(weir_buf_str(&list), "openvino") != NULL;
    weir_buf_done(&list);
    if (there) {
        print_message("# skipped: this runtime has OpenVINO\n");
        skip();
    }
    struct weir_model *model = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_model_open(path, &w->wf->set, false, &model, &err), WEIR_EUNSUPPORTED);
    test_error_says(&err, "'openvino'");
    test_error_says(&err, "cpu");
}

static void test_a_size_that_is_not_allowed_is_refused(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    w->wf->set.detect.size = (struct weir_size){96, 64};
    refuses(w, path, WEIR_EMODEL, "fixed at 64x64");
    const float v8[] = {48, 32, 64, 32, 0, 0, 0};
    tiny_pyramid_write(path, "output0", 7, v8, 5, 0.8f, 1, 1, NULL);
    w->wf->set.detect.size = (struct weir_size){100, 64};
    refuses(w, path, WEIR_EMODEL, "multiples of 32, such as 128x64");
}

static void test_one_session_serves_several_sizes(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    const float v8[] = {48, 32, 64, 32, 0, 0, 0}, corners[] = {16, 16, 80, 48};
    const float moved[] = {16, 0, 80, 32}; /* padded by 16 above and below */
    struct weir_settings set = w->wf->set;
    set.detect.size = (struct weir_size){96, 64};
    tiny_pyramid_write(path, "output0", 7, v8, 5, 0.8f, 1, 1, NULL);
    struct weir_model *model = test_model(path, &set), *tall = NULL, *again = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_model_at(model, (struct weir_size){96, 96}, &tall, &err), 0);
    assert_int_equal(weir_model_at(tall, (struct weir_size){96, 64}, &again, &err), 0);
    assert_int_equal(weir_model_size(tall).height, 96);
    assert_int_equal(weir_model_size(model).height, 64);
    assert_int_equal(weir_model_fit(model, (struct weir_size){97, 64}).width, 128);
    expect(model, flat(96, 64, 255, 255, 255), 0.8f, corners, 1);
    weir_model_unref(&model); /* the others live on */
    expect(tall, flat(96, 64, 255, 255, 255), 0.8f, moved, 1);
    weir_model_unref(&tall);
    expect(again, flat(96, 64, 255, 255, 255), 0.8f, corners, 1);
    weir_model_unref(&again);
}

static void test_a_size_that_the_graph_cannot_have_is_refused_beside_one_that_it_has(void **s) {
    struct world *w = *s;
    const char *path = test_path(w->dir, "m.onnx");
    struct weir_model *at = NULL;
    struct weir_error err = {0};
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    struct weir_model *fixed = test_model(path, &w->wf->set);
    assert_int_equal(weir_model_at(fixed, (struct weir_size){96, 64}, &at, &err), WEIR_EMODEL);
    test_error_says(&err, "fixed at 64x64");
    assert_null(at);
    assert_int_equal(weir_model_fit(fixed, (struct weir_size){500, 300}).width, 64);
    assert_int_equal(weir_model_fit(fixed, (struct weir_size){500, 300}).height, 64);
    weir_model_unref(&fixed);
}

static void test_a_bad_sidecar_is_refused(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx"), *side = test_path(w->dir, "m.yaml");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    assert_int_equal(weir_file_write_all(side, "head: fastestdet\n", 17, NULL), 0);
    refuses(w, path, WEIR_EMODEL, "contradicts");
    assert_int_equal(weir_file_write_all(side, "hat: yolov8\n", 12, NULL), 0);
    struct weir_model *model = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_model_open(path, &w->wf->set, false, &model, &err), WEIR_EINVAL);
    test_error_says(&err, "m.yaml");
    test_error_says(&err, "hat");
}

static void test_outputs_that_do_not_fit_are_found_before_the_first_frame(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    /* Its sidecar calls it a YOLOX, but it has other cells than a YOLOX has at 64x64. */
    static const float base[100 * 7];
    struct tiny t = {
        .batch = 1, .height = SIDE, .width = SIDE, .rank = 3, .dim = {1, 100, 7}, .base = base};
    tiny_write(&t, path);
    refuses(w, path, WEIR_EMODEL, "not recognised");
    assert_int_equal(weir_file_write_all(test_path(w->dir, "m.yaml"), "head: yolox\n", 12, NULL),
                     0);
    refuses(w, path, WEIR_EMODEL, "expected [1,84,7]");
}

static void test_a_class_that_the_model_does_not_know_is_refused(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    write_yolov8(path, (struct tiny){.batch = 1}, 0.8f);
    char cat[] = "cat";
    char *wanted[] = {cat};
    struct weir_settings set = w->wf->set;
    set.detect.classes = (struct weir_strings){wanted, 1};
    struct weir_model *model = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_model_open(path, &set, false, &model, &err), WEIR_EINVAL);
    test_error_says(&err, "'cat'");
    test_error_says(&err, "class_0, class_1");
}

static void test_an_unknown_label_is_found_by_the_trial_run(void **state) {
    struct world *w = *state;
    const char *path = test_path(w->dir, "m.onnx");
    const int64_t labels[] = {90};
    const float box[] = {0, 0, 1, 1}, score[] = {0.9f}, gain[] = {0};
    tiny_detr_write(path, SIDE, SIDE, 1, labels, box, score, gain);
    refuses(w, path, WEIR_EMODEL, "class 90");
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_yolov8_sees_red_first_and_scaled_to_one),
        T(test_yolov8_pads_with_grey_in_the_middle),
        T(test_yolov8_in_halves_gives_the_same),
        T(test_yolov8_of_bytes_with_channels_last_gives_the_same),
        T(test_end_to_end_boxes_are_taken_as_they_come),
        T(test_yolov5_multiplies_object_and_class),
        T(test_yolox_decodes_its_grid_or_takes_pixels_as_they_are),
        T(test_nanodet_reads_pairs_of_outputs_in_any_order),
        T(test_detr_gives_boxes_in_pixels_of_the_source),
        T(test_variable_yolov5_and_yolov8_are_told_apart_by_running_them),
        T(test_size_of_a_variable_model_comes_from_its_metadata),
        T(test_threads_are_divided_among_the_workers),
        T(test_a_fixed_batch_stays_as_it_is),
        T(test_only_the_classes_asked_for_leave),
        T(test_raw_outputs_and_declarations_can_be_read),
        T(test_files_that_are_no_model_are_refused),
        T(test_a_truncated_model_is_refused_wherever_it_ends),
        T(test_missing_external_data_are_an_error),
        T(test_a_model_that_is_no_detector_is_refused),
        T(test_a_missing_provider_is_refused_and_lists_those_there),
        T(test_a_size_that_is_not_allowed_is_refused),
        T(test_one_session_serves_several_sizes),
        T(test_a_size_that_the_graph_cannot_have_is_refused_beside_one_that_it_has),
        T(test_a_bad_sidecar_is_refused),
        T(test_outputs_that_do_not_fit_are_found_before_the_first_frame),
        T(test_a_class_that_the_model_does_not_know_is_refused),
        T(test_an_unknown_label_is_found_by_the_trial_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
