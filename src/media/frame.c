/*
 * The frame and its outcome. The frame has one owner, so nothing here locks;
 * the table of outcomes comes from one X-macro and so does every name that a
 * sink or a report prints.
 */
#include "media/frame.h"

#include <stdlib.h>

static const struct {
    const char *name;
    bool result;
} outcomes[WEIR_OUTCOME_COUNT] = {[WEIR_OUTCOME_NONE] = {"none", false},
#define X(name, text, result) [WEIR_OUTCOME_##name] = {text, result},
                                  WEIR_OUTCOMES(X)
#undef X
};

const char *weir_outcome_name(enum weir_outcome outcome) {
    return (unsigned)outcome < WEIR_OUTCOME_COUNT ? outcomes[outcome].name : "?";
}

bool weir_outcome_is_result(enum weir_outcome outcome) {
    return (unsigned)outcome < WEIR_OUTCOME_COUNT && outcomes[outcome].result;
}

struct weir_frame *weir_frame_new(int stream) {
    struct weir_frame *frame = calloc(1, sizeof *frame);
    if (!frame)
        return NULL;
    frame->stream = stream;
    frame->seq = -1;
    frame->media_ns = -1;
    frame->setting = -1;
    frame->deadline_ns = WEIR_FOREVER;
    return frame;
}

void weir_frame_free(struct weir_frame *frame) {
    if (!frame)
        return;
    free(frame->name);
    weir_packet_unref(&frame->packet);
    weir_image_unref(&frame->image);
    weir_boxes_done(&frame->boxes);
    if (frame->truth)
        weir_truth_done(frame->truth);
    free(frame->truth);
    free(frame);
}
