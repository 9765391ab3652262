#include "sim/carry.h"

#include <math.h>
#include <stdlib.h>

int sim_carry_init(struct sim_carry *carry) {
    const struct weir_tracker_params params = weir_tracker_defaults();
    carry->frame = -1;
    carry->tracker = weir_tracker_new(&params);
    return carry->tracker ? 0 : WEIR_ENOMEM;
}

void sim_carry_done(struct sim_carry *carry) {
    weir_tracker_free(carry->tracker);
    weir_boxes_done(&carry->known);
    weir_boxes_done(&carry->moved);
    free(carry->box);
    *carry = (struct sim_carry){0};
}

/* When a frame is in the medium: how late it came says nothing of what it shows. */
static int64_t media_ns(const struct sim_carry *c, int64_t frame) {
    return llround((double)frame * 1e9 / c->rate_fps);
}

/* The tracker is told of a result. */
static int tell(struct sim_carry *c, int64_t frame) {
    const struct sim_picture at = sim_shown(c->showing, c->table, frame);
    const int setting = c->result->frame[frame].setting;
    size_t len;
    const struct sim_table_box *box =
        c->finds ? c->finds->boxes(c->finds, c->stream, frame, setting, &len)
                 : sim_table_boxes(c->table, at.clip, c->table_setting[setting], at.frame, &len);
    weir_boxes_reset(&c->known);
    for (size_t i = 0; i < len; i++)
        if (weir_boxes_add(&c->known, (struct weir_box){.x0 = box[i].x0 / 8.0F,
                                                        .y0 = box[i].y0 / 8.0F,
                                                        .x1 = box[i].x1 / 8.0F,
                                                        .y1 = box[i].y1 / 8.0F,
                                                        .score = box[i].score / 255.0F,
                                                        .class_id = box[i].class_id}))
            return WEIR_ENOMEM;
    return weir_tracker_update(c->tracker, &c->known, media_ns(c, frame));
}

/* All that was delivered by then, in its order. */
static int tell_all(struct sim_carry *c, int64_t frame) {
    const struct sim_frame *f = c->result->frame;
    int rc = 0;
    for (; !rc && c->next < frame; c->next++) {
        if (f[c->next].outcome != WEIR_OUTCOME_DETECT)
            continue;
        if (f[c->next].delivered_ns > f[frame].due_ns)
            break;
        rc = tell(c, c->next);
    }
    return rc;
}

/* Nothing is shown beside the picture. False: nothing is left. */
static bool clip_to(const struct sim_table_clip *clip, struct weir_box *b) {
    b->x0 = fmaxf(b->x0, 0);
    b->y0 = fmaxf(b->y0, 0);
    b->x1 = fminf(b->x1, clip->width);
    b->y1 = fminf(b->y1, clip->height);
    return b->x0 < b->x1 && b->y0 < b->y1;
}

static bool make_room(struct sim_carry *c, size_t len) {
    if (len <= c->cap)
        return true;
    struct sim_table_box *box = realloc(c->box, 2 * len * sizeof *box);
    if (!box)
        return false;
    c->box = box;
    c->cap = 2 * len;
    return true;
}

int sim_carry_to(struct sim_carry *c, int64_t frame) {
    const struct sim_table_clip *clip =
        &c->table->clip[sim_shown(c->showing, c->table, frame).clip];
    c->frame = frame;
    c->len = 0;
    int rc = tell_all(c, frame);
    if (rc)
        return rc;
    if (weir_boxes_copy(&c->moved, &c->known) || !make_room(c, c->known.len))
        return WEIR_ENOMEM;
    weir_tracker_carry(c->tracker, &c->moved, media_ns(c, frame)); /* nothing yet: nothing moves */
    for (size_t i = 0; i < c->moved.len; i++)
        if (clip_to(clip, &c->moved.data[i]))
            c->box[c->len++] = sim_table_pack(&c->moved.data[i]);
    return 0;
}
