/*
 * What stages cost on a machine, as it was measured there: milliseconds of inference by
 * (model, size, batch), of reduce, encode and decode by size, bytes by (size, codec, quality).
 * One JSON file, readable, with the machine's identity. Asked for something in between it
 * interpolates, beyond it extrapolates without nonsense: never negative, and of inference
 * and codecs never falling with pixels (costs_predict.c says how). Constant once read: any thread
 * may look.
 */
#ifndef WEIR_PROFILE_COSTS_H
#define WEIR_PROFILE_COSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

enum weir_costs_codec { WEIR_COSTS_JPEG, WEIR_COSTS_H264, WEIR_COSTS_CODECS };

struct weir_costs_machine {
    char cpu[128], kernel[64], program[32]; /* model name, release, version of weir */
    int cores;
    char measured[32]; /* when; ISO 8601, UTC */
};

/* One call with `batch` pictures, CPU time of one thread. The pictures are as wide as the input
 * and lower where its height is rounded up: as they are sent. */
struct weir_costs_infer {
    char model[48];
    int width, height, batch; /* the model's input */
    double ms, high_ms; /* median, 95% quantile; pre- and post-processing included */
    int64_t seen; /* inferences that it was made of; 0: not known */
};

struct weir_costs_reduce {
    int from_width, from_height, width, height;
    double ms; /* median */
};

struct weir_costs_code {
    enum weir_costs_codec codec;
    int width, height, quality; /* as struct weir_setting */
    double encode_ms, decode_ms, bytes; /* medians, mean; H.264: of what is no keyframe */
    double key_bytes; /* mean of keyframes; JPEG: bytes */
};

struct weir_costs {
    struct weir_costs_machine machine;
    struct weir_costs_infer *infer; /* sorted by model, batch, pixels */
    struct weir_costs_reduce *reduce; /* sorted by pixels from, pixels to */
    struct weir_costs_code *code; /* sorted by codec, quality, pixels */
    int infers, reduces, codes;
};

/* The machine that this runs on, now. Never fails: what cannot be found out is "unknown". */
void weir_costs_this_machine(struct weir_costs_machine *ret);
/* Of the same processor, with as many cores: a new kernel or program makes no other machine. */
bool weir_costs_same_machine(const struct weir_costs_machine *a,
                             const struct weir_costs_machine *b);

/* Where the user's profile is kept unless another place is named: $WEIR_PROFILE, else
 * ~/.local/share/weir/profile.json. A heap string; ENOENT (neither is set), ENOMEM. */
int weir_costs_path(char **ret_path, struct weir_error *err);

/* EINVAL (every error of the document at once: place, found, allowed), ENOENT, EIO, ENOMEM.
 * *ret untouched on failure; its points are sorted. */
int weir_costs_read(const char *path, struct weir_costs *ret, struct weir_error *err);
/* Points come in any order. ENOMEM, and as weir_file_write_all. */
int weir_costs_write(const char *path, const struct weir_costs *costs, struct weir_error *err);
/* The document as text: what write would write. */
void weir_costs_print(const struct weir_costs *costs, struct weir_buf *out);
/* For who fills one by hand: brings the points into the order that looking things up needs. */
void weir_costs_sort(struct weir_costs *costs);
/* Points of inference that a document may have. */
enum { WEIR_COSTS_POINTS_MAX = 20000 };
void weir_costs_done(struct weir_costs *costs); /* NULL and zeroed allowed */

/* "jpeg", "h264". */
const char *weir_costs_codec_name(enum weir_costs_codec codec);
/* The index, -1: none of that name. */
int weir_costs_codec_by_name(const char *name);

/* Nanoseconds (bytes: bytes); -1: the profile says nothing of that model or codec. Sizes and
 * batch >= 1; a quality that was not measured is taken as the nearest that was, or as what lies
 * between two. A picture reduced to its own size costs nothing. */
int64_t weir_costs_infer_ns(const struct weir_costs *costs, const char *model, int width,
                            int height, int batch);
int64_t weir_costs_reduce_ns(const struct weir_costs *costs, int from_width, int from_height,
                             int width, int height);
int64_t weir_costs_encode_ns(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                             int height, int quality);
int64_t weir_costs_decode_ns(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                             int height, int quality);
int64_t weir_costs_bytes(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                         int height, int quality);

/*
 * Drift: is what is observed what the profile says? One object for one thing that is
 * measured over and over. Zeroed is new.
 */
struct weir_drift {
    double ratio; /* observed / profile: their geometric mean over about 50 observations,
                   * exponentially weighted; 0: nothing was seen */
    int64_t seen;
    bool told; /* drifted said true, and not yet back */
};
/* Both > 0. */
void weir_drift_saw(struct weir_drift *drift, int64_t profile_ns, int64_t observed_ns);
/* True once each time it has left what is usual: over 1.25 or under 0.8 after 50 observations,
 * until it came back within 1.15 and 0.87. */
bool weir_drift_news(struct weir_drift *drift);

#endif
