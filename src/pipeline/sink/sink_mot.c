/*
 * mot: DIR/<stream>.mot.txt, tracks in the text format of the MOT Challenge:
 *
 *     frame,id,left,top,width,height,conf,-1,-1,-1
 *
 * with frames and coordinates counted from 1. Boxes of results only; with
 * tracking on only those that belong to a track, without it all of them under
 * the id -1. The file appears when it is whole.
 */
#include <stdlib.h>

#include "pipeline/sink/sink.h"
#include "pipeline/sink/text.h"

struct mot {
    struct weir_stage stage;
    struct weir_text text;
    bool tracked;
};

static int mot_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct mot *mot = (struct mot *)stage;
    size_t mark = mot->text.buf.len;
    if (!weir_outcome_is_result(frame->outcome))
        return 0;
    for (size_t i = 0; i < frame->boxes.len; i++) {
        const struct weir_box *b = &frame->boxes.data[i];
        if (mot->tracked && b->track_id <= 0)
            continue;
        weir_buf_printf(&mot->text.buf, "%lld,%d,%.2f,%.2f,%.2f,%.2f,%.4f,-1,-1,-1\n",
                        (long long)frame->seq + 1, mot->tracked ? (int)b->track_id : -1,
                        (double)b->x0 + 1, (double)b->y0 + 1, (double)b->x1 - b->x0,
                        (double)b->y1 - b->y0, (double)b->score);
    }
    return weir_text_end_record(&mot->text, mark, err);
}

static int mot_drain(struct weir_stage *stage, struct weir_error *err) {
    return weir_text_commit(&((struct mot *)stage)->text, err);
}

static void mot_free(struct weir_stage *stage) {
    struct mot *mot = (struct mot *)stage;
    weir_text_done(&mot->text);
    free(mot);
}

static const struct weir_stage_ops mot_ops = {
    .name = "mot",
    .push = mot_push,
    .drain = mot_drain,
    .free = mot_free,
};

static int mot_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                    struct weir_error *err) {
    int rc;
    char *path = weir_sink_path(conf, ".mot.txt");
    struct mot *mot = calloc(1, sizeof *mot);
    if (!path || !mot) {
        rc = weir_fail(err, WEIR_ENOMEM, "no memory for the sink mot");
        goto fail;
    }
    mot->stage.ops = &mot_ops;
    mot->stage.frames_total = -1;
    mot->tracked = conf->workflow->set.track.enabled;
    rc = weir_sink_check_target(conf, path, err);
    if (!rc)
        rc = weir_text_open(&mot->text, path, err);
    if (rc)
        goto fail;
    free(path);
    *ret_stage = &mot->stage;
    return 0;

fail:
    if (mot)
        mot_free(&mot->stage);
    free(path);
    return rc;
}

const struct weir_sink_row weir_sink_mot = {
    .name = "mot",
    .about = "DIR/<stream>.mot.txt: tracks in the MOT Challenge's format",
    .needs_path = true,
    .open = mot_open,
};
