/* What several messages have: which frame it is, its boxes, a codec, a setting. */
#include "wire/message.h"

_Static_assert((int)WEIR_OUTCOME_DETECT == WEIR__V1__OUTCOME__OUTCOME_DETECT &&
                   (int)WEIR_OUTCOME_TRACK == WEIR__V1__OUTCOME__OUTCOME_TRACK &&
                   (int)WEIR_OUTCOME_LATE == WEIR__V1__OUTCOME__OUTCOME_LATE &&
                   (int)WEIR_OUTCOME_OVERLOAD == WEIR__V1__OUTCOME__OUTCOME_OVERLOAD &&
                   (int)WEIR_OUTCOME_REPLACED == WEIR__V1__OUTCOME__OUTCOME_REPLACED &&
                   (int)WEIR_OUTCOME_UNREACHABLE == WEIR__V1__OUTCOME__OUTCOME_UNREACHABLE &&
                   (int)WEIR_OUTCOME_CORRUPT == WEIR__V1__OUTCOME__OUTCOME_CORRUPT &&
                   (int)WEIR_OUTCOME_STOPPED == WEIR__V1__OUTCOME__OUTCOME_STOPPED &&
                   WEIR_OUTCOME_COUNT == 9,
               "outcomes are numbered alike");
_Static_assert((int)WEIR_WIRE_CODEC_I420 == WEIR__V1__CODEC__CODEC_I420 &&
                   (int)WEIR_WIRE_CODEC_JPEG == WEIR__V1__CODEC__CODEC_JPEG &&
                   (int)WEIR_WIRE_CODEC_H264 == WEIR__V1__CODEC__CODEC_H264,
               "codecs are numbered alike");

void wire_check_frame(struct wire_check *check, const char *stream, int64_t frame) {
    wire_check_name(check, "stream", stream);
    wire_check_int(check, "frame", frame, 0, INT64_MAX);
}

/* ---- boxes ----------------------------------------------------------------- */

static void check_box(struct wire_check *check, const struct weir_box *box) {
    const float most = WEIR_WIRE_MAX_CORNER;
    wire_check_float(check, "x0", box->x0, -most, most);
    wire_check_float(check, "y0", box->y0, -most, most);
    wire_check_float(check, "x1", box->x1, box->x0, most);
    wire_check_float(check, "y1", box->y1, box->y0, most);
    wire_check_float(check, "score", box->score, 0, 1);
    wire_check_int(check, "class_id", box->class_id, 0, WEIR_WIRE_MAX_CLASSES - 1);
    wire_check_int(check, "track_id", box->track_id, 0, INT32_MAX);
}

void wire_check_boxes(struct wire_check *check, const struct weir_box *box, size_t len) {
    wire_check_list(check, "boxes", box, len, WEIR_WIRE_MAX_BOXES);
    check->list = "boxes";
    for (check->index = 0; !check->rc && check->index < len; check->index++)
        check_box(check, &box[check->index]);
    check->list = NULL;
}

int wire_take_boxes(Weir__V1__Box *const *proto, size_t len, struct wire_arena *arena,
                    const struct weir_box **ret) {
    struct weir_box *box = wire_arena_take(arena, len, sizeof *box);
    if (!box)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < len; i++)
        box[i] = (struct weir_box){
            .x0 = proto[i]->x0,
            .y0 = proto[i]->y0,
            .x1 = proto[i]->x1,
            .y1 = proto[i]->y1,
            .score = proto[i]->score,
            .class_id = (int32_t)proto[i]->class_id,
            .track_id = (int32_t)proto[i]->track_id,
        };
    *ret = box;
    return 0;
}

int wire_give_boxes(const struct weir_box *box, size_t len, struct wire_arena *arena,
                    Weir__V1__Box ***ret) {
    Weir__V1__Box *proto = wire_arena_take(arena, len, sizeof *proto);
    Weir__V1__Box **list = wire_arena_take(arena, len, sizeof *list);
    if (!proto || !list)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < len; i++) {
        weir__v1__box__init(&proto[i]);
        proto[i].x0 = box[i].x0;
        proto[i].y0 = box[i].y0;
        proto[i].x1 = box[i].x1;
        proto[i].y1 = box[i].y1;
        proto[i].score = box[i].score;
        proto[i].class_id = (uint32_t)box[i].class_id;
        proto[i].track_id = (uint32_t)box[i].track_id;
        list[i] = &proto[i];
    }
    *ret = list;
    return 0;
}

/* ---- codecs and settings --------------------------------------------------- */

void wire_check_codec(struct wire_check *check, enum weir_wire_codec codec, int quality,
                      bool none) {
    switch (codec) {
    case WEIR_WIRE_CODEC_NONE:
        if (!none)
            wire_check_fail(check, "codec", "found none; allowed: I420, JPEG or H264");
        wire_check_int(check, "quality", quality, 0, 0);
        return;
    case WEIR_WIRE_CODEC_I420:
        wire_check_int(check, "quality", quality, 0, 0);
        return;
    case WEIR_WIRE_CODEC_JPEG:
        wire_check_int(check, "quality", quality, 1, 100);
        return;
    case WEIR_WIRE_CODEC_H264:
        wire_check_int(check, "quality", quality, 0, 51);
        return;
    }
    wire_check_fail(check, "codec", "found %d; allowed: I420, JPEG or H264 (1 to 3)", (int)codec);
}

void wire_check_setting(struct wire_check *check, const struct weir_wire_setting *setting) {
    wire_check_name(check, "node", setting->node);
    wire_check_word(check, "model", setting->model);
    wire_check_side(check, "width", setting->width);
    wire_check_side(check, "height", setting->height);
    wire_check_codec(check, setting->codec, setting->quality, true);
}

void wire_take_setting(const Weir__V1__Setting *proto, struct weir_wire_setting *ret) {
    *ret = (struct weir_wire_setting){
        .node = proto->node,
        .model = proto->model,
        .width = (int)proto->width,
        .height = (int)proto->height,
        .codec = (enum weir_wire_codec)proto->codec,
        .quality = (int)proto->quality,
    };
}

void wire_give_setting(const struct weir_wire_setting *setting, Weir__V1__Setting *ret) {
    weir__v1__setting__init(ret);
    ret->node = (char *)setting->node;
    ret->model = (char *)setting->model;
    ret->width = (uint32_t)setting->width;
    ret->height = (uint32_t)setting->height;
    ret->codec = (Weir__V1__Codec)setting->codec;
    ret->quality = (uint32_t)setting->quality;
}
