/*
 * coco: DIR/<stream>.coco.json, detections in the results format of COCO's
 * evaluator: one array of {image_id, category_id, bbox: [x, y, w, h], score}.
 * Boxes of results only. image_id is what the source knows (a COCO image id),
 * else the frame's number; category_id is COCO's own (1–90) where the model's
 * classes bear COCO's names. The file appears when it is whole.
 */
#include <stdlib.h>

#include "pipeline/sink/sink.h"
#include "pipeline/sink/text.h"

struct coco {
    struct weir_stage stage;
    struct weir_text text;
    const struct weir_labels *labels;
    bool begun; /* a record was written: the next needs a comma */
};

static void add_box(struct coco *coco, const struct weir_frame *frame, const struct weir_box *box,
                    bool comma) {
    struct weir_json json;
    weir_buf_puts(&coco->text.buf, comma ? ",\n" : "[\n");
    weir_json_init(&json, &coco->text.buf);
    weir_json_object(&json);
    weir_json_key_int(&json, "image_id", frame->source_id);
    weir_json_key_int(&json, "category_id", weir_sink_category(coco->labels, box->class_id));
    weir_json_key(&json, "bbox");
    weir_json_array(&json);
    weir_json_num(&json, box->x0, 3);
    weir_json_num(&json, box->y0, 3);
    weir_json_num(&json, (double)box->x1 - box->x0, 3);
    weir_json_num(&json, (double)box->y1 - box->y0, 3);
    weir_json_end_array(&json);
    weir_json_key_num(&json, "score", box->score, 5);
    weir_json_end_object(&json);
}

static int coco_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct coco *coco = (struct coco *)stage;
    size_t mark = coco->text.buf.len;
    if (!weir_outcome_is_result(frame->outcome) || !frame->boxes.len)
        return 0;
    for (size_t i = 0; i < frame->boxes.len; i++)
        add_box(coco, frame, &frame->boxes.data[i], coco->begun || i > 0);
    int rc = weir_text_end_record(&coco->text, mark, err);
    coco->begun = coco->begun || !rc;
    return rc;
}

static int coco_drain(struct weir_stage *stage, struct weir_error *err) {
    struct coco *coco = (struct coco *)stage;
    weir_buf_puts(&coco->text.buf, coco->begun ? "\n]\n" : "[]\n");
    return weir_text_commit(&coco->text, err);
}

static void coco_free(struct weir_stage *stage) {
    struct coco *coco = (struct coco *)stage;
    weir_text_done(&coco->text);
    free(coco);
}

static const struct weir_stage_ops coco_ops = {
    .name = "coco",
    .push = coco_push,
    .drain = coco_drain,
    .free = coco_free,
};

static int coco_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                     struct weir_error *err) {
    int rc;
    char *path = weir_sink_path(conf, ".coco.json");
    struct coco *coco = calloc(1, sizeof *coco);
    if (!path || !coco) {
        rc = weir_fail(err, WEIR_ENOMEM, "no memory for the sink coco");
        goto fail;
    }
    coco->stage.ops = &coco_ops;
    coco->stage.frames_total = -1;
    coco->labels = weir_sink_labels(conf);
    rc = weir_sink_check_target(conf, path, err);
    if (!rc)
        rc = weir_text_open(&coco->text, path, err);
    if (rc)
        goto fail;
    free(path);
    *ret_stage = &coco->stage;
    return 0;

fail:
    if (coco)
        coco_free(&coco->stage);
    free(path);
    return rc;
}

const struct weir_sink_row weir_sink_coco = {
    .name = "coco",
    .about = "DIR/<stream>.coco.json: detections for COCO's evaluator",
    .needs_path = true,
    .open = coco_open,
};
