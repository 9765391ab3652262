#include "eval/build.h"

#include "support/support.h"

struct weir_dataset build_dataset(size_t images, size_t categories) {
    struct weir_dataset d = {.format = WEIR_DATASET_COCO};
    for (size_t i = 0; i < images; i++)
        assert_int_equal(weir_dataset_add_image(&d, (int64_t)i, NULL, NULL), 0);
    for (size_t k = 0; k < categories; k++) {
        const char name[] = {(char)('a' + k), 0};
        assert_int_equal(weir_dataset_add_category(&d, (int64_t)k + 1, name, NULL), 0);
    }
    return d;
}

static struct weir_eval_box *add(struct weir_dataset *d, size_t image, struct weir_eval_box box) {
    box.area = box.w * box.h;
    assert_int_equal(weir_dataset_add_box(d, image, &box), 0);
    return &d->image[image].box[d->image[image].len - 1];
}

struct weir_eval_box *build_truth(struct weir_dataset *d, size_t image, int category, double x,
                                  double y, double w, double h) {
    return add(
        d, image,
        (struct weir_eval_box){
            .x = x, .y = y, .w = w, .h = h, .score = 1, .track_id = -1, .category = category});
}

void build_found(struct weir_dataset *d, size_t image, int category, double x, double y, double w,
                 double h, double score) {
    build_truth(d, image, category, x, y, w, h)->score = score;
}

void build_track(struct weir_dataset *d, size_t image, int64_t track, double x, double y, double w,
                 double h) {
    build_truth(d, image, 0, x, y, w, h)->track_id = track;
}
