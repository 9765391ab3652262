/*
 * The frame: the one thing that travels from the source to the sink. It starts
 * as a packet, gains a picture, then boxes, and leaves with exactly one outcome.
 * A frame has one owner at a time; what it holds (packet, image) is shared by
 * reference. Not synchronised: it belongs to the thread that holds it.
 */
#ifndef WEIR_MEDIA_FRAME_H
#define WEIR_MEDIA_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "media/boxes.h"
#include "media/image.h"
#include "media/packet.h"
#include "media/truth.h"

/* X(name, text, is a result) */
#define WEIR_OUTCOMES(X)                                                                           \
    X(DETECT, "detect", 1) /* boxes from a detector */                                             \
    X(TRACK, "track", 1) /* boxes carried by the tracker */                                        \
    X(LATE, "late", 0) /* its deadline passed first */                                             \
    X(OVERLOAD, "overload", 0) /* shed: too much work */                                           \
    X(REPLACED, "replaced", 0) /* a newer frame of a live source came */                           \
    X(UNREACHABLE, "unreachable", 0) /* no service could be reached */                             \
    X(CORRUPT, "corrupt", 0) /* could not be decoded or inferred */                                \
    X(STOPPED, "stopped", 0) /* the run ended first */

enum weir_outcome {
    WEIR_OUTCOME_NONE, /* still under way */
#define X(name, text, result) WEIR_OUTCOME_##name,
    WEIR_OUTCOMES(X)
#undef X
        WEIR_OUTCOME_COUNT
};

const char *weir_outcome_name(enum weir_outcome outcome); /* "none" for NONE */
bool weir_outcome_is_result(enum weir_outcome outcome);

/* Instants on the run's clock, ns; 0 where the frame never got there. */
struct weir_times {
    int64_t capture; /* captured; paced files: due; else: read */
    int64_t decode_begin; /* the decoder call that gave the picture */
    int64_t decode_end;
    int64_t prepare_begin; /* taken by a detector: pre-processing starts */
    int64_t infer_begin;
    int64_t infer_end;
    int64_t detect_end; /* post-processing and NMS done */
    int64_t deliver; /* handed to the sinks, in order */
};

/* How a frame was detected, where that is chosen for each. */
struct weir_way {
    const char *model; /* its name */
    int width, height; /* of the picture that it sees: the frame's own, or smaller */
};

struct weir_frame {
    int stream; /* index of the stream in the workflow, 0… */
    int64_t seq; /* 0, 1, … in display order within the stream; -1 before decode */
    int64_t media_ns; /* presentation time in the medium, ns from its start; -1 unknown */
    char *name; /* file name of an image source, else NULL; owned */
    int64_t source_id; /* image id where the source knows one (COCO), else seq */
    struct weir_times times;
    struct weir_packet *packet; /* NULL after decode */
    struct weir_image *image; /* NULL before decode and once no longer needed */
    int width, height; /* of the picture, kept when image is gone; 0 unknown */
    struct weir_boxes boxes;
    int setting; /* index of way in the run; -1: nothing was chosen */
    const struct weir_way *way; /* the run's; NULL: nothing was chosen */
    int64_t deadline_ns; /* on the run's clock, by which its result is wanted; WEIR_FOREVER: none */
    bool below_floor; /* whoever chose expects less accuracy than is wanted */
    struct weir_truth *truth; /* where the source knows it (scenes), else NULL; owned */
    enum weir_outcome outcome;
    struct weir_frame *next; /* for whoever holds it in a list */
};

/* An empty frame of a stream: seq and media_ns -1. NULL: no memory. */
struct weir_frame *weir_frame_new(int stream);
/* Frees it and what it holds. NULL allowed. */
void weir_frame_free(struct weir_frame *frame);

#endif
