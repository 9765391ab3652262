/*
 * Encoding and muxing by FFmpeg. The muxer writes to the temporary name of a
 * weir_file; finish moves the index to the front ("faststart") and renames, so
 * a crash or a full disk leaves nothing under the final name. The sizes of the
 * pictures fix the encoder only with the first one, but a wrong encoder's name or
 * container is found at once.
 *
 * Which encoder: the H.264 encoders in the order in which every part of the program
 * tries them (encode/), the first that opens on this machine; else MPEG-4 Part 2, which every
 * build of FFmpeg has; that last resort is noted in the file's comment. A container
 * of plain pictures (.y4m) is given them by FFmpeg's encoder that only wraps them up.
 */
#include "pipeline/sink/video.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline.h"
#include "pipeline/sink/draw.h"
#include "pipeline/sink/sink.h"

enum { KEYFRAME_EVERY = 120 };

static const char wrapper[] = "wrapped_avframe";

struct weir_video {
    struct weir_file *file;
    char *path;
    struct weir_video_conf conf;
    AVFormatContext *mux;
    AVCodecContext *encoder; /* NULL until begin */
    AVStream *stream;
    AVFrame *frame;
    AVPacket *packet;
    int64_t last_pts, shift, gap; /* in the encoder's time base; gap: between the last two */
    bool header, any, sealed;
    struct weir_buf remarks;
};

static int fail_av(struct weir_error *err, int rc, const struct weir_video *video,
                   const char *what) {
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    if (rc == AVERROR(ENOMEM))
        return weir_fail(err, WEIR_ENOMEM, "no memory to %s %s", what, video->path);
    if (weir_err_from_errno(AVUNERROR(rc)) == WEIR_ENOSPC)
        return weir_sink_fail_write(err, video->path, AVUNERROR(rc));
    av_strerror(rc, text, sizeof text);
    return weir_fail(err, WEIR_EIO, "cannot %s %s: %s", what, video->path, text);
}

bool weir_video_is_file(const char *path) {
    size_t len = strlen(path);
    if (!len || path[len - 1] == '/' || !strchr(weir_path_base(path), '.'))
        return false;
    const AVOutputFormat *format = av_guess_format(NULL, path, NULL);
    return format && format->video_codec != AV_CODEC_ID_NONE;
}

/* Takes pictures from plain memory as we have them. */
static bool takes_pictures(const AVCodec *codec) {
    return codec->id == AV_CODEC_ID_WRAPPED_AVFRAME || weir_av_takes_i420(codec);
}

/* The i-th encoder to try, NULL past the last. */
static const AVCodec *candidate(const struct weir_video_conf *conf, size_t i) {
    const AVCodec *codec = weir_av_encoder(conf->encoder, i);
    if (codec || strcmp(conf->encoder, "auto"))
        return codec;
    bool first_past = i == 0 || weir_av_encoder(conf->encoder, i - 1);
    return first_past ? avcodec_find_encoder(AV_CODEC_ID_MPEG4) : NULL;
}

static int choose_container(struct weir_video *video, const AVCodec *codec,
                            struct weir_error *err) {
    const AVOutputFormat *format = av_guess_format(NULL, video->path, NULL);
    if (!format || format->flags & AVFMT_NOFILE ||
        avformat_query_codec(format, codec->id, FF_COMPLIANCE_NORMAL) != 1)
        return weir_fail(err, WEIR_EUNSUPPORTED, "%s: %s cannot hold %s; use .mp4 or .mkv",
                         video->path, format ? format->long_name : "no container of that extension",
                         avcodec_get_name(codec->id));

    /* "file:" because a name may look like another protocol ("a:b.mp4"). */
    const char *tmp = weir_file_tmp_path(video->file);
    size_t size = strlen(tmp) + sizeof "file:";
    char *url = malloc(size);
    if (!url)
        return weir_fail(err, WEIR_ENOMEM, "no memory to create %s", video->path);
    snprintf(url, size, "file:%s", tmp);
    int rc = avformat_alloc_output_context2(&video->mux, format, NULL, url);
    if (rc >= 0)
        rc = avio_open(&video->mux->pb, url, AVIO_FLAG_WRITE);
    free(url);
    return rc < 0 ? fail_av(err, rc, video, "create") : 0;
}

/* conf, but for what "auto" means in a container of plain pictures. */
static struct weir_video_conf settle(const char *path, const struct weir_video_conf *conf) {
    struct weir_video_conf settled = *conf;
    const AVOutputFormat *format = av_guess_format(NULL, path, NULL);
    if (format && format->video_codec == AV_CODEC_ID_WRAPPED_AVFRAME &&
        !(format->flags & AVFMT_NOFILE) && !strcmp(conf->encoder, "auto"))
        settled.encoder = wrapper;
    return settled;
}

int weir_video_new(const char *path, const struct weir_video_conf *conf,
                   struct weir_video **ret_video, struct weir_error *err) {
    int rc;
    /* Errors come back as values; FFmpeg's own words are for debugging. */
    av_log_set_level(weir_log_level() >= WEIR_LOG_DEBUG ? AV_LOG_INFO : AV_LOG_QUIET);
    const struct weir_video_conf settled = settle(path, conf);
    const AVCodec *codec = candidate(&settled, 0);
    if (!codec || codec->type != AVMEDIA_TYPE_VIDEO || !takes_pictures(codec))
        return weir_av_refuse(err, "annotate.encoder", conf->encoder, false);
    struct weir_video *video = calloc(1, sizeof *video);
    if (!video)
        return weir_fail(err, WEIR_ENOMEM, "no memory to create %s", path);
    video->conf = settled;
    video->last_pts = INT64_MIN;
    video->path = strdup(path);
    video->frame = av_frame_alloc();
    video->packet = av_packet_alloc();
    if (!video->path || !video->frame || !video->packet) {
        rc = weir_fail(err, WEIR_ENOMEM, "no memory to create %s", path);
        goto fail;
    }
    rc = weir_file_create(path, &video->file, err);
    if (rc)
        goto fail;
    rc = choose_container(video, codec, err);
    if (rc)
        goto fail;
    *ret_video = video;
    return 0;

fail:
    weir_video_free(video);
    return rc;
}

void weir_video_free(struct weir_video *video) {
    if (!video)
        return;
    avcodec_free_context(&video->encoder);
    if (video->mux)
        avio_closep(&video->mux->pb);
    avformat_free_context(video->mux);
    av_frame_free(&video->frame);
    av_packet_free(&video->packet);
    weir_file_discard(video->file);
    weir_buf_done(&video->remarks);
    free(video->path);
    free(video);
}

/* Constant quality where the encoder has it, else a bit rate that comes near. */
static void set_quality(AVCodecContext *ctx, const struct weir_video_conf *conf) {
    if (!av_opt_set_double(ctx, "crf", conf->quality, AV_OPT_SEARCH_CHILDREN)) {
        av_opt_set(ctx, "preset", "veryfast", AV_OPT_SEARCH_CHILDREN);
    } else if (ctx->codec_id == AV_CODEC_ID_MPEG4) {
        ctx->flags |= AV_CODEC_FLAG_QSCALE;
        ctx->global_quality = FF_QP2LAMBDA * (2 + conf->quality * 29 / 51);
    } else {
        ctx->bit_rate = weir_av_bit_rate(ctx->width, ctx->height, conf->rate_fps, conf->quality);
    }
}

static int open_encoder(struct weir_video *video, const AVCodec *codec, int width, int height,
                        enum weir_matrix matrix) {
    AVCodecContext *ctx = avcodec_alloc_context3(codec);
    if (!ctx)
        return AVERROR(ENOMEM);
    ctx->width = width;
    ctx->height = height;
    ctx->pix_fmt = AV_PIX_FMT_YUV420P;
    /* MPEG-4 Part 2 has 16 bits for the denominator. */
    ctx->time_base = (AVRational){1, codec->id == AV_CODEC_ID_MPEG4 ? 30000 : 90000};
    ctx->framerate = av_d2q(video->conf.rate_fps, 60000);
    if (codec->id == AV_CODEC_ID_WRAPPED_AVFRAME)
        ctx->time_base = av_inv_q(ctx->framerate); /* .y4m knows no times, only a rate */
    ctx->gop_size = KEYFRAME_EVERY;
    ctx->thread_count = (int64_t)width * height > 1280 * 720 ? 2 : 1;
    video->gap = llround(1 / (av_q2d(ctx->time_base) * video->conf.rate_fps));
    weir_av_set_color(ctx, matrix, false);
    set_quality(ctx, &video->conf);
    if (video->mux->oformat->flags & AVFMT_GLOBALHEADER)
        ctx->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int rc = avcodec_open2(ctx, codec, NULL);
    if (rc < 0)
        avcodec_free_context(&ctx);
    else
        video->encoder = ctx;
    return rc;
}

int weir_video_begin(struct weir_video *video, int width, int height, enum weir_matrix matrix,
                     struct weir_error *err) {
    char tried[512] = "";
    int rc = AVERROR_ENCODER_NOT_FOUND;
    const AVCodec *codec;
    for (size_t i = 0; !video->encoder && (codec = candidate(&video->conf, i)); i++) {
        size_t at = strlen(tried);
        snprintf(tried + at, sizeof tried - at, "%s%s", i ? ", " : "", codec->name);
        rc = open_encoder(video, codec, width, height, matrix);
        if (rc == AVERROR(ENOMEM))
            return fail_av(err, rc, video, "encode");
    }
    if (!video->encoder) {
        char text[AV_ERROR_MAX_STRING_SIZE] = "";
        av_strerror(rc, text, sizeof text);
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: no encoder takes pictures of %dx%d: %s (tried %s); choose another "
                         "with annotate.encoder",
                         video->path, width, height, text, tried);
    }
    if (video->encoder->codec_id == AV_CODEC_ID_MPEG4 && !strcmp(video->conf.encoder, "auto"))
        weir_video_remark(video, "MPEG-4 Part 2, because FFmpeg had no H.264 encoder");
    if (!video->stream)
        video->stream = avformat_new_stream(video->mux, NULL);
    if (!video->stream)
        return fail_av(err, AVERROR(ENOMEM), video, "encode");
    rc = avcodec_parameters_from_context(video->stream->codecpar, video->encoder);
    if (rc < 0)
        return fail_av(err, rc, video, "encode");
    video->stream->time_base = video->encoder->time_base;
    video->stream->avg_frame_rate = video->encoder->framerate;

    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", "+faststart", 0);
    rc = avformat_write_header(video->mux, &options);
    av_dict_free(&options);
    if (rc < 0)
        return fail_av(err, rc, video, "write");
    video->header = true;
    return 0;
}

bool weir_video_begun(const struct weir_video *video) {
    return video->header;
}

int weir_video_canvas(struct weir_video *video, struct weir_canvas *ret_canvas,
                      struct weir_error *err) {
    AVFrame *frame = video->frame;
    if (!frame->buf[0] || !av_frame_is_writable(frame)) { /* the encoder still looks at it */
        av_frame_unref(frame);
        frame->format = video->encoder->pix_fmt;
        frame->width = video->encoder->width;
        frame->height = video->encoder->height;
        int rc = av_frame_get_buffer(frame, 0);
        if (rc < 0)
            return fail_av(err, rc, video, "encode");
    }
    struct weir_canvas canvas = {.width = frame->width, .height = frame->height};
    for (int p = 0; p < 3; p++) {
        canvas.plane[p] = frame->data[p];
        canvas.stride[p] = frame->linesize[p];
    }
    *ret_canvas = canvas;
    return 0;
}

/* Muxes what the encoder has ready. The file's own error tells of a full disk
 * even where the muxer's return value does not. */
static int mux_ready(struct weir_video *video, struct weir_error *err) {
    int rc;
    while ((rc = avcodec_receive_packet(video->encoder, video->packet)) >= 0) {
        if (!video->packet->duration) /* shows in the last one alone */
            video->packet->duration = video->gap;
        av_packet_rescale_ts(video->packet, video->encoder->time_base, video->stream->time_base);
        video->packet->stream_index = video->stream->index;
        rc = av_interleaved_write_frame(video->mux, video->packet);
        if (rc >= 0 && video->mux->pb->error < 0)
            rc = video->mux->pb->error;
        if (rc < 0)
            return fail_av(err, rc, video, "write");
    }
    return rc == AVERROR(EAGAIN) || rc == AVERROR_EOF ? 0 : fail_av(err, rc, video, "encode");
}

static int encode(struct weir_video *video, AVFrame *frame, int64_t t_ns, struct weir_error *err) {
    int64_t pts = av_rescale_q(t_ns, (AVRational){1, 1000000000}, video->encoder->time_base);
    pts += video->shift;
    if (video->any && pts <= video->last_pts) {
        video->shift += video->last_pts + 1 - pts;
        pts = video->last_pts + 1;
    }
    if (video->any)
        video->gap = pts - video->last_pts;
    video->last_pts = pts;
    video->any = true;
    frame->pts = pts;
    frame->quality = video->encoder->global_quality;
    int rc = avcodec_send_frame(video->encoder, frame);
    if (rc < 0)
        return fail_av(err, rc, video, "encode");
    return mux_ready(video, err);
}

int weir_video_write(struct weir_video *video, int64_t t_ns, struct weir_error *err) {
    return encode(video, video->frame, t_ns, err);
}

int weir_video_picture(struct weir_video *video, struct weir_image *image, int64_t t_ns,
                       struct weir_error *err) {
    if (image->pixel != WEIR_PIXEL_I420 || image->width != video->encoder->width ||
        image->height != video->encoder->height)
        return weir_fail(err, WEIR_EINVAL, "%s: a picture is %s of %dx%d; expected i420 of %dx%d",
                         video->path, weir_pixel_name(image->pixel), image->width, image->height,
                         video->encoder->width, video->encoder->height);
    AVFrame *frame = weir_av_frame(image);
    if (!frame)
        return fail_av(err, AVERROR(ENOMEM), video, "encode");
    int rc = encode(video, frame, t_ns, err);
    av_frame_free(&frame);
    return rc;
}

void weir_video_remark(struct weir_video *video, const char *text) {
    if (video->remarks.len)
        weir_buf_puts(&video->remarks, "; ");
    weir_buf_puts(&video->remarks, text);
}

int weir_video_seal(struct weir_video *video, struct weir_error *err) {
    int rc = avcodec_send_frame(video->encoder, NULL);
    if (rc < 0)
        return fail_av(err, rc, video, "encode");
    rc = mux_ready(video, err);
    if (rc)
        return rc;
    if (video->remarks.len) /* MP4 keeps it in the index, which is written last */
        av_dict_set(&video->mux->metadata, "comment", weir_buf_str(&video->remarks), 0);
    rc = av_write_trailer(video->mux);
    if (rc >= 0 && video->mux->pb->error < 0)
        rc = video->mux->pb->error;
    int closed = avio_closep(&video->mux->pb);
    if (rc >= 0)
        rc = closed;
    if (rc < 0)
        return fail_av(err, rc, video, "write");
    video->sealed = true;
    return 0;
}

int weir_video_finish(struct weir_video *video, struct weir_error *err) {
    if (!video->any) {
        weir_file_discard(video->file);
        video->file = NULL;
        return 0;
    }
    int rc = video->sealed ? 0 : weir_video_seal(video, err);
    return rc ? rc : weir_file_commit(&video->file, err);
}
