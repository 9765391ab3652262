/*
 * Weir's own result lines: one object a frame, {"stream", "frame", "outcome",
 * "boxes": [{"class", "class_id", "score", "track_id", "bbox": [x, y, w, h]}]}.
 * A frame that was dropped has no boxes and counts as one in which nothing was found;
 * one that was dropped before it had a number ("frame": null) is passed over. Images of
 * a folder carry "name" and "image_id", which then stands for the frame's number.
 * One file holds one stream; other keys are passed over.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "eval/read.h"

static int bad(const char *name, int line, const char *what, struct weir_error *err) {
    return weir_fail(err, WEIR_ECORRUPT, "%s:%d: %s", name, line, what);
}

static int category_of(struct weir_dataset *ret, const json_t *box, int32_t *ret_category) {
    const char *label = json_string_value(json_object_get(box, "class"));
    int k = weir_dataset_category(ret, label);
    if (k < 0) {
        size_t index = 0;
        int rc = weir_dataset_add_category(
            ret, json_integer_value(json_object_get(box, "class_id")), label, &index);
        if (rc)
            return rc;
        k = (int)index;
    }
    *ret_category = (int32_t)k;
    return 0;
}

static int read_box(const char *name, int line, const json_t *object, size_t image,
                    struct weir_dataset *ret, struct weir_error *err) {
    const json_t *bbox = json_object_get(object, "bbox");
    const json_t *score = json_object_get(object, "score");
    const json_t *track = json_object_get(object, "track_id");
    struct weir_eval_box box = {.track_id = -1};
    double v[4];
    if (!json_is_string(json_object_get(object, "class")))
        return bad(name, line, "a box without a \"class\": must be the class's name", err);
    if (json_array_size(bbox) != 4)
        return bad(name, line, "\"bbox\" must be [x, y, width, height]", err);
    for (size_t i = 0; i < 4; i++) {
        const json_t *value = json_array_get(bbox, i);
        if (!json_is_number(value))
            return bad(name, line, "\"bbox\" must be four numbers", err);
        v[i] = json_number_value(value);
    }
    if (score && !json_is_number(score))
        return bad(name, line, "\"score\" must be a number", err);
    if (track && !json_is_integer(track) && !json_is_null(track))
        return bad(name, line, "\"track_id\" must be a whole number or null", err);
    if (json_is_integer(track) && json_integer_value(track) > 0)
        box.track_id = json_integer_value(track);
    box.x = v[0];
    box.y = v[1];
    box.w = v[2];
    box.h = v[3];
    box.area = v[2] * v[3];
    box.score = score ? json_number_value(score) : 1;
    if (!weir_eval_box_valid(&box))
        return bad(name, line, "\"bbox\": sides must not be negative, nor numbers above 1e9", err);
    int rc = category_of(ret, object, &box.category);
    return rc ? rc : weir_dataset_add_box(ret, image, &box);
}

static int read_frame(const char *name, int line, const json_t *object, json_t **stream,
                      struct weir_dataset *ret, struct weir_error *err) {
    const json_t *frame = json_object_get(object, "frame");
    const json_t *boxes = json_object_get(object, "boxes");
    json_t *from = json_object_get(object, "stream");
    const json_t *image_id = json_object_get(object, "image_id");
    if (json_is_null(frame))
        return 0;
    if (!json_is_integer(frame))
        return bad(name, line, "\"frame\" must be the frame's number", err);
    if (boxes && !json_is_array(boxes) && !json_is_null(boxes))
        return bad(name, line, "\"boxes\" must be a list", err);
    if (from && *stream && !json_equal(from, *stream))
        return bad(name, line, "a second \"stream\": give one file for each stream", err);
    if (from && !*stream)
        *stream = json_incref(from);
    const json_t *file = json_object_get(object, "name");
    size_t image = 0;
    int rc = weir_dataset_add_image(
        ret, json_integer_value(json_is_integer(image_id) ? image_id : frame),
        json_string_value(file), &image);
    for (size_t i = 0; !rc && i < json_array_size(boxes); i++)
        rc = read_box(name, line, json_array_get(boxes, i), image, ret, err);
    return rc;
}

int weir_read_ndjson(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                     struct weir_error *err) {
    json_t *stream = NULL;
    int rc = 0, line = 0;
    ret->format = WEIR_DATASET_NDJSON;
    for (const char *at = text, *end = text + len; !rc && at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line_len = (size_t)((newline ? newline : end) - at);
        line++;
        if (strspn(at, " \t\r") < line_len) {
            json_error_t where;
            json_t *object = json_loadb(at, line_len, 0, &where);
            if (!object)
                rc = weir_fail(err, WEIR_ECORRUPT,
                               "%s:%d:%d: not valid JSON: %s; each line must hold one object", name,
                               line, where.column, where.text);
            else
                rc = read_frame(name, line, object, &stream, ret, err);
            json_decref(object);
        }
        at += line_len + 1;
    }
    if (!rc) {
        struct weir_id_index ids = {0};
        int64_t twice = 0;
        rc = weir_id_index_images(ret, &ids, &twice);
        if (rc == WEIR_EEXIST)
            rc = weir_fail(err, WEIR_ECORRUPT,
                           "%s: frame or image %" PRId64 " occurs twice; each has one line", name,
                           twice);
        weir_id_index_done(&ids);
    }
    json_decref(stream);
    return rc;
}
