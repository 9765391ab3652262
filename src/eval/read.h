/* The readers behind weir_dataset_parse, a file each. ret is empty when they are
 * called and may be half filled when they fail; name is the file's, for errors. */
#ifndef WEIR_EVAL_READ_H
#define WEIR_EVAL_READ_H

#include "eval/dataset.h"

int weir_read_coco(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                   struct weir_error *err);
int weir_read_coco_results(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                           struct weir_error *err);
int weir_read_ndjson(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                     struct weir_error *err);
int weir_read_mot(const char *name, const char *text, size_t len, struct weir_dataset *ret,
                  struct weir_error *err);

/* ids -> indices, for files that refer to things by id */
struct weir_id_index {
    struct weir_id_entry {
        int64_t id;
        size_t index;
    } * entry;
    size_t len;
};

/* Sorted by id; *ret_twice receives an id that occurs twice (EEXIST). 0, ENOMEM, EEXIST. */
int weir_id_index_images(const struct weir_dataset *dataset, struct weir_id_index *ret,
                         int64_t *ret_twice);
int weir_id_index_categories(const struct weir_dataset *dataset, struct weir_id_index *ret,
                             int64_t *ret_twice);
bool weir_id_index_find(const struct weir_id_index *index, int64_t id, size_t *ret_index);
void weir_id_index_done(struct weir_id_index *index);

/* A stated visibility as a box has it: 0 would mean that none is stated, as do values
 * that are no share. */
static inline double weir_eval_stated_visibility(double stated) {
    const double hidden = 1e-9;
    return !(stated >= 0 && stated <= 1) ? 0 : stated < hidden ? hidden : stated;
}

/* Coordinates that can be worked with: finite, within 1e9, sides not negative. */
bool weir_eval_box_valid(const struct weir_eval_box *box);

#endif
