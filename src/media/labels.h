/* Class names of a model, reference-counted and read-only. */
#ifndef WEIR_MEDIA_LABELS_H
#define WEIR_MEDIA_LABELS_H

#include <stddef.h>

#include "base/base.h"

struct weir_labels {
    struct weir_ref ref;
    size_t len;
    char **name; /* len owned strings */
};

/* Copies the names. NULL: no memory. */
struct weir_labels *weir_labels_new(const char *const *names, size_t len);
/* The 80 classes of COCO, in the order in which detectors number them. */
struct weir_labels *weir_labels_coco(void);
/* "class_0" … "class_<len-1>" */
struct weir_labels *weir_labels_numbered(size_t len);
struct weir_labels *weir_labels_ref(struct weir_labels *labels);
void weir_labels_unref(struct weir_labels **labels);

/* The name of a class, "?" outside the list; owned by labels. */
const char *weir_labels_name(const struct weir_labels *labels, int class_id);
/* The class of that name, -1 if there is none. */
int weir_labels_find(const struct weir_labels *labels, const char *name);
/* COCO's category id (1–90, with its gaps) where the class bears the name of a
 * COCO class, else class_id + 1. */
int weir_labels_coco_id(const struct weir_labels *labels, int class_id);

#endif
