/* Source and decode, driven by hand: every frame of a clip, in order, none left out. */
#include "cli/clip.h"

int cli_reader_open(const struct weir_stage_conf *conf, struct cli_reader *reader,
                    struct weir_error *err) {
    *reader = (struct cli_reader){.name = conf->workflow->stream[conf->stream].name};
    int rc = weir_stage_source.open(conf, &reader->source, err);
    return rc ? rc : weir_stage_decode.open(conf, &reader->decode, err);
}

void cli_reader_done(struct cli_reader *reader) {
    weir_frame_free(reader->waiting);
    weir_stage_free(reader->decode);
    weir_stage_free(reader->source);
    *reader = (struct cli_reader){0};
}

/* Gives decode one more frame, or tells it that there is none. */
static int feed(struct cli_reader *r, struct weir_error *err) {
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

int cli_reader_next(struct cli_reader *reader, struct weir_frame **ret_frame,
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
                         "%s: frame %lld cannot be decoded, and every frame of a clip counts; "
                         "repair the video, or cut a sound piece out of it",
                         reader->name, (long long)reader->frames);
    }
    reader->frames++;
    *ret_frame = frame;
    return 0;
}

int cli_reader_next_of(struct cli_reader *reader, const struct cli_clip *clip,
                       struct weir_frame **ret_frame, struct weir_error *err) {
    struct weir_frame *frame = NULL;
    if (clip->most && reader->frames == clip->most)
        return WEIR_EEOF;
    int rc = cli_reader_next(reader, &frame, err);
    if (rc == WEIR_EEOF && !reader->frames)
        return weir_fail(err, WEIR_ECORRUPT, "%s: %s holds no picture", clip->name, clip->source);
    if (rc)
        return rc;
    if (frame->image->width != clip->width || frame->image->height != clip->height) {
        rc = weir_fail(err, WEIR_ECORRUPT,
                       "%s: frame %lld is %dx%d, the first was %dx%d; allowed: a clip of one size",
                       clip->name, (long long)reader->frames - 1, frame->image->width,
                       frame->image->height, clip->width, clip->height);
        weir_frame_free(frame);
        return rc;
    }
    *ret_frame = frame;
    return 0;
}
