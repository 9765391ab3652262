/*
 * How well a model sees: how likely it finds an object, and how many false alarms a picture
 * has, by the object's height in pixels of the model's input. Read from the NAME.accuracy.json
 * that `weir profile SOURCE` and `weir eval scenes --profile-out` write. Constant once read: any
 * thread may look.
 */
#ifndef WEIR_PROFILE_SIGHT_H
#define WEIR_PROFILE_SIGHT_H

#include "base/base.h"

/* WEIR_SIGHT_NAME: bytes of a name, its end included */
enum { WEIR_SIGHT_BINS_MAX = 32, WEIR_SIGHT_CLASSES_MAX = 128, WEIR_SIGHT_NAME = 48 };

struct weir_sight_class {
    char name[WEIR_SIGHT_NAME];
    /* Probability by bin, [0,1]; thin bins lean on their neighbours and on all classes
     * together (sight.c says how much). */
    double found[WEIR_SIGHT_BINS_MAX];
    /* A picture, by the height of the detection. The file pools several input widths: this is
     * the mean over them, more than a narrow input has and less than a wide one. */
    double false_alarms[WEIR_SIGHT_BINS_MAX];
};

struct weir_sight {
    char model[WEIR_SIGHT_NAME];
    double conf; /* the threshold that all this holds for */
    int bins; /* bin i: heights edge[i] to edge[i + 1], the last without end */
    double edge[WEIR_SIGHT_BINS_MAX]; /* pixels of the model's input, rising, > 0 */
    struct weir_sight_class *class_of; /* [classes] */
    int classes;
};

/*
 * EINVAL (not such a file: place and remedy in err), ENOENT, EIO, ENOMEM. *ret untouched on
 * failure.
 */
int weir_sight_read(const char *path, struct weir_sight *ret, struct weir_error *err);
/* Where a model has it written down: "models/street_n.accuracy.json" of "models/street_n.onnx".
 * Heap, NULL: no memory. */
char *weir_sight_path(const char *model_path);
/* The threshold that a model's accuracy was measured at; *ret_conf stays as it is where nobody has
 * measured it. EINVAL: the file is broken; EIO, ENOMEM. */
int weir_sight_conf(const char *model_path, double *ret_conf, struct weir_error *err);
void weir_sight_done(struct weir_sight *sight); /* NULL and zeroed allowed */

/* The index of a class by name; -1: the model does not know it. */
int weir_sight_class(const struct weir_sight *sight, const char *name);

/* Interpolated between the middles of bins over the logarithm of the height; below the first
 * bin 0, above the last as there. class_id within bounds; height > 0. */
double weir_sight_found(const struct weir_sight *sight, int class_id, double height);

#endif
