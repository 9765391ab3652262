/*
 * Pictures become packets, on the near side of a hop; on the far side the decode
 * stage reads them. One picture in, its packet out, at once: what a hop costs is known
 * when it is taken.
 *
 *     struct weir_encoder *encoder;
 *     weir_encoder_new(&(struct weir_encoder_conf){.coding = WEIR_CODING_H264, .width = 640,
 *                                                  .height = 360, .quality = 23,
 *                                                  .rate_fps = 25}, &encoder, &err);
 *     for each picture, key where the receiver has lost the chain or is a new one
 *         weir_encoder_push(encoder, image, key, &packet, &err);
 *     weir_encoder_free(encoder);
 *
 * jpeg: every packet stands alone. JPEG is full range by definition (JFIF), so limited
 * range is expanded on the way in: the picture comes back in full range, with the same
 * R'G'B'. Which matrix makes R'G'B' of it JPEG cannot say: it stays what it was, decoders
 * take it for BT.601, and the receiver must be told (image->matrix) beside the packet.
 *
 * h264: a packet builds on the one before, back to the last keyframe. Matrix and range
 * are in the stream. There are no B-frames and there is one reference, so what was pushed
 * last is what the next packet builds on, whether its packet was sent or not: after a packet that
 * did not get through, the next one to send is a keyframe. Keyframes come first, on demand, every
 * key_every frames, where matrix or range change, after a failure; OpenH264 also makes one where
 * the scene changes. Each is an IDR picture with its parameter sets in front of it, at which
 * a fresh decoder can begin.
 *
 * The size of a keyframe is what a change of destination costs. libx264 holds it to about
 * 2.5 bits a pixel at quality 23, double for every 8 below, half for every 8 above (72 kB at
 * 640x360), and never lets it have twice that, at the price of quality. That is half as much again
 * as keyframes of street scenes have, so that it is noise, rain and leaves that are bounded. No
 * P-frame is larger, nor are many in a row above 3/8 of it. Other encoders have no such bound: the
 * packet says what it came to.
 */
#ifndef WEIR_PIPELINE_ENCODE_ENCODE_H
#define WEIR_PIPELINE_ENCODE_ENCODE_H

#include "base/base.h"
#include "media/media.h"

enum weir_coding { WEIR_CODING_JPEG, WEIR_CODING_H264 };

/* "jpeg", "h264"; "?" for what is none. */
const char *weir_coding_name(enum weir_coding coding);
/* 0, or ENOENT. */
int weir_coding_by_name(const char *name, enum weir_coding *ret_coding);

struct weir_encoder_conf {
    enum weir_coding coding;
    int width, height; /* of every picture, at most 65500; H.264: even, at most 16384 */
    /* jpeg: 1 – 100 best, the usual scale. h264: 0 best – 51, a constant rate factor;
     * with libopenh264 the quantiser, 12 – 51; with others a bit rate that comes near. */
    int quality;
    /* The rest is H.264's. */
    double rate_fps; /* nominal, 0.01 – 1000 */
    const char *encoder; /* FFmpeg's name, or "auto" (as is NULL): see weir_av_encoder; borrowed
                          * for the call */
    int key_every; /* frames from keyframe to keyframe; 0: only on demand */
};

struct weir_encoder;

/*
 * ERANGE: a number outside of what is said above. EUNSUPPORTED: no such encoder (the text
 * says which there are), or none that takes such pictures. ENOMEM. EINVAL: no such
 * coding. Any thread; does not block. One thread at a time uses an encoder.
 */
int weir_encoder_new(const struct weir_encoder_conf *conf, struct weir_encoder **ret_encoder,
                     struct weir_error *err);
/* NULL allowed. Packets given out before stay good. */
void weir_encoder_free(struct weir_encoder *encoder);

/*
 * image: I420 of the configured size; it stays the caller's, and is referenced for no
 * longer than the call unless the encoder looks at it for longer. key: the packet must be a
 * keyframe. The packet is the caller's; its codec is the same for all of one encoder,
 * "mjpeg" or "h264" without extradata.
 * EINVAL: another format or size. EUNSUPPORTED: the encoder gave no packet for its picture, or no
 * keyframe when it had to. ENOMEM. EIO: the encoder failed. After an error the encoder is
 * as good as new: the next packet is a keyframe.
 */
int weir_encoder_push(struct weir_encoder *encoder, struct weir_image *image, bool key,
                      struct weir_packet **ret_packet, struct weir_error *err);

#endif
