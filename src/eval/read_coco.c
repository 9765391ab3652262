/*
 * COCO's two JSON files: annotations (images, categories, annotations) and
 * results (an array). What is not needed (masks, licences, captions) is passed over.
 * Errors name the record by its list and index: "annotations[17]: bbox: …".
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "eval/read.h"

static int parse(const char *name, const char *text, size_t len, json_t **ret,
                 struct weir_error *err) {
    json_error_t at;
    json_t *root = json_loadb(text, len, 0, &at);
    if (!root)
        return weir_fail(err, WEIR_ECORRUPT, "%s:%d:%d: not valid JSON: %s; was it cut short?",
                         name, at.line, at.column, at.text);
    *ret = root;
    return 0;
}

struct place {
    const char *name, *list;
    size_t index;
    struct weir_error *err;
};

static int bad(const struct place *at, const char *key, const char *allowed) {
    return weir_fail(at->err, WEIR_ECORRUPT, "%s: %s[%zu]: %s: %s", at->name, at->list, at->index,
                     key, allowed);
}

static int get_id(const struct place *at, const json_t *object, const char *key, int64_t *ret) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return bad(at, key, value ? "must be a whole number" : "is missing: a whole number");
    *ret = json_integer_value(value);
    return 0;
}

static int get_bbox(const struct place *at, const json_t *object, struct weir_eval_box *box) {
    const json_t *bbox = json_object_get(object, "bbox");
    double v[4];
    if (json_array_size(bbox) != 4)
        return bad(at, "bbox", "must be [x, y, width, height]");
    for (size_t i = 0; i < 4; i++) {
        const json_t *value = json_array_get(bbox, i);
        if (!json_is_number(value))
            return bad(at, "bbox", "must be four numbers");
        v[i] = json_number_value(value);
    }
    box->x = v[0];
    box->y = v[1];
    box->w = v[2];
    box->h = v[3];
    box->area = v[2] * v[3];
    box->track_id = -1;
    return 0;
}

static int get_list(const char *name, const json_t *root, const char *key, const json_t **ret,
                    struct weir_error *err) {
    const json_t *list = json_object_get(root, key);
    if (!json_is_array(list))
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: \"%s\" is %s: COCO annotations have lists \"images\", "
                         "\"categories\" and \"annotations\"",
                         name, key, list ? "not a list" : "missing");
    *ret = list;
    return 0;
}

static int read_images(const char *name, const json_t *list, struct weir_dataset *ret,
                       struct weir_error *err) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct place at = {name, "images", i, err};
        const json_t *object = json_array_get(list, i);
        int64_t id = 0;
        int rc = get_id(&at, object, "id", &id);
        const json_t *file = json_object_get(object, "file_name");
        if (!rc && !json_is_string(file))
            rc = bad(&at, "file_name", "must be a string");
        if (!rc)
            rc = weir_dataset_add_image(ret, id, json_string_value(file), NULL);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_categories(const char *name, const json_t *list, struct weir_dataset *ret,
                           struct weir_error *err) {
    for (size_t k = 0; k < json_array_size(list); k++) {
        struct place at = {name, "categories", k, err};
        const json_t *object = json_array_get(list, k);
        int64_t id = 0;
        int rc = get_id(&at, object, "id", &id);
        const json_t *label = json_object_get(object, "name");
        if (!rc && !json_is_string(label))
            rc = bad(&at, "name", "must be a string");
        if (!rc)
            rc = weir_dataset_add_category(ret, id, json_string_value(label), NULL);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_annotation(const struct place *at, const json_t *object,
                           const struct weir_id_index *images,
                           const struct weir_id_index *categories, struct weir_dataset *ret) {
    struct weir_eval_box box = {.score = 1};
    int64_t image_id = 0, category_id = 0;
    size_t image = 0, category = 0;
    int rc = get_id(at, object, "image_id", &image_id);
    if (!rc)
        rc = get_id(at, object, "category_id", &category_id);
    if (!rc)
        rc = get_bbox(at, object, &box);
    if (rc)
        return rc;
    if (!weir_id_index_find(images, image_id, &image))
        return weir_fail(at->err, WEIR_ECORRUPT,
                         "%s: annotations[%zu]: image_id: %" PRId64 " is not among the images",
                         at->name, at->index, image_id);
    if (!weir_id_index_find(categories, category_id, &category))
        return weir_fail(at->err, WEIR_ECORRUPT,
                         "%s: annotations[%zu]: category_id: %" PRId64
                         " is not among the categories",
                         at->name, at->index, category_id);
    const json_t *area = json_object_get(object, "area");
    if (area && !json_is_number(area))
        return bad(at, "area", "must be a number of square pixels");
    if (area)
        box.area = json_number_value(area);
    const json_t *crowd = json_object_get(object, "iscrowd");
    if (crowd && !json_is_integer(crowd) && !json_is_boolean(crowd))
        return bad(at, "iscrowd", "must be 0 or 1");
    const json_t *visibility = json_object_get(object, "visibility");
    if (json_is_number(visibility))
        box.visibility = weir_eval_stated_visibility(json_number_value(visibility));
    const json_t *track = json_object_get(object, "track_id");
    if (json_is_integer(track))
        box.track_id = json_integer_value(track);
    box.crowd = json_is_true(crowd) || (json_is_integer(crowd) && json_integer_value(crowd));
    box.category = (int32_t)category;
    if (!weir_eval_box_valid(&box))
        return bad(at, "bbox", "width, height and area must not be negative, nor above 1e9");
    return weir_dataset_add_box(ret, image, &box);
}

static int twice(const char *name, const char *list, int rc, const int64_t *id,
                 struct weir_error *err) {
    if (rc != WEIR_EEXIST)
        return rc;
    return weir_fail(err, WEIR_ECORRUPT, "%s: %s: id %" PRId64 " occurs twice; ids must be unique",
                     name, list, *id);
}

int weir_read_coco(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                   struct weir_error *err) {
    json_t *root = NULL;
    const json_t *images = NULL, *categories = NULL, *annotations = NULL;
    struct weir_id_index image_ids = {0}, category_ids = {0};
    int64_t id = 0;
    int rc = parse(name, text, len, &root, err);
    if (rc)
        return rc;
    ret->format = WEIR_DATASET_COCO;
    if ((rc = get_list(name, root, "images", &images, err)) ||
        (rc = get_list(name, root, "categories", &categories, err)) ||
        (rc = get_list(name, root, "annotations", &annotations, err)) ||
        (rc = read_images(name, images, ret, err)) ||
        (rc = read_categories(name, categories, ret, err)) ||
        (rc = twice(name, "images", weir_id_index_images(ret, &image_ids, &id), &id, err)) ||
        (rc = twice(name, "categories", weir_id_index_categories(ret, &category_ids, &id), &id,
                    err)))
        goto done;
    for (size_t i = 0; !rc && i < json_array_size(annotations); i++) {
        struct place at = {name, "annotations", i, err};
        rc = read_annotation(&at, json_array_get(annotations, i), &image_ids, &category_ids, ret);
    }
done:
    weir_id_index_done(&image_ids);
    weir_id_index_done(&category_ids);
    json_decref(root);
    return rc;
}

/* Results name images and categories by id alone, in any order: both are collected first. */

static int collect(int64_t *ids, size_t len, struct weir_dataset *ret, bool images) {
    for (size_t i = 0; i < len; i++) {
        if (i && ids[i] == ids[i - 1])
            continue;
        int rc = images ? weir_dataset_add_image(ret, ids[i], NULL, NULL)
                        : weir_dataset_add_category(ret, ids[i], NULL, NULL);
        if (rc)
            return rc;
    }
    return 0;
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int weir_read_coco_results(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                           struct weir_error *err) {
    json_t *root = NULL;
    struct weir_id_index image_ids = {0}, category_ids = {0};
    int64_t *ids = NULL, id = 0;
    int rc = parse(name, text, len, &root, err);
    if (rc)
        return rc;
    ret->format = WEIR_DATASET_COCO_RESULTS;
    size_t records = json_array_size(root);
    ids = malloc((2 * records + 1) * sizeof *ids);
    if (!ids) {
        rc = WEIR_ENOMEM;
        goto done;
    }
    for (size_t i = 0; i < records; i++) {
        struct place at = {name, "results", i, err};
        const json_t *object = json_array_get(root, i);
        if ((rc = get_id(&at, object, "image_id", &ids[i])) ||
            (rc = get_id(&at, object, "category_id", &ids[records + i])))
            goto done;
    }
    if (records) {
        qsort(ids, records, sizeof *ids, by_number);
        qsort(ids + records, records, sizeof *ids, by_number);
    }
    if ((rc = collect(ids, records, ret, true)) ||
        (rc = collect(ids + records, records, ret, false)) ||
        (rc = weir_id_index_images(ret, &image_ids, &id)) ||
        (rc = weir_id_index_categories(ret, &category_ids, &id)))
        goto done;
    for (size_t i = 0; i < records; i++) {
        struct place at = {name, "results", i, err};
        const json_t *object = json_array_get(root, i);
        struct weir_eval_box box = {0};
        const json_t *score = json_object_get(object, "score");
        size_t image = 0, category = 0;
        if ((rc = get_bbox(&at, object, &box)))
            goto done;
        if (!json_is_number(score)) {
            rc = bad(&at, "score", "must be a number");
            goto done;
        }
        box.score = json_number_value(score);
        weir_id_index_find(&image_ids, json_integer_value(json_object_get(object, "image_id")),
                           &image);
        weir_id_index_find(&category_ids,
                           json_integer_value(json_object_get(object, "category_id")), &category);
        box.category = (int32_t)category;
        if (!weir_eval_box_valid(&box)) {
            rc = bad(&at, "bbox", "width and height must not be negative, nor above 1e9");
            goto done;
        }
        if ((rc = weir_dataset_add_box(ret, image, &box)))
            goto done;
    }
done:
    weir_id_index_done(&image_ids);
    weir_id_index_done(&category_ids);
    free(ids);
    json_decref(root);
    return rc;
}
