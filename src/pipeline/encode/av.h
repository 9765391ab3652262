/*
 * What all that encode with FFmpeg have in common, a hop and the sinks that write
 * video: which encoder is taken, how it is told of colours, a picture as FFmpeg takes
 * it. Any thread; nothing here blocks.
 */
#ifndef WEIR_PIPELINE_ENCODE_AV_H
#define WEIR_PIPELINE_ENCODE_AV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/media.h"

struct AVCodec;
struct AVCodecContext;
struct AVFrame;

/* Does it encode pictures that lie in plain memory as I420? */
bool weir_av_takes_i420(const struct AVCodec *codec);

/*
 * The i-th encoder to try, NULL past the last. "auto": libx264, else libopenh264, else
 * every other one that makes H.264 of I420 in plain memory; whether it works on this
 * machine shows when it is opened. Any other name: that encoder, whatever it takes and
 * makes. Static, FFmpeg's own.
 */
const struct AVCodec *weir_av_encoder(const char *name, size_t i);

/*
 * EUNSUPPORTED: says why the encoder of that name is none to take, and which there
 * are. key: the setting that names it, for the text. h264: nothing else will do.
 */
int weir_av_refuse(struct weir_error *err, const char *key, const char *name, bool h264);

/* States matrix and range, before the encoder is opened. */
void weir_av_set_color(struct AVCodecContext *ctx, enum weir_matrix matrix, bool full_range);

/* Bits per second of H.264 that come near a constant rate factor, for encoders that
 * have none: 0.1 bits a pixel at 23, double every 6 below. */
int64_t weir_av_bit_rate(int width, int height, double rate_fps, int quality);

/* An I420 picture as FFmpeg's, on its own pixels, which it references until it is
 * freed with av_frame_free. NULL: no memory. */
struct AVFrame *weir_av_frame(struct weir_image *image);

#endif
