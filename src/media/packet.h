/*
 * Compressed bytes of one video frame, and the codec they are in. Both are
 * reference-counted and read-only once made.
 */
#ifndef WEIR_MEDIA_PACKET_H
#define WEIR_MEDIA_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* What a decoder must know before the first packet. A source makes a new one
 * whenever the stream's description changes (a reconnect, a new file). */
struct weir_codec {
    struct weir_ref ref;
    char name[32]; /* FFmpeg's codec name: "h264", "mjpeg", "png" */
    int width, height; /* as announced; 0: unknown until decoded */
    uint8_t *extradata; /* owned; NULL if none */
    size_t extradata_len;
    int pixel_hint; /* FFmpeg's pixel format number for raw video, else -1 */
    uint32_t tag; /* the container's four-character code; 0: none */
    int bits_per_sample; /* as the container says, for raw and old codecs; 0: unknown */
};

enum { WEIR_PACKET_PADDING = 64 };

struct weir_packet {
    struct weir_ref ref;
    struct weir_codec *codec; /* a reference of its own */
    const uint8_t *data; /* followed by WEIR_PACKET_PADDING zero bytes, for decoders read ahead */
    size_t len;
    bool keyframe; /* decoding can start here */
    /* When it is to be decoded, ns, on a scale on which the first frame is decoded
     * at its presentation time; -1 unknown. For media that say no more. */
    int64_t dts_ns;
    void (*free)(struct weir_packet *packet,
                 void *owner); /* frees data, not *packet; may be NULL */
    void *owner;
};

struct weir_codec *weir_codec_new(const char *name);
struct weir_codec *weir_codec_ref(struct weir_codec *codec);
void weir_codec_unref(struct weir_codec **codec);

/* A packet without bytes; takes a reference on codec. */
struct weir_packet *weir_packet_new(struct weir_codec *codec);
struct weir_packet *weir_packet_ref(struct weir_packet *packet);
void weir_packet_unref(struct weir_packet **packet);

#endif
