/* Source and decode, driven by hand: every frame of a clip, in order, none left out. */
#include "cli/record.h"

int record_reader_open(const struct weir_stage_conf *conf, struct record_reader *reader,
                       struct weir_error *err) {
    *reader = (struct record_reader){.name = conf->workflow->stream[conf->stream].name};
    int rc = weir_stage_source.open(conf, &reader->source, err);
    return rc ? rc : weir_stage_decode.open(conf, &reader->decode, err);
}

void record_reader_done(struct record_reader *reader) {
    weir_frame_free(reader->waiting);
    weir_stage_free(reader->decode);
    weir_stage_free(reader->source);
    *reader = (struct record_reader){0};
}

/* Gives decode one more frame, or tells it that there is none. */
static int feed(struct record_reader *r, struct weir_error *err) {
    int rc = 0;
    if (!r->waiting)
        rc = r->source->ops->pull(r->source, &r->waiting, err);
    if (rc == WEIR_EEOF)
        return r->decode->ops->drain(r->decode, err);
    if (rc)
        return rc;
    rc = r->decode->ops->push(r->decode, r->waiting, err);
    if (!rc)
        r->waiting = NULL;
    return rc == WEIR_EAGAIN ? 0 : rc; /* it is pulled first */
}

int record_reader_next(struct record_reader *reader, struct weir_frame **ret_frame,
                       struct weir_error *err) {
    struct weir_frame *frame = NULL;
    int rc;
    while ((rc = reader->decode->ops->pull(reader->decode, &frame, err)) == WEIR_EAGAIN)
        if ((rc = feed(reader, err)))
            return rc == WEIR_ECANCELED || rc == WEIR_EEOF
                       ? rc
                       : weir_fail_at(err, rc, "%s: ", reader->name);
    if (rc)
        return rc;
    if (!frame->image) {
        weir_frame_free(frame);
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: frame %lld cannot be decoded, and a recorded clip has every frame; "
                         "repair the video, or cut a sound piece out of it",
                         reader->name, (long long)reader->frames);
    }
    reader->frames++;
    *ret_frame = frame;
    return 0;
}
