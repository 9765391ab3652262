/*
 * What accuracy a stream would have now in each of the ways to analyse it, relative to its
 * reference, and how far below that it might be: what strategies hold against the floor.
 * One object for one stream. Pure: told what was found, it predicts; no clock, no I/O.
 *
 * It keeps how many objects of each class and height the stream has shown lately, in
 * pixels of its own pictures. A detection stands for 1 / p objects, p being how likely the way
 * that found it finds one of that height; at most for 5. Where p < 0.2 seeing nothing says
 * nothing: such heights are learnt from audits alone, and frames that could not see them
 * do not make them fade. Expected true and false positives of a way follow from its model's
 * sight, and so does its F1 over that of the reference.
 *
 * Audits (frames that an auditor analysed, too) correct it: how well a way agrees with the auditor,
 * held against how well the reference does (audit.c). The auditor is the reference itself, whose
 * second look then tells how well it agrees with itself; or, better, its model on the picture
 * enlarged. Other ways than the viewer's may be compared on the same frames, where the picture is
 * at hand. The mean residual of each way is added, and the margin is adaptive conformal (Gibbs and
 * Candes 2021): the quantile of the shortfalls seen, at a level that moves so that at most `miss`
 * of the windows fall short of what was promised (accuracy less margin), and so below the floor
 * where a strategy keeps to it.
 */
#ifndef WEIR_SCHED_FLOOR_H
#define WEIR_SCHED_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

/* A way to analyse a frame, as far as accuracy goes. */
struct weir_floor_way {
    int model; /* index into sights */
    double scale; /* pixels of the model's input to one of the stream's pictures, > 0 */
    int kin; /* ways of one model and scale, whatever their codec, quality or node, share a
              * number >= 0 */
};

struct weir_floor_conf {
    const struct weir_sight *sight; /* [models]; outlives the object */
    int models;
    const struct weir_floor_way *way; /* [ways]; copied */
    int ways;
    int reference; /* index into ways */
    int auditor; /* likewise: the reference, or one that sees more than it does */
    double min_accuracy; /* the floor, [0,1]: what is worth comparing; what is predicted does not
                          * depend on it */
    double rate_fps; /* of the stream; > 0 */
    double memory_s; /* how fast what was seen fades: to 1/e in that time; > 0 */
    double window_s; /* over which the floor is to hold; > 0 */
    double miss; /* share of windows that may fall below it, (0,1): 0.01 */
    double bend; /* (0,1]: 1 if models err independently of each other, less the more alike; audit.c
                  * says how it is used, sim/recorded.c how it was measured */
    double self; /* (0,1]: agreement of the reference with the auditor, until it is known better */
    double least_height; /* pixels of the stream's pictures: what is lower does not count, neither
                          * as an object nor as a false alarm; 0: 8 */
};

/* In pixels of the stream's pictures; only boxes at or above the model's threshold. Boxes that are
 * not finite, are empty or of no known class are passed over; of a frame the first
 * WEIR_FLOOR_BOXES_MAX that are none of these are looked at. */
enum { WEIR_FLOOR_BOXES_MAX = 512 };

struct weir_floor_box {
    float x0, y0, x1, y1;
    int class_id; /* index into the classes of the first sight */
    float score;
};

struct weir_floor;

/* EINVAL (what, in err), ENOMEM. */
int weir_floor_new(const struct weir_floor_conf *conf, struct weir_floor **ret,
                   struct weir_error *err);
void weir_floor_free(struct weir_floor *floor); /* NULL allowed */

/* A result of this way came. now_ns never falls. Does not allocate. */
void weir_floor_seen(struct weir_floor *floor, int64_t now_ns, int way,
                     const struct weir_floor_box *box, size_t len);

/* The auditor analysed a frame, too, for which the viewer had these boxes, found by that way; -1:
 * the viewer had nothing. Does not allocate. */
void weir_floor_audited(struct weir_floor *floor, int64_t now_ns, int way,
                        const struct weir_floor_box *box, size_t len,
                        const struct weir_floor_box *auditor, size_t auditor_len);

/*
 * Ways that are worth trying on the next frame to be audited, where the auditor sees it as
 * `look`, one of its kin, though the viewer gets what `way` finds (-1: nothing): the number, 0 to
 * WEIR_FLOOR_COMPARED_MAX. Among them may be one of the reference's kin, where it is the auditor
 * its picture as another codec leaves it: that tells how well the reference agrees with the
 * auditor.
 */
enum { WEIR_FLOOR_COMPARED_MAX = 3 };
int weir_floor_compare(const struct weir_floor *floor, int way, int look,
                       int ret_way[WEIR_FLOOR_COMPARED_MAX]);

/* That way and the auditor had these boxes in one frame. Before the scene is settled it is passed
 * over. Does not allocate. */
void weir_floor_compared(struct weir_floor *floor, int way, const struct weir_floor_box *box,
                         size_t len, const struct weir_floor_box *auditor, size_t auditor_len);

/* Might a way hold the floor of which audits have said little yet? Then more of them are worth
 * having, for the first 60 of a scene. */
bool weir_floor_curious(const struct weir_floor *floor);

/*
 * Accuracy relative to the reference, [0,1.2], and margin >= 0; the margin of the reference
 * itself is 0. Before anything was seen, and after a change of scene, only the reference has
 * an accuracy above 0: begin there. A few nanoseconds: worked out when something is told.
 */
void weir_floor_predict(const struct weir_floor *floor, int way, double *ret_accuracy,
                        double *ret_margin);

/* What the last audits said themselves, over about a window: accuracy relative to the reference, of
 * what was delivered; NaN before any. For reports. */
double weir_floor_audit(const struct weir_floor *floor);

/* Is a frame to be audited? Drawn by a hash of stream, frame and seed, stratified in time: one of
 * each `every` frames, whatever this one shows. every >= 1. */
bool weir_floor_draw(uint64_t seed, int stream, int64_t frame, int64_t every);

#endif
