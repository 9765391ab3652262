/*
 * libavformat, and all that is known of it. A packet of the best video stream
 * becomes a frame; its bytes stay FFmpeg's, held by the packet. Other streams
 * are not even read where the format allows it.
 *
 * Nothing blocks for ever: libavformat asks interrupted() while it waits, which
 * looks at the stop token and at a deadline in real time. Two kinds of medium
 * do not ask: pipes, which are therefore read here with poll(), and devices,
 * which are opened non-blocking and asked every millisecond.
 */
#include "av.h"

#include <errno.h>
#include <libavcodec/codec_desc.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    FD_BUFFER_BYTES = 64 * 1024,
    FD_POLL_MS = 20, /* how late a stop may be seen */
    DEVICE_POLL_US = 1000, /* between two questions to a device */
    BACK_JUMP_S = 1, /* further than packets come out of order */
    FORWARD_JUMP_S = 10, /* longer than a loss, in formats whose clocks jump */
    BAD_PACKETS_MAX = 256, /* unreadable in a row: the rest is rubbish */
};

struct av_input {
    struct weir_clock *clock;
    struct weir_stop *stop;
    char *shown;
    AVFormatContext *format;
    AVIOContext *io; /* ours, for a file descriptor */
    int fd;
    int stream; /* of the workflow */
    int video; /* of the medium */
    struct weir_codec *codec;
    AVPacket *packet;
    int64_t deadline_ns; /* real, for interrupted() */
    int64_t read_timeout_ns;
    double rate_fps; /* where the medium has no timing */
    int max_width, max_height;
    bool poll, timed_out;
    int64_t origin; /* pts that counts as 0, in stream units */
    int64_t last_ts; /* of the packet before; AV_NOPTS_VALUE: none */
    bool has_origin, intra_only;
    bool no_pts; /* a medium like AVI: says when to decode, not when to show */
    int64_t delay_ns; /* from the first packet's decoding to its showing */
    int64_t frames; /* given so far */
};

static int64_t real_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * WEIR_NS_PER_S + now.tv_nsec;
}

static int interrupted(void *opaque) {
    struct av_input *in = opaque;
    if (weir_stop_requested(in->stop))
        return 1;
    if (real_ns() < in->deadline_ns)
        return 0;
    in->timed_out = true;
    return 1;
}

static void set_deadline(struct av_input *in, int64_t timeout_ns) {
    in->timed_out = false;
    in->deadline_ns = real_ns() + timeout_ns;
}

char *av_hide_password(const char *url) {
    const char *host = strstr(url, "://");
    if (host) {
        host += 3;
        const char *end = host + strcspn(host, "/?#");
        const char *at = NULL;
        for (const char *c = host; c < end; c++)
            if (*c == '@')
                at = c;
        const char *colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
        if (colon) {
            struct weir_buf out = {0};
            weir_buf_add(&out, url, (size_t)(colon + 1 - url));
            weir_buf_printf(&out, "***%s", at);
            if (out.failed)
                weir_buf_done(&out);
            return out.data;
        }
    }
    return strdup(url);
}

/* ---- errors -------------------------------------------------------------- */

/* What libavformat said, in words that help. doing: "open", "read". */
static int explain(const struct av_input *in, int rc, const char *doing, struct weir_error *err) {
    static const struct {
        int av, weir;
        const char *text;
    } known[] = {
        {AVERROR(ENOENT), WEIR_ENOENT, "not found; check the path"},
        {AVERROR(ENODEV), WEIR_ENOENT, "no such device; `v4l2-ctl --list-devices` lists cameras"},
        {AVERROR(ENXIO), WEIR_ENOENT, "no such device; `v4l2-ctl --list-devices` lists cameras"},
        {AVERROR(EACCES), WEIR_EIO, "no permission to read it; change its rights or your group"},
        {AVERROR(EPERM), WEIR_EIO, "no permission to read it; change its rights or your group"},
        {AVERROR(EBUSY), WEIR_EIO, "another program uses it; end that one first"},
        {AVERROR(EISDIR), WEIR_EINVAL, "is a folder, not a file"},
        {AVERROR(ENOTTY), WEIR_EUNSUPPORTED, "is not a video device"},
        {AVERROR(ECONNREFUSED), WEIR_ECONN,
         "connection refused; is it switched on, and are address and port right?"},
        {AVERROR(EHOSTUNREACH), WEIR_ECONN, "no route to it; check the address and the network"},
        {AVERROR(ENETUNREACH), WEIR_ECONN, "no route to it; check the address and the network"},
        {AVERROR(ECONNRESET), WEIR_ECONN, "the other side closed the connection"},
        {AVERROR(EPIPE), WEIR_ECONN, "the other side closed the connection"},
        {AVERROR(ENOMEM), WEIR_ENOMEM, "out of memory"},
        {AVERROR(ENOSYS), WEIR_EUNSUPPORTED,
         "the installed FFmpeg cannot read this; convert it to MP4 first"},
        {AVERROR_INVALIDDATA, WEIR_ECORRUPT,
         "is no video that FFmpeg can read, or it is damaged; look at it with `ffprobe`"},
        {AVERROR_EOF, WEIR_ECORRUPT, "ends before any picture; it is empty or cut off"},
        {AVERROR_STREAM_NOT_FOUND, WEIR_ECORRUPT,
         "has no video in it; name a file or a stream with pictures"},
        {AVERROR_PROTOCOL_NOT_FOUND, WEIR_EUNSUPPORTED,
         "the installed FFmpeg does not know this kind of address; "
         "use rtsp://, http://, a device or a file"},
        {AVERROR_DEMUXER_NOT_FOUND, WEIR_EUNSUPPORTED,
         "the installed FFmpeg cannot read this format; convert it to MP4 first"},
        {AVERROR_HTTP_BAD_REQUEST, WEIR_ECONN, "the server calls the request bad (400)"},
        {AVERROR_HTTP_UNAUTHORIZED, WEIR_ECONN,
         "the server wants a user and a password (401); write scheme://user:password@host/…"},
        {AVERROR_HTTP_FORBIDDEN, WEIR_ECONN, "the server forbids it (403); check the account"},
        {AVERROR_HTTP_NOT_FOUND, WEIR_ENOENT, "the server has no such path (404); check the URL"},
        {AVERROR_HTTP_OTHER_4XX, WEIR_ECONN, "the server refuses the request (4xx)"},
        {AVERROR_HTTP_SERVER_ERROR, WEIR_ECONN, "the server has an error of its own (5xx)"},
    };
    if (weir_stop_requested(in->stop))
        return weir_fail(err, WEIR_ECANCELED, "%s: stopped", in->shown);
    if (in->timed_out || rc == AVERROR_EXIT || rc == AVERROR(ETIMEDOUT))
        return weir_fail(err, WEIR_ETIMEDOUT,
                         "%s: timed out: nothing came in time; is it sending? "
                         "(source.open_timeout_s, source.read_timeout_s)",
                         in->shown);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].av == rc)
            return weir_fail(err, known[i].weir, "%s: %s", in->shown, known[i].text);
    return weir_fail(err, WEIR_EIO, "%s: cannot %s: %s; check the address and the network",
                     in->shown, doing, av_err2str(rc));
}

/* ---- reading a file descriptor ------------------------------------------- */

static int read_fd(void *opaque, uint8_t *buf, int size) {
    struct av_input *in = opaque;

    for (;;) {
        if (interrupted(in))
            return AVERROR_EXIT;
        struct pollfd ready = {.fd = in->fd, .events = POLLIN};
        int n = poll(&ready, 1, FD_POLL_MS);
        if (n < 0 && errno != EINTR)
            return AVERROR(errno);
        if (n <= 0)
            continue;
        ssize_t got = read(in->fd, buf, (size_t)size);
        if (got > 0)
            return (int)got;
        if (got == 0)
            return AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
    }
}

static int make_io(struct av_input *in) {
    unsigned char *buffer = av_malloc(FD_BUFFER_BYTES);
    if (!buffer)
        return WEIR_ENOMEM;
    in->io = avio_alloc_context(buffer, FD_BUFFER_BYTES, 0, in, read_fd, NULL, NULL);
    if (!in->io) {
        av_free(buffer);
        return WEIR_ENOMEM;
    }
    in->io->seekable = 0;
    in->format->pb = in->io;
    return 0;
}

static void free_io(struct av_input *in) {
    if (in->io)
        av_freep(&in->io->buffer);
    avio_context_free(&in->io);
}

/* ---- opening ------------------------------------------------------------- */

static int make_codec(struct av_input *in, struct weir_error *err) {
    const AVCodecParameters *par = in->format->streams[in->video]->codecpar;
    struct weir_codec *codec = weir_codec_new(avcodec_get_name(par->codec_id));

    if (!codec)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", in->shown);
    codec->width = par->width;
    codec->height = par->height;
    codec->pixel_hint = par->format;
    codec->tag = par->codec_tag;
    codec->bits_per_sample = par->bits_per_coded_sample;
    if (par->extradata_size > 0) {
        codec->extradata = malloc((size_t)par->extradata_size);
        if (!codec->extradata) {
            weir_codec_unref(&codec);
            return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", in->shown);
        }
        memcpy(codec->extradata, par->extradata, (size_t)par->extradata_size);
        codec->extradata_len = (size_t)par->extradata_size;
    }
    const AVCodecDescriptor *desc = avcodec_descriptor_get(par->codec_id);
    in->intra_only = desc && desc->props & AV_CODEC_PROP_INTRA_ONLY;
    weir_codec_unref(&in->codec);
    in->codec = codec;
    return 0;
}

/* FFmpeg draws text files as pictures; nobody who names one wants that. */
static bool is_text(enum AVCodecID id) {
    return id == AV_CODEC_ID_ANSI || id == AV_CODEC_ID_BINTEXT || id == AV_CODEC_ID_XBIN ||
           id == AV_CODEC_ID_IDF;
}

static int choose_stream(struct av_input *in, struct weir_error *err) {
    in->video = av_find_best_stream(in->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (in->video < 0)
        return explain(in, AVERROR_STREAM_NOT_FOUND, "open", err);

    const AVStream *stream = in->format->streams[in->video];
    const AVCodecParameters *par = stream->codecpar;
    if (stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: has no video in it, only sound and a cover picture; "
                         "name a file with moving pictures",
                         in->shown);
    if (is_text(par->codec_id))
        return explain(in, AVERROR_INVALIDDATA, "open", err);
    if (par->width <= 0 || par->height <= 0)
        return weir_fail(err, WEIR_ECORRUPT,
                         "%s: no picture was found that tells its size; it is damaged, or sends "
                         "nothing that can be decoded",
                         in->shown);
    if (par->width > in->max_width || par->height > in->max_height)
        return weir_fail(err, WEIR_ERANGE,
                         "%s: its pictures are %dx%d, above the limit of %dx%d; raise "
                         "source.max_width and source.max_height, or scale it down",
                         in->shown, par->width, par->height, in->max_width, in->max_height);
    for (unsigned i = 0; i < in->format->nb_streams; i++)
        if ((int)i != in->video)
            in->format->streams[i]->discard = AVDISCARD_ALL;
    return 0;
}

static int connect_input(struct av_input *in, const struct av_open *how, struct weir_error *err) {
    const AVInputFormat *format = how->format ? av_find_input_format(how->format) : NULL;
    AVDictionary *options = NULL;
    int rc;

    if (how->format && !format)
        return weir_fail(err, WEIR_EUNSUPPORTED,
                         "%s: the installed FFmpeg has no reader for %s; install a complete one",
                         in->shown, how->format);
    in->format = avformat_alloc_context();
    if (!in->format || (how->fd >= 0 && make_io(in)))
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", in->shown);
    in->format->interrupt_callback = (AVIOInterruptCB){interrupted, in};
    if (how->poll)
        in->format->flags |= AVFMT_FLAG_NONBLOCK;
    for (const struct av_option *o = how->options; o && o->key; o++)
        av_dict_set(&options, o->key, o->value, 0);

    rc = avformat_open_input(&in->format, how->url, format, &options); /* frees on failure */
    av_dict_free(&options);
    if (rc < 0)
        return explain(in, rc, "open", err);
    /* what happens now is wanted now: a measured frame rate would cost its frames' time */
    if (how->first_keyframe_is_enough || av_input_is_live(in))
        in->format->fps_probe_size = 0;
    rc = avformat_find_stream_info(in->format, NULL);
    if (rc < 0 || in->timed_out || weir_stop_requested(in->stop))
        return explain(in, rc < 0 ? rc : AVERROR_EXIT, "open", err);
    return choose_stream(in, err);
}

static void register_devices(void) {
    avdevice_register_all();
}

int av_input_open(const struct av_open *how, struct av_input **ret_input, struct weir_error *err) {
    static pthread_once_t devices = PTHREAD_ONCE_INIT;
    const struct weir_settings *set = &how->stage->workflow->set;
    struct av_input *in = calloc(1, sizeof *in);
    int rc = WEIR_ENOMEM;

    if (!in)
        return weir_fail(err, rc, "%s: out of memory", how->shown);
    av_log_set_level(weir_log_level() >= WEIR_LOG_DEBUG ? AV_LOG_INFO : AV_LOG_QUIET);
    if (how->poll)
        pthread_once(&devices, register_devices);
    in->clock = how->stage->clock;
    in->stop = how->stage->stop;
    in->stream = how->stage->stream;
    in->fd = how->fd;
    in->read_timeout_ns = (int64_t)(set->source.read_timeout_s * 1e9);
    in->rate_fps = set->source.rate_fps > 0 ? set->source.rate_fps : 25;
    in->max_width = set->source.max_width;
    in->max_height = set->source.max_height;
    in->poll = how->poll;
    in->shown = av_hide_password(how->shown);
    in->packet = av_packet_alloc();
    in->last_ts = AV_NOPTS_VALUE;
    if (!in->shown || !in->packet) {
        rc = weir_fail(err, rc, "%s: out of memory", how->shown);
        goto fail;
    }
    set_deadline(in, (int64_t)(set->source.open_timeout_s * 1e9));
    if ((rc = connect_input(in, how, err)) || (rc = make_codec(in, err)))
        goto fail;
    *ret_input = in;
    return 0;
fail:
    av_input_free(in);
    return rc;
}

void av_input_free(struct av_input *in) {
    if (!in)
        return;
    /* saying good-bye to a server must not take long either */
    set_deadline(in, WEIR_NS_PER_S);
    avformat_close_input(&in->format);
    free_io(in);
    av_packet_free(&in->packet);
    weir_codec_unref(&in->codec);
    free(in->shown);
    free(in);
}

int64_t av_input_frames(const struct av_input *in) {
    const AVStream *stream = in->format->streams[in->video];
    const AVRational rate = stream->avg_frame_rate;

    if (stream->nb_frames > 0)
        return stream->nb_frames;
    if (av_input_is_live(in) || rate.num <= 0 || rate.den <= 0)
        return -1;
    double seconds = 0;
    if (stream->duration > 0 && stream->duration != AV_NOPTS_VALUE)
        seconds = (double)stream->duration * av_q2d(stream->time_base);
    else if (in->format->duration > 0)
        seconds = (double)in->format->duration / AV_TIME_BASE;
    return seconds > 0 ? (int64_t)(seconds * av_q2d(rate) + 0.5) : -1;
}

bool av_input_is_live(const struct av_input *in) {
    if (in->format->duration != AV_NOPTS_VALUE && in->format->duration > 0)
        return false;
    return !in->format->pb || avio_size(in->format->pb) <= 0;
}

/* ---- reading ------------------------------------------------------------- */

/* The next packet of the video stream in in->packet; 0 or an AVERROR. */
static int read_video(struct av_input *in) {
    int bad = 0;

    for (;;) {
        if (interrupted(in))
            return AVERROR_EXIT;
        int rc = av_read_frame(in->format, in->packet);
        if (rc == AVERROR(EAGAIN)) {
            if (!in->poll && ++bad > BAD_PACKETS_MAX)
                return AVERROR(EIO);
            const struct timespec pause = {.tv_nsec = DEVICE_POLL_US * 1000};
            nanosleep(&pause, NULL); /* a device offers nothing to wait on */
        } else if (rc == AVERROR_INVALIDDATA) {
            if (++bad > BAD_PACKETS_MAX)
                return rc;
        } else if (rc < 0) {
            return rc;
        } else if (in->packet->stream_index == in->video && in->packet->size > 0) {
            return 0;
        } else {
            av_packet_unref(in->packet);
        }
    }
}

/* A new description inside the stream: the next packets need a new decoder. */
static int follow_codec(struct av_input *in, struct weir_error *err) {
    AVCodecParameters *par = in->format->streams[in->video]->codecpar;
    size_t size;
    const uint8_t *data = av_packet_get_side_data(in->packet, AV_PKT_DATA_NEW_EXTRADATA, &size);

    if (data && size > 0 &&
        (size != in->codec->extradata_len || memcmp(data, in->codec->extradata, size))) {
        uint8_t *copy = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!copy)
            return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", in->shown);
        memcpy(copy, data, size);
        av_freep(&par->extradata);
        par->extradata = copy;
        par->extradata_size = (int)size;
        return make_codec(in, err);
    }
    if (strcmp(avcodec_get_name(par->codec_id), in->codec->name))
        return make_codec(in, err);
    return 0;
}

/* Units of the stream's time base after the origin, in ns. */
static int64_t since_origin_ns(const struct av_input *in, int64_t ts) {
    const AVRational base = in->format->streams[in->video]->time_base;
    return av_rescale_q(ts - in->origin, base, (AVRational){1, 1000000000});
}

/* Where the clock of the medium was set anew (joined recordings, a restarted
 * encoder), time goes on one frame after the one before. */
static void follow_clock(struct av_input *in, int64_t ts) {
    const AVStream *stream = in->format->streams[in->video];
    const double step_s =
        stream->avg_frame_rate.num > 0 ? 1 / av_q2d(stream->avg_frame_rate) : 1 / in->rate_fps;
    const double jump_s = (double)(ts - in->last_ts) * av_q2d(stream->time_base);
    const bool may_jump = in->format->iformat->flags & AVFMT_TS_DISCONT;

    if (jump_s < -BACK_JUMP_S || (may_jump && jump_s > FORWARD_JUMP_S))
        in->origin += (int64_t)((jump_s - step_s) / av_q2d(stream->time_base));
}

static void stamp(struct av_input *in, struct weir_frame *frame, int64_t *ret_dts_ns) {
    const AVStream *stream = in->format->streams[in->video];
    const int64_t dts = in->packet->dts;
    in->no_pts = in->no_pts || (!in->intra_only && in->packet->pts == AV_NOPTS_VALUE);
    const int64_t pts = in->no_pts ? AV_NOPTS_VALUE : in->packet->pts;
    const int64_t ts = dts != AV_NOPTS_VALUE ? dts : pts;
    const int64_t counted_ns = (int64_t)((double)in->frames * 1e9 / in->rate_fps);

    if (ts == AV_NOPTS_VALUE) {
        /* the count is the display order only where nothing is reordered */
        frame->media_ns = in->intra_only ? counted_ns : -1;
        *ret_dts_ns = counted_ns;
        return;
    }
    if (!in->has_origin) {
        in->origin = pts != AV_NOPTS_VALUE ? pts : dts;
        if (stream->start_time != AV_NOPTS_VALUE && stream->start_time < in->origin)
            in->origin = stream->start_time;
        in->has_origin = true;
        in->delay_ns =
            since_origin_ns(in, pts != AV_NOPTS_VALUE ? pts : ts) - since_origin_ns(in, ts);
    }
    if (in->last_ts != AV_NOPTS_VALUE)
        follow_clock(in, ts);
    in->last_ts = ts;
    *ret_dts_ns = since_origin_ns(in, ts);
    if (pts != AV_NOPTS_VALUE) {
        frame->media_ns = since_origin_ns(in, pts);
        if (frame->media_ns < 0)
            frame->media_ns = 0;
    } else if (in->intra_only) {
        frame->media_ns = *ret_dts_ns > 0 ? *ret_dts_ns : 0;
    }
}

static void free_packet(struct weir_packet *packet, void *owner) {
    (void)packet;
    AVPacket *av = owner;
    av_packet_free(&av);
}

int av_input_read(struct av_input *in, struct weir_frame **ret_frame, int64_t *ret_dts_ns,
                  struct weir_error *err) {
    struct weir_frame *frame = NULL;
    AVPacket *owner = NULL;

    set_deadline(in, in->read_timeout_ns);
    int rc = read_video(in);
    if (rc < 0) {
        bool over = rc == AVERROR_EOF || rc == AVERROR_INVALIDDATA;
        if (over && in->frames > 0 && !weir_stop_requested(in->stop) && !in->timed_out)
            return WEIR_EEOF;
        return explain(in, rc, "read", err);
    }
    if ((rc = follow_codec(in, err)))
        goto fail;
    rc = WEIR_ENOMEM;
    frame = weir_frame_new(in->stream);
    owner = av_packet_alloc();
    if (!frame || !owner || !(frame->packet = weir_packet_new(in->codec))) {
        weir_fail(err, rc, "%s: out of memory", in->shown);
        goto fail;
    }
    frame->times.capture = weir_clock_now(in->clock);
    frame->seq = frame->source_id = -1;
    stamp(in, frame, ret_dts_ns);
    const int64_t shown_ns = *ret_dts_ns + in->delay_ns;
    frame->packet->dts_ns = shown_ns > 0 ? shown_ns : 0;
    /* a demuxer may lend its own buffer, good only until the next read */
    if (av_packet_make_refcounted(in->packet) < 0) {
        weir_fail(err, rc, "%s: out of memory", in->shown);
        goto fail;
    }
    av_packet_move_ref(owner, in->packet);
    frame->packet->data = owner->data;
    frame->packet->len = (size_t)owner->size;
    frame->packet->keyframe = owner->flags & AV_PKT_FLAG_KEY;
    frame->packet->owner = owner;
    frame->packet->free = free_packet;
    in->frames++;
    *ret_frame = frame;
    return 0;
fail:
    av_packet_free(&owner);
    av_packet_unref(in->packet);
    weir_frame_free(frame);
    return rc;
}
