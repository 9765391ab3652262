/*
 * Datasets in memory: growing, telling formats apart, and making truth and
 * results agree on what image i and category k are. After the join everything
 * downstream works with indices and never looks anything up.
 */
#include "eval/dataset.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/read.h"
#include "media/media.h"

static const size_t file_max_bytes = (size_t)1 << 30;

void weir_dataset_done(struct weir_dataset *dataset) {
    for (size_t i = 0; i < dataset->images; i++) {
        free(dataset->image[i].name);
        free(dataset->image[i].box);
    }
    for (size_t k = 0; k < dataset->categories; k++)
        free(dataset->category[k].name);
    free(dataset->image);
    free(dataset->category);
    *dataset = (struct weir_dataset){0};
}

static int grow(void **data, size_t *cap, size_t len, size_t size) {
    if (len < *cap)
        return 0;
    size_t more = *cap ? *cap * 2 : 8;
    void *p = realloc(*data, more * size);
    if (!p)
        return WEIR_ENOMEM;
    *data = p;
    *cap = more;
    return 0;
}

static int copy_name(const char *name, char **ret) {
    char *copy = name ? strdup(name) : NULL;
    if (name && !copy)
        return WEIR_ENOMEM;
    *ret = copy;
    return 0;
}

int weir_dataset_add_image(struct weir_dataset *dataset, int64_t id, const char *name,
                           size_t *ret_index) {
    void *data = dataset->image;
    int rc = grow(&data, &dataset->image_cap, dataset->images, sizeof *dataset->image);
    dataset->image = data;
    struct weir_eval_image image = {.id = id};
    if (!rc)
        rc = copy_name(name, &image.name);
    if (rc)
        return rc;
    if (ret_index)
        *ret_index = dataset->images;
    dataset->image[dataset->images++] = image;
    return 0;
}

int weir_dataset_add_category(struct weir_dataset *dataset, int64_t id, const char *name,
                              size_t *ret_index) {
    void *data = dataset->category;
    int rc = grow(&data, &dataset->category_cap, dataset->categories, sizeof *dataset->category);
    dataset->category = data;
    struct weir_eval_category category = {.id = id};
    if (!rc)
        rc = copy_name(name, &category.name);
    if (rc)
        return rc;
    if (ret_index)
        *ret_index = dataset->categories;
    dataset->category[dataset->categories++] = category;
    return 0;
}

int weir_dataset_add_box(struct weir_dataset *dataset, size_t image,
                         const struct weir_eval_box *box) {
    struct weir_eval_image *im = &dataset->image[image];
    void *data = im->box;
    int rc = grow(&data, &im->cap, im->len, sizeof *im->box);
    im->box = data;
    if (rc)
        return rc;
    im->box[im->len++] = *box;
    return 0;
}

int weir_dataset_category(const struct weir_dataset *dataset, const char *name) {
    for (size_t k = 0; k < dataset->categories; k++)
        if (dataset->category[k].name && !strcmp(dataset->category[k].name, name))
            return (int)k;
    return -1;
}

int weir_dataset_like(const struct weir_dataset *other, struct weir_dataset *ret) {
    struct weir_dataset made = {.format = other->format};
    int rc = 0;
    for (size_t i = 0; !rc && i < other->images; i++)
        rc = weir_dataset_add_image(&made, other->image[i].id, other->image[i].name, NULL);
    for (size_t k = 0; !rc && k < other->categories; k++)
        rc = weir_dataset_add_category(&made, other->category[k].id, other->category[k].name, NULL);
    if (rc) {
        weir_dataset_done(&made);
        return rc;
    }
    *ret = made;
    return 0;
}

bool weir_eval_box_valid(const struct weir_eval_box *box) {
    const double most = 1e9;
    /* written so that NaN fails */
    return fabs(box->x) <= most && fabs(box->y) <= most && box->w >= 0 && box->w <= most &&
           box->h >= 0 && box->h <= most && box->area >= 0 && box->area <= most * most &&
           fabs(box->score) <= most;
}

double weir_eval_iou(const struct weir_eval_box *box, const struct weir_eval_box *truth) {
    double w = fmin(box->x + box->w, truth->x + truth->w) - fmax(box->x, truth->x);
    double h = fmin(box->y + box->h, truth->y + truth->h) - fmax(box->y, truth->y);
    if (w <= 0 || h <= 0)
        return 0;
    double inter = w * h, own = box->w * box->h;
    double whole = truth->crowd ? own : own + truth->w * truth->h - inter;
    return whole > 0 ? inter / whole : 0;
}

/* ---- ids -> indices ---- */

static int by_id(const void *a, const void *b) {
    const struct weir_id_entry *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int index_finish(struct weir_id_index *index, int64_t *ret_twice) {
    if (index->len)
        qsort(index->entry, index->len, sizeof *index->entry, by_id);
    for (size_t i = 1; i < index->len; i++) {
        if (index->entry[i].id == index->entry[i - 1].id) {
            *ret_twice = index->entry[i].id;
            weir_id_index_done(index);
            return WEIR_EEXIST;
        }
    }
    return 0;
}

int weir_id_index_images(const struct weir_dataset *dataset, struct weir_id_index *ret,
                         int64_t *ret_twice) {
    struct weir_id_index index = {.entry = malloc((dataset->images + 1) * sizeof *index.entry)};
    if (!index.entry)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < dataset->images; i++)
        index.entry[index.len++] = (struct weir_id_entry){dataset->image[i].id, i};
    int rc = index_finish(&index, ret_twice);
    if (!rc)
        *ret = index;
    return rc;
}

int weir_id_index_categories(const struct weir_dataset *dataset, struct weir_id_index *ret,
                             int64_t *ret_twice) {
    struct weir_id_index index = {.entry = malloc((dataset->categories + 1) * sizeof *index.entry)};
    if (!index.entry)
        return WEIR_ENOMEM;
    for (size_t k = 0; k < dataset->categories; k++)
        index.entry[index.len++] = (struct weir_id_entry){dataset->category[k].id, k};
    int rc = index_finish(&index, ret_twice);
    if (!rc)
        *ret = index;
    return rc;
}

bool weir_id_index_find(const struct weir_id_index *index, int64_t id, size_t *ret_index) {
    struct weir_id_entry key = {.id = id};
    const struct weir_id_entry *found =
        index->len ? bsearch(&key, index->entry, index->len, sizeof key, by_id) : NULL;
    if (found)
        *ret_index = found->index;
    return found;
}

void weir_id_index_done(struct weir_id_index *index) {
    free(index->entry);
    *index = (struct weir_id_index){0};
}

/* ---- reading ---- */

/* Weir's own lines and COCO's file both begin with '{': a line that closes itself and
 * is followed by another one, or names its frame and has no images, is ours. */
static bool looks_like_ndjson(const char *text, size_t len) {
    const char *end = memchr(text, '\n', len);
    size_t line = end ? (size_t)(end - text) : len;
    if (!memmem(text, line, "\"frame\"", 7))
        return false;
    return !memmem(text, line, "\"annotations\"", 13);
}

int weir_dataset_parse(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                       struct weir_error *err) {
    struct weir_dataset made = {0};
    size_t at = 0;
    if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        at = 3; /* a byte order mark */
    size_t start = at;
    while (at < len && isspace((unsigned char)text[at]))
        at++;
    int rc = 0;
    if (at == len)
        made.format = WEIR_DATASET_EMPTY;
    else if (text[at] == '[')
        rc = weir_read_coco_results(name, text + start, len - start, &made, err);
    else if (text[at] == '{' && looks_like_ndjson(text + at, len - at))
        rc = weir_read_ndjson(name, text + start, len - start, &made, err);
    else if (text[at] == '{')
        rc = weir_read_coco(name, text + start, len - start, &made, err);
    else if (isdigit((unsigned char)text[at]) || text[at] == '-')
        rc = weir_read_mot(name, text + start, len - start, &made, err);
    else
        rc =
            weir_fail(err, WEIR_EUNSUPPORTED,
                      "%s: not a known format: expected COCO annotations ({\"images\": …}), COCO "
                      "results ([{\"image_id\": …}]), Weir's NDJSON ({\"stream\": …, \"frame\": …} "
                      "a line) or MOT Challenge text (frame,id,x,y,w,h,score)",
                      name);
    if (rc == WEIR_ENOMEM)
        weir_fail(err, rc, "%s: out of memory", name);
    if (rc)
        weir_dataset_done(&made);
    else
        *ret = made;
    return rc;
}

int weir_dataset_load(const char *path, struct weir_dataset *ret, struct weir_error *err) {
    char *text = NULL;
    size_t len = 0;
    int rc = weir_file_read(path, file_max_bytes, &text, &len, err);
    if (rc)
        return rc;
    rc = weir_dataset_parse(path, text, len, ret, err);
    free(text);
    return rc;
}

/* ---- joining ---- */

static bool has_names(const struct weir_dataset *d) {
    for (size_t k = 0; k < d->categories; k++)
        if (!d->category[k].name)
            return false;
    return d->categories > 0;
}

static bool classless(const struct weir_dataset *d) {
    return d->format == WEIR_DATASET_MOT;
}

static void one_category(struct weir_dataset *d) {
    for (size_t i = 0; i < d->images; i++)
        for (size_t b = 0; b < d->image[i].len; b++)
            d->image[i].box[b].category = 0;
    for (size_t k = 1; k < d->categories; k++)
        free(d->category[k].name);
    if (d->categories)
        d->categories = 1;
}

/* The class of COCO with that category id; -1: a gap in its numbering. */
static int coco_class(const struct weir_labels *coco, int64_t id) {
    for (size_t c = 0; c < coco->len; c++)
        if (weir_labels_coco_id(coco, (int)c) == id)
            return (int)c;
    return -1;
}

/* Does every category bear the name and the id of a class of COCO? */
static bool is_part_of_coco(const struct weir_dataset *d, const struct weir_labels *coco) {
    for (size_t k = 0; k < d->categories; k++) {
        int c = coco_class(coco, d->category[k].id);
        if (c < 0 || !d->category[k].name ||
            strcmp(d->category[k].name, weir_labels_name(coco, c)) != 0)
            return false;
    }
    return true;
}

/* map[k]: the truth's category of the results' category k, or -1. */
static int map_categories(const struct weir_dataset *truth, const struct weir_dataset *results,
                          int *map, struct weir_error *err) {
    bool names = has_names(truth) && has_names(results);
    bool strict = truth->format == WEIR_DATASET_COCO && !names;
    struct weir_id_index ids = {0};
    int64_t twice = 0;
    struct weir_labels *coco = weir_labels_coco();
    int rc = coco ? weir_id_index_categories(truth, &ids, &twice) : WEIR_ENOMEM;
    if (rc) {
        weir_labels_unref(&coco);
        return weir_fail(err, rc == WEIR_EEXIST ? WEIR_EINVAL : rc,
                         rc == WEIR_ENOMEM ? "out of memory"
                                           : "ground truth: category id %" PRId64 " occurs twice",
                         twice);
    }
    bool part = strict && is_part_of_coco(truth, coco);
    for (size_t k = 0; !rc && k < results->categories; k++) {
        size_t at = 0;
        map[k] = -1;
        if (names)
            map[k] = weir_dataset_category(truth, results->category[k].name);
        else if (weir_id_index_find(&ids, results->category[k].id, &at))
            map[k] = (int)at;
        else if (strict && !(part && coco_class(coco, results->category[k].id) >= 0))
            rc = weir_fail(err, WEIR_EINVAL,
                           "results: category_id %" PRId64
                           " is not among the categories of the ground truth; are the two files "
                           "of the same data set?",
                           results->category[k].id);
    }
    weir_id_index_done(&ids);
    weir_labels_unref(&coco);
    return rc;
}

static bool find_name(const struct weir_dataset *d, const char *name, size_t *ret_index) {
    for (size_t i = 0; i < d->images; i++) {
        if (d->image[i].name && !strcmp(weir_path_base(d->image[i].name), weir_path_base(name))) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

/* place[i]: the truth's image of the results' image i; missing frames are added to truth. */
static int map_images(struct weir_dataset *truth, const struct weir_dataset *results, size_t *place,
                      struct weir_error *err) {
    struct weir_id_index ids = {0};
    int64_t twice = 0;
    int rc = weir_id_index_images(truth, &ids, &twice);
    if (rc)
        return weir_fail(err, rc == WEIR_EEXIST ? WEIR_EINVAL : rc,
                         "ground truth: image id %" PRId64 " occurs twice", twice);
    for (size_t i = 0; !rc && i < results->images; i++) {
        const struct weir_eval_image *im = &results->image[i];
        if (im->name && find_name(truth, im->name, &place[i]))
            continue;
        if (weir_id_index_find(&ids, im->id, &place[i]))
            continue;
        if (truth->format == WEIR_DATASET_COCO)
            rc = weir_fail(err, WEIR_EINVAL,
                           "results: image_id %" PRId64
                           " is not among the images of the ground truth; are the two files of "
                           "the same data set?",
                           im->id);
        else
            rc = weir_dataset_add_image(truth, im->id, im->name, &place[i]);
    }
    weir_id_index_done(&ids);
    return rc;
}

int weir_dataset_join(struct weir_dataset *truth, struct weir_dataset *results,
                      struct weir_error *err) {
    if (!truth->images)
        return weir_fail(err, WEIR_EINVAL,
                         "ground truth: it names no image and no frame, so nothing can be "
                         "measured; give a file with annotations");
    struct weir_dataset made = {0};
    int *map = malloc((results->categories + 1) * sizeof *map);
    size_t *place = malloc((results->images + 1) * sizeof *place);
    int rc = map && place ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc && (classless(truth) || classless(results))) {
        one_category(truth);
        one_category(results);
        if (results->categories)
            results->category[0].id = 0;
        if (truth->categories)
            truth->category[0].id = 0;
        else
            rc = weir_dataset_add_category(truth, 0, NULL, NULL);
        map[0] = 0;
    } else if (!rc) {
        rc = map_categories(truth, results, map, err);
    }
    if (!rc)
        rc = map_images(truth, results, place, err);
    if (!rc)
        rc = weir_dataset_like(truth, &made);
    if (rc)
        goto fail;
    made.format = results->format;
    for (size_t i = 0; i < results->images; i++) {
        for (size_t b = 0; b < results->image[i].len; b++) {
            struct weir_eval_box box = results->image[i].box[b];
            box.category = map[box.category];
            if (box.category < 0)
                continue;
            rc = weir_dataset_add_box(&made, place[i], &box);
            if (rc)
                goto fail;
        }
    }
    free(map);
    free(place);
    weir_dataset_done(results);
    *results = made;
    return 0;
fail:
    if (rc == WEIR_ENOMEM)
        weir_fail(err, rc, "out of memory");
    free(map);
    free(place);
    weir_dataset_done(&made);
    return rc;
}

/* ---- limits ---- */

static bool states_visibility(const struct weir_dataset *d) {
    bool any = false;
    for (size_t i = 0; i < d->images; i++)
        for (size_t b = 0; b < d->image[i].len; b++) {
            if (d->image[i].box[b].visibility > 0)
                return true;
            any = true;
        }
    return !any;
}

int weir_dataset_limit(struct weir_dataset *truth, struct weir_dataset *results,
                       const struct weir_eval_limits *limits, struct weir_error *err) {
    if (limits->min_visibility > 0 && !states_visibility(truth))
        return weir_fail(err, WEIR_EINVAL,
                         "a least visibility is given, but the ground truth does not state how "
                         "much of its objects is to be seen (\"visibility\" in COCO's "
                         "annotations, column 9 in MOT's)");
    for (size_t i = 0; i < truth->images; i++) {
        for (size_t b = 0; b < truth->image[i].len; b++) {
            struct weir_eval_box *box = &truth->image[i].box[b];
            box->ignore |= box->h < limits->min_height;
            box->ignore |= box->visibility > 0 && box->visibility < limits->min_visibility;
        }
    }
    for (size_t i = 0; i < results->images; i++)
        for (size_t b = 0; b < results->image[i].len; b++)
            results->image[i].box[b].ignore |= results->image[i].box[b].h < limits->min_height;
    return 0;
}
