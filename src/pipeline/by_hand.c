#include "pipeline/by_hand.h"

/* Of the old encoder's packets nothing is inside any more: each gave its picture at once. */
static int push_packet(struct weir_stage *decode, struct weir_frame *frame,
                       struct weir_error *err) {
    struct weir_frame *none = NULL;
    int rc = decode->ops->push(decode, frame, err);
    if (rc == WEIR_EAGAIN && decode->ops->pull(decode, &none, err) == WEIR_EAGAIN)
        rc = decode->ops->push(decode, frame, err);
    weir_frame_free(none);
    return rc == WEIR_EAGAIN ? weir_fail(err, WEIR_EINTERNAL, "a decoder wants no packet") : rc;
}

int weir_decode_by_hand(struct weir_stage *decode, struct weir_packet *packet,
                        struct weir_frame **ret_frame, struct weir_error *err) {
    struct weir_frame *frame = weir_frame_new(0);
    if (!frame)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    frame->packet = weir_packet_ref(packet);
    int rc = push_packet(decode, frame, err);
    if (rc) {
        weir_frame_free(frame);
        return rc;
    }
    rc = decode->ops->pull(decode, &frame, err);
    if (rc)
        return rc == WEIR_EAGAIN
                   ? weir_fail(err, WEIR_EUNSUPPORTED,
                               "the decoder holds pictures back instead of giving one for each "
                               "packet")
                   : rc;
    if (!frame->image) {
        weir_frame_free(frame);
        return weir_fail(err, WEIR_ECORRUPT, "%s of %zu bytes gives no picture",
                         packet->codec->name, packet->len);
    }
    *ret_frame = frame;
    return 0;
}

int weir_detect_by_hand(struct weir_stage *detect, struct weir_image *image,
                        struct weir_frame **ret_frame, struct weir_error *err) {
    struct weir_frame *frame = weir_frame_new(0);
    if (!frame)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    frame->image = weir_image_ref(image);
    int rc = detect->ops->push(detect, frame, err);
    if (rc) {
        weir_frame_free(frame);
        return rc;
    }
    rc = detect->ops->pull(detect, &frame, err);
    if (rc)
        return rc;
    if (frame->outcome != WEIR_OUTCOME_DETECT) {
        weir_frame_free(frame);
        return WEIR_EMODEL; /* pull said why */
    }
    *ret_frame = frame;
    return 0;
}
