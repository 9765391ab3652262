/*
 * Labelled boxes of images or frames: ground truth and results alike, whichever
 * file they came from.
 *
 *     weir_dataset_load(truth_path, &truth, &err);
 *     weir_dataset_load(results_path, &results, &err);
 *     weir_dataset_join(&truth, &results, &err);   // now index by index the same
 *     weir_coco_eval(&truth, &results, &ap, &err);
 *
 * Not thread-safe.
 */
#ifndef WEIR_EVAL_DATASET_H
#define WEIR_EVAL_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* What was read; told from the content, not from the file's name. */
enum weir_dataset_format {
    WEIR_DATASET_EMPTY, /* an empty file: nothing was found in any image */
    WEIR_DATASET_COCO, /* an object with images, categories, annotations */
    WEIR_DATASET_COCO_RESULTS, /* an array of {image_id, category_id, bbox, score} */
    WEIR_DATASET_NDJSON, /* Weir's own: one object a line, one line a frame */
    WEIR_DATASET_MOT, /* MOT Challenge text: frame,id,x,y,w,h,score,… */
};

struct weir_eval_box {
    double x, y, w, h; /* pixels; finite, w and h >= 0 */
    double area; /* the annotation's own area (of its mask); else w * h */
    double score; /* finite; 1 for ground truth */
    int64_t track_id; /* -1: none */
    int32_t category; /* index into the dataset's categories */
    double visibility; /* truth: how much of the object is to be seen, (0,1]; 0: not stated */
    bool crowd; /* COCO: a region with many objects, to be ignored */
    /* Truth: neither a miss nor, where something is found there, a hit (MOT truth with
     * flag 0, truth below a limit). A result: no false alarm where it matches nothing. */
    bool ignore;
};

struct weir_eval_image {
    int64_t id; /* COCO: image id; NDJSON: frame; MOT: frame - 1 (its frames count from 1) */
    char *name; /* owned; file name, NULL where there is none */
    struct weir_eval_box *box;
    size_t len, cap;
};

struct weir_eval_category {
    int64_t id; /* COCO: category id; NDJSON: class_id; MOT: 0 */
    char *name; /* owned; NULL where there is none (COCO results, MOT) */
};

struct weir_dataset {
    enum weir_dataset_format format;
    struct weir_eval_image *image;
    size_t images, image_cap;
    struct weir_eval_category *category;
    size_t categories, category_cap;
};

/*
 * Reads a file of any of the formats above, of at most 1 GiB. Errors name the
 * file, the line or record, what was found and what is allowed. ENOENT, ERANGE
 * (too large), EIO, ECORRUPT, EUNSUPPORTED (no known format), ENOMEM.
 */
int weir_dataset_load(const char *path, struct weir_dataset *ret, struct weir_error *err);
/* The same from memory; name is used in errors. text[len] is NUL. */
int weir_dataset_parse(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                       struct weir_error *err);
void weir_dataset_done(struct weir_dataset *dataset);

/* Appends; strings are copied, NULL allowed. 0, ENOMEM. *ret_index may be NULL. */
int weir_dataset_add_image(struct weir_dataset *dataset, int64_t id, const char *name,
                           size_t *ret_index);
int weir_dataset_add_category(struct weir_dataset *dataset, int64_t id, const char *name,
                              size_t *ret_index);
int weir_dataset_add_box(struct weir_dataset *dataset, size_t image,
                         const struct weir_eval_box *box);
/* The category of that name, -1 if there is none. */
int weir_dataset_category(const struct weir_dataset *dataset, const char *name);
/* An empty dataset with the images and categories of another. 0, ENOMEM. */
int weir_dataset_like(const struct weir_dataset *other, struct weir_dataset *ret);

/*
 * Rearranges results (and, where needed, adds empty frames to truth) so that image
 * i and category k mean the same in both. Images go by file name where both have one, else by id;
 * categories by name where both have names, else by id; where either knows no categories (MOT
 * text), all boxes of both become one category. Boxes of a class that truth does not label are left
 * out; so are category ids of COCO's where truth labels a part of COCO's classes by their names
 * and ids, as generated scenes do. EINVAL: truth is a COCO file and results hold an image or
 * another category id that it does not have, or truth has no boxes and no images.
 */
int weir_dataset_join(struct weir_dataset *truth, struct weir_dataset *results,
                      struct weir_error *err);

/* Truth that does not count; 0: no limit. */
struct weir_eval_limits {
    double min_height; /* pixels; a box lower than that is ignored */
    double min_visibility; /* (0,1]; truth of which less is to be seen is ignored */
};
/*
 * Sets `ignore` in both by COCO's rule for what lies outside of an area range: truth below
 * a limit is neither hit nor missed, and a result below the least height that matches
 * nothing is no false alarm. EINVAL: a least visibility, but truth states none.
 */
int weir_dataset_limit(struct weir_dataset *truth, struct weir_dataset *results,
                       const struct weir_eval_limits *limits, struct weir_error *err);

/* Intersection over union of two boxes; in [0,1]. With a crowd, as COCO has it: over
 * the area of box alone. */
double weir_eval_iou(const struct weir_eval_box *box, const struct weir_eval_box *truth);

#endif
